import { BillingError } from "../../../core/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { sql, type Queryable, type Transaction } from "../platform/db.ts";
import { estimateEvents, referenceOf, withKey, type IncomingEvent, type Outcome } from "./metering.ts";
import { resolveReferences } from "./references.ts";
import type { EstimateFields } from "./schema.ts";

/** Events that did not happen, with all that an estimate reads before its snapshot. */
export type Estimate = { catalog: Catalog; events: (IncomingEvent | BillingError)[] };

/**
 * Finds the customers of `events`, or why one is none, and their meters. Outside the estimate's transaction: a snapshot could
 * give the process's memory of meters an older state than it has.
 */
export async function prepareEstimate(
  db: Queryable,
  catalog: Catalog,
  tenant: Tenant,
  events: EstimateFields[],
  now: Date,
): Promise<Estimate> {
  const keys = await resolveReferences(
    db,
    events.map((event) => referenceOf(tenant.id, event)),
  );
  const meters = new Map<string, Awaited<ReturnType<Catalog["metersFor"]>>>();
  for (const { event_name } of events) meters.set(event_name, await catalog.metersFor(db, tenant.id, event_name));
  return {
    catalog: { ...catalog, metersFor: async (_db, _tenantId, eventName) => meters.get(eventName) ?? [] },
    events: events.map((event, index) => toHypothetical(keys[index] as CustomerKey | BillingError, event, index, now)),
  };
}

/** Its own place is its key, so that it repeats no other. */
function toHypothetical(
  key: CustomerKey | BillingError,
  event: EstimateFields,
  index: number,
  now: Date,
): IncomingEvent | BillingError {
  if (key instanceof BillingError) return key;
  return withKey(key, { ...event, idempotency_key: String(index), timestamp: event.timestamp ?? now });
}

/**
 * What would become of each event, in their order. The first use of the transaction, which then reads as of one instant and cannot
 * write: an event that is ingested meanwhile is wholly in it or not at all, and neither waits for the other.
 */
export async function runEstimate(tx: Transaction, { catalog, events }: Estimate, now: Date): Promise<Outcome[]> {
  tx.send(sql`set transaction isolation level repeatable read, read only`);
  const named = events.flatMap((event) => (event instanceof BillingError ? [] : [event]));
  const estimated = named.length === 0 ? [] : await estimateEvents(tx, catalog, named, now);
  let next = 0;
  return events.map((event) =>
    event instanceof BillingError ? { status: "refused", error: event } : (estimated[next++] as Outcome),
  );
}
