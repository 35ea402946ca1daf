import type { BillingError, ErrorCode } from "../../../core/errors.ts";
import { allOf, sql, type Queryable, type Sql, type Transaction } from "../platform/db.ts";

/** An event that is not recorded yet, as it came. Its customer may be unknown. */
export type StoredEvent = {
  tenantId: number;
  bucket: number;
  customerId: string | null;
  externalCustomerId: string | null;
  eventName: string;
  idempotencyKey: string;
  occurredAt: Date;
  /** JSON text: its numbers must not pass through a double on their way. */
  properties: string;
};

/** Queued events are worked in the order of their positions. */
export type QueuedEvent = StoredEvent & { position: number; acceptedAt: Date };

/** The columns that an event has in both tables. */
const eventColumns = sql`tenant_id, bucket, customer_id, external_customer_id, event_name, idempotency_key, occurred_at, properties`;

const readEvent = (
  table: Sql,
) => sql`${table}.tenant_id as "tenantId", ${table}.bucket, ${table}.customer_id as "customerId",
  ${table}.external_customer_id as "externalCustomerId", ${table}.event_name as "eventName",
  ${table}.idempotency_key as "idempotencyKey", ${table}.occurred_at as "occurredAt", ${table}.properties::text as properties,
  ${table}.accepted_at as "acceptedAt"`;

function eventArrays(events: StoredEvent[]): Sql {
  return sql`${events.map(({ tenantId }) => tenantId)}::integer[], ${events.map(({ bucket }) => bucket)}::smallint[],
    ${events.map(({ customerId }) => customerId)}::text[], ${events.map((event) => event.externalCustomerId)}::text[],
    ${events.map(({ eventName }) => eventName)}::text[], ${events.map((event) => event.idempotencyKey)}::text[],
    ${events.map(({ occurredAt }) => occurredAt)}::timestamptz[], ${events.map(({ properties }) => properties)}::json[]`;
}

/** Guarantee: positions rise in the order of `events`, and above all that were committed before this statement began. */
export function insertQueued(tx: Transaction, events: StoredEvent[], now: Date): void {
  tx.send(
    sql`insert into queued_events (${eventColumns}, bytes, accepted_at)
        select ${eventColumns}, octet_length(properties::text), ${now}::timestamptz
        from unnest(${eventArrays(events)}) with ordinality
          as event (${eventColumns}, place)
        order by place`,
  );
}

/**
 * The tenants with queued events in `buckets`. Goes from one tenant's first event to the next tenant's, however many events there
 * are in between.
 */
export async function findWaitingTenants(db: Queryable, buckets: number[]): Promise<number[]> {
  const found = await db.query<{ tenant_id: number }>(
    sql`with recursive waiting as (
          select min(tenant_id) as tenant_id from queued_events
          union all
          select (select min(queued_events.tenant_id) from queued_events where queued_events.tenant_id > waiting.tenant_id)
          from waiting
          where waiting.tenant_id is not null
        )
        select tenant_id from waiting
        where tenant_id is not null and exists (
          select from unnest(${buckets}::smallint[]) as wanted (bucket)
          where exists (
            select from queued_events where queued_events.tenant_id = waiting.tenant_id and queued_events.bucket = wanted.bucket))`,
  );
  return found.map((row) => row.tenant_id);
}

export type QueueShare = { tenantId: number; buckets: number[]; limit: number; maxBytes: number };

/**
 * Takes the oldest of the tenant's queued events in `buckets` out of the queue, at least one if there is any that nobody else is
 * working. Guarantee: until this transaction ends nobody else works a bucket of which it has taken events, so a customer's
 * events are worked in order; rolled back, they are in the queue as before.
 */
export async function claimQueued(tx: Transaction, share: QueueShare): Promise<QueuedEvent[]> {
  const { tenantId } = share;
  // A statement of its own: what a bucket's last worker has committed is visible only to one that begins after the bucket is ours.
  const claimed = await tx.query<{ bucket: number }>(
    sql`select bucket from unnest(${share.buckets}::smallint[]) as wanted (bucket)
        where exists (select from queued_events where tenant_id = ${tenantId} and queued_events.bucket = wanted.bucket)
          and pg_try_advisory_xact_lock(${tenantId}::integer, wanted.bucket::integer)`,
  );
  if (claimed.length === 0) return [];
  const taken = await tx.query<QueuedEvent>(
    sql`with oldest as materialized (
          select claimed.bucket, head.position, head.bytes
          from unnest(${claimed.map(({ bucket }) => bucket)}::smallint[]) as claimed (bucket)
          cross join lateral (
            select position, bytes from queued_events
            where tenant_id = ${tenantId} and queued_events.bucket = claimed.bucket
            order by position
            limit ${share.limit}
          ) as head
          order by head.position
          limit ${share.limit}
        ), fitting as (
          select bucket, position, sum(bytes) over (order by position) as bytes_so_far, row_number() over (order by position) as place
          from oldest
        )
        delete from queued_events using fitting
        where queued_events.tenant_id = ${tenantId} and queued_events.bucket = fitting.bucket
          and queued_events.position = fitting.position and (bytes_so_far <= ${share.maxBytes} or place = 1)
        returning queued_events.position, ${readEvent(sql`queued_events`)}`,
  );
  return taken.toSorted((a, b) => a.position - b.position);
}

