import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decimal, zero } from "./decimal.ts";
import { currency } from "./denomination.ts";
import type { Aggregation, Meter } from "./meter.ts";
import { validateMeter, validatePlan } from "./plan-validation.ts";
import {
  noModifiers,
  type Percentage,
  type PlanDocument,
  type PriceModifiers,
  type PricingModel,
  type Tier,
  type UsagePrice,
} from "./plan.ts";
import { anyPrice, priceOf } from "./test/arbitraries.ts";

function plan(usagePrices: UsagePrice[], options: Partial<PlanDocument> = {}): PlanDocument {
  return { billingInterval: "month", billingIntervalCount: 1, usagePrices, fixedFees: [], overdraft: [], ...options };
}

function tier(upTo: string | null, unitAmount = "1", flatAmount = "0"): Tier {
  return {
    upTo: upTo === null ? null : decimal(upTo),
    unitAmount: decimal(unitAmount),
    flatAmount: decimal(flatAmount),
  };
}

/** "path: message" */
function problems(document: PlanDocument, meters: Meter[] = []): string[] {
  return validatePlan(document, meters).map(({ path, message }) => `${path}: ${message}`);
}

const graduated = (...tiers: Tier[]): PricingModel => ({ model: "graduated", tiers });
const perUnit: PricingModel = { model: "per_unit", unitAmount: decimal("1") };
const percentage: Percentage = {
  model: "percentage",
  ratePercent: decimal("2.9"),
  fixedAmount: decimal("0.3"),
  freeAmount: zero,
  minimumPerEvent: null,
  maximumPerEvent: null,
};
const matrix: PricingModel = {
  model: "matrix",
  dimensions: ["model", "region"],
  rows: [{ values: ["large", "eu"], unitAmount: decimal("1") }],
  defaultUnitAmount: null,
};

test("what is wrong with a model is said with the tier or row and the field", () => {
  const below = decimal("-1");
  const cases: [model: PricingModel, problems: string[]][] = [
    [perUnit, []],
    [{ ...perUnit, unitAmount: below }, ["unit_amount: Must not be below zero."]],
    [graduated(tier("10"), tier("20"), tier(null)), []],
    [graduated(tier(null)), []],
    [graduated(), ["tiers: Must have at least one tier."]],
    [
      graduated(tier("10"), tier("20")),
      ["tiers.1.up_to: Tier 2 is the last one: its up_to must be null, or what is above it has no price."],
    ],
    [graduated(tier(null), tier(null)), ["tiers.0.up_to: Tier 1 is not the last one: its up_to must be a number."]],
    [
      graduated(tier("10"), tier("10"), tier(null)),
      ["tiers.1.up_to: Tier 2: its up_to must be above that of tier 1, 10."],
    ],
    [
      graduated(tier("10"), tier("9.5"), tier(null)),
      ["tiers.1.up_to: Tier 2: its up_to must be above that of tier 1, 10."],
    ],
    [graduated(tier("0"), tier(null)), ["tiers.0.up_to: Tier 1: its up_to must be above zero."]],
    [
      { model: "volume", tiers: [tier("10", "-1", "-2"), tier(null)] },
      [
        "tiers.0.unit_amount: Tier 1: its unit_amount must not be below zero.",
        "tiers.0.flat_amount: Tier 1: its flat_amount must not be below zero.",
      ],
    ],
    [
      { model: "graduated_percentage", tiers: [{ upTo: null, ratePercent: below, flatAmount: zero }] },
      ["tiers.0.rate_percent: Tier 1: its rate_percent must not be below zero."],
    ],
    [
      { model: "package", packageSize: zero, packageAmount: below, freeUnits: below },
      [
        "package_size: Must be above zero.",
        "package_amount: Must not be below zero.",
        "free_units: Must not be below zero.",
      ],
    ],
    [percentage, []],
    [
      { ...percentage, minimumPerEvent: decimal("2"), maximumPerEvent: decimal("1") },
      ["minimum_per_event: Must not be above maximum_per_event."],
    ],
    [
      { ...percentage, minimumPerEvent: decimal("1"), freeAmount: decimal("5") },
      [
        "free_amount: Must be 0 with a minimum or maximum per event: which events it covers would hang on the order they come in.",
      ],
    ],
    [matrix, []],
    [
      {
        ...matrix,
        rows: [...matrix.rows, { values: ["small"], unitAmount: below }, matrix.rows[0] as (typeof matrix.rows)[0]],
      },
      [
        "rows.1.values: Row 2 must have a value for each dimension: 2, not 1.",
        "rows.1.unit_amount: Row 2: its unit_amount must not be below zero.",
        "rows.2.values: Row 3 has the values of row 1; give each at most once.",
      ],
    ],
    [{ ...matrix, dimensions: [], rows: [] }, ["dimensions: Must name at least one property."]],
    [{ model: "dynamic", amountProperty: "" }, ["amount_property: Must name a property."]],
    [{ model: "flat_per_event", amount: below }, ["amount: Must not be below zero."]],
  ];
  for (const [model, expected] of cases) {
    assert.deepEqual(
      problems(plan([priceOf(model)])),
      expected.map((each) => `usage_prices.0.${each}`),
      model.model,
    );
  }
});

