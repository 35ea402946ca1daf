import assert from "node:assert/strict";
import { test } from "node:test";
import { customerKey } from "../src/customers/customers.ts";
import { listInvoices, sumInvoices } from "../src/invoicing/sql.ts";
import { listEvents } from "../src/metering/event-sql.ts";
import { sql, type Queryable, type Sql } from "../src/platform/db.ts";
import { listSubscriptions } from "../src/subscriptions/sql.ts";
import { listGrants, listLedgerEntries } from "../src/wallets/sql.ts";
import { startTestApp } from "./harness.ts";
import { createMeteredCustomer } from "./metered-customer.ts";

/*
 * How PostgreSQL goes about the lists and sums of the dashboard, so that they stay as quick with millions of rows: what it would do is asked for, with
 * nothing measured.
 */

const { database, clock, test: api } = await startTestApp();
const customerId = await createMeteredCustomer(api);
const [{ tenant_id }] = (await database.query<{ tenant_id: number }>(sql`select tenant_id from customers`)) as [
  { tenant_id: number },
];
const key = customerKey({ id: tenant_id }, customerId);
const page = { after: null, limit: 26 };

/** The plans of what `read` asks for, where tables are too large to be read whole. */
async function plansOf(read: (db: Queryable) => Promise<unknown>): Promise<string[]> {
  const plans: string[] = [];
  await database.transaction(async (tx) => {
    for (const way of ["seqscan", "bitmapscan"]) await tx.query({ text: `set local enable_${way} = off`, values: [] });
    const explain = async ({ text, values }: Sql) => {
      const rows = await tx.query<{ "QUERY PLAN": string }>({ text: `explain ${text}`, values });
      plans.push(rows.map((row) => row["QUERY PLAN"]).join("\n"));
      return [];
    };
    await read({ query: explain });
  });
  return plans;
}

const sorts = (plan: string | undefined) => plan?.match(/\bSort\b(?! Key)/g)?.length ?? 0;

test("a page of one customer's rows is read in their order, and not found by sorting all of them", async () => {
  const filter = { customer: key, status: null };
  const [ledger] = await plansOf((db) =>
    listLedgerEntries(db, key, [{ accountType: "currency", code: "usd", beforeSeq: 9 }], 26),
  );
  // The newest of each wallet are few, and put in order together.
  assert.equal(sorts(ledger), 1, ledger);
  const events = { customer: key, eventName: null, from: null, to: null, order: "newest" as const, property: null };
  for (const [plan] of [
    await plansOf((db) => listGrants(db, key, null, 26)),
    await plansOf((db) => listInvoices(db, tenant_id, { ...filter, overdueAt: null }, page)),
    await plansOf((db) => listSubscriptions(db, tenant_id, filter, page, clock.now())),
    await plansOf((db) => listEvents(db, tenant_id, events, page)),
  ])
    assert.equal(sorts(plan), 0, plan);
});

test("subscriptions of a status are found by what is written, before anybody's clock is asked for", async () => {
  const planOf = async (status: "trialing" | "past_due" | "pending") =>
    (await plansOf((db) => listSubscriptions(db, tenant_id, { customer: null, status }, page, clock.now())))[0] ?? "";
  for (const status of ["past_due", "pending"] as const)
    assert.match(
      await planOf(status),
      new RegExp(`using subscriptions_by_status[^]*Index Cond: .*status = '${status}'`),
    );
  // Of the few that it can be, or along all of them: nobody's clock is asked for one without a trial.
  assert.match(await planOf("trialing"), /trial_end IS NOT NULL/);
});

test("sums of invoices read what is due and what is of this month, and nothing else", async () => {
  const now = clock.now();
  const plans = await plansOf((db) => sumInvoices(db, tenant_id, { since: now, now }));
  assert.equal(plans.length, 2);
  assert.match(plans[0] ?? "", /using invoices_by_finalization/);
  assert.match(plans[1] ?? "", /using invoices_due/);
});
