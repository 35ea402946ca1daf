import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Decimal, decimal, sum, zero } from "./decimal.ts";
import { currency } from "./denomination.ts";
import type { PricingModel, UsagePrice } from "./plan.ts";
import { charge, costBetween } from "./pricing.ts";

function price(model: PricingModel): UsagePrice {
  return { code: "tokens", meterCode: "tokens_used", denomination: currency("usd"), ...model };
}

test("what a period's quantity costs", () => {
  const cases: [model: PricingModel, quantity: string, amount: string][] = [
    [{ model: "per_unit", unitAmount: decimal("0.0000021") }, "2000", "0.0042"],
    [{ model: "per_unit", unitAmount: decimal("0.002") }, "1500", "3"],
    [{ model: "per_unit", unitAmount: decimal("0.002") }, "0", "0"],
    [{ model: "per_unit", unitAmount: decimal("0") }, "1500", "0"],
    [{ model: "per_unit", unitAmount: decimal("3") }, "-2", "-6"],
    [
      { model: "per_unit", unitAmount: decimal("0.000000000000000001") },
      "123456789012345678901234567890",
      "123456789012.34567890123456789",
    ],
  ];
  for (const [model, quantity, amount] of cases) {
    assert.equal(charge(price(model), decimal(quantity)).toString(), amount, `${quantity} of ${model.model}`);
  }
});

test("a model that this release does not know fails rather than costing nothing", () => {
  assert.throws(() => charge(price({ model: "lottery" } as unknown as PricingModel), decimal("1")), TypeError);
});

const amount = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 18 }))
  .map(([coefficient, scale]) => Decimal.of(coefficient, scale));
const anyPrice = amount.map((unitAmount) => price({ model: "per_unit", unitAmount }));

test("law: the costs of a period's events add up to the period's charge, in any order", () => {
  fc.assert(
    fc.property(
      anyPrice,
      fc
        .array(amount, { maxLength: 20 })
        .chain((quantities) =>
          fc.tuple(fc.constant(quantities), fc.shuffledSubarray(quantities, { minLength: quantities.length })),
        ),
      (of, [quantities, shuffled]) => {
        const whole = charge(of, sum(quantities)).toString();
        for (const order of [quantities, shuffled]) assert.equal(sum(costsInOrder(of, order)).toString(), whole);
      },
    ),
    { numRuns: 300 },
  );
});

function costsInOrder(of: UsagePrice, quantities: Decimal[]): Decimal[] {
  let before = zero;
  return quantities.map((quantity) => {
    const after = before.plus(quantity);
    const cost = costBetween(of, before, after);
    before = after;
    return cost;
  });
}
