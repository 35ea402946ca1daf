import assert from "node:assert/strict";
import { test } from "node:test";
import { perUnit, startStory, usd } from "./story.ts";

const story = await startStory();
const {
  api,
  on,
  bill,
  close,
  plan,
  meter,
  customer,
  subscribe,
  use,
  invoices,
  creditNotes,
  balance,
  subscription,
  change,
  update,
} = story;

test("trial, paid, upgraded mid-month, downgraded at the period's end, and canceled with a refund", async () => {
  const calls = await meter();
  const small = await plan({
    trial_days: 14,
    fixed_fees: [usd("small", "30")],
    usage_prices: [perUnit(calls, "0.10")],
  });
  const large = await plan({ fixed_fees: [usd("large", "60")], usage_prices: [perUnit(calls, "0.05")] });
  on("2024-04-01");
  const id = await customer();
  const first = await subscribe(id, small);
  assert.equal((await subscription(first)).status, "trialing");
  assert.equal((await subscription(first)).trial_end, "2024-04-15T00:00:00.000Z");
  await use(id, calls, { count: 10 });
  assert.deepEqual(await invoices(id), []);

  await bill("2024-04-15");
  assert.equal((await subscription(first)).status, "active");
  // From the trial's end: 16 of 30 days of 30.
  assert.deepEqual(await invoices(id), ["open 1600: small 1600"]);

  on("2024-04-21");
  const preview = await change(first, "change-plan", { target_plan_code: large, change_mode: "now", dry_run: true });
  const changed = await change(first, "change-plan", { target_plan_code: large, change_mode: "now" });
  assert.equal(changed.status, "completed");
  assert.equal(changed.old_subscription.status, "canceled");
  assert.equal(changed.new_subscription.previous_subscription_id, first);
  const second = changed.new_subscription.id;
  // Ten days are left: 20 of the 60, less 10 of the 30; the usage of the old one on its own draft.
  assert.deepEqual(await invoices(id), [
    "open 1600: small 1600",
    `draft 100: ${calls} 100`,
    "open 1000: large 2000, Unused time: small -1000",
  ]);
  assert.deepEqual(
    preview.preview.invoices.map(({ total_cents }: { total_cents: number }) => total_cents),
    [100, 1000],
  );

  on("2024-04-25");
  const scheduled = await change(second, "change-plan", { target_plan_code: small, change_mode: "end_of_period" });
  assert.deepEqual([scheduled.status, scheduled.new_subscription], ["scheduled", null]);
  assert.equal((await subscription(second)).scheduled_plan_code, small);
  await use(id, calls, { count: 4 });

  await bill("2024-05-01");
  assert.equal((await subscription(second)).status, "canceled");
  const { subscriptions } = (await api.get(`/v1/subscriptions?customer_id=${id}&status=active`)).body;
  assert.deepEqual(
    subscriptions.map((each: { plan_code: string }) => each.plan_code),
    [small],
  );
  assert.deepEqual((await invoices(id)).slice(3), [`draft 20: ${calls} 20`, "open 3000: small 3000"]);

  on("2024-05-11");
  await change(subscriptions[0].id, "cancel", { cancel_mode: "now" });
  // 21 of 31 days of 30, rounded: the unpaid invoice is lowered by it.
  assert.deepEqual(await creditNotes(id), [2032]);
  const [last] = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices.filter(
    ({ total_cents }: { total_cents: number }) => total_cents === 3000,
  );
  assert.deepEqual([last.credit_applied_cents, last.amount_due_cents], [2032, 968]);
  assert.equal(await balance(id), "0");
});

test("what was paid already is given back into the wallet, and pays for usage from then on", async () => {
  const calls = await meter();
  const base = await plan({ fixed_fees: [usd("base", "31")] });
  const usage = await plan({ usage_prices: [perUnit(calls, "1")] });
  on("2024-05-01");
  const id = await customer();
  const first = await subscribe(id, base);
  const [invoice] = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices;
  await api.post(`/v1/invoices/${invoice.id}/mark-paid`);
  on("2024-05-17");
  const canceled = await change(first, "cancel", { cancel_mode: "now" });
  assert.equal(canceled.subscription.status, "canceled");
  assert.deepEqual([await creditNotes(id), await balance(id)], [[1500], "15"]);
  await subscribe(id, usage);
  await use(id, calls, { count: 4 });
  assert.equal(await balance(id), "11");
  await close("2024-06-01");
  assert.deepEqual(await invoices(id), ["paid 3100: base 3100", `paid 0: ${calls} 0`]);
});

