import assert from "node:assert/strict";
import { test } from "node:test";
import { currency, pricingUnit } from "./denomination.ts";
import { overdraftPolicy, type PlanDocument } from "./plan.ts";

test("a denomination that the plan does not list may be overdrawn", () => {
  const plan: PlanDocument = {
    billingInterval: "month",
    billingIntervalCount: 1,
    usagePrices: [],
    fixedFees: [],
    overdraft: [
      { denomination: pricingUnit("eur"), policy: "block" },
      { denomination: currency("usd"), policy: "allow" },
    ],
  };
  assert.equal(overdraftPolicy(plan, pricingUnit("eur")), "block");
  assert.equal(overdraftPolicy(plan, currency("usd")), "allow");
  assert.equal(overdraftPolicy(plan, currency("eur")), "allow");
});
