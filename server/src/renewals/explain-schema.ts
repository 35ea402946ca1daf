import { z } from "zod";
import { minorUnitDigits } from "../../../core/currency.ts";
import { decimal } from "../../../core/decimal.ts";
import { decimalOutput, idOutput, instantOutput, nullableInstantOutput } from "../http/fields.ts";
import {
  detailsOf,
  InvoiceExplainedParts,
  presentSums,
  type LineDetails,
  type LineItemRow,
  type StoredStep,
  type WholeInvoice,
} from "../invoicing/schema.ts";
import { ChargeStep } from "../metering/schema.ts";
import type { SubscriptionRow } from "../subscriptions/schema.ts";
import type { StoredInputs } from "./inputs.ts";
import type { BillingRow } from "./sql.ts";

const ExplainedBilling = z.object({
  id: idOutput("Id of the billing."),
  cause: z
    .enum(["activation", "trial_end", "billing", "renewal", "end"])
    .meta({ description: "Why the subscription was billed." }),
  billed_after: nullableInstantOutput("The billing before; null for the first."),
  billed_at: instantOutput("What fell due since then and until here is on it."),
  usage_start: nullableInstantOutput("Start of the usage period that it closed."),
  usage_end: nullableInstantOutput("End of that period."),
  subscription_id: idOutput("The subscription that was billed."),
  plan_code: z.string(),
  plan_version: z.int().meta({ description: "The version of the plan that priced it." }),
});

const ExplainedUsage = z.object({
  price_code: z.string(),
  meter_code: z.string(),
  period_start: instantOutput("Start of the usage period."),
  period_end: instantOutput("End of it."),
  counters: z
    .array(
      z.object({
        dimension: z
          .string()
          .meta({ description: "The values that the price tells usage apart by, as JSON; empty if none." }),
        quantity: decimalOutput("What the meter read."),
        event_count: z.int().meta({ description: "How many events it is the reading of." }),
        accrued: decimalOutput("What events cost one by one, for prices that charge so."),
      }),
    )
    .meta({ description: "The meter's readings as they were." }),
  charges: z
    .array(
      z.object({
        dimension: z.string().meta({ description: "That of the counter." }),
        lines: z.array(ChargeStep).meta({ description: "Tier by tier what its reading comes to." }),
      }),
    )
    .meta({ description: "How the readings came to `charged`, to the last digit." }),
  maximum: z
    .array(ChargeStep)
    .meta({ description: "What the price's maximum took off all of them; empty if nothing." }),
  charged: decimalOutput("What they came to by the price."),
  paid_by_credits: decimalOutput("What of that credits had paid; the line is the rest."),
  events_url: z.string().meta({ description: "Its events, page by page." }),
});

const ExplainedLine = z.object({
  line_item_id: idOutput("Id of the line."),
  type: z.string(),
  description: z.string(),
  made_by: z.enum(["hand", "billing"]),
  billing: ExplainedBilling.nullable().meta({ description: "What made it; null if it was made by hand." }),
  code: z.string().nullable().meta({ description: "The fee, price or commitment of the plan." }),
  denomination: z
    .string()
    .nullable()
    .meta({ description: "What the plan counts it in: a currency or a pricing unit." }),
  seats: z
    .array(
      z.object({ from: instantOutput("From when on."), quantity: decimalOutput("How many."), is_billed: z.boolean() }),
    )
    .nullable()
    .meta({ description: "Of a fee: the seats that it is owed for, as they changed." }),
  usage: ExplainedUsage.nullable().meta({ description: "Of usage: what was counted, and what it came to." }),
  conversion: z
    .object({
      amount_per_unit: decimalOutput("What one unit was worth."),
      effective_from: instantOutput("Since when."),
    })
    .nullable()
    .meta({ description: "How a pricing unit became the currency." }),
  as_paid: z
    .object({
      listed_amount: decimalOutput("What the plan says is given back."),
      subtotal_cents: z.int(),
      discount_cents: z.int(),
    })
    .nullable()
    .meta({
      description: "Of what is given back at the discount that it was paid with: that invoice's subtotal and discount.",
    }),
  quantity: decimalOutput("How many."),
  unit_amount: decimalOutput("The exact price of one, in the currency.").nullable(),
  amount: decimalOutput("The exact amount, in the currency."),
  rounding: z.object({ mode: z.literal("half_up"), minor_unit_digits: z.int() }),
  amount_cents: z.int().meta({ description: "The amount, rounded once." }),
});

