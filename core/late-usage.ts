/** Where usage counts that has no open period of its own: its period is invoiced already, or is before the subscription. */
import type { Instant, Period } from "./period.ts";
import type { LateUsage } from "./plan.ts";

/** The period that usage counts in, and whether that is not the one of its timestamp. */
export type Placement = { period: Period; isLate: boolean };

/**
 * Where usage counts: in the period of its timestamp as long as that is open, else in the current one with a mark, or nowhere
 * (null) if the price rejects what comes late. `period` is null for a time before the subscription's first one; `closedUntil` is
 * the end of the last period that was closed, null if none was.
 * Example: January is closed, the policy is "current_period" → usage of 31 January counts in February and is late.
 */
export function placeUsage(usage: {
  policy: LateUsage;
  period: Period | null;
  currentPeriod: Period;
  closedUntil: Instant | null;
}): Placement | null {
  const { policy, period, currentPeriod, closedUntil } = usage;
  if (period !== null && (closedUntil === null || period.endsAt > closedUntil)) return { period, isLate: false };
  // The last period of a subscription that has ended stays the current one after it was closed.
  return policy === "reject" ? null : { period: currentPeriod, isLate: currentPeriod.startsAt !== period?.startsAt };
}
