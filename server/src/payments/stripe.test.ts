import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { Stripe } from "stripe";
import { createCollecting } from "../app.ts";
import { createCatalogReader } from "../catalog/catalog.ts";
import { customerKeyOf } from "../customers/customers.ts";
import { sql } from "../platform/db.ts";
import { createSecrets } from "../platform/secrets.ts";
import { startTestApp, testPublicUrl } from "../../test/harness.ts";
import { startStripeServer, stripeCards, type Fault } from "../../test/stripe-server.ts";
import { cancelPayment, collectDueInvoices, settleWaiting, startCheckout } from "./payments.ts";

const stripe = await startStripeServer();
const access = { secrets: createSecrets(randomBytes(32)), address: stripe.address };
const {
  app,
  database,
  clock,
  test: api,
  live,
} = await startTestApp({ now: "2026-03-10T09:00:00.000Z", stripe: access });
const collecting = createCollecting(database, createCatalogReader(clock), testPublicUrl, access);

const secretKey = "sk_test_abcdefgh1234";
const webhookSecret = "whsec_abcdefgh1234";
const hourMs = 3_600_000;
const set = await api.patch("/v1/payment-settings", {
  stripe: { secret_key: secretKey, webhook_secret: webhookSecret },
});
const { webhook_url: webhookUrl } = set.body.payment_settings.stripe;

const tenantOf = async (customerId: string): Promise<number> => {
  const [row] = await database.query<{ id: number }>(
    sql`select tenant_id as id from customers where customer_id = ${customerId}`,
  );
  return row?.id as number;
};
const keyOf = async (id: string) => customerKeyOf(await tenantOf(id), id);

async function customer(card: string | null): Promise<string> {
  const { id } = (await api.post("/v1/customers", { name: "Ada", email: "ada@example.com" })).body.customer;
  if (card !== null) await saveCard(id, card);
  return id;
}

/** A card as it comes from Stripe's page; which one is the test's choice. */
async function saveCard(customerId: string, card: string): Promise<void> {
  const { faults } = stripe;
  assert.equal(faults.length, 0);
  const { url } = (await api.post(`/v1/customers/${customerId}/payment-methods/setup`, {})).body;
  stripe.complete(url.split("/").at(-1));
  const setupIntent = stripe.all("setup_intent")[0];
  assert.ok(setupIntent);
  setupIntent.payment_method = card;
  clock.advance(61_000);
  await settle();
}

async function openInvoice(customerId: string, fields: object = {}) {
  const line_items = [{ description: "Work", quantity: 1, unit_amount_cents: 5_000 }];
  const body = { customer_id: customerId, line_items, collection_method: "charge_automatically", ...fields };
  const { invoice } = (await api.post("/v1/invoices", body)).body;
  return (await api.post(`/v1/invoices/${invoice.id}/finalize`)).body.invoice;
}

/** What the job does every half second. @returns how much of it failed. */
async function settle(): Promise<number> {
  const collected = await collectDueInvoices(database, collecting, clock.now());
  assert.deepEqual(collected.failures, []);
  return (await settleWaiting(database, collecting, clock.now())).failures.length;
}

/** Goes on until nothing more is asked for, hour by hour. */
async function settleForHours(hours: number): Promise<void> {
  for (let hour = 0; hour < hours; hour += 1) {
    clock.advance(hourMs);
    await settle();
  }
}

const invoiceOf = async (id: string) => (await api.get(`/v1/invoices/${id}`)).body.invoice;
const paymentsOf = async (id: string) => (await api.get(`/v1/payments?invoice_id=${id}`)).body.payments;
const methodsOf = async (id: string) => (await api.get(`/v1/customers/${id}/payment-methods`)).body.payment_methods;

/** An event as Stripe sends it. */
async function send(object: object, { secret = webhookSecret, at = clock.now(), url = webhookUrl } = {}) {
  const payload = JSON.stringify({ id: "evt_1", object: "event", type: "payment_intent.succeeded", data: { object } });
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload,
    secret,
    timestamp: Math.floor(at.getTime() / 1_000),
  });
  const path = new URL(url).pathname;
  const headers = { "content-type": "application/json; charset=utf-8", "stripe-signature": signature };
  return app.inject({ method: "POST", url: path, headers, payload });
}

