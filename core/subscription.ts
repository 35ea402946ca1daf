/**
 * The states of a subscription, what may be done in each, and what falls due next by time alone. Nothing here bills: a caller
 * takes what is due first, bills up to its instant, stores the state after it, and asks again.
 *
 *     pending ──activate──▶ trialing ──trial ends──▶ active ◀──paid── past_due
 *        │  └───────── no trial ──────────────────────▶ │ ──overdue──▶   │
 *        └──────────────── cancel, plan change ─────────┴────────────────┴──▶ canceled, for good
 */
import { Temporal } from "temporal-polyfill";
import { BillingError } from "./errors.ts";
import { nextPeriod, type Instant, type Period, type PeriodSchedule } from "./period.ts";

export type SubscriptionStatus = "pending" | "trialing" | "active" | "past_due" | "canceled";

export type SubscriptionState = {
  status: SubscriptionStatus;
  /** When a pending one becomes live by itself; null if it waits for a command, and once it is live. */
  activatesAt: Instant | null;
  /** The end of the trial, in the past too; null without one. */
  trialEndsAt: Instant | null;
  /** The billing period in force. */
  period: Period;
  /** The part of it that is billed next; the same unless usage or a fee recurs within the billing period. */
  step: Period;
  /** The plan that takes over at `endsAt`, or took over. */
  scheduledPlanCode: string | null;
  /** When it ends, as was decided; null while nothing is. */
  endsAt: Instant | null;
  /** When it was decided that it ends. */
  canceledAt: Instant | null;
  /** When it ended; null while it has not, and of one that never began. */
  endedAt: Instant | null;
  /** Since when it is paused; null if it is not. It stays in its status and its periods go on. */
  pausedAt: Instant | null;
};

export type Timing = "now" | "end_of_period";

export type SubscriptionCommand =
  /** Makes a pending one live, ends a trial at once, and clears being past due. */
  | { type: "activate"; trialEndsAt?: Instant | null; period?: Period; step?: Period }
  | { type: "cancel"; timing: Timing }
  | { type: "change_plan"; timing: Timing; planCode: string; targetPlanCode: string }
  /** Takes back a cancellation or plan change that has not taken effect. */
  | { type: "keep" }
  | { type: "change_seats" }
  | { type: "pause" }
  | { type: "resume" }
  /** An invoice was not paid in time. */
  | { type: "mark_past_due" }
  /** No invoice is overdue any more. */
  | { type: "mark_paid" };

/**
 * The subscription after a command; the same object where it changes nothing, as a cancellation at the period's end does the
 * second time. The last decision counts: a plan change replaces a cancellation that was scheduled, and the other way round.
 * Commands are for a state in which nothing is due any more at `at` (`nextDue`).
 * @throws SUBSCRIPTION_ENDED if it has ended, SUBSCRIPTION_PENDING if it is not live yet and must be, PLAN_UNCHANGED if it has the
 * plan already.
 */
export function decide(state: SubscriptionState, command: SubscriptionCommand, at: Instant): SubscriptionState {
  if (state.status === "canceled") {
    if (command.type === "cancel") return state;
    throw new BillingError("SUBSCRIPTION_ENDED");
  }
  switch (command.type) {
    case "activate":
      return activated(state, command, at);
    case "cancel":
      return canceled(state, command.timing, at);
    case "change_plan":
      requireLive(state);
      if (command.targetPlanCode === command.planCode) throw new BillingError("PLAN_UNCHANGED");
      return changedPlan(state, command.timing, command.targetPlanCode, at);
    case "keep":
      if (state.endsAt === null) return state;
      return { ...state, endsAt: null, canceledAt: null, scheduledPlanCode: null };
    case "change_seats":
      return state;
    case "pause":
      requireLive(state);
      return state.pausedAt === null ? { ...state, pausedAt: at } : state;
    case "resume":
      return state.pausedAt === null ? state : { ...state, pausedAt: null };
    case "mark_past_due":
      return state.status === "active" ? { ...state, status: "past_due" } : state;
    case "mark_paid":
      return state.status === "past_due" ? { ...state, status: "active" } : state;
    default:
      return command satisfies never;
  }
}

/** Whether its prices and fees apply. */
export function isLive({ status }: Pick<SubscriptionState, "status">): boolean {
  return status === "trialing" || status === "active" || status === "past_due";
}

/** What falls due by time alone. `billing` ends a step and, if it ends the billing period too, `renewal` does instead. */
export type Due = { type: DueType; at: Instant };

export type DueType =
  | "activation"
  | "invoice_closing"
  | "trial_end"
  | "cancellation"
  | "plan_change"
  | "billing"
  | "renewal";

/**
 * What falls due first, and when; null if nothing ever does. `draftClosesAt` is when the subscription's oldest draft takes no more
 * late usage and is finalized, null without a draft; that may come after the end. At one instant a draft is closed first, then what
 * has been decided takes effect; an end ends the period too, so there is no renewal beside it.
 */
export function nextDue(state: SubscriptionState, draftClosesAt: Instant | null = null): Due | null {
  let first: Due | null = draftClosesAt === null ? null : { type: "invoice_closing", at: draftClosesAt };
  for (const due of dueByState(state)) if (first === null || due.at < first.at) first = due;
  return first;
}

