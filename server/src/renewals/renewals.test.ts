import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../../test/harness.ts";
import { createCatalogReader, findMeterHistory } from "../catalog/catalog.ts";
import { rerateEvents } from "../metering/rerate.ts";
import { verifyWallets } from "../wallets/verify.ts";
import { billDue } from "./renewals.ts";

const { test: api, database, clock } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });
const catalog = createCatalogReader(clock);

test("a month: fees in advance, usage in arrears, a renewal, and the end", async () => {
  await api.post("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "count" } });
  const plan = await api.post("/v1/plans", {
    code: "pro",
    fixed_fees: [{ code: "base", name: "Base", amount: "31", currency_code: "usd" }],
    usage_prices: [{ meter_code: "calls", unit_amount: "0.5", currency_code: "usd" }],
  });
  assert.equal(plan.status, 201, plan.text);
  const customer_id = (await api.post("/v1/customers", { name: "Acme" })).body.customer.id;
  const created = await api.post("/v1/subscriptions", { customer_id, plan_code: "pro", initial_status: "active" });
  assert.equal(created.status, 201, created.text);
  const id = created.body.subscription.id;
  const invoices = async () =>
    (await api.get(`/v1/invoices?customer_id=${customer_id}`)).body.invoices
      .toReversed()
      .map(
        (each: {
          status: string;
          total_cents: number;
          line_items: { description: string; amount_cents: number }[];
        }) => [
          each.status,
          each.total_cents,
          ...each.line_items.map((line) => `${line.description} ${line.amount_cents}`),
        ],
      );
  assert.deepEqual(await invoices(), [["open", 2200, "Base 2200"]]);
  const event = await api.post("/v1/events/ingest", {
    event_name: "call",
    idempotency_key: "1",
    customer_id,
    timestamp: "2026-03-10T12:00:00Z",
  });
  assert.equal(event.body.status, "processed", event.text);
  clock.set("2026-04-01T00:00:30.000Z");
  const run = await billDue(database, catalog, clock.now());
  assert.deepEqual(run.failures, []);
  assert.deepEqual(await invoices(), [
    ["open", 2200, "Base 2200"],
    ["draft", 3150, "Base 3100", "calls 50"],
  ]);
  clock.set("2026-04-01T02:00:00.000Z");
  await billDue(database, catalog, clock.now());
  assert.equal((await invoices())[1][0], "open");
  clock.set("2026-04-16T00:00:00.000Z");
  const preview = await api.post(`/v1/subscriptions/${id}/cancel`, { cancel_mode: "now", dry_run: true });
  assert.equal(preview.status, 200, preview.text);
  assert.equal(preview.body.preview.credit_notes[0].total_cents, 1550);
  const canceled = await api.post(`/v1/subscriptions/${id}/cancel`, { cancel_mode: "now" });
  assert.equal(canceled.status, 200, canceled.text);
  assert.equal(canceled.body.subscription.status, "canceled");
  const again = await api.post(`/v1/subscriptions/${id}/cancel`, { cancel_mode: "now" });
  assert.equal(again.status, 200, again.text);
});

test("a level lasts on into the next period and ends with the subscription, and all of it can be computed again", async () => {
  clock.set("2026-05-01T00:00:00.000Z");
  await api.post("/v1/meters", {
    code: "seats",
    event_name: "seats_changed",
    aggregation: { type: "weighted_sum", property: "change", per: "day" },
  });
  const plan = await api.post("/v1/plans", {
    code: "by_seat",
    usage_prices: [{ meter_code: "seats", unit_amount: "1", currency_code: "usd" }],
  });
  assert.equal(plan.status, 201, plan.text);
  const customer_id = (await api.post("/v1/customers", { name: "Acme" })).body.customer.id;
  const created = await api.post("/v1/subscriptions", { customer_id, plan_code: "by_seat", initial_status: "active" });
  const event = {
    event_name: "seats_changed",
    idempotency_key: "1",
    customer_id,
    timestamp: "2026-05-01T00:00:00Z",
    properties: { change: 2 },
  };
  const used = await api.post("/v1/events/ingest", event);
  assert.equal(used.body.cost[0]?.amount, "62", used.text);
  clock.set("2026-06-01T00:00:30.000Z");
  assert.deepEqual((await billDue(database, catalog, clock.now())).failures, []);
  const balance = async () => (await api.get(`/v1/customers/${customer_id}/balances`)).body.balances[0].balance;
  assert.equal(await balance(), "-60", "May is invoiced, and June is charged as it begins");
  clock.set("2026-06-16T00:00:00.000Z");
  const canceled = await api.post(`/v1/subscriptions/${created.body.subscription.id}/cancel`, { cancel_mode: "now" });
  assert.equal(canceled.status, 200, canceled.text);
  const totals = (await api.get(`/v1/invoices?customer_id=${customer_id}`)).body.invoices.map(
    ({ total_cents }: { total_cents: number }) => total_cents,
  );
  assert.deepEqual(totals, [3000, 6200]);
  assert.equal(await balance(), "0");
  const { planVersion } = catalog;
  const scope = { customerId: customer_id, from: null, to: null };
  const rerated = await rerateEvents(database, { planVersion, meterHistory: findMeterHistory }, scope, clock.now());
  assert.deepEqual(rerated.problems, []);
  assert.deepEqual((await verifyWallets(database)).problems, []);
});
