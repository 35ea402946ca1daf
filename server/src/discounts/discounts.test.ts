import assert from "node:assert/strict";
import { test } from "node:test";
import { createCatalogReader } from "../catalog/catalog.ts";
import { billDue } from "../renewals/renewals.ts";
import { startTestApp } from "../../test/harness.ts";

const { database, clock, test: api, live } = await startTestApp({ now: "2026-03-01T00:00:00.000Z" });
const catalog = createCatalogReader(clock);
const usd = { currency_code: "usd" };

for (const [code, amount] of [
  ["basic", "30"],
  ["pro", "60"],
])
  await api.post("/v1/plans", { code, fixed_fees: [{ code: "base", amount, ...usd }] });

let coupons = 0;
async function coupon(fields: object): Promise<string> {
  coupons += 1;
  const code = `coupon_${coupons}`;
  const answer = await api.post("/v1/coupons", { code, name: "Spring sale", duration: "forever", ...fields });
  assert.equal(answer.status, 201, answer.text);
  return code;
}

async function customer(): Promise<string> {
  return (await api.post("/v1/customers", { name: "Ada" })).body.customer.id;
}

async function redeem(customerId: string, couponCode: string, subscriptionId?: string) {
  const body = {
    coupon_code: couponCode,
    ...(subscriptionId === undefined ? {} : { subscription_id: subscriptionId }),
  };
  return api.post(`/v1/customers/${customerId}/discounts`, body);
}

async function subscribe(customerId: string, planCode = "basic") {
  const body = { customer_id: customerId, plan_code: planCode, initial_status: "active" };
  return (await api.post("/v1/subscriptions", body)).body.subscription;
}

async function draft(customerId: string, fields: object = {}) {
  const line_items = [{ description: "Work", unit_amount_cents: 10_000 }];
  const answer = await api.post("/v1/invoices", { customer_id: customerId, line_items, ...fields });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.invoice;
}

