import type { PlanDocument } from "../../../core/plan.ts";
import { html, type Html } from "../http/html.ts";
import { balanceSums, sumsOf, type Books } from "../invoicing/invoicing.ts";
import type { InvoiceRow } from "../invoicing/schema.ts";
import type { CardIntake } from "../payments/payments.ts";
import type { PaymentMethodRow } from "../payments/schema.ts";
import type { SubscriptionRow } from "../subscriptions/schema.ts";
import { intakeHtml } from "./card-form.ts";
import { sumHtml } from "./sum-row.ts";
import type { SignupLinkRow } from "./link-sql.ts";
import { notice } from "./layout.ts";
import { intervalWords, planWords } from "./plan-words.ts";
import { day, moneyOfCents, periodOf } from "../http/words.ts";

export type SubscribePage = {
  token: string;
  link: SignupLinkRow;
  plan: { name: string; description: string | null; document: PlanDocument };
  /** What the customer's books would hold after it. */
  books: Books;
  timeZone: string;
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
      ${planHtml(plan.document)}
    </section>
    ${reviewHtml(page)}
    <section aria-labelledby="agree">
      <h2 id="agree">${link.previous_subscription_id === null ? "Subscribe" : "Change plan"}</h2>
      <form method="post" action="/subscribe/${page.token}">
        ${paymentHtml(page)}
        <div class="actions">
          <button type="submit">${submitWords(page)}</button>
          ${link.back_url === null ? null : html`<a class="button plain" href="${link.back_url}">Back</a>`}
        </div>
      </form>
    </section>`;
}

export function planHtml(document: PlanDocument): Html {
  const words = planWords(document);
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

/** What is charged and given back, as it would be stored. */
export function booksHtml(books: Books, timeZone: string): Html {
  const made = books.invoices.filter(
    ({ stored, invoice }) => stored === null || (stored.invoice.status === "draft" && stored.invoice !== invoice),
  );
  const invoices = made.map(
    ({ invoice, lines }) =>
      html`<table>
        <caption class="soft">
          ${invoice.status === "draft" ? "On the next invoice" : "Charged now"}
        </caption>
        <tbody>
          ${lines.map(
            (line) =>
              html`<tr>
                <td>
                  ${line.description}${
                    line.period_start === null || line.period_end === null
                      ? null
                      : html`<br /><small>${periodOf(line.period_start, line.period_end, timeZone)}</small>`
                  }
                </td>
                <td class="number">${moneyOfCents(line.amount_cents, invoice.currency_code)}</td>
              </tr>`,
          )}
        </tbody>
        <tfoot>
          ${[...sumsOf(invoice), ...balanceSums(invoice)].map((sum) => sumHtml(sum, invoice.currency_code))}
        </tfoot>
      </table>`,
  );
  const notes = books.creditNotes.map(
    (note) => html`<p>${moneyOfCents(note.total_cents, note.currency_code)} is credited to you: ${note.reason}</p>`,
  );
  return invoices.length + notes.length === 0 ? html`<p>Nothing is charged now.</p>` : html`${invoices}${notes}`;
}

function reviewHtml({ books, timeZone, link }: SubscribePage): Html {
  const isLater = link.change_timing_mode === "end_of_period";
  return html`<section aria-labelledby="review">
    <h2 id="review">${link.previous_subscription_id === null ? "Your first invoice" : "What changes"}</h2>
    ${isLater ? html`<p>The change takes effect when your current period ends.</p>` : null}
    ${booksHtml(books, timeZone)}
  </section>`;
}

function submitWords({ link, saved, cardIntake }: SubscribePage): string {
  if (cardIntake === "stripe" && saved === null) return "Give your card";
  return link.previous_subscription_id === null ? "Subscribe" : "Change plan";
}

function paymentHtml({ cardIntake, saved, errors }: SubscribePage): Html | null {
  if (cardIntake === null) return html`<p>You will get an invoice by mail.</p>`;
  if (saved === null) return intakeHtml(cardIntake, errors);
  return html`<p>Charged to ${cardName(saved)}, the card that we have of you.</p>
    <input type="hidden" name="pay_with" value="saved" />`;
}

/** Example: visa ending in 4242. */
export function cardName({ brand, last_four }: PaymentMethodRow): string {
  return `${brand} ending in ${last_four}`;
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
    ${link.success_url === null ? null : html`<p><a href="${link.success_url}">Continue</a></p>`}
  </section>`;
}
