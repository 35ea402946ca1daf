/**
 * What a plan costs whether or not it is used: which fixed fees fall due when, and how much each is. A change within a period
 * that is paid already gives back the unused rest of the old and charges the rest of the new, so that in the end every instant
 * was paid for what was had at it, to the last digit.
 */
import { max, zero, type Decimal } from "./decimal.ts";
import { basisAt, feeQuantity, spansIn, withEnding, type Ending, type FeeBasis } from "./fee-basis.ts";
import {
  nextPeriod,
  periodContaining,
  recurring,
  shareOf,
  type Instant,
  type Period,
  type PeriodSchedule,
} from "./period.ts";
import type { FixedFee } from "./plan.ts";
import { prorated } from "./proration.ts";

export type FeeLine = {
  fee: FixedFee;
  /** "credit" and "charge" come of a change within a period: the rest of what was paid, given back, and the rest of the new. */
  kind: "fee" | "charge" | "credit";
  /** Of seats, or 1. */
  quantity: Decimal;
  /** For each, for the time that the line is for; below zero in a credit. */
  unitAmount: Decimal;
  /** `quantity · unitAmount`, exact, in the fee's denomination. */
  amount: Decimal;
  /** The time that the line is for. */
  period: Period;
  /** When it fell due. */
  at: Instant;
};

export type FeeTerms = {
  fees: readonly FixedFee[];
  /** The subscription's billing periods; a fee with an interval of its own has its own, from the same start and anchor. */
  schedule: PeriodSchedule;
  /** In the order of time. */
  history: readonly FeeBasis[];
  /** The subscription's end, if that is known; nothing is owed from then on, and what is in arrears is due. */
  ending: Ending | null;
};

/**
 * The lines that fell due in `(after, at]`, in the order of time; with `after` null, all from the start on. In advance is due as
 * the fee's period begins, or as it begins to be owed; in arrears as the period or the subscription ends. A fee that is owed once
 * is due in the first period in which fees are owed, and never prorated. Invoices that follow each other, each with `after` the
 * `at` of the one before, have every line exactly once.
 * Example: 10 per seat and month in advance, 2 seats, a third on 16 April → on 1 April 2 · 10; on 16 April 2 · -5 and 3 · 5.
 */
export function feesDue(terms: FeeTerms, within: { after: Instant | null; at: Instant }): FeeLine[] {
  const ended = { ...terms, history: withEnding(terms.history, terms.ending), endsAt: terms.ending?.at ?? null };
  return terms.fees.flatMap((fee) => linesOf(fee, ended, within)).toSorted((a, b) => a.at - b.at);
}

/** What of the fees was paid for a time after `at`, as credits: what a cancellation then would give back. */
export function unusedFees(terms: FeeTerms, at: Instant): FeeLine[] {
  const ending = { at, isCredited: true };
  return feesDue({ ...terms, ending }, { after: at - 1, at }).filter(({ kind }) => kind === "credit");
}

type Terms = Omit<FeeTerms, "ending"> & { endsAt: Instant | null };
type Within = { after: Instant | null; at: Instant };

function linesOf(fee: FixedFee, terms: Terms, within: Within): FeeLine[] {
  const schedule = fee.every === undefined ? terms.schedule : recurring(terms.schedule, fee.every);
  if (fee.recurrence === "once") return onceLine(fee, schedule, terms, within);
  const due = fee.billing === "in_advance" ? advanceLines : arrearsLines;
  return [...periodsWithin(schedule, terms, within)]
    .flatMap((period) => due(fee, schedule, period, terms))
    .filter(({ at }) => isWithin(at, within));
}

/** Every period in which something may fall due. */
function* periodsWithin(
  schedule: PeriodSchedule,
  { history, endsAt }: Terms,
  { after, at }: Within,
): Generator<Period> {
  const first = history[0]?.from;
  if (first === undefined || first > at) return;
  const until = Math.min(at, endsAt === null ? at : endsAt - 1);
  // What falls due in arrears at an instant belongs to the period that ends there.
  let period = periodContaining(schedule, Math.max(first, after ?? first));
  for (; period.startsAt <= until; period = nextPeriod(schedule, period)) yield period;
}