test("what is wrong with modifiers", () => {
  const rounding = { mode: "ceil" as const, step: decimal("60"), per: "period" as const };
  const clamped: PricingModel = { ...percentage, maximumPerEvent: decimal("5") };
  const cases: [model: PricingModel, modifiers: Partial<PriceModifiers>, problems: string[]][] = [
    [perUnit, { rounding: { ...rounding, step: zero } }, ["rounding.step: Must be above zero."]],
    [perUnit, { includedUnits: decimal("-1") }, ["included_units: Must not be below zero."]],
    [perUnit, { minimum: decimal("10"), maximum: decimal("5") }, ["minimum: Must not be above the maximum."]],
    [perUnit, { minimum: decimal("5"), maximum: decimal("5") }, []],
    [
      perUnit,
      { groupBy: ["a", "", "a"] },
      ["group_by.1: Must name a property.", "group_by.2: Names a property a second time; give each at most once."],
    ],
    [perUnit, { groupBy: ["a", "b", "c", "d", "e", "f"] }, ["group_by: Must name at most 5 properties."]],
    [matrix, { groupBy: ["a"] }, ["group_by: Must be empty on a matrix, which counts by its dimensions already."]],
    [
      clamped,
      { includedUnits: decimal("1"), rounding },
      [
        "included_units: Must be 0 with a minimum or maximum per event: which events it covers would hang on the order they come in.",
        'rounding.per: Must be "event" with a minimum or maximum per event, which charge every event on its own.',
      ],
    ],
    [
      { model: "flat_per_event", amount: zero },
      { includedUnits: decimal("1"), rounding },
      [
        "included_units: Must be 0: the model flat_per_event does not look at quantities.",
        "rounding: Must be null: the model flat_per_event does not look at quantities.",
      ],
    ],
  ];
  for (const [model, modifiers, expected] of cases) {
    assert.deepEqual(
      problems(plan([priceOf(model, { ...noModifiers, ...modifiers })])),
      expected.map((each) => `usage_prices.0.${each}`),
    );
  }
});

test("what a price cannot do on its meter", () => {
  const meter = (aggregation: Aggregation): Meter => ({
    code: "meter",
    eventName: "use",
    aggregation,
    window: null,
    filters: [],
  });
  const perEvent = priceOf(perUnit, { ...noModifiers, rounding: { mode: "ceil", step: decimal("60"), per: "event" } });
  const clamped = priceOf({ ...percentage, maximumPerEvent: decimal("5") });
  assert.deepEqual(problems(plan([perEvent]), [meter({ type: "sum", property: "p" })]), []);
  assert.deepEqual(problems(plan([perEvent]), [meter({ type: "count" })]), [
    'usage_prices.0.rounding.per: Must be "period": an event of "meter" has no quantity to round.',
  ]);
  assert.deepEqual(problems(plan([clamped]), [meter({ type: "max", property: "p" })]), [
    'usage_prices.0.meter_code: A minimum or maximum per event needs a meter that counts or sums; "meter" is a max.',
  ]);
  assert.deepEqual(problems(plan([clamped])), []);
  assert.deepEqual(
    validateMeter({ aggregation: { type: "weighted_sum", per: "hour", property: "p" }, window: "day" }),
    [{ path: "window", message: "Must be null on a weighted sum, which measures time already." }],
  );
  assert.deepEqual(validateMeter({ aggregation: { type: "max", property: "p" }, window: "day" }), []);
});