test("no refund leaves what was paid as it is", async () => {
  const base = await plan({ fixed_fees: [usd("base", "31")] });
  on("2024-05-01");
  const id = await customer();
  const first = await subscribe(id, base);
  on("2024-05-10");
  await change(first, "cancel", { cancel_mode: "now", cancel_now_prepaid_refund_policy: "no_refund" });
  assert.deepEqual([await creditNotes(id), await balance(id)], [[], "0"]);
  assert.deepEqual(await invoices(id), ["open 3100: base 3100"]);
  const refused = await api.post(`/v1/subscriptions/${first}/cancel`, {
    cancel_mode: "end_of_period",
    cancel_now_prepaid_refund_policy: "no_refund",
  });
  assert.deepEqual([refused.status, refused.body.error.details[0].path], [400, "cancel_now_prepaid_refund_policy"]);
});

test("seats change thrice in a day: every instant is paid for what was had at it", async () => {
  const seats = await plan({ fixed_fees: [usd("seat", "30", { per: "seat" })] });
  on("2024-06-01");
  const id = await customer();
  const first = await subscribe(id, seats, { quantity: 2 });
  assert.deepEqual(await invoices(id), ["open 6000: seat 6000"]);
  on("2024-06-16T00:00:00.000Z");
  await update(first, { quantity: 5 });
  on("2024-06-16T12:00:00.000Z");
  await update(first, { quantity: 1 });
  on("2024-06-16T18:00:00.000Z");
  const preview = await update(first, { quantity: 3, dry_run: true });
  assert.equal(preview.subscription.quantity, "3");
  assert.equal((await subscription(first)).quantity, "1");
  await update(first, { quantity: 3 });
  await bill("2024-07-01");
  const lines = (await invoices(id)).at(-1);
  // Half a day of 5, a quarter of 1, and 14.25 days of 3, less the 15 days of 2 that were paid, at 1 a day and seat; then July.
  const exact = 0.5 * 5 + 0.25 * 1 + 14.25 * 3 - 15 * 2;
  assert.match(lines as string, new RegExp(`^open ${9_000 + exact * 100}: `));
});

test("a pause owes no fee, and a resumption owes it again from its instant", async () => {
  const calls = await meter();
  const base = await plan({ fixed_fees: [usd("base", "30")], usage_prices: [perUnit(calls, "1")] });
  on("2024-06-01");
  const id = await customer();
  const first = await subscribe(id, base);
  on("2024-06-11");
  assert.equal((await change(first, "pause")).subscription.paused_at, "2024-06-11T00:00:00.000Z");
  await use(id, calls);
  on("2024-06-21");
  assert.equal((await change(first, "resume")).subscription.paused_at, null);
  await close("2024-07-01");
  assert.deepEqual(await invoices(id), [
    "open 3000: base 3000",
    `open 2100: Unused time: base -2000, base 1000, base 3000, ${calls} 100`,
  ]);
});

test("a cancellation that was scheduled is taken back, and a plan change replaces one", async () => {
  const [base, other] = [
    await plan({ fixed_fees: [usd("base", "30")] }),
    await plan({ fixed_fees: [usd("other", "10")] }),
  ];
  on("2024-06-05");
  const id = await customer();
  const first = await subscribe(id, base, { billing_anchor_day: 5 });
  const canceled = await change(first, "cancel", { cancel_mode: "end_of_period" });
  assert.deepEqual(
    [canceled.subscription.status, canceled.subscription.cancel_at],
    ["active", "2024-07-05T00:00:00.000Z"],
  );
  const kept = await update(first, { cancel_at: null });
  assert.deepEqual([kept.subscription.cancel_at, kept.subscription.canceled_at], [null, null]);
  await change(first, "cancel", { cancel_mode: "end_of_period" });
  await change(first, "change-plan", { target_plan_code: other, change_mode: "end_of_period" });
  await bill("2024-07-05");
  assert.deepEqual(await invoices(id), ["open 3000: base 3000", "open 1000: other 1000"]);
  const ended = await api.post(`/v1/subscriptions/${first}/change-plan`, {
    target_plan_code: other,
    change_mode: "now",
  });
  assert.deepEqual([ended.status, ended.body.error.code], [409, "SUBSCRIPTION_ENDED"]);
});

