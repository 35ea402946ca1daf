import { inRealTime, ofCustomers, type CustomerKey } from "../customers/customers.ts";
import { asRows, sql, type Queryable, type Transaction } from "../platform/db.ts";
import type { SetupRow } from "./schema.ts";
import { nextCheck, type Waiting } from "./sql.ts";

const columns = sql`customer_id, setup_id, provider, success_url, cancel_url, status, reference, action_url, payment_method_id,
  check_at, checks, created_at, ended_at`;

export function insertSetup(tx: Transaction, key: CustomerKey, row: SetupRow): void {
  tx.send(
    sql`insert into payment_method_setups (tenant_id, bucket, ${columns})
        select tenant_id, bucket, ${columns}
        from ${asRows(sql`payment_method_setups`, [{ tenant_id: key.tenantId, bucket: key.bucket, ...row }])}`,
  );
}

export function updateSetup(tx: Transaction, key: CustomerKey, row: SetupRow): void {
  tx.send(
    sql`update payment_method_setups set status = ${row.status}, reference = ${row.reference}, action_url = ${row.action_url},
          payment_method_id = ${row.payment_method_id}, check_at = ${row.check_at}, checks = ${row.checks}, ended_at = ${row.ended_at}
        where ${ofCustomers([key])} and setup_id = ${row.setup_id}`,
  );
}

export async function lockSetup(tx: Transaction, key: CustomerKey, id: string): Promise<SetupRow | null> {
  const [row] = await tx.query<SetupRow>(
    sql`select ${columns} from payment_method_setups where ${ofCustomers([key])} and setup_id = ${id} for no key update`,
  );
  return row ?? null;
}

export async function findSetupsToCheck(db: Queryable, now: Date, limit: number): Promise<Waiting[]> {
  return db.query<Waiting>(
    sql`select tenant_id as "tenantId", bucket, customer_id as "customerId", setup_id as id from payment_method_setups
        where check_at is not null and check_at <= ${now} and ${inRealTime}
        order by check_at
        limit ${limit}`,
  );
}

/** The ids of those that wait for the customer. */
export async function findOpenSetups(db: Queryable, key: CustomerKey): Promise<string[]> {
  const found = await db.query<{ id: string }>(
    sql`select setup_id as id from payment_method_setups where ${ofCustomers([key])} and check_at is not null order by setup_id`,
  );
  return found.map(({ id }) => id);
}

/** Takes a setup to tell or ask about; whoever takes it too, until the next check is due, gets null. */
export async function claimSetup(
  db: Queryable,
  { id, ...key }: Waiting,
  now: Date,
  isNow: boolean,
): Promise<SetupRow | null> {
  const [row] = await db.query<SetupRow>(
    sql`update payment_method_setups set check_at = ${nextCheck(now)}, checks = least(checks + 1, 100)
        where ${ofCustomers([key])} and setup_id = ${id} and check_at is not null and (${isNow} or check_at <= ${now})
        returning ${columns}`,
  );
  return row ?? null;
}
