import { z } from "zod";
import { idOutput, instantOutput } from "../http/fields.ts";

export const webhookEventType = z.enum([
  "customer.erased",
  "balance.low",
  "balance.recovered",
  "top_up.created",
  "top_up.paid",
  "top_up.failed",
  "top_up_rule.off",
  "invoice.overdue",
  "invoice.paid",
  "invoice.uncollectible",
  "invoice.voided",
  "payment.succeeded",
  "payment.failed",
  "payment.requires_action",
  "payment.disputed",
  "refund.succeeded",
  "refund.failed",
]);

export type WebhookEventType = z.output<typeof webhookEventType>;

export const WebhookEvent = z
  .object({
    id: idOutput("Id of the webhook event: whoever gets it twice tells it by this."),
    type: webhookEventType.meta({ description: "What has happened." }),
    customer_id: idOutput("To which customer."),
    data: z.record(z.string(), z.unknown()).meta({
      description: "What it happened to, as it was at that moment, in the form in which the API shows it.",
    }),
    created_at: instantOutput("When it happened."),
  })
  .meta({ id: "WebhookEvent", title: "WebhookEvent" });

export type WebhookEventRow = {
  customer_id: string;
  webhook_event_id: string;
  type: WebhookEventType;
  data: Record<string, unknown>;
  created_at: Date;
};

export function presentWebhookEvent(row: WebhookEventRow): z.input<typeof WebhookEvent> {
  return {
    id: row.webhook_event_id,
    type: row.type,
    customer_id: row.customer_id,
    data: row.data,
    created_at: row.created_at.toISOString(),
  };
}
