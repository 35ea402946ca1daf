import { z } from "zod";
import type { ChargeLine } from "../../../core/pricing/line.ts";
import type { UsagePrice } from "../../../core/plan.ts";
import { denominationOutput, presentDenomination } from "../http/denomination.ts";
import { decimalOutput, idOutput, instantField, instantOutput, textField, idField } from "../http/fields.ts";
import { parseStoredJson } from "../http/json.ts";
import { pageQuery } from "../http/pagination.ts";
import { Cost, LedgerEntry, presentCost, presentLedgerEntry, WalletBalance } from "../wallets/schema.ts";
import type { RecordedEventRow } from "./event-sql.ts";
import type { ExplainedCharge, ExplainedEvent } from "./events.ts";
import { costOfStored } from "./metering.ts";

const whichEvents = {
  customer_id: idField("Only this customer's.").optional(),
  event_name: textField(255, "Only events of this name.").optional(),
  property: z
    .string()
    .regex(/^[^=]+=/, "Must be a name and a value, as model=gpt-4.")
    .max(1_000)
    .optional()
    .meta({
      description:
        "Only events with this field of their properties, as `model=gpt-4`; a number as it was sent, `true` or `false`.",
      examples: ["model=gpt-4"],
    }),
};

export const eventQuery = z.object({
  ...pageQuery,
  ...whichEvents,
  from: instantField("Only events whose timestamp is this or later.").optional(),
  to: instantField("Only events whose timestamp is before this.").optional(),
  order: z
    .enum(["newest", "oldest"])
    .default("newest")
    .meta({ description: "By when they were recorded: the newest first, or the oldest." }),
});

export const liveQuery = z.object(whichEvents);

