import assert from "node:assert/strict";
import { test } from "node:test";
import { windowStart, type Window } from "./window.ts";

test("a window is a local hour or day, as long as that really is", () => {
  const cases: [window: Window, timeZone: string, instant: string, start: string][] = [
    ["hour", "UTC", "2026-03-10T10:59:59.999Z", "2026-03-10T10:00:00Z"],
    ["hour", "UTC", "2026-03-10T11:00:00Z", "2026-03-10T11:00:00Z"],
    ["day", "UTC", "2026-03-10T23:59:59.999Z", "2026-03-10T00:00:00Z"],
    ["day", "America/New_York", "2026-03-10T03:00:00Z", "2026-03-09T04:00:00Z"],
    // India is half an hour off, and so are its hours.
    ["hour", "Asia/Kolkata", "2026-03-10T10:15:00Z", "2026-03-10T09:30:00Z"],
    // 29 March 2026 in Berlin: 02:00 is 03:00.
    ["hour", "Europe/Berlin", "2026-03-29T01:30:00Z", "2026-03-29T01:00:00Z"],
    ["day", "Europe/Berlin", "2026-03-29T21:59:59.999Z", "2026-03-28T23:00:00Z"],
    ["day", "Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-29T22:00:00Z"],
    // 25 October 2026 in Berlin: 02:30 comes twice, in two windows.
    ["hour", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z"],
    ["hour", "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z"],
    // In Beirut a day in March begins at 01:00.
    ["day", "Asia/Beirut", "2026-03-29T10:00:00Z", "2026-03-28T22:00:00Z"],
  ];
  for (const [window, timeZone, instant, start] of cases) {
    assert.equal(
      windowStart(window, timeZone, Date.parse(instant)),
      Date.parse(start),
      `${window} of ${instant} in ${timeZone}`,
    );
  }
});