function advanceLines(fee: FixedFee, schedule: PeriodSchedule, period: Period, { history }: Terms): FeeLine[] {
  const amount = prorated(fee.amount, shareOf(schedule, period));
  const lines: FeeLine[] = [];
  let paid = zero;
  for (const change of changesIn(history, period)) {
    const quantity = feeQuantity(fee, change);
    const rest = { startsAt: change.from, endsAt: period.endsAt };
    const unitAmount = prorated(amount, { part: rest, whole: period });
    if (change.isCredited === false) {
      // What is paid stays paid, and pays for as much again until the period ends.
      const more = quantity.minus(paid);
      if (more.isPositive()) lines.push(line(fee, paid.isZero() ? "fee" : "charge", more, unitAmount, rest));
      paid = max(paid, quantity);
      continue;
    }
    if (quantity.equals(paid)) continue;
    if (paid.isPositive()) lines.push(line(fee, "credit", paid, unitAmount.negated(), rest));
    if (quantity.isPositive()) lines.push(line(fee, paid.isZero() ? "fee" : "charge", quantity, unitAmount, rest));
    paid = quantity;
  }
  return lines;
}

/** The basis that the period begins with, as of then, and the changes within it. */
function changesIn(history: readonly FeeBasis[], { startsAt, endsAt }: Period): FeeBasis[] {
  const first = basisAt(history, startsAt);
  const later = history.filter(({ from }) => from > startsAt && from < endsAt);
  return first === null ? later : [{ ...first, from: startsAt, isCredited: true }, ...later];
}

function arrearsLines(fee: FixedFee, schedule: PeriodSchedule, period: Period, { history, endsAt }: Terms): FeeLine[] {
  const amount = prorated(fee.amount, shareOf(schedule, period));
  const at = Math.min(period.endsAt, endsAt ?? Infinity);
  return quantitySpans(fee, history, period).map(({ quantity, part }) =>
    line(fee, "fee", quantity, prorated(amount, { part, whole: period }), part, at),
  );
}

/** The spans in which the fee is owed a number of times; seats do not divide what is owed for the subscription. */
function quantitySpans(
  fee: FixedFee,
  history: readonly FeeBasis[],
  period: Period,
): { quantity: Decimal; part: Period }[] {
  const spans: { quantity: Decimal; part: Period }[] = [];
  for (const { startsAt, endsAt, ...basis } of spansIn(history, period)) {
    const quantity = feeQuantity(fee, basis);
    const last = spans.at(-1);
    if (last?.part.endsAt === startsAt && last.quantity.equals(quantity)) last.part.endsAt = endsAt;
    else spans.push({ quantity, part: { startsAt, endsAt } });
  }
  return spans.filter(({ quantity }) => quantity.isPositive());
}

function onceLine(fee: FixedFee, schedule: PeriodSchedule, { history, endsAt }: Terms, within: Within): FeeLine[] {
  const from = history.find(({ isBilled }) => isBilled)?.from;
  if (from === undefined || from > within.at) return [];
  const first = periodContaining(schedule, from);
  const at = fee.billing === "in_advance" ? from : Math.min(first.endsAt, endsAt ?? Infinity);
  if (!isWithin(at, within)) return [];
  // In arrears, what counts is what was owed last.
  const last = history.findLast(({ from, isBilled }) => isBilled && from < at);
  const quantity = feeQuantity(fee, fee.billing === "in_advance" ? basisAt(history, from) : (last ?? null));
  return quantity.isZero() ? [] : [line(fee, "fee", quantity, fee.amount, first, at)];
}

function isWithin(instant: Instant, { after, at }: Within): boolean {
  return (after === null || instant > after) && instant <= at;
}

function line(
  fee: FixedFee,
  kind: FeeLine["kind"],
  quantity: Decimal,
  unitAmount: Decimal,
  period: Period,
  at: Instant = period.startsAt,
): FeeLine {
  return { fee, kind, quantity, unitAmount, amount: quantity.times(unitAmount), period, at };
}
