import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { emptyCounter, type CounterState } from "./counter.ts";
import { decimal, max, min, one, sum, zero, type Decimal } from "./decimal.ts";
import { noModifiers, type PriceModifiers, type PricingModel, type Tier } from "./plan.ts";
import {
  capped,
  costBetween,
  eventFee,
  periodCharge,
  roundedPerEvent,
  trueUp,
  usageCharge,
  usageLines,
} from "./pricing.ts";
import { totalOf } from "./pricing/line.ts";
import { amount, anyPrice, models, priceOf, quantity, unitTiers } from "./test/arbitraries.ts";

const laws = { numRuns: 1_000 };

function stateOf(quantity: Decimal, eventCount = 1, accrued = zero): CounterState {
  return { ...emptyCounter, quantity, eventCount, accrued };
}

function tier(upTo: string | null, unitAmount: string, flatAmount = "0"): Tier {
  return {
    upTo: upTo === null ? null : decimal(upTo),
    unitAmount: decimal(unitAmount),
    flatAmount: decimal(flatAmount),
  };
}

const perUnit = (unitAmount: string): PricingModel => ({ model: "per_unit", unitAmount: decimal(unitAmount) });
const graduated: PricingModel = {
  model: "graduated",
  tiers: [tier("10", "2", "1"), tier("20", "1"), tier(null, "0.5", "3")],
};
const volume: PricingModel = {
  model: "volume",
  tiers: [tier("10", "2", "1"), tier("20", "1"), tier(null, "0.5", "3")],
};
const packages: PricingModel = {
  model: "package",
  packageSize: decimal("100"),
  packageAmount: decimal("5"),
  freeUnits: decimal("100"),
};
const percentage: PricingModel = {
  model: "percentage",
  ratePercent: decimal("1"),
  fixedAmount: decimal("0.1"),
  freeAmount: decimal("500"),
  minimumPerEvent: null,
  maximumPerEvent: null,
};
const matrix: PricingModel = {
  model: "matrix",
  dimensions: ["model", "region"],
  rows: [
    { values: ["large", "eu"], unitAmount: decimal("3") },
    { values: ["large", null], unitAmount: decimal("2") },
  ],
  defaultUnitAmount: decimal("1"),
};

test("what a period's quantity costs", () => {
  const cases: [model: PricingModel, quantity: string, amount: string][] = [
    [perUnit("0.0000021"), "2000", "0.0042"],
    [perUnit("0.002"), "1500", "3"],
    [perUnit("0.002"), "0", "0"],
    [perUnit("0"), "1500", "0"],
    [perUnit("3"), "-2", "-6"],
    [perUnit("0.000000000000000001"), "123456789012345678901234567890", "123456789012.34567890123456789"],
    [graduated, "0", "0"],
    [graduated, "0.5", "2"],
    [graduated, "10", "21"],
    [graduated, "10.5", "21.5"],
    [graduated, "20", "31"],
    [graduated, "20.000000000000000001", "34.0000000000000000005"],
    [graduated, "120", "84"],
    [graduated, "-2", "-4"],
    [volume, "0", "0"],
    [volume, "10", "21"],
    [volume, "10.5", "10.5"],
    [volume, "20", "20"],
    [volume, "21", "13.5"],
    [volume, "-2", "-4"],
    [packages, "0", "0"],
    [packages, "100", "0"],
    [packages, "100.01", "5"],
    [packages, "200", "5"],
    [packages, "201", "10"],
    [packages, "-1", "0"],
    [percentage, "500", "0.1"],
    [percentage, "700", "2.1"],
    [percentage, "-100", "-0.9"],
    [{ model: "flat_per_event", amount: decimal("0.05") }, "700", "0.05"],
    [
      {
        model: "graduated_percentage",
        tiers: [
          { upTo: decimal("1000"), ratePercent: decimal("1"), flatAmount: zero },
          { upTo: null, ratePercent: decimal("2.5"), flatAmount: one },
        ],
      },
      "1500",
      "23.5",
    ],
  ];
  for (const [model, quantity, expected] of cases) {
    const charge = usageCharge(priceOf(model), { dimension: "", state: stateOf(decimal(quantity)) });
    assert.equal(charge.toString(), expected, `${quantity} of ${model.model}`);
  }
});

test("a matrix prices each dimension by its row or the default", () => {
  const cases: [dimension: string, amount: string][] = [
    ['["large","eu"]', "30"],
    ['["large",null]', "20"],
    ['["large","us"]', "10"],
    ["[null,null]", "10"],
  ];
  for (const [dimension, expected] of cases) {
    const charge = usageCharge(priceOf(matrix), { dimension, state: stateOf(decimal("10")) });
    assert.equal(charge.toString(), expected, dimension);
  }
});

