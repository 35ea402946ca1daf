/**
 * What a meter has read over any stretch of time, for people to look at: by window, by the values of properties, and as a whole.
 * Apart from pricing: prices read a meter by their periods and in their own steps, and are not looked at here.
 *
 * A reading is the aggregation over the events of its window alone, so that windows of a `max` or a `unique_count` do not add up
 * to the whole. A `weighted_sum` is a level that lasts: each window begins with the level that the range's earlier events have
 * left, so that its windows do add up; before the range the level counts as zero.
 */
import { Temporal } from "temporal-polyfill";
import { addTo, closingLevel, emptyCounter, type Contribution, type CounterState } from "./counter.ts";
import { sum, zero, type Decimal } from "./decimal.ts";
import { compareDenominations, denominationKey, type Denomination } from "./denomination.ts";
import { valueText } from "./dimension.ts";
import { BillingError } from "./errors.ts";
import { matches, measure, type Measurement, type Meter, type UsageEvent } from "./meter.ts";
import type { Instant, Period } from "./period.ts";
import { propertyOf, type Properties } from "./property.ts";
import { windowStart } from "./window.ts";

export type UsageWindow = "hour" | "day" | "month";

export type UsageAmount = { denomination: Denomination; amount: Decimal };

export type UsageQuestion = {
  meter: Meter;
  range: Period;
  /** Null reads the range as a whole. */
  window: UsageWindow | null;
  /** Names of properties: each combination of their values has its own rows. */
  groupBy: string[];
  timeZone: string;
};

/** What is read so far. Memory grows with rows, and for a `unique_count` with its different values; never with events. */
export type UsageTally = {
  question: UsageQuestion;
  windows: Period[];
  /** By the canonical text of the group's values; in it by the window's place. */
  groups: Map<string, Map<number, Reading>>;
  total: Reading;
  /** Events that the meter matches and cannot read: recorded before there was the meter. */
  unreadableCount: number;
};

type Reading = {
  /** By the start of the meter's own window; a meter without windows has one state, under 0. */
  states: Map<Instant, CounterState>;
  seen: Set<string>;
  costs: Map<string, UsageAmount>;
};

export type UsageFigures = Period & { quantity: Decimal; eventCount: number; costs: UsageAmount[] };

export type UsageRow = UsageFigures & {
  /** In the order of `groupBy`; a property that is missing, a list or an object is null. */
  groupValues: (string | boolean | null)[];
};

/** Without `groupBy` there is one group, also of no events; with it there are only those that events have brought. */
export function openUsage(question: UsageQuestion): UsageTally {
  const windows = windowsOf(question);
  const groups = new Map(question.groupBy.length === 0 ? [["[]", new Map()]] : []);
  return { question, windows, groups, total: emptyReading(), unreadableCount: 0 };
}

/** How many rows `usageRows` would return. */
export function usageRowCount({ windows, groups }: UsageTally): number {
  return windows.length * groups.size;
}

/** Counts an event of the range, with what the meter's prices charged for it. In any order. */
export function addUsage(tally: UsageTally, event: UsageEvent, charges: UsageAmount[]): void {
  const { meter, groupBy, range } = tally.question;
  if (!matches(meter, event)) return;
  const measurement = measureOrNull(meter, event);
  if (measurement === null) {
    tally.unreadableCount += 1;
    return;
  }
  const index = windowIndex(tally.windows, event.timestamp);
  const group = mapIn(tally.groups, groupText(event.properties, groupBy), () => new Map<number, Reading>());
  addToReading(tally, mapIn(group, index, emptyReading), tally.windows[index] as Period, event, measurement, charges);
  addToReading(tally, tally.total, range, event, measurement, charges);
}

