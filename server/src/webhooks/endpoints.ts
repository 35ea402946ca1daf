import { BillingError } from "../../../core/errors.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { refusalOf } from "./address.ts";
import { givesUpAfterMs } from "./delivering.ts";
import * as deliveries from "./delivery-sql.ts";
import type {
  WebhookDeliveryRow,
  WebhookEndpointFields,
  WebhookEndpointPatch,
  WebhookEndpointRow,
} from "./endpoint-schema.ts";
import * as rows from "./endpoint-sql.ts";
import { createSecret } from "./signature.ts";

/** @throws VALIDATION_ERROR if nothing may be sent to the address. */
export async function createEndpoint(
  tx: Transaction,
  tenant: Tenant,
  fields: WebhookEndpointFields,
  now: Date,
): Promise<WebhookEndpointRow> {
  checkUrl(fields.url, tenant);
  const endpoint: WebhookEndpointRow = {
    webhook_endpoint_id: createId(now),
    ...fields,
    secret: createSecret(),
    previous_secret: null,
    previous_secret_ends_at: null,
    is_on: true,
    off_reason: null,
    failing_since: null,
    created_at: now,
    updated_at: now,
  };
  await rows.insertEndpoint(tx, tenant.id, endpoint);
  return endpoint;
}

function checkUrl(url: string, tenant: Tenant): void {
  const message = refusalOf(new URL(url), tenant.mode);
  if (message !== null) throw new BillingError("VALIDATION_ERROR", { details: [{ path: "url", message }] });
}

export async function listEndpoints(
  db: Queryable,
  tenant: Tenant,
  page: { after: string | null; limit: number },
): Promise<Page<WebhookEndpointRow>> {
  const found = await rows.listEndpoints(db, tenant.id, { ...page, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.webhook_endpoint_id);
}

/** @throws WEBHOOK_ENDPOINT_NOT_FOUND */
export async function getEndpoint(db: Queryable, tenant: Tenant, id: string): Promise<WebhookEndpointRow> {
  return (await rows.findEndpoint(db, tenant.id, id)) ?? refuseUnknown();
}

/**
 * The endpoint after `patch`: fields not given stay. Turned on, or sent elsewhere, it starts afresh.
 * @throws WEBHOOK_ENDPOINT_NOT_FOUND, VALIDATION_ERROR if nothing may be sent to the address.
 */
export async function updateEndpoint(
  tx: Transaction,
  tenant: Tenant,
  id: string,
  patch: WebhookEndpointPatch,
  now: Date,
): Promise<WebhookEndpointRow> {
  const before = (await rows.lockEndpoint(tx, tenant.id, id)) ?? refuseUnknown();
  if (patch.url !== undefined) checkUrl(patch.url, tenant);
  const isOn = patch.is_on ?? before.is_on;
  const startsAfresh = patch.url !== undefined || (isOn && !before.is_on);
  const after: WebhookEndpointRow = {
    ...before,
    url: patch.url ?? before.url,
    event_types: patch.event_types ?? before.event_types,
    description: patch.description === undefined ? before.description : patch.description,
    is_on: isOn,
    off_reason: isOn ? null : before.off_reason,
    failing_since: startsAfresh ? null : before.failing_since,
    updated_at: now,
  };
  await rows.updateEndpoint(tx, tenant.id, after);
  return after;
}

/** @throws WEBHOOK_ENDPOINT_NOT_FOUND */
export async function deleteEndpoint(tx: Transaction, tenant: Tenant, id: string): Promise<void> {
  if ((await rows.lockEndpoint(tx, tenant.id, id)) === null) refuseUnknown();
  await rows.deleteEndpoint(tx, tenant.id, id);
}

const overlapMs = 86_400_000;

/** The endpoint with a new secret; for a day requests are signed with the old one too. @throws WEBHOOK_ENDPOINT_NOT_FOUND */
export async function rotateSecret(
  tx: Transaction,
  tenant: Tenant,
  id: string,
  now: Date,
): Promise<WebhookEndpointRow> {
  const before = (await rows.lockEndpoint(tx, tenant.id, id)) ?? refuseUnknown();
  const after: WebhookEndpointRow = {
    ...before,
    secret: createSecret(),
    previous_secret: before.secret,
    previous_secret_ends_at: new Date(now.getTime() + overlapMs),
    updated_at: now,
  };
  await rows.updateEndpoint(tx, tenant.id, after);
  return after;
}

/** @throws WEBHOOK_ENDPOINT_NOT_FOUND */
export async function listDeliveries(
  db: Queryable,
  tenant: Tenant,
  of: { endpointId: string; status: WebhookDeliveryRow["status"] | null },
  page: { after: string | null; limit: number },
): Promise<Page<WebhookDeliveryRow>> {
  await getEndpoint(db, tenant, of.endpointId);
  const endpoint = { tenantId: tenant.id, endpointId: of.endpointId };
  const found = await deliveries.listDeliveries(db, endpoint, of.status, { ...page, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.webhook_event_id);
}

/** The delivery, sent within a second and tried for three days more. @throws WEBHOOK_ENDPOINT_NOT_FOUND, WEBHOOK_DELIVERY_NOT_FOUND */
export async function retryDelivery(
  tx: Transaction,
  tenant: Tenant,
  of: { endpointId: string; eventId: string },
  now: Date,
): Promise<WebhookDeliveryRow> {
  await getEndpoint(tx, tenant, of.endpointId);
  const at = { tenantId: tenant.id, ...of };
  await deliveries.retryDelivery(tx, { ...at, now, givesUpAt: new Date(now.getTime() + givesUpAfterMs) });
  const delivery = await deliveries.findDelivery(tx, at);
  if (delivery === null) throw new BillingError("WEBHOOK_DELIVERY_NOT_FOUND");
  return delivery;
}

function refuseUnknown(): never {
  throw new BillingError("WEBHOOK_ENDPOINT_NOT_FOUND");
}
