import { billingRecurrence, schedulesOf } from "../../../core/billing-schedule.ts";
import { decimal, type Decimal } from "../../../core/decimal.ts";
import { BillingError } from "../../../core/errors.ts";
import { periodContaining, startOfDay, type PeriodSchedule } from "../../../core/period.ts";
import { withOverrides } from "../../../core/plan-overrides.ts";
import type { PlanDocument } from "../../../core/plan.ts";
import type { RatedSubscription } from "../../../core/rating.ts";
import { statusAt, trialEnd } from "../../../core/subscription.ts";
import { agreeOverrides, requirePlanVersion, toPlanOverrides, type StoredOverrides } from "../catalog/catalog.ts";
import { customerKey, customerKeyOf, type CustomerKey } from "../customers/customers.ts";
import type { CustomerRow } from "../customers/schema.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import { violatesUnique, type Queryable, type Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { createCreditGrant } from "../wallets/wallets.ts";
import type { CreditGrantFields } from "../wallets/schema.ts";
import type { CreditGrantRow } from "../wallets/sql.ts";
import { readStartDate, type StartDate, type SubscriptionFields, type SubscriptionRow } from "./schema.ts";
import * as rows from "./sql.ts";
import { toState } from "./state.ts";

export { inState, toState } from "./state.ts";

/**
 * A new subscription to the plan's latest version, not stored yet. It is pending; one that is to be active becomes so at its start, in
 * the past or ahead, when what is due is billed.
 * @throws PLAN_NOT_FOUND, VALIDATION_ERROR for an override that does not fit the plan. The caller holds the customer's lock.
 */
export async function newSubscription(
  tx: Transaction,
  tenant: Tenant,
  customer: Pick<CustomerRow, "customer_id" | "timezone">,
  fields: SubscriptionFields,
  now: Date,
): Promise<SubscriptionRow> {
  const plan = await requirePlanVersion(tx, tenant, fields.plan_code);
  const overrides = await agreeOverrides(tx, tenant, plan.document, fields);
  const start = fields.start_date ? instantOf(fields.start_date, customer.timezone) : now;
  return pendingSubscription(
    {
      key: customerKey(tenant, customer.customer_id),
      timezone: customer.timezone,
      planCode: fields.plan_code,
      plan,
      start,
      anchorDay: fields.billing_anchor_day,
      quantity: fields.quantity,
      activatesAt: fields.initial_status === "active" ? start : null,
    },
    { overrides, metadata: fields.metadata },
    now,
  );
}

type Beginning = {
  key: CustomerKey;
  timezone: string;
  planCode: string;
  plan: { version: number; document: PlanDocument };
  start: Date;
  anchorDay: number;
  quantity: Decimal;
  activatesAt: Date | null;
};

function pendingSubscription(
  of: Beginning,
  rest: Pick<SubscriptionRow, "overrides" | "metadata"> & { previousId?: string },
  now: Date,
): SubscriptionRow {
  const { key, plan, start, anchorDay, timezone, activatesAt } = of;
  const row: SubscriptionRow = {
    bucket: key.bucket,
    customer_id: key.customerId,
    subscription_id: createId(now),
    plan_code: of.planCode,
    plan_version: plan.version,
    status: "pending",
    activates_at: activatesAt,
    start_date: start,
    timezone,
    starts_at: start,
    billing_anchor_day: anchorDay,
    quantity: of.quantity.toString(),
    moved_schedule: null,
    ...periodsAt(plan.document, { startsAt: start, anchorDay, timeZone: timezone }),
    trial_end: activatesAt === null ? null : trialEndOf(plan.document, activatesAt, timezone),
    paused_at: null,
    cancel_at: null,
    canceled_at: null,
    ended_at: null,
    scheduled_plan_code: null,
    previous_subscription_id: rest.previousId ?? null,
    billed_until: null,
    usage_billed_until: null,
    usage_closed_until: null,
    levels_end_at: null,
    next_due_at: activatesAt,
    overrides: rest.overrides,
    metadata: rest.metadata,
    created_at: now,
    updated_at: now,
  };
  // The day of the start counts whole.
  return { ...row, starts_at: row.current_period_start };
}

