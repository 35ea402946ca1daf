import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decimal, sum, zero } from "../../../core/decimal.ts";
import { openTestApp, startTestApp } from "../../test/harness.ts";
import { createCatalogReader } from "../catalog/catalog.ts";
import { customerKeyOf } from "../customers/customers.ts";
import { ingestEvents } from "../metering/metering.ts";
import { sql, type Transaction } from "../platform/db.ts";
import { settleDueWallets } from "../wallets/wallets.ts";
import { verifyWallets } from "../wallets/verify.ts";
import { makeDueTopUps } from "./top-ups.ts";

const { test: api, database, connectionString, clock } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });
const catalog = createCatalogReader(clock);
const other = openTestApp(connectionString, clock);

await api.post("/v1/pricing-units", { code: "token" });
await api.post("/v1/pricing-units", { code: "free" });
await api.post("/v1/pricing-units/token/conversions", {
  currency_code: "usd",
  amount_per_unit: "0.005",
  effective_from: "2026-01-01T00:00:00Z",
});
await api.post("/v1/meters", {
  code: "work",
  event_name: "work",
  aggregation: { type: "sum", property: "cost" },
});
await api.post("/v1/plans", {
  code: "metered",
  usage_prices: [{ meter_code: "work", unit_amount: "1", currency_code: "usd" }],
});

type Fields = Record<string, unknown>;

async function createCustomer(fields: Fields = {}): Promise<string> {
  const { customer } = (await api.post("/v1/customers", { name: "Acme", ...fields })).body;
  const subscription = { customer_id: customer.id, plan_code: "metered", initial_status: "active" };
  const answer = await api.post("/v1/subscriptions", subscription);
  assert.equal(answer.status, 201, answer.text);
  return customer.id;
}

let events = 0;
const eventOf = (customer_id: string, cost: string) => ({
  event_name: "work",
  idempotency_key: `${events++}`,
  customer_id,
  timestamp: clock.now().toISOString(),
  properties: { cost },
});

async function use(customerId: string, cost: string): Promise<void> {
  const answer = await api.post("/v1/events/ingest", eventOf(customerId, cost));
  assert.equal(answer.body.status, "processed", answer.text);
}

async function grant(customerId: string, amount: string, fields: Fields = {}): Promise<void> {
  const body = { name: "Credits", amount, currency_code: "usd", ...fields };
  const answer = await api.post(`/v1/customers/${customerId}/credit-grants`, body);
  assert.equal(answer.status, 201, answer.text);
}

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function createRule(customerId: string, fields: Fields = {}): Promise<any> {
  const body = { threshold: "20", amount: "50", currency_code: "usd", ...fields };
  const answer = await api.post(`/v1/customers/${customerId}/top-up-rules`, body);
  assert.equal(answer.status, 201, answer.text);
  return answer.body.top_up_rule;
}

const ruleOf = async (customerId: string) =>
  (await api.get(`/v1/customers/${customerId}/top-up-rules`)).body.top_up_rules[0];
const patchRule = (customerId: string, id: string, body: Fields) =>
  api.patch(`/v1/customers/${customerId}/top-up-rules/${id}`, body);
const topUpsOf = async (customerId: string) => (await api.get(`/v1/customers/${customerId}/top-ups`)).body.top_ups;
const balanceOf = async (customerId: string) =>
  (await api.get(`/v1/customers/${customerId}/balances`)).body.balances[0]?.balance;
const told = async (customerId: string) =>
  (await api.get(`/v1/webhook-events?customer_id=${customerId}&limit=100`)).body.webhook_events
    .map(({ type }: { type: string }) => type)
    .toSorted();

async function makeDue(): Promise<void> {
  assert.deepEqual((await makeDueTopUps(database, clock.now())).failures, []);
}

/** The newest top-up of the customer, by its invoice. */
async function move(customerId: string, verb: "mark-paid" | "void" | "mark-uncollectible"): Promise<void> {
  const [topUp] = await topUpsOf(customerId);
  const answer = await api.post(`/v1/invoices/${topUp.invoice_id}/${verb}`);
  assert.equal(answer.status, 200, answer.text);
}