test("what a plan change must not do is refused by its own code, and nothing is half done", async () => {
  const [base, other] = [
    await plan({ fixed_fees: [usd("base", "30")] }),
    await plan({ fixed_fees: [usd("other", "10")] }),
  ];
  on("2024-06-05");
  const id = await customer();
  const first = await subscribe(id, base);
  const pending = await subscribe(await customer(), base, { initial_status: "pending" });
  await subscribe(id, other);
  const cases: [string, object, number, string][] = [
    [first, { target_plan_code: base, change_mode: "now" }, 409, "PLAN_UNCHANGED"],
    [first, { target_plan_code: other, change_mode: "now" }, 409, "SUBSCRIPTION_EXISTS"],
    [first, { target_plan_code: "nothing", change_mode: "now" }, 404, "PLAN_NOT_FOUND"],
    [pending, { target_plan_code: other, change_mode: "now" }, 409, "SUBSCRIPTION_PENDING"],
    [first, { target_plan_code: other, change_mode: "later" }, 400, "VALIDATION_ERROR"],
  ];
  const before = await invoices(id);
  for (const [subscription_id, body, status, code] of cases) {
    const answer = await api.post(`/v1/subscriptions/${subscription_id}/change-plan`, body);
    assert.deepEqual([answer.status, answer.body.error.code], [status, code]);
  }
  assert.deepEqual(await invoices(id), before);
  assert.equal((await subscription(first)).status, "active");
});

test("a trial that is canceled owes no fee, only its usage", async () => {
  const calls = await meter();
  const base = await plan({ trial_days: 30, fixed_fees: [usd("base", "30")], usage_prices: [perUnit(calls, "1")] });
  on("2024-06-01");
  const id = await customer();
  const first = await subscribe(id, base);
  await use(id, calls, { count: 2 });
  const canceled = await change(first, "cancel", { cancel_mode: "end_of_period" });
  assert.equal(canceled.subscription.cancel_at, canceled.subscription.trial_end);
  await close("2024-08-01");
  assert.deepEqual(await invoices(id), [`open 200: ${calls} 200`]);
  assert.deepEqual(await creditNotes(id), []);
});

test("a trial ended early owes the rest of its period from that instant", async () => {
  const base = await plan({ trial_days: 20, fixed_fees: [usd("base", "30")] });
  on("2024-06-01");
  const id = await customer();
  const first = await subscribe(id, base);
  on("2024-06-11");
  assert.equal((await update(first, { status: "active" })).subscription.status, "active");
  assert.deepEqual(await invoices(id), ["open 2000: base 2000"]);
  await bill("2024-07-01");
  assert.deepEqual(await invoices(id), ["open 2000: base 2000", "open 3000: base 3000"]);
});

test("the renewal date moves once, and periods go on from there; the anchor day moves from the next period on", async () => {
  const base = await plan({ fixed_fees: [usd("base", "30")] });
  on("2024-06-01");
  const id = await customer();
  const first = await subscribe(id, base);
  on("2024-06-10");
  const moved = await update(first, { next_renewal_date: "2024-06-20" });
  assert.equal(moved.subscription.next_renewal_date, "2024-06-20T00:00:00.000Z");
  assert.equal(moved.subscription.billing_anchor_day, 20);
  await bill("2024-06-20");
  assert.deepEqual(await invoices(id), ["open 3000: base 3000", "open 3000: base 3000"]);
  assert.equal((await subscription(first)).current_period_end, "2024-07-20T00:00:00.000Z");
  await update(first, { billing_anchor_day: 5 });
  await bill("2024-07-20");
  const after = await subscription(first);
  assert.deepEqual(
    [after.current_period_start, after.current_period_end],
    ["2024-07-20T00:00:00.000Z", "2024-08-05T00:00:00.000Z"],
  );
  // 16 of the 31 days from 5 July to 5 August.
  assert.equal((await invoices(id)).at(-1), "open 1548: base 1548");
  const refused = await api.patch(`/v1/subscriptions/${first}`, { next_renewal_date: "2024-07-01" });
  assert.deepEqual([refused.status, refused.body.error.details[0].path], [400, "next_renewal_date"]);
});

test("the books are right after all that", () => story.verify());