test("what an event costs on its own", () => {
  const clamped = (minimum: string | null, maximum: string | null): PricingModel => ({
    ...percentage,
    freeAmount: zero,
    minimumPerEvent: minimum === null ? null : decimal(minimum),
    maximumPerEvent: maximum === null ? null : decimal(maximum),
  });
  const cases: [model: PricingModel, quantity: string, fee: string][] = [
    [clamped("0.5", null), "10", "0.5"],
    [clamped("0.5", null), "100", "1.1"],
    [clamped(null, "2"), "100", "1.1"],
    [clamped(null, "2"), "1000", "2"],
    [clamped("0.5", "2"), "0", "0.5"],
    [clamped("0.5", "2"), "-1000", "0.5"],
    [percentage, "100", "0"],
    [perUnit("1"), "100", "0"],
    [{ model: "dynamic", amountProperty: "price" }, "100", "0.07"],
  ];
  for (const [model, quantity, fee] of cases) {
    assert.equal(
      eventFee(priceOf(model), decimal(quantity), { price: "0.07" }).toString(),
      fee,
      `${quantity} of ${model.model}`,
    );
  }
});

test("rounding, included units, maximum and minimum", () => {
  const ceil = { mode: "ceil" as const, step: decimal("60"), per: "period" as const };
  const cases: [modifiers: Partial<PriceModifiers>, quantity: string, amount: string][] = [
    [{}, "61", "6.1"],
    [{ rounding: ceil }, "61", "12"],
    [{ rounding: ceil }, "60", "6"],
    [{ rounding: ceil }, "0", "0"],
    [{ rounding: { ...ceil, mode: "floor" } }, "119.9", "6"],
    [{ rounding: { ...ceil, mode: "round" } }, "90", "12"],
    [{ rounding: { ...ceil, mode: "round" } }, "89.9", "6"],
    [{ rounding: { ...ceil, per: "event" } }, "61", "6.1"],
    [{ includedUnits: decimal("60") }, "61", "0.1"],
    [{ includedUnits: decimal("60") }, "60", "0"],
    [{ includedUnits: decimal("60") }, "-10", "-1"],
    [{ includedUnits: decimal("60"), rounding: ceil }, "61", "6"],
    [{ maximum: decimal("5") }, "40", "4"],
    [{ maximum: decimal("5") }, "61", "5"],
  ];
  for (const [modifiers, quantity, expected] of cases) {
    const price = priceOf(perUnit("0.1"), { ...noModifiers, ...modifiers });
    const charge = periodCharge(price, [{ dimension: "", state: stateOf(decimal(quantity)) }]);
    assert.equal(charge.toString(), expected, `${quantity} with ${JSON.stringify(modifiers)}`);
  }
  const perEvent = priceOf(perUnit("0.1"), { ...noModifiers, rounding: { ...ceil, per: "event" } });
  assert.equal(roundedPerEvent(perEvent, decimal("61")).toString(), "120");
});

test("included units count for each dimension, the maximum for all together", () => {
  const price = priceOf(perUnit("1"), {
    ...noModifiers,
    includedUnits: decimal("10"),
    maximum: decimal("25"),
    groupBy: ["model"],
  });
  const readings = ["a", "b"].map((dimension) => ({ dimension, state: stateOf(decimal("22")) }));
  assert.equal(periodCharge(price, readings.slice(0, 1)).toString(), "12");
  assert.equal(periodCharge(price, readings).toString(), "24");
  assert.equal(periodCharge(price, [...readings, ...readings]).toString(), "25");
});

test("a minimum adds what is missing, at the period's end", () => {
  const price = priceOf(perUnit("1"), { ...noModifiers, minimum: decimal("100") });
  assert.equal(trueUp(price, decimal("50")).toString(), "50");
  assert.equal(trueUp(price, decimal("100")).toString(), "0");
  assert.equal(trueUp(price, decimal("130")).toString(), "0");
  assert.equal(trueUp(priceOf(perUnit("1")), decimal("50")).toString(), "0");
});

test("a model that this release does not know fails rather than costing nothing", () => {
  const lottery = priceOf({ model: "lottery" } as unknown as PricingModel);
  assert.throws(() => usageCharge(lottery, { dimension: "", state: emptyCounter }), TypeError);
});

