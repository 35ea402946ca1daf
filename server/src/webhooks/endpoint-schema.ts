import { z } from "zod";
import { idOutput, instantOutput, textField } from "../http/fields.ts";
import { webhookEventType, type WebhookEventRow, type WebhookEventType } from "./schema.ts";

const text = {
  url: "Where events are sent, by POST. In live mode it must be https; addresses of private networks are refused.",
  types: "Which events it gets; an empty list is all of them.",
  description: "What it is for.",
  isOn: "Whether events are sent to it. What happens while it is off is not sent later.",
};

const url = z
  .url({ protocol: /^https?$/, error: "Must be an http or https address." })
  .max(2_000, "Must be at most 2000 characters.")
  .meta({ description: text.url, examples: ["https://example.com/webhooks"] });
const eventTypes = z.array(webhookEventType).max(webhookEventType.options.length);
const description = textField(255, text.description).nullable();

export const WebhookEndpointCreate = z
  .object({
    url,
    event_types: eventTypes.default([]).meta({ description: text.types }),
    description: description.default(null),
  })
  .meta({ id: "CreateWebhookEndpointRequest", title: "CreateWebhookEndpointRequest" });

export type WebhookEndpointFields = z.output<typeof WebhookEndpointCreate>;

export const WebhookEndpointUpdate = z
  .object({
    url: url.optional(),
    event_types: eventTypes.optional().meta({ description: text.types }),
    description: description.optional(),
    is_on: z.boolean().optional().meta({ description: text.isOn }),
  })
  .meta({ id: "UpdateWebhookEndpointRequest", title: "UpdateWebhookEndpointRequest" });

export type WebhookEndpointPatch = z.output<typeof WebhookEndpointUpdate>;

const endpointFields = {
  id: idOutput("Id of the endpoint."),
  url: z.string().meta({ description: text.url }),
  event_types: z.array(webhookEventType).meta({ description: text.types }),
  description: z.string().nullable().meta({ description: text.description }),
  is_on: z.boolean().meta({ description: text.isOn }),
  off_reason: z
    .enum(["failing"])
    .nullable()
    .meta({ description: "`failing`: turned off by itself, after three days in which nothing could be delivered." }),
  failing_since: z
    .string()
    .nullable()
    .meta({ description: "Since when every try has failed; null if the last one did not." }),
  created_at: instantOutput("When it was created."),
  updated_at: instantOutput("When it was changed last."),
};

export const WebhookEndpoint = z.object(endpointFields).meta({ id: "WebhookEndpoint", title: "WebhookEndpoint" });

export const NewWebhookEndpoint = z
  .object({
    ...endpointFields,
    secret: z.string().meta({
      description: "What requests are signed with, to be given to a Standard Webhooks library. Shown only here.",
    }),
  })
  .meta({ id: "NewWebhookEndpoint", title: "NewWebhookEndpoint" });

export type WebhookEndpointRow = {
  webhook_endpoint_id: string;
  url: string;
  event_types: WebhookEventType[];
  description: string | null;
  secret: string;
  previous_secret: string | null;
  previous_secret_ends_at: Date | null;
  is_on: boolean;
  off_reason: "failing" | null;
  failing_since: Date | null;
  created_at: Date;
  updated_at: Date;
};

export function presentWebhookEndpoint(row: WebhookEndpointRow): z.input<typeof WebhookEndpoint> {
  return {
    id: row.webhook_endpoint_id,
    url: row.url,
    event_types: row.event_types,
    description: row.description,
    is_on: row.is_on,
    off_reason: row.off_reason,
    failing_since: row.failing_since?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

export function presentNewWebhookEndpoint(row: WebhookEndpointRow): z.input<typeof NewWebhookEndpoint> {
  return { ...presentWebhookEndpoint(row), secret: row.secret };
}

export const deliveryStatus = z.enum(["waiting", "delivered", "failed"]);

export const WebhookDelivery = z
  .object({
    webhook_event_id: idOutput("Id of the webhook event that is delivered: the header `webhook-id`."),
    type: webhookEventType.meta({ description: "What has happened." }),
    customer_id: idOutput("To which customer."),
    status: deliveryStatus.meta({
      description:
        "`waiting`: it is sent, or tried again. `delivered`: the endpoint has answered with a 2xx status. `failed`: given up after three days.",
    }),
    attempts: z.int().meta({ description: "How often it was tried." }),
    response_status: z
      .int()
      .nullable()
      .meta({ description: "The HTTP status of the last answer; null if there was none." }),
    last_error: z.string().nullable().meta({ description: "Why the last try failed; null if it did not." }),
    next_attempt_at: z.string().nullable().meta({ description: "When it is tried next; null once it has ended." }),
    created_at: instantOutput("When it was first to be sent."),
    ended_at: z.string().nullable().meta({ description: "When it was delivered or given up; null while it waits." }),
  })
  .meta({ id: "WebhookDelivery", title: "WebhookDelivery" });

export type WebhookDeliveryRow = Pick<WebhookEventRow, "customer_id" | "webhook_event_id" | "type"> & {
  webhook_endpoint_id: string;
  status: z.output<typeof deliveryStatus>;
  attempts: number;
  send_at: Date | null;
  response_status: number | null;
  last_error: string | null;
  created_at: Date;
  ended_at: Date | null;
};

export function presentWebhookDelivery(row: WebhookDeliveryRow): z.input<typeof WebhookDelivery> {
  return {
    webhook_event_id: row.webhook_event_id,
    type: row.type,
    customer_id: row.customer_id,
    status: row.status,
    attempts: row.attempts,
    response_status: row.response_status,
    last_error: row.last_error,
    next_attempt_at: row.send_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}
