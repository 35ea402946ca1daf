/** A subscription's row as the state that core's rules read and move. */
import { nextDue, type SubscriptionState, type SubscriptionStatus } from "../../../core/subscription.ts";

/** The columns of a subscription that commands and the passing of time move. */
export type StateColumns = {
  status: SubscriptionStatus;
  activates_at: Date | null;
  current_period_start: Date;
  current_period_end: Date;
  /** The part of the period that is billed next. */
  step_start: Date;
  step_end: Date;
  next_renewal_date: Date | null;
  trial_end: Date | null;
  paused_at: Date | null;
  cancel_at: Date | null;
  canceled_at: Date | null;
  ended_at: Date | null;
  scheduled_plan_code: string | null;
  /** When something falls due next by time alone. */
  next_due_at: Date | null;
};

export function toState(row: StateColumns): SubscriptionState {
  const instant = (date: Date | null) => date?.getTime() ?? null;
  return {
    status: row.status,
    activatesAt: instant(row.activates_at),
    trialEndsAt: instant(row.trial_end),
    period: { startsAt: row.current_period_start.getTime(), endsAt: row.current_period_end.getTime() },
    step: { startsAt: row.step_start.getTime(), endsAt: row.step_end.getTime() },
    scheduledPlanCode: row.scheduled_plan_code,
    endsAt: instant(row.cancel_at),
    canceledAt: instant(row.canceled_at),
    endedAt: instant(row.ended_at),
    pausedAt: instant(row.paused_at),
  };
}

/** The row in another state. `draftClosesAt` is when its oldest draft takes no more usage; null without one. */
export function inState<Row extends StateColumns>(
  row: Row,
  state: SubscriptionState,
  draftClosesAt: number | null,
): Row {
  const date = (instant: number | null) => (instant === null ? null : new Date(instant));
  const isOver = state.status === "canceled";
  return {
    ...row,
    status: state.status,
    activates_at: date(state.activatesAt),
    trial_end: date(state.trialEndsAt),
    current_period_start: new Date(state.period.startsAt),
    current_period_end: new Date(state.period.endsAt),
    step_start: new Date(state.step.startsAt),
    step_end: new Date(state.step.endsAt),
    next_renewal_date: isOver ? null : new Date(state.period.endsAt),
    scheduled_plan_code: state.scheduledPlanCode,
    cancel_at: date(state.endsAt),
    canceled_at: date(state.canceledAt),
    ended_at: date(state.endedAt),
    paused_at: date(state.pausedAt),
    next_due_at: date(nextDue(state, draftClosesAt)?.at ?? null),
  };
}
