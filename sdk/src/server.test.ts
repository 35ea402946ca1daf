import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../../server/test/harness.ts";
import { AfternoonClient } from "./client.ts";
import { AuthenticationError, ConflictError, NotFoundError, RateLimitError, ValidationError } from "./errors.ts";

const { app, company } = await startTestApp();
const baseUrl = await app.listen({ port: 0, host: "127.0.0.1" });
const client = new AfternoonClient({ token: company.testApiKey, baseUrl });

test("a customer is created, found, changed and deleted", async () => {
  const { customer } = await client.customers.create({
    name: "Acme",
    external_id: "cust_123",
    billing_address: { country: "de" },
  });
  assert.equal(customer.billing_address?.country, "DE");
  assert.deepEqual((await client.customers.get(customer.id)).customer, customer);
  assert.deepEqual((await client.customers.search({ external_id: "cust_123" })).customers, [customer]);
  const changed = await client.customers.update(customer.id, { name: null, email: "billing@acme.example" });
  assert.deepEqual([changed.customer.name, changed.customer.email], [null, "billing@acme.example"]);
  assert.deepEqual(await client.customers.delete(customer.id).then(({ deleted, id }) => [deleted, id]), [
    true,
    customer.id,
  ]);
  await assert.rejects(
    client.customers.get(customer.id),
    (error) => error instanceof NotFoundError && error.code === "CUSTOMER_NOT_FOUND",
  );
});

test("a list goes over all customers, newest first, each once", async () => {
  const live = new AfternoonClient({ token: company.liveApiKey, baseUrl });
  const created: string[] = [];
  for (let number = 0; number < 7; number += 1) {
    created.unshift((await live.customers.create({ name: `Customer ${number}` })).customer.id);
  }
  const listed: string[] = [];
  for await (const customer of live.customers.list({ limit: "3" })) listed.push(customer.id);
  assert.deepEqual(listed.toSorted(), created.toSorted());
  const first = await live.customers.list({ limit: "3" });
  assert.deepEqual(
    first.customers.map(({ id }) => id),
    listed.slice(0, 3),
  );
  assert.equal(first.pagination.has_more, true);
});

test("a repeat with the caller's idempotency key gets the first answer; another body is refused", async () => {
  const options = { idempotencyKey: "order-17" };
  const first = await client.customers.create({ name: "Once" }, options);
  assert.deepEqual(await client.customers.create({ name: "Once" }, options), first);
  await assert.rejects(
    client.customers.create({ name: "Twice" }, options),
    (error) => error instanceof ConflictError && error.code === "IDEMPOTENCY_KEY_REUSED",
  );
});

test("an answer lost on its way is asked for again, and the write happens once", async () => {
  let lost = 0;
  const losing: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (lost > 0) return response;
    lost += 1;
    await response.arrayBuffer();
    throw new TypeError("the connection broke after the server had answered");
  };
  const unlucky = new AfternoonClient({ token: company.testApiKey, baseUrl, fetch: losing });
  const { customer } = await unlucky.customers.create({ name: "Unlucky", external_id: "unlucky" });
  assert.equal(lost, 1);
  assert.deepEqual(
    (await client.customers.search({ external_id: "unlucky" })).customers.map(({ id }) => id),
    [customer.id],
  );
});

test("credits are granted, spent by an event, and asked for", async () => {
  const { customer } = await client.customers.create({ name: "Spender" });
  await client.meters.create({
    code: "tokens",
    event_name: "completion",
    aggregation: { type: "sum", property: "tokens" },
  });
  await client.plans.create({
    code: "pro",
    usage_prices: [{ meter_code: "tokens", currency_code: "usd", unit_amount: "0.0001" }],
  });
  await client.subscriptions.create({
    customer_id: customer.id,
    plan_code: "pro",
    initial_status: "active",
    start_date: "2026-03-01",
  });
  await client.customers.creditGrants.create(customer.id, { name: "Welcome", amount: "5", currency_code: "usd" });
  const event = {
    event_name: "completion",
    idempotency_key: "event-1",
    customer_id: customer.id,
    timestamp: "2026-03-10T11:59:00Z",
    properties: { tokens: "12345" },
  };
  const charged = await client.events.ingest(event);
  assert.equal(charged.status, "processed");
  assert.deepEqual(charged.cost, [{ amount: "1.2345", account_type: "currency", currency_code: "usd" }]);
  assert.equal((await client.events.ingest(event)).status, "duplicate");
  const { balances } = await client.customers.listBalances(customer.id);
  assert.deepEqual(balances, [{ balance: "3.7655", account_type: "currency", currency_code: "usd" }]);
});

test("an operation without a body, and one without a key, work", async () => {
  const { api_key: key } = await client.apiKeys.create({ name: "short-lived" });
  assert.notEqual((await client.apiKeys.revoke(key.id)).api_key.revoked_at, null);
  assert.equal((await client.health.check()).status, "ok");
});

test("refusals are errors of their kind", async () => {
  const stranger = new AfternoonClient({ token: "ak_test_unknown", baseUrl });
  await assert.rejects(
    stranger.customers.list(),
    (error) => error instanceof AuthenticationError && error.code === "INVALID_API_KEY",
  );
  await assert.rejects(client.customers.create({}), (error) => {
    assert.ok(error instanceof ValidationError);
    assert.equal(error.code, "VALIDATION_ERROR");
    assert.ok(Array.isArray(error.details));
    assert.match(error.requestId ?? "", /^req_/);
    assert.equal(error.headers.get("X-Request-Id"), error.requestId);
    return true;
  });
});

test("over the rate limit a call says how long to wait", async () => {
  const limited = await startTestApp({ rateLimitPerMinute: 1 });
  const url = await limited.app.listen({ port: 0, host: "127.0.0.1" });
  const hasty = new AfternoonClient({ token: limited.company.testApiKey, baseUrl: url, maxRetries: 0 });
  await hasty.customers.list();
  await assert.rejects(hasty.customers.list(), (error) => {
    assert.ok(error instanceof RateLimitError);
    assert.ok(error.retryAfterMs !== null && error.retryAfterMs >= 1_000 && error.retryAfterMs <= 60_000);
    return true;
  });
});
