import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createDatabase, sql } from "../src/platform/db.ts";
import { openTestApp, startTestApp, type Api } from "./harness.ts";
import { call, createMeteredCustomer } from "./metered-customer.ts";
import { startWire, type Traffic } from "./wire.ts";

const { clock, company, connectionString } = await startTestApp();
const wire = await startWire(connectionString);
const { app, as } = openTestApp(wire.connectionString, clock);
const api: Api = as(company.testApiKey);
const customers = await Promise.all(Array.from({ length: 20 }, () => createMeteredCustomer(api)));

async function sample(name: string): Promise<number> {
  const { payload } = await app.inject({ url: "/metrics" });
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(payload)?.[1] ?? "NaN");
}

/** What the transactions of a batch request with `count` events have needed, each. */
async function ingest(count: number, prefix: string) {
  const events = Array.from({ length: count }, (_, index) =>
    call(customers[index % customers.length] as string, `${prefix} ${index}`),
  );
  const before = await sample("afternoon_ingest_batch_events_count");
  wire.start();
  const { results } = (await api.post("/v1/events/ingest-batch", { events })).body;
  assert.ok(results.every(({ status }: { status: string }) => status === "processed"));
  const batches = (await sample("afternoon_ingest_batch_events_count")) - before;
  const lanes = wire.used().map(inTransactions);
  const sum = (of: (each: Traffic) => number) => lanes.reduce((total, each) => total + of(each), 0);
  return {
    roundTrips: sum((each) => each.roundTrips) / batches,
    statements: sum(({ statements }) => statements.length) / batches,
    parsed: sum(({ parsed }) => parsed),
  };
}

/** Beside transactions, keys are looked up, and a lane looks for queued events every second. */
function inTransactions({ statements, parsed }: Traffic): Traffic {
  let isOpen = false;
  const own = statements.filter(({ text }) => {
    const isCommit = text === "commit";
    isOpen = isCommit ? false : isOpen || text.startsWith("begin");
    return isOpen || isCommit;
  });
  return { statements: own, roundTrips: new Set(own.map(({ roundTrip }) => roundTrip)).size, parsed };
}

/** The least of several times: what is remembered of the catalog is read again now and then, on the same connection. */
async function least(count: number) {
  const tries = [];
  for (const name of ["a", "b", "c", "d", "e"]) tries.push(await ingest(count, `${count} ${name}`));
  const [first] = tries.toSorted((a, b) => a.roundTrips - b.roundTrips || a.statements - b.statements);
  return first as (typeof tries)[number];
}

test("a batch is three round trips to the database and the same statements, whether it has one event or hundreds", async () => {
  await ingest(100, "for the first time");
  const one = await least(1);
  const many = await least(400);
  assert.ok(one.roundTrips <= 3, `${one.roundTrips} round trips of one event`);
  assert.ok(many.roundTrips <= 3, `${many.roundTrips} round trips of a batch`);
  assert.ok(many.statements <= one.statements + 3, `${many.statements} statements, and ${one.statements} of one event`);
});

test("once prepared, a batch sends no statement's text again; with PREPARED_STATEMENTS=off nothing is kept by a name", async () => {
  assert.equal((await ingest(100, "again")).parsed, 0);
  const plain = createDatabase({
    connection: { connectionString: wire.connectionString },
    preparedStatements: false,
    onError: () => {},
  });
  after(() => plain.close());
  const names = sql`select name from pg_prepared_statements where name <> ''`;
  await plain.transaction(async (tx) => {
    await tx.query(sql`select 1`);
    assert.deepEqual(await tx.query(names), []);
  });
});

test("balances are read by one prepared statement, of one table", async () => {
  // Of test mode it is asked as well what time a customer's clock has.
  const live = as(company.liveApiKey);
  const customerId = await createMeteredCustomer(live);
  await live.post(`/v1/customers/${customerId}/credit-grants`, { name: "Credits", amount: "5", currency_code: "usd" });
  const read = () => live.get(`/v1/customers/${customerId}/balances`);
  await read();
  wire.start();
  assert.equal((await read()).status, 200);
  const used = wire.used().flatMap(({ statements }) => statements.map(({ text }) => text));
  const [statement = "", ...others] = used.filter((text) => !text.includes("api_keys"));
  assert.deepEqual(others, []);
  const tables = [...statement.matchAll(/\b(?:from|join)\s+(\w+)/g)].map(([, name]) => name);
  assert.deepEqual(
    tables.filter((name) => name !== "unnest" && name !== "lateral"),
    ["wallets"],
  );
  assert.equal(
    wire.used().reduce((sum, { parsed }) => sum + parsed, 0),
    0,
  );
});
