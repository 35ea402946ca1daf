/** Between exact amounts and the whole minor units (cents, whatever the currency calls them) in which invoices are paid. */
import { minorUnitDigits } from "./currency.ts";
import { Decimal } from "./decimal.ts";

/**
 * `amount` of the currency in whole minor units, rounded half up (a tie goes away from zero).
 * Examples: 0.125 usd → 13; 499.5 jpy → 500; -0.125 usd → -13; 1.2345 kwd → 1235.
 * @throws RangeError if `currencyCode` is not a currency.
 */
export function toMinorUnits(amount: Decimal, currencyCode: string): Decimal {
  return amount.times(Decimal.of(10n ** BigInt(minorUnitDigits(currencyCode)))).round({ scale: 0, mode: "half-up" });
}

/**
 * The exact amount of the currency that `minor` whole minor units are. Examples: 5000 usd → 50; 500 jpy → 500; 1235 kwd → 1.235.
 * @throws RangeError if `currencyCode` is not a currency.
 */
export function fromMinorUnits(minor: bigint, currencyCode: string): Decimal {
  return Decimal.of(minor, minorUnitDigits(currencyCode));
}
