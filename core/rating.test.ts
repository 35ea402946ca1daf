import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyCounter, type CounterState } from "./counter.ts";
import { decimal } from "./decimal.ts";
import { currency, pricingUnit, type Denomination } from "./denomination.ts";
import { BillingError } from "./errors.ts";
import type { Meter, UsageEvent } from "./meter.ts";
import { periodContaining, type PeriodSchedule } from "./period.ts";
import { noModifiers, type OverdraftRule, type UsagePrice } from "./plan.ts";
import {
  counterKey,
  matchEvent,
  needsOf,
  rateMatches,
  voidMatches,
  type RatedSubscription,
  type Rating,
} from "./rating.ts";

const usd = currency("usd");
const token = pricingUnit("token");

const calls: Meter = {
  code: "calls",
  eventName: "completion",
  aggregation: { type: "count" },
  window: null,
  filters: [],
};
const tokens: Meter = {
  code: "tokens",
  eventName: "completion",
  aggregation: { type: "sum", property: "tokens" },
  window: null,
  filters: [],
};
const largeTokens: Meter = {
  ...tokens,
  code: "large_tokens",
  filters: [{ property: "model", operator: "equals", value: "large" }],
};
const uploads: Meter = {
  code: "uploads",
  eventName: "upload",
  aggregation: { type: "count" },
  window: null,
  filters: [],
};

function at(text: string): number {
  return Date.parse(text);
}

function price(code: string, meterCode: string, unitAmount: string, denomination: Denomination = usd): UsagePrice {
  return { code, meterCode, denomination, ...noModifiers, model: "per_unit", unitAmount: decimal(unitAmount) };
}

function subscription(
  id: string,
  usagePrices: UsagePrice[],
  options: Partial<RatedSubscription> & { overdraft?: OverdraftRule[] } = {},
): RatedSubscription {
  const { overdraft = [], ...rest } = options;
  const startsAt = options.startsAt ?? at("2026-01-10T12:00:00Z");
  const schedule: PeriodSchedule = { startsAt, anchorDay: 1, timeZone: "UTC", interval: "month", intervalCount: 1 };
  const plan = { billingInterval: "month" as const, billingIntervalCount: 1, usagePrices, fixedFees: [], overdraft };
  const currentPeriod = periodContaining(schedule, startsAt);
  return { id, startsAt, endsAt: null, schedule, currentPeriod, plan, ...rest };
}

function completion(timestamp: string, properties: UsageEvent["properties"] = { tokens: 10 }): UsageEvent {
  return { eventName: "completion", timestamp: at(timestamp), properties };
}

function rate(
  event: UsageEvent,
  meters: Meter[],
  subscriptions: RatedSubscription[],
  counters: Map<string, CounterState> = new Map(),
): Rating {
  return rateMatches(matchEvent({ event, meters, subscriptions }), { counters });
}

function written(rating: Rating): { charges: string[]; costs: string[] } {
  return {
    charges: rating.charges.map(
      (each) => `${each.subscriptionId} ${each.priceCode} ${each.quantity.toString()}: ${each.amount.toString()}`,
    ),
    costs: rating.costs.map(({ amount, denomination }) => `${amount.toString()} ${denomination.code}`),
  };
}

