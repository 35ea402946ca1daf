import assert from "node:assert/strict";
import { test } from "node:test";
import { createCollecting } from "../app.ts";
import { createCatalogReader } from "../catalog/catalog.ts";
import { sql } from "../platform/db.ts";
import { verifyWallets } from "../wallets/verify.ts";
import { startTestApp, testPublicUrl, type Api } from "../../test/harness.ts";
import { billDue } from "../renewals/renewals.ts";
import { collectDueInvoices, settleWaiting } from "./payments.ts";

const { database, clock, test: api, live } = await startTestApp({ now: "2026-03-10T09:00:00.000Z" });
const catalog = createCatalogReader(clock);
const collecting = createCollecting(database, catalog, testPublicUrl);

const good = "4242 4242 4242 4242";
const day = 86_400_000;

/** What the job does every half second. */
async function collect(): Promise<void> {
  const collected = await collectDueInvoices(database, collecting, clock.now());
  const settled = await settleWaiting(database, collecting, clock.now());
  assert.deepEqual([...collected.failures, ...settled.failures], []);
}

async function collectAt(instant: string): Promise<void> {
  clock.set(instant);
  await collect();
}

async function customer(card: string | null, by: Api = api): Promise<string> {
  const { id } = (await by.post("/v1/customers", { name: "Ada", email: "ada@example.com" })).body.customer;
  if (card !== null) await saveCard(id, card);
  return id;
}

async function saveCard(customerId: string, number: string): Promise<string> {
  const answer = await api.post(`/v1/customers/${customerId}/payment-methods`, {
    card: { number, expires_month: 12, expires_year: 2030 },
  });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.payment_method.id;
}

async function openInvoice(customerId: string, fields: object = {}): Promise<{ id: string; payment_url: string }> {
  const line_items = [{ description: "Work", quantity: 1, unit_amount_cents: 5_000 }];
  const { invoice } = (await api.post("/v1/invoices", { customer_id: customerId, line_items, ...fields })).body;
  return (await api.post(`/v1/invoices/${invoice.id}/finalize`)).body.invoice;
}

const invoiceOf = async (id: string) => (await api.get(`/v1/invoices/${id}`)).body.invoice;
const paymentsOf = async (id: string) => (await api.get(`/v1/payments?invoice_id=${id}`)).body.payments;
const balancesOf = async (id: string) => (await api.get(`/v1/customers/${id}/balances`)).body.balances;
const automatic = { collection_method: "charge_automatically" };

test("a finalized invoice has a public page of its own, and a draft has none", async () => {
  const id = await customer(null);
  const [first, second] = [await openInvoice(id), await openInvoice(id)];
  assert.match(first.payment_url, new RegExp(`^${testPublicUrl}/pay/[0-9A-Za-z]{32}$`));
  assert.notEqual(first.payment_url, second.payment_url);
  const { invoice } = (await api.post("/v1/invoices", { customer_id: id })).body;
  assert.equal(invoice.payment_url, null);
});

test("an invoice that is charged automatically is paid by the saved card, once", async () => {
  const id = await customer(good);
  const { id: invoiceId } = await openInvoice(id, automatic);
  await collect();
  await collect();
  const invoice = await invoiceOf(invoiceId);
  assert.equal(invoice.status, "paid");
  assert.equal(invoice.amount_paid_cents, 5_000);
  assert.equal(invoice.next_collection_at, null);
  const payments = await paymentsOf(invoiceId);
  assert.deepEqual(
    payments.map(({ status, amount_cents, provider }: Record<string, unknown>) => [status, amount_cents, provider]),
    [["succeeded", 5_000, "sandbox"]],
  );
  const types = (await api.get(`/v1/webhook-events?customer_id=${id}`)).body.webhook_events.map(
    ({ type }: { type: string }) => type,
  );
  assert.deepEqual(types.toSorted(), ["invoice.paid", "payment.succeeded"]);
});

