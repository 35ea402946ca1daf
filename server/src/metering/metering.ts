import assert from "node:assert/strict";
import { storeCounterState, type StoredCounterState } from "../../../core/counter.ts";
import { decimal, max, min, zero, type Decimal } from "../../../core/decimal.ts";
import {
  compareDenominations,
  denominationKey,
  isSameDenomination,
  type Denomination,
} from "../../../core/denomination.ts";
import { BillingError } from "../../../core/errors.ts";
import type { Meter, UsageEvent } from "../../../core/meter.ts";
import type { Period } from "../../../core/period.ts";
import type { PlanDocument } from "../../../core/plan.ts";
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
import {
  findExistingCustomers,
  lockCustomers,
  lockKnownCustomers,
  lockUnchanged,
  setKnown,
  type CustomerKey,
  type ExistingCustomer,
} from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { writeJson } from "../http/json.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import type { SubscriptionRow } from "../subscriptions/schema.ts";
import {
  findSubscriptionsSince,
  planOfSubscription,
  pricingAmong,
  toRatedSubscription,
} from "../subscriptions/subscriptions.ts";
import {
  applyTransition,
  balancesOf,
  findUsage,
  keepWallets,
  openWallets,
  reopenWallets,
  saveWallets,
  walletIn,
  type Balance,
  type OpenWallets,
  type UsageEntry,
} from "../wallets/wallets.ts";
import {
  learnCounters,
  moveCounters,
  openCounters,
  saveCounters,
  type KnownCounters,
  type OpenCounters,
} from "./counters.ts";
import { fingerprint, shortHash } from "./fingerprint.ts";
import type { CustomerMemory, Remembered } from "./memory.ts";
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
  { promise = null, memory = null }: { promise?: Promised | null; memory?: CustomerMemory | null } = {},
): Promise<Outcome[]> {
  if (events.length === 0) return [];
  const batch = await loadBatch(tx, catalog, events, now, { purpose: "record", memory });
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
    batch = await loadBatch(tx, catalog, events, batch.now, recordAnew);
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
    const batch = await loadBatch(tx, catalog, own, new Date(time), recordAnew);
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
  const batch = await loadBatch(tx, catalog, events, now, { purpose: "estimate", memory: null });
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
  memory: BatchMemory | null;
};

/** What a memory is to keep of the batch's customers once it is committed. */
type BatchMemory = {
  memory: CustomerMemory;
  keys: ExistingCustomer[];
  states: Map<string, CustomerState>;
};

/** A customer's as it was loaded or remembered. */
type CustomerState = {
  opened: OpenWallets;
  subscriptions: readonly SubscriptionRow[];
  since: Date;
  counters: KnownCounters;
  /** Where it comes from, if that is a memory. */
  remembered: Remembered | null;
};

type LoadOptions = { purpose: "record" | "estimate"; memory: CustomerMemory | null };
const recordAnew: LoadOptions = { purpose: "record", memory: null };

type HashedEvent = { event: IncomingEvent; keyHash: Buffer; fingerprint: Buffer };

/** An event on its way, with the prices it touches or what is wrong with it. */
type Arrival = HashedEvent & {
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
  { purpose, memory }: LoadOptions,
): Promise<Batch> {
  const wanted = distinctKeys(events);
  const earliest = earliestOf(events);
  const hashed = events.map(toHashed);
  const remembered = memory === null ? new Map<string, CustomerState>() : recall(memory, wanted, earliest, now);
  // Sent together, and worked by the database one after another: all that follows the locks is read under them.
  const [keys, loaded, known] = await Promise.all([
    findCustomers(tx, wanted, { purpose, memory }),
    loadStates(
      tx,
      wanted.filter(({ customerId }) => !remembered.has(customerId)),
      earliest,
      now,
    ),
    purpose === "record" ? loadKnown(tx, hashed) : new Map<string, RecordedEvent>(),
  ]);
  const changed = keys.filter(({ customerId, knownTo }) => remembered.has(customerId) && knownTo !== memory?.id);
  const states = new Map([...remembered, ...loaded, ...(await loadStates(tx, changed, earliest, now))]);
  const believed = keys.filter((key) => remembered.has(key.customerId) && !changed.includes(key));
  return toBatch(tx, catalog, { hashed, keys, states, believed, known, earliest, now, memory });
}

/**
 * As `ingestEvents`, in one round trip: by what is remembered of the customers, which the database confirms by the way, and without a look for
 * their keys, of which none may be there. Null, and nothing is sent, where something is not remembered or an event is not simply recorded.
 * @throws what `isMistaken` knows, where a customer has been changed by others or a key was there: then `ingestEvents` must work them.
 */
