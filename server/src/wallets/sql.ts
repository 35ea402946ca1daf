import { decimal, type Decimal } from "../../../core/decimal.ts";
import type { AccountType } from "../../../core/denomination.ts";
import type { Grant, GrantKind, GrantState, LedgerEntryKind } from "../../../core/wallet.ts";
import {
  inOneBucket,
  inRealTime,
  ofCustomers,
  ofOneCustomer,
  rowsOfEach,
  type CustomerKey,
} from "../customers/customers.ts";
import { asRows, rowsFrom, sql, type Column, type Queryable, type Sql, type Transaction } from "../platform/db.ts";
import { instantOfId } from "../platform/ids.ts";

export type WalletRow = {
  customer_id: string;
  account_type: AccountType;
  code: string;
  balance: Decimal;
  last_seq: number;
  /** The sum of the open holds, and the first of their expiries. */
  held: Decimal;
  held_until: Date | null;
  next_change_at: Date | null;
  updated_at: Date;
};

/** What is looked for as a wallet moves. */
export type WatchRow = {
  alerts: StoredAlert[] | null;
  top_up_below: Decimal | null;
  top_up_due_at: Date | null;
};

/** As in the column's JSON: a decimal's text, an instant's text. */
export type StoredAlert = { id: string; threshold: string; is_low: boolean; created_at: string };

/** What credits pay: usage alone, or invoices too. */
export type CreditScope = "usage" | "everything";

export type CreditGrantRow = {
  customer_id: string;
  credit_grant_id: string;
  subscription_id: string | null;
  account_type: AccountType;
  code: string;
  name: string;
  amount: Decimal;
  remaining: Decimal;
  kind: GrantKind;
  priority: number;
  applies_to: CreditScope;
  state: GrantState;
  effective_at: Date;
  expires_at: Date | null;
  metadata: Record<string, string>;
  /** Of a grant that a plan gives: unique for each subscription. */
  recurring_key: string | null;
  created_at: Date;
};

export type LedgerEntryRow = {
  customer_id: string;
  account_type: AccountType;
  code: string;
  seq: number;
  kind: LedgerEntryKind;
  amount: Decimal;
  balance_after: Decimal;
  cause_id: string;
  draws: { credit_grant_id: string; amount: string }[];
  occurred_at: Date;
  recorded_at: Date;
};

/** Numerics come from the driver as text. */
type Raw<Row> = {
  [Name in keyof Row]: Row[Name] extends Decimal
    ? string
    : Row[Name] extends Decimal | null
      ? string | null
      : Row[Name];
};

const walletColumns = sql`customer_id, account_type, code, balance, last_seq, held, held_until, next_change_at, updated_at`;
const watchColumns = sql`alerts, top_up_below, top_up_due_at`;
const grantColumns = sql`customer_id, credit_grant_id, subscription_id, account_type, code, name, amount, remaining, kind, priority,
  applies_to, state, effective_at, expires_at, metadata, recurring_key, created_at`;

/** All wallets of these customers, by account type and code. No lock: hold the customers'. */
export async function findWallets(db: Queryable, keys: CustomerKey[]): Promise<(WalletRow & WatchRow)[]> {
  const rows = await db.query<Raw<WalletRow & WatchRow>>(
    sql`select found.* from ${rowsOfEach(keys, sql`select ${walletColumns}, ${watchColumns} from wallets`, sql`true`)}
        order by customer_id, account_type, code`,
  );
  return rows.map((row) => ({
    ...row,
    balance: decimal(row.balance),
    held: decimal(row.held),
    top_up_below: row.top_up_below === null ? null : decimal(row.top_up_below),
  }));
}

/** What a balance is told by, and no more: it is asked for more often than anything else. */
export type BalanceRow = Pick<WalletRow, "account_type" | "code" | "balance" | "next_change_at">;

