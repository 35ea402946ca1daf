/** What an invoice comes to. Amounts here are whole minor units; only a line rounds, and it keeps its exact amount beside. */
import { sum, zero, type Decimal } from "./decimal.ts";
import { toMinorUnits } from "./minor-unit.ts";

export type LineAmount = {
  /** Exact, in the currency. */ amount: Decimal;
  /** Rounded half up, in minor units. */ amountMinor: Decimal;
};

/**
 * What one line comes to: `quantity · unitAmount`, exact, and rounded once.
 * Example: 3 at 0.0275 usd → 0.0825, 8 cents.
 */
export function lineAmount(line: { quantity: Decimal; unitAmount: Decimal; currencyCode: string }): LineAmount {
  const amount = line.quantity.times(line.unitAmount);
  return { amount, amountMinor: toMinorUnits(amount, line.currencyCode) };
}

export type InvoiceTotals = { subtotal: Decimal; discount: Decimal; tax: Decimal; total: Decimal };

/** The sum of the rounded lines, less the discount, plus the tax: what a reader who adds up the printed lines gets. */
export function invoiceTotals(
  lines: readonly { amountMinor: Decimal }[],
  { discount = zero, tax = zero }: { discount?: Decimal; tax?: Decimal } = {},
): InvoiceTotals {
  const subtotal = sum(lines.map(({ amountMinor }) => amountMinor));
  return { subtotal, discount, tax, total: subtotal.minus(discount).plus(tax) };
}
