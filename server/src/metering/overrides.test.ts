import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp, type ApiAnswer } from "../../test/harness.ts";
import { createCatalogReader, findMeterHistory } from "../catalog/catalog.ts";
import { rerateEvents } from "./rerate.ts";

const { test: api, database, clock } = await startTestApp({ now: "2026-03-20T12:00:00.000Z" });

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function created(path: string, body: unknown): Promise<any> {
  const answer = await api.post(path, body);
  assert.ok(answer.status === 201 || answer.status === 200, `${path}: ${answer.text}`);
  return answer.body;
}

await created("/v1/pricing-units", { code: "credit" });
await created("/v1/meters", { code: "tokens", event_name: "call", aggregation: { type: "sum", property: "tokens" } });
await created("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "count" } });
await created("/v1/meters", { code: "peak", event_name: "call", aggregation: { type: "max", property: "tokens" } });

const tokens = { code: "tokens", meter_code: "tokens", unit_amount: "2", currency_code: "usd" };
await created("/v1/plans", {
  code: "pro",
  usage_prices: [
    tokens,
    { meter_code: "calls", unit_amount: "1", currency_code: "usd", included_units: "1" },
    { meter_code: "peak", unit_amount: "0", currency_code: "usd" },
  ],
  fixed_fees: [{ code: "base", amount: "20", currency_code: "usd" }],
});

const agreed = {
  meter_code: "tokens",
  currency_code: "usd",
  model: "graduated",
  tiers: [
    { up_to: "10", unit_amount: "1.5" },
    { up_to: null, unit_amount: "1" },
  ],
};

async function subscribe(fields: object = {}): Promise<ApiAnswer> {
  const { customer } = await created("/v1/customers", { name: "Customer" });
  const start = { start_date: "2026-03-01", initial_status: "active" };
  return api.post("/v1/subscriptions", { customer_id: customer.id, plan_code: "pro", ...start, ...fields });
}

let keys = 0;
const call = (customer_id: string, units: number) => ({
  event_name: "call",
  idempotency_key: `key ${(keys += 1)}`,
  customer_id,
  timestamp: "2026-03-10T12:00:00Z",
  properties: { tokens: units },
});

const cost = (answer: { cost: { amount: string }[] }) => answer.cost.map(({ amount }) => amount);

test("an override is shown whole with its subscription, and without one there is none", async () => {
  const { status, body } = await subscribe({
    price_overrides: [agreed],
    fee_overrides: [{ code: "base", amount: "12.50" }],
  });
  assert.equal(status, 201);
  const [price] = body.subscription.price_overrides;
  assert.deepEqual(
    [
      price.code,
      price.model,
      price.tiers.map((tier: { unit_amount: string }) => tier.unit_amount),
      price.included_units,
    ],
    ["tokens", "graduated", ["1.5", "1"], "0"],
  );
  assert.deepEqual(body.subscription.fee_overrides, [{ code: "base", amount: "12.5" }]);
  const { id, customer_id } = body.subscription;
  assert.deepEqual((await api.get(`/v1/subscriptions/${id}`)).body.subscription, body.subscription);
  assert.deepEqual((await api.get(`/v1/subscriptions?customer_id=${customer_id}`)).body.subscriptions, [
    body.subscription,
  ]);
  const plain = (await subscribe()).body.subscription;
  assert.deepEqual([plain.price_overrides, plain.fee_overrides], [[], []]);
});

test("estimate, ingest, explanation, void, simulation and rerating all take the subscription's own price, and others the plan's", async () => {
  const { customer_id } = (await subscribe({ price_overrides: [agreed] })).body.subscription;
  const other = (await subscribe()).body.subscription.customer_id;
  const { results } = await created("/v1/events/estimate", {
    event_name: "call",
    customer_id,
    properties: { tokens: 12 },
  });
  assert.deepEqual(cost(results[0]), ["17"]);
  const first = await created("/v1/events/ingest", call(customer_id, 8));
  const second = await created("/v1/events/ingest", call(customer_id, 4));
  // The second call is the first that is not included, at 1; the rest is tokens.
  assert.deepEqual([cost(first), cost(second)], [["12"], ["6"]]);
  assert.deepEqual(cost(await created("/v1/events/ingest", call(other, 8))), ["16"]);

  const { event } = (await api.get(`/v1/events/${second.usage_id}`)).body;
  const charge = event.explanation.charges.find((each: { price_code: string }) => each.price_code === "tokens");
  assert.deepEqual([charge.amount, charge.model], ["5", "graduated"]);

  const range = { from: "2026-03-01T00:00:00Z", to: "2026-04-01T00:00:00Z", customer_id };
  const simulated = await created("/v1/plans/pro/simulate", {
    usage_prices: [{ ...tokens, unit_amount: "9" }],
    ...range,
  });
  // What is agreed stays agreed when the plan changes; only the calls are no longer priced.
  assert.deepEqual([simulated.total.current[0].amount, simulated.total.candidate[0].amount], ["18", "17"]);

  await created(`/v1/events/${first.usage_id}/void`, undefined);
  const { balances } = (await api.get(`/v1/customers/${customer_id}/balances`)).body;
  assert.deepEqual(
    balances.map(({ balance }: { balance: string }) => balance),
    ["-6"],
  );

  const { planVersion } = createCatalogReader(clock);
  const catalog = { planVersion, meterHistory: findMeterHistory };
  const scope = { customerId: null, from: null, to: null };
  const { events, voids, problems } = await rerateEvents(database, catalog, scope, clock.now());
  assert.deepEqual([events, voids, problems], [3, 1, []]);
});

test("an override that does not fit the plan is refused at its path, and no subscription is made", async () => {
  const cases: [fields: object, path: string][] = [
    [{ price_overrides: [{ ...agreed, code: "other" }] }, "price_overrides.0.code"],
    [{ price_overrides: [{ ...agreed, code: "tokens", meter_code: "calls" }] }, "price_overrides.0.meter_code"],
    [{ price_overrides: [{ ...agreed, currency_code: "eur" }] }, "price_overrides.0.currency_code"],
    [
      { price_overrides: [{ ...agreed, currency_code: undefined, pricing_unit_code: "credit" }] },
      "price_overrides.0.currency_code",
    ],
    [
      {
        price_overrides: [
          { ...agreed, code: "tokens" },
          { ...agreed, code: "tokens" },
        ],
      },
      "price_overrides.1.code",
    ],
    [
      { price_overrides: [{ ...agreed, tiers: [{ up_to: "10", unit_amount: "x" }] }] },
      "price_overrides.0.tiers.0.unit_amount",
    ],
    [
      { price_overrides: [{ ...agreed, tiers: [{ up_to: "10", unit_amount: "1" }] }] },
      "price_overrides.0.tiers.0.up_to",
    ],
    [{ price_overrides: [{ ...agreed, minimum_amount: "-1" }] }, "price_overrides.0.minimum_amount"],
    [{ fee_overrides: [{ code: "nothing", amount: "1" }] }, "fee_overrides.0.code"],
    [{ fee_overrides: [{ code: "base", amount: "-1" }] }, "fee_overrides.0.amount"],
    [
      {
        fee_overrides: [
          { code: "base", amount: "1" },
          { code: "base", amount: "2" },
        ],
      },
      "fee_overrides.1.code",
    ],
  ];
  const count = async () => (await api.get("/v1/subscriptions?limit=100")).body.subscriptions.length;
  const before = await count();
  for (const [fields, path] of cases) {
    const answer = await subscribe(fields);
    assert.equal(answer.status, 400, `${path}: ${answer.text}`);
    assert.deepEqual(
      answer.body.error.details.map((each: { path: string }) => each.path),
      [path],
      answer.text,
    );
  }
  assert.equal(await count(), before);
});
