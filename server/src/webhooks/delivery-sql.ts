import { asRows, sql, type Queryable, type Sql, type Transaction } from "../platform/db.ts";
import type { Tenant } from "../http/authentication.ts";
import type { WebhookDeliveryRow, WebhookEndpointRow } from "./endpoint-schema.ts";
import type { WebhookEventRow } from "./schema.ts";

const columns = sql`customer_id, webhook_event_id, webhook_endpoint_id, status, attempts, send_at, response_status, last_error, created_at,
  ended_at`;

/** Puts new webhook events on their way to every endpoint that wants them. `records` are rows of `webhook_events`. */
export function insertDeliveries(tx: Transaction, records: object[], of: { now: Date; givesUpAt: Date }): void {
  tx.send(
    sql`insert into webhook_deliveries (tenant_id, bucket, customer_id, webhook_event_id, webhook_endpoint_id, status, send_at,
          gives_up_at, created_at)
        select event.tenant_id, event.bucket, event.customer_id, event.webhook_event_id, endpoint.webhook_endpoint_id, 'waiting', ${of.now},
          ${of.givesUpAt}, ${of.now}
        from ${asRows(sql`webhook_events`, records)} as event
        join webhook_endpoints as endpoint using (tenant_id)
        where endpoint.is_on and (endpoint.event_types = '{}' or event.type = any(endpoint.event_types))`,
  );
}

type OfEndpoint = { tenantId: number; endpointId: string };

/** Those of the newest events first, from just below the event `after`. */
export async function listDeliveries(
  db: Queryable,
  { tenantId, endpointId }: OfEndpoint,
  status: WebhookDeliveryRow["status"] | null,
  page: { after: string | null; limit: number },
): Promise<WebhookDeliveryRow[]> {
  return db.query<WebhookDeliveryRow>(
    sql`select delivery.customer_id, delivery.webhook_event_id, webhook_endpoint_id, status, attempts, send_at, response_status, last_error,
          delivery.created_at, ended_at, event.type
        from webhook_deliveries as delivery
        join webhook_events as event using (tenant_id, bucket, customer_id, webhook_event_id)
        where tenant_id = ${tenantId} and webhook_endpoint_id = ${endpointId}
          and (${status}::text is null or status = ${status})
          and (${page.after}::text is null or webhook_event_id < ${page.after})
        order by webhook_event_id desc
        limit ${page.limit}`,
  );
}

/** Has a delivery tried at once, and again for as long as a new one. False if there is none. */
export async function retryDelivery(
  tx: Transaction,
  of: OfEndpoint & { eventId: string; now: Date; givesUpAt: Date },
): Promise<boolean> {
  const rows = await tx.query(
    sql`update webhook_deliveries set status = 'waiting', attempts = 0, send_at = ${of.now}, gives_up_at = ${of.givesUpAt}, ended_at = null
        where tenant_id = ${of.tenantId} and webhook_endpoint_id = ${of.endpointId} and webhook_event_id = ${of.eventId}
        returning webhook_event_id`,
  );
  return rows.length > 0;
}

export async function findDelivery(
  db: Queryable,
  { tenantId, endpointId, eventId }: OfEndpoint & { eventId: string },
): Promise<WebhookDeliveryRow | null> {
  const [row] = await db.query<WebhookDeliveryRow>(
    sql`select ${columns}, (
            select type from webhook_events as event
            where event.tenant_id = delivery.tenant_id and event.bucket = delivery.bucket
              and event.customer_id = delivery.customer_id and event.webhook_event_id = delivery.webhook_event_id
          ) as type
        from webhook_deliveries as delivery
        where tenant_id = ${tenantId} and webhook_endpoint_id = ${endpointId} and webhook_event_id = ${eventId}`,
  );
  return row ?? null;
}

export type DueDelivery = {
  tenant_id: number;
  bucket: number;
  customer_id: string;
  webhook_event_id: string;
  webhook_endpoint_id: string;
};

/** Whoever has never been tried is due, also if what is told happened at the time of a test clock: deliveries live in real time. */
const isTime = (now: Date, delivery: Sql) => sql`(${delivery}.send_at <= ${now} or ${delivery}.attempts = 0)`;

