/**
 * Billing periods: half-open `[startsAt, endsAt)`, each beginning at the first instant of a calendar day in the customer's time
 * zone. A schedule's periods tile time from its start for ever, without gap or overlap.
 *
 * Every boundary is counted from the first anchor and none from the boundary before it: 31 January plus one month is 28 February,
 * and plus two is 31 March again; a chain would stay on the 28th.
 */
import { Temporal } from "temporal-polyfill";

/** A moment, in whole milliseconds since 1970-01-01T00:00:00Z, as `Date.getTime()` gives it. */
export type Instant = number;

export type Period = { startsAt: Instant; endsAt: Instant };

export type BillingInterval = "week" | "month" | "quarter" | "year";

export type PeriodSchedule = {
  /** When the subscription starts; the first period begins with the local day of this instant. */
  startsAt: Instant;
  /** The day of the month on which periods begin, 1–31; in a shorter month its last day. Weeks ignore it: they follow the start. */
  anchorDay: number;
  /** IANA name, such as "Europe/Berlin". */
  timeZone: string;
  interval: BillingInterval;
  /** How many intervals make one period; 1 or more. */
  intervalCount: number;
};

/**
 * The period of `schedule` that holds `instant`.
 * The first one runs from the local midnight of the start to the next anchor day, and is whole if the start is on one; all
 * later ones are whole.
 * Example: start 10 January 2026 with anchor day 31, monthly, UTC → 20 February is in [31 January, 28 February).
 * @throws RangeError if `instant` is before the first period.
 */
export function periodContaining(schedule: PeriodSchedule, instant: Instant): Period {
  const calendar = calendarOf(schedule);
  let index = estimateIndex(calendar, instant);
  let startsAt = boundary(calendar, index);
  while (startsAt > instant && index > 0) startsAt = boundary(calendar, (index -= 1));
  if (startsAt > instant) throw new RangeError("the instant is before the schedule's first period");
  let endsAt = boundary(calendar, index + 1);
  while (endsAt <= instant) {
    startsAt = endsAt;
    endsAt = boundary(calendar, (index += 1) + 1);
  }
  return { startsAt, endsAt };
}

/** The period number `index` of `schedule`; the first is 0. */
export function periodAt(schedule: PeriodSchedule, index: number): Period {
  const calendar = calendarOf(schedule);
  return { startsAt: boundary(calendar, index), endsAt: boundary(calendar, index + 1) };
}

/** The period that begins when `period` ends. */
export function nextPeriod(schedule: PeriodSchedule, period: Period): Period {
  return periodContaining(schedule, period.endsAt);
}

/** Whether `instant` is in `[startsAt, endsAt)`. Free, so ask it of a period at hand before asking for another. */
export function contains(period: Period, instant: Instant): boolean {
  return period.startsAt <= instant && instant < period.endsAt;
}

/** Whether `text` is a time zone of the IANA database. Bare offsets such as "+02:00" are not: they know no summer time. */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/**
 * The first instant of a calendar day (`2024-01-15`) in a time zone: its midnight, or what comes first where that is skipped.
 * @throws RangeError if the day is not on the calendar.
 */
export function startOfDay(day: string, timeZone: string): Instant {
  return Temporal.PlainDate.from(day).toZonedDateTime(timeZone).epochMilliseconds;
}

/** A schedule as its local calendar sees it. */
type Calendar = {
  schedule: PeriodSchedule;
  startDate: Temporal.PlainDate;
  /** The month in which the second period begins, as a `monthNumber`. */
  secondMonth: number;
};

function calendarOf(schedule: PeriodSchedule): Calendar {
  const startDate = localDate(schedule, schedule.startsAt);
  return { schedule, startDate, secondMonth: secondMonth(schedule, startDate) };
}

/** The month of the first anchor after the start; if the start is on an anchor, of the one a whole period later. */
function secondMonth(schedule: PeriodSchedule, startDate: Temporal.PlainDate): number {
  const month = monthNumber(startDate);
  const anchor = anchorIn(month, schedule.anchorDay).day;
  if (startDate.day === anchor) return month + monthsPerPeriod(schedule);
  return startDate.day < anchor ? month : month + 1;
}

/** The instant at which period number `index` begins. */
function boundary(calendar: Calendar, index: number): Instant {
  // A day begins at its first instant, which is not always 00:00: where summer time begins at midnight it is 01:00.
  return boundaryDate(calendar, index).toZonedDateTime(calendar.schedule.timeZone).epochMilliseconds;
}

function boundaryDate({ schedule, startDate, secondMonth }: Calendar, index: number): Temporal.PlainDate {
  if (index === 0) return startDate;
  if (schedule.interval === "week") return startDate.add({ weeks: index * schedule.intervalCount });
  return anchorIn(secondMonth + (index - 1) * monthsPerPeriod(schedule), schedule.anchorDay);
}

/** A number that is the wanted index or next to it: right by the calendar month or week, whatever the day and hour. */
function estimateIndex({ schedule, startDate, secondMonth }: Calendar, instant: Instant): number {
  const date = localDate(schedule, instant);
  if (schedule.interval === "week") {
    return Math.max(0, Math.floor(startDate.until(date).days / 7 / schedule.intervalCount));
  }
  return Math.max(0, Math.floor((monthNumber(date) - secondMonth) / monthsPerPeriod(schedule)) + 1);
}

function monthsPerPeriod({ interval, intervalCount }: PeriodSchedule): number {
  return intervalCount * MONTHS[interval];
}

const MONTHS: Record<BillingInterval, number> = { week: 0, month: 1, quarter: 3, year: 12 };

/** Months counted from January of year 0, so that they can be added. */
function monthNumber(date: Temporal.PlainDate): number {
  return date.year * 12 + date.month - 1;
}

/** The anchor day of a month, or the month's last day if it is shorter. */
function anchorIn(month: number, anchorDay: number): Temporal.PlainDate {
  const year = Math.floor(month / 12);
  return Temporal.PlainDate.from({ year, month: month - year * 12 + 1, day: anchorDay }, { overflow: "constrain" });
}

function localDate({ timeZone }: PeriodSchedule, instant: Instant): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone).toPlainDate();
}
