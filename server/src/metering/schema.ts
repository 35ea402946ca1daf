import { LosslessNumber } from "lossless-json";
import { z } from "zod";
import type { Properties } from "../../../core/property.ts";
import { idField, idOutput, textField, utcInstantField } from "../http/fields.ts";
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

export const EventIngest = z
  .object({
    event_name: textField(255, "What happened; meters choose events by it."),
    idempotency_key: textField(255, "Yours, once per event: sending it again charges nothing."),
    customer_id: idField("The customer who used it. Give this or `external_customer_id`.").optional(),
    external_customer_id: textField(255, "Your own id of the customer. It must be exactly one customer's.").optional(),
    timestamp: utcInstantField("When it happened, in UTC; at most 1 hour ahead."),
    properties,
  })
  .refine(
    ({ customer_id, external_customer_id }) => (customer_id === undefined) !== (external_customer_id === undefined),
    {
      message: "Give exactly one of customer_id and external_customer_id.",
      path: ["customer_id"],
    },
  )
  .meta({ id: "IngestEventRequest", title: "IngestEventRequest" });

export type EventFields = z.output<typeof EventIngest>;

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
