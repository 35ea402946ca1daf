import { BillingError, type ErrorDetail } from "../../../core/errors.ts";
import type { Conversion } from "../../../core/conversion.ts";
import type { Meter } from "../../../core/meter.ts";
import type { PlanDocument } from "../../../core/plan.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { toConversion, type ConversionFields, type ConversionRow } from "./conversion-schema.ts";
import type { PlanFields, StoredDocument } from "./document-schema.ts";
import { toMeter, toStoredFilter, type MeterFields, type MeterPatch, type MeterRow } from "./meter-schema.ts";
import { problemsOf, toPlanDocument, toStoredDocument } from "./plan-document.ts";
import type { PlanRow, PlanVersionRow } from "./plan-schema.ts";
import { forgetMeters } from "./reader.ts";
import type { PricingUnitFields, PricingUnitRow } from "./schema.ts";
import * as rows from "./sql.ts";

export { priceBodyOf } from "./price-example.ts";
export {
  overridesInput,
  overridesOutput,
  presentOverrides,
  toPlanOverrides,
  type StoredOverrides,
} from "./override-schema.ts";
export { agreeOverrides } from "./overrides.ts";
export type { Simulated, SimulatedCustomer, SimulationScope } from "./simulation-schema.ts";
export { createCatalogReader, findLiveMeters, findMeterHistory, type Catalog, type MeterHistory } from "./reader.ts";

/** @throws PRICING_UNIT_EXISTS */
export async function createPricingUnit(
  tx: Transaction,
  tenant: Tenant,
  fields: PricingUnitFields,
  now: Date,
): Promise<PricingUnitRow> {
  const unit = { ...fields, id: createId(now), name: fields.name ?? fields.code };
  const row = await rows.insertPricingUnit(tx, tenant.id, unit, now);
  if (row === null) throw new BillingError("PRICING_UNIT_EXISTS");
  return row;
}

export async function listPricingUnits(
  db: Queryable,
  tenant: Tenant,
  after: string | null,
  limit: number,
): Promise<Page<PricingUnitRow>> {
  return toPage(await rows.listPricingUnits(db, tenant.id, after, limit + 1), limit, (last) => last.pricing_unit_id);
}

/** @throws PRICING_UNIT_NOT_FOUND */
export async function requirePricingUnit(db: Queryable, tenant: Tenant, code: string): Promise<PricingUnitRow> {
  const row = await rows.findPricingUnit(db, tenant.id, code);
  if (row === null) throw new BillingError("PRICING_UNIT_NOT_FOUND");
  return row;
}

/** What the unit is worth in a currency from an instant on. @throws PRICING_UNIT_NOT_FOUND, CONVERSION_EXISTS */
export async function createConversion(
  tx: Transaction,
  tenant: Tenant,
  pricingUnitCode: string,
  fields: ConversionFields,
  now: Date,
): Promise<ConversionRow> {
  await requirePricingUnit(tx, tenant, pricingUnitCode);
  const row = await rows.insertConversion(tx, tenant.id, {
    conversion_id: createId(now),
    pricing_unit_code: pricingUnitCode,
    currency_code: fields.currency_code,
    amount_per_unit: fields.amount_per_unit.toString(),
    effective_from: fields.effective_from,
    created_at: now,
  });
  if (row === null) throw new BillingError("CONVERSION_EXISTS");
  return row;
}

/** Newest first. @throws PRICING_UNIT_NOT_FOUND */
export async function listConversions(
  db: Queryable,
  tenant: Tenant,
  pricingUnitCode: string,
  after: string | null,
  limit: number,
): Promise<Page<ConversionRow>> {
  await requirePricingUnit(db, tenant, pricingUnitCode);
  const found = await rows.listConversions(db, tenant.id, pricingUnitCode, after, limit + 1);
  return toPage(found, limit, (last) => last.conversion_id);
}

/** All of the tenant's conversions as core reads them; `conversionAt` says which is in force. */
export async function findConversions(db: Queryable, tenant: Pick<Tenant, "id">): Promise<Conversion[]> {
  return (await rows.findConversions(db, tenant.id)).map(toConversion);
}

/** @throws METER_EXISTS */
export async function createMeter(tx: Transaction, tenant: Tenant, fields: MeterFields, now: Date): Promise<MeterRow> {
  const { code, event_name, aggregation, window } = fields;
  const meter = {
    id: createId(now),
    code,
    name: fields.name ?? code,
    event_name,
    aggregation,
    window,
    filters: fields.filters.map(toStoredFilter),
  };
  const row = await rows.insertMeter(tx, tenant.id, meter, now);
  if (row === null) throw new BillingError("METER_EXISTS");
  tx.afterCommit(() => forgetMeters(tenant.id));
  return row;
}

