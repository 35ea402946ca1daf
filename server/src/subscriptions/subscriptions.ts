import { BillingError } from "../../../core/errors.ts";
import { periodContaining, startOfDay, type PeriodSchedule } from "../../../core/period.ts";
import { withOverrides } from "../../../core/plan-overrides.ts";
import type { PlanDocument } from "../../../core/plan.ts";
import { agreeOverrides, requirePlanVersion, toPlanOverrides } from "../catalog/catalog.ts";
import { customerKey, lockCustomer, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import { violatesUnique, type Queryable, type Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { createCreditGrant } from "../wallets/wallets.ts";
import type { CreditGrantFields } from "../wallets/schema.ts";
import type { CreditGrantRow } from "../wallets/sql.ts";
import {
  readStartDate,
  statusAt,
  type StartDate,
  type SubscriptionFields,
  type SubscriptionPatch,
  type SubscriptionRow,
} from "./schema.ts";
import * as rows from "./sql.ts";

/**
 * A new subscription to the plan's latest version. Created active with a start still ahead, it is pending until then.
 * @throws CUSTOMER_NOT_FOUND, PLAN_NOT_FOUND, SUBSCRIPTION_EXISTS if one to this plan has not ended, VALIDATION_ERROR for an
 * override that does not fit the plan.
 */
export async function createSubscription(
  tx: Transaction,
  tenant: Tenant,
  fields: SubscriptionFields,
  now: Date,
): Promise<SubscriptionRow> {
  const customer = await lockCustomer(tx, tenant, fields.customer_id);
  const plan = await requirePlanVersion(tx, tenant, fields.plan_code);

  const overrides = await agreeOverrides(tx, tenant, plan.document, fields);

  const start = startInstant(fields.start_date ?? null, customer.timezone, now);
  const schedule = scheduleOf(plan.document, {
    startsAt: start,
    anchorDay: fields.billing_anchor_day,
    timeZone: customer.timezone,
  });
  const first = periodContaining(schedule, start.getTime());
  const current = periodContaining(schedule, Math.max(now.getTime(), first.startsAt));
  const isActive = fields.initial_status === "active";
  const isAhead = start > now;
  const row: SubscriptionRow = {
    bucket: customerKey(tenant, fields.customer_id).bucket,
    customer_id: fields.customer_id,
    subscription_id: createId(now),
    plan_code: fields.plan_code,
    plan_version: plan.version,
    status: isActive && !isAhead ? "active" : "pending",
    activates_at: isActive && isAhead ? start : null,
    start_date: start,
    timezone: customer.timezone,
    starts_at: new Date(first.startsAt),
    billing_anchor_day: fields.billing_anchor_day,
    current_period_start: new Date(current.startsAt),
    current_period_end: new Date(current.endsAt),
    next_renewal_date: new Date(current.endsAt),
    trial_end: null,
    cancel_at: null,
    canceled_at: null,
    ended_at: null,
    scheduled_plan_code: null,
    previous_subscription_id: null,
    overrides,
    metadata: fields.metadata,
    created_at: now,
    updated_at: now,
  };
  await insert(tx, tenant, row);
  return row;
}

async function insert(tx: Transaction, tenant: Tenant, row: SubscriptionRow): Promise<void> {
  try {
    await rows.insertSubscription(tx, tenant.id, row);
  } catch (error) {
    if (violatesUnique(error, rows.onePerPlan)) throw new BillingError("SUBSCRIPTION_EXISTS", { cause: error });
    throw error;
  }
}

function startInstant(given: string | null, timezone: string, now: Date): Date {
  // The schema has passed it, so it says an instant or a day.
  const start: StartDate = given === null ? { instant: now } : (readStartDate(given) as StartDate);
  return "day" in start ? new Date(startOfDay(start.day, timezone)) : start.instant;
}

function scheduleOf(plan: PlanDocument, at: { startsAt: Date; anchorDay: number; timeZone: string }): PeriodSchedule {
  return {
    startsAt: at.startsAt.getTime(),
    anchorDay: at.anchorDay,
    timeZone: at.timeZone,
    interval: plan.billingInterval,
    intervalCount: plan.billingIntervalCount,
  };
}

/** The periods of a subscription to `plan`. */
export function scheduleOfSubscription(row: SubscriptionRow, plan: PlanDocument): PeriodSchedule {
  return scheduleOf(plan, { startsAt: row.start_date, anchorDay: row.billing_anchor_day, timeZone: row.timezone });
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
export async function getSubscription(db: Queryable, tenant: Tenant, id: string): Promise<SubscriptionRow> {
  return (await rows.findSubscription(db, tenant.id, id)) ?? refuseUnknown();
}

export async function listSubscriptions(
  db: Queryable,
  tenant: Tenant,
  filter: rows.SubscriptionFilter,
  page: { after: string | null; limit: number },
  now: Date,
): Promise<Page<SubscriptionRow>> {
  const found = await rows.listSubscriptions(db, tenant.id, filter, { after: page.after, limit: page.limit + 1 }, now);
  return toPage(found, page.limit, (last) => last.subscription_id);
}

/** The subscription after `patch`. @throws SUBSCRIPTION_NOT_FOUND, VALIDATION_ERROR if its status cannot become the one asked for. */
export async function updateSubscription(
  tx: Transaction,
  tenant: Tenant,
  id: string,
  patch: SubscriptionPatch,
  now: Date,
): Promise<SubscriptionRow> {
  const { customer_id: customerId } = await getSubscription(tx, tenant, id);
  const key = customerKey(tenant, customerId);
  const before = (await rows.lockSubscription(tx, key, id)) ?? refuseUnknown();
  const moved = patch.status === undefined ? before : await moveStatus(tx, tenant, before, patch.status, now);
  const after: SubscriptionRow = { ...moved, metadata: patch.metadata ?? before.metadata, updated_at: now };
  await rows.updateSubscription(tx, key, after);
  return after;
}

async function moveStatus(
  tx: Transaction,
  tenant: Tenant,
  row: SubscriptionRow,
  to: SubscriptionRow["status"],
  now: Date,
): Promise<SubscriptionRow> {
  const from = statusAt(row, now);
  if (to === from) return { ...row, status: from };
  if (to === "canceled") {
    // What never began has no end: it has priced nothing.
    const endedAt = from === "pending" ? null : now;
    return { ...row, status: to, activates_at: null, next_renewal_date: null, canceled_at: now, ended_at: endedAt };
  }
  if (from === "pending" && to === "active") return activate(tx, tenant, row, now);
  throw new BillingError("VALIDATION_ERROR", {
    details: [
      { path: "status", message: `A subscription that is ${from} cannot be made ${to}; create a new one instead.` },
    ],
  });
}

/** Active from now on, in the period that holds now. One whose start is still ahead starts now instead. */
async function activate(tx: Transaction, tenant: Tenant, row: SubscriptionRow, now: Date): Promise<SubscriptionRow> {
  const { document } = await requirePlanVersion(tx, tenant, row.plan_code, row.plan_version);
  const start_date = row.start_date > now ? now : row.start_date;
  const schedule = scheduleOfSubscription({ ...row, start_date }, document);
  const period = periodContaining(schedule, now.getTime());
  const endsAt = new Date(period.endsAt);
  return {
    ...row,
    status: "active",
    activates_at: null,
    start_date,
    starts_at: new Date(periodContaining(schedule, start_date.getTime()).startsAt),
    current_period_start: new Date(period.startsAt),
    current_period_end: endsAt,
    next_renewal_date: endsAt,
  };
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

/** By customer id: the subscriptions whose prices apply at `now`, and those ended since that applied at `earliest` or later. */
export async function findPricingSubscriptions(
  db: Queryable,
  keys: CustomerKey[],
  earliest: Date,
  now: Date,
): Promise<Map<string, SubscriptionRow[]>> {
  const byCustomer = new Map<string, SubscriptionRow[]>(keys.map(({ customerId }) => [customerId, []]));
  for (const row of await rows.findPricingSubscriptions(db, keys, earliest, now))
    byCustomer.get(row.customer_id)?.push(row);
  return byCustomer;
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

/** Writes down what has become true: subscriptions created active whose start has come. Returns how many there were. */
export async function activateDueSubscriptions(db: Queryable, now: Date): Promise<number> {
  return rows.activateDueSubscriptions(db, now);
}

function refuseUnknown(): never {
  throw new BillingError("SUBSCRIPTION_NOT_FOUND");
}
