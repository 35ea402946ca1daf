/**
 * What one event costs: the meters that match it, the prices on those meters, and the charge by which each price's counter
 * moves. Two steps, so that a caller can load exactly what is needed in between: `matchEvent` finds the prices and counters,
 * `needsOf` lists what to load, `rateMatches` prices it and says what to store. `voidMatches` is the way back.
 */
import {
  addTo,
  closingLevel,
  emptyCounter,
  rememberedValue,
  removeFrom,
  valueOrder,
  type Contribution,
  type CounterState,
  type CounterValue,
  type ValueOrder,
} from "./counter.ts";
import { sum, zero, type Decimal } from "./decimal.ts";
import { compareDenominations, denominationKey, isSameDenomination, type Denomination } from "./denomination.ts";
import { dimensionOf, wholePrice } from "./dimension.ts";
import { BillingError } from "./errors.ts";
import { placeUsage, type Placement } from "./late-usage.ts";
import { matches, measure, type Aggregation, type Measurement, type Meter, type UsageEvent } from "./meter.ts";
import { contains, nextPeriod, periodContaining, type Instant, type Period, type PeriodSchedule } from "./period.ts";
import { dimensionsOf, overdraftPolicy, type OverdraftPolicy, type PlanDocument, type UsagePrice } from "./plan.ts";
import { capped, eventFee, isPriced, roundedPerEvent, usageCharge } from "./pricing.ts";
import { windowStart } from "./window.ts";

/** A subscription as rating sees it. It covers the events in `[startsAt, endsAt)`; without an end, for ever. */
export type RatedSubscription = {
  id: string;
  startsAt: Instant;
  endsAt: Instant | null;
  /** Whether it has ended by now, and prices only what was used while it ran. */
  hasEnded?: boolean;
  schedule: PeriodSchedule;
  /**
   * The period that holds the present, as far as periods have been opened (`openPeriod`): events inside it need no calendar, late
   * ones count in it, and a level that changes before it changes what it began with.
   */
  currentPeriod: Period;
  /** The end of the subscription, once `endLevels` was rated for it: until when levels last that change before it. */
  levelsEndAt?: Instant | null;
  /** The end of the last period that was closed, that is: invoiced; null or left out if none was. */
  closedUntil?: Instant | null;
  /** Of an event that was rated before, to void or replay it: the period that it was counted in, late or not. */
  recordedPeriod?: Period | null;
  plan: PlanDocument;
};

/** The name of a counter: the reading of one price's meter over one period, apart for every dimension and window. */
export type CounterId = {
  subscriptionId: string;
  priceCode: string;
  periodStartsAt: Instant;
  /** See `dimension.ts`; `wholePrice` for a price that tells none apart. */
  dimension: string;
  /** The window inside the period; null for the period as a whole. */
  windowStartsAt: Instant | null;
};

/** A price that an event touches, and what the event does to it. */
export type PriceMatch = {
  subscriptionId: string;
  price: UsagePrice;
  aggregation: Aggregation;
  period: Period;
  /** The counter that the price is a function of. */
  counter: CounterId;
  /** Of a meter with windows: the window's own counter, the readings of which add up to the period's. */
  window: CounterId | null;
  /** Of a maximum over several dimensions: the counter whose `accrued` is what all of them cost before it. */
  total: CounterId | null;
  contribution: Contribution;
  /** Whether the event's own period was closed, so that it counts in the current one. */
  isLate: boolean;
  overdraft: OverdraftPolicy;
};

/** A value of a counter that remembers its values. */
export type ValueId = { counter: CounterId; value: CounterValue; order: ValueOrder };

/** What a caller has loaded. What is not there yet stands at zero. */
export type Readings = {
  /** By `counterKey`. */
  counters: ReadonlyMap<string, CounterState>;
  /** By `valueKey`: how many events have brought the value. */
  values?: ReadonlyMap<string, number>;
  /** Only for `voidMatches`, by `valueKey`: the counter's first value in its order beside this one. */
  nextValues?: ReadonlyMap<string, CounterValue>;
};

export type CounterChange = { counter: CounterId; before: CounterState; after: CounterState };

/** One event more or fewer has brought the value. A value that no event brings any more must be forgotten. */
export type ValueChange = ValueId & { change: 1 | -1 };

