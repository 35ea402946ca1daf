import { readCounterState, storeCounterState, type CounterState, type CounterValue } from "../../../core/counter.ts";
import { decimal } from "../../../core/decimal.ts";
import type { CounterId, ValueId } from "../../../core/rating.ts";
import { inOneBucket, type CustomerKey } from "../customers/customers.ts";
import { rowsFrom, sql, type Column, type Transaction } from "../platform/db.ts";
import { shortHash } from "./fingerprint.ts";

export type CustomerCounter = { key: CustomerKey; counter: CounterId };

/** The period as a whole, where a counter of a window has the window's start. */
const wholePeriod = -1;

/**
 * The counters among `wanted` that exist. The caller holds their customers' locks. Found one by one through the primary key:
 * left to itself, the planner may read all counters of a customer to find one.
 */
export async function findCounters(
  tx: Transaction,
  wanted: CustomerCounter[],
): Promise<{ counter: CounterId; state: CounterState }[]> {
  const found = await tx.query<CounterRow>(
    sql`select counter.subscription_id, counter.price_code, counter.period_start, counter.window_start_ms, counter.dimension,
          counter.quantity, counter.event_count, counter.accrued, counter.memory
        from ${rowsFrom(columnsOf(wanted))} as wanted (${counterColumns})
        cross join lateral (
          select * from counters
          where ${inOneBucket(sql`counters.bucket`, keysOf(wanted))} and ${isWantedCounter}
          limit 1
        ) as counter`,
  );
  return found.map((row) => ({ counter: toCounterId(row), state: readCounterState(row) }));
}

export type CounterToStore = CustomerCounter & { state: CounterState };

export function upsertCounters(tx: Transaction, counters: CounterToStore[]): void {
  const given = rowsFrom([["integer", counters.map(({ key }) => key.tenantId)], ...storedColumnsOf(counters)]);
  tx.send(
    sql`insert into counters (tenant_id, quantity, event_count, accrued, memory, ${counterColumns})
        select * from ${given} as given
        on conflict (${counterColumns}) do update
        set quantity = excluded.quantity, event_count = excluded.event_count, accrued = excluded.accrued, memory = excluded.memory`,
    "counters",
  );
}

/** Writes counters that are there. */
export function updateCounters(tx: Transaction, counters: CounterToStore[]): void {
  tx.send(
    sql`update counters
        set quantity = wanted.quantity, event_count = wanted.event_count, accrued = wanted.accrued, memory = wanted.memory
        from ${rowsFrom(storedColumnsOf(counters))} as wanted (quantity, event_count, accrued, memory, ${counterColumns})
        where ${inOneBucket(sql`counters.bucket`, keysOf(counters))} and ${isWantedCounter}`,
    "counters",
  );
}

function storedColumnsOf(counters: CounterToStore[]): Column[] {
  const stored = counters.map(({ state }) => storeCounterState(state));
  return [
    ["numeric", stored.map(({ quantity }) => quantity)],
    ["bigint", stored.map(({ event_count }) => event_count)],
    ["numeric", stored.map(({ accrued }) => accrued)],
    ["jsonb", stored.map(({ memory }) => (memory === null ? null : JSON.stringify(memory)))],
    ...columnsOf(counters),
  ];
}

export type CustomerValue = CustomerCounter & Pick<ValueId, "value">;

/** How many events have brought each of the values; one that none has brought is left out. */
export async function findValueTimes(
  tx: Transaction,
  wanted: CustomerValue[],
): Promise<{ counter: CounterId; value: string; times: number }[]> {
  const found = await tx.query<CounterIdRow & { value: string; times: number }>(
    sql`select seen.subscription_id, seen.price_code, seen.period_start, seen.window_start_ms, seen.dimension, seen.value, seen.times
        from ${rowsFrom(valueColumnsOf(wanted))} as wanted (${counterColumns}, value_hash)
        cross join lateral (
          select * from counter_values
          where ${inOneBucket(sql`counter_values.bucket`, keysOf(wanted))} and ${isWantedValue}
          limit 1
        ) as seen`,
  );
  return found.map((row) => ({ counter: toCounterId(row), value: row.value, times: row.times }));
}

