import type { InvoiceFinalization } from "../../../core/plan.ts";
import { sql, type Queryable, type Transaction } from "../platform/db.ts";
import type { Tenant } from "../http/authentication.ts";

export type ApiKeyRow = {
  api_key_id: string;
  name: string | null;
  last_four: string;
  created_at: Date;
  revoked_at: Date | null;
};

const keyColumns = sql`api_key_id, name, last_four, created_at, revoked_at`;

export async function insertApiKey(
  tx: Transaction,
  tenantId: number,
  key: { id: string; name: string | null; hash: Buffer; lastFour: string },
  now: Date,
): Promise<ApiKeyRow> {
  const [row] = await tx.query<ApiKeyRow>(
    sql`insert into api_keys (tenant_id, api_key_id, name, hash, last_four, created_at)
        values (${tenantId}, ${key.id}, ${key.name}, ${key.hash}, ${key.lastFour}, ${now})
        returning ${keyColumns}`,
  );
  return row as ApiKeyRow;
}

/** Newest first, from just below the id `after`. */
export async function listApiKeys(
  db: Queryable,
  tenantId: number,
  after: string | null,
  limit: number,
): Promise<ApiKeyRow[]> {
  return db.query<ApiKeyRow>(
    sql`select ${keyColumns} from api_keys
        where tenant_id = ${tenantId} and (${after}::text is null or api_key_id < ${after})
        order by api_key_id desc
        limit ${limit}`,
  );
}

/** Keeps the first instant of revocation when it is revoked again. */
export async function revokeApiKey(
  tx: Transaction,
  tenantId: number,
  id: string,
  now: Date,
): Promise<ApiKeyRow | null> {
  const [row] = await tx.query<ApiKeyRow>(
    sql`update api_keys set revoked_at = coalesce(revoked_at, ${now})
        where tenant_id = ${tenantId} and api_key_id = ${id}
        returning ${keyColumns}`,
  );
  return row ?? null;
}

export type TenantRow = {
  tenant_id: number;
  company_id: string;
  mode: Tenant["mode"];
  rate_limit_per_minute: number | null;
  currency_code: string;
};

type KeyTenantRow = TenantRow & Pick<ApiKeyRow, "api_key_id" | "name" | "revoked_at">;

export async function findTenantByKeyHash(db: Queryable, hash: Buffer): Promise<KeyTenantRow | null> {
  const [row] = await db.query<KeyTenantRow>(
    sql`select api_key_id, api_keys.name, tenant_id, company_id, mode, rate_limit_per_minute, currency_code, revoked_at
        from api_keys
        join tenants using (tenant_id)
        join companies using (company_id)
        where hash = ${hash}`,
  );
  return row ?? null;
}

export async function findTenant(db: Queryable, tenantId: number): Promise<(TenantRow & { name: string }) | null> {
  const [row] = await db.query<TenantRow & { name: string }>(
    sql`select tenant_id, company_id, mode, rate_limit_per_minute, currency_code, name
        from tenants join companies using (company_id)
        where tenant_id = ${tenantId}`,
  );
  return row ?? null;
}

export async function insertCompany(
  tx: Transaction,
  company: { id: string; name: string; currencyCode: string },
  now: Date,
): Promise<void> {
  await tx.query(
    sql`insert into companies (company_id, name, currency_code, created_at)
        values (${company.id}, ${company.name}, ${company.currencyCode}, ${now})`,
  );
}

export async function insertTenant(tx: Transaction, companyId: string, mode: Tenant["mode"]): Promise<number> {
  // What is tried out must not reach people.
  const mails = mode === "live" ? "on" : "off";
  const [row] = await tx.query<{ tenant_id: number }>(
    sql`insert into tenants (company_id, mode, mails) values (${companyId}, ${mode}, ${mails}) returning tenant_id`,
  );
  return (row as { tenant_id: number }).tenant_id;
}

