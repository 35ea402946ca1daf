import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decimal, sum } from "./decimal.ts";
import { prorated } from "./proration.ts";
import { amount } from "./test/arbitraries.ts";
import { at, period } from "./test/time.ts";

test("a part of an amount is the part of its time, to the millisecond", () => {
  const january = period("2026-01-01", "2026-02-01");
  const cases: [name: string, amount: string, from: string, until: string, part: string][] = [
    ["22 of 31 days", "31", "2026-01-10", "2026-02-01", "22"],
    ["noon is noon", "31", "2026-01-10T12:00", "2026-01-11", "0.5"],
    ["all of it", "29.99", "2026-01-01", "2026-02-01", "29.99"],
    ["no time", "29.99", "2026-01-10", "2026-01-10", "0"],
    ["a third has 18 digits", "93", "2026-01-01", "2026-01-01T08:00", "1"],
    ["what is no decimal", "1", "2026-01-01", "2026-01-02", "0.032258064516129032"],
    ["and its rest", "1", "2026-01-02", "2026-02-01", "0.967741935483870968"],
  ];
  for (const [name, whole, from, until, expected] of cases) {
    const part = prorated(decimal(whole), { part: period(from, until), whole: january });
    assert.equal(part.toString(), expected, name);
  }
  const outside = { part: period("2025-12-31", "2026-01-02"), whole: january };
  assert.throws(() => prorated(decimal("1"), outside), RangeError);
});

test("a day on which the clocks change is as long as it was", () => {
  // Berlin: 31 days less an hour.
  const march = period("2026-02-28T23:00", "2026-03-31T22:00");
  const sunday = period("2026-03-28T23:00", "2026-03-29T22:00");
  assert.equal(prorated(decimal("743"), { part: sunday, whole: march }).toString(), "23");
});

test("law: parts that tile a period add up to the whole amount, to the last digit", () => {
  const cuts = fc.array(fc.integer({ min: 0, max: 2_678_400_000 }), { maxLength: 20 });
  fc.assert(
    fc.property(amount, cuts, (whole, offsets) => {
      const january = period("2026-01-01", "2026-02-01");
      const bounds = [0, ...offsets, 2_678_400_000].toSorted((a, b) => a - b).map((each) => at("2026-01-01") + each);
      const parts = bounds.slice(1).map((endsAt, index) => {
        const part = { startsAt: bounds[index] ?? 0, endsAt };
        return prorated(whole, { part, whole: january });
      });
      assert.equal(sum(parts).toString(), whole.toString());
      assert.ok(parts.every((part) => !part.isNegative()));
    }),
    { numRuns: 500 },
  );
});
