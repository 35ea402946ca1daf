import { isDeepStrictEqual } from "node:util";
import { readCounterState, storeCounterState } from "../../../core/counter.ts";
import { decimal, sum, zero, type Decimal } from "../../../core/decimal.ts";
import { denominationKey } from "../../../core/denomination.ts";
import { BillingError } from "../../../core/errors.ts";
import type { Meter, UsageEvent } from "../../../core/meter.ts";
import type { Properties } from "../../../core/property.ts";
import { counterKey, valueKey, type CounterId, type Rating, type RatedSubscription } from "../../../core/rating.ts";
import { emptyReplayMemory, rerate, type ReplayMemory, type ReplayStep } from "../../../core/replay.ts";
import type { Catalog, MeterHistory } from "../catalog/catalog.ts";
import { customersAfter, type CustomerKey } from "../customers/customers.ts";
import { parseStoredJson } from "../http/json.ts";
import { sql, type Database, type Queryable, type Transaction } from "../platform/db.ts";
import type { SubscriptionRow } from "../subscriptions/schema.ts";
import {
  findPricingSubscriptions,
  planOfSubscription,
  toRatedSubscription,
  usageScheduleOf,
} from "../subscriptions/subscriptions.ts";
import { findLedgerEntries } from "../wallets/wallets.ts";
import { toStoredCharge } from "./metering.ts";
import { findLatestArchivedPeriod } from "./archived.ts";
import { findAllCounters, findAllValues, readHistory, type HistoryRow } from "./rerate-sql.ts";
import type { StoredCharge } from "./sql.ts";
import { entryPlaces } from "./void.ts";

/** `taken` of the events and voidings could not be computed: they count in periods that have events in archives. */
export type Rerating = { customers: number; events: number; voids: number; taken: number; problems: string[] };

/** The catalog as it has been over time. */
export type PastCatalog = {
  planVersion: Catalog["planVersion"];
  meterHistory(db: Queryable, tenantId: number): Promise<MeterHistory[]>;
};

/** Which events' costs are compared; all are replayed, because each cost rests on those before it. */
export type RerateScope = { customerId: string | null; from: Date | null; to: Date | null };

/**
 * Computes the cost of every recorded event, and of every voiding, again: from the events, their meters and the plan versions that
 * priced them, in the order in which they were recorded. Returns a sentence for each charge, ledger entry, counter and remembered
 * value that is not what it makes. One customer at a time, each as of one instant; holds one customer's counters in memory.
 * Periods that have events in archives are taken as they are stored, but for their ledger entries.
 */
export async function rerateEvents(
  database: Database,
  catalog: PastCatalog,
  scope: RerateScope,
  now: Date,
): Promise<Rerating> {
  const result: Rerating = { customers: 0, events: 0, voids: 0, taken: 0, problems: [] };
  let archived = await findLatestArchivedPeriod(database);
  for await (const key of customersAfter(database, scope.customerId)) {
    const meters = await catalog.meterHistory(database, key.tenantId);
    for (;;) {
      const own: Rerating = { customers: 1, events: 0, voids: 0, taken: 0, problems: [] };
      await database.transaction(async (tx) => {
        await tx.query(sql`set transaction isolation level repeatable read read only`);
        const subscriptions = await findPricingSubscriptions(tx, [key], new Date(0), now);
        await rerateCustomer(
          {
            tx,
            catalog,
            key,
            meters,
            subscriptions: subscriptions.get(key.customerId) ?? [],
            scope,
            archived: archived?.getTime() ?? -Infinity,
            levelsEndAt: new Map(),
          },
          own,
        );
      });
      // A month that is detached meanwhile is gone at once, also for a snapshot from before.
      const after = await findLatestArchivedPeriod(database);
      if (after?.getTime() === archived?.getTime()) {
        add(result, own);
        break;
      }
      archived = after;
    }
  }
  return result;
}

function add(to: Rerating, { customers, events, voids, taken, problems }: Rerating): void {
  to.customers += customers;
  to.events += events;
  to.voids += voids;
  to.taken += taken;
  to.problems.push(...problems);
}

type Customer = {
  tx: Transaction;
  catalog: PastCatalog;
  key: CustomerKey;
  meters: MeterHistory[];
  subscriptions: SubscriptionRow[];
  scope: RerateScope;
  /** Periods that began by then may have events in archives. */
  archived: number;
  /** By subscription: until when its levels last, once its end has been replayed. */
  levelsEndAt: Map<string, number>;
};

