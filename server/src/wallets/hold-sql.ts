import { decimal, type Decimal } from "../../../core/decimal.ts";
import type { AccountType } from "../../../core/denomination.ts";
import type { HoldState } from "../../../core/hold.ts";
import { inOneBucket, ofCustomers, rowsOfEach, type CustomerKey } from "../customers/customers.ts";
import { allOf, asRows, sql, type Queryable, type Transaction } from "../platform/db.ts";

export type HoldRow = {
  bucket: number;
  customer_id: string;
  hold_id: string;
  account_type: AccountType;
  code: string;
  initial_amount: Decimal;
  /** What is still reserved while it is open. */
  amount: Decimal;
  captured: Decimal;
  state: HoldState;
  expires_at: Date;
  metadata: Record<string, string>;
  created_at: Date;
  updated_at: Date;
};

type RawHold = Omit<HoldRow, "initial_amount" | "amount" | "captured"> &
  Record<"initial_amount" | "amount" | "captured", string>;

const columns = sql`bucket, customer_id, hold_id, account_type, code, initial_amount, amount, captured, state, expires_at, metadata,
  created_at, updated_at`;

/** The holds of these customers that are open on record, expired or not, oldest first. */
export async function findOpenHolds(db: Queryable, keys: CustomerKey[]): Promise<HoldRow[]> {
  const rows = await db.query<RawHold>(
    sql`select found.* from ${rowsOfEach(keys, sql`select ${columns} from holds`, sql`state = 'open'`)}
        order by hold_id`,
  );
  return rows.map(toHold);
}

export async function findHold(db: Queryable, key: CustomerKey, id: string): Promise<HoldRow | null> {
  const [row] = await db.query<RawHold>(
    sql`select ${columns} from holds where ${ofCustomers([key])} and hold_id = ${id}`,
  );
  return row === undefined ? null : toHold(row);
}

/** Newest first, from just below the id `after`; with a state, those that are in it at `now`. */
export async function listHolds(
  db: Queryable,
  key: CustomerKey,
  filter: { state: HoldState | null; now: Date },
  page: { after: string | null; limit: number },
): Promise<HoldRow[]> {
  const state = sql`case when state = 'open' and expires_at <= ${filter.now} then 'expired' else state end`;
  const conditions = [
    ...(filter.state === null ? [] : [sql`${state} = ${filter.state}`]),
    ...(page.after === null ? [] : [sql`hold_id < ${page.after}`]),
  ];
  const rows = await db.query<RawHold>(
    sql`select ${columns} from holds
        where ${ofCustomers([key])} and ${allOf(conditions)}
        order by hold_id desc
        limit ${page.limit}`,
  );
  return rows.map(toHold);
}

/** Writes a new hold, or what has become of one. The wallet of its denomination is there. */
export function saveHold(tx: Transaction, tenantId: number, row: HoldRow): void {
  tx.send(
    sql`insert into holds (tenant_id, ${columns})
        select tenant_id, ${columns} from ${asRows(sql`holds`, [{ tenant_id: tenantId, ...row }])}
        on conflict (bucket, customer_id, hold_id) do update
        set amount = excluded.amount, captured = excluded.captured, state = excluded.state, updated_at = excluded.updated_at`,
  );
}

/** Notes that these holds have expired, and the wallets' sums without them. */
export function expireHolds(tx: Transaction, expired: { key: CustomerKey; id: string }[], now: Date): void {
  tx.send(
    sql`update holds set state = 'expired', amount = 0, updated_at = ${now}
        from unnest(${expired.map(({ key }) => key.bucket)}::smallint[], ${expired.map(({ key }) => key.customerId)}::text[],
          ${expired.map(({ id }) => id)}::text[]) as gone (bucket, customer_id, hold_id)
        where holds.bucket = gone.bucket and holds.customer_id = gone.customer_id and holds.hold_id = gone.hold_id
          and holds.state = 'open' and ${inOneBucket(
            sql`holds.bucket`,
            expired.map(({ key }) => key),
          )}`,
  );
}

function toHold(row: RawHold): HoldRow {
  return {
    ...row,
    initial_amount: decimal(row.initial_amount),
    amount: decimal(row.amount),
    captured: decimal(row.captured),
  };
}
