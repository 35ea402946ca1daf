/** An invoice as a document: everything that its PDF shows, as text. The same invoice makes the same document for ever once it is final. */
import type { Denomination } from "../../../core/denomination.ts";
import type { Address } from "../customers/schema.ts";
import { findLogo } from "../companies/companies.ts";
import { amountOf, day, money, moneyOfCents, periodOf, quantity } from "../http/words.ts";
import type { CustomerKey } from "../customers/customers.ts";
import type { Queryable } from "../platform/db.ts";
import type { RenderPdf } from "./pdf-renderer.ts";
import { detailsOf, type InvoiceRow, type LineItemRow, type StoredStep, type WholeInvoice } from "./schema.ts";
import * as rows from "./sql.ts";
import { balanceSums, sumsOf, taxNote } from "./sums.ts";
import { keyOf } from "./whole-invoice.ts";

type Parties = {
  company: Record<"name" | "address" | "tax_id" | "email" | "footer" | "logo_id", string | null>;
  customer: Record<"name" | "email" | "tax_id", string | null> & { address: Address | null; timezone: string };
};

/** All text is as it is shown; nothing is computed of it any more. */
export type InvoiceDocument = {
  title: string;
  /** Across a page that is not final. */
  mark: string | null;
  /** In milliseconds: the PDF says no other time, so that it is the same whenever it is made. */
  madeAt: number;
  from: string[];
  to: string[];
  facts: { label: string; text: string }[];
  lines: { description: string; detail: string; quantity: string; unitPrice: string; amount: string }[];
  sums: { label: string; amount: string; isTotal: boolean }[];
  notes: string[];
  /** How the amounts of usage came about; a heading and its lines each. */
  appendix: { title: string; lines: { text: string; amount: string }[] }[];
  footer: string;
  /** A PNG or JPEG. */
  logo: Uint8Array | null;
};

/** Example: INV-000042.pdf. */
export function pdfName({ invoice }: WholeInvoice): string {
  return `${(invoice.number ?? "draft").replaceAll(/[^\w.-]/g, "_")}.pdf`;
}

/** The invoice as a PDF; a draft says that it is one. The same bytes whenever it is asked for once it is final. */
export async function invoicePdf(
  db: Queryable,
  key: CustomerKey,
  whole: WholeInvoice,
  render: RenderPdf,
): Promise<Buffer> {
  const parties = await rows.findParties<Parties>(db, keyOf(key.tenantId, whole.invoice));
  const { logo_id: logoId } = parties.company;
  const logo = logoId === null ? null : await findLogo(db, { id: key.tenantId }, logoId);
  return render(toDocument(whole, parties, logo));
}

export function toDocument({ invoice, lines }: WholeInvoice, parties: Parties, logo: Buffer | null): InvoiceDocument {
  const { company, customer } = parties;
  const { currency_code: currency } = invoice;
  return {
    title: invoice.number === null ? "Draft invoice" : `Invoice ${invoice.number}`,
    mark: invoice.number === null ? "DRAFT" : null,
    madeAt: (invoice.finalized_at ?? invoice.created_at).getTime(),
    from: [company.name, ...splitLines(company.address), taxLine(company.tax_id), company.email].filter(isText),
    to: [customer.name, ...addressLines(customer.address), taxLine(customer.tax_id), customer.email].filter(isText),
    facts: factsOf(invoice, customer.timezone),
    lines: lines.map((line) => lineOf(line, currency, customer.timezone)),
    sums: shownSums(invoice),
    notes: [taxNote(invoice), invoice.memo].filter(isText),
    appendix: lines.flatMap((line) => breakdownOf(line)),
    footer: company.footer ?? "",
    logo: logo === null ? null : Uint8Array.from(logo),
  };
}

const isText = (text: string | null): text is string => text !== null && text !== "";

function splitLines(text: string | null): string[] {
  return text === null ? [] : text.split("\n");
}

function taxLine(taxId: string | null): string | null {
  return taxId === null ? null : `Tax id ${taxId}`;
}

function addressLines(address: Address | null): string[] {
  if (address === null) return [];
  const place = [address.postal_code, address.city].filter(isText).join(" ");
  return [address.line1, address.line2, place, address.state, address.country].filter(isText);
}

function factsOf(invoice: InvoiceRow, timeZone: string): InvoiceDocument["facts"] {
  const facts: [string, string | null][] = [
    ["Number", invoice.number],
    ["Date", day(invoice.finalized_at ?? invoice.created_at, timeZone)],
    ["Due", invoice.due_date === null ? null : day(invoice.due_date, timeZone)],
    [
      "Period",
      invoice.period_start === null || invoice.period_end === null
        ? null
        : periodOf(invoice.period_start, invoice.period_end, timeZone),
    ],
  ];
  return facts.flatMap(([label, text]) => (text === null ? [] : [{ label, text }]));
}

function lineOf(line: LineItemRow, currency: string, timeZone: string): InvoiceDocument["lines"][number] {
  const detail =
    line.period_start === null || line.period_end === null
      ? ""
      : periodOf(line.period_start, line.period_end, timeZone);
  return {
    description: line.description,
    detail,
    quantity: quantity(line.quantity),
    unitPrice: line.unit_amount === null ? "" : money(line.unit_amount, currency),
    amount: moneyOfCents(line.amount_cents, currency),
  };
}

/** As the invoice was when it was made: what is paid later is on receipts. */
function shownSums(invoice: InvoiceRow): InvoiceDocument["sums"] {
  return [...sumsOf(invoice), ...balanceSums(invoice)].map(({ label, cents, kind }) => ({
    label,
    amount: moneyOfCents(cents, invoice.currency_code),
    isTotal: kind === "total",
  }));
}

/** How the amount of usage came about: the steps of each dimension, and what credits paid of it. */
function breakdownOf(line: LineItemRow): InvoiceDocument["appendix"] {
  const details = detailsOf(line);
  if (details === null || !Array.isArray(details.dimensions)) return [];
  const denomination: Denomination = {
    accountType: details.account_type,
    code: details.currency_code ?? details.pricing_unit_code ?? "",
  };
  const steps = details.dimensions.flatMap(({ dimension, lines }) =>
    lines.map((step) => stepOf(step, dimension, denomination)),
  );
  const capped = (details.maximum ?? []).map((step) => stepOf(step, "", denomination));
  const paid =
    details.paid_by_credits === null || details.paid_by_credits === "0"
      ? []
      : [{ text: "Paid by credits", amount: `-${amountOf(details.paid_by_credits, denomination)}` }];
  const lines = [...steps, ...capped, ...paid];
  return lines.length === 0 ? [] : [{ title: line.description, lines }];
}

function stepOf(step: StoredStep, dimension: string, denomination: Denomination): { text: string; amount: string } {
  const tier = step.tier === null ? "" : `tier ${step.tier}${rangeOf(step)}`;
  const price =
    step.unitAmount === null
      ? quantity(step.quantity)
      : `${quantity(step.quantity)} × ${amountOf(step.unitAmount, denomination)}`;
  const parts = [dimensionWords(dimension), step.kind.replaceAll("_", " "), tier, price];
  return { text: parts.filter((part) => part !== "").join(", "), amount: amountOf(step.amount, denomination) };
}

function rangeOf({ from, upTo }: StoredStep): string {
  if (upTo === null) return from === null ? "" : ` (above ${quantity(from)})`;
  return ` (up to ${quantity(upTo)})`;
}

/** A dimension is stored as the JSON of its values; of a price that looks at none it is empty. */
function dimensionWords(dimension: string): string {
  return dimension.replaceAll(/[[\]"]/g, "").replaceAll(",", ", ");
}
