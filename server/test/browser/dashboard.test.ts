import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { createSetupLink } from "../../src/dashboard-access/dashboard-access.ts";
import { projectRoot } from "../../src/platform/project-root.ts";
import { startTestApp, testPublicUrl } from "../harness.ts";
import { assertAccessible, assertNothingStrayed, openBrowser, picture } from "./browser.ts";

/* A billing operation run from the dashboard, as it is built and served, in a real browser. */

const { app, database, clock, company, test: api } = await startTestApp({ now: "2026-03-10T09:00:00.000Z" });
await app.listen({ host: "127.0.0.1", port: 0 });
const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
const browser = await openBrowser(origin);
const base = `/dashboard/${company.companyId}/test`;

/** What a customer may call themselves, to have a page run it. */
const hostile = `<img src=x onerror="globalThis.wasRun = true">"'><script>globalThis.wasRun = true</script>`;

await api.post("/v1/meters", { code: "calls", name: hostile, event_name: "call", aggregation: { type: "count" } });
await api.post("/v1/plans", {
  code: "pro",
  name: hostile,
  description: hostile,
  fixed_fees: [{ code: "base", name: hostile, amount: "30", currency_code: "usd" }],
  usage_prices: [
    {
      meter_code: "calls",
      model: "graduated",
      tiers: [
        { up_to: "100", unit_amount: "0.02" },
        { up_to: null, unit_amount: "0.01" },
      ],
      currency_code: "usd",
    },
  ],
});
const { id: hostileId } = (await api.post("/v1/customers", { name: hostile, email: "mallory@example.com" })).body
  .customer;
await api.post("/v1/subscriptions", { customer_id: hostileId, plan_code: "pro", initial_status: "active" });
const event = { event_name: "call", customer_id: hostileId, timestamp: clock.now().toISOString() };
await api.post("/v1/events/ingest", { ...event, idempotency_key: "one", properties: { note: hostile } });

async function signIn(page: Page, email: string): Promise<void> {
  await page.goto("/dashboard/sign-in");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Main" }).waitFor();
}

const password = "correct horse battery";

async function go(page: Page, name: string): Promise<void> {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** Fills in a dialog and does what it is for. */
async function answer(page: Page, button: string, fields: Record<string, string>): Promise<void> {
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label, { exact: true }).fill(value);
  await dialog.getByRole("button", { name: button, exact: true }).click();
}

/** The file that the button saves. */
async function saved(page: Page, button: string): Promise<{ name: string; content: Buffer }> {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: button, exact: true }).click();
  const file = await download;
  return { name: file.suggestedFilename(), content: readFileSync(await file.path()) };
}

test("the link of the first start makes the owner, who is led to where to begin", async () => {
  const page = await browser.open();
  const link = await createSetupLink(database, testPublicUrl, clock.now());
  await page.goto((link as string).slice(testPublicUrl.length));
  await assertAccessible(page);
  await page.getByLabel("Your name").fill("Olga");
  await page.getByLabel("Email").fill("olga@example.com");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: /owner|account|set up/i }).click();
  await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
  // Live mode has nothing yet.
  await page.getByRole("link", { name: "Say what you measure" }).waitFor();
  await page.getByRole("link", { name: "Test", exact: true }).click();
  await page.getByText("Test mode: no real money moves").waitFor();
  await page.getByText("$30.00").or(page.getByText("30.00 USD")).first().waitFor();
});

