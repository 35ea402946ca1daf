import type { Catalog } from "../catalog/catalog.ts";
import { describeInvoice, hasOverdueInvoice, type InvoiceSequel } from "../invoicing/invoicing.ts";
import { markOverdue } from "../renewals/renewals.ts";
import { followInvoice } from "../top-ups/top-ups.ts";
import { recordOccurrences } from "../webhooks/webhooks.ts";
import type { Secrets } from "../platform/secrets.ts";
import type { PaymentProvider, ProviderName } from "./provider.ts";

/** What collecting works through. */
export type Collecting = {
  catalog: Catalog;
  providers: ReadonlyMap<ProviderName, PaymentProvider>;
  /** Where this server is reached from outside. */
  publicUrl: string;
  /** What the keys of providers are sealed with; null where none can be set. */
  secrets: Secrets | null;
};

const occurrences = { paid: "invoice.paid", void: "invoice.voided", uncollectible: "invoice.uncollectible" } as const;

/**
 * All that follows when an invoice has been paid, voided or given up, whoever did it: its top-up is delivered or fails, a subscription of
 * which nothing is overdue any more is active again, and it is told.
 */
export const followCollected =
  ({ catalog, publicUrl }: Pick<Collecting, "catalog" | "publicUrl">): InvoiceSequel =>
  async (tx, key, invoice, now) => {
    await followInvoice(tx, key, invoice, now);
    const { subscription_id: subscriptionId } = invoice;
    if (subscriptionId !== null && !(await hasOverdueInvoice(tx, key, subscriptionId)))
      await markOverdue(tx, catalog, key, { subscriptionId, isOverdue: false }, now);
    const type = occurrences[invoice.status as keyof typeof occurrences];
    const data = { invoice: await describeInvoice(tx, key, invoice, publicUrl) };
    recordOccurrences(tx, [{ key, type, data }], now);
  };
