import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { emptyCounter, readCounterState, storeCounterState, type CounterState } from "./counter.ts";
import { decimal, max, min, sum, zero, type Decimal } from "./decimal.ts";
import { wholePrice } from "./dimension.ts";
import { explain } from "./explanation.ts";
import type { Meter, UsageEvent } from "./meter.ts";
import type { Period } from "./period.ts";
import { noModifiers, type UsagePrice } from "./plan.ts";
import { periodCharge } from "./pricing.ts";
import { totalOf } from "./pricing/line.ts";
import { counterKey, matchEvent, rateMatches, valueKey, type RatedSubscription, type Rating } from "./rating.ts";
import { emptyReplayMemory, rerate, type ReplayMemory, type ReplayStep } from "./replay.ts";
import {
  anyEvent,
  anyEvents,
  anyMeter,
  anyPrice,
  inTwoOrders,
  march,
  modelNames,
  priceOf,
  quantity,
} from "./test/arbitraries.ts";
import { windowStart } from "./window.ts";

const laws = { numRuns: 1_000 };

function subscription(usagePrices: UsagePrice[], currentPeriod: Period = march): RatedSubscription {
  return {
    id: "s",
    startsAt: march.startsAt,
    endsAt: null,
    schedule: { startsAt: march.startsAt, anchorDay: 1, timeZone: "UTC", interval: "month", intervalCount: 1 },
    currentPeriod,
    plan: { billingInterval: "month", billingIntervalCount: 1, usagePrices, fixedFees: [], overdraft: [] },
  };
}

function used(events: readonly UsageEvent[], subscriptions: RatedSubscription[]): ReplayStep[] {
  return events.map((event, index) => ({ type: "usage", id: `event_${index}`, event, subscriptions }));
}

/** The replay of all steps, and what it remembers after them. */
function replayed(
  steps: ReplayStep[],
  meter: Meter,
  memory = emptyReplayMemory(),
): { ratings: Rating[]; memory: ReplayMemory } {
  return { ratings: [...rerate(steps, [meter], memory)].map(({ rating }) => rating), memory };
}

function paid(ratings: readonly Rating[]): string {
  return sum(ratings.flatMap(({ charges }) => charges.map(({ amount }) => amount))).toString();
}

/** What the counters of a period say that it costs. */
function chargeOf(price: UsagePrice, { counters, counterIds }: ReplayMemory, period: Period = march): string {
  const isRead = ({
    windowStartsAt,
    dimension,
    periodStartsAt,
  }: {
    windowStartsAt: number | null;
    dimension: string;
    periodStartsAt: number;
  }) =>
    windowStartsAt === null &&
    periodStartsAt === period.startsAt &&
    (dimension === wholePrice) === (dimensions(price) === 0);
  const readings = [...counterIds]
    .filter(([, id]) => isRead(id))
    .map(([key, { dimension }]) => ({ dimension, state: counters.get(key) as CounterState }));
  return periodCharge(price, readings).toString();
}

function meterOf(aggregation: Meter["aggregation"]): Meter {
  return { code: "meter", eventName: "use", aggregation, window: null, filters: [] };
}

function dimensions(price: UsagePrice): number {
  return price.model === "matrix" ? price.dimensions.length : price.groupBy.length;
}

/** Everything that was remembered, as it would be stored; what stands at nothing is as good as never there. */
function stored({ counters, values }: ReplayMemory): unknown {
  const states = [...counters]
    .map(([key, state]) => [key, JSON.stringify(storeCounterState(state))] as const)
    .filter(([, state]) => state !== JSON.stringify(storeCounterState(emptyCounter)));
  const sorted = (entries: (readonly [string, unknown])[]) => entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { states: sorted(states), values: sorted([...values]) };
}

test("law: the costs of a period's events add up to its charge, in any order, and any order leaves the same counters", () => {
  fc.assert(
    fc.property(anyPrice, anyMeter, inTwoOrders(anyEvents), (price, meter, [events, shuffled]) => {
      const [one, other] = [events, shuffled].map((list) => replayed(used(list, [subscription([price])]), meter));
      assert.ok(one !== undefined && other !== undefined);
      assert.equal(paid(one.ratings), chargeOf(price, one.memory));
      assert.equal(paid(other.ratings), paid(one.ratings));
      assert.deepEqual(stored(other.memory), stored(one.memory));
    }),
    { numRuns: 2_000 },
  );
});