/** Every window of every group, also those without events, by start and then by group. */
export function usageRows(tally: UsageTally): UsageRow[] {
  const groups = [...tally.groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const columns = groups.map(([text, readings]) => {
    const groupValues = JSON.parse(text) as UsageRow["groupValues"];
    let level = zero;
    return tally.windows.map((window, index): UsageRow => {
      const figures = figuresOf(tally, window, readings.get(index) ?? emptyReading(), level);
      level = figures.closingLevel;
      return { ...figures.shown, groupValues };
    });
  });
  return tally.windows.flatMap((_, index) => columns.map((column) => column[index] as UsageRow));
}

/** The range as a whole, over all groups. */
export function usageTotal(tally: UsageTally): UsageFigures {
  return figuresOf(tally, tally.question.range, tally.total, zero).shown;
}

function figuresOf(
  { question }: UsageTally,
  { startsAt, endsAt }: Period,
  { states, costs }: Reading,
  level: Decimal,
): { shown: UsageFigures; closingLevel: Decimal } {
  const { aggregation } = question.meter;
  const carried: Contribution = { quantity: level, value: null, at: startsAt, fee: zero, events: 0 };
  const period = { startsAt, endsAt };
  const read =
    aggregation.type === "weighted_sum"
      ? [addTo(states.get(0) ?? emptyCounter, carried, { aggregation, period, timesSeen: 0 })]
      : [...states.values()];
  return {
    shown: {
      startsAt,
      endsAt,
      quantity: sum(read.map(({ quantity }) => quantity)),
      eventCount: read.reduce((count, { eventCount }) => count + eventCount, 0),
      costs: [...costs.values()].toSorted((a, b) => compareDenominations(a.denomination, b.denomination)),
    },
    closingLevel: sum(read.map(closingLevel)),
  };
}

function addToReading(
  { question: { meter, timeZone } }: UsageTally,
  { states, seen, costs }: Reading,
  period: Period,
  event: UsageEvent,
  { quantity, value }: Measurement,
  charges: UsageAmount[],
): void {
  const { aggregation } = meter;
  const own =
    meter.window === null || aggregation.type === "weighted_sum"
      ? 0
      : windowStart(meter.window, timeZone, event.timestamp);
  const contribution: Contribution = { quantity, value, at: event.timestamp, fee: zero, events: 1 };
  const seenKey = `${own}|${value}`;
  const timesSeen = seen.has(seenKey) ? 1 : 0;
  states.set(own, addTo(states.get(own) ?? emptyCounter, contribution, { aggregation, period, timesSeen }));
  if (value !== null) seen.add(seenKey);
  for (const { denomination, amount } of charges) {
    const key = denominationKey(denomination);
    costs.set(key, { denomination, amount: amount.plus(costs.get(key)?.amount ?? zero) });
  }
}

function emptyReading(): Reading {
  return { states: new Map(), seen: new Set(), costs: new Map() };
}

function mapIn<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const made = make();
  map.set(key, made);
  return made;
}

function measureOrNull(meter: Meter, event: UsageEvent): Measurement | null {
  try {
    return measure(meter, event);
  } catch (error) {
    if (error instanceof BillingError && error.code === "INVALID_PROPERTY") return null;
    throw error;
  }
}

function groupText(properties: Properties, groupBy: string[]): string {
  return `[${groupBy.map((name) => valueText(propertyOf(properties, name)) ?? "null").join(",")}]`;
}

/** The last window that does not begin after `instant`. */
function windowIndex(windows: Period[], instant: Instant): number {
  let [low, high] = [0, windows.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((windows[middle] as Period).startsAt <= instant) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The local hours, days or months that the range touches, cut to it: they tile it. */
function windowsOf({ range, window, timeZone }: UsageQuestion): Period[] {
  if (window === null) return [range];
  const windows: Period[] = [];
  for (let startsAt = range.startsAt; startsAt < range.endsAt;) {
    const endsAt = Math.min(nextStart(window, timeZone, startsAt), range.endsAt);
    windows.push({ startsAt, endsAt });
    startsAt = endsAt;
  }
  return windows;
}

/** The first instant of the local calendar month that holds `instant`. */
export function startOfMonth(timeZone: string, instant: Instant): Instant {
  const local = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone);
  return local.toPlainDate().with({ day: 1 }).toZonedDateTime(timeZone).epochMilliseconds;
}

/** The first instant of so many local days, of which the one that holds `instant` is the last. */
export function startOfDays(timeZone: string, count: number, instant: Instant): Instant {
  const local = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone);
  return local
    .toPlainDate()
    .subtract({ days: count - 1 })
    .toZonedDateTime(timeZone).epochMilliseconds;
}

/** The first instant after `instant` at which a local hour, day or month begins. */
export function nextStart(window: UsageWindow, timeZone: string, instant: Instant): Instant {
  const local = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone);
  if (window === "hour")
    return instant + 3_600_000 - (local.minute * 60_000 + local.second * 1_000 + local.millisecond);
  const date = window === "day" ? local.toPlainDate() : local.toPlainDate().with({ day: 1 });
  const step = window === "day" ? { days: 1 } : { months: 1 };
  // A zone that has left out a whole day begins it and the next at the same instant.
  for (let next = date.add(step); ; next = next.add(step)) {
    const startsAt = next.toZonedDateTime(timeZone).epochMilliseconds;
    if (startsAt > instant) return startsAt;
  }
}
