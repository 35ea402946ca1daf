import { inRealTime, ofCustomers, type CustomerKey } from "../customers/customers.ts";
import { allOf, asRows, sql, type Queryable, type Transaction } from "../platform/db.ts";
import type { PaymentMethodRow, PaymentRow, PaymentSettingsRow, RefundRow } from "./schema.ts";

const settingsColumns = sql`bank_details, retry_days, after_retries, redirect_origins, frame_origins,
  portal_plan_codes`;

/** Null where the tenant has set nothing. */
export async function findSettings(db: Queryable, tenantId: number): Promise<PaymentSettingsRow | null> {
  const [row] = await db.query<PaymentSettingsRow>(
    sql`select ${settingsColumns} from payment_settings where tenant_id = ${tenantId}`,
  );
  return row ?? null;
}

export async function upsertSettings(tx: Transaction, tenantId: number, row: PaymentSettingsRow): Promise<void> {
  await tx.query(
    sql`insert into payment_settings (tenant_id, ${settingsColumns})
        values (${tenantId}, ${row.bank_details}, ${row.retry_days}::smallint[], ${row.after_retries}, ${row.redirect_origins}::text[],
          ${row.frame_origins}::text[], ${row.portal_plan_codes}::text[])
        on conflict (tenant_id) do update set bank_details = excluded.bank_details, retry_days = excluded.retry_days,
          after_retries = excluded.after_retries, redirect_origins = excluded.redirect_origins,
          frame_origins = excluded.frame_origins, portal_plan_codes = excluded.portal_plan_codes`,
  );
}

const methodColumns = sql`customer_id, payment_method_id, provider, reference, brand, last_four, expires_month, expires_year, is_kept, created_at`;

export function insertMethod(tx: Transaction, key: CustomerKey, row: PaymentMethodRow): void {
  tx.send(
    sql`insert into payment_methods (tenant_id, bucket, ${methodColumns})
        select tenant_id, bucket, ${methodColumns}
        from ${asRows(sql`payment_methods`, [{ tenant_id: key.tenantId, bucket: key.bucket, ...row }])}`,
  );
}

/** Newest first. */
export async function listMethods(db: Queryable, key: CustomerKey): Promise<PaymentMethodRow[]> {
  return db.query<PaymentMethodRow>(
    sql`select ${methodColumns} from payment_methods where ${ofCustomers([key])} and is_kept order by payment_method_id desc`,
  );
}

export async function findMethod(db: Queryable, key: CustomerKey, id: string): Promise<PaymentMethodRow | null> {
  const [row] = await db.query<PaymentMethodRow>(
    sql`select ${methodColumns} from payment_methods where ${ofCustomers([key])} and payment_method_id = ${id}`,
  );
  return row ?? null;
}

export async function deleteMethod(tx: Transaction, key: CustomerKey, id: string): Promise<void> {
  await tx.query(sql`delete from payment_methods where ${ofCustomers([key])} and payment_method_id = ${id}`);
}

const storedPaymentColumns = sql`customer_id, payment_id, invoice_id, provider, payment_method_id, cause, amount_cents, excess_cents, refunded_cents,
  currency_code, status, reference, failure_code, failure_message, action_url, is_disputed, check_at, checks, created_at, ended_at`;
const paymentColumns = sql`${storedPaymentColumns}, (
    select number from invoices
    where invoices.bucket = payments.bucket and invoices.customer_id = payments.customer_id and invoices.invoice_id = payments.invoice_id
  ) as invoice_number`;

export function insertPayment(tx: Transaction, key: CustomerKey, row: PaymentRow): void {
  tx.send(
    sql`insert into payments (tenant_id, bucket, ${storedPaymentColumns})
        select tenant_id, bucket, ${storedPaymentColumns}
        from ${asRows(sql`payments`, [{ tenant_id: key.tenantId, bucket: key.bucket, ...row }])}`,
  );
}

