import { emptyCounter } from "../../../core/counter.ts";
import { decimal } from "../../../core/decimal.ts";
import { denominationKey, type Denomination } from "../../../core/denomination.ts";
import type { Meter, UsageEvent } from "../../../core/meter.ts";
import type { PlanDocument } from "../../../core/plan.ts";
import type { Properties } from "../../../core/property.ts";
import { matchEvent, openPeriod, voidMatches, type PriceMatch, type RatedSubscription } from "../../../core/rating.ts";
import { returnedPart, type Returned } from "../../../core/usage-return.ts";
import { reverseUsage } from "../../../core/wallet.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { customerKey, lockCustomers, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { parseStoredJson } from "../http/json.ts";
import type { Transaction } from "../platform/db.ts";
import type { SubscriptionRow } from "../subscriptions/schema.ts";
import {
  getSubscription,
  planOfSubscription,
  toRatedSubscription,
  usageScheduleOf,
} from "../subscriptions/subscriptions.ts";
import {
  addEndedGrants,
  applyTransition,
  balancesOf,
  findLedgerEntries,
  openWallets,
  saveWallets,
  walletIn,
  type Balance,
  type OpenWallets,
} from "../wallets/wallets.ts";
import { whyNoEvent } from "./archived.ts";
import { moveCounters, openCountersForVoid, saveCounters } from "./counters.ts";
import * as rows from "./event-sql.ts";
import type { RecordedEventRow } from "./event-sql.ts";
import { costOfStored, toStoredCharge, type Amount, type EntrySeqs } from "./metering.ts";
import type { StoredCharge } from "./sql.ts";

export type Voided = { event: RecordedEventRow; cost: Amount[]; balances: Balance[] };

/**
 * Takes the event out again: the counters are what all other events make, and the customer gets back what the period costs less
 * without it (`cost`, below zero). A second time changes nothing and answers the same, with today's balances.
 * See docs/decisions/0031-voiding-events.md. @throws EVENT_NOT_FOUND, EVENT_ARCHIVED
 */
export async function voidEvent(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  eventId: string,
  now: Date,
): Promise<Voided> {
  const { event, wallets } = await lockEvent(tx, tenant, eventId, now);
  if (event.voidCharges !== null) {
    saveWallets(tx, [wallets], now);
    return { event, cost: costOfStored(event.voidCharges), balances: balancesOf(wallets) };
  }
  const { key } = wallets;
  const rated = await rateAgain(tx, catalog, tenant, event);
  const counters = await openCountersForVoid(tx, key, rated.matches);
  const entries = await loadEntries(tx, key, event);
  await addEndedGrants(tx, wallets, drawnGrants(entries));

  const rating = voidMatches(rated.matches, counters);
  const entrySeqs: EntrySeqs = new Map();
  for (const { denomination, amount } of rating.costs) {
    const seq = giveBack(wallets, { denomination, amount, entries, eventId }, now);
    if (seq !== null) entrySeqs.set(denominationKey(denomination), seq);
  }
  moveCounters(counters, key, rating);
  const voidCharges = rating.charges.map((charge) => toStoredCharge(charge, rated.planVersions, entrySeqs));

  saveWallets(tx, [wallets], now);
  rows.markVoided(tx, key, eventId, voidCharges, now);
  saveCounters(tx, counters);
  return {
    event: { ...event, voidedAt: now, voidCharges },
    cost: rating.costs,
    balances: balancesOf(wallets),
  };
}

async function lockEvent(
  tx: Transaction,
  tenant: Tenant,
  eventId: string,
  now: Date,
): Promise<{ event: RecordedEventRow; wallets: OpenWallets }> {
  const found = await rows.findEvent(tx, tenant.id, eventId);
  if (found === null) throw await whyNoEvent(tx, eventId);
  const [key] = await lockCustomers(tx, [customerKey(tenant, found.customerId)]);
  // Read again: whoever held the lock before us may have voided it, or deleted the customer.
  const event = key === undefined ? null : await rows.readLockedEvent(tx, key, eventId);
  if (key === undefined || event === null) throw await whyNoEvent(tx, eventId);
  const wallets = (await openWallets(tx, [key], now)).get(key.customerId) as OpenWallets;
  return { event, wallets };
}

type Rated = {
  matches: PriceMatch[];
  /** By subscription. */
  planVersions: Map<string, number>;
};

/** The matches that the event had, by the prices and the plan versions stored with it, whatever the catalog has become. */
async function rateAgain(tx: Transaction, catalog: Catalog, tenant: Tenant, event: RecordedEventRow): Promise<Rated> {
  const { charges } = event;
  const meters = await catalog.metersByCode(tx, tenant.id, [...new Set(charges.map((each) => each.meter_code))]);
  const usage: UsageEvent = {
    eventName: event.eventName,
    timestamp: event.occurredAt.getTime(),
    properties: parseStoredJson(event.properties) as Properties,
  };
  const matches: PriceMatch[] = [];
  for (const charge of ownCharges(charges)) {
    const row = await getSubscription(tx, tenant, charge.subscription_id);
    const version = await catalog.planVersion(tx, tenant.id, row.plan_code, charge.plan_version);
    const plan = planOfSubscription(row, version);
    matches.push(...matchesOfCharge({ usage, charge, row, plan, meters }));
  }
  return { matches, planVersions: new Map(charges.map((each) => [each.subscription_id, each.plan_version])) };
}