/** The wallets of each of `keys`, in their order; a customer's by account type and code. One row of the primary key for each wallet. */
export async function findBalancesOfEach(db: Queryable, keys: CustomerKey[]): Promise<BalanceRow[][]> {
  const distinct = new Map(keys.map((key) => [`${key.tenantId}:${key.customerId}`, key]));
  const columns = sql`select tenant_id, customer_id, account_type, code, balance, next_change_at from wallets`;
  const rows = await db.query<Raw<BalanceRow> & { tenant_id: number; customer_id: string }>(
    sql`select found.* from ${rowsOfEach([...distinct.values()], columns, sql`true`)}`,
  );
  const found = new Map<string, { tenantId: number; wallets: BalanceRow[] }>();
  for (const { tenant_id, customer_id, account_type, code, balance, next_change_at } of rows) {
    const wallet = { account_type, code, balance: decimal(balance), next_change_at };
    const own = found.get(customer_id);
    if (own === undefined) found.set(customer_id, { tenantId: tenant_id, wallets: [wallet] });
    else own.wallets.push(wallet);
  }
  for (const { wallets } of found.values()) if (wallets.length > 1) wallets.sort(byAccount);
  return keys.map(({ tenantId, customerId }) => {
    const own = found.get(customerId);
    // Who asks for an id that is not theirs must not get what its owner asks for together with them.
    return own?.tenantId === tenantId ? own.wallets : [];
  });
}

function byAccount(a: BalanceRow, b: BalanceRow): number {
  if (a.account_type !== b.account_type) return a.account_type < b.account_type ? -1 : 1;
  return a.code < b.code ? -1 : 1;
}

/** The grants of these customers that still stand behind a balance, or will. */
export async function findLiveGrants(db: Queryable, keys: CustomerKey[]): Promise<CreditGrantRow[]> {
  const rows = await db.query<Raw<CreditGrantRow>>(
    sql`select found.* from ${rowsOfEach(keys, sql`select ${grantColumns} from credit_grants`, sql`state in ('scheduled', 'active')`)}
        order by customer_id, credit_grant_id`,
  );
  return rows.map(toGrantRow);
}

export function insertWallets(tx: Transaction, keys: CustomerKey[], rows: WalletRow[]): void {
  const given = rowsFrom([["integer", keys.map(({ tenantId }) => tenantId)], ...columnsOf(keys, rows)]);
  tx.send(
    sql`insert into wallets (tenant_id, bucket, ${walletColumns})
        select * from ${given} as given`,
    "wallets",
  );
}

/** Writes wallets that are there: an insert that finds them would lock each before it changes it, which costs as much again. */
export function updateWallets(tx: Transaction, keys: CustomerKey[], rows: WalletRow[]): void {
  tx.send(
    sql`update wallets
        set balance = change.balance, last_seq = change.last_seq, held = change.held, held_until = change.held_until,
          next_change_at = change.next_change_at, updated_at = change.updated_at
        from ${rowsFrom(columnsOf(keys, rows))} as change (bucket, ${walletColumns})
        where wallets.bucket = change.bucket and wallets.customer_id = change.customer_id
          and wallets.account_type = change.account_type and wallets.code = change.code
          and ${inOneBucket(sql`wallets.bucket`, keys)}`,
    "wallets",
  );
}

/** The bucket and `walletColumns`. */
function columnsOf(keys: CustomerKey[], rows: WalletRow[]): Column[] {
  return [
    ["smallint", keys.map(({ bucket }) => bucket)],
    ["text", rows.map((row) => row.customer_id)],
    ["text", rows.map((row) => row.account_type)],
    ["text", rows.map((row) => row.code)],
    ["numeric", rows.map((row) => row.balance.toString())],
    ["bigint", rows.map((row) => row.last_seq)],
    ["numeric", rows.map((row) => row.held.toString())],
    ["timestamptz", rows.map((row) => row.held_until)],
    ["timestamptz", rows.map((row) => row.next_change_at)],
    ["timestamptz", rows.map((row) => row.updated_at)],
  ];
}

