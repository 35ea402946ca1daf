import { ofCustomers, type CustomerKey } from "../customers/customers.ts";
import { allOf, asRows, sql, type Queryable, type Transaction } from "../platform/db.ts";
import type { WebhookEventRow, WebhookEventType } from "./schema.ts";

const columns = sql`customer_id, webhook_event_id, type, data, created_at`;

export type StoredEvent = WebhookEventRow & { tenant_id: number; bucket: number };

export function insertWebhookEvents(tx: Transaction, records: StoredEvent[]): void {
  tx.send(
    sql`insert into webhook_events (tenant_id, bucket, ${columns})
        select tenant_id, bucket, ${columns} from ${asRows(sql`webhook_events`, records)}`,
  );
}

export type WebhookEventFilter = { customer: CustomerKey | null; type: WebhookEventType | null };

/** Newest first, from just below the id `after`. */
export async function listWebhookEvents(
  db: Queryable,
  tenantId: number,
  filter: WebhookEventFilter,
  page: { after: string | null; limit: number },
): Promise<WebhookEventRow[]> {
  const conditions = [
    ...(filter.customer === null ? [] : [ofCustomers([filter.customer])]),
    ...(filter.type === null ? [] : [sql`type = ${filter.type}`]),
    ...(page.after === null ? [] : [sql`webhook_event_id < ${page.after}`]),
  ];
  return db.query<WebhookEventRow>(
    sql`select ${columns} from webhook_events
        where tenant_id = ${tenantId} and ${allOf(conditions)}
        order by webhook_event_id desc
        limit ${page.limit}`,
  );
}

export async function findWebhookEvent(db: Queryable, tenantId: number, id: string): Promise<WebhookEventRow | null> {
  const [row] = await db.query<WebhookEventRow>(
    sql`select ${columns} from webhook_events where tenant_id = ${tenantId} and webhook_event_id = ${id}`,
  );
  return row ?? null;
}
