import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { BillingError } from "../../../core/errors.ts";
import { customerKey, lockCustomer } from "../customers/customers.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idField, idOutput, idParam } from "../http/fields.ts";
import {
  groupedOperation,
  readOperation,
  writeOperation,
  type AnswerContext,
  type Operation,
  type Tag,
} from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { getInvoice } from "../invoicing/invoicing.ts";
import { CreditNoteResponse, creditNotesTag } from "../invoicing/routes.ts";
import { presentCreditNote } from "../invoicing/schema.ts";
import type { Tenant } from "../http/authentication.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database, Queryable } from "../platform/db.ts";
import type { Secrets } from "../platform/secrets.ts";
import {
  beginPayment,
  beginSetup,
  createCreditNote,
  deletePaymentMethod,
  getPayment,
  getPaymentSettings,
  getStripeAccount,
  listPaymentMethods,
  listPayments,
  makeDefault,
  noteStripeEvent,
  readStripeEvent,
  recordTransfer,
  refundPayment,
  refundsOf,
  saveCard,
  settleSetup,
  updatePaymentSettings,
  updateStripeAccount,
  type Collecting,
} from "./payments.ts";
import {
  CreditNoteCreate,
  InvoicePay,
  Payment,
  PaymentMethod,
  PaymentMethodCreate,
  PaymentMethodSetup,
  PaymentRecord,
  PaymentSettings,
  PaymentSettingsUpdate,
  paymentStatus,
  presentPayment,
  presentPaymentMethod,
  presentRefund,
  Refund,
  RefundCreate,
  type PaymentSettingsRow,
} from "./schema.ts";

const tag: Tag = {
  name: "payments",
  title: "Payments",
  description:
    "How money comes: payment methods, payments of invoices, refunds, and what happens to an invoice that is not paid.",
};

const invoiceIdParam = { id: idParam("INVOICE_NOT_FOUND") };
const customerIdParam = { id: idParam("CUSTOMER_NOT_FOUND") };
const methodParams = { ...customerIdParam, payment_method_id: idParam("PAYMENT_METHOD_NOT_FOUND") };
const paymentIdParam = { id: idParam("PAYMENT_NOT_FOUND") };

const PaymentResponse = successSchema("PaymentResponse", { payment: Payment }, "The payment");
const PaymentMethodResponse = successSchema(
  "PaymentMethodResponse",
  { payment_method: PaymentMethod },
  "The payment method",
);
const SettingsResponse = successSchema(
  "PaymentSettingsResponse",
  { payment_settings: PaymentSettings },
  "The payment settings",
);

async function presentSettings(db: Queryable, row: PaymentSettingsRow, tenant: Tenant, publicUrl: string) {
  const account = await getStripeAccount(db, tenant);
  return {
    takes_cards: tenant.mode === "test" || account !== null,
    ...row,
    stripe: {
      is_set_up: account !== null,
      key_last_four: account?.key_last_four ?? null,
      has_webhook_secret: account !== null && account.webhook_secret !== null,
      webhook_url: account === null ? null : `${publicUrl}/v1/providers/stripe/${account.webhook_token}/webhook`,
    },
  };
}