test("which prices an event touches", () => {
  const basic = subscription("basic", [price("per_token", "tokens", "0.002")]);
  const cases: [
    name: string,
    meters: Meter[],
    subscriptions: RatedSubscription[],
    charges: string[],
    costs: string[],
  ][] = [
    ["no meter", [], [basic], [], []],
    ["no subscription", [tokens], [], [], []],
    ["a meter of another event", [uploads], [subscription("s", [price("u", "uploads", "1")])], [], []],
    ["a meter that nothing prices", [calls], [basic], [], []],
    ["a price whose meter is not there", [calls], [basic], [], []],
    ["one price", [tokens], [basic], ["basic per_token 10: 0.02"], ["0.02 usd"]],
    [
      "two prices on one meter, in two denominations",
      [tokens],
      [subscription("s", [price("cents", "tokens", "0.002"), price("credits", "tokens", "1", token)])],
      ["s cents 10: 0.02", "s credits 10: 10"],
      ["0.02 usd", "10 token"],
    ],
    [
      "two meters on one event",
      [tokens, calls],
      [subscription("s", [price("per_call", "calls", "0.5"), price("per_token", "tokens", "0.002")])],
      ["s per_token 10: 0.02", "s per_call 1: 0.5"],
      ["0.52 usd"],
    ],
    [
      "two subscriptions",
      [tokens],
      [basic, subscription("extra", [price("surcharge", "tokens", "0.001")])],
      ["basic per_token 10: 0.02", "extra surcharge 10: 0.01"],
      ["0.03 usd"],
    ],
    [
      "a free price is touched all the same",
      [tokens],
      [subscription("s", [price("free", "tokens", "0")])],
      ["s free 10: 0"],
      ["0 usd"],
    ],
    ["a filter that does not hold", [largeTokens], [subscription("s", [price("l", "large_tokens", "1")])], [], []],
  ];
  for (const [name, meters, subscriptions, charges, costs] of cases) {
    assert.deepEqual(
      written(rate(completion("2026-02-01T00:00:00Z"), meters, subscriptions)),
      { charges, costs },
      name,
    );
  }
});

test("costs are listed by denomination, currencies first", () => {
  const many = subscription("s", [
    price("a", "calls", "1", pricingUnit("aaa")),
    price("b", "calls", "2", currency("usd")),
    price("c", "calls", "3", currency("eur")),
    price("d", "calls", "4", pricingUnit("aaa")),
  ]);
  assert.deepEqual(written(rate(completion("2026-02-01T00:00:00Z"), [calls], [many])).costs, [
    "3 eur",
    "2 usd",
    "5 aaa",
  ]);
});

test("a subscription covers what was before its end", () => {
  const of = subscription("s", [price("p", "calls", "1")], { endsAt: at("2026-03-05T06:00:00Z") });
  const cases: [timestamp: string, isCovered: boolean][] = [
    ["2026-01-10T12:00:00Z", true],
    ["2026-03-05T05:59:59.999Z", true],
    ["2026-03-05T06:00:00Z", false],
    ["2030-01-01T00:00:00Z", false],
  ];
  for (const [timestamp, isCovered] of cases) {
    assert.equal(rate(completion(timestamp), [calls], [of]).charges.length, isCovered ? 1 : 0, timestamp);
  }
  const endless = { ...of, endsAt: null };
  assert.equal(rate(completion("2030-01-01T00:00:00Z"), [calls], [endless]).charges.length, 1);
});

test("an event counts in the period of its own timestamp, whatever period is current", () => {
  const of = subscription("s", [price("p", "calls", "1")]);
  const january = periodContaining(of.schedule, at("2026-01-20T00:00:00Z"));
  const february = periodContaining(of.schedule, at("2026-02-20T00:00:00Z"));
  for (const currentPeriod of [january, february]) {
    const subscriptions = [{ ...of, currentPeriod }];
    const periodOf = (text: string) => rate(completion(text), [calls], subscriptions).charges[0]?.period;
    assert.deepEqual(periodOf("2026-01-31T23:59:59.999Z"), january);
    assert.deepEqual(periodOf("2026-02-01T00:00:00Z"), february);
  }
});

test("a bad property is refused even if nothing prices the meter or no subscription covers the event", () => {
  const event = completion("2026-02-01T00:00:00Z", { tokens: "many" });
  for (const subscriptions of [[], [subscription("s", [price("p", "calls", "1")])]]) {
    assert.throws(
      () => matchEvent({ event, meters: [calls, tokens], subscriptions }),
      (error) => error instanceof BillingError && error.code === "INVALID_PROPERTY",
    );
  }
  // A meter that does not match needs nothing.
  assert.deepEqual(matchEvent({ event, meters: [largeTokens], subscriptions: [] }), []);
});