export async function ingestRemembered(
  tx: Transaction,
  catalog: Catalog,
  events: IncomingEvent[],
  now: Date,
  memory: CustomerMemory,
): Promise<Outcome[] | null> {
  const earliest = earliestOf(events);
  const wanted = distinctKeys(events);
  if (!wanted.every((key) => memory.has(key, { earliest, now }))) return null;
  const states = recall(memory, wanted, earliest, now);
  const keys = wanted.map((key) => ({ ...key, clockTime: null, knownTo: memory.id }));
  const believed = memory.isChecked ? keys : [];
  if (memory.isChecked) lockUnchanged(tx, keys, memory.id);
  const hashed = events.map(toHashed);
  // What is read on the way is read without a lock, and as true as all the rest if nobody else has changed the customer until the end.
  const known = new Map<string, RecordedEvent>();
  const batch = await toBatch(tx, catalog, { hashed, keys, states, believed, known, earliest, now, memory });
  const outcomes = batch.behind.length > 0 ? [] : events.map((_, index) => workEvent(batch, index));
  if (outcomes.length === 0 || !outcomes.every(({ status }) => status === "processed")) {
    for (const [customerId, { remembered }] of states) memory.put(customerId, remembered as Remembered);
    return null;
  }
  lockUnchanged(tx, keys, memory.id);
  saveBatch(tx, batch);
  return outcomes;
}

function toHashed(event: IncomingEvent): HashedEvent {
  return { event, keyHash: shortHash(event.idempotencyKey), fingerprint: fingerprint(event) };
}

type Loaded = {
  hashed: HashedEvent[];
  keys: ExistingCustomer[];
  states: Map<string, CustomerState>;
  /** Whose states are from memory. */
  believed: ExistingCustomer[];
  known: Map<string, RecordedEvent>;
  earliest: Date;
  now: Date;
  memory: CustomerMemory | null;
};

async function toBatch(tx: Transaction, catalog: Catalog, loaded: Loaded): Promise<Batch> {
  const { hashed, keys, states, known, earliest, now, memory } = loaded;
  const own = keys.map((key) => ({ key, state: states.get(key.customerId) as CustomerState }));
  const live = new Map(
    own.map(({ key, state }) => [key.customerId, pricingAmong(state.subscriptions, earliest, now)] as const),
  );
  const subscriptions = await rateSubscriptions(tx, catalog, keys, live);
  const meters = new MetersOfBatch(tx, catalog);
  const arrivals: Arrival[] = [];
  for (const each of hashed) {
    const { event } = each;
    const rated = subscriptions.get(event.key.customerId);
    // A retry is answered as its event was, whatever the catalog has become.
    if (rated === undefined || known.has(eventKey(event))) arrivals.push({ ...each, matches: [], error: null });
    else arrivals.push(matchArrival(each, rated, meters.found(event, rated) ?? (await meters.find(event, rated)), now));
  }
  const matched = arrivals.map(({ event, matches }) => ({ key: event.key, matches }));
  const counters = await openCounters(
    tx,
    matched,
    new Map(own.map(({ key, state }) => [key.customerId, state.counters])),
  );
  if (memory?.isChecked === true) {
    await requireTrue(tx, loaded);
    assert.deepEqual(namedCounters(counters), namedCounters(await openCounters(tx, matched)));
  }
  return {
    now,
    arrivals,
    wallets: new Map(own.map(({ key, state }) => [key.customerId, { ...state.opened, key }])),
    known,
    counters,
    planVersions: new Map([...live.values()].flat().map((row) => [row.subscription_id, row.plan_version])),
    clockTimes: new Map(
      keys.flatMap(({ customerId, clockTime }) => (clockTime === null ? [] : [[customerId, clockTime] as const])),
    ),
    behind: customersBehind(keys, live, subscriptions, now),
    promise: null,
    recorded: [],
    memory: memory === null ? null : { memory, keys, states },
  };
}

function findCustomers(tx: Transaction, keys: CustomerKey[], { purpose, memory }: LoadOptions) {
  if (purpose === "estimate") return findExistingCustomers(tx, keys);
  return memory === null ? lockCustomers(tx, keys) : lockKnownCustomers(tx, keys);
}

/** Usage that comes later than this after it happened has its customer's ended subscriptions read again. */
const rememberedBackMs = 32 * 24 * 60 * 60 * 1_000;

