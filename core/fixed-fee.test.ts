import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decimal, sum, zero, type Decimal } from "./decimal.ts";
import { feeQuantity, spansIn, type FeeBasis } from "./fee-basis.ts";
import { feesDue, unusedFees, type FeeLine, type FeeTerms } from "./fixed-fee.ts";
import { nextPeriod, periodContaining, recurring, shareOf, type PeriodSchedule } from "./period.ts";
import type { FixedFee } from "./plan.ts";
import { prorated } from "./proration.ts";
import { fee } from "./test/fee.ts";
import { at, period, written } from "./test/time.ts";

const base = fee("base", "30");
const seats = fee("seats", "10", { per: "seat" });
const support = fee("support", "60", { billing: "in_arrears" });
const storage = fee("storage", "3", { billing: "in_arrears", per: "seat" });
const setup = fee("setup", "500", { recurrence: "once" });
const handover = fee("handover", "50", { recurrence: "once", billing: "in_arrears", per: "seat" });

function schedule(startsAt: string, options: Partial<PeriodSchedule> = {}): PeriodSchedule {
  return { startsAt: at(startsAt), anchorDay: 1, timeZone: "UTC", interval: "month", intervalCount: 1, ...options };
}

/** `["2026-04-16", 3]` is three seats from then on; `null` is no fee. */
type Written = [from: string, seats: number | null, isCredited?: boolean];

function history(...changes: Written[]): FeeBasis[] {
  return changes.map(([from, count, isCredited]) => ({
    from: at(from),
    seatCount: decimal(String(count ?? 0)),
    isBilled: count !== null,
    isCredited: isCredited ?? true,
  }));
}

function terms(fees: FixedFee[], changes: Written[], options: Partial<FeeTerms> = {}): FeeTerms {
  const [first] = changes;
  return { fees, schedule: schedule(first?.[0] ?? ""), history: history(...changes), ending: null, ...options };
}

function shown({ fee: { code }, kind, quantity, unitAmount, period: { startsAt, endsAt }, at }: FeeLine): string {
  const when = startsAt === at ? "" : ` for ${written(startsAt)}–${written(endsAt)}`;
  return `${written(at)} ${code} ${kind} ${quantity.toString()} · ${unitAmount.toString()}${when}`;
}

function due(of: FeeTerms, after: string | null, until: string): string[] {
  return feesDue(of, { after: after === null ? null : at(after), at: at(until) }).map(shown);
}

test("in advance is due as a period begins, in arrears as it ends, and what is owed once in the first alone", () => {
  const all = terms([base, seats, support, setup, handover], [["2026-04-01", 3]]);
  assert.deepEqual(due(all, null, "2026-04-01"), [
    "2026-04-01 base fee 1 · 30",
    "2026-04-01 seats fee 3 · 10",
    "2026-04-01 setup fee 1 · 500",
  ]);
  assert.deepEqual(due(all, "2026-04-01", "2026-04-30"), []);
  assert.deepEqual(due(all, "2026-04-01", "2026-05-01"), [
    "2026-05-01 base fee 1 · 30",
    "2026-05-01 seats fee 3 · 10",
    "2026-05-01 support fee 1 · 60 for 2026-04-01–2026-05-01",
    "2026-05-01 handover fee 3 · 50 for 2026-04-01–2026-05-01",
  ]);
  assert.deepEqual(due(all, "2026-05-01", "2026-06-01"), [
    "2026-06-01 base fee 1 · 30",
    "2026-06-01 seats fee 3 · 10",
    "2026-06-01 support fee 1 · 60 for 2026-05-01–2026-06-01",
  ]);
});

