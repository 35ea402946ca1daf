import { decimal, zero } from "../../../core/decimal.ts";
import { BillingError } from "../../../core/errors.ts";
import { basisAt } from "../../../core/fee-basis.ts";
import { endPeriodAt, periodContaining, type Instant } from "../../../core/period.ts";
import { grantsForSeats } from "../../../core/recurring-grant.ts";
import { decide, isLive, takeEffect, type SubscriptionCommand } from "../../../core/subscription.ts";
import { schedulesOf } from "../../../core/billing-schedule.ts";
import { getPlan, type Catalog } from "../catalog/catalog.ts";
import { customerKey, lockCustomer, lockIdleCustomers, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import type { Database, Transaction } from "../platform/db.ts";
import type { SubscriptionFields, SubscriptionRow } from "../subscriptions/schema.ts";
import {
  findDueCustomers,
  getSubscription,
  instantOf,
  newSubscription,
  periodsAt,
  trialEndOf,
} from "../subscriptions/subscriptions.ts";
import type { DueCustomer } from "../subscriptions/sql.ts";
import {
  openAccounts,
  openSubscription,
  rowOf,
  saveAccounts,
  type Account,
  type BilledSubscription,
} from "./account.ts";
import {
  begin,
  changeBasis,
  commandInstant,
  end,
  give,
  giveBack,
  makeInvoice,
  nextWork,
  succeed,
  takeDue,
  type Billing,
} from "./billing.ts";
import { chargedWithin } from "./charges.ts";
import { hasLevels } from "./levels.ts";
import type { CancelFields, PlanChangeFields, SubscriptionPatch } from "./schema.ts";

export type { Account } from "./account.ts";
export { describeByName } from "./descriptions.ts";
export { proratedPeriod } from "./prorated-line.ts";
export { findOldestOpenUsage } from "./sql.ts";
export { verifyInvoices, type InvoiceVerification } from "./verify-invoices.ts";

/** What a command has made of an account, or with `dry_run` would. */
export type Outcome = { account: Account; subscription: SubscriptionRow; isDryRun: boolean };

/**
 * A new subscription to the plan's latest version. One that is created active with a start in the past is billed since then.
 * @throws CUSTOMER_NOT_FOUND, PLAN_NOT_FOUND, SUBSCRIPTION_EXISTS if one to this plan has not ended, VALIDATION_ERROR for an
 * override that does not fit the plan, CONVERSION_MISSING.
 */
export async function createSubscription(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  fields: SubscriptionFields,
  now: Date,
): Promise<SubscriptionRow> {
  return (await startSubscription(tx, catalog, tenant, { fields, isDryRun: false }, now)).subscription;
}

/** The same, or with `isDryRun` what it would come to, computed as it would be, and nothing is changed. */
export async function startSubscription(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  { fields, isDryRun }: { fields: SubscriptionFields; isDryRun: boolean },
  now: Date,
): Promise<Outcome> {
  const customer = await lockCustomer(tx, tenant, fields.customer_id);
  const row = await newSubscription(tx, tenant, customer, fields, now);
  const billing = await openBilling(tx, catalog, customerKey(tenant, fields.customer_id), now);
  await takeDue(billing);
  refuseSecond(billing.account, row.plan_code);
  const version = await catalog.planVersion(tx, tenant.id, row.plan_code, row.plan_version);
  const subscription = openSubscription(row, version);
  billing.account.subscriptions.push(subscription);
  await takeDue(billing);
  if (!isDryRun) await saveAccounts(tx, [billing.account], now);
  return { account: billing.account, subscription: rowOf(subscription, now), isDryRun };
}

function refuseSecond({ subscriptions }: Account, planCode: string): void {
  if (subscriptions.some(({ row, state }) => row.plan_code === planCode && state.status !== "canceled"))
    throw new BillingError("SUBSCRIPTION_EXISTS");
}

/**
 * The subscription, ended now or when its period ends. Now, its usage is invoiced, and what was paid for longer is given back unless the
 * policy says no. Canceling one that has ended changes nothing. @throws SUBSCRIPTION_NOT_FOUND
 */
export async function cancelSubscription(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  id: string,
  fields: CancelFields,
  now: Date,
): Promise<Outcome> {
  return command(tx, catalog, tenant, { id, now, isDryRun: fields.dry_run }, async (billing, subscription) => {
    await cancel(billing, subscription, fields);
  });
}

async function cancel(
  billing: Billing,
  subscription: BilledSubscription,
  fields: Pick<CancelFields, "cancel_mode" | "cancel_now_prepaid_refund_policy">,
): Promise<void> {
  const { at, isOver } = apply(billing, subscription, { type: "cancel", timing: fields.cancel_mode });
  if (!isOver) return;
  const isCredited = fields.cancel_now_prepaid_refund_policy !== "no_refund";
  const refunds = await end(billing, subscription, { at, isCredited });
  await giveBack(billing, subscription, null, refunds);
}

export type PlanChange = Outcome & { successor: SubscriptionRow | null };

/**
 * The subscription moved to another plan: now, by one that takes over from this instant, or when its period ends.
 * @throws SUBSCRIPTION_NOT_FOUND, PLAN_NOT_FOUND, SUBSCRIPTION_ENDED, SUBSCRIPTION_PENDING, SUBSCRIPTION_EXISTS, PLAN_UNCHANGED
 */
export async function changePlan(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  id: string,
  fields: PlanChangeFields,
  now: Date,
): Promise<PlanChange> {
  const planCode = fields.target_plan_code;
  await getPlan(tx, tenant, planCode);
  let successor: BilledSubscription | null = null;
  const outcome = await command(
    tx,
    catalog,
    tenant,
    { id, now, isDryRun: fields.dry_run },
    async (billing, subscription) => {
      const isUnchanged = subscription.row.plan_code === planCode;
      if (!isUnchanged && isLive(subscription.state)) refuseSecond(billing.account, planCode);
      const { at, isOver } = apply(billing, subscription, {
        type: "change_plan",
        timing: fields.change_mode,
        planCode: subscription.row.plan_code,
        targetPlanCode: planCode,
      });
      if (!isOver) return;
      const isCredited = fields.cancel_now_prepaid_refund_policy !== "no_refund";
      const refunds = await end(billing, subscription, { at, isCredited });
      successor = await succeed(billing, subscription, planCode, at);
      await giveBack(billing, subscription, successor, refunds);
    },
  );
  const taken = successor as BilledSubscription | null;
  return { ...outcome, successor: taken === null ? null : rowOf(taken, now) };
}

/** The subscription after `patch`. @throws SUBSCRIPTION_NOT_FOUND, VALIDATION_ERROR for a change that it cannot take. */
export async function updateSubscription(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  id: string,
  patch: SubscriptionPatch,
  now: Date,
): Promise<Outcome> {
  return command(tx, catalog, tenant, { id, now, isDryRun: patch.dry_run }, async (billing, subscription) => {
    if (patch.metadata !== undefined) subscription.row = { ...subscription.row, metadata: patch.metadata };
    if (patch.cancel_at === null) await asField("cancel_at", () => apply(billing, subscription, { type: "keep" }));
    if (patch.quantity !== undefined) {
      const { quantity } = patch;
      await asField("quantity", () => changeSeats(billing, subscription, quantity));
    }
    if (patch.next_renewal_date !== undefined || patch.billing_anchor_day !== undefined)
      moveSchedule(billing, subscription, patch);
    if (patch.status !== undefined) await moveStatus(billing, subscription, patch.status);
  });
}

/** In the body of a PATCH what the subscription's state does not allow is a bad field. */
async function asField(path: string, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof BillingError && error.code !== "VALIDATION_ERROR") refuseField(path, error.message);
    throw error;
  }
}

