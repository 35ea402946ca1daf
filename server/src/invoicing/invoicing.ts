import { decimal, type Decimal as Amount } from "../../../core/decimal.ts";
import { BillingError } from "../../../core/errors.ts";
import { lineAmount } from "../../../core/invoice-totals.ts";
import { fromMinorUnits } from "../../../core/minor-unit.ts";
import type { TaxTreatment } from "../../../core/tax.ts";
import { customerKey, getCustomer, lockCustomer, markInvoiced, type CustomerKey } from "../customers/customers.ts";
import { findOpenDiscounts, freeDiscounts, saveDiscounts, takeDiscounts } from "../discounts/discounts.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { taxSource, untaxed } from "../taxes/taxes.ts";
import {
  amountDueCents,
  type InvoiceDiscountRow,
  type InvoiceFields,
  type InvoicePatch,
  type InvoiceRow,
  type InvoiceStatus,
  type LineItemFields,
  type LineItemPatch,
  type LineItemRow,
  type WholeInvoice,
} from "./schema.ts";
import { allOfBalance, applyOwnBalance, returnOwnBalance } from "./balance.ts";
import * as rows from "./sql.ts";
import { toInvoiceDiscount, totalsOf } from "./totals.ts";
import {
  defaultDaysUntilDue,
  finalized,
  insertWhole,
  invoiceKey,
  keyOf,
  mailFinalized,
  planReminders,
  takeNumbers,
  toCents,
  uncollected,
  unpaid,
  withLines,
  type InvoiceSequel,
} from "./whole-invoice.ts";

export { mailedInvoice, type InvoiceSequel } from "./whole-invoice.ts";

export {
  addLines,
  closeDraft,
  creditInvoices,
  draftFor,
  giveBackOnDraft,
  openBooks,
  passDiscounts,
  remakeDraft,
  saveBooks,
  settledAsPaid,
  toLineItem,
  type Books,
  type DescribedLine,
  type OpenInvoice,
} from "./books.ts";

export {
  amountDueCents,
  describeInvoice,
  findInvoiceByToken,
  findInvoicesOf,
  findInvoicesToCollect,
  giveUpInvoice,
  hasOverdueInvoice,
  lockInvoice,
  payInvoice,
  paymentUrl,
  planCollection,
  sumInvoices,
  type InvoiceToCollect,
} from "./collecting.ts";
export {
  creditInvoice,
  noteRefund,
  returnToBalance,
  setRefunded,
  type CreditedLine,
  type Crediting,
  type IssuedCredit,
} from "./crediting.ts";
export { invoicePdf, pdfName } from "./document.ts";
export { detailsOf } from "./schema.ts";
export { balanceSums, fromBalance, sumsOf, taxNote } from "./sums.ts";
export { canonical, finalizedInvoices, verifyNumbers, verifySums } from "./verify.ts";
export { PdfRenderer, type RenderPdf } from "./pdf-renderer.ts";
export type { CreditNoteRow } from "./credit-note-sql.ts";

/** More lines than anybody reads; a longer breakdown belongs into an appendix. */
const maxLineItems = 1_000;

/** A draft. @throws CUSTOMER_NOT_FOUND, VALIDATION_ERROR if its amounts are too large to be paid. */
export async function createInvoice(
  tx: Transaction,
  tenant: Tenant,
  fields: InvoiceFields,
  now: Date,
): Promise<WholeInvoice> {
  const customer = await getCustomer(tx, tenant, fields.customer_id);
  const currencyCode = fields.currency_code ?? customer.currency_code ?? tenant.currencyCode;
  const lines = fields.line_items.map((line, index) => newLine(line, currencyCode, now, `line_items.${index}.`));
  const terms = paymentTerms({ method: fields.collection_method, daysUntilDue: fields.days_until_due ?? null });
  const { memo, metadata } = fields;
  const key = customerKey(tenant, fields.customer_id);
  const draft = newDraft(key, { currencyCode, terms, memo, metadata }, now);
  const discounts = await takeFor(tx, tenant, key, draft, now);
  const invoice = { ...draft, ...totalsOf(lines, { discounts, treatment: await treatmentOf(tx, key) }) };
  insertWhole(tx, [{ tenantId: tenant.id, invoice, lines }]);
  return { invoice, lines };
}

