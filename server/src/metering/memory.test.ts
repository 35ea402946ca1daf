import assert from "node:assert/strict";
import { test } from "node:test";
import { customerKeyOf } from "../customers/customers.ts";
import { sql } from "../platform/db.ts";
import { createCompany } from "../companies/companies.ts";
import { verifyWallets } from "../wallets/verify.ts";
import { openTestApp, startTestApp, type Api } from "../../test/harness.ts";
import { call, chargedKeys, createMeteredCustomer } from "../../test/metered-customer.ts";
import { CustomerMemory, type Remembered } from "./memory.ts";

// Unchecked, as in production: what is remembered must be right by itself.
const { database, clock, company, connectionString } = await startTestApp();
const open = () => openTestApp(connectionString, clock, { lanes: { checksMemory: false } }).as(company.testApiKey);
const [api, other] = [open(), open()];

const send = async (by: Api, customerId: string, key: string) =>
  (await by.post("/v1/events/ingest", call(customerId, key))).body;

async function balanceAfter(by: Api, customerId: string, key: string): Promise<string> {
  const body = await send(by, customerId, key);
  assert.equal(body.status, "processed", JSON.stringify(body));
  return body.customer_balances[0].balance;
}

const knownTo = async (customerId: string) =>
  (
    await database.query<{ known_to: number | null }>(
      sql`select known_to from customers where customer_id = ${customerId}`,
    )
  )[0]?.known_to;

const grant = (by: Api, customerId: string, fields: object = {}) =>
  by.post(`/v1/customers/${customerId}/credit-grants`, {
    name: "Credits",
    amount: "10",
    currency_code: "usd",
    ...fields,
  });

test("what others change of a remembered customer counts from the next event on", async () => {
  const customerId = await createMeteredCustomer(api);
  assert.equal(await balanceAfter(api, customerId, "1"), "-1");
  assert.notEqual(await knownTo(customerId), null);
  const given = await grant(api, customerId);
  assert.equal(given.status, 201, given.text);
  assert.equal(await knownTo(customerId), null);
  assert.equal(await balanceAfter(api, customerId, "2"), "8");
  const voided = await api.post(`/v1/customers/${customerId}/credit-grants/${given.body.credit_grant.id}/void`);
  assert.equal(voided.status, 200, voided.text);
  assert.equal(await balanceAfter(api, customerId, "3"), "-1");
});

test("two processes take a customer from each other, and neither believes what it remembers from before", async () => {
  const customerId = await createMeteredCustomer(api);
  const balances: string[] = [];
  for (let round = 0; round < 4; round++)
    for (const [index, by] of [api, other, other, api].entries())
      balances.push(await balanceAfter(by, customerId, `${round} ${index}`));
  assert.deepEqual(
    balances,
    Array.from({ length: 16 }, (_, index) => String(-1 - index)),
  );
  await Promise.all(
    Array.from({ length: 60 }, (_, index) => send(index % 2 === 0 ? api : other, customerId, `at once ${index}`)),
  );
  assert.equal(new Set(await chargedKeys(database, customerId)).size, 76);
  assert.equal(await balanceAfter(api, customerId, "last"), "-77");
  assert.deepEqual((await verifyWallets(database)).problems, []);
});

test("a repeated key of a remembered customer charges nothing, alone, among others and after a rejection", async () => {
  const customerId = await createMeteredCustomer(api, "block");
  await grant(api, customerId, { amount: "2" });
  const first = await send(api, customerId, "one");
  const repeat = await send(api, customerId, "one");
  assert.deepEqual([repeat.status, repeat.usage_id], ["duplicate", first.usage_id]);
  const { body } = await api.post("/v1/events/ingest-batch", {
    events: ["two", "one", "two", "three"].map((key) => call(customerId, key)),
  });
  assert.deepEqual(
    body.results.map(({ status }: { status: string }) => status),
    ["processed", "duplicate", "duplicate", "rejected"],
  );
  // The money is gone: a key that was recorded is a duplicate all the same, and no rejection.
  assert.equal((await send(api, customerId, "one")).status, "duplicate");
  assert.deepEqual(await chargedKeys(database, customerId), ["one", "two"]);
});

test("credits that start and expire count at their time though nobody has changed anything", async () => {
  const customerId = await createMeteredCustomer(api);
  const at = (hours: number) => new Date(clock.now().getTime() + hours * 3_600_000).toISOString();
  await grant(api, customerId, { effective_at: at(1), expires_at: at(2) });
  assert.equal(await balanceAfter(api, customerId, "before"), "-1");
  clock.advance(3_600_000);
  assert.equal(await balanceAfter(api, customerId, "within"), "8");
  clock.advance(3_600_000);
  assert.equal(await balanceAfter(api, customerId, "after"), "-1");
});

test("an event for a customer whom another company's process remembers is refused, also in one batch with the owner's", async () => {
  const customerId = await createMeteredCustomer(api);
  await balanceAfter(api, customerId, "own");
  const second = await database.transaction((tx) =>
    createCompany(tx, { name: "Second", currencyCode: "usd" }, clock.now()),
  );
  const app = openTestApp(connectionString, clock, { lanes: { lanes: 1, checksMemory: false } });
  const [owner, stranger] = [app.as(company.testApiKey), app.as(second.testApiKey)];
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => send(index % 2 === 0 ? owner : stranger, customerId, `key ${index}`)),
  );
  for (const [index, answer] of answers.entries())
    if (index % 2 === 0) assert.equal(answer.status, "processed", JSON.stringify(answer));
    else assert.equal(answer.error.code, "CUSTOMER_NOT_FOUND");
  assert.equal((await chargedKeys(database, customerId)).length, 11);
});

test("a memory forgets whom it has not met for longest, and keeps nobody with very much", () => {
  const memory = new CustomerMemory();
  const at = { earliest: clock.now(), now: clock.now() };
  const key = (index: number) => customerKeyOf(1, `customer ${index}`);
  const remembered = (index: number, subscriptions = 0): Remembered => ({
    wallets: { key: key(index), wallets: [], until: Infinity },
    subscriptions: Array.from({ length: subscriptions }) as never,
    since: new Date(0),
    counters: new Map(),
  });
  for (let index = 0; index <= 20_000; index++) memory.put(key(index).customerId, remembered(index));
  assert.equal(memory.has(key(0), at), false);
  assert.equal(memory.has(key(1), at), true);
  assert.equal(memory.has({ ...key(1), tenantId: 2 }, at), false);
  assert.notEqual(memory.take(key(1), at), null);
  assert.equal(memory.take(key(1), at), null);
  memory.put(key(1).customerId, remembered(1, 21));
  assert.equal(memory.has(key(1), at), false);
});
