import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { createDatabase, sql, type Database } from "../src/platform/db.ts";
import { verifyWallets } from "../src/wallets/verify.ts";
import { createTestDatabase, type Api, type ApiAnswer } from "./harness.ts";
import { call, holdCustomer } from "./metered-customer.ts";
import { networkApi } from "./network-api.ts";
import { startServerProcess, type ServerProcess } from "./server-process.ts";
import { until } from "./until.ts";

/*
 * Real processes on one database: several servers, and several workers of one server. What must hold in one process holds over all.
 */

type Send = Api["request"];

/** Far longer than an answer takes, whatever becomes of a worker. */
const patienceMs = 15_000;

type Servers = { database: Database; servers: ServerProcess[]; sends: Send[]; keys: { live: string; test: string } };

const running: ServerProcess[] = [];
const closings: (() => Promise<void>)[] = [];
after(async () => {
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all(running.map(({ ended }) => ended));
  for (const close of closings) await close();
});

/** As many servers as there are `args`, each with those, on one new database. */
async function startServers(args: string[][], environment: Record<string, string> = {}): Promise<Servers> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "afternoon-processes-"));
  const connectionString = await createTestDatabase();
  const database = createDatabase({ connection: { connectionString }, preparedStatements: false, onError: () => {} });
  closings.push(
    () => database.close(),
    () => rm(folder, { recursive: true, force: true }),
  );
  const servers: ServerProcess[] = [];
  for (const each of args) {
    const own = { DATA_DIR: folder, DATABASE_URL: connectionString, LOG_LEVEL: "info", ...environment };
    const server = await startServerProcess(own, each);
    running.push(server);
    servers.push(server);
  }
  const demo = JSON.parse(await readFile(path.join(folder, "demo.json"), "utf8"));
  const keys = { live: demo.live_api_key, test: demo.test_api_key };
  return { database, servers, keys, sends: servers.map(({ baseUrl }) => networkApi(baseUrl, keys.test).request) };
}

