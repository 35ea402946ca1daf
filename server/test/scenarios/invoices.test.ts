import assert from "node:assert/strict";
import { test } from "node:test";
import { billDue } from "../../src/renewals/renewals.ts";
import { perUnit, startStory, usd } from "./story.ts";

const story = await startStory();
const { api, on, bill, close, plan, meter, customer, subscribe, use, invoices, creditNotes, balance, change, update } =
  story;
const { clock, database, catalog } = story;

const lastOf = async (id: string) => (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices[0];

test("usage that comes late lands on its draft until that closes, and in the current period afterwards", async () => {
  const calls = await meter();
  const base = await plan({ usage_prices: [perUnit(calls, "1")], invoice_grace_hours: 12 });
  on("2024-01-01");
  const id = await customer();
  await subscribe(id, base);
  await use(id, calls, { count: 2 });
  await bill("2024-02-01");
  assert.deepEqual(await invoices(id), [`draft 200: ${calls} 200`]);
  on("2024-02-01T11:00:00.000Z");
  await use(id, calls, { at: "2024-01-31T23:00:00.000Z", count: 3 });
  await bill("2024-02-01T12:00:00.000Z");
  assert.deepEqual(await invoices(id), [`open 500: ${calls} 500`]);
  assert.equal(await balance(id), "0");
  await use(id, calls, { at: "2024-01-31T23:00:00.000Z", count: 4 });
  await close("2024-03-01");
  await bill("2024-03-01T12:00:00.000Z");
  assert.deepEqual((await invoices(id)).slice(1), [`open 400: ${calls} 400`]);
  assert.equal(await balance(id), "0");
});

test("usage that is taken out while its draft is open comes off it, and back into the credits that paid", async () => {
  const calls = await meter();
  const base = await plan({ usage_prices: [perUnit(calls, "1")] });
  on("2024-01-01");
  const id = await customer();
  await subscribe(id, base);
  await use(id, calls, { count: 3 });
  await bill("2024-02-01");
  const [event] = (await api.get(`/v1/events?customer_id=${id}`)).body.events;
  assert.equal((await api.post(`/v1/events/${event.id}/void`)).status, 200);
  await bill("2024-02-01T01:00:00.000Z");
  assert.deepEqual(await invoices(id), [`open 200: ${calls} 200`]);
  assert.equal(await balance(id), "0");
});

test("a draft that people finalize, change or delete before it closes stays as they left it, and nothing is charged twice", async () => {
  const calls = await meter();
  const manual = await plan({ usage_prices: [perUnit(calls, "1")], invoice_finalization: "manual" });
  on("2024-01-01");
  const id = await customer();
  await subscribe(id, manual);
  for (const month of ["02", "03", "04"]) {
    await use(id, calls, { count: 2 });
    await close(`2024-${month}-01`);
    assert.equal((await lastOf(id)).status, "draft", "it waits for people");
    const { id: draft } = await lastOf(id);
    if (month === "02") assert.equal((await api.post(`/v1/invoices/${draft}/finalize`)).status, 200);
    if (month === "03") assert.equal((await api.delete(`/v1/invoices/${draft}`)).status, 200);
    if (month === "04")
      await api.post(`/v1/invoices/${draft}/line-items`, { description: "Help", unit_amount_cents: 50 });
  }
  await close("2024-05-01");
  assert.deepEqual(await invoices(id), [`open 200: ${calls} 200`, `draft 250: ${calls} 200, Help 50`]);
  assert.equal(await balance(id), "0");
});

test("late usage makes a draft's own lines again and leaves those that people added", async () => {
  const calls = await meter();
  const base = await plan({ usage_prices: [perUnit(calls, "1")] });
  on("2024-01-01");
  const id = await customer();
  await subscribe(id, base);
  await use(id, calls);
  await bill("2024-02-01");
  await api.post(`/v1/invoices/${(await lastOf(id)).id}/line-items`, { description: "Help", unit_amount_cents: 50 });
  await use(id, calls, { at: "2024-01-20T00:00:00.000Z" });
  await bill("2024-02-01T01:00:00.000Z");
  const [invoice] = await invoices(id);
  assert.match(invoice as string, /^open 250: /);
  assert.deepEqual(
    (invoice as string).replace("open 250: ", "").split(", ").toSorted(),
    [`${calls} 200`, "Help 50"].toSorted(),
  );
});

test("usage that comes after people have finalized its draft is carried to the next invoice", async () => {
  const calls = await meter();
  const base = await plan({ usage_prices: [perUnit(calls, "1")] });
  on("2024-01-01");
  const id = await customer();
  await subscribe(id, base);
  await use(id, calls);
  await bill("2024-02-01");
  await api.post(`/v1/invoices/${(await lastOf(id)).id}/finalize`);
  await use(id, calls, { at: "2024-01-20T00:00:00.000Z", count: 2 });
  await bill("2024-02-01T01:00:00.000Z");
  await use(id, calls, { count: 4 });
  await close("2024-03-01");
  assert.deepEqual(await invoices(id), [
    `open 100: ${calls} 100`,
    `open 600: ${calls} 400, Balance brought forward 200`,
  ]);
  assert.equal(await balance(id), "0");
});

test("an invoice that would be below nothing is brought to 0, and the rest is the customer's", async () => {
  const seats = await plan({
    fixed_fees: [usd("seat", "30", { per: "seat" })],
    usage_prices: [perUnit(await meter(), "1")],
  });
  on("2024-06-01");
  const id = await customer();
  const first = await subscribe(id, seats, { quantity: 10 });
  on("2024-06-16");
  await update(first, { quantity: 1 });
  await close("2024-07-01");
  // 10 seats for 15 days given back, one charged, and one for July: -150 + 15 + 30.
  assert.match((await invoices(id)).at(-1) as string, /^paid 0: .*Added to your balance 10500$/);
  assert.equal(await balance(id), "105");
});

test("two subscriptions of one customer share the wallet, and each invoice has its own usage", async () => {
  const [calls, bytes] = [await meter(), await meter()];
  const one = await plan({ usage_prices: [perUnit(calls, "1")] });
  const two = await plan({ usage_prices: [perUnit(bytes, "3")] });
  on("2024-01-01");
  const id = await customer();
  await subscribe(id, one);
  await subscribe(id, two, { billing_anchor_day: 15 });
  await api.post(`/v1/customers/${id}/credit-grants`, { name: "Gift", amount: "4", currency_code: "usd" });
  await use(id, bytes, { count: 2 });
  on("2024-01-20");
  await use(id, calls, { count: 5 });
  await close("2024-03-01");
  const found = await invoices(id);
  // Credits of 4 paid for the oldest usage: 4 of the 6 of the first period of the second subscription.
  assert.deepEqual(found, [`open 200: ${bytes} 200`, `open 500: ${calls} 500`]);
  assert.equal(await balance(id), "0");
});

test("a subscription's own prices and fees are what it is billed by", async () => {
  const calls = await meter();
  const base = await plan({ fixed_fees: [usd("base", "30")], usage_prices: [perUnit(calls, "1")] });
  on("2024-01-01");
  const id = await customer();
  await subscribe(id, base, {
    price_overrides: [{ code: calls, meter_code: calls, unit_amount: "0.25", currency_code: "usd" }],
    fee_overrides: [{ code: "base", amount: "20" }],
  });
  await use(id, calls, { count: 4 });
  await close("2024-02-01");
  assert.deepEqual(await invoices(id), ["open 2000: base 2000", `open 2100: base 2000, ${calls} 100`]);
});

test("units become money by the conversion in force; a fee without one keeps only its customer from being billed", async () => {
  const calls = await meter();
  await api.post("/v1/pricing-units", { code: "token" });
  await api.post("/v1/pricing-units/token/conversions", {
    currency_code: "usd",
    amount_per_unit: "0.02",
    effective_from: "2024-01-01T00:00:00Z",
  });
  await api.post("/v1/pricing-units", { code: "point" });
  const tokens = await plan({ usage_prices: [{ meter_code: calls, unit_amount: "10", pricing_unit_code: "token" }] });
  const points = await plan({
    fixed_fees: [{ code: "club", amount: "5", pricing_unit_code: "point", billing: "in_arrears" }],
  });
  on("2024-01-01");
  const [good, bad] = [await customer(), await customer()];
  await subscribe(good, tokens);
  await subscribe(bad, points);
  await use(good, calls, { count: 3 });
  on("2024-02-01");
  const { failures } = await billDue(database, catalog, clock.now());
  assert.deepEqual(
    failures.map(({ key, error }) => [key.customerId, (error as { code: string }).code]),
    [[bad, "CONVERSION_MISSING"]],
  );
  assert.deepEqual(await invoices(good), [`draft 60: ${calls} 60`]);
  assert.equal(await balance(good, "token"), "0");
  await api.post("/v1/pricing-units/point/conversions", {
    currency_code: "usd",
    amount_per_unit: "2",
    effective_from: "2024-01-01T00:00:00Z",
  });
  await bill();
  assert.deepEqual(await invoices(bad), ["open 1000: club 1000"]);
  await update((await api.get(`/v1/subscriptions?customer_id=${bad}`)).body.subscriptions[0].id, {
    status: "canceled",
  });
});

test("currencies without minor units, and with three, round once on the line", async () => {
  const calls = await meter();
  for (const [currency_code, total] of [
    ["jpy", 12],
    ["kwd", 11_500],
  ] as const) {
    const base = await plan({
      fixed_fees: [{ code: "base", amount: "10", currency_code, billing: "in_arrears" }],
      usage_prices: [{ meter_code: calls, unit_amount: "0.5", currency_code }],
    });
    on("2024-01-01");
    const id = await customer({ currency_code });
    await subscribe(id, base);
    await use(id, calls, { count: 3 });
    await close("2024-02-01");
    const { total_cents, currency_code: invoiced } = await lastOf(id);
    assert.deepEqual([invoiced, total_cents], [currency_code, total]);
  }
});

test("a preview says what then happens, to the cent, for every change", async () => {
  const calls = await meter();
  const base = await plan({ fixed_fees: [usd("seat", "30", { per: "seat" })], usage_prices: [perUnit(calls, "0.7")] });
  const other = await plan({ fixed_fees: [usd("other", "11")] });
  const shown = (invoice: { total_cents: number; line_items: { description: string; amount_cents: number }[] }) => [
    invoice.total_cents,
    ...invoice.line_items.map(({ description, amount_cents }) => `${description} ${amount_cents}`),
  ];
  const changes: [string, object][] = [
    ["cancel", { cancel_mode: "now" }],
    ["cancel", { cancel_mode: "now", cancel_now_prepaid_refund_policy: "no_refund" }],
    ["cancel", { cancel_mode: "end_of_period" }],
    ["change-plan", { target_plan_code: other, change_mode: "now" }],
    ["pause", {}],
  ];
  for (const [verb, body] of changes) {
    on("2024-06-01");
    const id = await customer();
    const first = await subscribe(id, base, { quantity: 2 });
    await use(id, calls, { count: 3 });
    on("2024-06-13T07:30:00.000Z");
    const before = await invoices(id);
    const notes = await creditNotes(id);
    const { preview } = await change(first, verb, { ...body, dry_run: true });
    assert.deepEqual([await invoices(id), await creditNotes(id)], [before, notes], "a preview changes nothing");
    const answer = await change(first, verb, body);
    assert.equal(answer.preview, null);
    const after = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices.toReversed().slice(before.length);
    const made = preview.invoices.filter(
      ({ created_at }: { created_at: string }) => created_at === clock.now().toISOString(),
    );
    assert.deepEqual(made.map(shown), after.map(shown), verb);
    assert.deepEqual(
      preview.credit_notes.map(({ total_cents }: { total_cents: number }) => total_cents),
      (await creditNotes(id)).slice(notes.length),
      verb,
    );
    if (verb === "pause" || JSON.stringify(body).includes("end_of_period")) await update(first, { status: "canceled" });
  }
});

test("usage that is late for one subscription and in time for another is charged by both, and so again", async () => {
  const calls = await meter();
  const prompt = await plan({ usage_prices: [perUnit(calls, "1")], invoice_grace_hours: 0 });
  const patient = await plan({ usage_prices: [perUnit(calls, "2")], invoice_grace_hours: 24 });
  on("2024-01-10");
  const id = await customer();
  await subscribe(id, prompt);
  await subscribe(id, patient);
  await bill("2024-02-01");
  await use(id, calls, { at: "2024-01-31T00:00:00.000Z" });
  await story.verify(id);
  await bill("2024-02-02");
  assert.deepEqual(await invoices(id), [`open 200: ${calls} 200`]);
});

test("the books are right after all that", () => story.verify());