export type Charge = {
  subscriptionId: string;
  priceCode: string;
  meterCode: string;
  denomination: Denomination;
  period: Period;
  counter: CounterId;
  /** What the event brought, in the price's whole steps. */
  quantity: Decimal;
  counterBefore: CounterState;
  counterAfter: CounterState;
  /** What all of the price's dimensions cost, before its maximum. */
  uncappedBefore: Decimal;
  uncappedAfter: Decimal;
  isLate: boolean;
  /** May be negative, and then is a credit. */
  amount: Decimal;
};

export type Cost = {
  denomination: Denomination;
  amount: Decimal;
  /** "block" if any plan that charges this denomination blocks overdrafts: the strictest word counts. */
  overdraft: OverdraftPolicy;
};

export type Rating = {
  charges: Charge[];
  /** One for each denomination touched, zero amounts too, in the order of `compareDenominations`. */
  costs: Cost[];
  /** Every counter that moves, each once. */
  counters: CounterChange[];
  values: ValueChange[];
};

/**
 * Every price that the event touches: each price, on each meter that matches, of each subscription that covers the event's time.
 * Every matching meter is read even if nothing prices it, so that a bad property is refused whatever the catalog says today.
 * @throws INVALID_PROPERTY if a matching meter or a price on it cannot read what it needs, USAGE_TOO_LATE if the event's period
 * is closed and a price rejects what comes late.
 */
export function matchEvent(input: {
  event: UsageEvent;
  meters: Meter[];
  subscriptions: RatedSubscription[];
}): PriceMatch[] {
  const { event } = input;
  const readings = input.meters
    .filter((meter) => matches(meter, event))
    .map((meter) => ({ meter, measurement: measure(meter, event) }));
  if (readings.length === 0) return [];
  return pricingSubscriptions(input.subscriptions, event.timestamp).flatMap((subscription) => {
    const period = periodOf(subscription, event.timestamp);
    return readings.flatMap(({ meter, measurement }) =>
      subscription.plan.usagePrices
        .filter((price) => price.meterCode === meter.code)
        .flatMap((price) => matchesOf({ event, subscription, price, meter, period, measurement })),
    );
  });
}

/**
 * The level that each weighted sum ended a period with, as matches to rate in the next one: the level lasts on, and its whole
 * next period is charged as that begins. To be rated once for each period, as it is opened, with `counters` as they are then;
 * events of the old period that come later reach the new one by themselves.
 */
export function openPeriod(input: {
  subscription: RatedSubscription;
  meters: Meter[];
  ended: Period;
  /** The ended period's counters. */
  counters: readonly { counter: CounterId; state: CounterState }[];
}): PriceMatch[] {
  const { subscription, ended } = input;
  const period = nextPeriod(subscription.schedule, ended);
  return levelsOf(input).map(({ level, ...parts }) =>
    matchOf({
      ...parts,
      subscription,
      period,
      isLate: false,
      contribution: { quantity: level, value: null, at: period.startsAt, fee: zero, events: 0 },
    }),
  );
}

/**
 * The levels that last on when a subscription ends within a period, as matches to rate: they were charged to the period's end, and
 * what is left of it is taken off again. To be rated once, with the period's counters; from then on the subscription has
 * `levelsEndAt`, so that usage that comes late, or is taken out, counts until the end as well.
 */
export function endLevels(input: {
  subscription: RatedSubscription;
  meters: Meter[];
  /** The period that the subscription ends in. */
  period: Period;
  /** Its counters. */
  counters: readonly { counter: CounterId; state: CounterState }[];
  endsAt: Instant;
}): PriceMatch[] {
  return levelsOf(input).map(({ level, ...parts }) =>
    matchOf({
      ...parts,
      subscription: input.subscription,
      period: input.period,
      isLate: false,
      contribution: { quantity: level.negated(), value: null, at: input.endsAt, fee: zero, events: 0 },
    }),
  );
}