test("every case of a change within a period", () => {
  const april = (...changes: Written[]): Written[] => [["2026-04-01", 2], ...changes];
  const cases: [name: string, terms: FeeTerms, lines: string[]][] = [
    [
      "a seat more: the unused rest of two back, the rest of three charged",
      terms([base, seats], april(["2026-04-16", 3])),
      ["2026-04-16 seats credit 2 · -5", "2026-04-16 seats charge 3 · 5"],
    ],
    [
      "a seat less",
      terms([seats], april(["2026-04-16", 1])),
      ["2026-04-16 seats credit 2 · -5", "2026-04-16 seats charge 1 · 5"],
    ],
    [
      "a seat less without credit, then one more: it is paid already",
      terms([seats], april(["2026-04-07", 1, false], ["2026-04-16", 2, false])),
      [],
    ],
    [
      "more than was ever paid, without credit",
      terms([seats], april(["2026-04-07", 1, false], ["2026-04-16", 5, false])),
      ["2026-04-16 seats charge 3 · 5"],
    ],
    [
      "thrice in a day",
      terms([seats], april(["2026-04-16T06:00", 3], ["2026-04-16T12:00", 4], ["2026-04-16T18:00", 2])),
      [
        "2026-04-16T06:00 seats credit 2 · -4.916666666666666667",
        "2026-04-16T06:00 seats charge 3 · 4.916666666666666667",
        "2026-04-16T12:00 seats credit 3 · -4.833333333333333333",
        "2026-04-16T12:00 seats charge 4 · 4.833333333333333333",
        "2026-04-16T18:00 seats credit 4 · -4.75",
        "2026-04-16T18:00 seats charge 2 · 4.75",
      ],
    ],
    [
      "a pause gives back, and resuming pays the rest",
      terms([base], april(["2026-04-11", null], ["2026-04-21", 2])),
      ["2026-04-11 base credit 1 · -20", "2026-04-21 base fee 1 · 10"],
    ],
    [
      "a cancellation with refund; in arrears only what was had",
      terms([base, support], april(), { ending: { at: at("2026-04-16"), isCredited: true } }),
      ["2026-04-16 base credit 1 · -15", "2026-04-16 support fee 1 · 30 for 2026-04-01–2026-04-16"],
    ],
    [
      "a cancellation without refund",
      terms([base, support], april(), { ending: { at: at("2026-04-16"), isCredited: false } }),
      ["2026-04-16 support fee 1 · 30 for 2026-04-01–2026-04-16"],
    ],
    [
      "seats in arrears: each number for its time",
      terms([storage, handover], april(["2026-04-16", 4]), { ending: { at: at("2026-04-21"), isCredited: true } }),
      [
        "2026-04-21 storage fee 2 · 1.5 for 2026-04-01–2026-04-16",
        "2026-04-21 storage fee 4 · 0.5 for 2026-04-16–2026-04-21",
        "2026-04-21 handover fee 4 · 50 for 2026-04-01–2026-05-01",
      ],
    ],
  ];
  for (const [name, of, lines] of cases) assert.deepEqual(due(of, "2026-04-01", "2026-04-30"), lines, name);
});

test("a cancellation at a period's end asks for nothing more and gives nothing back", () => {
  const ending = { at: at("2026-05-01"), isCredited: true };
  assert.deepEqual(due(terms([base, support], [["2026-04-01", 1]], { ending }), "2026-04-01", "2027-01-01"), [
    "2026-05-01 support fee 1 · 60 for 2026-04-01–2026-05-01",
  ]);
});

test("nothing is owed for a trial: fees begin with its end, and the setup fee too", () => {
  const trial = terms(
    [base, support, setup],
    [
      ["2026-04-06", null],
      ["2026-04-21", 1],
    ],
  );
  assert.deepEqual(due(trial, null, "2026-04-06"), []);
  assert.deepEqual(due(trial, "2026-04-06", "2026-05-01"), [
    "2026-04-21 base fee 1 · 10",
    "2026-04-21 setup fee 1 · 500 for 2026-04-06–2026-05-01",
    "2026-05-01 base fee 1 · 30",
    "2026-05-01 support fee 1 · 20 for 2026-04-21–2026-05-01",
  ]);
});

test("the first period is prorated from the start to the first anchor, and what follows is whole", () => {
  const stub = terms([base, support], [["2026-04-11", 1]]);
  assert.deepEqual(due(stub, null, "2026-05-01"), [
    "2026-04-11 base fee 1 · 20",
    "2026-05-01 base fee 1 · 30",
    "2026-05-01 support fee 1 · 40 for 2026-04-11–2026-05-01",
  ]);
});

test("an annual plan with a monthly fee: each has its own periods", () => {
  const monthly = fee("platform", "31", { every: { interval: "month", intervalCount: 1 } });
  const annual = terms(
    [fee("licence", "365", { per: "seat" }), monthly],
    [
      ["2026-01-01", 1],
      ["2026-03-02", 2],
    ],
  );
  annual.schedule = schedule("2026-01-01", { interval: "year" });
  assert.deepEqual(due(annual, null, "2026-03-02"), [
    "2026-01-01 licence fee 1 · 365",
    "2026-01-01 platform fee 1 · 31",
    "2026-02-01 platform fee 1 · 31",
    "2026-03-01 platform fee 1 · 31",
    "2026-03-02 licence credit 1 · -305",
    "2026-03-02 licence charge 2 · 305",
  ]);
});

test("a backdated start owes every period since, in the order of time", () => {
  const backdated = terms([base, support], [["2026-01-01", 1]]);
  assert.deepEqual(due(backdated, null, "2026-03-15"), [
    "2026-01-01 base fee 1 · 30",
    "2026-02-01 base fee 1 · 30",
    "2026-02-01 support fee 1 · 60 for 2026-01-01–2026-02-01",
    "2026-03-01 base fee 1 · 30",
    "2026-03-01 support fee 1 · 60 for 2026-02-01–2026-03-01",
  ]);
});

test("what would be given back now", () => {
  const unused = unusedFees(terms([base, seats, setup, support], [["2026-04-01", 2]]), at("2026-04-16")).map(shown);
  assert.deepEqual(unused, ["2026-04-16 base credit 1 · -15", "2026-04-16 seats credit 2 · -5"]);
});

