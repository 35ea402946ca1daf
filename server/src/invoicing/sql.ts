import { ofCustomers, type CustomerKey } from "../customers/customers.ts";
import { allOf, sql, type Queryable, type Transaction } from "../platform/db.ts";
import type { InvoiceKey, InvoiceRow, InvoiceStatus, LineItemRow } from "./schema.ts";

const columns = sql`bucket, customer_id, invoice_id, number, status, subscription_id, currency_code, collection_method, days_until_due,
  due_date, period_start, period_end, subtotal_cents, discount_cents, tax_cents, total_cents, credit_applied_cents, amount_paid_cents,
  memo, metadata, finalized_at, paid_at, voided_at, created_at, updated_at`;

const lineColumns = sql`line_item_id, type, description, quantity, unit_amount, amount, amount_cents, period_start, period_end, meter_code,
  details, created_at`;

export async function insertInvoice(tx: Transaction, tenantId: number, row: InvoiceRow): Promise<void> {
  await tx.query(
    sql`insert into invoices (tenant_id, ${columns})
        values (${tenantId}, ${row.bucket}, ${row.customer_id}, ${row.invoice_id}, ${row.number}, ${row.status}, ${row.subscription_id},
          ${row.currency_code}, ${row.collection_method}, ${row.days_until_due}, ${row.due_date}, ${row.period_start},
          ${row.period_end}, ${row.subtotal_cents}, ${row.discount_cents}, ${row.tax_cents}, ${row.total_cents},
          ${row.credit_applied_cents}, ${row.amount_paid_cents}, ${row.memo}, ${row.metadata}, ${row.finalized_at}, ${row.paid_at},
          ${row.voided_at}, ${row.created_at}, ${row.updated_at})`,
  );
}

/** Writes what may change of an invoice. Who it is for and in which currency never does. */
export async function updateInvoice(tx: Transaction, key: InvoiceKey, row: InvoiceRow): Promise<void> {
  await tx.query(
    sql`update invoices set number = ${row.number}, status = ${row.status}, collection_method = ${row.collection_method},
          days_until_due = ${row.days_until_due}, due_date = ${row.due_date}, subtotal_cents = ${row.subtotal_cents},
          discount_cents = ${row.discount_cents}, tax_cents = ${row.tax_cents}, total_cents = ${row.total_cents},
          credit_applied_cents = ${row.credit_applied_cents}, amount_paid_cents = ${row.amount_paid_cents}, memo = ${row.memo},
          metadata = ${row.metadata}, finalized_at = ${row.finalized_at}, paid_at = ${row.paid_at}, voided_at = ${row.voided_at},
          updated_at = ${row.updated_at}
        where ${at(key)}`,
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

export type InvoiceFilter = { customer: CustomerKey | null; status: InvoiceStatus | null };

/** Newest first, from just below the id `after`. */
export async function listInvoices(
  db: Queryable,
  tenantId: number,
  filter: InvoiceFilter,
  page: { after: string | null; limit: number },
): Promise<InvoiceRow[]> {
  const conditions = [
    ...(filter.customer === null ? [] : [ofCustomers([filter.customer])]),
    ...(filter.status === null ? [] : [sql`status = ${filter.status}`]),
    ...(page.after === null ? [] : [sql`invoice_id < ${page.after}`]),
  ];
  return db.query<InvoiceRow>(
    sql`select ${columns} from invoices
        where tenant_id = ${tenantId} and ${allOf(conditions)}
        order by invoice_id desc
        limit ${page.limit}`,
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

export async function insertLineItems(tx: Transaction, key: InvoiceKey, lines: LineItemRow[]): Promise<void> {
  for (const line of lines) {
    tx.send(
      sql`insert into invoice_line_items (tenant_id, bucket, customer_id, invoice_id, ${lineColumns})
          values (${key.tenantId}, ${key.bucket}, ${key.customerId}, ${key.invoiceId}, ${line.line_item_id}, ${line.type},
            ${line.description}, ${line.quantity}, ${line.unit_amount}, ${line.amount}, ${line.amount_cents}, ${line.period_start},
            ${line.period_end}, ${line.meter_code}, ${line.details}, ${line.created_at})`,
    );
  }
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

/**
 * The tenant's next number. Guarantee: until the transaction ends nobody else gets one, and if it is rolled back the number is
 * the next one's: no gap and none twice.
 */
export async function takeNumber(
  tx: Transaction,
  tenantId: number,
  prefix: string,
): Promise<{ prefix: string; last_number: number }> {
  const [row] = await tx.query<{ prefix: string; last_number: number }>(
    sql`insert into invoice_numbers (tenant_id, prefix, last_number) values (${tenantId}, ${prefix}, 1)
        on conflict (tenant_id) do update set last_number = invoice_numbers.last_number + 1
        returning prefix, last_number`,
  );
  return row as { prefix: string; last_number: number };
}

function at(key: InvoiceKey) {
  return sql`tenant_id = ${key.tenantId} and bucket = ${key.bucket} and customer_id = ${key.customerId} and invoice_id = ${key.invoiceId}`;
}
