import { ofCustomers, type CustomerKey } from "../customers/customers.ts";
import { sql, type Queryable, type Transaction } from "../platform/db.ts";

export type StripeAccountRow = {
  tenant_id: number;
  /** Sealed, as the next is. */
  secret_key: Buffer;
  key_last_four: string;
  webhook_secret: Buffer | null;
  webhook_token: string;
  created_at: Date;
};

const columns = sql`tenant_id, secret_key, key_last_four, webhook_secret, webhook_token, created_at`;

export async function findAccount(db: Queryable, tenantId: number): Promise<StripeAccountRow | null> {
  const [row] = await db.query<StripeAccountRow>(
    sql`select ${columns} from stripe_accounts where tenant_id = ${tenantId}`,
  );
  return row ?? null;
}

/** The one statement that finds a tenant: by what nobody but Stripe and the company knows. */
export async function findAccountByToken(db: Queryable, token: string): Promise<StripeAccountRow | null> {
  const [row] = await db.query<StripeAccountRow>(
    sql`select ${columns} from stripe_accounts where webhook_token = ${token}`,
  );
  return row ?? null;
}

/** Changes the keys; the address of events stays what it was first. */
export async function upsertAccount(tx: Transaction, row: StripeAccountRow): Promise<void> {
  await tx.query(
    sql`insert into stripe_accounts (${columns})
        values (${row.tenant_id}, ${row.secret_key}, ${row.key_last_four}, ${row.webhook_secret}, ${row.webhook_token}, ${row.created_at})
        on conflict (tenant_id) do update set secret_key = excluded.secret_key, key_last_four = excluded.key_last_four,
          webhook_secret = excluded.webhook_secret`,
  );
}

export async function findStripeCustomer(db: Queryable, key: CustomerKey): Promise<string | null> {
  const [row] = await db.query<{ reference: string }>(
    sql`select reference from stripe_customers where ${ofCustomers([key])}`,
  );
  return row?.reference ?? null;
}

/** Keeps the first, so that all processes use the same. */
export async function insertStripeCustomer(db: Queryable, key: CustomerKey, reference: string): Promise<void> {
  await db.query(
    sql`insert into stripe_customers (tenant_id, bucket, customer_id, reference)
        values (${key.tenantId}, ${key.bucket}, ${key.customerId}, ${reference})
        on conflict do nothing`,
  );
}

/** What an event may be about, by our ids and by Stripe's. */
export type Mentioned = { ids: string[]; references: string[] };

/**
 * Has Stripe asked about all of `mentioned` that is the tenant's. At the time when each was made, because that has come for everybody, also for
 * customers who live by a test clock.
 */
export async function askAbout(tx: Transaction, tenantId: number, { ids, references }: Mentioned): Promise<void> {
  await tx.query(
    sql`update payments set check_at = created_at
        where tenant_id = ${tenantId} and provider = 'stripe'
          and (payment_id = any(${ids}::text[]) or reference = any(${references}::text[]))`,
  );
  await tx.query(
    sql`update refunds set check_at = created_at
        where tenant_id = ${tenantId} and refund_id = any(${ids}::text[]) and ended_at is null`,
  );
  await tx.query(
    sql`update payment_method_setups set check_at = created_at
        where tenant_id = ${tenantId} and setup_id = any(${ids}::text[]) and ended_at is null`,
  );
}
