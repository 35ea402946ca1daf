import { LosslessNumber } from "lossless-json";
import { z } from "zod";
import type { Properties } from "../../../core/property.ts";
import { successSchema } from "../http/envelope.ts";
import {
  codeField,
  decimalOutput,
  eitherBody,
  idField,
  idOutput,
  instantOutput,
  parseInstant,
  textField,
  utcInstantField,
} from "../http/fields.ts";
import { Cost, WalletBalance } from "../wallets/schema.ts";

const properties = z
  .unknown()
  .refine(
    (value) =>
      value === undefined ||
      (typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber)),
    "Must be an object.",
  )
  .transform((value) => (value ?? {}) as Properties)
  .optional()
  .meta({
    description:
      "What happened, for the meters to read. Numbers may be JSON numbers or numeric strings; both are read exactly from their text.",
    override: { type: "object", additionalProperties: true, examples: [{ model: "gpt-4", tokens: 150 }] },
  });

const eventFields = {
  event_name: textField(255, "What happened; meters choose events by it."),
  idempotency_key: textField(255, "Yours, once per event: sending it again charges nothing."),
  customer_id: idField("The customer who used it. Give this or `external_customer_id`.").optional(),
  external_customer_id: textField(255, "Your own id of the customer. It must be exactly one customer's.").optional(),
  timestamp: utcInstantField("When it happened, in UTC; at most 1 hour ahead."),
  properties,
};

const namesOneCustomer = (event: { customer_id?: string | undefined; external_customer_id?: string | undefined }) =>
  (event.customer_id === undefined) !== (event.external_customer_id === undefined);

const oneCustomerHint = {
  message: "Give exactly one of customer_id and external_customer_id.",
  path: ["customer_id"],
};

export const EventIngest = z
  .object(eventFields)
  .refine(namesOneCustomer, oneCustomerHint)
  .meta({ id: "IngestEventRequest", title: "IngestEventRequest" });

export type EventFields = z.output<typeof EventIngest>;

/** An event whose customer the path names. */
export const EventOfCustomer = z
  .object({
    event_name: eventFields.event_name,
    idempotency_key: eventFields.idempotency_key,
    timestamp: eventFields.timestamp,
    properties: eventFields.properties,
  })
  .meta({ id: "CapturedEvent", title: "CapturedEvent" });

/** As many as are worked in one or two batches, and as fit into a body of 1 MiB. */
const maxListLength = 1_000;

export const EventList = z
  .object({
    events: z
      .array(EventIngest)
      .min(1)
      .max(maxListLength)
      .meta({ description: "Worked in this order. All are checked before any is accepted." }),
  })
  .meta({ id: "IngestEventListRequest", title: "IngestEventListRequest" });

/** One event, or a list of them. */
export const EventOrList = eitherBody(
  EventIngest,
  EventList,
  (body) => typeof body === "object" && body !== null && Object.hasOwn(body, "events"),
);

export const EventBatch = z
  .object({
    events: z
      .array(
        z.unknown().meta({
          override: { $ref: "#/components/schemas/IngestEventRequest" },
        }),
      )
      .min(1)
      .max(maxListLength)
      .meta({ description: "Worked in this order. One that is malformed is refused by itself." }),
  })
  .meta({ id: "IngestEventBatchRequest", title: "IngestEventBatchRequest" });

const eventError = z
  .object({ code: z.string(), message: z.string(), details: z.unknown().optional() })
  .meta({ id: "EventError", title: "EventError", description: "Why nothing is recorded of the event." });

const outcomeFields = {
  usage_id: idOutput("Id of the recorded usage; left out when there is none.").optional(),
  cost: z
    .array(Cost)
    .meta({ description: "What it cost, for each denomination touched; empty when no price matched." }),
  customer_balances: z.array(WalletBalance).meta({ description: "What the customer's wallets hold now." }),
};

const outcomeStatus = z.enum(["processed", "duplicate", "rejected", "refused"]).meta({
  description:
    "`processed`: recorded and charged. `duplicate`: seen before; the first usage and cost, nothing charged again. `rejected`: it would overdraw a wallet whose plan forbids that. `refused`: it cannot be recorded as it is. Of the last two nothing is recorded, and `error` says why.",
});

