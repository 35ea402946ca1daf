import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { areRetryDays, nextCollection, splitPayment } from "./collection.ts";

test("a payment pays what is due, and the rest is the customer's", () => {
  const cases = [
    { amount: 50, due: 80, applied: 50, excess: 0 },
    { amount: 80, due: 80, applied: 80, excess: 0 },
    { amount: 100, due: 80, applied: 80, excess: 20 },
    { amount: 100, due: 0, applied: 0, excess: 100 },
    { amount: 100, due: -5, applied: 0, excess: 100 },
  ];
  for (const { amount, due, applied, excess } of cases)
    assert.deepEqual(splitPayment(amount, due), { appliedCents: applied, excessCents: excess }, `${amount} on ${due}`);
  for (const amount of [0, -1, 1.5]) assert.throws(() => splitPayment(amount, 80), RangeError);
});

test("payments in any shares are never lost: what was applied and what is over add up to them", () => {
  const cents = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(
    fc.property(
      fc.array(cents, { minLength: 1, maxLength: 10 }),
      fc.integer({ min: 0, max: 2_000_000 }),
      (paid, total) => {
        let due = total;
        let excess = 0;
        for (const amount of paid) {
          const split = splitPayment(amount, due);
          due -= split.appliedCents;
          excess += split.excessCents;
          assert.ok(due >= 0);
        }
        const sum = paid.reduce((all, amount) => all + amount, 0);
        assert.equal(total - due + excess, sum);
        assert.ok(due === 0 || excess === 0);
      },
    ),
  );
});

test("a charge that failed is tried again on the days of the schedule, counted from the first try", () => {
  const days = [1, 3, 5, 7];
  const first = new Date("2026-03-10T09:00:00Z");
  const tries = [first];
  for (let attempts = 1; ; attempts++) {
    const next = nextCollection(attempts, tries.at(-1) as Date, days);
    if (next === null) break;
    tries.push(next);
  }
  assert.deepEqual(
    tries.map((each) => each.toISOString().slice(0, 10)),
    ["2026-03-10", "2026-03-11", "2026-03-13", "2026-03-15", "2026-03-17"],
  );
  assert.equal(nextCollection(1, first, []), null);
});

test("retry days rise", () => {
  for (const days of [[], [1], [1, 3, 5, 7]]) assert.ok(areRetryDays(days), String(days));
  for (const days of [[0], [3, 1], [2, 2], [-1], [1.5]]) assert.ok(!areRetryDays(days), String(days));
});
