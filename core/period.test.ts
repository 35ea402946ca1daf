import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  contains,
  endPeriodAt,
  isMultipleOf,
  isTimeZone,
  monthsLater,
  nextPeriod,
  periodAt,
  periodContaining,
  recurring,
  shareOf,
  startOfDay,
  type BillingInterval,
  type PeriodSchedule,
} from "./period.ts";

function schedule(startsAt: string, options: Partial<PeriodSchedule> = {}): PeriodSchedule {
  return { startsAt: at(startsAt), anchorDay: 1, timeZone: "UTC", interval: "month", intervalCount: 1, ...options };
}

function at(text: string): number {
  return Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text);
}

function written(instant: number): string {
  return new Date(instant).toISOString().replace("T00:00:00.000Z", "").replace(":00.000Z", "Z");
}

/** The first boundaries of a schedule, from its start. */
function boundaries(of: PeriodSchedule, count: number): string[] {
  return Array.from({ length: count }, (_, index) => written(periodAt(of, index).startsAt));
}

test("periods begin on the anchor day, or on the last day of a shorter month, and return to it", () => {
  const cases: [name: string, schedule: PeriodSchedule, boundaries: string[]][] = [
    ["start on the anchor", schedule("2026-03-01"), ["2026-03-01", "2026-04-01", "2026-05-01"]],
    ["start before the anchor", schedule("2026-01-10", { anchorDay: 15 }), ["2026-01-10", "2026-01-15", "2026-02-15"]],
    ["start after the anchor", schedule("2026-01-10T17:30:00Z"), ["2026-01-10", "2026-02-01", "2026-03-01"]],
    [
      "31 January",
      schedule("2026-01-31", { anchorDay: 31 }),
      ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"],
    ],
    ["30th over February", schedule("2026-01-30", { anchorDay: 30 }), ["2026-01-30", "2026-02-28", "2026-03-30"]],
    ["leap year", schedule("2028-01-31", { anchorDay: 31 }), ["2028-01-31", "2028-02-29", "2028-03-31"]],
    ["start on the last day of a short month", schedule("2026-02-28", { anchorDay: 31 }), ["2026-02-28", "2026-03-31"]],
    ["start a day before that", schedule("2026-02-27", { anchorDay: 31 }), ["2026-02-27", "2026-02-28", "2026-03-31"]],
    ["over New Year", schedule("2025-12-20"), ["2025-12-20", "2026-01-01", "2026-02-01"]],
    [
      "two months",
      schedule("2026-01-10", { intervalCount: 2 }),
      ["2026-01-10", "2026-02-01", "2026-04-01", "2026-06-01"],
    ],
    [
      "quarters",
      schedule("2026-01-31", { anchorDay: 31, interval: "quarter" }),
      ["2026-01-31", "2026-04-30", "2026-07-31"],
    ],
    [
      "quarters from the last day of a short month",
      schedule("2026-02-28", { anchorDay: 31, interval: "quarter" }),
      ["2026-02-28", "2026-05-31", "2026-08-31"],
    ],
    [
      "years from 29 February",
      schedule("2028-02-29", { anchorDay: 29, interval: "year" }),
      ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"],
    ],
    [
      "weeks follow the start",
      schedule("2026-01-07", { interval: "week" }),
      ["2026-01-07", "2026-01-14", "2026-01-21"],
    ],
    ["fortnights", schedule("2026-01-07", { interval: "week", intervalCount: 2 }), ["2026-01-07", "2026-01-21"]],
  ];
  for (const [name, of, expected] of cases) assert.deepEqual(boundaries(of, expected.length), expected, name);
});

