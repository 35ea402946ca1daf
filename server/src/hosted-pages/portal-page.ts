import type { PlanDocument } from "../../../core/plan.ts";
import { statusAt } from "../../../core/subscription.ts";
import { isSameDenomination, type Denomination } from "../../../core/denomination.ts";
import { minorUnitDigits } from "../../../core/currency.ts";
import { countryCodes } from "../customers/customers.ts";
import { html, type Html } from "../http/html.ts";
import type { InvoiceRow } from "../invoicing/schema.ts";
import type { CustomerUsage } from "../metering/metering.ts";
import type { CardIntake } from "../payments/payments.ts";
import type { PaymentMethodRow } from "../payments/schema.ts";
import type { SubscriptionRow } from "../subscriptions/schema.ts";
import { toState } from "../subscriptions/subscriptions.ts";
import type { LedgerEntryRow } from "../wallets/sql.ts";
import type { WalletState } from "../wallets/wallets.ts";
import { amountColumn, decimalsOf } from "./amount-column.ts";
import { intakeHtml } from "./card-form.ts";
import { cardHtml, cardName } from "./card-name.ts";
import { barChart } from "./chart.ts";
import { field, notice, selectField, unbroken } from "./layout.ts";
import { chargedNow, reviewHtml, type Review } from "./review.ts";
import { planHtml } from "./subscribe-page.ts";
import { day, moment, moneyOfCents, quantity } from "../http/words.ts";

const tabs = {
  overview: "Overview",
  balances: "Balances",
  usage: "Usage",
  invoices: "Invoices",
  "payment-methods": "Payment methods",
  details: "Billing details",
} as const;

export type PortalTab = keyof typeof tabs;

export function portalHtml(token: string, current: PortalTab, content: Html): Html {
  const links = Object.entries(tabs).map(([tab, label]) => {
    const address = tab === "overview" ? `/portal/${token}` : `/portal/${token}/${tab}`;
    return tab === current
      ? html`<a href="${address}" aria-current="page">${label}</a>`
      : html`<a href="${address}">${label}</a>`;
  });
  return html`<nav class="tabs" aria-label="Your account">${links}</nav>
    ${content}`;
}

export type Overview = {
  token: string;
  subscriptions: SubscriptionRow[];
  nameOfPlan(code: string): string;
  canChange: boolean;
  wallets: WalletState[];
  owed: InvoiceRow[];
  timeZone: string;
  now: Date;
  said: string | null;
};

const said: Record<string, string> = { cancel: "Your cancellation is noted.", plan: "Your plan was changed." };

export function overviewHtml(of: Overview): Html {
  const done = said[of.said ?? ""];
  return html`${done === undefined ? null : notice("good", done)}
    ${of.owed.map(
      (invoice) =>
        html`<section>
          ${notice("bad", html`Invoice ${unbroken(invoice.number)} is still to be paid.`)}
          <a class="button" href="/pay/${invoice.payment_token ?? ""}">Pay it</a>
        </section>`,
    )}
    <section>
      <h1>Subscriptions</h1>
      ${
        of.subscriptions.length === 0
          ? html`<p>You have no subscription.</p>`
          : html`<ul class="plain">
              ${of.subscriptions.map((row) => subscriptionHtml(of, row))}
            </ul>`
      }
    </section>
    ${
      of.wallets.length === 0
        ? null
        : html`<section>
            <h2>Balances</h2>
            ${walletsHtml(of.wallets)}
          </section>`
    }`;
}

const statuses = {
  pending: ["Not begun", ""],
  trialing: ["Trial", "good"],
  active: ["Active", "good"],
  past_due: ["Payment overdue", "bad"],
  canceled: ["Ended", ""],
} as const;

function subscriptionHtml({ token, nameOfPlan, canChange, timeZone, now }: Overview, row: SubscriptionRow): Html {
  const status = statusAt(toState(row), now.getTime());
  const [label, kind] = statuses[status];
  const isLive = status === "active" || status === "trialing" || status === "past_due";
  const address = `/portal/${token}/change?subscription=${row.subscription_id}`;
  return html`<li>
    <strong>${nameOfPlan(row.plan_code)}</strong> <span class="badge ${kind}">${label}</span>
    <p class="soft">${timesOf(row, isLive, timeZone, nameOfPlan)}</p>
    ${
      isLive
        ? html`<p class="actions">
            <a href="${address}"
              >${canChange ? "Change or cancel" : "Cancel"}<span class="visually-hidden">
                ${nameOfPlan(row.plan_code)}</span
              ></a
            >
          </p>`
        : null
    }
  </li>`;
}