test("a declined card is tried on days 1, 3, 5 and 7, and then the invoice is left open, as the settings say", async () => {
  clock.set("2026-03-10T09:00:00.000Z");
  const id = await customer("4000000000000002");
  const { id: invoiceId } = await openInvoice(id, automatic);
  const seen: (string | null)[] = [];
  for (const date of ["10", "11", "12", "13", "15", "17", "30"]) {
    await collectAt(`2026-03-${date}T09:00:00.000Z`);
    seen.push((await invoiceOf(invoiceId)).next_collection_at);
  }
  assert.deepEqual(
    seen.map((at) => at?.slice(8, 10) ?? null),
    ["11", "13", "13", "15", "17", null, null],
  );
  const payments = await paymentsOf(invoiceId);
  assert.equal(payments.length, 5);
  assert.ok(payments.every(({ failure }: { failure: { code: string } }) => failure.code === "card_declined"));
  const invoice = await invoiceOf(invoiceId);
  assert.equal(invoice.status, "open");
  assert.equal(invoice.collection_attempts, 5);
});

test("a card that is saved between two tries pays at the next", async () => {
  clock.set("2026-03-10T09:00:00.000Z");
  const id = await customer("4000000000009995");
  const { id: invoiceId } = await openInvoice(id, automatic);
  await collect();
  await saveCard(id, good);
  await collectAt("2026-03-11T09:00:00.000Z");
  assert.equal((await invoiceOf(invoiceId)).status, "paid");
});

test("after the last try an invoice is given up if the settings say so, and can still be paid", async () => {
  clock.set("2026-03-10T09:00:00.000Z");
  await api.patch("/v1/payment-settings", { retry_days: [2], after_retries: "mark_uncollectible" });
  const id = await customer("4000000000000002");
  const { id: invoiceId } = await openInvoice(id, automatic);
  await collect();
  await collectAt("2026-03-12T09:00:00.000Z");
  assert.equal((await invoiceOf(invoiceId)).status, "uncollectible");
  await saveCard(id, good);
  assert.equal((await api.post(`/v1/invoices/${invoiceId}/pay`, {})).status, 201);
  await collect();
  assert.equal((await invoiceOf(invoiceId)).status, "paid");
  await api.patch("/v1/payment-settings", { retry_days: [1, 3, 5, 7], after_retries: "leave_open" });
});

test("a subscription is past due while its invoice is not paid, active again when it is, and canceled if nobody pays", async () => {
  clock.set("2026-04-01T00:00:00.000Z");
  const fixed_fees = [{ code: "base", amount: "30", currency_code: "usd" }];
  await api.post("/v1/plans", { code: "dunned", fixed_fees });
  const subscribe = async (card: string) => {
    const id = await customer(card);
    const fields = { customer_id: id, plan_code: "dunned", initial_status: "active" };
    const { subscription } = (await api.post("/v1/subscriptions", fields)).body;
    await billDue(database, catalog, clock.now());
    const [invoice] = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices;
    return { id, subscriptionId: subscription.id, invoice };
  };
  const statusOf = async (id: string) => (await api.get(`/v1/subscriptions/${id}`)).body.subscription.status;

  const payer = await subscribe(good);
  assert.equal(payer.invoice.collection_method, "charge_automatically");
  const late = await subscribe("4000000000000002");
  await collect();
  assert.equal((await invoiceOf(payer.invoice.id)).status, "paid");
  assert.equal(await statusOf(payer.subscriptionId), "active");
  assert.equal(await statusOf(late.subscriptionId), "past_due");
  await saveCard(late.id, good);
  await collectAt("2026-04-02T00:00:00.000Z");
  assert.equal(await statusOf(late.subscriptionId), "active");

  clock.set("2026-04-03T00:00:00.000Z");
  await api.patch("/v1/payment-settings", { retry_days: [1], after_retries: "cancel_subscription" });
  const never = await subscribe("4000000000000002");
  await collect();
  await collectAt("2026-04-04T00:00:00.000Z");
  assert.equal(await statusOf(never.subscriptionId), "canceled");
  await api.patch("/v1/payment-settings", { retry_days: [1, 3, 5, 7], after_retries: "leave_open" });
});

