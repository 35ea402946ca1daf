import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { createDatabase, sql, type Database } from "../src/platform/db.ts";
import { projectRoot } from "../src/platform/project-root.ts";
import { verifyWallets } from "../src/wallets/verify.ts";
import { exact, minus, sumOf, times, written } from "./exact-sum.ts";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

/*
 * Real processes, killed without warning in the middle of their work: what was acknowledged is there exactly once, nothing is there
 * that was not sent, and the books agree. `kill -9` leaves no time for anything; a power cut is PostgreSQL's own affair (fsync is on).
 */

const kills = 10;
const clients = 6;
const eventsPerRound = 150;
const patienceMs = 30_000;
const price = "0.000700000000000001";
const credits = "1000000";

const folder = await mkdtemp(path.join(os.tmpdir(), "afternoon-crash-"));
const dataDir = path.join(folder, "data");
let server: ServerProcess;
let key = "";

after(async () => {
  if (server !== undefined && !hasEnded(server)) {
    server.child.kill("SIGTERM");
    const lastResort = setTimeout(() => server.child.kill("SIGKILL"), patienceMs);
    await server.ended;
    clearTimeout(lastResort);
  }
  await stopOrphan();
  await rm(folder, { recursive: true, force: true });
});

/** A test that failed while the server was dead leaves its PostgreSQL behind. */
async function stopOrphan(): Promise<void> {
  const { processId } = await readPostmaster().catch(() => ({ processId: 0 }));
  const command = await readFile(`/proc/${processId}/cmdline`, "utf8").catch(() => "");
  if (!command.includes(dataDir)) return;
  process.kill(processId, "SIGINT");
  await until("the end of PostgreSQL", async () => !(await isRunning(processId)));
}

const hasEnded = ({ child }: ServerProcess) => child.exitCode !== null || child.signalCode !== null;

async function start(): Promise<void> {
  server = await startServerProcess({ DATA_DIR: dataDir, LOG_LEVEL: "silent" });
}

async function startAnew(): Promise<void> {
  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0);
  await start();
}

/** An event on its way, and what its sender knows of it. */
type Load = {
  customerId: string;
  tokens: string;
  body: Record<string, unknown> & { idempotency_key: string };
  isSent: boolean;
  usageId: string | null;
};

const all: Load[] = [];
const customerIds: string[] = [];

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
type Sent = { status: number; body: any };

async function send(method: "GET" | "POST", route: string, body?: unknown): Promise<Sent> {
  const response = await fetch(server.baseUrl + route, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(patienceMs),
  });
  return { status: response.status, body: await response.json() };
}

