import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { after, test } from "node:test";
import { pino } from "pino";
import type { FastifyInstance } from "fastify";
import { createCompany } from "../companies/companies.ts";
import { createSetupLink } from "../dashboard-access/dashboard-access.ts";
import { sql } from "../platform/db.ts";
import { bucketOf, createId } from "../platform/ids.ts";
import { openTestApp, startTestApp, testPublicUrl, type Api } from "../../test/harness.ts";
import { holdCustomer, untilBlocked } from "../../test/metered-customer.ts";
import { until } from "../../test/until.ts";
import { LiveEvents, type Listening } from "./live-events.ts";

const { app, database, connectionString, clock, company, test: api, live: inLive } = await startTestApp();
const other = openTestApp(connectionString, clock);

async function portOf(server: FastifyInstance): Promise<number> {
  if (!server.server.listening) await server.listen({ host: "127.0.0.1", port: 0 });
  return (server.server.address() as AddressInfo).port;
}

type Told = { event: string; data: ReturnType<typeof JSON.parse> };
type Stream = { status: number; text(): string; told(): Told[]; isEnded(): boolean; leave(): void };

/** A stream over a real connection. */
async function listen(query = "", headers: object = {}, by: FastifyInstance = app): Promise<Stream> {
  const request = http.get({
    port: await portOf(by),
    path: `/v1/events/stream${query}`,
    headers: { authorization: `Bearer ${api.key}`, ...headers },
    agent: false,
  });
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const state = { text: "", isEnded: false };
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => void (state.text += chunk));
  response.on("close", () => void (state.isEnded = true));
  response.on("error", () => {});
  after(() => request.destroy());
  const told = () =>
    state.text
      .split("\n\n")
      .filter((part) => part.includes("data: "))
      .map((part) => ({
        event: /^event: (.*)$/m.exec(part)?.[1] ?? "",
        data: JSON.parse(/^data: (.*)$/m.exec(part)?.[1] ?? "null"),
      }));
  if (response.statusCode === 200) await until("the stream's beginning", () => state.text !== "");
  return {
    status: response.statusCode ?? 0,
    text: () => state.text,
    told,
    isEnded: () => state.isEnded,
    leave: () => request.destroy(),
  };
}

let count = 0;

async function ingest(customer_id: string, fields: object = {}, by: Api = api): Promise<string> {
  count += 1;
  const timestamp = clock.now().toISOString();
  const event = { event_name: "call", customer_id, timestamp, idempotency_key: `event ${count}`, ...fields };
  const answer = await by.post("/v1/events/ingest", event);
  assert.equal(answer.status, 200, answer.text);
  return answer.body.usage_id;
}

async function customer(by: Api = api): Promise<string> {
  return (await by.post("/v1/customers", { name: "Acme" })).body.customer.id;
}

/** Whose events do not wait for those of `of`. */
async function customerInAnotherLane(of: string): Promise<string> {
  const lanes = 2;
  const id = await customer();
  return bucketOf(id) % lanes === bucketOf(of) % lanes ? customerInAnotherLane(of) : id;
}

const connections = (server: FastifyInstance): Promise<number> =>
  new Promise((resolve, reject) =>
    server.server.getConnections((error, number) => (error === null ? resolve(number) : reject(error))),
  );

const acme = await customer();
const idsOf = (stream: Stream): string[] => stream.told().map(({ data }) => data.id);

test("an event is sent as the list shows it, once, whichever process recorded it", async () => {
  await ingest(acme);
  clock.advance(10);
  const stream = await listen();
  const first = await ingest(acme, { properties: { exact: "12345678901234567890.123456789" } });
  await until("the first event", () => stream.told().length === 1);
  const second = await ingest(acme, {}, other.as(api.key));
  await until("the second event", () => stream.told().length === 2);
  const third = await ingest(acme);
  await until("the third event", () => stream.told().length === 3);
  assert.deepEqual(idsOf(stream), [first, second, third]);
  const { events } = (await api.get("/v1/events?limit=3")).body;
  assert.deepEqual(
    stream.told().map(({ data }) => data),
    events.toReversed(),
  );
  stream.leave();
});

