import { z } from "zod";
import type { UsageFigures } from "../../../core/usage.ts";
import { BillingError } from "../../../core/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { CustomerKey } from "../customers/customers.ts";
import { customerIdParam, customersTag } from "../customers/routes.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { presentError } from "../http/errors.ts";
import { idField, idParam } from "../http/fields.ts";
import type { FinishedAnswer } from "../http/idempotency.ts";
import { parseStoredJson } from "../http/json.ts";
import {
  groupedOperation,
  readOperation,
  withStatus,
  writeOperation,
  type AnswerContext,
  type Operation,
  type OperationResult,
  type Tag,
} from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { presentBalance, presentPublishedDenomination } from "../wallets/schema.ts";
import { presentArchivedBefore } from "./archived.ts";
import type { BatchResult } from "./batch.ts";
import { eventOperations, eventsTag } from "./event-routes.ts";
import { prepareEstimate, runEstimate } from "./estimate.ts";
import { workEventBatch } from "./event-batch.ts";
import type { Lanes } from "./lanes.ts";
import type { LiveEvents } from "./live-events.ts";
import { referenceOf, withKey, type CatchUp, type Outcome } from "./metering.ts";
import {
  discardRejectedEvent,
  getQueue,
  getRejectedEvent,
  listRejectedEvents,
  queueEvents,
  retryRejectedEvent,
} from "./queue.ts";
import type { RejectedEvent as RejectedEventRow } from "./queue-sql.ts";
import {
  archivedBefore,
  EstimateOrList,
  EstimateResult,
  EventBatch,
  EventListAccepted,
  EventOrList,
  EventQueue,
  EventResult,
  ingestAnswer,
  RejectedEvent,
  retryAnswer,
  usageQuery,
  UsageRow,
  UsageTotal,
  type EstimateFields,
  type EventFields,
} from "./schema.ts";
import { getUsage } from "./usage.ts";

const rejectedTag: Tag = {
  name: "rejected_events",
  title: "Rejected events",
  description: "Events of lists that could not be recorded, with the reason, until you retry or discard them.",
};

const RejectedEventResponse = successSchema(
  "RejectedEventResponse",
  { rejected_event: RejectedEvent },
  "The rejected event",
);
const rejectedEventParam = { id: idParam("REJECTED_EVENT_NOT_FOUND") };

