/** Amounts as Stripe counts them, which for some currencies is not as ISO 4217 does. */
import { minorUnitDigits } from "./currency.ts";

/** Whole units, whatever the standard says (mga has cents by it). Source: docs.stripe.com/currencies, "Zero-decimal currencies". */
const wholeUnits = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "));
/** Three digits, of which the last must be 0. Source: the same, "Three-decimal currencies". */
const thousandths = new Set("bhd jod kwd omr tnd".split(" "));

/**
 * `cents` minor units of the currency by ISO 4217, in the units that Stripe takes; null if it cannot take that amount exactly.
 * Examples: 1050 usd → 1050; 500 jpy → 500; 500 isk → 50000 and 500 ugx → 50000 (Stripe gives both two digits); 1230 kwd → 1230, 1235 kwd → null;
 * 500 mga → 5, 550 mga → null. @throws RangeError if `currencyCode` is not a currency.
 */
export function toStripeAmount(cents: bigint, currencyCode: string): bigint | null {
  const digits = minorUnitDigits(currencyCode);
  const digitsThere = wholeUnits.has(currencyCode) ? 0 : thousandths.has(currencyCode) ? 3 : 2;
  // A currency with more digits than Stripe knows is none that it takes, and must not pass for a smaller amount.
  if (digits > 2 && digitsThere !== digits) return null;
  if (digits <= digitsThere) {
    const amount = cents * 10n ** BigInt(digitsThere - digits);
    return digitsThere === 3 && amount % 10n !== 0n ? null : amount;
  }
  const unit = 10n ** BigInt(digits - digitsThere);
  return cents % unit === 0n ? cents / unit : null;
}