/**
 * The subscription that takes over from `row` at an instant: to the latest version of another plan, with the same anchor day and
 * seats, and without a trial. Not stored yet. @throws PLAN_NOT_FOUND
 */
export async function successorOf(
  tx: Transaction,
  tenantId: number,
  row: SubscriptionRow,
  change: { planCode: string; at: Date },
  now: Date,
): Promise<SubscriptionRow> {
  const { planCode, at } = change;
  const successor = pendingSubscription(
    {
      key: customerKeyOf(tenantId, row.customer_id),
      timezone: row.timezone,
      planCode,
      plan: await requirePlanVersion(tx, { id: tenantId }, planCode),
      start: at,
      anchorDay: row.billing_anchor_day,
      quantity: decimal(row.quantity),
      activatesAt: at,
    },
    { overrides: noOverrides, metadata: row.metadata, previousId: row.subscription_id },
    now,
  );
  // The day was the predecessor's until then.
  return { ...successor, starts_at: at, trial_end: null };
}

const noOverrides: StoredOverrides = { price_overrides: [], fee_overrides: [] };

/** The first billing period of a subscription that starts so, and the first part of it. */
export function periodsAt(
  plan: PlanDocument,
  start: { startsAt: Date; anchorDay: number; timeZone: string },
): Pick<
  SubscriptionRow,
  "current_period_start" | "current_period_end" | "step_start" | "step_end" | "next_renewal_date"
> {
  const startsAt = start.startsAt.getTime();
  const schedules = schedulesOf(plan, scheduleFrom(plan, start));
  const period = periodContaining(schedules.billing, startsAt);
  const step = periodContaining(schedules.step, startsAt);
  return {
    current_period_start: new Date(period.startsAt),
    current_period_end: new Date(period.endsAt),
    step_start: new Date(step.startsAt),
    step_end: new Date(step.endsAt),
    next_renewal_date: new Date(period.endsAt),
  };
}

export function trialEndOf(plan: PlanDocument, start: Date, timezone: string): Date | null {
  const end = trialEnd(start.getTime(), plan.trialDays ?? 0, timezone);
  return end === null ? null : new Date(end);
}

/** @throws SUBSCRIPTION_EXISTS if the customer has one to the same plan that has not ended. */
export async function saveSubscriptions(tx: Transaction, saved: rows.SavedSubscription[]): Promise<void> {
  if (saved.length === 0) return;
  try {
    await rows.saveSubscriptions(tx, saved);
  } catch (error) {
    if (violatesUnique(error, rows.onePerPlan)) throw new BillingError("SUBSCRIPTION_EXISTS", { cause: error });
    throw error;
  }
}

/** The instant that a field names which the schema has passed; of a day, its first in the customer's timezone. */
export function instantOf(given: string, timezone: string): Date {
  const named = readStartDate(given) as StartDate;
  return "day" in named ? new Date(startOfDay(named.day, timezone)) : named.instant;
}

function scheduleFrom(plan: PlanDocument, at: { startsAt: Date; anchorDay: number; timeZone: string }): PeriodSchedule {
  return {
    startsAt: at.startsAt.getTime(),
    anchorDay: at.anchorDay,
    timeZone: at.timeZone,
    ...billingRecurrence(plan),
  };
}

/** The billing periods of a subscription to `plan`. */
export function scheduleOfSubscription(row: SubscriptionRow, plan: PlanDocument): PeriodSchedule {
  return (
    row.moved_schedule ??
    scheduleFrom(plan, { startsAt: row.start_date, anchorDay: row.billing_anchor_day, timeZone: row.timezone })
  );
}

/** The periods that the subscription's usage is counted by. */
export function usageScheduleOf(row: SubscriptionRow, plan: PlanDocument): PeriodSchedule {
  return schedulesOf(plan, scheduleOfSubscription(row, plan)).usage;
}

