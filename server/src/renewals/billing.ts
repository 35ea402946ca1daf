/**
 * Billing of one account, in memory: what is due is taken in the order of time, whenever that is done, so that a worker that was away for
 * a month makes the invoices that it would have made. A preview does the same and stores nothing.
 */
import { decimal, zero, type Decimal } from "../../../core/decimal.ts";
import { denominationKey } from "../../../core/denomination.ts";
import { basisAt, changeInstant, type Ending, type FeeBasis } from "../../../core/fee-basis.ts";
import { invoicePeriod, type InvoiceLine, type PeriodInvoice } from "../../../core/period-invoice.ts";
import { periodContaining, type Instant, type Period } from "../../../core/period.ts";
import { renewGrants, type DueGrant } from "../../../core/recurring-grant.ts";
import type { Settled } from "../../../core/settlement.ts";
import { nextDue, takeEffect, type Due } from "../../../core/subscription.ts";
import { adjust } from "../../../core/wallet.ts";
import type { Catalog } from "../catalog/catalog.ts";
import {
  closeDraft,
  creditInvoices,
  draftFor,
  giveBackOnDraft,
  passDiscounts,
  remakeDraft,
  type DescribedLine,
  type OpenInvoice,
} from "../invoicing/invoicing.ts";
import { createId } from "../platform/ids.ts";
import type { Transaction } from "../platform/db.ts";
import { successorOf } from "../subscriptions/subscriptions.ts";
import { applyTransition, expiredOf, findRecurringGrants, giveGrant, walletIn } from "../wallets/wallets.ts";
import { closesNext, openSubscription, type Account, type BilledSubscription } from "./account.ts";
import { chargedIn, chargedWithin, openCharges, usageOf, usagePeriodOf, type Amounts } from "./charges.ts";
import { describe } from "./descriptions.ts";
import { toStoredInputs } from "./inputs.ts";
import { carryLevels, endSubscriptionLevels } from "./levels.ts";
import type { BillingRow, StoredSettlements } from "./sql.ts";

export type Billing = { tx: Transaction; catalog: Catalog; account: Account; now: Date };

export type DueWork = { subscription: BilledSubscription; due: Due };

/** What falls due first on the account; null if nothing ever does. */
export function nextWork({ subscriptions }: Account): DueWork | null {
  let first: DueWork | null = null;
  for (const subscription of subscriptions) {
    const due = nextDue(subscription.state, closesNext(subscription.billings));
    if (due !== null && (first === null || due.at < first.due.at)) first = { subscription, due };
  }
  return first;
}

/** Takes what is due by now, the longest due first. */
export async function takeDue(billing: Billing): Promise<void> {
  for (;;) {
    const work = nextWork(billing.account);
    if (work === null || work.due.at > billing.now.getTime()) return;
    await take(billing, work);
  }
}

async function take(billing: Billing, { subscription, due }: DueWork): Promise<void> {
  switch (due.type) {
    case "invoice_closing":
      closeBilling(billing, subscription);
      return;
    case "activation":
      await begin(billing, subscription, due);
      return;
    case "trial_end":
      await makeInvoice(billing, subscription, { cause: "trial_end", at: due.at, period: null, ending: null });
      subscription.state = takeEffect(subscription.state, due, subscription.schedules);
      return;
    case "cancellation":
    case "plan_change":
      await takeEnd(billing, subscription, due);
      return;
    case "billing":
    case "renewal":
      await renew(billing, subscription, due);
      return;
    default:
      due.type satisfies never;
  }
}

/** A subscription becomes live: fees in advance are owed, and the period's credits are given. */
export async function begin(billing: Billing, subscription: BilledSubscription, due: Due): Promise<void> {
  const { row } = subscription;
  subscription.state = takeEffect(subscription.state, due, subscription.schedules);
  const { status, trialEndsAt, period } = subscription.state;
  const basis = { from: row.starts_at.getTime(), seatCount: decimal(row.quantity), isBilled: true };
  subscription.history =
    status === "trialing" && trialEndsAt !== null
      ? [
          { ...basis, isBilled: false },
          { ...basis, from: trialEndsAt },
        ]
      : [basis];
  await makeInvoice(billing, subscription, { cause: "activation", at: due.at, period: null, ending: null });
  await giveRecurring(billing, subscription, { period, before: null });
}

