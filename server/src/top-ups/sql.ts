import { decimal, type Decimal } from "../../../core/decimal.ts";
import type { Denomination } from "../../../core/denomination.ts";
import { ofCustomers, type CustomerKey } from "../customers/customers.ts";
import { allOf, asRows, sql, type Queryable, type Sql, type Transaction } from "../platform/db.ts";
import type { TopUpRow, TopUpRuleInState, TopUpRuleRow } from "./schema.ts";

/** Numerics come from the driver as text. */
type Raw<Row> = {
  [Name in keyof Row]: Row[Name] extends Decimal
    ? string
    : Row[Name] extends Decimal | null
      ? string | null
      : Row[Name];
};

const ruleColumns = sql`customer_id, top_up_rule_id, account_type, code, threshold, amount, daily_limit, monthly_limit,
  credits_expire_after_days, is_on, off_reason, created_at, updated_at`;
const topUpColumns = sql`customer_id, top_up_id, top_up_rule_id, account_type, code, amount, credits_expire_after_days, status,
  invoice_id, credit_grant_id, created_at, ended_at`;

const isUnderWay = sql`exists (
  select from top_ups
  where top_ups.bucket = top_up_rules.bucket and top_ups.customer_id = top_up_rules.customer_id
    and top_ups.account_type = top_up_rules.account_type and top_ups.code = top_up_rules.code
    and status = 'in_progress' and top_ups.top_up_rule_id is not null) as is_under_way`;

export function upsertRule(tx: Transaction, key: CustomerKey, rule: TopUpRuleRow): void {
  tx.send(
    sql`insert into top_up_rules (tenant_id, bucket, ${ruleColumns})
        select ${key.tenantId}, ${key.bucket}, ${ruleColumns} from ${asRows(sql`top_up_rules`, [rule])}
        on conflict (bucket, customer_id, top_up_rule_id) do update
        set threshold = excluded.threshold, amount = excluded.amount, daily_limit = excluded.daily_limit,
          monthly_limit = excluded.monthly_limit, credits_expire_after_days = excluded.credits_expire_after_days,
          is_on = excluded.is_on, off_reason = excluded.off_reason, updated_at = excluded.updated_at`,
  );
}

export async function deleteRule(tx: Transaction, key: CustomerKey, ruleId: string): Promise<void> {
  await tx.query(sql`delete from top_up_rules where ${ofCustomers([key])} and top_up_rule_id = ${ruleId}`);
}

/** The customer's rules: at most one for each wallet. */
export async function findRules(db: Queryable, key: CustomerKey): Promise<TopUpRuleInState[]> {
  return selectRules(db, key, sql`true`, sql``);
}

export async function findRule(db: Queryable, key: CustomerKey, ruleId: string): Promise<TopUpRuleInState | null> {
  const [rule] = await selectRules(db, key, sql`top_up_rule_id = ${ruleId}`, sql``);
  return rule ?? null;
}

/** The rule of one of the customer's wallets. */
export async function findRuleOf(
  db: Queryable,
  key: CustomerKey,
  { accountType, code }: Denomination,
): Promise<TopUpRuleInState | null> {
  const [rule] = await selectRules(db, key, sql`account_type = ${accountType} and code = ${code}`, sql``);
  return rule ?? null;
}

/** Newest first, from just below the id `after`. */
export async function listRules(
  db: Queryable,
  key: CustomerKey,
  page: { after: string | null; limit: number },
): Promise<TopUpRuleInState[]> {
  return selectRules(
    db,
    key,
    page.after === null ? sql`true` : sql`top_up_rule_id < ${page.after}`,
    sql`limit ${page.limit}`,
  );
}

async function selectRules(db: Queryable, key: CustomerKey, where: Sql, limit: Sql): Promise<TopUpRuleInState[]> {
  const found = await db.query<Raw<TopUpRuleInState>>(
    sql`select ${ruleColumns}, ${isUnderWay} from top_up_rules
        where ${ofCustomers([key])} and ${where}
        order by top_up_rule_id desc
        ${limit}`,
  );
  const optional = (text: string | null) => (text === null ? null : decimal(text));
  return found.map((row) => ({
    ...row,
    threshold: decimal(row.threshold),
    amount: decimal(row.amount),
    daily_limit: optional(row.daily_limit),
    monthly_limit: optional(row.monthly_limit),
  }));
}

/** Guarantee: of those that a rule asked for, a wallet has one under way at most; a second fails the transaction. */
export function upsertTopUp(tx: Transaction, key: CustomerKey, topUp: TopUpRow): void {
  tx.send(
    sql`insert into top_ups (tenant_id, bucket, ${topUpColumns})
        select ${key.tenantId}, ${key.bucket}, ${topUpColumns} from ${asRows(sql`top_ups`, [topUp])}
        on conflict (bucket, customer_id, top_up_id) do update
        set status = excluded.status, credit_grant_id = excluded.credit_grant_id, ended_at = excluded.ended_at`,
  );
}

export async function findTopUpOfInvoice(db: Queryable, key: CustomerKey, invoiceId: string): Promise<TopUpRow | null> {
  const [topUp] = await selectTopUps(db, key, sql`invoice_id = ${invoiceId}`, sql``);
  return topUp ?? null;
}

/** Newest first, from just below the id `after`. */
export async function listTopUps(
  db: Queryable,
  key: CustomerKey,
  page: { after: string | null; limit: number },
): Promise<TopUpRow[]> {
  return selectTopUps(
    db,
    key,
    page.after === null ? sql`true` : sql`top_up_id < ${page.after}`,
    sql`limit ${page.limit}`,
  );
}

async function selectTopUps(db: Queryable, key: CustomerKey, where: Sql, limit: Sql): Promise<TopUpRow[]> {
  const found = await db.query<Raw<TopUpRow>>(
    sql`select ${topUpColumns} from top_ups
        where ${ofCustomers([key])} and ${where}
        order by top_up_id desc
        ${limit}`,
  );
  return found.map((row) => ({ ...row, amount: decimal(row.amount) }));
}

/** What rules have bought for the wallet since these instants, and what is under way; what failed does not count. */
export async function sumAsked(
  db: Queryable,
  key: CustomerKey,
  { accountType, code }: Denomination,
  since: { day: Date; month: Date },
): Promise<{ today: Decimal; thisMonth: Decimal }> {
  const conditions = [
    ofCustomers([key]),
    sql`account_type = ${accountType} and code = ${code} and top_up_rule_id is not null and status <> 'failed'`,
    sql`created_at >= least(${since.day}::timestamptz, ${since.month}::timestamptz)`,
  ];
  const [row] = await db.query<{ today: string; this_month: string }>(
    sql`select coalesce(sum(amount) filter (where created_at >= ${since.day}), 0) as today,
          coalesce(sum(amount) filter (where created_at >= ${since.month}), 0) as this_month
        from top_ups
        where ${allOf(conditions)}`,
  );
  return { today: decimal(row?.today ?? "0"), thisMonth: decimal(row?.this_month ?? "0") };
}

export async function deleteRules(tx: Transaction, key: CustomerKey): Promise<void> {
  await tx.query(sql`delete from top_up_rules where ${ofCustomers([key])}`);
}
