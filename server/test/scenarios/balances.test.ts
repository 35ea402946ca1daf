import assert from "node:assert/strict";
import { test } from "node:test";
import { createCollecting } from "../../src/app.ts";
import { collectDueInvoices, settleWaiting } from "../../src/payments/payments.ts";
import { sql } from "../../src/platform/db.ts";
import { verifyInvoices } from "../../src/renewals/renewals.ts";
import { testPublicUrl } from "../harness.ts";
import { perUnit, startStory, usd } from "./story.ts";

/* What customers have in their wallets pays their invoices, exactly, and comes back when those are taken back. */

const story = await startStory();
const { api, database, clock, catalog, on, bill, close, plan, meter, customer, subscribe, use, balance, change } =
  story;
const collecting = createCollecting(database, catalog, testPublicUrl);

type Fields = Record<string, unknown>;
// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
type Body = any;

/** What the job does every half second. */
async function collect(): Promise<void> {
  assert.deepEqual((await collectDueInvoices(database, collecting, clock.now())).failures, []);
  assert.deepEqual((await settleWaiting(database, collecting, clock.now())).failures, []);
}

async function grant(id: string, amount: string, fields: Fields = {}): Promise<string> {
  const answer = await api.post(`/v1/customers/${id}/credit-grants`, {
    name: "Credits",
    amount,
    currency_code: "usd",
    ...fields,
  });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.credit_grant.id;
}

const forAll = { applies_to: "everything" };

async function draft(id: string, cents: number, fields: Fields = {}): Promise<string> {
  const line_items = [{ description: "Work", unit_amount_cents: cents }];
  return (await api.post("/v1/invoices", { customer_id: id, line_items, ...fields })).body.invoice.id;
}

async function move(invoiceId: string, verb: string, body: Fields = {}): Promise<Body> {
  const answer = await api.post(`/v1/invoices/${invoiceId}/${verb}`, body);
  assert.ok(answer.status < 300, answer.text);
  return answer.body.invoice;
}

const invoice = async (id: string) => (await api.get(`/v1/invoices/${id}`)).body.invoice;
const issue = async (id: string, cents: number, fields: Fields = {}) =>
  move(await draft(id, cents, fields), "finalize");

/** Money that no grant is made of: what a transfer brought beyond what was due. */
async function overpay(id: string, cents: number): Promise<void> {
  const { id: invoiceId } = await issue(id, 1);
  await move(invoiceId, "payments", { amount_cents: cents + 1 });
}

type Shown = Record<
  | "status"
  | "balance_applied_cents"
  | "balance_returned_cents"
  | "credit_applied_cents"
  | "amount_paid_cents"
  | "amount_due_cents",
  unknown
>;
const shown = (each: Shown) => [
  each.status,
  each.balance_applied_cents,
  each.balance_returned_cents,
  each.credit_applied_cents,
  each.amount_paid_cents,
  each.amount_due_cents,
];

async function ledger(id: string): Promise<string[]> {
  const { entries } = (await api.get(`/v1/customers/${id}/ledger?limit=100`)).body;
  type Entry = { kind: string; amount: string; draws: { amount: string }[] };
  return entries
    .toReversed()
    .map(({ kind, amount, draws }: Entry) => [kind, amount, ...draws.map((each) => `(${each.amount})`)].join(" "));
}

const credit = async (invoiceId: string, body: Fields) => {
  const answer = await api.post("/v1/credit-notes", { invoice_id: invoiceId, reason: "Sorry", ...body });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.credit_note;
};

test("an invoice takes the customer's balance as it is finalized, with its ledger entry, and asks for the rest", async () => {
  const id = await customer({ email: "ada@example.com" });
  await overpay(id, 3_000);
  const made = await draft(id, 5_000);
  assert.deepEqual(shown(await invoice(made)), ["draft", 0, 0, 0, 0, 5_000]);
  const final = await move(made, "finalize");
  assert.deepEqual(shown(final), ["open", 3_000, 0, 3_000, 0, 2_000]);
  assert.equal(await balance(id), "0");
  assert.deepEqual(await ledger(id), ["adjustment 30", "balance_applied -30"]);
  const [entry] = (await api.get(`/v1/customers/${id}/ledger`)).body.entries;
  assert.deepEqual([entry.cause_id, entry.seq], [made, final.balance_entry_seq]);
  const { explanation: explained } = (await api.get(`/v1/invoices/${made}/explain`)).body;
  assert.deepEqual([explained.balance_applied_cents, explained.balance_entry_seq], [3_000, entry.seq]);
  const [mail] = (await api.get(`/v1/mails?customer_id=${id}`)).body.mails;
  assert.equal(mail.subject.includes("20.00"), true, mail.subject);
});

