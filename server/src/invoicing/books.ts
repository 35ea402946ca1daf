/**
 * The invoices and credit notes that billing makes of customers, in memory until they are stored together. A preview makes the same
 * and stores nothing.
 */
import { Decimal, one, zero, type Decimal as Amount } from "../../../core/decimal.ts";
import { lineAmount, shareOut } from "../../../core/invoice-totals.ts";
import { fromMinorUnits } from "../../../core/minor-unit.ts";
import type { InvoiceLine } from "../../../core/period-invoice.ts";
import type { TaxTreatment } from "../../../core/tax.ts";
import { markInvoiced, type CustomerKey } from "../customers/customers.ts";
import { findOpenDiscounts, saveDiscounts, takeDiscounts, type DiscountChanges } from "../discounts/discounts.ts";
import { presentDenomination } from "../http/denomination.ts";
import type { Transaction } from "../platform/db.ts";
import { writeMails, type CustomerMail } from "../mail/mail.ts";
import { createId } from "../platform/ids.ts";
import { taxSource, untaxed } from "../taxes/taxes.ts";
import { insertCreditNotes, sumCredited, type CreditNoteRow } from "./credit-note-sql.ts";
import { amountDueCents, detailsOf, type InvoiceRow, type LineItemRow, type WholeInvoice } from "./schema.ts";
import type { OpenWallets } from "../wallets/wallets.ts";
import { applyBalance, balanceShare, returnBalance } from "./balance.ts";
import * as rows from "./sql.ts";
import { taxIn, toInvoiceDiscount, totalsOf } from "./totals.ts";
import {
  defaultDaysUntilDue,
  finalized,
  insertWhole,
  keyOf,
  mailFinalized,
  planReminders,
  takeNumbers,
  toCents,
  uncollected,
  unpaid,
  withCredit,
  withLines,
} from "./whole-invoice.ts";

/** An invoice under its customer's lock, and how it differs from what is stored. */
export type OpenInvoice = WholeInvoice & {
  /** Null of a new one. */
  stored: WholeInvoice | null;
  isFinalizing: boolean;
};

/** The invoices and credit notes of one customer that billing has made or changed. */
export type Books = {
  key: CustomerKey;
  /** Whether drafts are charged as they are finalized, because there is a payment method to charge; else they are sent. */
  chargesAutomatically: boolean;
  invoices: OpenInvoice[];
  creditNotes: CreditNoteRow[];
  treatment: TaxTreatment;
  /** The discounts that an invoice may still have. */
  discounts: DiscountChanges;
};

/** A line as core makes it, with the words that it is shown with. */
export type DescribedLine = { line: InvoiceLine; description: string; billingId: string };

/** The books of these customers, by customer id, with these invoices of theirs in them under their locks. */
export async function openBooks(
  tx: Transaction,
  owners: Pick<Books, "key" | "chargesAutomatically">[],
  invoiceIds: string[],
): Promise<Map<string, Books>> {
  const keys = owners.map(({ key }) => key);
  const [treatments, discounts] = await Promise.all([taxSource.treatmentsOf(tx, keys), findOpenDiscounts(tx, keys)]);
  const books = new Map<string, Books>(
    owners.map((owner) => {
      const { customerId } = owner.key;
      const stored = discounts.get(customerId) ?? [];
      const treatment = treatments.get(customerId) ?? untaxed;
      return [
        customerId,
        { ...owner, invoices: [], creditNotes: [], treatment, discounts: { stored, current: stored } },
      ];
    }),
  );
  if (invoiceIds.length === 0) return books;
  const invoices = await rows.lockInvoices(tx, keys, invoiceIds);
  await readStored(tx, invoices, ({ customer_id }) => books.get(customer_id) as Books);
  return books;
}

/** Adds stored invoices, with their lines, to the books that they are of. */
async function readStored(tx: Transaction, invoices: InvoiceRow[], booksOf: (invoice: InvoiceRow) => Books) {
  const keyed = invoices.map((invoice) => ({ key: keyOf(booksOf(invoice).key.tenantId, invoice), invoice }));
  for (const { invoice, lines } of await withLines(tx, keyed))
    booksOf(invoice).invoices.push({ invoice, lines, stored: { invoice, lines }, isFinalizing: false });
}