async function rerateCustomer(customer: Customer, result: Rerating): Promise<void> {
  const { tx, key, scope } = customer;
  const memory = emptyReplayMemory();
  for await (const page of readHistory(tx, key)) {
    const entries = await ledgerAmounts(tx, key, page);
    for (const row of page) {
      const isTaken = takeArchived(customer, memory, row);
      const complaints = await rerateRow(customer, memory, row, entries);
      if (!isInScope(row, scope)) continue;
      if (isTaken && (row.type === "usage" || row.type === "void")) result.taken += 1;
      if (row.type === "usage") result.events += 1;
      if (row.type === "void") result.voids += 1;
      const name = `${names[row.type]} ${row.event_id} of customer ${key.customerId}`;
      result.problems.push(...complaints.map((complaint) => `${name}: ${complaint}`));
    }
  }
  for (const complaint of await compareCounters(customer, memory))
    result.problems.push(`Customer ${key.customerId}: ${complaint}`);
}

const names: Record<HistoryRow["type"], string> = {
  usage: "Event",
  void: "Voiding of event",
  opening: "Level carried on by",
  ending: "Level ended by",
};

/**
 * Whether some of the row's charges cannot be computed, because events that made their counters are in archives. The levels that such charges
 * leave are remembered as they are stored: later periods begin with them.
 */
function takeArchived(customer: Customer, memory: ReplayMemory, row: HistoryRow): boolean {
  const stored = storedCharges(row);
  const taken = stored.filter((charge) => isArchived(customer, row, charge));
  for (const charge of taken) {
    const state = readCounterState(charge.counter_after);
    if (state.memory?.type !== "level") continue;
    const counter: CounterId = {
      subscriptionId: charge.subscription_id,
      priceCode: charge.price_code,
      periodStartsAt: Date.parse(charge.period_start),
      windowStartsAt: null,
      dimension: charge.dimension,
    };
    memory.counters.set(counterKey(counter), state);
    memory.counterIds.set(counterKey(counter), counter);
  }
  return taken.length > 0 || isOfArchivedPeriod(customer, row);
}

/** All charges of a subscription follow from the first period that the event counted in. */
function isArchived(customer: Customer, row: HistoryRow, charge: StoredCharge): boolean {
  if (row.type === "opening" || row.type === "ending") return isOfArchivedPeriod(customer, row);
  const own = row.charges.filter(({ subscription_id }) => subscription_id === charge.subscription_id);
  return own.some(({ period_start }) => Date.parse(period_start) <= customer.archived);
}

/** Whether what a level did follows from a period that has events in archives. */
function isOfArchivedPeriod({ archived }: Customer, { period_start }: HistoryRow): boolean {
  return period_start !== null && period_start.getTime() <= archived;
}

const storedCharges = (row: HistoryRow) => (row.type === "void" ? (row.void_charges ?? []) : row.charges);

function isInScope({ occurred_at }: HistoryRow, { from, to }: RerateScope): boolean {
  return (from === null || from <= occurred_at) && (to === null || occurred_at < to);
}

/** What is wrong with what is stored of this step; a sentence each. */
async function rerateRow(
  customer: Customer,
  memory: ReplayMemory,
  row: HistoryRow,
  entries: LedgerAmounts,
): Promise<string[]> {
  const { type } = row;
  if (type === "opening" || type === "ending") return rerateLevel(customer, memory, row, entries);
  const all = storedCharges(row);
  const stored = all.filter((charge) => !isArchived(customer, row, charge));
  const { subscriptions, missing } = await subscriptionsOf(customer, row, stored);
  if (missing !== null) return [missing];
  const event: UsageEvent = {
    eventName: row.event_name,
    timestamp: row.occurred_at.getTime(),
    properties: parseStoredJson(row.properties) as Properties,
  };
  let rating: Rating | undefined;
  try {
    const meters = metersOf(customer, row);
    for (const step of rerate([{ type, id: row.event_id, event, subscriptions }], meters, memory)) ({ rating } = step);
  } catch (error) {
    if (error instanceof BillingError) return [`it cannot have been recorded as it is: ${error.message}`];
    throw error;
  }
  return [...compareCharges(stored, rating as Rating), ...compareLedger(row.event_id, all, entries)];
}