/** Writes what is looked for in these wallets, which are there. */
export function updateWatches(
  tx: Transaction,
  changes: { key: CustomerKey; wallet: Pick<WalletRow, "account_type" | "code">; watch: WatchRow }[],
): void {
  const records = changes.map(({ key, wallet, watch }) => ({
    bucket: key.bucket,
    customer_id: key.customerId,
    ...wallet,
    ...watch,
  }));
  tx.send(
    sql`update wallets set alerts = change.alerts, top_up_below = change.top_up_below, top_up_due_at = change.top_up_due_at
        from ${asRows(sql`wallets`, records)} as change
        where wallets.bucket = change.bucket and wallets.customer_id = change.customer_id
          and wallets.account_type = change.account_type and wallets.code = change.code
          and ${inOneBucket(
            sql`wallets.bucket`,
            changes.map(({ key }) => key),
          )}`,
  );
}

/** A page of the customers in whose wallets a top-up may be due by `now`, in the order of their rows. */
export async function findCustomersToTopUp(
  db: Queryable,
  now: Date,
  page: { after: CustomerKey | null; limit: number },
): Promise<CustomerKey[]> {
  return db.query<CustomerKey>(
    sql`select distinct tenant_id as "tenantId", bucket, customer_id as "customerId"
        from wallets
        where top_up_due_at <= ${now} and ${inRealTime}
          and (bucket, customer_id) > (${page.after?.bucket ?? -1}::smallint, ${page.after?.customerId ?? ""}::text)
        order by bucket, customer_id
        limit ${page.limit}`,
  );
}

export function insertLedgerEntries(tx: Transaction, keys: CustomerKey[], rows: LedgerEntryRow[]): void {
  const given = rowsFrom([
    ["integer", keys.map(({ tenantId }) => tenantId)],
    ["smallint", keys.map(({ bucket }) => bucket)],
    ["text", rows.map((row) => row.customer_id)],
    ["text", rows.map((row) => row.account_type)],
    ["text", rows.map((row) => row.code)],
    ["bigint", rows.map((row) => row.seq)],
    ["text", rows.map((row) => row.kind)],
    ["numeric", rows.map((row) => row.amount.toString())],
    ["numeric", rows.map((row) => row.balance_after.toString())],
    ["text", rows.map((row) => row.cause_id)],
    ["json", rows.map((row) => JSON.stringify(row.draws))],
    ["timestamptz", rows.map((row) => row.occurred_at)],
    ["timestamptz", rows.map((row) => row.recorded_at)],
  ]);
  tx.send(
    sql`insert into ledger_entries (tenant_id, bucket, customer_id, account_type, code, seq, kind, amount, balance_after, cause_id,
          draws, occurred_at, recorded_at)
        select * from ${given} as given`,
    "ledger_entries",
  );
}

export function insertGrants(tx: Transaction, grants: { key: CustomerKey; row: CreditGrantRow }[]): void {
  const records = grants.map(({ key, row }) => ({ tenant_id: key.tenantId, bucket: key.bucket, ...row }));
  tx.send(
    sql`insert into credit_grants (tenant_id, bucket, ${grantColumns})
        select tenant_id, bucket, ${grantColumns} from ${asRows(sql`credit_grants`, records)}`,
  );
}

/** The grants that a plan has given to the subscription with periods that begin at `since` or later. */
export async function findRecurringGrants(
  db: Queryable,
  key: CustomerKey,
  subscriptionId: string,
  since: Date,
): Promise<CreditGrantRow[]> {
  const rows = await db.query<Raw<CreditGrantRow>>(
    sql`select ${grantColumns} from credit_grants
        where ${ofCustomers([key])} and subscription_id = ${subscriptionId} and recurring_key is not null and effective_at >= ${since}
        order by credit_grant_id`,
  );
  return rows.map(toGrantRow);
}

