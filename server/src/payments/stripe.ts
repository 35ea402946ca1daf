/**
 * Stripe, by its own library. Every object that moves money is made under an idempotency key that is our id of it, and carries that id as
 * metadata: told again, Stripe either knows the key or, once it has forgotten that, has the object, which is looked for first.
 */
import type { Stripe } from "stripe";
import { toStripeAmount } from "../../../core/stripe-amount.ts";
import type { CustomerKey } from "../customers/customers.ts";
import type { Queryable } from "../platform/db.ts";
import {
  failed,
  type Charge,
  type ChargeOutcome,
  type FailureCode,
  type PaymentProvider,
  type ProviderCard,
  type Refund,
  type RefundOutcome,
  type Setup,
  type SetupOutcome,
} from "./provider.ts";
import { createClients, type ClientOf, type StripeAccess } from "./stripe-accounts.ts";
import * as rows from "./stripe-sql.ts";

type Intent = Stripe.PaymentIntent;
type IntentError = Stripe.PaymentIntent.LastPaymentError;
type Session = Stripe.Checkout.Session;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** After a day nobody comes back to the second step; Stripe's own pages expire then too. */
const stepMs = 24 * hourMs;

/** What an outcome is read from. */
const intentParts = ["latest_charge", "payment_method"];
const sessionParts = ["payment_intent.latest_charge", "payment_intent.payment_method", "setup_intent.payment_method"];

export function createStripe(db: Queryable, access: StripeAccess): PaymentProvider {
  const clientOf = createClients(db, access);
  return {
    name: "stripe",
    charge: async (charge, now) => {
      const stripe = await clientOf(charge.key.tenantId);
      const begun = await findBegun(db, stripe, charge);
      if (begun !== null) return outcomeOf(stripe, charge, begun, now);
      return begin(db, stripe, charge, now);
    },
    cancel: async (charge, now) => {
      const stripe = await clientOf(charge.key.tenantId);
      const begun = await findBegun(db, stripe, { ...charge, isRepeated: true });
      return begun === null ? failed(null, "processing_error") : giveUp(stripe, charge, begun, now);
    },
    refund: async (refund) => giveBack(await clientOf(refund.key.tenantId), refund),
    setUp: async (setup, now) => setUp(db, clientOf, setup, now),
  };
}

/** What Stripe has of the charge: by its reference, else, if it may have been told of it, by our id. */
async function findBegun(db: Queryable, stripe: Stripe, charge: Charge): Promise<Intent | Session | null> {
  const { reference, isOnPage, isRepeated, paymentId, key } = charge;
  if (reference !== null)
    return isSession(reference)
      ? stripe.checkout.sessions.retrieve(reference, { expand: sessionParts })
      : stripe.paymentIntents.retrieve(reference, { expand: intentParts });
  if (!isRepeated) return null;
  // Listed by customer, not searched: Stripe's search lags behind by a minute, and what it does not show yet would be charged again.
  const customer = await rows.findStripeCustomer(db, key);
  if (customer === null) return null;
  const limit = 100;
  if (isOnPage) {
    for await (const session of stripe.checkout.sessions.list({ customer, limit })) {
      if (session.metadata?.payment_id === paymentId)
        return stripe.checkout.sessions.retrieve(session.id, { expand: sessionParts });
    }
    return null;
  }
  for await (const intent of stripe.paymentIntents.list({ customer, limit })) {
    if (intent.metadata.payment_id === paymentId)
      return stripe.paymentIntents.retrieve(intent.id, { expand: intentParts });
  }
  return null;
}

const isSession = (reference: string) => reference.startsWith("cs_");

async function begin(db: Queryable, stripe: Stripe, charge: Charge, now: Date): Promise<ChargeOutcome> {
  const exact = toStripeAmount(BigInt(charge.amountCents), charge.currencyCode);
  if (exact === null) return failed(null, "amount_not_chargeable");
  const amount = Number.parseInt(exact.toString(), 10);
  if (!charge.isOnPage && charge.methodReference === null) return failed(null, "card_declined");
  const customer = await customerOf(db, stripe, charge.key);
  try {
    const made = charge.isOnPage
      ? await openPage(stripe, charge, { customer, amount })
      : await chargeCard(stripe, charge, { customer, amount });
    return await outcomeOf(stripe, charge, made, now);
  } catch (error) {
    const intent = await declined(stripe, error);
    if (intent !== null) return outcomeOf(stripe, charge, intent, now);
    if (isRefusal(error)) return failed(null, isOfAmount(error) ? "amount_not_chargeable" : "refused_by_provider");
    throw error;
  }
}

type Sum = { customer: string; amount: number };

function chargeCard(stripe: Stripe, charge: Charge, { customer, amount }: Sum): Promise<Intent> {
  return stripe.paymentIntents.create(
    {
      customer,
      amount,
      currency: charge.currencyCode,
      payment_method: charge.methodReference as string,
      allowed_payment_method_types: ["card"],
      confirm: true,
      off_session: true,
      description: charge.description,
      metadata: { payment_id: charge.paymentId },
      expand: intentParts,
    },
    { idempotencyKey: charge.paymentId },
  );
}

