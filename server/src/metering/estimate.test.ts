import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyEvent, anyMeter, anyPrice } from "../../../core/test/arbitraries.ts";
import type { Meter, UsageEvent } from "../../../core/meter.ts";
import type { OverdraftPolicy, PlanDocument, UsagePrice } from "../../../core/plan.ts";
import { startTestApp } from "../../test/harness.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { customerKeyOf } from "../customers/customers.ts";
import { sql } from "../platform/db.ts";
import { estimateEvents, ingestEvents, type Outcome } from "./metering.ts";

const { test: api, live, database, clock } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });

let counter = 0;
const unique = (prefix: string) => `${prefix}_${(counter += 1)}`;

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function created(path: string, body: unknown): Promise<any> {
  const answer = await api.post(path, body);
  assert.equal(answer.status, 201, `${path}: ${answer.text}`);
  return answer.body;
}

/** A customer on a plan that charges 0.1 usd per unit of `units`, with so many usd. */
async function subscribe(options: { overdraft?: OverdraftPolicy; amount?: string } = {}) {
  const event = unique("call");
  const meter = unique("meter");
  const plan = unique("plan");
  await created("/v1/meters", { code: meter, event_name: event, aggregation: { type: "sum", property: "units" } });
  await created("/v1/plans", {
    code: plan,
    usage_prices: [{ meter_code: meter, unit_amount: "0.1", currency_code: "usd" }],
    overdraft: [{ currency_code: "usd", policy: options.overdraft ?? "allow" }],
  });
  const { customer } = await created("/v1/customers", { external_id: unique("external") });
  await created("/v1/subscriptions", { customer_id: customer.id, plan_code: plan, initial_status: "active" });
  if (options.amount !== undefined) {
    const grant = { name: "Credits", amount: options.amount, currency_code: "usd" };
    await created(`/v1/customers/${customer.id}/credit-grants`, grant);
  }
  const of = (units: unknown, rest: object = {}) => ({
    customer_id: customer.id,
    event_name: event,
    properties: { units },
    ...rest,
  });
  return { customerId: customer.id as string, externalId: customer.external_id as string, of };
}

const estimate = (body: unknown, headers?: Record<string, string>) => api.post("/v1/events/estimate", body, headers);
const usd = (amount: string) => [{ amount, account_type: "currency", currency_code: "usd" }];
const holding = (balance: string) => [{ balance, account_type: "currency", currency_code: "usd" }];

/** How many rows each table has that an event could write, and what they hold of balances. */
async function everythingStored() {
  return database.query(
    sql`select (select count(*) from events) as events, (select count(*) from event_keys) as keys,
          (select count(*) from counters) as counters, (select count(*) from counter_values) as values,
          (select count(*) from wallets) as wallets, (select count(*) from ledger_entries) as entries,
          (select count(*) from idempotency_keys) as answers, (select sum(balance) from wallets) as balance,
          (select string_agg(credit_grant_id || state || remaining, ',' order by credit_grant_id) from credit_grants) as grants`,
  );
}

test("an estimate says what an event would cost and leave, and stores nothing, not even a wallet", async () => {
  const { of } = await subscribe();
  const before = await everythingStored();
  const answer = await estimate(of("1.5"));
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.body.success, true);
  assert.deepEqual(answer.body.results, [
    { index: 0, status: "processed", cost: usd("0.15"), customer_balances: holding("-0.15") },
  ]);
  assert.deepEqual(await everythingStored(), before);
});

