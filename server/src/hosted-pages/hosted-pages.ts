import { BillingError } from "../../../core/errors.ts";
import { getPlan } from "../catalog/catalog.ts";
import { customerKey, getCustomer, lockCustomer, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { getPaymentSettings } from "../payments/payments.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId, randomText, sha256 } from "../platform/ids.ts";
import { getSubscription } from "../subscriptions/subscriptions.ts";
import * as rows from "./link-sql.ts";
import type { PortalLinkRow, SignupLinkRow } from "./link-sql.ts";
import type { SignupLinkFields } from "./schema.ts";

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 190 bits. */
const tokenLength = 32;
const dayMs = 86_400_000;

/**
 * A link by which a customer subscribes, or moves to another plan, once and within 24 hours.
 * @throws CUSTOMER_NOT_FOUND, PLAN_NOT_FOUND, SUBSCRIPTION_NOT_FOUND, VALIDATION_ERROR for an address on a site that is not registered.
 */
export async function createSignupLink(
  tx: Transaction,
  tenant: Tenant,
  fields: SignupLinkFields,
  now: Date,
): Promise<{ row: SignupLinkRow; token: string }> {
  await getCustomer(tx, tenant, fields.customer_id);
  await getPlan(tx, tenant, fields.plan_code);
  if (fields.previous_subscription_id !== null) {
    const previous = await getSubscription(tx, tenant, fields.previous_subscription_id);
    if (previous.customer_id !== fields.customer_id) throw new BillingError("SUBSCRIPTION_NOT_FOUND");
  }
  await refuseStrangeSites(tx, tenant, fields);
  const token = randomText(base62, tokenLength);
  const row: SignupLinkRow = {
    ...fields,
    signup_link_id: createId(now),
    subscription_id: null,
    used_at: null,
    expires_at: new Date(now.getTime() + dayMs),
    created_at: now,
  };
  await rows.insertSignupLink(tx, customerKey(tenant, fields.customer_id), row, sha256(token));
  return { row, token };
}

/** A page that sends people anywhere would lend its good name to whoever finds it. In test mode one's own machine is allowed too. */
async function refuseStrangeSites(tx: Transaction, tenant: Tenant, fields: SignupLinkFields): Promise<void> {
  const { redirect_origins: allowed } = await getPaymentSettings(tx, tenant);
  const details = (["success_url", "back_url"] as const).flatMap((path) => {
    const address = fields[path];
    if (address === null) return [];
    const { origin, hostname } = new URL(address);
    const isOwnMachine = tenant.mode === "test" && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
    if (allowed.includes(origin) || isOwnMachine) return [];
    return [{ path, message: `${origin} is not among redirect_origins of the payment settings; add it there first.` }];
  });
  if (details.length > 0) throw new BillingError("VALIDATION_ERROR", { details });
}

export type OpenedSignup = { key: CustomerKey; link: SignupLinkRow };

/** What a token opens; null if there is none. */
export async function findSignup(db: Queryable, token: string): Promise<OpenedSignup | null> {
  const found = await rows.findSignupLink(db, sha256(token));
  if (found === null) return null;
  const { tenant_id, ...link } = found;
  return { key: customerKey({ id: tenant_id }, link.customer_id), link };
}

/**
 * Does by an unused link what it is for, and notes which subscription came of it. Two who send it at once do it once.
 * @param work returns the id of the subscription.
 */
export async function markSignupUsed(
  tx: Transaction,
  { key, link }: OpenedSignup,
  now: Date,
  work: () => Promise<string>,
): Promise<void> {
  await lockCustomer(tx, { id: key.tenantId }, key.customerId);
  const { used_at } = await rows.lockSignupLink(tx, key, link.signup_link_id);
  if (used_at !== null) return;
  await rows.useSignupLink(tx, key, { id: link.signup_link_id, subscriptionId: await work() }, now);
}

/** A link to the customer's portal, good for 24 hours. @throws CUSTOMER_NOT_FOUND */
export async function createPortalLink(
  tx: Transaction,
  tenant: Tenant,
  customerId: string,
  now: Date,
): Promise<{ row: PortalLinkRow; token: string }> {
  await getCustomer(tx, tenant, customerId);
  const token = randomText(base62, tokenLength);
  const row: PortalLinkRow = {
    customer_id: customerId,
    portal_link_id: createId(now),
    expires_at: new Date(now.getTime() + dayMs),
    created_at: now,
  };
  await rows.insertPortalLink(tx, customerKey(tenant, customerId), row, sha256(token));
  return { row, token };
}

export type OpenedPortal = { key: CustomerKey; link: PortalLinkRow };

export async function findPortal(db: Queryable, token: string): Promise<OpenedPortal | null> {
  const found = await rows.findPortalLink(db, sha256(token));
  if (found === null) return null;
  const { tenant_id, ...link } = found;
  return { key: customerKey({ id: tenant_id }, link.customer_id), link };
}

/** Closes all pages of a customer that links open, but for those of invoices. */
export async function deleteLinks(tx: Transaction, key: CustomerKey): Promise<void> {
  await rows.deleteLinks(tx, key);
}