test("an invoice that the balance covers is paid at once, never collected, and its customer is told", async () => {
  const id = await customer({ email: "ada@example.com" });
  await overpay(id, 8_000);
  const final = await issue(id, 5_000, { collection_method: "charge_automatically" });
  assert.deepEqual(shown(final), ["paid", 5_000, 0, 5_000, 0, 0]);
  assert.equal(final.paid_at, final.finalized_at);
  assert.equal(final.next_collection_at, null);
  assert.equal(await balance(id), "30");
  const [mail] = (await api.get(`/v1/mails?customer_id=${id}`)).body.mails;
  assert.deepEqual([mail.template, mail.subject.includes(final.number)], ["invoice_paid_by_balance", true]);
  await collect();
  await collect();
  const { webhook_events: events } = (await api.get(`/v1/webhook-events?customer_id=${id}`)).body;
  const told = events.filter((each: Fields) => each.type === "invoice.paid").map((each: Body) => each.data.invoice.id);
  assert.equal(told.filter((each: string) => each === final.id).length, 1, "once, though nothing was charged");
  assert.deepEqual((await api.get(`/v1/payments?invoice_id=${final.id}`)).body.payments, []);
});

test("credits pay usage alone unless they are for everything; holds and debts are left alone; fractions stay", async () => {
  const id = await customer();
  await grant(id, "100");
  assert.deepEqual(shown(await issue(id, 5_000)), ["open", 0, 0, 0, 0, 5_000]);
  await grant(id, "10.005", forAll);
  await api.post(`/v1/customers/${id}/holds`, { amount: "103", currency_code: "usd" });
  assert.deepEqual(shown(await issue(id, 5_000)), ["open", 700, 0, 700, 0, 4_300]);
  assert.equal(await balance(id), "103.005");
  const [open] = (await api.get(`/v1/customers/${id}/holds`)).body.holds;
  await api.post(`/v1/customers/${id}/holds/${open.id}/release`);
  assert.deepEqual(shown(await issue(id, 5_000)), ["open", 300, 0, 300, 0, 4_700]);
  assert.equal(await balance(id), "100.005");
  const [grants] = (await api.get(`/v1/customers/${id}/credit-grants`)).body.credit_grants;
  assert.deepEqual([grants.applies_to, grants.remaining], ["everything", "0.005"]);
  const other = await issue(id, 5_000, { currency_code: "eur" });
  assert.equal(other.balance_applied_cents, 0, "a balance pays in its own currency");
});

test("fees and late usage are paid from the balance, usage that credits paid as it came is not paid twice", async () => {
  const calls = await meter();
  const code = await plan({ fixed_fees: [usd("base", "30")], usage_prices: [perUnit(calls, "1")] });
  on("2024-04-01");
  const id = await customer();
  await grant(id, "50", forAll);
  await subscribe(id, code);
  await bill();
  const [first] = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices;
  assert.deepEqual(shown(first), ["paid", 3_000, 0, 3_000, 0, 0]);
  await use(id, calls, { count: 15 });
  assert.equal(await balance(id), "5");
  await bill("2024-05-01");
  await use(id, calls, { count: 2, at: "2024-04-30T23:00:00.000Z" });
  await close("2024-05-01");
  const [second] = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices;
  assert.deepEqual(
    second.line_items.map(({ description, amount_cents }: Fields) => [description, amount_cents]),
    [
      ["base", 3_000],
      [calls, 0],
    ],
  );
  assert.deepEqual(shown(second), ["open", 300, 0, 300, 0, 2_700]);
  assert.equal(await balance(id), "0");
});

