import { ofCustomers, type CustomerKey } from "../customers/customers.ts";
import { asRows, sql, type Queryable, type Transaction } from "../platform/db.ts";

export type SignupLinkRow = {
  customer_id: string;
  signup_link_id: string;
  plan_code: string;
  success_url: string | null;
  back_url: string | null;
  previous_subscription_id: string | null;
  change_timing_mode: "now" | "end_of_period" | null;
  cancel_now_prepaid_refund_policy: "prorated_refund" | "no_refund" | null;
  subscription_id: string | null;
  used_at: Date | null;
  expires_at: Date;
  created_at: Date;
};

const signupColumns = sql`customer_id, signup_link_id, plan_code, success_url, back_url, previous_subscription_id, change_timing_mode,
  cancel_now_prepaid_refund_policy, subscription_id, used_at, expires_at, created_at`;

export async function insertSignupLink(
  tx: Transaction,
  key: CustomerKey,
  row: SignupLinkRow,
  tokenHash: Buffer,
): Promise<void> {
  const record = { tenant_id: key.tenantId, bucket: key.bucket, ...row };
  await tx.query(
    sql`insert into signup_links (tenant_id, bucket, ${signupColumns}, token_hash)
        select tenant_id, bucket, ${signupColumns}, ${tokenHash} from ${asRows(sql`signup_links`, [record])}`,
  );
}

export async function findSignupLink(
  db: Queryable,
  tokenHash: Buffer,
): Promise<(SignupLinkRow & { tenant_id: number }) | null> {
  const [row] = await db.query<SignupLinkRow & { tenant_id: number }>(
    sql`select tenant_id, ${signupColumns} from signup_links where token_hash = ${tokenHash}`,
  );
  return row ?? null;
}

/** The link as it stays until the transaction ends: two who open it at once subscribe once. */
export async function lockSignupLink(tx: Transaction, key: CustomerKey, id: string): Promise<SignupLinkRow> {
  const [row] = await tx.query<SignupLinkRow>(
    sql`select ${signupColumns} from signup_links where ${ofCustomers([key])} and signup_link_id = ${id} for no key update`,
  );
  return row as SignupLinkRow;
}

export async function useSignupLink(
  tx: Transaction,
  key: CustomerKey,
  of: { id: string; subscriptionId: string },
  now: Date,
): Promise<void> {
  await tx.query(
    sql`update signup_links set subscription_id = ${of.subscriptionId}, used_at = ${now}
        where ${ofCustomers([key])} and signup_link_id = ${of.id}`,
  );
}

export type PortalLinkRow = { customer_id: string; portal_link_id: string; expires_at: Date; created_at: Date };

const portalColumns = sql`customer_id, portal_link_id, expires_at, created_at`;

export async function insertPortalLink(
  tx: Transaction,
  key: CustomerKey,
  row: PortalLinkRow,
  tokenHash: Buffer,
): Promise<void> {
  const record = { tenant_id: key.tenantId, bucket: key.bucket, ...row };
  await tx.query(
    sql`insert into portal_links (tenant_id, bucket, ${portalColumns}, token_hash)
        select tenant_id, bucket, ${portalColumns}, ${tokenHash} from ${asRows(sql`portal_links`, [record])}`,
  );
}

export async function findPortalLink(
  db: Queryable,
  tokenHash: Buffer,
): Promise<(PortalLinkRow & { tenant_id: number }) | null> {
  const [row] = await db.query<PortalLinkRow & { tenant_id: number }>(
    sql`select tenant_id, ${portalColumns} from portal_links where token_hash = ${tokenHash}`,
  );
  return row ?? null;
}

export async function deleteLinks(tx: Transaction, key: CustomerKey): Promise<void> {
  await tx.query(sql`delete from portal_links where ${ofCustomers([key])}`);
  await tx.query(sql`delete from signup_links where ${ofCustomers([key])}`);
}
