/** A company with customers who can be charged, and as many events of theirs as a database is to hold already. */
import { createCompany } from "../../server/src/companies/companies.ts";
import { createCatalogReader, createMeter, createPlan } from "../../server/src/catalog/catalog.ts";
import { MeterCreate } from "../../server/src/catalog/meter-schema.ts";
import { PlanCreate } from "../../server/src/catalog/plan-schema.ts";
import { createCustomer } from "../../server/src/customers/customers.ts";
import { CustomerCreate } from "../../server/src/customers/schema.ts";
import type { Tenant } from "../../server/src/http/authentication.ts";
import { sql, type Database } from "../../server/src/platform/db.ts";
import { createSubscription } from "../../server/src/renewals/renewals.ts";
import { SubscriptionCreate } from "../../server/src/subscriptions/schema.ts";
import { createCreditGrant } from "../../server/src/wallets/wallets.ts";
import { CreditGrantCreate } from "../../server/src/wallets/schema.ts";

export type Filled = { key: string; tenantId: number; customers: string[] };

/** The price is the yardstick's: so much for each call, debited from a wallet that lasts. */
export async function fillCustomers(database: Database, count: number): Promise<Filled> {
  const now = new Date();
  const catalog = createCatalogReader({ now: () => now });
  const { companyId, liveApiKey } = await database.transaction((tx) =>
    createCompany(tx, { name: "Bench", currencyCode: "usd" }, now),
  );
  const [row] = await database.query<{ tenant_id: number }>(
    sql`select tenant_id from tenants where company_id = ${companyId} and mode = 'live'`,
  );
  const tenant: Tenant = {
    id: row?.tenant_id as number,
    companyId,
    mode: "live",
    rateLimitPerMinute: 0,
    currencyCode: "usd",
  };
  await database.transaction(async (tx) => {
    const meter = { code: "calls", event_name: "api_call", aggregation: { type: "count" } };
    await createMeter(tx, tenant, MeterCreate.parse(meter), now);
    const price = { meter_code: "calls", unit_amount: "0.000125", currency_code: "usd" };
    await createPlan(tx, tenant, PlanCreate.parse({ code: "bench", usage_prices: [price] }), now);
  });
  const customers: string[] = [];
  while (customers.length < count) {
    await database.transaction(async (tx) => {
      for (let index = 0; index < Math.min(200, count - customers.length); index++) {
        const { customer_id } = await createCustomer(tx, tenant, CustomerCreate.parse({ name: "Bench" }), now);
        const subscription = { customer_id, plan_code: "bench", initial_status: "active" };
        await createSubscription(tx, catalog, tenant, SubscriptionCreate.parse(subscription), now);
        const grant = CreditGrantCreate.parse({ name: "Credits", amount: "1000000", currency_code: "usd" });
        await createCreditGrant(tx, tenant, { customerId: customer_id, subscriptionId: null }, grant, now);
        customers.push(customer_id);
      }
    });
  }
  await database.query(sql`vacuum analyze`);
  return { key: liveApiKey, tenantId: tenant.id, customers };
}

/**
 * `count` more events like those that the database holds, as rows and not by ingest: events, keys and ledger entries, spread evenly over the
 * customers. Their wallets' chains and balances go on from where they stand.
 */
export async function fillEvents(database: Database, count: number): Promise<void> {
  const [{ customers }] = (await database.query<{ customers: number }>(
    sql`select count(*)::integer as customers from wallets`,
  )) as [{ customers: number }];
  const patient = database.reserve({ maxConnections: 1, statementTimeoutMs: 900_000 });
  const each = Math.ceil(count / customers);
  // So many of each customer at once take some seconds.
  const step = 10;
  for (let done = 0; done < each; done += step) {
    const size = Math.min(step, each - done);
    await fillSlice(patient, size);
  }
  for (const table of ["events", "event_keys", "ledger_entries"])
    await patient.query({ text: `vacuum analyze ${table}`, values: [] });
  await patient.close();
}

async function fillSlice(database: Database, size: number): Promise<void> {
  await database.query(sql`
    with made as materialized (
      select wallets.tenant_id, wallets.bucket, wallets.customer_id, wallets.account_type, wallets.code,
        wallets.last_seq + number as seq, wallets.balance - 0.000125 * number as balance_after,
        left(sample.event_id, 9) || lpad((wallets.last_seq + number)::text, 16, '0') as event_id, sample.charges, sample.properties
      from wallets
      cross join generate_series(1, ${size}::integer) as number
      cross join (select event_id, charges, properties from events limit 1) as sample
    ), stored as (
      insert into events (tenant_id, bucket, customer_id, event_id, event_name, idempotency_key, occurred_at, properties, charges, recorded_at)
      select tenant_id, bucket, customer_id, event_id, 'api_call', 'fill-' || event_id, now(), properties, charges, now() from made
    ), keyed as (
      insert into event_keys (tenant_id, bucket, customer_id, key_hash, event_id, fingerprint)
      select tenant_id, bucket, customer_id, decode(md5(customer_id || event_id), 'hex'), event_id, decode(md5(event_id), 'hex') from made
    ), moved as (
      insert into ledger_entries (tenant_id, bucket, customer_id, account_type, code, seq, kind, amount, balance_after, cause_id, draws, occurred_at, recorded_at)
      select tenant_id, bucket, customer_id, account_type, code, seq, 'usage', -0.000125, balance_after, event_id, '[]', now(), now() from made
    )
    update wallets set last_seq = last_seq + ${size}, balance = balance - 0.000125 * ${size}::integer
  `);
}