function openPage(stripe: Stripe, charge: Charge, { customer, amount }: Sum): Promise<Session> {
  const { currencyCode: currency, paymentId, description, returnUrl } = charge;
  return stripe.checkout.sessions.create(
    {
      mode: "payment",
      customer,
      allowed_payment_method_types: ["card"],
      line_items: [{ quantity: 1, price_data: { currency, unit_amount: amount, product_data: { name: description } } }],
      payment_intent_data: { setup_future_usage: "off_session", description, metadata: { payment_id: paymentId } },
      metadata: { payment_id: paymentId },
      success_url: returnUrl,
      cancel_url: returnUrl,
      expand: sessionParts,
    },
    { idempotencyKey: paymentId },
  );
}

/** Stripe's customer for ours, made when first needed. Two of one customer would do no harm: the first that is stored is used. */
async function customerOf(db: Queryable, stripe: Stripe, key: CustomerKey): Promise<string> {
  const known = await rows.findStripeCustomer(db, key);
  if (known !== null) return known;
  const { id } = await stripe.customers.create(
    { metadata: { customer_id: key.customerId } },
    { idempotencyKey: `customer_${key.customerId}` },
  );
  await rows.insertStripeCustomer(db, key, id);
  return (await rows.findStripeCustomer(db, key)) ?? id;
}

async function outcomeOf(stripe: Stripe, charge: Charge, begun: Intent | Session, now: Date): Promise<ChargeOutcome> {
  return begun.object === "checkout.session"
    ? outcomeOfPage(stripe, charge, begun, now)
    : outcomeOfIntent(stripe, charge, begun, now);
}

async function outcomeOfPage(stripe: Stripe, charge: Charge, session: Session, now: Date): Promise<ChargeOutcome> {
  const { id: reference, status, url, payment_intent: intent } = session;
  if (status === "open" && url !== null)
    return { status: "requires_action", reference, actionUrl: url, checkAfterMs: waitMs(charge, now) };
  if (status === "expired" || intent === null || typeof intent === "string") return { status: "canceled", reference };
  const outcome = await outcomeOfIntent(stripe, charge, intent, now);
  return outcome.status === "succeeded" ? { ...outcome, savedCard: cardOf(intent.payment_method) } : outcome;
}

async function outcomeOfIntent(
  stripe: Stripe,
  charge: Charge,
  intent: Intent,
  now: Date,
  mayConfirm = true,
): Promise<ChargeOutcome> {
  const { id: reference, status, last_payment_error: error } = intent;
  switch (status) {
    case "succeeded": {
      const { latest_charge: latest } = intent;
      const isDisputed = latest !== null && typeof latest !== "string" && latest.disputed;
      return { status: "succeeded", reference, isDisputed, checkAfterMs: null };
    }
    case "processing":
    case "requires_capture":
      return { status: "processing", reference, checkAfterMs: waitMs(charge, now) };
    case "requires_action": {
      const actionUrl = intent.next_action?.redirect_to_url?.url ?? null;
      const isLate = now.getTime() - charge.createdAt.getTime() >= stepMs;
      if (actionUrl === null || isLate) return giveUp(stripe, charge, intent, now);
      return { status: "requires_action", reference, actionUrl, checkAfterMs: waitMs(charge, now) };
    }
    case "requires_confirmation":
    case "requires_payment_method":
      // The bank wants to ask the customer, who was not there: the same intent is confirmed once more, now with a way to ask.
      if (mayConfirm && (status === "requires_confirmation" || asksForStep(error)))
        return outcomeOfIntent(stripe, charge, await confirm(stripe, charge, reference), now, false);
      return failed(reference, failureOf(error));
    case "canceled":
      return error === null ? { status: "canceled", reference } : failed(reference, failureOf(error));
    default:
      throw new Error("Stripe told of a payment in a state that we do not know");
  }
}

const asksForStep = (error: IntentError | null) => error?.code === "authentication_required";

/** With a customer there. An intent is charged once by what it is, so no key is needed. */
async function confirm(stripe: Stripe, { methodReference, returnUrl }: Charge, reference: string): Promise<Intent> {
  try {
    return await stripe.paymentIntents.confirm(reference, {
      ...(methodReference === null ? {} : { payment_method: methodReference }),
      return_url: returnUrl,
      expand: intentParts,
    });
  } catch (error) {
    const intent = await declined(stripe, error);
    if (intent === null) throw error;
    return intent;
  }
}

/** Soon while the customer is likely to be there; a webhook comes sooner. */
function waitMs({ createdAt }: Pick<Charge, "createdAt">, now: Date): number {
  return now.getTime() - createdAt.getTime() < hourMs ? minuteMs : hourMs;
}

