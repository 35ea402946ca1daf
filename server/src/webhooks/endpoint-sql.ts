import { sql, type Queryable, type Transaction } from "../platform/db.ts";
import type { WebhookEndpointRow } from "./endpoint-schema.ts";

const columns = sql`webhook_endpoint_id, url, event_types, description, secret, previous_secret, previous_secret_ends_at, is_on, off_reason,
  failing_since, created_at, updated_at`;

const at = (tenantId: number, id: string) => sql`tenant_id = ${tenantId} and webhook_endpoint_id = ${id}`;

export async function insertEndpoint(tx: Transaction, tenantId: number, row: WebhookEndpointRow): Promise<void> {
  await tx.query(
    sql`insert into webhook_endpoints (tenant_id, webhook_endpoint_id, url, event_types, description, secret, created_at, updated_at)
        values (${tenantId}, ${row.webhook_endpoint_id}, ${row.url}, ${row.event_types}::text[], ${row.description}, ${row.secret},
          ${row.created_at}, ${row.updated_at})`,
  );
}

/** Writes what a company may change of an endpoint. */
export async function updateEndpoint(tx: Transaction, tenantId: number, row: WebhookEndpointRow): Promise<void> {
  await tx.query(
    sql`update webhook_endpoints set url = ${row.url}, event_types = ${row.event_types}::text[], description = ${row.description},
          secret = ${row.secret}, previous_secret = ${row.previous_secret}, previous_secret_ends_at = ${row.previous_secret_ends_at},
          is_on = ${row.is_on}, off_reason = ${row.off_reason}, failing_since = ${row.failing_since}, updated_at = ${row.updated_at}
        where ${at(tenantId, row.webhook_endpoint_id)}`,
  );
}

/** Newest first, from just below the id `after`. */
export async function listEndpoints(
  db: Queryable,
  tenantId: number,
  page: { after: string | null; limit: number },
): Promise<WebhookEndpointRow[]> {
  return db.query<WebhookEndpointRow>(
    sql`select ${columns} from webhook_endpoints
        where tenant_id = ${tenantId} and (${page.after}::text is null or webhook_endpoint_id < ${page.after})
        order by webhook_endpoint_id desc
        limit ${page.limit}`,
  );
}

export async function findEndpoint(db: Queryable, tenantId: number, id: string): Promise<WebhookEndpointRow | null> {
  const [row] = await db.query<WebhookEndpointRow>(
    sql`select ${columns} from webhook_endpoints where ${at(tenantId, id)}`,
  );
  return row ?? null;
}

/** The endpoint as it stays until the transaction ends. */
export async function lockEndpoint(tx: Transaction, tenantId: number, id: string): Promise<WebhookEndpointRow | null> {
  const [row] = await tx.query<WebhookEndpointRow>(
    sql`select ${columns} from webhook_endpoints where ${at(tenantId, id)} for no key update`,
  );
  return row ?? null;
}

/** With the endpoint go its deliveries. */
export async function deleteEndpoint(tx: Transaction, tenantId: number, id: string): Promise<void> {
  await tx.query(sql`delete from webhook_endpoints where ${at(tenantId, id)}`);
  await tx.query(sql`delete from webhook_deliveries where ${at(tenantId, id)}`);
}

/** That something was delivered: nothing is written where that was so before. */
export async function noteWorking(db: Queryable, tenantId: number, id: string): Promise<void> {
  await db.query(
    sql`update webhook_endpoints set failing_since = null where ${at(tenantId, id)} and failing_since is not null`,
  );
}

/** That nothing was delivered: since when is kept, and one that has failed since `offIfSince` or longer is turned off. */
export async function noteFailing(
  db: Queryable,
  tenantId: number,
  id: string,
  of: { now: Date; offIfSince: Date },
): Promise<void> {
  await db.query(
    sql`update webhook_endpoints set failing_since = coalesce(failing_since, ${of.now}),
          is_on = is_on and coalesce(failing_since, ${of.now}) > ${of.offIfSince},
          off_reason = case when is_on and coalesce(failing_since, ${of.now}) <= ${of.offIfSince} then 'failing' else off_reason end
        where ${at(tenantId, id)} and (failing_since is null or failing_since <= ${of.offIfSince})`,
  );
}
