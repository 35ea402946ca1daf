import { stringify } from "lossless-json";
import { storeCounterState } from "../../../core/counter.ts";
import { decimal, max, min, zero, type Decimal } from "../../../core/decimal.ts";
import {
  compareDenominations,
  denominationKey,
  isSameDenomination,
  type Denomination,
} from "../../../core/denomination.ts";
import { BillingError } from "../../../core/errors.ts";
import type { UsageEvent } from "../../../core/meter.ts";
import type { Properties } from "../../../core/property.ts";
import {
  matchEvent,
  rateMatches,
  type Charge,
  type Cost,
  type PriceMatch,
  type RatedSubscription,
  type Rating,
} from "../../../core/rating.ts";
import { applyUsage, wouldOverdraw } from "../../../core/wallet.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { findExistingCustomers, lockCustomers, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import type { SubscriptionRow } from "../subscriptions/schema.ts";
import { findPricingSubscriptions, planOfSubscription, toRatedSubscription } from "../subscriptions/subscriptions.ts";
import {
  applyTransition,
  balancesOf,
  findUsage,
  openWallets,
  saveWallets,
  walletIn,
  type Balance,
  type OpenWallets,
  type UsageEntry,
} from "../wallets/wallets.ts";
import { moveCounters, openCounters, saveCounters, type OpenCounters } from "./counters.ts";
import { fingerprint, shortHash } from "./fingerprint.ts";
import { resolveReferences, type CustomerReference } from "./references.ts";
import type { EventFields } from "./schema.ts";
import * as rows from "./sql.ts";
import type { EventRow, StoredCharge } from "./sql.ts";

export { findPeriodCounters, type CountersSince } from "./counter-sql.ts";
export { insertLevelMove, type LevelMove } from "./level-move-sql.ts";
export { countRejected } from "./queue-sql.ts";
export { findArchivedBefore, presentArchivedBefore } from "./archived.ts";
export { listEvents } from "./event-list.ts";
export type { RecordedEventRow } from "./event-sql.ts";
export { getUsage, type CustomerUsage } from "./usage.ts";
export { moveCounters, openCounters, saveCounters, type OpenCounters } from "./counters.ts";

/** An event whose customer is named by our id. */
export type IncomingEvent = {
  key: CustomerKey;
  eventName: string;
  idempotencyKey: string;
  timestamp: Date;
  properties: Properties;
};

export type Amount = { denomination: Denomination; amount: Decimal };

/** What became of an event. Refused: it can never be recorded as it is, and the error says why. */
export type Outcome =
  | { status: "processed" | "duplicate"; usageId: string; cost: Amount[]; balances: Balance[] }
  | { status: "rejected"; cost: Amount[]; balances: Balance[]; error: BillingError }
  | { status: "refused"; error: BillingError };

/** The event of a request's body, its customer found. @throws CUSTOMER_NOT_FOUND, CUSTOMER_AMBIGUOUS, as refusals of the body. */
export async function toIncomingEvent(db: Queryable, tenant: Tenant, fields: EventFields): Promise<IncomingEvent> {
  const [key] = await resolveReferences(db, [referenceOf(tenant.id, fields)]);
  if (key instanceof BillingError) throw key;
  return withKey(key as CustomerKey, fields);
}

export function referenceOf(
  tenantId: number,
  fields: Pick<EventFields, "customer_id" | "external_customer_id">,
): CustomerReference {
  return {
    tenantId,
    customerId: fields.customer_id ?? null,
    externalCustomerId: fields.external_customer_id ?? null,
  };
}

export function withKey(key: CustomerKey, fields: EventFields): IncomingEvent {
  return {
    key,
    eventName: fields.event_name,
    idempotencyKey: fields.idempotency_key,
    timestamp: fields.timestamp,
    properties: fields.properties ?? {},
  };
}

/**
 * Records and charges `events` in their order, and returns what became of each, in the same order. All in the transaction
 * given: load what they touch under their customers' locks, compute in memory, store it with one statement for each kind of
 * row. A refused or rejected event leaves nothing behind and does not touch its neighbours. What has fallen due and would change a
 * cost is done before by `catchUp`, whether or not a job has come to it.
 */
