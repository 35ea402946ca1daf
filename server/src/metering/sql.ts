import { decimal, type Decimal } from "../../../core/decimal.ts";
import type { AccountType } from "../../../core/denomination.ts";
import type { CounterId } from "../../../core/rating.ts";
import type { CustomerKey } from "../customers/customers.ts";
import { sql, type Transaction } from "../platform/db.ts";

/** What an event cost by one price, as it is kept with the event. */
export type StoredCharge = {
  subscription_id: string;
  price_code: string;
  meter_code: string;
  period_start: string;
  quantity: string;
  /** The event was of a time before the subscription, and is charged in the period in which it came. */
  is_late: boolean;
  amount: string;
  account_type: AccountType;
  code: string;
};

export type EventRow = {
  key: CustomerKey;
  eventId: string;
  eventName: string;
  idempotencyKey: string;
  keyHash: Buffer;
  fingerprint: Buffer;
  occurredAt: Date;
  /** JSON text: its numbers must not pass through a double on their way. */
  properties: string;
  charges: StoredCharge[];
};

export type KnownEvent = {
  customer_id: string;
  key_hash: Buffer;
  event_id: string;
  fingerprint: Buffer;
  idempotency_key: string;
  charges: StoredCharge[];
};

/** The events recorded under these keys. The caller holds the customers' locks, so what is not found cannot appear meanwhile. */
export async function findKnownEvents(
  tx: Transaction,
  wanted: { key: CustomerKey; keyHash: Buffer }[],
): Promise<KnownEvent[]> {
  const buckets = distinct(wanted.map(({ key }) => key.bucket));
  return tx.query<KnownEvent>(
    // Key by key, through the primary keys: left to itself, the planner may read all events of a customer to find one.
    sql`select key.customer_id, key.key_hash, key.event_id, key.fingerprint, event.idempotency_key, event.charges
        from unnest(${wanted.map(({ key }) => key.bucket)}::smallint[], ${wanted.map(({ key }) => key.customerId)}::text[],
          ${wanted.map(({ keyHash }) => keyHash)}::bytea[]) as wanted (bucket, customer_id, key_hash)
        cross join lateral (
          select * from event_keys
          where event_keys.bucket = any(${buckets}::smallint[]) and event_keys.bucket = wanted.bucket
            and event_keys.customer_id = wanted.customer_id and event_keys.key_hash = wanted.key_hash
          limit 1
        ) as key
        cross join lateral (
          select * from events
          where events.bucket = any(${buckets}::smallint[]) and events.bucket = key.bucket
            and events.customer_id = key.customer_id and events.event_id = key.event_id
          limit 1
        ) as event`,
  );
}

/** Records events and their keys. A key that is there already fails the transaction: nothing is ever recorded twice. */
export function insertEvents(tx: Transaction, events: EventRow[], now: Date): void {
  const tenantIds = events.map(({ key }) => key.tenantId);
  const buckets = events.map(({ key }) => key.bucket);
  const customerIds = events.map(({ key }) => key.customerId);
  const eventIds = events.map(({ eventId }) => eventId);
  tx.send(
    sql`insert into event_keys (tenant_id, bucket, customer_id, key_hash, event_id, fingerprint)
        select * from unnest(${tenantIds}::integer[], ${buckets}::smallint[], ${customerIds}::text[],
          ${events.map(({ keyHash }) => keyHash)}::bytea[], ${eventIds}::text[], ${events.map((event) => event.fingerprint)}::bytea[])`,
  );
  tx.send(
    sql`insert into events (tenant_id, bucket, customer_id, event_id, event_name, idempotency_key, occurred_at, properties, charges,
          recorded_at)
        select *, ${now}::timestamptz from unnest(${tenantIds}::integer[], ${buckets}::smallint[], ${customerIds}::text[],
          ${eventIds}::text[], ${events.map(({ eventName }) => eventName)}::text[],
          ${events.map(({ idempotencyKey }) => idempotencyKey)}::text[], ${events.map(({ occurredAt }) => occurredAt)}::timestamptz[],
          ${events.map(({ properties }) => properties)}::jsonb[], ${events.map(({ charges }) => JSON.stringify(charges))}::jsonb[])`,
  );
}

export type CustomerCounter = { key: CustomerKey; counter: CounterId };

/** The counters among `wanted` that exist. */
export async function findCounters(
  tx: Transaction,
  wanted: CustomerCounter[],
): Promise<{ counter: CounterId; quantity: Decimal }[]> {
  const found = await tx.query<{
    subscription_id: string;
    price_code: string;
    period_start: Date;
    dimension: string;
    quantity: string;
  }>(
    sql`select counter.subscription_id, counter.price_code, counter.period_start, counter.dimension, counter.quantity
        from ${asTable(wanted)} as wanted (bucket, customer_id, subscription_id, price_code, period_start, dimension)
        cross join lateral (
          select * from counters
          where counters.bucket = any(${distinct(wanted.map(({ key }) => key.bucket))}::smallint[]) and counters.bucket = wanted.bucket
            and counters.customer_id = wanted.customer_id and counters.subscription_id = wanted.subscription_id
            and counters.price_code = wanted.price_code and counters.period_start = wanted.period_start
            and counters.dimension = wanted.dimension
          limit 1
        ) as counter`,
  );
  return found.map((row) => ({
    counter: {
      subscriptionId: row.subscription_id,
      priceCode: row.price_code,
      periodStartsAt: row.period_start.getTime(),
      dimension: row.dimension,
    },
    quantity: decimal(row.quantity),
  }));
}

export function upsertCounters(tx: Transaction, counters: (CustomerCounter & { quantity: Decimal })[]): void {
  tx.send(
    sql`insert into counters (bucket, customer_id, subscription_id, price_code, period_start, dimension, tenant_id, quantity)
        select bucket, customer_id, subscription_id, price_code, period_start, dimension, tenant_id, quantity
        from unnest(${counters.map(({ key }) => key.tenantId)}::integer[], ${counters.map(({ quantity }) => quantity.toString())}::numeric[],
          ${columnsOf(counters)}) as counter (tenant_id, quantity, bucket, customer_id, subscription_id, price_code, period_start, dimension)
        on conflict (bucket, customer_id, subscription_id, price_code, period_start, dimension) do update
        set quantity = excluded.quantity`,
  );
}

function distinct(buckets: number[]): number[] {
  return [...new Set(buckets)];
}

function asTable(counters: CustomerCounter[]) {
  return sql`unnest(${columnsOf(counters)})`;
}

function columnsOf(counters: CustomerCounter[]) {
  return sql`${counters.map(({ key }) => key.bucket)}::smallint[], ${counters.map(({ key }) => key.customerId)}::text[],
    ${counters.map(({ counter }) => counter.subscriptionId)}::text[], ${counters.map(({ counter }) => counter.priceCode)}::text[],
    ${counters.map(({ counter }) => new Date(counter.periodStartsAt))}::timestamptz[],
    ${counters.map(({ counter }) => counter.dimension)}::text[]`;
}