/** Each price's charge in the period in which the event counted; a level's charges in later periods follow it. */
function ownCharges(charges: StoredCharge[]): StoredCharge[] {
  const first = new Map<string, StoredCharge>();
  for (const charge of charges) {
    const price = `${charge.subscription_id}|${charge.price_code}`;
    if (!first.has(price)) first.set(price, charge);
  }
  return [...first.values()];
}

/** The match of a stored charge, in its stored period, and for a level also those of the periods opened since. */
function matchesOfCharge(stored: {
  usage: UsageEvent;
  charge: StoredCharge;
  row: SubscriptionRow;
  plan: PlanDocument;
  meters: Meter[];
}): PriceMatch[] {
  const { usage, charge, row, plan } = stored;
  const meters = stored.meters.filter(({ code }) => code === charge.meter_code);
  const period = { startsAt: Date.parse(charge.period_start), endsAt: Date.parse(charge.period_end) };
  const subscription: RatedSubscription = {
    id: row.subscription_id,
    // What came late has no period of its own time: it counts in the one it was put into.
    startsAt: charge.is_late ? period.endsAt : row.starts_at.getTime(),
    endsAt: null,
    schedule: usageScheduleOf(row, plan),
    currentPeriod: period,
    plan: {
      ...plan,
      usagePrices: plan.usagePrices
        .filter(({ code }) => code === charge.price_code)
        .map((price) => ({ ...price, lateUsage: "current_period" })),
    },
  };
  const matches = matchEvent({ event: usage, meters, subscriptions: [subscription] });
  const [own] = matches;
  if (own === undefined) throw new Error("an event no longer matches the price that charged it");
  return own.aggregation.type === "weighted_sum"
    ? [own, ...carriedMatches(own, subscription, meters, toRatedSubscription(row, plan).currentPeriod.startsAt)]
    : matches;
}

/** The level that the event changed, as every period opened since began with it. */
function carriedMatches(
  own: PriceMatch,
  subscription: RatedSubscription,
  meters: Meter[],
  lastStartsAt: number,
): PriceMatch[] {
  const level = own.contribution.quantity;
  const memory = { type: "level" as const, level, levelTime: level };
  const counters = [{ counter: own.counter, state: { ...emptyCounter, memory } }];
  const carried: PriceMatch[] = [];
  for (let ended = own.period; ended.startsAt < lastStartsAt;) {
    const [match] = openPeriod({ subscription, meters, ended, counters });
    if (match === undefined) break;
    carried.push(match);
    ended = match.period;
  }
  return carried;
}

/** By `denominationKey`: what the event moved each wallet by. */
type Entries = Map<string, Returned>;

async function loadEntries(tx: Transaction, key: CustomerKey, event: RecordedEventRow): Promise<Entries> {
  const found = await findLedgerEntries(tx, key, entryPlaces(event.charges));
  return new Map(
    found.map(({ account_type, code, amount, draws }) => [
      denominationKey({ accountType: account_type, code }),
      {
        amount,
        draws: draws.map((draw) => ({ grantId: draw.credit_grant_id, amount: decimal(draw.amount) })),
      },
    ]),
  );
}

/** Where the ledger entries of these charges stand, each once. */
export function entryPlaces(charges: readonly StoredCharge[]) {
  const places = charges.flatMap(({ account_type, code, ledger_seq }) =>
    ledger_seq === null ? [] : [{ accountType: account_type, code, seq: ledger_seq }],
  );
  return [...new Map(places.map((place) => [`${denominationKey(place)}|${place.seq}`, place])).values()];
}

function drawnGrants(entries: Entries): string[] {
  return [...entries.values()].flatMap(({ draws }) => draws.map(({ grantId }) => grantId));
}

/** Moves the wallet by what the period costs less, and returns the number of the entry; null if it costs the same. */
function giveBack(
  wallets: OpenWallets,
  change: { denomination: Denomination; amount: Amount["amount"]; entries: Entries; eventId: string },
  now: Date,
): number | null {
  const { denomination, amount, entries, eventId } = change;
  if (amount.isZero()) return null;
  const open = walletIn(wallets, denomination);
  const entry = returnedPart(entries.get(denominationKey(denomination)) ?? null, amount.negated());
  const transition = reverseUsage(open.wallet, { entry, causeId: eventId, at: now.getTime() });
  applyTransition(open, transition);
  return transition.entries[0]?.seq ?? null;
}