/** The subscription as rating sees it, by the plan that charges it (`planOfSubscription`). */
export function toRatedSubscription(row: SubscriptionRow, plan: PlanDocument): RatedSubscription {
  const { billing, usage } = schedulesOf(plan, scheduleOfSubscription(row, plan));
  const current = { startsAt: row.current_period_start.getTime(), endsAt: row.current_period_end.getTime() };
  const endsAt = row.ended_at ?? row.cancel_at;
  return {
    id: row.subscription_id,
    startsAt: row.starts_at.getTime(),
    endsAt: endsAt?.getTime() ?? null,
    hasEnded: row.status === "canceled",
    schedule: usage,
    currentPeriod: usage === billing ? current : periodContaining(usage, row.step_start.getTime()),
    levelsEndAt: row.levels_end_at?.getTime() ?? null,
    closedUntil: row.usage_closed_until?.getTime() ?? null,
    plan,
  };
}

/**
 * What the subscription is charged by, if `plan` is the version that charges it: with its overrides. The same object for the same
 * two, because prices are known by identity to what is precomputed of them.
 */
export function planOfSubscription(row: SubscriptionRow, plan: PlanDocument): PlanDocument {
  const { price_overrides, fee_overrides } = row.overrides;
  if (price_overrides.length + fee_overrides.length === 0) return plan;
  const known = plansWithOverrides.get(plan) ?? new Map<string, PlanDocument>();
  plansWithOverrides.set(plan, known);
  const agreed = known.get(row.subscription_id) ?? withOverrides(plan, toPlanOverrides(row.overrides));
  if (known.size >= mostPlansKept) known.clear();
  known.set(row.subscription_id, agreed);
  return agreed;
}

/** By the plan version's document, and in it by subscription: overrides never change. */
const plansWithOverrides = new WeakMap<PlanDocument, Map<string, PlanDocument>>();
const mostPlansKept = 1_000;

/** @throws SUBSCRIPTION_NOT_FOUND */
export async function getSubscription(db: Queryable, tenant: Pick<Tenant, "id">, id: string): Promise<SubscriptionRow> {
  return (await rows.findSubscription(db, tenant.id, id)) ?? refuseUnknown();
}

/** That a subscription is the customer's and has not ended. @throws SUBSCRIPTION_NOT_FOUND, SUBSCRIPTION_ENDED */
export async function requireLiveSubscription(
  db: Queryable,
  tenant: Tenant,
  of: { customerId: string; subscriptionId: string },
): Promise<void> {
  const row = await rows.findSubscription(db, tenant.id, of.subscriptionId);
  if (row === null || row.customer_id !== of.customerId)
    throw new BillingError("SUBSCRIPTION_NOT_FOUND", { isOfBody: true });
  if (row.status === "canceled") throw new BillingError("SUBSCRIPTION_ENDED");
}

export async function listSubscriptions(
  db: Queryable,
  tenant: Tenant,
  filter: rows.SubscriptionFilter,
  page: { after: string | null; limit: number },
  now: Date,
): Promise<Page<rows.SeenSubscription>> {
  const found = await rows.listSubscriptions(db, tenant.id, filter, { after: page.after, limit: page.limit + 1 }, now);
  return toPage(found, page.limit, (last) => last.subscription_id);
}

/** Credits granted on a subscription, into its customer's wallet. @throws SUBSCRIPTION_NOT_FOUND and what `createCreditGrant` throws. */
export async function grantOnSubscription(
  tx: Transaction,
  tenant: Tenant,
  subscriptionId: string,
  fields: CreditGrantFields,
  now: Date,
): Promise<CreditGrantRow> {
  const { customer_id: customerId } = await getSubscription(tx, tenant, subscriptionId);
  return createCreditGrant(tx, tenant, { customerId, subscriptionId }, fields, now);
}