test("each event of a list builds on those before it; what is rejected or refused leaves the next where they were", async () => {
  const { of, externalId } = await subscribe({ overdraft: "block", amount: "1" });
  const before = await everythingStored();
  const { body } = await estimate({
    events: [
      of(6),
      of(5),
      of("many"),
      of(1, { customer_id: undefined, external_customer_id: "nobody" }),
      of(1, { timestamp: "2026-03-10T13:00:01Z" }),
      of(4, { customer_id: undefined, external_customer_id: externalId }),
      of(1, { customer_id: `c${"0".repeat(24)}` }),
    ],
  });
  const shown = body.results.map(
    (each: { index: number; status: string; error?: { code: string }; customer_balances: { balance: string }[] }) => [
      each.index,
      each.status,
      each.error?.code ?? null,
      each.customer_balances[0]?.balance ?? null,
    ],
  );
  assert.deepEqual(shown, [
    [0, "processed", null, "0.4"],
    [1, "rejected", "INSUFFICIENT_BALANCE", "0.4"],
    [2, "refused", "INVALID_PROPERTY", null],
    [3, "refused", "CUSTOMER_NOT_FOUND", null],
    [4, "refused", "TIMESTAMP_IN_FUTURE", null],
    [5, "processed", null, "0"],
    [6, "refused", "CUSTOMER_NOT_FOUND", null],
  ]);
  assert.deepEqual(await everythingStored(), before);
});

test("an event that was recorded before is estimated as if it were new, and its key stays what it was", async () => {
  const { of } = await subscribe({ amount: "10" });
  const event = of(10, { idempotency_key: unique("key"), timestamp: clock.now().toISOString() });
  assert.equal((await api.post("/v1/events/ingest", event)).body.status, "processed");
  const { results } = (await estimate({ events: [event, event] })).body;
  assert.deepEqual(
    results.map((each: { customer_balances: { balance: string }[] }) => each.customer_balances[0]?.balance),
    ["8", "7"],
  );
  assert.equal((await api.post("/v1/events/ingest", event)).body.status, "duplicate");

  const unseen = of(1, { idempotency_key: unique("key"), timestamp: clock.now().toISOString() });
  await estimate(unseen);
  assert.equal((await api.post("/v1/events/ingest", unseen)).body.status, "processed");
});

test("a grant that has come due counts in an estimate, and stays unwritten", async () => {
  const { customerId, of } = await subscribe({ amount: "1" });
  const grant = { name: "Later", amount: "5", currency_code: "usd", effective_at: "2026-03-10T12:30:00Z" };
  await created(`/v1/customers/${customerId}/credit-grants`, grant);
  clock.set("2026-03-10T12:45:00.000Z");
  const before = await everythingStored();
  assert.equal((await estimate(of(10))).body.results[0].customer_balances[0].balance, "5");
  assert.deepEqual(await everythingStored(), before);
});

test("an estimate waits for no lock of an ingest", async () => {
  const { customerId, of } = await subscribe({ amount: "10" });
  await database.transaction(async (tx) => {
    await tx.query(sql`select 1 from customers where customer_id = ${customerId} for update`);
    assert.equal((await estimate(of(1))).body.results[0].customer_balances[0].balance, "9.9");
  });
});

test("a repeat with the same Idempotency-Key gets the first answer", async () => {
  const { of } = await subscribe({ amount: "10" });
  const headers = { "idempotency-key": unique("request") };
  const first = await estimate(of(1), headers);
  await api.post("/v1/events/ingest", of(50, { idempotency_key: "k", timestamp: clock.now().toISOString() }));
  const repeat = await estimate(of(1), headers);
  assert.equal(repeat.text, first.text);
  assert.equal(repeat.headers["idempotency-replayed"], "true");
  assert.equal((await estimate(of(2), headers)).body.error.code, "IDEMPOTENCY_KEY_REUSED");
});

test("a malformed event, none, and more than 100 are a 400", async () => {
  const { of } = await subscribe();
  const tooMany = Array.from({ length: 101 }, () => of(1));
  for (const body of [{}, { events: [] }, { events: tooMany }, { events: [of(1), { event_name: "" }] }]) {
    const answer = await estimate(body);
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.body.error.code, "VALIDATION_ERROR");
  }
  assert.equal((await estimate({ events: tooMany.slice(1) })).body.results.length, 100);
});