test("a plan's allowance pays no fee, nor does what was bought by a top-up, and a top-up is paid by no balance", async () => {
  const code = await plan({
    fixed_fees: [usd("base", "30")],
    recurring_grants: [{ code: "included", name: "Included", amount: "20", currency_code: "usd" }],
  });
  on("2024-04-01");
  const id = await customer();
  await subscribe(id, code);
  await bill("2024-05-01");
  const [renewed] = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices;
  assert.deepEqual(shown(renewed), ["open", 0, 0, 0, 0, 3_000]);
  await overpay(id, 4_000);
  const bought = await api.post(`/v1/customers/${id}/top-ups`, { amount: "25", currency_code: "usd" });
  const topUp = await invoice(bought.body.top_up.invoice_id);
  assert.deepEqual(shown(topUp), ["open", 0, 0, 0, 0, 2_500]);
  await move(topUp.id, "mark-paid");
  assert.deepEqual(shown(await issue(id, 9_000)), ["open", 4_000, 0, 4_000, 0, 5_000]);
});

test("voiding gives all of it back to where it came from; credits that have expired meanwhile are gone", async () => {
  on("2024-06-01");
  const id = await customer();
  await overpay(id, 500);
  const lasting = await grant(id, "10", forAll);
  const short = await grant(id, "5", { ...forAll, expires_at: "2024-06-10T00:00:00Z" });
  const { id: first } = await issue(id, 2_100);
  assert.deepEqual(shown(await move(first, "void")), ["void", 2_000, 2_000, 2_000, 0, 0]);
  const left = async (grantId: string) =>
    (await api.get(`/v1/customers/${id}/credit-grants/${grantId}`)).body.credit_grant.remaining;
  assert.deepEqual([await left(lasting), await left(short), await balance(id)], ["10", "5", "20"]);
  const { id: second } = await issue(id, 2_100);
  on("2024-06-11");
  await move(second, "mark-uncollectible");
  await move(second, "void");
  assert.deepEqual([await left(lasting), await left(short), await balance(id)], ["10", "0", "15"]);
  assert.equal((await api.post(`/v1/invoices/${second}/void`)).status, 409);
});

test("a credit note lowers what is due, then gives payments back, and then the balance; the sums stay whole", async () => {
  const id = await customer();
  const credits = await grant(id, "30", forAll);
  const { id: made } = await issue(id, 10_000);
  await credit(made, { amount_cents: 1_000 });
  assert.deepEqual(shown(await invoice(made)), ["open", 3_000, 0, 4_000, 0, 6_000]);
  await move(made, "payments", { amount_cents: 6_000 });
  await credit(made, { amount_cents: 5_000, refund: true });
  assert.deepEqual(shown(await invoice(made)), ["paid", 3_000, 0, 4_000, 6_000, 0]);
  await credit(made, { amount_cents: 2_000 });
  assert.deepEqual(shown(await invoice(made)), ["paid", 3_000, 1_000, 4_000, 6_000, 0]);
  const note = await credit(made, { refund: true });
  assert.deepEqual([note.total_cents, note.refunded_cents], [2_000, 1_000]);
  const { remaining } = (await api.get(`/v1/customers/${id}/credit-grants/${credits}`)).body.credit_grant;
  assert.equal(await balance(id), "30");
  assert.equal(remaining, "20");
});

test("what is not used of a fee that the balance paid goes back to it when the subscription is canceled", async () => {
  const code = await plan({ fixed_fees: [usd("base", "30")] });
  on("2024-04-01");
  const id = await customer();
  const credits = await grant(id, "30", forAll);
  const subscription = await subscribe(id, code);
  await bill();
  on("2024-04-16");
  await change(subscription, "cancel", { cancel_mode: "now" });
  const [first] = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices;
  assert.deepEqual(shown(first), ["paid", 3_000, 1_500, 3_000, 0, 0]);
  assert.equal((await api.get(`/v1/customers/${id}/credit-grants/${credits}`)).body.credit_grant.remaining, "15");
  assert.equal(await balance(id), "15");
});

