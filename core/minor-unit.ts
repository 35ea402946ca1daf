/** Between exact amounts and the whole minor units (cents, whatever the currency calls them) in which invoices are paid. */
import { minorUnitDigits } from "./currency.ts";
import { Decimal, type RoundingMode } from "./decimal.ts";

/**
 * `amount` of the currency in whole minor units, rounded half up (a tie goes away from zero).
 * Examples: 0.125 usd → 13; 499.5 jpy → 500; -0.125 usd → -13; 1.2345 kwd → 1235.
 * @throws RangeError if `currencyCode` is not a currency.
 */
export function toMinorUnits(amount: Decimal, currencyCode: string): Decimal {
  return inMinorUnits(amount, currencyCode, "half-up");
}

/**
 * The whole minor units that `amount` of the currency can pay: rounded down. Examples: 0.129 usd → 12; 499.9 jpy → 499.
 * @throws RangeError if `currencyCode` is not a currency.
 */
export function wholeMinorUnits(amount: Decimal, currencyCode: string): Decimal {
  return inMinorUnits(amount, currencyCode, "floor");
}

function inMinorUnits(amount: Decimal, currencyCode: string, mode: RoundingMode): Decimal {
  return amount.times(Decimal.of(10n ** BigInt(minorUnitDigits(currencyCode)))).round({ scale: 0, mode });
}

/**
 * The exact amount of the currency that `minor` whole minor units are. Examples: 5000 usd → 50; 500 jpy → 500; 1235 kwd → 1.235.
 * @throws RangeError if `currencyCode` is not a currency.
 */
export function fromMinorUnits(minor: bigint, currencyCode: string): Decimal {
  return Decimal.of(minor, minorUnitDigits(currencyCode));
}

/**
 * Whole minor units as people read them: with all digits of the currency, and its code.
 * Examples: 5000 usd → 50.00 USD; 500 jpy → 500 JPY; -5 kwd → -0.005 KWD.
 * @throws RangeError if `currencyCode` is not a currency.
 */
export function formatMinorUnits(minor: bigint, currencyCode: string): string {
  const digits = minorUnitDigits(currencyCode);
  const text = String(minor < 0n ? -minor : minor).padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
  const fraction = digits === 0 ? "" : `.${text.slice(-digits)}`;
  return `${minor < 0n ? "-" : ""}${whole}${fraction} ${currencyCode.toUpperCase()}`;
}