function timesOf(
  row: SubscriptionRow,
  isLive: boolean,
  timeZone: string,
  nameOfPlan: (code: string) => string,
): string {
  if (row.ended_at !== null) return `Ended on ${day(row.ended_at, timeZone)}`;
  if (row.cancel_at !== null)
    return row.scheduled_plan_code === null
      ? `Ends on ${day(row.cancel_at, timeZone)}`
      : `Becomes ${nameOfPlan(row.scheduled_plan_code)} on ${day(row.cancel_at, timeZone)}`;
  return isLive ? `Renews on ${day(row.current_period_end, timeZone)}` : `Since ${day(row.start_date, timeZone)}`;
}

function walletsHtml(wallets: WalletState[]): Html {
  const isFiner = ({ denomination: { accountType, code }, available }: WalletState) =>
    accountType === "currency" && decimalsOf(available) > minorUnitDigits(code);
  return html`<dl>
      ${wallets.map(
        ({ denomination, available }) =>
          html`<dt>
              ${denomination.accountType === "currency" ? denomination.code.toUpperCase() : denomination.code.replaceAll("_", " ")}
            </dt>
            <dd>${amountColumn([available], denomination)(available)}</dd>`,
      )}
    </dl>
    ${
      wallets.some(isFiner)
        ? html`<p class="soft">Balances are exact to the last digit, because some usage costs less than a cent.</p>`
        : null
    }`;
}

export type ChangePage = {
  token: string;
  row: SubscriptionRow;
  change: { kind: "cancel"; mode: "now" | "end_of_period" } | { kind: "plan"; planCode: string } | null;
  plans: { code: string; name: string; document: PlanDocument }[];
  meterNames: ReadonlyMap<string, string>;
  /** Null while no change is chosen. */
  review: Review | null;
  timeZone: string;
};

export function changeHtml(page: ChangePage): Html {
  const { token, row, change, plans, meterNames, review, timeZone } = page;
  const address = `/portal/${token}/change?subscription=${row.subscription_id}`;
  if (change === null || review === null)
    return html`${
        plans.length === 0
          ? null
          : html`<section>
              <h1>Change plan</h1>
              ${plans.map(
                ({ code, name, document }) =>
                  html`<h2>${name}</h2>
                    ${planHtml(document, meterNames)}
                    <p><a class="button plain" href="${address}&plan=${code}">Look at ${name}</a></p>`,
              )}
            </section>`
      }
      <section>
        <h2>Cancel</h2>
        <p class="actions">
          <a class="button plain" href="${address}&cancel=end_of_period"
            >Cancel on ${day(row.current_period_end, timeZone)}</a
          >
          <a class="button plain" href="${address}&cancel=now">Cancel now</a>
        </p>
      </section>
      <p><a href="/portal/${token}">Back</a></p>`;
  const words = wordsOf(page, change, chargedNow(review));
  return html`<section>
    <h1>${words.title}</h1>
    <p>${words.text}</p>
    ${reviewHtml(review)}
    <form method="post" action="/portal/${token}/change" class="actions">
      <input type="hidden" name="subscription" value="${row.subscription_id}" />
      ${
        change.kind === "cancel"
          ? html`<input type="hidden" name="cancel" value="${change.mode}" />`
          : html`<input type="hidden" name="plan" value="${change.planCode}" />`
      }
      <button type="submit" class="${change.kind === "cancel" ? "danger" : ""}">${words.button}</button>
      <a class="button plain" href="${address}">${words.back}</a>
    </form>
  </section>`;
}

function wordsOf(
  { plans, row, timeZone }: ChangePage,
  change: NonNullable<ChangePage["change"]>,
  amount: string | null,
): { title: string; text: string; button: string; back: string } {
  if (change.kind === "plan") {
    const name = plans.find(({ code }) => code === change.planCode)?.name ?? change.planCode;
    return {
      title: `Move to ${name}`,
      text: "The change takes effect now. This is what it comes to:",
      button: amount === null ? "Change plan" : `Change plan and pay ${amount}`,
      back: "Back",
    };
  }
  const back = "Keep subscription";
  if (change.mode === "now") {
    const text = "The subscription ends at once. This is what it comes to:";
    return { title: "Cancel now", text, button: "Cancel now", back };
  }
  const text = `The subscription goes on until ${day(row.current_period_end, timeZone)} and ends then.`;
  return { title: "Cancel", text, button: "Cancel subscription", back };
}

