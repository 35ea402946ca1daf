import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { answer, cutOff, refuse, reset, startScriptedServer, type Script } from "../test/scripted-server.ts";
import { AfternoonClient } from "./client.ts";
import {
  AfternoonError,
  ApiError,
  AuthenticationError,
  ConflictError,
  ConnectionError,
  NotFoundError,
  RateLimitError,
  ServerError,
  TimeoutError,
  ValidationError,
} from "./errors.ts";
import { Resources } from "./generated/resources.ts";
import { version } from "./generated/version.ts";
import { Transport, type ClientOptions } from "./transport.ts";

const token = "ak_test_0123456789abcdefghijklmnopqrstuv";
const ok = answer(200, { success: true, customer: { id: "c1" }, request_id: "req_1" });

/** A client of a server that follows `scripts`, which does not wait between its tries but notes how long it would have. */
async function startClient(scripts: Script[], options: Partial<ClientOptions> = {}) {
  const { url, requests } = await startScriptedServer(...scripts);
  const waits: number[] = [];
  const wait = async (durationMs: number) => void waits.push(durationMs);
  const client = new Resources(new Transport({ token, baseUrl: url, ...options }, wait));
  return { client, requests, waits, url };
}

test("a request carries the key, says what it is, and gives back the whole answer", async () => {
  const { client, requests } = await startClient([ok]);
  const body = await client.customers.create({ name: "Acme" }, { headers: { "X-Trace": "t1" } });
  assert.deepEqual(body, { success: true, customer: { id: "c1" }, request_id: "req_1" });
  const [request] = requests;
  assert.equal(request?.method, "POST");
  assert.equal(request?.url, "/v1/customers");
  assert.equal(request?.body, '{"name":"Acme"}');
  assert.equal(request?.headers.authorization, `Bearer ${token}`);
  assert.equal(request?.headers["content-type"], "application/json");
  assert.equal(request?.headers["user-agent"], `afternoon-sdk/${version}`);
  assert.equal(request?.headers["x-trace"], "t1");
});

test("path parameters are encoded, query fields written, absent ones left out", async () => {
  const { client, requests } = await startClient([ok, ok]);
  await client.customers.get("a/b?c=d ü");
  await client.customers.search({ name: "A & B", first_name: undefined });
  assert.deepEqual(
    requests.map(({ url }) => url),
    ["/v1/customers/a%2Fb%3Fc%3Dd%20%C3%BC", "/v1/customers/search?name=A+%26+B"],
  );
});

test("an id that would address another resource is refused before anything is sent", async () => {
  const { client, requests } = await startClient([]);
  for (const id of ["", ".", ".."]) await assert.rejects(client.customers.delete(id), AfternoonError);
  assert.equal(requests.length, 0);
});

test("a base URL may end in slashes and have a path", async () => {
  const { url, requests } = await startScriptedServer(ok);
  await new AfternoonClient({ token, baseUrl: `${url}/billing//` }).customers.get("c1");
  assert.equal(requests[0]?.url, "/billing/v1/customers/c1");
});

test("without a key, with one that no header can hold, or without an address there is no client", () => {
  assert.throws(() => new AfternoonClient({ token: "" }), AfternoonError);
  assert.throws(() => new AfternoonClient({} as ClientOptions), AfternoonError);
  assert.throws(
    () => new AfternoonClient({ token: "ak_test_a\nb" }),
    (error: Error) => error instanceof AfternoonError && !error.message.includes("ak_test"),
  );
  assert.throws(() => new AfternoonClient({ token, baseUrl: "api.afternoon.co" }), AfternoonError);
});

test("a printed client does not show its key", () => {
  assert.doesNotMatch(inspect(new AfternoonClient({ token }), { depth: 9, showHidden: true }), /ak_test/);
});

test("a given fetch is used in place of the global one", async () => {
  const seen: unknown[] = [];
  const own: typeof fetch = async (input) => {
    seen.push(input);
    return Response.json({ success: true });
  };
  await new AfternoonClient({ token, fetch: own }).health.check();
  assert.deepEqual(seen, ["https://api.afternoon.co/health"]);
});

for (const status of [408, 429, 500, 502, 503, 504]) {
  test(`a ${status} is tried again with the same idempotency key and body`, async () => {
    const { client, requests } = await startClient([refuse(status, "INTERNAL_ERROR"), ok]);
    await client.customers.create({ name: "Acme" });
    assert.equal(requests.length, 2);
    const [first, second] = requests;
    assert.match(String(first?.headers["idempotency-key"]), /^[0-9a-f-]{36}$/);
    assert.equal(second?.headers["idempotency-key"], first?.headers["idempotency-key"]);
    assert.equal(second?.body, first?.body);
  });
}

