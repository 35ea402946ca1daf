import { BillingError } from "../../../core/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { parseStoredJson, writeJson } from "../http/json.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { bucketOf, createId } from "../platform/ids.ts";
import { ingestEvents, referenceOf, type CatchUp, type IncomingEvent, type Outcome } from "./metering.ts";
import type { Properties } from "../../../core/property.ts";
import * as rows from "./queue-sql.ts";
import type { QueuedEvent, RejectedEvent, RejectedEventFilter, StoredEvent } from "./queue-sql.ts";
import { resolveReferences } from "./references.ts";
import type { EventFields } from "./schema.ts";

/**
 * Queues `events`, to be worked in their order. An external id stands for the customer who has it now; one that nobody has is
 * looked up again when the event's turn comes.
 */
export async function queueEvents(tx: Transaction, tenant: Tenant, events: EventFields[], now: Date): Promise<void> {
  const keys = await resolveReferences(
    tx,
    events.map((fields) => referenceOf(tenant.id, fields)),
  );
  rows.insertQueued(
    tx,
    events.map((fields, index) => toStored(tenant.id, fields, keys[index] as CustomerKey | BillingError)),
    now,
  );
}

function toStored(tenantId: number, fields: EventFields, key: CustomerKey | BillingError): StoredEvent {
  const external = fields.external_customer_id ?? null;
  const customer =
    key instanceof BillingError
      ? // Nobody's yet: any bucket will do, as long as it is always the same one.
        { bucket: bucketOf(`external ${external ?? ""}`), customerId: null }
      : { bucket: key.bucket, customerId: key.customerId };
  return {
    tenantId,
    ...customer,
    externalCustomerId: external,
    eventName: fields.event_name,
    idempotencyKey: fields.idempotency_key,
    occurredAt: fields.timestamp,
    properties: writeJson(fields.properties ?? {}),
  };
}

/** Records, charges or rejects queued events that this transaction has claimed. Returns what became of each, in their order. */
export async function workQueued(
  tx: Transaction,
  catalog: Catalog,
  queued: QueuedEvent[],
  now: Date,
  catchUp: CatchUp | null,
): Promise<Outcome[]> {
  if (queued.length === 0) return [];
  const outcomes = await ingestStored(tx, catalog, queued, now, catchUp);
  const rejected = queued.flatMap((event, index) => {
    const outcome = outcomes[index] as Outcome;
    return outcome.status === "refused" || outcome.status === "rejected"
      ? [{ id: createId(now), event, error: outcome.error }]
      : [];
  });
  if (rejected.length > 0) rows.insertRejected(tx, rejected, now);
  return outcomes;
}

/** Moves one event from the queue to the rejected events; nothing if it is not in the queue any more. */
export async function rejectQueued(tx: Transaction, event: QueuedEvent, error: BillingError, now: Date): Promise<void> {
  if (await rows.deleteQueued(tx, event)) rows.insertRejected(tx, [{ id: createId(now), event, error }], now);
}

async function ingestStored(
  tx: Transaction,
  catalog: Catalog,
  stored: StoredEvent[],
  now: Date,
  catchUp: CatchUp | null,
): Promise<Outcome[]> {
  const keys = await resolveReferences(tx, stored);
  const known = stored.flatMap((event, index) => {
    const key = keys[index];
    return key === undefined || key instanceof BillingError ? [] : [toIncoming(event, key)];
  });
  const outcomes = known.length === 0 ? [] : await ingestEvents(tx, catalog, known, now, catchUp);
  let next = 0;
  return keys.map((key) =>
    key instanceof BillingError ? { status: "refused", error: key } : (outcomes[next++] as Outcome),
  );
}

function toIncoming(event: StoredEvent, key: CustomerKey): IncomingEvent {
  return {
    key,
    eventName: event.eventName,
    idempotencyKey: event.idempotencyKey,
    timestamp: event.occurredAt,
    properties: parseStoredJson(event.properties) as Properties,
  };
}

export type QueueState = { waiting: number; oldestAcceptedAt: Date | null };

/** How much of the tenant is still to be worked. */
export async function getQueue(db: Queryable, tenant: Tenant): Promise<QueueState> {
  return rows.countQueued(db, tenant.id);
}

/** The tenant's rejected events, newest first. */
export async function listRejectedEvents(
  db: Queryable,
  tenant: Tenant,
  filter: RejectedEventFilter,
  page: { after: string | null; limit: number },
): Promise<Page<RejectedEvent>> {
  const found = await rows.listRejected(db, tenant.id, filter, { after: page.after, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.id);
}

/** @throws REJECTED_EVENT_NOT_FOUND */
export async function getRejectedEvent(db: Queryable, tenant: Tenant, id: string): Promise<RejectedEvent> {
  return (await rows.findRejected(db, tenant.id, id)) ?? refuseUnknown();
}

/**
 * Works a rejected event again, as it is. Recorded, or found to be recorded already, it is no longer among the rejected ones; else
 * it stays, with the reason of this time. @throws REJECTED_EVENT_NOT_FOUND
 */
export async function retryRejectedEvent(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  id: string,
  now: Date,
  catchUp: CatchUp | null,
): Promise<Outcome> {
  const rejected = (await rows.lockRejected(tx, tenant.id, id)) ?? refuseUnknown();
  const [outcome] = (await ingestStored(tx, catalog, [rejected.event], now, catchUp)) as [Outcome];
  if (outcome.status === "refused" || outcome.status === "rejected")
    rows.updateRejected(tx, tenant.id, id, outcome.error, now);
  else await rows.deleteRejected(tx, tenant.id, id);
  return outcome;
}

/** Forgets a rejected event for good. @throws REJECTED_EVENT_NOT_FOUND */
export async function discardRejectedEvent(tx: Transaction, tenant: Tenant, id: string): Promise<void> {
  if (!(await rows.deleteRejected(tx, tenant.id, id))) refuseUnknown();
}

function refuseUnknown(): never {
  throw new BillingError("REJECTED_EVENT_NOT_FOUND");
}
