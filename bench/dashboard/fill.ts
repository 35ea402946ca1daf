/**
 * A company whose dashboard has much to show: customers with a subscription, wallet, grant and invoices each, and the events of this month. A few
 * pattern customers are made by the product itself and then copied by SQL, with ids of their own; events are rows that are what ingest would
 * have written, to the last counter, so that figures add up and `afternoon verify --rerate` finds nothing.
 */
import { createCompany } from "../../server/src/companies/companies.ts";
import { createCatalogReader, createMeter, createPlan } from "../../server/src/catalog/catalog.ts";
import { MeterCreate } from "../../server/src/catalog/meter-schema.ts";
import { PlanCreate } from "../../server/src/catalog/plan-schema.ts";
import { createCustomer } from "../../server/src/customers/customers.ts";
import { CustomerCreate } from "../../server/src/customers/schema.ts";
import { createSetupLink, setUp } from "../../server/src/dashboard-access/dashboard-access.ts";
import type { Tenant } from "../../server/src/http/authentication.ts";
import { createInvoice, finalizeInvoice, markInvoicePaid } from "../../server/src/invoicing/invoicing.ts";
import { InvoiceCreate } from "../../server/src/invoicing/schema.ts";
import { ensureEventMonths } from "../../server/src/metering/event-months.ts";
import { sql, type Database } from "../../server/src/platform/db.ts";
import { firstIdAt } from "../../server/src/platform/ids.ts";
import { createSubscription } from "../../server/src/renewals/renewals.ts";
import { SubscriptionCreate } from "../../server/src/subscriptions/schema.ts";
import { createCreditGrant } from "../../server/src/wallets/wallets.ts";
import { CreditGrantCreate } from "../../server/src/wallets/schema.ts";

export const owner = { email: "owner@example.com", password: "correct horse battery", name: "Olga" };
export const names = { meter: "tokens", plan: "bench", event: "llm.request" };

/** For as long as the tables are new, PostgreSQL writes no log of what goes into them. */
export const fillSettings = {
  fsync: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "8GB",
  maintenance_work_mem: "512MB",
  work_mem: "256MB",
  jit: "off",
};

export type Filling = { customers: number; events: number; now: Date; report: (what: string) => void };

/** Of a hundred customers so many are of each pattern. */
const patterns = [
  { share: 70, isPaid: true, hasGrant: true, isOverdue: false },
  { share: 20, isPaid: false, hasGrant: true, isOverdue: false },
  { share: 9, isPaid: true, hasGrant: true, isOverdue: true },
  { share: 1, isPaid: true, hasGrant: false, isOverdue: false },
];

/** The tables that hold a customer's rows, each after what its rows refer to. */
const copied = [
  "customers",
  "subscriptions",
  "wallets",
  "credit_grants",
  "fee_bases",
  "billings",
  "invoices",
  "invoice_line_items",
  "ledger_entries",
];

const tokensOfEvent = 150;
const amountOfEvent = "0.0003";
/** The first customer has so much of all the events, and the next hundred have as much again together with as much again. */
const shares = { first: 0.04, next: 0.002, nextCount: 100 };

