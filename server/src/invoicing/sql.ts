import { inRealTime, ofCustomers, ofOneCustomer, type CustomerKey } from "../customers/customers.ts";
import { allOf, asRows, sql, type Queryable, type Transaction } from "../platform/db.ts";
import type { InvoiceKey, InvoiceRow, InvoiceStatus, LineItemRow } from "./schema.ts";

const columns = sql`bucket, customer_id, invoice_id, number, status, subscription_id, billing_id, currency_code, collection_method, days_until_due,
  due_date, period_start, period_end, subtotal_cents, discount_cents, tax_cents, total_cents, discounts, taxes, tax_treatment, credit_applied_cents,
  balance_applied_cents, balance_returned_cents, balance_entry_seq, amount_paid_cents, memo, metadata, payment_token, is_edited, next_collection_at, collection_attempts, finalized_at, paid_at, voided_at, created_at, updated_at`;

const lineColumns = sql`line_item_id, type, description, quantity, unit_amount, amount, amount_cents, period_start, period_end, meter_code,
  details, is_discountable, billing_id, created_at`;

export function insertInvoices(tx: Transaction, invoices: { tenantId: number; invoice: InvoiceRow }[]): void {
  if (invoices.length === 0) return;
  const records = invoices.map(({ tenantId, invoice }) => ({ tenant_id: tenantId, ...invoice }));
  tx.send(
    sql`insert into invoices (tenant_id, ${columns})
        select tenant_id, ${columns} from ${asRows(sql`invoices`, records)}`,
  );
}

/** Writes what may change of an invoice. Who it is for and in which currency never does. */
export function updateInvoices(tx: Transaction, invoices: { tenantId: number; invoice: InvoiceRow }[]): void {
  if (invoices.length === 0) return;
  const records = invoices.map(({ tenantId, invoice }) => ({ tenant_id: tenantId, ...invoice }));
  tx.send(
    sql`update invoices set number = changed.number, status = changed.status, collection_method = changed.collection_method,
          days_until_due = changed.days_until_due, due_date = changed.due_date, period_start = changed.period_start,
          period_end = changed.period_end, subtotal_cents = changed.subtotal_cents, discount_cents = changed.discount_cents,
          tax_cents = changed.tax_cents, total_cents = changed.total_cents, discounts = changed.discounts, taxes = changed.taxes,
          tax_treatment = changed.tax_treatment, credit_applied_cents = changed.credit_applied_cents,
          balance_applied_cents = changed.balance_applied_cents, balance_returned_cents = changed.balance_returned_cents,
          balance_entry_seq = changed.balance_entry_seq,
          amount_paid_cents = changed.amount_paid_cents, memo = changed.memo, metadata = changed.metadata,
          payment_token = changed.payment_token, is_edited = changed.is_edited, next_collection_at = changed.next_collection_at,
          collection_attempts = changed.collection_attempts, finalized_at = changed.finalized_at, paid_at = changed.paid_at, voided_at = changed.voided_at, updated_at = changed.updated_at
        from ${asRows(sql`invoices`, records)} as changed
        where invoices.tenant_id = changed.tenant_id and invoices.bucket = changed.bucket
          and invoices.customer_id = changed.customer_id and invoices.invoice_id = changed.invoice_id`,
  );
}

/** With the invoice go its lines. */
export async function deleteInvoice(tx: Transaction, key: InvoiceKey): Promise<void> {
  await tx.query(sql`delete from invoices where ${at(key)}`);
}

export async function findInvoice(db: Queryable, tenantId: number, id: string): Promise<InvoiceRow | null> {
  const [row] = await db.query<InvoiceRow>(
    sql`select ${columns} from invoices where tenant_id = ${tenantId} and invoice_id = ${id}`,
  );
  return row ?? null;
}

/** Guarantee: the invoice and its lines stay as they are until the transaction ends; every change to a line takes this lock first. */
export async function lockInvoice(tx: Transaction, key: InvoiceKey): Promise<InvoiceRow | null> {
  const [row] = await tx.query<InvoiceRow>(sql`select ${columns} from invoices where ${at(key)} for no key update`);
  return row ?? null;
}

export type InvoiceFilter = {
  customer: CustomerKey | null;
  status: InvoiceStatus | null;
  /** Only open ones that are past their due date at this instant. */
  overdueAt: Date | null;
};