/** A new draft with the lines of a billing. */
export function draftFor(
  books: Books,
  of: { subscriptionId: string; billingId: string; currencyCode: string; lines: DescribedLine[]; at: Date },
  now: Date,
): OpenInvoice {
  const { subscriptionId, currencyCode, at } = of;
  const invoiceId = createId(now);
  const { taken, after } = takeDiscounts(books.discounts.current, { invoiceId, subscriptionId, currencyCode, at });
  books.discounts = { ...books.discounts, current: after };
  const lines = of.lines.map((each) => toLineItem(each, now));
  const invoice: InvoiceRow = {
    bucket: books.key.bucket,
    customer_id: books.key.customerId,
    invoice_id: invoiceId,
    number: null,
    status: "draft",
    subscription_id: subscriptionId,
    billing_id: of.billingId,
    currency_code: currencyCode,
    ...(books.chargesAutomatically
      ? { collection_method: "charge_automatically" as const, days_until_due: null }
      : { collection_method: "send_invoice" as const, days_until_due: defaultDaysUntilDue }),
    due_date: null,
    ...timeOf(lines),
    ...totalsOf(lines, { discounts: taken.map(toInvoiceDiscount), treatment: books.treatment }),
    ...unpaid,
    memo: null,
    metadata: {},
    ...uncollected,
    finalized_at: null,
    paid_at: null,
    voided_at: null,
    created_at: now,
    updated_at: now,
  };
  const open: OpenInvoice = { invoice, lines, stored: null, isFinalizing: false };
  books.invoices.push(open);
  return open;
}

/** The draft with the lines of its billing made anew, as they are then; those made by hand and those of other billings stay. */
export function remakeDraft(books: Books, open: OpenInvoice, lines: DescribedLine[], now: Date): void {
  const kept = open.lines.filter(({ billing_id }) => billing_id !== open.invoice.billing_id);
  open.invoice = { ...open.invoice, is_edited: false };
  setLines(books, open, [...lines.map((each) => toLineItem(each, now)), ...kept], now);
}

/** Adds lines to a draft. */
export function addLines(books: Books, open: OpenInvoice, lines: DescribedLine[], now: Date): void {
  setLines(books, open, [...open.lines, ...lines.map((each) => toLineItem(each, now))], now);
}

function setLines({ treatment }: Books, open: OpenInvoice, lines: LineItemRow[], now: Date): void {
  const { discounts } = open.invoice;
  open.lines = lines;
  open.invoice = { ...open.invoice, ...timeOf(lines), ...totalsOf(lines, { discounts, treatment }), updated_at: now };
}

/** The time that the lines are for, together. */
function timeOf(lines: LineItemRow[]): Pick<InvoiceRow, "period_start" | "period_end"> {
  const starts = lines.flatMap(({ period_start }) => (period_start === null ? [] : [period_start.getTime()]));
  const ends = lines.flatMap(({ period_end }) => (period_end === null ? [] : [period_end.getTime()]));
  if (starts.length === 0) return { period_start: null, period_end: null };
  return { period_start: new Date(Math.min(...starts)), period_end: new Date(Math.max(...ends)) };
}

/**
 * Finalizes the draft, with the customer's balance applied to it; its number comes as it is stored. One that comes to less than nothing is brought to 0 by a line that gives the
 * rest to the customer: returned, in the currency, for the wallet; zero otherwise.
 */
export function closeDraft(books: Books, wallets: OpenWallets, open: OpenInvoice, now: Date): Amount {
  // Taxed as the customer is now: where they are may have become known since it was made.
  setLines(books, open, open.lines, now);
  const { total_cents, currency_code } = open.invoice;
  let credit = zero;
  if (total_cents < 0) {
    credit = fromMinorUnits(BigInt(-total_cents), currency_code);
    setLines(books, open, [...open.lines, balancingLine(credit, currency_code, now)], now);
  }
  open.invoice = finalized(applyBalance(wallets, open.invoice, now), now);
  open.isFinalizing = true;
  return credit;
}

function balancingLine(credit: Amount, currencyCode: string, now: Date): LineItemRow {
  const { amount, amountMinor } = lineAmount({ quantity: one, unitAmount: credit, currencyCode });
  return {
    line_item_id: createId(now),
    type: "proration",
    description: "Added to your balance",
    quantity: "1",
    unit_amount: amount.toString(),
    amount: amount.toString(),
    amount_cents: toCents(amountMinor, "line_items"),
    period_start: null,
    period_end: null,
    meter_code: null,
    details: null,
    is_discountable: false,
    billing_id: null,
    created_at: now,
  };
}

