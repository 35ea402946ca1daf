/**
 * What a pricing unit is worth in a currency. A rate is set explicitly, for a date on: it never changes an amount of before.
 * See docs/decisions/0024-conversions.md.
 */
import type { Decimal } from "./decimal.ts";
import type { Instant } from "./period.ts";

/** From `effectiveFrom` on, until a later one for the same pair takes over, one unit is worth `amountPerUnit` of the currency. */
export type Conversion = {
  pricingUnitCode: string;
  currencyCode: string;
  amountPerUnit: Decimal;
  effectiveFrom: Instant;
};

/**
 * The conversion in force at an instant: of those for the pair, the last that has begun; null if none has.
 * Example: 0.01 usd from 1 January, 0.012 usd from 1 March → on 28 February 0.01.
 */
export function conversionAt(
  conversions: readonly Conversion[],
  of: { pricingUnitCode: string; currencyCode: string; instant: Instant },
): Conversion | null {
  let found: Conversion | null = null;
  for (const each of conversions) {
    const isCandidate =
      each.pricingUnitCode === of.pricingUnitCode &&
      each.currencyCode === of.currencyCode &&
      each.effectiveFrom <= of.instant;
    if (isCandidate && (found === null || each.effectiveFrom > found.effectiveFrom)) found = each;
  }
  return found;
}

/** Units in the currency, exact: a line of an invoice rounds, a conversion does not. Example: 150 credits at 0.10 → 15. */
export function convert(units: Decimal, { amountPerUnit }: Conversion): Decimal {
  return units.times(amountPerUnit);
}