/** Cancels what has not succeeded; what has, says so. */
async function giveUp(stripe: Stripe, charge: Charge, begun: Intent | Session, now: Date): Promise<ChargeOutcome> {
  const { id } = begun;
  try {
    if (isSession(id)) await stripe.checkout.sessions.expire(id);
    else await stripe.paymentIntents.cancel(id);
    return { status: "canceled", reference: id };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const after = isSession(id)
      ? await stripe.checkout.sessions.retrieve(id, { expand: sessionParts })
      : await stripe.paymentIntents.retrieve(id, { expand: intentParts });
    // Were it still to be given up, it would not have refused.
    if (after.status === "requires_action" || after.status === "open") throw error;
    return outcomeOf(stripe, charge, after, now);
  }
}

async function giveBack(stripe: Stripe, refund: Refund): Promise<RefundOutcome> {
  const { refundId, chargeReference, amountCents, currencyCode, isRepeated } = refund;
  const amount = toStripeAmount(BigInt(amountCents), currencyCode);
  if (amount === null) return { status: "failed", reference: null, message: "Stripe does not take this amount." };
  const intent = { payment_intent: chargeReference };
  try {
    if (refund.reference !== null) return outcomeOfRefund(await stripe.refunds.retrieve(refund.reference));
    if (isRepeated) {
      for await (const made of stripe.refunds.list({ ...intent, limit: 100 }))
        if (made.metadata?.refund_id === refundId) return outcomeOfRefund(made);
    }
    const made = await stripe.refunds.create(
      { ...intent, amount: Number.parseInt(amount.toString(), 10), metadata: { refund_id: refundId } },
      { idempotencyKey: refundId },
    );
    return outcomeOfRefund(made);
  } catch (error) {
    if (isRefusal(error)) return { status: "failed", reference: null, message: "Stripe refused the refund." };
    throw error;
  }
}

function outcomeOfRefund({ id: reference, status, failure_reason: reason }: Stripe.Refund): RefundOutcome {
  if (status === "succeeded") return { status, reference };
  if (status === "failed" || status === "canceled")
    return { status: "failed", reference, message: `Stripe could not send it: ${reason ?? status}.` };
  return { status: "processing", reference, checkAfterMs: hourMs };
}

/** A card, left on Stripe's own page: its number never comes to us. */
async function setUp(db: Queryable, clientOf: ClientOf, setup: Setup, now: Date): Promise<SetupOutcome> {
  const { setupId, reference, successUrl, cancelUrl, key } = setup;
  const stripe = await clientOf(key.tenantId);
  const session =
    reference === null
      ? await stripe.checkout.sessions.create(
          {
            mode: "setup",
            customer: await customerOf(db, stripe, key),
            allowed_payment_method_types: ["card"],
            metadata: { setup_id: setupId },
            success_url: successUrl,
            cancel_url: cancelUrl,
            expand: sessionParts,
          },
          { idempotencyKey: setupId },
        )
      : await stripe.checkout.sessions.retrieve(reference, { expand: sessionParts });
  const { id, status, url, setup_intent: intent } = session;
  if (status === "open" && url !== null)
    return { status: "requires_action", reference: id, actionUrl: url, checkAfterMs: waitMs(setup, now) };
  const card = intent === null || typeof intent === "string" ? null : cardOf(intent.payment_method);
  return status === "complete" && card !== null
    ? { status: "succeeded", reference: id, card }
    : { status: "canceled", reference: id };
}

function cardOf(method: string | Stripe.PaymentMethod | null): ProviderCard | null {
  if (method === null || typeof method === "string" || method.card === undefined) return null;
  const { brand, last4: lastFour, exp_month: expiresMonth, exp_year: expiresYear } = method.card;
  return { reference: method.id, brand, lastFour, expiresMonth, expiresYear };
}

const codes: Record<string, FailureCode> = {
  insufficient_funds: "insufficient_funds",
  expired_card: "expired_card",
  authentication_required: "authentication_failed",
  payment_intent_authentication_failure: "authentication_failed",
  processing_error: "processing_error",
};

function failureOf(error: IntentError | null): FailureCode {
  if (error === null) return "processing_error";
  const { code = "", decline_code: declineCode = "", type } = error;
  return codes[declineCode] ?? codes[code] ?? (type === "card_error" ? "card_declined" : "processing_error");
}

/** The intent of a card that was declined, which comes as an error; null of every other error. */
async function declined(stripe: Stripe, error: unknown): Promise<Intent | null> {
  const isDeclined = error instanceof Error && "type" in error && error.type === "StripeCardError";
  if (!isDeclined || !("payment_intent" in error)) return null;
  const { id } = error.payment_intent as Intent;
  return stripe.paymentIntents.retrieve(id, { expand: intentParts });
}

/** Whether Stripe has refused it for good, with nothing done: another try would be refused too. */
function isRefusal(error: unknown): error is Stripe.errors.StripeInvalidRequestError {
  // By its type, and 400 alone: 404 is a key of another account, 409 a call that is still at work, and both pass.
  return error instanceof Error &&
    "type" in error &&
    error.type === "StripeInvalidRequestError" &&
    "statusCode" in error
    ? error.statusCode === 400
    : false;
}

const isOfAmount = ({ code = "", param = "" }: Stripe.errors.StripeInvalidRequestError) =>
  /amount/.test(code) || param === "amount" || param === "currency";
