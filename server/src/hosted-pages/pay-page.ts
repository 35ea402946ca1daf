import type { CustomerRow } from "../customers/schema.ts";
import { html, type Html } from "../http/html.ts";
import { amountDueCents, fromBalance, sumsOf, taxNote } from "../invoicing/invoicing.ts";
import type { InvoiceRow, LineItemRow } from "../invoicing/schema.ts";
import type { CardIntake } from "../payments/payments.ts";
import type { PaymentRow, PaymentSettingsRow } from "../payments/schema.ts";
import { describeByName } from "../renewals/renewals.ts";
import { cardFields } from "./card-form.ts";
import { notice, unbroken } from "./layout.ts";
import { sumHtml } from "./sum-row.ts";
import { day, moneyOfCents, money, periodOf, quantity } from "../http/words.ts";

export type PayPage = {
  token: string;
  now: Date;
  invoice: InvoiceRow;
  lines: LineItemRow[];
  meterNames: ReadonlyMap<string, string>;
  customer: CustomerRow;
  /** Newest first. */
  payments: PaymentRow[];
  settings: PaymentSettingsRow;
  cardIntake: CardIntake;
  errors: Record<string, string>;
};

export function payHtml(page: PayPage): Html {
  const { invoice, customer } = page;
  return html`<section>
      <h1>Invoice ${unbroken(invoice.number)}</h1>
      <p class="soft">For ${nameOf(customer)}</p>
      ${amountHtml(page)} ${stateHtml(page)}
    </section>
    ${payable(page) ? html`${cardHtml(page)} ${bankHtml(page)}` : null} ${linesHtml(page)}`;
}

function nameOf({ name, first_name, last_name, email }: CustomerRow): string {
  const person = [first_name, last_name].filter((part) => part !== null).join(" ");
  return name ?? (person === "" ? (email ?? "you") : person);
}

function isOwed({ status }: InvoiceRow): boolean {
  return status === "open" || status === "uncollectible";
}

function inProgress({ payments }: PayPage): PaymentRow | undefined {
  return payments.find(({ ended_at }) => ended_at === null);
}

function payable(page: PayPage): boolean {
  return isOwed(page.invoice) && inProgress(page) === undefined;
}

function amountHtml(page: PayPage): Html {
  const { invoice, customer } = page;
  const { currency_code: currency } = invoice;
  if (!isOwed(invoice)) return html`<p class="amount">${moneyOfCents(invoice.total_cents, currency)}</p>`;
  // What is charged automatically has no date of its own: it is due as it is made.
  const dueAt = invoice.due_date ?? invoice.finalized_at ?? invoice.created_at;
  return html`<p class="amount">${moneyOfCents(amountDueCents(invoice), currency)}</p>
    <p class="soft">
      Due ${day(dueAt, customer.timezone)} ${isOverdue(page) ? html`<span class="badge bad">Overdue</span>` : null}
    </p>`;
}

/** Whether it should have been paid by now: its date has passed, or it was to be charged automatically, and was in vain. */
function isOverdue({ invoice, now }: PayPage): boolean {
  return invoice.due_date === null ? invoice.collection_attempts > 0 : invoice.due_date < now;
}

function stateHtml(page: PayPage): Html | null {
  const { invoice, customer, payments, token } = page;
  if (invoice.status === "paid")
    return notice(
      "good",
      `Paid on ${day(invoice.paid_at ?? invoice.updated_at, customer.timezone)}. Thank you; nothing is due.`,
    );
  if (invoice.status === "void") return notice("neutral", "This invoice was voided; nothing is due.");
  const current = inProgress(page);
  if (current?.status === "requires_action")
    return current.action_url === null ? sandboxStepHtml(token) : providersPageHtml(token, current.action_url);
  if (current !== undefined)
    return html`${notice("neutral", "Your payment is being processed. It may take a few minutes.")}
      <p><a class="button plain" href="/pay/${token}">Look again</a></p>`;
  const [last] = payments;
  if (last?.status === "failed")
    return notice("bad", `${last.failure_message ?? "The payment failed."} Nothing was charged; try another card.`);
  return null;
}

function sandboxStepHtml(token: string): Html {
  return html`${notice("neutral", "Your bank asks you to confirm the payment.")}
    <p><a class="button" href="/pay/${token}/step">Confirm the payment</a></p>`;
}

function providersPageHtml(token: string, address: string): Html {
  return html`${notice("neutral", "Your payment is not finished.")}
    <form method="post" action="/pay/${token}/step" class="actions">
      <a class="button" href="${address}">Continue payment</a>
      <button type="submit" name="decision" value="cancel" class="plain">Pay in another way</button>
    </form>`;
}

