import type { CustomerKey } from "../customers/customers.ts";
import { plannedAnew, sql, type Queryable } from "../platform/db.ts";
import type { StoredCharge } from "./sql.ts";

export type UsedEvent = {
  event_id: string;
  event_name: string;
  occurred_at: Date;
  /** JSON text: its numbers must not pass through a double on their way. */
  properties: string;
  charges: StoredCharge[];
};

/**
 * The customer's events of this name, or of any if it is null, in `[from, to)` that were not voided, in the order of their times, from just after `after`.
 * One stretch of `events_by_time`, however many there are: each column before the time is one value, so that nothing is sorted.
 */
export async function findUsedEvents(
  db: Queryable,
  key: CustomerKey,
  wanted: { eventName: string | null; from: Date; to: Date },
  after: Pick<UsedEvent, "occurred_at" | "event_id"> | null,
  limit: number,
): Promise<UsedEvent[]> {
  return db.query<UsedEvent>(
    plannedAnew(sql`select event_id, event_name, occurred_at, properties::text, charges from events
        where tenant_id = ${key.tenantId} and bucket = ${key.bucket} and customer_id = ${key.customerId}
          and ${wanted.eventName === null ? sql`true` : sql`event_name = ${wanted.eventName}`} and voided_at is null
          and occurred_at < ${wanted.to}
          and (occurred_at, event_id) > (${after?.occurred_at ?? wanted.from}::timestamptz, ${after?.event_id ?? ""}::text)
        order by occurred_at, event_id
        limit ${limit}`),
  );
}
