import assert from "node:assert/strict";
import { copyFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { chargedKeys } from "../../test/metered-customer.ts";
import { startTestApp } from "../../test/harness.ts";
import { createCatalogReader, findMeterHistory } from "../catalog/catalog.ts";
import { sql } from "../platform/db.ts";
import { billDue, findOldestOpenUsage } from "../renewals/renewals.ts";
import { verifyWallets } from "../wallets/verify.ts";
import { archiveMonths, restoreMonth, type ArchiveStep } from "./archives.ts";
import { ensureEventMonths } from "./event-months.ts";
import { rerateEvents } from "./rerate.ts";

const { test: api, database, clock } = await startTestApp({ now: "2025-12-31T23:59:50.000Z" });
const folder = await mkdtemp(path.join(os.tmpdir(), "afternoon-archives-"));
after(() => rm(folder, { recursive: true, force: true }));

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function created(where: string, body?: unknown): Promise<any> {
  const answer = await api.post(where, body);
  assert.ok(answer.status === 201 || answer.status === 200, `${where}: ${answer.text}`);
  return answer.body;
}

await created("/v1/meters", { code: "tokens", event_name: "call", aggregation: { type: "sum", property: "tokens" } });
await created("/v1/meters", {
  code: "users",
  event_name: "call",
  aggregation: { type: "unique_count", property: "user" },
});
await created("/v1/meters", {
  code: "gb",
  event_name: "stored",
  aggregation: { type: "weighted_sum", property: "gb", per: "period" },
});
await created("/v1/plans", {
  code: "pro",
  usage_prices: [
    {
      code: "tokens",
      meter_code: "tokens",
      currency_code: "usd",
      model: "graduated",
      tiers: [
        { up_to: "10", unit_amount: "0" },
        { up_to: null, unit_amount: "1" },
      ],
    },
    { code: "users", meter_code: "users", currency_code: "usd", unit_amount: "7" },
    { code: "gb", meter_code: "gb", currency_code: "usd", unit_amount: "3" },
  ],
});
clock.set("2026-01-01T00:00:00.000Z");

/** A customer whose periods begin on the day of `start`. */
async function newCustomer(start: string): Promise<string> {
  const { customer } = await created("/v1/customers", { name: "Customer" });
  const body = {
    customer_id: customer.id,
    plan_code: "pro",
    start_date: start,
    billing_anchor_day: Number.parseInt(start.slice(8), 10),
    initial_status: "active",
  };
  await created("/v1/subscriptions", body);
  return customer.id;
}

type Sent = { event: Record<string, unknown>; usageId: string; cost: unknown };

async function send(
  customerId: string,
  key: string,
  properties: Record<string, unknown>,
  name = "call",
): Promise<Sent> {
  const event = {
    event_name: name,
    idempotency_key: key,
    customer_id: customerId,
    timestamp: clock.now().toISOString(),
    properties,
  };
  const { usage_id, cost } = await created("/v1/events/ingest", event);
  return { event, usageId: usage_id, cost };
}

const archive = (options: { before: string; onStep?: (month: string, step: ArchiveStep) => void | Promise<void> }) =>
  archiveMonths(database, {
    folder,
    now: clock.now(),
    findOpenUsage: findOldestOpenUsage,
    ...options,
    before: new Date(`${options.before}-01T00:00:00.000Z`),
  });

const fileOf = (month: string) => path.join(folder, `events_${month.replace("-", "_")}.ndjson.gz`);
/** Bills what is due, and what takes late usage an hour longer. */
async function billUntil(instant: string): Promise<void> {
  for (const hours of [2, 0]) {
    clock.set(new Date(Date.parse(instant) - hours * 3_600_000).toISOString());
    const { failures } = await billDue(database, createCatalogReader(clock), clock.now());
    assert.deepEqual(failures, []);
  }
}
const rerate = () =>
  rerateEvents(
    database,
    { planVersion: createCatalogReader(clock).planVersion, meterHistory: findMeterHistory },
    { customerId: null, from: null, to: null },
    clock.now(),
  );

/** Every event, to the byte, and where it lies. */
const stored = () =>
  database.query<{ event_id: string; place: string; row: string }>(
    sql`select event_id, tableoid::regclass::text as place, md5(row_to_json(events)::text) as row from events order by event_id`,
  );

// Two customers whose periods begin on the 1st and on the 15th, over January, February and March.
await ensureEventMonths(database, clock.now());
const first = await newCustomer("2026-01-01");
clock.set("2026-01-15T00:00:00.000Z");
const middle = await newCustomer("2026-01-15");
const sent: Record<string, Sent> = {};
for (const [month, day] of [
  ["jan", "2026-01-20"],
  ["feb", "2026-02-20"],
  ["mar", "2026-03-05"],
] as const) {
  await billUntil(`${day}T10:00:00.123Z`);
  for (const [name, id] of [
    ["first", first],
    ["middle", middle],
  ] as const) {
    sent[`${name} ${month} free`] = await send(id, `${month} free`, { tokens: 4, user: "ada" });
    sent[`${name} ${month}`] = await send(id, month, {
      tokens: "12345.100000000000000000010",
      user: `é\u2028\n"${month}`,
    });
    sent[`${name} ${month} void`] = await send(id, `${month} void`, { tokens: 3, user: "eve" });
    sent[`${name} ${month} gb`] = await send(id, `${month} gb`, { gb: 2 }, "stored");
    await created(`/v1/events/${sent[`${name} ${month} void`]?.usageId}/void`);
  }
}
const all = Object.keys(sent).length;
const free = await created("/v1/customers", { name: "Nobody" });
const costless = await send(free.customer.id, "costless", {}, "other");

type Answer = { status: string; usage_id: string; cost: { amount: string }[] };

/** What a repeat of each event is answered. */
async function repeated(): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const { event } of Object.values(sent)) {
    const { status, usage_id, cost } = await created("/v1/events/ingest", event);
    answers.push({ status, usage_id, cost });
  }
  return answers;
}