/** The discounts of its customer that a new draft has; one that is good once is used up by it. */
async function takeFor(
  tx: Transaction,
  tenant: Tenant,
  key: CustomerKey,
  draft: InvoiceRow,
  now: Date,
): Promise<InvoiceDiscountRow[]> {
  const find = async () => (await findOpenDiscounts(tx, [key])).get(key.customerId) ?? [];
  let open = await find();
  if (open.length === 0) return [];
  // Only then, because drafts of one customer would wait for each other: one that is good once is taken by one invoice.
  await lockCustomer(tx, tenant, key.customerId);
  open = await find();
  const { invoice_id: invoiceId, subscription_id: subscriptionId, currency_code: currencyCode } = draft;
  const { taken, after } = takeDiscounts(open, { invoiceId, subscriptionId, currencyCode, at: now });
  saveDiscounts(tx, [{ key, stored: open, current: after }]);
  return taken.map(toInvoiceDiscount);
}

async function treatmentOf(tx: Transaction, key: CustomerKey): Promise<TaxTreatment> {
  return (await taxSource.treatmentsOf(tx, [key])).get(key.customerId) ?? untaxed;
}

function newDraft(
  key: CustomerKey,
  of: Pick<InvoiceRow, "memo" | "metadata"> & { currencyCode: string; terms: PaymentTerms },
  now: Date,
): InvoiceRow {
  return {
    bucket: key.bucket,
    customer_id: key.customerId,
    invoice_id: createId(now),
    number: null,
    status: "draft",
    subscription_id: null,
    billing_id: null,
    currency_code: of.currencyCode,
    ...of.terms,
    due_date: null,
    period_start: null,
    period_end: null,
    ...totalsOf([], { discounts: [], treatment: untaxed }),
    ...unpaid,
    memo: of.memo,
    metadata: of.metadata,
    ...uncollected,
    finalized_at: null,
    paid_at: null,
    voided_at: null,
    created_at: now,
    updated_at: now,
  };
}

/**
 * An open invoice of one line, to be charged automatically: made and finalized at once. The caller holds the customer's lock.
 * @throws VALIDATION_ERROR if it is too large to be paid.
 */
export async function issueInvoice(
  tx: Transaction,
  key: CustomerKey,
  of: { currencyCode: string; line: Pick<LineItemFields, "description" | "quantity" | "unit_amount_decimal"> },
  now: Date,
): Promise<InvoiceRow> {
  const lines = [newLine(of.line, of.currencyCode, now, "")];
  const terms = paymentTerms({ method: "charge_automatically", daysUntilDue: null });
  const draft = newDraft(key, { currencyCode: of.currencyCode, terms, memo: null, metadata: {} }, now);
  const totals = totalsOf(lines, { discounts: [], treatment: await treatmentOf(tx, key) });
  await markInvoiced(tx, [key], now);
  // Last, because everybody who finalizes waits for whoever holds the number.
  const [number] = await takeNumbers(tx, key.tenantId, "invoice", 1);
  const invoice = { ...finalized({ ...draft, ...totals }, now), number: number as string };
  insertWhole(tx, [{ tenantId: key.tenantId, invoice, lines }]);
  rows.keepParties(tx, [keyOf(key.tenantId, invoice)]);
  return invoice;
}

/** @throws INVOICE_NOT_FOUND */
export async function getInvoice(db: Queryable, tenant: Pick<Tenant, "id">, id: string): Promise<WholeInvoice> {
  const invoice = (await rows.findInvoice(db, tenant.id, id)) ?? refuseUnknown();
  return { invoice, lines: await rows.findLineItems(db, [keyOf(tenant.id, invoice)]) };
}

export async function listInvoices(
  db: Queryable,
  tenant: Tenant,
  filter: rows.InvoiceFilter,
  page: { after: string | null; limit: number },
): Promise<Page<WholeInvoice>> {
  const found = await rows.listInvoices(db, tenant.id, filter, { after: page.after, limit: page.limit + 1 });
  const { items, pagination } = toPage(found, page.limit, (last) => last.invoice_id);
  const keyed = items.map((invoice) => ({ key: keyOf(tenant.id, invoice), invoice }));
  return { items: await withLines(db, keyed), pagination };
}

