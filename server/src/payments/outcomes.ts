/** What becomes of payments and refunds: asked of the provider, and written down in one transaction with what follows. */
import { BillingError } from "../../../core/errors.ts";
import { fromMinorUnits } from "../../../core/minor-unit.ts";
import { lockCustomers, type CustomerKey } from "../customers/customers.ts";
import { getInvoice, lockInvoice, mailedInvoice, payInvoice, paymentUrl } from "../invoicing/invoicing.ts";
import { writeMails } from "../mail/mail.ts";
import type { Database, Transaction } from "../platform/db.ts";
import { creditWallet } from "../wallets/wallets.ts";
import { recordOccurrences } from "../webhooks/webhooks.ts";
import { triedInVain } from "./collection.ts";
import type { Charge, ChargeOutcome, PaymentProvider, ProviderName, RefundOutcome } from "./provider.ts";
import { presentPayment, presentRefund, type PaymentMethodRow, type PaymentRow, type RefundRow } from "./schema.ts";
import { followCollected, type Collecting } from "./sequel.ts";
import { keepCard, settleSetup } from "./setups.ts";
import { findSetupsToCheck } from "./setup-sql.ts";
import * as rows from "./sql.ts";
import type { Waiting } from "./sql.ts";

const atATime = 100;

export type SettlementRun = { settled: number; failures: { id: string; error: unknown }[] };

/**
 * Tells the providers of payments and refunds of which they have not been told, and asks about those of which the outcome is not known:
 * also what a process that was killed has left. Safe to run in several processes at once.
 */
export async function settleWaiting(database: Database, collecting: Collecting, now: Date): Promise<SettlementRun> {
  const run: SettlementRun = { settled: 0, failures: [] };
  const work = async (
    waiting: Waiting[],
    settle: (...settlement: Parameters<typeof settleRefund>) => Promise<unknown>,
  ) => {
    for (const each of waiting) {
      try {
        await settle(database, collecting, each, now);
        run.settled += 1;
      } catch (error) {
        // It is asked again when the claim has run out.
        run.failures.push({ id: each.id, error });
      }
    }
  };
  await work(await rows.findPaymentsToCheck(database, now, atATime), settlePayment);
  await work(await rows.findRefundsToCheck(database, now, atATime), settleRefund);
  await work(await findSetupsToCheck(database, now, atATime), settleSetup);
  return run;
}

/**
 * Tells the provider of a payment, or asks about it, and records the outcome. Nothing happens while another does so; with `isNow` it is
 * asked before it is time, because its customer has just done something.
 */
export async function settlePayment(
  database: Database,
  collecting: Collecting,
  waiting: Waiting,
  now: Date,
  { isNow = false } = {},
): Promise<void> {
  const payment = await rows.claimPayment(database, waiting, now, isNow);
  if (payment === null) return;
  const { provider, charge } = await chargeOf(database, collecting, waiting, payment);
  const outcome = await provider.charge(charge, now);
  await database.transaction((tx) => recordOutcome(tx, collecting, waiting, payment, outcome, now));
}

/** Gives up a payment that waits for its customer. It may have succeeded first. @throws PAYMENT_NOT_FOUND */
export async function cancelPayment(
  database: Database,
  collecting: Collecting,
  waiting: Waiting,
  now: Date,
): Promise<void> {
  const payment = await rows.findPayment(database, waiting.tenantId, waiting.id);
  if (payment === null) throw new BillingError("PAYMENT_NOT_FOUND");
  if (payment.status !== "requires_action") return;
  const { provider, charge } = await chargeOf(database, collecting, waiting, payment);
  const outcome = await provider.cancel(charge, now);
  await database.transaction((tx) => recordOutcome(tx, collecting, waiting, payment, outcome, now));
}

const later = (now: Date, ms: number) => new Date(now.getTime() + ms);

async function chargeOf(
  database: Database,
  { providers, publicUrl }: Collecting,
  key: CustomerKey,
  payment: PaymentRow,
): Promise<{ provider: PaymentProvider; charge: Charge }> {
  const provider = payment.provider === "manual" ? undefined : providers.get(payment.provider);
  if (provider === undefined) throw new Error(`there is no payment provider ${payment.provider}`);
  const method: PaymentMethodRow | null =
    payment.payment_method_id === null ? null : await rows.findMethod(database, key, payment.payment_method_id);
  const { invoice } = await getInvoice(database, { id: key.tenantId }, payment.invoice_id);
  const charge: Charge = {
    key,
    paymentId: payment.payment_id,
    reference: payment.reference,
    amountCents: payment.amount_cents,
    currencyCode: payment.currency_code,
    methodReference: method?.reference ?? null,
    isOnPage: payment.payment_method_id === null,
    isRepeated: payment.checks > 1,
    description: `Invoice ${invoice.number ?? ""}`,
    returnUrl: paymentUrl(invoice, publicUrl) ?? publicUrl,
    createdAt: payment.created_at,
  };
  return { provider, charge };
}

