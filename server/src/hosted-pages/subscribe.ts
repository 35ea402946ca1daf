/** The page of a signup link: what the plan costs, what the first invoice says, and how it is paid. */
import { BillingError } from "../../../core/errors.ts";
import { one } from "../../../core/decimal.ts";
import { getPlan, requirePlanVersion } from "../catalog/catalog.ts";
import { customerKey, getCustomer } from "../customers/customers.ts";
import { findInvoicesOf } from "../invoicing/invoicing.ts";
import type { InvoiceRow } from "../invoicing/schema.ts";
import {
  collectInvoice,
  findCardIntake,
  listPaymentMethods,
  parseCard,
  paymentsOfInvoice,
  saveCard,
  settlePayment,
  settleSetupsOf,
} from "../payments/payments.ts";
import type { CardFields } from "../payments/schema.ts";
import type { Transaction } from "../platform/db.ts";
import { changePlan, startSubscription, type Outcome } from "../renewals/renewals.ts";
import { getSubscription } from "../subscriptions/subscriptions.ts";
import { cardOf } from "./card-form.ts";
import { findSignup, markSignupUsed, type OpenedSignup } from "./hosted-pages.ts";
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
import { answering, cardPage, unanswered } from "./providers-page.ts";
import { namesOfMeters } from "./review.ts";
import { doneHtml, subscribeHtml } from "./subscribe-page.ts";

type Opened = OpenedSignup & { host: Host };

async function open(hosting: Hosting, request: PageRequest): Promise<Opened> {
  const { token } = request;
  const found = await findSignup(hosting.database, token);
  if (found === null) throw new LinkError(404, "This link leads nowhere. Ask whoever sent it for another one.");
  const host = await hostOf(hosting, found.key.tenantId);
  atTimeOf(request, await getCustomer(hosting.database, host, found.key.customerId));
  const isUnused = found.link.used_at === null;
  // What was done by it stays to be seen, for as long as the link would have been good.
  if (found.link.expires_at <= request.now)
    throw new LinkError(410, isUnused ? "This link has expired. Ask for a new one." : "This link has been used.");
  return { ...found, host };
}

/** What would come of it now; the same code runs when the customer agrees. */
async function preview(hosting: Hosting, opened: Opened, now: Date): Promise<Outcome> {
  return hosting.database.transaction((tx) => subscribe(tx, hosting, opened, now, true));
}

function subscribe(
  tx: Transaction,
  { catalog }: Hosting,
  { host, link }: Opened,
  now: Date,
  isDryRun: boolean,
): Promise<Outcome> {
  if (link.previous_subscription_id === null) {
    const fields = {
      customer_id: link.customer_id,
      plan_code: link.plan_code,
      initial_status: "active" as const,
      billing_anchor_day: 1,
      quantity: one,
      price_overrides: [],
      fee_overrides: [],
      metadata: {},
    };
    return startSubscription(tx, catalog, host, { fields, isDryRun }, now);
  }
  const change = {
    target_plan_code: link.plan_code,
    change_mode: link.change_timing_mode ?? "now",
    cancel_now_prepaid_refund_policy: link.cancel_now_prepaid_refund_policy ?? undefined,
    dry_run: isDryRun,
  };
  return changePlan(tx, catalog, host, link.previous_subscription_id, change, now);
}

/** The plan and what it comes to; once it is used, what came of it. */
export async function showSubscribePage(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const opened = await open(hosting, request);
  if (request.query.has("back"))
    await answering(settleSetupsOf(hosting.database, hosting.collecting, opened.key, request.now));
  return opened.link.used_at === null ? show(hosting, request, opened, {}) : showDone(hosting, request, opened);
}