/** What these grants still held as they expired, each. */
export async function findExpiries(
  db: Queryable,
  key: CustomerKey,
  grantIds: string[],
): Promise<{ grantId: string; amount: Decimal }[]> {
  const rows = await db.query<{ cause_id: string; amount: string }>(
    sql`select cause_id, amount from ledger_entries
        where ${ofCustomers([key])} and kind = 'expiry' and cause_id = any(${grantIds}::text[])`,
  );
  return rows.map(({ cause_id, amount }) => ({ grantId: cause_id, amount: decimal(amount).negated() }));
}

export function updateGrants(tx: Transaction, changes: { key: CustomerKey; grant: Grant }[]): void {
  const change = rowsFrom([
    ["smallint", changes.map(({ key }) => key.bucket)],
    ["text", changes.map(({ key }) => key.customerId)],
    ["text", changes.map(({ grant }) => grant.id)],
    ["numeric", changes.map(({ grant }) => grant.remaining.toString())],
    ["text", changes.map(({ grant }) => grant.state)],
  ]);
  tx.send(
    sql`update credit_grants set remaining = change.remaining, state = change.state
        from ${change} as change (bucket, customer_id, credit_grant_id, remaining, state)
        where credit_grants.bucket = change.bucket and credit_grants.customer_id = change.customer_id
          and credit_grants.credit_grant_id = change.credit_grant_id
          and ${inOneBucket(
            sql`credit_grants.bucket`,
            changes.map(({ key }) => key),
          )}`,
    "credit_grants",
  );
}

/** Newest first, from just below the id `after`. */
export async function listGrants(
  db: Queryable,
  key: CustomerKey,
  after: string | null,
  limit: number,
): Promise<CreditGrantRow[]> {
  const rows = await db.query<Raw<CreditGrantRow>>(
    sql`select ${grantColumns} from credit_grants
        where ${ofOneCustomer(key)} and (${after}::text is null or credit_grant_id < ${after})
        order by credit_grant_id desc
        limit ${limit}`,
  );
  return rows.map(toGrantRow);
}

/** A place in each of a customer's chains: entries below `beforeSeq` are still to come. */
export type LedgerPosition = { accountType: AccountType; code: string; beforeSeq: number };

/**
 * The newest entries below `positions`, over all the wallets named there. Guarantee: newest first, and within a wallet by
 * descending seq, because a wallet's entries are never recorded earlier than the one before.
 */
export async function listLedgerEntries(
  db: Queryable,
  key: CustomerKey,
  positions: LedgerPosition[],
  limit: number,
): Promise<LedgerEntryRow[]> {
  const rows = await db.query<Raw<LedgerEntryRow>>(
    sql`select entry.* from unnest(${positions.map((at) => at.accountType)}::text[], ${positions.map((at) => at.code)}::text[],
          ${positions.map((at) => at.beforeSeq)}::bigint[]) as place (account_type, code, before_seq)
        cross join lateral (
          select customer_id, account_type, code, seq, kind, amount, balance_after, cause_id, draws, occurred_at, recorded_at
          from ledger_entries
          where ${ofOneCustomer(key)} and ledger_entries.account_type = place.account_type and ledger_entries.code = place.code
            and seq < place.before_seq
          order by seq desc
          limit ${limit}
        ) as entry
        order by recorded_at desc, account_type, code, seq desc
        limit ${limit}`,
  );
  return rows.map(toLedgerEntryRow);
}

/** The customer's grants of these ids, ended ones too. */
export async function findGrants(db: Queryable, key: CustomerKey, ids: string[]): Promise<CreditGrantRow[]> {
  const rows = await db.query<Raw<CreditGrantRow>>(
    sql`select ${grantColumns} from credit_grants
        where ${ofCustomers([key])} and credit_grant_id = any(${ids}::text[])
        order by credit_grant_id`,
  );
  return rows.map(toGrantRow);
}

/** One entry of one of a customer's chains. */
export type LedgerPlace = { accountType: AccountType; code: string; seq: number };

