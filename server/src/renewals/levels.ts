/**
 * Levels that last: what a weighted sum measures goes on into the next period, and ends with the subscription. Both are charged like
 * usage, as they happen.
 */
import type { CounterState } from "../../../core/counter.ts";
import { denominationKey } from "../../../core/denomination.ts";
import type { Instant, Period } from "../../../core/period.ts";
import {
  counterKey,
  endLevels,
  openPeriod,
  rateMatches,
  type CounterId,
  type PriceMatch,
} from "../../../core/rating.ts";
import { applyUsage } from "../../../core/wallet.ts";
import { moveCounters, openCounters, toStoredCharge, type EntrySeqs, type LevelMove } from "../metering/metering.ts";
import { createId } from "../platform/ids.ts";
import { toRatedSubscription } from "../subscriptions/subscriptions.ts";
import { applyTransition, walletIn } from "../wallets/wallets.ts";
import { rowOf, type Account, type BilledSubscription } from "./account.ts";
import type { Billing } from "./billing.ts";

/** The next period begins with the levels that `ended` ended with. */
export async function carryLevels(billing: Billing, subscription: BilledSubscription, ended: Period): Promise<void> {
  if (!hasLevels(billing.account, subscription)) return;
  const { account } = billing;
  const rated = toRatedSubscription(rowOf(subscription, billing.now), subscription.plan);
  const matches = openPeriod({
    subscription: rated,
    meters: account.meters,
    ended,
    counters: countersOf(account, subscription, ended),
  });
  await rate(billing, subscription, { type: "opening", period: ended, at: ended.endsAt }, matches);
}

/** What of the levels was charged for the time after the subscription's end is taken off. */
export async function endSubscriptionLevels(
  billing: Billing,
  subscription: BilledSubscription,
  { period, at }: { period: Period; at: Instant },
): Promise<void> {
  if (!hasLevels(billing.account, subscription)) return;
  const { account } = billing;
  const rated = toRatedSubscription(rowOf(subscription, billing.now), subscription.plan);
  const counters = countersOf(account, subscription, period);
  await rate(
    billing,
    subscription,
    { type: "ending", period, at },
    endLevels({ subscription: rated, meters: account.meters, period, counters, endsAt: at }),
  );
  subscription.row = { ...subscription.row, levels_end_at: new Date(at) };
}

export function hasLevels({ meters }: Account, { plan }: BilledSubscription): boolean {
  const codes = new Set(
    meters.filter(({ aggregation }) => aggregation.type === "weighted_sum").map(({ code }) => code),
  );
  return plan.usagePrices.some(({ meterCode }) => codes.has(meterCode));
}

function countersOf(
  { counters }: Account,
  { row }: BilledSubscription,
  period: Period,
): { counter: CounterId; state: CounterState }[] {
  return [...counters.values()].filter(
    ({ counter }) => counter.subscriptionId === row.subscription_id && counter.periodStartsAt === period.startsAt,
  );
}

type Move = { type: LevelMove["type"]; period: Period; at: Instant };

async function rate(
  billing: Billing,
  subscription: BilledSubscription,
  { type, period, at }: Move,
  matches: PriceMatch[],
): Promise<void> {
  if (matches.length === 0) return;
  const { tx, account, now } = billing;
  const { key, levels } = account;
  const found = await openCounters(tx, [{ key, matches }]);
  // What this run has moved already is not stored yet.
  for (const [name, state] of found.counters) if (!levels.counters.has(name)) levels.counters.set(name, state);
  for (const [name, times] of found.values) if (!levels.values.has(name)) levels.values.set(name, times);
  const rating = rateMatches(matches, levels);
  moveCounters(levels, key, rating);
  for (const { counter, after } of rating.counters)
    if (counter.windowStartsAt === null) account.counters.set(counterKey(counter), { counter, state: after });
  const id = createId(now);
  const entrySeqs: EntrySeqs = new Map();
  for (const { denomination, amount } of rating.costs) {
    const open = walletIn(account.wallets, denomination);
    const transition = applyUsage(open.wallet, { cost: amount, causeId: id, at: now.getTime() });
    applyTransition(open, transition);
    for (const { seq } of transition.entries) entrySeqs.set(denominationKey(denomination), seq);
  }
  const { subscription_id: subscriptionId, plan_version: version } = subscription.row;
  const versions = new Map([[subscriptionId, version]]);
  account.levelMoves.push({
    key,
    id,
    subscriptionId,
    type,
    period: { startsAt: new Date(period.startsAt), endsAt: new Date(period.endsAt) },
    occurredAt: new Date(at),
    charges: rating.charges.map((charge) => toStoredCharge(charge, versions, entrySeqs)),
  });
}