test("another tenant's customer is not found", async () => {
  const { of, externalId } = await subscribe({ amount: "10" });
  const byExternalId = of(1, { customer_id: undefined, external_customer_id: externalId });
  const { results } = (await live.post("/v1/events/estimate", { events: [of(1), byExternalId] })).body;
  for (const each of results) {
    assert.equal(each.status, "refused");
    assert.equal(each.error.code, "CUSTOMER_NOT_FOUND");
    assert.deepEqual(each.customer_balances, []);
  }
});

type Scene = {
  meter: Meter;
  price: UsagePrice;
  overdraft: OverdraftPolicy;
  recorded: UsageEvent[];
  estimated: UsageEvent[];
};

const anyScene: fc.Arbitrary<Scene> = fc.record({
  meter: anyMeter,
  price: anyPrice,
  overdraft: fc.constantFrom("allow" as const, "block" as const),
  recorded: fc.array(anyEvent, { maxLength: 4 }),
  estimated: fc.array(anyEvent, { minLength: 1, maxLength: 6 }),
});

/** The catalog of a scene, whatever the wire form of prices and meters has come to. */
function catalogOf({ meter, price, overdraft }: Scene): Catalog {
  const plan: PlanDocument = {
    ...emptyPlan,
    usagePrices: [price],
    overdraft: [{ denomination: price.denomination, policy: overdraft }],
  };
  return { metersFor: async () => [meter], metersByCode: async () => [meter], planVersion: async () => plan };
}

const emptyPlan = await readEmptyPlan();

async function readEmptyPlan(): Promise<PlanDocument> {
  const { createCatalogReader } = await import("../catalog/catalog.ts");
  await created("/v1/plans", { code: "empty" });
  const [row] = await database.query<{ tenant_id: number }>(sql`select tenant_id from plans where code = 'empty'`);
  return createCatalogReader(clock).planVersion(database, row?.tenant_id as number, "empty", 1);
}

const seen = (outcome: Outcome) => ({
  status: outcome.status,
  cost: "cost" in outcome ? outcome.cost.map(({ denomination, amount }) => [denomination, amount.toString()]) : null,
  balances:
    "balances" in outcome
      ? outcome.balances.map(({ denomination, balance }) => [denomination, balance.toString()])
      : null,
  error: "error" in outcome ? outcome.error.code : null,
});

test("an estimate equals what ingesting the same events then charges, for every model, aggregation and history, in one batch or one by one", async () => {
  clock.set("2026-03-31T23:30:00.000Z");
  const now = clock.now();
  const plan = "empty";
  await fc.assert(
    fc.asyncProperty(anyScene, fc.boolean(), async (scene, isOneByOne) => {
      const catalog = catalogOf(scene);
      const { customer } = await created("/v1/customers", { name: "Any" });
      const start = { start_date: "2026-03-01T00:00:00Z", billing_anchor_day: 1 };
      const subscription = { customer_id: customer.id, plan_code: plan, initial_status: "active", ...start };
      await created("/v1/subscriptions", subscription);
      const grant = { name: "Credits", amount: "50", currency_code: "usd" };
      await created(`/v1/customers/${customer.id}/credit-grants`, grant);
      const [row] = await database.query<{ tenant_id: number }>(
        sql`select tenant_id from customers where customer_id = ${customer.id}`,
      );
      const key = customerKeyOf(row?.tenant_id as number, customer.id);
      const incoming = (events: UsageEvent[]) =>
        events.map(({ timestamp, ...event }) => ({
          ...event,
          key,
          idempotencyKey: unique("key"),
          timestamp: new Date(timestamp),
        }));
      const ingest = (events: ReturnType<typeof incoming>) =>
        database.transaction((tx) => ingestEvents(tx, catalog, events, now));

      if (scene.recorded.length > 0) await ingest(incoming(scene.recorded));
      const events = incoming(scene.estimated);
      const estimated = await database.transaction((tx) => estimateEvents(tx, catalog, events, now));
      const ingested: Outcome[] = [];
      for (const group of isOneByOne ? events.map((event) => [event]) : [events])
        ingested.push(...(await ingest(group)));
      assert.deepEqual(estimated.map(seen), ingested.map(seen));
    }),
    { numRuns: 1_000 },
  );
});