/** Writes what may change of a payment. */
export function updatePayment(tx: Transaction, key: CustomerKey, row: PaymentRow): void {
  tx.send(
    sql`update payments set excess_cents = ${row.excess_cents}, refunded_cents = ${row.refunded_cents}, status = ${row.status},
          reference = ${row.reference}, failure_code = ${row.failure_code}, failure_message = ${row.failure_message},
          action_url = ${row.action_url}, is_disputed = ${row.is_disputed}, check_at = ${row.check_at}, checks = ${row.checks},
          ended_at = ${row.ended_at}
        where ${ofCustomers([key])} and payment_id = ${row.payment_id}`,
  );
}

export async function findPayment(db: Queryable, tenantId: number, id: string): Promise<PaymentRow | null> {
  const [row] = await db.query<PaymentRow>(
    sql`select ${paymentColumns} from payments where tenant_id = ${tenantId} and payment_id = ${id}`,
  );
  return row ?? null;
}

/** The payment as it stays until the transaction ends. */
export async function lockPayment(tx: Transaction, key: CustomerKey, id: string): Promise<PaymentRow | null> {
  const [row] = await tx.query<PaymentRow>(
    sql`select ${paymentColumns} from payments where ${ofCustomers([key])} and payment_id = ${id} for no key update`,
  );
  return row ?? null;
}

/** Newest first. */
export async function findPaymentsOfInvoice(db: Queryable, key: CustomerKey, invoiceId: string): Promise<PaymentRow[]> {
  return db.query<PaymentRow>(
    sql`select ${paymentColumns} from payments where ${ofCustomers([key])} and invoice_id = ${invoiceId} order by payment_id desc`,
  );
}

export type PaymentFilter = {
  customer: CustomerKey | null;
  invoiceId: string | null;
  status: PaymentRow["status"] | null;
};

/** Newest first, from just below the id `after`. */
export async function listPayments(
  db: Queryable,
  tenantId: number,
  filter: PaymentFilter,
  page: { after: string | null; limit: number },
): Promise<PaymentRow[]> {
  const conditions = [
    ...(filter.customer === null ? [] : [ofCustomers([filter.customer])]),
    ...(filter.invoiceId === null ? [] : [sql`invoice_id = ${filter.invoiceId}`]),
    ...(filter.status === null ? [] : [sql`status = ${filter.status}`]),
    ...(page.after === null ? [] : [sql`payment_id < ${page.after}`]),
  ];
  return db.query<PaymentRow>(
    sql`select ${paymentColumns} from payments
        where tenant_id = ${tenantId} and ${allOf(conditions)}
        order by payment_id desc
        limit ${page.limit}`,
  );
}

const refundColumns = sql`customer_id, refund_id, payment_id, credit_note_id, amount_cents, currency_code, reason, status, reference,
  failure_message, check_at, checks, created_at, ended_at`;

export function insertRefund(tx: Transaction, key: CustomerKey, row: RefundRow): void {
  tx.send(
    sql`insert into refunds (tenant_id, bucket, ${refundColumns})
        select tenant_id, bucket, ${refundColumns}
        from ${asRows(sql`refunds`, [{ tenant_id: key.tenantId, bucket: key.bucket, ...row }])}`,
  );
}

export function updateRefund(tx: Transaction, key: CustomerKey, row: RefundRow): void {
  tx.send(
    sql`update refunds set status = ${row.status}, reference = ${row.reference}, failure_message = ${row.failure_message},
          check_at = ${row.check_at}, ended_at = ${row.ended_at}
        where ${ofCustomers([key])} and refund_id = ${row.refund_id}`,
  );
}

export async function lockRefund(tx: Transaction, key: CustomerKey, id: string): Promise<RefundRow | null> {
  const [row] = await tx.query<RefundRow>(
    sql`select ${refundColumns} from refunds where ${ofCustomers([key])} and refund_id = ${id} for no key update`,
  );
  return row ?? null;
}