/** Whether the event was still in the queue. */
export async function deleteQueued(tx: Transaction, { tenantId, bucket, position }: QueuedEvent): Promise<boolean> {
  const deleted = await tx.query(
    sql`delete from queued_events where tenant_id = ${tenantId} and bucket = ${bucket} and position = ${position} returning position`,
  );
  return deleted.length > 0;
}

export async function countQueued(
  db: Queryable,
  tenantId: number,
): Promise<{ waiting: number; oldestAcceptedAt: Date | null }> {
  const [row] = await db.query<{ waiting: number; oldestAcceptedAt: Date | null }>(
    sql`select count(*) as waiting, min(accepted_at) as "oldestAcceptedAt" from queued_events where tenant_id = ${tenantId}`,
  );
  return row ?? { waiting: 0, oldestAcceptedAt: null };
}

export type RejectedEvent = {
  id: string;
  event: StoredEvent;
  code: ErrorCode;
  message: string;
  details: unknown;
  acceptedAt: Date;
  rejectedAt: Date;
};

export function insertRejected(
  tx: Transaction,
  rejected: { id: string; event: QueuedEvent; error: BillingError }[],
  now: Date,
): void {
  const events = rejected.map(({ event }) => event);
  tx.send(
    sql`insert into rejected_events (rejected_event_id, code, message, details, accepted_at, rejected_at, ${eventColumns})
        select rejected_event_id, code, message, details, accepted_at, ${now}::timestamptz, ${eventColumns}
        from unnest(${rejected.map(({ id }) => id)}::text[], ${rejected.map(({ error }) => error.code)}::text[],
          ${rejected.map(({ error }) => error.message)}::text[], ${rejected.map(({ error }) => writeDetails(error))}::jsonb[],
          ${events.map(({ acceptedAt }) => acceptedAt)}::timestamptz[], ${eventArrays(events)})
          as event (rejected_event_id, code, message, details, accepted_at, ${eventColumns})`,
  );
}

function writeDetails({ details }: BillingError): string | null {
  return details === undefined ? null : JSON.stringify(details);
}

type RejectedRow = StoredEvent & Omit<RejectedEvent, "event">;

const readRejected = sql`rejected_event_id as id, code, message, details, rejected_at as "rejectedAt", ${readEvent(sql`rejected_events`)}`;

function toRejected({ id, code, message, details, acceptedAt, rejectedAt, ...event }: RejectedRow): RejectedEvent {
  return { id, event, code, message, details, acceptedAt, rejectedAt };
}

export async function findRejected(db: Queryable, tenantId: number, id: string): Promise<RejectedEvent | null> {
  const [row] = await db.query<RejectedRow>(
    sql`select ${readRejected} from rejected_events where tenant_id = ${tenantId} and rejected_event_id = ${id}`,
  );
  return row === undefined ? null : toRejected(row);
}

/** Guarantee: nobody else retries or discards it until the transaction ends. */
export async function lockRejected(tx: Transaction, tenantId: number, id: string): Promise<RejectedEvent | null> {
  const [row] = await tx.query<RejectedRow>(
    sql`select ${readRejected} from rejected_events where tenant_id = ${tenantId} and rejected_event_id = ${id} for update`,
  );
  return row === undefined ? null : toRejected(row);
}

export type RejectedEventFilter = { customerId: string | null; code: string | null };

/** Newest first, from just below the id `after`. */
export async function listRejected(
  db: Queryable,
  tenantId: number,
  filter: RejectedEventFilter,
  page: { after: string | null; limit: number },
): Promise<RejectedEvent[]> {
  const conditions = [
    ...(filter.customerId === null ? [] : [sql`customer_id = ${filter.customerId}`]),
    ...(filter.code === null ? [] : [sql`code = ${filter.code}`]),
    ...(page.after === null ? [] : [sql`rejected_event_id < ${page.after}`]),
  ];
  const found = await db.query<RejectedRow>(
    sql`select ${readRejected} from rejected_events
        where tenant_id = ${tenantId} and ${allOf(conditions)}
        order by rejected_event_id desc
        limit ${page.limit}`,
  );
  return found.map(toRejected);
}

export function updateRejected(tx: Transaction, tenantId: number, id: string, error: BillingError, now: Date): void {
  tx.send(
    sql`update rejected_events set code = ${error.code}, message = ${error.message}, details = ${writeDetails(error)}::jsonb,
          rejected_at = ${now}
        where tenant_id = ${tenantId} and rejected_event_id = ${id}`,
  );
}

/** Whether there was one. */
export async function deleteRejected(tx: Transaction, tenantId: number, id: string): Promise<boolean> {
  const deleted = await tx.query(
    sql`delete from rejected_events where tenant_id = ${tenantId} and rejected_event_id = ${id} returning rejected_event_id`,
  );
  return deleted.length > 0;
}

export async function countRejected(db: Queryable, tenantId: number): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    sql`select count(*)::integer as count from rejected_events where tenant_id = ${tenantId}`,
  );
  return row?.count ?? 0;
}