async function recordOutcome(
  tx: Transaction,
  collecting: Collecting,
  key: CustomerKey,
  claimed: PaymentRow,
  outcome: ChargeOutcome,
  now: Date,
): Promise<void> {
  // A customer who is gone has taken the payment along.
  if ((await lockCustomers(tx, [key])).length === 0) return;
  const payment = await rows.lockPayment(tx, key, claimed.payment_id);
  if (payment === null) return;
  const check_at = rows.nextAsk(payment, claimed, null);
  const told: PaymentRow = { ...payment, reference: outcome.reference ?? payment.reference, check_at };
  if (payment.status === "succeeded") {
    if (outcome.status === "succeeded") noteDispute(tx, key, told, outcome, now);
    else rows.updatePayment(tx, key, { ...payment, check_at });
    return;
  }
  // Money that came after all is the customer's, whatever we had been told before.
  if (payment.ended_at !== null && outcome.status !== "succeeded") {
    rows.updatePayment(tx, key, { ...payment, check_at });
    return;
  }
  switch (outcome.status) {
    case "succeeded": {
      const received = await receive(
        tx,
        collecting,
        key,
        { ...told, status: "succeeded", failure_code: null, failure_message: null, ended_at: now, action_url: null },
        now,
      );
      if (outcome.savedCard) {
        const of = { provider: payment.provider as ProviderName, card: outcome.savedCard, isDefault: false };
        await keepCard(tx, key, of, now);
      }
      noteDispute(tx, key, received, outcome, now);
      return;
    }
    case "processing":
      rows.updatePayment(tx, key, { ...told, checks: 0, check_at: check_at ?? later(now, outcome.checkAfterMs) });
      return;
    case "requires_action":
      requireAction(tx, key, payment, told, outcome, now);
      return;
    case "failed":
    case "canceled":
      await fail(tx, collecting, key, told, outcome, now);
      return;
    default:
      outcome satisfies never;
  }
}

/** The payment, received: its invoice is paid, and what that did not need is the customer's. */
export async function receive(
  tx: Transaction,
  collecting: Collecting,
  key: CustomerKey,
  payment: PaymentRow,
  now: Date,
): Promise<PaymentRow> {
  const of = { invoiceId: payment.invoice_id, amountCents: payment.amount_cents };
  const { invoice, excessCents } = await payInvoice(tx, key, of, now, followCollected(collecting));
  if (excessCents > 0) {
    const amount = fromMinorUnits(BigInt(excessCents), payment.currency_code);
    await creditWallet(tx, key, { currencyCode: payment.currency_code, amount, causeId: payment.payment_id }, now);
  }
  const received = { ...payment, excess_cents: excessCents };
  rows.updatePayment(tx, key, received);
  tell(tx, key, "payment.succeeded", received, now);
  const content = {
    ...mailedInvoice(invoice),
    template: "payment_receipt" as const,
    paid_at: now.toISOString(),
    amount_cents: payment.amount_cents,
  };
  writeMails(tx, [{ key, content }], now);
  return received;
}

function noteDispute(
  tx: Transaction,
  key: CustomerKey,
  payment: PaymentRow,
  outcome: Extract<ChargeOutcome, { status: "succeeded" }>,
  now: Date,
): void {
  const { isDisputed, checkAfterMs } = outcome;
  const check_at = payment.check_at ?? (checkAfterMs === null ? null : later(now, checkAfterMs));
  const noted = { ...payment, is_disputed: payment.is_disputed || isDisputed, check_at, checks: 0 };
  rows.updatePayment(tx, key, noted);
  if (isDisputed && !payment.is_disputed) tell(tx, key, "payment.disputed", noted, now);
}

function requireAction(
  tx: Transaction,
  key: CustomerKey,
  before: PaymentRow,
  told: PaymentRow,
  outcome: Extract<ChargeOutcome, { status: "requires_action" }>,
  now: Date,
): void {
  const waiting: PaymentRow = {
    ...told,
    status: "requires_action",
    action_url: outcome.actionUrl,
    checks: 0,
    check_at: told.check_at ?? later(now, outcome.checkAfterMs),
  };
  rows.updatePayment(tx, key, waiting);
  if (before.status !== "requires_action") tell(tx, key, "payment.requires_action", waiting, now);
}