test("keys are written and never read, sealed at rest, and of the mode they are set in", async () => {
  const shown = (await api.get("/v1/payment-settings")).body.payment_settings;
  assert.equal(shown.takes_cards, true);
  assert.deepEqual(shown.stripe, {
    is_set_up: true,
    key_last_four: "1234",
    has_webhook_secret: true,
    webhook_url: webhookUrl,
  });
  const [stored] = await database.query<{ text: string }>(
    sql`select stripe_accounts::text as text from stripe_accounts`,
  );
  assert.ok(stored);
  assert.ok(!stored.text.includes(Buffer.from(secretKey).toString("hex")));
  assert.equal((await live.get("/v1/payment-settings")).body.payment_settings.takes_cards, false);
  const refused = await live.patch("/v1/payment-settings", { stripe: { secret_key: secretKey } });
  assert.equal(refused.status, 400);
  assert.equal(refused.body.error.details[0].path, "stripe.secret_key");
  const restricted = { stripe: { secret_key: "rk_live_abcdefgh9876" } };
  const { stripe: account, takes_cards } = (await live.patch("/v1/payment-settings", restricted)).body.payment_settings;
  assert.deepEqual([account.key_last_four, account.has_webhook_secret, takes_cards], ["9876", false, true]);
});

test("a customer saves a card on Stripe's page, and it is charged from then on, once", async () => {
  const id = await customer(stripeCards.good);
  const [method] = await methodsOf(id);
  const { provider, brand, last_four, expires_month, expires_year, is_default } = method;
  assert.deepEqual(
    { provider, brand, last_four, expires_month, expires_year, is_default },
    { provider: "stripe", brand: "visa", last_four: "4242", expires_month: 12, expires_year: 2034, is_default: true },
  );
  const { id: invoiceId } = await openInvoice(id);
  await settle();
  await settle();
  assert.equal((await invoiceOf(invoiceId)).status, "paid");
  const [payment] = await paymentsOf(invoiceId);
  assert.equal(payment.provider, "stripe");
  assert.match(payment.reference, /^pi_/);
  assert.deepEqual(stripe.takenFor(payment.id), [5_000]);
});

test("a page for saving a card needs a known customer and an account at Stripe, and says so if that does not answer", async () => {
  const id = await customer(null);
  stripe.faults.push("too_many_requests");
  const path = `/v1/customers/${id}/payment-methods/setup`;
  const unavailable = await api.post(path, {});
  assert.deepEqual([unavailable.status, unavailable.body.error.code], [503, "PROVIDER_UNAVAILABLE"]);
  assert.equal((await api.post(path, { success_url: "javascript:alert(1)" })).status, 400);
  assert.equal((await api.post(path, {}, { "Idempotency-Key": "once" })).status, 201);
  const repeat = await api.post(path, {}, { "Idempotency-Key": "once" });
  assert.equal(repeat.headers["idempotency-replayed"], "true");
  const unknown = await api.post(`/v1/customers/c${"0".repeat(24)}/payment-methods/setup`, {});
  assert.equal(unknown.body.error.code, "CUSTOMER_NOT_FOUND");
});

test("what a bank refuses fails with its reason, and is charged again on the days of the settings", async () => {
  for (const [card, code] of [
    [stripeCards.declined, "card_declined"],
    [stripeCards.poor, "insufficient_funds"],
  ] as const) {
    const id = await customer(card);
    const { id: invoiceId } = await openInvoice(id);
    await settle();
    const [payment] = await paymentsOf(invoiceId);
    assert.deepEqual([payment.status, payment.failure.code], ["failed", code]);
    assert.deepEqual(stripe.takenFor(payment.id), []);
    clock.advance(24 * hourMs);
    await settle();
    assert.equal((await paymentsOf(invoiceId)).length, 2);
  }
});

