import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { assertAccessible, assertNothingStrayed, picture } from "./browser.ts";
import { startDashboard } from "./staff.ts";

/* What pages say, and where that leads: home, a customer's usage, settings, emails, developers. */

const { clock, test: api, base, openAs } = await startDashboard("2026-03-10T09:00:00.000Z");

const longName = `A meter whose name is so long that a select as wide as that would push everything else away, ${"and longer ".repeat(9)}`;
await api.post("/v1/meters", { code: "long", name: longName, event_name: "long", aggregation: { type: "count" } });
clock.advance(1);
await api.post("/v1/meters", { code: "calls", name: "Calls", event_name: "call", aggregation: { type: "count" } });
await api.post("/v1/plans", {
  code: "pro",
  usage_prices: [{ meter_code: "calls", unit_amount: "0.02", currency_code: "usd" }],
});

async function subscribed(name: string): Promise<string> {
  const { id } = (await api.post("/v1/customers", { name, email: `${name.toLowerCase()}@example.com` })).body.customer;
  await api.post("/v1/subscriptions", { customer_id: id, plan_code: "pro", initial_status: "active" });
  return id;
}
const ada = await subscribed("Ada");
const bert = await subscribed("Bert");

async function openAt(path: string): Promise<Page> {
  const page = await openAs("owner");
  await page.goto(base + path);
  return page;
}

test("every figure is money where it is of money, counts in words that fit, and leads to its rows", async () => {
  const empty = await openAt("");
  for (const name of [/^Overdue 0\.00 USD 0 invoices$/, /^Monthly recurring revenue 0\.00 USD 2 subscriptions$/])
    await empty.getByRole("link", { name }).waitFor();

  const owed = async (cents: number, days_until_due: number) => {
    const line_items = [{ description: "Work", unit_amount_cents: cents }];
    const { id } = (await api.post("/v1/invoices", { customer_id: bert, line_items, days_until_due })).body.invoice;
    return (await api.post(`/v1/invoices/${id}/finalize`)).body.invoice.number;
  };
  const late = await owed(700, 1);
  clock.advance(86_400_001);
  const open = await owed(100, 30);
  const timestamp = clock.now().toISOString();
  await api.post("/v1/events/ingest", { event_name: "call", customer_id: ada, timestamp, idempotency_key: "one" });

  const page = await openAt("");
  const overdue = page.getByRole("link", { name: /^Overdue 7\.00 USD 1 invoice$/ });
  await overdue.waitFor();
  await assertAccessible(page);
  await picture(page, "home-desktop");
  await overdue.click();
  await page.getByRole("link", { name: late }).waitFor();
  assert.equal(await page.getByRole("link", { name: open }).count(), 0);
  assert.equal(await page.getByLabel("Due", { exact: true }).inputValue(), "true");
  await page.goBack();
  await page.getByRole("link", { name: /^Wallets in debt 1/ }).click();
  await page.getByRole("link", { name: "Ada" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Bert" }).count(), 0);
  await assertAccessible(page);
  await page.getByLabel("Wallets").selectOption("");
  await page.getByRole("link", { name: "Bert" }).waitFor();
});

test("usage is of the last 30 days by the server's clock, which is none of the browser's; nothing, and a failure, are told", async () => {
  const page = await openAt(`/customers/${ada}`);
  const card = page.getByRole("region", { name: "Usage" });
  await card.getByText("1 from 1 event, 0.02 USD").waitFor();
  await card.getByRole("img", { name: /Usage by day/ }).waitFor();
  await picture(page, "usage-desktop");
  const select = card.getByLabel("Meter");
  assert.ok(((await select.boundingBox())?.width ?? 0) < 250);
  await select.selectOption("long");
  await card.getByText("No usage in the last 30 days.").waitFor();
  await assertAccessible(page);
  const body = { error: { code: "INTERNAL", message: "Out of order." }, request_id: "req_x" };
  await page.route(/\/usage\?.*calls/, (route) => route.fulfill({ status: 400, json: body }));
  await page.goto(`${base}/customers/${ada}?meter=calls`);
  await card.getByRole("alert").getByText("Out of order.").waitFor();
});

test("settings say what holds in words, and plural or singular", async () => {
  const page = await openAt("/settings");
  const company = page.getByRole("region", { name: "Company" });
  const factsOf = async () => (await company.locator("dl").innerText()).replaceAll(/\s+/g, " ");
  await company.getByText("INV-", { exact: true }).waitFor();
  assert.match(
    await factsOf(),
    /Late usage 1 hour Invoices finalize automatically Email to customers off Timezone UTC/,
  );
  const payments = (await page.getByRole("region", { name: "Payments" }).locator("dl").innerText()).replaceAll(
    /\s+/g,
    " ",
  );
  assert.match(payments, /Card payments on .*Retries after 1, 3, 5, 7 days After last retry leave open/);
});

test("an email that was not sent can be sent once email is on; until then the page says where to turn it on", async () => {
  const page = await openAt("/mails");
  await page.getByRole("heading", { level: 1, name: "Emails" }).waitFor();
  await page.getByText("Email is off, so nothing is delivered. Turn it on in Settings.").waitFor();
  const [row] = [page.getByRole("row", { name: /not sent/ }).first()];
  assert.equal(await row?.getByRole("button", { name: "Send", exact: true }).isDisabled(), true);
  await assertAccessible(page);
  await picture(page, "emails-desktop");
  assert.equal((await api.patch("/v1/company", { mails: "on" })).status, 200);
  await page.reload();
  await row?.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send", exact: true }).click();
  const waiting = page.getByRole("row", { name: /waiting/ });
  await waiting.waitFor();
  assert.equal(await waiting.getByRole("button", { name: "Send again" }).isDisabled(), true);
  assert.equal((await api.patch("/v1/company", { mails: "off" })).status, 200);
});

test("the first event can be sent as it stands on the page", async () => {
  const page = await openAt("/developers");
  const text = (await page.locator('code[aria-label="Send an event"]').textContent()) ?? "";
  const body = JSON.parse(/-d '([^']*)'$/.exec(text)?.[1] ?? "");
  assert.deepEqual(Object.keys(body), ["event_name", "customer_id", "idempotency_key", "timestamp", "properties"]);
  assert.ok(
    text.split("\n").every((line) => line.length < 80),
    text,
  );
  await picture(page, "developers-desktop");
  assertNothingStrayed();
});
