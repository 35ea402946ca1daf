import { html, type Html } from "../http/html.ts";
import type { CardIntake } from "../payments/payments.ts";
import { field, notice } from "./layout.ts";

/** What a card form has brought; null where a field is not what it must be. */
export type CardInput = { number: string; expires_month: number; expires_year: number };

/** The inputs of a card. The number is never put back into a page. */
export function cardFields(errors: Record<string, string>): Html {
  return html`${field({
    name: "number",
    label: "Card number",
    error: errors["card.number"],
    attributes: html`required inputmode="numeric" autocomplete="cc-number" placeholder="4242 4242 4242 4242"
    maxlength="23"`,
  })}
  ${field({
    name: "expiry",
    label: "Expires",
    error: errors["card.expires_month"] ?? errors["card.expires_year"],
    attributes: html`required inputmode="numeric" autocomplete="cc-exp" placeholder="MM / YY" maxlength="9"`,
  })}`;
}

/** What a customer fills in to save a card; nothing if a provider's page asks for it. */
export function intakeHtml(intake: CardIntake, errors: Record<string, string>): Html {
  if (intake === "form") return html`<div class="fields">${cardFields(errors)}</div>`;
  return html`${errors[""] === undefined ? null : notice("bad", errors[""])}
    <p>You'll enter your card on Stripe's secure page.</p>`;
}

/** The card of a form, to be read by its schema: an expiry that cannot be read is month 0, which that refuses. */
export function cardOf(form: URLSearchParams): CardInput {
  const [, month = "0", year = "0"] =
    /^\s*(\d{1,2})\s*[/\- ]?\s*(\d{2}|\d{4})\s*$/.exec(form.get("expiry") ?? "") ?? [];
  const expiresYear = Number.parseInt(year, 10);
  return {
    number: form.get("number") ?? "",
    expires_month: Number.parseInt(month, 10),
    expires_year: year.length === 2 ? 2_000 + expiresYear : expiresYear,
  };
}
