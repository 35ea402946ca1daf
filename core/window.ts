/** Windows inside a period: hours or days of the customer's time zone, over each of which a meter is read on its own. */
import { Temporal } from "temporal-polyfill";
import type { Instant } from "./period.ts";

export type Window = "hour" | "day";

/**
 * The instant at which the local hour or day that holds `instant` begins. When clocks go back the repeated hour is a window of
 * its own; a day may have 23 or 25 hours. Example: 10:59 in Berlin, "hour" → 10:00 in Berlin.
 */
export function windowStart(window: Window, timeZone: string, instant: Instant): Instant {
  const local = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone);
  if (window === "day") return local.startOfDay().epochMilliseconds;
  return instant - (local.minute * 60_000 + local.second * 1_000 + local.millisecond);
}