async function moveStatus(
  billing: Billing,
  subscription: BilledSubscription,
  to: SubscriptionRow["status"],
): Promise<void> {
  const from = subscription.state.status;
  if (to === from) return;
  if (to === "canceled") return cancel(billing, subscription, { cancel_mode: "now" });
  if (to === "active" && from !== "canceled") return activate(billing, subscription);
  refuseField(
    "status",
    from === "canceled"
      ? "A subscription that has ended stays so; create a new one instead."
      : `A subscription that is ${from} cannot be made ${to}.`,
  );
}

/** A pending one starts now, with its trial if its plan has one; a trial ends; and one that is past due is active again. */
async function activate(billing: Billing, subscription: BilledSubscription): Promise<void> {
  const { row, state, plan } = subscription;
  const at = commandInstant(subscription, billing.now);
  if (state.status === "trialing") {
    subscription.state = decide(state, { type: "activate" }, at);
    const seatCount = decimal(row.quantity);
    subscription.history = subscription.history.filter(({ from }) => from < at);
    changeBasis(subscription, { from: at, seatCount, isBilled: state.pausedAt === null });
    await makeInvoice(billing, subscription, { cause: "trial_end", at, period: null, ending: null });
    return;
  }
  if (state.status === "past_due") {
    subscription.state = decide(state, { type: "activate" }, at);
    return;
  }
  const start = new Date(at);
  const startsAt = { startsAt: start, anchorDay: row.billing_anchor_day, timeZone: row.timezone };
  const started: SubscriptionRow = {
    ...row,
    start_date: start,
    ...periodsAt(plan, startsAt),
    activates_at: start,
    trial_end: trialEndOf(plan, start, row.timezone),
  };
  const version = await billing.catalog.planVersion(
    billing.tx,
    billing.account.key.tenantId,
    row.plan_code,
    row.plan_version,
  );
  const { stored } = subscription;
  Object.assign(subscription, openSubscription({ ...started, starts_at: started.current_period_start }, version), {
    stored,
  });
  await begin(billing, subscription, { type: "activation", at });
}

