import { BillingError } from "../../../core/errors.ts";
import { customerKey, eraseCustomer, lockCustomer } from "../customers/customers.ts";
import type { CustomerRow } from "../customers/schema.ts";
import { deleteLinks } from "../hosted-pages/hosted-pages.ts";
import type { Tenant } from "../http/authentication.ts";
import { findInvoicesOf } from "../invoicing/invoicing.ts";
import { eraseMails } from "../mail/mail.ts";
import { erasePaymentMethods } from "../payments/payments.ts";
import type { Transaction } from "../platform/db.ts";
import { findUnfinished } from "../subscriptions/subscriptions.ts";
import { deleteTopUpRules } from "../top-ups/top-ups.ts";

/**
 * The customer with nothing left of who they are, but on finalized invoices, which the law has kept; what was used and paid stays. Erasing again
 * changes nothing. @throws CUSTOMER_NOT_FOUND, CUSTOMER_IN_USE
 */
export async function eraseEverywhere(
  tx: Transaction,
  tenant: Tenant,
  customerId: string,
  now: Date,
): Promise<CustomerRow> {
  await lockCustomer(tx, tenant, customerId);
  const key = customerKey(tenant, customerId);
  const subscriptions = (await findUnfinished(tx, [key])).get(customerId) ?? [];
  const drafts = await findInvoicesOf(tx, key, { status: "draft" });
  // What is billed yet needs a counterparty.
  if (drafts.length > 0 || subscriptions.some(({ status }) => status !== "canceled"))
    throw new BillingError("CUSTOMER_IN_USE");
  await deleteTopUpRules(tx, key);
  await erasePaymentMethods(tx, key);
  await deleteLinks(tx, key);
  await eraseMails(tx, key);
  return eraseCustomer(tx, key, now);
}
