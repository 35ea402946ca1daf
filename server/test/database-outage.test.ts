import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, afterEach, test } from "node:test";
import { createDatabase, sql } from "../src/platform/db.ts";
import { verifyWallets } from "../src/wallets/verify.ts";
import { startTcpProxy } from "./chaos/tcp-proxy.ts";
import { createTestDatabase, emptyQueue, type ApiAnswer } from "./harness.ts";
import { call, chargedKeys, createMeteredCustomer } from "./metered-customer.ts";
import { networkApi } from "./network-api.ts";
import { startServerProcess } from "./server-process.ts";
import { until } from "./until.ts";

/*
 * A server whose database is slow, silent or gone, by a network between them that fails: every request is told so in time, the server
 * lives on, and when the database is back nobody has to do anything.
 */

const folder = await mkdtemp(path.join(os.tmpdir(), "afternoon-outage-"));
const connectionString = await createTestDatabase();
const database = createDatabase({ connection: { connectionString }, preparedStatements: true, onError: () => {} });
const proxy = await startTcpProxy(connectionString);
const server = await startServerProcess({
  DATABASE_URL: proxy.connectionString,
  DATA_DIR: folder,
  LOG_LEVEL: "silent",
  RATE_LIMIT_PER_MINUTE: "100000",
});
after(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  await proxy.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const demo = JSON.parse(await readFile(path.join(folder, "demo.json"), "utf8"));
const api = networkApi(server.baseUrl, demo.test_api_key);
const customerId = await createMeteredCustomer(api);
const sentKeys: string[] = [];

function nextCall() {
  const key = `call ${sentKeys.length}`;
  sentKeys.push(key);
  return call(customerId, key);
}

const isReady = async () => (await api.get("/ready")).status === 200;
afterEach(async () => {
  if (server.child.exitCode === null) await until("a server that is ready again", isReady);
});

/** Every way in which a request needs the database. */
function requestEverything(): Promise<ApiAnswer[]> {
  return Promise.all([
    api.post("/v1/events/ingest", nextCall()),
    api.post("/v1/events/ingest", nextCall(), { "idempotency-key": `request ${sentKeys.length}` }),
    api.post("/v1/events/ingest", { events: [nextCall(), nextCall()] }),
    api.post("/v1/events/ingest-batch", { events: [nextCall(), nextCall()] }),
    api.post("/v1/events/ingest-batch", { events: [nextCall()] }, { "idempotency-key": `batch ${sentKeys.length}` }),
    api.post("/v1/events/estimate", call(customerId, "estimated")),
    api.get(`/v1/customers/${customerId}/balances`),
    api.get(`/v1/customers/${customerId}/usage?meter_code=calls`),
    api.get("/v1/events"),
    api.patch(`/v1/customers/${customerId}`, { name: "Renamed" }),
    api.get("/ready"),
  ]);
}

function assertUnavailable(answers: ApiAnswer[]): void {
  for (const { status, text, body, headers } of answers) {
    assert.equal(status, 503, text);
    assert.equal(body.error.code, "SERVICE_UNAVAILABLE");
    assert.equal(headers["retry-after"], "1");
  }
}

const isAlive = async () => (await api.get("/health")).status === 200;

test("a database that falls silent: 503 in time, and connections on which nothing comes any more are replaced", async () => {
  // The key is known for a while: these are let in, and meet the silence inside.
  assert.equal((await api.get("/v1/customers")).status, 200);
  proxy.stall();
  assertUnavailable(await requestEverything());
  assert.ok(await isAlive());
  // What is open stays silent for ever, as after a failover of which nobody was told.
  proxy.restoreForNewOnes();
});

test("a database that is silent for a while: whoever comes then is told at the door, and what waited is worked afterwards", async () => {
  proxy.stall();
  await until("a key that is looked up again", async () => (await api.get("/v1/customers")).status === 503);
  assertUnavailable(await requestEverything());
  proxy.restore();
});

test("connections that are cut in the middle of the work cost 503 at most, and the next request gets new ones", async () => {
  for (let round = 0; round < 20; round++) {
    const answers = requestEverything();
    proxy.cut();
    for (const { status, body, text } of await answers)
      if (status >= 300) assert.deepEqual([status, body.error?.code], [503, "SERVICE_UNAVAILABLE"], text);
  }
});

test("a database that takes no connections: 503 at once, and the server goes on when it takes them again", async () => {
  await proxy.refuse();
  assertUnavailable(await requestEverything());
  assert.ok(await isAlive());
  await proxy.accept();
});

test("after all that, those who ask again have every event recorded once, and the books agree", async () => {
  for (const key of sentKeys) {
    const answer = await api.post("/v1/events/ingest", call(customerId, key));
    assert.equal(answer.status, 200, answer.text);
  }
  await emptyQueue(api);
  assert.deepEqual((await chargedKeys(database, customerId)).toSorted(), sentKeys.toSorted());
  assert.deepEqual((await verifyWallets(database)).problems, []);
});

test("jobs are worked again too", async () => {
  await database.query(sql`select graphile_worker.add_job('settle_wallets')`);
  await until("a worked job", async () => {
    const waiting = await database.query(
      sql`select from graphile_worker.jobs where task_identifier = 'settle_wallets'`,
    );
    return waiting.length === 0;
  });
});

test("a server whose database is silent ends all the same when it is asked to stop", async () => {
  proxy.stall();
  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0);
});
