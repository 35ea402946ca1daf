import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { createDatabase, sql } from "../src/platform/db.ts";
import { verifyWallets } from "../src/wallets/verify.ts";
import { createTestDatabase, emptyQueue, type Api } from "./harness.ts";
import { call, chargedKeys, createMeteredCustomer } from "./metered-customer.ts";
import { networkApi } from "./network-api.ts";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

const folder = await mkdtemp(path.join(os.tmpdir(), "afternoon-queue-"));
const connectionString = await createTestDatabase();
const database = createDatabase({ connection: { connectionString }, preparedStatements: true, onError: () => {} });
after(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const start = () => startServerProcess({ DATA_DIR: folder, DATABASE_URL: connectionString });

async function callerOf(server: ServerProcess): Promise<Api> {
  const demo = JSON.parse(await readFile(path.join(folder, "demo.json"), "utf8"));
  return networkApi(server.baseUrl, demo.test_api_key);
}

test("a server killed right after a 202 loses none of the list and charges none of it twice", async () => {
  const lists = 4;
  const perList = 500;
  let server = await start();
  let api = await callerOf(server);
  const customers = [await createMeteredCustomer(api), await createMeteredCustomer(api)];
  const expected: string[] = [];
  for (let list = 0; list < lists; list++) {
    const keys = Array.from({ length: perList }, (_, index) => `list ${list} event ${index}`);
    const events = keys.map((key, index) => call(customers[index % 2] as string, key));
    const answer = await api.post("/v1/events/ingest", { events });
    assert.equal(answer.status, 202, answer.text);
    expected.push(...keys);
    server.child.kill("SIGKILL");
    await server.ended;
    server = await start();
    api = await callerOf(server);
  }
  await emptyQueue(api);
  for (const [index, customerId] of customers.entries()) {
    const own = expected.filter((_, place) => place % 2 === index);
    assert.deepEqual(await chargedKeys(database, customerId), own);
  }
  const [row] = await database.query(sql`select count(*) as count from rejected_events`);
  assert.equal(row?.count, 0);
  assert.deepEqual((await verifyWallets(database)).problems, []);
  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0);
});

test("two servers work one queue together: every event once, each customer's in order", async () => {
  const servers = [await start(), await start()];
  const callers = await Promise.all(servers.map(callerOf));
  const [first, second] = callers as [Api, Api];
  const customers = await Promise.all(Array.from({ length: 6 }, () => createMeteredCustomer(first)));
  // One caller of each customer, so that there is an order: what is sent after an answer comes after it.
  await Promise.all(
    customers.map(async (customerId) => {
      for (let list = 0; list < 4; list++) {
        const events = Array.from({ length: 50 }, (_, index) => call(customerId, `${list * 50 + index}`));
        const answer = await (list % 2 === 0 ? first : second).post("/v1/events/ingest", { events });
        assert.equal(answer.status, 202, [answer.text, ...servers.map((server) => server.output())].join("\n"));
      }
    }),
  );
  await emptyQueue(first);
  const inOrder = Array.from({ length: 200 }, (_, index) => `${index}`);
  for (const customerId of customers) assert.deepEqual(await chargedKeys(database, customerId), inOrder);
  assert.deepEqual((await verifyWallets(database)).problems, []);
  for (const server of servers) {
    server.child.kill("SIGTERM");
    assert.equal(await server.ended, 0);
  }
});
