import { listEvents } from "./event-list.ts";
import { presentCost } from "../wallets/schema.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idParam } from "../http/fields.ts";
import { eventStreamOperation, readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, readCursor } from "../http/pagination.ts";
import { presentBalance } from "../wallets/schema.ts";
import { presentArchivedBefore } from "./archived.ts";
import {
  archivedBefore,
  eventQuery,
  liveQuery,
  ExplainedRecordedEvent,
  presentEvent,
  presentExplainedEvent,
  readProperty,
  RecordedEvent,
  voidAnswer,
} from "./event-schema.ts";
import { getEvent } from "./events.ts";
import type { LiveEvents } from "./live-events.ts";
import { voidEvent } from "./void.ts";

export const eventsTag: Tag = {
  name: "events",
  title: "Events",
  description: "What your customers use, priced and charged as it arrives.",
};

const eventParam = { id: idParam("EVENT_NOT_FOUND") };

export const eventOperations = (catalog: Catalog, live: LiveEvents): Operation[] => [
  readOperation({
    path: "/v1/events",
    operationId: "list-events",
    sdk: "events.list",
    tag: eventsTag,
    summary: "List events",
    description:
      "Returns the recorded events, voided ones too, in the order in which they were recorded, newest first unless you ask for the oldest. Ask for one customer's where you can: that is fast however many events there are. With a name or a property a page may have fewer events than you asked for, or none, and `has_more` all the same: it ends after looking at 20,000 events, and the next goes on from there.",
    query: eventQuery,
    responses: { 200: listSchema("EventListResponse", "events", RecordedEvent, archivedBefore) },
    handle: async ({ db, tenant }, { query }) => {
      const filter = {
        customerId: query.customer_id ?? null,
        eventName: query.event_name ?? null,
        property: readProperty(query.property),
        from: query.from ?? null,
        to: query.to ?? null,
        order: query.order,
      };
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listEvents(db, tenant, filter, page);
      return { events: items.map(presentEvent), pagination, ...(await presentArchivedBefore(db)) };
    },
  }),
  eventStreamOperation({
    path: "/v1/events/stream",
    operationId: "stream-events",
    sdk: "events.stream",
    tag: eventsTag,
    summary: "Watch events",
    description:
      "Sends events as they are recorded, within a second or two, as server-sent events: each is an `event` whose `data` is what the list of events shows, filtered as there. It ends when the key is revoked or the session ends, and when the server stops. Who comes back within a minute and gives `Last-Event-ID`, as browsers do, is sent all that was recorded since; an event may come twice then, and its `id` tells. `skipped` says that events are missing, because there were more than 500 in a second or you were away for longer: read the list.",
    query: liveQuery,
    answerDescription: "Server-sent events, without an end",
    errors: ["TOO_MANY_STREAMS"],
    handle: ({ tenant, lastEventId, isStillAdmitted }, { query }) => {
      const { customer_id: customerId = null, event_name: eventName = null } = query;
      return live.listen({
        tenant,
        customerId,
        eventName,
        property: readProperty(query.property),
        lastEventId,
        isStillAdmitted,
      });
    },
  }),
  readOperation({
    path: "/v1/events/{id}",
    operationId: "get-event",
    sdk: "events.get",
    tag: eventsTag,
    summary: "Get an event",
    description:
      "Returns one event with the explanation of its cost: every price that it touched with the counter before and after, the tiers and what of it fell on each, and which grants paid. The explanation is by the plan version that priced the event, whatever the subscription is on now.",
    params: eventParam,
    errors: ["EVENT_ARCHIVED"],
    responses: { 200: successSchema("EventResponse", { event: ExplainedRecordedEvent }, "The event") },
    handle: async ({ db, tenant }, { params }) => ({
      event: presentExplainedEvent(await getEvent(db, catalog, tenant, params.id)),
    }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/events/{id}/void",
    operationId: "void-event",
    sdk: "events.void",
    tag: eventsTag,
    summary: "Void an event",
    description:
      "Takes the event out of its period, as if it had never been sent, and gives the customer back what the period costs less without it: what the event cost, or, where other events move into its tier, the difference. It stays in the list, and its `idempotency_key` stays used: to correct an event, void it and send it anew with another key. Voiding it again changes nothing and answers the same.",
    params: eventParam,
    errors: ["EVENT_ARCHIVED"],
    responses: { 200: successSchema("VoidEventResponse", voidAnswer, "The event is voided") },
    handle: async ({ tx, tenant, now }, { params }) => {
      const { event, cost, balances } = await voidEvent(tx, catalog, tenant, params.id, now);
      return {
        event: presentEvent(event),
        cost: cost.map(presentCost),
        customer_balances: balances.map(presentBalance),
      };
    },
  }),
];
