import { parseStoredJson, writeJson } from "../http/json.ts";
import { sql, type Queryable, type Transaction } from "../platform/db.ts";
import type { ConversionRow } from "./conversion-schema.ts";
import type { StoredDocument } from "./document-schema.ts";
import type { MeterRow, StoredFilter } from "./meter-schema.ts";
import type { PlanRow, PlanVersionRow } from "./plan-schema.ts";
import type { PricingUnitFields, PricingUnitRow } from "./schema.ts";

/* Pricing units */

const pricingUnitColumns = sql`pricing_unit_id, code, name, description, created_at`;

/** Null if the code is taken. */
export async function insertPricingUnit(
  tx: Transaction,
  tenantId: number,
  unit: { id: string; name: string } & Pick<PricingUnitFields, "code" | "description">,
  now: Date,
): Promise<PricingUnitRow | null> {
  const [row] = await tx.query<PricingUnitRow>(
    sql`insert into pricing_units (tenant_id, pricing_unit_id, code, name, description, created_at)
        values (${tenantId}, ${unit.id}, ${unit.code}, ${unit.name}, ${unit.description}, ${now})
        on conflict on constraint pricing_units_code do nothing
        returning ${pricingUnitColumns}`,
  );
  return row ?? null;
}

export async function findPricingUnit(db: Queryable, tenantId: number, code: string): Promise<PricingUnitRow | null> {
  const [row] = await db.query<PricingUnitRow>(
    sql`select ${pricingUnitColumns} from pricing_units where tenant_id = ${tenantId} and code = ${code}`,
  );
  return row ?? null;
}

/** Which of `codes` there are. */
export async function findPricingUnitCodes(db: Queryable, tenantId: number, codes: string[]): Promise<string[]> {
  const rows = await db.query<{ code: string }>(
    sql`select code from pricing_units where tenant_id = ${tenantId} and code = any(${codes}::text[])`,
  );
  return rows.map(({ code }) => code);
}

/** Newest first, from just below the id `after`. */
export async function listPricingUnits(
  db: Queryable,
  tenantId: number,
  after: string | null,
  limit: number,
): Promise<PricingUnitRow[]> {
  return db.query<PricingUnitRow>(
    sql`select ${pricingUnitColumns} from pricing_units
        where tenant_id = ${tenantId} and (${after}::text is null or pricing_unit_id < ${after})
        order by pricing_unit_id desc
        limit ${limit}`,
  );
}

/* Conversions */

const conversionColumns = sql`conversion_id, pricing_unit_code, currency_code, amount_per_unit, effective_from, created_at`;

/** Null if there is one of the pricing unit for the same currency and instant. */
export async function insertConversion(
  tx: Transaction,
  tenantId: number,
  conversion: ConversionRow,
): Promise<ConversionRow | null> {
  const { conversion_id, pricing_unit_code, currency_code, amount_per_unit, effective_from, created_at } = conversion;
  const [row] = await tx.query<ConversionRow>(
    sql`insert into pricing_unit_conversions (tenant_id, conversion_id, pricing_unit_code, currency_code, amount_per_unit,
          effective_from, created_at)
        values (${tenantId}, ${conversion_id}, ${pricing_unit_code}, ${currency_code}, ${amount_per_unit},
          ${effective_from}, ${created_at})
        on conflict on constraint pricing_unit_conversions_instant do nothing
        returning ${conversionColumns}`,
  );
  return row ?? null;
}

/** Newest first, from just below the id `after`. */
export async function listConversions(
  db: Queryable,
  tenantId: number,
  pricingUnitCode: string,
  after: string | null,
  limit: number,
): Promise<ConversionRow[]> {
  return db.query<ConversionRow>(
    sql`select ${conversionColumns} from pricing_unit_conversions
        where tenant_id = ${tenantId} and pricing_unit_code = ${pricingUnitCode}
          and (${after}::text is null or conversion_id < ${after})
        order by conversion_id desc
        limit ${limit}`,
  );
}

/** All of the tenant's, for core to choose from. */
export async function findConversions(db: Queryable, tenantId: number): Promise<ConversionRow[]> {
  return db.query<ConversionRow>(
    sql`select ${conversionColumns} from pricing_unit_conversions
        where tenant_id = ${tenantId}
        order by pricing_unit_code, currency_code, effective_from`,
  );
}

/* Meters */

// Filters as text: the driver would read their numbers through doubles.
const meterColumns = sql`meter_id, code, name, event_name, aggregation, "window", filters::text as filters, created_at, archived_at`;