/** What to load before `rateMatches`, or before `voidMatches` if `isVoid`. Nothing is in a list twice. */
export function needsOf(
  priceMatches: readonly PriceMatch[],
  isVoid = false,
): { counters: CounterId[]; values: ValueId[] } {
  const counters = new Map<string, CounterId>();
  const values = new Map<string, ValueId>();
  for (const match of priceMatches) {
    for (const id of [match.counter, match.window, match.total]) if (id !== null) counters.set(counterKey(id), id);
    const value = valueIdOf(match);
    // A maximum only grows by what is added; only a unique count must know what it has seen.
    if (value !== null && (isVoid || value.order === null)) values.set(valueKey(value), value);
  }
  return { counters: [...counters.values()], values: [...values.values()] };
}

/**
 * What the matches cost, given the readings before the event. To rate the next event after this one is accepted, store
 * `counters` and `values` of the rating in the readings first; an event that is refused leaves them alone.
 */
export function rateMatches(priceMatches: PriceMatch[], readings: Readings): Rating {
  return ratingOf(priceMatches, readings, 1);
}

/**
 * The rating that takes an event out again, given the matches that it had and today's readings: the counters are what all the
 * other events make, and the costs are what the period's charge changes by, as a rule below zero. The matches are those of
 * `matchEvent` with the plan version that rated the event, the period that it was counted in, and today's current period.
 */
export function voidMatches(priceMatches: PriceMatch[], readings: Readings): Rating {
  return ratingOf(priceMatches, readings, -1);
}

/** One text per counter. */
export function counterKey({
  subscriptionId,
  priceCode,
  periodStartsAt,
  dimension,
  windowStartsAt,
}: CounterId): string {
  // A dimension is the only part that may hold any character, so it stands last.
  return `${subscriptionId}|${priceCode}|${periodStartsAt}|${windowStartsAt ?? ""}|${dimension}`;
}

/** One text per value of a counter. */
export function valueKey({ counter, value }: { counter: CounterId; value: Pick<CounterValue, "key"> }): string {
  // Both ends may hold any character, so the first is told by its length.
  const key = counterKey(counter);
  return `${key.length}|${key}|${value.key}`;
}

/**
 * The subscriptions that price an event: those that ran at its time, or, if none did, those that have started since. Usage that
 * was sent is usage that is owed; that of a time before is late, unless its price says otherwise.
 */
function pricingSubscriptions(subscriptions: RatedSubscription[], instant: Instant): RatedSubscription[] {
  const covering = subscriptions.filter(
    ({ startsAt, endsAt }) => startsAt <= instant && (endsAt === null || instant < endsAt),
  );
  if (covering.length > 0) return covering;
  return subscriptions.filter(({ startsAt, hasEnded }) => instant < startsAt && hasEnded !== true);
}

/** The period of the event's own time; null for a time before the subscription. */
function periodOf({ startsAt, schedule, currentPeriod }: RatedSubscription, instant: Instant): Period | null {
  if (instant < startsAt) return null;
  return contains(currentPeriod, instant) ? currentPeriod : periodContaining(schedule, instant);
}

type Parts = {
  event: UsageEvent;
  subscription: RatedSubscription;
  price: UsagePrice;
  meter: Meter;
  period: Period | null;
  measurement: Measurement;
};

/** The price's match, and for a level also those of the periods opened since, which began with another level than it seemed. */
function matchesOf(parts: Parts): PriceMatch[] {
  const { event, subscription, price, meter, measurement } = parts;
  const dimension = dimensionOf(event.properties, dimensionsOf(price), price.code);
  if (!isPriced(price, dimension)) return [];
  const quantity = roundedPerEvent(price, measurement.quantity);
  const placement = placementOf(subscription, price, parts.period);
  const contribution: Contribution = {
    quantity,
    value: measurement.value,
    at: event.timestamp,
    fee: eventFee(price, quantity, event.properties),
    events: 1,
  };
  const { period, isLate } = placement;
  const match = matchOf({ subscription, price, meter, period, isLate, dimension, contribution });
  if (meter.aggregation.type !== "weighted_sum") return [match];
  const carried: Contribution = { ...contribution, fee: zero, events: 0 };
  const later = laterPeriods(subscription, period).map((each) =>
    matchOf({ subscription, price, meter, period: each, isLate: false, dimension, contribution: carried }),
  );
  return [match, ...later];
}

