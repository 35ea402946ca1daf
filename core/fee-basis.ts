/**
 * What a subscription's fixed fees are owed for, as it changes: how many seats there are, and whether fees are owed at all. They
 * are not during a trial or a pause, nor after the end. One list of changes says all of it, so that seats, trials, pauses, plan
 * changes and cancellations are billed by the same rule: `fixed-fee.ts`.
 */
import { one, sum, zero, type Decimal } from "./decimal.ts";
import type { Instant, Period } from "./period.ts";
import type { FixedFee } from "./plan.ts";
import { prorated } from "./proration.ts";

/** From `from` on, until the next one. */
export type FeeBasis = {
  from: Instant;
  seatCount: Decimal;
  isBilled: boolean;
  /** Whether what was paid for longer than this change is given back; true if left out. */
  isCredited?: boolean;
};

/** A stretch of time in which nothing changes. */
export type FeeSpan = Period & { seatCount: Decimal; isBilled: boolean };

/** When a subscription ends, and whether what was paid for longer is given back. */
export type Ending = { at: Instant; isCredited: boolean };

/** The history up to the end, if there is one, and nothing owed from then on. */
export function withEnding(history: readonly FeeBasis[], ending: Ending | null): readonly FeeBasis[] {
  if (ending === null) return history;
  const until = history.filter(({ from }) => from < ending.at);
  return [...until, { from: ending.at, seatCount: zero, isBilled: false, isCredited: ending.isCredited }];
}

/**
 * The instant of a change that is made at `now`: at the earliest a millisecond after what was billed, so that it is on the next
 * invoice and not on none. `billedUntil` is the `at` of the subscription's last invoice.
 */
export function changeInstant(now: Instant, billedUntil: Instant | null): Instant {
  return billedUntil === null ? now : Math.max(now, billedUntil + 1);
}

/** The basis in force at `instant`; null before the first. `history` is in the order of time, and of equals the last counts. */
export function basisAt(history: readonly FeeBasis[], instant: Instant): FeeBasis | null {
  let found: FeeBasis | null = null;
  for (const each of history) if (each.from <= instant) found = each;
  return found;
}

/** The spans of `period`, in order: none before the history begins, and two neighbours always differ. */
export function spansIn(history: readonly FeeBasis[], period: Period): FeeSpan[] {
  const spans: FeeSpan[] = [];
  history.forEach(({ from, seatCount, isBilled }, index) => {
    const startsAt = Math.max(from, period.startsAt);
    const endsAt = Math.min(history[index + 1]?.from ?? Infinity, period.endsAt);
    if (startsAt >= endsAt) return;
    const last = spans.at(-1);
    if (last?.isBilled === isBilled && last.seatCount.equals(seatCount)) last.endsAt = endsAt;
    else spans.push({ startsAt, endsAt, seatCount, isBilled });
  });
  return spans;
}

/** How many times the fee is owed. */
export function feeQuantity(
  fee: Pick<FixedFee, "per">,
  basis: Pick<FeeBasis, "seatCount" | "isBilled"> | null,
): Decimal {
  if (basis === null || !basis.isBilled) return zero;
  return fee.per === "seat" ? basis.seatCount : one;
}

/** The part of `amount`, which is for `period`, that falls to the time in which fees are owed. */
export function billedPart(amount: Decimal, history: readonly FeeBasis[], period: Period): Decimal {
  const billed = spansIn(history, period).filter(({ isBilled }) => isBilled);
  return sum(billed.map((part) => prorated(amount, { part, whole: period })));
}
