import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { createApp } from "../src/app.ts";
import { createDatabase } from "../src/platform/db.ts";
import { startTestApp } from "./harness.ts";

const { app, test: api, as, clock } = await startTestApp();

test("health and readiness need no key", async () => {
  for (const path of ["/health", "/ready"]) {
    const answer = await app.inject({ url: path });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.json().success, true);
    assert.match(answer.json().request_id, /^req_/);
  }
});

test("every authentication error is the documented one", async () => {
  const cases: [string | undefined, string, string][] = [
    [undefined, "UNAUTHORIZED", "Missing or invalid Authorization header"],
    ["ak_live_abc", "UNAUTHORIZED", "Missing or invalid Authorization header"],
    ["Basic abc", "UNAUTHORIZED", "Missing or invalid Authorization header"],
    ["Bearer sk_live_abc", "INVALID_API_KEY", "Invalid API key format"],
    ["Bearer ak_other_abc", "INVALID_API_KEY", "Invalid API key format"],
    ["Bearer ak_live_abc", "INVALID_API_KEY", "Invalid API key"],
  ];
  for (const [authorization, code, message] of cases) {
    const answer = await app.inject({
      url: "/v1/customers",
      headers: authorization === undefined ? {} : { authorization },
    });
    assert.equal(answer.statusCode, 401);
    assert.deepEqual(answer.json().error, { code, message });
    assert.equal(answer.json().success, false);
    assert.equal(answer.json().request_id, answer.headers["x-request-id"]);
  }
});

test("a revoked key is refused as revoked", async () => {
  const { body } = await api.post("/v1/api-keys", { name: "short-lived" });
  const other = as(body.api_key.key);
  assert.equal((await other.get("/v1/customers")).status, 200);
  await api.post(`/v1/api-keys/${body.api_key.id}/revoke`);
  clock.advance(1_000);
  const refused = await other.get("/v1/customers");
  assert.equal(refused.status, 401);
  assert.deepEqual(refused.body.error, { code: "API_KEY_REVOKED", message: "API key has been revoked" });
});

test("what is not a request of ours gets the envelope too", async () => {
  const cases: [string, string, string | undefined, Record<string, string>, number, string][] = [
    ["GET", "/v1/nothing", undefined, {}, 404, "NOT_FOUND"],
    ["PUT", "/v1/customers", undefined, {}, 405, "METHOD_NOT_ALLOWED"],
    ["GET", "/v1/customers/not-an-id", undefined, {}, 404, "CUSTOMER_NOT_FOUND"],
    ["GET", `/v1/customers/c${"0".repeat(24)}`, undefined, {}, 404, "CUSTOMER_NOT_FOUND"],
    ["GET", `/v1/customers/${"x".repeat(1_000)}`, undefined, {}, 404, "CUSTOMER_NOT_FOUND"],
    ["POST", "/v1/customers", "{", {}, 400, "INVALID_JSON"],
    ["POST", "/v1/customers", '{"name":"\\u0000"}', {}, 400, "VALIDATION_ERROR"],
    ["POST", "/v1/customers", '{"name":"\\ud800"}', {}, 400, "VALIDATION_ERROR"],
    ["POST", "/v1/customers", "[".repeat(100_000), {}, 400, "INVALID_JSON"],
    ["POST", "/v1/customers", '{"name":1e999999999}', {}, 400, "VALIDATION_ERROR"],
    ["POST", "/v1/customers", "{}", { "content-type": "text/plain" }, 415, "UNSUPPORTED_MEDIA_TYPE"],
    [
      "POST",
      "/v1/customers",
      "{}",
      { "content-type": "application/json; charset=latin1" },
      415,
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    ["POST", "/v1/customers", `{"name":"${"x".repeat(1024 * 1024)}"}`, {}, 413, "PAYLOAD_TOO_LARGE"],
    ["GET", "/v1/customers?limit=0", undefined, {}, 400, "VALIDATION_ERROR"],
    ["GET", "/v1/customers?limit=101", undefined, {}, 400, "VALIDATION_ERROR"],
    ["GET", "/v1/customers?cursor=abc", undefined, {}, 400, "VALIDATION_ERROR"],
    ["GET", "/v1/customers/%ff", undefined, {}, 404, "NOT_FOUND"],
  ];
  for (const [method, path, body, headers, status, code] of cases) {
    const answer = await api.request(method, path, body, headers);
    const seen = `${method} ${path.slice(0, 60)} ${body?.slice(0, 40) ?? ""}: ${answer.text.slice(0, 300)}`;
    assert.equal(answer.status, status, seen);
    assert.equal(answer.body.error.code, code, seen);
    assert.equal(answer.body.request_id, answer.headers["x-request-id"], seen);
  }
});

test("a method that a path does not take is told which it takes", async () => {
  const answer = await api.request("PUT", "/v1/customers");
  assert.deepEqual(answer.headers.allow?.split(", ").toSorted(), ["GET", "HEAD", "POST"]);
});

test("without its database the server says so, lives, and does not take a key for wrong", async () => {
  const connection = { host: "/nowhere", database: "none", user: "none" };
  const database = createDatabase({ connection, preparedStatements: true, onError: () => {} });
  const lonely = createApp({ database, clock, log: pino({ level: "silent" }), rateLimitPerMinute: 0, publicUrl: "" });
  const headers = { authorization: `Bearer ak_test_${"0".repeat(32)}` };
  assert.equal((await lonely.inject({ url: "/health" })).statusCode, 200);
  for (const url of ["/ready", "/v1/customers"]) {
    const answer = await lonely.inject({ url, headers });
    assert.equal(answer.statusCode, 503);
    assert.equal(answer.json().error.code, "SERVICE_UNAVAILABLE");
    assert.equal(answer.headers["retry-after"], "1");
  }
  await lonely.close();
  await database.close();
});

test("numbers that would be many digits once written out are refused before they cost anything", async () => {
  const many = `{"name":"x","numbers":[${"1e399,".repeat(10_000)}1]}`;
  const answer = await api.post("/v1/customers", many);
  assert.equal(answer.status, 400);
  assert.equal(answer.body.error.code, "VALIDATION_ERROR");
});
