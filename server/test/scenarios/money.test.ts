import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decimal, sum as sumOf } from "../../../core/decimal.ts";
import { fromMinorUnits } from "../../../core/minor-unit.ts";
import { createCollecting } from "../../src/app.ts";
import { createCatalogReader } from "../../src/catalog/catalog.ts";
import { collectDueInvoices, settleWaiting } from "../../src/payments/payments.ts";
import { billDue, verifyInvoices } from "../../src/renewals/renewals.ts";
import { makeDueTopUps } from "../../src/top-ups/top-ups.ts";
import { verifyWallets } from "../../src/wallets/verify.ts";
import { startTestApp, testPublicUrl, type ApiAnswer } from "../harness.ts";

/* Whatever happens to a customer's money, none of it is lost, and none of it counts twice. */

const { database, clock, test: api } = await startTestApp({ now: "2026-03-10T09:00:00.000Z" });
const catalog = createCatalogReader(clock);
const collecting = createCollecting(database, catalog, testPublicUrl);
const hourMs = 3_600_000;

const usd = { currency_code: "usd" };
await api.post("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "count" } });
await api.post("/v1/tax-rates", {
  code: "vat",
  name: "VAT",
  percent: "19",
  country: "DE",
  is_reversed_by_tax_id: true,
});
await api.post("/v1/tax-rates", { code: "gst", name: "GST", percent: "9.975", country: "CA", is_inclusive: true });
await api.post("/v1/coupons", { code: "welcome", name: "Welcome", percent_off: "33.3333", duration: "once" });
await api.post("/v1/coupons", { code: "loyal", name: "Loyal", percent_off: "7.5", duration: "forever" });
await api.post("/v1/coupons", {
  code: "ten",
  name: "Ten dollars",
  amount_off_cents: 1_000,
  duration: "repeating",
  duration_in_months: 2,
  ...usd,
});
await api.post("/v1/plans", {
  code: "pro",
  usage_prices: [{ meter_code: "calls", unit_amount: "1.005", ...usd }],
  fixed_fees: [{ code: "base", amount: "30", ...usd }],
});

await api.post("/v1/plans", { code: "calls", usage_prices: [{ meter_code: "calls", unit_amount: "1.005", ...usd }] });

async function runJobs(): Promise<void> {
  const now = clock.now();
  const runs = [
    await billDue(database, catalog, now),
    await makeDueTopUps(database, now),
    await collectDueInvoices(database, collecting, now),
    await settleWaiting(database, collecting, now),
  ];
  for (const { failures } of runs) assert.deepEqual(failures, []);
}

const cards = [
  "4242424242424242",
  "4000000000000002",
  "4000002500003155",
  "4000000000000341",
  "4000000000000259",
] as const;

type Step =
  | { type: "wait"; hours: number }
  | { type: "use"; count: number }
  | { type: "card"; number: string }
  | { type: "settings"; fields: object }
  | { type: "invoice"; cents: number; method: string; isFinal: boolean }
  | { type: "move"; verb: string; pick: number }
  | { type: "transfer"; cents: number; pick: number }
  | { type: "refund"; body: object; pick: number }
  | { type: "credit"; body: object; pick: number }
  | { type: "top_up"; amount: string }
  | { type: "rule" }
  | { type: "grant"; fields: { amount: string; applies_to: string; priority: number; daysLeft: number | null } }
  | { type: "cancel"; mode: string }
  | { type: "redeem"; code: string }
  | { type: "customer"; fields: object };

const pick = fc.nat({ max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 24 * 20 }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("use" as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("card" as const), number: fc.constantFrom(...cards) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("settings" as const),
      fields: fc.record({
        retry_days: fc.constantFrom([], [1], [1, 3]),
        after_retries: fc.constantFrom("leave_open", "mark_uncollectible", "cancel_subscription"),
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("invoice" as const),
      cents: fc.integer({ min: 0, max: 9_000 }),
      method: fc.constantFrom("send_invoice", "charge_automatically"),
      isFinal: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("move" as const),
      verb: fc.constantFrom("pay", "void", "mark-paid", "mark-uncollectible", "finalize"),
      pick,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("transfer" as const),
      cents: fc.integer({ min: 1, max: 9_000 }),
      pick,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("refund" as const),
      pick,
      body: fc.oneof(fc.constant({}), fc.record({ amount_cents: fc.integer({ min: 1, max: 5_000 }) })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("credit" as const),
      pick,
      body: fc.record({
        refund: fc.boolean(),
        amount_cents: fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: undefined }),
      }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("top_up" as const), amount: fc.constantFrom("5", "12.34") }) },
  { weight: 1, arbitrary: fc.constant<Step>({ type: "rule" }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("grant" as const),
      fields: fc.record({
        amount: fc.constantFrom("7", "25.005", "60"),
        applies_to: fc.constantFrom("usage", "everything"),
        priority: fc.integer({ min: 0, max: 2 }),
        daysLeft: fc.option(fc.integer({ min: 1, max: 40 })),
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("cancel" as const), mode: fc.constantFrom("now", "end_of_period") }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("redeem" as const), code: fc.constantFrom("welcome", "loyal", "ten") }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("customer" as const),
      fields: fc.oneof(
        fc.record({ tax_status: fc.constantFrom("taxable", "exempt", "reverse_charge") }),
        fc.record({ billing_address: fc.record({ country: fc.constantFrom("DE", "CA", "US") }) }),
        fc.record({ tax_id: fc.constantFrom(null, "DE123456789") }),
      ),
    }),
  },
);

