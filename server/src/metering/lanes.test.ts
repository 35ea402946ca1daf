import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { pino } from "pino";
import { createCatalogReader } from "../catalog/catalog.ts";
import { createCompany } from "../companies/companies.ts";
import { customerKeyOf } from "../customers/customers.ts";
import { sql } from "../platform/db.ts";
import { bucketOf } from "../platform/ids.ts";
import { createMetrics } from "../platform/metrics.ts";
import { verifyWallets } from "../wallets/verify.ts";
import { openTestApp, startTestApp, type Api } from "../../test/harness.ts";
import {
  call,
  chargedKeys,
  createMeteredCustomer,
  holdCustomer,
  poisonDatabase,
  untilBlocked,
} from "../../test/metered-customer.ts";
import { defaultLaneSettings, Lanes, type LaneSettings } from "./lanes.ts";

const { app, test: api, database, clock, company, connectionString } = await startTestApp();
await poisonDatabase(database);

const tenantOf = async (customerId: string) =>
  (
    await database.query<{ tenant_id: number }>(sql`select tenant_id from customers where customer_id = ${customerId}`)
  )[0]?.tenant_id as number;

function openLanes(settings: Partial<LaneSettings> = {}): Lanes {
  const lanes = new Lanes({
    catchUp: null,
    database,
    clock,
    catalog: createCatalogReader(clock),
    log: pino({ level: "silent" }),
    metrics: createMetrics(),
    settings: { ...defaultLaneSettings, ...settings },
  });
  after(() => lanes.close());
  return lanes;
}

const submission = (tenantId: number, customerId: string, key: string) => ({
  event: {
    key: customerKeyOf(tenantId, customerId),
    eventName: "call",
    idempotencyKey: key,
    timestamp: clock.now(),
    properties: {},
  },
  bytes: 100,
  idempotent: null,
});

const numbered = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => `${prefix} ${String(index).padStart(4, "0")}`);

/** A customer of another company. */
async function createStranger(): Promise<string> {
  const second = await database.transaction((tx) =>
    createCompany(tx, { name: "Second", currencyCode: "usd" }, clock.now()),
  );
  return createMeteredCustomer(openTestApp(connectionString, clock).as(second.testApiKey));
}

/** Resolves when `count` events wait for an answer of the app. */
async function untilWaiting(by: typeof app, count: number): Promise<void> {
  const line = new RegExp(`^afternoon_ingest_waiting_events ${count}$`, "m");
  // An injected request needs no socket: only a turn of the event loop lets the others' answers in.
  while (!line.test((await by.inject({ url: "/metrics" })).payload)) await setImmediate();
}

const send = (by: Api, customerId: string, key: string, headers?: Record<string, string>) =>
  by.post("/v1/events/ingest", call(customerId, key), headers);

test("a customer's events are charged in the order in which they came, whatever else is under way", async () => {
  const customers = await Promise.all(Array.from({ length: 4 }, () => createMeteredCustomer(api)));
  const tenantId = await tenantOf(customers[0] as string);
  const lanes = openLanes();
  const keys = numbered(300, "in order");
  await Promise.all(
    keys.flatMap((key) => customers.map((customerId) => lanes.ingest([submission(tenantId, customerId, key)]))),
  );
  for (const customerId of customers) assert.deepEqual(await chargedKeys(database, customerId), keys);
  assert.deepEqual((await verifyWallets(database)).problems, []);
});

test("an event that the database refuses fails alone; those around it are recorded in order", async () => {
  const customerId = await createMeteredCustomer(api);
  const keys = ["a", "b", "poison", "c", "d", "e", "f"];
  const answers = await api.post("/v1/events/ingest-batch", { events: keys.map((key) => call(customerId, key)) });
  assert.equal(answers.status, 200, answers.text);
  assert.deepEqual(
    answers.body.results.map(
      ({ status, error }: { status: string; error?: { code: string } }) => error?.code ?? status,
    ),
    ["processed", "processed", "INTERNAL_ERROR", "processed", "processed", "processed", "processed"],
  );
  assert.doesNotMatch(answers.text, /poisoned/);
  assert.deepEqual(await chargedKeys(database, customerId), ["a", "b", "c", "d", "e", "f"]);
  assert.equal((await send(api, customerId, "poison alone")).status, 500);
});

