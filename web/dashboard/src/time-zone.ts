/**
 * Instants as the calendar and the clock of a time zone say them, and back. By `Intl` alone: what `core` uses for periods would be a seventh
 * of all that the first page may load. Local times are texts without a zone, "2026-03-10T09:00:30".
 */

export type Resolved = {
  /** ISO 8601 in UTC. */
  at: string;
  /** Where clocks are set back, a local time is there twice; where they are set forward, some are skipped. */
  happens: "once" | "twice" | "never";
};

/** What clocks show at an instant, to the second. Example: "2026-07-01T22:30:00Z" in Europe/Berlin → "2026-07-02T00:30:00". */
export function localTimeOf(at: string, timeZone: string): string {
  return textOf(clockAt(Date.parse(at), timeZone));
}

/**
 * When clocks show `local`: of two instants the first; of none, the one at which clocks jump over it.
 * Example: "2026-03-29T02:30" in Europe/Berlin, which is skipped → 01:00 UTC, when it becomes 03:00.
 */
export function instantOf(local: string, timeZone: string): Resolved {
  const wanted = Date.parse(`${local.length === dayLength ? `${local}T00:00` : local}Z`);
  const [before, after] = [offsetAt(wanted - dayMs, timeZone), offsetAt(wanted + dayMs, timeZone)];
  const found = [...new Set([wanted - before, wanted - after])]
    .filter((at) => clockAt(at, timeZone) === wanted)
    .toSorted((a, b) => a - b);
  const [first = jumpOver(wanted, wanted - after, wanted - before, timeZone)] = found;
  return {
    at: new Date(first).toISOString(),
    happens: found.length === 0 ? "never" : found.length === 1 ? "once" : "twice",
  };
}

/** Whether this browser knows the zone; a server may know one that is newer. */
export function isTimeZone(text: string): boolean {
  try {
    return clockAt(0, text) !== null;
  } catch {
    return false;
  }
}

const dayLength = 10;
const dayMs = 86_400_000;
const secondMs = 1_000;

/** The first second of [`low`, `high`] at which clocks are past `wanted`. */
function jumpOver(wanted: number, low: number, high: number, timeZone: string): number {
  let [from, until] = [low, high];
  while (until - from > secondMs) {
    const middle = Math.floor((from + until) / 2 / secondMs) * secondMs;
    if (clockAt(middle, timeZone) > wanted) until = middle;
    else from = middle;
  }
  return until;
}

function offsetAt(at: number, timeZone: string): number {
  return clockAt(at, timeZone) - Math.floor(at / secondMs) * secondMs;
}

/** What clocks show, as the milliseconds at which clocks of UTC show it. */
function clockAt(at: number, timeZone: string): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(at)) parts[type] = Number.parseInt(value, 10);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  // Not Date.UTC, which takes the year 26 for 1926.
  return new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * secondMs;
}

function textOf(clock: number): string {
  return new Date(clock).toISOString().slice(0, "2026-03-10T09:00:30".length);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one costs a hundred times what using one does. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(timeZone, made);
  return made;
}
