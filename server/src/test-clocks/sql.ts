import type { CustomerKey } from "../customers/customers.ts";
import { sql, type Queryable, type Sql, type Transaction } from "../platform/db.ts";
import type { ClockFailure, TestClockRow } from "./schema.ts";

const columns = sql`tenant_id, test_clock_id, name, frozen_time, moves_from, moves_to, failures, created_at`;

export async function insertClock(tx: Transaction, row: TestClockRow): Promise<void> {
  await tx.query(
    sql`insert into test_clocks (${columns})
        values (${row.tenant_id}, ${row.test_clock_id}, ${row.name}, ${row.frozen_time}, ${row.moves_from}, ${row.moves_to},
          ${JSON.stringify(row.failures)}::jsonb, ${row.created_at})`,
  );
}

export async function findClock(db: Queryable, tenantId: number, id: string): Promise<TestClockRow | null> {
  const [row] = await db.query<TestClockRow>(
    sql`select ${columns} from test_clocks where tenant_id = ${tenantId} and test_clock_id = ${id}`,
  );
  return row ?? null;
}

/** The clock as it stays until the transaction ends. */
export async function lockClock(tx: Transaction, tenantId: number, id: string): Promise<TestClockRow | null> {
  const [row] = await tx.query<TestClockRow>(
    sql`select ${columns} from test_clocks where tenant_id = ${tenantId} and test_clock_id = ${id} for update`,
  );
  return row ?? null;
}

/** Newest first, from just below the id `after`. */
export async function listClocks(
  db: Queryable,
  tenantId: number,
  page: { after: string | null; limit: number },
): Promise<TestClockRow[]> {
  return db.query<TestClockRow>(
    sql`select ${columns} from test_clocks
        where tenant_id = ${tenantId} and (${page.after}::text is null or test_clock_id < ${page.after})
        order by test_clock_id desc
        limit ${page.limit}`,
  );
}

export async function deleteClock(tx: Transaction, tenantId: number, id: string): Promise<void> {
  await tx.query(sql`delete from test_clocks where tenant_id = ${tenantId} and test_clock_id = ${id}`);
}

/** Sets the clock in motion. */
export async function setMoving(
  tx: Transaction,
  { tenant_id, test_clock_id, frozen_time }: TestClockRow,
  to: Date,
): Promise<void> {
  await tx.query(
    sql`update test_clocks set moves_from = ${frozen_time}, moves_to = ${to}, failures = '[]'
        where tenant_id = ${tenant_id} and test_clock_id = ${test_clock_id}`,
  );
}

/** Moves the clock on to `at`, where it arrives if that is where it is going. Never back. */
export async function moveClock(
  tx: Transaction,
  { tenant_id, test_clock_id }: TestClockRow,
  of: { at: Date; hasArrived: boolean; failures: ClockFailure[] },
): Promise<void> {
  await tx.query(
    sql`update test_clocks
        set frozen_time = greatest(frozen_time, ${of.at}), failures = ${JSON.stringify(of.failures)}::jsonb,
          moves_from = case when ${of.hasArrived} then null else moves_from end,
          moves_to = case when ${of.hasArrived} then null else moves_to end
        where tenant_id = ${tenant_id} and test_clock_id = ${test_clock_id}`,
  );
}

/** Takes a clock to move it, for a while. Guarantee: nobody else gets it until then. */
export async function takeClock(
  db: Queryable,
  { tenant_id, test_clock_id }: TestClockRow,
  of: { now: Date; until: Date; isAgain: boolean },
): Promise<TestClockRow | null> {
  const [row] = await db.query<TestClockRow>(
    sql`update test_clocks set taken_until = ${of.until}
        where tenant_id = ${tenant_id} and test_clock_id = ${test_clock_id}
          and (${of.isAgain} or taken_until is null or taken_until <= ${of.now})
        returning ${columns}`,
  );
  return row ?? null;
}

export async function releaseClock(db: Queryable, { tenant_id, test_clock_id }: TestClockRow): Promise<void> {
  await db.query(
    sql`update test_clocks set taken_until = null where tenant_id = ${tenant_id} and test_clock_id = ${test_clock_id}`,
  );
}

