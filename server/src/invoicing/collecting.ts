/** What collecting the money asks of invoices. Every change is made under the customer's lock, which the caller holds. */
import { splitPayment } from "../../../core/collection.ts";
import { BillingError } from "../../../core/errors.ts";
import type { CustomerKey } from "../customers/customers.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { amountDueCents, presentInvoice, type InvoiceRow, type WholeInvoice } from "./schema.ts";
import * as rows from "./sql.ts";
import { invoiceKey, keyOf, type InvoiceSequel } from "./whole-invoice.ts";

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
  return rows.listInvoices(db, key.tenantId, { customer: key, status: of.status, overdueAt: null }, page);
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

/** What a tenant's invoices come to, by currency, in minor units. */
export async function sumInvoices(
  db: Queryable,
  tenant: { id: number },
  of: { since: Date; now: Date },
): Promise<Record<"invoiced" | "outstanding" | "overdue", rows.InvoiceSum[]>> {
  return rows.sumInvoices(db, tenant.id, of);
}
