/** The page of an invoice: what it is for, and how it is paid. Whoever has the link sees it. */
import { BillingError } from "../../../core/errors.ts";
import { meterNames } from "../catalog/catalog.ts";
import { getCustomer, type CustomerKey } from "../customers/customers.ts";
import { findInvoiceByToken, invoicePdf, pdfName } from "../invoicing/invoicing.ts";
import type { WholeInvoice } from "../invoicing/schema.ts";
import {
  answerStep,
  beginPayment,
  cancelPayment,
  findCardIntake,
  getPaymentSettings,
  parseCard,
  paymentsOfInvoice,
  saveCard,
  settlePayment,
  startCheckout,
} from "../payments/payments.ts";
import type { PaymentRow } from "../payments/schema.ts";
import { cardOf } from "./card-form.ts";
import { payHtml, stepHtml, type PayPage } from "./pay-page.ts";
import { answering, onward, unanswered } from "./providers-page.ts";
import {
  atTimeOf,
  hostOf,
  LinkError,
  pageOf,
  type Host,
  type Hosting,
  type PageAnswer,
  type PageRequest,
} from "./pages.ts";

type Opened = WholeInvoice & { key: CustomerKey; host: Host; payments: PaymentRow[] };

const dayMs = 86_400_000;
/** A link that was mailed is found again a year later; until then it is the customer's receipt. */
const linkDays = 365;

async function open(hosting: Hosting, request: PageRequest): Promise<Opened> {
  const { token } = request;
  const found = await findInvoiceByToken(hosting.database, token);
  if (found === null) throw new LinkError(404, "This link leads nowhere. Ask whoever sent it for another one.");
  const { invoice, key } = found;
  const host = await hostOf(hosting, key.tenantId);
  atTimeOf(request, await getCustomer(hosting.database, host, key.customerId));
  const isOwed = invoice.status === "open" || invoice.status === "uncollectible";
  const age = request.now.getTime() - (invoice.finalized_at?.getTime() ?? 0);
  if (!isOwed && age > linkDays * dayMs)
    throw new LinkError(410, "This link has expired. Ask whoever sent it for a copy of the invoice.");
  return { ...found, host, payments: await paymentsOfInvoice(hosting.database, key, invoice.invoice_id) };
}

/** The invoice, with its form while something is due and no payment is in progress. */
export async function showPayPage(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const opened = await open(hosting, request);
  const waiting = opened.payments.find(isOnProvidersPage);
  if (waiting === undefined) return show(hosting, request, opened, {});
  // Perhaps they come back from there. If the provider does not answer, they see what is known, and the job asks again.
  const id = { ...opened.key, id: waiting.payment_id };
  await answering(settlePayment(hosting.database, hosting.collecting, id, request.now, { isNow: true }));
  return show(hosting, request, await open(hosting, request), {});
}

function isOnProvidersPage({ status, action_url }: PaymentRow): boolean {
  return status === "requires_action" && action_url !== null;
}

async function show(
  hosting: Hosting,
  { token, now }: PageRequest,
  opened: Opened,
  errors: Record<string, string>,
): Promise<PageAnswer> {
  const { host, invoice, lines, payments, key } = opened;
  const customer = await getCustomer(hosting.database, host, key.customerId);
  const settings = await getPaymentSettings(hosting.database, host);
  const codes = lines.flatMap(({ meter_code }) => meter_code ?? []);
  const page: PayPage = {
    token,
    now,
    invoice,
    lines,
    meterNames: await meterNames(hosting.database, host, codes),
    customer,
    payments,
    settings,
    errors,
    cardIntake: await findCardIntake(hosting.database, host),
  };
  return pageOf(hosting, host, {
    title: `Invoice ${invoice.number ?? ""}`,
    content: payHtml(page),
    status: Object.keys(errors).length === 0 ? 200 : 400,
  });
}

/** A card for the invoice: charged at once, and what became of it is on the page that follows. */
export async function submitPayment(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const opened = await open(hosting, request);
  const { database, collecting } = hosting;
  const { form, now, token } = request;
  const { key, host, invoice } = opened;
  if ((await findCardIntake(database, host)) === "stripe") return checkOut(hosting, request, opened);
  const { card, errors } = parseCard(cardOf(form));
  if (card === null) return show(hosting, request, opened, errors);
  const isKept = form.get("keep") === "on";
  try {
    const payment = await database.transaction(async (tx) => {
      const { method } = await saveCard(tx, host, key.customerId, { card, isKept, isDefault: isKept }, now);
      const of = { key, invoiceId: invoice.invoice_id, methodId: method.payment_method_id, cause: "page" as const };
      return beginPayment(tx, host, of, now);
    });
    await settlePayment(database, collecting, { ...key, id: payment.payment_id }, now);
  } catch (error) {
    // Paid or being paid already, perhaps in another window: the page shows it.
    if (!(error instanceof BillingError)) throw error;
    if (error.code === "VALIDATION_ERROR") return show(hosting, request, opened, errorsOf(error));
  }
  return { type: "redirect", address: `/pay/${token}` };
}

/** To the provider's page, on which the customer pays. */
async function checkOut(hosting: Hosting, request: PageRequest, opened: Opened): Promise<PageAnswer> {
  const { database, collecting } = hosting;
  const of = { key: opened.key, invoiceId: opened.invoice.invoice_id };
  const address = await answering(startCheckout(database, collecting, of, request.now));
  if (address === "unanswered") return show(hosting, request, opened, { "": unanswered });
  return address === null
    ? { type: "redirect", address: `/pay/${request.token}` }
    : onward(hosting, opened.host, address);
}

function errorsOf({ details = [] }: BillingError): Record<string, string> {
  const all = Array.isArray(details) ? details : [];
  return Object.fromEntries(all.map(({ path, message }) => [path, message]));
}

/** The invoice as a document. */
export async function showPdf(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const opened = await open(hosting, request);
  const content = await invoicePdf(hosting.database, opened.key, opened, hosting.renderPdf);
  return { type: "pdf", content, name: pdfName(opened) };
}

/** The sandbox's second step, as a bank would ask for it. */
export async function showStep(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const { host, invoice, payments } = await open(hosting, request);
  const waiting = payments.find(({ status }) => status === "requires_action");
  if (waiting === undefined) return { type: "redirect", address: `/pay/${request.token}` };
  return pageOf(hosting, host, { title: "Confirm the payment", content: stepHtml(request.token, invoice, waiting) });
}

/** What the customer has decided there; giving it up leaves the invoice to be paid in another way. */
export async function submitStep(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const { database, collecting } = hosting;
  const { key, payments } = await open(hosting, request);
  const waiting = payments.find(({ status }) => status === "requires_action");
  if (waiting !== undefined) {
    const id = { ...key, id: waiting.payment_id };
    const decision = request.form.get("decision");
    if (decision === "cancel") await cancelPayment(database, collecting, id, request.now);
    else {
      await answerStep(database, key, { paymentId: waiting.payment_id, isConfirmed: decision === "confirm" });
      await settlePayment(database, collecting, id, request.now, { isNow: true });
    }
  }
  return { type: "redirect", address: `/pay/${request.token}` };
}
