import type { Catalog } from "../catalog/catalog.ts";
import { z } from "zod";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idParam } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { invoicesTag } from "../invoicing/routes.ts";
import { presentArchivedBefore } from "../metering/metering.ts";
import { archivedBefore, presentEvent, RecordedEvent } from "../metering/schema.ts";
import { subscriptionIdParam, SubscriptionResponse, subscriptionsTag } from "../subscriptions/routes.ts";
import { presentSubscription, SubscriptionCreate } from "../subscriptions/schema.ts";
import { InvoiceExplanation, presentExplanation } from "./explain-schema.ts";
import { explainInvoice, listEventsOfLine } from "./explain.ts";
import {
  cancelSubscription,
  changePlan,
  createSubscription,
  pauseSubscription,
  resumeSubscription,
  updateSubscription,
  type Outcome,
} from "./renewals.ts";
import {
  planChangeAnswer,
  presentPreview,
  subscriptionAnswer,
  SubscriptionCancel,
  SubscriptionPause,
  SubscriptionPlanChange,
  SubscriptionUpdate,
} from "./schema.ts";

const tag = subscriptionsTag;
const params = subscriptionIdParam;

const Changed = successSchema("SubscriptionChangeResponse", subscriptionAnswer, "The subscription after the change");
const PlanChanged = successSchema("ChangePlanResponse", planChangeAnswer, "The subscriptions before and after");

function present(outcome: Outcome, now: Date) {
  return { subscription: presentSubscription(outcome.subscription, now), preview: presentPreview(outcome) };
}

export const renewalOperations = (catalog: Catalog): Operation[] => [
  writeOperation({
    method: "POST",
    path: "/v1/subscriptions",
    operationId: "create-subscription",
    sdk: "subscriptions.create",
    tag,
    summary: "Create a subscription",
    description:
      "Subscribes a customer to the latest version of a plan. It is `pending` unless `initial_status` is `active`; created active with a start date ahead, it becomes active then, and with one in the past it is billed since then.",
    body: SubscriptionCreate,
    responses: { 201: SubscriptionResponse },
    errors: ["CUSTOMER_NOT_FOUND", "PLAN_NOT_FOUND", "SUBSCRIPTION_EXISTS", "CONVERSION_MISSING"],
    handle: async ({ tx, tenant, now }, { body }) => ({
      subscription: presentSubscription(await createSubscription(tx, catalog, tenant, body, now), now),
    }),
  }),
  writeOperation({
    method: "PATCH",
    path: "/v1/subscriptions/{id}",
    operationId: "update-subscription",
    sdk: "subscriptions.update",
    tag,
    summary: "Update a subscription",
    description:
      'Changes only the fields given. `status: "active"` starts a pending subscription; `"canceled"` ends it now. With `dry_run` nothing changes, and `preview` says what it would come to.',
    params,
    body: SubscriptionUpdate,
    responses: { 200: Changed },
    errors: ["CONVERSION_MISSING"],
    handle: async ({ tx, tenant, now }, { params, body }) =>
      present(await updateSubscription(tx, catalog, tenant, params.id, body, now), now),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/subscriptions/{id}/cancel",
    operationId: "cancel-subscription",
    sdk: "subscriptions.cancel",
    tag,
    summary: "Cancel a subscription",
    description:
      "Ends it now or when its period ends. Now, the usage so far is invoiced, and what was paid for longer becomes a credit note, unless the policy says no. Canceling one that has ended changes nothing.",
    params,
    body: SubscriptionCancel,
    responses: { 200: Changed },
    errors: ["CONVERSION_MISSING"],
    handle: async ({ tx, tenant, now }, { params, body }) =>
      present(await cancelSubscription(tx, catalog, tenant, params.id, body, now), now),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/subscriptions/{id}/change-plan",
    operationId: "change-subscription-plan",
    sdk: "subscriptions.changePlan",
    tag,
    summary: "Change the plan of a subscription",
    description:
      "Moves the customer to another plan: now, by a second subscription that takes over from this instant, or when the period ends. Now, what was paid for longer comes off the new subscription's first invoice, or becomes a credit note.",
    params,
    body: SubscriptionPlanChange,
    responses: { 200: PlanChanged },
    errors: [
      "PLAN_NOT_FOUND",
      "SUBSCRIPTION_ENDED",
      "SUBSCRIPTION_PENDING",
      "SUBSCRIPTION_EXISTS",
      "PLAN_UNCHANGED",
      "CONVERSION_MISSING",
    ],
    handle: async ({ tx, tenant, now }, { params, body }) => {
      const change = await changePlan(tx, catalog, tenant, params.id, body, now);
      return {
        status: body.change_mode === "now" ? "completed" : "scheduled",
        old_subscription: presentSubscription(change.subscription, now),
        new_subscription: change.successor === null ? null : presentSubscription(change.successor, now),
        preview: presentPreview(change),
      };
    },
  }),
  writeOperation({
    method: "POST",
    path: "/v1/subscriptions/{id}/pause",
    operationId: "pause-subscription",
    sdk: "subscriptions.pause",
    tag,
    summary: "Pause a subscription",
    description:
      "From now on no fee is owed and no credits are given, until it is resumed. Its status and periods go on, and usage is charged.",
    params,
    body: SubscriptionPause,
    responses: { 200: Changed },
    errors: ["SUBSCRIPTION_ENDED", "SUBSCRIPTION_PENDING", "CONVERSION_MISSING"],
    handle: async ({ tx, tenant, now }, { params, body }) =>
      present(await pauseSubscription(tx, catalog, tenant, params.id, body, now), now),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/subscriptions/{id}/resume",
    operationId: "resume-subscription",
    sdk: "subscriptions.resume",
    tag,
    summary: "Resume a subscription",
    description: "Ends a pause: fees are owed again from now on.",
    params,
    body: SubscriptionPause,
    responses: { 200: Changed },
    errors: ["SUBSCRIPTION_ENDED", "SUBSCRIPTION_PENDING", "CONVERSION_MISSING"],
    handle: async ({ tx, tenant, now }, { params, body }) =>
      present(await resumeSubscription(tx, catalog, tenant, params.id, body, now), now),
  }),
];

