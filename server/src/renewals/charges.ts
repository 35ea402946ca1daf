/** What an account's usage has come to, by its counters. */
import { decimal, max, zero, type Decimal } from "../../../core/decimal.ts";
import { chargedUsage, type ClosedUsage } from "../../../core/period-charges.ts";
import { periodContaining, type Period } from "../../../core/period.ts";
import type { Reading } from "../../../core/pricing.ts";
import type { Account, BilledSubscription } from "./account.ts";
import type { BillingRow } from "./sql.ts";

/** By `denominationKey`. */
export type Amounts = Map<string, Decimal>;

export function usageOf({ counters }: Account, { row }: BilledSubscription, period: Period): ClosedUsage {
  const readings = new Map<string, Reading[]>();
  for (const { counter, state } of counters.values()) {
    const { subscriptionId, priceCode, periodStartsAt, dimension } = counter;
    if (subscriptionId !== row.subscription_id || periodStartsAt !== period.startsAt) continue;
    const own = readings.get(priceCode);
    if (own === undefined) readings.set(priceCode, [{ dimension, state }]);
    else own.push({ dimension, state });
  }
  return { period, readings };
}

export function chargedIn(account: Account, subscription: BilledSubscription, period: Period): Amounts {
  return chargedUsage(subscription.plan, usageOf(account, subscription, period));
}

/** What usage of all usage periods that begin in `within` has come to. */
export function chargedWithin(account: Account, subscription: BilledSubscription, within: Period): Amounts {
  const total: Amounts = new Map();
  for (const period of countedPeriods(account, subscription)) {
    if (period.startsAt < within.startsAt || period.startsAt >= within.endsAt) continue;
    addAmounts(total, chargedIn(account, subscription, period));
  }
  return total;
}

/**
 * What usage of all of the customer's subscriptions has come to that is on no invoice: that of periods that were not billed, and what came
 * late for those whose draft is still open. `except` is what is being billed.
 */
export function openCharges(
  account: Account,
  except: { subscription: BilledSubscription; period: Period | null; billing: BillingRow | null },
): Amounts {
  const total: Amounts = new Map();
  for (const subscription of account.subscriptions) {
    const isOwn = subscription === except.subscription;
    const billedUntil = subscription.row.usage_billed_until?.getTime() ?? -Infinity;
    for (const period of countedPeriods(account, subscription)) {
      if (period.startsAt < billedUntil || (isOwn && period.startsAt === except.period?.startsAt)) continue;
      addAmounts(total, chargedIn(account, subscription, period));
    }
    for (const billing of subscription.billings) {
      if (billing.is_closed || billing.billing_id === except.billing?.billing_id) continue;
      addAmounts(total, cameLate(account, subscription, billing));
    }
  }
  return total;
}

/** What usage has come for the period of a billing since its lines were made. */
function cameLate(account: Account, subscription: BilledSubscription, billing: BillingRow): Amounts {
  const period = usagePeriodOf(billing);
  const late: Amounts = new Map();
  if (period === null) return late;
  for (const [key, charged] of chargedIn(account, subscription, period)) {
    const before = billing.settled[key]?.charged;
    late.set(key, max(zero, before === undefined ? charged : charged.minus(decimal(before))));
  }
  return late;
}

export function usagePeriodOf({ usage_start, usage_end }: BillingRow): Period | null {
  return usage_start === null || usage_end === null
    ? null
    : { startsAt: usage_start.getTime(), endsAt: usage_end.getTime() };
}

/** The usage periods that have a counter. */
function countedPeriods({ counters }: Account, { row, schedules }: BilledSubscription): Period[] {
  const starts = new Set<number>();
  for (const { counter } of counters.values())
    if (counter.subscriptionId === row.subscription_id) starts.add(counter.periodStartsAt);
  return [...starts].map((startsAt) => periodContaining(schedules.usage, startsAt));
}

function addAmounts(total: Amounts, more: Amounts): void {
  for (const [key, amount] of more) total.set(key, (total.get(key) ?? zero).plus(amount));
}
