import { inRealTime, ofCustomers, rowsOfEach, type CustomerKey } from "../customers/customers.ts";
import type { StoredInputs } from "./inputs.ts";
import { asRows, sql, type Queryable, type Transaction } from "../platform/db.ts";

export type FeeBasisRow = {
  bucket: number;
  customer_id: string;
  subscription_id: string;
  starts_at: Date;
  quantity: string;
  is_billed: boolean;
  is_credited: boolean;
};

/** By denomination: what the usage of a billing came to, and what of it, and of debt from before, was settled. Decimals' text. */
export type StoredSettlements = Record<string, { charged: string; usage: string; carried: string }>;

export type BillingRow = {
  bucket: number;
  customer_id: string;
  billing_id: string;
  subscription_id: string;
  cause: "activation" | "trial_end" | "billing" | "renewal" | "end";
  billed_after: Date | null;
  billed_at: Date;
  usage_start: Date | null;
  usage_end: Date | null;
  is_credited: boolean | null;
  settled: StoredSettlements;
  invoices: Record<string, string>;
  /** What its lines come from; null if it was made before that was kept. */
  inputs: StoredInputs | null;
  closes_at: Date;
  is_closed: boolean;
  created_at: Date;
};

const basisColumns = sql`bucket, customer_id, subscription_id, starts_at, quantity, is_billed, is_credited`;
const billingColumns = sql`bucket, customer_id, billing_id, subscription_id, cause, billed_after, billed_at, usage_start, usage_end,
  is_credited, settled, invoices, inputs, closes_at, is_closed, created_at`;

/** What the fees of these customers' subscriptions are owed for, in the order of time. */
export async function findFeeBases(db: Queryable, keys: CustomerKey[]): Promise<FeeBasisRow[]> {
  return db.query<FeeBasisRow>(
    sql`select found.* from ${rowsOfEach(keys, sql`select ${basisColumns} from fee_bases`, sql`true`)}
        order by subscription_id, starts_at`,
  );
}

export function upsertFeeBases(tx: Transaction, saved: { tenantId: number; row: FeeBasisRow }[]): void {
  if (saved.length === 0) return;
  const records = saved.map(({ tenantId, row }) => ({ tenant_id: tenantId, ...row }));
  tx.send(
    sql`insert into fee_bases (tenant_id, ${basisColumns})
        select tenant_id, ${basisColumns} from ${asRows(sql`fee_bases`, records)}
        on conflict (bucket, customer_id, subscription_id, starts_at) do update
        set quantity = excluded.quantity, is_billed = excluded.is_billed, is_credited = excluded.is_credited`,
  );
}

/** Deletes the bases of a subscription that begin at these instants. */
export function deleteFeeBases(tx: Transaction, key: CustomerKey, subscriptionId: string, startsAt: Date[]): void {
  tx.send(
    sql`delete from fee_bases
        where ${ofCustomers([key])} and subscription_id = ${subscriptionId} and starts_at = any(${startsAt}::timestamptz[])`,
  );
}

/** The billings of these customers that still take late usage, oldest first. */
export async function findOpenBillings(db: Queryable, keys: CustomerKey[]): Promise<BillingRow[]> {
  return db.query<BillingRow>(
    sql`select found.* from ${rowsOfEach(keys, sql`select ${billingColumns} from billings`, sql`not is_closed`)}
        order by closes_at, billing_id`,
  );
}

/**
 * The oldest usage that may still be billed: of a subscription that goes on, of a billing that takes late usage, or of a draft. Customers of test
 * clocks are left out: one whose clock stands would keep everybody's events from being archived for ever.
 */
export async function findOldestOpenUsage(
  db: Queryable,
): Promise<{ customerId: string; subscriptionId: string; since: Date } | null> {
  const [oldest] = await db.query<{ customerId: string; subscriptionId: string; since: Date }>(
    sql`select customer_id as "customerId", subscription_id as "subscriptionId", since from (
          select bucket, customer_id, subscription_id, coalesce(usage_closed_until, starts_at) as since from subscriptions
          where status in ('trialing', 'active', 'past_due') or (status = 'canceled' and next_due_at is not null)
          union all
          select billings.bucket, billings.customer_id, billings.subscription_id, usage_start from billings
          where not is_closed and usage_start is not null
          union all
          select billings.bucket, billings.customer_id, billings.subscription_id, usage_start from invoices
          join billings using (bucket, customer_id, billing_id)
          where invoices.status = 'draft' and usage_start is not null
        ) as open_usage
        where ${inRealTime}
        order by since, customer_id, subscription_id
        limit 1`,
  );
  return oldest ?? null;
}

export async function findBillings(db: Queryable, key: CustomerKey, ids: string[]): Promise<BillingRow[]> {
  if (ids.length === 0) return [];
  return db.query<BillingRow>(
    sql`select ${billingColumns} from billings where ${ofCustomers([key])} and billing_id = any(${ids}::text[])`,
  );
}

/** Guarantee: a period is billed once; a second billing of the same time and cause fails the transaction. */
export function upsertBillings(tx: Transaction, saved: { tenantId: number; row: BillingRow }[]): void {
  if (saved.length === 0) return;
  const records = saved.map(({ tenantId, row }) => ({ tenant_id: tenantId, ...row }));
  tx.send(
    sql`insert into billings (tenant_id, ${billingColumns})
        select tenant_id, ${billingColumns} from ${asRows(sql`billings`, records)}
        on conflict (bucket, customer_id, billing_id) do update
        set settled = excluded.settled, invoices = excluded.invoices, inputs = excluded.inputs, is_closed = excluded.is_closed`,
  );
}
