import type { StoredCounterState } from "../../../core/counter.ts";
import type { AccountType } from "../../../core/denomination.ts";
import { inOneBucket, type CustomerKey } from "../customers/customers.ts";
import { rowsFrom, sql, type Column, type Transaction } from "../platform/db.ts";

/** What an event cost by one price, as it is kept with the event. */
export type StoredCharge = {
  subscription_id: string;
  plan_version: number;
  price_code: string;
  meter_code: string;
  /** The period as it was then: a subscription's periods may be moved later. */
  period_start: string;
  period_end: string;
  dimension: string;
  /** What the event brought, in the price's whole steps. */
  quantity: string;
  counter_before: StoredCounterState;
  counter_after: StoredCounterState;
  /** What all of the price's dimensions cost before its maximum. */
  uncapped_before: string;
  uncapped_after: string;
  /** The event was of a time before the subscription, and is charged in the period in which it came. */
  is_late: boolean;
  amount: string;
  account_type: AccountType;
  code: string;
  /** The ledger entry, in the wallet of this denomination, that its amount is part of; null if they came to nothing together. */
  ledger_seq: number | null;
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
  /** Null, like its charges, if its month has been put aside. */
  idempotency_key: string | null;
  charges: StoredCharge[] | null;
};

/**
 * The events recorded under these keys. The caller holds the customers' locks, so what is not found cannot appear meanwhile.
 * Two index lookups for each key, whatever the planner knows of the tables: `limit 1` keeps it from turning the join round, which
 * before the first `analyze` would read all events of the customer for each.
 */
export async function findKnownEvents(
  tx: Transaction,
  wanted: { key: CustomerKey; keyHash: Buffer }[],
): Promise<KnownEvent[]> {
  const keys = wanted.map(({ key }) => key);
  const rows = rowsFrom([
    ["smallint", keys.map(({ bucket }) => bucket)],
    ["text", keys.map(({ customerId }) => customerId)],
    ["bytea", wanted.map(({ keyHash }) => keyHash)],
  ]);
  return tx.query<KnownEvent>(
    sql`select wanted.customer_id, wanted.key_hash, known.event_id, known.fingerprint, event.idempotency_key, event.charges
        from ${rows} as wanted (bucket, customer_id, key_hash)
        cross join lateral (
          select event_id, fingerprint from event_keys
          where ${inOneBucket(sql`event_keys.bucket`, keys)}
            and event_keys.bucket = wanted.bucket and event_keys.customer_id = wanted.customer_id
            and event_keys.key_hash = wanted.key_hash
          limit 1
        ) as known
        left join lateral (
          select idempotency_key, charges from events
          where ${inOneBucket(sql`events.bucket`, keys)}
            and events.bucket = wanted.bucket and events.customer_id = wanted.customer_id and events.event_id = known.event_id
          limit 1
        ) as event on true`,
  );
}

/** Records events and their keys. A key that is there already fails the transaction: nothing is ever recorded twice. */
export function insertEvents(tx: Transaction, events: EventRow[], now: Date): void {
  const tenantIds: Column = ["integer", events.map(({ key }) => key.tenantId)];
  const buckets: Column = ["smallint", events.map(({ key }) => key.bucket)];
  const customerIds: Column = ["text", events.map(({ key }) => key.customerId)];
  const eventIds: Column = ["text", events.map(({ eventId }) => eventId)];
  const keys = rowsFrom([
    tenantIds,
    buckets,
    customerIds,
    ["bytea", events.map(({ keyHash }) => keyHash)],
    eventIds,
    ["bytea", events.map((event) => event.fingerprint)],
  ]);
  tx.send(
    sql`insert into event_keys (tenant_id, bucket, customer_id, key_hash, event_id, fingerprint)
        select * from ${keys} as given`,
    "event_keys",
  );
  const recorded = rowsFrom([
    tenantIds,
    buckets,
    customerIds,
    eventIds,
    ["text", events.map(({ eventName }) => eventName)],
    ["text", events.map(({ idempotencyKey }) => idempotencyKey)],
    ["timestamptz", events.map(({ occurredAt }) => occurredAt)],
    ["json", events.map(({ properties }) => properties)],
    ["json", events.map(({ charges }) => JSON.stringify(charges))],
  ]);
  tx.send(
    sql`insert into events (tenant_id, bucket, customer_id, event_id, event_name, idempotency_key, occurred_at, properties, charges,
          recorded_at)
        select *, ${now}::timestamptz from ${recorded} as given`,
    "events",
  );
}
