import assert from "node:assert/strict";
import { sql, type Database } from "../../src/platform/db.ts";
import { verifyWallets } from "../../src/wallets/verify.ts";
import { exact, minus, sumOf, times, written } from "../exact-sum.ts";
import type { Api } from "../harness.ts";
import { affordableEvents, costOf, grantedTo, type Customer } from "./customers.ts";
import type { SentEvent } from "./event.ts";

/**
 * What is in the database, against what the senders know: what was acknowledged is there once, everything else is there fully or not at
 * all, and ledger, counters, balances and their recomputation agree. @throws AssertionError with the first thing that does not.
 */
export async function checkBooks(database: Database, customers: Customer[], events: SentEvent[]): Promise<void> {
  for (const customer of customers) {
    const own = events.filter((event) => event.customer === customer);
    await checkCustomer(await readBooks(database, customer.id), customer, own);
  }
  assert.deepEqual((await verifyWallets(database)).problems, []);
}

type Books = {
  events: { event_id: string; idempotency_key: string }[];
  keys: { event_id: string }[];
  rejected: { idempotency_key: string }[];
  entries: { cause_id: string; amount: string; balance_after: string; kind: string }[];
  counters: { quantity: string; event_count: number }[];
  wallets: { balance: string }[];
};

async function readBooks(database: Database, id: string): Promise<Books> {
  return {
    events: await database.query(sql`select event_id, idempotency_key from events where customer_id = ${id}`),
    keys: await database.query(sql`select event_id from event_keys where customer_id = ${id}`),
    rejected: await database.query(sql`select idempotency_key from rejected_events where customer_id = ${id}`),
    entries: await database.query(
      sql`select cause_id, amount, balance_after, kind from ledger_entries where customer_id = ${id} order by seq`,
    ),
    counters: await database.query(sql`select quantity, event_count from counters where customer_id = ${id}`),
    wallets: await database.query(sql`select balance from wallets where customer_id = ${id}`),
  };
}

async function checkCustomer(books: Books, { kind }: Customer, own: SentEvent[]): Promise<void> {
  const recorded = new Map(books.events.map((event) => [event.idempotency_key, event.event_id]));
  assert.equal(recorded.size, books.events.length, `${kind}: an event is recorded twice`);
  const rejected = new Set(books.rejected.map(({ idempotency_key }) => idempotency_key));
  const sent = new Map(own.filter(({ isSent }) => isSent).map((event) => [event.body.idempotency_key, event]));
  for (const name of recorded.keys()) assert.ok(sent.has(name), `${kind}: ${name} was never sent`);
  for (const [name, { usageId, isAccepted }] of sent) {
    if (usageId !== null) assert.equal(recorded.get(name), usageId, `${kind}: ${name} was acknowledged`);
    else if (isAccepted) assert.ok(recorded.has(name) || rejected.has(name), `${kind}: ${name} was accepted`);
  }

  const ids = [...recorded.values()].toSorted();
  assert.deepEqual(books.keys.map(({ event_id }) => event_id).toSorted(), ids, `${kind}: keys of the events`);
  const usage = books.entries.filter((entry) => entry.kind === "usage");
  assert.deepEqual(usage.map(({ cause_id }) => cause_id).toSorted(), ids, `${kind}: one entry for each event`);

  const there = [...recorded.keys()].map((name) => sent.get(name) as SentEvent);
  const tokens = sumOf(there.map((event) => exact(event.tokens)));
  const counted = written(sumOf(books.counters.map(({ quantity }) => exact(quantity))));
  assert.equal(counted, kind === "blocked" ? String(there.length) : written(tokens), `${kind}: counters`);
  assert.equal(
    books.counters.reduce((sum, { event_count }) => sum + event_count, 0),
    there.length,
  );

  const granted = sumOf(grantedTo(kind).map(exact));
  const balance = books.wallets[0]?.balance ?? "0";
  if (kind === "prepaid" || kind === "postpaid") {
    const costs = new Map(there.map((event) => [recorded.get(event.body.idempotency_key), costOf(event.tokens)]));
    for (const { cause_id, amount } of usage)
      assert.equal(written(minus(exact("0"), exact(amount))), costs.get(cause_id), `${kind}: ${cause_id}`);
    const used = sumOf([...costs.values()].map(exact));
    assert.equal(written(exact(balance)), written(minus(granted, used)), `${kind}: balance`);
  }
  if (kind === "blocked") {
    assert.ok(there.length <= affordableEvents, `${there.length} events were taken`);
    assert.ok(books.entries.every(({ balance_after }) => !balance_after.startsWith("-")));
    const used = times(exact(String(there.length)), exact("0.03"));
    assert.equal(written(exact(balance)), written(minus(granted, used)), `${kind}: balance`);
  }
}

/** Gives every twin the same events, one after another and with nobody else about. */
export async function sendCalmly(api: Api, customers: Customer[], events: SentEvent[]): Promise<void> {
  for (const customer of customers) {
    const own = events.filter((event) => event.customer === customer);
    for (let start = 0; start < own.length; start += 500) {
      const bodies = own.slice(start, start + 500).map(({ body }) => ({ ...body, customer_id: customer.twinId }));
      const answer = await api.post("/v1/events/ingest-batch", { events: bodies });
      assert.equal(answer.status, 200, answer.text);
    }
  }
}

/** Every customer is where its twin is: usage, counters, grants and balances. */
export async function compareWithTwins(api: Api, database: Database, customers: Customer[]): Promise<void> {
  for (const { kind, id, twinId } of customers) {
    const [own, calm] = [await stateOf(api, database, kind, id), await stateOf(api, database, kind, twinId)];
    for (const part of Object.keys(calm) as (keyof typeof calm)[])
      assert.deepEqual(own[part], calm[part], `${kind}: ${part} as after a calm run`);
  }
}

async function stateOf(api: Api, database: Database, kind: Customer["kind"], id: string) {
  // Which of its events a blocked customer could pay depends on their order, and so do the tokens; how many it could does not.
  const meter = kind === "blocked" ? "calls" : "tokens";
  const [counters, keys, usage, balances, grants] = await Promise.all([
    database.query(
      sql`select price_code, period_start, quantity, event_count, accrued from counters
          where customer_id = ${id}
          order by price_code, period_start`,
    ),
    kind === "blocked"
      ? []
      : database.query(sql`select idempotency_key from events where customer_id = ${id} order by idempotency_key`),
    api.get(`/v1/customers/${id}/usage?meter_code=${meter}`),
    api.get(`/v1/customers/${id}/balances`),
    api.get(`/v1/customers/${id}/credit-grants`),
  ]);
  const { total } = usage.body;
  return {
    counters,
    keys,
    usage: { quantity: total.quantity, events: total.event_count, cost: total.cost },
    balances: balances.body.balances.map(({ balance }: { balance: string }) => balance),
    grants: grants.body.credit_grants.map(({ name, remaining }: { name: string; remaining: string }) => [
      name,
      remaining,
    ]),
  };
}