export async function listMeters(
  db: Queryable,
  tenant: Tenant,
  after: string | null,
  limit: number,
): Promise<Page<MeterRow>> {
  return toPage(await rows.listMeters(db, tenant.id, after, limit + 1), limit, (last) => last.meter_id);
}

/** @throws METER_NOT_FOUND */
export async function getMeter(db: Queryable, tenant: Tenant, code: string): Promise<MeterRow> {
  const row = await rows.findMeter(db, tenant.id, code);
  if (row === null) throw new BillingError("METER_NOT_FOUND");
  return row;
}

/** What the meters of these codes are called, by code; archived ones too. Example: "api_calls" → "API calls". */
export async function meterNames(
  db: Queryable,
  tenant: Pick<Tenant, "id">,
  codes: string[],
): Promise<Map<string, string>> {
  if (codes.length === 0) return new Map();
  const found = await rows.findMetersByCode(db, tenant.id, codes);
  return new Map(found.map(({ code, name }) => [code, name]));
}

/** The meter as core reads it, also an archived one. @throws METER_NOT_FOUND */
export async function requireMeter(db: Queryable, tenant: Tenant, code: string): Promise<Meter> {
  return toMeter(await getMeter(db, tenant, code));
}

/** The meter, renamed, archived or brought back; archiving it again keeps the first instant. @throws METER_NOT_FOUND, METER_IN_USE */
export async function updateMeter(
  tx: Transaction,
  tenant: Tenant,
  code: string,
  patch: MeterPatch,
  now: Date,
): Promise<MeterRow> {
  const before = await rows.lockMeter(tx, tenant.id, code);
  if (before === null) throw new BillingError("METER_NOT_FOUND");
  const isArchived = patch.archived ?? before.archived_at !== null;
  if (isArchived && before.archived_at === null) await refusePricedMeter(tx, tenant, code);

  const name = patch.name === undefined ? before.name : (patch.name ?? code);
  const after = await rows.updateMeter(tx, tenant.id, {
    code,
    name,
    archivedAt: isArchived ? (before.archived_at ?? now) : null,
  });
  tx.afterCommit(() => forgetMeters(tenant.id));
  return after;
}

/** More would not fit into a message, and one is enough to go on with. */
const maxPlansNamed = 10;

async function refusePricedMeter(tx: Transaction, tenant: Tenant, code: string): Promise<void> {
  const plans = await rows.findPlansPricing(tx, tenant.id, code, maxPlansNamed);
  if (plans.length > 0) throw new BillingError("METER_IN_USE", { details: { plan_codes: plans } });
}

/** A new plan, at version 1. @throws PLAN_EXISTS, VALIDATION_ERROR for a meter or pricing unit that there is not, or that does not fit. */
export async function createPlan(
  tx: Transaction,
  tenant: Tenant,
  { code, ...fields }: PlanFields & { code: string },
  now: Date,
): Promise<PlanRow> {
  const id = createId(now);
  if (!(await rows.insertPlan(tx, tenant.id, { id, code }, now))) throw new BillingError("PLAN_EXISTS");
  const { version, document, created_at } = await addVersion(tx, tenant, { planCode: code, version: 1 }, fields, now);
  return { plan_id: id, code, version, document, created_at, updated_at: created_at };
}

/** The plan's next version. @throws PLAN_NOT_FOUND, VALIDATION_ERROR for a meter or pricing unit that there is not, or that does not fit. */
export async function createPlanVersion(
  tx: Transaction,
  tenant: Tenant,
  planCode: string,
  fields: PlanFields,
  now: Date,
): Promise<PlanVersionRow> {
  const version = await rows.takeNextVersion(tx, tenant.id, planCode);
  if (version === null) throw new BillingError("PLAN_NOT_FOUND");
  return addVersion(tx, tenant, { planCode, version }, fields, now);
}

async function addVersion(
  tx: Transaction,
  tenant: Tenant,
  at: { planCode: string; version: number },
  fields: PlanFields,
  now: Date,
): Promise<PlanVersionRow> {
  const document = toStoredDocument(at.planCode, fields);
  await refuseMisfits(tx, tenant, document);
  return rows.insertPlanVersion(tx, tenant.id, { ...at, document }, now);
}

/**
 * The document that `fields` would be as the plan's next version, with that version's number; nothing is created.
 * @throws PLAN_NOT_FOUND, VALIDATION_ERROR for a meter or pricing unit that there is not, or that does not fit.
 */
