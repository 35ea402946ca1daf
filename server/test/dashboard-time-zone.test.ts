import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as check, constantFrom, integer, property } from "fast-check";
import { Temporal } from "temporal-polyfill";
import { startOfDay } from "../../core/period.ts";
import { instantOf, isTimeZone, localTimeOf } from "../../web/dashboard/src/time-zone.ts";

/* The dashboard's times, held against the calendar by which periods are counted. */

/** Zones whose clocks jump at midnight, by half an hour, by a day, twice a year or not at all. */
const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Sao_Paulo",
  "America/Toronto",
  "Asia/Beirut",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "America/Havana",
];

const zone = constantFrom(...zones);
const second = integer({
  min: Date.parse("1900-01-01T00:00:00Z") / 1_000,
  max: Date.parse("2100-01-01T00:00:00Z") / 1_000,
}).map((seconds) => new Date(seconds * 1_000).toISOString());

test("clocks show what they show, and of what they show once, the instant is found again", () => {
  check(
    property(second, zone, (at, timeZone) => {
      const local = localTimeOf(at, timeZone);
      const plain = Temporal.Instant.from(at).toZonedDateTimeISO(timeZone).toPlainDateTime();
      assert.equal(local, plain.toString({ smallestUnit: "second" }));
      const found = instantOf(local, timeZone);
      assert.equal(
        found.at,
        new Date(plain.toZonedDateTime(timeZone, { disambiguation: "earlier" }).epochMilliseconds).toISOString(),
      );
      if (found.happens === "once") assert.equal(found.at, at);
      else assert.equal(found.happens, "twice");
    }),
    { numRuns: 500 },
  );
});

test("a day begins when core says that it begins, also where its midnight is skipped or happens twice", () => {
  check(
    property(second, zone, (at, timeZone) => {
      const day = at.slice(0, 10);
      assert.equal(Date.parse(instantOf(day, timeZone).at), startOfDay(day, timeZone));
    }),
    { numRuns: 500 },
  );
  for (const [day, timeZone, at] of [
    ["2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00.000Z"],
    ["2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00.000Z"],
    ["1919-03-31", "America/Toronto", "1919-03-31T04:30:00.000Z"],
    ["2026-11-01", "America/Havana", "2026-11-01T04:00:00.000Z"],
  ] as const) {
    assert.equal(instantOf(day, timeZone).at, at, day);
    assert.equal(startOfDay(day, timeZone), Date.parse(at), day);
  }
});

test("a time that clocks skip is when they jump, and of one that comes twice the first is meant", () => {
  for (const [local, at, happens] of [
    ["2026-03-29T01:59", "2026-03-29T00:59:00.000Z", "once"],
    ["2026-03-29T02:30", "2026-03-29T01:00:00.000Z", "never"],
    ["2026-03-29T03:00", "2026-03-29T01:00:00.000Z", "once"],
    ["2026-10-25T02:30", "2026-10-25T00:30:00.000Z", "twice"],
    ["2026-10-25T03:00", "2026-10-25T02:00:00.000Z", "once"],
  ] as const)
    assert.deepEqual(instantOf(local, "Europe/Berlin"), { at, happens }, local);
});

test("a zone that the browser does not know is none", () => {
  assert.deepEqual(["UTC", "Europe/Berlin", "Mars/Olympus"].map(isTimeZone), [true, true, false]);
});
