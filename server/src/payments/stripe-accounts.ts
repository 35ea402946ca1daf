/** A tenant's own account at Stripe: its keys, and the library that speaks with them. */
import type { Stripe } from "stripe";
import { BillingError } from "../../../core/errors.ts";
import type { Tenant } from "../http/authentication.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { randomText } from "../platform/ids.ts";
import type { Secrets } from "../platform/secrets.ts";
import type { StripeKeys } from "./schema.ts";
import * as rows from "./stripe-sql.ts";
import type { StripeAccountRow } from "./stripe-sql.ts";

/** Where Stripe is reached; not given in tests alone. */
export type StripeAddress = { host: string; port: number; protocol: "http" | "https"; timeout: number };
export type StripeAccess = { secrets: Secrets; address?: StripeAddress };

/** Longer than Stripe takes for a card, and not so long that others wait for it. */
const timeoutMs = 20_000;

/** A client for each tenant's key, which lives as long as the key stays the same. */
export function createClients(db: Queryable, { secrets, address }: StripeAccess) {
  const clients = new Map<number, { sealedKey: Buffer; client: Stripe }>();
  return async (tenantId: number): Promise<Stripe> => {
    const account = await rows.findAccount(db, tenantId);
    if (account === null) throw new Error("Stripe is not set up for this tenant");
    const known = clients.get(tenantId);
    if (known?.sealedKey.equals(account.secret_key)) return known.client;
    // Loaded when it is first used: of servers without Stripe it would take a tenth of a second and 20 MB.
    const library = await import("stripe");
    const client = new library.Stripe(secrets.open(account.secret_key), {
      // What failed is made again by our own job, which knows what has come of it.
      maxNetworkRetries: 0,
      telemetry: false,
      timeout: timeoutMs,
      ...address,
    });
    clients.set(tenantId, { sealedKey: account.secret_key, client });
    return client;
  };
}

export type ClientOf = ReturnType<typeof createClients>;

export async function getStripeAccount(db: Queryable, tenant: Pick<Tenant, "id">): Promise<StripeAccountRow | null> {
  return rows.findAccount(db, tenant.id);
}

const tokenCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const tokenLength = 32;

/** The account after `keys`: what is not given stays. @throws VALIDATION_ERROR for a key of the other mode, or none yet. */
export async function updateStripeAccount(
  tx: Transaction,
  secrets: Secrets,
  tenant: Tenant,
  keys: StripeKeys,
  now: Date,
): Promise<void> {
  const before = await rows.findAccount(tx, tenant.id);
  const { secret_key: secretKey, webhook_secret: webhookSecret } = keys;
  if (secretKey !== undefined && !new RegExp(`^(?:sk|rk)_${tenant.mode}_`).test(secretKey))
    refuseKey(`Must be a key of Stripe's ${tenant.mode} mode, like sk_${tenant.mode}_….`);
  if (secretKey === undefined && before === null) refuseKey("Is required: no key is set yet.");
  await rows.upsertAccount(tx, {
    tenant_id: tenant.id,
    secret_key: secretKey === undefined ? (before as StripeAccountRow).secret_key : secrets.seal(secretKey),
    key_last_four: secretKey?.slice(-4) ?? (before as StripeAccountRow).key_last_four,
    webhook_secret: webhookSecret === undefined ? (before?.webhook_secret ?? null) : secrets.seal(webhookSecret),
    webhook_token: before?.webhook_token ?? randomText(tokenCharacters, tokenLength),
    created_at: before?.created_at ?? now,
  });
}

function refuseKey(message: string): never {
  throw new BillingError("VALIDATION_ERROR", { details: [{ path: "stripe.secret_key", message }] });
}