test("an invoice that is sent is asked for when it is due", async () => {
  clock.set("2026-03-10T09:00:00.000Z");
  const id = await customer(good);
  const { id: invoiceId } = await openInvoice(id, { days_until_due: 14 });
  await collectAt("2026-03-24T08:59:00.000Z");
  assert.equal((await invoiceOf(invoiceId)).collection_attempts, 0);
  await collectAt("2026-03-24T09:00:00.000Z");
  const invoice = await invoiceOf(invoiceId);
  assert.equal(invoice.collection_attempts, 1);
  assert.equal(invoice.next_collection_at, "2026-03-25T09:00:00.000Z");
  assert.deepEqual(await paymentsOf(invoiceId), []);
});

test("a payment in two shares pays, and what is more than is due goes into the wallet", async () => {
  const id = await customer(null);
  const { id: invoiceId } = await openInvoice(id);
  const record = (amount_cents: number) =>
    api.post(`/v1/invoices/${invoiceId}/payments`, { amount_cents, reference: "Transfer 17" });
  assert.equal((await record(2_000)).body.payment.status, "succeeded");
  let invoice = await invoiceOf(invoiceId);
  assert.deepEqual([invoice.status, invoice.amount_due_cents], ["open", 3_000]);
  assert.equal((await record(3_500)).body.payment.excess_cents, 500);
  invoice = await invoiceOf(invoiceId);
  assert.deepEqual([invoice.status, invoice.amount_due_cents, invoice.amount_paid_cents], ["paid", 0, 5_000]);
  assert.equal((await balancesOf(id))[0].balance, "5");
  await record(100);
  assert.equal((await balancesOf(id))[0].balance, "6");
});

test("a charge that asks for a step waits, and a second payment is refused meanwhile", async () => {
  const id = await customer("4000002500003155");
  const { id: invoiceId } = await openInvoice(id);
  const { payment } = (await api.post(`/v1/invoices/${invoiceId}/pay`, {})).body;
  await collect();
  assert.equal((await api.get(`/v1/payments/${payment.id}`)).body.payment.status, "requires_action");
  const second = await api.post(`/v1/invoices/${invoiceId}/pay`, {});
  assert.deepEqual([second.status, second.body.error.code], [409, "PAYMENT_IN_PROGRESS"]);
  // Nobody comes back within a day.
  clock.advance(day);
  await collect();
  assert.equal((await api.get(`/v1/payments/${payment.id}`)).body.payment.status, "canceled");
});

test("a charge that fails a minute later, and one that is disputed a minute later, are found by asking", async () => {
  const [slow, disputing] = [await customer("4000000000000341"), await customer("4000000000000259")];
  const [first, second] = [await openInvoice(slow), await openInvoice(disputing)];
  for (const { id } of [first, second]) await api.post(`/v1/invoices/${id}/pay`, {});
  await collect();
  assert.equal((await paymentsOf(first.id))[0].status, "processing");
  assert.equal((await paymentsOf(second.id))[0].is_disputed, false);
  clock.advance(60_000);
  await collect();
  assert.equal((await paymentsOf(first.id))[0].failure.code, "processing_error");
  assert.equal((await invoiceOf(first.id)).status, "open");
  const [disputed] = await paymentsOf(second.id);
  assert.deepEqual([disputed.status, disputed.is_disputed], ["succeeded", true]);
});

test("whatever step a process is killed after, money moves once", async () => {
  const id = await customer(good);
  const { id: invoiceId } = await openInvoice(id);
  const { payment } = (await api.post(`/v1/invoices/${invoiceId}/pay`, {})).body;
  const sandbox = collecting.providers.get("sandbox");
  assert.ok(sandbox);
  // Killed after the provider was told, before its answer was written down.
  const dying = {
    ...collecting,
    providers: new Map([
      [
        "sandbox" as const,
        {
          ...sandbox,
          charge: async (...charge: Parameters<typeof sandbox.charge>) => {
            await sandbox.charge(...charge);
            throw new Error("killed");
          },
        },
      ],
    ]),
  };
  const { failures } = await settleWaiting(database, dying, clock.now());
  assert.equal(failures.length, 1);
  assert.equal((await api.get(`/v1/payments/${payment.id}`)).body.payment.status, "processing");
  await collect();
  assert.equal((await invoiceOf(invoiceId)).status, "open", "it is not asked about before the claim has run out");
  clock.advance(day);
  await Promise.all([collect(), collect()]);
  assert.equal((await invoiceOf(invoiceId)).amount_paid_cents, 5_000);
  const charges = await database.query(sql`select charge_id from sandbox_charges where charge_id = ${payment.id}`);
  assert.equal(charges.length, 1);
});

