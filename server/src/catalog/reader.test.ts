import assert from "node:assert/strict";
import { test } from "node:test";
import { decimal } from "../../../core/decimal.ts";
import { currency, pricingUnit } from "../../../core/denomination.ts";
import { noModifiers, type PlanDocument } from "../../../core/plan.ts";
import { startTestApp } from "../../test/harness.ts";
import { sql, type Queryable } from "../platform/db.ts";
import {
  createCatalogReader,
  createMeter,
  findLiveMeters,
  getPlan,
  requirePlanVersion,
  requirePricingUnit,
  type Catalog,
} from "./catalog.ts";

const { test: api, live, database, clock, tenantOf } = await startTestApp();

const tenant = await tenantOf("test");
const liveTenant = await tenantOf("live");

const countOf = (code: string, event_name: string) => ({
  code,
  name: null,
  event_name,
  aggregation: { type: "count" as const },
  window: null,
  filters: [],
});

type Asking = { db?: Queryable; tenantId?: number };

const codesFor = async (catalog: Catalog, eventName: string, { db = database, tenantId = tenant.id }: Asking = {}) =>
  (await catalog.metersFor(db, tenantId, eventName)).map(({ code }) => code);

/** The database, counting what is asked of it. */
function counted(): Queryable & { queries: number } {
  const db = {
    queries: 0,
    query: <Row extends object>(statement: Parameters<Queryable["query"]>[0]) => {
      db.queries++;
      return database.query<Row>(statement);
    },
  };
  return db;
}

test("a meter is read as core's, by the name of its events, in its own mode", async () => {
  const catalog = createCatalogReader(clock);
  const filters = [
    { property: "model", operator: "in", values: ["a", 1] },
    { property: "size", operator: "greater_than", value: 0.5 },
    { property: "test", operator: "not_exists" },
  ];
  await api.post("/v1/meters", {
    code: "tokens",
    event_name: "read",
    aggregation: { type: "sum", property: "n" },
    filters,
  });
  await api.post("/v1/meters", countOf("calls", "read"));
  await api.post("/v1/meters", countOf("others", "other"));
  await live.post("/v1/meters", countOf("live_calls", "read"));
  assert.deepEqual(await catalog.metersFor(database, tenant.id, "read"), [
    ...(await findLiveMeters(database, tenant.id)).filter(({ eventName }) => eventName === "read"),
  ]);
  const tokens = (await catalog.metersFor(database, tenant.id, "read")).find(({ code }) => code === "tokens");
  assert.deepEqual(tokens, {
    code: "tokens",
    eventName: "read",
    aggregation: { type: "sum", property: "n" },
    window: null,
    filters: [
      { property: "model", operator: "in", value: ["a", 1] },
      { property: "size", operator: "greater_than", value: "0.5" },
      { property: "test", operator: "not_exists" },
    ],
  });
  assert.deepEqual((await codesFor(catalog, "read")).toSorted(), ["calls", "tokens"]);
  assert.deepEqual(await codesFor(catalog, "read", { tenantId: liveTenant.id }), ["live_calls"]);
  assert.deepEqual(await codesFor(catalog, "constructor"), []);
});

test("meters are asked of the database once in 0.9 seconds, however many events there are", async () => {
  const db = counted();
  const catalog = createCatalogReader(clock);
  for (let number = 1; number <= 100; number++) await catalog.metersFor(db, tenant.id, `event ${number}`);
  clock.advance(899);
  await catalog.metersFor(db, tenant.id, "read");
  assert.equal(db.queries, 1);
  clock.advance(1);
  await catalog.metersFor(db, tenant.id, "read");
  assert.equal(db.queries, 2);
});

test("a change in another process is seen within a second", async () => {
  const catalog = createCatalogReader(clock);
  await api.post("/v1/meters", countOf("elsewhere", "elsewhere"));
  assert.deepEqual(await codesFor(catalog, "elsewhere"), ["elsewhere"]);
  await database.query(
    sql`update meters set archived_at = now() where tenant_id = ${tenant.id} and code = 'elsewhere'`,
  );
  clock.advance(899);
  assert.deepEqual(await codesFor(catalog, "elsewhere"), ["elsewhere"]);
  clock.advance(1);
  assert.deepEqual(await codesFor(catalog, "elsewhere"), []);
});