/** The same of what a level did by itself. */
async function rerateLevel(
  customer: Customer,
  memory: ReplayMemory,
  row: HistoryRow,
  entries: LedgerAmounts,
): Promise<string[]> {
  const { tx, catalog, key, subscriptions, meters } = customer;
  const own = subscriptions.find(({ subscription_id }) => subscription_id === row.subscription_id);
  if (own === undefined) return [`it is of ${row.subscription_id}, which is no subscription of theirs.`];
  const version = await catalog.planVersion(tx, key.tenantId, own.plan_code, own.plan_version);
  const plan = planOfSubscription(own, version);
  const period = { startsAt: (row.period_start as Date).getTime(), endsAt: (row.period_end as Date).getTime() };
  const subscription = { ...toRatedSubscription(own, plan), currentPeriod: period, levelsEndAt: null };
  const endsAt = row.occurred_at.getTime();
  if (isOfArchivedPeriod(customer, row)) {
    if (row.type === "ending") customer.levelsEndAt.set(own.subscription_id, endsAt);
    return compareLedger(row.event_id, row.charges, entries);
  }
  const step: ReplayStep =
    row.type === "opening"
      ? { type: "opening", id: row.event_id, subscription, ended: period }
      : { type: "ending", id: row.event_id, subscription, period, endsAt };
  if (row.type === "ending") customer.levelsEndAt.set(own.subscription_id, endsAt);
  const [replayed] = rerate(
    [step],
    meters.map(({ meter }) => meter),
    memory,
  );
  return [
    ...compareCharges(row.charges, replayed?.rating as Rating),
    ...compareLedger(row.event_id, row.charges, entries),
  ];
}

/** A change of a meter reaches every process within a second, so nobody can say who used it in that second. */
const meterDelayMs = 1_000;

/** The meters that charged the event, and all others that were live when it was recorded and might have. */
function metersOf({ meters }: Customer, row: HistoryRow): Meter[] {
  const named = new Set(row.charges.map(({ meter_code }) => meter_code));
  const at = row.recorded_at.getTime();
  const wasLive = ({ createdAt, archivedAt }: MeterHistory) =>
    createdAt.getTime() < at - meterDelayMs && (archivedAt === null || archivedAt.getTime() > at + meterDelayMs);
  return meters.filter((each) => named.has(each.meter.code) || wasLive(each)).map(({ meter }) => meter);
}

/** The subscriptions that charged the event, each with the plan version, the period and the latest opened period of then. */
async function subscriptionsOf(
  customer: Customer,
  row: HistoryRow,
  stored: StoredCharge[],
): Promise<{ subscriptions: RatedSubscription[]; missing: string | null }> {
  const { tx, catalog, key, subscriptions, levelsEndAt } = customer;
  const rated: RatedSubscription[] = [];
  const computed = row.charges.filter((charge) => !isArchived(customer, row, charge));
  for (const id of new Set(computed.map(({ subscription_id }) => subscription_id))) {
    const own = row.charges.filter(({ subscription_id }) => subscription_id === id);
    const [first] = own as [StoredCharge];
    const subscription = subscriptions.find(({ subscription_id }) => subscription_id === id);
    if (subscription === undefined)
      return { subscriptions: [], missing: `it was charged by ${id}, which is no subscription of theirs.` };
    const version = await catalog.planVersion(tx, key.tenantId, subscription.plan_code, first.plan_version);
    const plan = planOfSubscription(subscription, version);
    const periods = stored.filter(({ subscription_id }) => subscription_id === id).map(periodOf);
    const latest = periods.reduce((last, period) => (period.startsAt > last.startsAt ? period : last), periodOf(first));
    rated.push({
      id,
      startsAt: subscription.starts_at.getTime(),
      endsAt: null,
      schedule: usageScheduleOf(subscription, plan),
      currentPeriod: latest,
      recordedPeriod: periodOf(first),
      levelsEndAt: levelsEndAt.get(id) ?? null,
      plan,
    });
  }
  return { subscriptions: rated, missing: null };
}

function periodOf(charge: StoredCharge) {
  return { startsAt: Date.parse(charge.period_start), endsAt: Date.parse(charge.period_end) };
}

