import assert from "node:assert/strict";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { test } from "node:test";
import { createCompany } from "../src/companies/companies.ts";
import { startTestApp, type TestApp } from "./harness.ts";
import { call, createMeteredCustomer, holdCustomer } from "./metered-customer.ts";
import { networkApi } from "./network-api.ts";
import { until } from "./until.ts";

/*
 * Clients that stop in the middle: of their request, or of taking their answers. They get their connection ended, and until then
 * nobody else notices them.
 */

/** So that the connections that are left are those of the stalled. */
const close = { connection: "close" };
const megabyte = 1024 * 1024;

async function listening(options: { stallTimeoutMs?: number }) {
  const started = await startTestApp(options);
  await started.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = started.app.server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  return { ...started, port, api: networkApi(baseUrl, started.test.key), baseUrl };
}

const head = (key: string, first: string, ...more: string[]) =>
  [first, "Host: localhost", `Authorization: Bearer ${key}`, "Content-Type: application/json", ...more].join("\r\n");

const halfAList = (key: string, bytes: number) =>
  `${head(key, "POST /v1/events/ingest HTTP/1.1", `Content-Length: ${bytes}`)}\r\n\r\n{"events":[${" ".repeat(bytes / 2)}`;

/** A connection that keeps what it gets, and never ends its side. */
async function connect(port: number, text: string): Promise<{ socket: net.Socket; received(): string }> {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
  await once(socket, "connect");
  socket.write(text);
  return { socket, received: () => received };
}

const connectionsOf = ({ app }: TestApp): Promise<number> =>
  new Promise((resolve, reject) =>
    app.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  );

test("clients that send half a request are told so and cut off; meanwhile all lanes and connections are there for the others", async () => {
  const started = await listening({ stallTimeoutMs: 1_000 });
  const { api, port } = started;
  const customerId = await createMeteredCustomer(started.test);
  const halves = [
    "POST /v1/events/ing",
    head(api.key, "POST /v1/events/ingest HTTP/1.1"),
    halfAList(api.key, 1_000),
    `${head(api.key, "POST /v1/events/ingest HTTP/1.1", "Transfer-Encoding: chunked")}\r\n\r\n10\r\n{"events"`,
  ];
  const stalled = await Promise.all(halves.flatMap((half) => Array.from({ length: 30 }, () => connect(port, half))));
  for (let count = 0; count < 20; count++) {
    const { body, text } = await api.post("/v1/events/ingest", call(customerId, `meanwhile ${count}`), close);
    assert.equal(body.status, "processed", text);
  }
  assert.equal((await api.get("/ready", close)).status, 200);
  for (const { socket, received } of stalled) {
    if (!socket.readableEnded) await once(socket, "end");
    const [top = "", body = ""] = received().split("\r\n\r\n");
    assert.match(top, /^HTTP\/1\.1 408 /);
    assert.equal(JSON.parse(body).error.message, "The request did not arrive in time.");
  }
  // Ours are half open still: the server has let go of its side all the same.
  await until("the end of the stalled connections", async () => (await connectionsOf(started)) === 0);
  for (const { socket } of stalled) socket.destroy();
});

test("a connection that is idle is ended; one whose request is worked for long is not", async () => {
  const started = await listening({ stallTimeoutMs: 200 });
  const { api, app, database, test: local } = started;
  app.server.keepAliveTimeout = 200;
  let timeouts = 0;
  app.server.on("connection", (socket) => socket.on("timeout", () => (timeouts += 1)));
  const customerId = await createMeteredCustomer(local);
  const release = await holdCustomer(database, customerId);
  const waiting = api.post("/v1/events/ingest", call(customerId, "worked for long"));
  await until("a connection on which nothing moves", () => timeouts >= 3);
  await release();
  assert.equal((await waiting).body.status, "processed");
  await until("the end of the idle connection", async () => (await connectionsOf(started)) === 0);
});

test("a client that takes none of its answers has no more of its requests read, and is cut off", async () => {
  const started = await listening({ stallTimeoutMs: 1_000 });
  const { api, port, test: local } = started;
  // 100 of them make an answer of a megabyte.
  const metadata = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key ${index}`, "x".repeat(500)]));
  for (let count = 0; count < 100; count++)
    assert.equal((await local.post("/v1/customers", { name: `${count}`, metadata })).status, 201);
  const requests = 1_000;
  const one = `${head(api.key, "GET /v1/customers?limit=100 HTTP/1.1")}\r\n\r\n`;
  const socket = net.connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  socket.pause();
  socket.on("error", () => undefined);
  socket.write(one.repeat(requests));
  await until("the first answer", async () => (await answersSoFar(started)) > 0);
  await until("the end of its connection", async () => (await connectionsOf(started)) === 0);
  const answered = await answersSoFar(started);
  assert.ok(answered < requests / 10, `${answered} answers were made for nobody`);
  socket.destroy();
});

async function answersSoFar({ app }: TestApp): Promise<number> {
  const { payload } = await app.inject("/metrics");
  const name = 'afternoon_http_request_duration_seconds_count{method="GET",route="/v1/customers",status="200"}';
  const line = payload.split("\n").find((each) => each.startsWith(name)) ?? "";
  return Number(line.slice(line.lastIndexOf(" ")));
}

test("what has arrived of large bodies is bounded for each company; the others' are taken, and its own when there is room again", async () => {
  const started = await listening({});
  const { api, port, database, clock, baseUrl } = started;
  const customerId = await createMeteredCustomer(started.test);
  const stalled = await Promise.all(Array.from({ length: 64 }, () => connect(port, halfAList(api.key, megabyte))));
  const events = Array.from({ length: 300 }, (_, index) => ({ ...call(customerId, `event ${index}`), properties: {} }));
  const sendList = async (key: string) => networkApi(baseUrl, key).post("/v1/events/ingest", { events });
  await until("a refusal", async () => (await sendList(api.key)).status === 503);
  const refused = await sendList(api.key);
  assert.equal(refused.body.error.code, "SERVICE_UNAVAILABLE");
  assert.equal(refused.headers["retry-after"], "1");

  assert.equal((await api.post("/v1/events/ingest", call(customerId, "small"))).body.status, "processed");
  const other = await database.transaction((tx) =>
    createCompany(tx, { name: "Other", currencyCode: "usd" }, clock.now()),
  );
  assert.equal((await sendList(other.testApiKey)).status, 202);

  for (const { socket } of stalled) socket.destroy();
  await until("room again", async () => (await sendList(api.key)).status === 202);
});