test("a bank that asks for a second step has the customer confirm the same payment on its page", async () => {
  const id = await customer(stripeCards.asking);
  const { id: invoiceId, payment_url } = await openInvoice(id);
  await settle();
  const [waiting] = await paymentsOf(invoiceId);
  assert.equal(waiting.status, "requires_action");
  assert.match(waiting.action_url, /^https:\/\/hooks\.stripe\.com\/step\/pi_/);
  const intent = stripe.things.get(waiting.reference);
  assert.ok(intent);
  assert.equal(
    (intent.next_action as { redirect_to_url: { return_url: string } }).redirect_to_url.return_url,
    payment_url,
  );
  Object.assign(intent, { payment_method: stripeCards.good, status: "processing" });
  await send(intent);
  await settle();
  assert.equal((await paymentsOf(invoiceId))[0].status, "requires_action");
  Object.assign(intent, { status: "succeeded", latest_charge: null });
  await send(intent);
  await settle();
  assert.equal((await invoiceOf(invoiceId)).status, "paid");
});

test("a second step that nobody takes is given up after a day, and can be given up before", async () => {
  const id = await customer(stripeCards.asking);
  const [late, early] = [await openInvoice(id), await openInvoice(id)];
  await settle();
  const [waiting] = await paymentsOf(early.id);
  await cancelPayment(database, collecting, { ...(await keyOf(id)), id: waiting.id }, clock.now());
  assert.equal((await paymentsOf(early.id))[0].status, "canceled");
  await settleForHours(26);
  const [, first] = await paymentsOf(late.id);
  assert.equal(first?.status ?? (await paymentsOf(late.id))[0].status, "canceled");
});

test("amounts that Stripe does not take are refused before it is told, and those it refuses fail", async () => {
  const id = await customer(stripeCards.good);
  const line = (cents: number) => ({ line_items: [{ description: "Work", quantity: 1, unit_amount_cents: cents }] });
  const dinars = await openInvoice(id, { currency_code: "kwd", ...line(1_235) });
  const few = await openInvoice(id, line(1));
  const kronur = await openInvoice(id, { currency_code: "isk", ...line(500) });
  await settle();
  for (const { id: invoiceId } of [dinars, few]) {
    const [payment] = await paymentsOf(invoiceId);
    assert.deepEqual([payment.status, payment.failure.code], ["failed", "amount_not_chargeable"]);
  }
  const [payment] = await paymentsOf(kronur.id);
  assert.deepEqual(stripe.takenFor(payment.id), [50_000]);
});

const faults = [
  "cut_before",
  "cut_after",
  "timeout_after",
  "too_many_requests",
  "error_before",
  "error_after",
] as const;

/** A connection that was cut is tried once more by the library, with the same key. */
const untilItFails = (fault: Fault): Fault[] => (fault.startsWith("cut") ? [fault, fault] : [fault]);

for (const fault of faults) {
  test(`money moves once after ${fault.replaceAll("_", " ")}, also when Stripe has forgotten the key`, async () => {
    for (const forgets of [false, true]) {
      const id = await customer(stripeCards.good);
      const { id: invoiceId } = await openInvoice(id);
      stripe.faults.push(...untilItFails(fault));
      assert.equal(await settle(), 1);
      assert.equal((await paymentsOf(invoiceId))[0].status, "processing");
      if (forgets) stripe.forgetKeys();
      // A kept error is told as long as its key is known.
      await settleForHours(2);
      if (fault === "error_before" && !forgets) {
        assert.equal((await paymentsOf(invoiceId))[0].status, "processing");
        stripe.forgetKeys();
        await settleForHours(2);
      }
      const [payment] = await paymentsOf(invoiceId);
      assert.equal(payment.status, "succeeded");
      assert.deepEqual(stripe.takenFor(payment.id), [5_000]);
      assert.equal((await invoiceOf(invoiceId)).amount_paid_cents, 5_000);
    }
  });
}