type Invoice = Record<
  | "total_cents"
  | "discount_cents"
  | "tax_cents"
  | "credit_applied_cents"
  | "balance_applied_cents"
  | "balance_returned_cents"
  | "amount_paid_cents"
  | "amount_due_cents"
  | "subtotal_cents",
  number
> & {
  id: string;
  status: string;
  line_items: { amount_cents: number }[];
  discounts: { amount_cents: number }[];
  taxes: { is_inclusive: boolean; tax_cents: number }[];
};
type Payment = Record<"amount_cents" | "excess_cents" | "refunded_cents", number> & {
  id: string;
  status: string;
  invoice_id: string;
};
type CreditNote = Record<"total_cents" | "tax_cents" | "applied_cents" | "refunded_cents", number> & {
  invoice_id: string;
};

const all = async <Item>(path: string, name: string): Promise<Item[]> => (await api.get(path)).body[name];
const invoicesOf = (id: string) => all<Invoice>(`/v1/invoices?customer_id=${id}&limit=100`, "invoices");
const paymentsOf = (id: string) => all<Payment>(`/v1/payments?customer_id=${id}&limit=100`, "payments");

/** One step of a life. Refusals by rule are part of it; a 500 never is. */
async function take(id: string, each: Step): Promise<void> {
  const send = async (path: string, body: object = {}) => {
    const answer = await api.post(path, body);
    assert.ok(answer.status < 500, answer.text);
  };
  const one = <Item>(items: Item[], place: number): Item | undefined => items[place % Math.max(1, items.length)];
  switch (each.type) {
    case "wait":
      clock.advance(each.hours * hourMs);
      return runJobs();
    case "use":
      for (let count = 0; count < each.count; count++)
        await send("/v1/events/ingest", {
          event_name: "call",
          customer_id: id,
          idempotency_key: `${clock.now().getTime()} ${count}`,
          timestamp: clock.now().toISOString(),
        });
      return;
    case "card":
      return send(`/v1/customers/${id}/payment-methods`, {
        card: { number: each.number, expires_month: 12, expires_year: 2090 },
      });
    case "settings":
      await api.patch("/v1/payment-settings", each.fields);
      return;
    case "invoice": {
      const made = await api.post("/v1/invoices", {
        customer_id: id,
        collection_method: each.method,
        line_items: [{ description: "Work", unit_amount_cents: each.cents }],
      });
      assert.ok(made.status < 500, made.text);
      return each.isFinal ? send(`/v1/invoices/${made.body.invoice.id}/finalize`) : undefined;
    }
    case "grant": {
      const { daysLeft, ...fields } = each.fields;
      const expires_at =
        daysLeft === null ? null : new Date(clock.now().getTime() + daysLeft * 24 * hourMs).toISOString();
      return send(`/v1/customers/${id}/credit-grants`, { name: "Credits", ...usd, ...fields, expires_at });
    }
    case "move":
    case "transfer":
    case "credit": {
      const invoice = one(await invoicesOf(id), each.pick);
      if (invoice === undefined) return;
      if (each.type === "credit") return send("/v1/credit-notes", { ...each.body, invoice_id: invoice.id });
      if (each.type === "transfer") return send(`/v1/invoices/${invoice.id}/payments`, { amount_cents: each.cents });
      return send(`/v1/invoices/${invoice.id}/${each.verb}`);
    }
    case "refund": {
      const payment = one(await paymentsOf(id), each.pick);
      return payment === undefined ? undefined : send(`/v1/payments/${payment.id}/refunds`, each.body);
    }
    case "top_up":
      return send(`/v1/customers/${id}/top-ups`, { amount: each.amount, ...usd });
    case "rule":
      return send(`/v1/customers/${id}/top-up-rules`, { threshold: "5", amount: "20", ...usd });
    case "cancel": {
      const [subscription] = await all<{ id: string }>(`/v1/subscriptions?customer_id=${id}`, "subscriptions");
      if (subscription !== undefined)
        await send(`/v1/subscriptions/${subscription.id}/cancel`, { cancel_mode: each.mode });
      return;
    }
    case "redeem":
      return send(`/v1/customers/${id}/discounts`, { coupon_code: each.code });
    case "customer":
      await api.patch(`/v1/customers/${id}`, each.fields);
      return;
    default:
      each satisfies never;
  }
}