/** Whether an invoice, which is open, is overdue. */
const isPastDue = (now: Date) => sql`due_date < ${now}`;

/** Newest first, from just below the id `after`. */
export async function listInvoices(
  db: Queryable,
  tenantId: number,
  filter: InvoiceFilter,
  page: { after: string | null; limit: number },
): Promise<InvoiceRow[]> {
  const conditions = [
    ...(filter.customer === null ? [] : [ofOneCustomer(filter.customer)]),
    ...(filter.status === null ? [] : [sql`status = ${filter.status}`]),
    ...(filter.overdueAt === null ? [] : [sql`status = 'open'`, isPastDue(filter.overdueAt)]),
    ...(page.after === null ? [] : [sql`invoice_id < ${page.after}`]),
  ];
  return db.query<InvoiceRow>(
    sql`select ${columns} from invoices
        where tenant_id = ${tenantId} and ${allOf(conditions)}
        order by invoice_id desc
        limit ${page.limit}`,
  );
}

/** The invoices of these ids with their locks: they and their lines stay as they are until the transaction ends. */
export async function lockInvoices(tx: Transaction, keys: CustomerKey[], ids: string[]): Promise<InvoiceRow[]> {
  return tx.query<InvoiceRow>(
    sql`select ${columns} from invoices
        where ${ofCustomers(keys)} and invoice_id = any(${ids}::text[])
        order by customer_id, invoice_id
        for no key update`,
  );
}

/** The subscription's invoices that are not void, newest first, with their locks. */
export async function lockInvoicesOfSubscription(
  tx: Transaction,
  key: CustomerKey,
  of: { subscriptionId: string; currencyCode: string; limit: number },
): Promise<InvoiceRow[]> {
  return tx.query<InvoiceRow>(
    sql`select ${columns} from invoices
        where ${ofCustomers([key])} and subscription_id = ${of.subscriptionId} and currency_code = ${of.currencyCode}
          and status <> 'void'
        order by invoice_id desc
        limit ${of.limit}
        for no key update`,
  );
}

/** The lines of these invoices, in the order in which they were added. */
export async function findLineItems(
  db: Queryable,
  keys: InvoiceKey[],
): Promise<(LineItemRow & { invoice_id: string })[]> {
  if (keys.length === 0) return [];
  return db.query<LineItemRow & { invoice_id: string }>(
    sql`select invoice_id, ${lineColumns} from invoice_line_items
        where ${ofCustomers(keys)} and invoice_id = any(${keys.map(({ invoiceId }) => invoiceId)}::text[])
        order by invoice_id, line_item_id`,
  );
}

export function insertLineItems(tx: Transaction, lines: { key: InvoiceKey; line: LineItemRow }[]): void {
  if (lines.length === 0) return;
  const records = lines.map(({ key, line }) => ({
    tenant_id: key.tenantId,
    bucket: key.bucket,
    customer_id: key.customerId,
    invoice_id: key.invoiceId,
    ...line,
  }));
  tx.send(
    sql`insert into invoice_line_items (tenant_id, bucket, customer_id, invoice_id, ${lineColumns})
        select tenant_id, bucket, customer_id, invoice_id, ${lineColumns} from ${asRows(sql`invoice_line_items`, records)}`,
  );
}

/** Deletes these lines; the caller holds the invoice's lock. */
export function deleteLineItems(tx: Transaction, key: InvoiceKey, ids: string[]): void {
  tx.send(sql`delete from invoice_line_items where ${at(key)} and line_item_id = any(${ids}::text[])`);
}

export async function updateLineItem(tx: Transaction, key: InvoiceKey, line: LineItemRow): Promise<void> {
  await tx.query(
    sql`update invoice_line_items set description = ${line.description}, quantity = ${line.quantity},
          unit_amount = ${line.unit_amount}, amount = ${line.amount}, amount_cents = ${line.amount_cents}
        where ${at(key)} and line_item_id = ${line.line_item_id}`,
  );
}

export async function deleteLineItem(tx: Transaction, key: InvoiceKey, lineItemId: string): Promise<void> {
  await tx.query(sql`delete from invoice_line_items where ${at(key)} and line_item_id = ${lineItemId}`);
}

export type NumberSeries = "invoice" | "credit_note";

