import assert from "node:assert/strict";
import { sql, type Database } from "../src/platform/db.ts";
import { bucketOf } from "../src/platform/ids.ts";
import type { Api } from "./harness.ts";
import { until } from "./until.ts";

/** A customer on a plan that charges 1 usd for each `call`, and may or may not be overdrawn. */
export async function createMeteredCustomer(api: Api, overdraft: "allow" | "block" = "allow"): Promise<string> {
  const plan = `plan_${overdraft}`;
  await api.post("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "count" } });
  await api.post("/v1/plans", {
    code: plan,
    name: "Plan",
    usage_prices: [{ meter_code: "calls", unit_amount: "1", currency_code: "usd" }],
    overdraft: [{ currency_code: "usd", policy: overdraft }],
  });
  const { customer } = (await api.post("/v1/customers", { name: "Metered" })).body;
  const subscription = { customer_id: customer.id, plan_code: plan, initial_status: "active" };
  const answer = await api.post("/v1/subscriptions", subscription);
  assert.equal(answer.status, 201, answer.text);
  return customer.id;
}

/** A `call` of the customer. */
export const call = (customerId: string, key: string) => ({
  event_name: "call",
  idempotency_key: key,
  customer_id: customerId,
  timestamp: "2026-03-10T12:00:00Z",
});

/** The keys of the customer's recorded events, in the order in which they were charged. */
export async function chargedKeys(database: Database, customerId: string): Promise<string[]> {
  const rows = await database.query<{ idempotency_key: string }>(
    sql`select idempotency_key from ledger_entries
        join events on events.bucket = ledger_entries.bucket and events.customer_id = ledger_entries.customer_id and event_id = cause_id
        where ledger_entries.bucket = ${bucketOf(customerId)} and ledger_entries.customer_id = ${customerId}
        order by seq`,
  );
  return rows.map((row) => row.idempotency_key);
}

/** Keeps everybody from charging the customer until the returned function is called and has resolved. */
export async function holdCustomer(database: Database, customerId: string): Promise<() => Promise<void>> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let done = Promise.resolve();
  await new Promise<void>((resolve) => {
    done = database.transaction(async (tx) => {
      await tx.query(sql`select from customers where customer_id = ${customerId} for update`);
      resolve();
      await released;
    });
  });
  return async () => {
    release();
    await done;
  };
}

/** Resolves when one transaction waits for a lock that another holds. */
export async function untilBlocked(database: Database): Promise<void> {
  await until("a transaction that waits for a lock", async () => {
    const [row] = await database.query<{ count: number }>(
      sql`select count(*)::integer as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    return row?.count === 1;
  });
}

/** From now on, recording an event whose key begins with `poison` is an error of the database. */
export async function poisonDatabase(database: Database): Promise<void> {
  await database.query(
    sql`create function refuse_poison() returns trigger language plpgsql as $$ begin raise exception 'poisoned'; end $$`,
  );
  await database.query(
    sql`create trigger poison before insert on events for each row when (new.idempotency_key like 'poison%')
        execute function refuse_poison()`,
  );
}