function compareCharges(stored: StoredCharge[], rating: Rating): string[] {
  const versions = new Map(stored.map(({ subscription_id, plan_version }) => [subscription_id, plan_version]));
  const computed = new Map(
    rating.charges
      .map((charge) => toStoredCharge(charge, versions, new Map()))
      .map((charge) => [nameOf(charge), charge]),
  );
  const complaints: string[] = [];
  for (const charge of stored) {
    const again = computed.get(nameOf(charge));
    computed.delete(nameOf(charge));
    if (again === undefined) {
      complaints.push(`${nameOf(charge)} charged it ${charge.amount}, and does not price it.`);
      continue;
    }
    for (const field of Object.keys(again) as (keyof StoredCharge)[]) {
      // Where the ledger has it is compared with the ledger.
      if (field === "ledger_seq" || isDeepStrictEqual(plain(charge[field]), plain(again[field]))) continue;
      complaints.push(
        `${nameOf(charge)} has ${field} ${shown(charge[field])}, and it comes to ${shown(again[field])}.`,
      );
    }
  }
  for (const [name, charge] of computed) {
    // A level of zero is not taken out of later periods: nothing would change.
    const changes = !isDeepStrictEqual(charge.counter_before, charge.counter_after) || charge.amount !== "0";
    if (changes) complaints.push(`${name} prices it at ${charge.amount}, and did not charge it.`);
  }
  return complaints;
}

function nameOf({ subscription_id, price_code, period_start }: StoredCharge): string {
  return `price ${price_code} of subscription ${subscription_id} in the period from ${period_start}`;
}

/** As JSON holds it: what is undefined is not there. */
function plain(value: unknown): unknown {
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as unknown);
}

const shown = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** By denomination and `seq`: what the entry moved the wallet by, and what for. */
type LedgerAmounts = Map<string, { amount: Decimal; causeId: string }>;

async function ledgerAmounts(tx: Transaction, key: CustomerKey, page: HistoryRow[]): Promise<LedgerAmounts> {
  const places = entryPlaces(page.flatMap((row) => (row.type === "void" ? (row.void_charges ?? []) : row.charges)));
  const found = await findLedgerEntries(tx, key, places);
  return new Map(
    found.map(({ account_type, code, seq, amount, cause_id }) => [
      `${denominationKey({ accountType: account_type, code })}|${seq}`,
      { amount, causeId: cause_id },
    ]),
  );
}

/** Whether the wallets were moved by what the event cost, as the books say. */
function compareLedger(eventId: string, stored: StoredCharge[], entries: LedgerAmounts): string[] {
  const walletOf = ({ account_type, code }: StoredCharge) => denominationKey({ accountType: account_type, code });
  return [...new Set(stored.map(walletOf))].flatMap((wallet) => {
    const charges = stored.filter((charge) => walletOf(charge) === wallet);
    const cost = sum(charges.map(({ amount }) => decimal(amount)));
    const seq = charges.find(({ ledger_seq }) => ledger_seq !== null)?.ledger_seq ?? null;
    const entry = seq === null ? undefined : entries.get(`${wallet}|${seq}`);
    const moved = entry?.causeId === eventId ? entry.amount.negated() : zero;
    return moved.equals(cost)
      ? []
      : [`it cost ${cost.toString()} ${wallet}, and its ledger entry has ${moved.toString()}.`];
  });
}

async function compareCounters({ tx, key, archived }: Customer, memory: ReplayMemory): Promise<string[]> {
  const complaints: string[] = [];
  const computed = new Map(memory.counters);
  for (const [name, { periodStartsAt }] of memory.counterIds) if (periodStartsAt <= archived) computed.delete(name);
  for (const { counter, state } of await findAllCounters(tx, key)) {
    if (counter.periodStartsAt <= archived) continue;
    const name = counterKey(counter);
    const again = computed.get(name);
    computed.delete(name);
    const [stored, made] = [storeCounterState(state), again === undefined ? null : storeCounterState(again)];
    if (!isDeepStrictEqual(plain(stored), plain(made)))
      complaints.push(`counter ${name} holds ${shown(stored)}, and the events make ${shown(made)}.`);
  }
  for (const name of computed.keys()) complaints.push(`counter ${name} is missing.`);

  const values = new Map(memory.values);
  for (const { counter, value, times } of await findAllValues(tx, key)) {
    if (counter.periodStartsAt <= archived) continue;
    const name = valueKey({ counter, value: { key: value } });
    const again = values.get(name) ?? 0;
    values.delete(name);
    if (again !== times)
      complaints.push(`value ${value} of counter ${counterKey(counter)} has ${times} events, and there are ${again}.`);
  }
  for (const name of values.keys()) complaints.push(`value ${name} is missing.`);
  return complaints;
}