const amounts = (topUps: { amount: string; status: string }[]) =>
  topUps.map(({ amount, status }) => `${amount} ${status}`);

test("an event that takes the balance below the threshold brings one top-up, and its payment the credits, once", async () => {
  const id = await createCustomer();
  await grant(id, "30");
  const rule = await createRule(id, { credits_expire_after_days: 10 });
  assert.equal(rule.status, "ready");
  await use(id, "10");
  await makeDue();
  assert.deepEqual(await topUpsOf(id), [], "at the threshold there is enough");
  await use(id, "0.01");
  assert.deepEqual(await topUpsOf(id), [], "no invoice is made in the transaction of an event");
  await makeDue();
  await makeDue();
  const [topUp, ...rest] = await topUpsOf(id);
  assert.deepEqual(rest, []);
  assert.deepEqual(topUp, {
    id: topUp.id,
    customer_id: id,
    top_up_rule_id: rule.id,
    status: "in_progress",
    amount: "50",
    account_type: "currency",
    currency_code: "usd",
    pricing_unit_code: null,
    credits_expire_after_days: 10,
    invoice_id: topUp.invoice_id,
    credit_grant_id: null,
    created_at: "2026-03-10T12:00:00.000Z",
    ended_at: null,
  });
  const { invoice } = (await api.get(`/v1/invoices/${topUp.invoice_id}`)).body;
  assert.deepEqual(
    [invoice.status, invoice.collection_method, invoice.total_cents, invoice.line_items[0].description],
    ["open", "charge_automatically", 5000, "Top-up"],
  );
  assert.match(invoice.number, /^INV-\d{6}$/);
  assert.equal((await ruleOf(id)).status, "in_progress");
  assert.equal(await balanceOf(id), "19.99");

  await move(id, "mark-paid");
  assert.equal((await api.post(`/v1/invoices/${topUp.invoice_id}/mark-paid`)).status, 409);
  await makeDue();
  assert.equal(await balanceOf(id), "69.99");
  assert.equal((await ruleOf(id)).status, "ready");
  const [paid, ...more] = await topUpsOf(id);
  assert.deepEqual([paid.status, paid.ended_at, more], ["paid", "2026-03-10T12:00:00.000Z", []]);
  const [credits] = (await api.get(`/v1/customers/${id}/credit-grants`)).body.credit_grants;
  assert.deepEqual(
    [credits.id, credits.kind, credits.amount, credits.expires_at],
    [paid.credit_grant_id, "paid", "50", "2026-03-20T12:00:00.000Z"],
  );
  assert.deepEqual(await told(id), ["invoice.paid", "top_up.created", "top_up.paid"]);
});

test("one top-up closes the whole shortfall of a batch", async () => {
  const id = await createCustomer();
  await createRule(id, { threshold: "0" });
  const batch = { events: Array.from({ length: 10 }, () => eventOf(id, "9")) };
  assert.equal((await api.post("/v1/events/ingest-batch", batch)).status, 200);
  await makeDue();
  assert.deepEqual(amounts(await topUpsOf(id)), ["100 in_progress"]);
});

test("what is used while a top-up is in progress brings the next one, after it is paid", async () => {
  const id = await createCustomer();
  await createRule(id, { threshold: "0" });
  await use(id, "10");
  await makeDue();
  await use(id, "100");
  await makeDue();
  assert.deepEqual(amounts(await topUpsOf(id)), ["50 in_progress"]);
  await move(id, "mark-paid");
  await makeDue();
  assert.deepEqual(amounts(await topUpsOf(id)), ["100 in_progress", "50 paid"]);
});

test("the expiry of a grant brings a top-up", async () => {
  const id = await createCustomer();
  await grant(id, "30", { expires_at: "2026-03-10T13:00:00Z" });
  await createRule(id);
  clock.set("2026-03-10T13:00:00.000Z");
  await settleDueWallets(database, clock.now());
  await makeDue();
  assert.deepEqual(amounts(await topUpsOf(id)), ["50 in_progress"]);
});

