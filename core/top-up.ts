/**
 * When a wallet is filled up by itself, and by how much. One top-up closes the whole shortfall, so that a paid one never asks for
 * the next; while one is under way there is no second; and after a payment that failed there is none until somebody turns it on
 * again.
 */
import { min, type Decimal } from "./decimal.ts";
import type { Instant } from "./period.ts";
import { nextStart, startOfMonth } from "./usage.ts";
import { windowStart } from "./window.ts";

export type TopUpRule = {
  /** Below this, a top-up is due. */
  threshold: Decimal;
  /** What one top-up is a whole number of; above zero. */
  amount: Decimal;
  /** The most in a calendar day and in a calendar month of the customer; null is no limit. */
  dailyLimit: Decimal | null;
  monthlyLimit: Decimal | null;
};

export type TopUpStatus = "ready" | "in_progress" | "off";

export type TopUpDecision =
  | { amount: Decimal }
  | { none: "enough" | "in_progress" | "off" | "daily_limit" | "monthly_limit" };

/**
 * The top-up that is due, as many times `amount` as brings what is available to the threshold, or as many as the limits still
 * allow. `today` and `thisMonth` are what was topped up since the starts that `topUpWindows` gives, those under way included.
 * Example: threshold 20, amount 50, available -70 → 100.
 */
export function decideTopUp(
  rule: TopUpRule,
  state: { status: TopUpStatus; available: Decimal; today: Decimal; thisMonth: Decimal },
): TopUpDecision {
  if (!rule.amount.isPositive()) throw new RangeError("a top-up must be above zero");
  const shortfall = rule.threshold.minus(state.available);
  if (!shortfall.isPositive()) return { none: "enough" };
  if (state.status !== "ready") return { none: state.status };
  const wanted = shortfall.roundToStep(rule.amount, "ceil");
  const today = within(rule, wanted, rule.dailyLimit, state.today);
  if (!today.isPositive()) return { none: "daily_limit" };
  const amount = within(rule, today, rule.monthlyLimit, state.thisMonth);
  return amount.isPositive() ? { amount } : { none: "monthly_limit" };
}

/** Off until somebody turns it on again; while one is under way there is no second, even if it was turned off and on meanwhile. */
export function topUpStatus({ isOn, isUnderWay }: { isOn: boolean; isUnderWay: boolean }): TopUpStatus {
  if (!isOn) return "off";
  return isUnderWay ? "in_progress" : "ready";
}

/** Since when the limits count, and when they begin to count anew. */
export function topUpWindows(at: Instant, timeZone: string) {
  return {
    day: { startsAt: windowStart("day", timeZone, at), endsAt: nextStart("day", timeZone, at) },
    month: { startsAt: startOfMonth(timeZone, at), endsAt: nextStart("month", timeZone, at) },
  };
}

/** The whole number of amounts that a limit leaves; may be below zero where the limit was lowered. */
function within({ amount }: TopUpRule, wanted: Decimal, limit: Decimal | null, spent: Decimal): Decimal {
  return limit === null ? wanted : min(wanted, limit.minus(spent).roundToStep(amount, "floor"));
}

export type BalanceAlert = "low" | "recovered" | null;

/**
 * Whether a balance has crossed its alert's threshold. It is low once it is below, and that is told once, until it is at the
 * threshold or above again. `isLow` is what was told last; a new alert begins with `false`, so that it tells of a balance that is
 * low already.
 * Example: threshold 10; balances of 12, 9, 8, 10, 9 → nothing, low, nothing, recovered, low.
 */
export function watchBalance(
  isLow: boolean,
  { available, threshold }: { available: Decimal; threshold: Decimal },
): { isLow: boolean; alert: BalanceAlert } {
  const isBelow = available.isLessThan(threshold);
  if (isBelow === isLow) return { isLow, alert: null };
  return { isLow: isBelow, alert: isBelow ? "low" : "recovered" };
}
