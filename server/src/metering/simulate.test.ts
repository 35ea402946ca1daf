import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp, type ApiAnswer } from "../../test/harness.ts";
import { sql } from "../platform/db.ts";

const { test: api, live, database, clock } = await startTestApp({ now: "2026-03-20T12:00:00.000Z" });

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function created(path: string, body: unknown): Promise<any> {
  const answer = await api.post(path, body);
  assert.ok(answer.status === 201 || answer.status === 200, `${path}: ${answer.text}`);
  return answer.body;
}

await created("/v1/meters", { code: "tokens", event_name: "call", aggregation: { type: "sum", property: "tokens" } });

const usd = (unit_amount: string) => ({ meter_code: "tokens", unit_amount, currency_code: "usd" });
const amounts = (amount: string) => [
  { amount, account_type: "currency", currency_code: "usd", pricing_unit_code: null },
];

let plans = 0;

async function newPlan(): Promise<string> {
  const code = `plan_${(plans += 1)}`;
  await created("/v1/plans", { code, usage_prices: [usd("2")] });
  return code;
}

async function subscribe(plan: string, fields: object = {}): Promise<string> {
  const { customer } = await created("/v1/customers", { name: "Customer" });
  const start = { start_date: "2026-01-15", initial_status: "active", ...fields };
  await created("/v1/subscriptions", { customer_id: customer.id, plan_code: plan, ...start });
  return customer.id;
}

let keys = 0;

async function use(customer_id: string, day: string, properties: object): Promise<string> {
  const event = {
    event_name: "call",
    customer_id,
    timestamp: `2026-${day}T12:00:00Z`,
    idempotency_key: `k${(keys += 1)}`,
  };
  return (await created("/v1/events/ingest", { ...event, properties })).usage_id;
}

const march = { from: "2026-03-01T00:00:00Z", to: "2026-04-01T00:00:00Z" };
const tiers = {
  ...usd("0"),
  unit_amount: undefined,
  model: "graduated",
  tiers: [
    { up_to: "10", unit_amount: "3" },
    { up_to: null, unit_amount: "1" },
  ],
};

async function everythingStored() {
  return database.query(
    sql`select (select count(*) from plan_versions) as versions, (select count(*) from events) as events,
          (select string_agg(quantity::text, ',' order by customer_id, price_code, dimension) from counters) as counters,
          (select count(*) from ledger_entries) as entries, (select sum(balance) from wallets) as balance`,
  );
}

const details = (answer: ApiAnswer) => answer.body.error.details.map(({ path }: { path: string }) => path);

test("a dry run counts the live subscriptions and says what their current periods cost by both versions, and creates nothing", async () => {
  const plan = await newPlan();
  const [first, second] = [await subscribe(plan), await subscribe(plan)];
  await subscribe(plan, { initial_status: "pending" });
  const { subscriptions } = (await api.get(`/v1/subscriptions?customer_id=${await subscribe(plan)}`)).body;
  await api.patch(`/v1/subscriptions/${subscriptions[0].id}`, { status: "canceled" });
  await use(first, "02-10", { tokens: 100 });
  await use(first, "03-02", { tokens: 8 });
  await use(first, "03-03", { tokens: 7 });
  await use(second, "03-03", { tokens: 1 });

  const before = await everythingStored();
  const answer = await api.post(`/v1/plans/${plan}/versions`, { usage_prices: [tiers], dry_run: true });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.body.preview, {
    version: 2,
    subscription_count: 2,
    event_count: 3,
    unrated_event_count: 0,
    current: amounts("32"),
    candidate: amounts("38"),
    difference: amounts("6"),
  });
  assert.deepEqual(await everythingStored(), before);
  const made = await api.post(`/v1/plans/${plan}/versions`, { usage_prices: [tiers] });
  assert.deepEqual([made.status, made.body.plan_version.version], [201, 2]);
});