test("a rule for a balance that is low already asks at once, and so does one that is changed", async () => {
  const id = await createCustomer();
  const rule = await createRule(id, { threshold: "0" });
  assert.equal(rule.status, "ready");
  const patched = await patchRule(id, rule.id, { threshold: "1" });
  assert.equal(patched.body.top_up_rule.status, "in_progress", patched.text);
  assert.deepEqual(amounts(await topUpsOf(id)), ["50 in_progress"]);
});

test("limits count by the customer's own days and months, and what they hold back comes as they count anew", async () => {
  clock.set("2026-03-30T20:00:00.000Z");
  const id = await createCustomer({ timezone: "Asia/Kathmandu" });
  await createRule(id, { threshold: "0", daily_limit: "120", monthly_limit: "200" });
  await use(id, "500");
  const payAndAsk = async () => {
    await makeDue();
    const [newest] = await topUpsOf(id);
    if (newest.status === "in_progress") await move(id, "mark-paid");
  };
  await payAndAsk();
  await payAndAsk();
  assert.deepEqual(amounts(await topUpsOf(id)), ["100 paid"]);
  // In Kathmandu the 31st ends at 18:15 UTC, and the month with it.
  for (const [instant, expected] of [
    ["2026-03-31T18:14:59.999Z", ["100 paid"]],
    ["2026-03-31T18:15:00.000Z", ["100 paid", "100 paid"]],
    ["2026-04-01T18:15:00.000Z", ["100 paid", "100 paid", "100 paid"]],
    ["2026-04-02T18:15:00.000Z", ["100 paid", "100 paid", "100 paid"]],
  ] as const) {
    clock.set(instant);
    await use(id, "0.01");
    await payAndAsk();
    await payAndAsk();
    assert.deepEqual(amounts(await topUpsOf(id)), expected, instant);
  }
  clock.set("2026-04-30T18:15:00.000Z");
  await payAndAsk();
  assert.deepEqual(amounts(await topUpsOf(id)), ["100 paid", "100 paid", "100 paid", "100 paid"]);
});

test("a higher limit is used at once", async () => {
  const id = await createCustomer();
  const rule = await createRule(id, { threshold: "0", daily_limit: "50" });
  await use(id, "120");
  await makeDue();
  await move(id, "mark-paid");
  await makeDue();
  await patchRule(id, rule.id, { daily_limit: "60" });
  assert.deepEqual(amounts(await topUpsOf(id)), ["50 paid"]);
  await patchRule(id, rule.id, { daily_limit: null });
  assert.deepEqual(amounts(await topUpsOf(id)), ["100 in_progress", "50 paid"]);
});

test("a payment that fails turns the rule off until somebody turns it on", async () => {
  for (const [verb, invoiceEvent] of [
    ["void", "invoice.voided"],
    ["mark-uncollectible", "invoice.uncollectible"],
  ] as const) {
    const id = await createCustomer();
    const rule = await createRule(id, { threshold: "0", daily_limit: "50" });
    await use(id, "10");
    await makeDue();
    await move(id, verb);
    await use(id, "10");
    await makeDue();
    assert.deepEqual(amounts(await topUpsOf(id)), ["50 failed"], verb);
    const { status, off_reason } = await ruleOf(id);
    assert.deepEqual([status, off_reason], ["off", "payment_failed"]);
    assert.deepEqual(await told(id), [invoiceEvent, "top_up.created", "top_up.failed", "top_up_rule.off"]);
    const on = await patchRule(id, rule.id, { status: "ready" });
    assert.deepEqual([on.body.top_up_rule.status, on.body.top_up_rule.off_reason], ["in_progress", null]);
    assert.deepEqual(amounts(await topUpsOf(id)), ["50 in_progress", "50 failed"], "what failed counts to no limit");
  }
});

