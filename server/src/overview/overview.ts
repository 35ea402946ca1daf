import { Decimal, decimal, zero } from "../../../core/decimal.ts";
import { monthlyFees } from "../../../core/recurring-revenue.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { countCustomers } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { sumInvoices } from "../invoicing/invoicing.ts";
import { countRejected } from "../metering/metering.ts";
import type { Queryable } from "../platform/db.ts";
import { groupSubscriptions, planOfGroup } from "../subscriptions/subscriptions.ts";
import { countInDebt } from "../wallets/wallets.ts";
import type { OverviewFigures } from "./schema.ts";

/** What the tenant's books come to now. */
export async function getOverview(
  db: Queryable,
  catalog: Catalog,
  tenant: Tenant,
  now: Date,
): Promise<OverviewFigures> {
  const monthStart = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth()));
  // One after the other: a page that many people leave open must not take the connections that others wait for.
  const customers = await countCustomers(db, tenant);
  const groups = await groupSubscriptions(db, tenant);
  const invoices = await sumInvoices(db, tenant, { since: monthStart, now });
  const rejectedEvents = await countRejected(db, tenant.id);
  const walletsInDebt = await countInDebt(db, tenant);
  const subscriptions = { active: 0, trialing: 0, past_due: 0, pending: 0 };
  const revenue = new Map<string, Decimal>();
  for (const group of groups) {
    if (group.status === "canceled") continue;
    subscriptions[group.status] += group.count;
    const isBilled = (group.status === "active" || group.status === "past_due") && !group.is_paused;
    if (!isBilled) continue;
    const version = await catalog.planVersion(db, tenant.id, group.plan_code, group.plan_version);
    const count = Decimal.of(BigInt(group.count));
    for (const [code, cents] of monthlyFees(planOfGroup(group, version), decimal(group.quantity)))
      revenue.set(code, (revenue.get(code) ?? zero).plus(cents.times(count)));
  }
  return {
    asOf: now,
    monthStart,
    customers,
    subscriptions,
    revenue: new Map([...revenue].map(([code, cents]) => [code, cents.toString()])),
    invoices,
    rejectedEvents,
    walletsInDebt,
  };
}