async function loadStates(
  tx: Transaction,
  keys: CustomerKey[],
  earliest: Date,
  now: Date,
): Promise<Map<string, CustomerState>> {
  if (keys.length === 0) return new Map();
  const since = new Date(earliest.getTime() - rememberedBackMs);
  const [opened, subscriptions] = await Promise.all([
    openWallets(tx, keys, now),
    findSubscriptionsSince(tx, keys, since),
  ]);
  return new Map(
    keys.map(({ customerId }) => [
      customerId,
      {
        opened: opened.get(customerId) as OpenWallets,
        subscriptions: subscriptions.get(customerId) as SubscriptionRow[],
        since,
        counters: new Map(),
        remembered: null,
      },
    ]),
  );
}

/** @throws AssertionError where what was remembered of a customer is not what the database has. */
async function requireTrue(tx: Transaction, { believed, states, earliest, now }: Loaded): Promise<void> {
  const told = ({ opened, subscriptions }: CustomerState) => ({
    wallets: [...keepWallets(opened, now).wallets].toSorted((a, b) =>
      compareDenominations(a.wallet.denomination, b.wallet.denomination),
    ),
    subscriptions: pricingAmong(subscriptions, earliest, now),
  });
  for (const [customerId, fresh] of await loadStates(tx, believed, earliest, now)) {
    const remembered = JSON.stringify(told(states.get(customerId) as CustomerState));
    assert.equal(remembered, JSON.stringify(told(fresh)), "a customer is not as remembered");
  }
}

function namedCounters({ counters }: OpenCounters): Record<string, StoredCounterState> {
  return Object.fromEntries([...counters].map(([name, state]) => [name, storeCounterState(state)]));
}

/** What the memory has of these customers. Whether it is still true only their rows can say. */
function recall(memory: CustomerMemory, keys: CustomerKey[], earliest: Date, now: Date): Map<string, CustomerState> {
  const states = new Map<string, CustomerState>();
  for (const key of keys) {
    const remembered = memory.take(key, { earliest, now });
    if (remembered === null) continue;
    const { wallets, ...rest } = remembered;
    states.set(key.customerId, { opened: reopenWallets(wallets, now), ...rest, remembered });
  }
  return states;
}

/** Has the memory keep what the batch has made of its customers, once that is committed. */
function remember(tx: Transaction, { memory: kept, wallets, counters, now }: Batch): void {
  if (kept === null) return;
  const { memory, keys, states } = kept;
  setKnown(
    tx,
    keys.filter(({ knownTo }) => knownTo !== memory.id),
    memory.id,
  );
  tx.afterCommit(() => {
    for (const { customerId } of keys) {
      const state = states.get(customerId) as CustomerState;
      memory.put(customerId, {
        wallets: keepWallets(wallets.get(customerId) as OpenWallets, now),
        subscriptions: state.subscriptions,
        since: state.since,
        counters: state.counters,
      });
    }
  });
  learnCounters(counters, new Map([...states].map(([customerId, state]) => [customerId, state.counters])));
}

/**
 * The customers whose events must wait for what has fallen due: credits that come with a period, and a plan that takes over. Everything
 * else that is due changes no event's cost.
 */
function customersBehind(
  keys: CustomerKey[],
  live: ReadonlyMap<string, SubscriptionRow[]>,
  rated: ReadonlyMap<string, RatedSubscription[]>,
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
  live: ReadonlyMap<string, SubscriptionRow[]>,
): Promise<Map<string, RatedSubscription[]>> {
  const rated = new Map<string, RatedSubscription[]>();
  for (const { tenantId, customerId } of keys) {
    const own: RatedSubscription[] = [];
    for (const row of live.get(customerId) ?? [])
      own.push(ratedBefore.get(row) ?? (await toRated(tx, catalog, tenantId, row)));
    rated.set(customerId, own);
  }
  return rated;
}

/** A row that is remembered is the same object as long as nothing of it has changed. */
const ratedBefore = new WeakMap<SubscriptionRow, RatedSubscription>();

async function toRated(
  tx: Transaction,
  catalog: Catalog,
  tenantId: number,
  row: SubscriptionRow,
): Promise<RatedSubscription> {
  const plan = planOfSubscription(row, await catalog.planVersion(tx, tenantId, row.plan_code, row.plan_version));
  const rated = toRatedSubscription(row, plan);
  ratedBefore.set(row, rated);
  return rated;
}