/** In the order in which they go at one instant. */
function dueByState({
  status,
  activatesAt,
  trialEndsAt,
  endsAt,
  scheduledPlanCode,
  period,
  step,
}: SubscriptionState): Due[] {
  if (status === "canceled") return [];
  if (status === "pending") return activatesAt === null ? [] : [{ type: "activation", at: activatesAt }];
  const due: Due[] = [];
  if (endsAt !== null) due.push({ type: scheduledPlanCode === null ? "cancellation" : "plan_change", at: endsAt });
  if (status === "trialing" && trialEndsAt !== null) due.push({ type: "trial_end", at: trialEndsAt });
  due.push({ type: step.endsAt === period.endsAt ? "renewal" : "billing", at: step.endsAt });
  return due;
}

/** The subscription after what is due has taken effect. `billing` and `step` are the schedules of its two kinds of period. */
export function takeEffect(
  state: SubscriptionState,
  due: Due,
  schedules: { billing: PeriodSchedule; step: PeriodSchedule },
): SubscriptionState {
  switch (due.type) {
    case "activation":
      return activated(state, { type: "activate", trialEndsAt: state.trialEndsAt }, due.at);
    case "trial_end":
      return { ...state, status: "active" };
    case "cancellation":
    case "plan_change":
      return { ...state, status: "canceled", endedAt: due.at, pausedAt: null };
    case "billing":
      return { ...state, step: nextPeriod(schedules.step, state.step) };
    case "renewal":
      return {
        ...state,
        period: nextPeriod(schedules.billing, state.period),
        step: nextPeriod(schedules.step, state.step),
      };
    case "invoice_closing":
      return state;
    default:
      return due.type satisfies never;
  }
}

/**
 * The status that is true at an instant, whether or not anything has been written down since. Example: created active for 1 May,
 * asked on 2 May → "active".
 */
export function statusAt(state: SubscriptionState, at: Instant): SubscriptionStatus {
  const { status, activatesAt, trialEndsAt, endsAt } = state;
  if (status === "canceled" || (status === "pending" && (activatesAt === null || activatesAt > at))) return status;
  if (endsAt !== null && endsAt <= at) return "canceled";
  if (status === "pending") return trialEndsAt !== null && trialEndsAt > at ? "trialing" : "active";
  return status === "trialing" && trialEndsAt !== null && trialEndsAt <= at ? "active" : status;
}

/**
 * When a trial ends: at the same time of the day, so many days later on the customer's calendar; null without a trial.
 * Example: 14 days from 10 January 15:00 → 24 January 15:00.
 */
export function trialEnd(startsAt: Instant, trialDays: number, timeZone: string): Instant | null {
  if (trialDays === 0) return null;
  const start = Temporal.Instant.fromEpochMilliseconds(startsAt).toZonedDateTimeISO(timeZone);
  return start.add({ days: trialDays }).epochMilliseconds;
}

type Activation = Extract<SubscriptionCommand, { type: "activate" }>;

function activated(state: SubscriptionState, command: Activation, at: Instant): SubscriptionState {
  if (state.status === "active") return state;
  if (state.status === "past_due") return { ...state, status: "active" };
  // The trial is over, whatever it was going to be.
  if (state.status === "trialing") return { ...state, status: "active", trialEndsAt: at };
  const trialEndsAt = command.trialEndsAt ?? null;
  return {
    ...state,
    status: trialEndsAt !== null && trialEndsAt > at ? "trialing" : "active",
    activatesAt: null,
    trialEndsAt,
    period: command.period ?? state.period,
    step: command.step ?? state.step,
  };
}

function canceled(state: SubscriptionState, timing: Timing, at: Instant): SubscriptionState {
  const decision = { canceledAt: at, scheduledPlanCode: null };
  // What never began has no end: it has priced nothing.
  if (state.status === "pending") return { ...state, ...decision, status: "canceled", activatesAt: null };
  if (timing === "now") return ended({ ...state, ...decision }, at);
  const isScheduled = state.endsAt !== null && state.scheduledPlanCode === null;
  return isScheduled ? state : { ...state, ...decision, endsAt: endOfPaid(state) };
}

function changedPlan(state: SubscriptionState, timing: Timing, planCode: string, at: Instant): SubscriptionState {
  const decided = { ...state, scheduledPlanCode: planCode, canceledAt: null };
  return timing === "now" ? ended({ ...decided, canceledAt: at }, at) : { ...decided, endsAt: endOfPaid(state) };
}

function ended(state: SubscriptionState, at: Instant): SubscriptionState {
  return { ...state, status: "canceled", endsAt: at, endedAt: at, pausedAt: null };
}

/** Until when the customer may expect to have it: a trial ends before any period is paid. */
function endOfPaid({ status, trialEndsAt, period }: SubscriptionState): Instant {
  return status === "trialing" && trialEndsAt !== null ? trialEndsAt : period.endsAt;
}

function requireLive(state: SubscriptionState): void {
  if (!isLive(state)) throw new BillingError("SUBSCRIPTION_PENDING");
}