test("a customer is created, found by the palette, and invoiced: draft, line, number, payment, credit note", async () => {
  const page = await browser.open();
  await signIn(page, "olga@example.com");
  await page.goto(base);
  await go(page, "Customers");
  await page.getByRole("button", { name: "Create customer" }).click();
  await answer(page, "Create customer", { Name: "Ada Lovelace", Email: "ada@example.com" });
  await page.getByRole("heading", { level: 1, name: "Ada Lovelace" }).waitFor();
  const customerId = page.url().split("/").at(-1) as string;
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Page or customer" }).fill("Ada");
  await page.getByRole("option", { name: /Ada Lovelace/ }).waitFor();
  await page.getByRole("combobox", { name: "Page or customer" }).fill("invo");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Invoices" }).waitFor();
  await page.getByRole("button", { name: "Create invoice" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Customer Choose a customer" }).click();
  await page.getByRole("combobox", { name: "Customer" }).fill("lovel");
  await page.getByRole("option", { name: /Ada Lovelace/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Customer Ada Lovelace" }).waitFor();
  await answer(page, "Create draft", {});
  await page.getByRole("heading", { level: 1, name: "Draft invoice" }).waitFor();
  await page.getByRole("button", { name: "Add line" }).click();
  await answer(page, "Add line", { Description: "Work", Quantity: "1.5", "Price of one": "33.335" });
  await page.getByRole("cell", { name: "50.00 USD" }).waitFor();
  await page.getByRole("button", { name: "Finalize" }).click();
  await answer(page, "Finalize", {});
  await page.getByRole("heading", { level: 1, name: /^INV-/ }).waitFor();
  await page.getByRole("button", { name: "Record payment" }).click();
  await answer(page, "Record payment", { "Amount in USD": "20" });
  await page.getByText("30.00 USD").first().waitFor();
  await page.getByRole("button", { name: "Credit note" }).click();
  await answer(page, "Issue credit note", { "Amount in USD": "30", Reason: "Sorry" });
  await page.getByRole("cell", { name: "Sorry" }).waitFor();
  await page.getByText("paid", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Explain" }).click();
  await page.getByText("50.0025").waitFor();
  await assertAccessible(page);
  await picture(page, "dashboard-invoice-desktop");
  const [invoice] = (await api.get(`/v1/invoices?customer_id=${customerId}`)).body.invoices;
  assert.deepEqual([invoice.status, invoice.total_cents, invoice.amount_paid_cents], ["paid", 5_000, 2_000]);
  const pdf = await saved(page, "PDF");
  assert.equal(pdf.name, `${invoice.number}.pdf`);
  assert.equal(pdf.content.subarray(0, 5).toString(), "%PDF-");

  // What comes on top goes into the wallet and pays a part of the next invoice.
  await api.post(`/v1/invoices/${invoice.id}/payments`, { amount_cents: 1_000 });
  const line_items = [{ description: "Setup", unit_amount_cents: 5_000 }];
  const next = (await api.post("/v1/invoices", { customer_id: customerId, line_items })).body.invoice;
  await page.goto(`${base}/invoices/${next.id}`);
  await page.getByRole("button", { name: "Finalize" }).click();
  await answer(page, "Finalize", {});
  await page.getByRole("heading", { level: 1, name: /^INV-/ }).waitFor();
  const facts = (await page.locator("main").innerText()).replaceAll(/\s+/g, " ");
  assert.match(facts, /Due 40\.00 USD.*Paid from balance 10\.00 USD/);
});

test("a list is saved whole as CSV, and no text in it becomes a formula", async () => {
  const { id: customerId } = (await api.post("/v1/customers", { name: "Many events" })).body.customer;
  await api.post("/v1/subscriptions", { customer_id: customerId, plan_code: "pro", initial_status: "active" });
  const keys = ['=1+"1"', ...Array.from({ length: 150 }, (_, index) => `key ${index}`)];
  const events = keys.map((key) => ({ ...event, customer_id: customerId, idempotency_key: key }));
  for (let from = 0; from < events.length; from += 50)
    await api.post("/v1/events/ingest-batch", { events: events.slice(from, from + 50) });
  const page = await browser.open();
  await signIn(page, "olga@example.com");
  await page.goto(`${base}/events?customer_id=${customerId}`);
  const { name, content } = await saved(page, "Export CSV");
  assert.equal(name, "events.csv");
  const [header, ...rows] = content.toString().trimEnd().split("\r\n");
  assert.equal(header, "id,recorded_at,timestamp,event_name,customer_id,idempotency_key,cost");
  assert.equal(rows.length, keys.length);
  assert.ok(rows.some((row) => row.includes(`,"'=1+""1""",`)));
});

test("a plan gets a new version: drawn while typed, tried on real usage, published, and compared with the one before", async () => {
  const page = await browser.open();
  await signIn(page, "olga@example.com");
  await page.goto(`${base}/plans/pro`);
  await page.getByRole("textbox", { name: "Quantity" }).first().fill("200");
  await page.getByRole("status").getByText("3.00 USD").waitFor();
  await page.getByRole("link", { name: "New version" }).click();
  for (const model of ["Per unit", "Volume", "Package", "Percentage", "Matrix", "Dynamic", "Flat per event"])
    await page.getByRole("button", { name: model, exact: true }).waitFor();
  await page.getByRole("button", { name: "Package", exact: true }).click();
  await page.getByRole("region", { name: "price 2" }).waitFor();
  await page.getByRole("button", { name: "Try on real usage" }).click();
  await page.getByText("New price").waitFor();
  await assertAccessible(page);
  await picture(page, "dashboard-plan-editor-desktop");
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByText("version 2", { exact: true }).waitFor();
  await page.getByRole("button", { name: "What changed" }).click();
  await page.getByRole("heading", { name: "usage prices" }).waitFor();
  assert.equal((await api.get("/v1/plans/pro")).body.plan.usage_prices.length, 2);
});

test("a key is shown once, fills in the quickstart, works, and is revoked; no secret is in an address", async () => {
  const page = await browser.open();
  await signIn(page, "olga@example.com");
  await page.goto(`${base}/developers`);
  await page.getByRole("button", { name: "Create key" }).click();
  await answer(page, "Create key", { Name: "Shop" });
  const key = (await page.locator('code[aria-label="API key"]').textContent()) ?? "";
  assert.match(key, /^ak_test_/);
  assert.ok(!page.url().includes(key));
  await page.keyboard.press("Escape");
  assert.ok((await page.locator('code[aria-label="Send an event"]').textContent())?.includes(key));
  assert.equal((await fetch(`${origin}/v1/customers`, { headers: { authorization: `Bearer ${key}` } })).status, 200);
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Developers" }).waitFor();
  await page.getByText("Shop").waitFor();
  assert.ok(!(await page.content()).includes(key));
  await page.getByRole("row", { name: /Shop/ }).getByRole("button", { name: "Revoke" }).click();
  await answer(page, "Revoke", {});
  await page.getByRole("row", { name: /Shop/ }).getByRole("cell", { name: "revoked" }).waitFor();
  assert.equal(await page.getByRole("row", { name: /Shop/ }).getByRole("button").count(), 0);
});

test("coupons, tax rates and clocks are made on their pages, and what is refused says why beside its field", async () => {
  const page = await browser.open();
  await signIn(page, "olga@example.com");
  await page.goto(`${base}/settings`);
  await page.getByRole("button", { name: "Add tax rate" }).click();
  await answer(page, "Add tax rate", { Name: "VAT", Code: "vat", Percent: "190", Country: "DE" });
  await page
    .getByRole("dialog")
    .getByText(/at most 100/)
    .first()
    .waitFor();
  await answer(page, "Add tax rate", { Percent: "19" });
  await page.getByRole("cell", { name: "VAT (vat)" }).waitFor();
  await page.getByRole("button", { name: "Create coupon" }).click();
  await answer(page, "Create coupon", { Name: "Spring", Code: "spring", "Percent off": "10" });
  await page.getByRole("cell", { name: "Spring (spring)" }).waitFor();
  await go(page, "Test clocks");
  await page.getByRole("button", { name: "Create clock" }).click();
  await answer(page, "Create clock", { Name: "June", "Starts at (UTC)": "2026-06-01T00:00" });
  await page.getByRole("cell", { name: "June" }).waitFor();
});

test("what a role may not do is refused by the server, and the page says who may", async () => {
  const owner = await browser.open();
  await signIn(owner, "olga@example.com");
  for (const [role, button, pagePath, fields] of [
    ["viewer", "Create customer", "/customers", { Name: "Nobody" }],
    ["finance", "Create meter", "/meters", { Code: "x", "Event name": "x" }],
    ["developer", "Create invoice", `/invoices?customer_id=${hostileId}`, {}],
  ] as const) {
    await owner.goto(`${base}/settings`);
    await owner.getByRole("button", { name: "Invite" }).click();
    const dialog = owner.getByRole("dialog");
    await dialog.getByLabel("Role").selectOption(role);
    await answer(owner, "Invite", { Email: `${role}@example.com` });
    const link = (await owner.locator('code[aria-label="Invitation"]').textContent()) ?? "";
    const page = await browser.open();
    await page.goto(link.slice(testPublicUrl.length));
    await page.getByLabel("Your name").fill(role);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: /accept|join/i }).click();
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    await page.goto(base + pagePath);
    await page.getByRole("button", { name: button }).click();
    await answer(page, button === "Create invoice" ? "Create draft" : button, fields);
    await page
      .getByRole("alert")
      .filter({ hasText: `Your role here is ${role}` })
      .first()
      .waitFor();
  }
});

test("the first page needs at most 180 kB of script, and nothing was asked of anybody else", async () => {
  const folder = path.join(projectRoot, "web/dashboard/dist");
  type Chunk = { file: string; imports?: string[]; src?: string };
  const manifest = JSON.parse(readFileSync(path.join(folder, ".vite/manifest.json"), "utf8")) as Record<string, Chunk>;
  const needed = new Set<string>();
  const add = (name: string) => {
    if (needed.has(name)) return;
    needed.add(name);
    for (const imported of manifest[name]?.imports ?? []) add(imported);
  };
  for (const name of ["index.html", "src/home/home-page.tsx"]) add(name);
  const bytes = [...needed].reduce(
    (sum, name) => sum + gzipSync(readFileSync(path.join(folder, (manifest[name] as Chunk).file))).length,
    0,
  );
  assert.ok(bytes > 0 && bytes <= 180_000, `${bytes} bytes`);
  assertNothingStrayed();
});
