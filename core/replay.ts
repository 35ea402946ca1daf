/**
 * Replay: what a history of events costs, computed again from the events, the meters and the plans alone. A server that stores
 * what this gives, and only that, can prove its books: `afternoon verify --rerate`.
 */
import { compareValues, emptyCounter, type CounterState, type CounterValue } from "./counter.ts";
import type { Meter, UsageEvent } from "./meter.ts";
import type { Instant, Period } from "./period.ts";
import {
  counterKey,
  endLevels,
  matchEvent,
  needsOf,
  openPeriod,
  rateMatches,
  valueKey,
  voidMatches,
  type CounterId,
  type PriceMatch,
  type RatedSubscription,
  type Rating,
  type ValueId,
} from "./rating.ts";

/** What happened, in the order in which it was recorded, each with the subscriptions and plan versions in force then. */
export type ReplayStep =
  | { type: "usage"; id: string; event: UsageEvent; subscriptions: RatedSubscription[] }
  /** Takes a usage out again. `subscriptions` are those that rated it, with the periods of now. */
  | { type: "void"; id: string; event: UsageEvent; subscriptions: RatedSubscription[] }
  /** A period of the subscription ended and the next one began. */
  | { type: "opening"; id: string; subscription: RatedSubscription; ended: Period }
  /** The subscription ended within a period. */
  | { type: "ending"; id: string; subscription: RatedSubscription; period: Period; endsAt: Instant };

export type ReplayedStep = { id: string; rating: Rating };

/** Everything that a replay knows of counters: the tables of a server, in memory. */
export type ReplayMemory = {
  counters: Map<string, CounterState>;
  counterIds: Map<string, CounterId>;
  /** By `valueKey`: how many events have brought a value. */
  values: Map<string, number>;
  /** By `counterKey`: the values of a counter that any event brings. */
  valuesOfCounters: Map<string, Map<string, CounterValue>>;
};

export function emptyReplayMemory(): ReplayMemory {
  return { counters: new Map(), counterIds: new Map(), values: new Map(), valuesOfCounters: new Map() };
}

/**
 * What each step must have cost, step by step, so that a long history needs only the memory of its counters.
 * Example: two events of 6 units at "10 at 2, more at 1" → costs of 12 and 10.
 * @throws INVALID_PROPERTY and USAGE_TOO_LATE as `matchEvent` does: such an event cannot have been recorded.
 */
export function* rerate(
  steps: Iterable<ReplayStep>,
  meters: Meter[],
  memory: ReplayMemory = emptyReplayMemory(),
): Generator<ReplayedStep> {
  for (const step of steps) {
    const rating = ratingOf(step, meters, memory);
    remember(memory, rating);
    yield { id: step.id, rating };
  }
}

function ratingOf(step: ReplayStep, meters: Meter[], memory: ReplayMemory): Rating {
  const { counters, values } = memory;
  if (step.type === "opening") {
    const matches = openPeriod({ ...step, meters, counters: countersOf(memory, step.subscription.id, step.ended) });
    return rateMatches(matches, { counters, values });
  }
  if (step.type === "ending") {
    const matches = endLevels({ ...step, meters, counters: countersOf(memory, step.subscription.id, step.period) });
    return rateMatches(matches, { counters, values });
  }
  const matches = matchEvent({ event: step.event, meters, subscriptions: step.subscriptions });
  if (step.type === "usage") return rateMatches(matches, { counters, values });
  return voidMatches(matches, { counters, values, nextValues: nextValuesOf(memory, matches) });
}

function countersOf(
  { counters, counterIds }: ReplayMemory,
  subscriptionId: string,
  period: Period,
): { counter: CounterId; state: CounterState }[] {
  return [...counterIds]
    .filter(([, id]) => id.subscriptionId === subscriptionId && id.periodStartsAt === period.startsAt)
    .map(([key, counter]) => ({ counter, state: counters.get(key) ?? emptyCounter }));
}

/** By `valueKey`: the first of the same counter's other values. */
function nextValuesOf(memory: ReplayMemory, matches: PriceMatch[]): Map<string, CounterValue> {
  const next = new Map<string, CounterValue>();
  for (const wanted of needsOf(matches, true).values) {
    const first = firstOther(memory, wanted);
    if (first !== null) next.set(valueKey(wanted), first);
  }
  return next;
}

function firstOther({ valuesOfCounters }: ReplayMemory, { counter, value, order }: ValueId): CounterValue | null {
  let first: CounterValue | null = null;
  if (order === null) return first;
  for (const each of valuesOfCounters.get(counterKey(counter))?.values() ?? []) {
    if (each.key !== value.key && (first === null || compareValues(order, each, first) < 0)) first = each;
  }
  return first;
}

function remember(memory: ReplayMemory, rating: Rating): void {
  for (const { counter, after } of rating.counters) {
    memory.counters.set(counterKey(counter), after);
    memory.counterIds.set(counterKey(counter), counter);
  }
  for (const change of rating.values) {
    const count = (memory.values.get(valueKey(change)) ?? 0) + change.change;
    const own = memory.valuesOfCounters.get(counterKey(change.counter)) ?? new Map<string, CounterValue>();
    memory.valuesOfCounters.set(counterKey(change.counter), own);
    if (count === 0) {
      memory.values.delete(valueKey(change));
      own.delete(change.value.key);
    } else {
      memory.values.set(valueKey(change), count);
      own.set(change.value.key, change.value);
    }
  }
}
