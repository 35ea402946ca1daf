import { BillingError } from "../../../core/errors.ts";
import { taxTreatment, type TaxTreatment } from "../../../core/tax.ts";
import { findTaxFields, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { toTaxRate, type TaxRateFields, type TaxRateRow } from "./schema.ts";
import * as rows from "./sql.ts";

/**
 * Where taxes come from. Invoices ask as they are made and again as they are finalized, inside of their transaction and for many customers at
 * once, so a source answers from what it has in the database; one that is a service elsewhere fills that beforehand.
 */
export type TaxSource = {
  /** By customer id; a customer who is not in it is not taxed. */
  treatmentsOf(db: Queryable, keys: CustomerKey[]): Promise<Map<string, TaxTreatment>>;
};

/** The company's own table of rates. */
const ratesOfCompany: TaxSource = {
  treatmentsOf: async (db, keys) => {
    const treatments = new Map<string, TaxTreatment>();
    const customers = await findTaxFields(db, keys);
    for (const tenantId of new Set(customers.map(({ tenant_id }) => tenant_id))) {
      const rates = (await rows.findTaxRatesInForce(db, tenantId)).map(toTaxRate);
      for (const customer of customers.filter(({ tenant_id }) => tenant_id === tenantId)) {
        const { customer_id, tax_status, tax_id, billing_address: address } = customer;
        const { country = null, state = null } = address ?? {};
        treatments.set(customer_id, taxTreatment({ taxStatus: tax_status, country, state, taxId: tax_id }, rates));
      }
    }
    return treatments;
  },
};

/** The source that all invoices ask. */
export const taxSource: TaxSource = ratesOfCompany;

export const untaxed: TaxTreatment = { status: "taxed", rates: [] };

/** @throws TAX_RATE_EXISTS */
export async function createTaxRate(
  tx: Transaction,
  tenant: Tenant,
  fields: TaxRateFields,
  now: Date,
): Promise<TaxRateRow> {
  const row = await rows.insertTaxRate(tx, tenant.id, { id: createId(now), fields }, now);
  if (row === null) throw new BillingError("TAX_RATE_EXISTS");
  return row;
}

/** @throws TAX_RATE_NOT_FOUND */
export async function getTaxRate(db: Queryable, tenant: Tenant, code: string): Promise<TaxRateRow> {
  return (await rows.findTaxRate(db, tenant.id, code)) ?? refuseUnknown();
}

export async function listTaxRates(
  db: Queryable,
  tenant: Tenant,
  page: { after: string | null; limit: number },
): Promise<Page<TaxRateRow>> {
  const found = await rows.listTaxRates(db, tenant.id, { ...page, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.tax_rate_id);
}

/** A rate by which no invoice is taxed any more; drafts lose it as they change. @throws TAX_RATE_NOT_FOUND */
export async function archiveTaxRate(tx: Transaction, tenant: Tenant, code: string, now: Date): Promise<TaxRateRow> {
  return (await rows.archiveTaxRate(tx, tenant.id, code, now)) ?? refuseUnknown();
}

function refuseUnknown(): never {
  throw new BillingError("TAX_RATE_NOT_FOUND");
}