test("an uncollectible top-up that is paid after all gives its credits, and leaves the rule off", async () => {
  const id = await createCustomer();
  await createRule(id, { threshold: "0" });
  await use(id, "10");
  await makeDue();
  await move(id, "mark-uncollectible");
  await move(id, "mark-paid");
  assert.equal(await balanceOf(id), "40");
  await use(id, "100");
  await makeDue();
  assert.deepEqual(amounts(await topUpsOf(id)), ["50 paid"]);
  assert.equal((await ruleOf(id)).status, "off");
});

test("a rule that is turned off and on, or made anew, waits for the top-up that is in progress", async () => {
  const id = await createCustomer();
  const rule = await createRule(id, { threshold: "0" });
  await use(id, "10");
  await makeDue();
  assert.equal((await patchRule(id, rule.id, { status: "off" })).body.top_up_rule.status, "off");
  assert.equal((await patchRule(id, rule.id, { status: "ready" })).body.top_up_rule.status, "in_progress");
  assert.equal((await api.delete(`/v1/customers/${id}/top-up-rules/${rule.id}`)).status, 200);
  assert.equal(await ruleOf(id), undefined);
  assert.equal((await createRule(id, { threshold: "0" })).status, "in_progress");
  await makeDue();
  assert.deepEqual(amounts(await topUpsOf(id)), ["50 in_progress"]);
});

test("a rule that is off or deleted asks for nothing", async () => {
  const id = await createCustomer();
  const rule = await createRule(id, { threshold: "0" });
  await use(id, "10");
  await patchRule(id, rule.id, { status: "off" });
  await makeDue();
  await patchRule(id, rule.id, { threshold: "-10", status: "ready" });
  await use(id, "10");
  await api.delete(`/v1/customers/${id}/top-up-rules/${rule.id}`);
  await makeDue();
  assert.deepEqual(await topUpsOf(id), []);
});

test("a pricing unit costs what the conversion in force says", async () => {
  const id = await createCustomer();
  const rule = await createRule(id, {
    threshold: "10",
    amount: "1000",
    currency_code: undefined,
    pricing_unit_code: "token",
  });
  assert.equal(rule.status, "in_progress");
  const [topUp] = await topUpsOf(id);
  assert.deepEqual([topUp.pricing_unit_code, topUp.amount], ["token", "1000"]);
  const { invoice } = (await api.get(`/v1/invoices/${topUp.invoice_id}`)).body;
  const [line] = invoice.line_items;
  assert.deepEqual(
    [invoice.currency_code, invoice.total_cents, line.quantity, line.unit_amount_decimal],
    ["usd", 500, "1000", "0.005"],
  );
  await move(id, "mark-paid");
  assert.equal(await balanceOf(id), "1000");
});

test("a rule of which no invoice can be made any more turns itself off", async () => {
  const id = await createCustomer();
  const unit = { currency_code: undefined, pricing_unit_code: "token" };
  await createRule(id, { threshold: "-10", amount: "1000", ...unit });
  await api.post("/v1/plans", {
    code: "tokens",
    usage_prices: [{ meter_code: "work", unit_amount: "1", pricing_unit_code: "token" }],
  });
  await api.post("/v1/subscriptions", { customer_id: id, plan_code: "tokens", initial_status: "active" });
  await api.patch(`/v1/customers/${id}`, { currency_code: "eur" });
  await use(id, "11");
  await makeDue();
  const { status, off_reason } = await ruleOf(id);
  assert.deepEqual([status, off_reason], ["off", "not_invoiceable"]);
  assert.deepEqual(await told(id), ["top_up_rule.off"]);
  const rule = await ruleOf(id);
  const on = await patchRule(id, rule.id, { status: "ready" });
  assert.deepEqual([on.status, on.body.error.code], [409, "CONVERSION_MISSING"]);
});