test("a dry run refuses what creating the version would refuse, at the same paths", async () => {
  const plan = await newPlan();
  const bad = { usage_prices: [usd("1"), { ...usd("1"), meter_code: "nothing" }] };
  const answers = [
    await api.post(`/v1/plans/${plan}/versions`, { ...bad, dry_run: true }),
    await api.post(`/v1/plans/${plan}/versions`, bad),
    await api.post(`/v1/plans/${plan}/simulate`, { ...bad, ...march }),
  ];
  for (const answer of answers)
    assert.deepEqual([answer.status, details(answer)], [400, ["usage_prices.1.meter_code"]], answer.text);
  const tier = { ...tiers, tiers: [{ up_to: "10", unit_amount: "x" }] };
  const malformed = await api.post(`/v1/plans/${plan}/versions`, { usage_prices: [tier], dry_run: true });
  assert.deepEqual([malformed.status, details(malformed)], [400, ["usage_prices.0.tiers.0.unit_amount"]]);
  for (const path of ["/v1/plans/none/versions", "/v1/plans/none/simulate"]) {
    const answer = await api.post(path, { dry_run: true, ...march });
    assert.deepEqual([answer.status, answer.body.error.code], [404, "PLAN_NOT_FOUND"]);
  }
});

test("a simulation rates each customer's usage of the range both ways, and adds up the difference", async () => {
  const plan = await newPlan();
  const [first, second, idle] = [await subscribe(plan), await subscribe(plan), await subscribe(plan)];
  await use(first, "02-27", { tokens: 100 });
  await use(first, "03-02", { tokens: 8 });
  const voided = await use(first, "03-02", { tokens: 1_000 });
  await created(`/v1/events/${voided}/void`, undefined);
  await use(first, "03-03", { tokens: 7 });
  await use(second, "03-03", { tokens: "1.5" });
  const before = await everythingStored();

  const answer = await api.post(`/v1/plans/${plan}/simulate`, { usage_prices: [tiers], ...march });
  assert.equal(answer.status, 200, answer.text);
  const { customers, total, success, request_id } = answer.body;
  assert.deepEqual([success, request_id], [true, answer.headers["x-request-id"]]);
  const byId = new Map(customers.map(({ customer_id, ...rest }: { customer_id: string }) => [customer_id, rest]));
  const figures = { unrated_event_count: 0 };
  assert.deepEqual(byId.get(first), {
    ...figures,
    event_count: 2,
    current: amounts("30"),
    candidate: amounts("35"),
    difference: amounts("5"),
  });
  assert.deepEqual(byId.get(second), {
    ...figures,
    event_count: 1,
    current: amounts("3"),
    candidate: amounts("4.5"),
    difference: amounts("1.5"),
  });
  assert.deepEqual(byId.get(idle), { ...figures, event_count: 0, current: [], candidate: [], difference: [] });
  assert.deepEqual(total, {
    ...figures,
    customer_count: 3,
    event_count: 3,
    current: amounts("33"),
    candidate: amounts("39.5"),
    difference: amounts("6.5"),
  });
  assert.deepEqual(await everythingStored(), before);

  const one = await api.post(`/v1/plans/${plan}/simulate`, { usage_prices: [tiers], ...march, customer_id: second });
  assert.deepEqual(one.body.customers, [{ customer_id: second, ...(byId.get(second) as object) }]);
});

test("the plan's own document makes no difference, and over whole periods costs what was charged", async () => {
  const plan = await newPlan();
  const customer = await subscribe(plan);
  await use(customer, "02-27", { tokens: "0.25" });
  await use(customer, "03-02", { tokens: 8 });
  const range = { from: "2026-02-01T00:00:00Z", to: "2026-04-01T00:00:00Z" };
  const { body } = await api.post(`/v1/plans/${plan}/simulate`, { usage_prices: [usd("2")], ...range });
  assert.deepEqual(body.total.difference, amounts("0"));
  const { balances } = (await api.get(`/v1/customers/${customer}/balances`)).body;
  assert.deepEqual([body.total.current, balances[0].balance], [amounts("16.5"), "-16.5"]);
});