test("one company's flood does not delay another's single event", async () => {
  const flooded = await createMeteredCustomer(api);
  const quiet = await createStranger();
  const [floodTenant, quietTenant] = [await tenantOf(flooded), await tenantOf(quiet)];
  assert.notEqual(floodTenant, quietTenant);
  const lanes = openLanes({ lanes: 1 });
  let settled = 0;
  const flood = Promise.all(
    numbered(3_000, "flood").map(async (key) => {
      await lanes.ingest([submission(floodTenant, flooded, key)]);
      settled += 1;
    }),
  );
  await lanes.ingest([submission(quietTenant, quiet, "single")]);
  assert.ok(settled <= 1_000, `the single event was answered after ${settled} of the flood`);
  await flood;
  assert.equal((await chargedKeys(database, flooded)).length, 3_000);
});

test("a customer whom two companies name in one batch is its owner's alone", async () => {
  const customerId = await createMeteredCustomer(api);
  const [owner, stranger] = [await tenantOf(customerId), await tenantOf(await createStranger())];
  for (const tenants of [
    [owner, stranger, owner],
    [stranger, owner, stranger],
  ]) {
    const results = await openLanes({ lanes: 1 }).ingest(
      tenants.map((tenantId, index) => submission(tenantId, customerId, `${tenants[0]} ${index}`)),
    );
    const outcomes = results.map((result) => (result.kind === "worked" ? result.outcome : null));
    assert.deepEqual(
      outcomes.map((outcome) => (outcome?.status === "refused" ? outcome.error.code : outcome?.status)),
      tenants.map((tenantId) => (tenantId === owner ? "processed" : "CUSTOMER_NOT_FOUND")),
    );
  }
  assert.deepEqual(await chargedKeys(database, customerId), [`${owner} 0`, `${owner} 2`, `${stranger} 1`]);
  assert.deepEqual((await verifyWallets(database)).problems, []);
});

test("beyond the bound of what may wait, the caller is told to come back; the others are answered", async () => {
  const small = openTestApp(connectionString, clock, { lanes: { maxWaiting: 2 } });
  const by = small.as(company.testApiKey);
  const customerId = await createMeteredCustomer(api);
  const release = await holdCustomer(database, customerId);
  const waiting = [send(by, customerId, "first"), send(by, customerId, "second")];
  await untilWaiting(small.app, 2);
  const refused = await send(by, customerId, "third");
  assert.equal(refused.status, 503);
  assert.equal(refused.body.error.code, "SERVICE_UNAVAILABLE");
  assert.match(refused.headers["retry-after"] ?? "", /^\d+$/);
  await release();
  for (const answer of await Promise.all(waiting)) assert.equal(answer.body.status, "processed", answer.text);
  assert.equal((await send(by, customerId, "third")).body.status, "processed");
});

test("a database that does not answer is a 503, and when it answers again, so do we", async () => {
  const impatient = openTestApp(connectionString, clock, { lanes: { timeoutMs: 300 } });
  const by = impatient.as(company.testApiKey);
  const customerId = await createMeteredCustomer(api);
  const release = await holdCustomer(database, customerId);
  const refused = await send(by, customerId, "slow");
  assert.equal(refused.status, 503, refused.text);
  await release();
  await untilWaiting(impatient.app, 0);
  // What became of the first try is not known to its caller, and need not be: the key tells.
  const retried = await send(by, customerId, "slow");
  assert.match(retried.body.status, /^(?:processed|duplicate)$/);
  assert.deepEqual(await chargedKeys(database, customerId), ["slow"]);
});

test("two servers on one database accept exactly what a blocked wallet can pay, and never go below zero", async () => {
  const other = openTestApp(connectionString, clock).as(company.testApiKey);
  const customerId = await createMeteredCustomer(api, "block");
  await api.post(`/v1/customers/${customerId}/credit-grants`, { name: "Credits", amount: "20", currency_code: "usd" });
  const answers = await Promise.all(
    numbered(60, "contended").map((key, index) => send(index % 2 === 0 ? api : other, customerId, key)),
  );
  const statuses = answers.map(({ body }) => body.status);
  assert.equal(statuses.filter((status) => status === "processed").length, 20);
  assert.equal(statuses.filter((status) => status === "rejected").length, 40);
  for (const { body } of answers) assert.ok(!body.customer_balances[0].balance.startsWith("-"));
  const { balances } = (await api.get(`/v1/customers/${customerId}/balances`)).body;
  assert.equal(balances[0].balance, "0");
  assert.deepEqual((await verifyWallets(database)).problems, []);
});

