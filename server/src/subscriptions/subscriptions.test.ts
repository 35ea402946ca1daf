import assert from "node:assert/strict";
import { test } from "node:test";
import { createCatalogReader } from "../catalog/catalog.ts";
import { billDue } from "../renewals/renewals.ts";
import { startTestApp } from "../../test/harness.ts";
import { sql } from "../platform/db.ts";

const { test: api, database, clock } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });

let counter = 0;

async function plan(): Promise<string> {
  const code = `plan_${(counter += 1)}`;
  const answer = await api.post("/v1/plans", { code, name: "Plan" });
  assert.equal(answer.status, 201, answer.text);
  return code;
}

async function customer(fields: object = {}): Promise<string> {
  return (await api.post("/v1/customers", { name: "Acme Corp", ...fields })).body.customer.id;
}

const subscribe = (fields: object) => api.post("/v1/subscriptions", fields);

test("a subscription has every field of the contract, with the documented defaults", async () => {
  const [customer_id, plan_code] = [await customer(), await plan()];
  const answer = await subscribe({ customer_id, plan_code });
  assert.equal(answer.status, 201, answer.text);
  const { id, ...rest } = answer.body.subscription;
  assert.match(id, /^c[a-z0-9]{24}$/);
  assert.deepEqual(rest, {
    customer_id,
    plan_code,
    plan_version: 1,
    status: "pending",
    start_date: "2026-03-10T12:00:00.000Z",
    billing_anchor_day: 1,
    quantity: "1",
    current_period_start: "2026-03-10T00:00:00.000Z",
    current_period_end: "2026-04-01T00:00:00.000Z",
    next_renewal_date: "2026-04-01T00:00:00.000Z",
    trial_end: null,
    paused_at: null,
    cancel_at: null,
    canceled_at: null,
    ended_at: null,
    scheduled_plan_code: null,
    previous_subscription_id: null,
    price_overrides: [],
    fee_overrides: [],
    metadata: {},
    created_at: "2026-03-10T12:00:00.000Z",
    updated_at: "2026-03-10T12:00:00.000Z",
  });
  assert.deepEqual((await api.get(`/v1/subscriptions/${id}`)).body.subscription, answer.body.subscription);
});

test("periods start at the customer's midnight, on the anchor day or the last of a shorter month", async () => {
  const cases: [object, object, [string, string]][] = [
    [{ timezone: "Asia/Kathmandu" }, {}, ["2026-03-09T18:15:00.000Z", "2026-03-31T18:15:00.000Z"]],
    [
      { timezone: "America/New_York" },
      { billing_anchor_day: 31 },
      ["2026-03-10T04:00:00.000Z", "2026-03-31T04:00:00.000Z"],
    ],
    [
      {},
      { start_date: "2026-01-31", billing_anchor_day: 31 },
      ["2026-02-28T00:00:00.000Z", "2026-03-31T00:00:00.000Z"],
    ],
    [
      {},
      { start_date: "2026-03-05", billing_anchor_day: 10 },
      ["2026-03-10T00:00:00.000Z", "2026-04-10T00:00:00.000Z"],
    ],
  ];
  for (const [ofCustomer, fields, [start, end]] of cases) {
    const answer = await subscribe({
      customer_id: await customer(ofCustomer),
      plan_code: await plan(),
      initial_status: "active",
      ...fields,
    });
    assert.equal(answer.status, 201, answer.text);
    assert.deepEqual(
      [answer.body.subscription.current_period_start, answer.body.subscription.current_period_end],
      [start, end],
    );
  }
});

test("a second subscription to the same plan is refused until the first has ended", async () => {
  const fields = { customer_id: await customer(), plan_code: await plan() };
  const first = await subscribe(fields);
  const second = await subscribe(fields);
  assert.equal(second.status, 409);
  assert.equal(second.body.error.code, "SUBSCRIPTION_EXISTS");
  await api.patch(`/v1/subscriptions/${first.body.subscription.id}`, { status: "canceled" });
  assert.equal((await subscribe(fields)).status, 201);
});