test("a month is refused while it is not over, a period of it is open or takes late usage, or its invoice is a draft", async () => {
  const reason = async (before: string) => {
    const { archived, refused } = await archive({ before });
    assert.deepEqual([archived, refused?.month], [[], "2026-01"]);
    return refused?.reason ?? "";
  };
  clock.set("2026-02-01T23:00:00.000Z");
  assert.match(await reason("2026-02"), /not over for a day/);
  clock.set("2026-03-06T00:00:00.000Z");
  // January's events count in the period that began on 15 January, and the hour before 1 February's in that month's.
  const of = (since: string, customerId: string) =>
    new RegExp(`usage since ${since}T00:00:00.000Z .*customer ${customerId}`);
  await database.query(sql`update subscriptions set usage_closed_until = '2026-01-15' where customer_id = ${middle}`);
  assert.match(await reason("2026-02"), of("2026-01-15", middle));
  await database.query(sql`update subscriptions set usage_closed_until = '2026-02-15' where customer_id = ${middle}`);
  const setBilling = (isClosed: boolean) =>
    sql`update billings set is_closed = ${isClosed} where customer_id = ${first} and usage_start = '2026-01-01'`;
  await database.query(setBilling(false));
  assert.match(await reason("2026-02"), of("2026-01-01", first));
  await database.query(setBilling(true));
  const ofJanuary = sql`customer_id = ${first} and billing_id in (
    select billing_id from billings where customer_id = ${first} and usage_start = '2026-01-01')`;
  const [was] = await database.query<Record<"status" | "number" | "finalized_at" | "next_collection_at", unknown>>(
    sql`select status, number, finalized_at, next_collection_at from invoices where ${ofJanuary}`,
  );
  await database.query(
    sql`update invoices set status = 'draft', number = null, finalized_at = null, next_collection_at = null where ${ofJanuary}`,
  );
  assert.match(await reason("2026-02"), of("2026-01-01", first));
  await database.query(
    sql`update invoices set status = ${was?.status}, number = ${was?.number}, finalized_at = ${was?.finalized_at},
          next_collection_at = ${was?.next_collection_at} where ${ofJanuary}`,
  );
  assert.deepEqual(await readdir(folder), []);
});