test("a period begins with the customer's own day, through every change of the clocks", () => {
  const cases: [name: string, schedule: PeriodSchedule, boundaries: string[]][] = [
    [
      "winter and summer time in Berlin",
      schedule("2026-02-28T23:30:00Z", { timeZone: "Europe/Berlin" }),
      ["2026-02-28T23:00Z", "2026-03-31T22:00Z", "2026-04-30T22:00Z"],
    ],
    [
      "New York on the day before",
      schedule("2026-03-01T02:00:00Z", { timeZone: "America/New_York", anchorDay: 31 }),
      ["2026-02-28T05:00Z", "2026-03-31T04:00Z"],
    ],
    // Summer time begins at midnight, so that the day begins at 01:00.
    [
      "no midnight in Cairo",
      schedule("2026-03-24", { timeZone: "Africa/Cairo", anchorDay: 24 }),
      ["2026-03-23T22:00Z", "2026-04-23T22:00Z", "2026-05-23T21:00Z"],
    ],
    [
      "no midnight in Santiago",
      schedule("2025-08-07", { timeZone: "America/Santiago", anchorDay: 7 }),
      ["2025-08-06T04:00Z", "2025-08-07T04:00Z", "2025-09-07T04:00Z", "2025-10-07T03:00Z"],
    ],
    // Midnight comes twice in Havana on 1 November 2026; the day begins with the first.
    [
      "two midnights in Havana",
      schedule("2026-10-15", { timeZone: "America/Havana" }),
      ["2026-10-14T04:00Z", "2026-11-01T04:00Z", "2026-12-01T05:00Z"],
    ],
    // 30 December 2011 did not exist in Apia.
    [
      "no day at all in Apia",
      schedule("2011-11-30T12:00:00Z", { timeZone: "Pacific/Apia", anchorDay: 30 }),
      ["2011-11-30T10:00Z", "2011-12-30T10:00Z", "2012-01-29T10:00Z"],
    ],
    [
      "half an hour off",
      schedule("2026-01-01", { timeZone: "Asia/Kolkata" }),
      ["2025-12-31T18:30Z", "2026-01-31T18:30Z"],
    ],
  ];
  for (const [name, of, expected] of cases) assert.deepEqual(boundaries(of, expected.length), expected, name);
});

test("an instant belongs to the period it begins and not to the one it ends", () => {
  const monthly = schedule("2026-01-10", { anchorDay: 31 });
  const january = { startsAt: at("2026-01-10"), endsAt: at("2026-01-31") };
  const february = { startsAt: at("2026-01-31"), endsAt: at("2026-02-28") };
  assert.deepEqual(periodContaining(monthly, at("2026-01-10")), january);
  assert.deepEqual(periodContaining(monthly, at("2026-01-31") - 1), january);
  assert.deepEqual(periodContaining(monthly, at("2026-01-31")), february);
  assert.deepEqual(nextPeriod(monthly, january), february);
  assert.equal(contains(january, january.startsAt), true);
  assert.equal(contains(january, january.endsAt - 1), true);
  assert.equal(contains(january, january.endsAt), false);
  assert.equal(contains(january, january.startsAt - 1), false);
  assert.throws(() => periodContaining(monthly, at("2026-01-10") - 1), RangeError);
});

test("a day begins at its first instant, wherever the customer is", () => {
  const cases: [day: string, timeZone: string, begins: string][] = [
    ["2026-03-01", "UTC", "2026-03-01"],
    ["2026-03-01", "Europe/Berlin", "2026-02-28T23:00Z"],
    ["2026-07-01", "Europe/Berlin", "2026-06-30T22:00Z"],
    ["2026-04-24", "Africa/Cairo", "2026-04-23T22:00Z"], // summer time begins at midnight
    ["2028-02-29", "Asia/Kolkata", "2028-02-28T18:30Z"],
  ];
  for (const [day, timeZone, begins] of cases) assert.equal(written(startOfDay(day, timeZone)), begins, day);
  assert.throws(() => startOfDay("2026-02-29", "UTC"), RangeError);
});

test("time zones are IANA names", () => {
  const zones = ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata"];
  for (const text of zones) assert.equal(isTimeZone(text), true, text);
  for (const text of ["", "+02:00", "-0300", "Mars/Olympus", "Europe/", "Berlin", " UTC"]) {
    assert.equal(isTimeZone(text), false, text);
  }
});

const zone = fc.constantFrom(
  ..."UTC Europe/Berlin America/New_York America/Santiago Africa/Cairo Asia/Kolkata Pacific/Apia".split(" "),
  ..."Australia/Lord_Howe America/Havana Pacific/Kiritimati America/St_Johns Asia/Beirut".split(" "),
);
const anySchedule: fc.Arbitrary<PeriodSchedule> = fc.record({
  startsAt: fc.integer({ min: at("2005-01-01"), max: at("2035-01-01") }),
  anchorDay: fc.integer({ min: 1, max: 31 }),
  timeZone: zone,
  interval: fc.constantFrom<BillingInterval>("week", "month", "quarter", "year"),
  intervalCount: fc.integer({ min: 1, max: 6 }),
});
const DAY = 86_400_000;

test("law: periods tile time without gap or overlap, and none is longer than its interval", () => {
  const longestDays: Record<BillingInterval, number> = { week: 7, month: 31, quarter: 92, year: 366 };
  fc.assert(
    fc.property(anySchedule, fc.integer({ min: 0, max: 40 }), (of, index) => {
      const period = periodAt(of, index);
      assert.ok(period.startsAt < period.endsAt);
      assert.equal(periodAt(of, index + 1).startsAt, period.endsAt);
      assert.deepEqual(nextPeriod(of, period), periodAt(of, index + 1));
      // A day of slack for changes of the clocks and of the date line.
      assert.ok(period.endsAt - period.startsAt <= (longestDays[of.interval] * of.intervalCount + 1) * DAY);
    }),
    { numRuns: 500 },
  );
});

