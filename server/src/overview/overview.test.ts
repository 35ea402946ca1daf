import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyQueue, startTestApp } from "../../test/harness.ts";

const { clock, test: api, live } = await startTestApp({ now: "2026-03-10T00:00:00.000Z" });
const usd = { currency_code: "usd" };
const overview = async (by = api) => (await by.get("/v1/overview")).body.overview;

test("a tenant without anything has an overview of zeros", async () => {
  assert.deepEqual(await overview(), {
    as_of: "2026-03-10T00:00:00.000Z",
    month_start: "2026-03-01T00:00:00.000Z",
    customer_count: 0,
    subscription_counts: { active: 0, trialing: 0, past_due: 0, pending: 0 },
    monthly_recurring_revenue: [],
    invoiced: [],
    outstanding: [],
    overdue: [],
    rejected_event_count: 0,
    wallets_in_debt_count: 0,
  });
});

test("it counts recurring fees, invoices of the month, what is due and overdue, and what needs a look; of its own mode alone", async () => {
  await api.post("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "count" } });
  await api.post("/v1/plans", {
    code: "pro",
    fixed_fees: [{ code: "seat", amount: "30", per: "seat", ...usd }],
    usage_prices: [{ meter_code: "calls", unit_amount: "1", ...usd }],
  });
  await api.post("/v1/plans", {
    code: "yearly",
    billing_interval: "year",
    trial_days: 30,
    fixed_fees: [{ code: "base", amount: "120", currency_code: "eur" }],
  });
  const subscribe = async (plan_code: string, fields: object = {}) => {
    const { id } = (await api.post("/v1/customers", { name: "Ada" })).body.customer;
    await api.post("/v1/subscriptions", { customer_id: id, plan_code, initial_status: "active", ...fields });
    return id;
  };
  const first = await subscribe("pro", { quantity: 2 });
  await subscribe("pro", { quantity: 2, fee_overrides: [{ code: "seat", amount: "10" }] });
  await subscribe("pro", { initial_status: "pending" });
  await subscribe("yearly");
  const event = { event_name: "call", customer_id: first, timestamp: clock.now().toISOString() };
  await api.post("/v1/events/ingest", { ...event, idempotency_key: "one" });
  await api.post("/v1/events/ingest", {
    events: [{ ...event, customer_id: undefined, external_customer_id: "nobody", idempotency_key: "two" }],
  });
  await emptyQueue(api);
  const owed = async (cents: number) => {
    const line_items = [{ description: "Work", unit_amount_cents: cents }];
    const body = { customer_id: first, line_items, days_until_due: 5 };
    const { id } = (await api.post("/v1/invoices", body)).body.invoice;
    await api.post(`/v1/invoices/${id}/finalize`);
    return id;
  };
  const paid = await owed(1_000);
  await api.post(`/v1/invoices/${paid}/mark-paid`);
  await owed(700);
  await api.post(`/v1/invoices/${await owed(900)}/void`);
  clock.advance(6 * 86_400_000);
  await owed(50);
  const found = await overview();
  assert.equal(found.customer_count, 4);
  assert.deepEqual(found.subscription_counts, { active: 2, trialing: 1, past_due: 0, pending: 1 });
  assert.deepEqual(found.monthly_recurring_revenue, [{ currency_code: "usd", amount_cents: 8_000 }]);
  type Listed = { status: string; total_cents: number; amount_due_cents: number };
  const listed: Listed[] = (await api.get("/v1/invoices?limit=100")).body.invoices;
  const sumOf = (statuses: string[], amount: (each: Listed) => number) => {
    const of = listed.filter(({ status }) => statuses.includes(status));
    const amount_cents = of.reduce((sum, each) => sum + amount(each), 0);
    return [{ currency_code: "usd", amount_cents, count: of.length }];
  };
  assert.deepEqual(
    found.invoiced,
    sumOf(["open", "paid"], ({ total_cents }) => total_cents),
  );
  assert.deepEqual(
    found.outstanding,
    sumOf(["open"], ({ amount_due_cents }) => amount_due_cents),
  );
  assert.deepEqual(found.overdue, [{ currency_code: "usd", amount_cents: 700, count: 1 }]);
  assert.deepEqual([found.rejected_event_count, found.wallets_in_debt_count], [1, 1]);
  // The lists that these figures are of.
  const overdue: Listed[] = (await api.get("/v1/invoices?overdue=true")).body.invoices;
  assert.deepEqual(
    overdue.map(({ amount_due_cents }) => amount_due_cents),
    [700],
  );
  const inDebt: { id: string }[] = (await api.get("/v1/customers?in_debt=true")).body.customers;
  assert.deepEqual(
    inDebt.map(({ id }) => id),
    [first],
  );
  assert.equal((await overview(live)).customer_count, 0);
});
