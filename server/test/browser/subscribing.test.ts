import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { createCollecting } from "../../src/app.ts";
import { createCatalogReader } from "../../src/catalog/catalog.ts";
import { collectDueInvoices, settleWaiting } from "../../src/payments/payments.ts";
import { billDue } from "../../src/renewals/renewals.ts";
import { verifyWallets } from "../../src/wallets/verify.ts";
import { startTestApp, testPublicUrl } from "../harness.ts";
import { assertAccessible, assertNothingStrayed, openBrowser, picture } from "./browser.ts";

/* A customer subscribes, moves, is billed, and leaves, on the hosted pages in a real browser. */

const { app, database, clock, test: api } = await startTestApp({ now: "2026-03-10T09:00:00.000Z" });
await app.listen({ host: "127.0.0.1", port: 0 });
const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
const browser = await openBrowser(origin);
const catalog = createCatalogReader(clock);
const collecting = createCollecting(database, catalog, testPublicUrl);

const minute = 60_000;
const usd = { currency_code: "usd" };
await api.post("/v1/meters", {
  code: "api_calls",
  name: "API calls",
  event_name: "call",
  aggregation: { type: "sum", property: "calls" },
});
const tiers = [
  { up_to: "1000", unit_amount: "0" },
  { up_to: null, unit_amount: "0.00025" },
];
for (const [code, name, amount] of [
  ["starter", "Starter", "31"],
  ["growth", "Growth", "62"],
])
  await api.post("/v1/plans", {
    code,
    name,
    description: `Everything in ${name}`,
    usage_prices: [{ meter_code: "api_calls", model: "graduated", tiers, ...usd }],
    fixed_fees: [{ code: "base", name: "Base fee", amount, ...usd }],
    recurring_grants: [{ code: "monthly", name: "Monthly credits", amount: "5", ...usd }],
  });
await api.patch("/v1/payment-settings", { portal_plan_codes: ["starter", "growth"] });

async function customer(): Promise<string> {
  return (await api.post("/v1/customers", { name: "Ada <b>Lovelace</b>", email: "ada@example.com" })).body.customer.id;
}

async function signupPath(fields: object): Promise<string> {
  const answer = await api.post("/v1/subscription-signup-links", fields);
  assert.equal(answer.status, 201, answer.text);
  return answer.body.subscription_signup_link.url.slice(testPublicUrl.length);
}

async function portalPath(customerId: string): Promise<string> {
  const answer = await api.post(`/v1/customers/${customerId}/portal-link`);
  assert.equal(answer.status, 201, answer.text);
  return answer.body.url.slice(testPublicUrl.length);
}

async function fillCard(page: Page, number: string): Promise<void> {
  await page.getByLabel("Card number").fill(number);
  await page.getByLabel("Expires").fill("12/30");
}

async function runJobs(): Promise<void> {
  await billDue(database, catalog, clock.now());
  await collectDueInvoices(database, collecting, clock.now());
  await settleWaiting(database, collecting, clock.now());
}

