/** The portal: a customer's own subscriptions, balances, usage, invoices, payment methods and address. */
import { BillingError } from "../../../core/errors.ts";
import { listMeters, listPlans, requirePlanVersion } from "../catalog/catalog.ts";
import { getCustomer, parseCustomerPatch, updateCustomer, type CustomerKey } from "../customers/customers.ts";
import type { CustomerRow } from "../customers/schema.ts";
import { findInvoicesOf } from "../invoicing/invoicing.ts";
import { getUsage } from "../metering/metering.ts";
import {
  deletePaymentMethod,
  findCardIntake,
  getPaymentSettings,
  listPaymentMethods,
  makeDefault,
  parseCard,
  saveCard,
  settleSetupsOf,
} from "../payments/payments.ts";
import { cancelSubscription, changePlan, type Outcome } from "../renewals/renewals.ts";
import { getSubscription, listSubscriptions } from "../subscriptions/subscriptions.ts";
import type { SubscriptionRow } from "../subscriptions/schema.ts";
import { listLedger, listWallets } from "../wallets/wallets.ts";
import { cardOf } from "./card-form.ts";
import { findPortal } from "./hosted-pages.ts";
import type { Html } from "../http/html.ts";
import { answering, cardPage, unanswered } from "./providers-page.ts";
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
import { namesOfMeters } from "./review.ts";
import {
  balancesHtml,
  changeHtml,
  detailsHtml,
  invoicesHtml,
  methodsHtml,
  overviewHtml,
  portalHtml,
  usageHtml,
  type PortalTab,
} from "./portal-page.ts";

export type Visit = { token: string; host: Host; key: CustomerKey; customer: CustomerRow };

async function open(hosting: Hosting, request: PageRequest): Promise<Visit> {
  const { token } = request;
  const found = await findPortal(hosting.database, token);
  if (found === null) throw new LinkError(404, "This link leads nowhere. Ask whoever sent it for another one.");
  const host = await hostOf(hosting, found.key.tenantId);
  const customer = await getCustomer(hosting.database, host, found.key.customerId);
  atTimeOf(request, customer);
  if (found.link.expires_at <= request.now) throw new LinkError(410, "This link has expired. Ask for a new one.");
  return { token, host, key: found.key, customer };
}

function show(
  hosting: Hosting,
  visit: Visit,
  page: { tab: PortalTab; title: string; content: Html; status?: number },
): Promise<PageAnswer> {
  const { title, status } = page;
  const content = portalHtml(visit.token, page.tab, page.content);
  return pageOf(hosting, visit.host, { title, content, isWide: true, ...(status === undefined ? {} : { status }) });
}

const mostShown = 100;

export async function showOverview(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const visit = await open(hosting, request);
  const { database } = hosting;
  const { host, key, customer } = visit;
  const filter = { customer: key, status: null };
  const { items } = await listSubscriptions(database, host, filter, { after: null, limit: mostShown }, request.now);
  const plans = new Map((await listPlans(database, host, null, mostShown)).items.map((plan) => [plan.code, plan]));
  const settings = await getPaymentSettings(database, host);
  const content = overviewHtml({
    token: visit.token,
    subscriptions: items,
    nameOfPlan: (code) => plans.get(code)?.document.name ?? code,
    canChange: settings.portal_plan_codes.length > 0,
    wallets: await listWallets(database, host, key.customerId, request.now),
    owed: await findInvoicesOf(database, key, { status: "open" }),
    timeZone: customer.timezone,
    now: request.now,
    said: request.query.get("done"),
  });
  return show(hosting, visit, { tab: "overview", title: "Overview", content });
}

/** The subscription that a page is about: the visitor's own, or none. */
async function ownSubscription(hosting: Hosting, visit: Visit, { query }: PageRequest): Promise<SubscriptionRow> {
  const id = query.get("subscription") ?? "";
  const row = await getSubscription(hosting.database, visit.host, id).catch((error: unknown) => {
    if (error instanceof BillingError) return null;
    throw error;
  });
  if (row === null || row.customer_id !== visit.key.customerId)
    throw new LinkError(404, "There is no such subscription of yours.");
  return row;
}

