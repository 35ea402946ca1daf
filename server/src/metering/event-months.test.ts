import assert from "node:assert/strict";
import { test } from "node:test";
import { call, chargedKeys, createMeteredCustomer } from "../../test/metered-customer.ts";
import { startTestApp } from "../../test/harness.ts";
import { deleteCustomer, deleteRemains } from "../customers/customers.ts";
import { createKeyFinder } from "../companies/companies.ts";
import { sql } from "../platform/db.ts";
import { ensureEventMonths } from "./event-months.ts";
import { shortHash } from "./fingerprint.ts";

const { test: api, database, clock, company } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });

/** Where the customer's events lie, by key. */
async function places(customerId: string): Promise<Record<string, string>> {
  const rows = await database.query<{ key: string; place: string }>(
    sql`select idempotency_key as key, tableoid::regclass::text as place from events where customer_id = ${customerId} order by 1`,
  );
  return Object.fromEntries(rows.map(({ key, place }) => [key, place]));
}

const ingest = (customerId: string, key: string) => api.post("/v1/events/ingest", call(customerId, key));

test("an event lies in the month in which it was recorded, and one before its month is made moves there when it is", async () => {
  const customerId = await createMeteredCustomer(api);
  await ingest(customerId, "early");
  assert.deepEqual(await places(customerId), { early: "events_rest" });
  await Promise.all([1, 2].map(() => ensureEventMonths(database, clock.now())));
  await ingest(customerId, "march");
  clock.set("2026-04-01T00:00:00.000Z");
  await ingest(customerId, "april");
  assert.deepEqual(await places(customerId), {
    early: "events_2026_03",
    march: "events_2026_03",
    april: "events_2026_04",
  });
  assert.deepEqual(await chargedKeys(database, customerId), ["early", "march", "april"]);
  const { events } = (await api.get(`/v1/events?customer_id=${customerId}`)).body;
  assert.deepEqual(
    events.map((event: { idempotency_key: string }) => event.idempotency_key),
    ["april", "march", "early"],
  );
});

test("when its month is put aside, an event is still known: sent again it is answered with what it cost, and not charged", async () => {
  const customerId = await createMeteredCustomer(api);
  const first = (await ingest(customerId, "kept")).body;
  await database.query(sql`alter table events detach partition events_2026_04`);
  const again = (await ingest(customerId, "kept")).body;
  assert.deepEqual([again.status, again.usage_id, again.cost], ["duplicate", first.usage_id, first.cost]);
  assert.deepEqual(again.balances, first.balances);
  const other = await api.post("/v1/events/ingest", { ...call(customerId, "kept"), properties: { other: true } });
  assert.equal(other.body.error?.code, "IDEMPOTENCY_KEY_REUSED", other.text);
});

test("of a customer with very many events the rest is deleted share by share, and not shown meanwhile", async () => {
  const customerId = await createMeteredCustomer(api);
  const other = await createMeteredCustomer(api);
  const events = Array.from({ length: 25 }, (_, index) => call(customerId, `many-${index}`));
  const { results } = (await api.post("/v1/events/ingest-batch", { events })).body;
  await ingest(other, "other");
  const found = await createKeyFinder(database, clock)(company.testApiKey);
  assert.ok(found);
  await database.transaction((tx) => deleteCustomer(tx, found.tenant, customerId, clock.now(), 10));

  const left = async () =>
    (
      await database.query<{ events: number; keys: number; entries: number; remains: number }>(
        sql`select (select count(*) from events where customer_id = ${customerId}) as events,
              (select count(*) from event_keys where customer_id = ${customerId}) as keys,
              (select count(*) from ledger_entries where customer_id = ${customerId}) as entries,
              (select count(*) from customer_remains) as remains`,
      )
    )[0];
  assert.deepEqual(await left(), { events: 15, keys: 15, entries: 15, remains: 1 });
  for (const { usage_id } of results) assert.equal((await api.get(`/v1/events/${usage_id}`)).status, 404);
  const listed = (await api.get("/v1/events?limit=100")).body.events as { customer_id: string }[];
  assert.ok(listed.length > 0 && listed.every(({ customer_id }) => customer_id !== customerId));

  await deleteRemains(database, 10);
  assert.deepEqual(await left(), { events: 0, keys: 0, entries: 0, remains: 0 });
  assert.deepEqual(await chargedKeys(database, other), ["other"]);
});

test("a key is found by a hash of 16 bytes, and its text is compared as well: two that share one are never taken for each other", async () => {
  const customerId = await createMeteredCustomer(api);
  await ingest(customerId, "first");
  const [row] = await database.query<{ length: number }>(
    sql`select length(key_hash) as length from event_keys where customer_id = ${customerId}`,
  );
  assert.equal(row?.length, 16);
  await database.query(sql`update event_keys set key_hash = ${shortHash("second")} where customer_id = ${customerId}`);
  assert.equal((await ingest(customerId, "second")).status, 500);
  assert.deepEqual(await chargedKeys(database, customerId), ["first"]);
});

test("in a ledger of thousands an archived event's cost is found by its time, wherever it stands, and one that cost nothing has none", async () => {
  const customerId = await createMeteredCustomer(api);
  const costless = { ...call(customerId, "costless"), event_name: "other" };
  const answers: { event: ReturnType<typeof call>; usage_id: string; cost: unknown }[] = [];
  const work = async () => {
    for (const body of [call(customerId, "first"), costless, call(customerId, "last")])
      for (const part of ["a", "b"]) {
        const event = { ...body, idempotency_key: `${body.idempotency_key} ${part} ${answers.length}` };
        const { usage_id, cost } = (await api.post("/v1/events/ingest", event)).body;
        answers.push({ event, usage_id, cost });
      }
  };
  for (let times = 0; times < 3; times++) {
    await work();
    // 4,000 events more, a second apart.
    await database.query(
      sql`insert into ledger_entries
          select tenant_id, bucket, customer_id, account_type, code, seq + number, kind, amount, balance_after - number, 'other ' || number, draws,
            occurred_at + number * interval '1 second', recorded_at + number * interval '1 second'
          from ledger_entries, generate_series(1, 4000) as number
          where customer_id = ${customerId} and seq = (select max(seq) from ledger_entries where customer_id = ${customerId})`,
    );
    await database.query(
      sql`update wallets set last_seq = last_seq + 4000, balance = balance - 4000 where customer_id = ${customerId}`,
    );
    await database.query(sql`update customers set known_to = null where customer_id = ${customerId}`);
    clock.advance(4_001_000);
  }
  await work();
  await database.query(sql`delete from events where customer_id = ${customerId}`);
  for (const { event, usage_id, cost } of answers) {
    const again = (await api.post("/v1/events/ingest", event)).body;
    assert.deepEqual([again.status, again.usage_id, again.cost], ["duplicate", usage_id, cost], event.idempotency_key);
  }
});