/** How far back the invoices are looked for that a refund goes against. */
const invoicesToCredit = 50;

/**
 * Gives back what `lines`, below zero, come to: on the subscription's last invoice while that is a draft, else by credit notes against its
 * finalized invoices, the newest first, each for no more than it came to. Lines say what something costs by itself; what is given back is what
 * it came to on its invoice, with the discounts and taxes of that. A credit note lowers what is due of its invoice first; then goes back what came
 * as payments, and then, to where it was taken from, what the invoice took of the balance.
 * Returns what is left for the customer's wallet, in the currency.
 */
export async function creditInvoices(
  tx: Transaction,
  books: Books,
  wallets: OpenWallets,
  of: GivenBack & { reason: string },
  now: Date,
): Promise<Amount> {
  let left = -of.lines.reduce((cents, { line }) => cents + toCents(line.amountMinor, "line_items"), 0);
  if (left <= 0) return zero;
  const invoices = await invoicesOf(tx, books, of);
  const draft = invoices.find(({ invoice }) => invoice.status === "draft");
  if (draft !== undefined && draft.invoice.subtotal_cents >= left) {
    addLines(books, draft, of.lines, now);
    return zero;
  }
  const finals = invoices.filter(({ invoice }) => invoice.status !== "draft" && invoice.subtotal_cents > 0);
  const credited = await creditedOf(tx, books, finals);
  let given = 0;
  for (const open of finals) {
    const { invoice } = open;
    const { subtotal_cents: listed, total_cents: settled } = invoice;
    const before = credited.get(invoice.invoice_id) ?? 0;
    const wanted = inProportion(left, settled, listed);
    const cents = Math.min(wanted, settled - before);
    if (cents <= 0) continue;
    const applied = Math.min(cents, Math.max(0, amountDueCents(invoice)));
    const share = balanceShare(invoice, { credited: before, cents: cents - applied });
    books.creditNotes.push(
      creditNote(books, invoice, { before, cents, applied, reason: of.reason, lines: of.lines }, now),
    );
    if (applied > 0) open.invoice = withCredit(invoice, applied, now);
    // Whoever collects does what follows, which billing knows nothing of.
    if (open.invoice.status !== invoice.status) open.invoice = { ...open.invoice, next_collection_at: now };
    open.invoice = await returnBalance(tx, wallets, { invoice: open.invoice, cents: share }, now);
    given += cents - applied - share;
    left = cents === wanted ? 0 : left - inProportion(cents, listed, settled);
    if (left <= 0) break;
  }
  return fromMinorUnits(BigInt(given + Math.max(0, left)), of.currencyCode);
}

export type GivenBack = { subscriptionId: string; currencyCode: string; lines: DescribedLine[] };

/**
 * Gives back what `lines`, below zero, come to on the draft of another subscription: at the discounts of the invoice that they were paid on, and
 * with none of the draft's. @returns false, with nothing changed, if the draft comes to less than that.
 */
export async function giveBackOnDraft(
  tx: Transaction,
  books: Books,
  draft: OpenInvoice,
  of: GivenBack,
  now: Date,
): Promise<boolean> {
  const paid = await invoicesOf(tx, books, of);
  const { discounts } = draft.invoice;
  const items = of.lines.map((each) => {
    const item = toLineItem(each, now);
    const paidOn = paid.find(({ lines }) => lines.some((line) => charges(line, each)))?.invoice ?? null;
    return discounts.length === 0 && (paidOn === null || paidOn.discount_cents === 0) ? item : asPaid(item, paidOn, of);
  });
  const lines = [...draft.lines, ...items];
  if (totalsOf(lines, { discounts, treatment: books.treatment }).total_cents < 0) return false;
  setLines(books, draft, lines, now);
  return true;
}

/** Whether the line charges what the other gives back of. */
function charges(paid: LineItemRow, { line }: DescribedLine): boolean {
  const isFee = paid.type === "fixed_fee" || paid.type === "proration";
  return isFee && paid.amount_cents > 0 && (detailsOf(paid)?.code ?? null) === line.code;
}

/** The line as it was paid, whatever the discounts of the invoice that it stands on. */
function asPaid(item: LineItemRow, paidOn: InvoiceRow | null, of: GivenBack): LineItemRow {
  const line = { ...item, is_discountable: false };
  if (paidOn === null || paidOn.discount_cents === 0) return line;
  const { subtotal_cents, discount_cents } = paidOn;
  return settledAsPaid(line, of.currencyCode, { subtotal_cents, discount_cents });
}