async function renew(billing: Billing, subscription: BilledSubscription, due: Due): Promise<void> {
  const { schedules, state } = subscription;
  const closed = periodContaining(schedules.usage, due.at - 1);
  const isUsageEnd = closed.endsAt === due.at;
  await makeInvoice(billing, subscription, {
    cause: due.type === "renewal" ? "renewal" : "billing",
    at: due.at,
    period: isUsageEnd ? closed : null,
    ending: null,
  });
  subscription.state = takeEffect(state, due, schedules);
  if (isUsageEnd) await carryLevels(billing, subscription, closed);
  if (due.type === "renewal")
    await giveRecurring(billing, subscription, { period: subscription.state.period, before: state.period });
}

async function takeEnd(billing: Billing, subscription: BilledSubscription, due: Due): Promise<void> {
  const { scheduledPlanCode } = subscription.state;
  const refunds = await end(billing, subscription, { at: due.at, isCredited: true });
  subscription.state = takeEffect(subscription.state, due, subscription.schedules);
  const successor = scheduledPlanCode === null ? null : await succeed(billing, subscription, scheduledPlanCode, due.at);
  await giveBack(billing, subscription, successor, refunds);
}

/** Bills what is owed until the subscription ends; its state is the caller's. Returns what is to be given back, by currency. */
export async function end(
  billing: Billing,
  subscription: BilledSubscription,
  ending: Ending,
): Promise<PeriodInvoice["refunds"]> {
  const period = periodContaining(subscription.schedules.usage, ending.at - 1);
  await endSubscriptionLevels(billing, subscription, { period, at: ending.at });
  const { refunds } = await makeInvoice(billing, subscription, { cause: "end", at: ending.at, period, ending });
  return refunds;
}

/** The subscription that takes over, live from the very instant; null if the customer has one to that plan already. */
export async function succeed(
  billing: Billing,
  subscription: BilledSubscription,
  planCode: string,
  at: Instant,
): Promise<BilledSubscription | null> {
  const { tx, catalog, account, now } = billing;
  const isTaken = account.subscriptions.some(
    ({ row, state }) => row.plan_code === planCode && state.status !== "canceled",
  );
  if (isTaken) return null;
  const { tenantId } = account.key;
  const row = await successorOf(tx, tenantId, subscription.row, { planCode, at: new Date(at) }, now);
  const version = await catalog.planVersion(tx, tenantId, row.plan_code, row.plan_version);
  const successor = openSubscription(row, version);
  account.subscriptions.push(successor);
  passDiscounts(account.books, subscription.row.subscription_id, row.subscription_id);
  await begin(billing, successor, { type: "activation", at });
  return successor;
}

/**
 * Gives back what was paid for a time that is cut off: on the successor's first invoice as far as that covers it, else against invoices of
 * before, and what those are paid of already goes into the wallet.
 */
export async function giveBack(
  billing: Billing,
  subscription: BilledSubscription,
  successor: BilledSubscription | null,
  refunds: PeriodInvoice["refunds"],
): Promise<void> {
  const { tx, account, now } = billing;
  const ending = subscription.billings.findLast(({ cause }) => cause === "end");
  if (ending === undefined) throw new Error("what a subscription gives back is billed by its end");
  for (const { currencyCode, lines } of refunds) {
    const described = describeAll(subscription, lines, ending.billing_id);
    const draft = successor === null ? null : draftOf(account, successor, currencyCode);
    const subscriptionId = subscription.row.subscription_id;
    const of = {
      subscriptionId,
      currencyCode,
      lines: described,
      reason: "The subscription ended before its paid time.",
    };
    if (draft !== null && (await giveBackOnDraft(tx, account.books, draft, of, now))) continue;
    credit(billing, currencyCode, await creditInvoices(tx, account.books, account.wallets, of, now), subscriptionId);
  }
}

function draftOf({ books }: Account, { row }: BilledSubscription, currencyCode: string): OpenInvoice | null {
  const isDraft = ({ invoice }: OpenInvoice) =>
    invoice.status === "draft" &&
    invoice.subscription_id === row.subscription_id &&
    invoice.currency_code === currencyCode;
  return books.invoices.find(isDraft) ?? null;
}

