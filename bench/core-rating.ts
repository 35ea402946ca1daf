/**
 * How fast core rates: `node bench/core-rating.mjs`.
 *
 * A rating is what ingest does for one event and one graduated price: load the counter's state, add the event's quantity, charge
 * before and after, and take the difference. The yardstick is the same algorithm in plain `number` arithmetic: the same state
 * objects, the same lookup of precomputed tiers, the same two charges. Both are run in turns in one process, so that a busy
 * machine slows both. Two more rows show where the exact side stands when it cannot use small coefficients (prices and
 * quantities of 18 digits), and what a whole event costs: matching, rating and storing its counter.
 */
import { addTo, emptyCounter, type Contribution, type CounterState } from "../core/counter.ts";
import { Decimal, decimal, sum, zero } from "../core/decimal.ts";
import { currency } from "../core/denomination.ts";
import type { Meter } from "../core/meter.ts";
import { noModifiers, type UsagePrice } from "../core/plan.ts";
import { costBetween } from "../core/pricing.ts";
import { counterKey, matchEvent, rateMatches, type RatedSubscription } from "../core/rating.ts";

const ratings = 1_000_000;
const rounds = 5;
const dimension = "";

const tierTable = [
  { upTo: "1000", unitAmount: "0.01", flatAmount: "0" },
  { upTo: "10000", unitAmount: "0.008", flatAmount: "5" },
  { upTo: "100000", unitAmount: "0.005", flatAmount: "0" },
  { upTo: "1000000", unitAmount: "0.0025", flatAmount: "0" },
  { upTo: null, unitAmount: "0.0021", flatAmount: "0" },
];

/** Quantities with three digits after the point, from a generator with a fixed seed: 0.001 to about 20. */
function quantities(): bigint[] {
  let seed = 42n;
  return Array.from({ length: ratings }, () => {
    seed = (seed * 6364136223846793005n + 1442695040888963407n) & 0xffff_ffff_ffff_ffffn;
    return ((seed >> 40n) % 20_000n) + 1n;
  });
}

function graduatedPrice(): UsagePrice {
  return {
    code: "calls",
    meterCode: "calls",
    denomination: currency("usd"),
    ...noModifiers,
    model: "graduated",
    tiers: tierTable.map(({ upTo, unitAmount, flatAmount }) => ({
      upTo: upTo === null ? null : decimal(upTo),
      unitAmount: decimal(unitAmount),
      flatAmount: decimal(flatAmount),
    })),
  };
}

function exactly(coefficients: readonly bigint[], price: UsagePrice, scale: number): () => string {
  const events = coefficients.map((coefficient) => Decimal.of(coefficient, scale));
  const how = {
    aggregation: { type: "sum" as const, property: "units" },
    period: { startsAt: 0, endsAt: 1 },
    timesSeen: 0,
  };
  return () => {
    let state = emptyCounter;
    let total = zero;
    for (const quantity of events) {
      const contribution: Contribution = { quantity, value: null, at: 0, fee: zero, events: 1 };
      const after = addTo(state, contribution, how);
      total = total.plus(costBetween(price, { dimension, state }, { dimension, state: after }));
      state = after;
    }
    return total.toString();
  };
}

type FloatState = { quantity: number; eventCount: number; accrued: number; memory: null };
type FloatTier = { upTo: number | null; unitAmount: number; flatAmount: number };
type FloatSlope = { upTo: number | null; unitAmount: number; base: number };

const slopesByTiers = new WeakMap<readonly FloatTier[], FloatSlope[]>();

function inFloats(coefficients: readonly bigint[]): () => string {
  const tiers: FloatTier[] = tierTable.map(({ upTo, unitAmount, flatAmount }) => ({
    upTo: upTo === null ? null : parseFloat(upTo),
    unitAmount: parseFloat(unitAmount),
    flatAmount: parseFloat(flatAmount),
  }));
  const price = { model: "graduated", tiers, maximum: null as number | null, includedUnits: 0, rounding: null };
  const events = coefficients.map((coefficient) => parseInt(coefficient.toString(), 10) / 1_000);
  return () => {
    let state: FloatState = { quantity: 0, eventCount: 0, accrued: 0, memory: null };
    let total = 0;
    for (const quantity of events) {
      const contribution = { quantity, value: null, at: 0, fee: 0, events: 1 };
      const after = addFloat(state, contribution);
      total += floatCharge(price, { dimension, state: after }) - floatCharge(price, { dimension, state });
      state = after;
    }
    return String(total);
  };
}

function addFloat(state: FloatState, contribution: { quantity: number; fee: number; events: number }): FloatState {
  return {
    quantity: state.quantity + contribution.quantity,
    eventCount: state.eventCount + contribution.events,
    accrued: state.accrued + contribution.fee,
    memory: null,
  };
}

