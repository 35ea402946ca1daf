import { z } from "zod";
import { customerKey } from "../customers/customers.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idField, idParam } from "../http/fields.ts";
import { readOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { webhookEndpointOperations } from "./endpoint-routes.ts";
import { presentWebhookEvent, WebhookEvent, webhookEventType } from "./schema.ts";
import { getWebhookEvent, listWebhookEvents } from "./webhooks.ts";

const tag: Tag = {
  name: "webhook_events",
  title: "Webhook events",
  description: "What has happened to your customers, recorded in the transaction of what caused it.",
};

export const webhookOperations: Operation[] = [
  ...webhookEndpointOperations,
  readOperation({
    path: "/v1/webhook-events",
    operationId: "list-webhook-events",
    sdk: "webhookEvents.list",
    tag,
    summary: "List webhook events",
    description: "Returns what has happened, newest first.",
    query: z.object({
      ...pageQuery,
      customer_id: idField("Only what happened to this customer.").optional(),
      type: webhookEventType.optional().meta({ description: "Only this." }),
    }),
    responses: { 200: listSchema("WebhookEventListResponse", "webhook_events", WebhookEvent) },
    handle: async ({ db, tenant }, { query }) => {
      const filter = {
        customer: query.customer_id === undefined ? null : customerKey(tenant, query.customer_id),
        type: query.type ?? null,
      };
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listWebhookEvents(db, tenant, filter, page);
      return { webhook_events: items.map(presentWebhookEvent), pagination };
    },
  }),
  readOperation({
    path: "/v1/webhook-events/{id}",
    operationId: "get-webhook-event",
    sdk: "webhookEvents.get",
    tag,
    summary: "Get a webhook event",
    description: "Returns one thing that has happened.",
    params: { id: idParam("WEBHOOK_EVENT_NOT_FOUND") },
    responses: {
      200: successSchema("WebhookEventResponse", { webhook_event: WebhookEvent }, "The webhook event"),
    },
    handle: async ({ db, tenant }, { params }) => ({
      webhook_event: presentWebhookEvent(await getWebhookEvent(db, tenant, params.id)),
    }),
  }),
];
