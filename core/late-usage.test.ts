import assert from "node:assert/strict";
import { test } from "node:test";
import { placeUsage, type Placement } from "./late-usage.ts";
import type { LateUsage } from "./plan.ts";

test("usage counts in its own period while that is open, then in the current one or nowhere", () => {
  const [january, february, march] = [0, 10, 20].map((startsAt) => ({ startsAt, endsAt: startsAt + 10 }));
  assert.ok(january && february && march);
  const cases: [policy: LateUsage, period: typeof january, closedUntil: number | null, placement: Placement | null][] =
    [
      ["current_period", january, null, { period: january, isLate: false }],
      ["reject", january, null, { period: january, isLate: false }],
      ["current_period", january, 10, { period: march, isLate: true }],
      ["reject", january, 10, null],
      // February has ended, but is not invoiced yet.
      ["reject", february, 10, { period: february, isLate: false }],
      // The subscription has ended, and nothing comes after its last period.
      ["current_period", march, 30, { period: march, isLate: false }],
      ["reject", march, 30, null],
      ["current_period", march, 20, { period: march, isLate: false }],
    ];
  for (const [policy, period, closedUntil, placement] of cases) {
    assert.deepEqual(placeUsage({ policy, period, currentPeriod: march, closedUntil }), placement);
  }
});
