import { z } from "zod";
import { decimal, one } from "../../../core/decimal.ts";
import type { PeriodSchedule } from "../../../core/period.ts";
import { statusAt } from "../../../core/subscription.ts";
import { overridesInput, overridesOutput, presentOverrides, type StoredOverrides } from "../catalog/catalog.ts";
import {
  codeField,
  decimalOutput,
  idField,
  idOutput,
  instantOutput,
  metadataField,
  metadataOutput,
  nonNegativeDecimalField,
  nullableInstantOutput,
  parseInstant,
} from "../http/fields.ts";
import { toState, type StateColumns } from "./state.ts";

export const subscriptionStatus = z.enum(["pending", "trialing", "active", "past_due", "canceled"]);

export type SubscriptionStatus = z.output<typeof subscriptionStatus>;

/** An instant, or a calendar day in the customer's timezone; billing starts with that day either way. */
export const dayOrInstant = z
  .string()
  .refine(
    (text) => readStartDate(text) !== null,
    "Must be a day, like 2024-01-15, or an instant in ISO 8601, in the years 1970 to 2199.",
  )
  .meta({ override: { examples: ["2024-01-15T00:00:00Z"] } });

export const anchorDay = z.int().min(1).max(31).meta({
  description: "Day of the month on which periods begin; 29 to 31 fall on the last day of a shorter month.",
});
export const quantityField = nonNegativeDecimalField(
  "How many seats; what fees and credits per seat are multiplied by.",
);

export type StartDate = { instant: Date } | { day: string };

/** What a start date says, null if it is none. */
export function readStartDate(text: string): StartDate | null {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const instant = parseInstant(isDay ? `${text}T00:00:00Z` : text);
  if (instant === null || instant.getUTCFullYear() < 1970 || instant.getUTCFullYear() > 2199) return null;
  return isDay ? { day: text } : { instant };
}

export const SubscriptionCreate = z
  .object({
    customer_id: idField("The customer who subscribes."),
    plan_code: codeField("The plan; its latest version is taken and kept."),
    start_date: dayOrInstant
      .meta({ description: "When it starts: an instant, or a day in the customer's timezone. The default is now." })
      .nullish(),
    billing_anchor_day: anchorDay.default(1),
    quantity: quantityField.default(one),
    initial_status: z
      .enum(["pending", "active"])
      .default("pending")
      .meta({ description: "A pending subscription charges nothing until it is made active." }),
    ...overridesInput,
    metadata: metadataField.default({}),
  })
  .meta({ id: "CreateSubscriptionRequest", title: "CreateSubscriptionRequest" });

export const Subscription = z
  .object({
    id: idOutput("Id of the subscription."),
    customer_id: idOutput("The customer who subscribes."),
    plan_code: z.string(),
    plan_version: z.int().meta({ description: "The version of the plan that it keeps until it is moved." }),
    status: subscriptionStatus,
    start_date: instantOutput("When it starts."),
    billing_anchor_day: z.int(),
    quantity: decimalOutput("How many seats."),
    current_period_start: instantOutput("Start of the current billing period."),
    current_period_end: instantOutput("End of the current billing period, which is not part of it."),
    next_renewal_date: z
      .string()
      .nullable()
      .meta({ description: "When the next period begins; null once it has ended." }),
    trial_end: nullableInstantOutput("When the trial ends or ended; null without one."),
    paused_at: nullableInstantOutput("Since when no fee is owed; null if it is not paused."),
    cancel_at: nullableInstantOutput(
      "When it ends or hands over to the scheduled plan; null while nothing is decided.",
    ),
    canceled_at: nullableInstantOutput("When it was decided that it ends."),
    ended_at: nullableInstantOutput("When it ended; null of one that never began."),
    scheduled_plan_code: z
      .string()
      .nullable()
      .meta({ description: "The plan that takes over at `cancel_at`, or took over." }),
    previous_subscription_id: z.string().nullable().meta({ description: "The subscription that it took over from." }),
    ...overridesOutput,
    metadata: metadataOutput,
    created_at: instantOutput("When it was created."),
    updated_at: instantOutput("When it last changed."),
  })
  .meta({ id: "Subscription", title: "Subscription" });

export type SubscriptionRow = StateColumns & {
  bucket: number;
  customer_id: string;
  subscription_id: string;
  plan_code: string;
  plan_version: number;
  start_date: Date;
  timezone: string;
  /** From when on it covers usage: the first instant of the day of its start, or that of a plan change. */
  starts_at: Date;
  billing_anchor_day: number;
  /** A decimal's text. */
  quantity: string;
  /** In place of the schedule that follows from the start and the anchor day, once either was changed. */
  moved_schedule: PeriodSchedule | null;
  previous_subscription_id: string | null;
  /** Everything that fell due until then is billed. */
  billed_until: Date | null;
  /** The end of the last usage period that is on an invoice, and of the last one that takes no more late usage. */
  usage_billed_until: Date | null;
  usage_closed_until: Date | null;
  levels_end_at: Date | null;
  /** Never changes. */
  overrides: StoredOverrides;
  metadata: Record<string, string>;
  created_at: Date;
  updated_at: Date;
};

export function presentSubscription(row: SubscriptionRow, now: Date): z.input<typeof Subscription> {
  const text = (date: Date | null) => date?.toISOString() ?? null;
  const status = statusAt(toState(row), now.getTime());
  const endedAt = row.ended_at ?? (status === "canceled" ? row.cancel_at : null);
  return {
    id: row.subscription_id,
    customer_id: row.customer_id,
    plan_code: row.plan_code,
    plan_version: row.plan_version,
    status,
    start_date: row.start_date.toISOString(),
    billing_anchor_day: row.billing_anchor_day,
    quantity: decimal(row.quantity).toString(),
    current_period_start: row.current_period_start.toISOString(),
    current_period_end: row.current_period_end.toISOString(),
    next_renewal_date: status === "canceled" ? null : text(row.next_renewal_date),
    trial_end: text(row.trial_end),
    paused_at: text(row.paused_at),
    cancel_at: text(row.cancel_at),
    canceled_at: text(row.canceled_at),
    ended_at: text(endedAt),
    scheduled_plan_code: row.scheduled_plan_code,
    previous_subscription_id: row.previous_subscription_id,
    ...presentOverrides(row.overrides),
    metadata: row.metadata,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

export type SubscriptionFields = z.output<typeof SubscriptionCreate>;
