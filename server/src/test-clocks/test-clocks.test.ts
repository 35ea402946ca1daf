import assert from "node:assert/strict";
import { test } from "node:test";
import { createCollecting } from "../app.ts";
import { createCatalogReader } from "../catalog/catalog.ts";
import { billDue, verifyInvoices } from "../renewals/renewals.ts";
import { settleDueWallets } from "../wallets/wallets.ts";
import { verifyWallets } from "../wallets/verify.ts";
import { sql } from "../platform/db.ts";
import { emptyQueue, startTestApp, testPublicUrl } from "../../test/harness.ts";
import { workClocks } from "./test-clocks.ts";

const { app, database, clock, test: api, live } = await startTestApp({ now: "2026-03-10T09:00:00.000Z" });
const catalog = createCatalogReader(clock);
const parts = { database, clock, catalog, collecting: createCollecting(database, catalog, testPublicUrl) };

const usd = { currency_code: "usd" };
await api.post("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "count" } });
await api.post("/v1/plans", {
  code: "pro",
  usage_prices: [{ meter_code: "calls", unit_amount: "1", ...usd }],
  fixed_fees: [{ code: "base", amount: "30", ...usd }],
  recurring_grants: [{ code: "monthly", name: "Monthly credits", amount: "2", ...usd }],
});

async function newClock(frozen_time: string): Promise<string> {
  const answer = await api.post("/v1/test-clocks", { name: "Story", frozen_time });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.test_clock.id;
}

async function newCustomer(clockId: string | null, fields: object = {}): Promise<string> {
  const answer = await api.post("/v1/customers", { name: "Ada", test_clock_id: clockId, ...fields });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.customer.id;
}

async function advance(clockId: string, frozen_time: string) {
  const answer = await api.post(`/v1/test-clocks/${clockId}/advance`, { frozen_time });
  assert.equal(answer.body.test_clock?.status, "advancing", answer.text);
  await workClocks(parts);
  const { test_clock } = (await api.get(`/v1/test-clocks/${clockId}`)).body;
  assert.deepEqual([test_clock.status, test_clock.frozen_time, test_clock.failures], ["ready", frozen_time, []]);
}

const subscribe = async (customer_id: string) =>
  (await api.post("/v1/subscriptions", { customer_id, plan_code: "pro", initial_status: "active" })).body.subscription;
const use = (customer_id: string, timestamp: string, key = timestamp) =>
  api.post("/v1/events/ingest", { event_name: "call", customer_id, idempotency_key: key, timestamp });
const saveCard = (id: string, number: string) =>
  api.post(`/v1/customers/${id}/payment-methods`, { card: { number, expires_month: 12, expires_year: 2040 } });
const invoicesOf = async (id: string) =>
  (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices.map(
    ({ total_cents, status, finalized_at }: Record<string, unknown>) => [total_cents, status, finalized_at],
  );
const balanceOf = async (id: string) => (await api.get(`/v1/customers/${id}/balances`)).body.balances[0]?.balance;

test("months of a customer's life on a clock: renewals, usage, credits, charges and receipts, each at its own time", async () => {
  const clockId = await newClock("2027-01-01T00:00:00.000Z");
  const id = await newCustomer(clockId);
  await saveCard(id, "4242424242424242");
  const subscription = await subscribe(id);
  assert.equal(subscription.current_period_end, "2027-02-01T00:00:00.000Z");
  assert.equal(await balanceOf(id), "2");

  await advance(clockId, "2027-01-20T00:00:00.000Z");
  // 10 months ahead of real time, and not in the future.
  for (const hour of ["10", "11", "12"])
    assert.equal((await use(id, `2027-01-19T${hour}:00:00Z`)).body.status, "processed");
  assert.equal((await use(id, "2027-01-20T01:30:00Z")).body.error.code, "TIMESTAMP_IN_FUTURE");
  assert.equal(await balanceOf(id), "-1");

  await advance(clockId, "2027-03-02T00:00:00.000Z");
  assert.deepEqual(await invoicesOf(id), [
    [3_000, "paid", "2027-03-01T01:00:00.000Z"],
    [3_100, "paid", "2027-02-01T01:00:00.000Z"],
    [3_000, "paid", "2027-01-01T00:00:00.000Z"],
  ]);
  assert.equal(await balanceOf(id), "2");
  const { subscription: renewed } = (await api.get(`/v1/subscriptions/${subscription.id}`)).body;
  assert.equal(renewed.current_period_start, "2027-03-01T00:00:00.000Z");
});

test("a declined card is tried again on its days, by the clock", async () => {
  const clockId = await newClock("2027-01-01T00:00:00.000Z");
  const id = await newCustomer(clockId);
  await saveCard(id, "4000000000000002");
  await subscribe(id);
  await advance(clockId, "2027-01-20T00:00:00.000Z");
  const payments = (await api.get(`/v1/payments?customer_id=${id}`)).body.payments;
  assert.deepEqual(payments.map(({ created_at }: { created_at: string }) => created_at.slice(0, 10)).toReversed(), [
    "2027-01-01",
    "2027-01-02",
    "2027-01-04",
    "2027-01-06",
    "2027-01-08",
  ]);
});

test("what a request makes due is done while the clock stands", async () => {
  const clockId = await newClock("2027-01-01T00:00:00.000Z");
  const id = await newCustomer(clockId);
  await saveCard(id, "4242424242424242");
  const line_items = [{ description: "Work", unit_amount_cents: 700 }];
  const { invoice } = (await api.post("/v1/invoices", { customer_id: id, line_items })).body;
  await api.post(`/v1/invoices/${invoice.id}/finalize`);
  await api.post(`/v1/invoices/${invoice.id}/pay`, {});
  await workClocks(parts);
  assert.deepEqual(await invoicesOf(id), [[700, "paid", "2027-01-01T00:00:00.000Z"]]);
});

test("a list over customers of several times shows each at its own", async () => {
  const clockId = await newClock("2031-01-01T00:00:00.000Z");
  const [onClock, real] = [await newCustomer(clockId), await newCustomer(null)];
  for (const id of [onClock, real]) {
    const { id: subscriptionId } = await subscribe(id);
    await api.post(`/v1/subscriptions/${subscriptionId}/cancel`, { cancel_mode: "end_of_period" });
  }
  // By its own clock the first ends in a month; by real time that is years ahead, and so is nothing ended.
  const statuses = async (query: string) => {
    const { subscriptions } = (await api.get(`/v1/subscriptions?limit=100${query}`)).body;
    const own = subscriptions.filter(({ customer_id }: { customer_id: string }) =>
      [onClock, real].includes(customer_id),
    );
    return Object.fromEntries(
      own.map((each: { customer_id: string; status: string }) => [each.customer_id, each.status]),
    );
  };
  assert.deepEqual(await statuses(""), { [onClock]: "active", [real]: "active" });
  clock.set("2032-01-01T00:00:00.000Z");
  assert.deepEqual(await statuses(""), { [onClock]: "active", [real]: "canceled" });
  assert.deepEqual(await statuses("&status=active"), { [onClock]: "active" });
  clock.set("2026-03-10T09:00:00.000Z");
});

test("clocks do not touch each other nor real time, and jobs of real time leave customers of clocks alone", async () => {
  const [moving, standing] = [await newClock("2025-01-01T00:00:00.000Z"), await newClock("2025-01-01T00:00:00.000Z")];
  const [first, second, real] = [await newCustomer(moving), await newCustomer(standing), await newCustomer(null)];
  for (const id of [first, second, real]) await subscribe(id);
  const before = [await invoicesOf(second), await invoicesOf(real)];
  await advance(moving, "2025-06-15T00:00:00.000Z");
  assert.equal((await invoicesOf(first)).length, 6);
  // By real time the others' renewals are long due.
  await billDue(database, catalog, clock.now());
  await settleDueWallets(database, clock.now());
  assert.deepEqual([await invoicesOf(second), await invoicesOf(real)], before);
});

test("events of customers of several times come together and are each worked in their own", async () => {
  const [past, future] = [await newClock("2020-01-01T00:00:00.000Z"), await newClock("2030-01-01T00:00:00.000Z")];
  const ids = [await newCustomer(past), await newCustomer(future), await newCustomer(null)];
  for (const id of ids) await subscribe(id);
  const times = ["2020-01-01T00:10:00Z", "2030-01-01T00:10:00Z", "2026-03-10T09:10:00Z"];
  const events = ids.map((customer_id, index) => ({
    event_name: "call",
    customer_id,
    idempotency_key: "together",
    timestamp: times[index],
  }));
  const { results } = (await api.post("/v1/events/ingest-batch", { events })).body;
  assert.deepEqual(
    results.map(({ status }: { status: string }) => status),
    ["processed", "processed", "processed"],
  );
  const tooEarly = { ...events[0], idempotency_key: "queued", timestamp: "2026-01-01T00:00:00Z" };
  await api.post("/v1/events/ingest", { events: [tooEarly] });
  await emptyQueue(api);
  const { rejected_events } = (await api.get("/v1/rejected-events")).body;
  assert.equal(rejected_events[0].error.code, "TIMESTAMP_IN_FUTURE");
});

test("whatever step a process is killed after, the clock goes on where it stood, and each thing is done once", async () => {
  const clockId = await newClock("2027-01-01T00:00:00.000Z");
  const id = await newCustomer(clockId);
  await saveCard(id, "4242424242424242");
  await subscribe(id);
  await api.post(`/v1/test-clocks/${clockId}/advance`, { frozen_time: "2027-04-02T00:00:00.000Z" });
  let left = 0;
  const dying = {
    ...parts,
    database: {
      ...database,
      transaction: ((...work: Parameters<typeof database.transaction>) => {
        if (left === 0) throw new Error("killed");
        left -= 1;
        return database.transaction(...work);
      }) as typeof database.transaction,
    },
  };
  for (let steps = 1; steps < 12; steps++) {
    left = steps;
    await workClocks(dying);
    // As if the killed process's time had run out.
    await database.query(sql`update test_clocks set taken_until = null`);
  }
  await workClocks(parts);
  assert.deepEqual(
    (await invoicesOf(id)).map(([total, status]: unknown[]) => [total, status]),
    Array.from({ length: 4 }, () => [3_000, "paid"]),
  );
});

test("while a clock advances, it is not advanced again, not deleted, and its customers are not changed; their events are taken", async () => {
  const clockId = await newClock("2027-01-01T00:00:00.000Z");
  const id = await newCustomer(clockId);
  const to = { frozen_time: "2027-02-01T00:00:00.000Z" };
  await api.post(`/v1/test-clocks/${clockId}/advance`, to);
  for (const refused of [
    await api.post(`/v1/test-clocks/${clockId}/advance`, to),
    await api.delete(`/v1/test-clocks/${clockId}`),
  ])
    assert.deepEqual([refused.status, refused.body.error.code], [409, "TEST_CLOCK_ADVANCING"]);
  const change = await api.patch(`/v1/customers/${id}`, { name: "Grace" });
  assert.deepEqual([change.status, change.body.error.code], [503, "SERVICE_UNAVAILABLE"]);
  assert.equal((await api.get(`/v1/customers/${id}`)).status, 200);
  assert.equal((await use(id, "2027-01-01T00:00:00Z")).body.status, "processed");
  await workClocks(parts);
  assert.equal((await api.patch(`/v1/customers/${id}`, { name: "Grace" })).status, 200);
});

test("a clock goes forward only, at most two years at once, and is test mode's alone", async () => {
  const clockId = await newClock("2027-01-01T00:00:00.000Z");
  for (const frozen_time of ["2027-01-01T00:00:00Z", "2026-12-31T00:00:00Z", "2029-02-01T00:00:00Z"]) {
    const answer = await api.post(`/v1/test-clocks/${clockId}/advance`, { frozen_time });
    assert.deepEqual([answer.status, answer.body.error.details[0].path], [400, "frozen_time"], frozen_time);
  }
  const refused = await live.post("/v1/test-clocks", { frozen_time: "2027-01-01T00:00:00Z" });
  assert.deepEqual([refused.status, refused.body.error.code], [409, "TEST_MODE_ONLY"]);
  const stranger = await live.post("/v1/customers", { name: "Ada", test_clock_id: clockId });
  assert.deepEqual([stranger.status, stranger.body.error.code], [400, "TEST_CLOCK_NOT_FOUND"]);
});

test("a clock is deleted with its customers and all that is theirs, finalized invoices too", async () => {
  const clockId = await newClock("2027-01-01T00:00:00.000Z");
  const id = await newCustomer(clockId);
  await subscribe(id);
  const line_items = [{ description: "Work", unit_amount_cents: 700 }];
  const { invoice } = (await api.post("/v1/invoices", { customer_id: id, line_items })).body;
  assert.equal((await api.post(`/v1/invoices/${invoice.id}/finalize`)).status, 200);
  assert.equal((await api.delete(`/v1/test-clocks/${clockId}`)).status, 200);
  assert.equal((await api.get(`/v1/customers/${id}`)).status, 404);
  assert.equal((await api.get(`/v1/test-clocks/${clockId}`)).status, 404);
  // Their numbers are gone with them, and that is no mistake in the books of a test.
  assert.deepEqual((await verifyInvoices(database, catalog)).problems, []);
});

test("the links of a customer on a clock live by that clock, and what is done on their pages happens then", async () => {
  const clockId = await newClock("2020-01-01T00:00:00.000Z");
  const id = await newCustomer(clockId);
  const portal = (await api.post(`/v1/customers/${id}/portal-link`)).body.url.slice(testPublicUrl.length);
  const fields = { customer_id: id, plan_code: "pro" };
  const { url } = (await api.post("/v1/subscription-signup-links", fields)).body.subscription_signup_link;
  const signup = url.slice(testPublicUrl.length);
  const statusOf = async (path: string) => (await app.inject({ method: "GET", url: path })).statusCode;
  assert.deepEqual([await statusOf(portal), await statusOf(signup)], [200, 200]);
  const payload = "number=4242+4242+4242+4242&expiry=12%2F40";
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  assert.equal((await app.inject({ method: "POST", url: signup, payload, headers })).statusCode, 303);
  assert.deepEqual(await invoicesOf(id), [[3_000, "paid", "2020-01-01T00:00:00.000Z"]]);
  await advance(clockId, "2020-01-02T00:00:00.000Z");
  assert.deepEqual([await statusOf(portal), await statusOf(signup)], [410, 410]);
});

test("every wallet agrees with its ledger after all of that", async () => {
  assert.deepEqual((await verifyWallets(database)).problems, []);
});
