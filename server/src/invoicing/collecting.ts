/** What collecting the money asks of invoices. Every change is made under the customer's lock, which the caller holds. */
import { splitPayment } from "../../../core/collection.ts";
import { BillingError } from "../../../core/errors.ts";
import { fromMinorUnits } from "../../../core/minor-unit.ts";
import type { CustomerKey } from "../customers/customers.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { insertCreditNotes, sumCredited, type CreditNoteRow } from "./credit-note-sql.ts";
import { amountDueCents, presentInvoice, type InvoiceRow, type WholeInvoice } from "./schema.ts";
import * as rows from "./sql.ts";
import { invoiceKey, keyOf, takeNumbers, type InvoiceSequel } from "./whole-invoice.ts";

export type { InvoiceToCollect } from "./sql.ts";
export { amountDueCents, paymentUrl } from "./schema.ts";

/** The invoice whose public page `token` opens; null if there is none. */
export async function findInvoiceByToken(
  db: Queryable,
  token: string,
): Promise<(WholeInvoice & { key: CustomerKey }) | null> {
  const found = await rows.findInvoiceByToken(db, token);
  if (found === null) return null;
  const { tenant_id, ...invoice } = found;
  const key = keyOf(tenant_id, invoice);
  return { key, invoice, lines: await rows.findLineItems(db, [key]) };
}

/** The customer's invoices in a status, newest first; the latest hundred, for a page of theirs. */
export async function findInvoicesOf(
  db: Queryable,
  key: CustomerKey,
  of: { status: InvoiceRow["status"] | null },
): Promise<InvoiceRow[]> {
  const page = { after: null, limit: invoicesOnPage };
  return rows.listInvoices(db, key.tenantId, { customer: key, status: of.status }, page);
}

const invoicesOnPage = 100;

/** The invoice as the API shows it, for telling what has happened to it. */
export async function describeInvoice(
  db: Queryable,
  key: CustomerKey,
  invoice: InvoiceRow,
  publicUrl: string,
): Promise<Record<string, unknown>> {
  const lines = await rows.findLineItems(db, [keyOf(key.tenantId, invoice)]);
  return presentInvoice({ invoice, lines }, publicUrl);
}

/** @throws INVOICE_NOT_FOUND */
export async function lockInvoice(tx: Transaction, key: CustomerKey, invoiceId: string): Promise<InvoiceRow> {
  const invoice = await rows.lockInvoice(tx, invoiceKey(key.tenantId, key.customerId, invoiceId));
  if (invoice === null) throw new BillingError("INVOICE_NOT_FOUND");
  return invoice;
}

/** Invoices to be charged or asked for by `now`, in the order of their rows. */
export async function findInvoicesToCollect(
  db: Queryable,
  now: Date,
  page: { after: rows.InvoiceToCollect | null; limit: number },
): Promise<rows.InvoiceToCollect[]> {
  return rows.findInvoicesToCollect(db, now, page);
}

/** Money that has come for an invoice. One that is void or paid already takes none. @returns minor units that are left for the wallet. */
export async function payInvoice(
  tx: Transaction,
  key: CustomerKey,
  of: { invoiceId: string; amountCents: number },
  now: Date,
  sequel: InvoiceSequel,
): Promise<{ invoice: InvoiceRow; excessCents: number }> {
  const before = await lockInvoice(tx, key, of.invoiceId);
  const takesMoney = before.status === "open" || before.status === "uncollectible";
  const { appliedCents, excessCents } = splitPayment(of.amountCents, takesMoney ? amountDueCents(before) : 0);
  if (appliedCents === 0) return { invoice: before, excessCents };
  const paid = { ...before, amount_paid_cents: before.amount_paid_cents + appliedCents, updated_at: now };
  const invoice: InvoiceRow =
    amountDueCents(paid) === 0 ? { ...paid, status: "paid", paid_at: now, next_collection_at: null } : paid;
  rows.updateInvoices(tx, [{ tenantId: key.tenantId, invoice }]);
  if (invoice.status === "paid") await sequel(tx, key, invoice, now);
  return { invoice, excessCents };
}

/** Sets when an open invoice is collected next, and how often it has been in vain. */
export function planCollection(
  tx: Transaction,
  key: CustomerKey,
  invoice: InvoiceRow,
  plan: { at: Date | null; attempts: number },
  now: Date,
): void {
  const planned = { ...invoice, next_collection_at: plan.at, collection_attempts: plan.attempts, updated_at: now };
  rows.updateInvoices(tx, [{ tenantId: key.tenantId, invoice: planned }]);
}

/** Ends an open invoice that will not be paid, and hands over what follows. */
export async function giveUpInvoice(
  tx: Transaction,
  key: CustomerKey,
  invoice: InvoiceRow,
  status: "void" | "uncollectible",
  now: Date,
  sequel: InvoiceSequel,
): Promise<void> {
  const ended: InvoiceRow = {
    ...invoice,
    status,
    voided_at: status === "void" ? now : null,
    next_collection_at: null,
    updated_at: now,
  };
  rows.updateInvoices(tx, [{ tenantId: key.tenantId, invoice: ended }]);
  await sequel(tx, key, ended, now);
}

/** Whether an invoice of the subscription is open that has been asked for in vain. */
export async function hasOverdueInvoice(db: Queryable, key: CustomerKey, subscriptionId: string): Promise<boolean> {
  return rows.hasOverdueInvoice(db, key, subscriptionId);
}

/**
 * The credit note of money that goes back to where it came from. What the invoice says was paid stays: it was.
 * @throws REFUND_TOO_LARGE if credit notes would come to more than the invoice did.
 */
export async function noteRefund(
  tx: Transaction,
  key: CustomerKey,
  of: { invoiceId: string; amountCents: number; reason: string },
  now: Date,
): Promise<CreditNoteRow> {
  const invoice = await lockInvoice(tx, key, of.invoiceId);
  const credited = (await sumCredited(tx, key, [of.invoiceId])).get(of.invoiceId) ?? 0;
  if (of.amountCents > invoice.total_cents - credited) throw new BillingError("REFUND_TOO_LARGE");
  const amount = fromMinorUnits(BigInt(-of.amountCents), invoice.currency_code).toString();
  const note: CreditNoteRow = {
    bucket: key.bucket,
    customer_id: key.customerId,
    credit_note_id: createId(now),
    number: null,
    invoice_id: of.invoiceId,
    currency_code: invoice.currency_code,
    total_cents: of.amountCents,
    applied_cents: 0,
    refunded_cents: of.amountCents,
    reason: of.reason,
    lines: [
      {
        description: of.reason,
        quantity: "1",
        amount,
        amount_cents: -of.amountCents,
        period_start: null,
        period_end: null,
      },
    ],
    created_at: now,
  };
  // Last, because everybody who takes a number waits for whoever holds it.
  const [number] = await takeNumbers(tx, key.tenantId, "credit_note", 1);
  note.number = number as string;
  insertCreditNotes(tx, [{ tenantId: key.tenantId, row: note }]);
  return note;
}
