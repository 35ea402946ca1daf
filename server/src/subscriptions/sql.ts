import { ofCustomers, rowsOfEach, type CustomerKey } from "../customers/customers.ts";
import { allOf, sql, type Queryable, type Transaction } from "../platform/db.ts";
import type { SubscriptionRow, SubscriptionStatus } from "./schema.ts";

const columns = sql`bucket, customer_id, subscription_id, plan_code, plan_version, status, activates_at, start_date, timezone, starts_at,
  billing_anchor_day, current_period_start, current_period_end, next_renewal_date, trial_end, cancel_at, canceled_at, ended_at,
  scheduled_plan_code, previous_subscription_id, overrides, metadata, created_at, updated_at`;

/** The name of the constraint that keeps a customer from having two subscriptions to a plan that have not ended. */
export const onePerPlan = "subscriptions_one_per_plan";

export async function insertSubscription(tx: Transaction, tenantId: number, row: SubscriptionRow): Promise<void> {
  await tx.query(
    sql`insert into subscriptions (tenant_id, ${columns})
        values (${tenantId}, ${row.bucket}, ${row.customer_id}, ${row.subscription_id}, ${row.plan_code}, ${row.plan_version},
          ${row.status}, ${row.activates_at}, ${row.start_date}, ${row.timezone}, ${row.starts_at}, ${row.billing_anchor_day},
          ${row.current_period_start}, ${row.current_period_end}, ${row.next_renewal_date}, ${row.trial_end}, ${row.cancel_at},
          ${row.canceled_at}, ${row.ended_at}, ${row.scheduled_plan_code}, ${row.previous_subscription_id}, ${row.overrides}, ${row.metadata},
          ${row.created_at}, ${row.updated_at})`,
  );
}

export async function findSubscription(db: Queryable, tenantId: number, id: string): Promise<SubscriptionRow | null> {
  const [row] = await db.query<SubscriptionRow>(
    sql`select ${columns} from subscriptions where tenant_id = ${tenantId} and subscription_id = ${id}`,
  );
  return row ?? null;
}

/** Guarantee: the row stays as it is returned until the transaction ends. */
export async function lockSubscription(tx: Transaction, key: CustomerKey, id: string): Promise<SubscriptionRow | null> {
  const [row] = await tx.query<SubscriptionRow>(
    sql`select ${columns} from subscriptions where ${ofCustomers([key])} and subscription_id = ${id} for no key update`,
  );
  return row ?? null;
}

export async function updateSubscription(tx: Transaction, key: CustomerKey, row: SubscriptionRow): Promise<void> {
  await tx.query(
    sql`update subscriptions set status = ${row.status}, activates_at = ${row.activates_at},
          start_date = ${row.start_date}, starts_at = ${row.starts_at},
          current_period_start = ${row.current_period_start}, current_period_end = ${row.current_period_end},
          next_renewal_date = ${row.next_renewal_date}, canceled_at = ${row.canceled_at}, ended_at = ${row.ended_at},
          metadata = ${row.metadata}, updated_at = ${row.updated_at}
        where ${ofCustomers([key])} and subscription_id = ${row.subscription_id}`,
  );
}

export type SubscriptionFilter = { customer: CustomerKey | null; status: SubscriptionStatus | null };

/** Newest first, from just below the id `after`. */
export async function listSubscriptions(
  db: Queryable,
  tenantId: number,
  filter: SubscriptionFilter,
  page: { after: string | null; limit: number },
  now: Date,
): Promise<SubscriptionRow[]> {
  const conditions = [
    ...(filter.customer === null ? [] : [ofCustomers([filter.customer])]),
    ...(filter.status === null ? [] : [sql`${statusAt(now)} = ${filter.status}`]),
    ...(page.after === null ? [] : [sql`subscription_id < ${page.after}`]),
  ];
  return db.query<SubscriptionRow>(
    sql`select ${columns} from subscriptions
        where tenant_id = ${tenantId} and ${allOf(conditions)}
        order by subscription_id desc
        limit ${page.limit}`,
  );
}

/** The subscriptions of these customers whose prices apply at `now` or have applied since `earliest`, oldest first. */
export async function findPricingSubscriptions(
  db: Queryable,
  keys: CustomerKey[],
  earliest: Date,
  now: Date,
): Promise<SubscriptionRow[]> {
  return db.query<SubscriptionRow>(
    sql`select found.* from ${rowsOfEach(keys, sql`select ${columns} from subscriptions`, sql`(${statusAt(now)} in ('trialing', 'active', 'past_due') or (status = 'canceled' and ended_at > ${earliest}))`)}
        order by customer_id, subscription_id`,
  );
}

/** In the order of the primary key, from just after `after`. Never one that was canceled before it began: it has priced nothing. */
export async function findSubscribers(
  db: Queryable,
  tenantId: number,
  wanted: { planCode: string; customer: CustomerKey | null; liveAt: Date | null },
  page: { after: SubscriptionRow | null; limit: number },
): Promise<SubscriptionRow[]> {
  const { after } = page;
  const { planCode, customer, liveAt } = wanted;
  const conditions = [
    ...(customer === null ? [] : [ofCustomers([customer])]),
    liveAt === null
      ? sql`(${statusAt(new Date(0))} in ('trialing', 'active', 'past_due') or activates_at is not null or ended_at is not null)`
      : sql`${statusAt(liveAt)} in ('trialing', 'active', 'past_due')`,
  ];
  return db.query<SubscriptionRow>(
    sql`select ${columns} from subscriptions
        where tenant_id = ${tenantId} and plan_code = ${planCode} and ${allOf(conditions)}
          and (bucket, customer_id, subscription_id)
            > (${after?.bucket ?? -1}::smallint, ${after?.customer_id ?? ""}::text, ${after?.subscription_id ?? ""}::text)
        order by bucket, customer_id, subscription_id
        limit ${page.limit}`,
  );
}

/** Writes down what has become true: subscriptions created active whose start has come. Returns how many there were. */
export async function activateDueSubscriptions(db: Queryable, now: Date): Promise<number> {
  const rows = await db.query(
    sql`update subscriptions set status = 'active', activates_at = null, updated_at = ${now}
        where status = 'pending' and activates_at <= ${now}
        returning subscription_id`,
  );
  return rows.length;
}

function statusAt(now: Date) {
  return sql`case when status = 'pending' and activates_at <= ${now} then 'active' else status end`;
}
