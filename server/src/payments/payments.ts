import { BillingError } from "../../../core/errors.ts";
import { customerKeyOf, lockCustomer, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import { lockInvoice, noteRefund } from "../invoicing/invoicing.ts";
import type { Database, Queryable, Transaction } from "../platform/db.ts";
import { receive, settlePayment } from "./outcomes.ts";
import { recordPayment, unpaid } from "./record.ts";
import { beginRefund } from "./refunds.ts";
import type { PaymentRow, RefundRow } from "./schema.ts";
import * as rows from "./sql.ts";
import type { Collecting } from "./sequel.ts";
import { getStripeAccount } from "./stripe-accounts.ts";

export { createCreditNote } from "./credits.ts";
export { collectDueInvoices, collectInvoice, type CollectionRun } from "./collection.ts";
export {
  deletePaymentMethod,
  erasePaymentMethods,
  listPaymentMethods,
  makeDefault,
  parseCard,
  saveCard,
  type SavedMethods,
} from "./methods.ts";
export { beginSetup, settleSetup, settleSetupsOf } from "./setups.ts";
export { createStripe } from "./stripe.ts";
export { getStripeAccount, updateStripeAccount, type StripeAccess, type StripeAddress } from "./stripe-accounts.ts";
export { noteStripeEvent, readStripeEvent } from "./stripe-events.ts";
export { cancelPayment, settlePayment, settleRefund, settleWaiting } from "./outcomes.ts";
export { answerStep, createSandbox } from "./sandbox.ts";
export { followCollected, type Collecting } from "./sequel.ts";
export { getPaymentSettings, updatePaymentSettings } from "./settings.ts";
export type { PaymentProvider, ProviderName } from "./provider.ts";

/** Where the customers of a tenant leave their cards: in a form of ours (the sandbox), on Stripe's page, or nowhere. */
export type CardIntake = "form" | "stripe" | null;

export async function findCardIntake(db: Queryable, tenant: Tenant): Promise<CardIntake> {
  if ((await getStripeAccount(db, tenant)) !== null) return "stripe";
  return tenant.mode === "test" ? "form" : null;
}

/** @throws PAYMENT_NOT_FOUND */
export async function getPayment(db: Queryable, tenant: Pick<Tenant, "id">, id: string): Promise<PaymentRow> {
  const payment = await rows.findPayment(db, tenant.id, id);
  if (payment === null) throw new BillingError("PAYMENT_NOT_FOUND");
  return payment;
}

export async function listPayments(
  db: Queryable,
  tenant: Tenant,
  filter: rows.PaymentFilter,
  page: { after: string | null; limit: number },
): Promise<Page<PaymentRow>> {
  const found = await rows.listPayments(db, tenant.id, filter, { ...page, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.payment_id);
}

/** Newest first. */
export async function paymentsOfInvoice(db: Queryable, key: CustomerKey, invoiceId: string): Promise<PaymentRow[]> {
  return rows.findPaymentsOfInvoice(db, key, invoiceId);
}

/**
 * A payment of all that is due, recorded before the provider is told of it: `settlePayment` does that, at once or within a second.
 * @throws INVOICE_NOT_OPEN, PAYMENT_IN_PROGRESS, PAYMENT_METHOD_MISSING, PAYMENT_METHOD_NOT_FOUND
 */
export async function beginPayment(
  tx: Transaction,
  tenant: Pick<Tenant, "id">,
  of: { key: CustomerKey; invoiceId: string; methodId: string | null; cause: "request" | "page" },
  now: Date,
): Promise<PaymentRow> {
  const { key } = of;
  const customer = await lockCustomer(tx, tenant, key.customerId);
  const methodId = of.methodId ?? customer.default_payment_method_id;
  if (methodId === null) throw new BillingError("PAYMENT_METHOD_MISSING");
  const method = await rows.findMethod(tx, key, methodId);
  if (method === null) throw new BillingError("PAYMENT_METHOD_NOT_FOUND", { isOfBody: true });
  const invoice = await lockInvoice(tx, key, of.invoiceId);
  if (invoice.status !== "open" && invoice.status !== "uncollectible") throw new BillingError("INVOICE_NOT_OPEN");
  return recordPayment(tx, key, { invoice, method, cause: of.cause }, now);
}

/**
 * A payment of all that is due on Stripe's own page, recorded before that is made; the customer leaves the card with Stripe, to be charged
 * again. Its page is `action_url`, once `settlePayment` has been called; a payment that waits for its customer already is that one.
 * @throws INVOICE_NOT_OPEN, PAYMENT_IN_PROGRESS, CARDS_NOT_TAKEN where Stripe is not set up
 */
async function recordCheckout(
  tx: Transaction,
  tenant: Pick<Tenant, "id">,
  of: { key: CustomerKey; invoiceId: string },
  now: Date,
): Promise<PaymentRow> {
  await lockCustomer(tx, tenant, of.key.customerId);
  if ((await getStripeAccount(tx, tenant)) === null) throw new BillingError("CARDS_NOT_TAKEN");
  const invoice = await lockInvoice(tx, of.key, of.invoiceId);
  if (invoice.status !== "open" && invoice.status !== "uncollectible") throw new BillingError("INVOICE_NOT_OPEN");
  const waiting = (await rows.findPaymentsOfInvoice(tx, of.key, of.invoiceId)).find(
    ({ ended_at }) => ended_at === null,
  );
  const isCheckout = waiting?.provider === "stripe" && waiting.payment_method_id === null;
  return isCheckout ? waiting : recordPayment(tx, of.key, { invoice, method: null, cause: "page" }, now);
}

/**
 * The address of Stripe's page on which the customer pays an invoice; null if the payment has ended meanwhile.
 * @throws INVOICE_NOT_OPEN, PAYMENT_IN_PROGRESS, CARDS_NOT_TAKEN where Stripe is not set up
 */
export async function startCheckout(
  database: Database,
  collecting: Collecting,
  of: { key: CustomerKey; invoiceId: string },
  now: Date,
): Promise<string | null> {
  const tenant = { id: of.key.tenantId };
  const { payment_id: id } = await database.transaction((tx) => recordCheckout(tx, tenant, of, now));
  await settlePayment(database, collecting, { ...of.key, id }, now);
  return (await getPayment(database, tenant, id)).action_url;
}

/**
 * Money that has come outside, for instance by bank transfer. What the invoice does not need goes into the customer's wallet.
 * @throws INVOICE_NOT_FOUND, INVOICE_NOT_OPEN for a draft, which asks for nothing yet.
 */
export async function recordTransfer(
  tx: Transaction,
  collecting: Collecting,
  of: { key: CustomerKey; invoiceId: string; amountCents: number; reference: string | null },
  now: Date,
): Promise<PaymentRow> {
  const invoice = await lockInvoice(tx, of.key, of.invoiceId);
  if (invoice.status === "draft") throw new BillingError("INVOICE_NOT_OPEN");
  const payment: PaymentRow = {
    ...unpaid(of.key, invoice, now),
    amount_cents: of.amountCents,
    reference: of.reference,
    status: "succeeded",
    ended_at: now,
  };
  rows.insertPayment(tx, of.key, payment);
  return receive(tx, collecting, of.key, payment, now);
}

export type WholePayment = { payment: PaymentRow; refunds: RefundRow[] };

/** Newest first. */
export async function refundsOf(db: Queryable, tenant: Tenant, payment: PaymentRow): Promise<RefundRow[]> {
  return rows.findRefunds(db, customerKeyOf(tenant.id, payment.customer_id), payment.payment_id);
}

/**
 * Gives back what was paid, or part of it, with its credit note. Of a bank transfer somebody sends the money; it counts as sent.
 * @throws PAYMENT_NOT_FOUND, PAYMENT_NOT_REFUNDABLE, REFUND_TOO_LARGE
 */
export async function refundPayment(
  tx: Transaction,
  tenant: Tenant,
  id: string,
  of: { amountCents: number | null; reason: string },
  now: Date,
): Promise<RefundRow> {
  const { customer_id } = await getPayment(tx, tenant, id);
  await lockCustomer(tx, tenant, customer_id);
  const key = customerKeyOf(tenant.id, customer_id);
  const payment = (await rows.lockPayment(tx, key, id)) as PaymentRow;
  if (payment.status !== "succeeded") throw new BillingError("PAYMENT_NOT_REFUNDABLE");
  const left = payment.amount_cents - payment.excess_cents - payment.refunded_cents;
  const amountCents = of.amountCents ?? left;
  if (amountCents > left || amountCents === 0) throw new BillingError("REFUND_TOO_LARGE");
  const note = await noteRefund(tx, key, { invoiceId: payment.invoice_id, amountCents, reason: of.reason }, now);
  const creditNoteId = note.credit_note_id;
  return beginRefund(tx, key, payment, { creditNoteId, amountCents, reason: of.reason }, now);
}
