import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { chooseAddress } from "../src/platform/embedded-postgres/address.ts";
import { createDatabase, sql, type Database } from "../src/platform/db.ts";
import { isRunning } from "../src/platform/embedded-postgres/processes.ts";
import { verifyWallets } from "../src/wallets/verify.ts";
import { call, createMeteredCustomer, holdCustomer } from "./metered-customer.ts";
import { networkApi } from "./network-api.ts";
import { startServerProcess, type ServerProcess } from "./server-process.ts";
import { until } from "./until.ts";

/* A server with its PostgreSQL that is asked to stop; of being killed, chaos.test.ts tells. */

const folder = await mkdtemp(path.join(os.tmpdir(), "afternoon-stop-"));
const start = () => startServerProcess({ DATA_DIR: folder, LOG_LEVEL: "silent" });
let server: ServerProcess;
after(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  await rm(folder, { recursive: true, force: true });
});

async function openDatabase(): Promise<Database> {
  return createDatabase({ connection: await chooseAddress(folder), preparedStatements: false, onError: () => {} });
}

test(
  "SIGTERM lets requests in flight finish, ends PostgreSQL and then the process with 0; the next start takes over",
  { skip: process.platform === "win32" && "Windows has no signals" },
  async () => {
    server = await start();
    const { test_api_key: key } = JSON.parse(await readFile(path.join(folder, "demo.json"), "utf8"));
    const customerId = await createMeteredCustomer(networkApi(server.baseUrl, key));
    const postmaster = Number.parseInt(await readFile(path.join(folder, "postgres", "postmaster.pid"), "utf8"), 10);
    const port = Number(new URL(server.baseUrl).port);
    const socket = net.connect(port, "localhost");
    // Opened in advance, as browsers do, and never used.
    const unused = net.connect(port, "localhost").resume();
    await Promise.all([once(socket, "connect"), once(unused, "connect")]);
    let received = "";
    socket.on("data", (chunk: Buffer) => (received += chunk.toString()));

    // A stream has no end of its own; whoever listens is not waited for.
    const stream = await fetch(`${server.baseUrl}/v1/events/stream`, { headers: { Authorization: `Bearer ${key}` } });
    assert.equal(stream.status, 200);
    const database = await openDatabase();
    // While this holds the customer, the request waits inside its transaction.
    const release = await holdCustomer(database, customerId);
    socket.write(httpRequest(key, call(customerId, "in flight")));
    await until("a request that waits", async () => (await countWaiting(database)) > 0);
    server.child.kill("SIGTERM");
    await until("the stop", () => server.output().includes("Stopping"));
    await until("the door to close", async () => (await fetch(server.baseUrl).catch(() => null)) === null);
    await once(unused, "close");
    assert.equal(await stream.text(), ": events as they are recorded\n\n");
    // On a connection that is open, the next request is in flight too.
    socket.write(httpRequest(key, call(customerId, "pipelined")));
    await release();
    await once(socket, "close");
    await database.close();
    const answers = received.split(/(?=HTTP\/1\.1 )/);
    assert.deepEqual(
      answers.map((answer) => JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))).status),
      ["processed", "processed"],
    );
    assert.equal(await server.ended, 0);
    assert.equal(await isRunning(postmaster), false, "PostgreSQL has ended too");

    server = await start();
    const again = networkApi(server.baseUrl, key);
    for (const name of ["in flight", "pipelined"]) {
      const { body } = await again.post("/v1/events/ingest", call(customerId, name));
      assert.equal(body.status, "duplicate");
    }
    const books = await openDatabase();
    assert.deepEqual((await verifyWallets(books)).problems, []);
    await books.close();
  },
);

function httpRequest(key: string, body: unknown): string {
  const text = JSON.stringify(body);
  const head = ["POST /v1/events/ingest HTTP/1.1", "Host: localhost", `Authorization: Bearer ${key}`];
  const ofBody = ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(text)}`];
  return [...head, ...ofBody, "", text].join("\r\n");
}

async function countWaiting(database: Database): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    sql`select count(*)::int8 as count from pg_stat_activity where wait_event_type = 'Lock'`,
  );
  return row?.count ?? 0;
}
