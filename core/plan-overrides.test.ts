import assert from "node:assert/strict";
import { test } from "node:test";
import { decimal, zero } from "./decimal.ts";
import { currency } from "./denomination.ts";
import { unknownOverrides, withOverrides } from "./plan-overrides.ts";
import { noModifiers, type PlanDocument, type UsagePrice } from "./plan.ts";

const tokens: UsagePrice = {
  code: "tokens",
  meterCode: "tokens_used",
  denomination: currency("usd"),
  ...noModifiers,
  includedUnits: decimal("1000"),
  model: "per_unit",
  unitAmount: decimal("0.002"),
};
const calls: UsagePrice = { ...tokens, code: "calls" };

const plan: PlanDocument = {
  billingInterval: "month",
  billingIntervalCount: 1,
  usagePrices: [tokens, calls],
  fixedFees: [
    {
      code: "base",
      name: "Base",
      amount: decimal("20"),
      per: "subscription",
      denomination: currency("usd"),
      billing: "in_advance",
      recurrence: "every_period",
    },
  ],
  overdraft: [],
};

test("an override replaces what it names and leaves the rest of the plan alone", () => {
  const { usagePrices, fixedFees, ...rest } = withOverrides(plan, {
    usagePrices: [{ priceCode: "tokens", maximum: decimal("500") }],
    fixedFees: [{ feeCode: "base", amount: zero }],
  });
  assert.deepEqual(usagePrices, [{ ...tokens, maximum: decimal("500") }, calls]);
  assert.equal(usagePrices[1], calls);
  assert.deepEqual(fixedFees, [{ ...plan.fixedFees[0], amount: zero }]);
  const { usagePrices: _, fixedFees: __, ...unchanged } = plan;
  assert.deepEqual(rest, unchanged);
});

test("another model replaces the plan's as a whole, and nothing of that is left", () => {
  const tiers = [{ upTo: null, unitAmount: decimal("0.001"), flatAmount: zero }];
  const [first] = withOverrides(plan, {
    usagePrices: [{ priceCode: "tokens", model: { model: "graduated", tiers }, includedUnits: zero }],
    fixedFees: [],
  }).usagePrices;
  const { unitAmount: _, ...kept } = tokens;
  assert.deepEqual(first, { ...kept, includedUnits: zero, model: "graduated", tiers });
});

test("what an override names and the plan does not have is told, and changes nothing", () => {
  const overrides = {
    usagePrices: [{ priceCode: "tokens" }, { priceCode: "images", maximum: zero }],
    fixedFees: [{ feeCode: "setup", amount: zero }],
  };
  assert.deepEqual(unknownOverrides(plan, overrides), ["images", "setup"]);
  assert.deepEqual(withOverrides(plan, overrides), plan);
});