test("only what is asked for is sent, and nothing of another tenant", async () => {
  clock.advance(10);
  const second = await customer();
  const streams = await Promise.all([
    listen(`?customer_id=${second}`),
    listen("?event_name=other"),
    listen("?property=model%3Dgpt%25"),
    listen("", { authorization: `Bearer ${company.liveApiKey}` }),
  ]);
  const [ofSecond, ofName, ofProperty, ofLive] = streams;
  await ingest(acme);
  const bySecond = await ingest(second);
  const byName = await ingest(acme, { event_name: "other" });
  await ingest(acme, { properties: { model: "gpt-4" } });
  const byProperty = await ingest(acme, { properties: { model: "gpt%" } });
  const byLive = await ingest(await customer(inLive), {}, inLive);
  await until("an event for each", () => streams.every((stream) => stream.told().length > 0));
  assert.deepEqual(
    [idsOf(ofSecond), idsOf(ofName), idsOf(ofProperty), idsOf(ofLive)],
    [[bySecond], [byName], [byProperty], [byLive]],
  );
  for (const stream of streams) stream.leave();
});

/** The last id that a browser would have kept. */
const markOf = (stream: Stream) => [...stream.text().matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? "";

test("who comes back is sent what was missed since, and is told where it is too late for that", async () => {
  clock.advance(60_000);
  const first = await listen();
  const before = await ingest(acme);
  await until("the first", () => idsOf(first).includes(before));
  const mark = markOf(first);
  first.leave();
  const missed = [await ingest(acme), await ingest(acme)];
  clock.advance(30_000);
  const stream = await listen("", { "last-event-id": mark });
  const next = await ingest(acme);
  await until("what was missed, and the next", () => idsOf(stream).includes(next));
  const found = idsOf(stream).filter((id) => id !== before);
  assert.deepEqual(found, [...missed, next]);
  assert.ok(!stream.text().includes("skipped"));
  // Of whom the other listeners know nothing.
  for (const id of [String(clock.now().getTime() - 61_000), "no mark of ours", "9".repeat(15)]) {
    const late = await listen("", { "last-event-id": id });
    await until("being told", () => late.text().includes("event: skipped\ndata: {}\n"));
    late.leave();
  }
  stream.leave();
});

test("an event that its batch commits only later is sent nevertheless, to who listens and to who comes back", async () => {
  clock.advance(60_000);
  const stream = await listen();
  const left = String(clock.now().getTime());
  // Its id is made as its batch begins, and then another customer's overtakes it.
  const release = await holdCustomer(database, acme);
  const slow = ingest(acme);
  await untilBlocked(database);
  clock.advance(5_000);
  const overtaking = await ingest(await customerInAnotherLane(acme));
  await until("the one that overtook", () => idsOf(stream).includes(overtaking));
  await release();
  const overtaken = await slow;
  await until("the one that was overtaken", () => idsOf(stream).includes(overtaken));
  const back = await listen("", { "last-event-id": String(Number(left) + 5_000) });
  await until("both again", () => [overtaking, overtaken].every((id) => idsOf(back).includes(id)));
  stream.leave();
  back.leave();
});

test("events of customers who live by a test clock are sent too, whatever time it is for them", async () => {
  for (const starts_at of ["2024-01-01T00:00:00.000Z", "2029-01-01T00:00:00.000Z"]) {
    const { test_clock } = (await api.post("/v1/test-clocks", { name: "Another time", frozen_time: starts_at })).body;
    const { body } = await api.post("/v1/customers", { name: "Clock", test_clock_id: test_clock.id });
    const [stream, own] = await Promise.all([listen(), listen(`?customer_id=${body.customer.id}`)]);
    const ids = [await ingest(body.customer.id, { timestamp: starts_at }), await ingest(acme)];
    ids.push(await ingest(body.customer.id, { timestamp: starts_at }));
    await until("all three", () => stream.told().length >= 3);
    await until("both", () => own.told().length >= 2);
    assert.deepEqual(idsOf(stream).toSorted(), ids.toSorted());
    assert.deepEqual(new Set(idsOf(own)), new Set([ids[0], ids[2]]));
    stream.leave();
    own.leave();
  }
});

test("it ends with its key, and with its session", async () => {
  const { api_key } = (await api.post("/v1/api-keys", { name: "short" })).body;
  const byKey = await listen("", { authorization: `Bearer ${api_key.key}` });
  const setup = (await createSetupLink(database, testPublicUrl, clock.now())) ?? "";
  const signedIn = await app.inject({
    method: "POST",
    url: "/v1/auth/setup",
    payload: { token: setup.split("#token=")[1], email: "olga@example.com", password: "correct horse", name: "Olga" },
  });
  const cookie = /afternoon_session=[^;]+/.exec(String(signedIn.headers["set-cookie"]))?.[0] as string;
  const stranger = await database.transaction((tx) =>
    createCompany(tx, { name: "Other", currencyCode: "usd" }, clock.now()),
  );
  const refused = await app.inject({
    url: "/v1/events/stream",
    headers: { cookie, "afternoon-company": stranger.companyId },
  });
  assert.equal(refused.json().error.code, "COMPANY_NOT_FOUND");
  const request = http.get({ port: await portOf(app), path: "/v1/events/stream", headers: { cookie }, agent: false });
  const [bySession] = (await once(request, "response")) as [http.IncomingMessage];
  assert.equal(bySession.statusCode, 200);
  const sessionEnded = once(bySession.resume(), "close");
  const id = await ingest(acme);
  await until("an event by the key", () => idsOf(byKey).includes(id));

  await api.post(`/v1/api-keys/${api_key.id}/revoke`);
  await app.inject({ method: "POST", url: "/v1/auth/sign-out", headers: { cookie, "afternoon-dashboard": "1" } });
  clock.advance(1_000);
  await until("the end by the key", () => byKey.isEnded());
  await sessionEnded;
});

test("a tenant has at most 20 in a process, and a place is free again when one leaves", async () => {
  const streams = await Promise.all(Array.from({ length: 20 }, () => listen()));
  const refused = await listen();
  assert.equal(refused.status, 429);
  await until("the refusal", () => refused.text().includes("TOO_MANY_STREAMS"));
  assert.equal((await listen("", { authorization: `Bearer ${company.liveApiKey}` })).status, 200);
  streams[0]?.leave();
  await until("a free place", async () => {
    const again = await listen();
    again.leave();
    return again.status === 200;
  });
  for (const stream of streams) stream.leave();
});

/** Listens within this process, as what is asked of the database and taken from the stream can be seen here. */
const inProcess = (statements: string[] = []) => {
  const watched = {
    ...database,
    query: <Row extends object>(statement: Parameters<typeof database.query>[0]) => {
      statements.push(statement.text);
      return database.query<Row>(statement);
    },
  };
  const events = new LiveEvents({ database: watched, clock, log: pino({ level: "silent" }) });
  after(() => events.close());
  return events;
};

const listening = async (fields: Partial<Listening> = {}): Promise<Listening> => {
  const [row] = await database.query<{ id: number }>(
    sql`select tenant_id as id from customers where customer_id = ${acme}`,
  );
  const of = { companyId: company.companyId, mode: "live", rateLimitPerMinute: null, currencyCode: "usd" } as const;
  return {
    tenant: { id: row?.id ?? 0, ...of },
    ...{ customerId: null, eventName: null, property: null, lastEventId: null, isStillAdmitted: async () => true },
    ...fields,
  };
};

async function ingestMany(number: number, properties: object = {}): Promise<void> {
  const events = Array.from({ length: number }, () => ({
    ...{ event_name: "call", customer_id: acme, timestamp: clock.now().toISOString(), properties },
    idempotency_key: `many ${(count += 1)}`,
  }));
  assert.equal((await api.post("/v1/events/ingest-batch", { events })).status, 200);
}

test("more than can be read in a second is left out, which is said", async () => {
  clock.advance(60_000);
  const stream = await inProcess().listen(await listening());
  await ingestMany(600);
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => void (text += chunk));
  await until("many events", () => text.includes("event: skipped"));
  await until("the newest of them", () => text.split("event: event").length === 501);
  stream.destroy();
});