/**
 * The last of the tenant's next `count` numbers of a series. Guarantee: until the transaction ends nobody else gets one, and if it is
 * rolled back the numbers are the next one's: no gap and none twice.
 */
export async function takeNumbers(
  tx: Transaction,
  of: { tenantId: number; series: NumberSeries; count: number },
): Promise<{ prefix: string; last_number: number }> {
  const [row] = await tx.query<{ prefix: string; last_number: number }>(
    sql`insert into invoice_numbers (tenant_id, series, last_number)
        values (${of.tenantId}, ${of.series}, ${of.count})
        on conflict (tenant_id, series) do update set last_number = invoice_numbers.last_number + excluded.last_number
        returning last_number,
          (select ${of.series === "invoice" ? sql`invoice_prefix` : sql`credit_note_prefix`} from tenants where tenant_id = ${of.tenantId}) as prefix`,
  );
  return row as { prefix: string; last_number: number };
}

function at(key: InvoiceKey) {
  return sql`tenant_id = ${key.tenantId} and bucket = ${key.bucket} and customer_id = ${key.customerId} and invoice_id = ${key.invoiceId}`;
}

export async function findInvoiceByToken(
  db: Queryable,
  token: string,
): Promise<(InvoiceRow & { tenant_id: number }) | null> {
  const [row] = await db.query<InvoiceRow & { tenant_id: number }>(
    sql`select tenant_id, ${columns} from invoices where payment_token = ${token}`,
  );
  return row ?? null;
}

/** Finalized invoices of all tenants in the order of their rows, from just after `after`. */
export async function findFinalized(
  db: Queryable,
  { after, limit }: { after: InvoiceKey | null; limit: number },
): Promise<(InvoiceRow & { tenant_id: number })[]> {
  const isLater =
    after === null
      ? sql`true`
      : sql`(bucket, customer_id, invoice_id) > (${after.bucket}::smallint, ${after.customerId}, ${after.invoiceId})`;
  return db.query<InvoiceRow & { tenant_id: number }>(
    sql`select tenant_id, ${columns} from invoices
        where finalized_at is not null and ${isLater}
        order by bucket, customer_id, invoice_id
        limit ${limit}`,
  );
}

/**
 * The tenants whose invoices' numbers are not one after the other from 1, with how many there are and the last one taken. In test mode some may be
 * missing: with a test clock go its customers and their invoices. None is there twice, and none more than were taken.
 */
export async function findNumberGaps(
  db: Queryable,
): Promise<{ tenant_id: number; count: number; different: number; last_number: number }[]> {
  return db.query(
    sql`select invoice_numbers.tenant_id, count(invoices.number)::integer as count, count(distinct invoices.number)::integer as different,
          invoice_numbers.last_number
        from invoice_numbers
        join tenants using (tenant_id)
        left join invoices on invoices.tenant_id = invoice_numbers.tenant_id and invoices.number is not null
        where invoice_numbers.series = 'invoice'
        group by invoice_numbers.tenant_id, tenants.mode, invoice_numbers.last_number
        having count(invoices.number) <> count(distinct invoices.number) or count(invoices.number) > invoice_numbers.last_number
          or (tenants.mode = 'live' and count(invoices.number) <> invoice_numbers.last_number)`,
  );
}

export type InvoiceToCollect = CustomerKey & { invoiceId: string };

/** Those that are to be collected by `now`, in the order of their rows, from just after `after`. */
export async function findInvoicesToCollect(
  db: Queryable,
  now: Date,
  { after, limit }: { after: InvoiceToCollect | null; limit: number },
): Promise<InvoiceToCollect[]> {
  const isLater =
    after === null
      ? sql`true`
      : sql`(bucket, customer_id, invoice_id) > (${after.bucket}::smallint, ${after.customerId}, ${after.invoiceId})`;
  return db.query<InvoiceToCollect>(
    sql`select tenant_id as "tenantId", bucket, customer_id as "customerId", invoice_id as "invoiceId" from invoices
        where next_collection_at is not null and next_collection_at <= ${now} and ${inRealTime} and ${isLater}
        order by bucket, customer_id, invoice_id
        limit ${limit}`,
  );
}