const kinds: Record<LedgerEntryRow["kind"], string> = {
  grant: "Credits",
  usage: "Usage",
  usage_reversal: "Usage taken back",
  expiry: "Credits expired",
  void: "Credits withdrawn",
  invoice_settlement: "Invoiced",
  balance_applied: "Paid an invoice",
  balance_returned: "Back from an invoice",
  adjustment: "Adjustment",
};

export function balancesHtml(of: { wallets: WalletState[]; entries: LedgerEntryRow[]; timeZone: string }): Html {
  const rows = of.entries.map((entry) => {
    const write = columnOf(of.entries, denominationOf(entry));
    return html`<tr>
      <td>${kinds[entry.kind]}<br /><small>${moment(entry.occurred_at, of.timeZone)}</small></td>
      <td class="number">${write(entry.amount)}</td>
      <td class="number">${write(entry.balance_after)}</td>
    </tr>`;
  });
  return html`<section>
      <h1>Balances</h1>
      ${of.wallets.length === 0 ? html`<p>You have no balance yet.</p>` : walletsHtml(of.wallets)}
    </section>
    <section>
      <h2>Movements</h2>
      ${
        rows.length === 0
          ? html`<p>Nothing has moved yet.</p>`
          : html`<div class="scrolls" tabindex="0" role="region" aria-label="Movements">
              <table>
                <thead>
                  <tr>
                    <th scope="col">What</th>
                    <th scope="col" class="number">Amount</th>
                    <th scope="col" class="number">Balance</th>
                  </tr>
                </thead>
                <tbody>
                  ${rows}
                </tbody>
              </table>
            </div>`
      }
    </section>`;
}

/** Amounts and the balances after them have the same decimals, so that one is seen to come of the other. */
function columnOf(entries: LedgerEntryRow[], denomination: Denomination): ReturnType<typeof amountColumn> {
  const own = entries.filter((entry) => isSameDenomination(denominationOf(entry), denomination));
  return amountColumn(
    own.flatMap(({ amount, balance_after }) => [amount, balance_after]),
    denomination,
  );
}

function denominationOf({ account_type: accountType, code }: LedgerEntryRow): Denomination {
  return { accountType, code };
}

export type UsagePage = {
  token: string;
  meters: { code: string; name: string }[];
  meter: { code: string; name: string } | null;
  usage: CustomerUsage | null;
  timeZone: string;
};

export function usageHtml(page: UsagePage): Html {
  const { meters, meter, usage, timeZone } = page;
  if (meter === null || usage === null)
    return html`<section>
      <h1>Usage</h1>
      <p>Nothing is metered yet.</p>
    </section>`;
  const bars = usage.rows.map(({ startsAt, quantity: amount }) => ({
    label: day(new Date(startsAt), timeZone),
    amount: amount.toString(),
  }));
  const { eventCount } = usage.total;
  return html`<section>
    ${meters.length === 1 ? null : metersHtml(page)}
    <h1>${meter.name} in the last 30 days</h1>
    <p class="amount">${quantity(usage.total.quantity.toString())}</p>
    <p class="soft">from ${eventCount === 1 ? "1 event" : `${quantity(String(eventCount))} events`}</p>
    ${barChart(`${meter.name} by day`, bars)}
  </section>`;
}

function metersHtml({ token, meters, meter }: UsagePage): Html {
  return html`<nav class="tabs" aria-label="Meters">
    ${meters.map(({ code, name }) => {
      const current = code === meter?.code ? html`aria-current="true"` : null;
      return html`<a href="/portal/${token}/usage?meter=${code}" ${current}>${name}</a>`;
    })}
  </nav>`;
}

const invoiceStatuses = {
  draft: ["Draft", ""],
  open: ["To be paid", "bad"],
  paid: ["Paid", "good"],
  void: ["Voided", ""],
  uncollectible: ["Not paid", "bad"],
} as const;