/**
 * For each of the values the first other one of the same counter, in the counter's order (`compareValues`); one whose counter has
 * no other is left out. Reads all values of the counter: it is asked when an event is taken out, not when one comes.
 */
export async function findNextValues(
  tx: Transaction,
  wanted: (CustomerValue & Pick<ValueId, "order">)[],
): Promise<{ counter: CounterId; value: string; next: CounterValue }[]> {
  const named = rowsFrom([
    ["text", wanted.map(({ value }) => value.key)],
    ["text", wanted.map(({ order }) => order)],
    ...valueColumnsOf(wanted),
  ]);
  const found = await tx.query<CounterIdRow & { value: string; next_value: string; quantity: string; at_ms: number }>(
    sql`select wanted.subscription_id, wanted.price_code, wanted.period_start, wanted.window_start_ms, wanted.dimension, wanted.value,
          next.value as next_value, next.quantity, next.at_ms
        from ${named} as wanted (value, value_order, ${counterColumns}, value_hash)
        cross join lateral (
          select value, quantity, at_ms from counter_values
          where ${inOneBucket(sql`counter_values.bucket`, keysOf(wanted))}
            and counter_values.bucket = wanted.bucket and counter_values.customer_id = wanted.customer_id
            and counter_values.subscription_id = wanted.subscription_id and counter_values.price_code = wanted.price_code
            and counter_values.period_start = wanted.period_start and counter_values.window_start_ms = wanted.window_start_ms
            and counter_values.dimension = wanted.dimension and counter_values.value_hash <> wanted.value_hash
          order by case wanted.value_order when 'latest' then at_ms end desc,
            case wanted.value_order when 'least' then quantity end asc, quantity desc
          limit 1
        ) as next`,
  );
  return found.map((row) => ({
    counter: toCounterId(row),
    value: row.value,
    next: { key: row.next_value, quantity: decimal(row.quantity), at: row.at_ms },
  }));
}

/** Counts more or fewer events that have brought the values. A value that none brings any more is forgotten. */
export function moveValues(tx: Transaction, changes: (CustomerValue & { change: number })[]): void {
  const more = changes.filter(({ change }) => change > 0);
  const fewer = changes.filter(({ change }) => change < 0);
  if (more.length > 0) addValues(tx, more);
  if (fewer.length > 0) removeValues(tx, fewer);
}

function addValues(tx: Transaction, changes: (CustomerValue & { change: number })[]): void {
  const given = rowsFrom([
    ["integer", changes.map(({ key }) => key.tenantId)],
    ["numeric", changes.map(({ value }) => value.quantity.toString())],
    ["bigint", changes.map(({ value }) => value.at)],
    ["bigint", changes.map(({ change }) => change)],
    ["text", changes.map(({ value }) => value.key)],
    ...valueColumnsOf(changes),
  ]);
  tx.send(
    sql`insert into counter_values (tenant_id, quantity, at_ms, times, value, ${counterColumns}, value_hash)
        select * from ${given} as given
        on conflict (${counterColumns}, value_hash) do update
        set times = counter_values.times + excluded.times`,
  );
}

function removeValues(tx: Transaction, changes: (CustomerValue & { change: number })[]): void {
  const keys = keysOf(changes);
  tx.send(
    sql`update counter_values set times = counter_values.times + wanted.change
        from ${rowsFrom([["bigint", changes.map(({ change }) => change)], ...valueColumnsOf(changes)])} as wanted (change, ${counterColumns}, value_hash)
        where ${inOneBucket(sql`counter_values.bucket`, keys)} and ${isWantedValue}`,
  );
  tx.send(
    sql`delete from counter_values
        where ${inOneBucket(sql`bucket`, keys)} and times = 0
          and (${counterColumns}, value_hash) in (select * from ${rowsFrom(valueColumnsOf(changes))} as given)`,
  );
}

export type CounterIdRow = {
  subscription_id: string;
  price_code: string;
  period_start: Date;
  window_start_ms: number;
  dimension: string;
};

export type CounterRow = CounterIdRow & Parameters<typeof readCounterState>[0];