export const InvoiceExplanation = z
  .object({
    invoice_id: idOutput("Id of the invoice."),
    ...InvoiceExplainedParts,
    is_edited: z
      .boolean()
      .meta({ description: "Whether people have changed or removed a line that a billing had made." }),
    lines: z.array(ExplainedLine),
  })
  .meta({ id: "InvoiceExplanation", title: "InvoiceExplanation" });

export type Derivation = { billing: BillingRow; subscription: SubscriptionRow };

export function presentExplanation(
  whole: WholeInvoice,
  derivations: Map<string, Derivation>,
  publicUrl: string,
): z.input<typeof InvoiceExplanation> {
  const { invoice_id, is_edited } = whole.invoice;
  return {
    invoice_id,
    ...presentSums(whole.invoice),
    is_edited,
    lines: whole.lines.map((line) =>
      presentLine(whole, line, derivations.get(line.billing_id ?? "") ?? null, publicUrl),
    ),
  };
}

function presentLine(
  { invoice }: WholeInvoice,
  line: LineItemRow,
  derivation: Derivation | null,
  publicUrl: string,
): z.input<typeof ExplainedLine> {
  const details = detailsOf(line);
  const inputs = derivation?.billing.inputs ?? null;
  return {
    line_item_id: line.line_item_id,
    type: line.type,
    description: line.description,
    made_by: line.billing_id === null ? "hand" : "billing",
    billing: derivation === null ? null : presentBilling(derivation),
    code: details?.code ?? null,
    denomination: details?.pricing_unit_code ?? details?.currency_code ?? null,
    seats: line.type === "usage" || inputs === null ? null : inputs.history.map(presentBasis),
    usage: presentUsage(
      line,
      inputs,
      `${publicUrl}/v1/invoices/${invoice.invoice_id}/line-items/${line.line_item_id}/events`,
    ),
    conversion: presentConversion(details, inputs),
    as_paid: details?.as_paid ?? null,
    quantity: decimal(line.quantity).toString(),
    unit_amount: line.unit_amount === null ? null : decimal(line.unit_amount).toString(),
    amount: decimal(line.amount).toString(),
    rounding: { mode: "half_up", minor_unit_digits: minorUnitDigits(invoice.currency_code) },
    amount_cents: line.amount_cents,
  };
}

function presentBilling({ billing, subscription }: Derivation): z.input<typeof ExplainedBilling> {
  return {
    id: billing.billing_id,
    cause: billing.cause,
    billed_after: billing.billed_after?.toISOString() ?? null,
    billed_at: billing.billed_at.toISOString(),
    usage_start: billing.usage_start?.toISOString() ?? null,
    usage_end: billing.usage_end?.toISOString() ?? null,
    subscription_id: billing.subscription_id,
    plan_code: subscription.plan_code,
    plan_version: subscription.plan_version,
  };
}

const presentBasis = ({ from, quantity, is_billed }: StoredInputs["history"][number]) => ({
  from: new Date(from).toISOString(),
  quantity,
  is_billed,
});

function presentUsage(
  line: LineItemRow,
  inputs: StoredInputs | null,
  eventsUrl: string,
): z.input<typeof ExplainedUsage> | null {
  const details = detailsOf(line);
  const { meter_code, period_start, period_end } = line;
  if (details === null || meter_code === null || period_start === null || period_end === null) return null;
  const code = details.code ?? "";
  const usage = inputs?.usage.find(({ starts_at }) => starts_at === period_start.getTime());
  return {
    price_code: code,
    meter_code,
    period_start: period_start.toISOString(),
    period_end: period_end.toISOString(),
    counters: usage?.readings[code] ?? [],
    charges: (details.dimensions ?? []).map(({ dimension, lines }) => ({ dimension, lines: lines.map(presentStep) })),
    maximum: (details.maximum ?? []).map(presentStep),
    charged: details.charged ?? "0",
    paid_by_credits: details.paid_by_credits ?? "0",
    events_url: eventsUrl,
  };
}

function presentStep({ upTo, unitAmount, ...step }: StoredStep): z.input<typeof ChargeStep> {
  return { ...step, up_to: upTo, unit_amount: unitAmount };
}

function presentConversion(details: LineDetails | null, inputs: StoredInputs | null) {
  const unit = details?.pricing_unit_code ?? null;
  const found = unit === null ? undefined : inputs?.conversions.find((each) => each.pricing_unit_code === unit);
  if (found === undefined) return null;
  return { amount_per_unit: found.amount_per_unit, effective_from: new Date(found.effective_from).toISOString() };
}