/** The draft after `patch`: fields not given stay, null clears. @throws INVOICE_NOT_FOUND, INVOICE_NOT_DRAFT, VALIDATION_ERROR */
export async function updateInvoice(
  tx: Transaction,
  tenant: Tenant,
  id: string,
  patch: InvoicePatch,
  now: Date,
): Promise<WholeInvoice> {
  const before = await lockDraft(tx, tenant, id);
  const method = patch.collection_method ?? before.invoice.collection_method;
  // A method that asks for no payment has no days; days that were there before go with the change of method.
  const kept = method === "send_invoice" ? before.invoice.days_until_due : null;
  const daysUntilDue = patch.days_until_due === undefined ? kept : patch.days_until_due;
  return save(tx, tenant, before.lines, {
    ...before.invoice,
    ...paymentTerms({ method, daysUntilDue }),
    memo: patch.memo === undefined ? before.invoice.memo : patch.memo,
    metadata: patch.metadata ?? before.invoice.metadata,
    updated_at: now,
  });
}

/** Deletes a draft: it has no number, so nothing is missing. @throws INVOICE_NOT_FOUND, INVOICE_NOT_DRAFT */
export async function deleteInvoice(tx: Transaction, tenant: Tenant, id: string): Promise<void> {
  const { invoice } = await lockDraft(tx, tenant, id);
  const key = keyOf(tenant.id, invoice);
  freeDiscounts(tx, key, id);
  await rows.deleteInvoice(tx, key);
}

/** @throws INVOICE_NOT_FOUND, INVOICE_NOT_DRAFT, VALIDATION_ERROR */
export async function addLineItem(
  tx: Transaction,
  tenant: Tenant,
  id: string,
  fields: LineItemFields,
  now: Date,
): Promise<WholeInvoice> {
  const { invoice, lines } = await lockDraft(tx, tenant, id);
  if (lines.length >= maxLineItems) refuseField("body", `An invoice has at most ${maxLineItems} line items.`);
  const line = newLine(fields, invoice.currency_code, now, "");
  rows.insertLineItems(tx, [{ key: keyOf(tenant.id, invoice), line }]);
  return saveLines(tx, tenant, invoice, [...lines, line], now);
}

/** @throws INVOICE_NOT_FOUND, LINE_ITEM_NOT_FOUND, INVOICE_NOT_DRAFT, VALIDATION_ERROR */
export async function updateLineItem(
  tx: Transaction,
  tenant: Tenant,
  at: { invoiceId: string; lineItemId: string },
  patch: LineItemPatch,
  now: Date,
): Promise<WholeInvoice> {
  const { invoice, lines } = await lockDraft(tx, tenant, at.invoiceId);
  const before = lineOf(lines, at.lineItemId);
  const isPriced =
    patch.quantity !== undefined || patch.unit_amount_cents !== undefined || patch.unit_amount_decimal !== undefined;
  const after: LineItemRow = {
    ...before,
    description: patch.description ?? before.description,
    ...(isPriced ? pricedAgain(before, patch, invoice.currency_code) : {}),
  };
  await rows.updateLineItem(tx, keyOf(tenant.id, invoice), after);
  const all = lines.map((line) => (line === before ? after : line));
  return saveLines(tx, tenant, editedAt(invoice, before), all, now);
}

/** @throws INVOICE_NOT_FOUND, LINE_ITEM_NOT_FOUND, INVOICE_NOT_DRAFT */
export async function deleteLineItem(
  tx: Transaction,
  tenant: Tenant,
  at: { invoiceId: string; lineItemId: string },
  now: Date,
): Promise<WholeInvoice> {
  const { invoice, lines } = await lockDraft(tx, tenant, at.invoiceId);
  const line = lineOf(lines, at.lineItemId);
  await rows.deleteLineItem(tx, keyOf(tenant.id, invoice), at.lineItemId);
  const kept = lines.filter((each) => each !== line);
  return saveLines(tx, tenant, editedAt(invoice, line), kept, now);
}

/** The invoice with a line of it changed by people. */
function editedAt(invoice: InvoiceRow, { billing_id }: LineItemRow): InvoiceRow {
  return billing_id === null ? invoice : { ...invoice, is_edited: true };
}

/**
 * The draft made final: it gets the tenant's next number, without gaps, and a due date, and takes what there is of its customer's balance. One of
 * which nothing is due is paid at once.
 * @throws INVOICE_NOT_FOUND, INVOICE_NOT_DRAFT, INVOICE_EMPTY, INVOICE_TOTAL_NEGATIVE
 */