test("events that come twice, in any order or of nothing that we know change nothing; a dispute is asked about and shown", async () => {
  const id = await customer(stripeCards.slow);
  const { id: invoiceId } = await openInvoice(id);
  await settle();
  const [{ id: paymentId, reference }] = await paymentsOf(invoiceId);
  const intent = stripe.things.get(reference);
  assert.ok(intent);
  // A payload is not believed: it says succeeded, and Stripe, when asked, does not.
  await send({ ...intent, status: "succeeded" });
  await settle();
  assert.equal((await paymentsOf(invoiceId))[0].status, "processing");
  const charge = { id: "ch_x", object: "charge", payment_intent: reference, disputed: false };
  stripe.things.set(charge.id, charge);
  Object.assign(intent, { status: "succeeded", latest_charge: charge.id });
  for (const object of [intent, { ...intent, status: "processing" }, intent, { id: "pi_unknown" }]) {
    assert.equal((await send(object)).statusCode, 200);
    await settle();
  }
  assert.equal((await invoiceOf(invoiceId)).amount_paid_cents, 5_000);
  charge.disputed = true;
  await send({ id: "dp_1", object: "dispute", charge: charge.id, payment_intent: reference });
  await settle();
  await settle();
  const [payment] = await paymentsOf(invoiceId);
  assert.deepEqual([payment.id, payment.status, payment.is_disputed], [paymentId, "succeeded", true]);
  const asked = () => stripe.requests.filter((request) => request.includes(reference)).length;
  const before = asked();
  await settleForHours(3);
  assert.equal(asked(), before);
});

test("money that comes after a payment had failed is the customer's all the same", async () => {
  const id = await customer(stripeCards.declined);
  const { id: invoiceId } = await openInvoice(id);
  await settle();
  const [{ reference }] = await paymentsOf(invoiceId);
  const intent = stripe.things.get(reference);
  assert.ok(intent);
  await send(intent);
  await settle();
  assert.equal((await paymentsOf(invoiceId))[0].status, "failed");
  Object.assign(intent, { status: "succeeded", last_payment_error: null });
  await send(intent);
  await settle();
  const [payment] = await paymentsOf(invoiceId);
  assert.deepEqual([payment.status, payment.failure], ["succeeded", null]);
  assert.equal((await invoiceOf(invoiceId)).status, "paid");
});

test("an event is refused without the tenant's signature, with one that is old, and at an address that is nobody's", async () => {
  const code = async (answer: ReturnType<typeof send>) => {
    const { statusCode, payload } = await answer;
    return [statusCode, JSON.parse(payload).error?.code];
  };
  const object = { id: "pi_1" };
  assert.deepEqual(await code(send(object)), [200, undefined]);
  assert.deepEqual(await code(send(object, { secret: "whsec_other_one" })), [400, "SIGNATURE_INVALID"]);
  const old = new Date(clock.now().getTime() - 301_000);
  assert.deepEqual(await code(send(object, { at: old })), [400, "SIGNATURE_INVALID"]);
  const url = webhookUrl.replace(/[^/]{32}\/webhook/, `${"0".repeat(32)}/webhook`);
  assert.deepEqual(await code(send(object, { url })), [404, "NOT_FOUND"]);
  const path = new URL(webhookUrl).pathname;
  const headers = { "content-type": "application/json" };
  const unsigned = await app.inject({ method: "POST", url: path, headers, payload: "{}" });
  assert.equal(unsigned.statusCode, 400);
  const otherMode = (await live.get("/v1/payment-settings")).body.payment_settings.stripe.webhook_url;
  assert.deepEqual(await code(send(object, { url: otherMode })), [400, "SIGNATURE_INVALID"]);
});

