import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "../platform/db.ts";
import { verifyWallets } from "../wallets/verify.ts";
import { startTestApp, type Api } from "../../test/harness.ts";

const { test: api, database, clock } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });

let counter = 0;
const unique = (prefix: string) => `${prefix}_${(counter += 1)}`;

/** A customer on a plan that charges 0.0042 usd per call and 2 tokens per unit of `tokens`; what may be overdrawn is up to the test. */
async function subscribe(
  options: { overdraft?: "allow" | "block"; by?: Api } = {},
): Promise<{ customerId: string; event: string }> {
  const by = options.by ?? api;
  const event = unique("call");
  const unit = await by.post("/v1/pricing-units", { code: "token" });
  assert.ok(unit.status === 201 || unit.status === 409, unit.text);
  const calls = unique("calls");
  const tokens = unique("tokens");
  await created(by, "/v1/meters", { code: calls, event_name: event, aggregation: { type: "count" } });
  await created(by, "/v1/meters", {
    code: tokens,
    event_name: event,
    aggregation: { type: "sum", property: "tokens" },
    filters: [{ property: "tokens", operator: "exists" }],
  });
  const plan = unique("plan");
  await created(by, "/v1/plans", {
    code: plan,
    name: "Plan",
    usage_prices: [
      { meter_code: calls, model: "per_unit", unit_amount: "0.0042", currency_code: "usd" },
      { meter_code: tokens, model: "per_unit", unit_amount: "2", pricing_unit_code: "token" },
    ],
    overdraft: [
      { currency_code: "usd", policy: options.overdraft ?? "allow" },
      { pricing_unit_code: "token", policy: options.overdraft ?? "allow" },
    ],
  });
  const { customer } = await created(by, "/v1/customers", { name: unique("Customer") });
  await created(by, "/v1/subscriptions", { customer_id: customer.id, plan_code: plan, initial_status: "active" });
  return { customerId: customer.id, event };
}

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function created(by: Api, path: string, body: unknown): Promise<any> {
  const answer = await by.post(path, body);
  assert.equal(answer.status, 201, `${path}: ${answer.text}`);
  return answer.body;
}

const grant = (customerId: string, fields: object) =>
  created(api, `/v1/customers/${customerId}/credit-grants`, { name: "Credits", ...fields });

const send = (event: object) =>
  api.post("/v1/events/ingest", { idempotency_key: unique("key"), timestamp: clock.now().toISOString(), ...event });

const balances = async (customerId: string) => (await api.get(`/v1/customers/${customerId}/balances`)).body.balances;

test("an event is priced exactly, charged at once, and answered with cost and balances", async () => {
  const { customerId, event } = await subscribe();
  await grant(customerId, { amount: "100", currency_code: "usd" });
  const answer = await send({ event_name: event, customer_id: customerId });
  assert.equal(answer.status, 200, answer.text);
  const { usage_id, request_id, ...rest } = answer.body;
  assert.match(usage_id, /^c[a-z0-9]{24}$/);
  assert.match(request_id, /^req_/);
  assert.deepEqual(rest, {
    success: true,
    status: "processed",
    cost: [{ amount: "0.0042", account_type: "currency", currency_code: "usd" }],
    customer_balances: [{ balance: "99.9958", account_type: "currency", currency_code: "usd" }],
  });
  assert.deepEqual(await balances(customerId), [
    { balance: "99.9958", account_type: "currency", currency_code: "usd" },
  ]);
});

test("one event charges every denomination that its prices are in", async () => {
  const { customerId, event } = await subscribe();
  const answer = await send({
    event_name: event,
    customer_id: customerId,
    properties: { tokens: 150, model: "gpt-4" },
  });
  assert.deepEqual(answer.body.cost, [
    { amount: "0.0042", account_type: "currency", currency_code: "usd" },
    { amount: "300", account_type: "pricing_unit", pricing_unit_code: "token" },
  ]);
  assert.deepEqual(answer.body.customer_balances, [
    { balance: "-0.0042", account_type: "currency", currency_code: "usd" },
    { balance: "-300", account_type: "pricing_unit", pricing_unit_code: "token" },
  ]);
});

test("a repeat is a duplicate: the first usage and cost, today's balances, nothing charged", async () => {
  const { customerId, event } = await subscribe();
  const body = {
    event_name: event,
    customer_id: customerId,
    idempotency_key: unique("key"),
    properties: { tokens: 1, model: "a" },
  };
  const first = await send(body);
  await grant(customerId, { amount: "5", pricing_unit_code: "token" });
  const repeat = await send({ ...body, properties: { model: "a", tokens: 1 } });
  assert.equal(repeat.body.status, "duplicate");
  assert.equal(repeat.body.usage_id, first.body.usage_id);
  assert.deepEqual(repeat.body.cost, first.body.cost);
  assert.equal(repeat.body.customer_balances[1].balance, "3");
});