export async function fill(database: Database, { customers, events, now, report }: Filling): Promise<void> {
  const monthStart = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth()));
  const run = (text: string) => database.query({ text, values: [] });
  report("patterns");
  const tenant = await makeCompany(database, monthStart);
  const found = await makePatterns(database, tenant, monthStart);
  // All in one transaction, so that nothing of what goes into new and emptied tables is written twice.
  await database.transaction(async (tx) => {
    const inside = (text: string) => tx.query({ text, values: [] });
    // What the rows refer to is copied with them; a check for each would read tables that PostgreSQL still takes for empty.
    await inside("set local session_replication_role = replica");
    await inside(functions);
    await inside(`create unlogged table bench_customers as ${customersSql(tenant.id, { customers, events })}`);
    await inside("truncate ledger_entries, event_keys");
    await inside(`truncate ${copied.filter((table) => table !== "ledger_entries").join(", ")} cascade`);
    for (const table of copied) {
      report(table);
      for (const [pattern, { rows, ids }] of found.entries())
        for (const row of rows[table] ?? []) await inside(copySql(table, row, ids, pattern));
    }
    await inside(numbersSql);
    await inside("analyze bench_customers, customers, subscriptions, credit_grants, wallets, invoices");
    report("times of events");
    await inside(`create unlogged table bench_events as ${eventTimesSql(monthStart, now)}`);
    await inside("analyze bench_events");
    for (const [what, statement] of eventsSql(monthStart)) {
      report(what);
      await inside(statement);
    }
  });
  await ensureEventMonths(database, now);
  report("rejected events");
  await run(rejectedSql(tenant.id));
  await run(`drop table bench_customers, bench_events`);
  await run(`drop function bench_id`);
  const link = await createSetupLink(database, "http://localhost", now);
  const member = await setUp(database, (link ?? "").split("#token=")[1] as string, owner, now);
  await database.transaction(async (tx) => member(tx));
  report("vacuum analyze");
  await run("vacuum analyze");
  await run("checkpoint");
}

async function makeCompany(database: Database, now: Date): Promise<Tenant> {
  const { companyId } = await database.transaction((tx) =>
    createCompany(tx, { name: "Bench", currencyCode: "usd" }, now),
  );
  const [row] = await database.query<{ tenant_id: number }>(
    sql`select tenant_id from tenants where company_id = ${companyId} and mode = 'live'`,
  );
  const id = row?.tenant_id as number;
  // Whoever is to be reminded would be, by jobs, while the dashboard is measured.
  await database.query(sql`update tenants set mails = 'off' where tenant_id = ${id}`);
  return { id, companyId, mode: "live", rateLimitPerMinute: 0, currencyCode: "usd" };
}

type Pattern = { rows: Record<string, object[]>; ids: string[] };

/** One customer of each kind, made as the API makes them at the begin of the month; and every row that came of it. */
async function makePatterns(database: Database, tenant: Tenant, now: Date): Promise<Pattern[]> {
  const catalog = createCatalogReader({ now: () => now });
  await database.transaction(async (tx) => {
    const meter = {
      code: names.meter,
      event_name: names.event,
      aggregation: { type: "sum", property: "tokens" },
    };
    await createMeter(tx, tenant, MeterCreate.parse(meter), now);
    const usage_prices = [{ meter_code: names.meter, unit_amount: "0.000002", currency_code: "usd" }];
    const fixed_fees = [{ code: "base", name: "Base", amount: "20", currency_code: "usd" }];
    await createPlan(tx, tenant, PlanCreate.parse({ code: names.plan, usage_prices, fixed_fees }), now);
  });
  const found: Pattern[] = [];
  for (const { isPaid, hasGrant, isOverdue } of patterns) {
    const id = await database.transaction(async (tx) => {
      const fields = { name: "[name]", email: "email@pattern.example", external_id: "[external_id]" };
      const { customer_id } = await createCustomer(tx, tenant, CustomerCreate.parse(fields), now);
      if (hasGrant) {
        const grant = CreditGrantCreate.parse({ name: "Credits", amount: "100", currency_code: "usd" });
        await createCreditGrant(tx, tenant, { customerId: customer_id, subscriptionId: null }, grant, now);
      }
      const subscription = { customer_id, plan_code: names.plan, initial_status: "active" };
      await createSubscription(tx, catalog, tenant, SubscriptionCreate.parse(subscription), now);
      if (isOverdue) {
        const line_items = [{ description: "Setup", unit_amount_cents: 5_000 }];
        const body = InvoiceCreate.parse({ customer_id, line_items, days_until_due: 0 });
        const { invoice } = await createInvoice(tx, tenant, body, now);
        await finalizeInvoice(tx, tenant, invoice.invoice_id, now);
      }
      const [ofSubscription] = await tx.query<{ invoice_id: string }>(
        sql`select invoice_id from invoices where customer_id = ${customer_id} and subscription_id is not null`,
      );
      if (isPaid) await markInvoicePaid(tx, tenant, ofSubscription?.invoice_id as string, now, async () => {});
      return customer_id;
    });
    const rows: Record<string, object[]> = {};
    for (const table of copied)
      rows[table] = (
        await database.query<{ row: object }>({
          text: `select to_jsonb(each) as row from ${table} as each where customer_id = $1`,
          values: [id],
        })
      ).map(({ row }) => row);
    const ids = new Set(JSON.stringify(rows).match(/\bc[a-z0-9]{24}\b/g));
    ids.delete(id);
    found.push({ rows, ids: [id, ...ids] });
  }
  return found;
}

