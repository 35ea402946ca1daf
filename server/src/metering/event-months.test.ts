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