type RawMeterRow = Omit<MeterRow, "filters"> & { filters: string };

const toMeterRow = (row: RawMeterRow): MeterRow => ({
  ...row,
  filters: parseStoredJson(row.filters) as StoredFilter[],
});

/** Null if the code is taken. */
export async function insertMeter(
  tx: Transaction,
  tenantId: number,
  meter: { id: string } & Pick<MeterRow, "code" | "name" | "event_name" | "aggregation" | "window" | "filters">,
  now: Date,
): Promise<MeterRow | null> {
  const [row] = await tx.query<RawMeterRow>(
    sql`insert into meters (tenant_id, meter_id, code, name, event_name, aggregation, "window", filters, created_at)
        values (${tenantId}, ${meter.id}, ${meter.code}, ${meter.name}, ${meter.event_name}, ${meter.aggregation},
          ${meter.window}, ${writeJson(meter.filters)}, ${now})
        on conflict on constraint meters_code do nothing
        returning ${meterColumns}`,
  );
  return row === undefined ? null : toMeterRow(row);
}

/** Guarantee: until the transaction ends, nobody archives the meter, and no plan version that prices it is being written. */
export async function lockMeter(tx: Transaction, tenantId: number, code: string): Promise<MeterRow | null> {
  const [row] = await tx.query<RawMeterRow>(
    sql`select ${meterColumns} from meters where tenant_id = ${tenantId} and code = ${code} for update`,
  );
  return row === undefined ? null : toMeterRow(row);
}

/** The meters among `codes`. Guarantee: until the transaction ends, nobody archives one of them; others may hold them too. */
export async function holdMeters(tx: Transaction, tenantId: number, codes: string[]): Promise<MeterRow[]> {
  const rows = await tx.query<RawMeterRow>(
    sql`select ${meterColumns} from meters
        where tenant_id = ${tenantId} and code = any(${codes}::text[])
        order by code
        for share`,
  );
  return rows.map(toMeterRow);
}

export async function updateMeter(
  tx: Transaction,
  tenantId: number,
  meter: { code: string; name: string; archivedAt: Date | null },
): Promise<MeterRow> {
  const [row] = await tx.query<RawMeterRow>(
    sql`update meters set name = ${meter.name}, archived_at = ${meter.archivedAt}
        where tenant_id = ${tenantId} and code = ${meter.code}
        returning ${meterColumns}`,
  );
  return toMeterRow(row as RawMeterRow);
}

export async function findMeter(db: Queryable, tenantId: number, code: string): Promise<MeterRow | null> {
  const [row] = await db.query<RawMeterRow>(
    sql`select ${meterColumns} from meters where tenant_id = ${tenantId} and code = ${code}`,
  );
  return row === undefined ? null : toMeterRow(row);
}

/** Newest first, from just below the id `after`. */
export async function listMeters(
  db: Queryable,
  tenantId: number,
  after: string | null,
  limit: number,
): Promise<MeterRow[]> {
  const rows = await db.query<RawMeterRow>(
    sql`select ${meterColumns} from meters
        where tenant_id = ${tenantId} and (${after}::text is null or meter_id < ${after})
        order by meter_id desc
        limit ${limit}`,
  );
  return rows.map(toMeterRow);
}

/** Oldest first, archived ones left out. */
export async function findLiveMeters(db: Queryable, tenantId: number): Promise<MeterRow[]> {
  const rows = await db.query<RawMeterRow>(
    sql`select ${meterColumns} from meters where tenant_id = ${tenantId} and archived_at is null order by meter_id`,
  );
  return rows.map(toMeterRow);
}

/** Archived ones too. */
export async function findAllMeters(db: Queryable, tenantId: number): Promise<MeterRow[]> {
  const rows = await db.query<RawMeterRow>(
    sql`select ${meterColumns} from meters where tenant_id = ${tenantId} order by meter_id`,
  );
  return rows.map(toMeterRow);
}

/** Archived ones too; a code that there is not is left out. */
export async function findMetersByCode(db: Queryable, tenantId: number, codes: string[]): Promise<MeterRow[]> {
  const rows = await db.query<RawMeterRow>(
    sql`select ${meterColumns} from meters where tenant_id = ${tenantId} and code = any(${codes}::text[]) order by meter_id`,
  );
  return rows.map(toMeterRow);
}

/* Plans */

const plans = sql`plans join plan_versions as latest
  on latest.tenant_id = plans.tenant_id and latest.plan_code = plans.code and latest.version = plans.latest_version`;