test("codes and denominations are named once", () => {
  const fee = {
    code: "seat",
    name: "Seat",
    amount: decimal("-1"),
    denomination: currency("usd"),
    billing: "in_advance" as const,
    per: "seat" as const,
    recurrence: "every_period" as const,
  };
  const rule = { denomination: currency("usd"), policy: "block" as const };
  const document = plan([priceOf(perUnit), priceOf(perUnit)], {
    billingIntervalCount: 0,
    fixedFees: [fee, { ...fee, amount: zero }],
    overdraft: [rule, rule],
  });
  assert.deepEqual(problems(document), [
    "billing_interval_count: Must be a whole number of at least 1.",
    "fixed_fees.0.amount: Must not be below zero.",
    "usage_prices.1.code: Another price has this code; codes are unique in a plan.",
    "fixed_fees.1.code: Another fee has this code; codes are unique among a plan's fees.",
    "overdraft.1: Another rule is for this denomination; give each at most once.",
  ]);
});

test("law: every price that the laws range over is one that may be used", () => {
  fc.assert(
    fc.property(anyPrice, (price) => {
      assert.deepEqual(problems(plan([price])), []);
    }),
    { numRuns: 1_000 },
  );
});

test("what recurs within the billing period tiles it, and is tiled by what recurs most often", () => {
  const months = (intervalCount: number) => ({ interval: "month" as const, intervalCount });
  const fee = (every?: ReturnType<typeof months>, recurrence: "every_period" | "once" = "every_period") => ({
    code: `fee_${every?.intervalCount ?? 0}`,
    name: "Fee",
    amount: zero,
    denomination: currency("usd"),
    billing: "in_advance" as const,
    per: "seat" as const,
    recurrence,
    every,
  });
  const year = (options: Partial<PlanDocument>) => plan([], { billingInterval: "year", ...options });
  const cases: [document: PlanDocument, problems: string[]][] = [
    [year({ usageEvery: months(1), fixedFees: [fee(), fee(months(3))] }), []],
    [
      year({ usageEvery: months(5) }),
      ["usage_every: Must fit into the plan's billing interval a whole number of times."],
    ],
    [
      plan([], { usageEvery: months(3) }),
      ["usage_every: Must fit into the plan's billing interval a whole number of times."],
    ],
    [
      plan([], { usageEvery: { interval: "week", intervalCount: 1 } }),
      ["usage_every: Must fit into the plan's billing interval a whole number of times."],
    ],
    [year({ usageEvery: months(0) }), ["usage_every.interval_count: Must be a whole number of at least 1."]],
    [
      year({ fixedFees: [fee(months(2)), fee(months(3))] }),
      ["fixed_fees.1.every: Must be a whole number of times what recurs most often on the plan."],
    ],
    [year({ fixedFees: [fee(months(2), "once")] }), ["fixed_fees.0.every: Must be left out of a fee owed once."]],
  ];
  for (const [document, expected] of cases) assert.deepEqual(problems(document), expected);
});

test("trials, commitments and recurring grants have amounts that make sense, and codes of their own", () => {
  const commitment = {
    code: "least",
    name: "Least",
    denomination: currency("usd"),
    amount: decimal("-1"),
    counts: "usage" as const,
  };
  const grant = {
    code: "monthly",
    name: "Monthly",
    denomination: currency("usd"),
    amount: zero,
    per: "subscription" as const,
    kind: "promotional" as const,
    priority: 0,
    rollover: { type: "capped" as const, cap: decimal("-1") },
  };
  const document = plan([], {
    trialDays: -1,
    minimumCommitments: [commitment, { ...commitment, amount: zero }],
    recurringGrants: [grant, { ...grant, amount: decimal("1"), rollover: { type: "all" } }],
  });
  assert.deepEqual(problems(document), [
    "trial_days: Must be a whole number of at least 0.",
    "minimum_commitments.0.amount: Must not be below zero.",
    "recurring_grants.0.amount: Must be above zero.",
    "recurring_grants.0.rollover.cap: Must not be below zero.",
    "minimum_commitments.1.code: Another commitment has this code; give each its own.",
    "recurring_grants.1.code: Another recurring grant has this code; give each its own.",
  ]);
});
