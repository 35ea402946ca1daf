/**
 * Parts of an amount by time: to the millisecond, so that a change at noon counts as noon, and a day on which the clocks change
 * is as long as it was. See docs/decisions/0050-billing-rules.md.
 */
import { decimal, zero, type Decimal, type Rounding } from "./decimal.ts";
import type { Instant, Period, Share } from "./period.ts";

/**
 * The part of `amount`, which is for the whole period, that falls to `part` of it. It is what has accrued by the part's end less
 * what had by its start, so that parts that tile the period add up to the amount to the last digit, however many they are. What
 * has accrued is rounded half up at 18 digits, because a third is no decimal; cents are rounded on the invoice line alone.
 * Example: 31 for [1 January, 1 February), the part from 10 January on → 22.
 * @throws RangeError if the part is not inside the whole.
 */
export function prorated(amount: Decimal, { part, whole }: Share): Decimal {
  if (part.startsAt < whole.startsAt || part.endsAt > whole.endsAt || part.startsAt > part.endsAt) {
    throw new RangeError("the part is not inside the whole");
  }
  return accrued(amount, whole, part.endsAt).minus(accrued(amount, whole, part.startsAt));
}

function accrued(amount: Decimal, { startsAt, endsAt }: Period, until: Instant): Decimal {
  if (until === startsAt) return zero;
  if (until === endsAt) return amount;
  return amount.times(milliseconds(until - startsAt)).dividedBy(milliseconds(endsAt - startsAt), ACCRUED);
}

/** As many digits as a reading has; beyond any that money is paid in. */
const ACCRUED: Rounding = { scale: 18, mode: "half-up" };

function milliseconds(count: number): Decimal {
  return decimal(String(count));
}