function credit({ account, now }: Billing, currencyCode: string, amount: Decimal, causeId: string): void {
  if (amount.isZero()) return;
  const open = walletIn(account.wallets, { accountType: "currency", code: currencyCode });
  applyTransition(open, adjust(open.wallet, { kind: "adjustment", amount, causeId, at: now.getTime() }));
}

type ToInvoice = { cause: BillingRow["cause"]; at: Instant; period: Period | null; ending: Ending | null };

/** Bills what fell due since the billing before: drafts, settlements, and the row that keeps it from being billed again. */
export async function makeInvoice(
  billing: Billing,
  subscription: BilledSubscription,
  { cause, at, period, ending }: ToInvoice,
): Promise<PeriodInvoice> {
  const { account, now } = billing;
  const { row } = subscription;
  const made: BillingRow = {
    bucket: row.bucket,
    customer_id: row.customer_id,
    billing_id: createId(now),
    subscription_id: row.subscription_id,
    cause,
    billed_after: row.billed_until,
    billed_at: new Date(at),
    usage_start: period === null ? null : new Date(period.startsAt),
    usage_end: period === null ? null : new Date(period.endsAt),
    is_credited: ending?.isCredited ?? null,
    settled: {},
    invoices: {},
    inputs: null,
    closes_at: closingOf(billing, subscription, { at, period }),
    is_closed: false,
    created_at: now,
  };
  const result = compute(billing, subscription, made);
  for (const { currencyCode, lines } of result.drafts) {
    const of = {
      subscriptionId: row.subscription_id,
      billingId: made.billing_id,
      currencyCode,
      at: made.billed_at,
    };
    const draft = draftFor(account.books, { ...of, lines: describeAll(subscription, lines, made.billing_id) }, now);
    made.invoices[currencyCode] = draft.invoice.invoice_id;
  }
  subscription.billings = [...subscription.billings, made];
  subscription.row = {
    ...row,
    billed_until: made.billed_at,
    usage_billed_until: made.usage_end ?? row.usage_billed_until,
  };
  return result;
}

const hourMs = 3_600_000;

/** Usage may come late for as long as the plan or the company grants; what has no usage waits for nothing. */
function closingOf(
  { account, now }: Billing,
  { plan }: BilledSubscription,
  { at, period }: { at: Instant; period: Period | null },
): Date {
  const graceHours =
    plan.usagePrices.length === 0 || period === null ? 0 : (plan.invoiceGraceHours ?? account.invoicing.graceHours);
  return new Date(Math.max(at, now.getTime()) + graceHours * hourMs);
}

/** What the billing comes to now, with its settlements made in the wallets and noted on it. */
function compute({ account, now }: Billing, subscription: BilledSubscription, made: BillingRow): PeriodInvoice {
  const { plan, schedule, history, state } = subscription;
  const period = usagePeriodOf(made);
  const closed = period === null ? [] : [usageOf(account, subscription, period)];
  const at = made.billed_at.getTime();
  const before = new Map(
    Object.entries(made.settled).map(([key, each]): [string, Settled] => [key, readSettled(each)]),
  );
  const kept = {
    schedule,
    history,
    at,
    usage: closed,
    chargedEarlier: period === null ? new Map() : chargedEarlier(account, subscription, state.period, period),
    currencyCode: account.currencyCode,
    conversions: account.conversions,
  };
  made.inputs = toStoredInputs(kept);
  const result = invoicePeriod({
    ...kept,
    plan,
    ending: made.is_credited === null ? null : { at, isCredited: made.is_credited },
    after: made.billed_after?.getTime() ?? null,
    wallets: [...account.wallets.wallets.values()].map(({ wallet }) => wallet),
    openCharges: openCharges(account, { subscription, period, billing: made }),
    settledBefore: before,
    causeId: made.billing_id,
    now: now.getTime(),
  });
  const charged = period === null ? new Map<string, Decimal>() : chargedIn(account, subscription, period);
  const settled: StoredSettlements = {};
  for (const [key, amount] of charged) settled[key] = { charged: amount.toString(), usage: "0", carried: "0" };
  for (const each of result.settlements) {
    const { denomination } = each.wallet;
    applyTransition(walletIn(account.wallets, denomination), each);
    const key = denominationKey(denomination);
    settled[key] = {
      charged: (charged.get(key) ?? zero).toString(),
      usage: each.settled.usage.toString(),
      carried: each.settled.carried.toString(),
    };
  }
  made.settled = settled;
  return result;
}

