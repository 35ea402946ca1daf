import {
  addAmounts,
  differenceOf,
  openSimulation,
  simulateEvent,
  simulatedAmounts,
  type SimulatedAmount,
  type Simulation,
} from "../../../core/simulation.ts";
import { contains, periodContaining } from "../../../core/period.ts";
import type { PlanDocument } from "../../../core/plan.ts";
import type { Properties } from "../../../core/property.ts";
import type { Meter } from "../../../core/meter.ts";
import type { RatedSubscription } from "../../../core/rating.ts";
import {
  findMeterHistory,
  type Catalog,
  type Simulated,
  type SimulatedCustomer,
  type SimulationScope,
} from "../catalog/catalog.ts";
import { customerKey, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import type { OperationContext } from "../http/operation.ts";
import { parseStoredJson } from "../http/json.ts";
import type { Queryable } from "../platform/db.ts";
import type { SubscriptionRow } from "../subscriptions/schema.ts";
import { findSubscribers, planOfSubscription, usageScheduleOf } from "../subscriptions/subscriptions.ts";
import { archivedSince, findArchivedBefore } from "./archived.ts";
import { findUsedEvents, type UsedEvent } from "./usage-sql.ts";

/** What the catalog's operations try a document by. */
export function planTrials(catalog: Catalog) {
  return {
    preview: (tx: Queryable, tenant: Tenant, plan: Plan, now: Date) => previewVersion(tx, catalog, tenant, plan, now),
    simulate: ({ database, tenant, now }: OperationContext, plan: Plan, scope: SimulationScope) =>
      simulatePlan(database, catalog, tenant, plan, scope, now),
    requireEvents,
    add: addSimulated,
  };
}

/** Less than all that was used would come to less money, and nobody would see that it does. @throws EVENT_ARCHIVED */
async function requireEvents(db: Queryable, { from }: SimulationScope): Promise<void> {
  const before = await findArchivedBefore(db);
  if (before !== null && from < before) throw archivedSince(before);
}

export type Plan = { code: string; candidate: PlanDocument };

/**
 * What the recorded events of the scope cost by the plan version that each subscription has, and by the candidate: both rated from
 * nothing, so that they can be compared whatever the range. One customer after another, with the memory of one's counters; a
 * customer who never subscribed to the plan is not among them.
 */
export async function* simulatePlan(
  db: Queryable,
  catalog: Catalog,
  tenant: Tenant,
  plan: Plan,
  scope: SimulationScope,
  now: Date,
): AsyncGenerator<SimulatedCustomer> {
  const meters = (await findMeterHistory(db, tenant.id)).map(({ meter }) => meter);
  let open: SimulatedCustomer | null = null;
  for await (const row of findSubscribers(db, tenant, { planCode: plan.code, customerId: scope.customerId })) {
    const own = await simulateSubscription({ db, catalog, tenant, meters, plan, row, ...scope, now });
    if (open !== null && open.customerId !== row.customer_id) {
      yield open;
      open = null;
    }
    open = { customerId: row.customer_id, ...addSimulated(open === null ? [own] : [open, own]) };
  }
  if (open !== null) yield open;
}

/** How many live subscriptions have an earlier version of the plan, and what their current periods have cost and would have. */
export async function previewVersion(
  db: Queryable,
  catalog: Catalog,
  tenant: Tenant,
  plan: Plan,
  now: Date,
): Promise<Simulated & { subscriptionCount: number }> {
  const meters = (await findMeterHistory(db, tenant.id)).map(({ meter }) => meter);
  let total = addSimulated([]);
  let subscriptionCount = 0;
  for await (const row of findSubscribers(db, tenant, { planCode: plan.code, customerId: null, liveAt: now })) {
    const own = await catalog.planVersion(db, tenant.id, row.plan_code, row.plan_version);
    const period = periodContaining(usageScheduleOf(row, own), now.getTime());
    const range = { from: new Date(period.startsAt), to: new Date(period.endsAt) };
    total = addSimulated([
      total,
      await simulateSubscription({ db, catalog, tenant, meters, plan, row, ...range, now }),
    ]);
    subscriptionCount += 1;
  }
  return { ...total, subscriptionCount };
}

async function simulateSubscription(parts: {
  db: Queryable;
  catalog: Catalog;
  tenant: Tenant;
  meters: Meter[];
  plan: Plan;
  row: SubscriptionRow;
  from: Date;
  to: Date;
  now: Date;
}): Promise<Simulated> {
  const { db, catalog, tenant, meters, plan, row, from, to, now } = parts;
  const own = await catalog.planVersion(db, tenant.id, row.plan_code, row.plan_version);
  const last = new Date(Math.max(row.starts_at.getTime(), Math.min(to.getTime(), now.getTime() + 1) - 1));
  const [current, candidate] = [own, plan.candidate].map((document) =>
    openSimulation(toRated(row, planOfSubscription(row, document), last), meters),
  ) as [Simulation, Simulation];
  let eventCount = 0;
  for await (const event of readEvents(db, customerKey(tenant, row.customer_id), { from, to })) {
    if (!isOf(row, event)) continue;
    const usage = {
      eventName: event.event_name,
      timestamp: event.occurred_at.getTime(),
      properties: parseStoredJson(event.properties) as Properties,
    };
    simulateEvent(current, usage);
    simulateEvent(candidate, usage);
    eventCount += 1;
  }
  const [before, after] = [simulatedAmounts(current), simulatedAmounts(candidate)];
  return {
    eventCount,
    unratedCount: candidate.unratedCount,
    current: before,
    candidate: after,
    difference: differenceOf(before, after),
  };
}

/** The subscription as if it had this plan, with every period until `last` opened. */
function toRated(row: SubscriptionRow, plan: PlanDocument, last: Date): RatedSubscription {
  const schedule = usageScheduleOf(row, plan);
  return {
    id: row.subscription_id,
    startsAt: row.starts_at.getTime(),
    endsAt: (row.ended_at ?? row.cancel_at)?.getTime() ?? null,
    schedule,
    currentPeriod: periodContaining(schedule, last.getTime()),
    plan,
  };
}

/** Whether the subscription ran at the event's time, or charged it late. */
function isOf(row: SubscriptionRow, { occurred_at, charges }: UsedEvent): boolean {
  const ran = { startsAt: row.starts_at.getTime(), endsAt: (row.ended_at ?? row.cancel_at)?.getTime() ?? Infinity };
  return (
    contains(ran, occurred_at.getTime()) ||
    charges.some(({ subscription_id }) => subscription_id === row.subscription_id)
  );
}

const pageLength = 1_000;

async function* readEvents(
  db: Queryable,
  key: CustomerKey,
  { from, to }: { from: Date; to: Date },
): AsyncGenerator<UsedEvent> {
  let page: UsedEvent[] = [];
  do {
    page = await findUsedEvents(db, key, { eventName: null, from, to }, page.at(-1) ?? null, pageLength);
    yield* page;
  } while (page.length === pageLength);
}

/** What several subscriptions come to together. */
export function addSimulated(all: readonly Simulated[]): Simulated {
  const add = (list: (each: Simulated) => SimulatedAmount[]) => addAmounts(all.map(list));
  const count = (of: (each: Simulated) => number) => all.reduce((total, each) => total + of(each), 0);
  return {
    eventCount: count((each) => each.eventCount),
    unratedCount: count((each) => each.unratedCount),
    current: add((each) => each.current),
    candidate: add((each) => each.candidate),
    difference: add((each) => each.difference),
  };
}
