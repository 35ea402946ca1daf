import { z } from "zod";
import { overridesInput, overridesOutput, presentOverrides, type StoredOverrides } from "../catalog/catalog.ts";
import {
  codeField,
  idField,
  idOutput,
  instantOutput,
  metadataField,
  metadataOutput,
  parseInstant,
} from "../http/fields.ts";

export const subscriptionStatus = z.enum(["pending", "trialing", "active", "past_due", "canceled"]);

export type SubscriptionStatus = z.output<typeof subscriptionStatus>;

/** An instant, or a calendar day in the customer's timezone; billing starts with that day either way. */
const startDate = z
  .string()
  .refine(
    (text) => readStartDate(text) !== null,
    "Must be a day, like 2024-01-15, or an instant in ISO 8601, in the years 1970 to 2199.",
  )
  .meta({
    description: "When it starts: an instant, or a day in the customer's timezone. The default is now.",
    override: { examples: ["2024-01-15T00:00:00Z"] },
  });

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
    start_date: startDate.nullish(),
    billing_anchor_day: z.int().min(1).max(31).default(1).meta({
      description: "Day of the month on which periods begin; 29 to 31 fall on the last day of a shorter month.",
    }),
    initial_status: z
      .enum(["pending", "active"])
      .default("pending")
      .meta({ description: "A pending subscription charges nothing until it is made active." }),
    ...overridesInput,
    metadata: metadataField.default({}),
  })
  .meta({ id: "CreateSubscriptionRequest", title: "CreateSubscriptionRequest" });

export const SubscriptionUpdate = z
  .object({
    status: subscriptionStatus
      .optional()
      .meta({ description: "`active` starts a pending subscription; `canceled` ends it now and sets `canceled_at`." }),
    metadata: metadataField.optional(),
  })
  .meta({ id: "UpdateSubscriptionRequest", title: "UpdateSubscriptionRequest" });

export const Subscription = z
  .object({
    id: idOutput("Id of the subscription."),
    customer_id: idOutput("The customer who subscribes."),
    plan_code: z.string(),
    plan_version: z.int().meta({ description: "The version of the plan that it keeps until it is moved." }),
    status: subscriptionStatus,
    start_date: instantOutput("When it starts."),
    billing_anchor_day: z.int(),
    current_period_start: instantOutput("Start of the current billing period."),
    current_period_end: instantOutput("End of the current billing period, which is not part of it."),
    next_renewal_date: z
      .string()
      .nullable()
      .meta({ description: "When the next period begins; null once it has ended." }),
    trial_end: z.string().nullable(),
    cancel_at: z.string().nullable(),
    canceled_at: z.string().nullable(),
    ended_at: z.string().nullable(),
    scheduled_plan_code: z.string().nullable(),
    previous_subscription_id: z.string().nullable(),
    ...overridesOutput,
    metadata: metadataOutput,
    created_at: instantOutput("When it was created."),
    updated_at: instantOutput("When it last changed."),
  })
  .meta({ id: "Subscription", title: "Subscription" });

export type SubscriptionRow = {
  bucket: number;
  customer_id: string;
  subscription_id: string;
  plan_code: string;
  plan_version: number;
  status: SubscriptionStatus;
  activates_at: Date | null;
  start_date: Date;
  timezone: string;
  starts_at: Date;
  billing_anchor_day: number;
  current_period_start: Date;
  current_period_end: Date;
  next_renewal_date: Date | null;
  trial_end: Date | null;
  cancel_at: Date | null;
  canceled_at: Date | null;
  ended_at: Date | null;
  scheduled_plan_code: string | null;
  previous_subscription_id: string | null;
  /** Never changes. */
  overrides: StoredOverrides;
  metadata: Record<string, string>;
  created_at: Date;
  updated_at: Date;
};

/** The status as of `now`: one created active with a later start is pending until then, and active without anybody's doing from then on. */
export function statusAt(row: Pick<SubscriptionRow, "status" | "activates_at">, now: Date): SubscriptionStatus {
  return row.status === "pending" && row.activates_at !== null && row.activates_at <= now ? "active" : row.status;
}

export function presentSubscription(row: SubscriptionRow, now: Date): z.input<typeof Subscription> {
  const text = (date: Date | null) => date?.toISOString() ?? null;
  return {
    id: row.subscription_id,
    customer_id: row.customer_id,
    plan_code: row.plan_code,
    plan_version: row.plan_version,
    status: statusAt(row, now),
    start_date: row.start_date.toISOString(),
    billing_anchor_day: row.billing_anchor_day,
    current_period_start: row.current_period_start.toISOString(),
    current_period_end: row.current_period_end.toISOString(),
    next_renewal_date: text(row.next_renewal_date),
    trial_end: text(row.trial_end),
    cancel_at: text(row.cancel_at),
    canceled_at: text(row.canceled_at),
    ended_at: text(row.ended_at),
    scheduled_plan_code: row.scheduled_plan_code,
    previous_subscription_id: row.previous_subscription_id,
    ...presentOverrides(row.overrides),
    metadata: row.metadata,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

export type SubscriptionFields = z.output<typeof SubscriptionCreate>;
export type SubscriptionPatch = z.output<typeof SubscriptionUpdate>;