function readSettled({ usage, carried }: StoredSettlements[string]): Settled {
  return { usage: decimal(usage), carried: decimal(carried) };
}

/** What commitments count of usage periods that were billed earlier in the billing period. */
function chargedEarlier(account: Account, subscription: BilledSubscription, whole: Period, closed: Period): Amounts {
  return chargedWithin(account, subscription, { startsAt: whole.startsAt, endsAt: closed.startsAt });
}

/** The oldest draft takes no more late usage: it is made again if some has come, and then finalized, unless people do that. */
function closeBilling(billing: Billing, subscription: BilledSubscription): void {
  const { account, now } = billing;
  const open = subscription.billings.filter(({ is_closed }) => !is_closed);
  const oldest = open.toSorted((a, b) => a.closes_at.getTime() - b.closes_at.getTime())[0];
  if (oldest === undefined) return;
  const closing: BillingRow = {
    ...oldest,
    settled: { ...oldest.settled },
    invoices: { ...oldest.invoices },
    is_closed: true,
  };
  if (hasLateUsage(account, subscription, oldest) && !isTakenOver(account, oldest))
    remake(billing, subscription, closing);
  const finalization = subscription.plan.invoiceFinalization ?? account.invoicing.finalization;
  if (finalization === "automatic") {
    for (const draft of draftsOf(account, closing)) {
      if (draft.lines.length > 0)
        credit(
          billing,
          draft.invoice.currency_code,
          closeDraft(account.books, account.wallets, draft, now),
          draft.invoice.invoice_id,
        );
    }
  }
  subscription.billings = subscription.billings.map((each) => (each === oldest ? closing : each));
  const closedUntil = oldest.usage_end ?? subscription.row.usage_closed_until;
  subscription.row = { ...subscription.row, usage_closed_until: closedUntil };
}

function hasLateUsage(account: Account, subscription: BilledSubscription, made: BillingRow): boolean {
  const period = usagePeriodOf(made);
  if (period === null) return false;
  const charged = chargedIn(account, subscription, period);
  return [...charged].some(([key, amount]) => !amount.equals(decimal(made.settled[key]?.charged ?? "0")));
}

/** Whether people have finalized or deleted an invoice of the billing: then it is theirs, and what comes late is carried to the next. */
function isTakenOver({ books }: Account, made: BillingRow): boolean {
  return Object.values(made.invoices).some(
    (id) => books.invoices.find(({ invoice }) => invoice.invoice_id === id)?.invoice.status !== "draft",
  );
}

function draftsOf({ books }: Account, made: BillingRow): OpenInvoice[] {
  return books.invoices.filter(({ invoice }) => invoice.status === "draft" && invoice.billing_id === made.billing_id);
}

function remake(billing: Billing, subscription: BilledSubscription, made: BillingRow): void {
  const { account, now } = billing;
  const { drafts } = compute(billing, subscription, made);
  for (const draft of draftsOf(account, made)) {
    const lines = drafts.find(({ currencyCode }) => currencyCode === draft.invoice.currency_code)?.lines ?? [];
    remakeDraft(account.books, draft, describeAll(subscription, lines, made.billing_id), now);
  }
  for (const { currencyCode, lines } of drafts) {
    if (currencyCode in made.invoices) continue;
    const of = {
      subscriptionId: subscription.row.subscription_id,
      billingId: made.billing_id,
      currencyCode,
      at: made.billed_at,
    };
    const draft = draftFor(account.books, { ...of, lines: describeAll(subscription, lines, made.billing_id) }, now);
    made.invoices[currencyCode] = draft.invoice.invoice_id;
  }
}

export function describeAll(
  { plan }: Pick<BilledSubscription, "plan">,
  lines: InvoiceLine[],
  billingId: string,
): DescribedLine[] {
  return lines.map((line) => ({ line, description: describe(line, plan), billingId }));
}

