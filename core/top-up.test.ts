import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decimal, zero } from "./decimal.ts";
import { at, written } from "./test/time.ts";
import { decideTopUp, topUpStatus, topUpWindows, watchBalance, type TopUpRule, type TopUpStatus } from "./top-up.ts";

function rule(threshold: string, amount: string, dailyLimit: string | null, monthlyLimit: string | null): TopUpRule {
  const optional = (text: string | null) => (text === null ? null : decimal(text));
  return {
    threshold: decimal(threshold),
    amount: decimal(amount),
    dailyLimit: optional(dailyLimit),
    monthlyLimit: optional(monthlyLimit),
  };
}

test("one top-up closes the whole shortfall, as far as the limits allow", () => {
  const free = rule("20", "50", null, null);
  const limited = rule("20", "50", "120", "300");
  const cases: [
    name: string,
    rule: TopUpRule,
    available: string,
    today: string,
    month: string,
    status: TopUpStatus,
    decision: string,
  ][] = [
    ["enough", free, "25", "0", "0", "ready", "enough"],
    ["at the threshold", free, "20", "0", "0", "ready", "enough"],
    ["just below it", free, "19.999", "0", "0", "ready", "50"],
    ["far below it", free, "-70", "0", "0", "ready", "100"],
    ["to the threshold exactly", free, "-80", "0", "0", "ready", "100"],
    ["and a bit more", free, "-80.01", "0", "0", "ready", "150"],
    ["one is under way", free, "-70", "0", "0", "in_progress", "in_progress"],
    ["off since one failed", free, "-70", "0", "0", "off", "off"],
    ["the day allows two", limited, "-200", "0", "0", "ready", "100"],
    ["and then none", limited, "-200", "100", "100", "ready", "daily_limit"],
    ["the month allows one", limited, "-200", "0", "250", "ready", "50"],
    ["and then none", limited, "-200", "0", "300", "ready", "monthly_limit"],
    ["a limit that was lowered", limited, "-200", "500", "500", "ready", "daily_limit"],
  ];
  for (const [name, of, available, today, thisMonth, status, expected] of cases) {
    const decision = decideTopUp(of, {
      status,
      available: decimal(available),
      today: decimal(today),
      thisMonth: decimal(thisMonth),
    });
    assert.equal("amount" in decision ? decision.amount.toString() : decision.none, expected, name);
  }
});

test("a rule that was turned off and on again still waits for the top-up that is under way", () => {
  const statuses = [true, false].flatMap((isOn) =>
    [true, false].map((isUnderWay) => topUpStatus({ isOn, isUnderWay })),
  );
  assert.deepEqual(statuses, ["in_progress", "ready", "off", "off"]);
});

test("limits count by the customer's own days and months", () => {
  const { day, month } = topUpWindows(at("2026-04-30T20:00"), "Asia/Kathmandu");
  assert.deepEqual([day.startsAt, day.endsAt].map(written), ["2026-04-30T18:15", "2026-05-01T18:15"]);
  assert.deepEqual([month.startsAt, month.endsAt].map(written), ["2026-04-30T18:15", "2026-05-31T18:15"]);
});

test("law: a paid top-up never asks for another, and the limits hold whatever is used", () => {
  const number = (most: number) => fc.nat(most).map((each) => decimal(String(each)));
  const anyRule = fc.record({
    threshold: number(50),
    amount: fc.integer({ min: 1, max: 40 }).map((each) => decimal(String(each))),
    dailyLimit: fc.option(number(200)),
    monthlyLimit: fc.option(number(200)),
  });
  fc.assert(
    fc.property(anyRule, fc.array(number(200), { maxLength: 12 }), (of, costs) => {
      let available = decimal("0");
      let spent = zero;
      for (const cost of costs) {
        available = available.minus(cost);
        const decide = () => decideTopUp(of, { status: "ready", available, today: spent, thisMonth: spent });
        const decision = decide();
        if (!("amount" in decision)) continue;
        available = available.plus(decision.amount);
        spent = spent.plus(decision.amount);
        assert.ok(!("amount" in decide()), "no loop");
        for (const limit of [of.dailyLimit, of.monthlyLimit]) assert.ok(limit === null || !spent.isGreaterThan(limit));
      }
    }),
  );
});

test("a low balance is told once, until it recovers", () => {
  let isLow = false;
  const told = ["12", "9", "8", "10", "9", "-3", "100"].map((balance) => {
    const watched = watchBalance(isLow, { available: decimal(balance), threshold: decimal("10") });
    isLow = watched.isLow;
    return watched.alert;
  });
  assert.deepEqual(told, [null, "low", null, "recovered", "low", null, "recovered"]);
});