test("archived and restored, every event is what it was, to the byte; its file is lines of JSON that end with their checksum", async () => {
  await billUntil("2026-05-20T00:00:00.000Z");
  await ensureEventMonths(database, clock.now());
  const before = await stored();
  const first = await archive({ before: "2026-03" });
  assert.deepEqual(
    [first.refused, first.archived.map(({ month, event_count }) => [month, event_count])],
    [
      null,
      [
        ["2026-01-01", 8],
        ["2026-02-01", 8],
      ],
    ],
  );
  assert.deepEqual((await readdir(folder)).toSorted(), ["events_2026_01.ndjson.gz", "events_2026_02.ndjson.gz"]);
  const lines = gunzipSync(await readFile(fileOf("2026-01")))
    .toString()
    .trimEnd()
    .split("\n");
  assert.equal(lines.length, 10);
  assert.deepEqual(JSON.parse(lines[0] as string), { afternoon_events: 1, month: "2026-01" });
  assert.deepEqual(JSON.parse(lines[9] as string), { events: 8, sha256: first.archived[0]?.sha256 });
  assert.deepEqual(
    (await stored()).map(({ place }) => place),
    Array.from({ length: 9 }, () => "events_2026_03"),
  );
  const [gone] = await database.query(sql`select to_regclass('events_2026_01') as name`);
  assert.deepEqual(gone, { name: null });
  assert.deepEqual((await archive({ before: "2026-03" })).archived, [], "a second time there is nothing to do");

  for (const month of ["2026-02", "2026-01"]) await restoreMonth(database, { file: fileOf(month) });
  assert.deepEqual(await stored(), before);
  await assert.rejects(restoreMonth(database, { file: fileOf("2026-01") }), /2026-01 is not archived/);
  const checks = await database.query(sql`select conname from pg_constraint where conname = 'of_month'`);
  assert.deepEqual(checks, []);
});

test("an archived event sent again is a duplicate, with what it cost and the balances of now", async () => {
  const before = await repeated();
  assert.ok(before.every(({ status }) => status === "duplicate"));
  await archive({ before: "2026-03" });
  const after = await repeated();
  for (const [index, name] of Object.keys(sent).entries()) {
    const [was, is] = [before[index], after[index]];
    // What cost nothing has no entry in the ledger.
    const wanted = was?.cost.filter(({ amount }) => name.includes("mar") || amount !== "0");
    assert.deepEqual(is, { status: "duplicate", usage_id: was?.usage_id, cost: wanted }, name);
  }
  const other = { ...sent["first jan"]?.event, properties: { tokens: 1, user: "other" } };
  assert.equal((await api.post("/v1/events/ingest", other)).body.error.code, "IDEMPOTENCY_KEY_REUSED");
  assert.deepEqual((await verifyWallets(database)).problems, []);
});

