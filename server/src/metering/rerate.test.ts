import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Meter, UsageEvent } from "../../../core/meter.ts";
import type { PlanDocument, UsagePrice } from "../../../core/plan.ts";
import { anyEvent, anyMeter, anyPrice } from "../../../core/test/arbitraries.ts";
import { createCatalogReader, findMeterHistory, type Catalog } from "../catalog/catalog.ts";
import { customerKeyOf } from "../customers/customers.ts";
import { sql } from "../platform/db.ts";
import { startTestApp } from "../../test/harness.ts";
import { ingestEvents } from "./metering.ts";
import { rerateEvents, type PastCatalog, type RerateScope } from "./rerate.ts";
import { voidEvent } from "./void.ts";

const { test: api, database, clock, tenantOf } = await startTestApp({ now: "2026-03-31T23:30:00.000Z" });

const tenant = await tenantOf("test");

const { planVersion } = createCatalogReader(clock);
const ownCatalog: PastCatalog = { planVersion, meterHistory: findMeterHistory };
const everything: RerateScope = { customerId: null, from: null, to: null };

const problemsOf = async (scope: Partial<RerateScope> = {}, catalog = ownCatalog) =>
  (await rerateEvents(database, catalog, { ...everything, ...scope }, clock.now())).problems;

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function created(path: string, body: unknown): Promise<any> {
  const answer = await api.post(path, body);
  assert.ok(answer.status === 201 || answer.status === 200, `${path}: ${answer.text}`);
  return answer.body;
}

await created("/v1/meters", { code: "tokens", event_name: "call", aggregation: { type: "sum", property: "tokens" } });
await created("/v1/meters", { code: "peak", event_name: "call", aggregation: { type: "max", property: "tokens" } });
await created("/v1/meters", {
  code: "users",
  event_name: "call",
  aggregation: { type: "unique_count", property: "user" },
});
await created("/v1/plans", {
  code: "pro",
  usage_prices: [
    {
      code: "tokens",
      meter_code: "tokens",
      currency_code: "usd",
      model: "graduated",
      tiers: [
        { up_to: "10", unit_amount: "2" },
        { up_to: null, unit_amount: "1" },
      ],
    },
    { code: "peak", meter_code: "peak", currency_code: "usd", unit_amount: "0.5" },
    { code: "users", meter_code: "users", currency_code: "usd", unit_amount: "7" },
  ],
});

// A meter that is younger may not have been known yet to whoever recorded the event.
clock.advance(2_000);

/** A customer with three events, the second voided, and one of before they subscribed. */
async function newCustomer(): Promise<{ id: string; usageIds: string[] }> {
  const { customer } = await created("/v1/customers", { name: "Customer" });
  const start = { start_date: "2026-03-01", initial_status: "active" };
  await created("/v1/subscriptions", { customer_id: customer.id, plan_code: "pro", ...start });
  await created(`/v1/customers/${customer.id}/credit-grants`, { name: "Credits", amount: "30", currency_code: "usd" });
  const usageIds: string[] = [];
  for (const [index, [day, tokens, user]] of (
    [
      ["03-05", 6, "ada"],
      ["03-06", 9, "bob"],
      ["03-07", 6, "ada"],
      ["02-07", 1, "eve"],
    ] as const
  ).entries()) {
    const { usage_id } = await created("/v1/events/ingest", {
      event_name: "call",
      idempotency_key: `event ${index}`,
      customer_id: customer.id,
      timestamp: `2026-${day}T12:00:00Z`,
      properties: { tokens, user },
    });
    usageIds.push(usage_id);
  }
  await created(`/v1/events/${usageIds[1]}/void`, undefined);
  return { id: customer.id, usageIds };
}

test("untouched books show no difference: late events, voidings and several prices included", async () => {
  const { id } = await newCustomer();
  const found = await rerateEvents(database, ownCatalog, { ...everything, customerId: id }, clock.now());
  assert.deepEqual(found, { customers: 1, events: 4, voids: 1, taken: 0, problems: [] });
});

