/** What the laws range over: any price of any model, any meter, any events. */
import * as fc from "fast-check";
import { Decimal, decimal, zero } from "../decimal.ts";
import { currency } from "../denomination.ts";
import type { Aggregation, Meter, UsageEvent } from "../meter.ts";
import { noModifiers, type PriceModifiers, type PricingModel, type Tier, type UsagePrice } from "../plan.ts";

/** From 0 on, of any everyday or absurd length. */
export const amount = fc.oneof(
  fc.integer({ min: 0, max: 2_000 }).map((cents) => Decimal.of(BigInt(cents), 2)),
  fc.integer({ min: 0, max: 9 }).map((whole) => Decimal.of(BigInt(whole))),
  fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 18 }))
    .map(([coefficient, scale]) => Decimal.of(coefficient, scale)),
);

/** What events bring: mostly small, sometimes below zero, sometimes huge. */
export const quantity = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 500 }).map((tenths) => Decimal.of(BigInt(tenths), 1)) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 12 }).map((whole) => Decimal.of(BigInt(whole))) },
  { weight: 1, arbitrary: fc.integer({ min: -300, max: 0 }).map((tenths) => Decimal.of(BigInt(tenths), 1)) },
  { weight: 1, arbitrary: amount },
);

const bounds = fc
  .uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 4 })
  .map((tenths) => [...tenths.toSorted((a, b) => a - b).map((each) => Decimal.of(BigInt(each), 1)), null]);

function tiersOf<T>(rest: fc.Arbitrary<T>): fc.Arbitrary<(T & { upTo: Decimal | null })[]> {
  return bounds.chain((ends) => fc.tuple(...ends.map((upTo) => rest.map((each) => ({ upTo, ...each })))));
}

const flat = fc.oneof(fc.constant(zero), amount);
const percent = fc.integer({ min: 0, max: 9_999 }).map((hundredths) => Decimal.of(BigInt(hundredths), 2));

export const unitTiers: fc.Arbitrary<Tier[]> = tiersOf(fc.record({ unitAmount: amount, flatAmount: flat }));

const step = fc.constantFrom("0.5", "1", "7", "60", "0.3").map(decimal);

/** The values of the property "model" of events, and of the rows of a matrix. */
export const modelNames = ["small", "large", "7"];

export const models: Record<PricingModel["model"], fc.Arbitrary<PricingModel>> = {
  per_unit: amount.map((unitAmount) => ({ model: "per_unit", unitAmount })),
  graduated: unitTiers.map((tiers) => ({ model: "graduated", tiers })),
  volume: unitTiers.map((tiers) => ({ model: "volume", tiers })),
  package: fc.record({
    model: fc.constant("package"),
    packageSize: step,
    packageAmount: amount,
    freeUnits: fc.oneof(fc.constant(zero), amount),
  }),
  percentage: fc.oneof(
    fc.record({
      model: fc.constant("percentage"),
      ratePercent: percent,
      fixedAmount: amount,
      freeAmount: fc.oneof(fc.constant(zero), amount),
      minimumPerEvent: fc.constant(null),
      maximumPerEvent: fc.constant(null),
    }),
    fc.record({
      model: fc.constant("percentage"),
      ratePercent: percent,
      fixedAmount: amount,
      freeAmount: fc.constant(zero),
      minimumPerEvent: fc.constantFrom("0.3", "0.05").map(decimal),
      maximumPerEvent: fc.option(fc.constantFrom("0.3", "5").map(decimal)),
    }),
  ),
  graduated_percentage: tiersOf(fc.record({ ratePercent: percent, flatAmount: flat })).map((tiers) => ({
    model: "graduated_percentage",
    tiers,
  })),
  matrix: fc
    .tuple(
      fc.uniqueArray(fc.constantFrom(...modelNames, null), { maxLength: 4 }),
      fc.array(amount, { minLength: 4, maxLength: 4 }),
      amount,
    )
    .map(([names, amounts, defaultUnitAmount]) => ({
      model: "matrix",
      dimensions: ["model"],
      rows: names.map((name, index) => ({ values: [name], unitAmount: amounts[index] as Decimal })),
      defaultUnitAmount,
    })),
  dynamic: fc.constant({ model: "dynamic", amountProperty: "price" }),
  flat_per_event: amount.map((each) => ({ model: "flat_per_event", amount: each })),
};

