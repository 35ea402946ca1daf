import { z } from "zod";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idOutput, idParam } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import {
  deliveryStatus,
  NewWebhookEndpoint,
  presentNewWebhookEndpoint,
  presentWebhookDelivery,
  presentWebhookEndpoint,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpointCreate,
  WebhookEndpointUpdate,
} from "./endpoint-schema.ts";
import {
  createEndpoint,
  deleteEndpoint,
  getEndpoint,
  listDeliveries,
  listEndpoints,
  retryDelivery,
  rotateSecret,
  updateEndpoint,
} from "./webhooks.ts";

const tag: Tag = {
  name: "webhook_endpoints",
  title: "Webhook endpoints",
  description: "Where you listen: webhook events are sent there, signed, and again until they are taken.",
};

const params = { id: idParam("WEBHOOK_ENDPOINT_NOT_FOUND") };

const EndpointResponse = successSchema(
  "WebhookEndpointResponse",
  { webhook_endpoint: WebhookEndpoint },
  "The webhook endpoint",
);
const NewEndpointResponse = successSchema(
  "NewWebhookEndpointResponse",
  { webhook_endpoint: NewWebhookEndpoint },
  "The webhook endpoint, with its secret",
);

export const webhookEndpointOperations: Operation[] = [
  writeOperation({
    method: "POST",
    path: "/v1/webhook-endpoints",
    operationId: "create-webhook-endpoint",
    sdk: "webhookEndpoints.create",
    tag,
    summary: "Create a webhook endpoint",
    description: "What happens from now on is sent there. The secret is in this answer and never shown again.",
    body: WebhookEndpointCreate,
    responses: { 201: NewEndpointResponse },
    handle: async ({ tx, tenant, now }, { body }) => ({
      webhook_endpoint: presentNewWebhookEndpoint(await createEndpoint(tx, tenant, body, now)),
    }),
  }),
  readOperation({
    path: "/v1/webhook-endpoints",
    operationId: "list-webhook-endpoints",
    sdk: "webhookEndpoints.list",
    tag,
    summary: "List webhook endpoints",
    description: "Returns the endpoints of the key's mode, newest first.",
    query: z.object(pageQuery),
    responses: { 200: listSchema("WebhookEndpointListResponse", "webhook_endpoints", WebhookEndpoint) },
    handle: async ({ db, tenant }, { query }) => {
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listEndpoints(db, tenant, page);
      return { webhook_endpoints: items.map(presentWebhookEndpoint), pagination };
    },
  }),
  readOperation({
    path: "/v1/webhook-endpoints/{id}",
    operationId: "get-webhook-endpoint",
    sdk: "webhookEndpoints.get",
    tag,
    summary: "Get a webhook endpoint",
    description: "Returns an endpoint, without its secret.",
    params,
    responses: { 200: EndpointResponse },
    handle: async ({ db, tenant }, { params: { id } }) => ({
      webhook_endpoint: presentWebhookEndpoint(await getEndpoint(db, tenant, id)),
    }),
  }),
  writeOperation({
    method: "PATCH",
    path: "/v1/webhook-endpoints/{id}",
    operationId: "update-webhook-endpoint",
    sdk: "webhookEndpoints.update",
    tag,
    summary: "Update a webhook endpoint",
    description: "Changes only the fields given. What is on its way already is sent to the new address.",
    params,
    body: WebhookEndpointUpdate,
    responses: { 200: EndpointResponse },
    handle: async ({ tx, tenant, now }, { params: { id }, body }) => ({
      webhook_endpoint: presentWebhookEndpoint(await updateEndpoint(tx, tenant, id, body, now)),
    }),
  }),
  writeOperation({
    method: "DELETE",
    path: "/v1/webhook-endpoints/{id}",
    operationId: "delete-webhook-endpoint",
    sdk: "webhookEndpoints.delete",
    tag,
    summary: "Delete a webhook endpoint",
    description: "Nothing is sent there any more, and its deliveries are forgotten. The webhook events stay.",
    params,
    responses: {
      200: successSchema(
        "WebhookEndpointDeletedResponse",
        { id: idOutput("Id of the endpoint."), deleted: z.literal(true) },
        "The webhook endpoint is deleted",
      ),
    },
    handle: async ({ tx, tenant }, { params: { id } }) => {
      await deleteEndpoint(tx, tenant, id);
      return { id, deleted: true };
    },
  }),
  writeOperation({
    method: "POST",
    path: "/v1/webhook-endpoints/{id}/rotate-secret",
    operationId: "rotate-webhook-secret",
    sdk: "webhookEndpoints.rotateSecret",
    tag,
    summary: "Give a webhook endpoint a new secret",
    description:
      "For 24 hours requests are signed with both, so that you can change over. The new one is shown only here.",
    params,
    responses: { 200: NewEndpointResponse },
    handle: async ({ tx, tenant, now }, { params: { id } }) => ({
      webhook_endpoint: presentNewWebhookEndpoint(await rotateSecret(tx, tenant, id, now)),
    }),
  }),
  readOperation({
    path: "/v1/webhook-endpoints/{id}/deliveries",
    operationId: "list-webhook-deliveries",
    sdk: "webhookEndpoints.deliveries.list",
    tag,
    summary: "List deliveries",
    description: "Returns what was or is to be sent to an endpoint, that of the newest events first.",
    params,
    query: z.object({
      ...pageQuery,
      status: deliveryStatus.optional().meta({ description: "Only those." }),
    }),
    responses: { 200: listSchema("WebhookDeliveryListResponse", "webhook_deliveries", WebhookDelivery) },
    handle: async ({ db, tenant }, { params: { id }, query }) => {
      const of = { endpointId: id, status: query.status ?? null };
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listDeliveries(db, tenant, of, page);
      return { webhook_deliveries: items.map(presentWebhookDelivery), pagination };
    },
  }),
  writeOperation({
    method: "POST",
    path: "/v1/webhook-endpoints/{id}/deliveries/{webhook_event_id}/retry",
    operationId: "retry-webhook-delivery",
    sdk: "webhookEndpoints.deliveries.retry",
    tag,
    summary: "Send a webhook event again",
    description: "It is sent within a second, also if it was delivered before, and tried for three days more.",
    params: { ...params, webhook_event_id: idParam("WEBHOOK_DELIVERY_NOT_FOUND") },
    responses: {
      200: successSchema("WebhookDeliveryResponse", { webhook_delivery: WebhookDelivery }, "The delivery"),
    },
    handle: async ({ tx, tenant, now }, { params: { id, webhook_event_id: eventId } }) => ({
      webhook_delivery: presentWebhookDelivery(await retryDelivery(tx, tenant, { endpointId: id, eventId }, now)),
    }),
  }),
];