test("while nobody listens nothing is asked of the database; those who listen to the same thing cost one statement together", async () => {
  const statements: string[] = [];
  const events = inProcess(statements);
  assert.equal(statements.length, 0);
  const asked = await listening();
  const streams = [await events.listen(asked), await events.listen(asked)];
  assert.deepEqual([statements.length, events.openFeeds], [2, 1], "each who comes has a look of their own");
  const texts = streams.map((stream) => {
    const text: string[] = [];
    stream.setEncoding("utf8").on("data", (chunk: string) => text.push(chunk));
    return text;
  });
  const id = await ingest(acme);
  await until("the event", () => texts.every((text) => text.join("").includes(id)));
  const looks = statements.length;
  for (const stream of streams) stream.destroy();
  // What is under way, and then none: a listener who comes later opens a new feed.
  await until("the end of the feed", () => events.openFeeds === 0);
  assert.ok(statements.length <= looks + 1);
  assert.ok(looks <= 4, "a look a second for both");
});

test("of large events, too, no more is sent at once than fits", async () => {
  clock.advance(60_000);
  const noise = () => Array.from({ length: 8_000 }, () => createId(new Date())).join("");
  for (let large = 0; large < 8; large++) await ingest(acme, { properties: { noise: noise() } });
  const lastEventId = String(clock.now().getTime());
  const stream = await inProcess().listen(await listening({ lastEventId }));
  assert.ok(stream.readableLength > 0 && stream.readableLength < 1_500_000, `${stream.readableLength} bytes`);
  assert.match(String(stream.read()) + String(stream.read() ?? ""), /event: skipped/);
  stream.destroy();
});

