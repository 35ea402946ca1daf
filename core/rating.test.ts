import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decimal, Decimal, type Decimal as Amount } from "./decimal.ts";
import { currency, pricingUnit, type Denomination } from "./denomination.ts";
import { BillingError } from "./errors.ts";
import type { Meter, UsageEvent } from "./meter.ts";
import { periodContaining, type PeriodSchedule } from "./period.ts";
import type { OverdraftRule, UsagePrice } from "./plan.ts";
import { charge } from "./pricing.ts";
import { counterKey, matchEvent, rateMatches, type RatedSubscription, type Rating } from "./rating.ts";

const usd = currency("usd");
const token = pricingUnit("token");

const calls: Meter = { code: "calls", eventName: "completion", aggregation: { type: "count" }, filters: [] };
const tokens: Meter = {
  code: "tokens",
  eventName: "completion",
  aggregation: { type: "sum", property: "tokens" },
  filters: [],
};
const largeTokens: Meter = {
  ...tokens,
  code: "large_tokens",
  filters: [{ property: "model", operator: "equals", value: "large" }],
};
const uploads: Meter = { code: "uploads", eventName: "upload", aggregation: { type: "count" }, filters: [] };

function at(text: string): number {
  return Date.parse(text);
}

function price(code: string, meterCode: string, unitAmount: string, denomination: Denomination = usd): UsagePrice {
  return { code, meterCode, denomination, model: "per_unit", unitAmount: decimal(unitAmount) };
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
  counters: Map<string, Amount> = new Map(),
): Rating {
  return rateMatches(matchEvent({ event, meters, subscriptions }), counters);
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

test("an event of a time before the subscription is charged in the current period, and marked late", () => {
  const of = subscription("s", [price("p", "calls", "1")]);
  const february = periodContaining(of.schedule, at("2026-02-20T00:00:00Z"));
  const [late] = rate(completion("2024-01-15T10:30:00Z"), [calls], [{ ...of, currentPeriod: february }]).charges;
  assert.deepEqual([late?.period, late?.isLate], [february, true]);
  const [timely] = rate(completion("2026-02-20T00:00:00Z"), [calls], [{ ...of, currentPeriod: february }]).charges;
  assert.equal(timely?.isLate, false);
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
  assert.deepEqual([first.counterBefore.toString(), first.counterAfter.toString()], ["0", "10"]);
  assert.deepEqual(first.counter, {
    subscriptionId: "s",
    priceCode: "p",
    periodStartsAt: at("2026-02-01T00:00:00Z"),
    dimension: "",
  });
  const counters = new Map([[counterKey(first.counter), first.counterAfter]]);
  const [second] = rate(completion("2026-02-02T00:00:00Z", { tokens: "2.5" }), [tokens], [of], counters).charges;
  assert.deepEqual([second?.counterBefore.toString(), second?.counterAfter.toString()], ["10", "12.5"]);
  const [march] = rate(completion("2026-03-01T00:00:00Z"), [tokens], [of], counters).charges;
  assert.equal(march?.counterBefore.toString(), "0");
});

test("law: chained over a batch, costs add up to each period's charge, and no batching changes them", () => {
  const prices = [price("p", "tokens", "0.0021"), price("t", "tokens", "3", token), price("c", "calls", "0.07")];
  const subscriptions = [subscription("one", prices), subscription("two", prices.slice(0, 1))];
  const anyEvent = fc
    .tuple(fc.integer({ min: 0, max: 120 }), fc.bigInt({ min: 0n, max: 10n ** 20n }))
    .map(([day, coefficient]) => ({
      eventName: "completion",
      timestamp: at("2026-01-10T12:00:00Z") + day * 86_400_000,
      properties: { tokens: Decimal.of(coefficient, 9).toString() },
    }));
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 15 }), (events) => {
      const counters = new Map<string, Amount>();
      const paid = new Map<string, Amount>();
      for (const event of events) {
        for (const each of rate(event, [tokens, calls], subscriptions, counters).charges) {
          const key = counterKey(each.counter);
          counters.set(key, each.counterAfter);
          paid.set(key, (paid.get(key) ?? decimal("0")).plus(each.amount));
        }
      }
      for (const [key, counter] of counters) {
        const of = prices.find(({ code }) => key.split("|")[1] === code);
        assert.ok(of);
        assert.equal(paid.get(key)?.toString(), charge(of, counter).toString(), key);
      }
    }),
    { numRuns: 200 },
  );
});