export const meteringOperations = (catalog: Catalog, lanes: Lanes, catchUp: CatchUp, live: LiveEvents): Operation[] => [
  groupedOperation({
    method: "POST",
    path: "/v1/events/ingest",
    operationId: "ingest-event",
    sdk: "events.ingest",
    tag: eventsTag,
    summary: "Ingest an event",
    description:
      "Records one event, charges the customer's wallets, and answers with the cost and the balances left, after both are stored durably. The same `idempotency_key` never charges twice, however late the repeat. A list (`events`) is checked as a whole, stored durably, answered with 202 and worked in the background in its order; what cannot be recorded then is found at `/v1/rejected-events`.",
    body: EventOrList,
    responses: {
      200: successSchema("IngestEventResponse", ingestAnswer, "What became of the event"),
      202: EventListAccepted,
    },
    errors: ["INVALID_PROPERTY", "TIMESTAMP_IN_FUTURE", "CUSTOMER_AMBIGUOUS"],
    bodyErrors: ["CUSTOMER_NOT_FOUND", "IDEMPOTENCY_KEY_REUSED"],
    readsTimeLocked: true,
    answer: (context, { body }) =>
      "events" in body ? acceptList(lanes, context, body.events) : ingestOne(lanes, context, body),
  }),
  groupedOperation({
    method: "POST",
    path: "/v1/events/ingest-batch",
    operationId: "ingest-event-batch",
    readsTimeLocked: true,
    sdk: "events.ingestBatch",
    tag: eventsTag,
    summary: "Ingest a batch of events",
    description:
      "Works up to 1,000 events like single ones, and answers when all are stored durably, with one result for each in their order. An event that is malformed, refused or rejected does not keep the others from being recorded.",
    body: EventBatch,
    responses: {
      200: successSchema(
        "IngestEventBatchResponse",
        { results: z.array(EventResult).meta({ description: "One for each event, in order." }) },
        "What became of each event",
      ),
    },
    answer: (context, { body }) =>
      workEventBatch(lanes, context, body.events, (results) => ({
        results: results.map((outcome, index) => ({ index, ...presentResult(outcome) })),
      })),
  }),
  ...eventOperations(catalog, live),
  groupedOperation({
    method: "POST",
    path: "/v1/events/estimate",
    operationId: "estimate-events",
    sdk: "events.estimate",
    tag: eventsTag,
    summary: "Estimate events",
    description:
      "Answers what one event, or each of up to 100 (`events`), would cost now and what the customer's wallets would hold after it, in order, each building on those before it. Computed as for an event that is ingested, and nothing is recorded: no usage, no charge, no wallet, and no `idempotency_key`. An event that was recorded before is estimated as if it were new.",
    body: EstimateOrList,
    responses: {
      200: successSchema(
        "EstimateEventsResponse",
        { results: z.array(EstimateResult).meta({ description: "One for each event, in order." }) },
        "What would become of each event",
      ),
    },
    answer: (context, { body }) => estimate(catalog, context, "events" in body ? body.events : [body]),
  }),
  readOperation({
    path: "/v1/customers/{id}/usage",
    operationId: "get-customer-usage",
    sdk: "customers.usage",
    tag: customersTag,
    summary: "Get a customer's usage",
    description:
      "Returns what a meter has read of the customer's recorded events that are not voided, by the time of each event, and what its prices charged for them. Windows without events are there with zero, for every group that has an event in the range, so that a chart has no holes. Of more than 10,000 rows it says to choose a larger window. Windows of a `max`, `min`, `latest` or `unique_count` do not add up to the total, which is the same reading over the whole range.",
    params: customerIdParam,
    query: z.object(usageQuery),
    responses: {
      200: successSchema(
        "CustomerUsageResponse",
        {
          usage: z.array(UsageRow).meta({ description: "By start, and then by group." }),
          total: UsageTotal,
          ...archivedBefore,
        },
        "The customer's usage",
      ),
    },
    errors: ["METER_NOT_FOUND"],
    handle: async ({ db, tenant, now }, { params, query }) => {
      const { rows, total, unreadableCount } = await getUsage(db, tenant, params.id, query, now);
      return {
        usage: rows.map(({ groupValues, ...figures }) => ({
          ...presentFigures(figures),
          group: Object.fromEntries(query.group_by.map((name, index) => [name, groupValues[index]])),
        })),
        total: { ...presentFigures(total), unreadable_event_count: unreadableCount },
        ...(await presentArchivedBefore(db)),
      };
    },
  }),
  readOperation({
    path: "/v1/events/queue",
    operationId: "get-event-queue",
    sdk: "events.queue",
    tag: eventsTag,
    summary: "Get the state of the queue",
    description: "Returns how many events of accepted lists are not worked yet, and since when the oldest waits.",
    responses: { 200: successSchema("EventQueueResponse", { queue: EventQueue }, "The queue") },
    handle: async ({ db, tenant }) => {
      const { waiting, oldestAcceptedAt } = await getQueue(db, tenant);
      return { queue: { waiting, oldest_accepted_at: oldestAcceptedAt?.toISOString() ?? null } };
    },
  }),
  readOperation({
    path: "/v1/rejected-events",
    operationId: "list-rejected-events",
    sdk: "rejectedEvents.list",
    tag: rejectedTag,
    summary: "List rejected events",
    description: "Returns the events of lists that could not be recorded, newest first.",
    query: z.object({
      ...pageQuery,
      customer_id: idField("Only this customer's.").optional(),
      code: z.string().max(64).optional().meta({ description: "Only those with this error code." }),
    }),
    responses: { 200: listSchema("RejectedEventListResponse", "rejected_events", RejectedEvent) },
    handle: async ({ db, tenant }, { query }) => {
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const filter = { customerId: query.customer_id ?? null, code: query.code ?? null };
      const { items, pagination } = await listRejectedEvents(db, tenant, filter, page);
      return { rejected_events: items.map(presentRejectedEvent), pagination };
    },
  }),
  readOperation({
    path: "/v1/rejected-events/{id}",
    operationId: "get-rejected-event",
    sdk: "rejectedEvents.get",
    tag: rejectedTag,
    summary: "Get a rejected event",
    description: "Returns one rejected event with the reason.",
    params: rejectedEventParam,
    responses: { 200: RejectedEventResponse },
    handle: async ({ db, tenant }, { params }) => ({
      rejected_event: presentRejectedEvent(await getRejectedEvent(db, tenant, params.id)),
    }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/rejected-events/{id}/retry",
    operationId: "retry-rejected-event",
    sdk: "rejectedEvents.retry",
    tag: rejectedTag,
    summary: "Retry a rejected event",
    description:
      "Works the event again as it is, and answers with what became of it. Recorded, it leaves the rejected events; else it stays, with the reason of this time.",
    params: rejectedEventParam,
    responses: { 200: successSchema("RetryRejectedEventResponse", retryAnswer, "What became of the event") },
    handle: async ({ tx, tenant, now }, { params }) => {
      const outcome = await retryRejectedEvent(tx, catalog, tenant, params.id, now, catchUp);
      return { success: isRecorded(outcome), ...presentResult(outcome) };
    },
  }),
  writeOperation({
    method: "DELETE",
    path: "/v1/rejected-events/{id}",
    operationId: "discard-rejected-event",
    sdk: "rejectedEvents.discard",
    tag: rejectedTag,
    summary: "Discard a rejected event",
    description: "Forgets the event for good. It can still be sent anew, with the same `idempotency_key`.",
    params: rejectedEventParam,
    responses: {
      200: successSchema(
        "DiscardRejectedEventResponse",
        { id: z.string().meta({ description: "Id of the discarded event." }), deleted: z.literal(true) },
        "It is gone",
      ),
    },
    handle: async ({ tx, tenant }, { params }) => {
      await discardRejectedEvent(tx, tenant, params.id);
      return { id: params.id, deleted: true };
    },
  }),
];

async function ingestOne(lanes: Lanes, context: AnswerContext, fields: EventFields): Promise<FinishedAnswer> {
  const { idempotency, tenant } = context;
  const toAnswer = (outcome: Outcome) =>
    context.toAnswer(outcome.status === "refused" ? outcome.error : presentOutcome(outcome));
  let key: CustomerKey;
  try {
    key = await lanes.resolve(referenceOf(tenant.id, fields));
  } catch (error) {
    // Refused before it reached a lane; the refusal is kept for a repeat all the same.
    if (idempotency !== null && error instanceof BillingError && error.isOfBody)
      return context.inTransaction(() => Promise.reject(error));
    throw error;
  }
  const [result] = await lanes.ingest([
    {
      event: withKey(key, fields),
      bytes: context.bodyBytes,
      idempotent: idempotency && { request: idempotency, toAnswer },
    },
  ]);
  return finish(result as BatchResult, toAnswer);
}

function finish(result: BatchResult, toAnswer: (outcome: Outcome) => { status: number; body: string }): FinishedAnswer {
  if (result.kind === "failed") throw result.error;
  if (result.kind === "replayed") return result.answer;
  return { ...(result.answer ?? toAnswer(result.outcome)), replayed: false };
}

/** Read before an `Idempotency-Key` is looked at: the transaction that keeps an answer writes, and this one must not. */
async function estimate(catalog: Catalog, context: AnswerContext, fields: EstimateFields[]): Promise<FinishedAnswer> {
  const { database, tenant, now } = context;
  const prepared = await prepareEstimate(database, catalog, tenant, fields, now);
  const outcomes = await database.transaction((tx) => runEstimate(tx, prepared, now));
  const result = {
    results: outcomes.map((outcome, index) => {
      const { usage_id: _, ...shown } = presentResult(outcome);
      return { index, ...shown };
    }),
  };
  if (context.idempotency === null) return { ...context.toAnswer(result), replayed: false };
  return context.inTransaction(async () => result);
}

async function acceptList(lanes: Lanes, context: AnswerContext, events: EventFields[]): Promise<FinishedAnswer> {
  return context.inTransaction(async (tx) => {
    await queueEvents(tx, context.tenant, events, context.now);
    tx.afterCommit(() => lanes.wake());
    return withStatus(202, { accepted: events.length });
  });
}

function presentOutcome(outcome: Exclude<Outcome, { status: "refused" }>): OperationResult {
  const cost = outcome.cost.map(presentAmount);
  const customer_balances = outcome.balances.map(presentBalance);
  if (outcome.status === "rejected") {
    return { success: false, status: outcome.status, cost, customer_balances, error: presentError(outcome.error) };
  }
  return { status: outcome.status, usage_id: outcome.usageId, cost, customer_balances };
}

/** An outcome among others, where a refusal is one too. */
function presentResult(outcome: Outcome): OperationResult {
  if (outcome.status === "refused")
    return { status: outcome.status, cost: [], customer_balances: [], error: presentError(outcome.error) };
  const { success: _, ...result } = presentOutcome(outcome);
  return result;
}

function presentFigures({ startsAt, endsAt, quantity, eventCount, costs }: UsageFigures) {
  return {
    start: new Date(startsAt).toISOString(),
    end: new Date(endsAt).toISOString(),
    quantity: quantity.toString(),
    event_count: eventCount,
    cost: costs.map(presentAmount),
  };
}

function presentAmount({ denomination, amount }: UsageFigures["costs"][number]) {
  return { amount: amount.toString(), ...presentPublishedDenomination(denomination) };
}

function isRecorded({ status }: Outcome): boolean {
  return status === "processed" || status === "duplicate";
}

function presentRejectedEvent(row: RejectedEventRow): z.input<typeof RejectedEvent> {
  const { event, code, message, details } = row;
  return {
    id: row.id,
    event_name: event.eventName,
    idempotency_key: event.idempotencyKey,
    customer_id: event.customerId,
    external_customer_id: event.externalCustomerId,
    timestamp: event.occurredAt.toISOString(),
    properties: parseStoredJson(event.properties) as Record<string, unknown>,
    error: { code, message, ...(details === null ? {} : { details }) },
    accepted_at: row.acceptedAt.toISOString(),
    rejected_at: row.rejectedAt.toISOString(),
  };
}