/** @throws USAGE_TOO_LATE if the event has no open period of its own and the price rejects what comes late. */
function placementOf(subscription: RatedSubscription, price: UsagePrice, period: Period | null): Placement {
  const { recordedPeriod, currentPeriod, closedUntil } = subscription;
  if (recordedPeriod) return { period: recordedPeriod, isLate: recordedPeriod.startsAt !== period?.startsAt };
  const placement = placeUsage({ policy: price.lateUsage, period, currentPeriod, closedUntil: closedUntil ?? null });
  if (placement === null) throw new BillingError("USAGE_TOO_LATE");
  return placement;
}

/** The periods after `from` that have been opened. */
function laterPeriods({ schedule, currentPeriod }: RatedSubscription, from: Period): Period[] {
  const periods: Period[] = [];
  for (let period = from; period.startsAt < currentPeriod.startsAt;) {
    period = nextPeriod(schedule, period);
    periods.push(period);
  }
  return periods;
}

/** The levels of a period's counters that are not zero, each with the price that charges it. */
function levelsOf(input: {
  subscription: RatedSubscription;
  meters: Meter[];
  counters: readonly { counter: CounterId; state: CounterState }[];
}): { level: Decimal; dimension: string; price: UsagePrice; meter: Meter }[] {
  const { usagePrices } = input.subscription.plan;
  return input.counters.flatMap(({ counter, state }) => {
    const level = closingLevel(state);
    const price = usagePrices.find(({ code }) => code === counter.priceCode);
    const meter = input.meters.find(({ code }) => code === price?.meterCode);
    const isCharged = !level.isZero() && price !== undefined && meter !== undefined;
    return isCharged ? [{ level, dimension: counter.dimension, price, meter }] : [];
  });
}

function matchOf(parts: {
  subscription: RatedSubscription;
  price: UsagePrice;
  meter: Meter;
  period: Period;
  isLate: boolean;
  dimension: string;
  contribution: Contribution;
}): PriceMatch {
  const { subscription, price, meter, period, isLate, dimension } = parts;
  const contribution = endedWithin(subscription, period, parts.contribution);
  const counter: CounterId = {
    subscriptionId: subscription.id,
    priceCode: price.code,
    periodStartsAt: period.startsAt,
    dimension,
    windowStartsAt: null,
  };
  // What counts late stands in the first window of the period that it counts in.
  const at = Math.max(contribution.at, period.startsAt);
  const hasTotal = price.maximum !== null && dimension !== wholePrice;
  return {
    subscriptionId: subscription.id,
    price,
    aggregation: meter.aggregation,
    period,
    counter,
    window:
      meter.window === null
        ? null
        : { ...counter, windowStartsAt: windowStart(meter.window, subscription.schedule.timeZone, at) },
    total: hasTotal ? { ...counter, dimension: wholePrice } : null,
    contribution,
    isLate,
    overdraft: overdraftPolicy(subscription.plan, price.denomination),
  };
}

function endedWithin({ levelsEndAt }: RatedSubscription, period: Period, contribution: Contribution): Contribution {
  const hasEnded = typeof levelsEndAt === "number" && contains(period, levelsEndAt);
  return hasEnded ? { ...contribution, until: levelsEndAt } : contribution;
}

/** The value that the match's event brings, in the counter that remembers it. */
function valueIdOf({ aggregation, contribution, counter, window }: PriceMatch): ValueId | null {
  const value = rememberedValue(aggregation, contribution);
  return value === null ? null : { counter: window ?? counter, value, order: valueOrder(aggregation) };
}

function ratingOf(priceMatches: PriceMatch[], readings: Readings, direction: 1 | -1): Rating {
  const totals: Totals = new Map();
  const moves = priceMatches.map((match) => moveOf(match, readings, totals, direction));
  const charges = moves.map(({ charge }) => charge);
  return {
    charges,
    costs: costsOf(charges, priceMatches),
    counters: [...moves.flatMap(({ counters }) => counters), ...totals.values()],
    values: priceMatches.flatMap((match) => {
      const value = valueIdOf(match);
      return value === null ? [] : [{ ...value, change: direction }];
    }),
  };
}

/** How the counters of maximums have moved so far, by `counterKey`: the levels of several dimensions move one together. */
type Totals = Map<string, CounterChange>;