test("a customer pays an invoice on Stripe's page once, whatever fails, and the card is kept", async () => {
  for (const fault of [null, ...faults]) {
    const id = await customer(null);
    const { id: invoiceId } = await openInvoice(id, { collection_method: "send_invoice" });
    const of = { key: await keyOf(id), invoiceId };
    stripe.faults.push(null, ...(fault === null ? [] : untilItFails(fault)));
    const open = () => startCheckout(database, collecting, of, clock.now());
    let url = await open().catch(() => null);
    assert.equal(url === null, fault !== null);
    if (fault === "error_before") stripe.forgetKeys();
    await settleForHours(1);
    url = await open();
    assert.match(url ?? "", /^https:\/\/checkout\.stripe\.com\//);
    assert.equal(await open(), url);
    stripe.complete(url?.split("/").at(-1) ?? "");
    await send({ id: "cs", metadata: { payment_id: (await paymentsOf(invoiceId))[0].id } });
    await settle();
    const [payment, ...others] = await paymentsOf(invoiceId);
    assert.deepEqual([payment.status, others], ["succeeded", []]);
    assert.deepEqual(stripe.takenFor(payment.id), [5_000]);
    assert.equal((await methodsOf(id)).length, 1);
    assert.equal(
      stripe
        .all("checkout.session")
        .filter(({ metadata }) => (metadata as { payment_id?: string }).payment_id === payment.id).length,
      1,
    );
  }
});

test("a refund is sent once, whatever fails", async () => {
  for (const fault of [null, ...faults]) {
    const id = await customer(stripeCards.good);
    const { id: invoiceId } = await openInvoice(id);
    await settle();
    const [payment] = await paymentsOf(invoiceId);
    await api.post(`/v1/payments/${payment.id}/refunds`, { amount_cents: 2_000 });
    stripe.faults.push(...(fault === null ? [] : untilItFails(fault)));
    await settle();
    if (fault === "error_before") stripe.forgetKeys();
    await settleForHours(2);
    const { refunds } = (await api.get(`/v1/payments/${payment.id}/refunds`)).body;
    assert.equal(refunds[0].status, "succeeded", String(fault));
    const sent = stripe.all("refund").filter(({ payment_intent }) => payment_intent === payment.reference);
    assert.deepEqual(
      sent.map(({ amount }) => amount),
      [2_000],
    );
  }
});

test("whatever sequence of faults meets a payment, money moves exactly once, and counts exactly once", async () => {
  const anyFault = fc.constantFrom<Fault | null>(null, ...faults);
  const life = fc.record({
    faults: fc.array(anyFault, { maxLength: 8 }),
    forgetsAt: fc.integer({ min: 0, max: 12 }),
    tellsAt: fc.integer({ min: 0, max: 12 }),
    card: fc.constantFrom(stripeCards.good, stripeCards.good, stripeCards.asking, stripeCards.declined),
  });
  await fc.assert(
    fc.asyncProperty(life, async ({ faults: chosen, forgetsAt, tellsAt, card }) => {
      const id = await customer(card);
      const { id: invoiceId } = await openInvoice(id);
      stripe.faults.push(...chosen);
      for (let hour = 0; hour < 14; hour += 1) {
        if (hour === forgetsAt) stripe.forgetKeys();
        if (hour === tellsAt)
          await send({ id: "x", metadata: { payment_id: (await paymentsOf(invoiceId))[0]?.id ?? "" } });
        clock.advance(hourMs);
        await settle();
      }
      stripe.faults.length = 0;
      stripe.forgetKeys();
      await settleForHours(2);
      const payments = await paymentsOf(invoiceId);
      const taken = payments.flatMap((payment: { id: string }) => stripe.takenFor(payment.id));
      const { status, amount_paid_cents } = await invoiceOf(invoiceId);
      assert.deepEqual(taken, card === stripeCards.good ? [5_000] : []);
      assert.deepEqual([status, amount_paid_cents], card === stripeCards.good ? ["paid", 5_000] : ["open", 0]);
      const expected = {
        [stripeCards.good]: "succeeded",
        [stripeCards.asking]: "requires_action",
        [stripeCards.declined]: "failed",
      };
      assert.equal(payments.at(-1).status, expected[card]);
      const intents = stripe
        .all("payment_intent")
        .filter(({ metadata }) =>
          payments.some((payment: { id: string }) => (metadata as { payment_id?: string }).payment_id === payment.id),
        );
      assert.equal(intents.length, payments.length);
    }),
    { numRuns: 25 },
  );
});
