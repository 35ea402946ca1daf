import assert from "node:assert/strict";
import { test } from "node:test";
import { decimal } from "./decimal.ts";
import { currency } from "./denomination.ts";
import { feesDue } from "./fixed-fee.ts";
import type { FixedFee, PlanDocument } from "./plan.ts";

function fee(code: string, amount: string, options: Partial<FixedFee> = {}): FixedFee {
  return {
    code,
    name: code,
    amount: decimal(amount),
    per: "subscription",
    denomination: currency("usd"),
    billing: "in_advance",
    recurrence: "every_period",
    ...options,
  };
}

const plan: PlanDocument = {
  billingInterval: "month",
  billingIntervalCount: 1,
  usagePrices: [],
  fixedFees: [
    fee("base", "20"),
    fee("seats", "12.5", { per: "seat" }),
    fee("support", "99", { billing: "in_arrears" }),
    fee("setup", "500", { recurrence: "once" }),
    fee("handover", "50", { recurrence: "once", billing: "in_arrears", per: "seat" }),
  ],
  overdraft: [],
};

test("which fees fall due when, and how much they are", () => {
  const cases: [moment: "period_start" | "period_end", isFirstPeriod: boolean, seatCount: string, due: string[]][] = [
    ["period_start", true, "3", ["base 1: 20", "seats 3: 37.5", "setup 1: 500"]],
    ["period_end", true, "3", ["support 1: 99", "handover 3: 150"]],
    ["period_start", false, "4", ["base 1: 20", "seats 4: 50"]],
    ["period_end", false, "4", ["support 1: 99"]],
    ["period_start", false, "0", ["base 1: 20", "seats 0: 0"]],
  ];
  for (const [moment, isFirstPeriod, seatCount, expected] of cases) {
    const due = feesDue(plan, { moment, isFirstPeriod, seatCount: decimal(seatCount) });
    assert.deepEqual(
      due.map(({ fee: { code }, quantity, amount }) => `${code} ${quantity.toString()}: ${amount.toString()}`),
      expected,
    );
  }
});