/**
 * Of each of these wallets of the customer the last entry that had occurred at `instant`; none where there was none yet. Found by halves
 * along the primary key, because within a wallet `occurred_at` never goes back: twenty rows of a million, and no other index.
 */
export async function findEntriesAt(
  db: Queryable,
  key: CustomerKey,
  wallets: Pick<WalletRow, "account_type" | "code" | "last_seq">[],
  instant: Date,
): Promise<Pick<LedgerEntryRow, "account_type" | "code" | "seq" | "balance_after" | "occurred_at">[]> {
  const ofWallet = sql`${ofCustomers([key])} and account_type = wallet.account_type and code = wallet.code`;
  const rows = await db.query<
    Raw<Pick<LedgerEntryRow, "account_type" | "code" | "seq" | "balance_after" | "occurred_at">>
  >(
    sql`select entry.* from unnest(${wallets.map((wallet) => wallet.account_type)}::text[], ${wallets.map((wallet) => wallet.code)}::text[],
          ${wallets.map((wallet) => wallet.last_seq)}::bigint[]) as wallet (account_type, code, last_seq)
        cross join lateral (
          with recursive search (low, high) as (
            select 0::bigint, wallet.last_seq
            union all
            select case when middle.occurred_at <= ${instant} then middle.seq else low end,
              case when middle.occurred_at <= ${instant} then high else middle.seq - 1 end
            from search
            cross join lateral (
              select seq, occurred_at from ledger_entries where ${ofWallet} and seq = (low + high + 1) / 2
            ) as middle
            where low < high
          )
          select account_type, code, seq, balance_after, occurred_at from ledger_entries
          where ${ofWallet} and seq = (select low from search where low = high)
        ) as entry`,
  );
  return rows.map((row) => ({ ...row, balance_after: decimal(row.balance_after) }));
}

/** The customer's entries at these places, in the order of account type, code and seq. */
export async function findLedgerEntries(
  db: Queryable,
  key: CustomerKey,
  places: LedgerPlace[],
): Promise<LedgerEntryRow[]> {
  const rows = await db.query<Raw<LedgerEntryRow>>(
    sql`select customer_id, account_type, code, seq, kind, amount, balance_after, cause_id, draws, occurred_at, recorded_at
        from ledger_entries
        where ${ofCustomers([key])} and (account_type, code, seq) in (
          select * from unnest(${places.map(({ accountType }) => accountType)}::text[], ${places.map(({ code }) => code)}::text[],
            ${places.map(({ seq }) => seq)}::bigint[]))
        order by account_type, code, seq`,
  );
  return rows.map(toLedgerEntryRow);
}

/** A ledger of so many entries is read in a few milliseconds. */
const shortLedger = 5_000;
/** How far the clocks of servers may differ, so that an entry is of a later time than its event's id. */
const clocksDifferMs = 60_000;

/**
 * The entries of these customers whose cause is an event of `eventIds`. Short ledgers are read; in a long one each event's time is looked
 * for by halves, as in `findEntriesAt`, and the entries of the minute after it are read until the event's comes. `limit 1` keeps the planner
 * from reading the whole ledger at each step before the first `analyze`.
 */