/** A company as its own requests see it. The id is left out: no request takes one. */
export type CompanyRow = {
  name: string;
  currency_code: string;
  invoice_prefix: string;
  credit_note_prefix: string;
  invoice_grace_hours: number;
  invoice_finalization: InvoiceFinalization;
  address: string | null;
  tax_id: string | null;
  email: string | null;
  invoice_footer: string | null;
  has_logo: boolean;
  invoice_reminder_days: number;
  mails: "on" | "off";
  timezone: string;
};

const companyColumns = sql`address, tax_id, email, invoice_footer, logo_id is not null as has_logo, name, currency_code, invoice_prefix, credit_note_prefix,
  invoice_grace_hours, invoice_finalization, invoice_reminder_days, mails, timezone`;

/** The company that the tenant is a mode of. */
export async function findCompany(db: Queryable, tenantId: number): Promise<CompanyRow> {
  const [row] = await db.query<CompanyRow>(
    sql`select ${companyColumns} from companies join tenants using (company_id) where tenant_id = ${tenantId}`,
  );
  return row as CompanyRow;
}

export type OnInvoices = Record<"address" | "tax_id" | "email" | "invoice_footer" | "logo_id", string | null>;

export async function findOnInvoices(db: Queryable, tenantId: number): Promise<OnInvoices> {
  const [row] = await db.query<OnInvoices>(
    sql`select address, tax_id, email, invoice_footer, logo_id from tenants where tenant_id = ${tenantId}`,
  );
  return row as OnInvoices;
}

/** Keeps the image under its hash; one that is there stays. */
export async function insertLogo(tx: Transaction, tenantId: number, id: string, image: Buffer): Promise<void> {
  await tx.query(
    sql`insert into logos (tenant_id, logo_id, image) values (${tenantId}, ${id}, ${image}) on conflict do nothing`,
  );
}

export async function findLogo(db: Queryable, tenantId: number, id: string): Promise<Buffer | null> {
  const [row] = await db.query<{ image: Buffer }>(
    sql`select image from logos where tenant_id = ${tenantId} and logo_id = ${id}`,
  );
  return row?.image ?? null;
}

/** What is not given stays. The company's other mode keeps its own. */
export async function updateCompany(
  tx: Transaction,
  tenantId: number,
  settings: {
    invoicePrefix: string | undefined;
    creditNotePrefix: string | undefined;
    graceHours: number | undefined;
    finalization: InvoiceFinalization | undefined;
    reminderDays: number | undefined;
    mails: "on" | "off" | undefined;
    timezone: string | undefined;
    /** What invoices say of the company, as a whole. */
    onInvoices: OnInvoices;
  },
): Promise<CompanyRow> {
  const [row] = await tx.query<CompanyRow>(
    sql`update tenants
        set invoice_prefix = coalesce(${settings.invoicePrefix ?? null}, invoice_prefix),
          credit_note_prefix = coalesce(${settings.creditNotePrefix ?? null}, credit_note_prefix),
          invoice_grace_hours = coalesce(${settings.graceHours ?? null}, invoice_grace_hours),
          invoice_finalization = coalesce(${settings.finalization ?? null}, invoice_finalization),
          invoice_reminder_days = coalesce(${settings.reminderDays ?? null}, invoice_reminder_days),
          mails = coalesce(${settings.mails ?? null}, mails),
          timezone = coalesce(${settings.timezone ?? null}, timezone),
          address = ${settings.onInvoices.address}, tax_id = ${settings.onInvoices.tax_id}, email = ${settings.onInvoices.email},
          invoice_footer = ${settings.onInvoices.invoice_footer}, logo_id = ${settings.onInvoices.logo_id}
        from companies
        where tenant_id = ${tenantId} and companies.company_id = tenants.company_id
        returning ${companyColumns}`,
  );
  return row as CompanyRow;
}

/** Guarantee: one transaction at a time is past this line, so that two first starts do not both create a company. */
export async function lockCompanies(tx: Transaction): Promise<void> {
  await tx.query(sql`lock table companies in share row exclusive mode`);
}

export async function findCompanyIds(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ company_id: string }>(sql`select company_id from companies limit 2`);
  return rows.map((row) => row.company_id);
}