/** How one match moves its counters, that of its maximum apart, and what that costs. */
function moveOf(
  match: PriceMatch,
  readings: Readings,
  totals: Totals,
  direction: 1 | -1,
): { charge: Charge; counters: CounterChange[] } {
  const { price, counter, contribution } = match;
  const readingChanges = moveReading(match, readings, direction);
  const { before, after } = readingChanges[0] as CounterChange;
  const { dimension } = counter;
  const usageBefore = usageCharge(price, { dimension, state: before });
  const usageAfter = usageCharge(price, { dimension, state: after });
  const total = moveTotal(match, readings, totals, usageAfter.minus(usageBefore), direction);
  const uncappedBefore = total?.before.accrued ?? usageBefore;
  const uncappedAfter = total?.after.accrued ?? usageAfter;
  return {
    charge: {
      subscriptionId: match.subscriptionId,
      priceCode: price.code,
      meterCode: price.meterCode,
      denomination: price.denomination,
      period: match.period,
      counter,
      quantity: contribution.quantity,
      counterBefore: before,
      counterAfter: after,
      uncappedBefore,
      uncappedAfter,
      isLate: match.isLate,
      amount: capped(price, uncappedAfter).minus(capped(price, uncappedBefore)),
    },
    counters: readingChanges,
  };
}

/** The move of the counter that is priced, first, and of the window in it, if the meter has windows. */
function moveReading(match: PriceMatch, readings: Readings, direction: 1 | -1): CounterChange[] {
  const { counter, window, contribution } = match;
  const before = stateOf(counter, readings);
  if (window === null) return [{ counter, before, after: moveState(match, before, readings, direction) }];
  const windowBefore = stateOf(window, readings);
  const windowAfter = moveState(match, windowBefore, readings, direction);
  const after: CounterState = {
    quantity: before.quantity.plus(windowAfter.quantity.minus(windowBefore.quantity)),
    eventCount: before.eventCount + direction * contribution.events,
    accrued: before.accrued.plus(windowAfter.accrued.minus(windowBefore.accrued)),
    memory: null,
  };
  return [
    { counter, before, after },
    { counter: window, before: windowBefore, after: windowAfter },
  ];
}

function moveState(match: PriceMatch, state: CounterState, readings: Readings, direction: 1 | -1): CounterState {
  const { aggregation, period, contribution } = match;
  const value = valueIdOf(match);
  const key = value === null ? null : valueKey(value);
  const timesSeen = key === null ? 0 : (readings.values?.get(key) ?? 0);
  if (direction === 1) return addTo(state, contribution, { aggregation, period, timesSeen });
  const next = key === null ? null : (readings.nextValues?.get(key) ?? null);
  return removeFrom(state, contribution, { aggregation, period, known: { timesSeen, next } });
}

/** The move of this match alone; `totals` has all of them. */
function moveTotal(
  match: PriceMatch,
  readings: Readings,
  totals: Totals,
  change: Decimal,
  direction: 1 | -1,
): CounterChange | null {
  const { total, contribution } = match;
  if (total === null) return null;
  const key = counterKey(total);
  const moved = totals.get(key);
  const before = moved?.after ?? stateOf(total, readings);
  const after: CounterState = {
    quantity: zero,
    eventCount: before.eventCount + direction * contribution.events,
    accrued: before.accrued.plus(change),
    memory: null,
  };
  totals.set(key, { counter: total, before: moved?.before ?? before, after });
  return { counter: total, before, after };
}

function stateOf(counter: CounterId, { counters }: Readings): CounterState {
  return counters.get(counterKey(counter)) ?? emptyCounter;
}

function costsOf(charges: Charge[], priceMatches: PriceMatch[]): Cost[] {
  const denominations = new Map(charges.map(({ denomination }) => [denominationKey(denomination), denomination]));
  return [...denominations.values()].toSorted(compareDenominations).map((denomination) => ({
    denomination,
    amount: sum(
      charges.filter((each) => isSameDenomination(each.denomination, denomination)).map(({ amount }) => amount),
    ),
    overdraft: priceMatches.some(
      ({ price, overdraft }) => overdraft === "block" && isSameDenomination(price.denomination, denomination),
    )
      ? "block"
      : "allow",
  }));
}