/** The process ids of the workers that have come to listen, by the lines that they log. */
function workersOf({ output }: ServerProcess): { number: number; processId: number }[] {
  return output()
    .split("\n")
    .filter((line) => line.includes('"msg":"Server listening'))
    .map((line) => JSON.parse(line) as { worker: number; pid: number })
    .map(({ worker, pid }) => ({ number: worker, processId: pid }));
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

/** A customer with `credits` usd on a plan that charges 1 usd for each `call`, and blocks overdraft. */
async function prepareCustomer(send: Send, credits: string): Promise<string> {
  const usd = { currency_code: "usd" };
  await send("POST", "/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "count" } });
  await send("POST", "/v1/plans", {
    code: "blocked",
    usage_prices: [{ meter_code: "calls", unit_amount: "1", ...usd }],
    overdraft: [{ ...usd, policy: "block" }],
  });
  const customerId: string = (await send("POST", "/v1/customers", { name: "Hot" })).body.customer.id;
  const subscription = { customer_id: customerId, plan_code: "blocked", initial_status: "active" };
  assert.equal((await send("POST", "/v1/subscriptions", subscription)).status, 201);
  const grant = { name: "Credits", amount: credits, ...usd };
  assert.equal((await send("POST", `/v1/customers/${customerId}/credit-grants`, grant)).status, 201);
  return customerId;
}

const instants = new Map<string, string>();

/** A `call` of the customer now; asked for again, the same. */
function event(customerId: string, key: string) {
  const name = `${customerId} ${key}`;
  const timestamp = instants.get(name) ?? new Date().toISOString();
  instants.set(name, timestamp);
  return { ...call(customerId, key), timestamp };
}

/** Has 16 clients send `jobs`, in turn to each of `sends`; what came of them in the jobs' order. */
async function sendAll<Job>(jobs: Job[], sends: Send[], work: (send: Send, job: Job) => Promise<ApiAnswer>) {
  const answers: ApiAnswer[] = [];
  let next = 0;
  const client = async () => {
    for (let index = next++; index < jobs.length; index = next++)
      answers[index] = await work(sends[index % sends.length] as Send, jobs[index] as Job);
  };
  await Promise.all(Array.from({ length: 16 }, client));
  return answers;
}

async function metricsOf(baseUrl: string): Promise<string> {
  // A connection of its own, so that another worker may answer each time.
  const response = await fetch(`${baseUrl}/metrics`, { headers: { connection: "close" } });
  assert.equal(response.status, 200);
  return response.text();
}

/** The sum of all samples of `name` whose labels have `label` in them. */
function sampleOf(metrics: string, name: string, label: string): number {
  const lines = metrics.split("\n").filter((line) => line.startsWith(`${name}{`) && line.includes(label));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

for (const [name, args] of [
  ["two servers", [[], []]],
  ["two processes of one server", [["--processes", "2"]]],
] as const) {
  test(`${name} under load on one customer whose overdraft is blocked: what can be paid is taken, and never more`, async () => {
    const { database, sends, servers } = await startServers(args.map((each) => [...each]));
    const customerId = await prepareCustomer(sends[0] as Send, "150");
    // Each event is sent twice, to both servers where there are two, and its two requests meet under way.
    const keys = Array.from({ length: 400 }, (_, index) => `event ${Math.floor(index / 2)}`);
    const answers = await sendAll(keys, sends, (send, key) =>
      send("POST", "/v1/events/ingest", event(customerId, key)),
    );
    for (const { status, body } of answers) {
      assert.equal(status, 200, JSON.stringify(body));
      for (const { balance } of body.customer_balances) assert.ok(!balance.startsWith("-"), JSON.stringify(body));
    }
    const count = (status: string) => answers.filter(({ body }) => body.status === status).length;
    assert.equal(count("processed"), 150);
    assert.equal(count("processed") + count("duplicate") + count("rejected"), answers.length);
    const entries = await database.query<{ balance_after: string }>(
      sql`select balance_after from ledger_entries where customer_id = ${customerId} order by seq`,
    );
    assert.equal(entries.length, 151);
    assert.ok(entries.every(({ balance_after }) => !balance_after.startsWith("-")));
    assert.equal(entries.at(-1)?.balance_after, "0");
    assert.deepEqual((await verifyWallets(database)).problems, []);

    // The same Idempotency-Key at several processes: one effect, and everybody gets its answer or is told that it is in flight.
    const grant = { name: "Again", amount: "5", currency_code: "usd" };
    const grants = await sendAll(Array.from({ length: 32 }), sends, (send) =>
      send("POST", `/v1/customers/${customerId}/credit-grants`, grant, { "idempotency-key": "one grant" }),
    );
    const made = grants.filter(({ status }) => status === 201);
    assert.equal(new Set(made.map(({ body }) => body.credit_grant.id)).size, 1);
    assert.equal(made.filter(({ headers }) => headers["idempotency-replayed"] === undefined).length, 1);
    for (const { status, body } of grants)
      assert.ok(status === 201 || body.error.code === "IDEMPOTENCY_KEY_IN_FLIGHT", JSON.stringify(body));
    const { balances } = (await (sends[0] as Send)("GET", `/v1/customers/${customerId}/balances`)).body;
    assert.equal(balances[0].balance, "5");

    // Whatever process was asked, each event was counted by one, once.
    const texts = await Promise.all(servers.map(({ baseUrl }) => metricsOf(baseUrl)));
    for (const outcome of ["processed", "duplicate", "rejected"]) {
      const counted = texts.map((text) => sampleOf(text, "afternoon_ingest_events_total", `outcome="${outcome}"`));
      assert.equal(
        counted.reduce((sum, each) => sum + each, 0),
        count(outcome),
        outcome,
      );
    }
  });
}

test("a revoked key, a new or archived meter, and a new plan version are known to every process within a second", async () => {
  const { sends, servers } = await startServers([[], []]);
  const [here, there] = sends as [Send, Send];
  const usd = { currency_code: "usd" };
  const customerId = await prepareCustomer(here, "1000");

  const { id, key } = (await here("POST", "/v1/api-keys", { name: "To be revoked" })).body.api_key;
  const thereWithKey = networkApi((servers[1] as ServerProcess).baseUrl, key).request;
  assert.equal((await thereWithKey("GET", "/v1/customers")).status, 200);
  assert.equal((await here("POST", `/v1/api-keys/${id}/revoke`)).status, 200);
  await changesWithinASecond(
    () => thereWithKey("GET", "/v1/customers"),
    ({ status, body }) => status === 401 && body.error.code === "API_KEY_REVOKED",
  );

  let events = 0;
  const sendThere = (customer = customerId) =>
    there("POST", "/v1/events/ingest", event(customer, `event ${(events += 1)}`));
  const costThere = async (customer?: string) => {
    const { body } = await sendThere(customer);
    assert.equal(body.status, "processed", JSON.stringify(body));
    return body.cost.map(({ amount }: { amount: string }) => amount);
  };
  // The other process reads the meters now, and knows of one.
  assert.deepEqual(await costThere(), ["1"]);

  // A meter that a plan prices is never missing, however new.
  await here("POST", "/v1/meters", { code: "bytes", event_name: "call", aggregation: { type: "count" } });
  const plan = { code: "second", usage_prices: [{ meter_code: "bytes", unit_amount: "10", ...usd }] };
  assert.equal((await here("POST", "/v1/plans", plan)).status, 201);
  await here("POST", "/v1/subscriptions", { customer_id: customerId, plan_code: "second", initial_status: "active" });
  assert.deepEqual(await costThere(), ["11"]);

  const newer = { usage_prices: [{ meter_code: "bytes", unit_amount: "20", ...usd }] };
  assert.equal((await here("POST", "/v1/plans/second/versions", newer)).status, 201);
  const later: string = (await there("POST", "/v1/customers", { name: "Later" })).body.customer.id;
  const subscription = { customer_id: later, plan_code: "second", initial_status: "active" };
  assert.equal((await there("POST", "/v1/subscriptions", subscription)).body.subscription.plan_version, 2);
  assert.deepEqual(await costThere(later), ["20"]);

  // A meter that no plan prices need not be there at once: what it refuses shows whether it measures.
  const sum = { code: "words", event_name: "call", aggregation: { type: "sum", property: "words" } };
  assert.equal((await here("POST", "/v1/meters", sum)).status, 201);
  await changesWithinASecond(
    () => sendThere(),
    ({ body }) => body.error?.code === "INVALID_PROPERTY",
  );
  assert.equal((await here("PATCH", "/v1/meters/words", { archived: true })).status, 200);
  await changesWithinASecond(
    () => sendThere(),
    // Priced again: whether it was charged or rejected depends on how many were charged before.
    ({ body }) => body.error?.code !== "INVALID_PROPERTY",
  );
});

/** Asks until `isChanged`: whoever asked more than a second after the change must have seen it. */
async function changesWithinASecond(
  ask: () => Promise<ApiAnswer>,
  isChanged: (answer: ApiAnswer) => boolean,
): Promise<void> {
  const changedAt = performance.now();
  for (;;) {
    const askedAt = performance.now();
    const answer = await ask();
    if (isChanged(answer)) return;
    assert.ok(askedAt - changedAt <= 1_000, `asked ${askedAt - changedAt} ms after: ${JSON.stringify(answer.body)}`);
  }
}

test("a company's limit holds over two servers and their processes together", async () => {
  const limit = 60;
  const { sends } = await startServers([["--processes", "2"], []], { RATE_LIMIT_PER_MINUTE: String(limit) });
  const answers = await sendAll(Array.from({ length: 4 * limit }), sends, (send) => send("GET", "/v1/customers"));
  const windows = new Set(answers.map(({ headers }) => headers["x-ratelimit-reset"]));
  for (const reset of windows) {
    const window = answers.filter(({ headers }) => headers["x-ratelimit-reset"] === reset);
    const passed = window.filter(({ status }) => status === 200).length;
    assert.ok(passed <= limit, `${passed} of ${limit}`);
    if (passed < window.length) assert.equal(passed, limit);
    assert.ok(window.every(({ status }) => status === 200 || status === 429));
  }
});

describe("the processes of one server", { skip: process.platform === "win32" && "Windows has no signals" }, () => {
  let started: Servers;
  let server: ServerProcess;
  let send: Send;
  let customerId: string;
  const start = async () => {
    started = await startServers([["--processes", "3"]]);
    [server] = started.servers as [ServerProcess];
    [send] = started.sends as [Send];
    customerId = await prepareCustomer(send, "1000");
  };

  test("it says once that it is ready, when all of them listen, and each line of the log names its worker", async () => {
    await start();
    assert.equal(server.output().split("Afternoon is ready").length, 2);
    const numbers = workersOf(server).map(({ number }) => number);
    assert.deepEqual(new Set(numbers), new Set([1, 2, 3]));
    assert.equal(numbers.length, 3);
  });

  test("who listens to events at any of them is sent what any of them records", async () => {
    const { customer } = (await send("POST", "/v1/customers", { name: "Watched" })).body;
    const { url, headers } = {
      url: `${server.baseUrl}/v1/events/stream?customer_id=${customer.id}`,
      headers: { authorization: `Bearer ${started.keys.test}` },
    };
    const leaving = new AbortController();
    // As many connections of their own as reach every worker.
    const streams = await Promise.all(
      Array.from({ length: 9 }, async () => {
        const text: string[] = [];
        const { status, body } = await fetch(url, {
          headers: { ...headers, connection: "close" },
          signal: leaving.signal,
        });
        assert.equal(status, 200);
        void (async () => {
          for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) text.push(chunk);
        })().catch(() => undefined);
        return text;
      }),
    );
    const { body } = await send("POST", "/v1/events/ingest", event(customer.id, "watched"));
    await until("the event in all streams", () => streams.every((text) => text.join("").includes(body.usage_id)));
    leaving.abort();
  });

  test("a worker that is killed is started again, and the others go on; what was acknowledged is there once", async () => {
    const processed = new Set<string>();
    for (const round of [1, 2]) {
      const victim = workersOf(server).at(-1)?.processId as number;
      const keys = Array.from({ length: 150 }, (_, index) => `round ${round} event ${index}`);
      let answered = 0;
      await sendAll(keys, [send], async (by, key) => {
        // A request that was at the killed worker gets no answer; its client asks again, and is told what became of it.
        for (;;) {
          const answer = await by("POST", "/v1/events/ingest", event(customerId, key)).catch(() => null);
          if ((answered += 1) === 40) process.kill(victim, "SIGKILL");
          if (answer === null) continue;
          assert.equal(answer.status, 200, JSON.stringify(answer.body));
          processed.add(key);
          return answer;
        }
      });
      await until("a new worker", () => workersOf(server).length === 3 + round);
      assert.equal(isAlive(victim), false);
    }
    assert.equal(processed.size, 300);
    const [row] = await started.database.query<{ count: number }>(
      sql`select count(*)::int8 as count from events where customer_id = ${customerId}`,
    );
    assert.equal(row?.count, 300);
    assert.equal((await send("GET", `/v1/customers/${customerId}/balances`)).body.balances[0].balance, "700");
  });

  test("a connection that was on its way to a worker when it was killed is ended: nobody waits for ever", async () => {
    const load = { isOver: false };
    const client = async () => {
      while (!load.isOver) {
        // A new connection each time: it is those that are being handed to a worker.
        await fetch(`${server.baseUrl}/health`, {
          headers: { connection: "close" },
          signal: AbortSignal.timeout(patienceMs),
        }).then(
          (answer) => answer.text(),
          (error: Error) => assert.notEqual(error.name, "TimeoutError", "a request got no answer and no end"),
        );
      }
    };
    const clients = Promise.all(Array.from({ length: 20 }, client));
    for (let kills = 0; kills < 5; kills++) {
      const before = workersOf(server);
      const victims = before.filter(({ processId }) => isAlive(processId));
      process.kill(victims[kills % victims.length]?.processId as number, "SIGKILL");
      await until("a new worker", () => workersOf(server).length > before.length);
    }
    load.isOver = true;
    await clients;
  });

  test("SIGTERM to all of them, as a service manager sends it, lets requests in flight finish and ends all with 0", async () => {
    const release = await holdCustomer(started.database, customerId);
    const waiting = Array.from({ length: 12 }, (_, index) =>
      send("POST", "/v1/events/ingest", event(customerId, `in flight ${index}`)),
    );
    await until("requests that wait", async () => {
      const text = await metricsOf(server.baseUrl);
      return /^afternoon_ingest_waiting_events 12$/m.test(text);
    });
    const workers = workersOf(server).map(({ processId }) => processId);
    for (const processId of [...workers.filter(isAlive), server.child.pid as number])
      process.kill(processId, "SIGTERM");
    await until("the stop", () => server.output().includes("Stopping"));
    // One that comes as the door closes may be left without an answer until the stop cuts it off.
    const knock = () => fetch(server.baseUrl, { signal: AbortSignal.timeout(500) }).catch(() => null);
    await until("the door to close", async () => (await knock()) === null);
    await release();
    for (const { status, body } of await Promise.all(waiting)) {
      assert.equal(status, 200, JSON.stringify(body));
      assert.equal(body.status, "processed");
    }
    assert.equal(await server.ended, 0);
    assert.deepEqual(workers.filter(isAlive), []);
    assert.match(server.output(), /Stopped\./);
    assert.deepEqual((await verifyWallets(started.database)).problems, []);
  });

  test("a second signal ends all of them at once", async () => {
    await start();
    const release = await holdCustomer(started.database, customerId);
    const waiting = send("POST", "/v1/events/ingest", event(customerId, "given up")).catch(() => null);
    await until("a request that waits", async () =>
      /^afternoon_ingest_waiting_events 1$/m.test(await metricsOf(server.baseUrl)),
    );
    server.child.kill("SIGINT");
    await until("the stop", () => server.output().includes("Stopping"));
    server.child.kill("SIGINT");
    assert.equal(await server.ended, "SIGINT");
    assert.equal(await waiting, null);
    await until("the end of the workers", () => !workersOf(server).some(({ processId }) => isAlive(processId)));
    await release();
  });

  test("when the primary is killed, its workers end too", async () => {
    await start();
    server.child.kill("SIGKILL");
    assert.equal(await server.ended, "SIGKILL");
    await until("the end of the workers", () => !workersOf(server).some(({ processId }) => isAlive(processId)));
  });
});