test("somebody may top up as they like, beside a rule and without its limits", async () => {
  const id = await createCustomer();
  await createRule(id, { threshold: "0", daily_limit: "50" });
  const body = { amount: "25", currency_code: "usd", credits_expire_after_days: 1 };
  const made = await api.post(`/v1/customers/${id}/top-ups`, body);
  assert.equal(made.status, 201, made.text);
  assert.deepEqual([made.body.top_up.status, made.body.top_up.top_up_rule_id], ["in_progress", null]);
  assert.equal(await balanceOf(id), "0");
  await use(id, "30");
  await makeDue();
  assert.deepEqual(amounts(await topUpsOf(id)), ["50 in_progress", "25 in_progress"]);
  await api.post(`/v1/invoices/${made.body.top_up.invoice_id}/mark-paid`);
  assert.equal(await balanceOf(id), "-5");
  const failing = (await api.post(`/v1/customers/${id}/top-ups`, body)).body.top_up;
  await api.post(`/v1/invoices/${failing.invoice_id}/void`);
  assert.equal((await ruleOf(id)).status, "in_progress", "the rule does not answer for what somebody asked for");
  assert.equal((await topUpsOf(id))[0].status, "failed");
});

test("a request that is repeated with its key buys once", async () => {
  const id = await createCustomer();
  const headers = { "idempotency-key": "buy" };
  const body = { amount: "25", currency_code: "usd" };
  const first = await api.post(`/v1/customers/${id}/top-ups`, body, headers);
  assert.equal((await api.post(`/v1/customers/${id}/top-ups`, body, headers)).text, first.text);
  assert.equal((await topUpsOf(id)).length, 1);
});

test("every bad rule and top-up is refused with the field to correct", async () => {
  const id = await createCustomer();
  const usd = { currency_code: "usd" };
  const rules: [Fields, number, string][] = [
    [{ amount: "50", ...usd }, 400, "threshold"],
    [{ threshold: "1", ...usd }, 400, "amount"],
    [{ threshold: "1", amount: "0", ...usd }, 400, "amount"],
    [{ threshold: "1", amount: "0.001", ...usd }, 400, "amount"],
    [{ threshold: "1", amount: "1.005", ...usd }, 400, "amount"],
    [{ threshold: "1", amount: "100000000000000000", ...usd }, 400, "amount"],
    [{ threshold: "1", amount: "0.9", pricing_unit_code: "token" }, 400, "amount"],
    [{ threshold: "1", amount: "50" }, 400, "currency_code"],
    [{ threshold: "1", amount: "50", ...usd, daily_limit: "49" }, 400, "daily_limit"],
    [{ threshold: "1", amount: "50", ...usd, monthly_limit: "49" }, 400, "monthly_limit"],
    [{ threshold: "1", amount: "50", ...usd, credits_expire_after_days: 0 }, 400, "credits_expire_after_days"],
    [{ threshold: "1", amount: "50", pricing_unit_code: "none" }, 404, "PRICING_UNIT_NOT_FOUND"],
    [{ threshold: "1", amount: "50", pricing_unit_code: "free" }, 409, "CONVERSION_MISSING"],
  ];
  for (const [body, status, expected] of rules) {
    const answer = await api.post(`/v1/customers/${id}/top-up-rules`, body);
    const { code, details } = answer.body.error;
    assert.deepEqual([answer.status, details?.[0].path ?? code], [status, expected], answer.text);
  }
  assert.equal(await ruleOf(id), undefined);
  const rule = await createRule(id);
  const again = await api.post(`/v1/customers/${id}/top-up-rules`, { threshold: "1", amount: "1", ...usd });
  assert.deepEqual([again.status, again.body.error.code], [409, "TOP_UP_RULE_EXISTS"]);
  for (const [body, path] of [
    [{ amount: "0" }, "amount"],
    [{ status: "in_progress" }, "status"],
    [{ daily_limit: "1" }, "daily_limit"],
    [{ amount: "0.001" }, "amount"],
  ] as const) {
    const answer = await patchRule(id, rule.id, body);
    assert.deepEqual([answer.status, answer.body.error.details?.[0].path], [400, path], answer.text);
  }
  const unfit = await api.post(`/v1/customers/${id}/top-ups`, { amount: "0.001", ...usd });
  assert.deepEqual([unfit.status, unfit.body.error.details[0].path], [400, "amount"]);
  const unpriced = await api.post(`/v1/customers/${id}/top-ups`, { amount: "1", pricing_unit_code: "free" });
  assert.deepEqual([unpriced.status, unpriced.body.error.code], [409, "CONVERSION_MISSING"]);
  const nobody = `c${"0".repeat(24)}`;
  for (const answer of [
    await api.get(`/v1/customers/${id}/top-up-rules/${nobody}`),
    await patchRule(id, nobody, {}),
    await api.delete(`/v1/customers/${id}/top-up-rules/${nobody}`),
  ])
    assert.deepEqual([answer.status, answer.body.error.code], [404, "TOP_UP_RULE_NOT_FOUND"]);
  assert.deepEqual((await api.get(`/v1/customers/${id}/top-up-rules/${rule.id}`)).body.top_up_rule, await ruleOf(id));
});

