import { html, type Html } from "../http/html.ts";
import { moneyOfCents } from "../http/words.ts";
import type { sumsOf } from "../invoicing/invoicing.ts";

/** A row of how an invoice adds up. */
export function sumHtml({ label, cents, kind }: ReturnType<typeof sumsOf>[number], currency: string): Html {
  const attributes = kind === "total" ? html`class="total"` : kind === "contained" ? html`class="soft"` : null;
  return html`<tr ${attributes}>
    <td>${label}</td>
    <td class="number">${moneyOfCents(cents, currency)}</td>
  </tr>`;
}