export async function finalizeInvoice(tx: Transaction, tenant: Tenant, id: string, now: Date): Promise<WholeInvoice> {
  const { invoice: draft, lines } = await lockDraft(tx, tenant, id);
  if (lines.length === 0) throw new BillingError("INVOICE_EMPTY");
  // Taxed as its customer is now: where they are may have become known since it was made.
  const invoice = await withTotals(tx, tenant, draft, lines);
  if (invoice.total_cents < 0) throw new BillingError("INVOICE_TOTAL_NEGATIVE");

  const key = keyOf(tenant.id, invoice);
  await markInvoiced(tx, [key], now);
  const applied = await applyOwnBalance(tx, key, invoice, now);
  const [planned] = await planReminders(tx, tenant.id, [finalized(applied, now)], now);
  // Last, because everybody who finalizes waits for whoever holds the number.
  const [number] = await takeNumbers(tx, tenant.id, "invoice", 1);
  const final = { ...(planned as InvoiceRow), number: number as string };
  mailFinalized(tx, tenant.id, [final], now);
  const whole = await save(tx, tenant, lines, final);
  rows.keepParties(tx, [key]);
  return whole;
}

/** Declares an invoice that is not paid invalid; it keeps its number, and gives back what it took of the balance. @throws INVOICE_NOT_FOUND, INVOICE_NOT_OPEN */
export async function voidInvoice(
  tx: Transaction,
  tenant: Tenant,
  id: string,
  now: Date,
  sequel: InvoiceSequel,
): Promise<WholeInvoice> {
  const { invoice: before, lines } = await lockIn(tx, tenant, id, owed);
  const invoice = await returnOwnBalance(tx, keyOf(tenant.id, before), allOfBalance(before), now);
  return end(tx, tenant, { invoice, lines }, { status: "void", voided_at: now, updated_at: now }, sequel);
}

/** Takes what is due as paid outside, for instance by bank transfer. @throws INVOICE_NOT_FOUND, INVOICE_NOT_OPEN */
export async function markInvoicePaid(
  tx: Transaction,
  tenant: Tenant,
  id: string,
  now: Date,
  sequel: InvoiceSequel,
): Promise<WholeInvoice> {
  const found = await lockIn(tx, tenant, id, owed);
  const amount_paid_cents = found.invoice.amount_paid_cents + amountDueCents(found.invoice);
  return end(tx, tenant, found, { status: "paid", amount_paid_cents, paid_at: now, updated_at: now }, sequel);
}

/** Gives up expecting payment; it may still be paid or voided. @throws INVOICE_NOT_FOUND, INVOICE_NOT_OPEN */
export async function markInvoiceUncollectible(
  tx: Transaction,
  tenant: Tenant,
  id: string,
  now: Date,
  sequel: InvoiceSequel,
): Promise<WholeInvoice> {
  const found = await lockIn(tx, tenant, id, ["open"]);
  return end(tx, tenant, found, { status: "uncollectible", updated_at: now }, sequel);
}

async function end(
  tx: Transaction,
  tenant: Tenant,
  { invoice, lines }: WholeInvoice,
  change: Pick<InvoiceRow, "status" | "updated_at"> & Partial<InvoiceRow>,
  sequel: InvoiceSequel,
): Promise<WholeInvoice> {
  const ended = await save(tx, tenant, lines, { ...invoice, ...change, next_collection_at: null });
  await sequel(tx, keyOf(tenant.id, invoice), ended.invoice, change.updated_at);
  return ended;
}

const owed: InvoiceStatus[] = ["open", "uncollectible"];

async function lockDraft(tx: Transaction, tenant: Tenant, id: string): Promise<WholeInvoice> {
  const found = await lock(tx, tenant, id);
  if (found.invoice.status !== "draft") throw new BillingError("INVOICE_NOT_DRAFT");
  return found;
}

async function lockIn(tx: Transaction, tenant: Tenant, id: string, statuses: InvoiceStatus[]): Promise<WholeInvoice> {
  const found = await lock(tx, tenant, id);
  if (statuses.includes(found.invoice.status)) return found;
  const message = `The invoice is ${found.invoice.status}; only one that is ${statuses.join(" or ")} can be changed so.`;
  throw new BillingError("INVOICE_NOT_OPEN", { message });
}