export function toCounterId(row: CounterIdRow): CounterId {
  return {
    subscriptionId: row.subscription_id,
    priceCode: row.price_code,
    periodStartsAt: row.period_start.getTime(),
    windowStartsAt: row.window_start_ms === wholePeriod ? null : row.window_start_ms,
    dimension: row.dimension,
  };
}

const counterColumns = sql`bucket, customer_id, subscription_id, price_code, period_start, window_start_ms, dimension`;

/** Whether a row is the one that `wanted` names: by every column of the key, so that the index finds it. */
const isWantedCounter = sql`counters.bucket = wanted.bucket and counters.customer_id = wanted.customer_id
  and counters.subscription_id = wanted.subscription_id and counters.price_code = wanted.price_code
  and counters.period_start = wanted.period_start and counters.window_start_ms = wanted.window_start_ms
  and counters.dimension = wanted.dimension`;

const isWantedValue = sql`counter_values.bucket = wanted.bucket and counter_values.customer_id = wanted.customer_id
  and counter_values.subscription_id = wanted.subscription_id and counter_values.price_code = wanted.price_code
  and counter_values.period_start = wanted.period_start and counter_values.window_start_ms = wanted.window_start_ms
  and counter_values.dimension = wanted.dimension and counter_values.value_hash = wanted.value_hash`;

function keysOf(wanted: CustomerCounter[]): CustomerKey[] {
  return wanted.map(({ key }) => key);
}

/** The columns of `counterColumns`. */
function columnsOf(counters: CustomerCounter[]): Column[] {
  return [
    ["smallint", counters.map(({ key }) => key.bucket)],
    ["text", counters.map(({ key }) => key.customerId)],
    ["text", counters.map(({ counter }) => counter.subscriptionId)],
    ["text", counters.map(({ counter }) => counter.priceCode)],
    ["timestamptz", counters.map(({ counter }) => new Date(counter.periodStartsAt))],
    ["bigint", counters.map(({ counter }) => counter.windowStartsAt ?? wholePeriod)],
    ["text", counters.map(({ counter }) => counter.dimension)],
  ];
}

function valueColumnsOf(values: CustomerValue[]): Column[] {
  return [...columnsOf(values), ["bytea", values.map(({ value }) => shortHash(value.key))]];
}

/** From when on a subscription's counters are wanted, of which prices. */
export type CountersSince = { key: CustomerKey; subscriptionId: string; priceCodes: readonly string[]; since: Date };

/**
 * The counters of whole periods that begin at `since` or later. As many rows as there are prices, periods and dimensions, however many
 * events there were; each price's are found through the primary key.
 */
export async function findPeriodCounters(
  tx: Transaction,
  wanted: CountersSince[],
): Promise<{ counter: CounterId; state: CounterState }[]> {
  const prices = wanted.flatMap((each) => each.priceCodes.map((priceCode) => ({ ...each, priceCode })));
  if (prices.length === 0) return [];
  const found = await tx.query<CounterRow>(
    sql`select counter.subscription_id, counter.price_code, counter.period_start, counter.window_start_ms, counter.dimension,
          counter.quantity, counter.event_count, counter.accrued, counter.memory
        from unnest(${prices.map(({ key }) => key.bucket)}::smallint[], ${prices.map(({ key }) => key.customerId)}::text[],
          ${prices.map(({ subscriptionId }) => subscriptionId)}::text[], ${prices.map(({ priceCode }) => priceCode)}::text[],
          ${prices.map(({ since }) => since)}::timestamptz[])
          as wanted (bucket, customer_id, subscription_id, price_code, since)
        cross join lateral (
          select * from counters
          where ${inOneBucket(
            sql`counters.bucket`,
            prices.map(({ key }) => key),
          )}
            and counters.bucket = wanted.bucket and counters.customer_id = wanted.customer_id
            and counters.subscription_id = wanted.subscription_id and counters.price_code = wanted.price_code
            and counters.period_start >= wanted.since and counters.window_start_ms = ${wholePeriod}
          offset 0
        ) as counter`,
  );
  return found.map((row) => ({ counter: toCounterId(row), state: readCounterState(row) }));
}