test("two processes make one top-up, and a payment that is sent twice at once gives once", async () => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => createCustomer()));
  for (const id of ids) {
    await createRule(id, { threshold: "0" });
    await use(id, "10");
  }
  const runs = await Promise.all([database, other.database].map((each) => makeDueTopUps(each, clock.now())));
  assert.deepEqual(
    runs.flatMap(({ failures }) => failures),
    [],
  );
  for (const id of ids) {
    const topUps = await topUpsOf(id);
    assert.deepEqual(amounts(topUps), ["50 in_progress"]);
    const path = `/v1/invoices/${topUps[0].invoice_id}/mark-paid`;
    const answers = await Promise.all([api.post(path), other.as(api.key).post(path)]);
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 409],
    );
    assert.equal(await balanceOf(id), "40");
  }
});

test("looking costs an event's transaction no statement, as long as there is nothing to see", async () => {
  const id = await createCustomer();
  await grant(id, "1000");
  // The first reads the catalog into memory.
  await countStatements(id);
  const unwatched = await countStatements(id);
  await createRule(id);
  await api.post(`/v1/customers/${id}/balance-alerts`, { threshold: "1", currency_code: "usd" });
  assert.equal(await countStatements(id), unwatched);
});

/** How many statements it takes to record an event of the customer. */
async function countStatements(customerId: string): Promise<number> {
  const [{ tenant_id: tenantId }] = (await database.query(
    sql`select tenant_id from customers where customer_id = ${customerId}`,
  )) as [{ tenant_id: number }];
  const { event_name, idempotency_key, properties } = eventOf(customerId, "1");
  const event = {
    key: customerKeyOf(tenantId, customerId),
    eventName: event_name,
    idempotencyKey: idempotency_key,
    timestamp: clock.now(),
    properties,
  };
  let count = 0;
  await database.transaction(async (tx) => {
    const counting: Transaction = {
      ...tx,
      query: (statement) => ((count += 1), tx.query(statement)),
      send: (statement) => ((count += 1), tx.send(statement)),
    };
    const [outcome] = await ingestEvents(counting, catalog, [event], clock.now());
    assert.equal(outcome?.status, "processed");
  });
  return count;
}

/** Has every insert into `table` fail until the returned function is called. */
async function breakInserts(table: "top_ups" | "credit_grants"): Promise<() => Promise<void>> {
  await database.query(
    sql`create or replace function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$`,
  );
  await database.query({
    text: `create trigger broken before insert on ${table} for each row execute function refuse()`,
    values: [],
  });
  return async () => void (await database.query({ text: `drop trigger broken on ${table}`, values: [] }));
}