async function created(route: string, body: unknown) {
  const answer = await send("POST", route, body);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

async function prepareCustomers(): Promise<void> {
  key = JSON.parse(await readFile(path.join(dataDir, "demo.json"), "utf8")).test_api_key;
  const meter = { code: "tokens", event_name: "call", aggregation: { type: "sum", property: "tokens" } };
  await created("/v1/meters", meter);
  const usagePrice = { meter_code: "tokens", unit_amount: price, currency_code: "usd" };
  await created("/v1/plans", { code: "pro", usage_prices: [usagePrice] });
  for (const name of ["First", "Second", "Third"]) {
    const { customer } = await created("/v1/customers", { name });
    await created("/v1/subscriptions", { customer_id: customer.id, plan_code: "pro", initial_status: "active" });
    await created(`/v1/customers/${customer.id}/credit-grants`, { name, amount: credits, currency_code: "usd" });
    customerIds.push(customer.id);
  }
}

function newEvents(count: number): Load[] {
  const made = Array.from({ length: count }, () => {
    const number = all.length;
    const customerId = customerIds[number % customerIds.length] as string;
    const tokens = `${number + 1}.${number}`;
    const body = {
      event_name: "call",
      idempotency_key: `event ${number}`,
      customer_id: customerId,
      timestamp: new Date().toISOString(),
      properties: { tokens },
    };
    const load: Load = { customerId, tokens, body, isSent: false, usageId: null };
    all.push(load);
    return load;
  });
  return made;
}

/**
 * Sends `events` from several clients at once. An answer of 503 or none at all leaves open whether the event was recorded; a
 * client whose server is gone gives up. Calls `onAcknowledged` with how many have been, each time one is.
 */
async function run(events: Load[], onAcknowledged: (count: number) => void): Promise<void> {
  let next = 0;
  let acknowledged = 0;
  const client = async () => {
    for (let event = events[next++]; event !== undefined; event = events[next++]) {
      event.isSent = true;
      const answer = await send("POST", "/v1/events/ingest", event.body).catch(() => null);
      if (answer === null) return;
      if (answer.status === 503) continue;
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      acknowledge(event, answer.body);
      onAcknowledged((acknowledged += 1));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

function acknowledge(event: Load, body: Sent["body"]): void {
  assert.ok(body.status === "processed" || body.status === "duplicate", JSON.stringify(body));
  assert.equal(body.usage_id, event.usageId ?? body.usage_id, "a repeat names the first usage");
  assert.equal(body.cost[0].amount, written(times(exact(event.tokens), exact(price))));
  event.usageId = body.usage_id;
}

/** Somewhere in the middle of a round's events, another place each time. */
const anyMoment = () => 10 + Math.floor(Math.random() * (eventsPerRound / 2));

/** Where PostgreSQL is, by the file that it keeps about itself. */
async function readPostmaster(): Promise<{ processId: number; host: string; port: number }> {
  const lines = (await readFile(path.join(dataDir, "postgres", "postmaster.pid"), "utf8")).split("\n");
  return { processId: Number(lines[0]), port: Number(lines[3]), host: lines[4] as string };
}

async function withDatabase<Result>(work: (database: Database) => Promise<Result>): Promise<Result> {
  const { host, port } = await readPostmaster();
  const connection = { host, port, user: "postgres", database: "afternoon" };
  const database = createDatabase({ connection, preparedStatements: false, onError: () => {} });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** Everything that the events have brought about, read from the tables themselves, against what the senders know. */
async function checkBooks(): Promise<void> {
  const { events, entries, wallets, counters, problems } = await withDatabase(async (database) => ({
    events: await database.query<{ event_id: string; idempotency_key: string }>(
      sql`select event_id, idempotency_key from events`,
    ),
    entries: await database.query<{ cause_id: string; amount: string }>(
      sql`select cause_id, amount from ledger_entries where kind = 'usage'`,
    ),
    wallets: await database.query<{ customer_id: string; balance: string }>(
      sql`select customer_id, balance from wallets`,
    ),
    counters: await database.query<{ customer_id: string; quantity: string }>(
      sql`select customer_id, sum(quantity) as quantity from counters group by customer_id`,
    ),
    problems: (await verifyWallets(database)).problems,
  }));
  const recorded = new Map(events.map(({ event_id, idempotency_key }) => [idempotency_key, event_id]));
  assert.equal(recorded.size, events.length, "an event is recorded twice");
  const sent = new Map(all.filter(({ isSent }) => isSent).map((event) => [event.body.idempotency_key, event]));
  for (const name of recorded.keys()) assert.ok(sent.has(name), `${name} was never sent`);
  for (const { usageId, body } of all) {
    if (usageId !== null)
      assert.equal(recorded.get(body.idempotency_key), usageId, `${body.idempotency_key} was acknowledged`);
  }
  const there = all.filter(({ body }) => recorded.has(body.idempotency_key));
  const expected = there.map(({ tokens, body }) => ({
    cause_id: recorded.get(body.idempotency_key),
    amount: written(minus(exact("0"), times(exact(tokens), exact(price)))),
  }));
  const byCause = (a: { cause_id?: string }, b: { cause_id?: string }) =>
    (a.cause_id ?? "") < (b.cause_id ?? "") ? -1 : 1;
  const found = entries.map(({ cause_id, amount }) => ({ cause_id, amount: written(exact(amount)) }));
  assert.deepEqual(found.toSorted(byCause), expected.toSorted(byCause), "each event has one entry, and no other has");
  for (const customerId of customerIds) {
    const used = sumOf(there.filter((event) => event.customerId === customerId).map(({ tokens }) => exact(tokens)));
    const counted = counters.find((row) => row.customer_id === customerId)?.quantity ?? "0";
    assert.equal(written(exact(counted)), written(used));
    const balance = wallets.find((row) => row.customer_id === customerId)?.balance ?? "0";
    assert.equal(written(exact(balance)), written(minus(exact(credits), times(used, exact(price)))));
  }
  assert.deepEqual(problems, []);
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, `${what} has not come about in ${patienceMs / 1_000} s`);
    await delay(10);
  }
}

async function isRunning(processId: number): Promise<boolean> {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

describe("killed without warning", { skip: process.platform === "win32" && "Windows has no signals" }, () => {
  test(`kill -9 of the server, ${kills} times under load: what was acknowledged is there once, and nothing else`, async () => {
    await start();
    await prepareCustomers();
    for (let round = 0; round < kills; round++) {
      const moment = anyMoment();
      await run(newEvents(eventsPerRound), (count) => count === moment && server.child.kill("SIGKILL"));
      assert.equal(await server.ended, "SIGKILL");
      await start();
      await checkBooks();
    }
  });

  test(`kill -9 of PostgreSQL, ${kills} times under load: the server starts it again by itself and has lost nothing`, async () => {
    for (let round = 0; round < kills; round++) {
      // The server waits longer before each further start of a PostgreSQL that keeps ending; a new server begins anew.
      if (round === kills / 2) await startAnew();
      const { processId } = await readPostmaster();
      const moment = anyMoment();
      await run(newEvents(eventsPerRound), (count) => count === moment && process.kill(processId, "SIGKILL"));
      await until("a new PostgreSQL", async () => {
        const postmaster = await readPostmaster().catch(() => null);
        if (postmaster === null || postmaster.processId === processId) return false;
        return (await send("GET", "/ready")).status === 200;
      });
      assert.ok(!hasEnded(server), "the server goes on");
      await checkBooks();
    }
  });

  test("sending every event again changes nothing but the missing ones, and then the sum is exact", async () => {
    assert.ok(
      all.some(({ usageId }) => usageId === null),
      "the kills left nothing open: they came too late",
    );
    for (const again of [1, 2]) {
      await run(all, () => {});
      assert.ok(
        all.every(({ usageId }) => usageId !== null),
        `an event was not taken at retry ${again}`,
      );
      await checkBooks();
    }
    const [{ count } = { count: 0 }] = await withDatabase((database) =>
      database.query<{ count: number }>(sql`select count(*)::int8 as count from events`),
    );
    assert.equal(count, all.length);
  });

  test("SIGTERM lets requests in flight finish, ends PostgreSQL and then the process with 0; the next start takes over", async () => {
    const { processId } = await readPostmaster();
    const [event, pipelined] = newEvents(2) as [Load, Load];
    const answers = await withDatabase(async (database) => {
      const socket = net.connect(Number(new URL(server.baseUrl).port), "localhost");
      // Opened in advance, as browsers do, and never used.
      const unused = net.connect(Number(new URL(server.baseUrl).port), "localhost").resume();
      await Promise.all([once(socket, "connect"), once(unused, "connect")]);
      let received = "";
      socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
      // While this holds the customer, the request waits inside its transaction.
      await database.transaction(async (tx) => {
        await tx.query(sql`select from customers where customer_id = any(${customerIds}) for update`);
        socket.write(httpRequest(event.body));
        event.isSent = true;
        await until("a request that waits", async () => (await countWaiting(database)) > 0);
        server.child.kill("SIGTERM");
        await until("the stop", async () => server.output().includes("Stopping"));
        await until("the door to close", async () => (await fetch(server.baseUrl).catch(() => null)) === null);
        await once(unused, "close");
        // On a connection that is open, the next request is in flight too.
        socket.write(httpRequest(pipelined.body));
        pipelined.isSent = true;
      });
      await once(socket, "close");
      return received.split(/(?=HTTP\/1\.1 )/).map((answer) => ({
        status: Number(answer.split(" ", 2)[1]),
        body: JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))),
      }));
    });
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    );
    acknowledge(event, answers[0]?.body);
    acknowledge(pipelined, answers[1]?.body);
    assert.equal(await server.ended, 0);
    assert.equal(await isRunning(processId), false, "PostgreSQL has ended too");

    await start();
    await checkBooks();
    assert.equal((await send("POST", "/v1/events/ingest", event.body)).body.status, "duplicate");
  });

  test("`afternoon verify` finds the books in order", async () => {
    server.child.kill("SIGTERM");
    assert.equal(await server.ended, 0);
    const program = path.join(projectRoot, "dist/cli/afternoon.js");
    const environment = { ...process.env, DATABASE_URL: "", DATA_DIR: dataDir };
    const { stdout } = await promisify(execFile)(process.execPath, [program, "verify", "--rerate"], {
      env: environment,
    });
    assert.match(stdout, /^3 wallets and \d+ ledger entries checked; 0 problems\.$/m);
  });
});

function httpRequest(body: unknown): string {
  const text = JSON.stringify(body);
  const head = ["POST /v1/events/ingest HTTP/1.1", "Host: localhost", `Authorization: Bearer ${key}`];
  return [...head, "Content-Type: application/json", `Content-Length: ${Buffer.byteLength(text)}`, "", text].join(
    "\r\n",
  );
}

async function countWaiting(database: Database): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    sql`select count(*)::int8 as count from pg_stat_activity where wait_event_type = 'Lock'`,
  );
  return row?.count ?? 0;
}