export const anyModel: fc.Arbitrary<PricingModel> = fc.oneof(...Object.values(models));

/** Modifiers that the model may have: see `plan-validation.ts`. */
export function modifiersOf(model: PricingModel): fc.Arbitrary<PriceModifiers> {
  const looksAtEvents =
    model.model === "dynamic" ||
    model.model === "flat_per_event" ||
    (model.model === "percentage" && (model.minimumPerEvent !== null || model.maximumPerEvent !== null));
  const looksAtNoQuantity = model.model === "dynamic" || model.model === "flat_per_event";
  const rounding = fc.record({
    mode: fc.constantFrom("ceil" as const, "floor" as const, "round" as const),
    step,
    per: looksAtEvents ? fc.constant("event" as const) : fc.constantFrom("event" as const, "period" as const),
  });
  return fc.record({
    groupBy: model.model === "matrix" ? fc.constant([]) : fc.constantFrom([], ["model"], ["model", "isBatch"]),
    rounding: looksAtNoQuantity ? fc.constant(null) : fc.option(rounding, { freq: 2 }),
    includedUnits: looksAtEvents ? fc.constant(zero) : fc.oneof(fc.constant(zero), amount),
    minimum: fc.constant(null),
    maximum: fc.option(amount, { freq: 2 }),
    lateUsage: fc.constant("current_period" as const),
  });
}

export function priceOf(model: PricingModel, modifiers: PriceModifiers = noModifiers): UsagePrice {
  return { code: "price", meterCode: "meter", denomination: currency("usd"), ...modifiers, ...model };
}

export const anyPrice: fc.Arbitrary<UsagePrice> = anyModel.chain((model) =>
  modifiersOf(model).map((modifiers) => priceOf(model, modifiers)),
);

const measured = { property: "units" };

export const anyAggregation: fc.Arbitrary<Aggregation> = fc.constantFrom<Aggregation>(
  { type: "count" },
  { type: "sum", ...measured },
  { type: "max", ...measured },
  { type: "min", ...measured },
  { type: "latest", ...measured },
  { type: "unique_count", property: "user" },
  { type: "weighted_sum", per: "hour", ...measured },
  { type: "weighted_sum", per: "period", ...measured },
);

export const anyMeter: fc.Arbitrary<Meter> = anyAggregation.chain((aggregation) =>
  fc.constantFrom("hour" as const, "day" as const, null, null).map((window) => ({
    code: "meter",
    eventName: "use",
    aggregation,
    window: aggregation.type === "weighted_sum" ? null : window,
    filters: [],
  })),
);

/** March 2026 in UTC, the period of all laws. */
export const march = { startsAt: Date.parse("2026-03-01T00:00:00Z"), endsAt: Date.parse("2026-04-01T00:00:00Z") };

/** Events with every property that any meter or price of this file reads; few different values, so that they meet. */
export const anyEvent: fc.Arbitrary<UsageEvent> = fc
  .record({
    hour: fc.integer({ min: 0, max: 31 * 24 - 1 }),
    minute: fc.constantFrom(0, 0, 30),
    units: quantity,
    price: quantity,
    user: fc.integer({ min: 1, max: 4 }),
    model: fc.constantFrom(...modelNames, "other"),
    isBatch: fc.boolean(),
  })
  .map(({ hour, minute, units, price, user, model, isBatch }) => ({
    eventName: "use",
    timestamp: march.startsAt + hour * 3_600_000 + minute * 60_000,
    properties: { units: units.toString(), price: price.toString(), user, model, isBatch },
  }));

export const anyEvents = fc.array(anyEvent, { maxLength: 10 });

/** The same list in two orders. */
export function inTwoOrders<T>(items: fc.Arbitrary<T[]>): fc.Arbitrary<[T[], T[]]> {
  return items.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
}