const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);

/** Invoices that somebody marked paid: what they were paid of is on no payment. */
const markedPaid = new Set<string>();

test("law: paid, credited and due make the total, every payment went somewhere, and the books agree", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (life) => {
      clock.set("2026-03-10T09:00:00.000Z");
      const id = (await api.post("/v1/customers", { name: "Ada" })).body.customer.id;
      await api.post("/v1/subscriptions", { customer_id: id, plan_code: "pro", initial_status: "active" });
      for (const each of life) {
        const before = each.type === "move" && each.verb === "mark-paid" ? await invoicesOf(id) : [];
        await take(id, each);
        const paidSince = before.length === 0 ? [] : await invoicesOf(id);
        for (const invoice of paidSince)
          if (invoice.status === "paid" && before.some((old) => old.id === invoice.id && old.status !== "paid"))
            markedPaid.add(invoice.id);
      }
      clock.advance(60 * 24 * hourMs);
      await runJobs();
      await checkBooks(id);
      // Nothing of this life is due in the next.
      for (const { id: subscriptionId } of await all<{ id: string }>(
        `/v1/subscriptions?customer_id=${id}`,
        "subscriptions",
      ))
        await api.post(`/v1/subscriptions/${subscriptionId}/cancel`, { cancel_mode: "now" });
    }),
    { numRuns: 20 },
  );
});

/** Where balances pay: credits for everything and payments of too much come in, invoices take them and give them back. */
const balanceStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant("grant" as const),
    fields: fc.record({
      amount: fc.constantFrom("7", "25.005", "60"),
      applies_to: fc.constantFrom("usage", "everything", "everything"),
      priority: fc.integer({ min: 0, max: 2 }),
      daysLeft: fc.constantFrom(null, 1, 30),
    }),
  }),
  fc.record({
    type: fc.constant("invoice" as const),
    cents: fc.integer({ min: 1, max: 9_000 }),
    method: fc.constantFrom("send_invoice", "charge_automatically"),
    isFinal: fc.constant(true),
  }),
  fc.record({
    type: fc.constant("move" as const),
    verb: fc.constantFrom("void", "void", "mark-paid", "mark-uncollectible"),
    pick,
  }),
  fc.record({ type: fc.constant("transfer" as const), cents: fc.integer({ min: 1, max: 12_000 }), pick }),
  fc.record({ type: fc.constant("refund" as const), pick, body: fc.constant({}) }),
  fc.record({
    type: fc.constant("credit" as const),
    pick,
    body: fc.record({
      refund: fc.boolean(),
      amount_cents: fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: undefined }),
    }),
  }),
  fc.record({ type: fc.constant("use" as const), count: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ type: fc.constant("wait" as const), hours: fc.constantFrom(1, 48) }),
);

test("law: what invoices take of balances is on them and in the ledger, and comes back once at most", async () => {
  const seen = { applied: 0, returned: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(balanceStep, { minLength: 8, maxLength: 25 }), async (life) => {
      const id = (await api.post("/v1/customers", { name: "Ada" })).body.customer.id;
      await api.post("/v1/subscriptions", { customer_id: id, plan_code: "calls", initial_status: "active" });
      for (const each of life) {
        const before = each.type === "move" && each.verb === "mark-paid" ? await invoicesOf(id) : [];
        await take(id, each);
        for (const { status, id: invoiceId } of before) if (status !== "paid") markedPaid.add(invoiceId);
      }
      await checkBooks(id);
      for (const invoice of await invoicesOf(id)) {
        if (invoice.balance_applied_cents > 0) seen.applied += 1;
        if (invoice.balance_returned_cents > 0) seen.returned += 1;
      }
    }),
    { numRuns: 20 },
  );
  assert.ok(seen.applied > 10 && seen.returned > 0, JSON.stringify(seen));
});