export async function ingestEvents(
  tx: Transaction,
  catalog: Catalog,
  events: IncomingEvent[],
  now: Date,
  catchUp: CatchUp | null = null,
  promise: Promised | null = null,
): Promise<Outcome[]> {
  if (events.length === 0) return [];
  const batch = await loadBatch(tx, catalog, events, now, "record");
  const rest = { catchUp, promise };
  return batch.clockTimes.size === 0
    ? recordBatch(tx, catalog, batch, rest)
    : ingestByClocks(tx, catalog, events, batch, rest);
}

type RecordOptions = { catchUp: CatchUp | null; promise: Promised | null };

async function recordBatch(
  tx: Transaction,
  catalog: Catalog,
  loaded: Batch,
  { catchUp, promise }: RecordOptions,
): Promise<Outcome[]> {
  let batch = loaded;
  const events = batch.arrivals.map(({ event }) => event);
  if (catchUp !== null && batch.behind.length > 0) {
    await catchUp(tx, batch.behind, batch.now);
    batch = await loadBatch(tx, catalog, events, batch.now, "record");
  }
  if (promise !== null) takePromise(batch, promise);
  const outcomes = events.map((_, index) => workEvent(batch, index));
  if (promise !== null) keepRest(batch, promise);
  saveBatch(tx, batch);
  return outcomes;
}

/**
 * The same for events of which some are of customers who live by a test clock: those of one time are worked together. Which time it is, is
 * read under the customers' locks.
 */
async function ingestByClocks(
  tx: Transaction,
  catalog: Catalog,
  events: IncomingEvent[],
  { clockTimes, now }: Pick<Batch, "clockTimes" | "now">,
  rest: RecordOptions,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const timeOf = ({ key }: IncomingEvent) => (clockTimes.get(key.customerId) ?? now).getTime();
  for (const time of new Set(events.map(timeOf))) {
    const places = [...events.keys()].filter((place) => timeOf(events[place] as IncomingEvent) === time);
    const own = places.map((place) => events[place] as IncomingEvent);
    const batch = await loadBatch(tx, catalog, own, new Date(time), "record");
    for (const [index, outcome] of (await recordBatch(tx, catalog, batch, rest)).entries())
      outcomes[places[index] as number] = outcome;
  }
  return outcomes;
}

/**
 * What `ingestEvents` would make of `events`, each building on those before it, by the same steps without the last: nothing is
 * locked, and nothing is recorded. Every event is taken as new, whatever its key; no two of a customer may have the same. Its
 * reads are as of one instant only if the transaction's snapshot is.
 */
export async function estimateEvents(
  tx: Transaction,
  catalog: Catalog,
  events: IncomingEvent[],
  now: Date,
): Promise<Outcome[]> {
  const batch = await loadBatch(tx, catalog, events, now, "estimate");
  return events.map((_, index) => workEvent(batch, index));
}

/**
 * What a hold has reserved for these events, which are all its customer's: up to that they are never rejected. `left` goes down with what
 * they cost, and back up, to `reserved` at most, with one that makes its period cheaper; with `keepsRest` it stays reserved.
 */
export type Promised = {
  key: CustomerKey;
  denomination: Denomination;
  reserved: Decimal;
  left: Decimal;
  keepsRest: boolean;
};

/** Does what has fallen due for customers whose locks the caller holds. */
export type CatchUp = (tx: Transaction, keys: CustomerKey[], now: Date) => Promise<void>;

/** Everything that a batch's events read and change. The maps move on from event to event. */
type Batch = {
  now: Date;
  arrivals: Arrival[];
  /** By customer id; a customer who is not in it does not exist. */
  wallets: Map<string, OpenWallets>;
  /** Recorded before, in this batch or earlier, by `eventKey`. */
  known: Map<string, RecordedEvent>;
  counters: OpenCounters;
  /** By subscription: which version of its plan prices it. */
  planVersions: Map<string, number>;
  /** By customer id: the time of the test clock by which they live; of nobody else. */
  clockTimes: Map<string, Date>;
  /** Customers whose credits or plan would be others if what has fallen due were done. */
  behind: CustomerKey[];
  promise: Promised | null;
  recorded: EventRow[];
};

/** An event on its way, with the prices it touches or what is wrong with it. */
type Arrival = {
  event: IncomingEvent;
  keyHash: Buffer;
  fingerprint: Buffer;
  matches: PriceMatch[];
  error: BillingError | null;
};

/** The key is null if the event's month has been put aside: then its hash is all that is left to compare. */
type RecordedEvent = { eventId: string; idempotencyKey: string | null; fingerprint: Buffer; cost: Amount[] };