export function readProperty(text: string | undefined): { name: string; value: string } | null {
  if (text === undefined) return null;
  const at = text.indexOf("=");
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

const eventFields = {
  id: idOutput("Id of the usage, as ingest answered it."),
  customer_id: idOutput("The customer who used it."),
  event_name: z.string().meta({ description: "As it was sent." }),
  idempotency_key: z.string().meta({ description: "As it was sent." }),
  timestamp: instantOutput("When it happened, to the millisecond."),
  properties: z.record(z.string(), z.unknown()).meta({
    description: "As they were sent; every number has the value that was sent, to the last digit.",
    override: { type: "object", additionalProperties: true, examples: [{ model: "gpt-4", tokens: 150 }] },
  }),
  cost: z
    .array(Cost)
    .meta({ description: "What it cost when it was recorded, for each denomination; empty when no price matched." }),
  recorded_at: instantOutput("When it was recorded."),
  voided_at: instantOutput("When it was taken out again; null if it was not.").nullable(),
};

/** Beside everything that is read of many events: whether they are all there are. */
export const archivedBefore = {
  archived_before: instantOutput(
    "What was recorded before this instant may have been archived by the operator, and is not in this answer then; null where nothing is archived.",
  ).nullable(),
};

export const RecordedEvent = z.object(eventFields).meta({ id: "Event", title: "Event" });

const counter = z
  .object({
    quantity: decimalOutput("The meter's reading over the period so far."),
    event_count: z.int().meta({ description: "How many events it is the reading of." }),
    accrued: decimalOutput("What these events cost each on its own; 0 unless the model charges event by event."),
  })
  .meta({
    id: "EventCounter",
    title: "EventCounter",
    description: "The counter of a price over the period, before the event or after it.",
  });

/** A step of a charge, wherever one is explained. */
export const ChargeStep = z
  .object({
    kind: z.enum(["included", "units", "packages", "rate", "flat_fee", "event_fee", "event_amounts", "maximum"]).meta({
      description:
        "`included`: units that cost nothing. `units`, `packages`: what they cost. `rate`: a part of an amount, which is the quantity. `flat_fee`: once for a tier. `event_fee`: the same for every event. `event_amounts`: what events cost each on its own. `maximum`: what the price's maximum takes off.",
    }),
    tier: z.int().nullable().meta({ description: "The tier's number, from 1; null where the model has none." }),
    from: decimalOutput("The tier begins above this; null where the model has no tiers.").nullable(),
    up_to: decimalOutput("The last quantity of the tier; null where it is open.").nullable(),
    quantity: decimalOutput("How much of the usage fell on this line."),
    unit_amount: decimalOutput("What one costs; null where the amount is no product.").nullable(),
    amount: decimalOutput("What the line adds to the charge."),
  })
  .meta({ id: "ChargeLine", title: "ChargeLine" });

const rounding = z.object({
  mode: z.enum(["ceil", "floor", "round"]),
  step: decimalOutput("Quantities are brought to whole steps of this."),
  per: z.enum(["event", "period"]).meta({ description: "Every event's quantity is rounded, or the period's reading." }),
  quantity_before: decimalOutput("The reading before, in whole steps; null where every event is rounded.").nullable(),
  quantity_after: decimalOutput("The reading after, in whole steps; null where every event is rounded.").nullable(),
});

const charge = z
  .object({
    price_code: z.string().meta({ description: "Code of the price in the plan." }),
    meter_code: z.string().meta({ description: "The meter that measured the event." }),
    model: z.string().meta({ description: "The price's pricing model.", examples: ["per_unit"] }),
    plan_code: z.string().meta({ description: "The plan whose price it is." }),
    plan_version: z.int().meta({ description: "The version of the plan that priced it." }),
    subscription_id: idOutput("The subscription that it was charged to."),
    period_start: instantOutput("The billing period that it counted in."),
    period_end: instantOutput("The end of that period, exclusive."),
    is_late: z
      .boolean()
      .meta({ description: "Its own period was closed or before the subscription, so it counted in a later one." }),
    dimension: z.record(z.string(), z.union([z.string(), z.boolean()]).nullable()).meta({
      description: "The values by which the price tells usage apart, by property; empty if it tells none apart.",
      override: { type: "object", additionalProperties: { type: ["string", "boolean", "null"] } },
    }),
    quantity: decimalOutput("What the event brought to the meter, in the price's whole steps."),
    counter_before: counter,
    counter_after: counter,
    rounding: rounding.nullable().meta({ description: "How the price rounds quantities; null if it does not." }),
    lines: z.array(ChargeStep).meta({ description: "What the event touched, tier by tier. They add up to `amount`." }),
    amount: decimalOutput("What the event cost by this price: the period's charge after it less the charge before it."),
    ...denominationOutput,
  })
  .meta({ id: "EventCharge", title: "EventCharge" });

export const ExplainedRecordedEvent = z
  .object({
    ...eventFields,
    explanation: z
      .object({
        charges: z.array(charge).meta({ description: "One for each price that it touched. They add up to `cost`." }),
        ledger_entries: z.array(LedgerEntry).meta({
          description:
            "How it was paid: for each denomination the entry of the usage with what each grant gave, and of a voided event the entry that gave it back.",
        }),
      })
      .meta({ description: "Why it cost what it did, and who paid." }),
  })
  .meta({ id: "ExplainedEvent", title: "ExplainedEvent" });

export const voidAnswer = {
  event: RecordedEvent,
  cost: z.array(Cost).meta({ description: "What the voiding changed; below zero is what was given back." }),
  customer_balances: z.array(WalletBalance).meta({ description: "What the customer's wallets hold now." }),
};

export function presentEvent(row: RecordedEventRow): z.input<typeof RecordedEvent> {
  return {
    id: row.eventId,
    customer_id: row.customerId,
    event_name: row.eventName,
    idempotency_key: row.idempotencyKey,
    timestamp: row.occurredAt.toISOString(),
    properties: parseStoredJson(row.properties) as Record<string, unknown>,
    cost: costOfStored(row.charges).map(presentCost),
    recorded_at: row.recordedAt.toISOString(),
    voided_at: row.voidedAt?.toISOString() ?? null,
  };
}

export function presentExplainedEvent({
  event,
  charges,
  entries,
}: ExplainedEvent): z.input<typeof ExplainedRecordedEvent> {
  return {
    ...presentEvent(event),
    explanation: { charges: charges.map(presentCharge), ledger_entries: entries.map(presentLedgerEntry) },
  };
}

function presentCharge(explained: ExplainedCharge): z.input<typeof charge> {
  const { price, explanation, planCode } = explained;
  const stored = explained.charge;
  return {
    price_code: stored.price_code,
    meter_code: stored.meter_code,
    model: price.model,
    plan_code: planCode,
    plan_version: stored.plan_version,
    subscription_id: stored.subscription_id,
    period_start: stored.period_start,
    period_end: stored.period_end,
    is_late: stored.is_late,
    dimension: Object.fromEntries(explained.dimension),
    quantity: stored.quantity,
    counter_before: presentCounter(stored.counter_before),
    counter_after: presentCounter(stored.counter_after),
    rounding: presentRounding(price, explanation),
    lines: explanation.lines.map(presentLine),
    amount: stored.amount,
    ...presentDenomination({ accountType: stored.account_type, code: stored.code }),
  };
}

function presentCounter({ quantity, event_count, accrued }: z.input<typeof counter>): z.input<typeof counter> {
  return { quantity, event_count, accrued };
}

function presentRounding(
  { rounding: rule }: UsagePrice,
  { rounding: readings }: ExplainedCharge["explanation"],
): z.input<typeof rounding> | null {
  if (rule === null) return null;
  return {
    mode: rule.mode,
    step: rule.step.toString(),
    per: rule.per,
    quantity_before: readings?.quantityBefore.toString() ?? null,
    quantity_after: readings?.quantityAfter.toString() ?? null,
  };
}

function presentLine({ kind, tier, from, upTo, quantity, unitAmount, amount }: ChargeLine): z.input<typeof ChargeStep> {
  return {
    kind,
    tier,
    from: from?.toString() ?? null,
    up_to: upTo?.toString() ?? null,
    quantity: quantity.toString(),
    unit_amount: unitAmount?.toString() ?? null,
    amount: amount.toString(),
  };
}
