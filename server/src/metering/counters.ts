import type { CounterState } from "../../../core/counter.ts";
import {
  counterKey,
  needsOf,
  valueKey,
  type CounterId,
  type PriceMatch,
  type Rating,
  type Readings,
  type ValueChange,
} from "../../../core/rating.ts";
import type { CustomerKey } from "../customers/customers.ts";
import type { Transaction } from "../platform/db.ts";
import {
  findCounters,
  findNextValues,
  findValueTimes,
  moveValues,
  updateCounters,
  upsertCounters,
  type CounterToStore,
  type CustomerCounter,
  type CustomerValue,
} from "./counter-sql.ts";

/**
 * The counters that events touch, under their customers' locks: as they were loaded, moved on from event to event, and what of
 * them has changed. Keys are `counterKey` and `valueKey`, unique over customers because a subscription's id is.
 */
export type OpenCounters = {
  counters: Map<string, CounterState>;
  /** Those that are known to be in the database. */
  stored: Set<string>;
  values: Map<string, number>;
  changedCounters: Map<string, { key: CustomerKey; counter: CounterId }>;
  changedValues: Map<string, { key: CustomerKey; counter: CounterId; value: ValueChange["value"]; change: number }>;
};

/** A customer's counters by `counterKey`, as far as they are known; null for one that does not exist. */
export type KnownCounters = Map<string, CounterState | null>;

/** What rating needs of these matches. What `known` holds of a customer is not read; what is read is added to it. */
export async function openCounters(
  tx: Transaction,
  matched: { key: CustomerKey; matches: readonly PriceMatch[] }[],
  known: ReadonlyMap<string, KnownCounters> = new Map(),
): Promise<OpenCounters> {
  const open = toOpenCounters([], []);
  const missing = new Map<string, CustomerCounter>();
  const values: CustomerValue[] = [];
  for (const { key, matches } of matched) {
    if (matches.length === 0) continue;
    const needs = needsOf(matches);
    const own = known.get(key.customerId);
    for (const counter of needs.counters) {
      const name = counterKey(counter);
      const state = own?.get(name);
      if (state === undefined) missing.set(name, { key, counter });
      else if (state !== null) openStored(open, name, state);
    }
    for (const { counter, value } of needs.values) values.push({ key, counter, value });
  }
  const [foundCounters, foundValues] = await Promise.all([
    missing.size === 0 ? [] : findCounters(tx, [...missing.values()]),
    values.length === 0 ? [] : findValueTimes(tx, values),
  ]);
  const found = toOpenCounters(foundCounters, foundValues);
  for (const [name, { key }] of missing) {
    const state = found.counters.get(name) ?? null;
    if (state !== null) openStored(open, name, state);
    known.get(key.customerId)?.set(name, state);
  }
  return { ...open, values: found.values };
}

function openStored({ counters, stored }: OpenCounters, name: string, state: CounterState): void {
  counters.set(name, state);
  stored.add(name);
}

/** Adds to what is known of the customers' counters how they stand now. */
export function learnCounters(open: OpenCounters, known: ReadonlyMap<string, KnownCounters>): void {
  for (const [name, { key }] of open.changedCounters)
    known.get(key.customerId)?.set(name, open.counters.get(name) as CounterState);
}

function toOpenCounters(
  foundCounters: { counter: CounterId; state: CounterState }[],
  foundValues: { counter: CounterId; value: string; times: number }[],
): OpenCounters {
  const counters = new Map(foundCounters.map(({ counter, state }) => [counterKey(counter), state]));
  return {
    counters,
    stored: new Set(counters.keys()),
    values: new Map(
      foundValues.map(({ counter, value, times }) => [valueKey({ counter, value: { key: value } }), times]),
    ),
    changedCounters: new Map(),
    changedValues: new Map(),
  };
}

/** What taking an event out needs: every value that it brought, and the first other value of the counter in its order. */
export async function openCountersForVoid(
  tx: Transaction,
  key: CustomerKey,
  matches: readonly PriceMatch[],
): Promise<OpenCounters & Required<Readings>> {
  const needs = needsOf(matches, true);
  const counters = needs.counters.map((counter) => ({ key, counter }));
  const values = needs.values.map((value) => ({ key, ...value }));
  const ordered = values.filter(({ order }) => order !== null);
  const [foundCounters, foundValues, foundNext] = await Promise.all([
    counters.length === 0 ? [] : findCounters(tx, counters),
    values.length === 0 ? [] : findValueTimes(tx, values),
    ordered.length === 0 ? [] : findNextValues(tx, ordered),
  ]);
  return {
    ...toOpenCounters(foundCounters, foundValues),
    nextValues: new Map(
      foundNext.map(({ counter, value, next }) => [valueKey({ counter, value: { key: value } }), next]),
    ),
  };
}

/** Moves the counters by an event that is accepted, or taken out. */
export function moveCounters(open: OpenCounters, key: CustomerKey, rating: Pick<Rating, "counters" | "values">): void {
  for (const { counter, after } of rating.counters) {
    open.counters.set(counterKey(counter), after);
    open.changedCounters.set(counterKey(counter), { key, counter });
  }
  for (const { counter, value, change } of rating.values) {
    const name = valueKey({ counter, value });
    open.values.set(name, (open.values.get(name) ?? 0) + change);
    const before = open.changedValues.get(name)?.change ?? 0;
    open.changedValues.set(name, { key, counter, value, change: before + change });
  }
}

/** Sends what has changed; the answers are waited for with the commit. */
export function saveCounters(tx: Transaction, open: OpenCounters): void {
  const [stored, others]: [CounterToStore[], CounterToStore[]] = [[], []];
  for (const [name, each] of open.changedCounters)
    (open.stored.has(name) ? stored : others).push({ ...each, state: open.counters.get(name) as CounterState });
  if (stored.length > 0) updateCounters(tx, stored);
  if (others.length > 0) upsertCounters(tx, others);
  const values = [...open.changedValues.values()].filter(({ change }) => change !== 0);
  if (values.length > 0) moveValues(tx, values);
}