function cardHtml({ token, invoice, errors, cardIntake }: PayPage): Html | null {
  if (cardIntake === null) return null;
  const amount = moneyOfCents(amountDueCents(invoice), invoice.currency_code);
  if (cardIntake === "stripe")
    return html`<section aria-labelledby="by-card">
      <h2 id="by-card">Pay by card</h2>
      ${errors[""] === undefined ? null : notice("bad", errors[""])}
      <p>You'll enter your card on Stripe's secure page. It is saved for future invoices.</p>
      <form method="post" action="/pay/${token}"><button class="wide" type="submit">Pay ${amount}</button></form>
    </section>`;
  return html`<section aria-labelledby="by-card">
    <h2 id="by-card">Pay by card</h2>
    <form method="post" action="/pay/${token}">
      <div class="fields">${cardFields(errors)}</div>
      <div class="field">
        <label class="choice"
          ><input type="checkbox" name="keep" /> Keep this card and charge it for my next invoices</label
        >
      </div>
      <button class="wide" type="submit">Pay ${amount}</button>
    </form>
  </section>`;
}

function bankHtml({ settings, invoice, cardIntake }: PayPage): Html | null {
  if (settings.bank_details === null)
    return cardIntake !== null
      ? null
      : html`<section>${notice("neutral", "To pay this invoice, contact the company that sent it.")}</section>`;
  return html`<section aria-labelledby="by-transfer">
    <h2 id="by-transfer">Pay by bank transfer</h2>
    <dl>
      <dt>Amount</dt>
      <dd>${moneyOfCents(amountDueCents(invoice), invoice.currency_code)}</dd>
      <dt>Reference</dt>
      <dd>${unbroken(invoice.number)}</dd>
    </dl>
    <pre>${settings.bank_details}</pre>
  </section>`;
}

function linesHtml({ token, invoice, lines, customer, meterNames }: PayPage): Html {
  const { currency_code: currency } = invoice;
  const after: [string, number][] = [
    [fromBalance, -invoice.balance_applied_cents],
    ["Credit", invoice.balance_applied_cents - invoice.credit_applied_cents],
    ["Paid", -invoice.amount_paid_cents],
  ];
  const shown = after
    .filter(([, cents]) => cents !== 0)
    .map(([label, cents]) => ({ label, cents, kind: "part" as const }));
  const due = { label: "Amount due", cents: amountDueCents(invoice), kind: "total" as const };
  return html`<section aria-labelledby="lines">
    <h2 id="lines">What it is for</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Description</th>
          <th scope="col" class="number">Amount</th>
        </tr>
      </thead>
      <tbody>
        ${lines.map((line) => lineHtml(line, describeByName(line, meterNames), currency, customer.timezone))}
      </tbody>
      <tfoot>
        ${[...sumsOf(invoice), ...shown, ...(shown.length === 0 ? [] : [due])].map((sum) => sumHtml(sum, currency))}
      </tfoot>
    </table>
    ${taxNote(invoice) === null ? null : html`<p class="soft">${taxNote(invoice)}</p>`}
    ${invoice.memo === null ? null : html`<pre>${invoice.memo}</pre>`}
    <p><a href="/pay/${token}/pdf">Download as PDF</a></p>
  </section>`;
}

function lineHtml(line: LineItemRow, description: string, currency: string, timeZone: string): Html {
  const price =
    line.unit_amount === null
      ? quantity(line.quantity)
      : `${quantity(line.quantity)} × ${money(line.unit_amount, currency)}`;
  const period =
    line.period_start === null || line.period_end === null
      ? null
      : html`<br /><small>${periodOf(line.period_start, line.period_end, timeZone)}</small>`;
  return html`<tr>
    <td>${description}<br /><small>${price}</small>${period}</td>
    <td class="number">${moneyOfCents(line.amount_cents, currency)}</td>
  </tr>`;
}

/** The sandbox's stand-in for the page of a bank. */
export function stepHtml(token: string, invoice: InvoiceRow, payment: PaymentRow): Html {
  return html`<section>
    <h1>Confirm the payment</h1>
    <p>
      This stands for the page of a bank: confirm ${moneyOfCents(payment.amount_cents, payment.currency_code)} for
      invoice ${unbroken(invoice.number)}, or refuse it.
    </p>
    <form method="post" action="/pay/${token}/step" class="actions">
      <button type="submit" name="decision" value="confirm">Confirm</button>
      <button type="submit" name="decision" value="refuse" class="plain">Refuse</button>
      <button type="submit" name="decision" value="cancel" class="plain">Pay in another way</button>
    </form>
  </section>`;
}
