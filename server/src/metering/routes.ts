import type { Catalog } from "../catalog/catalog.ts";
import { successSchema } from "../http/envelope.ts";
import { presentError } from "../http/errors.ts";
import { writeOperation, type Operation, type OperationResult, type Tag } from "../http/operation.ts";
import { presentBalance, presentPublishedDenomination } from "../wallets/schema.ts";
import { ingestEvents, toIncomingEvent, type Outcome } from "./metering.ts";
import { EventIngest, ingestAnswer } from "./schema.ts";

const tag: Tag = {
  name: "events",
  title: "Events",
  description: "What your customers use, priced and charged as it arrives.",
};

export const meteringOperations = (catalog: Catalog): Operation[] => [
  writeOperation({
    method: "POST",
    path: "/v1/events/ingest",
    operationId: "ingest-event",
    sdk: "events.ingest",
    tag,
    summary: "Ingest an event",
    description:
      "Records one event, charges the customer's wallets, and answers with the cost and the balances left, after both are stored durably. The same `idempotency_key` never charges twice, however late the repeat.",
    body: EventIngest,
    responses: { 200: successSchema("IngestEventResponse", ingestAnswer, "What became of the event") },
    errors: ["INVALID_PROPERTY", "TIMESTAMP_IN_FUTURE", "CUSTOMER_AMBIGUOUS"],
    bodyErrors: ["CUSTOMER_NOT_FOUND", "IDEMPOTENCY_KEY_REUSED"],
    handle: async ({ tx, tenant, now }, { body }) => {
      const event = await toIncomingEvent(tx, tenant, body);
      const [outcome] = await ingestEvents(tx, catalog, [event], now);
      return presentOutcome(outcome as Outcome);
    },
  }),
];

function presentOutcome(outcome: Outcome): OperationResult {
  if (outcome.status === "refused") throw outcome.error;
  const cost = outcome.cost.map(({ denomination, amount }) => ({
    amount: amount.toString(),
    ...presentPublishedDenomination(denomination),
  }));
  const customer_balances = outcome.balances.map(presentBalance);
  if (outcome.status === "rejected") {
    return { success: false, status: outcome.status, cost, customer_balances, error: presentError(outcome.error) };
  }
  return { status: outcome.status, usage_id: outcome.usageId, cost, customer_balances };
}