test("a client that keeps its connection and reads nothing is cut off", async () => {
  clock.advance(60_000);
  const socket = net.connect(await portOf(app), "127.0.0.1");
  after(() => socket.destroy());
  await once(socket, "connect");
  socket.pause();
  socket.write(`GET /v1/events/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${api.key}\r\n\r\n`);
  socket.on("error", () => undefined);
  let isOver = false;
  socket.once("close", () => (isOver = true));
  // Far beyond what the system itself keeps for it.
  for (let large = 0; large < 200 && !isOver; large++) {
    await ingestMany(10, { noise: Array.from({ length: 2_000 }, () => createId(new Date())).join("") });
    isOver = (await connections(app)) === 0;
  }
  assert.ok(isOver);
});

test("a database that is away refuses new listeners, and those who listen hear of nothing until it is back", async () => {
  let isAway = false;
  const shaky = {
    ...database,
    query: <Row extends object>(statement: Parameters<typeof database.query>[0]) =>
      isAway ? Promise.reject(new Error("away")) : database.query<Row>(statement),
  };
  const events = new LiveEvents({ database: shaky, clock, log: pino({ level: "silent" }) });
  clock.advance(60_000);
  const stream = await events.listen(await listening());
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => void (text += chunk));
  isAway = true;
  await assert.rejects(events.listen(await listening()), { code: "SERVICE_UNAVAILABLE" });
  const meanwhile = await ingest(acme);
  isAway = false;
  await until("what came meanwhile", () => text.includes(meanwhile));
  events.close();
  await until("its end", () => stream.readableEnded);
  await assert.rejects(events.listen(await listening()), { code: "SERVICE_UNAVAILABLE" });
});

test("a server that stops ends its streams, and waits for nobody who listens", async () => {
  const stream = await listen("", {}, other.app);
  await other.app.close();
  await until("the end of the stream", () => stream.isEnded());
});