async function loadBatch(
  tx: Transaction,
  catalog: Catalog,
  events: IncomingEvent[],
  now: Date,
  purpose: "record" | "estimate",
): Promise<Batch> {
  const wanted = distinctKeys(events);
  const hashed = events.map((event) => ({
    event,
    keyHash: shortHash(event.idempotencyKey),
    fingerprint: fingerprint(event),
  }));
  // Sent together, and worked by the database one after another: all that follows the locks is read under them.
  const [keys, opened, live, known] = await Promise.all([
    purpose === "record" ? lockCustomers(tx, wanted) : findExistingCustomers(tx, wanted),
    openWallets(tx, wanted, now),
    findPricingSubscriptions(tx, wanted, earliestOf(events), now),
    purpose === "record" ? loadKnown(tx, hashed) : new Map<string, RecordedEvent>(),
  ]);
  const wallets = new Map(keys.map((key) => [key.customerId, { ...(opened.get(key.customerId) as OpenWallets), key }]));
  const subscriptions = await rateSubscriptions(tx, catalog, keys, live);
  const arrivals: Arrival[] = [];
  for (const each of hashed) {
    const rated = subscriptions.get(each.event.key.customerId);
    const isKnown = known.has(eventKey(each.event.key, each.keyHash));
    // A retry is answered as its event was, whatever the catalog has become.
    arrivals.push(
      rated === undefined || isKnown
        ? { ...each, matches: [], error: null }
        : await matchArrival(tx, each, rated, catalog, now),
    );
  }
  const counters = await openCounters(
    tx,
    arrivals.map(({ event, matches }) => ({ key: event.key, matches })),
  );
  const planVersions = new Map([...live.values()].flat().map((row) => [row.subscription_id, row.plan_version]));
  const behind = customersBehind(keys, live, subscriptions, now);
  const clockTimes = new Map(
    keys.flatMap(({ customerId, clockTime }) => (clockTime === null ? [] : [[customerId, clockTime] as const])),
  );
  return { now, arrivals, wallets, known, counters, planVersions, clockTimes, behind, promise: null, recorded: [] };
}

/**
 * The customers whose events must wait for what has fallen due: credits that come with a period, and a plan that takes over. Everything
 * else that is due changes no event's cost.
 */
function customersBehind(
  keys: CustomerKey[],
  live: Map<string, SubscriptionRow[]>,
  rated: Map<string, RatedSubscription[]>,
  now: Date,
): CustomerKey[] {
  return keys.filter(({ customerId }) =>
    (live.get(customerId) ?? []).some((row, index) => {
      if (row.next_due_at === null || row.next_due_at > now) return false;
      const givesCredits = (rated.get(customerId)?.[index]?.plan.recurringGrants ?? []).length > 0;
      return givesCredits || row.scheduled_plan_code !== null;
    }),
  );
}

function earliestOf(events: IncomingEvent[]): Date {
  return new Date(Math.min(...events.map(({ timestamp }) => timestamp.getTime())));
}

function distinctKeys(events: IncomingEvent[]): CustomerKey[] {
  return [...new Map(events.map(({ key }) => [`${key.tenantId}:${key.customerId}`, key])).values()];
}

async function rateSubscriptions(
  tx: Transaction,
  catalog: Catalog,
  keys: CustomerKey[],
  live: Map<string, SubscriptionRow[]>,
): Promise<Map<string, RatedSubscription[]>> {
  const rated = new Map<string, RatedSubscription[]>();
  for (const key of keys) {
    const subscriptions = live.get(key.customerId) ?? [];
    rated.set(key.customerId, await Promise.all(subscriptions.map((row) => toRated(tx, catalog, key.tenantId, row))));
  }
  return rated;
}

async function toRated(
  tx: Transaction,
  catalog: Catalog,
  tenantId: number,
  row: SubscriptionRow,
): Promise<RatedSubscription> {
  const plan = planOfSubscription(row, await catalog.planVersion(tx, tenantId, row.plan_code, row.plan_version));
  return toRatedSubscription(row, plan);
}

async function loadKnown(
  tx: Transaction,
  hashed: { event: IncomingEvent; keyHash: Buffer }[],
): Promise<Map<string, RecordedEvent>> {
  const found = await rows.findKnownEvents(
    tx,
    hashed.map(({ event, keyHash }) => ({ key: event.key, keyHash })),
  );
  const putAside = found.filter(({ charges }) => charges === null).map(({ event_id }) => event_id);
  const keys = distinctKeys(hashed.map(({ event }) => event));
  const usage = await findUsage(tx, keys, putAside);
  return new Map(
    found.map((row) => [
      `${row.customer_id}|${row.key_hash.toString("base64")}`,
      {
        eventId: row.event_id,
        idempotencyKey: row.idempotency_key,
        fingerprint: row.fingerprint,
        cost: row.charges === null ? costOfUsage(usage, row.event_id) : costOfStored(row.charges),
      },
    ]),
  );
}

