import type { ExpectedRenewal } from "../../../core/balance.ts";
import { decimal } from "../../../core/decimal.ts";
import { denominationKey, isSameDenomination } from "../../../core/denomination.ts";
import type { RecurringGrant } from "../../../core/plan.ts";
import { expectedRenewals } from "../../../core/recurring-grant.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { CustomerKey } from "../customers/customers.ts";
import type { Transaction } from "../platform/db.ts";
import type { SubscriptionRow } from "../subscriptions/schema.ts";
import {
  findPricingSubscriptions,
  planOfSubscription,
  scheduleOfSubscription,
} from "../subscriptions/subscriptions.ts";
import { findRecurringGrants, type ExpectedCredits } from "../wallets/wallets.ts";

/**
 * What the customer's live subscriptions give with the periods that begin until `until`, if nothing is changed: as many seats as now, and
 * nothing after an end that is decided. What is due and not given yet is given first. What a plan that takes over will give is not known:
 * its latest version of then is taken.
 */
export async function expectCredits(
  tx: Transaction,
  catalog: Catalog,
  key: CustomerKey,
  until: Date,
  now: Date,
): Promise<ExpectedCredits[]> {
  const found = new Map<string, ExpectedCredits>();
  for (const row of (await findPricingSubscriptions(tx, [key], now, now)).get(key.customerId) ?? []) {
    for (const { denomination, renewals } of await creditsOf(tx, catalog, key, row, until)) {
      const name = denominationKey(denomination);
      found.set(name, { denomination, renewals: [...(found.get(name)?.renewals ?? []), ...renewals] });
    }
  }
  return [...found.values()].map(({ denomination, renewals }) => ({
    denomination,
    renewals: renewals.toSorted((a, b) => a.at - b.at),
  }));
}

async function creditsOf(
  tx: Transaction,
  catalog: Catalog,
  key: CustomerKey,
  row: SubscriptionRow,
  until: Date,
): Promise<ExpectedCredits[]> {
  const plan = planOfSubscription(row, await catalog.planVersion(tx, key.tenantId, row.plan_code, row.plan_version));
  const { recurringGrants = [] } = plan;
  if (recurringGrants.length === 0 || row.paused_at !== null) return [];
  const given = await findRecurringGrants(tx, key, row.subscription_id, row.current_period_start);
  const idsOf = (code: string) =>
    given
      .filter(({ recurring_key }) => recurring_key?.startsWith(`${code}:`) === true)
      .map((each) => each.credit_grant_id);
  const last = row.cancel_at === null ? until.getTime() : Math.min(until.getTime(), row.cancel_at.getTime() - 1);
  return byDenomination(recurringGrants).map((grants) => {
    const renewals: ExpectedRenewal[] = [
      ...expectedRenewals(grants, {
        schedule: scheduleOfSubscription(row, plan),
        from: row.current_period_end.getTime(),
        until: last,
        seatCount: decimal(row.quantity),
        grantIds: new Map(grants.map(({ code }) => [code, new Set(idsOf(code))])),
      }),
    ];
    return { denomination: (grants[0] as RecurringGrant).denomination, renewals };
  });
}

function byDenomination(grants: readonly RecurringGrant[]): RecurringGrant[][] {
  const firsts = grants.filter(
    ({ denomination }, index) =>
      grants.findIndex((each) => isSameDenomination(each.denomination, denomination)) === index,
  );
  return firsts.map(({ denomination }) => grants.filter((each) => isSameDenomination(each.denomination, denomination)));
}