test("the same key with another event is refused and names the first usage", async () => {
  const { customerId, event } = await subscribe();
  const idempotency_key = unique("key");
  const first = await send({ event_name: event, customer_id: customerId, idempotency_key });
  const other = await send({ event_name: event, customer_id: customerId, idempotency_key, properties: { tokens: 1 } });
  assert.equal(other.status, 400);
  assert.equal(other.body.error.code, "IDEMPOTENCY_KEY_REUSED");
  assert.deepEqual(other.body.error.details, { usage_id: first.body.usage_id });
});

test("two customers may use the same key", async () => {
  const a = await subscribe();
  const b = await subscribe();
  const idempotency_key = unique("key");
  assert.equal(
    (await send({ event_name: a.event, customer_id: a.customerId, idempotency_key })).body.status,
    "processed",
  );
  assert.equal(
    (await send({ event_name: b.event, customer_id: b.customerId, idempotency_key })).body.status,
    "processed",
  );
});

test("an event that would overdraw a wallet whose plan forbids it is rejected, records nothing, and may succeed later", async () => {
  const { customerId, event } = await subscribe({ overdraft: "block" });
  await grant(customerId, { amount: "0.005", currency_code: "usd" });
  const body = { event_name: event, customer_id: customerId, idempotency_key: unique("key") };
  assert.equal((await send({ ...body, idempotency_key: unique("key") })).body.status, "processed");
  const rejected = await send(body);
  assert.equal(rejected.status, 200);
  assert.equal(rejected.body.success, false);
  assert.equal(rejected.body.status, "rejected");
  assert.equal(rejected.body.error.code, "INSUFFICIENT_BALANCE");
  assert.ok(!("usage_id" in rejected.body));
  assert.equal(rejected.body.customer_balances[0].balance, "0.0008");
  await grant(customerId, { amount: "1", currency_code: "usd" });
  assert.equal((await send(body)).body.status, "processed");
});

test("an event that nothing prices is kept and costs nothing", async () => {
  const { customerId } = await subscribe();
  const answer = await send({ event_name: "something.else", customer_id: customerId });
  assert.equal(answer.body.status, "processed");
  assert.deepEqual(answer.body.cost, []);
});

test("usage of a time before the subscription is charged in the current period, and marked late", async () => {
  const { customerId, event } = await subscribe();
  const late = await send({ event_name: event, customer_id: customerId, timestamp: "2024-01-15T10:30:00Z" });
  assert.equal(late.body.cost[0].amount, "0.0042");
  const [row] = await database.query<{ charges: { is_late: boolean; period_start: string }[] }>(
    sql`select charges from events where event_id = ${late.body.usage_id}`,
  );
  assert.deepEqual(
    row?.charges.map(({ is_late, period_start }) => [is_late, period_start]),
    [[true, "2026-03-10T00:00:00.000Z"]],
  );
});

test("every refusal is a 400 with its code, and records nothing", async () => {
  const { customerId, event } = await subscribe();
  const twin = unique("twin");
  await created(api, "/v1/customers", { external_id: twin });
  await created(api, "/v1/customers", { external_id: twin });
  const cases: [object, string][] = [
    [{ customer_id: `c${"0".repeat(24)}` }, "CUSTOMER_NOT_FOUND"],
    [{ external_customer_id: "nobody" }, "CUSTOMER_NOT_FOUND"],
    [{ external_customer_id: twin }, "CUSTOMER_AMBIGUOUS"],
    [{ customer_id: customerId, external_customer_id: twin }, "VALIDATION_ERROR"],
    [{}, "VALIDATION_ERROR"],
    [{ customer_id: "nonsense" }, "VALIDATION_ERROR"],
    [{ customer_id: customerId, timestamp: "2026-03-10T13:00:01Z" }, "TIMESTAMP_IN_FUTURE"],
    [{ customer_id: customerId, timestamp: "2026-03-10T12:00:00+01:00" }, "VALIDATION_ERROR"],
    [{ customer_id: customerId, timestamp: "2026-02-30T12:00:00Z" }, "VALIDATION_ERROR"],
    [{ customer_id: customerId, timestamp: "yesterday" }, "VALIDATION_ERROR"],
    [{ customer_id: customerId, properties: { tokens: "many" } }, "INVALID_PROPERTY"],
    [{ customer_id: customerId, properties: { tokens: true } }, "INVALID_PROPERTY"],
    [{ customer_id: customerId, properties: [] }, "VALIDATION_ERROR"],
    [{ customer_id: customerId, event_name: "" }, "VALIDATION_ERROR"],
    [{ customer_id: customerId, idempotency_key: "k".repeat(256) }, "VALIDATION_ERROR"],
  ];
  for (const [fields, code] of cases) {
    const answer = await send({ event_name: event, ...fields });
    assert.equal(answer.status, 400, `${JSON.stringify(fields)}: ${answer.text}`);
    assert.equal(answer.body.error.code, code, answer.text);
  }
  assert.deepEqual(await balances(customerId), []);
});