type Change = { kind: "cancel"; mode: "now" | "end_of_period" } | { kind: "plan"; planCode: string };

/** What the visitor asks for, from the address of the page; null while they have not chosen. */
function changeOf(query: URLSearchParams, allowed: string[]): Change | null {
  const mode = query.get("cancel");
  if (mode === "now" || mode === "end_of_period") return { kind: "cancel", mode };
  const planCode = query.get("plan");
  return planCode !== null && allowed.includes(planCode) ? { kind: "plan", planCode } : null;
}

async function apply(
  hosting: Hosting,
  { host }: Visit,
  { id, change, isDryRun }: { id: string; change: Change; isDryRun: boolean },
  now: Date,
): Promise<Outcome> {
  const { database, catalog } = hosting;
  return database.transaction(async (tx): Promise<Outcome> => {
    if (change.kind === "cancel")
      return cancelSubscription(tx, catalog, host, id, { cancel_mode: change.mode, dry_run: isDryRun }, now);
    const fields = { target_plan_code: change.planCode, change_mode: "now" as const, dry_run: isDryRun };
    return changePlan(tx, catalog, host, id, fields, now);
  });
}

/** A change of a subscription: the choices, and once one is made what it comes to, computed by the code that does it. */
export async function showChange(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const visit = await open(hosting, request);
  const { database } = hosting;
  const row = await ownSubscription(hosting, visit, request);
  const { portal_plan_codes: codes } = await getPaymentSettings(database, visit.host);
  const allowed = codes.filter((code) => code !== row.plan_code);
  const change = changeOf(request.query, allowed);
  const plans = [];
  for (const plan of (await listPlans(database, visit.host, null, mostShown)).items)
    if (allowed.includes(plan.code))
      plans.push({
        code: plan.code,
        name: plan.document.name,
        document: (await requirePlanVersion(database, visit.host, plan.code)).document,
      });
  const of = { id: row.subscription_id, change: change as Change, isDryRun: true };
  const account = change === null ? null : (await apply(hosting, visit, of, request.now)).account;
  const documents = plans.map(({ document }) => document);
  const meterNames = await namesOfMeters(database, visit.host, { plans: documents, account });
  const { timezone: timeZone } = visit.customer;
  const isCharged = account?.books.chargesAutomatically ?? false;
  const review = account === null ? null : { account, meterNames, isCharged, timeZone };
  const content = changeHtml({ token: visit.token, row, change, plans, meterNames, review, timeZone });
  return show(hosting, visit, { tab: "overview", title: "Change", content });
}

export async function submitChange(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const visit = await open(hosting, request);
  const row = await ownSubscription(hosting, visit, { ...request, query: request.form });
  const { portal_plan_codes: codes } = await getPaymentSettings(hosting.database, visit.host);
  const change = changeOf(request.form, codes);
  if (change === null) throw new LinkError(404, "There is no such change.");
  await apply(hosting, visit, { id: row.subscription_id, change, isDryRun: false }, request.now);
  return { type: "redirect", address: `/portal/${visit.token}?done=${change.kind}` };
}

export async function showBalances(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const visit = await open(hosting, request);
  const { database } = hosting;
  const { host, key, customer } = visit;
  const page = { positions: null, denomination: null, limit: mostShown };
  const { items } = await listLedger(database, host, key.customerId, page, request.now);
  const wallets = await listWallets(database, host, key.customerId, request.now);
  const content = balancesHtml({ wallets, entries: items, timeZone: customer.timezone });
  return show(hosting, visit, { tab: "balances", title: "Balances", content });
}

const usageDays = 30;
const dayMs = 86_400_000;

export async function showUsage(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const visit = await open(hosting, request);
  const { database } = hosting;
  const meters = (await listMeters(database, visit.host, null, mostShown)).items;
  const wanted = request.query.get("meter");
  const meter = meters.find(({ code }) => code === wanted) ?? meters[0] ?? null;
  const from = { instant: new Date(request.now.getTime() - usageDays * dayMs) };
  const query = { meter_code: meter?.code ?? "", from, to: undefined, window: "day" as const, group_by: [] };
  const usage = meter === null ? null : await getUsage(database, visit.host, visit.key.customerId, query, request.now);
  const content = usageHtml({ token: visit.token, meters, meter, usage, timeZone: visit.customer.timezone });
  return show(hosting, visit, { tab: "usage", title: "Usage", content });
}

