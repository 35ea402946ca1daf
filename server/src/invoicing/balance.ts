/** What of their balance a customer's invoices take as they are finalized, and what goes back. The caller holds the customer's lock. */
import { Decimal, min } from "../../../core/decimal.ts";
import { denominationKey } from "../../../core/denomination.ts";
import { fromMinorUnits, wholeMinorUnits } from "../../../core/minor-unit.ts";
import { applyToInvoice, invoiceable } from "../../../core/wallet.ts";
import type { CustomerKey } from "../customers/customers.ts";
import type { Transaction } from "../platform/db.ts";
import { applyTransition, openWallets, returnFromInvoice, saveWallets, type OpenWallets } from "../wallets/wallets.ts";
import { amountDueCents, type InvoiceRow } from "./schema.ts";
import { toCents } from "./whole-invoice.ts";

/**
 * The draft with as much of the customer's balance applied as there is for it, taken out of `wallets`, which the caller stores. Whole minor units:
 * what is left of one stays in the wallet. Nothing is applied to one that comes to nothing.
 */
export function applyBalance(wallets: OpenWallets, draft: InvoiceRow, now: Date): InvoiceRow {
  const { currency_code: currencyCode, invoice_id: causeId } = draft;
  const open = wallets.wallets.get(denominationKey({ accountType: "currency", code: currencyCode }));
  if (open === undefined) return draft;
  const available = wholeMinorUnits(invoiceable(open.wallet, open.held.amount), currencyCode);
  const cents = toCents(min(available, Decimal.of(BigInt(amountDueCents(draft)))), "line_items");
  if (cents <= 0) return draft;
  const amount = fromMinorUnits(BigInt(cents), currencyCode);
  applyTransition(open, applyToInvoice(open.wallet, { amount, causeId, at: now.getTime() }));
  return {
    ...draft,
    credit_applied_cents: draft.credit_applied_cents + cents,
    balance_applied_cents: cents,
    balance_entry_seq: open.wallet.lastSeq,
  };
}

/** The same for an invoice that is finalized by itself. */
export async function applyOwnBalance(
  tx: Transaction,
  key: CustomerKey,
  draft: InvoiceRow,
  now: Date,
): Promise<InvoiceRow> {
  const opened = await openWallets(tx, [key], now);
  const applied = applyBalance(opened.get(key.customerId) as OpenWallets, draft, now);
  saveWallets(tx, opened.values(), now);
  return applied;
}

export type BalanceReturn = { invoice: InvoiceRow; cents: number };

/**
 * How much goes back to the balance of `cents` that a credit note gives back of what has been paid, when credit notes had come to `credited`
 * earlier; `invoice` is as it was before the note. What came as payments goes back first.
 */
export function balanceShare(invoice: InvoiceRow, { credited, cents }: { credited: number; cents: number }): number {
  const { amount_paid_cents, credit_applied_cents, balance_applied_cents, balance_returned_cents } = invoice;
  const loweredDue = credit_applied_cents - balance_applied_cents;
  const beyondPayments = credited - loweredDue + cents - amount_paid_cents - balance_returned_cents;
  return Math.max(0, Math.min(cents, beyondPayments, balance_applied_cents - balance_returned_cents));
}

/** Puts it back to where it was taken from, in `wallets`, which the caller stores. @returns the invoice with it noted, for the caller to store. */
export async function returnBalance(
  tx: Transaction,
  wallets: OpenWallets,
  { invoice, cents }: BalanceReturn,
  now: Date,
): Promise<InvoiceRow> {
  const { currency_code: currencyCode, balance_entry_seq: seq, balance_returned_cents: before } = invoice;
  if (cents === 0 || seq === null) return invoice;
  const [returned, amount] = [before, cents].map((each) => fromMinorUnits(BigInt(each), currencyCode)) as [
    Decimal,
    Decimal,
  ];
  await returnFromInvoice(tx, wallets, { currencyCode, seq, returned, amount, causeId: invoice.invoice_id }, now);
  return { ...invoice, balance_returned_cents: before + cents, updated_at: now };
}

/** The same for one invoice by itself. */
export async function returnOwnBalance(
  tx: Transaction,
  key: CustomerKey,
  of: BalanceReturn,
  now: Date,
): Promise<InvoiceRow> {
  if (of.cents === 0) return of.invoice;
  const opened = await openWallets(tx, [key], now);
  const invoice = await returnBalance(tx, opened.get(key.customerId) as OpenWallets, of, now);
  saveWallets(tx, opened.values(), now);
  return invoice;
}

/** What of the balance an invoice still has: all of it goes back as it is voided. */
export function allOfBalance(invoice: InvoiceRow): BalanceReturn {
  return { invoice, cents: invoice.balance_applied_cents - invoice.balance_returned_cents };
}
