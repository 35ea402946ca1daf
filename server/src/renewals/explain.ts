/** What a finalized invoice came from: every line down to its events. */
import { BillingError } from "../../../core/errors.ts";
import type { Tenant } from "../http/authentication.ts";
import type { Page } from "../http/pagination.ts";
import { customerKey, type CustomerKey } from "../customers/customers.ts";
import { detailsOf, getInvoice } from "../invoicing/invoicing.ts";
import type { LineItemRow, WholeInvoice } from "../invoicing/schema.ts";
import { listEvents, type RecordedEventRow } from "../metering/metering.ts";
import type { Queryable } from "../platform/db.ts";
import { getSubscription } from "../subscriptions/subscriptions.ts";
import type { Derivation } from "./explain-schema.ts";
import * as rows from "./sql.ts";

/** An invoice with what made its lines, by billing. Of a draft it is as it is now. @throws INVOICE_NOT_FOUND */
export async function explainInvoice(
  db: Queryable,
  tenant: Tenant,
  id: string,
): Promise<{ whole: WholeInvoice; derivations: Map<string, Derivation> }> {
  const whole = await getInvoice(db, tenant, id);
  const key = customerKey(tenant, whole.invoice.customer_id);
  return { whole, derivations: await derivationsOf(db, tenant, key, whole.lines) };
}

/** By the id of the billing. */
export async function derivationsOf(
  db: Queryable,
  tenant: Pick<Tenant, "id">,
  key: CustomerKey,
  lines: LineItemRow[],
): Promise<Map<string, Derivation>> {
  const ids = new Set(lines.flatMap(({ billing_id }) => billing_id ?? []));
  const derivations = new Map<string, Derivation>();
  for (const billing of await rows.findBillings(db, key, [...ids])) {
    const subscription = await getSubscription(db, tenant, billing.subscription_id);
    derivations.set(billing.billing_id, { billing, subscription });
  }
  return derivations;
}

/**
 * The events that a line of usage counts, in the order in which they were recorded; none for any other line.
 * @throws INVOICE_NOT_FOUND, LINE_ITEM_NOT_FOUND
 */
export async function listEventsOfLine(
  db: Queryable,
  tenant: Tenant,
  at: { invoiceId: string; lineItemId: string },
  page: { after: string | null; limit: number },
  now: Date,
): Promise<Page<RecordedEventRow>> {
  const { invoice, lines } = await getInvoice(db, tenant, at.invoiceId);
  const line = lines.find(({ line_item_id }) => line_item_id === at.lineItemId);
  if (line === undefined) throw new BillingError("LINE_ITEM_NOT_FOUND");
  const priceCode = detailsOf(line)?.code ?? null;
  const { billing_id: billingId, meter_code, period_start: periodStart } = line;
  const nothing = { items: [], pagination: { next_cursor: null, has_more: false } };
  if (priceCode === null || billingId === null || meter_code === null || periodStart === null) return nothing;
  const key = customerKey(tenant, invoice.customer_id);
  const [billing] = await rows.findBillings(db, key, [billingId]);
  if (billing === undefined) return nothing;
  const chargedTo = {
    subscriptionId: billing.subscription_id,
    priceCode,
    periodStart,
    // What is recorded once it is final counts elsewhere.
    recordedBefore: new Date((invoice.finalized_at ?? now).getTime() + 1),
  };
  const filter = {
    customerId: invoice.customer_id,
    eventName: null,
    property: null,
    from: null,
    to: null,
    order: "oldest" as const,
    chargedTo,
  };
  return listEvents(db, tenant, filter, page);
}
