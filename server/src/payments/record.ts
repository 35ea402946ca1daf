import { BillingError } from "../../../core/errors.ts";
import type { CustomerKey } from "../customers/customers.ts";
import { amountDueCents } from "../invoicing/invoicing.ts";
import type { InvoiceRow } from "../invoicing/schema.ts";
import type { Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import type { PaymentMethodRow, PaymentRow } from "./schema.ts";
import * as rows from "./sql.ts";

/** A payment of all that is due, for the provider to be told of; without a method it is made on Stripe's own page. One invoice has one at a time. @throws PAYMENT_IN_PROGRESS */
export async function recordPayment(
  tx: Transaction,
  key: CustomerKey,
  of: { invoice: InvoiceRow; method: PaymentMethodRow | null; cause: PaymentRow["cause"] },
  now: Date,
): Promise<PaymentRow> {
  const { invoice, method, cause } = of;
  const earlier = await rows.findPaymentsOfInvoice(tx, key, invoice.invoice_id);
  if (earlier.some(({ ended_at }) => ended_at === null)) throw new BillingError("PAYMENT_IN_PROGRESS");
  const payment: PaymentRow = {
    ...unpaid(key, invoice, now),
    provider: method?.provider ?? "stripe",
    payment_method_id: method?.payment_method_id ?? null,
    cause,
    amount_cents: amountDueCents(invoice),
    check_at: now,
  };
  rows.insertPayment(tx, key, payment);
  return payment;
}

/** A payment of nothing yet, recorded by hand unless more is said. */
export function unpaid(key: CustomerKey, invoice: InvoiceRow, now: Date): PaymentRow {
  return {
    customer_id: key.customerId,
    payment_id: createId(now),
    invoice_id: invoice.invoice_id,
    invoice_number: invoice.number,
    provider: "manual",
    payment_method_id: null,
    cause: "record",
    amount_cents: 0,
    excess_cents: 0,
    refunded_cents: 0,
    currency_code: invoice.currency_code,
    status: "processing",
    reference: null,
    failure_code: null,
    failure_message: null,
    action_url: null,
    is_disputed: false,
    check_at: null,
    checks: 0,
    created_at: now,
    ended_at: null,
  };
}
