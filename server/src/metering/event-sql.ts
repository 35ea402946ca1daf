import { isOfCustomer, isThere, ofCustomers, ofOneCustomer, type CustomerKey } from "../customers/customers.ts";
import { allOf, sql, type Queryable, type Sql, type Transaction } from "../platform/db.ts";
import { firstIdAt } from "../platform/ids.ts";
import type { StoredCharge } from "./sql.ts";

/** A recorded event. */
export type RecordedEventRow = {
  tenantId: number;
  bucket: number;
  customerId: string;
  eventId: string;
  eventName: string;
  idempotencyKey: string;
  occurredAt: Date;
  /** JSON text: its numbers must not pass through a double on their way. */
  properties: string;
  charges: StoredCharge[];
  recordedAt: Date;
  voidedAt: Date | null;
  /** What taking it out changed; null unless it is voided. */
  voidCharges: StoredCharge[] | null;
};

const columns = sql`tenant_id as "tenantId", bucket, customer_id as "customerId", event_id as "eventId", event_name as "eventName",
  idempotency_key as "idempotencyKey", occurred_at as "occurredAt", properties::text as properties, charges,
  recorded_at as "recordedAt", voided_at as "voidedAt", void_charges as "voidCharges"`;

export type EventFilter = {
  customer: CustomerKey | null;
  eventName: string | null;
  from: Date | null;
  to: Date | null;
  order: "newest" | "oldest";
  chargedTo?: ChargedTo;
};

/** No event is recorded more than this long before its timestamp: what comes earlier is refused. */
const longestAheadMs = 60 * 60 * 1_000;

/**
 * In the order of recording or against it, from just beyond the id `after`. One customer's come by the primary key, a tenant's by `events_by_id`; the other
 * filters only sort out. `from` bounds the walk as well: an id says when its event was recorded.
 */
/** What usage of a period counts by: the subscription, the price, and when the period began. */
export type ChargedTo = { subscriptionId: string; priceCode: string; periodStart: Date; recordedBefore: Date };

/** Those of a customer that counted by it: what came late happened before, but was recorded no earlier than the period began. */
function chargedToConditions({ subscriptionId, priceCode, periodStart, recordedBefore }: ChargedTo): Sql[] {
  return [
    sql`event_id >= ${firstIdAt(new Date(periodStart.getTime() - longestAheadMs))}`,
    sql`event_id < ${firstIdAt(recordedBefore)}`,
    sql`exists (
          select from json_array_elements(charges) as charge
          where charge->>'subscription_id' = ${subscriptionId} and charge->>'price_code' = ${priceCode}
            and charge->>'period_start' = ${periodStart.toISOString()}
        )`,
  ];
}

export async function listEvents(
  db: Queryable,
  tenantId: number,
  filter: EventFilter,
  page: { after: string | null; limit: number },
): Promise<RecordedEventRow[]> {
  const { customer, eventName, from, to, order, chargedTo } = filter;
  const firstRecorded = from === null ? 0 : from.getTime() - longestAheadMs;
  const conditions = [
    ...(customer === null ? [] : [ofOneCustomer(customer)]),
    ...(eventName === null ? [] : [sql`event_name = ${eventName}`]),
    ...(from === null ? [] : [sql`occurred_at >= ${from}`]),
    ...(firstRecorded <= 0 ? [] : [sql`event_id >= ${firstIdAt(new Date(firstRecorded))}`]),
    ...(to === null ? [] : [sql`occurred_at < ${to}`]),
    ...(chargedTo === undefined ? [] : chargedToConditions(chargedTo)),
    ...(page.after === null ? [] : [sql`event_id ${order === "newest" ? sql`<` : sql`>`} ${page.after}`]),
  ];
  return db.query<RecordedEventRow>(
    sql`select ${columns} from events
        where tenant_id = ${tenantId} and ${allOf(conditions)} and ${customer === null ? isOfCustomer(sql`events`) : isThere(customer)}
        order by event_id ${order === "newest" ? sql`desc` : sql`asc`}
        limit ${page.limit}`,
  );
}

export async function findEvent(db: Queryable, tenantId: number, id: string): Promise<RecordedEventRow | null> {
  const [row] = await db.query<RecordedEventRow>(
    sql`select ${columns} from events where tenant_id = ${tenantId} and event_id = ${id} and ${isOfCustomer(sql`events`)}`,
  );
  return row ?? null;
}

/** The event as it is under its customer's lock, which the caller holds. */
export async function readLockedEvent(tx: Transaction, key: CustomerKey, id: string): Promise<RecordedEventRow | null> {
  const [row] = await tx.query<RecordedEventRow>(
    sql`select ${columns} from events where ${ofCustomers([key])} and event_id = ${id}`,
  );
  return row ?? null;
}

/** Guarantee: the place of the voiding lies behind everything that was recorded of the customer before. */
export function markVoided(tx: Transaction, key: CustomerKey, id: string, charges: StoredCharge[], now: Date): void {
  tx.send(
    sql`update events
        set voided_at = ${now}, voided_position = nextval(pg_get_serial_sequence('events', 'position')),
          void_charges = ${JSON.stringify(charges)}::json
        where ${ofCustomers([key])} and event_id = ${id} and voided_at is null`,
  );
}