export async function hasOverdueInvoice(db: Queryable, key: CustomerKey, subscriptionId: string): Promise<boolean> {
  const [row] = await db.query<{ is_overdue: boolean }>(
    sql`select exists (
          select from invoices
          where ${ofCustomers([key])} and subscription_id = ${subscriptionId} and status = 'open' and collection_attempts > 0
        ) as is_overdue`,
  );
  return row?.is_overdue ?? false;
}

export async function setRefunded(
  tx: Transaction,
  key: CustomerKey,
  creditNoteId: string,
  cents: number,
): Promise<void> {
  await tx.query(
    sql`update credit_notes set refunded_cents = ${cents} where ${ofCustomers([key])} and credit_note_id = ${creditNoteId}`,
  );
}

/** Who an invoice is from and for, as `document.ts` reads it. */
const parties = sql`jsonb_build_object(
    'company', jsonb_build_object('name', companies.name, 'address', tenants.address, 'tax_id', tenants.tax_id, 'email', tenants.email,
      'footer', tenants.invoice_footer, 'logo_id', tenants.logo_id),
    'customer', jsonb_build_object(
      'name', coalesce(customers.name, nullif(concat_ws(' ', customers.first_name, customers.last_name), ''), customers.email,
        customers.external_id),
      'email', customers.email, 'address', customers.billing_address, 'tax_id', customers.tax_id, 'timezone', customers.timezone))`;

/** Keeps with invoices that have just been finalized who they are from and for: with one statement. */
export function keepParties(tx: Transaction, keys: InvoiceKey[]): void {
  if (keys.length === 0) return;
  tx.send(
    sql`update invoices set parties = ${parties}
        from customers join tenants using (tenant_id) join companies using (company_id)
        where invoices.tenant_id = any(${keys.map((key) => key.tenantId)}::integer[])
          and invoices.bucket = any(${keys.map((key) => key.bucket)}::smallint[])
          and invoices.invoice_id = any(${keys.map((key) => key.invoiceId)}::text[])
          and customers.bucket = invoices.bucket and customers.customer_id = invoices.customer_id`,
  );
}

/** As they were kept; of a draft, as they are. */
export async function findParties<Parties extends object>(db: Queryable, key: InvoiceKey): Promise<Parties> {
  const [row] = await db.query<{ parties: Parties }>(
    sql`select coalesce(invoices.parties, ${parties}) as parties
        from invoices
        join customers using (bucket, customer_id)
        join tenants on tenants.tenant_id = customers.tenant_id
        join companies using (company_id)
        where invoices.tenant_id = ${key.tenantId} and bucket = ${key.bucket} and customer_id = ${key.customerId}
          and invoice_id = ${key.invoiceId}`,
  );
  return (row as { parties: Parties }).parties;
}

export type InvoiceSum = { currency_code: string; cents: string; count: number };

/** By currency: what invoices that were finalized since then came to, what is paid of them, and what is due of all, and overdue. */
export async function sumInvoices(
  db: Queryable,
  tenantId: number,
  { since, now }: { since: Date; now: Date },
): Promise<Record<"invoiced" | "outstanding" | "overdue", InvoiceSum[]>> {
  const due = sql`total_cents - credit_applied_cents - amount_paid_cents`;
  const isOverdue = isPastDue(now);
  const invoiced = await db.query<InvoiceSum>(
    sql`select currency_code, sum(total_cents)::text as cents, count(*)::integer as count from invoices
        where tenant_id = ${tenantId} and finalized_at >= ${since} and status in ('open', 'paid', 'uncollectible')
        group by currency_code order by currency_code`,
  );
  const open = await db.query<InvoiceSum & { overdue_cents: string | null; overdue_count: number }>(
    sql`select currency_code, sum(${due})::text as cents, count(*)::integer as count,
          (sum(${due}) filter (where ${isOverdue}))::text as overdue_cents, (count(*) filter (where ${isOverdue}))::integer as overdue_count
        from invoices
        where tenant_id = ${tenantId} and status = 'open'
        group by currency_code order by currency_code`,
  );
  return {
    invoiced,
    outstanding: open.map(({ currency_code, cents, count }) => ({ currency_code, cents, count })),
    overdue: open.flatMap(({ currency_code, overdue_cents, overdue_count }) =>
      overdue_cents === null ? [] : [{ currency_code, cents: overdue_cents, count: overdue_count }],
    ),
  };
}