test("another denomination stands beside what it replaces, and an event that the candidate cannot rate is counted", async () => {
  await created("/v1/pricing-units", { code: "credit" });
  const plan = await newPlan();
  const customer = await subscribe(plan);
  await use(customer, "03-02", { tokens: 8, seats: 3 });
  await use(customer, "03-03", { tokens: 1 });
  // A meter made since: not every event has what it reads.
  await created("/v1/meters", { code: "seats", event_name: "call", aggregation: { type: "max", property: "seats" } });
  const candidate = { usage_prices: [{ meter_code: "seats", unit_amount: "10", pricing_unit_code: "credit" }] };
  const { body } = await api.post(`/v1/plans/${plan}/simulate`, { ...candidate, ...march });
  const credits = { amount: "30", account_type: "pricing_unit", currency_code: null, pricing_unit_code: "credit" };
  assert.deepEqual(body.total, {
    customer_count: 1,
    event_count: 2,
    unrated_event_count: 1,
    current: amounts("18"),
    candidate: [credits],
    difference: [...amounts("-18"), credits],
  });
  assert.equal((await api.patch("/v1/meters/seats", { archived: true })).status, 200);
});

test("more customers and events than are read at a time are all in it", async () => {
  const plan = await newPlan();
  const customer = await subscribe(plan);
  for (let batch = 0; batch < 3; batch++) {
    const events = Array.from({ length: 700 }, (_, index) => ({
      event_name: "call",
      idempotency_key: `many ${batch} ${index}`,
      customer_id: customer,
      timestamp: "2026-03-02T12:00:00Z",
      properties: { tokens: 1 },
    }));
    await created("/v1/events/ingest-batch", { events });
  }
  // A few at a time: so many at once would wait for connections longer than they may.
  for (let left = 501; left > 0; left -= 20)
    await Promise.all(Array.from({ length: Math.min(20, left) }, () => subscribe(plan)));
  const { body } = await api.post(`/v1/plans/${plan}/simulate`, { usage_prices: [usd("3")], ...march });
  assert.deepEqual(
    [body.customers.length, new Set(body.customers.map((each: { customer_id: string }) => each.customer_id)).size],
    [502, 502],
  );
  assert.deepEqual(
    [body.total.customer_count, body.total.event_count, body.total.difference],
    [502, 2_100, amounts("2100")],
  );
});

test("a subscription that has ended counts for the time that it ran", async () => {
  const plan = await newPlan();
  const customer = await subscribe(plan);
  await use(customer, "03-02", { tokens: 8 });
  const { subscriptions } = (await api.get(`/v1/subscriptions?customer_id=${customer}`)).body;
  await api.patch(`/v1/subscriptions/${subscriptions[0].id}`, { status: "canceled" });
  clock.advance(60_000);
  const { body } = await api.post(`/v1/plans/${plan}/simulate`, { usage_prices: [usd("3")], ...march });
  assert.deepEqual(body.total.difference, amounts("8"));
});

test("a range that is none or too long is refused, and so is a customer of another tenant", async () => {
  const plan = await newPlan();
  const simulate = (body: object) => api.post(`/v1/plans/${plan}/simulate`, { ...march, ...body });
  for (const [body, path] of [
    [{ to: march.from }, "to"],
    [{ from: "2025-01-01T00:00:00Z" }, "from"],
    [{ from: "then" }, "from"],
    [{ customer_id: "x" }, "customer_id"],
  ] as const) {
    const answer = await simulate(body);
    assert.deepEqual([answer.status, details(answer)], [400, [path]], answer.text);
  }
  const { customer } = (await live.post("/v1/customers", { name: "Live" })).body;
  const strange = await simulate({ customer_id: customer.id });
  assert.deepEqual([strange.status, strange.body.error.code], [404, "CUSTOMER_NOT_FOUND"]);
});

test("a repeat with the same Idempotency-Key gets the first answer, byte for byte", async () => {
  const plan = await newPlan();
  const customer = await subscribe(plan);
  const headers = { "idempotency-key": "simulate once" };
  const body = { usage_prices: [usd("3")], ...march };
  const first = await api.post(`/v1/plans/${plan}/simulate`, body, headers);
  await use(customer, "03-02", { tokens: 8 });
  const again = await api.post(`/v1/plans/${plan}/simulate`, body, headers);
  assert.deepEqual([again.status, again.text, again.headers["idempotency-replayed"]], [200, first.text, "true"]);
});