test("a clock set back does not make a remembered answer last longer", async () => {
  const db = counted();
  const catalog = createCatalogReader(clock);
  await catalog.metersFor(db, tenant.id, "read");
  clock.advance(-3_600_000);
  await catalog.metersFor(db, tenant.id, "read");
  assert.equal(db.queries, 2);
});

test("a meter created, archived or brought back in this process counts for the very next event", async () => {
  const catalog = createCatalogReader(clock);
  assert.deepEqual(await codesFor(catalog, "at once"), []);
  await api.post("/v1/meters", countOf("at_once", "at once"));
  assert.deepEqual(await codesFor(catalog, "at once"), ["at_once"]);
  await api.patch("/v1/meters/at_once", { archived: true });
  assert.deepEqual(await codesFor(catalog, "at once"), []);
  await api.patch("/v1/meters/at_once", { archived: false }, { "idempotency-key": "bring back" });
  assert.deepEqual(await codesFor(catalog, "at once"), ["at_once"]);
});

test("a meter counts from its commit on, and not before, also for a reader that looked in between", async () => {
  const catalog = createCatalogReader(clock);
  await database.transaction(async (tx) => {
    await createMeter(tx, tenant, countOf("committed", "committed"), clock.now());
    assert.deepEqual(await codesFor(catalog, "committed"), []);
  });
  assert.deepEqual(await codesFor(catalog, "committed"), ["committed"]);
});

test("a read that began before the commit and ends after it is not remembered", async () => {
  let begin = (): void => undefined;
  let open = (): void => undefined;
  const began = new Promise<void>((resolve) => (begin = resolve));
  const gate = new Promise<void>((resolve) => (open = resolve));
  const slow: Queryable = {
    query: async <Row extends object>(statement: Parameters<Queryable["query"]>[0]) => {
      const rows = await database.query<Row>(statement);
      begin();
      await gate;
      return rows;
    },
  };
  const catalog = createCatalogReader(clock);
  const early = codesFor(catalog, "overtaken", { db: slow });
  await began;
  await api.post("/v1/meters", countOf("overtaken", "overtaken"));
  open();
  assert.deepEqual(await early, []);
  assert.deepEqual(await codesFor(catalog, "overtaken"), ["overtaken"]);
});

test("a meter whose transaction is undone never counts", async () => {
  const catalog = createCatalogReader(clock);
  await codesFor(catalog, "undone");
  const undone = database.transaction(async (tx) => {
    await createMeter(tx, tenant, countOf("undone", "undone"), clock.now());
    throw new Error("undo");
  });
  await assert.rejects(undone, /undo/);
  assert.deepEqual(await codesFor(catalog, "undone"), []);
});

test("a read that fails is remembered for nobody, and fails only its own transaction", async () => {
  const catalog = createCatalogReader(clock);
  const broken: Queryable = { query: async () => Promise.reject(new Error("no database")) };
  const [meters, planVersion, others] = await Promise.allSettled([
    catalog.metersFor(broken, tenant.id, "read"),
    catalog.planVersion(broken, tenant.id, "pro", 1),
    codesFor(catalog, "read"),
  ]);
  assert.deepEqual([meters.status, planVersion.status, others.status], ["rejected", "rejected", "fulfilled"]);
  assert.equal((await codesFor(catalog, "read")).length, 2);
});

const price = (unit_amount: string) => ({
  code: "tokens",
  meter_code: "tokens",
  unit_amount,
  pricing_unit_code: "credit",
});

function unitAmountOf({ usagePrices: [first] }: PlanDocument): string | undefined {
  return first?.model === "per_unit" ? first.unitAmount.toString() : undefined;
}

