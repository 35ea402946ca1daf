import { BillingError } from "../../../core/errors.ts";
import type { InvoiceFinalization } from "../../../core/plan.ts";
import type { FindApiKey, FoundKey, Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Clock } from "../platform/clock.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId, randomText, sha256 } from "../platform/ids.ts";
import type { CompanyPatch } from "./schema.ts";
import * as rows from "./sql.ts";
import type { ApiKeyRow, CompanyRow } from "./sql.ts";

export { finalization, graceHours } from "./schema.ts";

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const secretLength = 32;

export type CreatedApiKey = { row: ApiKeyRow; /** The whole key. Shown once: only its hash is stored. */ key: string };

/** A new key of `tenant`: `ak_live_` or `ak_test_` and 32 base62 characters. */
export async function createApiKey(
  tx: Transaction,
  tenant: Pick<Tenant, "id" | "mode">,
  name: string | null,
  now: Date,
): Promise<CreatedApiKey> {
  const key = `ak_${tenant.mode}_${randomText(base62, secretLength)}`;
  const row = await rows.insertApiKey(
    tx,
    tenant.id,
    { id: createId(now), name, hash: sha256(key), lastFour: key.slice(-4) },
    now,
  );
  return { row, key };
}

export async function listApiKeys(
  db: Queryable,
  tenant: Tenant,
  after: string | null,
  limit: number,
): Promise<Page<ApiKeyRow>> {
  return toPage(await rows.listApiKeys(db, tenant.id, after, limit + 1), limit, (last) => last.api_key_id);
}

/** The key, revoked: every process refuses it within a second. @throws API_KEY_NOT_FOUND */
export async function revokeApiKey(tx: Transaction, tenant: Tenant, id: string, now: Date): Promise<ApiKeyRow> {
  const row = await rows.revokeApiKey(tx, tenant.id, id, now);
  if (row === null) throw new BillingError("API_KEY_NOT_FOUND");
  return row;
}

export type CreatedCompany = { companyId: string; liveApiKey: string; testApiKey: string };

/** A company with a live and a test mode, and a first key for each. */
export async function createCompany(
  tx: Transaction,
  company: { name: string; currencyCode: string },
  now: Date,
): Promise<CreatedCompany> {
  const companyId = createId(now);
  await rows.insertCompany(tx, { id: companyId, ...company }, now);
  const live = await rows.insertTenant(tx, companyId, "live");
  const test = await rows.insertTenant(tx, companyId, "test");
  return {
    companyId,
    liveApiKey: (await createApiKey(tx, { id: live, mode: "live" }, "First live key", now)).key,
    testApiKey: (await createApiKey(tx, { id: test, mode: "test" }, "First test key", now)).key,
  };
}

/** The company that `tenant` is a mode of. */
export async function getCompany(db: Queryable, tenant: Tenant): Promise<CompanyRow> {
  return rows.findCompany(db, tenant.id);
}

/** A tenant as its key would have it, for pages that are opened by a link; null if there is none. */
export async function findTenant(db: Queryable, tenantId: number): Promise<(Tenant & { companyName: string }) | null> {
  const row = await rows.findTenant(db, tenantId);
  return row === null ? null : { ...toTenant(row), companyName: row.name };
}

/** The company as it stands after `patch` in its mode: fields not given stay. */
export async function updateCompany(tx: Transaction, tenant: Tenant, patch: CompanyPatch): Promise<CompanyRow> {
  const before = await rows.findOnInvoices(tx, tenant.id);
  const logoId = patch.logo === undefined ? before.logo_id : await keepLogo(tx, tenant, patch.logo);
  const given = <Name extends "address" | "tax_id" | "email" | "invoice_footer">(name: Name) =>
    patch[name] === undefined ? before[name] : patch[name];
  const onInvoices = {
    address: given("address"),
    tax_id: given("tax_id"),
    email: given("email"),
    invoice_footer: given("invoice_footer"),
    logo_id: logoId,
  };
  return rows.updateCompany(tx, tenant.id, {
    onInvoices,
    invoicePrefix: patch.invoice_prefix,
    creditNotePrefix: patch.credit_note_prefix,
    graceHours: patch.invoice_grace_hours,
    finalization: patch.invoice_finalization,
    reminderDays: patch.invoice_reminder_days,
    mails: patch.mails,
    timezone: patch.timezone,
  });
}

/** Under its hash, for good: invoices that are final show the one they had. */
async function keepLogo(tx: Transaction, tenant: Tenant, image: Buffer | null): Promise<string | null> {
  if (image === null) return null;
  const id = sha256(image).toString("hex");
  await rows.insertLogo(tx, tenant.id, id, image);
  return id;
}

/** The image of a logo, now or of before; null if there is none. */
export async function findLogo(db: Queryable, tenant: Pick<Tenant, "id">, id: string): Promise<Buffer | null> {
  return rows.findLogo(db, tenant.id, id);
}

/** How many days before an invoice is due its customer is reminded; 0 is never. */
export async function invoiceReminderDays(db: Queryable, tenant: Pick<Tenant, "id">): Promise<number> {
  return (await rows.findCompany(db, tenant.id)).invoice_reminder_days;
}

/** What holds for the invoices of a plan that says nothing of its own: hours after a period's end, and who finalizes. */
export async function invoicingDefaults(
  db: Queryable,
  tenant: Pick<Tenant, "id">,
): Promise<{ graceHours: number; finalization: InvoiceFinalization }> {
  const { invoice_grace_hours, invoice_finalization } = await rows.findCompany(db, tenant.id);
  return { graceHours: invoice_grace_hours, finalization: invoice_finalization };
}

/**
 * Below the second within which a revoked key must be refused by every process. Looking each key up again every 0.9 s costs
 * next to nothing, needs no message between processes, and cannot miss one.
 */
const keyCacheMs = 900;

/** More keys than this in use within a second are a scan for keys, not customers. */
const keyCacheSize = 10_000;

/** Looks keys up by their hash, and remembers each answer for 0.9 seconds, in this process: by the key itself, which a hash for every request would hide from nobody. */
export function createKeyFinder(db: Queryable, clock: Clock): FindApiKey {
  const cache = new Map<string, { found: FoundKey; until: number }>();
  const lookUp = async (token: string, now: number): Promise<FoundKey | null> => {
    const row = await rows.findTenantByKeyHash(db, sha256(token));
    // Unknown keys are not remembered: anybody can make them up, and they would push out the real ones.
    if (row === null) return null;
    const apiKey = { id: row.api_key_id, name: row.name };
    const found = { tenant: toTenant(row), apiKey, revoked: row.revoked_at !== null };
    if (cache.size >= keyCacheSize) cache.clear();
    cache.set(token, { found, until: now + keyCacheMs });
    return found;
  };
  return (token) => {
    const now = clock.now().getTime();
    const cached = cache.get(token);
    const isFresh = cached !== undefined && now < cached.until && cached.until <= now + keyCacheMs;
    return isFresh ? cached.found : lookUp(token, now);
  };
}

function toTenant(row: rows.TenantRow): Tenant {
  return {
    id: row.tenant_id,
    companyId: row.company_id,
    mode: row.mode,
    rateLimitPerMinute: row.rate_limit_per_minute,
    currencyCode: row.currency_code,
  };
}