test("previews of a subscription and of a plan change say what the balance will pay, and move nothing", async () => {
  const [small, large] = [
    await plan({ fixed_fees: [usd("small", "30")] }),
    await plan({ fixed_fees: [usd("large", "60")] }),
  ];
  on("2024-04-01");
  const id = await customer();
  await overpay(id, 4_000);
  const subscription = await subscribe(id, small);
  await bill();
  assert.equal(await balance(id), "10");
  on("2024-04-16");
  const moveTo = { target_plan_code: large, change_mode: "now" };
  const { preview } = await change(subscription, "change-plan", { ...moveTo, dry_run: true });
  const previewed = preview.invoices.map(shown);
  assert.deepEqual(previewed, [["open", 1_000, 0, 1_000, 0, 500]]);
  assert.equal(await balance(id), "10");
  await change(subscription, "change-plan", moveTo);
  const [made] = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices;
  assert.deepEqual([shown(made)], previewed);
  assert.equal(await balance(id), "0");
});

test("collecting asks for what the balance left, and too much goes into the wallet for the next invoice", async () => {
  const id = await customer();
  await api.post(`/v1/customers/${id}/payment-methods`, {
    card: { number: "4242424242424242", expires_month: 12, expires_year: 2030 },
  });
  await overpay(id, 1_000);
  const { id: made } = await issue(id, 5_000, { collection_method: "charge_automatically" });
  await collect();
  assert.deepEqual(shown(await invoice(made)), ["paid", 1_000, 0, 1_000, 4_000, 0]);
  const [{ amount_cents }] = (await api.get(`/v1/payments?invoice_id=${made}`)).body.payments;
  assert.equal(amount_cents, 4_000);
  await move(made, "payments", { amount_cents: 700 });
  assert.deepEqual(shown(await issue(id, 5_000)), ["open", 700, 0, 700, 0, 4_300]);
});

test("a balance is spent once, however many invoices are finalized at the same time", async () => {
  const id = await customer();
  await overpay(id, 5_000);
  const drafts = await Promise.all(Array.from({ length: 8 }, () => draft(id, 2_000)));
  const finals = await Promise.all(drafts.map((each) => move(each, "finalize")));
  const applied = finals.map(({ balance_applied_cents }) => balance_applied_cents).toSorted((a, b) => b - a);
  assert.deepEqual(applied, [2_000, 2_000, 1_000, 0, 0, 0, 0, 0]);
  assert.equal(await balance(id), "0");
});

test("an invoice that billing's own credit note pays is told as paid, once", async () => {
  const code = await plan({ fixed_fees: [usd("base", "30")] });
  on("2024-07-01");
  const id = await customer();
  const subscription = await subscribe(id, code);
  await bill();
  await change(subscription, "cancel", { cancel_mode: "now" });
  const [first] = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices;
  assert.equal(first.total_cents - first.credit_applied_cents, 0);
  assert.deepEqual([first.status, first.next_collection_at], ["paid", null]);
  await collect();
  await collect();
  const { webhook_events: events } = (await api.get(`/v1/webhook-events?customer_id=${id}`)).body;
  assert.equal(events.filter((each: Fields) => each.type === "invoice.paid").length, 1);
});

test("what an invoice says of the balance and the ledger does not is found", async () => {
  const id = await customer();
  await overpay(id, 3_000);
  const { id: made, number } = await issue(id, 5_000);
  const found = async () => (await verifyInvoices(database, catalog)).problems.filter((each) => each.includes(number));
  assert.deepEqual(await found(), []);
  await database.query(sql`update invoices set balance_applied_cents = 2999 where invoice_id = ${made}`);
  assert.match((await found()).join(), /took 2999 minor units of the balance, and the ledger says 30\./);
  await database.query(
    sql`update invoices set balance_applied_cents = 3000, balance_returned_cents = 1 where invoice_id = ${made}`,
  );
  assert.match((await found()).join(), /gave 1 minor units back to the balance, and the ledger says 0\./);
  await database.query(sql`update invoices set balance_returned_cents = 0 where invoice_id = ${made}`);
});

test("the books agree", () => story.verify());