test("overdrafts are blocked if any plan that charges the denomination blocks them", () => {
  const block: OverdraftRule[] = [{ denomination: usd, policy: "block" }];
  const allowing = subscription("a", [price("p", "calls", "1"), price("t", "calls", "1", token)]);
  const blocking = subscription("b", [price("p", "calls", "1")], { overdraft: block });
  const idle = subscription("i", [price("p", "uploads", "1")], { overdraft: block });
  const policies = (subscriptions: RatedSubscription[]) =>
    rate(completion("2026-02-01T00:00:00Z"), [calls, uploads], subscriptions).costs.map(({ overdraft }) => overdraft);
  assert.deepEqual(policies([allowing]), ["allow", "allow"]);
  assert.deepEqual(policies([allowing, blocking]), ["block", "allow"]);
  assert.deepEqual(policies([allowing, idle]), ["allow", "allow"]);
});

test("a charge moves its own counter from what it was, and from zero at first", () => {
  const of = subscription("s", [price("p", "tokens", "0.5")]);
  const [first] = rate(completion("2026-02-01T00:00:00Z"), [tokens], [of]).charges;
  assert.ok(first);
  assert.deepEqual([first.counterBefore.quantity.toString(), first.counterAfter.quantity.toString()], ["0", "10"]);
  assert.deepEqual(first.counter, {
    subscriptionId: "s",
    priceCode: "p",
    periodStartsAt: at("2026-02-01T00:00:00Z"),
    dimension: "",
    windowStartsAt: null,
  });
  const counters = new Map([[counterKey(first.counter), first.counterAfter]]);
  const [second] = rate(completion("2026-02-02T00:00:00Z", { tokens: "2.5" }), [tokens], [of], counters).charges;
  assert.deepEqual(
    [second?.counterBefore.quantity.toString(), second?.counterAfter.quantity.toString()],
    ["10", "12.5"],
  );
  const [march] = rate(completion("2026-03-01T00:00:00Z"), [tokens], [of], counters).charges;
  assert.equal(march?.counterBefore, emptyCounter);
});

test("usage of a closed period counts in the current one, with a mark, or is refused, as its price says", () => {
  const february = periodContaining(subscription("s", []).schedule, at("2026-02-20T00:00:00Z"));
  const of = (lateUsage: "current_period" | "reject", closedUntil: number | null) =>
    subscription("s", [{ ...price("p", "calls", "1"), lateUsage }], { currentPeriod: february, closedUntil });
  const january = completion("2026-01-20T00:00:00Z");
  const [onTime] = rate(january, [calls], [of("reject", null)]).charges;
  assert.deepEqual([onTime?.isLate, onTime?.period.startsAt], [false, at("2026-01-10T00:00:00Z")]);
  const [late] = rate(january, [calls], [of("current_period", february.startsAt)]).charges;
  assert.deepEqual([late?.isLate, late?.period], [true, february]);
  assert.throws(
    () => rate(january, [calls], [of("reject", february.startsAt)]),
    (error) => error instanceof BillingError && error.code === "USAGE_TOO_LATE",
  );
  const [current] = rate(completion("2026-02-01T00:00:00Z"), [calls], [of("reject", february.startsAt)]).charges;
  assert.equal(current?.isLate, false);
  // To take it out, its matches are made again where they were, whatever has been closed or opened since.
  const march = periodContaining(subscription("s", []).schedule, at("2026-03-20T00:00:00Z"));
  const since = { ...of("reject", march.startsAt), currentPeriod: march, recordedPeriod: february };
  const [again] = rate(january, [calls], [since]).charges;
  assert.deepEqual([again?.isLate, again?.period], [true, february]);
});

test("an event of a time before the subscription counts in the current period, with a mark, or is refused, as its price says", () => {
  const february = periodContaining(subscription("s", []).schedule, at("2026-02-20T00:00:00Z"));
  const of = (lateUsage: "current_period" | "reject") =>
    subscription("s", [{ ...price("p", "calls", "1"), lateUsage }], { currentPeriod: february });
  const old = completion("2024-01-15T10:30:00Z");
  const [late] = rate(old, [calls], [of("current_period")]).charges;
  assert.deepEqual([late?.isLate, late?.period], [true, february]);
  assert.throws(
    () => rate(old, [calls], [of("reject")]),
    (error) => error instanceof BillingError && error.code === "USAGE_TOO_LATE",
  );
});

