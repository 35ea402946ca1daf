/** Instants as tests write and read them. */
import type { Instant, Period } from "../period.ts";

/** `2026-01-31`, or with a time in UTC: `2026-01-31T12:00`. */
export function at(text: string): Instant {
  return Date.parse(text.length === 10 ? `${text}T00:00:00Z` : `${text}Z`);
}

/** The inverse; midnight is left out. */
export function written(instant: Instant): string {
  return new Date(instant).toISOString().replace(":00.000Z", "").replace("T00:00", "");
}

export function period(startsAt: string, endsAt: string): Period {
  return { startsAt: at(startsAt), endsAt: at(endsAt) };
}
