import assert from "node:assert/strict";
import { test } from "node:test";
import type { Api } from "../harness.ts";
import { assertAccessible, assertNothingStrayed, dashboardPages, picture, widths } from "./browser.ts";
import { startDashboard } from "./staff.ts";

/* Every page of the dashboard, as a company sees it that has used everything for a while, in a real browser. */

const { base, open, clock, test: api } = await startDashboard("2026-03-02T08:00:00.000Z");
const { customerId, invoiceIds, eventIds } = await useEverything(api);

type Made = { [name: string]: { id: string } };

async function useEverything(by: Api) {
  const post = async (path: string, body: object = {}): Promise<Made> => {
    const answer = await by.post(path, body);
    assert.ok(answer.status < 300, `${path}: ${answer.text}`);
    return answer.body;
  };
  const idIn = (made: Made, name: string) => made[name]?.id as string;
  await post("/v1/pricing-units", { code: "gpu_seconds", name: "GPU seconds" });
  await post("/v1/meters", {
    code: "api_calls",
    name: "API calls",
    event_name: "api_call",
    aggregation: { type: "count" },
  });
  await post("/v1/meters", {
    code: "tokens",
    name: "Tokens",
    event_name: "api_call",
    aggregation: { type: "sum", property: "tokens" },
    dimensions: ["model"],
  });
  await post("/v1/plans", {
    code: "starter",
    name: "Starter",
    description: "For teams who begin.",
    fixed_fees: [{ code: "base", name: "Base fee", amount: "29", currency_code: "usd" }],
    usage_prices: [
      { meter_code: "api_calls", model: "package", package_size: "1000", package_amount: "2.50", currency_code: "usd" },
      {
        meter_code: "tokens",
        model: "graduated",
        tiers: [
          { up_to: "100000", unit_amount: "0.00002" },
          { up_to: null, unit_amount: "0.00001" },
        ],
        currency_code: "usd",
      },
    ],
    overdraft: [{ currency_code: "usd", policy: "block" }],
  });
  await post("/v1/plans", {
    code: "scale",
    name: "Scale",
    fixed_fees: [{ code: "base", name: "Base fee", amount: "499", currency_code: "usd" }],
    usage_prices: [{ meter_code: "api_calls", unit_amount: "0.001", currency_code: "usd" }],
  });
  await post("/v1/coupons", { code: "spring", name: "Spring", percent_off: 10, duration: "forever" });
  await post("/v1/tax-rates", { code: "vat_de", name: "VAT", percent: "19", country: "DE" });
  await post("/v1/test-clocks", { name: "A year of Scale", frozen_time: "2026-01-01T00:00:00Z" });
  const names = [
    "Ada Lovelace Analytical Engines Ltd",
    "Northwind Robotics",
    "Grace Hopper",
    "Kestrel AI",
    "Lumen Labs",
  ];
  const customers: string[] = [];
  for (const name of names) {
    const email = `billing@${name.split(" ")[0]?.toLowerCase()}.example`;
    customers.push(
      idIn(await post("/v1/customers", { name, email, external_id: `crm-${customers.length + 101}` }), "customer"),
    );
    clock.advance(3_600_000);
  }
  const [first = "", second = "", third = ""] = customers;
  await post(`/v1/customers/${first}/payment-methods`, {
    card: { number: "4242424242424242", expires_month: 12, expires_year: 2030 },
  });
  for (const each of customers)
    await post("/v1/subscriptions", {
      customer_id: each,
      plan_code: each === second ? "scale" : "starter",
      initial_status: "active",
    });
  const usd = { currency_code: "usd" };
  await post(`/v1/customers/${first}/credit-grants`, { name: "Welcome credits", amount: "250", ...usd });
  await post(`/v1/customers/${first}/credit-grants`, {
    ...{ name: "GPU time", amount: "3600", pricing_unit_code: "gpu_seconds" },
    expires_at: "2026-12-31T00:00:00Z",
  });
  const events: string[] = [];
  for (let day = 0; day < 12; day++) {
    for (const [place, each] of [first, second].entries()) {
      const timestamp = clock.now().toISOString();
      const properties = {
        model: day % 3 === 0 ? "gpt-5-mini" : "gpt-5",
        tokens: 1_200 + 371 * day,
        region: "eu-west",
      };
      const event = { event_name: "api_call", idempotency_key: `${day}`, customer_id: each, timestamp, properties };
      const { body } = await by.post("/v1/events/ingest", event);
      assert.equal(body.status, "processed", JSON.stringify(body));
      if (place === 0) events.push(body.usage_id);
    }
    clock.advance(24 * 3_600_000);
  }
  const broke = {
    event_name: "api_call",
    idempotency_key: "broke",
    customer_id: third,
    timestamp: clock.now().toISOString(),
  };
  await post("/v1/events/ingest", { events: [{ ...broke, properties: { model: "gpt-5", tokens: 9_000 } }] });
  const line_items = [
    { description: "Onboarding workshop", quantity: "1.5", unit_amount_decimal: "1200" },
    { description: "Migration of last year's usage", quantity: 1, unit_amount_cents: 45_000 },
  ];
  const invoices: string[] = [];
  for (const each of [first, second, first]) {
    const id = idIn(await post("/v1/invoices", { customer_id: each, line_items, memo: "Thank you!" }), "invoice");
    if (invoices.length < 2) await post(`/v1/invoices/${id}/finalize`);
    invoices.push(id);
  }
  await post(`/v1/invoices/${invoices[0]}/payments`, { amount_cents: 100_000, reference: "SEPA 2026-03-14" });
  await post("/v1/credit-notes", {
    invoice_id: invoices[0],
    amount_cents: 20_000,
    reason: "The workshop was cut short",
  });
  await post("/v1/webhook-endpoints", { url: "https://hooks.acme.example/afternoon", event_types: ["invoice.paid"] });
  return { customerId: first, invoiceIds: invoices.toSorted(), eventIds: events.slice(-1) };
}