test("whoever asks for archived events is told that they are archived, and of whole answers that they are not whole", async () => {
  const archived = sent["first jan"]?.usageId;
  for (const answer of [await api.get(`/v1/events/${archived}`), await api.post(`/v1/events/${archived}/void`)]) {
    assert.deepEqual([answer.status, answer.body.error.code], [410, "EVENT_ARCHIVED"]);
    assert.match(
      answer.body.error.message,
      /2026-01 are archived.*afternoon events restore events_2026_01\.ndjson\.gz/,
    );
  }
  assert.equal((await api.get(`/v1/events/${sent["first mar"]?.usageId}`)).status, 200);
  assert.equal((await api.get("/v1/events/c00000000000000000000abcd")).body.error.code, "EVENT_NOT_FOUND");

  const list = (await api.get(`/v1/events?customer_id=${first}`)).body;
  assert.deepEqual([list.events.length, list.archived_before], [4, "2026-03-01T00:00:00.000Z"]);
  const usage = (await api.get(`/v1/customers/${first}/usage?meter_code=users&from=2026-01-01&to=2026-04-01`)).body;
  assert.deepEqual([usage.total.quantity, usage.archived_before], ["2", "2026-03-01T00:00:00.000Z"]);

  const { invoices } = (await api.get(`/v1/invoices?customer_id=${first}`)).body;
  const oldest = invoices.at(-1);
  const { explanation } = (await api.get(`/v1/invoices/${oldest.id}/explain`)).body;
  const line = explanation.lines.find((each: { usage: unknown }) => each.usage !== null);
  const ofLine = (await api.get(line.usage.events_url.replace(/^https:\/\/[^/]+/, ""))).body;
  assert.deepEqual([ofLine.events, ofLine.archived_before], [[], "2026-03-01T00:00:00.000Z"]);

  const scope = { customer_id: first, usage_prices: [], from: "2026-02-01T00:00:00Z", to: "2026-04-01T00:00:00Z" };
  const simulated = await api.post("/v1/plans/pro/simulate", scope);
  assert.deepEqual([simulated.status, simulated.body.error?.code], [410, "EVENT_ARCHIVED"], simulated.text);
  const later = await api.post("/v1/plans/pro/simulate", { ...scope, from: "2026-03-01T00:00:00Z" });
  assert.equal(later.status, 200, later.text);
});

test("what is not archived is still rated again: periods cut by the archive are taken, later ones and their levels are computed", async () => {
  const { events, taken, problems } = await rerate();
  assert.deepEqual(problems, []);
  // Of the one customer, whose period began on 15 February: what they used before March is in a file.
  assert.deepEqual([events, taken], [9, 5]);
  await database.query(
    sql`update events set charges = replace(charges::text, '"is_late":false', '"is_late":true')::json
        where event_id = ${sent["first mar"]?.usageId as string}`,
  );
  assert.match((await rerate()).problems.join("\n"), /is_late/);
  await database.query(
    sql`update events set charges = replace(charges::text, '"is_late":true', '"is_late":false')::json
        where event_id = ${sent["first mar"]?.usageId as string}`,
  );
  await restoreAll();
  assert.deepEqual((await rerate()).problems, []);
});

async function restoreAll(): Promise<void> {
  for (const month of ["2026-01", "2026-02"]) await restoreMonth(database, { file: fileOf(month) });
}

test("what is voided while the file is written is in the file", async () => {
  const { archived } = await archive({
    before: "2026-02",
    onStep: async (_, step) => {
      if (step === "written") await created(`/v1/events/${sent["first jan"]?.usageId}/void`);
    },
  });
  assert.equal(archived.length, 1);
  await restoreMonth(database, { file: fileOf("2026-01") });
  const { event } = (await api.get(`/v1/events/${sent["first jan"]?.usageId}`)).body;
  assert.equal(event.voided_at, clock.now().toISOString());
});

test("a file that the disk has spoiled is written again before anything is deleted", async () => {
  const before = await stored();
  for (const spoil of [
    () => truncate(fileOf("2026-01"), 200),
    () => writeFile(fileOf("2026-01"), "not an archive"),
    () => rm(fileOf("2026-01")),
    async () => {
      const text = gunzipSync(await readFile(fileOf("2026-01"))).toString();
      await writeFile(fileOf("2026-01"), gzipSync(text.replace('"ada"', '"ana"')));
    },
  ]) {
    await archive({
      before: "2026-02",
      onStep: async (_, step) => {
        if (step === "detached") await spoil();
      },
    });
    await restoreMonth(database, { file: fileOf("2026-01") });
    assert.deepEqual(await stored(), before);
  }
});