test("each thing that does not agree is named, with what is stored and what it comes to", async () => {
  const { id, usageIds } = await newCustomer();
  const [first, second, third] = usageIds;
  const setCharge = (event: string | undefined, field: string, value: string) =>
    sql`update events set charges = jsonb_set(charges::jsonb, array['0', ${field}], ${value}::jsonb) where event_id = ${event}`;
  const cases: [what: string, change: ReturnType<typeof sql>, expected: RegExp[]][] = [
    [
      "an amount",
      setCharge(third, "amount", '"5"'),
      [
        /^Event \S+ of customer \S+: price tokens of subscription \S+ in the period from 2026-03-01\S+ has amount 5, and it comes to/,
        /it cost .* and its ledger entry has/,
      ],
    ],
    ["a counter before", setCharge(third, "quantity", '"7"'), [/has quantity 7, and it comes to 6\.$/]],
    [
      "a charge that is gone",
      sql`update events set charges = charges::jsonb - 1 where event_id = ${first}`,
      [/price peak of .* prices it at 3, and did not charge it\.$/, /it cost .* and its ledger entry has/],
    ],
    [
      "properties",
      sql`update events set properties = '{"tokens": 8, "user": "ada"}' where event_id = ${third}`,
      [/has quantity 6, and it comes to 8\.$/, /counter \S+tokens\S+ holds/],
    ],
    [
      "properties that cannot be read",
      sql`update events set properties = '{"user": "ada"}' where event_id = ${third}`,
      [/it cannot have been recorded as it is: /],
    ],
    [
      "a voiding",
      sql`update events set void_charges = jsonb_set(void_charges::jsonb, '{0,amount}', '"-1"') where event_id = ${second}`,
      [/^Voiding of event \S+ of customer \S+: price tokens .* has amount -1, and it comes to/],
    ],
    [
      "a counter",
      sql`update counters set accrued = accrued + 1 where customer_id = ${id} and price_code = 'peak'`,
      [/^Customer \S+: counter \S+peak\S+ holds .* and the events make/],
    ],
    [
      "a counter that is gone",
      sql`delete from counters where customer_id = ${id} and price_code = 'users'`,
      [/counter \S+users\S+ is missing\.$/],
    ],
    [
      "a remembered value",
      sql`update counter_values set times = 5 where customer_id = ${id} and value like '%ada%'`,
      [/value .*ada.* has 5 events, and there are 2\.$/],
    ],
    [
      "a ledger entry",
      sql`update ledger_entries set cause_id = 'other' where customer_id = ${id} and cause_id = ${third}`,
      [/it cost .* currency:usd, and its ledger entry has 0\.$/],
    ],
  ];
  for (const [what, change, expected] of cases) {
    await assert.rejects(
      database.transaction(async (tx) => {
        await tx.query(change);
        const within = {
          ...database,
          transaction: (work: (inner: typeof tx) => Promise<unknown>) => work(withoutIsolation(tx)),
        };
        const { problems } = await rerateEvents(
          within as typeof database,
          ownCatalog,
          { ...everything, customerId: id },
          clock.now(),
        );
        for (const sentence of expected)
          assert.ok(
            problems.some((problem) => sentence.test(problem)),
            `${what}: ${JSON.stringify(problems, null, 1)}`,
          );
        throw new Error("undo");
      }),
      /^Error: undo$/,
      what,
    );
  }
  assert.deepEqual(await problemsOf({ customerId: id }), []);
});

/** The same transaction, which has begun already and cannot become another kind. */
function withoutIsolation<
  Inner extends { query: (statement: { text: string; values: unknown[] }) => Promise<unknown> },
>(tx: Inner): Inner {
  return {
    ...tx,
    query: (statement) => (statement.text.startsWith("set transaction") ? Promise.resolve([]) : tx.query(statement)),
  };
}

