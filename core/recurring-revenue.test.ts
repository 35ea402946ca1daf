import assert from "node:assert/strict";
import { test } from "node:test";
import { decimal } from "./decimal.ts";
import { currency, pricingUnit } from "./denomination.ts";
import type { FixedFee, PlanDocument } from "./plan.ts";
import { monthlyFees } from "./recurring-revenue.ts";

const fee = (amount: string, of: Partial<FixedFee> = {}): FixedFee => ({
  code: "fee",
  name: "Fee",
  amount: decimal(amount),
  per: "subscription",
  denomination: currency("usd"),
  billing: "in_advance",
  recurrence: "every_period",
  ...of,
});

test("fees are brought to a month, rounded once for each currency; what is owed once or in units is none", () => {
  const cases: [
    billing: [PlanDocument["billingInterval"], number],
    fees: FixedFee[],
    seats: string,
    monthly: object,
  ][] = [
    [["month", 1], [fee("30")], "5", { usd: "3000" }],
    [["month", 1], [fee("30", { per: "seat" })], "5", { usd: "15000" }],
    [
      ["year", 1],
      [fee("120"), fee("5", { per: "seat", every: { interval: "month", intervalCount: 1 } })],
      "2",
      { usd: "2000" },
    ],
    [["quarter", 2], [fee("100")], "1", { usd: "1667" }],
    [["week", 2], [fee("7")], "1", { usd: "1522" }],
    [["month", 1], [fee("99", { recurrence: "once" })], "1", {}],
    [["month", 1], [fee("99", { denomination: pricingUnit("token") })], "1", {}],
    [["month", 1], [fee("1.5"), fee("500", { denomination: currency("jpy") })], "1", { usd: "150", jpy: "500" }],
    [["year", 1], [fee("0.01"), fee("0.05")], "1", { usd: "1" }],
  ];
  for (const [[billingInterval, billingIntervalCount], fixedFees, seats, monthly] of cases) {
    const plan = {
      billingInterval,
      billingIntervalCount,
      fixedFees,
      usagePrices: [],
      overdraft: [],
    } as unknown as PlanDocument;
    const found = [...monthlyFees(plan, decimal(seats))].map(([code, cents]) => [code, cents.toString()]);
    assert.deepEqual(Object.fromEntries(found), monthly);
  }
});
