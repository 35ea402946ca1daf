/** Makes the lines of every finalized invoice again from what was kept of its billings, and compares them with what is stored. */
import { decimal, zero, type Decimal } from "../../../core/decimal.ts";
import { fromMinorUnits } from "../../../core/minor-unit.ts";
import { invoiceLines } from "../../../core/period-invoice.ts";
import type { Catalog } from "../catalog/catalog.ts";
import {
  canonical,
  detailsOf,
  finalizedInvoices,
  settledAsPaid,
  toLineItem,
  verifyNumbers,
  verifySums,
} from "../invoicing/invoicing.ts";
import type { InvoiceKey, LineItemRow, WholeInvoice } from "../invoicing/schema.ts";
import type { Queryable } from "../platform/db.ts";
import { planOfSubscription } from "../subscriptions/subscriptions.ts";
import { sumOfInvoices } from "../wallets/wallets.ts";
import { describeAll } from "./billing.ts";
import { derivationsOf } from "./explain.ts";
import type { Derivation } from "./explain-schema.ts";
import { toLineInputs, toSettled } from "./inputs.ts";

export type InvoiceVerification = {
  invoices: number;
  lines: number;
  /** Lines of billings that were made before their inputs were kept. */
  withoutInputs: number;
  problems: string[];
};

/**
 * Checks every finalized invoice of all tenants: numbers without gaps, totals of lines, discounts and taxes, what the ledger says that it took of
 * the balance, and each line of a billing made
 * again from its inputs and compared byte for byte. Lines made by hand are what they say. Holds a page of invoices in memory at a time.
 */
export async function verifyInvoices(db: Queryable, catalog: Catalog): Promise<InvoiceVerification> {
  const result: InvoiceVerification = { invoices: 0, lines: 0, withoutInputs: 0, problems: await verifyNumbers(db) };
  for await (const page of finalizedInvoices(db)) {
    const moved = await movedBy(db, page);
    for (const { key, ...whole } of page) {
      // Each tenant has an invoice of the same number: the id tells them apart.
      const name = `Invoice ${whole.invoice.number} (${key.invoiceId})`;
      const complain = (what: string) => result.problems.push(`${name}: ${what}`);
      result.invoices += 1;
      result.lines += whole.lines.length;
      for (const problem of verifySums(whole)) complain(problem);
      for (const problem of verifyBalance(whole, moved.get(key.invoiceId))) complain(problem);
      const { problems, withoutInputs } = await verifyLines(db, catalog, key, whole);
      result.withoutInputs += withoutInputs;
      for (const problem of problems) complain(problem);
    }
  }
  return result;
}

type Moved = { applied: Decimal; returned: Decimal };

/** By invoice: what the ledgers say that it took of a balance and gave back. */
async function movedBy(db: Queryable, page: { key: InvoiceKey }[]): Promise<Map<string, Moved>> {
  const keys = page.map(({ key }) => key);
  const found = await sumOfInvoices(
    db,
    keys,
    keys.map(({ invoiceId }) => invoiceId),
  );
  return new Map(found.map(({ invoiceId, ...moved }) => [invoiceId, moved]));
}

function verifyBalance({ invoice }: WholeInvoice, { applied, returned }: Moved = { applied: zero, returned: zero }) {
  const { currency_code: currency, balance_applied_cents, balance_returned_cents } = invoice;
  const differs = (cents: number, amount: Decimal) => !fromMinorUnits(BigInt(cents), currency).equals(amount);
  return [
    ...(differs(balance_applied_cents, applied)
      ? [`it took ${balance_applied_cents} minor units of the balance, and the ledger says ${applied.toString()}.`]
      : []),
    ...(differs(balance_returned_cents, returned)
      ? [
          `it gave ${balance_returned_cents} minor units back to the balance, and the ledger says ${returned.toString()}.`,
        ]
      : []),
  ];
}

async function verifyLines(db: Queryable, catalog: Catalog, key: InvoiceKey, { invoice, lines }: WholeInvoice) {
  const derivations = await derivationsOf(db, { id: key.tenantId }, key, lines);
  const made = new Map<string, Made>();
  for (const [id, derivation] of derivations)
    made.set(id, await linesAgain(db, catalog, key, derivation, invoice.currency_code));
  const problems: string[] = [];
  let withoutInputs = 0;
  for (const line of lines) {
    const { billing_id: id } = line;
    if (id === null) continue;
    const derivation = derivations.get(id);
    if (derivation === undefined) problems.push(`line "${line.description}" is of a billing that is not there.`);
    else if (derivation.billing.inputs === null) withoutInputs += 1;
    else if (invoice.is_edited && id === invoice.billing_id) continue;
    else if (!takeSame(made.get(id) as Made, line, invoice.currency_code))
      problems.push(`line "${line.description}" of ${line.amount} is not what its billing comes to.`);
  }
  const missing = invoice.is_edited ? [] : (made.get(invoice.billing_id ?? "")?.own ?? []);
  for (const line of missing) problems.push(`a line "${line.description}" of ${line.amount} is missing.`);
  return { problems, withoutInputs };
}

/** What a billing comes to in a currency. What it gives back goes to whichever invoice has room for it. */
type Made = { own: LineItemRow[]; givenBack: LineItemRow[] };

async function linesAgain(
  db: Queryable,
  catalog: Catalog,
  key: InvoiceKey,
  { billing, subscription }: Derivation,
  currencyCode: string,
): Promise<Made> {
  if (billing.inputs === null) return { own: [], givenBack: [] };
  const version = await catalog.planVersion(db, key.tenantId, subscription.plan_code, subscription.plan_version);
  const plan = planOfSubscription(subscription, version);
  const { drafts, refunds } = invoiceLines(
    toLineInputs({ ...billing, inputs: billing.inputs }, plan),
    toSettled(billing),
  );
  const toItems = (all: typeof drafts) =>
    all
      .filter((each) => each.currencyCode === currencyCode)
      .flatMap((each) =>
        describeAll({ plan }, each.lines, billing.billing_id).map((line) => toLineItem(line, billing.created_at)),
      );
  return { own: toItems(drafts), givenBack: toItems(refunds) };
}

/** Takes the line out of what was made; false if there is none like it. */
function takeSame({ own, givenBack }: Made, line: LineItemRow, currencyCode: string): boolean {
  const asPaid = detailsOf(line)?.as_paid;
  const text = contentOf(line);
  for (const made of [own, givenBack]) {
    const index = made.findIndex(
      (each) => contentOf(asPaid === undefined ? each : settledAsPaid(each, currencyCode, asPaid)) === text,
    );
    if (index === -1) continue;
    made.splice(index, 1);
    return true;
  }
  return false;
}

/** What a line says, without its id and when it was stored. */
function contentOf(line: LineItemRow): string {
  const { type, description, quantity, unit_amount, amount, amount_cents, period_start, period_end, meter_code } = line;
  const plain = (text: string | null) => (text === null ? null : decimal(text).toString());
  return canonical({
    type,
    description,
    quantity: plain(quantity),
    unit_amount: plain(unit_amount),
    amount: plain(amount),
    amount_cents,
    period_start,
    period_end,
    meter_code,
    details: line.details,
  });
}