/** Newest first. */
export async function findRefunds(db: Queryable, key: CustomerKey, paymentId: string): Promise<RefundRow[]> {
  return db.query<RefundRow>(
    sql`select ${refundColumns} from refunds where ${ofCustomers([key])} and payment_id = ${paymentId} order by refund_id desc`,
  );
}

export type Waiting = CustomerKey & { id: string };

/** Payments about which the provider is to be told or asked by `now`, in the order of their rows. */
export async function findPaymentsToCheck(db: Queryable, now: Date, limit: number): Promise<Waiting[]> {
  return db.query<Waiting>(
    sql`select tenant_id as "tenantId", bucket, customer_id as "customerId", payment_id as id from payments
        where check_at is not null and check_at <= ${now} and ${inRealTime}
        order by check_at
        limit ${limit}`,
  );
}

export async function findRefundsToCheck(db: Queryable, now: Date, limit: number): Promise<Waiting[]> {
  return db.query<Waiting>(
    sql`select tenant_id as "tenantId", bucket, customer_id as "customerId", refund_id as id from refunds
        where check_at is not null and check_at <= ${now} and ${inRealTime}
        order by check_at
        limit ${limit}`,
  );
}

/**
 * When to ask next, instead of `planned`: an event that came since the `claimed` row was taken must not be forgotten, because what the
 * provider has answered may be older than the event.
 */
export function nextAsk<When extends Date | null>(
  current: { check_at: Date | null },
  claimed: { check_at: Date | null },
  planned: When,
): Date | When {
  const { check_at: at } = current;
  return at !== null && claimed.check_at !== null && at < claimed.check_at ? at : planned;
}

/** The first wait after a try is this long, and each one twice the one before, up to an hour. */
export const nextCheck = (now: Date) =>
  sql`${now}::timestamptz + least(3600, 15 * 2 ^ least(checks, 10)) * interval '1 second'`;

/**
 * Takes a payment to tell or ask about. Guarantee: whoever takes it too, until the next check is due, gets null, so that nearly always
 * one process asks.
 */
export async function claimPayment(
  db: Queryable,
  { id, ...key }: Waiting,
  now: Date,
  isNow: boolean,
): Promise<PaymentRow | null> {
  const [row] = await db.query<PaymentRow>(
    sql`update payments set check_at = ${nextCheck(now)}, checks = least(checks + 1, 100)
        where ${ofCustomers([key])} and payment_id = ${id} and check_at is not null and (${isNow} or check_at <= ${now})
        returning ${paymentColumns}`,
  );
  return row ?? null;
}

export async function claimRefund(db: Queryable, { id, ...key }: Waiting, now: Date): Promise<RefundRow | null> {
  const [row] = await db.query<RefundRow>(
    sql`update refunds set check_at = ${nextCheck(now)}, checks = least(checks + 1, 100)
        where ${ofCustomers([key])} and refund_id = ${id} and check_at is not null and check_at <= ${now}
        returning ${refundColumns}`,
  );
  return row ?? null;
}

/** Whether money of the customer's is on its way: a provider has not said yet what became of it. */
export async function hasMoneyUnderWay(db: Queryable, key: CustomerKey): Promise<boolean> {
  const [row] = await db.query<{ is_under_way: boolean }>(
    sql`select exists (select from payments where ${ofCustomers([key])} and ended_at is null)
          or exists (select from refunds where ${ofCustomers([key])} and ended_at is null) as is_under_way`,
  );
  return row?.is_under_way ?? false;
}

/** Leaves nothing of the cards but that there were some: payments name them. */
export async function eraseMethods(tx: Transaction, key: CustomerKey): Promise<void> {
  await tx.query(
    sql`update payment_methods set is_kept = false, reference = 'erased', brand = 'erased', last_four = '0000', expires_month = 1,
          expires_year = 1970
        where ${ofCustomers([key])}`,
  );
  await tx.query(sql`delete from payment_method_setups where ${ofCustomers([key])}`);
  await tx.query(sql`delete from stripe_customers where ${ofCustomers([key])}`);
}