test("a plan version is read as core's, and each of them stays what it was", async () => {
  await api.post("/v1/pricing-units", { code: "credit" });
  const catalog = createCatalogReader(clock);
  await api.post("/v1/plans", {
    code: "pro",
    billing_interval: "year",
    usage_prices: [price("0.000000000000000001")],
    fixed_fees: [{ code: "base", name: "Base", amount: "20.00", currency_code: "usd" }],
    overdraft: [{ pricing_unit_code: "credit", policy: "block" }],
  });
  await api.post("/v1/plans/pro/versions", { usage_prices: [price("2")] });
  const first = {
    billingInterval: "year",
    billingIntervalCount: 1,
    usageEvery: null,
    trialDays: 0,
    usagePrices: [
      {
        code: "tokens",
        meterCode: "tokens",
        denomination: pricingUnit("credit"),
        ...noModifiers,
        model: "per_unit",
        unitAmount: decimal("0.000000000000000001"),
      },
    ],
    fixedFees: [
      {
        code: "base",
        name: "Base",
        amount: decimal("20"),
        denomination: currency("usd"),
        billing: "in_advance",
        per: "subscription",
        recurrence: "every_period",
      },
    ],
    minimumCommitments: [],
    recurringGrants: [],
    overdraft: [{ denomination: pricingUnit("credit"), policy: "block" }],
    invoiceGraceHours: null,
    invoiceFinalization: null,
  };
  assert.deepEqual(await catalog.planVersion(database, tenant.id, "pro", 1), first);
  assert.equal(unitAmountOf(await catalog.planVersion(database, tenant.id, "pro", 2)), "2");

  assert.deepEqual(await requirePlanVersion(database, tenant, "pro", 1), { version: 1, document: first });
  assert.equal((await requirePlanVersion(database, tenant, "pro")).version, 2);
  assert.equal((await getPlan(database, tenant, "pro")).version, 2);
});

test("a plan version is asked of the database once, and one that there is not every time", async () => {
  const db = counted();
  const catalog = createCatalogReader(clock);
  for (let number = 1; number <= 100; number++) await catalog.planVersion(db, tenant.id, "pro", 1);
  clock.advance(3_600_000);
  await catalog.planVersion(db, tenant.id, "pro", 1);
  assert.equal(db.queries, 1);

  await assert.rejects(catalog.planVersion(db, tenant.id, "pro", 3), { code: "PLAN_VERSION_NOT_FOUND" });
  await api.post("/v1/plans/pro/versions", { usage_prices: [price("3")] });
  assert.equal(unitAmountOf(await catalog.planVersion(db, tenant.id, "pro", 3)), "3");
  await assert.rejects(catalog.planVersion(db, liveTenant.id, "pro", 1), { code: "PLAN_VERSION_NOT_FOUND" });
});

test("plan versions are remembered up to 10,000, and the one not used for longest goes first", async () => {
  const [row] = await database.query(sql`select * from plan_versions where plan_code = 'pro' and version = 1`);
  let queries = 0;
  const db: Queryable = {
    query: async <Row extends object>() => {
      queries++;
      return [row as Row];
    },
  };
  const catalog = createCatalogReader(clock);
  for (let version = 1; version <= 10_000; version++) await catalog.planVersion(db, tenant.id, "pro", version);
  await catalog.planVersion(db, tenant.id, "pro", 1);
  await catalog.planVersion(db, tenant.id, "pro", 10_001);
  assert.equal(queries, 10_001);
  await catalog.planVersion(db, tenant.id, "pro", 1);
  assert.equal(queries, 10_001);
  await catalog.planVersion(db, tenant.id, "pro", 2);
  assert.equal(queries, 10_002);
});

test("what a later feature requires and there is not is refused by its code", async () => {
  assert.equal((await requirePricingUnit(database, tenant, "credit")).code, "credit");
  await assert.rejects(requirePricingUnit(database, liveTenant, "credit"), { code: "PRICING_UNIT_NOT_FOUND" });
  await assert.rejects(getPlan(database, liveTenant, "pro"), { code: "PLAN_NOT_FOUND" });
  await assert.rejects(requirePlanVersion(database, tenant, "unknown"), { code: "PLAN_NOT_FOUND" });
  await assert.rejects(requirePlanVersion(database, tenant, "unknown", 1), { code: "PLAN_NOT_FOUND" });
  await assert.rejects(requirePlanVersion(database, tenant, "pro", 99), { code: "PLAN_VERSION_NOT_FOUND" });
});

test("a meter that a plan at hand prices is never missing for having been created in another process", async () => {
  const other = createCatalogReader(clock);
  assert.deepEqual(await other.metersFor(database, tenant.id, "brand.new"), []);
  await database.query(
    sql`insert into meters (tenant_id, meter_id, code, name, event_name, aggregation, filters, created_at)
        values (${tenant.id}, 'm_new', 'brand_new', 'New', 'brand.new', '{"type":"count"}', '[]', now())`,
  );
  assert.deepEqual(await other.metersFor(database, tenant.id, "brand.new"), []);
  const found = await other.metersFor(database, tenant.id, "brand.new", ["brand_new"]);
  assert.deepEqual(
    found.map(({ code }) => code),
    ["brand_new"],
  );
});