export async function showInvoices(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const visit = await open(hosting, request);
  const all = await findInvoicesOf(hosting.database, visit.key, { status: null });
  const invoices = all.filter(({ status }) => status !== "draft");
  const content = invoicesHtml(invoices, visit.customer.timezone);
  return show(hosting, visit, { tab: "invoices", title: "Invoices", content });
}

export async function showMethods(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const visit = await open(hosting, request);
  if (request.query.has("back"))
    await answering(settleSetupsOf(hosting.database, hosting.collecting, visit.key, request.now));
  return methodsPage(hosting, visit, {});
}

async function methodsPage(hosting: Hosting, visit: Visit, errors: Record<string, string>): Promise<PageAnswer> {
  const { host, key, token } = visit;
  const saved = await listPaymentMethods(hosting.database, host, key.customerId);
  const content = methodsHtml({ token, ...saved, cardIntake: await findCardIntake(hosting.database, host), errors });
  const status = Object.keys(errors).length === 0 ? 200 : 400;
  return show(hosting, visit, { tab: "payment-methods", title: "Payment methods", content, status });
}

export async function submitMethods(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const visit = await open(hosting, request);
  const { database } = hosting;
  const { host, key } = visit;
  const of = { customerId: key.customerId, methodId: request.form.get("method") ?? "" };
  const action = request.form.get("action");
  const address = `/portal/${visit.token}/payment-methods`;
  if (action === "add" && (await findCardIntake(database, host)) === "stripe") {
    const page = await cardPage(hosting, { key, host, address: `${address}?back` }, request.now);
    return page ?? methodsPage(hosting, visit, { "": unanswered });
  }
  if (action === "add") {
    const { card, errors } = parseCard(cardOf(request.form));
    if (card === null) return methodsPage(hosting, visit, errors);
    try {
      const kept = { card, isKept: true, isDefault: true };
      await database.transaction((tx) => saveCard(tx, host, key.customerId, kept, request.now));
    } catch (error) {
      if (!(error instanceof BillingError) || !Array.isArray(error.details)) throw error;
      const details = error.details as { path: string; message: string }[];
      return methodsPage(hosting, visit, Object.fromEntries(details.map(({ path, message }) => [path, message])));
    }
  }
  if (action === "make-default") await database.transaction((tx) => makeDefault(tx, host, of));
  if (action === "delete") await database.transaction((tx) => deletePaymentMethod(tx, host, of));
  return { type: "redirect", address };
}

export async function showDetails(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const visit = await open(hosting, request);
  const { token, customer } = visit;
  const { name, email, tax_id, billing_address } = customer;
  const values = { name, email, tax_id, ...billing_address };
  const content = detailsHtml({ token, values, errors: {}, said: request.query.get("done") });
  return show(hosting, visit, { tab: "details", title: "Billing details", content });
}

const addressFields = ["line1", "line2", "city", "state", "postal_code", "country"] as const;

export async function submitDetails(hosting: Hosting, request: PageRequest): Promise<PageAnswer> {
  const visit = await open(hosting, request);
  const given = (name: string) => {
    const text = (request.form.get(name) ?? "").trim();
    return text === "" ? null : text;
  };
  const address = Object.fromEntries(addressFields.map((name) => [name, given(name)]));
  const isEmpty = addressFields.every((name) => address[name] === null);
  const { patch, errors } = parseCustomerPatch({
    name: given("name"),
    email: given("email"),
    tax_id: given("tax_id"),
    billing_address: isEmpty ? null : address,
  });
  if (patch === null) {
    const values = Object.fromEntries(request.form);
    const content = detailsHtml({ token: visit.token, values, errors, said: null });
    return show(hosting, visit, { tab: "details", title: "Billing details", content, status: 400 });
  }
  const { database } = hosting;
  await database.transaction((tx) => updateCustomer(tx, visit.host, visit.key.customerId, patch, request.now));
  return { type: "redirect", address: `/portal/${visit.token}/details?done=details` };
}
