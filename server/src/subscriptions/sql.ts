import { inRealTime, ofCustomers, ofOneCustomer, rowsOfEach, type CustomerKey } from "../customers/customers.ts";
import { allOf, asRows, sql, type Queryable, type Sql, type Transaction } from "../platform/db.ts";
import type { SubscriptionRow, SubscriptionStatus } from "./schema.ts";

const columns = sql`bucket, customer_id, subscription_id, plan_code, plan_version, status, activates_at, start_date, timezone, starts_at,
  billing_anchor_day, quantity, moved_schedule, current_period_start, current_period_end, step_start, step_end, next_renewal_date,
  trial_end, paused_at, cancel_at, canceled_at, ended_at, scheduled_plan_code, previous_subscription_id, billed_until,
  usage_billed_until, usage_closed_until, levels_end_at, next_due_at, overrides, metadata, created_at, updated_at`;

/** The name of the constraint that keeps a customer from having two subscriptions to a plan that have not ended. */
export const onePerPlan = "subscriptions_one_per_plan";

export type SavedSubscription = { tenantId: number; row: SubscriptionRow };

/** Writes new subscriptions and what has changed of others. The caller holds the customers' locks. */
export async function saveSubscriptions(tx: Transaction, saved: SavedSubscription[]): Promise<void> {
  const records = saved.map(({ tenantId, row }) => ({ tenant_id: tenantId, ...row }));
  await tx.query(
    sql`insert into subscriptions (tenant_id, ${columns})
        select tenant_id, ${columns} from ${asRows(sql`subscriptions`, records)}
        on conflict (bucket, customer_id, subscription_id) do update
        set status = excluded.status, activates_at = excluded.activates_at, start_date = excluded.start_date,
          starts_at = excluded.starts_at, billing_anchor_day = excluded.billing_anchor_day, quantity = excluded.quantity,
          moved_schedule = excluded.moved_schedule, current_period_start = excluded.current_period_start,
          current_period_end = excluded.current_period_end, step_start = excluded.step_start, step_end = excluded.step_end,
          next_renewal_date = excluded.next_renewal_date, trial_end = excluded.trial_end, paused_at = excluded.paused_at,
          cancel_at = excluded.cancel_at, canceled_at = excluded.canceled_at, ended_at = excluded.ended_at,
          scheduled_plan_code = excluded.scheduled_plan_code, billed_until = excluded.billed_until,
          usage_billed_until = excluded.usage_billed_until, usage_closed_until = excluded.usage_closed_until,
          levels_end_at = excluded.levels_end_at, next_due_at = excluded.next_due_at, metadata = excluded.metadata,
          updated_at = excluded.updated_at`,
  );
}

export async function findSubscription(db: Queryable, tenantId: number, id: string): Promise<SubscriptionRow | null> {
  const [row] = await db.query<SubscriptionRow>(
    sql`select ${columns} from subscriptions where tenant_id = ${tenantId} and subscription_id = ${id}`,
  );
  return row ?? null;
}

/** The customers' subscriptions that can still fall due: those that have not ended, and those with a draft that is not closed. */
export async function findUnfinished(db: Queryable, keys: CustomerKey[]): Promise<SubscriptionRow[]> {
  return db.query<SubscriptionRow>(
    sql`select found.*
        from ${rowsOfEach(keys, sql`select ${columns} from subscriptions`, sql`(status <> 'canceled' or next_due_at is not null)`)}
        order by customer_id, subscription_id`,
  );
}

export type DueCustomer = CustomerKey & { dueAt: Date };

/** Customers for whom something has fallen due by `now`, the longest due first, from just after `after`. */
export async function findDueCustomers(
  db: Queryable,
  now: Date,
  page: { after: DueCustomer | null; limit: number },
): Promise<DueCustomer[]> {
  const { after, limit } = page;
  return db.query<DueCustomer>(
    sql`select tenant_id as "tenantId", bucket, customer_id as "customerId", next_due_at as "dueAt"
        from subscriptions
        where next_due_at <= ${now} and ${inRealTime}
          and (next_due_at, bucket, customer_id) > (${after?.dueAt ?? new Date(0)}, ${after?.bucket ?? -1}::smallint, ${after?.customerId ?? ""}::text)
        order by next_due_at, bucket, customer_id
        limit ${limit}`,
  );
}

