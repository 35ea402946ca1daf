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
  /** A field of the properties, and its value as text. */
  property: { name: string; value: string } | null;
  from: Date | null;
  to: Date | null;
  order: "newest" | "oldest";
  chargedTo?: ChargedTo;
};

function contentConditions({ eventName, property }: Pick<EventFilter, "eventName" | "property">): Sql[] {
  return [
    ...(eventName === null ? [] : [sql`event_name = ${eventName}`]),
    ...(property === null ? [] : [sql`properties->>${property.name}::text = ${property.value}`]),
  ];
}

/** No event is recorded more than this long before its timestamp: what comes earlier is refused. */
const longestAheadMs = 60 * 60 * 1_000;

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

/**
 * In the order of recording or against it, from just beyond the id `after`. One customer's come by the primary key, a tenant's by `events_by_id`; what
 * an event says is in no index, and only sorts out: of what is looked at for it there is a bound. `from` bounds the walk as well: an id says when its
 * event was recorded.
 */
export async function listEvents(
  db: Queryable,
  tenantId: number,
  filter: EventFilter,
  page: { after: string | null; limit: number },
): Promise<RecordedEventRow[]> {
  const walked = walk(tenantId, filter, page.after);
  if (!isByContent(filter)) return db.query<RecordedEventRow>(sql`select ${columns} ${walked} limit ${page.limit}`);
  const order = filter.order === "newest" ? sql`desc` : sql`asc`;
  return db.query<RecordedEventRow>(
    sql`select ${columns} from (select * ${walked} limit ${mostSearched}) as searched
        where ${allOf(contentConditions(filter))}
        order by event_id ${order}
        limit ${page.limit}`,
  );
}

/** Whether events are asked for by what they say. */
export function isByContent({ eventName, property }: Pick<EventFilter, "eventName" | "property">): boolean {
  return eventName !== null || property !== null;
}

/** How many events are looked at for those that say something: an answer must not take for ever. */
const mostSearched = 20_000;

/** The last event that a page by content looked at; null where it looked at all that there are. */
export async function lastSearched(
  db: Queryable,
  tenantId: number,
  filter: EventFilter,
  after: string | null,
): Promise<string | null> {
  const [row] = await db.query<{ id: string }>(
    sql`select event_id as id ${walk(tenantId, filter, after)} offset ${mostSearched - 1} limit 1`,
  );
  return row?.id ?? null;
}

function walk(tenantId: number, { customer, from, to, order, chargedTo }: EventFilter, after: string | null): Sql {
  const firstRecorded = from === null ? 0 : from.getTime() - longestAheadMs;
  const conditions = [
    ...(from === null ? [] : [sql`occurred_at >= ${from}`]),
    ...(firstRecorded <= 0 ? [] : [sql`event_id >= ${firstIdAt(new Date(firstRecorded))}`]),
    ...(to === null ? [] : [sql`occurred_at < ${to}`]),
    ...(chargedTo === undefined ? [] : chargedToConditions(chargedTo)),
    ...(after === null ? [] : [sql`event_id ${order === "newest" ? sql`<` : sql`>`} ${after}`]),
  ];
  return sql`from events
        where ${isOf(tenantId, customer)} and ${allOf(conditions)}
        order by event_id ${order === "newest" ? sql`desc` : sql`asc`}`;
}

/** Whether an event is the tenant's, or the customer's, and of a customer who is not being deleted. */
function isOf(tenantId: number, customer: CustomerKey | null): Sql {
  if (customer === null) return sql`tenant_id = ${tenantId} and ${isOfCustomer(sql`events`)}`;
  return sql`${ofOneCustomer(customer)} and ${isThere(customer)}`;
}

export type LiveFilter = Pick<EventFilter, "customer" | "eventName" | "property">;

/** Where a recorded event is, and how large its properties are as they are stored. */
export type EventPlace = { key: CustomerKey; eventId: string; bytes: number };
type PlaceRow = { tenantId: number; bucket: number; customerId: string; eventId: string; bytes: number };

const place = sql`tenant_id as "tenantId", bucket, customer_id as "customerId", event_id as "eventId", pg_column_size(properties) as bytes`;

function toPlace({ eventId, bytes, ...key }: PlaceRow): EventPlace {
  return { key, eventId, bytes };
}

/** The newest of those whose ids are in the range, newest first: by `events_by_id`, or the customer's primary key. */
export async function findNewestEvents(
  db: Queryable,
  tenantId: number,
  { customer, ...rest }: LiveFilter,
  { from, before, limit }: { from: string; before: string; limit: number },
): Promise<EventPlace[]> {
  const found = await db.query<PlaceRow>(
    sql`select ${place} from events
        where ${isOf(tenantId, customer)} and event_id >= ${from} and event_id < ${before} and ${allOf(contentConditions(rest))}
        order by event_id desc
        limit ${limit}`,
  );
  return found.map(toPlace);
}

/** The newest events of some customers, of each from an id on, newest first: by the primary key. */
export async function findNewestOfEach(
  db: Queryable,
  since: { key: CustomerKey; from: string }[],
  filter: Pick<EventFilter, "eventName" | "property">,
  limit: number,
): Promise<EventPlace[]> {
  const found = await db.query<PlaceRow>(
    sql`select ${place}
        from unnest(${since.map(({ key }) => key.tenantId)}::integer[], ${since.map(({ key }) => key.bucket)}::smallint[],
          ${since.map(({ key }) => key.customerId)}::text[], ${since.map(({ from }) => from)}::text[]) as wanted (of_tenant, of_bucket, of_customer, first_id)
        cross join lateral (
          select * from events
          where tenant_id = of_tenant and bucket = of_bucket and customer_id = of_customer and event_id >= first_id
            and ${allOf(contentConditions(filter))}
          order by event_id desc
          limit ${limit}
        ) as found
        order by event_id desc
        limit ${limit}`,
  );
  return found.map(toPlace);
}

/** In the order of their ids. */
export async function readEvents(db: Queryable, places: EventPlace[]): Promise<RecordedEventRow[]> {
  return db.query<RecordedEventRow>(
    sql`select ${columns}
        from unnest(${places.map(({ key }) => key.tenantId)}::integer[], ${places.map(({ key }) => key.bucket)}::smallint[],
          ${places.map(({ key }) => key.customerId)}::text[], ${places.map(({ eventId }) => eventId)}::text[]) as wanted (of_tenant, of_bucket, of_customer, of_id)
        cross join lateral (
          select * from events where tenant_id = of_tenant and bucket = of_bucket and customer_id = of_customer and event_id = of_id offset 0
        ) as found
        order by event_id`,
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
