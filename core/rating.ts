/**
 * What one event costs: the meters that match it, the prices on those meters, and the charge by which each price's counter
 * moves. Two steps, so that a caller can load exactly the counters in between: `matchEvent` finds them, `rateMatches` prices them.
 */
import { sum, zero, type Decimal } from "./decimal.ts";
import { compareDenominations, denominationKey, isSameDenomination, type Denomination } from "./denomination.ts";
import { accumulate, matches, quantityOf, type Aggregation, type Meter, type UsageEvent } from "./meter.ts";
import { contains, periodContaining, type Instant, type Period, type PeriodSchedule } from "./period.ts";
import { overdraftPolicy, type OverdraftPolicy, type PlanDocument, type UsagePrice } from "./plan.ts";
import { costBetween } from "./pricing.ts";

/**
 * A subscription as rating sees it. It covers events until `endsAt`, or for ever without an end. An event of a time before
 * `startsAt` has come late: it is charged in the current period, because usage that was sent is usage that is owed.
 */
export type RatedSubscription = {
  id: string;
  startsAt: Instant;
  endsAt: Instant | null;
  schedule: PeriodSchedule;
  /** The period that holds the present: events inside it need no calendar, and late ones are charged in it. */
  currentPeriod: Period;
  plan: PlanDocument;
};

/** The name of a counter: the reading of one price's meter over one period, apart for every dimension. */
export type CounterId = {
  subscriptionId: string;
  priceCode: string;
  periodStartsAt: Instant;
  /** Empty while no price tells dimensions apart. */
  dimension: string;
};

/** Counters by `counterKey`. One that is not there yet stands at zero. */
export type Counters = ReadonlyMap<string, Decimal>;

/** A price that an event touches. */
export type PriceMatch = {
  subscriptionId: string;
  price: UsagePrice;
  aggregation: Aggregation;
  period: Period;
  counter: CounterId;
  quantity: Decimal;
  /** The event is of a time before the subscription started. */
  isLate: boolean;
  overdraft: OverdraftPolicy;
};

export type Charge = {
  subscriptionId: string;
  priceCode: string;
  meterCode: string;
  denomination: Denomination;
  period: Period;
  counter: CounterId;
  quantity: Decimal;
  counterBefore: Decimal;
  counterAfter: Decimal;
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
};

/**
 * Every price that the event touches: each price, on each meter that matches, of each subscription that covers the event's time.
 * Every matching meter is read even if nothing prices it, so that a bad property is refused whatever the catalog says today.
 * @throws INVALID_PROPERTY if a matching meter cannot read its property.
 */
export function matchEvent(input: {
  event: UsageEvent;
  meters: Meter[];
  subscriptions: RatedSubscription[];
}): PriceMatch[] {
  const { event } = input;
  const readings = input.meters
    .filter((meter) => matches(meter, event))
    .map((meter) => ({ meter, quantity: quantityOf(meter, event) }));
  if (readings.length === 0) return [];
  return input.subscriptions
    .filter((subscription) => covers(subscription, event.timestamp))
    .flatMap((subscription) => {
      const period = periodOf(subscription, event.timestamp);
      return readings.flatMap(({ meter, quantity }) =>
        subscription.plan.usagePrices
          .filter((price) => price.meterCode === meter.code)
          .map((price) =>
            matchOf({ subscription, price, meter, period, quantity, isLate: isLate(subscription, event.timestamp) }),
          ),
      );
    });
}

/**
 * What the matches cost, given the counters before the event. To rate the next event after this one is accepted, set each
 * charge's `counterKey(charge.counter)` to its `counterAfter` first; an event that is refused leaves the counters alone.
 */
export function rateMatches(priceMatches: PriceMatch[], counters: Counters): Rating {
  const charges = priceMatches.map((match) => chargeOf(match, counters.get(counterKey(match.counter)) ?? zero));
  return { charges, costs: costsOf(charges, priceMatches) };
}

/** One text per counter. */
export function counterKey({ subscriptionId, priceCode, periodStartsAt, dimension }: CounterId): string {
  // A dimension is the only part that may hold any character, so it stands last.
  return `${subscriptionId}|${priceCode}|${periodStartsAt}|${dimension}`;
}

function covers({ endsAt }: RatedSubscription, instant: Instant): boolean {
  return endsAt === null || instant < endsAt;
}

function isLate({ startsAt }: RatedSubscription, instant: Instant): boolean {
  return instant < startsAt;
}

function periodOf(subscription: RatedSubscription, instant: Instant): Period {
  const { schedule, currentPeriod } = subscription;
  if (isLate(subscription, instant) || contains(currentPeriod, instant)) return currentPeriod;
  return periodContaining(schedule, instant);
}

function matchOf(parts: {
  subscription: RatedSubscription;
  price: UsagePrice;
  meter: Meter;
  period: Period;
  quantity: Decimal;
  isLate: boolean;
}): PriceMatch {
  const { subscription, price, meter, period, quantity, isLate } = parts;
  return {
    subscriptionId: subscription.id,
    price,
    aggregation: meter.aggregation,
    period,
    counter: { subscriptionId: subscription.id, priceCode: price.code, periodStartsAt: period.startsAt, dimension: "" },
    quantity,
    isLate,
    overdraft: overdraftPolicy(subscription.plan, price.denomination),
  };
}

function chargeOf(match: PriceMatch, counterBefore: Decimal): Charge {
  const counterAfter = accumulate(match.aggregation, counterBefore, match.quantity);
  return {
    subscriptionId: match.subscriptionId,
    priceCode: match.price.code,
    meterCode: match.price.meterCode,
    denomination: match.price.denomination,
    period: match.period,
    counter: match.counter,
    quantity: match.quantity,
    counterBefore,
    counterAfter,
    isLate: match.isLate,
    amount: costBetween(match.price, counterBefore, counterAfter),
  };
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