export type SubscriptionFilter = { customer: CustomerKey | null; status: SubscriptionStatus | null };

/** A subscription, and what time it is for its customer. */
export type SeenSubscription = SubscriptionRow & { seen_at: Date };

/** Newest first, from just below the id `after`. Each is seen at its customer's time: `now`, or that of their test clock. */
export async function listSubscriptions(
  db: Queryable,
  tenantId: number,
  filter: SubscriptionFilter,
  page: { after: string | null; limit: number },
  now: Date,
): Promise<SeenSubscription[]> {
  const seenAt = sql`coalesce((
      select clock_time from customers
      where customers.bucket = subscriptions.bucket and customers.customer_id = subscriptions.customer_id
    ), ${now}::timestamptz)`;
  const conditions = [
    ...(filter.customer === null ? [] : [ofOneCustomer(filter.customer)]),
    ...(filter.status === null ? [] : [canBe(filter.status), sql`${statusAt(seenAt)} = ${filter.status}`]),
    ...(page.after === null ? [] : [sql`subscription_id < ${page.after}`]),
  ];
  return db.query<SeenSubscription>(
    sql`select ${columns}, ${seenAt} as seen_at from subscriptions
        where tenant_id = ${tenantId} and ${allOf(conditions)}
        order by subscription_id desc
        limit ${page.limit}`,
  );
}

/** The subscriptions of these customers that have not ended, and those that ended after `since`, oldest first. */
export async function findSubscriptionsSince(
  db: Queryable,
  keys: CustomerKey[],
  since: Date,
): Promise<SubscriptionRow[]> {
  const applies = sql`(status <> 'canceled' or coalesce(ended_at, cancel_at) > ${since})`;
  return db.query<SubscriptionRow>(
    sql`select found.* from ${rowsOfEach(keys, sql`select ${columns} from subscriptions`, applies)}
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

/** `statusAt` of core, for rows. */
function statusAt(now: Date | Sql) {
  return sql`case
      when status = 'canceled' or (status = 'pending' and (activates_at is null or activates_at > ${now})) then status
      when cancel_at <= ${now} then 'canceled'
      when status in ('pending', 'trialing') then case when trial_end > ${now} then 'trialing' else 'active' end
      else status
    end`;
}

/** What must be written in a row for `statusAt` to say so at any time: an index finds it, and nobody's clock is asked for the others. */
function canBe(status: SubscriptionStatus): Sql {
  const written: Record<SubscriptionStatus, Sql> = {
    pending: sql`status = 'pending'`,
    trialing: sql`status in ('pending', 'trialing') and trial_end is not null`,
    active: sql`status in ('pending', 'trialing', 'active')`,
    past_due: sql`status = 'past_due'`,
    canceled: sql`(status = 'canceled' or cancel_at is not null)`,
  };
  return written[status];
}

export type SubscriptionGroup = {
  plan_code: string;
  plan_version: number;
  status: SubscriptionRow["status"];
  quantity: string;
  overrides: SubscriptionRow["overrides"];
  is_paused: boolean;
  count: number;
};

/** The tenant's subscriptions that have not ended, those that are charged alike as one. */
export async function groupSubscriptions(db: Queryable, tenantId: number): Promise<SubscriptionGroup[]> {
  return db.query<SubscriptionGroup>(
    sql`select plan_code, plan_version, status, quantity, overrides, paused_at is not null as is_paused, count(*)::integer as count
        from subscriptions
        where tenant_id = ${tenantId} and status <> 'canceled'
        group by plan_code, plan_version, status, quantity, overrides, paused_at is not null`,
  );
}
