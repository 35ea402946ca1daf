import assert from "node:assert/strict";
import { after, test } from "node:test";
import { pino } from "pino";
import { RateLimiter } from "../src/http/rate-limit.ts";
import { createDatabase, sql } from "../src/platform/db.ts";
import { openTestApp, startTestApp } from "./harness.ts";

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

let minute = 0;

type Process = { limiter: RateLimiter; count(limit: number): Promise<number> };

/** Limiters of as many processes, in a minute that none of them has seen. */
function openLimiters(processes: number, patienceMs = 10_000): Process[] {
  minute += 1;
  const now = new Date(Date.UTC(2026, 5, 1, 0, minute));
  const { companyId } = limited.company;
  return Array.from({ length: processes }, () => {
    const limiter = new RateLimiter({ db: limited.database, log: pino({ level: "silent" }), patienceMs });
    const count = async (limit: number) => (await limiter.count(companyId, limit, now))?.remaining ?? 0;
    return { limiter, count };
  });
}

/** How many of `requests` at the same time are let through, by `limiters` in turn. */
async function countAtOnce(limiters: Process[], requests: number, limit: number) {
  const counts = Array.from({ length: requests }, async (_, index) => {
    const process = limiters[index % limiters.length] as Process;
    return process.count(limit);
  });
  return (await Promise.all(counts)).filter((remaining) => remaining >= 0).length;
}

async function takenOf(companyId: string): Promise<number> {
  const rows = await limited.database.query<{ taken: number }>(
    sql`select taken from rate_limits where company_id = ${companyId}`,
  );
  return rows[0]?.taken ?? 0;
}

for (const limit of [1, 7, 100, 1_000, 10_000]) {
  test(`one process lets exactly ${limit} of ${limit} through, and says how many are left`, async () => {
    const [{ count }] = openLimiters(1) as [Process];
    for (let left = limit - 1; left >= 0; left--) assert.equal(await count(limit), left);
    assert.equal(await count(limit), -1);
  });

  test(`four processes under load let exactly ${limit} of ${limit} through together`, async () => {
    const limiters = openLimiters(4);
    let passed = 0;
    for (let sent = 0; sent < 2 * limit; sent += 50) passed += await countAtOnce(limiters, 50, limit);
    assert.equal(passed, limit);
  });
}

test("a process that gets no more requests keeps at most a hundredth of the limit from the others", async () => {
  const [idle, busy] = openLimiters(2) as [Process, Process];
  const before = await countAtOnce([idle], 333, 1_000);
  const after = await countAtOnce([busy], 1_000, 1_000);
  assert.ok(before + after <= 1_000 && before + after >= 990, `${before} + ${after}`);
});

test("a process that stops gives back what it has not used", async () => {
  const [stopping, other] = openLimiters(2) as [Process, Process];
  for (let used = 0; used < 20; used++) await stopping.count(1_000);
  await stopping.limiter.close();
  assert.equal(await takenOf(limited.company.companyId), 20);
  assert.equal(await other.count(1_000), 979);
});

test("most requests do not ask the database", async () => {
  const [first] = openLimiters(1) as [Process];
  let statements = 0;
  const db = {
    query: <Row extends object>(statement: Parameters<typeof limited.database.query>[0]) => {
      statements += 1;
      return limited.database.query<Row>(statement);
    },
  };
  const limiter = new RateLimiter({ db, log: pino({ level: "silent" }) });
  const now = new Date(Date.UTC(2026, 5, 2));
  for (let used = 0; used < 100_000; used++) await limiter.count(limited.company.companyId, 100_000, now);
  assert.ok(statements < 250, `${statements} statements`);
  await first.limiter.close();
});

test("a raised or lowered limit counts what was used before it", async () => {
  const [{ count }] = openLimiters(1) as [Process];
  for (const left of [2, 1, 0, -1]) assert.equal(await count(3), left);
  assert.equal(await count(10), 6);
  assert.equal(await count(4), -1);
  assert.equal(await count(10), 5);
});

test("a server whose clock is behind at a minute's end takes from the new minute, and undoes nothing of it", async () => {
  const { companyId } = limited.company;
  const [{ limiter: behind }, { limiter: ahead }] = openLimiters(2) as [Process, Process];
  const at = (second: number) => new Date(Date.UTC(2026, 5, 3, 0, 0, second));
  assert.equal((await ahead.count(companyId, 3, at(60)))?.remaining, 2);
  assert.equal((await behind.count(companyId, 3, at(59)))?.remaining, 1);
  assert.equal((await ahead.count(companyId, 3, at(61)))?.remaining, 0);
  assert.equal((await ahead.count(companyId, 3, at(62)))?.remaining, -1);
});

test("without a database each process counts to the limit by itself, and no request fails or waits for it", async () => {
  const gone = createDatabase({
    connection: { connectionString: "postgresql://nobody@127.0.0.1:9/none" },
    preparedStatements: true,
    onError: () => {},
  });
  after(() => gone.close());
  const limiter = new RateLimiter({ db: gone, log: pino({ level: "silent" }) });
  const now = new Date(Date.UTC(2026, 5, 4));
  for (const left of [2, 1, 0, -1])
    assert.equal((await limiter.count(limited.company.companyId, 3, now))?.remaining, left);
});

test("what was let through while the database was slow is told to it, and counts for the others", async () => {
  const [slow, other] = openLimiters(2, 10) as [Process, Process];
  const companyId = limited.company.companyId;
  await limited.database.transaction(async (tx) => {
    await tx.query(sql`select from rate_limits where company_id = ${companyId} for update`);
    for (let left = 99; left >= 90; left--) assert.equal(await slow.count(100), left);
  });
  // Everything that was under way has been answered when one more that needs the database has been.
  while ((await takenOf(companyId)) < 10) await slow.count(100);
  const taken = await takenOf(companyId);
  const left = await other.count(100);
  assert.ok(left <= 90 && left === 100 - taken - 1, `${left} left of 100, ${taken} taken`);
});

test("two servers on one database share a company's limit, and name it and its end alike", async () => {
  const { database, clock, connectionString, company, test: api } = limited;
  await database.query(sql`update companies set rate_limit_per_minute = 10`);
  clock.advance(120_000);
  const other = openTestApp(connectionString, clock, { rateLimitPerMinute: 3 }).as(company.testApiKey);
  const answers = [];
  for (let sent = 0; sent < 12; sent++) answers.push(await (sent % 2 === 0 ? api : other).get("/v1/customers"));
  assert.equal(answers.filter(({ status }) => status === 200).length, 10);
  assert.ok(answers.slice(-2).every(({ status }) => status === 429));
  assert.equal(new Set(answers.map(({ headers }) => headers["x-ratelimit-reset"])).size, 1);
});