async function changeSeats(billing: Billing, subscription: BilledSubscription, quantity: typeof zero): Promise<void> {
  const { plan, row } = subscription;
  const { at } = apply(billing, subscription, { type: "change_seats" });
  subscription.row = { ...row, quantity: quantity.toString() };
  const before = basisAt(subscription.history, at);
  if (before === null || before.seatCount.equals(quantity)) return;
  const { period } = subscription.state;
  const most = subscription.history
    .filter(({ from }) => from <= at)
    .filter(({ from }, index, all) => (all[index + 1]?.from ?? Infinity) > period.startsAt && from < period.endsAt)
    .reduce((max, { seatCount }) => (seatCount.isGreaterThan(max) ? seatCount : max), zero);
  changeBasis(subscription, { ...before, from: at, seatCount: quantity });
  const due = grantsForSeats(plan.recurringGrants ?? [], { period, at, mostSeats: most, seatCount: quantity });
  give(billing, subscription, due, chargedWithin(billing.account, subscription, period));
}

/** Another end of the current period, or another day for those that follow. */
function moveSchedule(
  { account, now }: Billing,
  subscription: BilledSubscription,
  patch: Pick<SubscriptionPatch, "next_renewal_date" | "billing_anchor_day">,
): void {
  const { row, state, plan, schedules } = subscription;
  const anchorDay = patch.billing_anchor_day;
  const field = patch.next_renewal_date === undefined ? "billing_anchor_day" : "next_renewal_date";
  if (state.status === "canceled") refuseField(field, "A subscription that has ended has no more periods.");
  if (state.status === "pending") {
    if (patch.next_renewal_date !== undefined)
      refuseField(field, "A subscription that has not begun has no period to end; activate it first.");
    const startsAt = { startsAt: row.start_date, anchorDay: anchorDay as number, timeZone: row.timezone };
    reopen(subscription, { ...row, billing_anchor_day: anchorDay as number, ...periodsAt(plan, startsAt) });
    return;
  }
  if (hasLevels(account, subscription))
    refuseField(field, "A plan that prices a weighted sum keeps its periods; change the plan instead.");
  const endsAt =
    patch.next_renewal_date === undefined
      ? state.period.endsAt
      : instantOf(patch.next_renewal_date, row.timezone).getTime();
  if (endsAt <= Math.max(now.getTime(), state.step.startsAt))
    refuseField(field, "Must be a day after today and after the begin of the current period.");
  const schedule = endPeriodAt(schedules.billing, {
    period: state.period,
    endsAt,
    ...(anchorDay === undefined ? {} : { anchorDay }),
  });
  const moved = schedulesOf(plan, schedule);
  const period = periodContaining(moved.billing, state.period.startsAt);
  const step = periodContaining(moved.step, state.step.startsAt);
  // An end of the period that was decided goes with it.
  const decidedEnd = state.endsAt === state.period.endsAt ? period.endsAt : state.endsAt;
  subscription.schedule = schedule;
  subscription.schedules = moved;
  subscription.state = { ...state, period, step, endsAt: decidedEnd };
  subscription.row = { ...row, moved_schedule: schedule, billing_anchor_day: schedule.anchorDay };
}

