import { z } from "zod";
import { stateAt, type HoldState } from "../../../core/hold.ts";
import {
  denominationFields,
  denominationOutput,
  namesOneDenomination,
  oneDenominationHint,
} from "../http/denomination.ts";
import {
  decimalOutput,
  idOutput,
  instantField,
  instantOutput,
  metadataField,
  metadataOutput,
  positiveDecimalField,
  textField,
} from "../http/fields.ts";
import { EventOfCustomer } from "../metering/schema.ts";
import { Cost } from "../wallets/schema.ts";
import type { HoldRow } from "../wallets/wallets.ts";

export const holdState = z.enum(["open", "captured", "released", "expired"]);

/** A month: longer is a balance of its own. */
export const longestHoldMs = 31 * 86_400_000;

const estimated = z
  .object({
    event_name: textField(255, "What is going to happen."),
    properties: z
      .record(z.string(), z.unknown())
      .default({})
      .meta({ description: "As the event will have them.", override: { type: "object", additionalProperties: true } }),
  })
  .meta({ id: "HoldEvent", title: "HoldEvent" });

export const HoldCreate = z
  .object({
    amount: positiveDecimalField("How much to reserve. Give this with a denomination, or `event`.").optional(),
    ...denominationFields,
    event: estimated.optional().meta({ description: "Instead of an amount: what such an event would cost now." }),
    expires_at: instantField("When it ends by itself, at most 31 days ahead; the default is in an hour.").nullish(),
    metadata: metadataField.default({}),
  })
  .superRefine((body, context) => {
    if ((body.amount === undefined) === (body.event === undefined))
      context.addIssue({ code: "custom", path: ["amount"], message: "Give exactly one of amount and event." });
    else if (body.amount !== undefined && !namesOneDenomination(body))
      context.addIssue({ code: "custom", ...oneDenominationHint });
  })
  .meta({ id: "CreateHoldRequest", title: "CreateHoldRequest" });

const maxCaptured = 100;

export const HoldCapture = z
  .object({
    events: z
      .array(EventOfCustomer)
      .min(1)
      .max(maxCaptured)
      .meta({ description: "What has happened, of the hold's customer; recorded all together or not at all." }),
    keep_rest: z.boolean().default(false).meta({ description: "Whether what is left stays reserved for more." }),
  })
  .meta({ id: "CaptureHoldRequest", title: "CaptureHoldRequest" });

export const Hold = z
  .object({
    id: idOutput("Id of the hold."),
    customer_id: idOutput("Whose wallet it is on."),
    ...denominationOutput,
    status: holdState,
    amount: decimalOutput("What it was made for."),
    remaining: decimalOutput("What is still reserved; 0 once it has ended."),
    captured: decimalOutput("What was spent on it."),
    expires_at: instantOutput("When it ends by itself."),
    metadata: metadataOutput,
    created_at: instantOutput("When it was made."),
    updated_at: instantOutput("When it last changed."),
  })
  .meta({ id: "Hold", title: "Hold" });

export const captureAnswer = {
  hold: Hold,
  results: z
    .array(
      z.object({
        usage_id: idOutput("Id of the usage."),
        status: z.enum(["processed", "duplicate"]),
        cost: z.array(Cost).meta({ description: "What it cost, for each denomination touched." }),
      }),
    )
    .meta({ description: "One for each event, in order." }),
};

export type HoldFields = z.output<typeof HoldCreate>;
export type CaptureFields = z.output<typeof HoldCapture>;

/** As it is at `now`: one whose time is over has expired, whether or not that is on record. */
export function presentHold(row: HoldRow, now: Date): z.input<typeof Hold> {
  const state: HoldState = stateAt(
    { ...row, id: row.hold_id, expiresAt: row.expires_at.getTime(), createdAt: 0 },
    now.getTime(),
  );
  return {
    id: row.hold_id,
    customer_id: row.customer_id,
    account_type: row.account_type,
    currency_code: row.account_type === "currency" ? row.code : null,
    pricing_unit_code: row.account_type === "pricing_unit" ? row.code : null,
    status: state,
    amount: row.initial_amount.toString(),
    remaining: state === "open" ? row.amount.toString() : "0",
    captured: row.captured.toString(),
    expires_at: row.expires_at.toISOString(),
    metadata: row.metadata,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