async function checkBooks(id: string): Promise<void> {
  const payments = await paymentsOf(id);
  const notes = await all<CreditNote>(`/v1/credit-notes?customer_id=${id}&limit=100`, "credit_notes");
  for (const invoice of await invoicesOf(id)) {
    const of = <Item extends { invoice_id: string }>(items: Item[]) =>
      items.filter(({ invoice_id }) => invoice_id === invoice.id);
    const { total_cents, amount_paid_cents, credit_applied_cents, amount_due_cents, status } = invoice;
    const { subtotal_cents, discount_cents, tax_cents, taxes, balance_applied_cents, balance_returned_cents } = invoice;
    assert.equal(subtotal_cents, sum(invoice.line_items.map(({ amount_cents }) => amount_cents)));
    assert.equal(discount_cents, sum(invoice.discounts.map(({ amount_cents }) => amount_cents)));
    assert.equal(tax_cents, sum(taxes.filter(({ is_inclusive }) => !is_inclusive).map((tax) => tax.tax_cents)));
    assert.equal(total_cents, subtotal_cents - discount_cents + tax_cents);
    const taxGivenBack = sum(of(notes).map((note) => note.tax_cents));
    const allTax = sum(taxes.map((tax) => tax.tax_cents));
    assert.ok(taxGivenBack <= allTax);
    if (sum(of(notes).map((note) => note.total_cents)) === total_cents) assert.equal(taxGivenBack, allTax);
    if (status !== "void") assert.equal(amount_paid_cents + credit_applied_cents + amount_due_cents, total_cents);
    if (status === "paid") assert.equal(amount_due_cents, 0);
    const came = of(payments).filter((payment) => payment.status === "succeeded");
    const taken = sum(came.map(({ amount_cents, excess_cents }) => amount_cents - excess_cents));
    if (!markedPaid.has(invoice.id)) assert.equal(amount_paid_cents, taken);
    assert.ok(sum(of(notes).map((note) => note.total_cents)) <= Math.max(0, total_cents));
    assert.equal(credit_applied_cents, balance_applied_cents + sum(of(notes).map((note) => note.applied_cents)));
    // What is given back goes back to payments first, and to the balance no more than was taken of it; all of it if the invoice is void.
    const settled = sum(of(notes).map((note) => note.total_cents - note.applied_cents));
    assert.ok(balance_returned_cents <= balance_applied_cents);
    if (status === "void") assert.equal(balance_returned_cents, balance_applied_cents);
    else assert.ok(balance_returned_cents <= Math.max(0, settled - amount_paid_cents));
    const refunded = sum(of(payments).map(({ refunded_cents }) => refunded_cents));
    assert.equal(refunded, sum(of(notes).map((note) => note.refunded_cents)));
    assert.ok(refunded <= taken);
  }
  await checkLedger(id);
  assert.deepEqual((await verifyWallets(database)).problems, []);
  assert.deepEqual((await verifyInvoices(database, catalog)).problems, []);
}

/** Every movement of the wallet has its cause, and together they make its balance: grants and payments in, usage and invoices out. */
async function checkLedger(id: string): Promise<void> {
  type Entry = { kind: string; amount: string; cause_id: string };
  const entries: Entry[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const answer: ApiAnswer = await api.get(
      `/v1/customers/${id}/ledger?limit=100${cursor === "" ? "" : `&cursor=${cursor}`}`,
    );
    entries.push(...answer.body.entries);
    cursor = answer.body.pagination.next_cursor;
  }
  const of = (kind: string, causeId: string) =>
    exactSum(entries.filter((each) => each.kind === kind && each.cause_id === causeId).map(({ amount }) => amount));
  for (const { id: invoiceId, balance_applied_cents, balance_returned_cents } of await invoicesOf(id)) {
    assert.equal(of("balance_applied", invoiceId), dollars(-balance_applied_cents));
    assert.equal(of("balance_returned", invoiceId), dollars(balance_returned_cents));
  }
  const [wallet] = await all<{ balance: string }>(`/v1/customers/${id}/balances`, "balances");
  assert.equal(exactSum(entries.map(({ amount }) => amount)), wallet?.balance ?? "0");
}

const exactSum = (amounts: string[]) => sumOf(amounts.map((each) => decimal(each))).toString();
const dollars = (cents: number) => fromMinorUnits(BigInt(cents), "usd").toString();