test("law: a list of events in two requests, with everything stored in between, costs what it does in one", () => {
  fc.assert(
    fc.property(anyPrice, anyMeter, anyEvents, fc.nat(10), (price, meter, events, cut) => {
      const steps = used(events, [subscription([price])]);
      const whole = replayed(steps, meter);
      const first = replayed(steps.slice(0, cut), meter);
      const counters = [...first.memory.counters].map(
        ([key, state]) => [key, readCounterState(JSON.parse(JSON.stringify(storeCounterState(state))))] as const,
      );
      const second = replayed(steps.slice(cut), meter, { ...first.memory, counters: new Map(counters) });
      assert.deepEqual(
        [...first.ratings, ...second.ratings].map((rating) => paid([rating])),
        whole.ratings.map((rating) => paid([rating])),
      );
      assert.deepEqual(stored(second.memory), stored(whole.memory));
    }),
    laws,
  );
});

test("law: taking events out leaves exactly what the others make, and what was paid is the charge of that", () => {
  fc.assert(
    fc.property(
      anyPrice,
      anyMeter,
      anyEvents,
      fc.array(fc.nat(9), { maxLength: 6 }),
      (price, meter, events, voided) => {
        const subscriptions = [subscription([price])];
        const gone = [...new Set(voided)].filter((index) => index < events.length);
        const takenOut: ReplayStep[] = gone.map((index) => ({
          type: "void",
          id: `event_${index}`,
          event: events[index] as UsageEvent,
          subscriptions,
        }));
        const all = replayed([...used(events, subscriptions), ...takenOut], meter);
        const rest = replayed(
          used(
            events.filter((_, index) => !gone.includes(index)),
            subscriptions,
          ),
          meter,
        );
        assert.deepEqual(stored(all.memory), stored(rest.memory));
        assert.equal(paid(all.ratings), paid(rest.ratings));
        assert.equal(paid(all.ratings), chargeOf(price, all.memory));
      },
    ),
    { numRuns: 2_000 },
  );
});

test("law: the lines of an event's explanation add up to its cost", () => {
  fc.assert(
    fc.property(anyPrice, anyMeter, anyEvents, (price, meter, events) => {
      for (const { charges } of replayed(used(events, [subscription([price])]), meter).ratings) {
        for (const charge of charges) {
          const explanation = explain(price, { ...charge, dimension: charge.counter.dimension });
          assert.equal(explanation.amount.toString(), charge.amount.toString());
          assert.equal(totalOf(explanation.lines).toString(), charge.amount.toString());
          for (const line of explanation.lines) {
            if (line.unitAmount !== null)
              assert.ok(line.quantity.times(line.unitAmount).equals(line.amount), line.kind);
          }
        }
      }
    }),
    laws,
  );
});

test("law: properties that nothing reads change no cost, and rating changes nothing that it is given", () => {
  const name = fc
    .string({ minLength: 1 })
    .filter((each) => !["units", "price", "user", "model", "isBatch"].includes(each));
  fc.assert(
    fc.property(anyPrice, anyMeter, anyEvent, fc.dictionary(name, fc.string()), (price, meter, event, more) => {
      const of = (properties: UsageEvent["properties"]) => {
        const matches = matchEvent({
          event: { ...event, properties },
          meters: [meter],
          subscriptions: [subscription([price])],
        });
        const readings = { counters: new Map<string, CounterState>(), values: new Map<string, number>() };
        const first = rateMatches(matches, readings);
        const again = rateMatches(matches, readings);
        assert.equal(readings.counters.size + readings.values.size, 0);
        assert.equal(paid([again]), paid([first]));
        return first;
      };
      const plain = of(event.properties);
      const decorated = of({ ...more, ...event.properties });
      assert.equal(paid([decorated]), paid([plain]));
      assert.deepEqual(
        decorated.counters.map(({ counter, after }) => [counterKey(counter), storeCounterState(after)]),
        plain.counters.map(({ counter, after }) => [counterKey(counter), storeCounterState(after)]),
      );
    }),
    laws,
  );
});

/** A meter's reading by a plain loop over the events. */
function looped({ aggregation }: Meter, events: readonly UsageEvent[]): Decimal {
  const units = events.map(({ properties }) => decimal(properties.units as string));
  if (events.length === 0) return zero;
  switch (aggregation.type) {
    case "count":
      return decimal(String(events.length));
    case "sum":
      return sum(units);
    case "max":
      return units.reduce(max);
    case "min":
      return units.reduce(min);
    case "unique_count":
      return decimal(String(new Set(events.map(({ properties }) => properties.user)).size));
    case "latest": {
      const last = Math.max(...events.map(({ timestamp }) => timestamp));
      return units.filter((_, index) => events[index]?.timestamp === last).reduce(max);
    }
    default:
      return loopedLevel(aggregation.per, events);
  }
}