async function loadKnown(tx: Transaction, hashed: HashedEvent[]): Promise<Map<string, RecordedEvent>> {
  const found = await rows.findKnownEvents(
    tx,
    hashed.map(({ event, keyHash }) => ({ key: event.key, keyHash })),
  );
  const putAside = found.filter(({ charges }) => charges === null).map(({ event_id }) => event_id);
  const keys = distinctKeys(hashed.map(({ event }) => event));
  const usage = await findUsage(tx, keys, putAside);
  if (found.length === 0) return new Map();
  const names = new Map(
    hashed.map(({ event, keyHash }) => [`${event.key.customerId}|${keyHash.toString("base64")}`, eventKey(event)]),
  );
  return new Map(
    found.map((row) => [
      names.get(`${row.customer_id}|${row.key_hash.toString("base64")}`) as string,
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

/** Two keys of one hash are two here, and the second of them is refused by the primary key. */
function eventKey({ key, idempotencyKey }: IncomingEvent): string {
  return `${key.customerId}|${idempotencyKey}`;
}

const furthestAheadMs = 60 * 60 * 1_000;

/** The meters of a batch's events, asked for once for each name of an event and each plan. */
class MetersOfBatch {
  readonly #tx: Transaction;
  readonly #catalog: Catalog;
  readonly #found = new Map<string, { meters: Meter[]; plans: Set<PlanDocument> }>();

  constructor(tx: Transaction, catalog: Catalog) {
    this.#tx = tx;
    this.#catalog = catalog;
  }

  /** Null where the event's name has not been asked for yet with all of these plans. */
  found(event: IncomingEvent, subscriptions: RatedSubscription[]): Meter[] | null {
    const found = this.#found.get(nameOf(event));
    return found !== undefined && subscriptions.every(({ plan }) => found.plans.has(plan)) ? found.meters : null;
  }

  async find(event: IncomingEvent, subscriptions: RatedSubscription[]): Promise<Meter[]> {
    const priced = subscriptions.flatMap(({ plan }) => plan.usagePrices.map(({ meterCode }) => meterCode));
    const meters = await this.#catalog.metersFor(this.#tx, event.key.tenantId, event.eventName, priced);
    const plans = this.#found.get(nameOf(event))?.plans ?? new Set();
    for (const { plan } of subscriptions) plans.add(plan);
    this.#found.set(nameOf(event), { meters, plans });
    return meters;
  }
}

function nameOf({ key, eventName }: IncomingEvent): string {
  return `${key.tenantId}|${eventName}`;
}

function matchArrival(each: HashedEvent, subscriptions: RatedSubscription[], meters: Meter[], now: Date): Arrival {
  const { event } = each;
  if (event.timestamp.getTime() > now.getTime() + furthestAheadMs) {
    return { ...each, matches: [], error: new BillingError("TIMESTAMP_IN_FUTURE") };
  }
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
  const { event } = arrival;
  const wallets = batch.wallets.get(event.key.customerId);
  // Another tenant may have sent an event for this customer in the same batch.
  if (wallets?.key.tenantId !== event.key.tenantId)
    return { status: "refused", error: new BillingError("CUSTOMER_NOT_FOUND", { isOfBody: true }) };
  const known = batch.known.get(eventKey(event));
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
  batch.known.set(eventKey(event), { eventId, idempotencyKey, fingerprint, cost: rating.costs });
  batch.recorded.push({
    key: event.key,
    eventId,
    eventName: event.eventName,
    idempotencyKey,
    keyHash,
    fingerprint,
    occurredAt: event.timestamp,
    properties: writeJson(event.properties),
    charges: rating.charges.map((charge) => toStoredCharge(charge, batch.planVersions, entrySeqs)),
  });
}

/** Sends what the batch has changed; the answers are waited for with the commit. */
function saveBatch(tx: Transaction, batch: Batch): void {
  saveWallets(tx, batch.wallets.values(), batch.now);
  if (batch.recorded.length > 0) rows.insertEvents(tx, batch.recorded, batch.now);
  saveCounters(tx, batch.counters);
  remember(tx, batch);
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
    ...textOfPeriod(charge.period),
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

/** A subscription's period is the same object for all its events. */
function textOfPeriod(period: Period): Pick<StoredCharge, "period_start" | "period_end"> {
  let text = textsOfPeriods.get(period);
  if (text === undefined) {
    text = {
      period_start: new Date(period.startsAt).toISOString(),
      period_end: new Date(period.endsAt).toISOString(),
    };
    textsOfPeriods.set(period, text);
  }
  return text;
}

const textsOfPeriods = new WeakMap<Period, Pick<StoredCharge, "period_start" | "period_end">>();

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