export function invoicesHtml(invoices: InvoiceRow[], timeZone: string): Html {
  if (invoices.length === 0)
    return html`<section>
      <h1>Invoices</h1>
      <p>There are no invoices yet.</p>
    </section>`;
  return html`<section>
    <h1>Invoices</h1>
    <div class="scrolls" tabindex="0" role="region" aria-label="Invoices">
      <table>
        <thead>
          <tr>
            <th scope="col">Invoice</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">Total</th>
          </tr>
        </thead>
        <tbody>
          ${invoices.map((invoice) => {
            const [label, kind] = invoiceStatuses[invoice.status];
            return html`<tr>
              <td>
                <a href="/pay/${invoice.payment_token ?? ""}">${unbroken(invoice.number)}</a><br /><small
                  >${day(invoice.finalized_at ?? invoice.created_at, timeZone)}</small
                >
              </td>
              <td><span class="badge ${kind}">${label}</span></td>
              <td class="number">${moneyOfCents(invoice.total_cents, invoice.currency_code)}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </section>`;
}

export function methodsHtml(of: {
  token: string;
  methods: PaymentMethodRow[];
  defaultId: string | null;
  cardIntake: CardIntake;
  errors: Record<string, string>;
}): Html {
  const address = `/portal/${of.token}/payment-methods`;
  const items = of.methods.map((method) => {
    const isDefault = method.payment_method_id === of.defaultId;
    const name = cardName(method);
    return html`<li class="with-actions">
      <div>
        <strong>${cardHtml(method)}</strong>
        ${isDefault ? html`<span class="badge good">Charged automatically</span>` : null}
        <p class="soft">Expires ${String(method.expires_month).padStart(2, "0")}/${method.expires_year}</p>
      </div>
      <form method="post" action="${address}" class="actions">
        <input type="hidden" name="method" value="${method.payment_method_id}" />
        ${isDefault ? null : html`<button class="plain small" name="action" value="make-default" aria-label="Charge this one: ${name}">Charge this one</button>`}
        <button class="danger small" name="action" value="delete" aria-label="Remove ${name}">Remove</button>
      </form>
    </li>`;
  });
  return html`<section>
      <h1>Payment methods</h1>
      ${
        items.length === 0
          ? html`<p>No card is saved.</p>`
          : html`<ul class="plain">
              ${items}
            </ul>`
      }
    </section>
    ${
      of.cardIntake !== null
        ? html`<section aria-labelledby="add">
            <h2 id="add">Add a card</h2>
            <form method="post" action="${address}">
              ${intakeHtml(of.cardIntake, of.errors)}
              <button name="action" value="add">Save card</button>
            </form>
          </section>`
        : null
    }`;
}

const countryNames = new Intl.DisplayNames("en", { type: "region" });

/** In the order of their names. */
const countries = countryCodes
  .map((code) => ({ value: code, label: countryNames.of(code) ?? code }))
  .toSorted((one, other) => one.label.localeCompare(other.label, "en"));

export function detailsHtml(of: {
  token: string;
  /** What the fields hold, by their names: what is stored, or what was just sent and refused. */
  values: Readonly<Record<string, string | null | undefined>>;
  errors: Record<string, string>;
  said: string | null;
}): Html {
  const named = (name: string, label: string) => ({
    name,
    label,
    value: of.values[name] ?? "",
    error: of.errors[name] ?? of.errors[`billing_address.${name}`],
  });
  const text = (name: string, label: string, autocomplete: string) =>
    field({ ...named(name, label), attributes: html`autocomplete="${autocomplete}" maxlength="255"` });
  return html`${of.said === null ? null : notice("good", "Saved.")}
    <section>
      <h1>Billing details</h1>
      <form method="post" action="/portal/${of.token}/details">
        <div class="fields even">
          ${text("name", "Name", "organization")} ${text("email", "Email", "email")} ${text("tax_id", "Tax id", "off")}
          ${text("line1", "Street and number", "address-line1")}
          ${text("line2", "Flat, floor, building", "address-line2")}
          ${text("postal_code", "Postal code", "postal-code")} ${text("city", "City", "address-level2")}
          ${text("state", "State or region", "address-level1")}
          ${selectField({ ...named("country", "Country"), options: countries, attributes: html`autocomplete="country"` })}
        </div>
        <button type="submit">Save</button>
      </form>
    </section>`;
}