function floatCharge(
  price: { model: string; tiers: readonly FloatTier[]; maximum: number | null; includedUnits: number; rounding: null },
  { state }: { dimension: string; state: FloatState },
): number {
  const quantity = price.includedUnits === 0 ? state.quantity : Math.max(0, state.quantity - price.includedUnits);
  const amount = price.model === "graduated" ? floatGraduated(price.tiers, quantity) : 0;
  return price.maximum === null ? amount : Math.min(amount, price.maximum);
}

function floatGraduated(tiers: readonly FloatTier[], quantity: number): number {
  const slopes = slopesByTiers.get(tiers) ?? floatSlopes(tiers);
  if (quantity <= 0) return (slopes[0] as FloatSlope).unitAmount * quantity;
  let index = 0;
  for (const last = slopes.length - 1; index < last; index += 1) {
    const { upTo } = slopes[index] as FloatSlope;
    if (upTo === null || quantity <= upTo) break;
  }
  const slope = slopes[index] as FloatSlope;
  return slope.unitAmount * quantity + slope.base;
}

function floatSlopes(tiers: readonly FloatTier[]): FloatSlope[] {
  let paid = 0;
  const slopes = tiers.map(({ upTo, unitAmount, flatAmount }, index) => {
    const start = tiers[index - 1]?.upTo ?? 0;
    const base = paid + flatAmount - unitAmount * start;
    if (upTo !== null) paid += flatAmount + unitAmount * (upTo - start);
    return { upTo, unitAmount, base };
  });
  slopesByTiers.set(tiers, slopes);
  return slopes;
}

function timed(run: () => string): { perSecond: number; result: string } {
  const startedAt = process.hrtime.bigint();
  const result = run();
  const elapsedNs = parseInt((process.hrtime.bigint() - startedAt).toString(), 10);
  return { perSecond: (ratings / elapsedNs) * 1e9, result };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** Whole events: read the property, match, rate, and keep the counter by its key. */
function wholeEvents(coefficients: readonly bigint[]): () => string {
  const meter: Meter = {
    code: "calls",
    eventName: "call",
    aggregation: { type: "sum", property: "units" },
    window: null,
    filters: [],
  };
  const march = { startsAt: Date.parse("2026-03-01T00:00:00Z"), endsAt: Date.parse("2026-04-01T00:00:00Z") };
  const subscription: RatedSubscription = {
    id: "cm5x9z8nv0000h85r7l9p2k1m",
    startsAt: march.startsAt,
    endsAt: null,
    schedule: { startsAt: march.startsAt, anchorDay: 1, timeZone: "UTC", interval: "month", intervalCount: 1 },
    currentPeriod: march,
    plan: {
      billingInterval: "month",
      billingIntervalCount: 1,
      usagePrices: [graduatedPrice()],
      fixedFees: [],
      overdraft: [],
    },
  };
  const events = coefficients.map((coefficient) => ({
    eventName: "call",
    timestamp: march.startsAt,
    properties: { units: Decimal.of(coefficient, 3).toString(), model: "large" },
  }));
  return () => {
    const counters = new Map<string, CounterState>();
    let total = zero;
    for (const event of events) {
      const rating = rateMatches(matchEvent({ event, meters: [meter], subscriptions: [subscription] }), { counters });
      for (const { counter, after } of rating.counters) counters.set(counterKey(counter), after);
      total = total.plus(rating.charges[0]?.amount ?? zero);
    }
    return total.toString();
  };
}

const coefficients = quantities();
const sides = {
  exact: exactly(coefficients, graduatedPrice(), 3),
  number: inFloats(coefficients),
  "18 digits": exactly(
    coefficients.map((coefficient) => coefficient * 10n ** 15n + 7n),
    graduatedPrice(),
    18,
  ),
  "whole event": wholeEvents(coefficients),
};
const names = Object.keys(sides) as (keyof typeof sides)[];
for (const name of names) sides[name]();

const results = Array.from({ length: rounds }, () => {
  const round = names.map((name) => [name, timed(sides[name])] as const);
  return Object.fromEntries(round) as Record<keyof typeof sides, { perSecond: number; result: string }>;
});
const ratios = results.map(({ exact, number }) => number.perSecond / exact.perSecond);
const units = sum(coefficients.map((coefficient) => Decimal.of(coefficient, 3))).toString();
console.log(
  `${ratings} graduated ratings, ${units} units, 5 tiers; median of ${rounds} alternating rounds; Node ${process.version}`,
);
for (const name of names) {
  const perSecond = median(results.map((each) => each[name].perSecond));
  console.log(`${name.padEnd(12)} ${Math.trunc(perSecond)} per second, total ${results[0]?.[name].result ?? ""}`);
}
console.log(
  `number is ${median(ratios).toPrecision(3)} times as fast as exact (rounds: ${ratios.map((each) => each.toPrecision(3)).join(", ")})`,
);
