/** What a saved card is called. */
import { html, type Html } from "../http/html.ts";
import type { PaymentMethodRow } from "../payments/schema.ts";

type Card = Pick<PaymentMethodRow, "brand" | "last_four">;

/** To the eye as it stands on the card, "Visa •••• 4242"; to who has it read aloud, its name. */
export function cardHtml(card: Card): Html {
  return html`<span aria-hidden="true">${brandName(card)} •••• ${card.last_four}</span
    ><span class="visually-hidden">${cardName(card)}</span>`;
}

/** Example: Visa ending in 4242. */
export function cardName(card: Card): string {
  return `${brandName(card)} ending in ${card.last_four}`;
}

/** As Stripe writes brands, where the name is more than a capital letter away. */
const brandNames: Record<string, string> = {
  amex: "American Express",
  diners: "Diners Club",
  eftpos_au: "eftpos",
  jcb: "JCB",
  unionpay: "UnionPay",
  unknown: "Card",
};

function brandName({ brand }: Card): string {
  return brandNames[brand] ?? `${brand.charAt(0).toUpperCase()}${brand.slice(1)}`;
}