/** Oldest first. */
const invoicesOf = async (id: string) => (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices.toReversed();

async function renewUntil(instant: string): Promise<void> {
  clock.set(instant);
  assert.deepEqual((await billDue(database, catalog, clock.now())).failures, []);
}

test("a coupon says what it takes off, once, for months or for ever, and is archived", async () => {
  const fields = { percent_off: 12.5, duration: "repeating", duration_in_months: 3, max_redemptions: 5 };
  const code = await coupon(fields);
  const { coupon: found } = (await api.get(`/v1/coupons/${code}`)).body;
  assert.deepEqual(
    { ...found, id: "" },
    {
      id: "",
      code,
      name: "Spring sale",
      percent_off: "12.5",
      amount_off_cents: null,
      currency_code: null,
      duration: "repeating",
      duration_in_months: 3,
      max_redemptions: 5,
      redemptions: 0,
      redeem_by: null,
      archived_at: null,
      created_at: "2026-03-01T00:00:00.000Z",
    },
  );
  assert.equal((await api.post("/v1/coupons", { code, name: "x", percent_off: 1, duration: "once" })).status, 409);
  assert.equal((await live.get(`/v1/coupons/${code}`)).body.error.code, "COUPON_NOT_FOUND");
  const archived = (await api.post(`/v1/coupons/${code}/archive`)).body.coupon;
  assert.equal(archived.archived_at, "2026-03-01T00:00:00.000Z");
  assert.equal((await redeem(await customer(), code)).body.error.code, "COUPON_NOT_REDEEMABLE");
  assert.equal((await api.get("/v1/coupons?limit=1")).body.coupons[0].code, code);
});

test("a coupon that contradicts itself is refused with the field that is wrong", async () => {
  const cases: [fields: object, path: string][] = [
    [{}, "body"],
    [{ percent_off: 10, amount_off_cents: 100, ...usd }, "body"],
    [{ percent_off: 0 }, "percent_off"],
    [{ percent_off: "100.0001" }, "percent_off"],
    [{ percent_off: "0.00001" }, "percent_off"],
    [{ amount_off_cents: 100 }, "currency_code"],
    [{ percent_off: 10, ...usd }, "currency_code"],
    [{ percent_off: 10, duration: "repeating" }, "duration_in_months"],
    [{ percent_off: 10, duration: "once", duration_in_months: 2 }, "duration_in_months"],
  ];
  for (const [fields, path] of cases) {
    const { status, body } = await api.post("/v1/coupons", { code: "c", name: "C", duration: "forever", ...fields });
    assert.equal(status, 400);
    assert.ok(
      body.error.details.some(
        (detail: { path: string }) => detail.path === path || (path === "body" && detail.path === ""),
      ),
      JSON.stringify(body.error),
    );
  }
});

test("an invoice takes its customer's discounts in the order in which they were redeemed, and recounts them with its lines", async () => {
  const id = await customer();
  await redeem(id, await coupon({ amount_off_cents: 2_000, ...usd }));
  await redeem(id, await coupon({ percent_off: 10 }));
  await redeem(id, await coupon({ amount_off_cents: 500, currency_code: "eur" }));
  const made = await draft(id);
  assert.deepEqual([made.subtotal_cents, made.discount_cents, made.total_cents], [10_000, 2_800, 7_200]);
  assert.deepEqual(
    made.discounts.map((each: Record<string, unknown>) => [each.percent_off, each.amount_off_cents, each.amount_cents]),
    [
      [null, 2_000, 2_000],
      ["10", null, 800],
    ],
  );
  const line = { description: "Less work", unit_amount_cents: -8_500 };
  const { invoice } = (await api.post(`/v1/invoices/${made.id}/line-items`, line)).body;
  assert.deepEqual([invoice.subtotal_cents, invoice.discount_cents, invoice.total_cents], [1_500, 1_500, 0]);
  const final = (await api.post(`/v1/invoices/${made.id}/finalize`)).body.invoice;
  assert.deepEqual([final.status, final.total_cents, final.discounts.length], ["paid", 0, 2]);
});

test("once is one invoice, and another one if that draft is deleted", async () => {
  const id = await customer();
  const { discount } = (await redeem(id, await coupon({ percent_off: 50, duration: "once" }))).body;
  const first = await draft(id);
  assert.equal(first.discount_cents, 5_000);
  assert.equal((await draft(id)).discount_cents, 0);
  const listed = (await api.get(`/v1/customers/${id}/discounts`)).body.discounts;
  assert.deepEqual([listed[0].id, listed[0].invoice_id], [discount.id, first.id]);
  await api.delete(`/v1/invoices/${first.id}`);
  assert.equal((await draft(id)).discount_cents, 5_000);
});

test("of invoices made at the same time one has the discount that is good once", async () => {
  const id = await customer();
  await redeem(id, await coupon({ percent_off: 50, duration: "once" }));
  const made = await Promise.all(Array.from({ length: 8 }, () => draft(id)));
  assert.equal(made.filter(({ discount_cents }) => discount_cents > 0).length, 1);
});

test("a coupon is redeemed no more often than it may be, whoever asks at the same time, and no later", async () => {
  const code = await coupon({ percent_off: 10, max_redemptions: 3, redeem_by: "2026-03-02T00:00:00Z" });
  const customers = await Promise.all(Array.from({ length: 8 }, customer));
  const answers = await Promise.all(customers.map((id) => redeem(id, code)));
  assert.equal(answers.filter(({ status }) => status === 201).length, 3);
  assert.equal((await api.get(`/v1/coupons/${code}`)).body.coupon.redemptions, 3);
  const late = await coupon({ percent_off: 10, redeem_by: "2026-03-01T00:00:00Z" });
  assert.equal((await redeem(await customer(), late)).body.error.code, "COUPON_NOT_REDEEMABLE");
  assert.equal((await redeem(await customer(), "unknown")).body.error.code, "COUPON_NOT_FOUND");
});

test("a customer has a discount once at a time, and it can be ended", async () => {
  const id = await customer();
  const code = await coupon({ percent_off: 10 });
  const { discount } = (await redeem(id, code)).body;
  assert.equal((await redeem(id, code)).body.error.code, "COUPON_REDEEMED");
  assert.equal((await api.get(`/v1/coupons/${code}`)).body.coupon.redemptions, 1);
  const kept = await draft(id);
  const ended = await api.delete(`/v1/customers/${id}/discounts/${discount.id}`);
  assert.equal(ended.body.discount.ends_at, clock.now().toISOString());
  assert.equal((await draft(id)).discount_cents, 0);
  const final = (await api.post(`/v1/invoices/${kept.id}/finalize`)).body.invoice;
  assert.equal(final.discount_cents, 1_000);
  assert.equal((await redeem(id, code)).status, 201);
  const other = await api.delete(`/v1/customers/${await customer()}/discounts/${discount.id}`);
  assert.equal(other.body.error.code, "DISCOUNT_NOT_FOUND");
});

test("months of a subscription: once, for two months, for ever, and of one subscription alone", async () => {
  clock.set("2026-03-01T00:00:00.000Z");
  const lives: [fields: object, isOfSubscription: boolean, discounts: number[]][] = [
    [{ percent_off: 50, duration: "once" }, false, [1_500, 0, 0, 0]],
    [{ percent_off: 50, duration: "repeating", duration_in_months: 2 }, false, [1_500, 1_500, 0, 0]],
    [{ amount_off_cents: 4_000, ...usd }, false, [3_000, 3_000, 3_000, 3_000]],
    [{ percent_off: 10 }, true, [0, 300, 300, 300]],
  ];
  const made = [];
  for (const [fields, isOfSubscription, discounts] of lives) {
    const id = await customer();
    const code = await coupon(fields);
    if (!isOfSubscription) assert.equal((await redeem(id, code)).status, 201);
    const { id: subscriptionId } = await subscribe(id);
    if (isOfSubscription) assert.equal((await redeem(id, code, subscriptionId)).status, 201);
    made.push({ id, discounts, isOfSubscription });
  }
  for (const month of ["03", "04", "05", "06"]) await renewUntil(`2026-${month}-01T00:00:00.000Z`);
  for (const { id, discounts, isOfSubscription } of made) {
    const invoices = await invoicesOf(id);
    assert.deepEqual(
      invoices.map((invoice: { discount_cents: number }) => invoice.discount_cents),
      discounts,
    );
    if (isOfSubscription) assert.equal((await draft(id)).discount_cents, 0);
  }
});

test("billing that is late gives the discounts that were in force when it was due", async () => {
  clock.set("2026-03-01T00:00:00.000Z");
  const id = await customer();
  await redeem(id, await coupon({ percent_off: 50, duration: "repeating", duration_in_months: 2 }));
  await subscribe(id);
  await renewUntil("2026-07-15T00:00:00.000Z");
  const discounts = (await invoicesOf(id)).map((invoice: { discount_cents: number }) => invoice.discount_cents);
  assert.deepEqual(discounts, [1_500, 1_500, 0, 0, 0]);
});

test("what a changed plan gives back is what was paid, and its discount goes along", async () => {
  // Paid half of 30 for a month; half a month later half of that is given back, on an invoice with the discount or without.
  const cases: [fields: object, ofNew: number, givenBack: number][] = [
    [{ percent_off: 50 }, 3_000 / 2, 750],
    [{ percent_off: 50, duration: "once" }, 3_000, 750],
  ];
  for (const [fields, ofNew, givenBack] of cases) {
    clock.set("2026-04-01T00:00:00.000Z");
    const id = await customer();
    await redeem(id, await coupon(fields));
    const { id: subscriptionId } = await subscribe(id);
    await renewUntil("2026-04-16T00:00:00.000Z");
    const change = { target_plan_code: "pro", change_mode: "now", cancel_now_prepaid_refund_policy: "prorated_refund" };
    const changed = await api.post(`/v1/subscriptions/${subscriptionId}/change-plan`, change);
    assert.equal(changed.status, 200, changed.text);
    const invoices = await invoicesOf(id);
    assert.equal(invoices[0].total_cents, 1_500);
    assert.equal(invoices.at(-1).total_cents, ofNew - givenBack, changed.text);
  }
});

test("a discount of one subscription is for what it is changed to", async () => {
  clock.set("2026-06-01T00:00:00.000Z");
  const id = await customer();
  const { id: subscriptionId } = await subscribe(id);
  const code = await coupon({ percent_off: 20 });
  await redeem(id, code, subscriptionId);
  await api.post(`/v1/subscriptions/${subscriptionId}/change-plan`, {
    target_plan_code: "pro",
    change_mode: "end_of_period",
  });
  await renewUntil("2026-07-01T00:00:00.000Z");
  const last = (await invoicesOf(id)).at(-1);
  assert.deepEqual([last.subtotal_cents, last.discount_cents], [6_000, 1_200]);
  assert.equal((await redeem(id, code, subscriptionId)).body.error.code, "SUBSCRIPTION_ENDED");
  assert.equal((await redeem(await customer(), code, subscriptionId)).body.error.code, "SUBSCRIPTION_NOT_FOUND");
});

test("a subscription that ends gives back by credit notes what was paid", async () => {
  clock.set("2026-04-01T00:00:00.000Z");
  const id = await customer();
  await redeem(id, await coupon({ percent_off: 50, duration: "once" }));
  const { id: subscriptionId } = await subscribe(id);
  await renewUntil("2026-04-01T02:00:00.000Z");
  clock.set("2026-04-16T00:00:00.000Z");
  await api.post(`/v1/subscriptions/${subscriptionId}/cancel`, {
    cancel_mode: "now",
    cancel_now_prepaid_refund_policy: "prorated_refund",
  });
  const [note] = (await api.get(`/v1/credit-notes?customer_id=${id}`)).body.credit_notes;
  assert.deepEqual([note.total_cents, note.lines[0].amount_cents, note.lines[0].amount], [750, -750, "-7.5"]);
});