const planColumns = sql`plans.plan_id, plans.code, latest.version, latest.document, plans.created_at, latest.created_at as updated_at`;

/** Whether the plan was created: not if the code is taken. */
export async function insertPlan(
  tx: Transaction,
  tenantId: number,
  plan: { id: string; code: string },
  now: Date,
): Promise<boolean> {
  const rows = await tx.query(
    sql`insert into plans (tenant_id, plan_id, code, latest_version, created_at)
        values (${tenantId}, ${plan.id}, ${plan.code}, 1, ${now})
        on conflict on constraint plans_code do nothing
        returning plan_id`,
  );
  return rows.length > 0;
}

/**
 * The number of the plan's next version; null if there is no such plan. Guarantee: no other transaction gets a number for this
 * plan until this one ends, and if this one is undone the number is free again. So versions are unique and have no gaps.
 */
export async function takeNextVersion(tx: Transaction, tenantId: number, code: string): Promise<number | null> {
  const [row] = await tx.query<{ latest_version: number }>(
    sql`update plans set latest_version = latest_version + 1
        where tenant_id = ${tenantId} and code = ${code}
        returning latest_version`,
  );
  return row?.latest_version ?? null;
}

export async function insertPlanVersion(
  tx: Transaction,
  tenantId: number,
  version: { planCode: string; version: number; document: StoredDocument },
  now: Date,
): Promise<PlanVersionRow> {
  const [row] = await tx.query<PlanVersionRow>(
    sql`insert into plan_versions (tenant_id, plan_code, version, document, created_at)
        values (${tenantId}, ${version.planCode}, ${version.version}, ${version.document}, ${now})
        returning plan_code, version, document, created_at`,
  );
  return row as PlanVersionRow;
}

export async function findPlan(db: Queryable, tenantId: number, code: string): Promise<PlanRow | null> {
  const [row] = await db.query<PlanRow>(
    sql`select ${planColumns} from ${plans} where plans.tenant_id = ${tenantId} and plans.code = ${code}`,
  );
  return row ?? null;
}

/** Newest plan first, from just below the id `after`. */
export async function listPlans(
  db: Queryable,
  tenantId: number,
  after: string | null,
  limit: number,
): Promise<PlanRow[]> {
  return db.query<PlanRow>(
    sql`select ${planColumns} from ${plans}
        where plans.tenant_id = ${tenantId} and (${after}::text is null or plans.plan_id < ${after})
        order by plans.plan_id desc
        limit ${limit}`,
  );
}

export async function findPlanVersion(
  db: Queryable,
  tenantId: number,
  planCode: string,
  version: number,
): Promise<PlanVersionRow | null> {
  const [row] = await db.query<PlanVersionRow>(
    sql`select plan_code, version, document, created_at from plan_versions
        where tenant_id = ${tenantId} and plan_code = ${planCode} and version = ${version}`,
  );
  return row ?? null;
}

/** Newest first, from just below the version `after`. */
export async function listPlanVersions(
  db: Queryable,
  tenantId: number,
  planCode: string,
  after: number | null,
  limit: number,
): Promise<PlanVersionRow[]> {
  return db.query<PlanVersionRow>(
    sql`select plan_code, version, document, created_at from plan_versions
        where tenant_id = ${tenantId} and plan_code = ${planCode} and (${after}::integer is null or version < ${after})
        order by version desc
        limit ${limit}`,
  );
}

/**
 * The codes of the plans of which the latest version prices the meter, or a version that a subscription which has not ended is
 * on, in their order, at most `limit`.
 */
export async function findPlansPricing(
  db: Queryable,
  tenantId: number,
  meterCode: string,
  limit: number,
): Promise<string[]> {
  const pricing = JSON.stringify([{ meter_code: meterCode }]);
  const rows = await db.query<{ code: string }>(
    sql`select distinct plans.code from plans
        join plan_versions as priced on priced.tenant_id = plans.tenant_id and priced.plan_code = plans.code
        where plans.tenant_id = ${tenantId} and priced.document -> 'usage_prices' @> ${pricing}::jsonb
          and (priced.version = plans.latest_version or exists (
            select 1 from subscriptions
            where subscriptions.tenant_id = plans.tenant_id and subscriptions.plan_code = plans.code
              and subscriptions.plan_version = priced.version and subscriptions.status <> 'canceled'))
        order by plans.code
        limit ${limit}`,
  );
  return rows.map(({ code }) => code);
}