/** What the ledger says that an event has cost. */
function costOfUsage(usage: UsageEntry[], eventId: string): Amount[] {
  return usage
    .filter(({ causeId }) => causeId === eventId)
    .map(({ denomination, amount }) => ({ denomination, amount: amount.negated() }))
    .toSorted((a, b) => compareDenominations(a.denomination, b.denomination));
}

function eventKey({ customerId }: CustomerKey, keyHash: Buffer): string {
  return `${customerId}|${keyHash.toString("base64")}`;
}

const furthestAheadMs = 60 * 60 * 1_000;

async function matchArrival(
  tx: Transaction,
  each: { event: IncomingEvent; keyHash: Buffer; fingerprint: Buffer },
  subscriptions: RatedSubscription[],
  catalog: Catalog,
  now: Date,
): Promise<Arrival> {
  const { event } = each;
  if (event.timestamp.getTime() > now.getTime() + furthestAheadMs) {
    return { ...each, matches: [], error: new BillingError("TIMESTAMP_IN_FUTURE") };
  }
  const priced = subscriptions.flatMap(({ plan }) => plan.usagePrices.map(({ meterCode }) => meterCode));
  const meters = await catalog.metersFor(tx, event.key.tenantId, event.eventName, priced);
  const usage: UsageEvent = {
    eventName: event.eventName,
    timestamp: event.timestamp.getTime(),
    properties: event.properties,
  };
  try {
    return { ...each, matches: matchEvent({ event: usage, meters, subscriptions }), error: null };
  } catch (error) {
    if (error instanceof BillingError) return { ...each, matches: [], error };
    throw error;
  }
}

function workEvent(batch: Batch, index: number): Outcome {
  const arrival = batch.arrivals[index] as Arrival;
  const { event, keyHash } = arrival;
  const wallets = batch.wallets.get(event.key.customerId);
  if (wallets?.key.tenantId !== event.key.tenantId)
    return { status: "refused", error: new BillingError("CUSTOMER_NOT_FOUND", { isOfBody: true }) };
  const known = batch.known.get(eventKey(event.key, keyHash));
  if (known !== undefined) return answerKnown(known, arrival, wallets);
  if (arrival.error !== null) return { status: "refused", error: arrival.error };

  const rating = rateMatches(arrival.matches, batch.counters);
  const { costs } = rating;
  if (costs.some((cost) => isForbidden(cost, wallets, batch.promise))) {
    return {
      status: "rejected",
      cost: costs,
      balances: balancesOf(wallets),
      error: new BillingError("INSUFFICIENT_BALANCE"),
    };
  }
  const usageId = createId(batch.now);
  const entrySeqs: EntrySeqs = new Map();
  for (const { denomination, amount } of costs) {
    const open = walletIn(wallets, denomination);
    const transition = applyUsage(open.wallet, { cost: amount, causeId: usageId, at: batch.now.getTime() });
    applyTransition(open, transition);
    for (const { seq } of transition.entries) entrySeqs.set(denominationKey(denomination), seq);
    spendPromise(batch.promise, denomination, amount);
  }
  record(batch, arrival, usageId, rating, entrySeqs);
  return { status: "processed", usageId, cost: costs, balances: balancesOf(wallets) };
}

function answerKnown(known: RecordedEvent, { event, fingerprint }: Arrival, wallets: OpenWallets): Outcome {
  if (known.idempotencyKey !== null && known.idempotencyKey !== event.idempotencyKey)
    throw new Error("two idempotency keys of one customer have the same hash");
  if (!known.fingerprint.equals(fingerprint)) {
    const details = { usage_id: known.eventId };
    const message =
      "This idempotency key was used for a different event; send that one again, or this one with a new key.";
    return {
      status: "refused",
      error: new BillingError("IDEMPOTENCY_KEY_REUSED", { message, details, isOfBody: true }),
    };
  }
  return { status: "duplicate", usageId: known.eventId, cost: known.cost, balances: balancesOf(wallets) };
}