test("a file is restored only if it is whole and the one that its month was archived to", async () => {
  const copy = path.join(folder, "older.ndjson.gz");
  await copyFile(fileOf("2026-01"), copy);
  await created(`/v1/events/${sent["middle jan"]?.usageId}/void`);
  await archive({ before: "2026-02" });
  await assert.rejects(restoreMonth(database, { file: copy }), /not the file that 2026-01 was archived to/);
  const spoiled = path.join(folder, "spoiled.ndjson.gz");
  const text = gunzipSync(await readFile(fileOf("2026-01"))).toString();
  await writeFile(spoiled, gzipSync(text.replace('"ada"', '"ana"')));
  await assert.rejects(restoreMonth(database, { file: spoiled }), /damaged or cut off/);
  await copyFile(fileOf("2026-01"), spoiled);
  await truncate(spoiled, 300);
  await assert.rejects(restoreMonth(database, { file: spoiled }), /damaged or cut off/);
  await assert.rejects(restoreMonth(database, { file: `${spoiled}.none` }), /There is no file/);
  assert.equal((await restoreMonth(database, { file: fileOf("2026-01") })).events, 8);
});

test("a customer who is deleted takes the events along that lie in a file: they do not come back", async () => {
  clock.set("2026-05-20T00:00:00.000Z");
  const [january] = await database.query<{ event_id: string }>(
    sql`select event_id from events where event_id < ${sent["first feb"]?.usageId} limit 1`,
  );
  await database.query(
    sql`insert into events (tenant_id, bucket, customer_id, event_id, event_name, idempotency_key, occurred_at, properties, charges, recorded_at)
        select tenant_id, bucket, customer_id, overlay(${january?.event_id as string} placing 'zzzz' from 21), event_name, 'old', occurred_at,
          properties, charges, recorded_at
        from events where event_id = ${costless.usageId}`,
  );
  await archive({ before: "2026-02" });
  assert.equal((await api.delete(`/v1/customers/${free.customer.id}`)).status, 200);
  assert.equal((await restoreMonth(database, { file: fileOf("2026-01") })).events, 9);
  assert.equal((await stored()).length, all);
});

test("a test's clock that comes to an archived month records there, and both come together when the month is restored", async () => {
  await archive({ before: "2026-02" });
  const now = clock.now();
  clock.set("2026-01-25T00:00:00.000Z");
  const late = await send(first, "again in january", { tokens: 1, user: "bob" });
  clock.set(now.toISOString());
  assert.equal((await stored()).find(({ event_id }) => event_id === late.usageId)?.place, "events_rest");
  assert.equal((await api.get(`/v1/events/${late.usageId}`)).status, 200);
  await restoreMonth(database, { file: fileOf("2026-01") });
  assert.equal((await stored()).find(({ event_id }) => event_id === late.usageId)?.place, "events_2026_01");
});

test("while somebody reads events for long, archiving waits, and events are recorded and answered all the same", async () => {
  const customerId = await newCustomer("2026-05-20");
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let reading = () => {};
  const isReading = new Promise<void>((resolve) => (reading = resolve));
  const reader = database.transaction(async (tx) => {
    await tx.query(sql`select count(*) from events`);
    reading();
    await released;
  });
  await isReading;
  let isWritten = () => {};
  const written = new Promise<void>((resolve) => (isWritten = resolve));
  const archiving = archive({ before: "2026-02", onStep: (_, step) => (step === "written" ? isWritten() : undefined) });
  await written;
  const keys = Array.from({ length: 40 }, (_, index) => `${index}`.padStart(2, "0"));
  for (const key of keys) await send(customerId, key, { tokens: 100, user: "ada" });
  assert.equal((await database.query(sql`select from event_archives`)).length, 0, "the reader still keeps it waiting");
  release();
  await reader;
  assert.equal((await archiving).archived.length, 1);
  assert.deepEqual(await chargedKeys(database, customerId), keys);
  await restoreMonth(database, { file: fileOf("2026-01") });
});

test("only one archives or restores at a time", async () => {
  let second: Promise<unknown> = Promise.resolve();
  await archive({
    before: "2026-02",
    onStep: async (_, step) => {
      if (step === "written") second = assert.rejects(archive({ before: "2026-02" }), /already; wait until/);
      await second;
    },
  });
  await second;
  await restoreMonth(database, { file: fileOf("2026-01") });
});
