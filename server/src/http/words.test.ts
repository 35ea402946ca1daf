import assert from "node:assert/strict";
import { test } from "node:test";
import { daysOf } from "./words.ts";

test("a part of a period is told in its days, whatever the clocks do", () => {
  const march = ["2026-03-01T00:00Z", "2026-04-01T00:00Z"] as const;
  // In Berlin summer time begins on 29 March: the days are an hour short.
  const berlin = ["2026-02-28T23:00Z", "2026-03-31T22:00Z"] as const;
  const cases: [from: string, whole: readonly [string, string], words: string][] = [
    ["2026-03-10T00:00Z", march, "22 of 31 days"],
    ["2026-03-31T00:00Z", march, "1 of 31 days"],
    ["2026-03-10T12:00Z", march, "about 21.5 of 31 days"],
    ["2026-03-09T23:00Z", berlin, "22 of 31 days"],
  ];
  for (const [from, [start, end], words] of cases) {
    const whole = { startsAt: Date.parse(start), endsAt: Date.parse(end) };
    assert.equal(daysOf({ part: { startsAt: Date.parse(from), endsAt: whole.endsAt }, whole }), words);
  }
});
