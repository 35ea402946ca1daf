import { z } from "zod";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idParam } from "../http/fields.ts";
import { readOperation, type Operation } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { invoicesTag } from "../invoicing/routes.ts";
import { presentEvent, RecordedEvent } from "../metering/event-schema.ts";
import { InvoiceExplanation, presentExplanation } from "./explain-schema.ts";
import { explainInvoice, listEventsOfLine } from "./explain.ts";

const tag = invoicesTag;
const params = { id: idParam("INVOICE_NOT_FOUND") };

export const explanationOperations: Operation[] = [
  readOperation({
    path: "/v1/invoices/{id}/explain",
    operationId: "explain-invoice",
    sdk: "invoices.explain",
    tag,
    summary: "Explain an invoice",
    description:
      "Says where every line comes from: the billing that made it, the plan version, the seats or the meter's readings, what credits paid, the conversion, the exact amount and its rounding; then the discounts and taxes. Of a finalized invoice it never changes; of a draft it is as it stands.",
    params,
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
    tag,
    summary: "List a line's events",
    description:
      "Returns the events that a line of usage counts, in the order in which they were recorded, those that were voided later too. Any other line has none.",
    params: { ...params, line_item_id: idParam("LINE_ITEM_NOT_FOUND") },
    query: z.object(pageQuery),
    responses: { 200: listSchema("LineItemEventListResponse", "events", RecordedEvent) },
    handle: async ({ db, tenant, now }, { params: at, query }) => {
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const of = { invoiceId: at.id, lineItemId: at.line_item_id };
      const { items, pagination } = await listEventsOfLine(db, tenant, of, page, now);
      return { events: items.map(presentEvent), pagination };
    },
  }),
];