async function show(
  hosting: Hosting,
  { token, now }: PageRequest,
  opened: Opened,
  errors: Record<string, string>,
): Promise<PageAnswer> {
  const { database } = hosting;
  const { host, link } = opened;
  const customer = await getCustomer(database, host, link.customer_id);
  const plan = await getPlan(database, host, link.plan_code);
  const { document } = await requirePlanVersion(database, host, link.plan_code);
  const { account } = await preview(hosting, opened, now);
  const { methods, defaultId } = await listPaymentMethods(database, host, link.customer_id);
  const cardIntake = await findCardIntake(database, host);
  const review = {
    account,
    meterNames: await namesOfMeters(database, host, { plans: [document], account }),
    isCharged: cardIntake !== null,
    timeZone: customer.timezone,
  };
  const content = subscribeHtml({
    token,
    link,
    plan: { name: plan.document.name, description: plan.document.description, document },
    review,
    saved: methods.find(({ payment_method_id }) => payment_method_id === defaultId) ?? null,
    cardIntake,
    errors,
  });
  const status = Object.keys(errors).length === 0 ? 200 : 400;
  return pageOf(hosting, host, { title: plan.document.name, content, status });
}

/** Subscribes, once however often it is sent, and charges what is due at once. */
export async function submitSubscription(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const opened = await open(hosting, request);
  const { database } = hosting;
  const { host, link } = opened;
  if (link.used_at !== null) return { type: "redirect", address: `/subscribe/${request.token}` };
  const { defaultId } = await listPaymentMethods(database, host, link.customer_id);
  const intake = await findCardIntake(database, host);
  const needsCard = intake !== null && (defaultId === null || request.form.get("pay_with") === "new");
  if (needsCard && intake === "stripe") {
    const of = { key: opened.key, host, address: `/subscribe/${request.token}?back` };
    return (await cardPage(hosting, of, request.now)) ?? show(hosting, request, opened, { "": unanswered });
  }
  const { card, errors } = needsCard ? parseCard(cardOf(request.form)) : { card: null, errors: {} };
  if (needsCard && card === null) return show(hosting, request, opened, errors);
  try {
    await database.transaction((tx) => subscribeOnce(tx, hosting, opened, card, request.now));
  } catch (error) {
    if (!(error instanceof BillingError) || error.code !== "VALIDATION_ERROR") throw error;
    const details = Array.isArray(error.details) ? error.details : [];
    return show(hosting, request, opened, Object.fromEntries(details.map(({ path, message }) => [path, message])));
  }
  await collectFirst(hosting, opened, request.now);
  return { type: "redirect", address: `/subscribe/${request.token}?done=now` };
}

async function subscribeOnce(
  tx: Transaction,
  hosting: Hosting,
  opened: Opened,
  card: CardFields | null,
  now: Date,
): Promise<void> {
  const { host, key, link } = opened;
  await markSignupUsed(tx, { key, link }, now, async () => {
    if (card !== null) await saveCard(tx, host, key.customerId, { card, isKept: true, isDefault: true }, now);
    const outcome = await subscribe(tx, hosting, opened, now, false);
    const successor = outcome.account.subscriptions.find(({ row }) => row.plan_code === link.plan_code);
    return successor?.row.subscription_id ?? outcome.subscription.subscription_id;
  });
}

/** The customer is looking, so what is charged automatically does not wait for the job. */
async function collectFirst({ database, collecting }: Hosting, { key }: Opened, now: Date): Promise<void> {
  for (const invoice of await findInvoicesOf(database, key, { status: "open" })) {
    if (invoice.next_collection_at === null || invoice.next_collection_at > now) continue;
    await collectInvoice(database, collecting, { ...key, invoiceId: invoice.invoice_id }, now);
    for (const payment of await paymentsOfInvoice(database, key, invoice.invoice_id))
      if (payment.ended_at === null) await settlePayment(database, collecting, { ...key, id: payment.payment_id }, now);
  }
}

async function showDone(hosting: Hosting, { query }: PageRequest, { host, key, link }: Opened): Promise<PageAnswer> {
  const { database } = hosting;
  const subscription = await getSubscription(database, host, link.subscription_id ?? "");
  const open: InvoiceRow[] = await findInvoicesOf(database, customerKey(host, key.customerId), { status: "open" });
  const plan = await getPlan(database, host, link.plan_code);
  const customer = await getCustomer(database, host, key.customerId);
  const owed = open.find(({ subscription_id }) => subscription_id === link.subscription_id) ?? null;
  return pageOf(hosting, host, {
    title: "Done",
    content: doneHtml({ link, subscription, owed, planName: plan.document.name, timeZone: customer.timezone }),
    // Only right after it was done: whoever opens the link again wants to see what came of it.
    next: owed === null && query.get("done") === "now" ? link.success_url : null,
  });
}
