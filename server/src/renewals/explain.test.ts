import assert from "node:assert/strict";
import { test } from "node:test";
import { createCatalogReader } from "../catalog/catalog.ts";
import { sql } from "../platform/db.ts";
import { startTestApp, testPublicUrl } from "../../test/harness.ts";
import { billDue, verifyInvoices } from "./renewals.ts";

const { database, clock, test: api } = await startTestApp({ now: "2026-03-01T00:00:00.000Z" });
const catalog = createCatalogReader(clock);
const usd = { currency_code: "usd" };
const hourMs = 3_600_000;

await api.post("/v1/pricing-units", { code: "token" });
for (const [amount_per_unit, effective_from] of [
  ["0.5", "2026-01-01T00:00:00Z"],
  ["0.25", "2026-03-15T00:00:00Z"],
])
  await api.post("/v1/pricing-units/token/conversions", { ...usd, amount_per_unit, effective_from });
await api.post("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "sum", property: "n" } });
await api.post("/v1/meters", { code: "jobs", event_name: "job", aggregation: { type: "count" } });
await api.post("/v1/plans", {
  code: "pro",
  fixed_fees: [{ code: "seat", name: "Seat", amount: "30", per: "seat", ...usd }],
  usage_prices: [
    {
      meter_code: "calls",
      model: "graduated",
      tiers: [
        { up_to: "100", unit_amount: "0" },
        { up_to: null, unit_amount: "0.0125" },
      ],
      ...usd,
    },
    { meter_code: "jobs", unit_amount: "3", pricing_unit_code: "token" },
  ],
  invoice_grace_hours: 24,
});

let keys = 0;
async function use(customer_id: string, event_name: string, properties: object = {}, at = clock.now().toISOString()) {
  keys += 1;
  const event = { event_name, customer_id, idempotency_key: `key ${keys}`, timestamp: at, properties };
  const answer = await api.post("/v1/events/ingest", event);
  assert.equal(answer.status, 200, answer.text);
  return answer.body.usage_id;
}

async function subscribed(quantity = 2): Promise<{ id: string; subscriptionId: string }> {
  const { id } = (await api.post("/v1/customers", { name: "Ada" })).body.customer;
  const body = { customer_id: id, plan_code: "pro", initial_status: "active", quantity };
  return { id, subscriptionId: (await api.post("/v1/subscriptions", body)).body.subscription.id };
}

async function bill(at: string): Promise<void> {
  clock.set(at);
  assert.deepEqual((await billDue(database, catalog, clock.now())).failures, []);
}

const invoicesOf = async (id: string) => (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices.toReversed();
const explain = async (id: string) => (await api.get(`/v1/invoices/${id}/explain`)).body.explanation;
const verify = async () => (await verifyInvoices(database, catalog)).problems;

test("a line of an invoice is explained down to its events, by what was in force", async () => {
  clock.set("2026-03-01T00:00:00.000Z");
  const { id, subscriptionId } = await subscribed();
  const early = await use(id, "call", { n: 80 });
  await use(id, "job");
  clock.set("2026-03-20T00:00:00.000Z");
  const later = await use(id, "call", { n: 100.5 });
  await bill("2026-04-01T00:00:00.000Z");
  const late = await use(id, "call", { n: 1 }, "2026-03-31T23:00:00.000Z");
  await use(id, "call", { n: 1000 });
  await bill("2026-04-02T00:00:00.000Z");
  const invoice = (await invoicesOf(id)).at(-1);
  assert.equal(invoice.status, "open");
  const explanation = await explain(invoice.id);
  assert.deepEqual(
    [explanation.number, explanation.total_cents, explanation.is_edited],
    [invoice.number, 6_000 + 102 + 75, false],
  );
  const [fee, calls, jobs] = explanation.lines;
  const { cause, billed_after, billed_at, usage_start, plan_code, plan_version, subscription_id } = fee.billing;
  assert.deepEqual(
    [cause, billed_after, billed_at, usage_start, plan_code, plan_version, subscription_id],
    [
      "renewal",
      "2026-03-01T00:00:00.000Z",
      "2026-04-01T00:00:00.000Z",
      "2026-03-01T00:00:00.000Z",
      "pro",
      1,
      subscriptionId,
    ],
  );
  assert.deepEqual(fee.seats, [{ from: "2026-03-01T00:00:00.000Z", quantity: "2", is_billed: true }]);
  assert.deepEqual(
    [fee.code, fee.quantity, fee.unit_amount, fee.amount, fee.amount_cents],
    ["seat", "2", "30", "60", 6_000],
  );
  assert.deepEqual(calls.usage.counters, [{ dimension: "", quantity: "181.5", event_count: 3, accrued: "0" }]);
  assert.deepEqual([calls.usage.charged, calls.usage.paid_by_credits, calls.amount], ["1.01875", "0", "1.01875"]);
  assert.deepEqual([calls.amount_cents, calls.rounding], [102, { mode: "half_up", minor_unit_digits: 2 }]);
  assert.deepEqual(jobs.conversion, { amount_per_unit: "0.25", effective_from: "2026-03-15T00:00:00.000Z" });
  assert.deepEqual([jobs.denomination, jobs.usage.charged, jobs.amount], ["token", "3", "0.75"]);
  const path = calls.usage.events_url.slice(testPublicUrl.length);
  const events = (await api.get(path)).body.events.map((event: { id: string }) => event.id);
  assert.deepEqual(events, [early, later, late]);
  const first = (await api.get(`${path}?limit=2`)).body;
  const rest = (await api.get(`${path}?limit=2&cursor=${first.pagination.next_cursor}`)).body;
  assert.deepEqual([first.events.length, rest.events[0].id, rest.pagination.has_more], [2, late, false]);
  assert.deepEqual((await api.get(`/v1/invoices/${invoice.id}/line-items/${fee.line_item_id}/events`)).body.events, []);
  assert.deepEqual(await verify(), []);
});

test("what happens after an invoice is final changes neither it nor its explanation", async () => {
  clock.set("2026-03-01T00:00:00.000Z");
  const { id, subscriptionId } = await subscribed();
  const event = await use(id, "call", { n: 300 });
  await bill("2026-04-01T00:00:00.000Z");
  await bill("2026-04-02T00:00:00.000Z");
  const invoice = (await invoicesOf(id)).at(-1);
  const before = await explain(invoice.id);
  await api.post(`/v1/events/${event}/void`);
  await api.patch(`/v1/subscriptions/${subscriptionId}`, { quantity: 7 });
  await api.post("/v1/pricing-units/token/conversions", {
    ...usd,
    amount_per_unit: "9",
    effective_from: "2026-03-16T00:00:00Z",
  });
  await api.post(`/v1/subscriptions/${subscriptionId}/cancel`, { cancel_mode: "now" });
  assert.deepEqual(await explain(invoice.id), before);
  assert.deepEqual(await verify(), []);
});

test("a line by hand says so, and a draft is explained as it stands", async () => {
  const { id } = (await api.post("/v1/customers", { name: "Ada" })).body.customer;
  const line_items = [{ description: "Work", quantity: "1.5", unit_amount_decimal: "0.333" }];
  const { invoice } = (await api.post("/v1/invoices", { customer_id: id, line_items })).body;
  const { status, lines } = await explain(invoice.id);
  assert.deepEqual(
    [status, lines[0].made_by, lines[0].billing, lines[0].amount, lines[0].amount_cents],
    ["draft", "hand", null, "0.4995", 50],
  );
  assert.equal((await api.get(`/v1/invoices/${id}/explain`)).body.error.code, "INVOICE_NOT_FOUND");
});

test("late usage makes a draft's lines again and keeps what another billing has given back on it", async () => {
  clock.set("2026-03-01T00:00:00.000Z");
  const { id, subscriptionId } = await subscribed(1);
  await use(id, "call", { n: 500 });
  await bill("2026-04-01T00:00:00.000Z");
  clock.set("2026-04-01T06:00:00.000Z");
  await api.post(`/v1/subscriptions/${subscriptionId}/cancel`, {
    cancel_mode: "now",
    cancel_now_prepaid_refund_policy: "prorated_refund",
  });
  const before = (await invoicesOf(id)).at(-1);
  assert.deepEqual(
    before.line_items.map(({ amount_cents }: { amount_cents: number }) => amount_cents),
    [3_000, 500, -2_975],
  );
  await use(id, "call", { n: 80 }, "2026-03-31T12:00:00.000Z");
  await bill("2026-04-02T06:00:00.000Z");
  const after = (await invoicesOf(id)).at(-1);
  assert.equal(after.status, "open");
  assert.equal(after.total_cents, 3_000 + 600 - 2_975);
  assert.deepEqual(await verify(), []);
});

test("what is changed in the database is found: a line, a total, a number, a missing line", async () => {
  clock.set("2026-03-01T00:00:00.000Z");
  const { id } = await subscribed();
  await use(id, "call", { n: 500 });
  await bill("2026-04-01T00:00:00.000Z");
  await bill("2026-04-02T00:00:00.000Z");
  const { id: invoiceId, number } = (await invoicesOf(id)).at(-1);
  const changes: [change: ReturnType<typeof sql>, back: ReturnType<typeof sql>, problem: RegExp][] = [
    [
      sql`update invoice_line_items set quantity = quantity + 1 where invoice_id = ${invoiceId} and type = 'usage'`,
      sql`update invoice_line_items set quantity = quantity - 1 where invoice_id = ${invoiceId} and type = 'usage'`,
      /line "calls" of 5 is not what its billing comes to/,
    ],
    [
      sql`update invoice_line_items set amount = amount + 1 where invoice_id = ${invoiceId} and type = 'usage'`,
      sql`update invoice_line_items set amount = amount - 1 where invoice_id = ${invoiceId} and type = 'usage'`,
      /line "calls" of 6 says 500 minor units/,
    ],
    [
      sql`update invoices set subtotal_cents = subtotal_cents + 1, total_cents = total_cents + 1 where invoice_id = ${invoiceId}`,
      sql`update invoices set subtotal_cents = subtotal_cents - 1, total_cents = total_cents - 1 where invoice_id = ${invoiceId}`,
      /its total_cents is 6501 and comes to 6500/,
    ],
    [
      sql`update invoices set number = 'INV-000001' where invoice_id = ${invoiceId}`,
      sql`update invoices set number = ${number} where invoice_id = ${invoiceId}`,
      /Tenant \d+ has taken \d+ numbers and has \d+ finalized invoices with \d+ different ones/,
    ],
    [
      sql`update invoice_line_items set billing_id = null, type = 'manual' where invoice_id = ${invoiceId} and type = 'usage'`,
      sql`select 1`,
      /a line "calls" of 5 is missing/,
    ],
  ];
  assert.deepEqual(await verify(), []);
  for (const [change, back, problem] of changes) {
    await database.query(change);
    assert.match((await verify()).join("\n"), problem);
    await database.query(back);
  }
});

test("people may change a line of a draft; its sums are checked, and it says that it was edited", async () => {
  clock.set("2026-05-01T00:00:00.000Z");
  const { id } = await subscribed();
  await use(id, "call", { n: 500 });
  clock.advance(31 * 24 * hourMs);
  await billDue(database, catalog, clock.now());
  const draft = (await invoicesOf(id)).at(-1);
  const [fee, usage] = draft.line_items;
  await api.patch(`/v1/invoices/${draft.id}/line-items/${fee.id}`, { quantity: "1" });
  await api.delete(`/v1/invoices/${draft.id}/line-items/${usage.id}`);
  await api.post(`/v1/invoices/${draft.id}/finalize`);
  const explanation = await explain(draft.id);
  assert.deepEqual([explanation.is_edited, explanation.total_cents], [true, 3_000]);
  const { problems } = await verifyInvoices(database, catalog);
  assert.deepEqual(
    problems.filter((problem) => problem.includes(explanation.number)),
    [],
  );
});
