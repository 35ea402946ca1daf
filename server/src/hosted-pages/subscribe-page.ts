import type { PlanDocument } from "../../../core/plan.ts";
import { html, type Html } from "../http/html.ts";
import type { InvoiceRow } from "../invoicing/schema.ts";
import type { CardIntake } from "../payments/payments.ts";
import type { PaymentMethodRow } from "../payments/schema.ts";
import type { SubscriptionRow } from "../subscriptions/schema.ts";
import { intakeHtml } from "./card-form.ts";
import { cardHtml } from "./card-name.ts";
import type { SignupLinkRow } from "./link-sql.ts";
import { notice } from "./layout.ts";
import { intervalWords, planWords } from "./plan-words.ts";
import { chargedNow, reviewHtml, type Review } from "./review.ts";
import { day } from "../http/words.ts";

export type SubscribePage = {
  token: string;
  link: SignupLinkRow;
  plan: { name: string; description: string | null; document: PlanDocument };
  review: Review;
  saved: PaymentMethodRow | null;
  cardIntake: CardIntake;
  errors: Record<string, string>;
};

export function subscribeHtml(page: SubscribePage): Html {
  const { plan, link } = page;
  const interval = { interval: plan.document.billingInterval, intervalCount: plan.document.billingIntervalCount };
  return html`<section>
      <h1>${plan.name}</h1>
      ${plan.description === null ? null : html`<p>${plan.description}</p>`}
      <p class="soft">Billed ${intervalWords(interval)}</p>
      ${planHtml(plan.document, page.review.meterNames)}
    </section>
    ${firstInvoiceHtml(page)}
    <section aria-labelledby="agree">
      <h2 id="agree">${link.previous_subscription_id === null ? "Subscribe" : "Change plan"}</h2>
      <form method="post" action="/subscribe/${page.token}">
        ${paymentHtml(page)}
        <div class="actions">
          <button class="wide" type="submit">${submitWords(page)}</button>
          ${link.back_url === null ? null : html`<a class="button plain" href="${link.back_url}">Back</a>`}
        </div>
      </form>
    </section>`;
}

export function planHtml(document: PlanDocument, meterNames: ReadonlyMap<string, string>): Html {
  const words = planWords(document, meterNames);
  if (words.length === 0) return html`<p>This plan costs nothing.</p>`;
  return html`<ul class="plain">
    ${words.map(
      ({ title, text, detail }) =>
        html`<li>
          <strong>${title}</strong><br />${text}${
            detail.length === 0
              ? null
              : html`<ul>
                  ${detail.map((each) => html`<li>${each}</li>`)}
                </ul>`
          }
        </li>`,
    )}
  </ul>`;
}

function firstInvoiceHtml({ review, link }: SubscribePage): Html {
  const isLater = link.change_timing_mode === "end_of_period";
  return html`<section aria-labelledby="review">
    <h2 id="review">${link.previous_subscription_id === null ? "Your first invoice" : "What changes"}</h2>
    ${isLater ? html`<p>The change takes effect when your current period ends.</p>` : null} ${reviewHtml(review)}
  </section>`;
}

function submitWords({ link, saved, cardIntake, review }: SubscribePage): string {
  if (cardIntake === "stripe" && saved === null) return "Add your card";
  const verb = link.previous_subscription_id === null ? "Subscribe" : "Change plan";
  const amount = chargedNow(review);
  return amount === null ? verb : `${verb} and pay ${amount}`;
}

function paymentHtml({ cardIntake, saved, errors }: SubscribePage): Html | null {
  if (cardIntake === null) return html`<p>You will get an invoice by email.</p>`;
  if (saved === null) return intakeHtml(cardIntake, errors);
  return html`<p>Charged to ${cardHtml(saved)}, your saved card.</p>
    <input type="hidden" name="pay_with" value="saved" />`;
}

export type DonePage = {
  link: SignupLinkRow;
  subscription: SubscriptionRow;
  /** The invoice that is still to be paid; null if none is. */
  owed: InvoiceRow | null;
  planName: string;
  timeZone: string;
};

export function doneHtml({ link, subscription, owed, planName, timeZone }: DonePage): Html {
  const scheduled = subscription.cancel_at;
  const said =
    link.change_timing_mode === "end_of_period" && scheduled !== null
      ? `You move to ${planName} on ${day(scheduled, timeZone)}.`
      : `You are subscribed to ${planName}.`;
  return html`<section>
    <h1>Done</h1>
    ${notice("good", said)}
    ${
      owed === null
        ? null
        : html`${notice("bad", "The first invoice could not be charged. Pay it to keep the subscription.")}
            <p><a class="button" href="/pay/${owed.payment_token ?? ""}">Pay the invoice</a></p>`
    }
    ${link.success_url === null ? null : html`<p><a class="button" href="${link.success_url}">Continue</a></p>`}
  </section>`;
}
