import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { sql } from "../platform/db.ts";
import { startTestApp, type Api } from "../../test/harness.ts";
import { isAllowed, lookUp } from "./address.ts";
import { deliverWebhooks } from "./webhooks.ts";

const { database, clock, test: api, live } = await startTestApp();
const second = 1_000;
const hour = 3_600 * second;

type Received = { id: string; headers: IncomingHttpHeaders; body: string };
/** An endpoint's server of the test's own; `status` is what it answers with. */
async function listen(answer: { status: number; headers?: Record<string, string> } = { status: 204 }) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { headers } = request;
      received.push({ id: String(headers["webhook-id"]), headers, body: Buffer.concat(chunks).toString("utf8") });
      response.writeHead(answer.status, answer.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => void server.close());
  return { received, answer, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks` };
}

async function endpoint(url: string, fields: object = {}) {
  const answer = await api.post("/v1/webhook-endpoints", { url, ...fields });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.webhook_endpoint;
}

/** Something happens to a new customer: their balance is low as soon as somebody looks. */
async function happen(by: Api = api): Promise<string> {
  const { id } = (await by.post("/v1/customers", { name: "Ada" })).body.customer;
  await by.post(`/v1/customers/${id}/balance-alerts`, { threshold: "10", currency_code: "usd" });
  const [event] = (await by.get(`/v1/webhook-events?customer_id=${id}`)).body.webhook_events;
  assert.equal(event.type, "balance.low");
  return event.id;
}

const deliver = () => deliverWebhooks(database, clock);
const deliveriesOf = async (id: string) =>
  (await api.get(`/v1/webhook-endpoints/${id}/deliveries`)).body.webhook_deliveries;
const endpointOf = async (id: string) => (await api.get(`/v1/webhook-endpoints/${id}`)).body.webhook_endpoint;
const forget = (id: string) => api.delete(`/v1/webhook-endpoints/${id}`);

test("an event is sent once to each endpoint that wants it, as the API shows it, with a signature that the standard's library verifies", async () => {
  // The library compares with the clock of the machine.
  clock.set(new Date().toISOString());
  const [all, some, other] = [await listen(), await listen(), await listen()];
  const { id, secret } = await endpoint(all.url);
  const others = [
    await endpoint(some.url, { event_types: ["balance.low"] }),
    await endpoint(other.url, { event_types: ["invoice.paid"] }),
  ];
  const eventId = await happen();
  assert.equal((await deliveriesOf(id))[0].status, "waiting");
  await deliver();
  await deliver();
  assert.deepEqual([all.received.length, some.received.length, other.received.length], [1, 1, 0]);
  const [{ headers, body }] = all.received as [Received];
  const verified = new Webhook(secret).verify(body, headers as Record<string, string>);
  const event = (await api.get(`/v1/webhook-events/${eventId}`)).body.webhook_event;
  assert.deepEqual(verified, event);
  assert.throws(() => new Webhook(secret).verify(`${body} `, headers as Record<string, string>));
  const [delivery] = await deliveriesOf(id);
  assert.deepEqual(
    [delivery.webhook_event_id, delivery.status, delivery.attempts, delivery.response_status, delivery.next_attempt_at],
    [eventId, "delivered", 1, 204, null],
  );
  for (const each of [id, ...others.map((one) => one.id)]) await forget(each);
});

test("what happens is sent in its order", async () => {
  const { received, url } = await listen();
  const { id } = await endpoint(url);
  const happened: string[] = [];
  for (let count = 0; count < 5; count++) happened.push(await happen());
  await deliver();
  assert.deepEqual(
    received.map((each) => each.id),
    happened,
  );
  await forget(id);
});

test("a secret that is replaced signs for a day more", async () => {
  clock.set(new Date().toISOString());
  const { received, url } = await listen();
  const old = await endpoint(url);
  const renewed = (await api.post(`/v1/webhook-endpoints/${old.id}/rotate-secret`)).body.webhook_endpoint;
  assert.match(renewed.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.notEqual(renewed.secret, old.secret);
  await happen();
  await deliver();
  const [{ body, headers }] = received as [Received];
  for (const { secret } of [old, renewed]) new Webhook(secret).verify(body, headers as Record<string, string>);
  clock.advance(24 * hour);
  await happen();
  await deliver();
  assert.equal(String(received[1]?.headers["webhook-signature"]).split(" ").length, 1);
  assert.equal((await endpointOf(old.id)).secret, undefined);
  await forget(old.id);
});

test("what is not taken is sent again, later each time, with the same id; given up after three days, and the endpoint turned off", async () => {
  const { received, answer, url } = await listen({ status: 500 });
  const { id } = await endpoint(url);
  const eventId = await happen();
  const start = clock.now().getTime();
  await deliver();
  await deliver();
  assert.equal(received.length, 1, "not before its next try");
  for (let waited = 30; waited <= 240; waited *= 2) {
    clock.advance((waited - 1) * second);
    await deliver();
    const sent: number = received.length;
    clock.advance(second);
    await deliver();
    assert.equal(received.length, sent + 1, `${waited} seconds later`);
  }
  assert.deepEqual(new Set(received.map((each) => each.id)), new Set([eventId]));
  assert.notEqual((await endpointOf(id)).failing_since, null);
  for (let tries = 0; (await deliveriesOf(id))[0].status === "waiting"; tries++) {
    assert.ok(tries < 20);
    clock.set((await deliveriesOf(id))[0].next_attempt_at);
    await deliver();
  }
  const [failed] = await deliveriesOf(id);
  assert.deepEqual([failed.status, failed.response_status, failed.next_attempt_at], ["failed", 500, null]);
  const days = (clock.now().getTime() - start) / (24 * hour);
  assert.ok(days > 2 && days <= 3, `given up after ${days} days`);
  await happen();
  clock.advance(24 * hour);
  await deliver();
  const off = await endpointOf(id);
  assert.deepEqual([off.is_on, off.off_reason], [false, "failing"]);
  const tried = received.length;
  await happen();
  clock.advance(24 * hour);
  await deliver();
  assert.equal(received.length, tried, "nothing is sent to what is off");

  answer.status = 200;
  const on = (await api.patch(`/v1/webhook-endpoints/${id}`, { is_on: true })).body.webhook_endpoint;
  assert.deepEqual([on.is_on, on.off_reason, on.failing_since], [true, null, null]);
  const retried = await api.post(`/v1/webhook-endpoints/${id}/deliveries/${eventId}/retry`);
  assert.equal(retried.body.webhook_delivery.status, "waiting", retried.text);
  await deliver();
  assert.deepEqual(
    (await deliveriesOf(id)).map(({ status }: { status: string }) => status),
    ["delivered", "delivered"],
  );
  await forget(id);
});

test("processes that deliver at once send an event once; one that dies before it writes so down sends it again with the same id", async () => {
  const { received, url } = await listen();
  const { id } = await endpoint(url);
  const happened = [await happen(), await happen(), await happen()];
  await Promise.all([deliver(), deliver(), deliver()]);
  assert.deepEqual(received.map((each) => each.id).toSorted(), happened.toSorted());
  // As a process leaves it that is killed after the answer.
  await database.query(
    sql`update webhook_deliveries set status = 'waiting', ended_at = null, send_at = ${clock.now()}
        where webhook_endpoint_id = ${id} and webhook_event_id = ${happened[0]}`,
  );
  await deliver();
  assert.equal(received.length, 4);
  assert.equal(received.at(-1)?.id, happened[0]);
  await forget(id);
});

test("a redirect is not followed, and an endpoint that is away holds up no other", async () => {
  const elsewhere = await listen();
  const redirecting = await listen({ status: 302, headers: { location: elsewhere.url } });
  const good = await listen();
  const made = [
    await endpoint("http://127.0.0.1:1/nobody"),
    await endpoint(redirecting.url),
    await endpoint(good.url),
  ] as const;
  await happen();
  await deliver();
  assert.deepEqual([elsewhere.received.length, redirecting.received.length, good.received.length], [0, 1, 1]);
  const [away] = await deliveriesOf(made[0].id);
  assert.match(away.last_error, /ECONNREFUSED/);
  assert.deepEqual([away.status, away.response_status], ["waiting", null]);
  assert.match((await deliveriesOf(made[1].id))[0].last_error, /302/);
  for (const { id } of made) await forget(id);
});

test("an endpoint that is deleted gets nothing more", async () => {
  const { received, url } = await listen();
  const { id } = await endpoint(url);
  await happen();
  await forget(id);
  await deliver();
  assert.equal(received.length, 0);
  assert.equal((await api.get(`/v1/webhook-endpoints/${id}/deliveries`)).status, 404);
});

test("nothing is sent into a private network: by no form of its address, nor by a name that leads there", async () => {
  const refused: [url: string, by: Api][] = [
    ["http://example.com/hooks", live],
    ["https://127.0.0.1/hooks", live],
    ["https://[::1]/hooks", live],
    ["https://2130706433/hooks", live],
    ["https://10.1.2.3/hooks", live],
    ["https://user:word@example.com/", live],
    ["http://169.254.169.254/latest/meta-data", api],
    ["http://[::ffff:10.0.0.1]/", api],
    ["http://[fd00::1]/", api],
    ["http://192.168.1.1/", api],
    ["ftp://example.com/", api],
  ];
  for (const [url, by] of refused) {
    const answer = await by.post("/v1/webhook-endpoints", { url });
    assert.deepEqual([answer.status, answer.body.error.code], [400, "VALIDATION_ERROR"], url);
    assert.equal(answer.body.error.details[0].path, "url", url);
  }
  assert.equal((await live.post("/v1/webhook-endpoints", { url: "https://example.com/hooks" })).status, 201);
  for (const address of ["::ffff:127.0.0.1", "0.0.0.0", "100.64.1.1", "64:ff9b::a00:1", "fe80::1", "::"])
    assert.equal(isAllowed(address, "live"), false, address);
  for (const address of ["1.1.1.1", "172.32.0.1", "2606:4700:4700::1111"])
    assert.equal(isAllowed(address, "live"), true, address);
  const found = (mode: "live" | "test") =>
    new Promise<Error | null>((resolve) => lookUp(mode)("localhost", { all: true }, (error) => resolve(error)));
  assert.match(String(await found("live")), /private network/);
  assert.equal(await found("test"), null);
});