export const paymentOperations = (collecting: Collecting): Operation[] => [
  writeOperation({
    method: "POST",
    path: "/v1/invoices/{id}/pay",
    operationId: "pay-invoice",
    sdk: "invoices.pay",
    tag,
    summary: "Pay an invoice",
    description:
      "Charges all that is due to a saved payment method. The payment is recorded first and charged within a second: its outcome is a webhook event, and `GET /v1/payments/{id}` shows it.",
    params: invoiceIdParam,
    body: InvoicePay,
    responses: { 201: PaymentResponse },
    errors: ["INVOICE_NOT_OPEN", "PAYMENT_IN_PROGRESS", "PAYMENT_METHOD_MISSING"],
    bodyErrors: ["PAYMENT_METHOD_NOT_FOUND"],
    handle: async ({ tx, tenant, now }, { params, body }) => {
      const { invoice } = await getInvoice(tx, tenant, params.id);
      const key = customerKey(tenant, invoice.customer_id);
      const methodId = body.payment_method_id ?? null;
      const of = { key, invoiceId: params.id, methodId, cause: "request" as const };
      return { payment: presentPayment(await beginPayment(tx, tenant, of, now)) };
    },
  }),
  writeOperation({
    method: "POST",
    path: "/v1/invoices/{id}/payments",
    operationId: "record-payment",
    sdk: "invoices.payments.record",
    tag,
    summary: "Record a payment",
    description:
      "Records money that has come outside, like a bank transfer: all of what is due, part of it, or more. What is more goes into the customer's wallet.",
    params: invoiceIdParam,
    body: PaymentRecord,
    responses: { 201: PaymentResponse },
    errors: ["INVOICE_NOT_OPEN"],
    handle: async ({ tx, tenant, now }, { params, body }) => {
      const { invoice } = await getInvoice(tx, tenant, params.id);
      await lockCustomer(tx, tenant, invoice.customer_id);
      const key = customerKey(tenant, invoice.customer_id);
      const of = { key, invoiceId: params.id, amountCents: body.amount_cents, reference: body.reference };
      return { payment: presentPayment(await recordTransfer(tx, collecting, of, now)) };
    },
  }),
  readOperation({
    path: "/v1/payments",
    operationId: "list-payments",
    sdk: "payments.list",
    tag,
    summary: "List payments",
    description: "Returns the payments, also those that failed, newest first.",
    query: z.object({
      ...pageQuery,
      customer_id: idField("Only this customer's.").optional(),
      invoice_id: idField("Only those of this invoice.").optional(),
      status: paymentStatus.optional().meta({ description: "Only those in this status." }),
    }),
    responses: { 200: listSchema("PaymentListResponse", "payments", Payment) },
    handle: async ({ db, tenant }, { query }) => {
      const filter = {
        customer: query.customer_id === undefined ? null : customerKey(tenant, query.customer_id),
        invoiceId: query.invoice_id ?? null,
        status: query.status ?? null,
      };
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listPayments(db, tenant, filter, page);
      return { payments: items.map(presentPayment), pagination };
    },
  }),
  readOperation({
    path: "/v1/payments/{id}",
    operationId: "get-payment",
    sdk: "payments.get",
    tag,
    summary: "Get a payment",
    description: "Returns one payment.",
    params: paymentIdParam,
    responses: { 200: PaymentResponse },
    handle: async ({ db, tenant }, { params }) => ({
      payment: presentPayment(await getPayment(db, tenant, params.id)),
    }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/payments/{id}/refunds",
    operationId: "create-refund",
    sdk: "payments.refunds.create",
    tag,
    summary: "Refund a payment",
    description:
      "Gives back all or part of a payment to where it came from, with a credit note against its invoice. Of a payment that was recorded by hand, you send the money yourself.",
    params: paymentIdParam,
    body: RefundCreate,
    responses: { 201: successSchema("RefundResponse", { refund: Refund }, "The refund") },
    errors: ["PAYMENT_NOT_REFUNDABLE", "REFUND_TOO_LARGE"],
    handle: async ({ tx, tenant, now }, { params, body }) => {
      const of = { amountCents: body.amount_cents ?? null, reason: body.reason };
      return { refund: presentRefund(await refundPayment(tx, tenant, params.id, of, now)) };
    },
  }),
  writeOperation({
    method: "POST",
    path: "/v1/credit-notes",
    operationId: "create-credit-note",
    sdk: "creditNotes.create",
    tag: creditNotesTag,
    summary: "Create a credit note",
    description:
      "Gives back a finalized invoice, an amount of it, or lines of it. What is due goes down first; what was paid already becomes balance of the customer's wallet, or is refunded. The invoice itself never changes.",
    body: CreditNoteCreate,
    responses: { 201: CreditNoteResponse },
    errors: ["INVOICE_NOT_FOUND", "INVOICE_NOT_CREDITABLE", "CREDIT_TOO_LARGE"],
    bodyErrors: ["LINE_ITEM_NOT_FOUND"],
    handle: async ({ tx, tenant, now }, { body }) => ({
      credit_note: presentCreditNote(await createCreditNote(tx, collecting, tenant, body, now)),
    }),
  }),
  readOperation({
    path: "/v1/payments/{id}/refunds",
    operationId: "list-refunds",
    sdk: "payments.refunds.list",
    tag,
    summary: "List a payment's refunds",
    description: "Returns what has been given back of a payment, newest first.",
    params: paymentIdParam,
    responses: {
      200: successSchema("RefundListResponse", { refunds: z.array(Refund) }, "The refunds"),
    },
    handle: async ({ db, tenant }, { params }) => {
      const payment = await getPayment(db, tenant, params.id);
      return { refunds: (await refundsOf(db, tenant, payment)).map(presentRefund) };
    },
  }),
  writeOperation({
    method: "POST",
    path: "/v1/customers/{id}/payment-methods",
    operationId: "create-payment-method",
    sdk: "customers.paymentMethods.create",
    tag,
    summary: "Save a test card",
    description:
      "Saves one of the sandbox's cards, in test mode; a real card never passes through this API. See the guide of payments for the numbers and what becomes of them.",
    params: customerIdParam,
    body: PaymentMethodCreate,
    responses: { 201: PaymentMethodResponse },
    errors: ["CARDS_NOT_TAKEN"],
    handle: async ({ tx, tenant, now }, { params, body }) => {
      const of = { card: body.card, isDefault: body.is_default, isKept: true };
      const { method, defaultId } = await saveCard(tx, tenant, params.id, of, now);
      return { payment_method: presentPaymentMethod(method, defaultId) };
    },
  }),
  groupedOperation({
    method: "POST",
    path: "/v1/customers/{id}/payment-methods/setup",
    operationId: "set-up-payment-method",
    sdk: "customers.paymentMethods.setUp",
    tag,
    summary: "Have a customer save a card",
    description:
      "Makes a page of Stripe's on which the customer saves a card: its number goes to Stripe alone. It is good for a day. The card is a payment method, and the default, within a moment of being saved.",
    params: customerIdParam,
    body: PaymentMethodSetup,
    responses: {
      201: successSchema(
        "PaymentMethodSetupResponse",
        { url: z.string().meta({ description: "Stripe's page, for the customer to open." }) },
        "The page",
      ),
    },
    errors: ["CARDS_NOT_TAKEN", "PROVIDER_UNAVAILABLE"],
    answer: async (context, { params, body }) => {
      const of = { customerId: params.id, successUrl: body.success_url ?? null, cancelUrl: body.cancel_url ?? null };
      const url = await openSetup(context, collecting, of);
      return context.inTransaction(async () => ({ url }));
    },
  }),
  readOperation({
    path: "/v1/customers/{id}/payment-methods",
    operationId: "list-payment-methods",
    sdk: "customers.paymentMethods.list",
    tag,
    summary: "List payment methods",
    description: "Returns what can be charged of a customer, newest first.",
    params: customerIdParam,
    responses: {
      200: successSchema(
        "PaymentMethodListResponse",
        { payment_methods: z.array(PaymentMethod) },
        "The payment methods",
      ),
    },
    handle: async ({ db, tenant }, { params }) => {
      const { methods, defaultId } = await listPaymentMethods(db, tenant, params.id);
      return { payment_methods: methods.map((method) => presentPaymentMethod(method, defaultId)) };
    },
  }),
  writeOperation({
    method: "POST",
    path: "/v1/customers/{id}/payment-methods/{payment_method_id}/make-default",
    operationId: "make-default-payment-method",
    sdk: "customers.paymentMethods.makeDefault",
    tag,
    summary: "Make a payment method the default",
    description: "It is charged from now on when an invoice is collected automatically.",
    params: methodParams,
    responses: { 200: PaymentMethodResponse },
    handle: async ({ tx, tenant }, { params }) => {
      const of = { customerId: params.id, methodId: params.payment_method_id };
      const method = await makeDefault(tx, tenant, of);
      return { payment_method: presentPaymentMethod(method, method.payment_method_id) };
    },
  }),
  writeOperation({
    method: "DELETE",
    path: "/v1/customers/{id}/payment-methods/{payment_method_id}",
    operationId: "delete-payment-method",
    sdk: "customers.paymentMethods.delete",
    tag,
    summary: "Forget a payment method",
    description:
      "It is not charged any more. If it was the default, the newest that is left becomes it; payments in progress go on.",
    params: methodParams,
    responses: {
      200: successSchema(
        "PaymentMethodDeletedResponse",
        { id: idOutput("Id of the payment method."), deleted: z.literal(true) },
        "The payment method is forgotten",
      ),
    },
    handle: async ({ tx, tenant }, { params }) => {
      await deletePaymentMethod(tx, tenant, { customerId: params.id, methodId: params.payment_method_id });
      return { id: params.payment_method_id, deleted: true };
    },
  }),
  readOperation({
    path: "/v1/payment-settings",
    operationId: "get-payment-settings",
    sdk: "paymentSettings.get",
    tag,
    summary: "Get payment settings",
    description: "Returns how your company gets its money in this mode.",
    responses: { 200: SettingsResponse },
    handle: async ({ db, tenant, publicUrl }) => ({
      payment_settings: await presentSettings(db, await getPaymentSettings(db, tenant), tenant, publicUrl),
    }),
  }),
  writeOperation({
    method: "PATCH",
    path: "/v1/payment-settings",
    operationId: "update-payment-settings",
    sdk: "paymentSettings.update",
    tag,
    summary: "Update payment settings",
    description: "Changes only the settings given. They hold for the mode of the key.",
    body: PaymentSettingsUpdate,
    responses: { 200: SettingsResponse },
    handle: async ({ tx, tenant, now, publicUrl }, { body }) => {
      const settings = await updatePaymentSettings(tx, tenant, body);
      if (body.stripe !== undefined) await updateStripeAccount(tx, secretsOf(collecting), tenant, body.stripe, now);
      return { payment_settings: await presentSettings(tx, settings, tenant, publicUrl) };
    },
  }),
];

/**
 * The page on which a customer saves a card. Stripe is told before the answer is kept for its `Idempotency-Key`, so a repeat may make a page
 * that nobody opens; no money depends on it. @throws CUSTOMER_NOT_FOUND, CARDS_NOT_TAKEN, PROVIDER_UNAVAILABLE
 */
async function openSetup(
  { database, tenant, now }: AnswerContext,
  collecting: Collecting,
  of: Parameters<typeof beginSetup>[3],
): Promise<string> {
  const { setup_id: id } = await database.transaction((tx) => beginSetup(tx, collecting, tenant, of, now));
  const waiting = { ...customerKey(tenant, of.customerId), id };
  const setup = await settleSetup(database, collecting, waiting, now).catch((cause: unknown) => {
    throw new BillingError("PROVIDER_UNAVAILABLE", { cause });
  });
  if (setup === null || setup.action_url === null) throw new BillingError("PROVIDER_UNAVAILABLE");
  return setup.action_url;
}

function secretsOf({ secrets }: Collecting): Secrets {
  if (secrets === null) throw new Error("this server was started without a key for secrets");
  return secrets;
}

/**
 * Takes the events of Stripe, each tenant's at an address of its own. No operation of the API: no client calls it, it carries a signature
 * and no key, and what is signed are the bytes.
 */
export function addStripeEvents(
  server: FastifyInstance,
  { database, clock, collecting }: { database: Database; clock: Clock; collecting: Collecting },
): void {
  server.post<{ Params: { token: string } }>("/v1/providers/stripe/:token/webhook", async (request, reply) => {
    const signature = request.headers["stripe-signature"];
    const event = await readStripeEvent(
      database,
      secretsOf(collecting),
      {
        token: request.params.token,
        body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        signature: typeof signature === "string" ? signature : "",
      },
      clock.now(),
    );
    await database.transaction((tx) => noteStripeEvent(tx, event));
    return reply.send({ success: true, request_id: request.id });
  });
}