/** Whether a plan that charges this forbids the overdraft that it would make. Looks without opening a wallet that is not there. */
function isForbidden(
  { denomination, amount, overdraft }: Cost,
  { wallets }: OpenWallets,
  promise: Promised | null,
): boolean {
  if (overdraft === "allow") return false;
  if (promise !== null && isSameDenomination(promise.denomination, denomination) && !amount.isGreaterThan(promise.left))
    return false;
  const open = wallets.get(denominationKey(denomination));
  return open === undefined ? amount.isPositive() : wouldOverdraw(open.wallet, amount, open.held.amount);
}

/** What the hold has reserved is these events' now, and no longer kept from others. */
function takePromise(batch: Batch, promise: Promised): void {
  batch.promise = promise;
  setHeld(batch, promise, (held) => held.minus(promise.left));
}

function spendPromise(promise: Promised | null, denomination: Denomination, amount: Decimal): void {
  if (promise !== null && isSameDenomination(promise.denomination, denomination))
    promise.left = min(promise.reserved, max(zero, promise.left.minus(amount)));
}

function keepRest(batch: Batch, promise: Promised): void {
  if (promise.keepsRest) setHeld(batch, promise, (held) => held.plus(promise.left));
}

function setHeld({ wallets }: Batch, { key, denomination }: Promised, change: (held: Decimal) => Decimal): void {
  const own = wallets.get(key.customerId);
  if (own === undefined) return;
  const open = walletIn(own, denomination);
  open.held = { ...open.held, amount: change(open.held.amount) };
}

function record(batch: Batch, arrival: Arrival, eventId: string, rating: Rating, entrySeqs: EntrySeqs): void {
  const { event, keyHash, fingerprint } = arrival;
  moveCounters(batch.counters, event.key, rating);
  const { idempotencyKey } = event;
  batch.known.set(eventKey(event.key, keyHash), { eventId, idempotencyKey, fingerprint, cost: rating.costs });
  batch.recorded.push({
    key: event.key,
    eventId,
    eventName: event.eventName,
    idempotencyKey,
    keyHash,
    fingerprint,
    occurredAt: event.timestamp,
    properties: stringify(event.properties) as string,
    charges: rating.charges.map((charge) => toStoredCharge(charge, batch.planVersions, entrySeqs)),
  });
}

/** Sends what the batch has changed; the answers are waited for with the commit. */
function saveBatch(tx: Transaction, batch: Batch): void {
  saveWallets(tx, batch.wallets.values(), batch.now);
  if (batch.recorded.length > 0) rows.insertEvents(tx, batch.recorded, batch.now);
  saveCounters(tx, batch.counters);
}

/** By `denominationKey`: the ledger entry of a cost. */
export type EntrySeqs = Map<string, number>;

/** `planVersions` is by subscription. */
export function toStoredCharge(
  charge: Charge,
  planVersions: ReadonlyMap<string, number>,
  entrySeqs: EntrySeqs,
): StoredCharge {
  return {
    subscription_id: charge.subscriptionId,
    plan_version: planVersions.get(charge.subscriptionId) as number,
    price_code: charge.priceCode,
    meter_code: charge.meterCode,
    period_start: new Date(charge.period.startsAt).toISOString(),
    period_end: new Date(charge.period.endsAt).toISOString(),
    dimension: charge.counter.dimension,
    quantity: charge.quantity.toString(),
    counter_before: storeCounterState(charge.counterBefore),
    counter_after: storeCounterState(charge.counterAfter),
    uncapped_before: charge.uncappedBefore.toString(),
    uncapped_after: charge.uncappedAfter.toString(),
    is_late: charge.isLate,
    amount: charge.amount.toString(),
    account_type: charge.denomination.accountType,
    code: charge.denomination.code,
    ledger_seq: entrySeqs.get(denominationKey(charge.denomination)) ?? null,
  };
}

/** The cost by denomination, as it was answered when the event was recorded. */
export function costOfStored(charges: readonly StoredCharge[]): Amount[] {
  const costs = new Map<string, Amount>();
  for (const { account_type, code, amount } of charges) {
    const denomination: Denomination = { accountType: account_type, code };
    const before = costs.get(denominationKey(denomination));
    const after = before === undefined ? decimal(amount) : before.amount.plus(decimal(amount));
    costs.set(denominationKey(denomination), { denomination, amount: after });
  }
  return [...costs.values()].toSorted((a, b) => compareDenominations(a.denomination, b.denomination));
}
