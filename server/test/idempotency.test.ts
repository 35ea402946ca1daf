import assert from "node:assert/strict";
import { test } from "node:test";
import { deleteOldAnswers } from "../src/http/idempotency.ts";
import { sql } from "../src/platform/db.ts";
import { startTestApp } from "./harness.ts";

const { test: api, live, database, clock } = await startTestApp();

const day = 24 * 60 * 60 * 1_000;
let counter = 0;
const withKey = (key = `key-${(counter += 1)}`) => ({ "idempotency-key": key });
const customers = async () => (await api.get("/v1/customers?limit=100")).body.customers.length;

test("a repeat gets the first answer byte for byte and does nothing again", async () => {
  const headers = withKey();
  const before = await customers();
  const first = await api.post("/v1/customers", { name: "Once" }, headers);
  const repeat = await api.post("/v1/customers", { name: "Once" }, headers);
  assert.equal(first.status, 201);
  assert.equal(repeat.status, 201);
  assert.equal(repeat.text, first.text);
  assert.equal(first.headers["idempotency-replayed"], undefined);
  assert.equal(repeat.headers["idempotency-replayed"], "true");
  assert.equal(await customers(), before + 1);
});

test("the same key with another method, path or body is refused, and the first answer stays", async () => {
  const headers = withKey();
  const first = await api.post("/v1/customers", { name: "Bound" }, headers);
  const others = [
    await api.post("/v1/customers", { name: "Other" }, headers),
    await api.post("/v1/api-keys", { name: "Bound" }, headers),
    await api.patch(`/v1/customers/${first.body.customer.id}`, { name: "Bound" }, headers),
  ];
  for (const answer of others) {
    assert.equal(answer.status, 409);
    assert.equal(answer.body.error.code, "IDEMPOTENCY_KEY_REUSED");
  }
  assert.equal((await api.post("/v1/customers", { name: "Bound" }, headers)).text, first.text);
});

test("a refusal is kept too, and what it had begun is undone", async () => {
  const headers = withKey();
  const body = { customer_id: `c${"0".repeat(24)}`, plan_code: "none" };
  const first = await api.post("/v1/subscriptions", body, headers);
  const repeat = await api.post("/v1/subscriptions", body, headers);
  assert.equal(first.status, 404);
  assert.equal(repeat.text, first.text);
  const invalid = withKey();
  const bad = await api.post("/v1/customers", {}, invalid);
  assert.equal(bad.status, 400);
  assert.equal((await api.post("/v1/customers", {}, invalid)).text, bad.text);
});

test("keys of two modes never meet", async () => {
  const headers = withKey();
  const inTest = await api.post("/v1/customers", { name: "Same" }, headers);
  const inLive = await live.post("/v1/customers", { name: "Same" }, headers);
  assert.equal(inLive.status, 201);
  assert.notEqual(inLive.body.customer.id, inTest.body.customer.id);
});

test("a key is kept for 30 days and then forgotten", async () => {
  const headers = withKey();
  const first = await api.post("/v1/customers", { name: "Kept" }, headers);
  clock.advance(30 * day - 1);
  assert.equal((await api.post("/v1/customers", { name: "Kept" }, headers)).text, first.text);
  clock.advance(1);
  const anew = await api.post("/v1/customers", { name: "Kept" }, headers);
  assert.equal(anew.status, 201);
  assert.notEqual(anew.body.customer.id, first.body.customer.id);
  assert.equal((await api.post("/v1/customers", { name: "Kept" }, headers)).text, anew.text);
  clock.advance(31 * day);
  await deleteOldAnswers(database, clock.now());
  const [row] = await database.query(sql`select count(*) as count from idempotency_keys`);
  assert.equal(row?.count, 0);
});

test("a key must have 1 to 255 characters", async () => {
  for (const key of ["", "k".repeat(256)]) {
    const answer = await api.post("/v1/customers", { name: "Key" }, { "idempotency-key": key });
    assert.equal(answer.status, 400);
    assert.equal(answer.body.error.details[0].path, "Idempotency-Key");
  }
  assert.equal((await api.post("/v1/customers", { name: "Key" }, { "idempotency-key": "k".repeat(255) })).status, 201);
});

test("the database shows neither the key nor the secret in the answer", async () => {
  const headers = withKey("a-key-to-be-found");
  const answer = await api.post("/v1/api-keys", { name: "Secret" }, headers);
  const rows = await database.query<{ text: string }>(
    sql`select encode(key_hash, 'escape') || encode(request_hash, 'escape') || encode(answer, 'escape') as text from idempotency_keys`,
  );
  const all = rows.map(({ text }) => text).join("\n");
  assert.ok(!all.includes("a-key-to-be-found"));
  assert.ok(!all.includes(answer.body.api_key.key));
  assert.equal((await api.post("/v1/api-keys", { name: "Secret" }, headers)).body.api_key.key, answer.body.api_key.key);
});

test("the header makes an event's answer repeat too, where the event's own key would say duplicate", async () => {
  const { customer } = (await api.post("/v1/customers", { name: "Metered" })).body;
  const event = {
    event_name: "call",
    idempotency_key: "evt_1",
    customer_id: customer.id,
    timestamp: clock.now().toISOString(),
  };
  const headers = withKey();
  const first = await api.post("/v1/events/ingest", event, headers);
  assert.equal(first.body.status, "processed");
  assert.equal((await api.post("/v1/events/ingest", event, headers)).text, first.text);
  assert.equal((await api.post("/v1/events/ingest", event)).body.status, "duplicate");
});

test("a rejected event is not kept: the same request succeeds once there are credits", async () => {
  await api.post("/v1/meters", { code: "calls", event_name: "blocked.call", aggregation: { type: "count" } });
  await api.post("/v1/plans", {
    code: "blocking",
    usage_prices: [{ meter_code: "calls", unit_amount: "1", currency_code: "usd" }],
    overdraft: [{ currency_code: "usd", policy: "block" }],
  });
  const { customer } = (await api.post("/v1/customers", { name: "Blocked" })).body;
  await api.post("/v1/subscriptions", { customer_id: customer.id, plan_code: "blocking", initial_status: "active" });
  const event = {
    event_name: "blocked.call",
    idempotency_key: "e",
    customer_id: customer.id,
    timestamp: clock.now().toISOString(),
  };
  const headers = withKey();
  assert.equal((await api.post("/v1/events/ingest", event, headers)).body.status, "rejected");
  await api.post(`/v1/customers/${customer.id}/credit-grants`, { name: "Credits", amount: "1", currency_code: "usd" });
  const accepted = await api.post("/v1/events/ingest", event, headers);
  assert.equal(accepted.body.status, "processed");
  assert.equal((await api.post("/v1/events/ingest", event, headers)).text, accepted.text);
});