test("only the events of the scope are compared, though all are replayed", async () => {
  const { id, usageIds } = await newCustomer();
  await database.query(
    sql`update events set charges = jsonb_set(charges::jsonb, '{0,quantity}', '"7"') where event_id = ${usageIds[0]}`,
  );
  const day = (text: string) => new Date(`2026-03-${text}T00:00:00Z`);
  assert.equal((await problemsOf({ customerId: id })).length, 1);
  assert.equal((await problemsOf({ customerId: id, from: day("05"), to: day("06") })).length, 1);
  assert.deepEqual(await problemsOf({ customerId: id, from: day("06") }), []);
  assert.deepEqual(await problemsOf({ customerId: id, to: day("05") }), []);
  await database.query(
    sql`update events set charges = jsonb_set(charges::jsonb, '{0,quantity}', '"6"') where event_id = ${usageIds[0]}`,
  );
});

test("a history longer than a page is replayed as a whole, and in the order in which it was recorded", async () => {
  const { id } = await newCustomer();
  for (let batch = 0; batch < 3; batch++) {
    const events = Array.from({ length: 800 }, (_, index) => ({
      event_name: "call",
      idempotency_key: `long ${batch} ${index}`,
      customer_id: id,
      timestamp: "2026-03-08T12:00:00Z",
      properties: { tokens: (index * 7919) % 97, user: `user ${index % 50}` },
    }));
    await created("/v1/events/ingest-batch", { events });
  }
  const found = await rerateEvents(database, ownCatalog, { ...everything, customerId: id }, clock.now());
  assert.deepEqual([found.events, found.problems], [2_404, []]);
});

type Scene = { meter: Meter; prices: UsagePrice[]; batches: UsageEvent[][]; voids: number[]; isNextMonth: boolean };

const anyScene: fc.Arbitrary<Scene> = fc.record({
  meter: anyMeter,
  prices: fc
    .array(anyPrice, { minLength: 1, maxLength: 2 })
    .map((prices) => prices.map((price, index) => ({ ...price, code: `p${index}` }))),
  batches: fc.array(fc.array(anyEvent, { maxLength: 4 }), { maxLength: 3 }),
  voids: fc.array(fc.nat(11), { maxLength: 4 }),
  isNextMonth: fc.boolean(),
});

test("law: whatever is recorded and voided, by any meters and prices, is the same when it is rated again", async () => {
  await created("/v1/plans", { code: "plan" });
  const now = clock.now();
  let keys = 0;
  await fc.assert(
    fc.asyncProperty(anyScene, async ({ meter, prices, batches, voids, isNextMonth }) => {
      const plan: PlanDocument = {
        billingInterval: "month",
        billingIntervalCount: 1,
        usagePrices: prices,
        fixedFees: [],
        overdraft: [],
      };
      const catalog: Catalog = {
        metersFor: async () => [meter],
        metersByCode: async () => [meter],
        planVersion: async () => plan,
      };
      const { customer } = await created("/v1/customers", { name: "Any" });
      const start = { start_date: "2026-03-01T00:00:00Z", initial_status: "active" };
      await created("/v1/subscriptions", { customer_id: customer.id, plan_code: "plan", ...start });
      if (isNextMonth) {
        await database.query(
          sql`update subscriptions set current_period_start = '2026-04-01', current_period_end = '2026-05-01',
              step_start = '2026-04-01', step_end = '2026-05-01' where customer_id = ${customer.id}`,
        );
      }
      const ids: string[] = [];
      for (const batch of batches) {
        const events = batch.map(({ timestamp, ...event }) => ({
          ...event,
          key: customerKeyOf(tenant.id, customer.id as string),
          idempotencyKey: `law ${(keys += 1)}`,
          timestamp: new Date(timestamp),
        }));
        for (const outcome of await database.transaction((tx) => ingestEvents(tx, catalog, events, now)))
          if ("usageId" in outcome) ids.push(outcome.usageId);
        const voided = ids[voids.pop() ?? ids.length];
        if (voided !== undefined) await database.transaction((tx) => voidEvent(tx, catalog, tenant, voided, now));
      }
      const past: PastCatalog = {
        planVersion: catalog.planVersion,
        meterHistory: async () => [{ meter, createdAt: new Date(0), archivedAt: null }],
      };
      assert.deepEqual(await problemsOf({ customerId: customer.id }, past), []);
    }),
    { numRuns: 1_000 },
  );
});
