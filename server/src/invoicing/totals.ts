/** What an invoice comes to by its lines, the discounts that it has taken and the taxes of its customer; and how that is given back. */
import { Decimal, decimal, sum } from "../../../core/decimal.ts";
import { invoiceTotals, shareOut } from "../../../core/invoice-totals.ts";
import type { TaxTreatment } from "../../../core/tax.ts";
import { toDiscountTerm } from "../discounts/discounts.ts";
import type { DiscountRow } from "../discounts/schema.ts";
import type { InvoiceDiscountRow, InvoiceRow, LineItemRow } from "./schema.ts";
import { toCents } from "./whole-invoice.ts";

export type InvoiceSums = Pick<
  InvoiceRow,
  "subtotal_cents" | "discount_cents" | "tax_cents" | "total_cents" | "discounts" | "taxes" | "tax_treatment"
>;

/** @throws VALIDATION_ERROR at `line_items` if it is too large to be paid. */
export function totalsOf(
  lines: Pick<LineItemRow, "amount_cents" | "is_discountable">[],
  { discounts, treatment }: { discounts: InvoiceDiscountRow[]; treatment: TaxTreatment },
): InvoiceSums {
  const totals = invoiceTotals(
    lines.map((line) => ({ amountMinor: minorOf(line.amount_cents), isDiscountable: line.is_discountable })),
    { discounts: discounts.map(toDiscountTerm), taxes: treatment.rates },
  );
  const cents = (minor: Decimal) => toCents(minor, "line_items");
  return {
    subtotal_cents: cents(totals.subtotal),
    discount_cents: cents(totals.discount),
    tax_cents: cents(totals.tax),
    total_cents: cents(totals.total),
    discounts: discounts.map((each, index) => ({ ...each, amount_cents: cents(totals.discounts[index] as Decimal) })),
    taxes: treatment.rates.map((rate, index) => ({
      code: rate.code,
      name: rate.name,
      percent: rate.percent.toString(),
      country: rate.country,
      state: rate.state,
      is_inclusive: rate.isInclusive,
      taxable_cents: cents(totals.taxable),
      tax_cents: cents(totals.taxes[index] as Decimal),
    })),
    tax_treatment: treatment.status,
  };
}

/** A discount as an invoice keeps it, before it is known what it takes off. */
export function toInvoiceDiscount(row: DiscountRow): InvoiceDiscountRow {
  const { discount_id, coupon_code, name, percent_off, amount_off_cents } = row;
  return {
    discount_id,
    coupon_code,
    name,
    percent_off: percent_off === null ? null : decimal(percent_off).toString(),
    amount_off_cents,
    amount_cents: 0,
  };
}

const minorOf = (cents: number) => Decimal.of(BigInt(cents));

/** What each line of an invoice has come to in the end, with its share of the discounts and of the taxes on top: together the invoice's total. */
export function settledCents(invoice: InvoiceRow, lines: LineItemRow[]): number[] {
  const parts = shareOut(
    minorOf(invoice.total_cents),
    lines.map(({ amount_cents }) => minorOf(amount_cents)),
  );
  return parts.map((part) => toCents(part, "lines"));
}

/** How much of what is given back of an invoice is tax, when `before` of it was given back earlier: together no more than all of its taxes. */
export function taxIn(invoice: InvoiceRow, { before, cents }: { before: number; cents: number }): number {
  const taxes = sum(invoice.taxes.map(({ tax_cents }) => minorOf(tax_cents)));
  const rest = invoice.total_cents - before - cents;
  const [, part] = shareOut(taxes, [minorOf(before), minorOf(cents), minorOf(rest)]);
  return toCents(part as Decimal, "amount_cents");
}
