/** Collecting what is due: charging it, or reminding of it, and what becomes of it if that is in vain. */
import { nextCollection } from "../../../core/collection.ts";
import { BillingError } from "../../../core/errors.ts";
import { getCustomer, lockIdleCustomers, type CustomerKey } from "../customers/customers.ts";
import {
  describeInvoice,
  findInvoicesToCollect,
  giveUpInvoice,
  lockInvoice,
  mailedInvoice,
  planCollection,
  type InvoiceToCollect,
} from "../invoicing/invoicing.ts";
import type { InvoiceRow } from "../invoicing/schema.ts";
import { writeMails, type MailContent } from "../mail/mail.ts";
import type { Database, Transaction } from "../platform/db.ts";
import { cancelOverdue, markOverdue } from "../renewals/renewals.ts";
import { isOfTopUp } from "../top-ups/top-ups.ts";
import { recordOccurrences } from "../webhooks/webhooks.ts";
import { recordPayment } from "./record.ts";
import { followCollected, type Collecting } from "./sequel.ts";
import { getPaymentSettings } from "./settings.ts";
import * as rows from "./sql.ts";

const invoicesAtATime = 100;

export type CollectionRun = { invoices: number; failures: { invoiceId: string; error: unknown }[] };

/**
 * Begins what has come due: invoices that are charged automatically get a payment, of those that are sent their customer is reminded, and of those that
 * were paid without a payment what follows is done. Each in a
 * transaction of its own; one whose customer another process works is left to that.
 */
export async function collectDueInvoices(
  database: Database,
  collecting: Collecting,
  now: Date,
): Promise<CollectionRun> {
  const run: CollectionRun = { invoices: 0, failures: [] };
  for (let after: InvoiceToCollect | null = null; ;) {
    const page: InvoiceToCollect[] = await findInvoicesToCollect(database, now, { after, limit: invoicesAtATime });
    for (const due of page) {
      try {
        await database.transaction((tx) => collect(tx, collecting, due, now));
        run.invoices += 1;
      } catch (error) {
        run.failures.push({ invoiceId: due.invoiceId, error });
      }
    }
    after = page.at(-1) ?? null;
    if (page.length < invoicesAtATime) return run;
  }
}

/** Collects at once what one invoice of a customer asks for, because the customer is looking. */
export async function collectInvoice(
  database: Database,
  collecting: Collecting,
  due: InvoiceToCollect,
  now: Date,
): Promise<void> {
  await database.transaction((tx) => collect(tx, collecting, due, now));
}

async function collect(
  tx: Transaction,
  collecting: Collecting,
  { invoiceId, ...key }: InvoiceToCollect,
  now: Date,
): Promise<void> {
  if ((await lockIdleCustomers(tx, [key])).length === 0) return;
  const invoice = await lockInvoice(tx, key, invoiceId);
  if (invoice.next_collection_at === null || invoice.next_collection_at > now) return;
  if (invoice.status === "paid") return followPaid(tx, collecting, key, invoice, now);
  if (invoice.due_date !== null && invoice.due_date > now)
    return remind(tx, key, invoice as InvoiceRow & { due_date: Date }, now);
  if (invoice.collection_method === "send_invoice")
    return triedInVain(tx, collecting, key, invoice, { isCharged: false }, now);
  const methodId = (await getCustomer(tx, { id: key.tenantId }, key.customerId)).default_payment_method_id;
  const method = methodId === null ? null : await rows.findMethod(tx, key, methodId);
  if (method === null) return triedInVain(tx, collecting, key, invoice, { isCharged: false }, now);
  const attempts = invoice.collection_attempts;
  try {
    await recordPayment(tx, key, { invoice, method, cause: "collection" }, now);
    planCollection(tx, key, invoice, { at: null, attempts }, now);
  } catch (error) {
    if (!(error instanceof BillingError)) throw error;
    // The customer is paying it right now; if that fails, it is charged an hour later.
    planCollection(tx, key, invoice, { at: new Date(now.getTime() + hourMs), attempts }, now);
  }
}

/** What follows on an invoice that was paid without a payment: as it was finalized, by the balance or because it came to nothing, or by billing's credit note. */
async function followPaid(
  tx: Transaction,
  collecting: Collecting,
  key: CustomerKey,
  invoice: InvoiceRow,
  now: Date,
): Promise<void> {
  planCollection(tx, key, invoice, { at: null, attempts: invoice.collection_attempts }, now);
  await followCollected(collecting)(tx, key, { ...invoice, next_collection_at: null }, now);
}

const hourMs = 3_600_000;

/** Reminds the customer of an invoice that is not due yet; it is looked at again when it is. */
function remind(tx: Transaction, key: CustomerKey, invoice: InvoiceRow & { due_date: Date }, now: Date): void {
  const { due_date, collection_attempts: attempts } = invoice;
  const content = {
    template: "invoice_due_soon" as const,
    due_at: due_date.toISOString(),
    ...mailedInvoice(invoice),
  };
  writeMails(tx, [{ key, content }], now);
  planCollection(tx, key, invoice, { at: due_date, attempts }, now);
}

/**
 * An open invoice that was charged or asked for in vain: it is tried again on the days of the settings, and given up as they say.
 * A top-up whose charge failed is given up at once, for nothing was delivered.
 */
export async function triedInVain(
  tx: Transaction,
  collecting: Collecting,
  key: CustomerKey,
  invoice: InvoiceRow,
  { isCharged }: { isCharged: boolean },
  now: Date,
): Promise<void> {
  const sequel = followCollected(collecting);
  if (isCharged && (await isOfTopUp(tx, key, invoice.invoice_id)))
    return giveUpInvoice(tx, key, invoice, "void", now, sequel);
  const settings = await getPaymentSettings(tx, { id: key.tenantId });
  const attempts = invoice.collection_attempts + 1;
  const at = nextCollection(attempts, now, settings.retry_days);
  planCollection(tx, key, invoice, { at, attempts }, now);
  const overdue = { ...invoice, next_collection_at: at, collection_attempts: attempts };
  const data = { invoice: await describeInvoice(tx, key, overdue, collecting.publicUrl) };
  recordOccurrences(tx, [{ key, type: "invoice.overdue", data }], now);
  writeMails(tx, [{ key, content: askedInVain(overdue, { isCharged }) }], now);
  const { subscription_id: subscriptionId } = invoice;
  if (subscriptionId !== null) await markOverdue(tx, collecting.catalog, key, { subscriptionId, isOverdue: true }, now);
  if (at !== null) return;
  if (settings.after_retries === "mark_uncollectible")
    await giveUpInvoice(tx, key, overdue, "uncollectible", now, sequel);
  if (settings.after_retries === "cancel_subscription" && subscriptionId !== null)
    await cancelOverdue(tx, collecting.catalog, key, subscriptionId, now);
}

function askedInVain(invoice: InvoiceRow, { isCharged }: { isCharged: boolean }): MailContent {
  const mailed = mailedInvoice(invoice);
  return isCharged
    ? { template: "payment_failed", next_try_at: invoice.next_collection_at?.toISOString() ?? null, ...mailed }
    : { template: "invoice_overdue", due_at: invoice.due_date?.toISOString() ?? null, ...mailed };
}
