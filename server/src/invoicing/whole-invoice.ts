/** What every way to an invoice shares: its totals, its end as a draft, its number, and how it is stored. */
import type { Decimal as Amount } from "../../../core/decimal.ts";
import { BillingError } from "../../../core/errors.ts";
import { customerKeyOf, type CustomerKey } from "../customers/customers.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { invoiceReminderDays } from "../companies/companies.ts";
import { writeMails, type MailContent } from "../mail/mail.ts";
import { randomText } from "../platform/ids.ts";
import { amountDueCents, type InvoiceKey, type InvoiceRow, type LineItemRow, type WholeInvoice } from "./schema.ts";
import * as rows from "./sql.ts";
import type { NumberSeries } from "./sql.ts";

/**
 * What follows, in the same transaction and under the customer's lock, when an invoice has been paid, voided or given up. Whoever moves
 * one must hand it over, so that what was bought is never forgotten.
 */
export type InvoiceSequel = (tx: Transaction, key: CustomerKey, invoice: InvoiceRow, now: Date) => Promise<void>;

export const defaultDaysUntilDue = 30;
const dayMs = 86_400_000;

/** As the wire has cents: a JSON number, so no more than one holds exactly. @throws VALIDATION_ERROR at `path` beyond that. */
export function toCents(minor: Amount, path: string): number {
  const cents = Number.parseInt(minor.toString(), 10);
  if (Number.isSafeInteger(cents)) return cents;
  const message = "The amount is larger than an invoice can hold (9007199254740991 minor units).";
  throw new BillingError("VALIDATION_ERROR", { details: [{ path, message }] });
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 190 bits: whoever has it sees the invoice, so it must not be found by trying. */
const paymentTokenLength = 32;

/** The draft as it is once finalized, but for its number. One that comes to 0 is paid at once. */
export function finalized(draft: InvoiceRow, now: Date): InvoiceRow {
  const isPaid = amountDueCents(draft) === 0;
  const dueDate = draft.days_until_due === null ? null : new Date(now.getTime() + draft.days_until_due * dayMs);
  return {
    ...draft,
    status: isPaid ? "paid" : "open",
    due_date: dueDate,
    payment_token: randomText(base62, paymentTokenLength),
    // One that is sent is asked for again when it is due, or shortly before (`planReminders`); the other is charged at once. What follows
    // on one that is paid already is done at once, too.
    next_collection_at: isPaid ? now : (dueDate ?? now),
    finalized_at: now,
    paid_at: isPaid ? now : null,
    updated_at: now,
  };
}

/**
 * The invoices that have just been finalized, with their customers reminded of them some days before they are due, if those lie ahead.
 * Asks once for all of a tenant.
 */
export async function planReminders(tx: Transaction, tenantId: number, invoices: InvoiceRow[], now: Date) {
  if (!invoices.some(isAskedFor)) return invoices;
  const days = await invoiceReminderDays(tx, { id: tenantId });
  return invoices.map((invoice) => {
    if (!isAskedFor(invoice)) return invoice;
    const at = new Date(invoice.due_date.getTime() - days * dayMs);
    return at > now ? { ...invoice, next_collection_at: at } : invoice;
  });
}

/** Mails the invoices that have just been finalized to customers who are to pay them, or whose balance has paid them whole: with one statement. */
export function mailFinalized(tx: Transaction, tenantId: number, invoices: InvoiceRow[], now: Date): void {
  const mails = invoices.flatMap((invoice) => {
    const content = mailOf(invoice);
    return content === null ? [] : [{ key: keyOf(tenantId, invoice), content }];
  });
  writeMails(tx, mails, now);
}

function mailOf(invoice: InvoiceRow): MailContent | null {
  if (isAskedFor(invoice))
    return { template: "invoice_issued", due_at: invoice.due_date.toISOString(), ...mailedInvoice(invoice) };
  if (invoice.status !== "paid" || invoice.balance_applied_cents === 0) return null;
  return {
    template: "invoice_paid_by_balance",
    ...mailedInvoice(invoice),
    amount_cents: invoice.balance_applied_cents,
  };
}

/** The invoice with that much less due by a credit note: an open one of which nothing is due any more is paid. */
export function withCredit(invoice: InvoiceRow, cents: number, now: Date): InvoiceRow {
  const credited = { ...invoice, credit_applied_cents: invoice.credit_applied_cents + cents, updated_at: now };
  return amountDueCents(credited) === 0
    ? { ...credited, status: "paid", paid_at: now, next_collection_at: null }
    : credited;
}

/** What every mail says of a finalized invoice that it asks to pay. */
export function mailedInvoice(invoice: InvoiceRow) {
  return {
    invoice_number: invoice.number as string,
    path: `/pay/${invoice.payment_token}`,
    amount_cents: amountDueCents(invoice),
    currency_code: invoice.currency_code,
  };
}

/** Whether the customer is to pay the invoice by themselves, by a day. */
function isAskedFor(invoice: InvoiceRow): invoice is InvoiceRow & { due_date: Date } {
  return invoice.status === "open" && invoice.due_date !== null;
}

/** What a draft says of its customer's balance and of what has been paid. */
export const unpaid = {
  credit_applied_cents: 0,
  balance_applied_cents: 0,
  balance_returned_cents: 0,
  balance_entry_seq: null,
  amount_paid_cents: 0,
};

/** What a draft says of being collected. */
export const uncollected = { is_edited: false, payment_token: null, next_collection_at: null, collection_attempts: 0 };

/** The tenant's next numbers of a series, without gaps; everybody who takes one waits until the transaction ends. */
export async function takeNumbers(
  tx: Transaction,
  tenantId: number,
  series: NumberSeries,
  count: number,
): Promise<string[]> {
  if (count === 0) return [];
  const { prefix, last_number } = await rows.takeNumbers(tx, { tenantId, series, count });
  const first = last_number - count + 1;
  return Array.from({ length: count }, (_, index) => prefix + String(first + index).padStart(6, "0"));
}

/** Sends new invoices with their lines, with one statement for each kind of row. */
export function insertWhole(tx: Transaction, invoices: (WholeInvoice & { tenantId: number })[]): void {
  rows.insertInvoices(tx, invoices);
  const lines = invoices.flatMap((each) =>
    each.lines.map((line) => ({ key: keyOf(each.tenantId, each.invoice), line })),
  );
  rows.insertLineItems(tx, lines);
}

/** The invoices with their lines, in the order in which the invoices are given. */
export async function withLines(
  db: Queryable,
  invoices: { key: InvoiceKey; invoice: InvoiceRow }[],
): Promise<(WholeInvoice & { key: InvoiceKey })[]> {
  const lines = new Map(invoices.map(({ key }): [string, LineItemRow[]] => [key.invoiceId, []]));
  const keys = invoices.map(({ key }) => key);
  for (const line of await rows.findLineItems(db, keys)) lines.get(line.invoice_id)?.push(line);
  return invoices.map((each) => ({ ...each, lines: lines.get(each.key.invoiceId) ?? [] }));
}

export function keyOf(tenantId: number, invoice: InvoiceRow): InvoiceKey {
  return invoiceKey(tenantId, invoice.customer_id, invoice.invoice_id);
}

export function invoiceKey(tenantId: number, customerId: string, invoiceId: string): InvoiceKey {
  return { ...customerKeyOf(tenantId, customerId), invoiceId };
}