function reopen(subscription: BilledSubscription, row: SubscriptionRow): void {
  const { stored, plan } = subscription;
  Object.assign(subscription, openSubscription(row, plan), { plan, stored });
}

/** No fee is owed and no credits are given until it is resumed; periods and usage go on. @throws SUBSCRIPTION_NOT_FOUND, _ENDED, _PENDING */
export async function pauseSubscription(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  id: string,
  fields: { dry_run: boolean },
  now: Date,
): Promise<Outcome> {
  return setPaused(tx, catalog, tenant, { id, now, isDryRun: fields.dry_run }, "pause");
}

/** Fees are owed again from now on. @throws SUBSCRIPTION_NOT_FOUND, SUBSCRIPTION_ENDED */
export async function resumeSubscription(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  id: string,
  fields: { dry_run: boolean },
  now: Date,
): Promise<Outcome> {
  return setPaused(tx, catalog, tenant, { id, now, isDryRun: fields.dry_run }, "resume");
}

function setPaused(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  of: Command,
  type: "pause" | "resume",
): Promise<Outcome> {
  return command(tx, catalog, tenant, of, (billing, subscription) => {
    const before = subscription.state;
    const { at } = apply(billing, subscription, { type });
    const basis = basisAt(subscription.history, at);
    if (subscription.state === before || basis === null) return;
    const isBilled = type === "resume" && subscription.state.status !== "trialing";
    changeBasis(subscription, { ...basis, from: at, isBilled });
    // A trial that ends during a pause owes nothing until it is resumed.
    subscription.history = subscription.history.map((each) =>
      each.from > at ? { ...each, isBilled: type === "resume" } : each,
    );
  });
}

type Command = { id: string; now: Date; isDryRun: boolean };

/** Runs a command on a subscription of which nothing is due any more, and stores the outcome unless it is a preview. */
async function command(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  { id, now, isDryRun }: Command,
  work: (billing: Billing, subscription: BilledSubscription) => Promise<void> | void,
): Promise<Outcome> {
  const { customer_id: customerId } = await getSubscription(tx, tenant, id);
  await lockCustomer(tx, tenant, customerId);
  const billing = await openBilling(tx, catalog, customerKey(tenant, customerId), now);
  await takeDue(billing);
  const subscription = billing.account.subscriptions.find(({ row }) => row.subscription_id === id);
  // One that has ended and whose drafts are closed is not opened; only a repeated cancellation has nothing to do there.
  if (subscription === undefined) return commandEnded(tx, catalog, tenant, { id, now, isDryRun }, billing, work);
  await work(billing, subscription);
  await takeDue(billing);
  if (!isDryRun) await saveAccounts(tx, [billing.account], now);
  return { account: billing.account, subscription: rowOf(subscription, now), isDryRun };
}