export type DueWork = CustomerKey & {
  kind: "billing" | "wallet" | "top_up" | "invoice" | "payment" | "refund" | "setup";
  /** Of the invoice, the payment or the refund; empty of what is the customer's as a whole. */
  id: string;
  at: Date;
};

/** What is due for customers of clocks, from all features that have something that falls due. */
const dueWork = (where: Sql): Sql => sql`
  (select 'billing' as kind, bucket, customer_id, '' as id, next_due_at as at from subscriptions where next_due_at is not null
   union all
   select 'wallet', bucket, customer_id, '', next_change_at from wallets where next_change_at is not null
   union all
   select 'top_up', bucket, customer_id, '', top_up_due_at from wallets where top_up_due_at is not null
   union all
   select 'invoice', bucket, customer_id, invoice_id, next_collection_at from invoices where next_collection_at is not null
   union all
   select 'payment', bucket, customer_id, payment_id, check_at from payments where check_at is not null
   union all
   select 'refund', bucket, customer_id, refund_id, check_at from refunds where check_at is not null
   union all
   select 'setup', bucket, customer_id, setup_id, check_at from payment_method_setups where check_at is not null
  ) as due join customers using (bucket, customer_id)
  where customers.clock_time is not null and ${where}`;

/** The work of one clock that falls due by `by`, in the order of time; at most `limit`. */
export async function findDueWork(
  db: Queryable,
  { tenant_id, test_clock_id }: TestClockRow,
  of: { by: Date; limit: number; without: string[] },
): Promise<DueWork[]> {
  const own = sql`customers.tenant_id = ${tenant_id} and customers.test_clock_id = ${test_clock_id} and due.at <= ${of.by}
    and customers.customer_id <> all(${of.without}::text[])`;
  return db.query<DueWork>(
    sql`select distinct customers.tenant_id as "tenantId", bucket, customer_id as "customerId", due.kind, due.id, due.at
        from ${dueWork(own)}
        order by due.at, customer_id, due.kind, due.id
        limit ${of.limit}`,
  );
}

/** Clocks that are going somewhere, and those at whose standing time something is due: what a request has just made due. */
export async function findClocksToWork(db: Queryable): Promise<TestClockRow[]> {
  return db.query<TestClockRow>(
    sql`select ${columns} from test_clocks
        where moves_to is not null
          or test_clock_id in (select customers.test_clock_id from ${dueWork(sql`due.at <= customers.clock_time`)})`,
  );
}

/** The tables by whose ids a path speaks of a customer's things, by the error that says that there is none. */
const owners: Record<string, Sql> = {
  CUSTOMER_NOT_FOUND: sql`select customer_id from customers where tenant_id = `,
  SUBSCRIPTION_NOT_FOUND: sql`select customer_id from subscriptions where tenant_id = `,
  INVOICE_NOT_FOUND: sql`select customer_id from invoices where tenant_id = `,
  PAYMENT_NOT_FOUND: sql`select customer_id from payments where tenant_id = `,
  EVENT_NOT_FOUND: sql`select customer_id from events where tenant_id = `,
};
const idColumns: Record<string, Sql> = {
  CUSTOMER_NOT_FOUND: sql`customer_id`,
  SUBSCRIPTION_NOT_FOUND: sql`subscription_id`,
  INVOICE_NOT_FOUND: sql`invoice_id`,
  PAYMENT_NOT_FOUND: sql`payment_id`,
  EVENT_NOT_FOUND: sql`event_id`,
};

export type TimeOfOwner = { clock_time: Date; is_moving: boolean };

/** The time of the customer whom the thing belongs to, if they live by a clock. `notFound` says of what kind it is. */
export async function findTimeOfOwner(
  db: Queryable,
  tenantId: number,
  of: { notFound: string; id: string },
): Promise<TimeOfOwner | null> {
  const owner = owners[of.notFound];
  const idColumn = idColumns[of.notFound];
  if (owner === undefined || idColumn === undefined) return null;
  const [row] = await db.query<TimeOfOwner>(
    sql`select clock_time, moves_to is not null as is_moving
        from customers join test_clocks using (tenant_id, test_clock_id)
        where tenant_id = ${tenantId} and customer_id = (${owner}${tenantId} and ${idColumn} = ${of.id})`,
  );
  return row ?? null;
}