test("what breaks off in the middle leaves nothing behind and is done later, once; nobody else waits for it", async () => {
  const [id, second] = [await createCustomer(), await createCustomer()];
  const invoices = async () => (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices.length;
  await createRule(id, { threshold: "0" });
  await use(id, "10");
  const mendTopUps = await breakInserts("top_ups");
  const run = await makeDueTopUps(database, clock.now());
  assert.deepEqual(
    run.failures.map(({ key }) => key.customerId),
    [id],
  );
  await createRule(second, { threshold: "0", daily_limit: "50" });
  await mendTopUps();
  assert.deepEqual([await invoices(), await told(id), (await ruleOf(id)).status], [0, [], "ready"]);
  await makeDueTopUps(other.database, clock.now());
  assert.deepEqual(amounts(await topUpsOf(id)), ["50 in_progress"]);

  const mendGrants = await breakInserts("credit_grants");
  const [topUp] = await topUpsOf(id);
  assert.equal((await api.post(`/v1/invoices/${topUp.invoice_id}/mark-paid`)).status, 500);
  await mendGrants();
  assert.equal((await api.get(`/v1/invoices/${topUp.invoice_id}`)).body.invoice.status, "open");
  assert.deepEqual([await balanceOf(id), amounts(await topUpsOf(id))], ["-10", ["50 in_progress"]]);
  await move(id, "mark-paid");
  assert.equal(await balanceOf(id), "40");
});

test("an alert is told once for each crossing, in the transaction of what crossed, and again after a recovery", async () => {
  const id = await createCustomer();
  await grant(id, "12");
  const path = `/v1/customers/${id}/balance-alerts`;
  const made = await api.post(path, { threshold: "10", currency_code: "usd" });
  assert.equal(made.status, 201, made.text);
  const { balance_alert } = made.body;
  assert.deepEqual(balance_alert, {
    id: balance_alert.id,
    customer_id: id,
    threshold: "10",
    account_type: "currency",
    currency_code: "usd",
    pricing_unit_code: null,
    is_low: false,
    created_at: clock.now().toISOString(),
  });
  await use(id, "2");
  assert.deepEqual(await told(id), []);
  await use(id, "1");
  await use(id, "1");
  assert.deepEqual(await told(id), ["balance.low"]);
  const [low] = (await api.get(`/v1/webhook-events?type=balance.low&customer_id=${id}`)).body.webhook_events;
  assert.deepEqual(low.data, { balance_alert: { ...balance_alert, is_low: true }, available: "9" });
  assert.deepEqual((await api.get(`/v1/webhook-events/${low.id}`)).body.webhook_event, low);
  await grant(id, "2");
  assert.deepEqual(await told(id), ["balance.low", "balance.recovered"]);
  await use(id, "5");
  assert.deepEqual(await told(id), ["balance.low", "balance.low", "balance.recovered"]);
  // Another that is low already is told at once; one that is deleted tells nothing more.
  await api.post(path, { threshold: "6", currency_code: "usd" });
  const { body } = await api.get(path);
  assert.deepEqual(
    body.balance_alerts.map(({ threshold, is_low }: { threshold: string; is_low: boolean }) => [threshold, is_low]),
    [
      ["6", true],
      ["10", true],
    ],
  );
  assert.equal((await told(id)).length, 4);
  assert.equal((await api.delete(`${path}/${balance_alert.id}`)).status, 200);
  assert.equal((await api.delete(`${path}/${balance_alert.id}`)).body.error.code, "BALANCE_ALERT_NOT_FOUND");
  await grant(id, "100");
  assert.equal((await told(id)).length, 5);
});

test("what is not committed is not told", async () => {
  const id = await createCustomer();
  await api.post(`/v1/customers/${id}/balance-alerts`, { threshold: "0", currency_code: "usd" });
  const mend = await breakInserts("credit_grants");
  await use(id, "1");
  assert.deepEqual(await told(id), ["balance.low"]);
  const body = { name: "Credits", amount: "5", currency_code: "usd" };
  assert.equal((await api.post(`/v1/customers/${id}/credit-grants`, body)).status, 500);
  await mend();
  assert.deepEqual(await told(id), ["balance.low"]);
});

test("a balance gets low by an expiry as well, and a page of alerts follows the one before", async () => {
  const id = await createCustomer();
  const expires_at = new Date(clock.now().getTime() + 60_000).toISOString();
  await grant(id, "10", { expires_at });
  const path = `/v1/customers/${id}/balance-alerts`;
  for (const threshold of ["1", "2", "3"]) await api.post(path, { threshold, currency_code: "usd" });
  clock.advance(60_000);
  assert.equal(await balanceOf(id), "0");
  assert.deepEqual(await told(id), ["balance.low", "balance.low", "balance.low"]);
  const first = (await api.get(`${path}?limit=2`)).body;
  const rest = (await api.get(`${path}?limit=2&cursor=${first.pagination.next_cursor}`)).body;
  const thresholds = [...first.balance_alerts, ...rest.balance_alerts].map((each) => each.threshold);
  assert.deepEqual([thresholds, rest.pagination.has_more], [["3", "2", "1"], false]);
});

test("a wallet has at most 20 alerts", async () => {
  const id = await createCustomer();
  const answers = [];
  for (let index = 0; index < 21; index++)
    answers.push(await api.post(`/v1/customers/${id}/balance-alerts`, { threshold: index, currency_code: "usd" }));
  assert.deepEqual([answers[19]?.status, answers[20]?.body.error.code], [201, "TOO_MANY_BALANCE_ALERTS"]);
});

type Step = { use: string } | { pay: true } | { fail: true } | { turnOn: true } | { hours: number } | { ask: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 9_000 }).map((cents) => ({ use: `${cents / 100}` })) },
  { weight: 4, arbitrary: fc.constant({ pay: true as const }) },
  { weight: 1, arbitrary: fc.constant({ fail: true as const }) },
  { weight: 1, arbitrary: fc.constant({ turnOn: true as const }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 40 }).map((hours) => ({ hours })) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 3 }).map((times) => ({ ask: times })) },
);

