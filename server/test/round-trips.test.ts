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
async function least(count: number, prefix = `${count}`) {
  const tries: Awaited<ReturnType<typeof ingest>>[] = [];
  for (const name of ["a", "b", "c", "d", "e"]) tries.push(await ingest(count, `${prefix} ${name}`));
  const leastOf = (of: (each: (typeof tries)[number]) => number) => Math.min(...tries.map(of));
  return {
    roundTrips: leastOf(({ roundTrips }) => roundTrips),
    statements: leastOf(({ statements }) => statements),
    parsed: leastOf(({ parsed }) => parsed),
  };
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
  assert.equal((await least(100, "again")).parsed, 0);
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
  const read = async () => {
    wire.start();
    assert.equal((await live.get(`/v1/customers/${customerId}/balances`)).status, 200);
    return wire.used();
  };
  await read();
  // The least of several times: a lane looks for queued events every second, of which any of these may see some.
  const countOf = (traffic: Traffic[]) => traffic.flatMap(({ statements }) => statements).length;
  const reads = [await read(), await read(), await read(), await read(), await read()];
  const [used = []] = reads.toSorted((a, b) => countOf(a) - countOf(b));
  const texts = used.flatMap(({ statements }) => statements.map(({ text }) => text));
  const [statement = "", ...others] = texts.filter((text) => !text.includes("api_keys"));
  assert.deepEqual(others, []);
  const tables = [...statement.matchAll(/\b(?:from|join)\s+(\w+)/g)].map(([, name]) => name);
  assert.deepEqual(
    tables.filter((name) => name !== "unnest" && name !== "lateral"),
    ["wallets"],
  );
  assert.equal(
    used.reduce((sum, { parsed }) => sum + parsed, 0),
    0,
  );
});
