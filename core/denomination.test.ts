import assert from "node:assert/strict";
import { test } from "node:test";
import { compareDenominations, currency, denominationKey, isSameDenomination, pricingUnit } from "./denomination.ts";

test("currencies come before pricing units, each by code", () => {
  const ordered = [
    currency("eur"),
    currency("usd"),
    pricingUnit("a_token"),
    pricingUnit("credit"),
    pricingUnit("token"),
  ];
  assert.deepEqual([...ordered].reverse().toSorted(compareDenominations), ordered);
});

test("a currency and a pricing unit of the same code are two denominations", () => {
  assert.notEqual(denominationKey(currency("eur")), denominationKey(pricingUnit("eur")));
  assert.equal(isSameDenomination(currency("eur"), pricingUnit("eur")), false);
  assert.equal(isSameDenomination(currency("eur"), currency("eur")), true);
  assert.equal(compareDenominations(currency("eur"), currency("eur")), 0);
  assert.equal(denominationKey(pricingUnit("token")), "pricing_unit:token");
});
