import { sql, type Queryable, type Transaction } from "../platform/db.ts";
import type { TaxRateFields, TaxRateRow } from "./schema.ts";

const columns = sql`tax_rate_id, code, name, percent, is_inclusive, country, state, is_reversed_by_tax_id, archived_at, created_at`;

/** Null if the code is taken. */
export async function insertTaxRate(
  tx: Transaction,
  tenantId: number,
  { id, fields }: { id: string; fields: TaxRateFields },
  now: Date,
): Promise<TaxRateRow | null> {
  const [row] = await tx.query<TaxRateRow>(
    sql`insert into tax_rates (tenant_id, tax_rate_id, code, name, percent, is_inclusive, country, state, is_reversed_by_tax_id, created_at)
        values (${tenantId}, ${id}, ${fields.code}, ${fields.name}, ${fields.percent.toString()}, ${fields.is_inclusive}, ${fields.country},
          ${fields.state}, ${fields.is_reversed_by_tax_id}, ${now})
        on conflict on constraint tax_rates_code do nothing
        returning ${columns}`,
  );
  return row ?? null;
}

export async function findTaxRate(db: Queryable, tenantId: number, code: string): Promise<TaxRateRow | null> {
  const [row] = await db.query<TaxRateRow>(
    sql`select ${columns} from tax_rates where tenant_id = ${tenantId} and code = ${code}`,
  );
  return row ?? null;
}

/** Newest first, from just below the id `after`. */
export async function listTaxRates(
  db: Queryable,
  tenantId: number,
  page: { after: string | null; limit: number },
): Promise<TaxRateRow[]> {
  return db.query<TaxRateRow>(
    sql`select ${columns} from tax_rates
        where tenant_id = ${tenantId} and (${page.after}::text is null or tax_rate_id < ${page.after})
        order by tax_rate_id desc
        limit ${page.limit}`,
  );
}

/** The tenant's rates that are in force, in the order in which they were created. */
export async function findTaxRatesInForce(db: Queryable, tenantId: number): Promise<TaxRateRow[]> {
  return db.query<TaxRateRow>(
    sql`select ${columns} from tax_rates where tenant_id = ${tenantId} and archived_at is null order by tax_rate_id`,
  );
}

/** Keeps the first instant. */
export async function archiveTaxRate(
  tx: Transaction,
  tenantId: number,
  code: string,
  now: Date,
): Promise<TaxRateRow | null> {
  const [row] = await tx.query<TaxRateRow>(
    sql`update tax_rates set archived_at = coalesce(archived_at, ${now}) where tenant_id = ${tenantId} and code = ${code}
        returning ${columns}`,
  );
  return row ?? null;
}