test("law: the closed forms of tiers agree with a plain walk through them", () => {
  fc.assert(
    fc.property(unitTiers, quantity, (tiers, units) => {
      let [walked, start, reached] = [zero, zero, tiers[0] as Tier];
      for (const each of tiers) {
        if (!units.isGreaterThan(start)) break;
        const part = (each.upTo === null ? units : min(units, each.upTo)).minus(start);
        walked = walked.plus(part.times(each.unitAmount)).plus(each.flatAmount);
        reached = each;
        start = each.upTo ?? start;
      }
      if (!units.isPositive()) walked = units.times(reached.unitAmount);
      const whole = units.times(reached.unitAmount).plus(units.isPositive() ? reached.flatAmount : zero);
      const of = (model: PricingModel) => usageCharge(priceOf(model), { dimension: "", state: stateOf(units) });
      assert.equal(of({ model: "graduated", tiers }).toString(), walked.toString());
      assert.equal(of({ model: "volume", tiers }).toString(), whole.toString());
    }),
    laws,
  );
});

test("law: packages agree with filling them one by one, percentages and fees with adding up events", () => {
  const few = fc.array(
    fc.integer({ min: 0, max: 90 }).map((units) => decimal(String(units))),
    { maxLength: 12 },
  );
  const free = fc.integer({ min: 0, max: 200 }).map((units) => decimal(String(units)));
  fc.assert(
    fc.property(few, free, amount, amount, (units, freeUnits, packageAmount, fixedAmount) => {
      const state = stateOf(sum(units), units.length);
      const packageSize = decimal("7");
      let packagesFilled = zero;
      for (let filled = freeUnits; filled.isLessThan(state.quantity); filled = filled.plus(packageSize)) {
        packagesFilled = packagesFilled.plus(packageAmount);
      }
      const packaged: PricingModel = { model: "package", packageSize, packageAmount, freeUnits };
      assert.equal(usageCharge(priceOf(packaged), { dimension: "", state }).toString(), packagesFilled.toString());

      const rate = decimal("0.029");
      let [seen, owed] = [zero, zero];
      for (const each of units) {
        const after = seen.plus(each);
        owed = owed.plus(rate.times(max(zero, after.minus(max(seen, freeUnits))))).plus(fixedAmount);
        seen = after;
      }
      const rated: PricingModel = {
        model: "percentage",
        ratePercent: decimal("2.9"),
        fixedAmount,
        freeAmount: freeUnits,
        minimumPerEvent: null,
        maximumPerEvent: null,
      };
      assert.equal(usageCharge(priceOf(rated), { dimension: "", state }).toString(), owed.toString());
    }),
    laws,
  );
});

test("law: a charge never falls as the quantity grows, for every model but volume", () => {
  const { volume: _, ...monotone } = models;
  const price = fc
    .oneof(...Object.values(monotone))
    .chain((model) => fc.option(amount).map((maximum) => priceOf(model, { ...noModifiers, maximum })));
  fc.assert(
    fc.property(price, quantity, amount, (of, before, more) => {
      const at = (units: Decimal) => ({ dimension: "[null]", state: stateOf(units) });
      assert.equal(costBetween(of, at(before), at(before.plus(more))).isNegative(), false);
    }),
    laws,
  );
});

test("law: nothing is rounded: a charge in other units of money and quantity is the same charge", () => {
  // Every amount multiplied by a million must cost exactly a million times as much: a hidden rounding would show.
  const million = decimal("1000000");
  fc.assert(
    fc.property(unitTiers, quantity, (tiers, units) => {
      const scaled = tiers.map((each) => ({
        ...each,
        unitAmount: each.unitAmount.times(million),
        flatAmount: each.flatAmount.times(million),
      }));
      for (const model of ["graduated", "volume"] as const) {
        const of = (list: Tier[]) =>
          usageCharge(priceOf({ model, tiers: list }), { dimension: "", state: stateOf(units) });
        assert.equal(of(scaled).toString(), of(tiers).times(million).toString());
      }
    }),
    laws,
  );
});

test("law: the lines of a charge add up to it, and a product line to its product", () => {
  fc.assert(
    fc.property(anyPrice, quantity, fc.nat(5), amount, (price, units, eventCount, accrued) => {
      const reading = { dimension: '["small"]', state: stateOf(units, eventCount, accrued) };
      const lines = usageLines(price, reading);
      assert.equal(totalOf(lines).toString(), usageCharge(price, reading).toString());
      for (const line of lines) {
        if (line.unitAmount !== null) assert.ok(line.quantity.times(line.unitAmount).equals(line.amount), line.kind);
      }
      const charge = usageCharge(price, reading);
      assert.ok(!capped(price, charge).isGreaterThan(charge));
    }),
    laws,
  );
});