/** The customer first, as everything locks that changes what is theirs. */
async function lock(tx: Transaction, tenant: Tenant, id: string): Promise<WholeInvoice> {
  const { customer_id } = (await rows.findInvoice(tx, tenant.id, id)) ?? refuseUnknown();
  await lockCustomer(tx, tenant, customer_id);
  const key = invoiceKey(tenant.id, customer_id, id);
  const invoice = (await rows.lockInvoice(tx, key)) ?? refuseUnknown();
  return { invoice, lines: await rows.findLineItems(tx, [key]) };
}

async function saveLines(tx: Transaction, tenant: Tenant, invoice: InvoiceRow, lines: LineItemRow[], now: Date) {
  return save(tx, tenant, lines, { ...(await withTotals(tx, tenant, invoice, lines)), updated_at: now });
}

/** The draft as its lines, its discounts and the taxes of its customer make it. */
async function withTotals(tx: Transaction, tenant: Tenant, invoice: InvoiceRow, lines: LineItemRow[]) {
  const treatment = await treatmentOf(tx, keyOf(tenant.id, invoice));
  return { ...invoice, ...totalsOf(lines, { discounts: invoice.discounts, treatment }) };
}

async function save(tx: Transaction, tenant: Tenant, lines: LineItemRow[], invoice: InvoiceRow): Promise<WholeInvoice> {
  rows.updateInvoices(tx, [{ tenantId: tenant.id, invoice }]);
  return { invoice, lines };
}

function newLine(fields: LineItemFields, currencyCode: string, now: Date, path: string): LineItemRow {
  return {
    line_item_id: createId(now),
    type: "manual",
    description: fields.description,
    ...priced(
      { quantity: fields.quantity, unitAmount: unitAmountOf(fields, currencyCode) as Amount },
      currencyCode,
      path,
    ),
    period_start: null,
    period_end: null,
    meter_code: null,
    details: null,
    is_discountable: true,
    billing_id: null,
    created_at: now,
  };
}

function pricedAgain(before: LineItemRow, patch: LineItemPatch, currencyCode: string): Partial<LineItemRow> {
  const unitAmount =
    unitAmountOf(patch, currencyCode) ?? (before.unit_amount === null ? null : decimal(before.unit_amount));
  if (unitAmount === null) refuseField("body", "This line has no single price; give a unit_amount_decimal with it.");
  return priced({ quantity: patch.quantity ?? decimal(before.quantity), unitAmount }, currencyCode, "");
}

function priced(
  { quantity, unitAmount }: { quantity: Amount; unitAmount: Amount },
  currencyCode: string,
  path: string,
): Pick<LineItemRow, "quantity" | "unit_amount" | "amount" | "amount_cents"> {
  const { amount, amountMinor } = lineAmount({ quantity, unitAmount, currencyCode });
  return {
    quantity: quantity.toString(),
    unit_amount: unitAmount.toString(),
    amount: amount.toString(),
    amount_cents: toCents(amountMinor, `${path}quantity`),
  };
}

function unitAmountOf(
  fields: Pick<LineItemPatch, "unit_amount_cents" | "unit_amount_decimal">,
  currencyCode: string,
): Amount | null {
  if (fields.unit_amount_cents !== undefined) return fromMinorUnits(BigInt(fields.unit_amount_cents), currencyCode);
  return fields.unit_amount_decimal ?? null;
}

type PaymentTerms = Pick<InvoiceRow, "collection_method" | "days_until_due">;

function paymentTerms(terms: { method: InvoiceRow["collection_method"]; daysUntilDue: number | null }): PaymentTerms {
  if (terms.method === "send_invoice")
    return { collection_method: terms.method, days_until_due: terms.daysUntilDue ?? defaultDaysUntilDue };
  if (terms.daysUntilDue !== null)
    refuseField("days_until_due", "Only an invoice that is sent has days until it is due.");
  return { collection_method: terms.method, days_until_due: null };
}

function lineOf(lines: LineItemRow[], id: string): LineItemRow {
  const line = lines.find((each) => each.line_item_id === id);
  if (line === undefined) throw new BillingError("LINE_ITEM_NOT_FOUND");
  return line;
}

function refuseField(path: string, message: string): never {
  throw new BillingError("VALIDATION_ERROR", { details: [{ path, message }] });
}

function refuseUnknown(): never {
  throw new BillingError("INVOICE_NOT_FOUND");
}
