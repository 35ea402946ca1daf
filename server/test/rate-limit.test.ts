import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "../src/platform/db.ts";
import { startTestApp } from "./harness.ts";

const limited = await startTestApp({ now: "2026-03-10T12:00:30.000Z", rateLimitPerMinute: 3 });
const unlimited = await startTestApp({ rateLimitPerMinute: 0 });

test("requests over the limit are refused until the window ends, over both modes of a company together", async () => {
  const { test: api, live, clock } = limited;
  const reset = String(Date.parse("2026-03-10T12:01:00Z") / 1_000);
  for (const [caller, remaining] of [
    [api, "2"],
    [live, "1"],
    [api, "0"],
  ] as const) {
    const { status, headers } = await caller.get("/v1/customers");
    assert.equal(status, 200);
    assert.equal(headers["x-ratelimit-limit"], "3");
    assert.equal(headers["x-ratelimit-remaining"], remaining);
    assert.equal(headers["x-ratelimit-reset"], reset);
  }
  clock.advance(10_000);
  const refused = await api.get("/v1/customers");
  assert.equal(refused.status, 429);
  assert.equal(refused.body.error.code, "RATE_LIMIT_EXCEEDED");
  assert.equal(refused.headers["retry-after"], "20");
  assert.equal(refused.headers["x-ratelimit-remaining"], "0");
  clock.advance(20_000);
  assert.equal((await api.get("/v1/customers")).status, 200);
});

test("errors count and carry the headers as well", async () => {
  limited.clock.advance(60_000);
  const missing = await limited.test.get(`/v1/customers/c${"0".repeat(24)}`);
  assert.equal(missing.status, 404);
  assert.equal(missing.headers["x-ratelimit-remaining"], "2");
});

test("a company's own setting wins over the server's, and 0 is no limit", async () => {
  limited.clock.advance(60_000);
  await limited.database.query(sql`update companies set rate_limit_per_minute = 1`);
  limited.clock.advance(60_000);
  assert.equal((await limited.test.get("/v1/customers")).status, 200);
  assert.equal((await limited.test.get("/v1/customers")).status, 429);
  const free = await unlimited.test.get("/v1/customers");
  assert.equal(free.headers["x-ratelimit-limit"], undefined);
});