const mainText = async (page: Page) => (await page.locator("main").textContent()) ?? "";
const subscriptionsOf = async (id: string) => (await api.get(`/v1/subscriptions?customer_id=${id}`)).body.subscriptions;
const invoicesOf = async (id: string) => (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices;

test("a signup link shows the plan with its exact first invoice, subscribes once, and renews by the same card", async () => {
  const id = await customer();
  const path = await signupPath({ customer_id: id, plan_code: "starter", success_url: `${origin}/docs` });
  const page = await browser.open();
  await page.goto(path);
  // 22 of the 31 days of March, from the start of its first day on.
  const offer = await mainText(page);
  assert.match(
    offer,
    /\$31\.00 every month, in advance[\s\S]*API calls\s*In steps[\s\S]*Above 1,000: \$0\.00025 per unit/,
  );
  assert.match(offer, /Prorated, Mar 10\s–\s31, 2026 \(22 of 31 days\)[\s\S]*\$22\.00/);
  assert.doesNotMatch(offer, /api.calls|tier/);
  await picture(page, "subscribe-desktop");
  await assertAccessible(page);
  await fillCard(page, "4242 4242 4242 4242");
  await page.getByRole("button", { name: "Subscribe and pay $22.00", exact: true }).click();
  await page.waitForURL(`${origin}/docs`);
  const [subscription] = await subscriptionsOf(id);
  assert.equal(subscription.status, "active");
  const [first] = await invoicesOf(id);
  assert.deepEqual([first.total_cents, first.status], [2_200, "paid"]);
  // The link was for one use; opened again it says what came of it.
  await page.goto(path);
  assert.match(await mainText(page), /You are subscribed to Starter/);
  assert.equal(await page.getByRole("link", { name: "Continue" }).getAttribute("class"), "button");
  await picture(page, "subscribe-done-desktop");
  await assertAccessible(page);
  assert.equal((await subscriptionsOf(id)).length, 1);

  clock.set("2026-04-01T00:00:00.000Z");
  await runJobs();
  clock.set("2026-04-01T01:00:00.000Z");
  await runJobs();
  const [renewal] = await invoicesOf(id);
  assert.deepEqual([renewal.total_cents, renewal.status], [3_100, "paid"]);
  clock.set("2026-03-10T09:00:00.000Z");
});

test("a link to another plan says what is given back and what is charged, and does exactly that; on a phone", async () => {
  const id = await customer();
  const page = await browser.open("phone");
  await page.goto(await signupPath({ customer_id: id, plan_code: "starter" }));
  await picture(page, "subscribe-phone");
  await assertAccessible(page);
  await fillCard(page, "4242 4242 4242 4242");
  await page.getByRole("button", { name: "Subscribe" }).click();
  await page.getByText("You are subscribed to Starter.").waitFor();
  const [before] = await subscriptionsOf(id);
  clock.advance(minute);
  const change = { previous_subscription_id: before.id, change_timing_mode: "now" };
  await page.goto(await signupPath({ customer_id: id, plan_code: "growth", ...change }));
  const shown = await mainText(page);
  assert.match(shown, /Unused time: Base fee/);
  assert.match(shown, /Charged to .*Visa ending in 4242, your saved card/);
  await picture(page, "change-phone");
  await assertAccessible(page);
  await page.getByRole("button", { name: /^Change plan and pay/ }).click();
  await page.getByText("You are subscribed to Growth.").waitFor();
  const [invoice] = await invoicesOf(id);
  assert.equal(invoice.status, "paid");
  const amount = `$${(invoice.total_cents / 100).toFixed(2)}`;
  assert.ok(shown.includes(`Change plan and pay ${amount}`), `${amount} must have been announced: ${shown}`);
});

test("a card that is declined leaves an invoice to pay, which another card pays", async () => {
  const id = await customer();
  const page = await browser.open();
  await page.goto(await signupPath({ customer_id: id, plan_code: "starter" }));
  await fillCard(page, "4000 0000 0000 0002");
  await page.getByRole("button", { name: "Subscribe" }).click();
  await page.getByRole("link", { name: "Pay the invoice" }).click();
  const [subscription] = await subscriptionsOf(id);
  assert.equal(subscription.status, "past_due");
  await fillCard(page, "4242 4242 4242 4242");
  await page.getByLabel(/Keep this card/).check();
  await page.getByRole("button", { name: /^Pay/ }).click();
  await page.getByText(/^Paid on/).waitFor();
  assert.equal((await subscriptionsOf(id))[0].status, "active");
});

test("a card that declines at the renewal is tried again on its days, and the customer then pays on the page", async () => {
  const id = await customer();
  const page = await browser.open();
  await page.goto(await signupPath({ customer_id: id, plan_code: "starter" }));
  await fillCard(page, "4242 4242 4242 4242");
  await page.getByRole("button", { name: "Subscribe" }).click();
  await page.getByText("You are subscribed").waitFor();
  // The bank takes the card back.
  const declined = { card: { number: "4000000000000002", expires_month: 12, expires_year: 2030 }, is_default: true };
  assert.equal((await api.post(`/v1/customers/${id}/payment-methods`, declined)).status, 201);
  for (const instant of ["2026-04-01T00:00:00.000Z", "2026-04-01T01:00:00.000Z", "2026-04-02T01:00:00.000Z"]) {
    clock.set(instant);
    await runJobs();
    await runJobs();
  }
  const [renewal] = await invoicesOf(id);
  assert.deepEqual([renewal.status, renewal.collection_attempts], ["open", 2]);
  assert.equal((await subscriptionsOf(id))[0].status, "past_due");
  const mails = (await api.get(`/v1/mails?customer_id=${id}`)).body.mails;
  assert.equal(mails.filter(({ template }: { template: string }) => template === "payment_failed").length, 2);
  await page.goto(renewal.payment_url.slice(testPublicUrl.length));
  assert.match((await page.getByRole("alert").textContent()) ?? "", /declined/);
  assert.match(await mainText(page), /Due April 1, 2026\s+Overdue/);
  await picture(page, "pay-dunned-desktop");
  await assertAccessible(page);
  await fillCard(page, "4242 4242 4242 4242");
  await page.getByRole("button", { name: /^Pay/ }).click();
  await page.getByText(/^Paid on/).waitFor();
  assert.equal((await subscriptionsOf(id))[0].status, "active");
  clock.set("2026-04-30T00:00:00.000Z");
  await runJobs();
  assert.equal((await api.get(`/v1/payments?invoice_id=${renewal.id}&limit=100`)).body.payments.length, 3);
  clock.set("2026-03-10T09:00:00.000Z");
});

test("the portal shows what a customer has, changes the plan, and cancels with what it comes to", async () => {
  const id = await customer();
  const page = await browser.open();
  await page.goto(await signupPath({ customer_id: id, plan_code: "starter" }));
  await fillCard(page, "4242 4242 4242 4242");
  await page.getByRole("button", { name: "Subscribe" }).click();
  await page.getByText("You are subscribed").waitFor();
  for (const [index, calls] of ["500", "4500", "2500"].entries())
    await api.post("/v1/events/ingest", {
      event_name: "call",
      customer_id: id,
      idempotency_key: `${index}`,
      timestamp: `2026-03-0${index + 7}T12:00:00Z`,
      properties: { calls },
    });

  const portal = await portalPath(id);
  await page.goto(portal);
  assert.match(await mainText(page), /Starter[\s\S]*Active[\s\S]*Renews on April 1, 2026/);
  const headings: Record<string, string> = { Overview: "Subscriptions", Usage: "API calls in the last 30 days" };
  for (const tab of ["Overview", "Balances", "Usage", "Invoices", "Payment methods", "Billing details"]) {
    await page.getByRole("link", { name: tab, exact: true }).click();
    await page.getByRole("heading", { level: 1, name: headings[tab] ?? tab }).waitFor();
    await assertAccessible(page);
    await picture(page, `portal-${tab.toLowerCase().replaceAll(" ", "-")}-desktop`);
  }
  assert.equal(await page.getByLabel("Name").inputValue(), "Ada <b>Lovelace</b>");
  await page.getByLabel("City").fill("London");
  await page.getByLabel("Country").selectOption("United Kingdom");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  assert.equal(await page.getByLabel("Country").inputValue(), "GB");
  assert.equal((await api.get(`/v1/customers/${id}`)).body.customer.billing_address.country, "GB");

  clock.advance(minute);
  await page.goto(portal);
  await page.getByRole("link", { name: "Change or cancel Starter", exact: true }).click();
  await assertAccessible(page);
  await page.getByRole("link", { name: "Look at Growth" }).click();
  await assertAccessible(page);
  await picture(page, "portal-change-desktop");
  // Usage that credits have paid is no reason to speak of a next invoice.
  assert.doesNotMatch(await mainText(page), /next invoice|\$0\.00|api_calls/);
  await page.getByRole("button", { name: "Change plan and pay $21.63", exact: true }).click();
  await page.getByText("Your plan was changed.").waitFor();
  clock.advance(minute);
  await page
    .getByRole("link", { name: /^Change or cancel/ })
    .first()
    .click();
  await page.getByRole("link", { name: "Cancel now" }).click();
  assert.match(await mainText(page), /You get \$\d+\.\d\d back as credit for unused time\./);
  await page.getByRole("link", { name: "Keep subscription" }).waitFor();
  await assertAccessible(page);
  await picture(page, "portal-cancel-desktop");
  await page.getByRole("button", { name: "Cancel now" }).click();
  await page.getByText("Your cancellation is noted.").waitFor();
  assert.ok((await subscriptionsOf(id)).every(({ status }: { status: string }) => status === "canceled"));
});

test("on the portal a card is added, made the one that is charged, and removed; on a phone", async () => {
  const id = await customer();
  const page = await browser.open("phone");
  const portal = await portalPath(id);
  await page.goto(`${portal}/payment-methods`);
  for (const number of ["4242 4242 4242 4242", "5555 5555 5555 4444"]) {
    await fillCard(page, number);
    await page.getByRole("button", { name: "Save card" }).click();
    await page.getByText(`ending in ${number.slice(-4)}`).waitFor();
  }
  await assertAccessible(page);
  await picture(page, "portal-payment-methods-phone");
  await page.getByRole("button", { name: "Charge this one: Visa ending in 4242" }).click();
  await page.getByRole("button", { name: "Charge this one: Mastercard ending in 4444" }).waitFor();
  await page.getByRole("button", { name: "Remove Mastercard ending in 4444" }).click();
  await page.getByText("ending in 4444").waitFor({ state: "detached" });
  const { payment_methods } = (await api.get(`/v1/customers/${id}/payment-methods`)).body;
  assert.equal(payment_methods.length, 1);
  await page.goto(portal);
  await picture(page, "portal-overview-phone");
  await assertAccessible(page);
});

test("every link ends after a day, and nothing strayed", async () => {
  const id = await customer();
  const [portal, signup] = [await portalPath(id), await signupPath({ customer_id: id, plan_code: "starter" })];
  const page = await browser.open();
  clock.advance(1_440 * minute);
  for (const path of [portal, signup]) {
    assert.equal((await page.goto(path))?.status(), 410);
    await assertAccessible(page);
  }
  assertNothingStrayed();
  assert.deepEqual((await verifyWallets(database)).problems, []);
});