export const EventResult = z
  .object({
    index: z.int().min(0).meta({ description: "Its place in the request's `events`, from 0." }),
    status: outcomeStatus,
    ...outcomeFields,
    error: eventError.optional(),
  })
  .meta({ id: "EventResult", title: "EventResult" });

export const EventEstimate = z
  .object({
    ...eventFields,
    idempotency_key: textField(
      255,
      "Taken so that an event can be sent as it is, and not looked at: one that was recorded before is estimated as if it were new.",
    ).optional(),
    timestamp: utcInstantField("When it would happen, in UTC; at most 1 hour ahead. Left out: now.").optional(),
  })
  .refine(namesOneCustomer, oneCustomerHint)
  .meta({ id: "EstimateEventRequest", title: "EstimateEventRequest" });

export type EstimateFields = z.output<typeof EventEstimate>;

const maxEstimates = 100;

export const EventEstimateList = z
  .object({
    events: z.array(EventEstimate).min(1).max(maxEstimates).meta({
      description: "Estimated in this order, each as if those before it had been recorded.",
    }),
  })
  .meta({ id: "EstimateEventListRequest", title: "EstimateEventListRequest" });

/** One event, or a list of them. */
export const EstimateOrList = eitherBody(
  EventEstimate,
  EventEstimateList,
  (body) => typeof body === "object" && body !== null && Object.hasOwn(body, "events"),
);

export const EstimateResult = z
  .object({
    index: z.int().min(0).meta({ description: "Its place in the request's `events`, from 0." }),
    status: z.enum(["processed", "rejected", "refused"]).meta({
      description:
        "`processed`: it would be recorded and charged. `rejected`: it would overdraw a wallet whose plan forbids that. `refused`: it could not be recorded as it is. Of the last two `error` says why, and the next events build on what was before.",
    }),
    cost: z
      .array(Cost)
      .meta({ description: "What it would cost, for each denomination touched; empty when no price matches." }),
    customer_balances: z
      .array(WalletBalance)
      .meta({ description: "What the customer's wallets would hold after it; empty when it is refused." }),
    error: eventError.optional(),
  })
  .meta({ id: "EstimateResult", title: "EstimateResult" });

export const EventListAccepted = successSchema(
  "IngestEventListResponse",
  { accepted: z.int().meta({ description: "How many events were queued: all of them." }) },
  "The events of a list are stored and will be worked in order",
);

export const EventQueue = z
  .object({
    waiting: z.int().meta({ description: "Accepted events that are not worked yet." }),
    oldest_accepted_at: instantOutput("When the oldest of them was accepted; null if none waits.").nullable(),
  })
  .meta({ id: "EventQueue", title: "EventQueue" });

export const RejectedEvent = z
  .object({
    id: idOutput("Id of the rejected event."),
    event_name: z.string().meta({ description: "As it was sent." }),
    idempotency_key: z.string().meta({ description: "As it was sent." }),
    customer_id: idOutput("The customer, if the event named one of ours or the external id was somebody's.").nullable(),
    external_customer_id: z.string().nullable().meta({ description: "As it was sent; null if it was not." }),
    timestamp: instantOutput("As it was sent."),
    properties: z.record(z.string(), z.unknown()).meta({ description: "As they were sent." }),
    error: eventError,
    accepted_at: instantOutput("When it was accepted."),
    rejected_at: instantOutput("When it was last tried."),
  })
  .meta({ id: "RejectedEvent", title: "RejectedEvent" });

export const retryAnswer = { status: outcomeStatus, ...outcomeFields, error: eventError.optional() };

export const ingestAnswer = {
  status: z.enum(["processed", "duplicate", "rejected"]).meta({
    description:
      "`processed`: recorded and charged. `duplicate`: seen before; the first usage and cost, nothing charged again. `rejected`: it would overdraw a wallet whose plan forbids that; nothing is recorded, and a later retry may succeed.",
  }),
  usage_id: idOutput("Id of the recorded usage; left out when rejected.").optional(),
  cost: z
    .array(Cost)
    .meta({ description: "What it cost, for each denomination touched; empty when no price matched." }),
  customer_balances: z.array(WalletBalance).meta({ description: "What the customer's wallets hold now." }),
  error: z
    .object({ code: z.string(), message: z.string() })
    .optional()
    .meta({ description: "Why it was rejected: `INSUFFICIENT_BALANCE`." }),
};