/** The line at the discount of the invoice that it was paid on, which is kept with it. */
export function settledAsPaid(
  line: LineItemRow,
  currencyCode: string,
  paidOn: Pick<InvoiceRow, "subtotal_cents" | "discount_cents">,
): LineItemRow {
  const { subtotal_cents, discount_cents } = paidOn;
  const cents = inProportion(line.amount_cents, subtotal_cents - discount_cents, subtotal_cents);
  const amount = fromMinorUnits(BigInt(cents), currencyCode).toString();
  const as_paid = { listed_amount: line.amount, subtotal_cents, discount_cents };
  return { ...line, unit_amount: null, amount, amount_cents: cents, details: { ...detailsOf(line), as_paid } };
}

/** `cents · part / whole`, rounded half up. */
function inProportion(cents: number, part: number, whole: number): number {
  if (part === whole) return cents;
  const [numerator, divisor] = [Decimal.of(BigInt(cents)).times(Decimal.of(BigInt(part))), Decimal.of(BigInt(whole))];
  return toCents(numerator.dividedBy(divisor, { scale: 0, mode: "half-up" }), "line_items");
}

/** The discounts of a subscription go along to the one that takes over from it. */
export function passDiscounts({ discounts }: Books, from: string, to: string): void {
  discounts.current = discounts.current.map((each) =>
    each.subscription_id === from ? { ...each, subscription_id: to } : each,
  );
}

async function invoicesOf(
  tx: Transaction,
  books: Books,
  of: Pick<GivenBack, "subscriptionId" | "currencyCode">,
): Promise<OpenInvoice[]> {
  const isOf = ({ invoice }: OpenInvoice) =>
    invoice.subscription_id === of.subscriptionId && invoice.currency_code === of.currencyCode;
  const found = await rows.lockInvoicesOfSubscription(tx, books.key, { ...of, limit: invoicesToCredit });
  const others = found.filter(
    ({ invoice_id }) => !books.invoices.some(({ invoice }) => invoice.invoice_id === invoice_id),
  );
  await readStored(tx, others, () => books);
  return books.invoices.filter(isOf).toSorted((a, b) => (a.invoice.invoice_id < b.invoice.invoice_id ? 1 : -1));
}

/** By invoice: what credit notes have given back of it, those of these books too. */
async function creditedOf(tx: Transaction, books: Books, invoices: OpenInvoice[]): Promise<Map<string, number>> {
  const credited = await sumCredited(
    tx,
    books.key,
    invoices.map(({ invoice }) => invoice.invoice_id),
  );
  for (const { invoice_id, total_cents } of books.creditNotes)
    credited.set(invoice_id, (credited.get(invoice_id) ?? 0) + total_cents);
  return credited;
}

function creditNote(
  books: Books,
  invoice: InvoiceRow,
  of: { before: number; cents: number; applied: number; reason: string; lines: DescribedLine[] },
  now: Date,
): CreditNoteRow {
  const items = of.lines.map((each) => toLineItem(each, now));
  const weights = items.map(({ amount_cents }) => Decimal.of(BigInt(amount_cents)));
  const parts = shareOut(Decimal.of(BigInt(-of.cents)), weights).map((part) => toCents(part, "line_items"));
  return {
    bucket: books.key.bucket,
    customer_id: books.key.customerId,
    credit_note_id: createId(now),
    number: null,
    invoice_id: invoice.invoice_id,
    currency_code: invoice.currency_code,
    total_cents: of.cents,
    tax_cents: taxIn(invoice, of),
    applied_cents: of.applied,
    refunded_cents: 0,
    reason: of.reason,
    lines: items.map(({ description, quantity, amount, amount_cents, period_start, period_end }, index) => {
      const part = parts[index] as number;
      const isWhole = part === amount_cents;
      return {
        description,
        quantity,
        amount: isWhole ? amount : fromMinorUnits(BigInt(part), invoice.currency_code).toString(),
        amount_cents: part,
        period_start: period_start?.toISOString() ?? null,
        period_end: period_end?.toISOString() ?? null,
      };
    }),
    created_at: now,
  };
}