const anyFee: fc.Arbitrary<FixedFee> = fc
  .record({
    amount: fc.constantFrom("30", "9.99", "0.007", "1000"),
    per: fc.constantFrom<FixedFee["per"]>("subscription", "seat"),
    billing: fc.constantFrom<FixedFee["billing"]>("in_advance", "in_arrears"),
    every: fc.constantFrom(undefined, { interval: "month" as const, intervalCount: 1 }),
  })
  .map(({ amount, ...options }) => fee("fee", amount, options));

const anyTerms: fc.Arbitrary<FeeTerms> = fc
  .record({
    fee: anyFee,
    start: fc.integer({ min: 0, max: 400 }),
    anchorDay: fc.constantFrom(1, 15, 28, 29, 30, 31),
    timeZone: fc.constantFrom("UTC", "Australia/Sydney", "Asia/Kathmandu", "America/Sao_Paulo"),
    interval: fc.constantFrom<PeriodSchedule["interval"]>("month", "quarter", "year"),
    changes: fc.array(fc.tuple(fc.nat(20_000), fc.nat(5), fc.boolean()), { maxLength: 6 }),
    life: fc.option(fc.integer({ min: 1, max: 20_000 })),
  })
  .map(({ fee, start, changes, life, ...options }) => {
    const whole = schedule("2027-01-01", options);
    const startsAt = periodContaining(
      { ...whole, startsAt: whole.startsAt + start * 86_400_000 },
      whole.startsAt + start * 86_400_000,
    ).startsAt;
    const minutes = changes.toSorted(([a], [b]) => a - b);
    return {
      fees: [fee],
      schedule: { ...whole, startsAt },
      history: [
        { from: startsAt, seatCount: decimal("3"), isBilled: true },
        ...minutes.map(([minute, seats, isBilled]) => ({
          from: startsAt + minute * 60_000 * 30,
          seatCount: decimal(String(seats)),
          isBilled,
        })),
      ],
      ending: life === null ? null : { at: startsAt + life * 60_000 * 30, isCredited: true },
    };
  });

/** What was had, span by span: the fee's sum over a life, without invoices. */
function owed({ fees: [fee], schedule, history, ending }: FeeTerms, until: number): Decimal {
  if (fee === undefined) return zero;
  const own = fee.every === undefined ? schedule : recurring(schedule, fee.every);
  let total = zero;
  for (let each = periodContaining(own, schedule.startsAt); each.startsAt < until; each = nextPeriod(own, each)) {
    const had = { startsAt: each.startsAt, endsAt: Math.min(each.endsAt, ending?.at ?? Infinity) };
    const amount = prorated(fee.amount, shareOf(own, each));
    for (const { startsAt, endsAt, ...basis } of had.endsAt > had.startsAt ? spansIn(history, had) : []) {
      const part = prorated(amount, { part: { startsAt, endsAt }, whole: each });
      total = total.plus(part.times(feeQuantity(fee, basis)));
    }
  }
  return total;
}

test("law: over whole periods, all lines add up to what was had at every instant, to the last digit", () => {
  fc.assert(
    fc.property(anyTerms, fc.integer({ min: 0, max: 5 }), (of, count) => {
      let last = periodContaining(of.schedule, of.schedule.startsAt);
      for (let index = 0; index < count; index++) last = nextPeriod(of.schedule, last);
      // The instant before the next period is asked for in advance; what ends then in arrears is not due yet.
      const isAdvance = of.fees[0]?.billing === "in_advance";
      const lines = feesDue(of, { after: null, at: isAdvance ? last.endsAt - 1 : last.endsAt });
      assert.equal(sum(lines.map(({ amount }) => amount)).toString(), owed(of, last.endsAt).toString());
      for (const { amount, quantity, unitAmount } of lines) assert.ok(amount.equals(quantity.times(unitAmount)));
    }),
    { numRuns: 400 },
  );
});

test("law: however a life is cut into invoices, every line is on exactly one", () => {
  fc.assert(
    fc.property(anyTerms, fc.array(fc.nat(1_000), { maxLength: 8 }), (of, cuts) => {
      const until = of.schedule.startsAt + 1_000 * 86_400_000;
      const bounds = [...cuts.toSorted((a, b) => a - b).map((day) => of.schedule.startsAt + day * 86_400_000), until];
      let after: number | null = null;
      const pieces: FeeLine[] = [];
      for (const at of bounds) {
        pieces.push(...feesDue(of, { after, at }));
        after = at;
      }
      assert.deepEqual(pieces.map(shown), feesDue(of, { after: null, at: until }).map(shown));
    }),
    { numRuns: 200 },
  );
});

test("spans begin with the history and differ from their neighbours", () => {
  const april = period("2026-04-01", "2026-05-01");
  const changes = history(
    ["2026-04-03", 1],
    ["2026-04-05", 1],
    ["2026-04-07", 2],
    ["2026-04-07", 3],
    ["2026-05-01", 9],
  );
  assert.deepEqual(
    spansIn(changes, april).map(({ startsAt, endsAt, seatCount }) => [
      written(startsAt),
      written(endsAt),
      seatCount.toString(),
    ]),
    [
      ["2026-04-03", "2026-04-07", "1"],
      ["2026-04-07", "2026-05-01", "3"],
    ],
  );
});
