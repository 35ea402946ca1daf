import { BillingError } from "../../../core/errors.ts";
import { writeSystemEntry } from "../audit-log/audit-log.ts";
import type { CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { givesUpAfterMs } from "./delivering.ts";
import { insertDeliveries } from "./delivery-sql.ts";
import type { WebhookEventRow, WebhookEventType } from "./schema.ts";
import * as rows from "./sql.ts";

export { deliverWebhooks } from "./delivering.ts";
export {
  createEndpoint,
  deleteEndpoint,
  getEndpoint,
  listDeliveries,
  listEndpoints,
  retryDelivery,
  rotateSecret,
  updateEndpoint,
} from "./endpoints.ts";

/** What has happened to a customer; `data` as the API shows it at that moment. */
export type Occurrence = { key: CustomerKey; type: WebhookEventType; data: Record<string, unknown> };

/** Sends what is to be told, in the transaction of what caused it: told if that is committed, and only then. */
export function recordOccurrences(tx: Transaction, occurrences: Occurrence[], now: Date): void {
  if (occurrences.length === 0) return;
  const records = occurrences.map(({ key, type, data }) => ({
    tenant_id: key.tenantId,
    bucket: key.bucket,
    customer_id: key.customerId,
    webhook_event_id: createId(now),
    type,
    data,
    created_at: now,
  }));
  for (const { key, type, data } of occurrences)
    if (!isReport(type)) writeSystemEntry(tx, key, { operation: type, data }, now);
  rows.insertWebhookEvents(tx, records);
  insertDeliveries(tx, records, { now, givesUpAt: new Date(now.getTime() + givesUpAfterMs) });
}

/** Whether it tells how things stand, and not that something was changed. */
const isReport = (type: WebhookEventType) => type.startsWith("balance") || type === "invoice.overdue";

export async function listWebhookEvents(
  db: Queryable,
  tenant: Tenant,
  filter: rows.WebhookEventFilter,
  page: { after: string | null; limit: number },
): Promise<Page<WebhookEventRow>> {
  const found = await rows.listWebhookEvents(db, tenant.id, filter, { after: page.after, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.webhook_event_id);
}

/** @throws WEBHOOK_EVENT_NOT_FOUND */
export async function getWebhookEvent(db: Queryable, tenant: Tenant, id: string): Promise<WebhookEventRow> {
  const row = await rows.findWebhookEvent(db, tenant.id, id);
  if (row === null) throw new BillingError("WEBHOOK_EVENT_NOT_FOUND");
  return row;
}