const pages = dashboardPages({ customerId, invoiceIds, eventIds, plans: ["starter"] });
/** Below the whole of the dashboard, and for those who are not signed in. */
const withoutSession = ["sign-in", "setup#token=none", "accept#token=none", "forgot", "reset#token=none"];

/** Colors and widths are each other's business nowhere, so two of the four are enough, unless somebody wants pictures of all. */
const needsAll = process.env.SCREENSHOTS !== undefined;

for (const width of Object.keys(widths) as (keyof typeof widths)[])
  for (const scheme of needsAll ? (["light", "dark"] as const) : ([width === "phone" ? "dark" : "light"] as const)) {
    test(`every page is accessible: ${width}, ${scheme}`, async () => {
      const page = await open(width);
      await page.emulateMedia({ colorScheme: scheme });
      // Anew: since the company began its members' sessions have ended.
      await page.goto("/dashboard/sign-in");
      await page.getByLabel("Email").fill("olga@example.com");
      await page.getByLabel("Password").fill("correct horse battery");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
      for (const each of pages) {
        await page.goto(base + each);
        await page.getByRole("heading", { level: 1 }).waitFor();
        assert.equal(new URL(page.url()).pathname, base + each);
        await page.locator("main").getByText("Loading …").first().waitFor({ state: "hidden" });
        await assertAccessible(page);
        const place = ["", customerId, ...eventIds, ...invoiceIds].indexOf(each.split("/").at(-1) ?? "");
        const name = place > 0 ? each.replace(/[^/]+$/, `one-${place}`) : each;
        await picture(page, `page${name.replaceAll("/", "-")}-${width}-${scheme}`);
      }
    });

    test(`every page for those who are not signed in is accessible: ${width}, ${scheme}`, async () => {
      const page = await open(width);
      await page.emulateMedia({ colorScheme: scheme });
      for (const each of withoutSession) {
        await page.goto(`/dashboard/${each}`);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await assertAccessible(page);
        await picture(page, `access-${each.split("#")[0]}-${width}-${scheme}`);
      }
    });
  }

test("nothing was asked of anybody else", () => assertNothingStrayed());