export async function readCandidate(
  tx: Transaction,
  tenant: Tenant,
  planCode: string,
  fields: PlanFields,
): Promise<{ version: number; document: PlanDocument }> {
  const { version } = await getPlan(tx, tenant, planCode);
  const document = toStoredDocument(planCode, fields);
  await refuseMisfits(tx, tenant, document);
  return { version: version + 1, document: toPlanDocument(document) };
}

/** What a schema cannot see: meters and pricing units that there are not, and prices that do not fit their meter. */
async function refuseMisfits(tx: Transaction, tenant: Tenant, document: StoredDocument): Promise<void> {
  const codes = document.usage_prices.map(({ meter_code }) => meter_code);
  const meters = await rows.holdMeters(tx, tenant.id, codes);
  const details = [
    ...unknownMeters(document.usage_prices, meters),
    ...(await unknownPricingUnits(tx, tenant, {
      usage_prices: document.usage_prices,
      fixed_fees: document.fixed_fees,
      minimum_commitments: document.minimum_commitments,
      recurring_grants: document.recurring_grants,
      overdraft: document.overdraft,
    })),
    ...problemsOf(document, meters.map(toMeter)),
  ];
  if (details.length > 0) throw new BillingError("VALIDATION_ERROR", { details });
}

function unknownMeters(prices: StoredDocument["usage_prices"], held: MeterRow[]): ErrorDetail[] {
  const meters = new Map(held.map((meter) => [meter.code, meter]));
  return prices.flatMap(({ meter_code }, index) => {
    const path = `usage_prices.${index}.meter_code`;
    const meter = meters.get(meter_code);
    if (meter === undefined) return [{ path, message: `There is no meter "${meter_code}"; create it first.` }];
    return meter.archived_at === null
      ? []
      : [{ path, message: `The meter "${meter_code}" is archived; use one that is not.` }];
  });
}

async function unknownPricingUnits(
  tx: Transaction,
  tenant: Tenant,
  lists: Record<string, { pricing_unit_code: string | null }[]>,
): Promise<ErrorDetail[]> {
  const uses = Object.entries(lists).flatMap(([list, items]) =>
    items.flatMap(({ pricing_unit_code: code }, index) =>
      code === null ? [] : [{ code, path: `${list}.${index}.pricing_unit_code` }],
    ),
  );
  const known = new Set(
    await rows.findPricingUnitCodes(
      tx,
      tenant.id,
      uses.map(({ code }) => code),
    ),
  );
  return uses
    .filter(({ code }) => !known.has(code))
    .map(({ code, path }) => ({ path, message: `There is no pricing unit "${code}"; create it first.` }));
}

export async function listPlans(
  db: Queryable,
  tenant: Tenant,
  after: string | null,
  limit: number,
): Promise<Page<PlanRow>> {
  return toPage(await rows.listPlans(db, tenant.id, after, limit + 1), limit, (last) => last.plan_id);
}

/** The plan as its latest version has it. @throws PLAN_NOT_FOUND */
export async function getPlan(db: Queryable, tenant: Pick<Tenant, "id">, code: string): Promise<PlanRow> {
  const row = await rows.findPlan(db, tenant.id, code);
  if (row === null) throw new BillingError("PLAN_NOT_FOUND");
  return row;
}

/** Newest first. @throws PLAN_NOT_FOUND */
export async function listPlanVersions(
  db: Queryable,
  tenant: Tenant,
  planCode: string,
  after: number | null,
  limit: number,
): Promise<Page<PlanVersionRow>> {
  await getPlan(db, tenant, planCode);
  return toPage(await rows.listPlanVersions(db, tenant.id, planCode, after, limit + 1), limit, (last) => last.version);
}

/** @throws PLAN_NOT_FOUND, PLAN_VERSION_NOT_FOUND */
export async function getPlanVersion(
  db: Queryable,
  tenant: Pick<Tenant, "id">,
  planCode: string,
  version: number,
): Promise<PlanVersionRow> {
  const row = await rows.findPlanVersion(db, tenant.id, planCode, version);
  if (row !== null) return row;
  await getPlan(db, tenant, planCode);
  throw new BillingError("PLAN_VERSION_NOT_FOUND");
}

/** A version of the plan as core reads it; the latest, unless `version` says which. @throws PLAN_NOT_FOUND, PLAN_VERSION_NOT_FOUND */
export async function requirePlanVersion(
  db: Queryable,
  tenant: Pick<Tenant, "id">,
  planCode: string,
  version?: number,
): Promise<{ version: number; document: PlanDocument }> {
  const row =
    version === undefined ? await getPlan(db, tenant, planCode) : await getPlanVersion(db, tenant, planCode, version);
  return { version: row.version, document: toPlanDocument(row.document) };
}
