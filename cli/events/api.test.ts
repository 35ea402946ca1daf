import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, cutOff, refuse, reset, startScriptedServer } from "../../sdk/test/scripted-server.ts";
import { request } from "./api.ts";

test("a server that is busy, away or cut off is asked again with the same body until it has answered", async () => {
  const { url, requests } = await startScriptedServer(
    refuse(429, "RATE_LIMIT_EXCEEDED", { "Retry-After": "0" }),
    reset,
    refuse(503, "SERVICE_UNAVAILABLE", { "Retry-After": "2" }),
    answer(200, '{"results":[],"exact":0.30000000000000000001}'),
  );
  const told: string[] = [];
  const server = { baseUrl: `${url}/`, key: "ak_test_key", tell: (line: string) => void told.push(line) };
  const { status, body } = await request(server, "POST", "/v1/events/ingest-batch", '{"events":[]}');
  assert.equal(status, 200);
  assert.equal(String(body.exact), "0.30000000000000000001");
  assert.deepEqual(
    requests.map(({ method, url, headers, body }) => [method, url, headers.authorization, body]),
    Array.from({ length: 4 }, () => ["POST", "/v1/events/ingest-batch", "Bearer ak_test_key", '{"events":[]}']),
  );
  assert.deepEqual(told, [
    "The server cannot take the request (it answers 429); trying again in 0 s.",
    "The server cannot take the request (UND_ERR_SOCKET); trying again in 1 s.",
    "The server cannot take the request (it answers 503); trying again in 2 s.",
  ]);
});

test("an answer that is cut off in the middle is none", async () => {
  const { url, requests } = await startScriptedServer(cutOff, answer(400, { error: { code: "VALIDATION_ERROR" } }));
  const { status } = await request({ baseUrl: url, key: "ak_test_key", tell: () => {} }, "GET", "/v1/events");
  assert.deepEqual([status, requests.length], [400, 2]);
});
