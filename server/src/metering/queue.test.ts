import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "../platform/db.ts";
import { verifyWallets } from "../wallets/verify.ts";
import { emptyQueue, startTestApp } from "../../test/harness.ts";
import { call, chargedKeys, createMeteredCustomer, holdCustomer, poisonDatabase } from "../../test/metered-customer.ts";

const { test: api, live, database } = await startTestApp();
await poisonDatabase(database);

const sendList = (events: unknown[], headers?: Record<string, string>) =>
  api.post("/v1/events/ingest", { events }, headers);

const listRejected = async (query = "") =>
  (await api.get(`/v1/rejected-events${query}`)).body.rejected_events as {
    id: string;
    idempotency_key: string;
    customer_id: string | null;
    error: { code: string; details?: unknown };
  }[];

const numbered = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix} ${index}`);

test("a list is answered with 202 and worked in its order, each event once", async () => {
  const customerId = await createMeteredCustomer(api);
  const keys = numbered(1_000, "listed");
  const answer = await sendList(keys.map((key) => call(customerId, key)));
  assert.equal(answer.status, 202, answer.text);
  const { request_id, ...body } = answer.body;
  assert.match(request_id, /^req_/);
  assert.deepEqual(body, { success: true, accepted: 1_000 });
  // Lists one after another stay in that order, and a repeat of an event charges nothing.
  await sendList([...keys.slice(0, 5), "later"].map((key) => call(customerId, key)));
  await emptyQueue(api);
  assert.deepEqual(await chargedKeys(database, customerId), [...keys, "later"]);
  assert.deepEqual(await listRejected(), []);
  assert.deepEqual((await verifyWallets(database)).problems, []);
});

test("one malformed event refuses the list, and each bad field is named with its place", async () => {
  const customerId = await createMeteredCustomer(api);
  const good = call(customerId, "in a bad list");
  const { customer_id: _, ...nobody } = good;
  const answer = await sendList([good, { ...good, timestamp: "yesterday" }, good, nobody, { ...good, properties: 7 }]);
  assert.equal(answer.status, 400);
  assert.deepEqual(
    answer.body.error.details.map(({ path }: { path: string }) => path),
    ["events.1.timestamp", "events.3.customer_id", "events.4.properties"],
  );
  for (const events of [[], Array.from({ length: 1_001 }, () => good), "none", null]) {
    const refused = await api.post("/v1/events/ingest", { events });
    assert.equal(refused.body.error.details[0].path, "events");
  }
  assert.equal((await api.get("/v1/events/queue")).body.queue.waiting, 0);
  assert.deepEqual(await chargedKeys(database, customerId), []);
});

test("a list repeated with its Idempotency-Key is queued once", async () => {
  const customerId = await createMeteredCustomer(api);
  const headers = { "idempotency-key": "list" };
  const events = [call(customerId, "once")];
  const first = await sendList(events, headers);
  const repeat = await sendList(events, headers);
  assert.equal(repeat.status, 202);
  assert.equal(repeat.text, first.text);
  assert.equal(repeat.headers["idempotency-replayed"], "true");
  await emptyQueue(api);
  assert.deepEqual(await chargedKeys(database, customerId), ["once"]);
});

test("the queue shows how much is still to be worked, to its own tenant", async () => {
  const customerId = await createMeteredCustomer(api);
  const release = await holdCustomer(database, customerId);
  await sendList(numbered(3, "held").map((key) => call(customerId, key)));
  const { queue } = (await api.get("/v1/events/queue")).body;
  assert.deepEqual(queue, { waiting: 3, oldest_accepted_at: "2026-03-10T12:00:00.000Z" });
  const strangers = (await live.get("/v1/events/queue")).body.queue;
  assert.deepEqual(strangers, { waiting: 0, oldest_accepted_at: null });
  await release();
  await emptyQueue(api);
  assert.deepEqual((await api.get("/v1/events/queue")).body.queue, { waiting: 0, oldest_accepted_at: null });
});

test("what cannot be recorded is kept with its reason, in the way of nothing else", async () => {
  const customerId = await createMeteredCustomer(api, "block");
  await api.post(`/v1/customers/${customerId}/credit-grants`, { name: "Credits", amount: "1", currency_code: "usd" });
  const unknown = `c${"0".repeat(24)}`;
  const { customer_id: _, ...nobody } = call(customerId, "of nobody");
  const answer = await sendList([
    call(customerId, "paid"),
    { ...call(customerId, "paid"), event_name: "other" },
    call(unknown, "of an unknown customer"),
    { ...nobody, external_customer_id: "nobody", properties: { exact: 1 } },
    { ...call(customerId, "poison"), event_name: "free" },
    { ...call(customerId, "of the future"), timestamp: "2026-03-11T12:00:00Z" },
    call(customerId, "unpaid"),
  ]);
  assert.equal(answer.status, 202);
  await emptyQueue(api);
  assert.deepEqual(await chargedKeys(database, customerId), ["paid"]);
  const found = (await listRejected()).map((each) => [each.idempotency_key, each.error.code, each.customer_id]);
  assert.deepEqual(
    found.toSorted(([a], [b]) => String(a).localeCompare(String(b))),
    [
      ["of an unknown customer", "CUSTOMER_NOT_FOUND", unknown],
      ["of nobody", "CUSTOMER_NOT_FOUND", null],
      ["of the future", "TIMESTAMP_IN_FUTURE", customerId],
      ["paid", "IDEMPOTENCY_KEY_REUSED", customerId],
      ["poison", "INTERNAL_ERROR", customerId],
      ["unpaid", "INSUFFICIENT_BALANCE", customerId],
    ],
  );
  assert.deepEqual(
    (await listRejected(`?customer_id=${customerId}&code=INSUFFICIENT_BALANCE`)).map((each) => each.idempotency_key),
    ["unpaid"],
  );
  const firstPage = (await api.get("/v1/rejected-events?limit=4")).body;
  const secondPage = (await api.get(`/v1/rejected-events?limit=4&cursor=${firstPage.pagination.next_cursor}`)).body;
  assert.deepEqual([firstPage.rejected_events.length, secondPage.rejected_events.length], [4, 2]);
});

test("a rejected event that is retried is recorded once its reason is gone, and stays with the reason until then", async () => {
  const [unpaid] = await listRejected("?code=INSUFFICIENT_BALANCE");
  assert.ok(unpaid);
  const retry = () => api.post(`/v1/rejected-events/${unpaid.id}/retry`);
  const early = await retry();
  assert.equal(early.status, 200);
  assert.deepEqual(
    [early.body.success, early.body.status, early.body.error.code],
    [false, "rejected", "INSUFFICIENT_BALANCE"],
  );
  assert.equal((await api.get(`/v1/rejected-events/${unpaid.id}`)).body.rejected_event.id, unpaid.id);

  const grant = { name: "Credits", amount: "5", currency_code: "usd" };
  await api.post(`/v1/customers/${unpaid.customer_id}/credit-grants`, grant);
  const paid = await retry();
  assert.deepEqual([paid.body.success, paid.body.status], [true, "processed"]);
  assert.deepEqual(await chargedKeys(database, String(unpaid.customer_id)), ["paid", "unpaid"]);
  const gone = await retry();
  assert.equal(gone.status, 404);
  assert.equal(gone.body.error.code, "REJECTED_EVENT_NOT_FOUND");

  const [stray] = await listRejected("?code=CUSTOMER_NOT_FOUND");
  assert.equal((await live.post(`/v1/rejected-events/${stray?.id}/retry`)).status, 404);
  await api.post("/v1/customers", { external_id: "nobody" });
  const of = (await listRejected("?code=CUSTOMER_NOT_FOUND")).find((each) => each.customer_id === null);
  assert.equal((await api.post(`/v1/rejected-events/${of?.id}/retry`)).body.status, "processed");
  assert.deepEqual((await verifyWallets(database)).problems, []);
});

test("a discarded event is gone, and can be sent anew", async () => {
  const [future] = await listRejected("?code=TIMESTAMP_IN_FUTURE");
  assert.ok(future);
  const path = `/v1/rejected-events/${future.id}`;
  const { request_id: _, ...answer } = (await api.delete(path)).body;
  assert.deepEqual(answer, { success: true, id: future.id, deleted: true });
  for (const again of [await api.get(path), await api.delete(path)]) assert.equal(again.status, 404);
  const anew = await api.post("/v1/events/ingest", call(String(future.customer_id), future.idempotency_key));
  assert.equal(anew.body.status, "processed");
});

test("numbers of a queued event are exact, and an external id stands for whoever has it when the list is accepted", async () => {
  await api.post("/v1/meters", {
    code: "tokens",
    event_name: "tokens",
    aggregation: { type: "sum", property: "tokens" },
  });
  await api.post("/v1/plans", {
    code: "exact",
    name: "Exact",
    usage_prices: [{ meter_code: "tokens", unit_amount: "1", currency_code: "usd" }],
  });
  const { customer } = (await api.post("/v1/customers", { external_id: "theirs" })).body;
  await api.post("/v1/subscriptions", { customer_id: customer.id, plan_code: "exact", initial_status: "active" });
  const release = await holdCustomer(database, customer.id);
  const event = `"external_customer_id":"theirs","timestamp":"2026-03-10T12:00:00Z","event_name":"tokens"`;
  const answer = await api.post(
    "/v1/events/ingest",
    `{"events":[{${event},"idempotency_key":"exact","properties":{"tokens":12345678901234567890.000000001}}]}`,
  );
  assert.equal(answer.status, 202, answer.text);
  await release();
  await emptyQueue(api);
  const { balances } = (await api.get(`/v1/customers/${customer.id}/balances`)).body;
  assert.equal(balances[0].balance, "-12345678901234567890.000000001");
  const [row] = await database.query(sql`select count(*) as count from queued_events`);
  assert.equal(row?.count, 0);
});
