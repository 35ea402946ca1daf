/** Subscriptions that fall due together, with usage of every price in the period that ends. */
import { createCompany } from "../../server/src/companies/companies.ts";
import { createCatalogReader, createMeter, createPlan } from "../../server/src/catalog/catalog.ts";
import { MeterCreate } from "../../server/src/catalog/meter-schema.ts";
import { PlanCreate } from "../../server/src/catalog/plan-schema.ts";
import { createCustomer } from "../../server/src/customers/customers.ts";
import { CustomerCreate } from "../../server/src/customers/schema.ts";
import type { Tenant } from "../../server/src/http/authentication.ts";
import { ingestEvents } from "../../server/src/metering/metering.ts";
import { sql, type Database } from "../../server/src/platform/db.ts";
import { createSubscription } from "../../server/src/renewals/renewals.ts";
import { SubscriptionCreate } from "../../server/src/subscriptions/schema.ts";
import { customerKey } from "../../server/src/customers/customers.ts";

export const priceCount = 10;
const atATime = 200;

/** `count` customers, each with a subscription to a plan of ten prices and a fee since `start`, and an event for each price. */
export async function fillSubscriptions(
  database: Database,
  count: number,
  start: Date,
  onProgress: (done: number) => void,
): Promise<void> {
  const catalog = createCatalogReader({ now: () => start });
  const { companyId } = await database.transaction((tx) =>
    createCompany(tx, { name: "Bench", currencyCode: "usd" }, start),
  );
  const [row] = await database.query<{ tenant_id: number }>(
    sql`select tenant_id from tenants where company_id = ${companyId} and mode = 'test'`,
  );
  const id = row?.tenant_id as number;
  const tenant: Tenant = { id, companyId, mode: "test", rateLimitPerMinute: 0, currencyCode: "usd" };
  const codes = Array.from({ length: priceCount }, (_, index) => `meter_${index}`);
  await database.transaction(async (tx) => {
    for (const code of codes) {
      const meter = { code, event_name: code, aggregation: { type: "count" } };
      await createMeter(tx, tenant, MeterCreate.parse(meter), start);
    }
    const usage_prices = codes.map((meter_code) => ({ meter_code, unit_amount: "0.25", currency_code: "usd" }));
    const fixed_fees = [{ code: "base", name: "Base", amount: "20", currency_code: "usd" }];
    await createPlan(tx, tenant, PlanCreate.parse({ code: "bench", usage_prices, fixed_fees }), start);
  });
  for (let done = 0; done < count; done += atATime) {
    await database.transaction(async (tx) => {
      const events = [];
      for (let index = 0; index < Math.min(atATime, count - done); index++) {
        const { customer_id } = await createCustomer(tx, tenant, CustomerCreate.parse({ name: "Bench" }), start);
        const subscription = { customer_id, plan_code: "bench", initial_status: "active" };
        await createSubscription(tx, catalog, tenant, SubscriptionCreate.parse(subscription), start);
        const key = customerKey(tenant, customer_id);
        for (const code of codes)
          events.push({ key, eventName: code, idempotencyKey: code, timestamp: start, properties: {} });
      }
      await ingestEvents(tx, catalog, events, start);
    });
    onProgress(Math.min(done + atATime, count));
  }
  await database.query(sql`vacuum analyze`);
}
