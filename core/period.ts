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
  /** The schedule before this one, if the renewal date or the anchor day was changed; see `endPeriodAt`. */
  earlier?: EarlierSchedule;
};

export type EarlierSchedule = {
  schedule: PeriodSchedule;
  /** When its last period began, which ends where the later schedule starts. */
  lastStartsAt: Instant;
  /** Whether that period was made longer or shorter and is owed as if it had not been. */
  isMoved: boolean;
};

/** How long periods are: `intervalCount` intervals. */
export type Recurrence = Pick<PeriodSchedule, "interval" | "intervalCount">;

/** A period, and the whole one that it is a part of; the two are the same but for a first or a last one. */
export type Share = { part: Period; whole: Period };

/**
 * The period of `schedule` that holds `instant`.
 * The first one runs from the local midnight of the start to the next anchor day, and is whole if the start is on one; all
 * later ones are whole.
 * Example: start 10 January 2026 with anchor day 31, monthly, UTC → 20 February is in [31 January, 28 February).
 * @throws RangeError if `instant` is before the first period.
 */
export function periodContaining(schedule: PeriodSchedule, instant: Instant): Period {
  const calendar = calendarOf(schedule);
  const { earlier } = schedule;
  if (earlier !== undefined) {
    const firstStartsAt = boundary(calendar, 0);
    if (instant < firstStartsAt) return periodBefore(earlier, firstStartsAt, instant);
  }
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

function periodBefore({ schedule, lastStartsAt }: EarlierSchedule, endsAt: Instant, instant: Instant): Period {
  return instant < lastStartsAt ? periodContaining(schedule, instant) : { startsAt: lastStartsAt, endsAt };
}

/** The period number `index` of `schedule`; the first is 0, whatever schedule was before. */
export function periodAt(schedule: PeriodSchedule, index: number): Period {
  const calendar = calendarOf(schedule);
  return { startsAt: boundary(calendar, index), endsAt: boundary(calendar, index + 1) };
}

/** The period that begins when `period` ends. */
export function nextPeriod(schedule: PeriodSchedule, period: Period): Period {
  return periodContaining(schedule, period.endsAt);
}

/** Those periods of `schedule` that begin in `[from, until)`, in order. */
export function* periodsFrom(schedule: PeriodSchedule, { from, until }: { from: Instant; until: Instant }) {
  let period = periodContaining(schedule, from);
  if (period.startsAt < from) period = nextPeriod(schedule, period);
  for (; period.startsAt < until; period = nextPeriod(schedule, period)) yield period;
}

/** The schedule of the same start, anchor and time zone with periods of another length. */
export function recurring(schedule: PeriodSchedule, { interval, intervalCount }: Recurrence): PeriodSchedule {
  if (schedule.interval === interval && schedule.intervalCount === intervalCount) return schedule;
  const { earlier, ...rest } = schedule;
  const changed: PeriodSchedule = { ...rest, interval, intervalCount };
  if (earlier === undefined) return changed;
  // Shorter periods go on through one that was moved, and the last of them is cut where the later schedule starts.
  const before = recurring(earlier.schedule, { interval, intervalCount });
  const { startsAt: lastStartsAt } = periodContaining(before, boundary(calendarOf(changed), 0) - 1);
  return { ...changed, earlier: { schedule: before, lastStartsAt, isMoved: false } };
}

/** Whether `length` is the length of one or more whole periods of `of`, from every anchor on. Example: a year of months. */
export function isMultipleOf(length: Recurrence, of: Recurrence): boolean {
  if ((length.interval === "week") !== (of.interval === "week")) return false;
  return countOf(length) % countOf(of) === 0;
}

function countOf({ interval, intervalCount }: Recurrence): number {
  return intervalCount * (interval === "week" ? 1 : MONTHS[interval]);
}

/**
 * What part of a whole period a period is: of the first, when the start is on no anchor, and of one that another schedule cuts.
 * Example: start 10 January 2026, anchor day 1, monthly → [10 January, 1 February) of [1 January, 1 February).
 */
export function shareOf(schedule: PeriodSchedule, period: Period): Share {
  const calendar = calendarOf(schedule);
  const firstStartsAt = boundary(calendar, 0);
  const { earlier } = schedule;
  if (earlier !== undefined && period.startsAt < firstStartsAt) {
    const { part, whole } = shareOf(earlier.schedule, periodContaining(earlier.schedule, period.startsAt));
    return {
      part: earlier.isMoved ? part : { startsAt: part.startsAt, endsAt: Math.min(part.endsAt, period.endsAt) },
      whole,
    };
  }
  if (period.startsAt > firstStartsAt || schedule.interval === "week") return { part: period, whole: period };
  const { secondMonth, startDate } = calendar;
  const isOnAnchor = anchorIn(monthNumber(startDate), schedule.anchorDay).day === startDate.day;
  if (isOnAnchor) return { part: period, whole: period };
  const anchor = anchorIn(secondMonth - monthsPerPeriod(schedule), schedule.anchorDay);
  return { part: period, whole: { startsAt: startsAtOf(schedule, anchor), endsAt: period.endsAt } };
}

/**
 * The schedule in which `period`, one of `schedule`'s, ends at another instant, and new periods begin there: on `anchorDay` if it
 * is given, the first of them from the end to that day, and else on the day of the month of that end.
 * Example: [1 February, 1 March) ended at 15 March → [1 February, 15 March), [15 March, 15 April), …
 * @throws RangeError if the end is not after the period's start.
 */
export function endPeriodAt(
  schedule: PeriodSchedule,
  change: { period: Period; endsAt: Instant; anchorDay?: number },
): PeriodSchedule {
  const day = localDate(schedule, change.endsAt);
  const startsAt = startsAtOf(schedule, day);
  if (startsAt <= change.period.startsAt) throw new RangeError("a period must end after it begins");
  const earlier = { schedule, lastStartsAt: change.period.startsAt, isMoved: true };
  return { ...schedule, startsAt, anchorDay: change.anchorDay ?? day.day, earlier };
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

/** The same local time some months later; on the last day of a month that is shorter. Example: January 31 and one month → February 28. */
export function monthsLater(instant: Instant, months: number, timeZone: string): Instant {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone).add({ months }).epochMilliseconds;
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
  return startsAtOf(calendar.schedule, boundaryDate(calendar, index));
}

/** A day begins at its first instant, which is not always 00:00: where summer time begins at midnight it is 01:00. */
function startsAtOf({ timeZone }: PeriodSchedule, day: Temporal.PlainDate): Instant {
  return day.toZonedDateTime(timeZone).epochMilliseconds;
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