const digits = "0123456789abcdefghijklmnopqrstuvwxyz";
const places = [7, 6, 5, 4, 3, 2, 1, 0].map(
  (place) => `substr('${digits}', (at_ms / ${36 ** place} % 36)::integer + 1, 1)`,
);

/** An id as `createId` makes them, at a time in milliseconds, from a seed. Plain enough to become part of the statement. */
const functions = `
  create function bench_id(at_ms bigint, seed text) returns text language sql immutable parallel safe as $$
    select 'c' || ${places.join(" || ")} || substr(md5(seed), 1, 16)
  $$`;

/** No pattern has more ids than that. */
const mostIds = 12;

function customersSql(tenantId: number, { customers, events }: { customers: number; events: number }): string {
  const first = Math.round(events * shares.first);
  const next = Math.round(events * shares.next);
  const others = customers - 1 - shares.nextCount;
  const rest = events - first - next * shares.nextCount;
  const ofPattern = patterns.map((_, index) => {
    const below = patterns.slice(0, index + 1).reduce((sum, { share }) => sum + share, 0);
    return `when n % 100 < ${below} then ${index}`;
  });
  return `
    select n, pattern, ${tenantId} as tenant_id, customer_id, ids, (get_byte(sha256(customer_id::bytea), 0) % 64)::smallint as bucket,
      (case when n = 1 then ${first} when n <= ${shares.nextCount + 1} then ${next}
        else ${Math.floor(rest / others)} + (case when n - ${shares.nextCount + 1} <= ${rest % others} then 1 else 0 end) end) as events
    from generate_series(1, ${customers}) as n
    cross join lateral (select case ${ofPattern.join(" ")} end as pattern) as sorted
    cross join lateral (select extract(epoch from date_trunc('month', now(), 'UTC'))::bigint * 1000 + n as at_ms) as timed
    cross join lateral (select bench_id(at_ms, 'customer ' || n) as customer_id) as named
    cross join lateral (select array[${Array.from({ length: mostIds }, (_, place) => `bench_id(at_ms, 'id ${place} ' || n)`).join(", ")}] as ids) as others`;
}

/** The row again for every customer of the pattern, under ids and names of theirs. */
function copySql(table: string, row: object, ids: string[], pattern: number): string {
  const [customerId, ...others] = ids as [string, ...string[]];
  let text = quote(JSON.stringify(row));
  const put = (from: string, to: string) => (text = `replace(${text}, ${quote(from)}, ${to})`);
  const holds = (what: string) => JSON.stringify(row).includes(what);
  put(customerId, "customer_id");
  for (const [place, id] of others.entries()) if (holds(id)) put(id, `ids[${place + 1}]`);
  if (holds("[name]")) put("[name]", "'Customer ' || to_char(n, 'FM000000')");
  if (holds("email@pattern.example")) put("email@pattern.example", "'billing@customer-' || n || '.example'");
  if (holds("[external_id]")) put("[external_id]", "'cus_' || n");
  const own: string[] = [`'bucket', bucket`];
  if (table === "customers")
    own.push(
      `'search_words', array_to_tsvector(array(select tenant_id || ':' || word
        from unnest(array['customer', to_char(n, 'FM000000'), 'billing', n::text, 'example', 'cus', customer_id]) as word))::text`,
    );
  if (table === "invoices")
    own.push(
      `'number', case when ${quote(JSON.stringify(row))}::jsonb->>'number' is null then null else 'INV-' || to_char(n, 'FM000000') || ${quote(
        (row as { subscription_id: string | null }).subscription_id === null ? "-1" : "",
      )} end`,
      `'payment_token', md5('token ' || n || ${quote((row as { invoice_id: string }).invoice_id)})`,
      `'next_collection_at', null`,
    );
  return `insert into ${table}
    select made.* from bench_customers
    cross join lateral jsonb_populate_record(null::${table}, ${text}::jsonb || jsonb_build_object(${own.join(", ")})) as made
    where pattern = ${pattern} order by n`;
}

