/** Credit notes that people make: what was paid already goes back to where it came from, or into the wallet. */
import { fromMinorUnits } from "../../../core/minor-unit.ts";
import { customerKey, lockCustomer, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { creditInvoice, getInvoice, returnToBalance, setRefunded, type CreditNoteRow } from "../invoicing/invoicing.ts";
import type { Transaction } from "../platform/db.ts";
import { creditWallet } from "../wallets/wallets.ts";
import { beginRefund } from "./refunds.ts";
import { followCollected, type Collecting } from "./sequel.ts";
import type { CreditNoteFields } from "./schema.ts";
import * as rows from "./sql.ts";

/** @throws INVOICE_NOT_FOUND, INVOICE_NOT_CREDITABLE, LINE_ITEM_NOT_FOUND, CREDIT_TOO_LARGE */
export async function createCreditNote(
  tx: Transaction,
  collecting: Collecting,
  tenant: Tenant,
  fields: CreditNoteFields,
  now: Date,
): Promise<CreditNoteRow> {
  const { invoice } = await getInvoice(tx, tenant, fields.invoice_id);
  await lockCustomer(tx, tenant, invoice.customer_id);
  const key = customerKey(tenant, invoice.customer_id);
  const crediting = { invoiceId: fields.invoice_id, of: whatOf(fields), reason: fields.reason };
  const issued = await creditInvoice(tx, key, crediting, now, followCollected(collecting));
  const refundedCents = fields.refund ? await refundAll(tx, key, issued.note, issued.paidCents, now) : 0;
  const toWallet = issued.paidCents - refundedCents;
  const returnedCents = Math.min(issued.balanceCents, toWallet);
  await returnToBalance(tx, key, { invoice: issued.invoice, cents: returnedCents }, now);
  const restCents = toWallet - returnedCents;
  if (restCents > 0) {
    const amount = fromMinorUnits(BigInt(restCents), invoice.currency_code);
    const causeId = issued.note.credit_note_id;
    await creditWallet(tx, key, { currencyCode: invoice.currency_code, amount, causeId }, now);
  }
  return setRefunded(tx, key, issued.note, refundedCents);
}

function whatOf(fields: CreditNoteFields) {
  if (fields.lines !== undefined)
    return {
      type: "lines" as const,
      lines: fields.lines.map((line) => ({ lineItemId: line.line_item_id, cents: line.amount_cents ?? null })),
    };
  return fields.amount_cents === undefined
    ? { type: "rest" as const }
    : { type: "amount" as const, cents: fields.amount_cents };
}

/** Gives `cents` back through the invoice's payments, the newest first. @returns how much they could take. */
async function refundAll(
  tx: Transaction,
  key: CustomerKey,
  note: CreditNoteRow,
  cents: number,
  now: Date,
): Promise<number> {
  let left = cents;
  for (const { payment_id, status } of await rows.findPaymentsOfInvoice(tx, key, note.invoice_id)) {
    if (status !== "succeeded" || left === 0) continue;
    const payment = await rows.lockPayment(tx, key, payment_id);
    if (payment === null) continue;
    const refundable = payment.amount_cents - payment.excess_cents - payment.refunded_cents;
    const amountCents = Math.min(left, refundable);
    if (amountCents <= 0) continue;
    await beginRefund(tx, key, payment, { creditNoteId: note.credit_note_id, amountCents, reason: note.reason }, now);
    left -= amountCents;
  }
  return cents - left;
}