export function toLineItem({ line, description, billingId }: DescribedLine, now: Date): LineItemRow {
  return {
    line_item_id: createId(now),
    type: line.type,
    description,
    quantity: line.quantity.toString(),
    unit_amount: line.unitAmount?.toString() ?? null,
    amount: line.amount.toString(),
    amount_cents: toCents(line.amountMinor, "line_items"),
    period_start: new Date(line.period.startsAt),
    period_end: new Date(line.period.endsAt),
    meter_code: line.meterCode,
    details: toDetails(line),
    is_discountable: true,
    billing_id: billingId,
    created_at: now,
  };
}

function toDetails({ code, denomination, usage, conversion }: InvoiceLine) {
  return {
    code,
    ...presentDenomination(denomination),
    amount_per_unit: conversion?.amountPerUnit.toString() ?? null,
    charged: usage?.charged.toString() ?? null,
    paid_by_credits: usage?.paidByCredits.toString() ?? null,
    dimensions: usage?.breakdown.dimensions ?? null,
    maximum: usage?.breakdown.maximum ?? null,
  };
}

/** Stores what the books hold, with one statement for each kind of row. Numbers are taken last. */
export async function saveBooks(tx: Transaction, all: Books[], now: Date): Promise<void> {
  const changed = all.flatMap(({ key, invoices }) => invoices.filter(isChanged).map((open) => ({ key, open })));
  const finalizing = changed.filter(({ open }) => open.isFinalizing);
  await markInvoiced(
    tx,
    finalizing.map(({ key }) => key),
    now,
  );
  for (const tenantId of new Set(all.map(({ key }) => key.tenantId))) {
    const drafts = finalizing.filter(({ key }) => key.tenantId === tenantId);
    const planned = await planReminders(
      tx,
      tenantId,
      drafts.map(({ open }) => open.invoice),
      now,
    );
    for (const [index, { open }] of drafts.entries()) open.invoice = planned[index] as InvoiceRow;
    const numbers = await takeNumbers(tx, tenantId, "invoice", drafts.length);
    for (const [index, { open }] of drafts.entries()) open.invoice.number = numbers[index] as string;
    const notes = all.filter(({ key }) => key.tenantId === tenantId).flatMap(({ creditNotes }) => creditNotes);
    const noteNumbers = await takeNumbers(tx, tenantId, "credit_note", notes.length);
    for (const [index, note] of notes.entries()) note.number = noteNumbers[index] as string;
    const issued = drafts.map(({ open }) => open.invoice);
    mailFinalized(tx, tenantId, issued, now);
  }
  insertWhole(
    tx,
    changed.filter(({ open }) => open.stored === null).map(({ key, open }) => ({ tenantId: key.tenantId, ...open })),
  );
  for (const { key, open } of changed) {
    if (open.stored === null) continue;
    const [before, after] = [open.stored.lines, open.lines];
    const invoiceKey = keyOf(key.tenantId, open.invoice);
    const removed = before.filter((line) => !after.includes(line)).map(({ line_item_id }) => line_item_id);
    if (removed.length > 0) rows.deleteLineItems(tx, invoiceKey, removed);
    rows.insertLineItems(
      tx,
      after.filter((line) => !before.includes(line)).map((line) => ({ key: invoiceKey, line })),
    );
  }
  const kept = changed.filter(({ open }) => open.stored !== null && open.stored.invoice !== open.invoice);
  rows.updateInvoices(
    tx,
    kept.map(({ key, open }) => ({ tenantId: key.tenantId, invoice: open.invoice })),
  );
  rows.keepParties(
    tx,
    finalizing.map(({ key, open }) => keyOf(key.tenantId, open.invoice)),
  );
  saveDiscounts(
    tx,
    all.map(({ key, discounts }) => ({ key, ...discounts })),
  );
  insertCreditNotes(
    tx,
    all.flatMap(({ key, creditNotes }) => creditNotes.map((row) => ({ tenantId: key.tenantId, row }))),
  );
  writeMails(tx, all.flatMap(creditNoteMails), now);
}

function creditNoteMails({ key, creditNotes, invoices }: Books): CustomerMail[] {
  return creditNotes.map((note) => {
    const credited = invoices.find(({ invoice }) => invoice.invoice_id === note.invoice_id) as OpenInvoice;
    const content = {
      template: "credit_note_issued" as const,
      credit_note_number: note.number as string,
      invoice_number: credited.invoice.number as string,
      reason: note.reason,
      amount_cents: note.total_cents,
      currency_code: note.currency_code,
    };
    return { key, content };
  });
}

function isChanged({ stored, invoice, lines }: OpenInvoice): boolean {
  return stored === null || stored.invoice !== invoice || stored.lines !== lines;
}