/** Numbers as finalizing gives them: one after the other. */
const numbersSql = `
  with numbered as (
    select bucket, customer_id, invoice_id, row_number() over (order by invoice_id) as place from invoices where number is not null
  ), taken as (
    update invoices set number = 'INV-' || to_char(place, 'FM000000') from numbered
    where invoices.bucket = numbered.bucket and invoices.customer_id = numbered.customer_id and invoices.invoice_id = numbered.invoice_id
    returning place
  )
  update invoice_numbers set last_number = (select max(place) from taken) where series = 'invoice'`;

/** When each customer's events come: spread over the month so far. In the order of time, as they would lie in the table. */
function eventTimesSql(from: Date, to: Date): string {
  const span = to.getTime() - from.getTime();
  return `
    select n, seq, at_ms, bench_id(at_ms, 'event ' || n || ' ' || seq) as event_id
    from bench_customers
    cross join lateral generate_series(1, events) as seq
    cross join lateral (
      select ${from.getTime()} + floor((seq - 1 + (hashint8(n::bigint * 1000003 + seq) & 1023) / 1024.0) * ${span} / events)::bigint as at_ms
    ) as timed
    order by at_ms, n`;
}

/** The rows of every event, as ingest would have written them. */
function eventsSql(monthStart: Date): [what: string, statement: string][] {
  const next = new Date(Date.UTC(monthStart.getUTCFullYear(), monthStart.getUTCMonth() + 1));
  const partition = `events_${monthStart.getUTCFullYear()}_${String(monthStart.getUTCMonth() + 1).padStart(2, "0")}`;
  const period = `"period_start":"${monthStart.toISOString()}","period_end":"${next.toISOString()}"`;
  const counter = (quantity: string, count: string) =>
    `{"quantity":"' || ${quantity} || '","event_count":' || ${count} || ',"accrued":"0","memory":null}`;
  const money = (count: string) => `trim_scale(${count} * ${amountOfEvent})`;
  const joined = `bench_events as event join bench_customers as customer using (n)
    left join credit_grants as granted on granted.bucket = customer.bucket and granted.customer_id = customer.customer_id
    join subscriptions as subscription on subscription.bucket = customer.bucket and subscription.customer_id = customer.customer_id`;
  const hasGrant = "granted.credit_grant_id is not null";
  const start = `case when ${hasGrant} then 100 else 0 end`;
  const chargesOf = `'[{"subscription_id":"' || subscription.subscription_id || '","plan_version":1,"price_code":"${names.meter}","meter_code":"${names.meter}",${period},"dimension":"","quantity":"${tokensOfEvent}","counter_before":${counter(`${tokensOfEvent} * (seq - 1)`, "(seq - 1)")},"counter_after":${counter(`${tokensOfEvent} * seq`, "seq")},"uncapped_before":"' || ${money("(seq - 1)")} || '","uncapped_after":"' || ${money("seq")} || '","is_late":false,"amount":"${amountOfEvent}","account_type":"currency","code":"usd","ledger_seq":' || (seq + case when ${hasGrant} then 1 else 0 end) || '}]'`;
  const time = "to_timestamp(at_ms / 1000.0)";
  return [
    ["events", `create table ${partition} (like events including defaults including constraints)`],
    [
      "events",
      `insert into ${partition} (tenant_id, bucket, customer_id, event_id, position, event_name, idempotency_key, occurred_at, properties, charges, recorded_at)
      select customer.tenant_id, customer.bucket, customer.customer_id, event_id, row_number() over (), '${names.event}',
        'evt_' || n || '_' || seq, ${time}, '{"tokens":${tokensOfEvent},"model":"gpt-4"}'::json, (${chargesOf})::json, ${time}
      from ${joined}`,
    ],
    [
      "indexes of events",
      `alter table events attach partition ${partition} for values from ('${firstIdAt(monthStart)}') to ('${firstIdAt(next)}')`,
    ],
    [
      "indexes of events",
      `select setval(pg_get_serial_sequence('events', 'position'), (select count(*) + 1 from bench_events), false)`,
    ],
    ["keys of events", `alter table event_keys drop constraint event_keys_pkey`],
    [
      "keys of events",
      `insert into event_keys (tenant_id, bucket, customer_id, key_hash, event_id, fingerprint)
      select tenant_id, bucket, customer_id, substr(sha256(('evt_' || n || '_' || seq)::bytea), 1, 16), event_id,
        substr(sha256(('["${names.event}",' || at_ms || ',{"model":"gpt-4","tokens":${tokensOfEvent}}]')::bytea), 1, 16)
      from bench_events join bench_customers using (n)`,
    ],
    ["index of keys", `alter table event_keys add primary key (bucket, customer_id, key_hash)`],
    ["usage in the ledger", `alter table ledger_entries drop constraint ledger_entries_pkey`],
    [
      "usage in the ledger",
      `insert into ledger_entries (tenant_id, bucket, customer_id, account_type, code, seq, kind, amount, balance_after, cause_id, draws, occurred_at, recorded_at)
      select customer.tenant_id, customer.bucket, customer.customer_id, 'currency', 'usd', seq + case when ${hasGrant} then 1 else 0 end, 'usage',
        -${amountOfEvent}, ${start} - ${amountOfEvent} * seq, event_id,
        (case when ${hasGrant} then '[{"credit_grant_id":"' || granted.credit_grant_id || '","amount":"${amountOfEvent}"}]' else '[]' end)::json, ${time}, ${time}
      from ${joined}`,
    ],
    [
      "index of the ledger",
      `alter table ledger_entries add primary key (bucket, customer_id, account_type, code, seq)`,
    ],
    [
      "counters",
      `insert into counters (tenant_id, bucket, customer_id, subscription_id, price_code, period_start, window_start_ms, dimension, quantity, event_count, accrued, memory)
      select tenant_id, bucket, customer_id, subscription_id, '${names.meter}', '${monthStart.toISOString()}', -1, '', ${tokensOfEvent} * events, events, 0, null
      from bench_customers join subscriptions using (tenant_id, bucket, customer_id)`,
    ],
    [
      "balances",
      `insert into wallets (tenant_id, bucket, customer_id, account_type, code, balance, last_seq, updated_at)
      select tenant_id, bucket, customer_id, 'currency', 'usd', -${amountOfEvent} * events, events, now()
      from bench_customers where true
      on conflict (bucket, customer_id, account_type, code) do update
      set balance = wallets.balance + excluded.balance, last_seq = wallets.last_seq + excluded.last_seq`,
    ],
    [
      "grants",
      `update credit_grants set remaining = remaining - ${amountOfEvent} * events from bench_customers
      where credit_grants.bucket = bench_customers.bucket and credit_grants.customer_id = bench_customers.customer_id`,
    ],
  ];
}

const rejectedCount = 5_000;

function rejectedSql(tenantId: number): string {
  return `insert into rejected_events (tenant_id, rejected_event_id, bucket, customer_id, external_customer_id, event_name, idempotency_key, occurred_at,
      properties, code, message, accepted_at, rejected_at)
    select ${tenantId}, bench_id(extract(epoch from now())::bigint * 1000 - ${rejectedCount} + number, 'rejected ' || number), number % 64, null, 'nobody_' || number,
      '${names.event}', 'rejected_' || number, now(), '{"tokens": 1}', 'CUSTOMER_NOT_FOUND', 'There is no such customer.', now(), now()
    from generate_series(1, ${rejectedCount}) as number`;
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