async function commandEnded(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  { id, now, isDryRun }: Command,
  billing: Billing,
  work: (billing: Billing, subscription: BilledSubscription) => Promise<void> | void,
): Promise<Outcome> {
  const row = await getSubscription(tx, tenant, id);
  const version = await catalog.planVersion(tx, tenant.id, row.plan_code, row.plan_version);
  const subscription = openSubscription(row, version, []);
  billing.account.subscriptions.push(subscription);
  await work(billing, subscription);
  if (!isDryRun) await saveAccounts(tx, [billing.account], now);
  return { account: billing.account, subscription: rowOf(subscription, now), isDryRun };
}

/** Decides the command, at the first instant that nothing was billed for. */
function apply(
  { now }: Billing,
  subscription: BilledSubscription,
  command: SubscriptionCommand,
): { at: Instant; isOver: boolean } {
  const before = subscription.state;
  const at = commandInstant(subscription, now);
  subscription.state = decide(before, command, at);
  return { at, isOver: before.endedAt === null && subscription.state.endedAt !== null };
}

async function openBilling(tx: Transaction, catalog: Catalog, key: CustomerKey, now: Date): Promise<Billing> {
  const [account] = await openAccounts(tx, catalog, [key], now);
  return { tx, catalog, account: account as Account, now };
}

/** Notes that an invoice of the subscription is overdue, or that none is any more. The caller holds the customer's lock. */
export async function markOverdue(
  tx: Transaction,
  catalog: Catalog,
  key: CustomerKey,
  of: { subscriptionId: string; isOverdue: boolean },
  now: Date,
): Promise<void> {
  const { account } = await openBilling(tx, catalog, key, now);
  const subscription = account.subscriptions.find(({ row }) => row.subscription_id === of.subscriptionId);
  if (subscription === undefined || subscription.state.status === "canceled") return;
  const command = { type: of.isOverdue ? "mark_past_due" : "mark_paid" } as const;
  const before = subscription.state;
  subscription.state = decide(before, command, commandInstant(subscription, now));
  if (subscription.state !== before) await saveAccounts(tx, [account], now);
}

/** Cancels a subscription whose invoice nobody pays, as of now; one that has ended stays as it is. The caller holds the customer's lock. */
export async function cancelOverdue(
  tx: Transaction,
  catalog: Catalog,
  key: CustomerKey,
  subscriptionId: string,
  now: Date,
): Promise<void> {
  const billing = await openBilling(tx, catalog, key, now);
  await takeDue(billing);
  const subscription = billing.account.subscriptions.find(({ row }) => row.subscription_id === subscriptionId);
  if (subscription === undefined || subscription.state.status === "canceled") return;
  await cancel(billing, subscription, { cancel_mode: "now" });
  await takeDue(billing);
  await saveAccounts(tx, [billing.account], now);
}

/** Bills what has fallen due for these customers, whose locks the caller holds. @throws CONVERSION_MISSING */
async function billAll(tx: Transaction, catalog: Catalog, keys: CustomerKey[], now: Date): Promise<void> {
  const accounts = await openAccounts(tx, catalog, keys, now);
  for (const account of accounts) await takeDue({ tx, catalog, account, now });
  await saveAccounts(tx, accounts, now);
}

/**
 * The same for customers whose events are waiting. One who cannot be billed is left as they are, for the billing run to report: their
 * events are recorded all the same.
 */
export async function catchUp(tx: Transaction, catalog: Catalog, keys: CustomerKey[], now: Date): Promise<void> {
  const billed: Account[] = [];
  for (const account of await openAccounts(tx, catalog, keys, now)) {
    try {
      await takeDue({ tx, catalog, account, now });
      billed.push(account);
    } catch (error) {
      // Nothing of the account has been stored.
      if (!(error instanceof BillingError)) throw error;
    }
  }
  await saveAccounts(tx, billed, now);
}

/** Bills what has fallen due for one customer, in a transaction of its own. @throws CONVERSION_MISSING */
export async function billCustomer(database: Database, catalog: Catalog, key: CustomerKey, now: Date): Promise<void> {
  await database.transaction(async (tx) => {
    const locked = await lockIdleCustomers(tx, [key]);
    if (locked.length > 0) await billAll(tx, catalog, locked, now);
  });
}

