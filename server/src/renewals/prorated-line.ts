/** Which lines of an invoice are for a part of a period. */
import { periodContaining, recurring, shareOf, type Period, type Share } from "../../../core/period.ts";
import { detailsOf } from "../invoicing/invoicing.ts";
import type { LineItemRow } from "../invoicing/schema.ts";
import type { Account } from "./account.ts";

/**
 * The part of a period that a fee's line is for, and that whole period; null of a line that is for all of it, or for no period. A fee
 * that is owed once is never prorated, nor is one for a period that was made longer or shorter.
 * Example: a monthly fee from 10 March on, anchor day 1 → [10 March, 1 April) of [1 March, 1 April).
 */
export function proratedPeriod({ subscriptions }: Pick<Account, "subscriptions">, line: LineItemRow): Share | null {
  const { type, billing_id: billingId, period_start: start, period_end: end } = line;
  if ((type !== "fixed_fee" && type !== "proration") || start === null || end === null) return null;
  const owed = subscriptions.find(({ billings }) => billings.some(({ billing_id }) => billing_id === billingId));
  const fee = owed?.plan.fixedFees.find(({ code }) => code === detailsOf(line)?.code);
  if (owed === undefined || fee === undefined || fee.recurrence === "once") return null;
  const { billing } = owed.schedules;
  const schedule = fee.every === undefined ? billing : recurring(billing, fee.every);
  const period = periodContaining(schedule, start.getTime());
  const share = shareOf(schedule, period);
  const part = { startsAt: start.getTime(), endsAt: end.getTime() };
  return isSame(share.part, period) && !isSame(part, share.whole) ? { part, whole: share.whole } : null;
}

function isSame(one: Period, other: Period): boolean {
  return one.startsAt === other.startsAt && one.endsAt === other.endsAt;
}