test("every call has an idempotency key of its own, unless the caller gives one; a GET has none", async () => {
  const { client, requests } = await startClient([ok, ok, ok, ok]);
  await client.customers.create({ name: "Acme" });
  await client.customers.update("c1", { name: "Acme" });
  await client.customers.create({ name: "Acme" }, { idempotencyKey: "order-17" });
  await client.customers.get("c1");
  const keys = requests.map(({ headers }) => headers["idempotency-key"]);
  assert.equal(new Set(keys).size, 4);
  assert.deepEqual(keys.slice(2), ["order-17", undefined]);
});

test("a reset connection and an answer cut off in the middle are tried again", async () => {
  const { client, requests } = await startClient([reset, cutOff, ok]);
  await client.customers.create({ name: "Acme" });
  assert.equal(new Set(requests.map(({ headers }) => headers["idempotency-key"])).size, 1);
  assert.equal(requests.length, 3);
});

test("after the last retry the connection's error is thrown with its cause", async () => {
  const { client, requests } = await startClient([reset, reset, reset]);
  await assert.rejects(
    client.customers.get("c1"),
    (error) => error instanceof ConnectionError && error.cause instanceof Error,
  );
  assert.equal(requests.length, 3);
});

const stall: Script = () => {};
const stallInBody: Script = (response) => void response.writeHead(200).write("{");

for (const [name, script] of Object.entries({ "no answer": stall, "half an answer": stallInBody })) {
  test(`${name} within the time limit is tried again, and ends in a TimeoutError`, async () => {
    const keys: (string | null)[] = [];
    const counted: typeof fetch = async (input, init) => {
      keys.push(new Headers(init?.headers).get("Idempotency-Key"));
      return fetch(input, init);
    };
    // However slow the machine: nothing ever ends a try but the limit.
    const { client } = await startClient([script, script, script], { fetch: counted, timeoutMs: 50 });
    await assert.rejects(client.customers.create({ name: "Acme" }), TimeoutError);
    assert.equal(keys.length, 3);
    assert.equal(new Set(keys).size, 1);
  });
}

test("a call's own time limit and retries win over the client's", async () => {
  const { client, waits } = await startClient([stall], { timeoutMs: 0, maxRetries: 9 });
  await assert.rejects(client.customers.get("c1", { timeoutMs: 20, maxRetries: 0 }), TimeoutError);
  assert.deepEqual(waits, []);
});

test("Retry-After says how long to wait; without it the wait doubles, less up to half at random", async () => {
  const later = new Date(Date.now() + 3_600_000).toUTCString();
  const asked = await startClient([
    refuse(429, "RATE_LIMIT_EXCEEDED", { "Retry-After": "7" }),
    refuse(503, "X", { "Retry-After": "0" }),
    ok,
  ]);
  await asked.client.customers.get("c1");
  assert.deepEqual(asked.waits, [7_000, 0]);

  const unasked = await startClient([...Array.from({ length: 6 }, () => refuse(503, "X")), ok], { maxRetries: 6 });
  await unasked.client.customers.get("c1");
  for (const [retry, limit] of [500, 1_000, 2_000, 4_000, 8_000, 8_000].entries()) {
    const wait = unasked.waits[retry] ?? -1;
    assert.ok(wait >= limit / 2 && wait <= limit, `wait ${retry} was ${wait}`);
  }

  const tooLong = await startClient([refuse(429, "RATE_LIMIT_EXCEEDED", { "Retry-After": later })]);
  await assert.rejects(tooLong.client.customers.get("c1"), RateLimitError);
  assert.deepEqual(tooLong.waits, []);
});

test("the real wait of no seconds ends", async () => {
  const { url, requests } = await startScriptedServer(refuse(429, "RATE_LIMIT_EXCEEDED", { "Retry-After": "0" }), ok);
  await new AfternoonClient({ token, baseUrl: url }).customers.get("c1");
  assert.equal(requests.length, 2);
});

test("after the last retry a 429 is thrown, with how long to wait", async () => {
  const limited = refuse(429, "RATE_LIMIT_EXCEEDED", { "Retry-After": "7" });
  const { client, requests } = await startClient([limited, limited], { maxRetries: 1 });
  await assert.rejects(
    client.customers.get("c1"),
    (error) => error instanceof RateLimitError && error.retryAfterMs === 7_000,
  );
  assert.equal(requests.length, 2);
});

test("a 409 is tried again only while the same key is in flight", async () => {
  const waiting = await startClient([refuse(409, "IDEMPOTENCY_KEY_IN_FLIGHT"), ok]);
  await waiting.client.customers.create({ name: "Acme" });
  assert.equal(waiting.requests.length, 2);

  const refused = await startClient([refuse(409, "IDEMPOTENCY_KEY_REUSED")]);
  await assert.rejects(refused.client.customers.create({ name: "Acme" }), ConflictError);
  assert.equal(refused.requests.length, 1);
});

