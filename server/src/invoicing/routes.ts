import { z } from "zod";
import { customerKey } from "../customers/customers.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { flagField, idField, idOutput, idParam } from "../http/fields.ts";
import { fileOperation, readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { creditNoteOperations } from "./credit-note-routes.ts";
import {
  addLineItem,
  createInvoice,
  deleteInvoice,
  deleteLineItem,
  finalizeInvoice,
  getInvoice,
  invoicePdf,
  listInvoices,
  markInvoicePaid,
  markInvoiceUncollectible,
  updateInvoice,
  updateLineItem,
  voidInvoice,
  pdfName,
  type InvoiceSequel,
  type RenderPdf,
} from "./invoicing.ts";
import {
  Invoice,
  InvoiceCreate,
  invoiceStatus,
  InvoiceUpdate,
  LineItemCreate,
  LineItemUpdate,
  presentInvoice,
} from "./schema.ts";

export { CreditNoteResponse, creditNotesTag } from "./credit-note-routes.ts";

export const invoicesTag: Tag = {
  name: "invoices",
  title: "Invoices",
  description: "What customers owe. A draft can be changed; a finalized invoice has a number and never changes again.",
};

const tag = invoicesTag;
const invoiceIdParam = { id: idParam("INVOICE_NOT_FOUND") };
const lineItemParams = { ...invoiceIdParam, line_item_id: idParam("LINE_ITEM_NOT_FOUND") };
const InvoiceResponse = successSchema("InvoiceResponse", { invoice: Invoice }, "The invoice");

/** One of the moves of an invoice's life: a POST without a body to the invoice's path and a verb. */
function moveOperation(move: {
  verb: string;
  operationId: string;
  sdk: string;
  summary: string;
  description: string;
  errors: Operation["errors"];
  run: typeof finalizeInvoice;
}): Operation {
  const { verb, run, ...declaration } = move;
  return writeOperation({
    ...declaration,
    method: "POST",
    path: `/v1/invoices/{id}/${verb}`,
    tag,
    params: invoiceIdParam,
    responses: { 200: InvoiceResponse },
    handle: async ({ tx, tenant, now, publicUrl }, { params }) => ({
      invoice: presentInvoice(await run(tx, tenant, params.id, now), publicUrl),
    }),
  });
}

export const invoiceOperations = (sequel: InvoiceSequel, renderPdf: RenderPdf): Operation[] => [
  writeOperation({
    method: "POST",
    path: "/v1/invoices",
    operationId: "create-invoice",
    sdk: "invoices.create",
    tag,
    summary: "Create a draft invoice",
    description:
      "Creates an invoice as a draft. It can be changed until it is finalized, and has no number until then.",
    body: InvoiceCreate,
    responses: { 201: InvoiceResponse },
    errors: ["CUSTOMER_NOT_FOUND"],
    handle: async ({ tx, tenant, now, publicUrl }, { body }) => ({
      invoice: presentInvoice(await createInvoice(tx, tenant, body, now), publicUrl),
    }),
  }),
  readOperation({
    path: "/v1/invoices",
    operationId: "list-invoices",
    sdk: "invoices.list",
    tag,
    summary: "List invoices",
    description: "Returns the invoices with their line items, newest first.",
    query: z.object({
      ...pageQuery,
      customer_id: idField("Only this customer's.").optional(),
      status: invoiceStatus.optional().meta({ description: "Only those in this status." }),
      overdue: flagField("`true`: only open ones that are past their due date.").optional(),
    }),
    responses: { 200: listSchema("InvoiceListResponse", "invoices", Invoice) },
    handle: async ({ db, tenant, now, publicUrl }, { query }) => {
      const filter = {
        customer: query.customer_id === undefined ? null : customerKey(tenant, query.customer_id),
        status: query.status ?? null,
        overdueAt: query.overdue === true ? now : null,
      };
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listInvoices(db, tenant, filter, page);
      return { invoices: items.map((each) => presentInvoice(each, publicUrl)), pagination };
    },
  }),
  readOperation({
    path: "/v1/invoices/{id}",
    operationId: "get-invoice",
    sdk: "invoices.get",
    tag,
    summary: "Get an invoice",
    description: "Returns one invoice with its line items.",
    params: invoiceIdParam,
    responses: { 200: InvoiceResponse },
    handle: async ({ db, tenant, publicUrl }, { params }) => ({
      invoice: presentInvoice(await getInvoice(db, tenant, params.id), publicUrl),
    }),
  }),
  fileOperation({
    path: "/v1/invoices/{id}/pdf",
    operationId: "get-invoice-pdf",
    sdk: "invoices.pdf",
    tag,
    summary: "Get an invoice as a PDF",
    description:
      "Returns the invoice as a document, with a breakdown of its usage. Once it is final it never changes: it says who it is from and for as both were then. A draft is marked as one.",
    params: invoiceIdParam,
    contentType: "application/pdf",
    answerDescription: "The PDF",
    handle: async ({ db, tenant }, { params }) => {
      const whole = await getInvoice(db, tenant, params.id);
      const key = customerKey(tenant, whole.invoice.customer_id);
      return { content: await invoicePdf(db, key, whole, renderPdf), name: pdfName(whole) };
    },
  }),
  writeOperation({
    method: "PATCH",
    path: "/v1/invoices/{id}",
    operationId: "update-invoice",
    sdk: "invoices.update",
    tag,
    summary: "Update a draft invoice",
    description: "Changes only the fields given, while it is a draft; `metadata` is replaced as a whole.",
    params: invoiceIdParam,
    body: InvoiceUpdate,
    responses: { 200: InvoiceResponse },
    errors: ["INVOICE_NOT_DRAFT"],
    handle: async ({ tx, tenant, now, publicUrl }, { params, body }) => ({
      invoice: presentInvoice(await updateInvoice(tx, tenant, params.id, body, now), publicUrl),
    }),
  }),
  writeOperation({
    method: "DELETE",
    path: "/v1/invoices/{id}",
    operationId: "delete-invoice",
    sdk: "invoices.delete",
    tag,
    summary: "Delete a draft invoice",
    description: "Deletes a draft with its line items. A finalized invoice is voided instead.",
    params: invoiceIdParam,
    responses: {
      200: successSchema(
        "InvoiceDeletedResponse",
        { id: idOutput("Id of the invoice."), deleted: z.literal(true) },
        "The draft is deleted",
      ),
    },
    errors: ["INVOICE_NOT_DRAFT"],
    handle: async ({ tx, tenant }, { params }) => {
      await deleteInvoice(tx, tenant, params.id);
      return { id: params.id, deleted: true };
    },
  }),
  writeOperation({
    method: "POST",
    path: "/v1/invoices/{id}/line-items",
    operationId: "create-invoice-line-item",
    sdk: "invoices.lineItems.create",
    tag,
    summary: "Add a line item",
    description: "Adds a line to a draft, at its end, and returns the invoice with its new totals.",
    params: invoiceIdParam,
    body: LineItemCreate,
    responses: { 201: InvoiceResponse },
    errors: ["INVOICE_NOT_DRAFT"],
    handle: async ({ tx, tenant, now, publicUrl }, { params, body }) => ({
      invoice: presentInvoice(await addLineItem(tx, tenant, params.id, body, now), publicUrl),
    }),
  }),
  writeOperation({
    method: "PATCH",
    path: "/v1/invoices/{id}/line-items/{line_item_id}",
    operationId: "update-invoice-line-item",
    sdk: "invoices.lineItems.update",
    tag,
    summary: "Update a line item",
    description: "Changes only the fields given of a line of a draft, and returns the invoice with its new totals.",
    params: lineItemParams,
    body: LineItemUpdate,
    responses: { 200: InvoiceResponse },
    errors: ["INVOICE_NOT_DRAFT"],
    handle: async ({ tx, tenant, now, publicUrl }, { params, body }) => {
      const at = { invoiceId: params.id, lineItemId: params.line_item_id };
      return { invoice: presentInvoice(await updateLineItem(tx, tenant, at, body, now), publicUrl) };
    },
  }),
  writeOperation({
    method: "DELETE",
    path: "/v1/invoices/{id}/line-items/{line_item_id}",
    operationId: "delete-invoice-line-item",
    sdk: "invoices.lineItems.delete",
    tag,
    summary: "Remove a line item",
    description: "Takes a line out of a draft, and returns the invoice with its new totals.",
    params: lineItemParams,
    responses: { 200: InvoiceResponse },
    errors: ["INVOICE_NOT_DRAFT"],
    handle: async ({ tx, tenant, now, publicUrl }, { params }) => {
      const at = { invoiceId: params.id, lineItemId: params.line_item_id };
      return { invoice: presentInvoice(await deleteLineItem(tx, tenant, at, now), publicUrl) };
    },
  }),
  moveOperation({
    verb: "finalize",
    operationId: "finalize-invoice",
    sdk: "invoices.finalize",
    summary: "Finalize an invoice",
    description:
      "Makes a draft final: it gets the next number, without gaps, and its due date, and takes what its customer's balance holds for it. It is `open` from then on, or `paid` if nothing is due.",
    errors: ["INVOICE_NOT_DRAFT", "INVOICE_EMPTY", "INVOICE_TOTAL_NEGATIVE"],
    run: finalizeInvoice,
  }),
  moveOperation({
    verb: "void",
    operationId: "void-invoice",
    sdk: "invoices.void",
    summary: "Void an invoice",
    description:
      "Declares an open or uncollectible invoice invalid. It keeps its number, nothing of it is due, and what it took of its customer's balance goes back.",
    errors: ["INVOICE_NOT_OPEN"],
    run: (tx, tenant, id, now) => voidInvoice(tx, tenant, id, now, sequel),
  }),
  moveOperation({
    verb: "mark-paid",
    operationId: "mark-invoice-paid",
    sdk: "invoices.markPaid",
    summary: "Mark an invoice paid",
    description: "Records that all of what is due was paid outside, for instance by bank transfer.",
    errors: ["INVOICE_NOT_OPEN"],
    run: (tx, tenant, id, now) => markInvoicePaid(tx, tenant, id, now, sequel),
  }),
  moveOperation({
    verb: "mark-uncollectible",
    operationId: "mark-invoice-uncollectible",
    sdk: "invoices.markUncollectible",
    summary: "Mark an invoice uncollectible",
    description: "Gives up expecting payment of an open invoice. It can still be marked paid, or voided.",
    errors: ["INVOICE_NOT_OPEN"],
    run: (tx, tenant, id, now) => markInvoiceUncollectible(tx, tenant, id, now, sequel),
  }),
  ...creditNoteOperations,
];