test("law: every instant from the start on is in exactly the period that is found for it", () => {
  fc.assert(
    fc.property(
      anySchedule,
      fc.integer({ min: 0, max: 40 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (of, index, part) => {
        const period = periodAt(of, index);
        const inside = period.startsAt + Math.floor((period.endsAt - 1 - period.startsAt) * part);
        for (const instant of [period.startsAt, inside, period.endsAt - 1]) {
          assert.deepEqual(periodContaining(of, instant), period);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("law: the first period holds the start, and every later one begins on the anchor day of its month", () => {
  fc.assert(
    fc.property(anySchedule, fc.integer({ min: 1, max: 40 }), (of, index) => {
      assert.ok(contains(periodAt(of, 0), of.startsAt));
      if (of.interval === "week") return;
      const [year = 0, month = 0, day] = localDay(of, periodAt(of, index).startsAt);
      const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
      const expected = Math.min(of.anchorDay, lastDay);
      // Apia had no 30 December 2011, so that day's period began on the 31st.
      if (of.timeZone === "Pacific/Apia" && year === 2011 && month === 12 && expected === 30) return;
      assert.equal(day, expected);
    }),
    { numRuns: 500 },
  );
});

function localDay(of: PeriodSchedule, instant: number): number[] {
  const text = new Intl.DateTimeFormat("en-CA", { timeZone: of.timeZone, dateStyle: "short" }).format(instant);
  return text.split("-").map((part) => parseInt(part, 10));
}

const named: [name: string, schedule: PeriodSchedule, boundaries: string[]][] = [
  [
    "the 31st from the last of January through a leap year",
    schedule("2028-01-31", { anchorDay: 31 }),
    ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31", "2028-06-30"],
  ],
  [
    // Summer time ends on 5 April and begins on 4 October 2026.
    "Sydney",
    schedule("2026-03-01T00:00:00+11:00", { timeZone: "Australia/Sydney" }),
    ["2026-02-28T13:00Z", "2026-03-31T13:00Z", "2026-04-30T14:00Z", "2026-05-31T14:00Z"],
  ],
  [
    "Kathmandu, a quarter of an hour off",
    schedule("2026-01-31T00:00:00+05:45", { timeZone: "Asia/Kathmandu", anchorDay: 31 }),
    ["2026-01-30T18:15Z", "2026-02-27T18:15Z", "2026-03-30T18:15Z"],
  ],
  [
    // Summer time ended on 17 February 2018 and began on 4 November, at midnight, so that day began at 01:00.
    "São Paulo",
    schedule("2018-02-04T00:00:00-02:00", { timeZone: "America/Sao_Paulo", anchorDay: 4, interval: "quarter" }),
    ["2018-02-04T02:00Z", "2018-05-04T03:00Z", "2018-08-04T03:00Z", "2018-11-04T03:00Z", "2019-02-04T02:00Z"],
  ],
];

test("an anchor of the 31st and customers in Sydney, Kathmandu and São Paulo", () => {
  for (const [name, of, expected] of named) assert.deepEqual(boundaries(of, expected.length), expected, name);
});

test("what part of a whole period the first one is", () => {
  const cases: [name: string, schedule: PeriodSchedule, wholeStartsAt: string][] = [
    ["a start on the anchor", schedule("2026-03-01"), "2026-03-01"],
    ["a start after it", schedule("2026-01-10"), "2026-01-01"],
    ["a start before it", schedule("2026-01-10", { anchorDay: 15 }), "2025-12-15"],
    ["an anchor that the month before does not have", schedule("2026-03-10", { anchorDay: 31 }), "2026-02-28"],
    ["a year", schedule("2026-01-10", { interval: "year" }), "2025-02-01"],
    ["a week", schedule("2026-01-10", { interval: "week" }), "2026-01-10"],
  ];
  for (const [name, of, expected] of cases) {
    const { part, whole } = shareOf(of, periodAt(of, 0));
    assert.deepEqual(part, periodAt(of, 0), name);
    assert.deepEqual([written(whole.startsAt), whole.endsAt], [expected, part.endsAt], name);
    const second = periodAt(of, 1);
    assert.deepEqual(shareOf(of, second), { part: second, whole: second }, name);
  }
});

test("a period that is ended at another instant lasts until then, and new ones begin there", () => {
  const monthly = schedule("2026-01-01");
  const february = periodAt(monthly, 1);
  const cases: [name: string, endsAt: string, anchorDay: number | undefined, boundaries: string[]][] = [
    ["later", "2026-03-15", undefined, ["2026-02-01", "2026-03-15", "2026-04-15"]],
    ["earlier", "2026-02-10", undefined, ["2026-02-01", "2026-02-10", "2026-03-10"]],
    ["another anchor", "2026-03-01", 20, ["2026-02-01", "2026-03-01", "2026-03-20", "2026-04-20"]],
  ];
  for (const [name, endsAt, anchorDay, expected] of cases) {
    const moved = endPeriodAt(monthly, { period: february, endsAt: at(endsAt), anchorDay });
    let each = periodContaining(moved, at("2026-01-15"));
    assert.deepEqual(each, periodAt(monthly, 0), name);
    for (const startsAt of expected) {
      each = nextPeriod(moved, each);
      assert.equal(written(each.startsAt), startsAt, name);
    }
    // What was asked for the moved period stays as it was.
    const inside = periodContaining(moved, at("2026-02-05"));
    assert.deepEqual(shareOf(moved, inside), { part: february, whole: february }, name);
  }
  assert.throws(() => endPeriodAt(monthly, { period: february, endsAt: february.startsAt }), RangeError);
});

test("which lengths are whole numbers of others", () => {
  const of = (interval: BillingInterval, intervalCount = 1) => ({ interval, intervalCount });
  assert.equal(isMultipleOf(of("year"), of("month")), true);
  assert.equal(isMultipleOf(of("quarter"), of("month")), true);
  assert.equal(isMultipleOf(of("year"), of("quarter", 3)), false);
  assert.equal(isMultipleOf(of("week", 4), of("week", 2)), true);
  assert.equal(isMultipleOf(of("month"), of("week")), false);
  assert.equal(isMultipleOf(of("month"), of("year")), false);
});

/** Any schedule, and perhaps the one after a period of it was ended elsewhere. */
const anyMovedSchedule = fc
  .tuple(
    anySchedule,
    fc.option(
      fc.record({
        index: fc.nat(12),
        days: fc.integer({ min: 1, max: 400 }),
        anchorDay: fc.option(fc.integer({ min: 1, max: 31 }), { nil: undefined }),
      }),
    ),
  )
  .map(([of, moved]) => {
    if (moved === null) return of;
    const period = periodAt(of, moved.index);
    // Two days at least, because Apia has left out one.
    return endPeriodAt(of, { period, endsAt: period.startsAt + (moved.days + 2) * DAY, anchorDay: moved.anchorDay });
  });

test("law: periods tile time also where one was moved, and shorter ones tile the longer", () => {
  fc.assert(
    fc.property(anyMovedSchedule, fc.constantFrom(1, 2, 3), (of, parts) => {
      const longer: PeriodSchedule = { ...of, intervalCount: of.intervalCount * parts };
      const months = of.interval === "week" ? of : { interval: "month" as const, intervalCount: 1 };
      const start = (of.earlier?.schedule ?? of).startsAt;
      for (const shorter of [recurring(longer, of), recurring(of, months)]) {
        const whole = shorter.interval === of.interval && shorter.intervalCount === of.intervalCount ? longer : of;
        assert.ok(isMultipleOf(whole, shorter));
        const begins = new Set<number>();
        let each = periodContaining(shorter, start);
        for (let index = 0; index < 40; index++, each = nextPeriod(shorter, each)) {
          begins.add(each.startsAt);
          assert.ok(each.startsAt < each.endsAt);
          assert.equal(nextPeriod(shorter, each).startsAt, each.endsAt);
          assert.deepEqual(periodContaining(shorter, each.endsAt - 1), each);
          const { part, whole: all } = shareOf(shorter, each);
          assert.ok(all.startsAt <= part.startsAt && part.endsAt <= all.endsAt);
        }
        for (let long = periodContaining(whole, start); long.endsAt < each.startsAt; long = nextPeriod(whole, long)) {
          assert.ok(begins.has(long.startsAt));
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("months later it is the same local time, on the last day of a shorter month", () => {
  const cases: [at: string, months: number, timeZone: string, later: string][] = [
    ["2026-01-31T10:00:00Z", 1, "UTC", "2026-02-28T10:00:00Z"],
    ["2026-01-31T23:30:00Z", 1, "Asia/Tokyo", "2026-02-28T23:30:00Z"],
    ["2026-03-01T12:00:00Z", 1, "Europe/Berlin", "2026-04-01T11:00:00Z"],
    ["2026-11-30T00:00:00Z", 15, "UTC", "2028-02-29T00:00:00Z"],
  ];
  for (const [at, months, timeZone, later] of cases)
    assert.equal(new Date(monthsLater(Date.parse(at), months, timeZone)).toISOString(), new Date(later).toISOString());
});
