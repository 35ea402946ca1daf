/** Credit notes that people make, and those of refunds. The caller holds the customer's lock. */
import { BillingError } from "../../../core/errors.ts";
import { fromMinorUnits } from "../../../core/minor-unit.ts";
import type { CustomerKey } from "../customers/customers.ts";
import { writeMails } from "../mail/mail.ts";
import type { Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { balanceShare, returnOwnBalance, type BalanceReturn } from "./balance.ts";
import { lockInvoice } from "./collecting.ts";
import { insertCreditNotes, sumCredited, type CreditNoteLine, type CreditNoteRow } from "./credit-note-sql.ts";
import { amountDueCents, type InvoiceRow, type LineItemRow } from "./schema.ts";
import * as rows from "./sql.ts";
import { settledCents, taxIn } from "./totals.ts";
import { keyOf, takeNumbers, withCredit, type InvoiceSequel } from "./whole-invoice.ts";

export type Crediting = {
  invoiceId: string;
  /** What is given back: all that is left, an amount, or amounts of lines. */
  of: { type: "rest" } | { type: "amount"; cents: number } | { type: "lines"; lines: CreditedLine[] };
  reason: string;
};

/** Without an amount, all of the line: what it came to in the end, with its share of discounts and taxes. */
export type CreditedLine = { lineItemId: string; cents: number | null };

export type IssuedCredit = {
  note: CreditNoteRow;
  invoice: InvoiceRow;
  /** What was paid already and is to be given back, in minor units. */
  paidCents: number;
  /** How much of that it had taken of the balance, where it goes back to unless it is sent to where payments came from. */
  balanceCents: number;
};

/**
 * A credit note: what is due of the invoice goes down first, and the invoice is paid if nothing is left; the rest was paid, and is the
 * caller's to give back. @throws INVOICE_NOT_FOUND, INVOICE_NOT_CREDITABLE, LINE_ITEM_NOT_FOUND, CREDIT_TOO_LARGE
 */
export async function creditInvoice(
  tx: Transaction,
  key: CustomerKey,
  crediting: Crediting,
  now: Date,
  sequel: InvoiceSequel,
): Promise<IssuedCredit> {
  const invoice = await lockInvoice(tx, key, crediting.invoiceId);
  if (invoice.status === "draft" || invoice.status === "void") throw new BillingError("INVOICE_NOT_CREDITABLE");
  const before = await creditedOf(tx, key, invoice);
  const left = invoice.total_cents - before;
  const lines = await linesOf(tx, key, invoice, crediting, left);
  const cents = -lines.reduce((sum, { amount_cents }) => sum + amount_cents, 0);
  if (cents <= 0 || cents > left) throw new BillingError("CREDIT_TOO_LARGE");
  const appliedCents = Math.min(cents, Math.max(0, amountDueCents(invoice)));
  const note = await writeNote(tx, key, invoice, { before, cents, appliedCents, reason: crediting.reason, lines }, now);
  const after = appliedCents === 0 ? invoice : withCredit(invoice, appliedCents, now);
  if (after !== invoice) rows.updateInvoices(tx, [{ tenantId: key.tenantId, invoice: after }]);
  if (after.status === "paid" && invoice.status !== "paid") await sequel(tx, key, after, now);
  const paidCents = cents - appliedCents;
  const balanceCents = balanceShare(invoice, { credited: before, cents: paidCents });
  return { note, invoice: after, paidCents, balanceCents };
}

/** Puts `cents` of what an invoice took of the balance back to where it came from, and notes it on the invoice. */
export async function returnToBalance(tx: Transaction, key: CustomerKey, of: BalanceReturn, now: Date): Promise<void> {
  const invoice = await returnOwnBalance(tx, key, of, now);
  if (invoice !== of.invoice) rows.updateInvoices(tx, [{ tenantId: key.tenantId, invoice }]);
}

async function creditedOf(tx: Transaction, key: CustomerKey, { invoice_id }: InvoiceRow): Promise<number> {
  return (await sumCredited(tx, key, [invoice_id])).get(invoice_id) ?? 0;
}

async function linesOf(
  tx: Transaction,
  key: CustomerKey,
  invoice: InvoiceRow,
  { of, reason }: Crediting,
  left: number,
): Promise<CreditNoteLine[]> {
  if (of.type === "rest") return [line(invoice, reason, left)];
  if (of.type === "amount") return [line(invoice, reason, of.cents)];
  const stored = await rows.findLineItems(tx, [keyOf(key.tenantId, invoice)]);
  const settled = settledCents(invoice, stored);
  return of.lines.map(({ lineItemId, cents }) => {
    const index = stored.findIndex(({ line_item_id }) => line_item_id === lineItemId);
    const [credited, whole] = [stored[index], settled[index]];
    if (credited === undefined || whole === undefined)
      throw new BillingError("LINE_ITEM_NOT_FOUND", { isOfBody: true });
    if (cents !== null && cents > whole) throw new BillingError("CREDIT_TOO_LARGE");
    return line(invoice, credited.description, cents ?? whole, credited);
  });
}

function line(invoice: InvoiceRow, description: string, cents: number, of?: LineItemRow): CreditNoteLine {
  return {
    description,
    quantity: "1",
    amount: fromMinorUnits(BigInt(-cents), invoice.currency_code).toString(),
    amount_cents: -cents,
    period_start: of?.period_start?.toISOString() ?? null,
    period_end: of?.period_end?.toISOString() ?? null,
  };
}

/** Notes how much of what a credit note gives back goes to where it was paid from. */
export async function setRefunded(
  tx: Transaction,
  key: CustomerKey,
  note: CreditNoteRow,
  refundedCents: number,
): Promise<CreditNoteRow> {
  if (refundedCents === 0) return note;
  await rows.setRefunded(tx, key, note.credit_note_id, refundedCents);
  return { ...note, refunded_cents: refundedCents };
}

/**
 * The credit note of money that goes back to where it came from. What the invoice says was paid stays: it was.
 * @throws REFUND_TOO_LARGE if credit notes would come to more than the invoice did.
 */
export async function noteRefund(
  tx: Transaction,
  key: CustomerKey,
  of: { invoiceId: string; amountCents: number; reason: string },
  now: Date,
): Promise<CreditNoteRow> {
  const invoice = await lockInvoice(tx, key, of.invoiceId);
  const { amountCents: cents, reason } = of;
  const before = await creditedOf(tx, key, invoice);
  if (cents > invoice.total_cents - before) throw new BillingError("REFUND_TOO_LARGE");
  const lines = [line(invoice, reason, cents)];
  const note = await writeNote(tx, key, invoice, { before, cents, appliedCents: 0, reason, lines }, now, {
    isMailed: false,
  });
  return setRefunded(tx, key, note, cents);
}

async function writeNote(
  tx: Transaction,
  key: CustomerKey,
  invoice: InvoiceRow,
  of: { before: number; cents: number; appliedCents: number; reason: string; lines: CreditNoteLine[] },
  now: Date,
  { isMailed = true } = {},
): Promise<CreditNoteRow> {
  // Last of what waits, because everybody who takes a number waits for whoever holds it.
  const [number] = await takeNumbers(tx, key.tenantId, "credit_note", 1);
  const note: CreditNoteRow = {
    bucket: key.bucket,
    customer_id: key.customerId,
    credit_note_id: createId(now),
    number: number as string,
    invoice_id: invoice.invoice_id,
    currency_code: invoice.currency_code,
    total_cents: of.cents,
    tax_cents: taxIn(invoice, of),
    applied_cents: of.appliedCents,
    refunded_cents: 0,
    reason: of.reason,
    lines: of.lines,
    created_at: now,
  };
  insertCreditNotes(tx, [{ tenantId: key.tenantId, row: note }]);
  const content = {
    template: "credit_note_issued" as const,
    credit_note_number: number as string,
    invoice_number: invoice.number as string,
    reason: of.reason,
    amount_cents: of.cents,
    currency_code: invoice.currency_code,
  };
  if (isMailed) writeMails(tx, [{ key, content }], now);
  return note;
}