const invoiceParams = { id: idParam("INVOICE_NOT_FOUND") };

export const explanationOperations: Operation[] = [
  readOperation({
    path: "/v1/invoices/{id}/explain",
    operationId: "explain-invoice",
    sdk: "invoices.explain",
    tag: invoicesTag,
    summary: "Explain an invoice",
    description:
      "Says where every line comes from: the billing that made it, the plan version, the seats or the meter's readings, what credits paid, the conversion, the exact amount and its rounding; then the discounts and taxes. Of a finalized invoice it never changes; of a draft it is as it stands.",
    params: invoiceParams,
    responses: {
      200: successSchema("InvoiceExplanationResponse", { explanation: InvoiceExplanation }, "Where it comes from"),
    },
    handle: async ({ db, tenant, publicUrl }, { params: { id } }) => {
      const { whole, derivations } = await explainInvoice(db, tenant, id);
      return { explanation: presentExplanation(whole, derivations, publicUrl) };
    },
  }),
  readOperation({
    path: "/v1/invoices/{id}/line-items/{line_item_id}/events",
    operationId: "list-line-item-events",
    sdk: "invoices.lineItems.listEvents",
    tag: invoicesTag,
    summary: "List a line's events",
    description:
      "Returns the events that a line of usage counts, in the order in which they were recorded, those that were voided later too. Any other line has none.",
    params: { ...invoiceParams, line_item_id: idParam("LINE_ITEM_NOT_FOUND") },
    query: z.object(pageQuery),
    responses: { 200: listSchema("LineItemEventListResponse", "events", RecordedEvent, archivedBefore) },
    handle: async ({ db, tenant, now }, { params: at, query }) => {
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const of = { invoiceId: at.id, lineItemId: at.line_item_id };
      const { items, pagination } = await listEventsOfLine(db, tenant, of, page, now);
      return { events: items.map(presentEvent), pagination, ...(await presentArchivedBefore(db)) };
    },
  }),
];