/** The level held for every half hour of the period, added up; the events of `anyEvent` are on half hours. */
function loopedLevel(per: string, events: readonly UsageEvent[]): Decimal {
  let halfHours = zero;
  let level = zero;
  const changes = new Map<number, Decimal>();
  for (const { timestamp, properties } of events) {
    changes.set(timestamp, (changes.get(timestamp) ?? zero).plus(decimal(properties.units as string)));
  }
  for (let at = march.startsAt; at < march.endsAt; at += 1_800_000) {
    level = level.plus(changes.get(at) ?? zero);
    halfHours = halfHours.plus(level);
  }
  const length = per === "hour" ? "2" : String((march.endsAt - march.startsAt) / 1_800_000);
  return halfHours.dividedBy(decimal(length), { scale: 18, mode: "half-up" });
}

test("law: a meter reads what a plain loop over the events reads, window by window", () => {
  const perUnit = priceOf({ model: "per_unit", unitAmount: decimal("1") });
  fc.assert(
    fc.property(anyMeter, anyEvents, (meter, events) => {
      const { memory } = replayed(used(events, [subscription([perUnit])]), meter);
      const windows = new Map<number, UsageEvent[]>();
      for (const event of events) {
        const start = meter.window === null ? march.startsAt : windowStart(meter.window, "UTC", event.timestamp);
        windows.set(start, [...(windows.get(start) ?? []), event]);
      }
      const expected = sum([...windows.values()].map((inside) => looped(meter, inside)));
      assert.equal(chargeOf(perUnit, memory), expected.toString());
    }),
    laws,
  );
});

const april = { startsAt: march.endsAt, endsAt: Date.parse("2026-05-01T00:00:00Z") };

test("law: a level lasts into the next period, whenever that is opened and whenever the events come in", () => {
  const meter = meterOf({ type: "weighted_sum", per: "hour", property: "units" });
  const change = fc.tuple(fc.integer({ min: 0, max: 60 * 24 }), quantity).map(([hour, units]) => ({
    eventName: "use",
    timestamp: march.startsAt + hour * 3_600_000,
    properties: { units: units.toString(), price: "0.5" },
  }));
  const changes = inTwoOrders(
    fc.array(
      change.filter(({ timestamp }) => timestamp < april.endsAt),
      { maxLength: 8 },
    ),
  );
  fc.assert(
    fc.property(changes, fc.nat(8), fc.nat(8), anyPrice, ([one, other], firstOpening, secondOpening, price) => {
      const history = (events: UsageEvent[], opening: number) => {
        const [early, late] = [[subscription([price], march)], [subscription([price], april)]];
        const steps = [
          ...used(events.slice(0, opening), early),
          { type: "opening" as const, id: "opening", subscription: early[0] as RatedSubscription, ended: march },
          ...used(events.slice(opening), late),
        ];
        return replayed(steps, meter);
      };
      const simple = history(one, firstOpening);
      const others = history(other, secondOpening);
      assert.deepEqual(stored(others.memory), stored(simple.memory));
      assert.equal(paid(others.ratings), paid(simple.ratings));

      const [first, ...rest] = one;
      if (first === undefined) return;
      const late = [subscription([price], april)];
      const taken = [
        ...rerate([{ type: "void", id: "event_0", event: first, subscriptions: late }], [meter], simple.memory),
      ];
      const without = history(rest, secondOpening);
      assert.deepEqual(stored(simple.memory), stored(without.memory));
      assert.equal(paid([...simple.ratings, ...taken.map(({ rating }) => rating)]), paid(without.ratings));
    }),
    laws,
  );
});

test("law: a subscription that ends within a period pays for its levels until then, whenever their changes become known", () => {
  const endsAt = march.startsAt + 15 * 24 * 3_600_000;
  const ended = (price: UsagePrice): RatedSubscription => ({ ...subscription([price]), endsAt, levelsEndAt: endsAt });
  const meter = meterOf({ type: "weighted_sum", per: "period", property: "units" });
  const before = anyEvents.map((events) => events.filter(({ timestamp }) => timestamp < endsAt));
  fc.assert(
    fc.property(
      inTwoOrders(before),
      fc.nat(8),
      fc.nat(8),
      anyPrice,
      ([one, other], firstEnding, secondEnding, price) => {
        const history = (events: UsageEvent[], ending: number) =>
          replayed(
            [
              ...used(events.slice(0, ending), [subscription([price])]),
              { type: "ending", id: "ending", subscription: subscription([price]), period: march, endsAt },
              ...used(events.slice(ending), [ended(price)]),
            ],
            meter,
          );
        const simple = history(one, firstEnding);
        const others = history(other, secondEnding);
        assert.deepEqual(stored(others.memory), stored(simple.memory));
        assert.equal(paid(others.ratings), paid(simple.ratings));
        assert.equal(paid(simple.ratings), chargeOf(price, simple.memory));

        const [first, ...rest] = one;
        if (first === undefined) return;
        const taken = [
          ...rerate(
            [{ type: "void", id: "event_0", event: first, subscriptions: [ended(price)] }],
            [meter],
            simple.memory,
          ),
        ];
        const without = history(rest, secondEnding);
        assert.deepEqual(stored(simple.memory), stored(without.memory));
        assert.equal(paid([...simple.ratings, ...taken.map(({ rating }) => rating)]), paid(without.ratings));
      },
    ),
    laws,
  );
});