test("law: never more than the limits, never two at once, and never one that nothing has used", async () => {
  const timezone = "America/Sao_Paulo";
  const dayOf = (instant: string) => new Date(instant).toLocaleDateString("sv", { timeZone: timezone });
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 25 }), async (steps) => {
      const id = await createCustomer({ timezone });
      const limits = { daily_limit: "100", monthly_limit: "300" };
      const rule = await createRule(id, { threshold: "0", amount: "10", ...limits });
      let used = zero;
      for (const step of steps) {
        if ("use" in step) {
          await use(id, step.use);
          used = used.plus(decimal(step.use));
        }
        if ("hours" in step) clock.advance(step.hours * 3_600_000);
        if ("ask" in step) for (let each = 0; each < step.ask; each++) await makeDue();
        if ("turnOn" in step) await patchRule(id, rule.id, { status: "ready" });
        const [newest] = await topUpsOf(id);
        if (newest?.status !== "in_progress") continue;
        if ("pay" in step) await move(id, "mark-paid");
        if ("fail" in step) await move(id, "void");
      }
      const topUps: { amount: string; status: string; created_at: string }[] = await topUpsOf(id);
      const counted = topUps.filter(({ status }) => status !== "failed");
      const total = (of: typeof topUps) => sum(of.map(({ amount }) => decimal(amount)));
      for (const { created_at } of counted) {
        const sameDay = counted.filter((each) => dayOf(each.created_at) === dayOf(created_at));
        const sameMonth = counted.filter(
          (each) => dayOf(each.created_at).slice(0, 7) === dayOf(created_at).slice(0, 7),
        );
        assert.ok(!total(sameDay).isGreaterThan(decimal("100")), "a day's limit");
        assert.ok(!total(sameMonth).isGreaterThan(decimal("300")), "a month's limit");
      }
      assert.ok(topUps.filter(({ status }) => status === "in_progress").length <= 1, "one at a time");
      assert.ok(!total(counted).isGreaterThan(used.plus(decimal("10"))), "no loop");
      const paid = total(topUps.filter(({ status }) => status === "paid"));
      assert.equal((await balanceOf(id)) ?? "0", paid.minus(used).toString());
    }),
    { numRuns: 15 },
  );
  assert.deepEqual((await verifyWallets(database)).problems, []);
});