test("a timestamp up to 1 hour ahead is taken, and +00:00 is UTC too", async () => {
  const { customerId, event } = await subscribe();
  for (const timestamp of ["2026-03-10T13:00:00Z", "2026-03-10T12:00:00.123456+00:00"]) {
    assert.equal((await send({ event_name: event, customer_id: customerId, timestamp })).body.status, "processed");
  }
});

test("an external id stands in for ours, and a retry may use either", async () => {
  const { customerId, event } = await subscribe();
  const external_id = unique("external");
  await api.patch(`/v1/customers/${customerId}`, { external_id });
  const idempotency_key = unique("key");
  const first = await send({ event_name: event, external_customer_id: external_id, idempotency_key });
  const again = await send({ event_name: event, customer_id: customerId, idempotency_key });
  assert.equal(again.body.status, "duplicate");
  assert.equal(again.body.usage_id, first.body.usage_id);
});

test("numbers in properties are read from their source text, never through a double", async () => {
  const { customerId, event } = await subscribe();
  const cases = [
    ["0.1", "0.2"],
    ["1e-7", "0.0000002"],
    ["12345678901234567890.123456789", "24691357802469135780.246913578"],
    ['"0.30"', "0.6"],
    ["1.0", "2"],
    ["-3", "-6"],
    ["9007199254740993", "18014398509481986"],
  ];
  for (const [number, cost] of cases) {
    const answer = await api.post(
      "/v1/events/ingest",
      `{"event_name":"${event}","idempotency_key":"${unique("key")}","customer_id":"${customerId}","timestamp":"2026-03-10T12:00:00Z","properties":{"tokens":${number}}}`,
    );
    assert.equal(answer.body.cost[1].amount, cost, `${number}: ${answer.text}`);
  }
});

test("a pending subscription charges nothing until it is made active", async () => {
  const event = unique("call");
  const meter = unique("meter");
  const plan = unique("plan");
  await created(api, "/v1/meters", { code: meter, event_name: event, aggregation: { type: "count" } });
  await created(api, "/v1/plans", {
    code: plan,
    name: "Plan",
    usage_prices: [{ meter_code: meter, unit_amount: "1", currency_code: "usd" }],
  });
  const { customer } = await created(api, "/v1/customers", { name: "Pending" });
  const { subscription } = await created(api, "/v1/subscriptions", { customer_id: customer.id, plan_code: plan });
  assert.equal(subscription.status, "pending");
  assert.deepEqual((await send({ event_name: event, customer_id: customer.id })).body.cost, []);
  await api.patch(`/v1/subscriptions/${subscription.id}`, { status: "active" });
  assert.equal((await send({ event_name: event, customer_id: customer.id })).body.cost[0].amount, "1");
});

test("the ledger holds every movement with an unbroken chain, and verification agrees", async () => {
  const { customerId, event } = await subscribe();
  await grant(customerId, { amount: "0.01", currency_code: "usd", expires_at: "2026-03-11T00:00:00Z" });
  for (let index = 0; index < 4; index++) await send({ event_name: event, customer_id: customerId });
  const { entries } = (await api.get(`/v1/customers/${customerId}/ledger`)).body;
  assert.deepEqual(
    entries.map((entry: { seq: number; kind: string; amount: string; balance_after: string }) => [
      entry.seq,
      entry.kind,
      entry.amount,
      entry.balance_after,
    ]),
    [
      [5, "usage", "-0.0042", "-0.0068"],
      [4, "usage", "-0.0042", "-0.0026"],
      [3, "usage", "-0.0042", "0.0016"],
      [2, "usage", "-0.0042", "0.0058"],
      [1, "grant", "0.01", "0.01"],
    ],
  );
  assert.deepEqual((await verifyWallets(database)).problems, []);
});