const refusals = [
  { status: 400, code: "VALIDATION_ERROR", Type: ValidationError },
  { status: 401, code: "INVALID_API_KEY", Type: AuthenticationError },
  { status: 404, code: "CUSTOMER_NOT_FOUND", Type: NotFoundError },
  { status: 405, code: "METHOD_NOT_ALLOWED", Type: ApiError },
  { status: 413, code: "PAYLOAD_TOO_LARGE", Type: ApiError },
  { status: 422, code: "OF_A_NEWER_SERVER", Type: ApiError },
];

for (const { status, code, Type } of refusals) {
  test(`a ${status} is not tried again and throws ${Type.name} with all that the answer says`, async () => {
    const details = [{ path: "name", message: "Is required." }];
    const body = { success: false, error: { code, message: "No.", details }, request_id: "req_9" };
    const { client, requests } = await startClient([answer(status, body, { "X-Custom": "1" })]);
    const error: unknown = await client.customers.get("c1").catch((reason: unknown) => reason);
    assert.ok(error instanceof Type && error instanceof AfternoonError && error instanceof Error);
    assert.equal(error.name, Type.name);
    assert.deepEqual([error.status, error.code, error.message, error.requestId], [status, code, "No.", "req_9"]);
    assert.deepEqual(error.details, details);
    assert.equal(error.headers.get("X-Custom"), "1");
    assert.equal(requests.length, 1);
  });
}

test("a proxy's page is an error that shows its beginning, whatever its status", async () => {
  const page = `<html><h1>Bad Gateway</h1>${" ".repeat(1_000)}</html>`;
  const html = { "Content-Type": "text/html", "X-Request-Id": "proxy-1" };
  const failed = await startClient([answer(502, page, html)], { maxRetries: 0 });
  const error: unknown = await failed.client.customers.get("c1").catch((reason: unknown) => reason);
  assert.ok(error instanceof ServerError);
  assert.deepEqual([error.status, error.code, error.requestId], [502, null, "proxy-1"]);
  assert.match(error.message, /502.*<h1>Bad Gateway<\/h1>/);
  assert.ok(error.message.length < 300);

  const fooled = await startClient([answer(200, page, html)]);
  await assert.rejects(
    fooled.client.customers.get("c1"),
    (reason) => reason instanceof ApiError && reason.status === 200,
  );
  assert.equal(fooled.requests.length, 1);
});

test("a JSON error in another form, and an empty one, are errors too", async () => {
  const { client } = await startClient([answer(403, { message: "Forbidden by the gateway" }), answer(403, "")]);
  await assert.rejects(client.customers.get("c1"), {
    name: "ApiError",
    status: 403,
    code: null,
    message: /Forbidden by the gateway/,
  });
  await assert.rejects(client.customers.get("c1"), { name: "ApiError", status: 403, message: /empty/ });
});

test("a redirect is not followed: a POST would become a GET", async () => {
  const { client, requests } = await startClient([
    answer(301, "", { Location: "https://elsewhere.example/v1/customers" }),
  ]);
  await assert.rejects(client.customers.create({ name: "Acme" }), {
    status: 301,
    message: /https:\/\/elsewhere\.example/,
  });
  assert.equal(requests.length, 1);
});

test("an aborted signal stops a call before, while and between its tries, with the signal's reason", async () => {
  const reason = new Error("no longer wanted");
  const before = await startClient([]);
  await assert.rejects(before.client.customers.get("c1", { signal: AbortSignal.abort(reason) }), reason);
  assert.equal(before.requests.length, 0);

  const during = new AbortController();
  const stalled = await startClient([() => during.abort(reason)]);
  await assert.rejects(stalled.client.customers.get("c1", { signal: during.signal }), reason);
  assert.equal(stalled.requests.length, 1);

  const between = new AbortController();
  let listeners = 0;
  between.signal.addEventListener = (...args: Parameters<AbortSignal["addEventListener"]>) => {
    AbortSignal.prototype.addEventListener.apply(between.signal, args);
    // The first listens during the try, the second during the wait.
    listeners += 1;
    if (listeners === 2) queueMicrotask(() => between.abort(reason));
  };
  const { url, requests } = await startScriptedServer(refuse(503, "X", { "Retry-After": "59" }));
  const waiting = new AfternoonClient({ token, baseUrl: url });
  await assert.rejects(waiting.customers.get("c1", { signal: between.signal }), reason);
  assert.deepEqual([listeners, requests.length], [2, 1]);
});

test("what cannot be sent is refused before anything is sent", async () => {
  const { client, requests } = await startClient([]);
  await assert.rejects(
    client.customers.create({ name: "Acme", metadata: { big: 1n as unknown as string } }),
    TypeError,
  );
  assert.equal(requests.length, 0);
});
