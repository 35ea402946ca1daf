import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { emptyQueue, startTestApp, testPublicUrl } from "../harness.ts";
import { assertAccessible, assertNothingStrayed, openBrowser, picture, widths } from "./browser.ts";

/* An invoice from the API to the end, as its customer sees it in a real browser. */

const { app, test: api } = await startTestApp({ now: "2026-03-10T09:00:00.000Z", companyName: "Acme <Cloud> & Söhne" });
await app.listen({ host: "127.0.0.1", port: 0 });
const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
const browser = await openBrowser(origin);
await api.patch("/v1/payment-settings", { bank_details: "IBAN DE02 1203 0000 0000 2020 51\nBIC BYLADEM1001" });

/** The published quickstart's four steps, verbatim but for host and token. */
async function quickstart(): Promise<{ id: string; path: string }> {
  const { customer } = (
    await api.post("/v1/customers", { name: "Acme Corp", email: "billing@acme.com", external_id: "cust_123" })
  ).body;
  const ingested = await api.post("/v1/events/ingest", {
    events: [
      {
        event_name: "api.request",
        idempotency_key: "evt_abc123xyz",
        customer_id: customer.id,
        timestamp: "2024-01-15T10:30:00Z",
        properties: { tokens: 150, model: "gpt-4" },
      },
    ],
  });
  assert.equal(ingested.body.accepted, 1);
  await emptyQueue(api);
  const { invoice: draft } = (
    await api.post("/v1/invoices", {
      customer_id: customer.id,
      collection_method: "send_invoice",
      days_until_due: 30,
      line_items: [{ description: "API calls — Jan 2024", quantity: 1, unit_amount_cents: 5000 }],
    })
  ).body;
  assert.deepEqual([draft.status, draft.total_cents], ["draft", 5000]);
  const { invoice } = (await api.post(`/v1/invoices/${draft.id}/finalize`)).body;
  assert.equal(invoice.status, "open");
  assert.ok(invoice.payment_url.startsWith(testPublicUrl));
  return { id: invoice.id, path: invoice.payment_url.slice(testPublicUrl.length) };
}

async function pay(page: Page, number: string, expiry = "12 / 30"): Promise<void> {
  await page.getByLabel("Card number").fill(number);
  await page.getByLabel("Expires").fill(expiry);
  await page.getByRole("button", { name: /^Pay/ }).click();
}

/** On how many lines a text stands. */
function linesOf(text: Locator): Promise<number> {
  return text.evaluate((element) => (element as unknown as { getClientRects(): unknown[] }).getClientRects().length);
}

const invoiceOf = async (id: string) => (await api.get(`/v1/invoices/${id}`)).body.invoice;

test("the quickstart's invoice is paid by card: customer, event, draft, finalize, pay, paid", async () => {
  const { id, path } = await quickstart();
  const page = await browser.open();
  await page.goto(path);
  assert.match((await page.locator("main").textContent()) ?? "", /Invoice INV-000001[\s\S]*\$50\.00/);
  assert.equal((await page.getByText(/^Test mode/).boundingBox())?.width, widths.desktop);
  await picture(page, "pay-open-desktop");
  await assertAccessible(page);
  await pay(page, "4242 4242 4242 4242");
  await page.getByText("Paid on March 10, 2026").waitFor();
  await assertAccessible(page);
  await picture(page, "pay-paid-desktop");
  const invoice = await invoiceOf(id);
  assert.deepEqual([invoice.status, invoice.amount_paid_cents], ["paid", 5000]);
  // Reloading what came of the form pays nothing again.
  await page.reload();
  assert.equal((await api.get(`/v1/payments?invoice_id=${id}`)).body.payments.length, 1);
});

