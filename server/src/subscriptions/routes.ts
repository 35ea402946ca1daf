import { z } from "zod";
import { customerKey } from "../customers/customers.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idField, idParam } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { CreditGrantResponse, creditGrantsTag } from "../wallets/routes.ts";
import { CreditGrantCreate, presentCreditGrant } from "../wallets/schema.ts";
import { presentSubscription, Subscription, subscriptionStatus } from "./schema.ts";
import { getSubscription, grantOnSubscription, listSubscriptions } from "./subscriptions.ts";

export const subscriptionsTag: Tag = {
  name: "subscriptions",
  title: "Subscriptions",
  description: "Which plan a customer is on. Events are priced by the plans of the customer's live subscriptions.",
};

export const subscriptionIdParam = { id: idParam("SUBSCRIPTION_NOT_FOUND") };
export const SubscriptionResponse = successSchema(
  "SubscriptionResponse",
  { subscription: Subscription },
  "The subscription",
);

export const subscriptionOperations: Operation[] = [
  readOperation({
    path: "/v1/subscriptions",
    operationId: "list-subscriptions",
    sdk: "subscriptions.list",
    tag: subscriptionsTag,
    summary: "List subscriptions",
    description: "Returns the subscriptions, newest first.",
    query: z.object({
      ...pageQuery,
      customer_id: idField("Only this customer's.").optional(),
      status: subscriptionStatus.optional().meta({ description: "Only those in this status." }),
    }),
    responses: { 200: listSchema("SubscriptionListResponse", "subscriptions", Subscription) },
    handle: async ({ db, tenant, now }, { query }) => {
      const filter = {
        customer: query.customer_id === undefined ? null : customerKey(tenant, query.customer_id),
        status: query.status ?? null,
      };
      const page = {
        after: readCursor(query.cursor, idPosition),
        limit: query.limit,
      };
      const { items, pagination } = await listSubscriptions(db, tenant, filter, page, now);
      return { subscriptions: items.map((row) => presentSubscription(row, row.seen_at)), pagination };
    },
  }),
  readOperation({
    path: "/v1/subscriptions/{id}",
    operationId: "get-subscription",
    sdk: "subscriptions.get",
    tag: subscriptionsTag,
    summary: "Get a subscription",
    description: "Returns one subscription.",
    params: subscriptionIdParam,
    responses: { 200: SubscriptionResponse },
    handle: async ({ db, tenant, now }, { params }) => ({
      subscription: presentSubscription(await getSubscription(db, tenant, params.id), now),
    }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/subscriptions/{id}/credit-grants",
    operationId: "create-credit-grant",
    sdk: "subscriptions.creditGrants.create",
    tag: creditGrantsTag,
    summary: "Grant credits on a subscription",
    description:
      "Adds credits to the wallet of the subscription's customer and remembers the subscription they were granted on.",
    params: subscriptionIdParam,
    body: CreditGrantCreate,
    responses: { 201: CreditGrantResponse },
    errors: ["PRICING_UNIT_NOT_FOUND"],
    handle: async ({ tx, tenant, now }, { params, body }) => ({
      credit_grant: presentCreditGrant(await grantOnSubscription(tx, tenant, params.id, body, now)),
    }),
  }),
];