test("an event is priced by the subscriptions that ran at its time, and by later ones only if none did", () => {
  const old = subscription("old", [price("p", "calls", "1")], { endsAt: at("2026-03-01T00:00:00Z"), hasEnded: true });
  const next = subscription("next", [price("p", "calls", "100")], { startsAt: at("2026-03-01T00:00:00Z") });
  const pricedBy = (timestamp: string) =>
    rate(completion(timestamp), [calls], [old, next]).charges.map(({ subscriptionId, isLate }) => [
      subscriptionId,
      isLate,
    ]);
  assert.deepEqual(pricedBy("2026-02-28T23:59:59Z"), [["old", false]]);
  assert.deepEqual(pricedBy("2026-03-01T00:00:00Z"), [["next", false]]);
  assert.deepEqual(pricedBy("2025-12-31T00:00:00Z"), [["next", true]]);
  assert.deepEqual(rate(completion("2025-12-31T00:00:00Z"), [calls], [old]).charges, []);
});

test("what is to be loaded: counters of periods, windows and totals, and values of unique counts or of what is taken out", () => {
  const event = completion("2026-02-03T04:30:00Z", { tokens: 10, model: "large" });
  const grouped: UsagePrice = { ...price("p", "m", "1"), groupBy: ["model"], maximum: decimal("5") };
  const written = (aggregation: Meter["aggregation"], window: Meter["window"], isVoid: boolean) => {
    const meter: Meter = { code: "m", eventName: "completion", aggregation, window, filters: [] };
    const matches = matchEvent({ event, meters: [meter], subscriptions: [subscription("s", [grouped])] });
    const { counters, values } = needsOf(matches, isVoid);
    return {
      counters: counters.map(
        ({ dimension, windowStartsAt }) =>
          `${dimension}@${windowStartsAt === null ? "" : new Date(windowStartsAt).toISOString()}`,
      ),
      values: values.map(
        ({ value, order, counter }) =>
          `${value.key} ${order ?? "number"} ${counter.windowStartsAt === null ? "period" : "window"}`,
      ),
    };
  };
  const both = ['["large"]@', "@"];
  const three = ['["large"]@', '["large"]@2026-02-03T00:00:00.000Z', "@"];
  assert.deepEqual(written({ type: "count" }, null, false), { counters: both, values: [] });
  assert.deepEqual(written({ type: "max", property: "tokens" }, "day", false), { counters: three, values: [] });
  assert.deepEqual(written({ type: "max", property: "tokens" }, "day", true), {
    counters: three,
    values: ["10 greatest window"],
  });
  assert.deepEqual(written({ type: "unique_count", property: "model" }, null, false), {
    counters: both,
    values: ['"large" number period'],
  });
  assert.deepEqual(written({ type: "latest", property: "tokens" }, null, true).values, [
    `${event.timestamp}:10 latest period`,
  ]);
});

test("an event taken out gives back what the period costs less without it", () => {
  const tiers = [
    { upTo: decimal("10"), unitAmount: decimal("2"), flatAmount: decimal("0") },
    { upTo: null, unitAmount: decimal("1"), flatAmount: decimal("0") },
  ];
  const graduated: UsagePrice = { ...price("p", "tokens", "1"), model: "graduated", tiers };
  const matches = matchEvent({
    event: completion("2026-02-01T00:00:00Z"),
    meters: [tokens],
    subscriptions: [subscription("s", [graduated])],
  });
  const counters = new Map<string, CounterState>();
  const costs: string[] = [];
  for (let number = 0; number < 2; number++) {
    const rating = rateMatches(matches, { counters });
    for (const { counter, after } of rating.counters) counters.set(counterKey(counter), after);
    costs.push(...written(rating).costs);
  }
  assert.deepEqual(costs, ["20 usd", "10 usd"]);
  const voided = voidMatches(matches, { counters });
  assert.deepEqual(written(voided).costs, ["-10 usd"]);
});
