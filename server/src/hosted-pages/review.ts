/** What a change of subscriptions comes to, for whoever is about to agree to it: as it would be stored. */
import type { PlanDocument } from "../../../core/plan.ts";
import { meterNames } from "../catalog/catalog.ts";
import type { Tenant } from "../http/authentication.ts";
import { html, type Html } from "../http/html.ts";
import { daysOf, moneyOfCents, periodOf } from "../http/words.ts";
import { amountDueCents, balanceSums, sumsOf, type OpenInvoice } from "../invoicing/invoicing.ts";
import type { LineItemRow } from "../invoicing/schema.ts";
import type { Queryable } from "../platform/db.ts";
import { describeByName, proratedPeriod, type Account } from "../renewals/renewals.ts";
import { unbroken } from "./layout.ts";
import { sumHtml } from "./sum-row.ts";

export type Review = {
  /** As it would be afterwards. */
  account: Account;
  meterNames: ReadonlyMap<string, string>;
  /** Whether there is, or will be, a card that invoices are charged to. */
  isCharged: boolean;
  timeZone: string;
};

/** What the meters are called that these plans price, and that are on the invoices of the account. */
export async function namesOfMeters(
  db: Queryable,
  tenant: Tenant,
  of: { plans: PlanDocument[]; account: Account | null },
): Promise<Map<string, string>> {
  const priced = of.plans.flatMap(({ usagePrices }) => usagePrices.map(({ meterCode }) => meterCode));
  const invoiced = of.account?.books.invoices.flatMap(({ lines }) =>
    lines.flatMap(({ meter_code }) => meter_code ?? []),
  );
  return meterNames(db, tenant, [...priced, ...(invoiced ?? [])]);
}

/** The invoices that are charged now, then what waits for the next one, then what is given back. */
export function reviewHtml(review: Review): Html {
  const { account, isCharged } = review;
  const { finals, drafts } = changedInvoices(account);
  const notes = account.books.creditNotes.map(
    (note) =>
      html`<p>You get ${moneyOfCents(note.total_cents, note.currency_code)} back as credit for unused time.</p>`,
  );
  if (finals.length + drafts.length + notes.length === 0) return html`<p>Nothing is charged now.</p>`;
  return html`${finals.map((each) => invoiceHtml(review, each, isCharged ? "Charged now" : "Invoiced now"))}
  ${drafts.map((each) => invoiceHtml(review, each, "On the next invoice"))} ${notes}`;
}

/** What a card is charged at once, to stand on the button; null if nothing is. Example: "$21.63". */
export function chargedNow({ account, isCharged }: Review): string | null {
  if (!isCharged) return null;
  const due = new Map<string, number>();
  for (const { invoice } of changedInvoices(account).finals)
    due.set(invoice.currency_code, (due.get(invoice.currency_code) ?? 0) + amountDueCents(invoice));
  const amounts = [...due].filter(([, cents]) => cents > 0).map(([currency, cents]) => moneyOfCents(cents, currency));
  return amounts.length === 0 ? null : amounts.join(" and ");
}

/** Those that the change makes or moves on, and that something is on. */
function changedInvoices({ books }: Account): { finals: OpenInvoice[]; drafts: OpenInvoice[] } {
  const changed = books.invoices.filter(
    ({ stored, invoice, lines }) =>
      (stored === null || (stored.invoice.status === "draft" && stored.invoice !== invoice)) &&
      lines.some(({ amount_cents }) => amount_cents !== 0),
  );
  const isDraft = ({ invoice }: OpenInvoice) => invoice.status === "draft";
  return { finals: changed.filter((each) => !isDraft(each)), drafts: changed.filter(isDraft) };
}

function invoiceHtml(review: Review, { invoice, lines }: OpenInvoice, when: string): Html {
  const { currency_code: currency } = invoice;
  return html`<table>
    <caption class="soft">
      ${when}
    </caption>
    <tbody>
      ${lines.map((line) => {
        const time = timeOf(review, line);
        return html`<tr>
          <td>
            ${describeByName(line, review.meterNames)}${time === null ? null : html`<br /><small>${time}</small>`}
          </td>
          <td class="number">${moneyOfCents(line.amount_cents, currency)}</td>
        </tr>`;
      })}
    </tbody>
    <tfoot>
      ${[...sumsOf(invoice), ...balanceSums(invoice)].map((sum) => sumHtml(sum, currency))}
    </tfoot>
  </table>`;
}

/** Example: "Mar 1 – 31, 2026"; of a part of that, "Prorated, Mar 10 – 31, 2026 (22 of 31 days)". */
function timeOf({ account, timeZone }: Review, line: LineItemRow): Html | null {
  if (line.period_start === null || line.period_end === null) return null;
  const period = periodOf(line.period_start, line.period_end, timeZone);
  const share = proratedPeriod(account, line);
  return share === null ? html`${period}` : html`Prorated, ${period} ${unbroken(`(${daysOf(share)})`)}`;
}