/** The credits that the plan gives with a billing period, and what goes on of those of the period before. */
async function giveRecurring(
  billing: Billing,
  subscription: BilledSubscription,
  { period, before }: { period: Period; before: Period | null },
): Promise<void> {
  const { account } = billing;
  const { plan, history, state } = subscription;
  const { recurringGrants = [] } = plan;
  // A pause owes no fees and gives nothing.
  if (recurringGrants.length === 0 || state.pausedAt !== null) return;
  const seatCount = (basisAt(history, period.startsAt) ?? history[0])?.seatCount ?? zero;
  const leftOver = before === null ? new Map<string, Decimal>() : await leftOverOf(billing, subscription, before);
  const payable = chargedWithin(account, subscription, period);
  give(billing, subscription, renewGrants(recurringGrants, { period, seatCount, leftOver }), payable);
}

/** Gives what is due. Of credits whose time is over, `payable` is what usage of that time came to. */
export function give({ account, now }: Billing, { row }: BilledSubscription, due: DueGrant[], payable: Amounts): void {
  for (const grant of due) {
    const { denomination } = grant;
    const open = walletIn(account.wallets, denomination);
    const key = denominationKey(denomination);
    const id = createId(now);
    const entriesBefore = open.entries.length;
    giveGrant(
      open,
      {
        customer_id: row.customer_id,
        credit_grant_id: id,
        subscription_id: row.subscription_id,
        account_type: denomination.accountType,
        code: denomination.code,
        name: grant.name,
        amount: grant.amount,
        kind: grant.kind,
        priority: grant.priority,
        // A plan's allowance is for its usage: it must not pay the very fee that it comes with.
        applies_to: "usage",
        effective_at: new Date(grant.effectiveAt),
        expires_at: grant.expiresAt === null ? null : new Date(grant.expiresAt),
        metadata: {},
        recurring_key: grant.key,
        created_at: now,
      },
      now,
      payable.get(key) ?? zero,
    );
    const paid = open.entries.slice(entriesBefore).find(({ kind }) => kind === "grant")?.draws[0]?.amount ?? zero;
    payable.set(key, (payable.get(key) ?? zero).minus(paid));
  }
}

/** By code: what the credits that were given with the period `before` still held as they expired. */
async function leftOverOf(
  { tx, account }: Billing,
  { row, plan }: BilledSubscription,
  before: Period,
): Promise<Map<string, Decimal>> {
  const capped = (plan.recurringGrants ?? []).filter(({ rollover }) => rollover.type === "capped");
  const leftOver = new Map<string, Decimal>();
  if (capped.length === 0) return leftOver;
  const stored = await findRecurringGrants(tx, account.key, row.subscription_id, new Date(before.startsAt));
  const given = [...account.wallets.wallets.values()].flatMap((open) => open.given);
  const ofPeriod = [
    ...stored,
    ...given.filter(({ subscription_id }) => subscription_id === row.subscription_id),
  ].filter(({ effective_at }) => effective_at.getTime() >= before.startsAt && effective_at.getTime() < before.endsAt);
  for (const { code } of capped) {
    const ids = ofPeriod.filter(({ recurring_key }) => recurring_key?.startsWith(`${code}:`) === true);
    leftOver.set(
      code,
      await expiredOf(tx, account.wallets, new Set(ids.map(({ credit_grant_id }) => credit_grant_id))),
    );
  }
  return leftOver;
}

/** The instant of a command that is given now: after everything that is billed. */
export function commandInstant({ row }: BilledSubscription, now: Date): Instant {
  return changeInstant(now.getTime(), row.billed_until?.getTime() ?? null);
}

/** Changes what fees are owed for from `basis.from` on; a trial's end that is ahead comes all the same, with the seats of then. */
export function changeBasis(subscription: BilledSubscription, basis: FeeBasis): void {
  const { history } = subscription;
  const later = history
    .filter(({ from }) => from > basis.from)
    .map((each) => ({ ...each, seatCount: basis.seatCount }));
  subscription.history = [...history.filter(({ from }) => from < basis.from), basis, ...later];
}