export async function findUsage(
  db: Queryable,
  keys: CustomerKey[],
  eventIds: string[],
): Promise<{ cause_id: string; account_type: AccountType; code: string; amount: string }[]> {
  const times = eventIds.map(instantOfId);
  const ofWallet = sql`entry.tenant_id = wallet.tenant_id and entry.bucket = wallet.bucket and entry.customer_id = wallet.customer_id
    and entry.account_type = wallet.account_type and entry.code = wallet.code`;
  const walletsOf = sql`(select * from wallets where ${ofCustomers(keys)}) as wallet`;
  return db.query(
    sql`select found.cause_id, wallet.account_type, wallet.code, found.amount from ${walletsOf}
        cross join lateral (
          select cause_id, amount from ledger_entries as entry
          where ${ofWallet} and kind = 'usage' and cause_id = any(${eventIds}::text[])
          offset 0
        ) as found
        where wallet.last_seq <= ${shortLedger}
        union all
        select found.cause_id, wallet.account_type, wallet.code, found.amount from ${walletsOf}
        cross join unnest(${eventIds}::text[], ${times}::timestamptz[]) as event (event_id, recorded_at)
        cross join lateral (
          with recursive search (low, high) as (
            select 1::bigint, wallet.last_seq
            union all
            select case when middle.occurred_at < event.recorded_at then middle.seq + 1 else low end,
              case when middle.occurred_at < event.recorded_at then high else middle.seq end
            from search
            cross join lateral (
              select seq, occurred_at from ledger_entries as entry where ${ofWallet} and seq = (low + high) / 2 limit 1
            ) as middle
            where low < high
          ),
          -- Until the next is of a later time: a limit would not end the walk where the event has no entry.
          after (seq, cause_id, kind, amount, occurred_at) as (
            select seq, cause_id, kind, amount, occurred_at from ledger_entries as entry
            where ${ofWallet} and seq = (select low from search where low = high)
            union all
            select next.seq, next.cause_id, next.kind, next.amount, next.occurred_at from after
            cross join lateral (
              select seq, cause_id, kind, amount, occurred_at from ledger_entries as entry where ${ofWallet} and seq = after.seq + 1 limit 1
            ) as next
            where after.cause_id <> event.event_id and next.occurred_at <= event.recorded_at + ${clocksDifferMs} * interval '1 millisecond'
          )
          select cause_id, amount from after where cause_id = event.event_id and kind = 'usage'
        ) as found
        where wallet.last_seq > ${shortLedger}`,
  );
}

/** What these invoices of the customers have taken of balances and given back, by invoice. */
export async function sumOfInvoices(
  db: Queryable,
  keys: CustomerKey[],
  invoiceIds: string[],
): Promise<{ invoiceId: string; applied: Decimal; returned: Decimal }[]> {
  const rows = await db.query<{ cause_id: string; applied: string; returned: string }>(
    sql`select cause_id, coalesce(sum(-amount) filter (where kind = 'balance_applied'), 0) as applied,
          coalesce(sum(amount) filter (where kind = 'balance_returned'), 0) as returned
        from ledger_entries
        where ${ofCustomers(keys)} and kind in ('balance_applied', 'balance_returned') and cause_id = any(${invoiceIds}::text[])
        group by cause_id`,
  );
  return rows.map(({ cause_id, applied, returned }) => ({
    invoiceId: cause_id,
    applied: decimal(applied),
    returned: decimal(returned),
  }));
}

/** Customers with a wallet whose grants have started or expired by `now` and nobody has looked since. */
export async function findDueCustomers(db: Queryable, now: Date, limit: number): Promise<CustomerKey[]> {
  return db.query<CustomerKey>(
    sql`select distinct tenant_id as "tenantId", bucket, customer_id as "customerId"
        from wallets
        where next_change_at <= ${now} and ${inRealTime}
        limit ${limit}`,
  );
}

function toLedgerEntryRow(row: Raw<LedgerEntryRow>): LedgerEntryRow {
  return { ...row, amount: decimal(row.amount), balance_after: decimal(row.balance_after) };
}

function toGrantRow(row: Raw<CreditGrantRow>): CreditGrantRow {
  return { ...row, amount: decimal(row.amount), remaining: decimal(row.remaining) };
}

const walletsInDebt = (tenantId: number) => sql`wallets where tenant_id = ${tenantId} and balance < 0`;

/** How many of the tenant's wallets are below zero. */
export async function countInDebt(db: Queryable, tenantId: number): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    sql`select count(*)::integer as count from ${walletsInDebt(tenantId)}`,
  );
  return row?.count ?? 0;
}

/** The condition of a customer's row that one of their wallets is below zero. */
export function hasWalletInDebt(tenantId: number): Sql {
  return sql`(bucket, customer_id) in (select bucket, customer_id from ${walletsInDebt(tenantId)})`;
}
