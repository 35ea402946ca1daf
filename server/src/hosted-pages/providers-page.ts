/** The way to a page of a payment provider's, and what happens if that does not answer. */
import { BillingError } from "../../../core/errors.ts";
import type { CustomerKey } from "../customers/customers.ts";
import { html } from "../http/html.ts";
import { beginSetup, settleSetup } from "../payments/payments.ts";
import { pageOf, type Host, type Hosting, type PageAnswer } from "./pages.ts";

/** Sends the customer on. A page and no redirect: a form of ours may be answered by no address but ours. */
export function onward(hosting: Hosting, host: Host, address: string): Promise<PageAnswer> {
  return pageOf(hosting, host, {
    title: "One moment",
    content: html`<section>
      <h1>One moment</h1>
      <p>We are taking you to Stripe's secure page.</p>
      <p><a class="button" href="${address}">Continue</a></p>
    </section>`,
    next: address,
  });
}

export const unanswered = "Stripe is not answering. Try again in a moment.";

/** To the provider's page for a card, which leads back to `address`; null if it does not answer. */
export async function cardPage(
  hosting: Hosting,
  of: { key: CustomerKey; host: Host; address: string },
  now: Date,
): Promise<PageAnswer | null> {
  const { database, collecting } = hosting;
  const { key, host } = of;
  const successUrl = `${collecting.publicUrl}${of.address}`;
  const { setup_id: id } = await database.transaction((tx) =>
    beginSetup(tx, collecting, host, { customerId: key.customerId, successUrl, cancelUrl: null }, now),
  );
  const setup = await answering(settleSetup(database, collecting, { ...key, id }, now));
  if (setup === null || setup === "unanswered" || setup.action_url === null) return null;
  return onward(hosting, host, setup.action_url);
}

/** What a provider has been asked; `unanswered` if it does not answer. What it was asked for stays recorded, and is settled by a job. */
export async function answering<Answer>(asked: Promise<Answer>): Promise<Answer | "unanswered" | null> {
  try {
    return await asked;
  } catch (error) {
    // Paid or being paid already, perhaps in another window: the page that follows shows it.
    return error instanceof BillingError ? null : "unanswered";
  }
}