/** A moment, or a calendar day of the customer's: the first instant of it. */
export type InstantOrDay = { instant: Date } | { day: string };

function readInstantOrDay(text: string, context: z.RefinementCtx): InstantOrDay {
  if (/^\d{4}-\d\d-\d\d$/.test(text) && parseInstant(`${text}T00:00:00Z`) !== null) return { day: text };
  const instant = parseInstant(text);
  if (instant !== null) return { instant };
  context.addIssue({
    code: "custom",
    message: "Must be a day, like 2024-01-15, or an instant in ISO 8601, like 2024-01-15T10:30:00Z.",
  });
  return z.NEVER;
}

const instantOrDayField = (description: string) =>
  z
    .string()
    .transform(readInstantOrDay)
    .meta({ description, override: { examples: ["2024-01-15"] } });

const maxDays = 400;

const daysField = z
  .string()
  .regex(/^[1-9]\d{0,2}$/, `Must be a whole number from 1 to ${maxDays}.`)
  .transform((text) => Number.parseInt(text, 10))
  .refine((days) => days <= maxDays, `Must be a whole number from 1 to ${maxDays}.`)
  .meta({
    description: `Instead of \`from\`: the range is so many days in the customer's time zone, 1 to ${maxDays}, of which the one in which it ends is the last.`,
    examples: ["30"],
  });

const maxGroupProperties = 5;

const groupByField = z
  .string()
  .transform((text, context) => {
    const names = text.split(",");
    const isWrong = names.length > maxGroupProperties || new Set(names).size < names.length;
    if (!isWrong && names.every((name) => name.length >= 1 && name.length <= 255)) return names;
    context.addIssue({
      code: "custom",
      message: `Must be 1 to ${maxGroupProperties} different names of properties with commas between them, each of 1 to 255 characters.`,
    });
    return z.NEVER;
  })
  .optional()
  .transform((names) => names ?? [])
  .meta({
    description:
      "Up to 5 names of properties, with commas between them: each combination of their values has its own rows. A property that is missing, a list or an object counts as null, and a number and the string that writes it as one value.",
    override: { type: "string", examples: ["model,region"] },
  });

export const usageQuery = {
  meter_code: codeField("The meter to read; an archived one too."),
  from: instantOrDayField(
    "The first instant, or the first day in the customer's time zone. Left out: the first of the calendar month in which the range ends.",
  ).optional(),
  to: instantOrDayField(
    "The instant at which the range ends, or the day before which it ends: it is not in it. At most 400 days after `from`. Left out: now.",
  ).optional(),
  days: daysField.optional(),
  window: z.enum(["hour", "day", "month", "none"]).default("none").meta({
    description:
      "One row for each hour, day or month in the customer's time zone, the first and the last cut to the range; `none`: one row for all of it.",
  }),
  group_by: groupByField,
};

export type UsageQuery = z.output<z.ZodObject<typeof usageQuery>>;

const usageFigures = {
  start: instantOutput("Its first instant."),
  end: instantOutput("The instant at which it ends, which is no longer in it."),
  quantity: decimalOutput(
    "The meter's reading over these events alone; of a weighted sum, the level that the range's earlier events left is in it. Prices may count in other steps.",
  ),
  event_count: z.int().min(0).meta({ description: "How many events it is the reading of." }),
  cost: z.array(Cost).meta({
    description:
      "What the meter's prices charged for these events as each was recorded, by denomination; empty if none did.",
  }),
};

export const UsageRow = z
  .object({
    start: usageFigures.start,
    end: usageFigures.end,
    group: z
      .record(z.string(), z.union([z.string(), z.boolean(), z.null()]))
      .meta({ description: "The value of each property in `group_by`; numbers as strings, null if it is missing." }),
    quantity: usageFigures.quantity,
    event_count: usageFigures.event_count,
    cost: usageFigures.cost,
  })
  .meta({ id: "UsageRow", title: "UsageRow" });

export const UsageTotal = z
  .object({
    ...usageFigures,
    unreadable_event_count: z.int().min(0).meta({
      description:
        "How many more events the meter chooses and cannot read, because a property is missing or not what it needs: recorded before there was the meter, and in no figure.",
    }),
  })
  .meta({ id: "UsageTotal", title: "UsageTotal" });

export { archivedBefore, ChargeStep, presentEvent, RecordedEvent } from "./event-schema.ts";