test("one event sent many times at once is charged once", async () => {
  const other = openTestApp(connectionString, clock).as(company.testApiKey);
  const customerId = await createMeteredCustomer(api);
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) => send(index % 2 === 0 ? api : other, customerId, "same")),
  );
  assert.equal(answers.filter(({ body }) => body.status === "processed").length, 1);
  assert.equal(new Set(answers.map(({ body }) => body.usage_id)).size, 1);
  assert.deepEqual(await chargedKeys(database, customerId), ["same"]);
});

test("a request in flight holds its Idempotency-Key in every process; afterwards all get its answer byte for byte", async () => {
  const other = openTestApp(connectionString, clock);
  const callers = [api, other.as(company.testApiKey)];
  const customerId = await createMeteredCustomer(api);
  const headers = { "idempotency-key": "held" };
  const release = await holdCustomer(database, customerId);
  const first = send(api, customerId, "held", headers);
  for (;;) {
    const [locks] = await database.query(
      sql`select count(*) as held from pg_locks
          where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
    );
    if (locks?.held !== 0) break;
  }
  for (const by of callers) {
    const answer = await send(by, customerId, "held", headers);
    assert.equal(answer.status, 409, answer.text);
    assert.equal(answer.body.error.code, "IDEMPOTENCY_KEY_IN_FLIGHT");
  }
  await release();
  const { status, text } = await first;
  assert.equal(status, 200, text);
  for (const by of callers) {
    const answer = await send(by, customerId, "held", headers);
    assert.equal(answer.text, text);
    assert.equal(answer.headers["idempotency-replayed"], "true");
    const reused = await send(by, customerId, "another", headers);
    assert.equal(reused.body.error.code, "IDEMPOTENCY_KEY_REUSED");
  }
  assert.deepEqual(await chargedKeys(database, customerId), ["held"]);
});

test("a refusal of an event is kept for its Idempotency-Key too, also one of its external id", async () => {
  const headers = (key: string) => ({ "idempotency-key": key });
  const unknown = call(`c${"0".repeat(24)}`, "unknown");
  const first = await api.post("/v1/events/ingest", unknown, headers("unknown"));
  assert.equal(first.body.error.code, "CUSTOMER_NOT_FOUND");
  assert.equal((await api.post("/v1/events/ingest", unknown, headers("unknown"))).text, first.text);

  const early = { ...unknown, customer_id: undefined, external_customer_id: "too early" };
  const before = await api.post("/v1/events/ingest", early, headers("early"));
  assert.equal(before.status, 400);
  await api.post("/v1/customers", { external_id: "too early" });
  assert.equal((await api.post("/v1/events/ingest", early, headers("early"))).text, before.text);
  assert.equal((await api.post("/v1/events/ingest", early)).body.status, "processed");
});

test("a batch has a result for each event, in order; what is malformed, unknown or a repeat is a result as well", async () => {
  const customerId = await createMeteredCustomer(api, "block");
  await api.post(`/v1/customers/${customerId}/credit-grants`, { name: "Credits", amount: "2", currency_code: "usd" });
  const events = [
    call(customerId, "one"),
    { ...call(customerId, "malformed"), timestamp: "yesterday" },
    "not even an object",
    call(customerId, "one"),
    { ...call(customerId, "one"), event_name: "other" },
    call(`c${"0".repeat(24)}`, "unknown"),
    { ...call(customerId, "external"), customer_id: undefined, external_customer_id: "nobody at all" },
    call(customerId, "two"),
    call(customerId, "three"),
  ];
  const headers = { "idempotency-key": "batch" };
  const { status, body, text } = await api.post("/v1/events/ingest-batch", { events }, headers);
  assert.equal(status, 200, text);
  type Result = { index: number; status: string; error?: { code: string; details?: { path: string }[] } };
  const results: Result[] = body.results;
  assert.deepEqual(
    results.map(({ index, status: each, error }) => [index, each, error?.code]),
    [
      [0, "processed", undefined],
      [1, "refused", "VALIDATION_ERROR"],
      [2, "refused", "VALIDATION_ERROR"],
      [3, "duplicate", undefined],
      [4, "refused", "IDEMPOTENCY_KEY_REUSED"],
      [5, "refused", "CUSTOMER_NOT_FOUND"],
      [6, "refused", "CUSTOMER_NOT_FOUND"],
      [7, "processed", undefined],
      [8, "rejected", "INSUFFICIENT_BALANCE"],
    ],
  );
  assert.equal(results[1]?.error?.details?.[0]?.path, "events.1.timestamp");
  assert.equal(results[2]?.error?.details?.[0]?.path, "events.2");
  assert.deepEqual(body.results[8].customer_balances, [
    { balance: "0", account_type: "currency", currency_code: "usd" },
  ]);
  assert.equal((await api.post("/v1/events/ingest-batch", { events }, headers)).text, text);
  for (const count of [0, 1_001]) {
    const refused = await api.post("/v1/events/ingest-batch", { events: Array.from({ length: count }, () => ({})) });
    assert.equal(refused.body.error.details[0].path, "events");
  }
});

test("a batch locks its customers in the order of their ids, those it remembers as well, so that no two batches wait in a circle", async () => {
  const customers = await Promise.all([createMeteredCustomer(api), createMeteredCustomer(api)]);
  const place = (id: string) => String(bucketOf(id)).padStart(5, "0") + id;
  const [first, last] = customers.toSorted((a, b) => (place(a) < place(b) ? -1 : 1)) as [string, string];
  const tenantId = await tenantOf(first);
  const lanes = openLanes({ lanes: 1 });
  for (const [round, order] of [
    ["unknown", [last, first]],
    ["remembered", [last, first]],
    ["remembered, the other way round", [first, last]],
  ] as const) {
    const release = await holdCustomer(database, first);
    const results = lanes.ingest(order.map((customerId) => submission(tenantId, customerId, round)));
    await untilBlocked(database);
    // Whoever has the last one already, while waiting for the first, is waited for by somebody who has that.
    try {
      const free = sql`select from customers where customer_id = ${last} for no key update nowait`;
      assert.equal((await database.query(free)).length, 1, round);
    } finally {
      await release();
    }
    for (const { kind } of await results) assert.equal(kind, "worked", round);
  }
});

test("closing works what waits before it lets go of the database", async () => {
  const closing = openTestApp(connectionString, clock);
  const by = closing.as(company.testApiKey);
  const customerId = await createMeteredCustomer(api);
  const release = await holdCustomer(database, customerId);
  const waiting = numbered(5, "draining").map((key) => send(by, customerId, key));
  await untilWaiting(closing.app, 5);
  const closed = closing.app.close();
  await release();
  for (const answer of await Promise.all(waiting)) assert.equal(answer.body.status, "processed", answer.text);
  await closed;
  assert.equal((await chargedKeys(database, customerId)).length, 5);
});

test("metrics are for programs on this machine, and count what became of events", async () => {
  const { payload, statusCode, headers } = await app.inject({ url: "/metrics" });
  assert.equal(statusCode, 200);
  assert.match(String(headers["content-type"]), /^text\/plain; version=0\.0\.4/);
  assert.match(payload, /^afternoon_ingest_events_total\{outcome="processed"\} [1-9]\d*$/m);
  assert.match(payload, /^afternoon_ingest_batch_seconds_bucket\{le="\+Inf"\} [1-9]\d*$/m);
  const route = `method="POST",route="/v1/events/ingest",status="200"`;
  assert.match(payload, new RegExp(`^afternoon_http_request_duration_seconds_count\\{${route}\\} [1-9]`, "m"));
  for (const request of [{ remoteAddress: "10.0.0.1" }, { headers: { "x-forwarded-for": "10.0.0.1" } }]) {
    const { statusCode: refused } = await app.inject({ url: "/metrics", ...request });
    assert.equal(refused, 404);
  }
});
