import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { createSecrets } from "../../src/platform/secrets.ts";
import { startTestApp, testPublicUrl } from "../harness.ts";
import { startStripeServer } from "../stripe-server.ts";
import { assertAccessible, openBrowser, picture } from "./browser.ts";

/* What customers of a company with Stripe meet: our page, Stripe's, which is shown by a stand-in here, and our page again. */

const stripe = await startStripeServer();
const access = { secrets: createSecrets(randomBytes(32)), address: stripe.address };
const { app, test: api } = await startTestApp({ now: "2026-03-10T09:00:00.000Z", stripe: access });
await app.listen({ host: "127.0.0.1", port: 0 });
const browser = await openBrowser(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
await api.patch("/v1/payment-settings", { stripe: { secret_key: "sk_test_abcdefgh1234" } });
await api.post("/v1/plans", {
  code: "starter",
  name: "Starter",
  fixed_fees: [{ code: "base", name: "Base fee", amount: "31", currency_code: "usd" }],
});

const pathOf = (url: string): string => url.slice(testPublicUrl.length);

async function customer(): Promise<string> {
  return (await api.post("/v1/customers", { name: "Ada", email: "ada@example.com" })).body.customer.id;
}

async function openPage(): Promise<Page> {
  const page = await browser.open();
  await page.route("https://checkout.stripe.com/**", (route) =>
    route.fulfill({ contentType: "text/html", body: "<title>Stripe</title><h1>Stripe</h1>" }),
  );
  return page;
}

/** Waits for Stripe's page, does there what it asks for, and comes back as from there. */
async function doAtStripe(page: Page, isDone = true): Promise<void> {
  await page.waitForURL("https://checkout.stripe.com/**");
  const id = new URL(page.url()).pathname.split("/").at(-1) as string;
  if (isDone) stripe.complete(id);
  await page.goto(pathOf(String(stripe.things.get(id)?.success_url)));
}

async function openInvoice(customerId: string): Promise<{ id: string; path: string }> {
  const line_items = [{ description: "Work", quantity: 1, unit_amount_cents: 5_000 }];
  const body = { customer_id: customerId, collection_method: "send_invoice", days_until_due: 30, line_items };
  const draft = (await api.post("/v1/invoices", body)).body.invoice;
  const { invoice } = (await api.post(`/v1/invoices/${draft.id}/finalize`)).body;
  return { id: invoice.id, path: pathOf(invoice.payment_url) };
}

const invoiceOf = async (id: string) => (await api.get(`/v1/invoices/${id}`)).body.invoice;
const methodsOf = async (id: string) => (await api.get(`/v1/customers/${id}/payment-methods`)).body.payment_methods;

test("an invoice is paid on Stripe's page: left unfinished, gone on with, and shown as paid on coming back", async () => {
  const { id, path } = await openInvoice(await customer());
  const page = await openPage();
  await page.goto(path);
  assert.equal(await page.getByLabel("Card number").count(), 0);
  await assertAccessible(page);
  await page.getByText("You'll enter your card on Stripe's secure page. It is saved for future invoices.").waitFor();
  await picture(page, "pay-stripe-desktop");
  await page.getByRole("button", { name: "Pay $50.00" }).click();
  await doAtStripe(page, false);
  await page.getByText("Your payment is not finished.").waitFor();
  await assertAccessible(page);
  await picture(page, "pay-stripe-unfinished-desktop");
  await page.getByRole("link", { name: "Continue payment" }).click();
  await doAtStripe(page);
  await page.getByText(/^Paid on/).waitFor();
  assert.deepEqual([(await invoiceOf(id)).status, (await invoiceOf(id)).amount_paid_cents], ["paid", 5_000]);
  const [payment] = (await api.get(`/v1/payments?invoice_id=${id}`)).body.payments;
  assert.deepEqual(stripe.takenFor(payment.id), [5_000]);
});

test("who does not go on can pay in another way, and the page at Stripe is closed", async () => {
  const { id, path } = await openInvoice(await customer());
  const page = await openPage();
  await page.goto(path);
  await page.getByRole("button", { name: "Pay $50.00" }).click();
  await doAtStripe(page, false);
  await page.getByRole("button", { name: "Pay in another way" }).click();
  await page.getByRole("button", { name: "Pay $50.00" }).waitFor();
  const [payment] = (await api.get(`/v1/payments?invoice_id=${id}`)).body.payments;
  assert.equal(payment.status, "canceled");
  assert.equal(stripe.all("checkout.session")[0]?.status, "expired");
});

test("if Stripe does not answer, the page says so, and the next try is of the same payment", async () => {
  const { id, path } = await openInvoice(await customer());
  const page = await openPage();
  await page.goto(path);
  stripe.faults.push("error_before");
  await page.getByRole("button", { name: "Pay $50.00" }).click();
  await page.getByText("Stripe is not answering.").waitFor();
  assert.equal((await api.get(`/v1/payments?invoice_id=${id}`)).body.payments.length, 1);
  assert.equal((await invoiceOf(id)).status, "open");
});

test("a card is saved on Stripe's page from the portal, and is there on coming back", async () => {
  const id = await customer();
  const page = await openPage();
  await page.goto(`${pathOf((await api.post(`/v1/customers/${id}/portal-link`)).body.url)}/payment-methods`);
  await assertAccessible(page);
  await page.getByRole("button", { name: "Save card" }).click();
  await doAtStripe(page);
  await page.getByText("Visa ending in 4242").waitFor();
  assert.equal((await methodsOf(id))[0].is_default, true);
});

test("a signup asks for the card on Stripe's page first, and then subscribes and charges it", async () => {
  const id = await customer();
  const link = await api.post("/v1/subscription-signup-links", { customer_id: id, plan_code: "starter" });
  const page = await openPage();
  await page.goto(pathOf(link.body.subscription_signup_link.url));
  await assertAccessible(page);
  await page.getByRole("button", { name: "Add your card" }).click();
  await doAtStripe(page);
  await page.getByText(/^Charged to .*Visa ending in 4242, your saved card\.$/).waitFor();
  await page.getByRole("button", { name: "Subscribe and pay $22.00", exact: true }).click();
  await page.waitForURL(/done=now/);
  const [invoice] = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices;
  assert.equal(invoice.status, "paid");
});
