import { z } from "zod";
import { customerKey } from "../customers/customers.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idField, idParam } from "../http/fields.ts";
import { readOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { getCreditNote, listCreditNotes } from "./credit-notes.ts";
import { CreditNote, presentCreditNote } from "./schema.ts";

/** Also the group of the operation that makes them, where payments can be given back. */
export const creditNotesTag: Tag = {
  name: "credit-notes",
  title: "Credit notes",
  description: "What is given back of a finalized invoice, which itself never changes.",
};

export const CreditNoteResponse = successSchema("CreditNoteResponse", { credit_note: CreditNote }, "The credit note");

export const creditNoteOperations: Operation[] = [
  readOperation({
    path: "/v1/credit-notes",
    operationId: "list-credit-notes",
    sdk: "creditNotes.list",
    tag: creditNotesTag,
    summary: "List credit notes",
    description: "Returns the credit notes, newest first.",
    query: z.object({
      ...pageQuery,
      customer_id: idField("Only this customer's.").optional(),
      invoice_id: idField("Only those of this invoice.").optional(),
    }),
    responses: { 200: listSchema("CreditNoteListResponse", "credit_notes", CreditNote) },
    handle: async ({ db, tenant }, { query }) => {
      const filter = {
        customer: query.customer_id === undefined ? null : customerKey(tenant, query.customer_id),
        invoiceId: query.invoice_id ?? null,
      };
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listCreditNotes(db, tenant, filter, page);
      return { credit_notes: items.map(presentCreditNote), pagination };
    },
  }),
  readOperation({
    path: "/v1/credit-notes/{id}",
    operationId: "get-credit-note",
    sdk: "creditNotes.get",
    tag: creditNotesTag,
    summary: "Get a credit note",
    description: "Returns one credit note.",
    params: { id: idParam("CREDIT_NOTE_NOT_FOUND") },
    responses: { 200: CreditNoteResponse },
    handle: async ({ db, tenant }, { params }) => ({
      credit_note: presentCreditNote(await getCreditNote(db, tenant, params.id)),
    }),
  }),
];