test("a declined card says so, and the next one pays; on a phone", async () => {
  const { id, path } = await quickstart();
  const page = await browser.open("phone");
  await page.goto(path);
  await picture(page, "pay-open-phone");
  await assertAccessible(page);
  await pay(page, "4000 0000 0000 0002");
  await page.getByRole("alert").waitFor();
  assert.match((await page.getByRole("alert").textContent()) ?? "", /declined/);
  await picture(page, "pay-declined-phone");
  await assertAccessible(page);
  await pay(page, "4242 4242 4242 4242");
  await page.getByText(/^Paid on/).waitFor();
  assert.equal((await invoiceOf(id)).status, "paid");
});

test("a card that cannot be read is told beside its field, and its number is not put back into the page", async () => {
  const { path } = await quickstart();
  const page = await browser.open();
  await page.goto(path);
  await pay(page, "1234 5678 9012 3456", "13 / 30");
  await page.locator("#expiry-error").waitFor();
  assert.equal(await page.getByLabel("Card number").inputValue(), "");
  assert.ok(!(await page.content()).includes("9012"));
  await assertAccessible(page);
});

test("a bank's second step is confirmed, refused, or given up for another card", async () => {
  for (const [button, outcome] of [
    ["Confirm", /^Paid on/],
    ["Refuse", /second step was not confirmed/],
    ["Pay in another way", "Pay by card"],
  ] as const) {
    const { path } = await quickstart();
    const page = await browser.open();
    await page.goto(path);
    await pay(page, "4000 0025 0000 3155");
    await page.getByRole("link", { name: "Confirm the payment" }).click();
    await assertAccessible(page);
    await picture(page, "pay-step-desktop");
    assert.equal(await linesOf(page.getByText(/^INV-\d{6}$/)), 1, "a number does not break at its hyphen");
    await page.getByRole("button", { name: button, exact: true }).click();
    await page.getByText(outcome).first().waitFor();
  }
});

test("a paid, a voided and an unknown invoice each have a page that says so", async () => {
  const { id, path } = await quickstart();
  const page = await browser.open();
  await api.post(`/v1/invoices/${id}/void`);
  await page.goto(path);
  assert.match((await page.getByRole("status").textContent()) ?? "", /voided/);
  assert.equal(await page.getByLabel("Card number").count(), 0);
  await picture(page, "pay-void-desktop");
  const unknown = await page.goto(`/pay/${"x".repeat(32)}`);
  assert.equal(unknown?.status(), 404);
  await assertAccessible(page);
  await picture(page, "pay-unknown-desktop");
});

test("what the balance has paid is on the page, and only the rest is charged; on a phone", async () => {
  const first = await quickstart();
  await api.post(`/v1/invoices/${first.id}/payments`, { amount_cents: 7_000 });
  const { customer_id } = await invoiceOf(first.id);
  const line_items = [{ description: "Setup", unit_amount_cents: 5_000 }];
  const { invoice } = (await api.post("/v1/invoices", { customer_id, line_items })).body;
  const { payment_url } = (await api.post(`/v1/invoices/${invoice.id}/finalize`)).body.invoice;
  const page = await browser.open("phone");
  await page.goto(payment_url.slice(testPublicUrl.length));
  for (const [label, amount] of [
    ["Total", "$50.00"],
    ["Paid from your balance", "-$20.00"],
    ["Amount due", "$30.00"],
  ] as const)
    assert.equal(await page.getByRole("row", { name: `${label} ${amount}`, exact: true }).count(), 1, label);
  await picture(page, "pay-balance-phone");
  await assertAccessible(page);
  await page.getByRole("button", { name: "Pay $30.00" }).waitFor();
  await pay(page, "4242 4242 4242 4242");
  await page.getByText(/^Paid on/).waitFor();
  const paid = await invoiceOf(invoice.id);
  assert.deepEqual([paid.status, paid.amount_paid_cents, paid.credit_applied_cents], ["paid", 3_000, 2_000]);
});

test("no page asks any other server for anything, and every width was looked at", () => {
  assertNothingStrayed();
  assert.deepEqual(Object.keys(widths), ["desktop", "phone"]);
});
