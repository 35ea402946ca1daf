/** How often what of a plan is billed. All of it is counted from the same start and anchor, so that shorter periods tile longer. */
import { isMultipleOf, recurring, type PeriodSchedule, type Recurrence } from "./period.ts";
import type { PlanDocument } from "./plan.ts";

export type BillingSchedules = {
  /** What the plan is sold by: its billing periods. */
  billing: PeriodSchedule;
  /** What counters count by. */
  usage: PeriodSchedule;
  /** What invoices are made by: the shortest that anything on the plan recurs in. */
  step: PeriodSchedule;
};

/** `schedule` gives the start, the anchor and the time zone; its interval is the plan's. */
export function schedulesOf(plan: PlanDocument, schedule: PeriodSchedule): BillingSchedules {
  const billing = recurring(schedule, billingRecurrence(plan));
  const usage = recurring(billing, usageRecurrence(plan));
  return { billing, usage, step: recurring(billing, stepRecurrence(plan)) };
}

export function billingRecurrence({ billingInterval, billingIntervalCount }: PlanDocument): Recurrence {
  return { interval: billingInterval, intervalCount: billingIntervalCount };
}

function usageRecurrence(plan: PlanDocument): Recurrence {
  return plan.usageEvery ?? billingRecurrence(plan);
}

/** The shortest that anything recurs in, of those that tile the others. */
export function stepRecurrence(plan: PlanDocument): Recurrence {
  let shortest = usageRecurrence(plan);
  for (const { every } of plan.fixedFees) {
    if (every !== undefined && isMultipleOf(shortest, every)) shortest = every;
  }
  return shortest;
}
