import type { CustomerKey } from "../customers/customers.ts";
import type { Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { mailRefund } from "./outcomes.ts";
import type { PaymentRow, RefundRow } from "./schema.ts";
import * as rows from "./sql.ts";

/** A refund of a payment, for its provider to be told of. Of a transfer somebody sends the money; it counts as sent. */
export async function beginRefund(
  tx: Transaction,
  key: CustomerKey,
  payment: PaymentRow,
  of: { creditNoteId: string; amountCents: number; reason: string },
  now: Date,
): Promise<RefundRow> {
  const isManual = payment.provider === "manual";
  const refund: RefundRow = {
    customer_id: key.customerId,
    refund_id: createId(now),
    payment_id: payment.payment_id,
    credit_note_id: of.creditNoteId,
    amount_cents: of.amountCents,
    currency_code: payment.currency_code,
    reason: of.reason,
    status: isManual ? "succeeded" : "processing",
    reference: null,
    failure_message: null,
    check_at: isManual ? null : now,
    checks: 0,
    created_at: now,
    ended_at: isManual ? now : null,
  };
  rows.insertRefund(tx, key, refund);
  rows.updatePayment(tx, key, { ...payment, refunded_cents: payment.refunded_cents + of.amountCents });
  if (isManual) await mailRefund(tx, key, refund, now);
  return refund;
}
