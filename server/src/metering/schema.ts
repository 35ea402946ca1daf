import { LosslessNumber } from "lossless-json";
import { z } from "zod";
import type { Properties } from "../../../core/property.ts";
import { successSchema } from "../http/envelope.ts";
import { eitherBody, idField, idOutput, instantOutput, textField, utcInstantField } from "../http/fields.ts";
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
