import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { pino } from "pino";
import { sql } from "../platform/db.ts";
import { startTestApp, type Api } from "../../test/harness.ts";
import { until } from "../../test/until.ts";
import { deleteOldRequests, RequestLog } from "./request-log.ts";

const { app, database, clock, test: api, live } = await startTestApp();

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function requests(query = "", by: Api = api): Promise<any[]> {
  const { body, status, text } = await by.get(`/v1/request-log${query}`);
  assert.equal(status, 200, text);
  return body.requests;
}

/** The entry of the request with this id, when it has been written. */
// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function entryOf(id: string, by: Api = api): Promise<any> {
  let found: unknown[] = [];
  await until("the entry of a request", async () => (found = await requests(`?request_id=${id}`, by)).length > 0);
  return found[0];
}

test("a request is listed with its key, its answer and no query or body", async () => {
  const { headers } = await api.get("/v1/customers/search?name=Ada%20Lovelace");
  const id = headers["x-request-id"] as string;
  const entry = await entryOf(id);
  const [key] = (await api.get("/v1/api-keys")).body.api_keys;
  assert.ok(Number.isInteger(entry.duration_ms) && entry.duration_ms >= 0);
  assert.deepEqual(entry, {
    id: entry.id,
    method: "GET",
    path: "/v1/customers/search",
    operation: "search-customers",
    status: 200,
    error_code: null,
    request_id: id,
    api_key_id: key.id,
    duration_ms: entry.duration_ms,
    created_at: clock.now().toISOString(),
  });
  const failed = await api.post("/v1/customers", { name: "Ada Lovelace", email: "nonsense" });
  assert.equal((await entryOf(failed.body.request_id)).error_code, "VALIDATION_ERROR");
  assert.ok(!JSON.stringify(await database.query(sql`select * from request_log`)).includes("Lovelace"));
});

test("a refusal has its code, whether it is thrown, kept for its key, or below the operation", async () => {
  const missing = await api.get("/v1/customers/c000000000000000000000000");
  assert.equal((await entryOf(missing.body.request_id)).error_code, "CUSTOMER_NOT_FOUND");
  const fields = { code: "pro" };
  await api.post("/v1/plans", fields);
  const kept = await api.post("/v1/plans", fields, { "idempotency-key": "one" });
  assert.equal((await entryOf(kept.body.request_id)).error_code, kept.body.error.code);
  const large = await api.post("/v1/plans", `"${"x".repeat(1024 * 1024)}"`);
  assert.equal((await entryOf(large.body.request_id)).status, 413);
  const ids = (await requests("?outcome=failure")).map((entry) => entry.request_id);
  for (const { body } of [missing, kept, large]) assert.ok(ids.includes(body.request_id));
  assert.ok((await requests("?outcome=success")).every(({ status }) => status < 400));
});

test("of events that come in only failures are listed", async () => {
  const { customer } = (await api.post("/v1/customers", { name: "Busy" })).body;
  const event = { event_name: "call", customer_id: customer.id, timestamp: clock.now().toISOString() };
  assert.equal((await api.post("/v1/events/ingest", { ...event, idempotency_key: "one" })).status, 200);
  const failed = await api.post("/v1/events/ingest", event);
  assert.equal((await entryOf(failed.body.request_id)).operation, "ingest-event");
  assert.equal((await requests("?operation=ingest-event")).length, 1);
});

test("a tenant sees its own alone, and pages through them", async () => {
  const { headers } = await live.get("/v1/meters");
  await entryOf(headers["x-request-id"] as string, live);
  assert.deepEqual(await requests(`?request_id=${headers["x-request-id"]}`), []);
  const all: string[] = [];
  for (let cursor = ""; ;) {
    const { requests: page, pagination } = (await api.get(`/v1/request-log?outcome=failure&limit=2${cursor}`)).body;
    all.push(...page.map(({ id }: { id: string }) => id));
    if (!pagination.has_more) break;
    cursor = `&cursor=${pagination.next_cursor}`;
  }
  assert.deepEqual(all, [...new Set(all)].toSorted().toReversed());
  assert.ok(all.length >= 4);
});

test("over a real connection too", async () => {
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const request = http.get({ port, path: "/v1/meters", headers: { authorization: `Bearer ${api.key}` }, agent: false });
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  response.resume();
  await entryOf(response.headers["x-request-id"] as string);
});

const [{ tenant_id: tenantId } = { tenant_id: 0 }] = await database.query<{ tenant_id: number }>(
  sql`select tenant_id from tenants where mode = 'live'`,
);

const entry = (fields: object = {}) => ({
  tenantId,
  apiKeyId: "key",
  method: "GET",
  path: "/v1/meters",
  operation: "list-meters",
  status: 200,
  errorCode: null,
  requestId: "req_made",
  durationMs: 1,
  at: clock.now(),
  ...fields,
});

test("they are kept for seven days, and 10,000 of each tenant", async () => {
  const log = new RequestLog({ db: database, log: pino({ level: "silent" }) });
  await database.query(sql`delete from request_log`);
  for (let count = 0; count < 5; count++) log.add(entry({ path: `/${count}` }));
  await log.flush();
  const paths = async () =>
    (
      await database.query<{ path: string }>(
        sql`select path from request_log where operation = 'list-meters' order by path`,
      )
    ).map((row) => row.path);
  await deleteOldRequests(database, clock.now(), 6);
  assert.deepEqual(await paths(), ["/0", "/1", "/2", "/3", "/4"]);
  await deleteOldRequests(database, clock.now(), 3);
  assert.deepEqual(await paths(), ["/2", "/3", "/4"]);
  clock.advance(7 * 24 * 60 * 60 * 1_000);
  await deleteOldRequests(database, clock.now());
  assert.deepEqual(await paths(), ["/2", "/3", "/4"]);
  await deleteOldRequests(database, new Date(clock.now().getTime() + 1));
  assert.deepEqual(await paths(), []);
});

test("what cannot be written, or is too much for a second, is left out, and what follows is not", async () => {
  const log = new RequestLog({ db: database, log: pino({ level: "silent" }) });
  const count = async () => (await database.query(sql`select from request_log where request_id = 'req_made'`)).length;
  log.add(entry({ durationMs: -1 }));
  await log.flush();
  assert.equal(await count(), 0);
  for (let number = 0; number < 1_500; number++) log.add(entry());
  await log.flush();
  assert.equal(await count(), 1_000);
  log.add(entry());
  await log.flush();
  assert.equal(await count(), 1_001);
});