/**
 * Deliveries to be sent by `now`, the earliest events first. Guarantee: of each endpoint at most `limit`, so that one with many waiting
 * does not stand before all others.
 */
export async function findDueDeliveries(
  db: Queryable,
  now: Date,
  { limit, limitInAll }: { limit: number; limitInAll: number },
): Promise<DueDelivery[]> {
  return db.query<DueDelivery>(
    sql`select tenant_id, bucket, customer_id, webhook_event_id, webhook_endpoint_id
        from (
          select delivery.*, row_number() over (partition by tenant_id, webhook_endpoint_id order by webhook_event_id) as place
          from webhook_deliveries as delivery
          join webhook_endpoints as endpoint using (tenant_id, webhook_endpoint_id)
          where send_at is not null and ${isTime(now, sql`delivery`)} and endpoint.is_on
        ) as due
        where place <= ${limit}
        order by place, webhook_event_id
        limit ${limitInAll}`,
  );
}

const at = (delivery: DueDelivery) =>
  sql`tenant_id = ${delivery.tenant_id} and bucket = ${delivery.bucket} and customer_id = ${delivery.customer_id}
    and webhook_event_id = ${delivery.webhook_event_id} and webhook_endpoint_id = ${delivery.webhook_endpoint_id}`;

/** Longer than a try takes, so that nobody else takes it meanwhile; each time twice as long, up to 17 hours. */
const nextTry = (now: Date) => sql`${now}::timestamptz + 30 * 2 ^ least(delivery.attempts, 11) * interval '1 second'`;

export type ClaimedDelivery = DueDelivery &
  WebhookEventRow &
  Pick<WebhookEndpointRow, "url" | "secret" | "previous_secret" | "previous_secret_ends_at"> & {
    mode: Tenant["mode"];
    gives_up_at: Date;
    send_at: Date;
  };

/** Takes a delivery to send, with all that is sent. Guarantee: whoever takes it too before its next try gets null. */
export async function claimDelivery(
  db: Queryable,
  due: DueDelivery,
  { now, givesUpAt }: { now: Date; givesUpAt: Date },
): Promise<ClaimedDelivery | null> {
  const [row] = await db.query<ClaimedDelivery>(
    sql`update webhook_deliveries as delivery set send_at = ${nextTry(now)}, attempts = delivery.attempts + 1,
          gives_up_at = case when delivery.attempts = 0 then ${givesUpAt} else delivery.gives_up_at end
        from webhook_events as event, webhook_endpoints as endpoint, tenants
        where delivery.tenant_id = ${due.tenant_id} and delivery.bucket = ${due.bucket} and delivery.customer_id = ${due.customer_id}
          and delivery.webhook_event_id = ${due.webhook_event_id} and delivery.webhook_endpoint_id = ${due.webhook_endpoint_id}
          and delivery.send_at is not null and ${isTime(now, sql`delivery`)}
          and event.tenant_id = delivery.tenant_id and event.bucket = delivery.bucket and event.customer_id = delivery.customer_id
          and event.webhook_event_id = delivery.webhook_event_id
          and endpoint.tenant_id = delivery.tenant_id and endpoint.webhook_endpoint_id = delivery.webhook_endpoint_id and endpoint.is_on
          and tenants.tenant_id = delivery.tenant_id
        returning delivery.tenant_id, delivery.bucket, delivery.customer_id, delivery.webhook_event_id, delivery.webhook_endpoint_id,
          delivery.gives_up_at, delivery.send_at, event.type, event.data, event.created_at, endpoint.url, endpoint.secret,
          endpoint.previous_secret, endpoint.previous_secret_ends_at, tenants.mode`,
  );
  return row ?? null;
}

/** Writes down what came of a try: `status` waiting is tried again when its claim has run out. */
export async function noteTry(
  db: Queryable,
  delivery: DueDelivery,
  of: Pick<WebhookDeliveryRow, "status" | "response_status" | "last_error">,
  now: Date,
): Promise<void> {
  await db.query(
    sql`update webhook_deliveries set status = ${of.status}, response_status = ${of.response_status}, last_error = ${of.last_error},
          send_at = case when ${of.status} = 'waiting' then send_at end,
          ended_at = case when ${of.status} <> 'waiting' then ${now}::timestamptz end
        where ${at(delivery)} and status = 'waiting'`,
  );
}