test("the levels of several dimensions that last into a period reach its maximum together", () => {
  const price = priceOf(
    { model: "per_unit", unitAmount: decimal("1") },
    { ...noModifiers, groupBy: ["model"], maximum: decimal("10") },
  );
  const meter = meterOf({ type: "weighted_sum", per: "period", property: "units" });
  const of = (model: string) => ({ eventName: "use", timestamp: march.startsAt, properties: { model, units: 6 } });
  const steps: ReplayStep[] = [
    ...used([of("small"), of("large")], [subscription([price])]),
    { type: "opening", id: "april", subscription: subscription([price]), ended: march },
  ];
  const { ratings, memory } = replayed(steps, meter);
  assert.deepEqual(
    ratings.map((rating) => paid([rating])),
    ["6", "4", "10"],
  );
  assert.equal(chargeOf(price, memory, april), "10");
});

test("a level that is ended with its subscription is paid for the time that it lasted", () => {
  const price = priceOf({ model: "per_unit", unitAmount: decimal("0.01") });
  const meter = meterOf({ type: "weighted_sum", per: "hour", property: "units" });
  const event = { eventName: "use", timestamp: march.startsAt, properties: { units: 10 } };
  const endsAt = march.startsAt + 24 * 3_600_000;
  const steps: ReplayStep[] = [
    ...used([event], [subscription([price])]),
    { type: "ending", id: "ending", subscription: subscription([price]), period: march, endsAt },
  ];
  // 10 for all 744 hours of March, less those after the first day.
  assert.deepEqual(
    replayed(steps, meter).ratings.map((rating) => paid([rating])),
    ["74.4", "-72"],
  );
});

test("a level that nothing changes costs a whole period again and again", () => {
  const price = priceOf({ model: "per_unit", unitAmount: decimal("0.01") });
  const meter = meterOf({ type: "weighted_sum", per: "hour", property: "units" });
  const event = { eventName: "use", timestamp: Date.parse("2026-03-31T22:00:00Z"), properties: { units: 10 } };
  const steps: ReplayStep[] = [
    ...used([event], [subscription([price])]),
    { type: "opening", id: "april", subscription: subscription([price]), ended: march },
  ];
  const { ratings, memory } = replayed(steps, meter);
  // 10 for 2 hours, then for all 720 hours of April.
  assert.deepEqual(
    ratings.map((rating) => paid([rating])),
    ["0.2", "72"],
  );
  assert.equal(chargeOf(price, memory, april), "72");
});

test("a maximum over several dimensions is one for all, and is given back as usage under it is taken out", () => {
  const price = priceOf(
    { model: "per_unit", unitAmount: decimal("1") },
    { ...noModifiers, groupBy: ["model"], maximum: decimal("10") },
  );
  const meter = meterOf({ type: "sum", property: "units" });
  const of = (model: string, units: number) => ({
    eventName: "use",
    timestamp: march.startsAt,
    properties: { model, units },
  });
  const subscriptions = [subscription([price])];
  const events = [of("small", 6), of("large", 6), of("small", 1)];
  const steps: ReplayStep[] = [
    ...used(events, subscriptions),
    { type: "void", id: "event_0", event: events[0] as UsageEvent, subscriptions },
  ];
  const { ratings } = replayed(steps, meter);
  assert.deepEqual(
    ratings.map((rating) => paid([rating])),
    ["6", "4", "0", "-3"],
  );
});

test("a matrix without a default leaves what no row names unpriced, and the event is kept", () => {
  const rows = [{ values: [modelNames[0] as string], unitAmount: decimal("2") }];
  const price = priceOf({ model: "matrix", dimensions: ["model"], rows, defaultUnitAmount: null });
  const meter = meterOf({ type: "count" });
  const events = [modelNames[0], "unheard of"].map((model) => ({
    eventName: "use",
    timestamp: march.startsAt,
    properties: { model },
  }));
  const { ratings } = replayed(used(events as UsageEvent[], [subscription([price])]), meter);
  assert.deepEqual(
    ratings.map(({ charges }) => charges.length),
    [1, 0],
  );
});

test("a value is named by its counter and itself, whatever characters either has", () => {
  const counter = { subscriptionId: "s", priceCode: "p", periodStartsAt: 0, dimension: "|a", windowStartsAt: null };
  const value = (key: string) => ({ key, quantity: zero, at: 0 });
  assert.notEqual(
    valueKey({ counter, value: value("b") }),
    valueKey({ counter: { ...counter, dimension: "" }, value: value("a|b") }),
  );
});
