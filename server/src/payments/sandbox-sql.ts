import { ofCustomers, type CustomerKey } from "../customers/customers.ts";
import { sql, type Queryable } from "../platform/db.ts";
import type { FailureCode } from "./provider.ts";

export type SandboxChargeRow = {
  charge_id: string;
  /** What was charged: the fate of its card. */
  reference: string;
  status: "processing" | "requires_action" | "succeeded" | "failed" | "canceled";
  failure_code: FailureCode | null;
  is_disputed: boolean;
  changes_at: Date | null;
  created_at: Date;
};

const columns = sql`charge_id, reference, status, failure_code, is_disputed, changes_at, created_at`;

/** Keeps the first charge of an id. */
export async function insertCharge(db: Queryable, key: CustomerKey, row: SandboxChargeRow): Promise<void> {
  await db.query(
    sql`insert into sandbox_charges (tenant_id, bucket, customer_id, ${columns})
        values (${key.tenantId}, ${key.bucket}, ${key.customerId}, ${row.charge_id}, ${row.reference}, ${row.status},
          ${row.failure_code}, ${row.is_disputed}, ${row.changes_at}, ${row.created_at})
        on conflict do nothing`,
  );
}

export async function findCharge(db: Queryable, key: CustomerKey, id: string): Promise<SandboxChargeRow | null> {
  const [row] = await db.query<SandboxChargeRow>(
    sql`select ${columns} from sandbox_charges where ${ofCustomers([key])} and charge_id = ${id}`,
  );
  return row ?? null;
}

/** Moves a charge that is still as it was; another one stays. */
export async function moveCharge(
  db: Queryable,
  key: CustomerKey,
  id: string,
  move: { from: SandboxChargeRow["status"]; to: SandboxChargeRow["status"]; failureCode: FailureCode | null },
): Promise<void> {
  await db.query(
    sql`update sandbox_charges set status = ${move.to}, failure_code = ${move.failureCode}, changes_at = null
        where ${ofCustomers([key])} and charge_id = ${id} and status = ${move.from}`,
  );
}

export async function changeCharge(db: Queryable, key: CustomerKey, row: SandboxChargeRow): Promise<SandboxChargeRow> {
  const [changed] = await db.query<SandboxChargeRow>(
    sql`update sandbox_charges set status = ${row.status}, failure_code = ${row.failure_code}, is_disputed = ${row.is_disputed},
          changes_at = ${row.changes_at}
        where ${ofCustomers([key])} and charge_id = ${row.charge_id}
        returning ${columns}`,
  );
  return changed as SandboxChargeRow;
}