test("created active with a start ahead, it is pending until then and active without anybody's doing", async () => {
  const fields = {
    customer_id: await customer(),
    plan_code: await plan(),
    initial_status: "active",
    start_date: "2026-03-15T10:00:00Z",
  };
  const { subscription } = (await subscribe(fields)).body;
  assert.equal(subscription.status, "pending");
  assert.equal(subscription.current_period_start, "2026-03-15T00:00:00.000Z");
  const status = async () => (await api.get(`/v1/subscriptions/${subscription.id}`)).body.subscription.status;
  clock.set("2026-03-15T09:59:59.999Z");
  assert.equal(await status(), "pending");
  clock.set("2026-03-15T10:00:00.000Z");
  assert.equal(await status(), "active");
  const listed = await api.get(`/v1/subscriptions?customer_id=${fields.customer_id}&status=active`);
  assert.deepEqual(
    listed.body.subscriptions.map(({ id }: { id: string }) => id),
    [subscription.id],
  );
  assert.equal((await billDue(database, createCatalogReader(clock), clock.now())).customers, 1);
  assert.equal(await status(), "active");
  const [row] = await database.query(sql`select status from subscriptions where subscription_id = ${subscription.id}`);
  assert.equal(row?.status, "active");
  clock.set("2026-03-10T12:00:00.000Z");
});

test("a status moves only where it can: pending to active, anything to canceled", async () => {
  const { subscription } = (await subscribe({ customer_id: await customer(), plan_code: await plan() })).body;
  const move = (status: string) => api.patch(`/v1/subscriptions/${subscription.id}`, { status });
  assert.equal((await move("active")).body.subscription.status, "active");
  assert.equal((await move("active")).status, 200);
  assert.equal((await move("pending")).status, 400);
  clock.advance(60_000);
  const canceled = (await move("canceled")).body.subscription;
  assert.equal(canceled.status, "canceled");
  assert.equal(canceled.canceled_at, "2026-03-10T12:01:00.000Z");
  clock.advance(-60_000);
  assert.equal(canceled.next_renewal_date, null);
  const back = await move("active");
  assert.equal(back.status, 400);
  assert.equal(back.body.error.details[0].path, "status");
  assert.equal((await move("resting")).status, 400);
});

test("what a subscription refers to must exist", async () => {
  const [customer_id, plan_code] = [await customer(), await plan()];
  const unknown = `c${"0".repeat(24)}`;
  const cases: [object, number, string][] = [
    [{ customer_id: unknown, plan_code }, 404, "CUSTOMER_NOT_FOUND"],
    [{ customer_id, plan_code: "nothing" }, 404, "PLAN_NOT_FOUND"],
    [{ customer_id: "nonsense", plan_code }, 400, "VALIDATION_ERROR"],
    [{ customer_id, plan_code: "Not A Code" }, 400, "VALIDATION_ERROR"],
    [{ customer_id, plan_code, billing_anchor_day: 32 }, 400, "VALIDATION_ERROR"],
    [{ customer_id, plan_code, start_date: "2026-02-30" }, 400, "VALIDATION_ERROR"],
    [{ customer_id, plan_code, initial_status: "canceled" }, 400, "VALIDATION_ERROR"],
  ];
  for (const [fields, status, code] of cases) {
    const answer = await subscribe(fields);
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.body.error.code, code);
  }
  assert.equal((await api.get(`/v1/subscriptions/${unknown}`)).body.error.code, "SUBSCRIPTION_NOT_FOUND");
  assert.equal((await api.get("/v1/subscriptions?customer_id=nonsense")).status, 400);
  assert.equal((await api.get("/v1/subscriptions?status=resting")).status, 400);
});

test("a subscription keeps its plan version when the plan gets a new one", async () => {
  const [customer_id, plan_code] = [await customer(), await plan()];
  const { subscription } = (await subscribe({ customer_id, plan_code })).body;
  await api.post(`/v1/plans/${plan_code}/versions`, { name: "Plan, dearer" });
  assert.equal((await api.get(`/v1/subscriptions/${subscription.id}`)).body.subscription.plan_version, 1);
  assert.equal((await subscribe({ customer_id: await customer(), plan_code })).body.subscription.plan_version, 2);
});