/** By customer id: the subscriptions that have not ended, and those that ended after `since`, oldest first. */
export async function findSubscriptionsSince(
  db: Queryable,
  keys: CustomerKey[],
  since: Date,
): Promise<Map<string, SubscriptionRow[]>> {
  const byCustomer = new Map<string, SubscriptionRow[]>(keys.map(({ customerId }) => [customerId, []]));
  for (const row of await rows.findSubscriptionsSince(db, keys, since)) byCustomer.get(row.customer_id)?.push(row);
  return byCustomer;
}

/** By customer id: the subscriptions whose prices apply at `now`, and those ended since that applied at `earliest` or later. */
export async function findPricingSubscriptions(
  db: Queryable,
  keys: CustomerKey[],
  earliest: Date,
  now: Date,
): Promise<Map<string, SubscriptionRow[]>> {
  const found = await findSubscriptionsSince(db, keys, earliest);
  return new Map([...found].map(([customerId, all]) => [customerId, pricingAmong(all, earliest, now)]));
}

/**
 * Those of a customer's subscriptions whose prices apply at `now` or have applied since `earliest`; and those whose end has come and is not
 * worked yet, because another may take over.
 */
export function pricingAmong(all: readonly SubscriptionRow[], earliest: Date, now: Date): SubscriptionRow[] {
  return all.filter((row) => {
    const end = row.ended_at ?? row.cancel_at;
    if (end !== null && end > earliest) return true;
    if (row.status !== "canceled" && row.cancel_at !== null && row.cancel_at <= now) return true;
    const status = statusAt(toState(row), now.getTime());
    return status !== "pending" && status !== "canceled";
  });
}

/**
 * Every subscription that there has been to the plan, or with `liveAt` those live then, customer by customer; only one customer's
 * if one is named.
 */
export async function* findSubscribers(
  db: Queryable,
  tenant: Tenant,
  wanted: { planCode: string; customerId: string | null; liveAt?: Date },
): AsyncGenerator<SubscriptionRow> {
  const customer = wanted.customerId === null ? null : customerKey(tenant, wanted.customerId);
  let after: SubscriptionRow | null = null;
  do {
    const page: SubscriptionRow[] = await rows.findSubscribers(
      db,
      tenant.id,
      { planCode: wanted.planCode, customer, liveAt: wanted.liveAt ?? null },
      { after, limit: subscribersAtATime },
    );
    yield* page;
    after = page.length < subscribersAtATime ? null : (page.at(-1) ?? null);
  } while (after !== null);
}

const subscribersAtATime = 500;

/** By customer id: the subscriptions that can still fall due, those with a draft that is not closed too. */
export async function findUnfinished(db: Queryable, keys: CustomerKey[]): Promise<Map<string, SubscriptionRow[]>> {
  const byCustomer = new Map<string, SubscriptionRow[]>(keys.map(({ customerId }) => [customerId, []]));
  for (const row of await rows.findUnfinished(db, keys)) byCustomer.get(row.customer_id)?.push(row);
  return byCustomer;
}

/** Customers for whom something has fallen due by `now`, the longest due first; one with several subscriptions may come again. */
export async function findDueCustomers(
  db: Queryable,
  now: Date,
  page: { after: rows.DueCustomer | null; limit: number },
): Promise<rows.DueCustomer[]> {
  return rows.findDueCustomers(db, now, page);
}

function refuseUnknown(): never {
  throw new BillingError("SUBSCRIPTION_NOT_FOUND");
}

/** The tenant's subscriptions that have not ended, those that are charged alike as one. */
export async function groupSubscriptions(db: Queryable, tenant: Pick<Tenant, "id">): Promise<rows.SubscriptionGroup[]> {
  return rows.groupSubscriptions(db, tenant.id);
}

/** What subscriptions of a group are charged by, if `version` is what the plan says: with their overrides. */
export function planOfGroup({ overrides }: rows.SubscriptionGroup, version: PlanDocument): PlanDocument {
  const { price_overrides, fee_overrides } = overrides;
  return price_overrides.length + fee_overrides.length === 0
    ? version
    : withOverrides(version, toPlanOverrides(overrides));
}