test("an invoice that is voided or paid outside while it is being charged gives what comes to the customer", async () => {
  const id = await customer(good);
  const { id: invoiceId } = await openInvoice(id);
  await api.post(`/v1/invoices/${invoiceId}/pay`, {});
  await api.post(`/v1/invoices/${invoiceId}/void`);
  await collect();
  assert.equal((await paymentsOf(invoiceId))[0].excess_cents, 5_000);
  assert.equal((await balancesOf(id))[0].balance, "50");
});

test("a refund goes back with its credit note, in shares and never more than was paid", async () => {
  const id = await customer(good);
  const { id: invoiceId } = await openInvoice(id, automatic);
  await collect();
  const [{ id: paymentId }] = await paymentsOf(invoiceId);
  const refund = (fields: object) => api.post(`/v1/payments/${paymentId}/refunds`, fields);
  assert.equal((await refund({ amount_cents: 2_000, reason: "Half a service" })).status, 201);
  const tooMuch = await refund({ amount_cents: 3_001 });
  assert.deepEqual([tooMuch.status, tooMuch.body.error.code], [409, "REFUND_TOO_LARGE"]);
  assert.equal((await refund({})).body.refund.amount_cents, 3_000);
  await collect();
  const { refunds } = (await api.get(`/v1/payments/${paymentId}/refunds`)).body;
  assert.deepEqual(
    refunds.map(({ status }: { status: string }) => status),
    ["succeeded", "succeeded"],
  );
  const { credit_notes } = (await api.get(`/v1/credit-notes?invoice_id=${invoiceId}`)).body;
  assert.deepEqual(
    credit_notes.map(({ total_cents, refunded_cents }: Record<string, number>) => [total_cents, refunded_cents]),
    [
      [3_000, 3_000],
      [2_000, 2_000],
    ],
  );
  assert.equal((await refund({})).body.error.code, "REFUND_TOO_LARGE");
  assert.equal((await invoiceOf(invoiceId)).status, "paid");
});

test("a credit note lowers what is due first; what was paid goes into the wallet, or back; and never more than the invoice", async () => {
  const id = await customer(good);
  const line_items = [
    { description: "Work", unit_amount_cents: 5_000 },
    { description: "Travel", unit_amount_cents: 3_000 },
  ];
  const { id: invoiceId } = await openInvoice(id, { line_items });
  const { line_items: lines } = await invoiceOf(invoiceId);
  const credit = (fields: object) => api.post("/v1/credit-notes", { invoice_id: invoiceId, ...fields });
  const draft = (await api.post("/v1/invoices", { customer_id: id, line_items })).body.invoice;
  assert.equal((await credit({ invoice_id: draft.id })).body.error.code, "INVOICE_NOT_CREDITABLE");

  const first = await credit({ lines: [{ line_item_id: lines[1].id, amount_cents: 1_000 }], reason: "Shorter trip" });
  assert.equal(first.status, 201, first.text);
  assert.deepEqual(
    [first.body.credit_note.applied_cents, first.body.credit_note.lines[0].description],
    [1_000, "Travel"],
  );
  assert.deepEqual(
    [(await invoiceOf(invoiceId)).amount_due_cents, (await invoiceOf(invoiceId)).status],
    [7_000, "open"],
  );
  await api.post(`/v1/invoices/${invoiceId}/pay`, {});
  await collect();
  assert.equal((await invoiceOf(invoiceId)).status, "paid");

  assert.equal((await credit({ amount_cents: 500 })).body.credit_note.refunded_cents, 0);
  assert.equal((await balancesOf(id))[0].balance, "5");
  const { credit_note } = (await credit({ amount_cents: 2_000, refund: true })).body;
  assert.deepEqual([credit_note.total_cents, credit_note.refunded_cents], [2_000, 2_000]);
  await collect();
  const [payment] = await paymentsOf(invoiceId);
  assert.equal(payment.refunded_cents, 2_000);
  assert.equal((await balancesOf(id))[0].balance, "5");

  assert.equal((await credit({ amount_cents: 4_501 })).body.error.code, "CREDIT_TOO_LARGE");
  assert.equal((await credit({})).body.credit_note.total_cents, 4_500);
  assert.equal((await credit({})).body.error.code, "CREDIT_TOO_LARGE");
  assert.equal((await balancesOf(id))[0].balance, "50");
});