async function fail(
  tx: Transaction,
  collecting: Collecting,
  key: CustomerKey,
  told: PaymentRow,
  outcome: Extract<ChargeOutcome, { status: "failed" | "canceled" }>,
  now: Date,
): Promise<void> {
  const failure = outcome.status === "failed" ? outcome.failure : null;
  const ended: PaymentRow = {
    ...told,
    status: outcome.status,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
    action_url: null,
    ended_at: now,
  };
  rows.updatePayment(tx, key, ended);
  if (failure !== null) tell(tx, key, "payment.failed", ended, now);
  const invoice = await lockInvoice(tx, key, told.invoice_id);
  // One that is planned goes on as planned, whatever the customer has tried meanwhile.
  const isWaiting = invoice.status === "open" && invoice.next_collection_at === null;
  if (isWaiting && told.cause === "collection")
    await triedInVain(tx, collecting, key, invoice, { isCharged: failure !== null }, now);
}

function tell(
  tx: Transaction,
  key: CustomerKey,
  type: "payment.succeeded" | "payment.failed" | "payment.requires_action" | "payment.disputed",
  payment: PaymentRow,
  now: Date,
): void {
  recordOccurrences(tx, [{ key, type, data: { payment: presentPayment(payment) } }], now);
}

/** Tells the provider of a refund, or asks about it, and records the outcome. */
export async function settleRefund(
  database: Database,
  { providers }: Collecting,
  waiting: Waiting,
  now: Date,
): Promise<void> {
  const refund = await rows.claimRefund(database, waiting, now);
  if (refund === null) return;
  const payment = (await rows.findPayment(database, waiting.tenantId, refund.payment_id)) as PaymentRow;
  const provider = payment.provider === "manual" ? undefined : providers.get(payment.provider);
  if (provider === undefined) throw new Error(`there is no payment provider ${payment.provider}`);
  const outcome = await provider.refund(
    {
      key: waiting,
      refundId: refund.refund_id,
      reference: refund.reference,
      isRepeated: refund.checks > 1,
      paymentId: payment.payment_id,
      chargeReference: payment.reference ?? "",
      amountCents: refund.amount_cents,
      currencyCode: refund.currency_code,
    },
    now,
  );
  await database.transaction((tx) => recordRefund(tx, waiting, refund.refund_id, outcome, now));
}

/** One that cannot be sent back is the customer's all the same, as a balance. */
async function recordRefund(
  tx: Transaction,
  key: CustomerKey,
  refundId: string,
  outcome: RefundOutcome,
  now: Date,
): Promise<void> {
  if ((await lockCustomers(tx, [key])).length === 0) return;
  const refund = await rows.lockRefund(tx, key, refundId);
  if (refund === null || refund.ended_at !== null) return;
  const told: RefundRow = { ...refund, reference: outcome.reference ?? refund.reference, check_at: null };
  if (outcome.status === "processing") {
    rows.updateRefund(tx, key, { ...told, check_at: new Date(now.getTime() + outcome.checkAfterMs) });
    return;
  }
  const failure_message = outcome.status === "failed" ? outcome.message : null;
  const ended: RefundRow = { ...told, status: outcome.status, failure_message, ended_at: now };
  rows.updateRefund(tx, key, ended);
  if (outcome.status === "failed") {
    const amount = fromMinorUnits(BigInt(refund.amount_cents), refund.currency_code);
    await creditWallet(tx, key, { currencyCode: refund.currency_code, amount, causeId: refund.refund_id }, now);
  }
  if (outcome.status === "succeeded") await mailRefund(tx, key, ended, now);
  recordOccurrences(tx, [{ key, type: `refund.${outcome.status}`, data: { refund: presentRefund(ended) } }], now);
}

/** Tells the customer of money that has been sent back. */
export async function mailRefund(tx: Transaction, key: CustomerKey, refund: RefundRow, now: Date): Promise<void> {
  const payment = (await rows.findPayment(tx, key.tenantId, refund.payment_id)) as PaymentRow;
  const { invoice } = await getInvoice(tx, { id: key.tenantId }, payment.invoice_id);
  const { amount_cents, currency_code, reason } = refund;
  const content = {
    template: "refund_sent" as const,
    invoice_number: invoice.number as string,
    reason,
    amount_cents,
    currency_code,
  };
  writeMails(tx, [{ key, content }], now);
}
