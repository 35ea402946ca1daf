/** What an invoice comes to. Amounts here are whole minor units; only a line rounds, and it keeps its exact amount beside. */
import { Decimal, max, min, sum, zero } from "./decimal.ts";
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

/** A line as the totals count it. */
export type CountedLine = {
  amountMinor: Decimal;
  /** Discounts take nothing off what gives back an amount that they had been taken off before. */
  isDiscountable: boolean;
};

export type DiscountTerm =
  | { kind: "percent"; percent: Decimal }
  /** In minor units. */
  | { kind: "amount"; amountMinor: Decimal };

export type TaxTerm = {
  percent: Decimal;
  /** Whether the prices of lines contain it; else it comes on top. */
  isInclusive: boolean;
};

export type InvoiceTotals = {
  /** The sum of the rounded lines. */
  subtotal: Decimal;
  /** What the discounts take off together. */
  discount: Decimal;
  /** What comes on top: taxes that prices contain are not in it. */
  tax: Decimal;
  /** `subtotal - discount + tax`: what a reader who adds up what is printed gets. */
  total: Decimal;
  /** What each discount takes off, in their order. */
  discounts: Decimal[];
  /** What the taxes are of: subtotal less discount, less the taxes that prices contain. */
  taxable: Decimal;
  /** What each tax comes to, in their order, those that prices contain too. */
  taxes: Decimal[];
};

const halfUp = { scale: 0, mode: "half-up" } as const;
const hundred = Decimal.of(100n);

/**
 * What an invoice comes to, in whole minor units. Discounts are taken one after the other, each of what those before have left and of no more
 * than that; then each tax is computed of the whole invoice and rounded half up once. Lines that come to less than nothing together have neither.
 * Example: lines of 1000, 10 percent off, 19 percent tax on top → 900 + 171 = 1071; the same contained in prices → 900, of which 144 are tax.
 */
export function invoiceTotals(
  lines: readonly CountedLine[],
  { discounts, taxes }: { discounts: readonly DiscountTerm[]; taxes: readonly TaxTerm[] } = {
    discounts: [],
    taxes: [],
  },
): InvoiceTotals {
  const subtotal = sum(lines.map(({ amountMinor }) => amountMinor));
  const taken = takeDiscounts(sum(lines.flatMap((line) => (line.isDiscountable ? [line.amountMinor] : []))), discounts);
  const discount = sum(taken);
  const charged = max(zero, subtotal.minus(discount));
  const contained = taxes.filter(({ isInclusive }) => isInclusive);
  const all = sum([hundred, ...contained.map(({ percent }) => percent)]);
  const containedTaxes = contained.map(({ percent }) => charged.times(percent).dividedBy(all, halfUp));
  const taxable = charged.minus(sum(containedTaxes));
  const computed = taxes.map((term) =>
    term.isInclusive
      ? (containedTaxes[contained.indexOf(term)] as Decimal)
      : taxable.times(term.percent).dividedBy(hundred, halfUp),
  );
  const tax = sum(computed.filter((_, index) => taxes[index]?.isInclusive === false));
  return {
    subtotal,
    discount,
    tax,
    total: subtotal.minus(discount).plus(tax),
    discounts: taken,
    taxable,
    taxes: computed,
  };
}

function takeDiscounts(base: Decimal, discounts: readonly DiscountTerm[]): Decimal[] {
  let left = max(zero, base);
  return discounts.map((term) => {
    const wanted = term.kind === "percent" ? left.times(term.percent).dividedBy(hundred, halfUp) : term.amountMinor;
    const taken = min(left, wanted);
    left = left.minus(taken);
    return taken;
  });
}

/**
 * The parts of `whole` that belong to `weights`, which come to `sum(weights)` together: in proportion, in whole minor units, and adding up to
 * exactly `whole`. Each part is what the sum up to it is rounded to, less that before it. Without any weight the parts are 0.
 */
export function shareOut(whole: Decimal, weights: readonly Decimal[]): Decimal[] {
  const total = sum(weights);
  if (total.isZero()) return weights.map(() => zero);
  let weight = zero;
  let given = zero;
  return weights.map((each) => {
    weight = weight.plus(each);
    const until = whole.times(weight).dividedBy(total, halfUp);
    const part = until.minus(given);
    given = until;
    return part;
  });
}