test("a credit note over all that is due pays the invoice, and its subscription is active again", async () => {
  clock.set("2026-05-01T00:00:00.000Z");
  const id = await customer("4000000000000002");
  const fields = { customer_id: id, plan_code: "dunned", initial_status: "active" };
  const { subscription } = (await api.post("/v1/subscriptions", fields)).body;
  await collect();
  const status = async () => (await api.get(`/v1/subscriptions/${subscription.id}`)).body.subscription.status;
  assert.equal(await status(), "past_due");
  const [{ id: invoiceId }] = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices;
  await api.post("/v1/credit-notes", { invoice_id: invoiceId });
  assert.deepEqual([(await invoiceOf(invoiceId)).status, await status()], ["paid", "active"]);
});

test("a top-up is charged, and its credits come once; one whose card fails gives none and turns its rule off", async () => {
  const rule = { threshold: "10", amount: "50", currency_code: "usd" };
  const [payer, failing] = [await customer(good), await customer("4000000000000002")];
  for (const id of [payer, failing]) {
    assert.equal((await api.post(`/v1/customers/${id}/top-up-rules`, rule)).status, 201);
    await collect();
    await collect();
  }
  assert.equal((await balancesOf(payer))[0].balance, "50");
  assert.equal((await balancesOf(failing))[0]?.balance ?? "0", "0");
  const { top_up_rules } = (await api.get(`/v1/customers/${failing}/top-up-rules`)).body;
  assert.deepEqual([top_up_rules[0].status, top_up_rules[0].off_reason], ["off", "payment_failed"]);
});

test("the first card is the default, another may be made it, and a forgotten one hands over to the newest left", async () => {
  const id = await customer(good);
  const second = await saveCard(id, "5555555555554444");
  const methods = async () => (await api.get(`/v1/customers/${id}/payment-methods`)).body.payment_methods;
  const [newest, first] = await methods();
  assert.equal(newest.id, second);
  assert.deepEqual([newest.is_default, first.is_default], [true, false]);
  assert.equal((await api.post(`/v1/customers/${id}/payment-methods/${first.id}/make-default`)).status, 200);
  await api.delete(`/v1/customers/${id}/payment-methods/${first.id}`);
  assert.deepEqual(
    (await methods()).map(({ id: each, is_default }: Record<string, unknown>) => [each, is_default]),
    [[second, true]],
  );
  assert.equal((await api.get(`/v1/customers/${id}`)).body.customer.default_payment_method_id, second);
});

test("cards that nobody could charge are refused: unknown numbers, past months, and every card in live mode", async () => {
  const id = await customer(null);
  const save = (by: Api, customerId: string, card: object) =>
    by.post(`/v1/customers/${customerId}/payment-methods`, { card });
  const refused = [
    { number: "4111111111111111", expires_month: 1, expires_year: 2030 },
    { number: good, expires_month: 1, expires_year: 2020 },
    { number: "card", expires_month: 1, expires_year: 2030 },
  ];
  for (const card of refused) assert.equal((await save(api, id, card)).body.error.code, "VALIDATION_ERROR");
  const liveId = await customer(null, live);
  const answer = await save(live, liveId, { number: good, expires_month: 1, expires_year: 2030 });
  assert.deepEqual([answer.status, answer.body.error.code], [409, "CARDS_NOT_TAKEN"]);
});

test("every wallet agrees with its ledger after all of that", async () => {
  assert.deepEqual((await verifyWallets(database)).problems, []);
});