test("credits granted on a subscription land in its customer's wallet and remember it", async () => {
  const customer_id = await customer();
  const { subscription } = (await subscribe({ customer_id, plan_code: await plan() })).body;
  const granted = await api.post(`/v1/subscriptions/${subscription.id}/credit-grants`, {
    name: "Bonus",
    amount: "5",
    currency_code: "usd",
  });
  assert.equal(granted.status, 201, granted.text);
  assert.equal(granted.body.credit_grant.subscription_id, subscription.id);
  assert.equal((await api.get(`/v1/customers/${customer_id}/balances`)).body.balances[0].balance, "5");
  const unknown = await api.post(`/v1/subscriptions/c${"0".repeat(24)}/credit-grants`, {
    name: "Bonus",
    amount: "5",
    currency_code: "usd",
  });
  assert.equal(unknown.body.error.code, "SUBSCRIPTION_NOT_FOUND");
});

test("a pending subscription that is made active before its start date starts now", async () => {
  const fields = { customer_id: await customer(), plan_code: await plan(), start_date: "2026-05-20" };
  const { subscription } = (await subscribe(fields)).body;
  const answer = await api.patch(`/v1/subscriptions/${subscription.id}`, { status: "active" });
  assert.equal(answer.body.subscription.status, "active");
  assert.equal(answer.body.subscription.start_date, "2026-03-10T12:00:00.000Z");
  assert.equal(answer.body.subscription.current_period_start, "2026-03-10T00:00:00.000Z");
});

test("usage is priced by the plan that ran at its time, also after a cancel and a move to another plan", async () => {
  const event = "moved.call";
  await api.post("/v1/meters", { code: "moved_calls", event_name: event, aggregation: { type: "count" } });
  const priced = async (unit_amount: string) => {
    const code = await plan();
    await api.post(`/v1/plans/${code}/versions`, {
      usage_prices: [{ meter_code: "moved_calls", unit_amount, currency_code: "usd" }],
    });
    return code;
  };
  const customer_id = await customer();
  let key = 0;
  const cost = async (timestamp: string) => {
    const body = { event_name: event, idempotency_key: `moved_${(key += 1)}`, customer_id, timestamp };
    return (await api.post("/v1/events/ingest", body)).body.cost.map(({ amount }: { amount: string }) => amount);
  };
  const old = await subscribe({
    customer_id,
    plan_code: await priced("1"),
    initial_status: "active",
    start_date: "2026-03-01",
  });
  clock.set("2026-03-12T00:00:00.000Z");
  await api.patch(`/v1/subscriptions/${old.body.subscription.id}`, { status: "canceled" });
  assert.deepEqual(await cost("2026-03-11T12:00:00Z"), ["1"]);
  assert.deepEqual(await cost("2026-03-12T00:00:00Z"), []);
  assert.deepEqual(await cost("2026-02-01T00:00:00Z"), []);
  await subscribe({ customer_id, plan_code: await priced("100"), initial_status: "active", start_date: "2026-03-12" });
  assert.deepEqual(await cost("2026-03-11T12:00:00Z"), ["1"]);
  assert.deepEqual(await cost("2026-03-12T00:00:00Z"), ["100"]);
  clock.set("2026-03-10T12:00:00.000Z");
});

test("a meter is not archived while a subscription is on a plan version that prices it", async () => {
  await api.post("/v1/meters", { code: "kept", event_name: "kept.call", aggregation: { type: "count" } });
  const plan_code = await plan();
  await api.post(`/v1/plans/${plan_code}/versions`, {
    usage_prices: [{ meter_code: "kept", unit_amount: "1", currency_code: "usd" }],
  });
  const { subscription } = (await subscribe({ customer_id: await customer(), plan_code, initial_status: "active" }))
    .body;
  await api.post(`/v1/plans/${plan_code}/versions`, {});
  const archive = () => api.patch("/v1/meters/kept", { archived: true });
  assert.equal((await archive()).body.error.code, "METER_IN_USE");
  await api.patch(`/v1/subscriptions/${subscription.id}`, { status: "canceled" });
  assert.equal((await archive()).status, 200);
});