const customersAtATime = 50;

export type BillingRun = { customers: number; failures: { key: CustomerKey; error: unknown }[] };

/**
 * Bills everything that has fallen due by now, the longest due first, several customers to a transaction. Safe to run in several processes at
 * once: each leaves out the customers that another works. A customer who cannot be billed keeps nobody else from it.
 */
export async function billDue(
  database: Database,
  catalog: Catalog,
  now: Date,
  onProgress: (run: BillingRun) => void = () => {},
): Promise<BillingRun> {
  const run: BillingRun = { customers: 0, failures: [] };
  let after: DueCustomer | null = null;
  for (;;) {
    const page: DueCustomer[] = await findDueCustomers(database, now, { after, limit: customersAtATime });
    const keys = distinctKeys(page);
    await billTogether(database, catalog, keys, now, run);
    onProgress(run);
    after = page.at(-1) ?? null;
    if (page.length < customersAtATime) return run;
  }
}

/** A customer with several subscriptions may stand in a page more than once. */
function distinctKeys(page: DueCustomer[]): CustomerKey[] {
  const keys = page.map(({ tenantId, bucket, customerId }) => ({ tenantId, bucket, customerId }));
  return [...new Map(keys.map((key) => [key.customerId, key])).values()];
}

/** Those that fail together are billed in halves, so that in the end only who fails alone has failed. */
async function billTogether(
  database: Database,
  catalog: Catalog,
  keys: CustomerKey[],
  now: Date,
  run: BillingRun,
): Promise<void> {
  if (keys.length === 0) return;
  try {
    await database.transaction(async (tx) => {
      const locked = await lockIdleCustomers(tx, keys);
      if (locked.length > 0) await billAll(tx, catalog, locked, now);
    });
    run.customers += keys.length;
  } catch (error) {
    if (keys.length === 1) {
      run.failures.push({ key: keys[0] as CustomerKey, error });
      return;
    }
    const half = Math.ceil(keys.length / 2);
    await billTogether(database, catalog, keys.slice(0, half), now, run);
    await billTogether(database, catalog, keys.slice(half), now, run);
  }
}

/** What a billing run would do first for a subscription, and everything after it until now. */
export type DueWorkItem = { customerId: string; subscriptionId: string; type: string; at: Date };

/** What `billDue` would do by now, in the order in which it would, customer by customer; nothing is changed. */
export async function* listDue(database: Database, catalog: Catalog, now: Date): AsyncGenerator<DueWorkItem> {
  let after: DueCustomer | null = null;
  const seen = new Set<string>();
  for (;;) {
    const page: DueCustomer[] = await findDueCustomers(database, now, { after, limit: customersAtATime });
    const keys = distinctKeys(page).filter(({ customerId }) => !seen.has(customerId));
    for (const key of keys) seen.add(key.customerId);
    const accounts = await database.transaction((tx) => openAccounts(tx, catalog, keys, now));
    for (const account of accounts) yield* dueOf(account, now);
    after = page.at(-1) ?? null;
    if (page.length < customersAtATime) return;
  }
}

function* dueOf(account: Account, now: Date): Generator<DueWorkItem> {
  for (let work = nextWork(account); work !== null && work.due.at <= now.getTime(); work = nextWork(account)) {
    const { subscription, due } = work;
    yield {
      customerId: account.key.customerId,
      subscriptionId: subscription.row.subscription_id,
      type: due.type,
      at: new Date(due.at),
    };
    if (due.type === "invoice_closing") {
      const [closed, ...rest] = subscription.billings.toSorted((a, b) => a.closes_at.getTime() - b.closes_at.getTime());
      subscription.billings = closed === undefined ? [] : rest;
    } else subscription.state = takeEffect(subscription.state, due, subscription.schedules);
  }
}

function refuseField(path: string, message: string): never {
  throw new BillingError("VALIDATION_ERROR", { details: [{ path, message }] });
}
