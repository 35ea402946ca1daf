import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { createSetupLink } from "../../src/dashboard-access/dashboard-access.ts";
import { startTestApp, testPublicUrl } from "../harness.ts";
import { assertAccessible, assertNothingStrayed, openBrowser, picture } from "./browser.ts";

/* What comes by itself and what is looked for while typing, in a real browser. */

const { app, database, clock, company, test: api } = await startTestApp({ now: "2026-03-10T09:00:00.000Z" });
await app.listen({ host: "127.0.0.1", port: 0 });
const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
const browser = await openBrowser(origin);
const base = `/dashboard/${company.companyId}/test`;

async function create(fields: object): Promise<string> {
  const { status, body, text } = await api.post("/v1/customers", fields);
  assert.equal(status, 201, text);
  return body.customer.id;
}

const ada = await create({ name: "Ada Lovelace", email: "ada@example.com", external_id: "shop-7" });
const grace = await create({ name: "Grace Hopper" });
// So that who is looked for is on no first page.
for (let other = 0; other < 110; other++) await create({ name: `Somebody ${other}` });

await api.post("/v1/meters", { code: "calls", name: "Calls", event_name: "call", aggregation: { type: "count" } });
await api.post("/v1/plans", {
  code: "pro",
  name: "Pro",
  usage_prices: [{ meter_code: "calls", model: "per_unit", unit_amount: "0.02", currency_code: "usd" }],
});
await api.post("/v1/subscriptions", { customer_id: ada, plan_code: "pro", initial_status: "active" });

let count = 0;

async function ingest(customer_id: string, event_name: string, properties: object = {}): Promise<void> {
  count += 1;
  const event = {
    event_name,
    customer_id,
    timestamp: clock.now().toISOString(),
    idempotency_key: `key ${count}`,
    properties,
  };
  assert.equal((await api.post("/v1/events/ingest", event)).status, 200);
}

const link = (await createSetupLink(database, testPublicUrl, clock.now())) as string;

/** A page of the owner's. */
async function open(path: string, width: "desktop" | "phone" = "desktop"): Promise<Page> {
  const page = await browser.open(width);
  await page.goto("/dashboard/sign-in");
  await page.getByLabel("Email").fill("olga@example.com");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
  await page.goto(base + path);
  return page;
}

const rows = (page: Page, name: string | RegExp) => page.getByRole("row", { name });
const requests = (page: Page, part: string) => {
  const found: string[] = [];
  page.on("request", (request) => request.url().includes(part) && found.push(request.url()));
  return found;
};

test("there is an owner", async () => {
  const page = await browser.open();
  await page.goto(link.slice(testPublicUrl.length));
  await page.getByLabel("Your name").fill("Olga");
  await page.getByLabel("Email").fill("olga@example.com");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: /owner|account|set up/i }).click();
  await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
});

test("events appear as they are recorded, by a stream and not by asking again and again; paused, nothing appears; each explains itself", async () => {
  await ingest(ada, "before");
  const page = await open("/events");
  await rows(page, /before/).waitFor();
  await page.getByRole("status").getByText("live", { exact: true }).waitFor();
  const lists = requests(page, "/v1/events?");
  await ingest(ada, "call", { model: "gpt-4" });
  await rows(page, /call/).waitFor();
  await ingest(grace, "second");
  await rows(page, /second/).waitFor();
  assert.deepEqual(await page.locator("tbody tr td:nth-child(2)").allTextContents(), ["second", "call", "before"]);
  assert.deepEqual(lists, [], "the list was not read again");
  await assertAccessible(page);
  await picture(page, "events-live-desktop-light");

  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("status").getByText("paused", { exact: true }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get("live"), "off");
  await ingest(ada, "meanwhile");
  const watcher = await open("/events");
  await rows(watcher, /meanwhile/).waitFor();
  assert.equal(await rows(page, /meanwhile/).count(), 0);
  await page.getByRole("button", { name: "Go live" }).click();
  await rows(page, /meanwhile/).waitFor();

  await page.getByRole("link", { name: "call", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "call" }).waitFor();
  await page.getByRole("heading", { name: /Charge: / }).waitFor();
  await page.getByRole("group", { name: "Tiers" }).getByText("0.02 USD").first().waitFor();
  await page.goBack();
  await page.getByRole("status").getByText("live", { exact: true }).waitFor();
});

test("events are narrowed down by customer, name and property, which is in the address, and so is what is live", async () => {
  const page = await open("/events");
  await page.getByLabel("Property").fill("model=gpt-4");
  await page.getByLabel("Property").press("Enter");
  await rows(page, /before/).waitFor({ state: "detached" });
  await rows(page, /call/).waitFor();
  await ingest(grace, "call", { model: "gpt-5" });
  await ingest(ada, "call", { model: "gpt-4", number: 2 });
  await rows(page, /number: 2/).waitFor();
  assert.equal(await rows(page, /gpt-5/).count(), 0);
  await page.getByLabel("Event name").fill("call");
  await page.getByLabel("Event name").press("Enter");
  await page.getByRole("button", { name: "Customer: all" }).click();
  await page.getByRole("combobox", { name: "Customer" }).fill("lovel");
  await page.getByRole("option", { name: /Ada Lovelace/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/customer_id=/);
  await page.getByRole("button", { name: "Customer: Ada Lovelace" }).waitFor();
  await rows(page, /number: 2/)
    .getByRole("link", { name: "Ada Lovelace" })
    .waitFor();
  const { searchParams } = new URL(page.url());
  assert.deepEqual(
    ["property", "event_name", "customer_id"].map((name) => searchParams.get(name)),
    ["model=gpt-4", "call", ada],
  );
  const again = await open(new URL(page.url()).pathname.slice(base.length) + new URL(page.url()).search);
  await rows(again, /number: 2/).waitFor();
  assert.equal(await again.locator("tbody tr").count(), 2);
  await again.getByLabel("Property").fill("nonsense");
  await again.getByLabel("Property").press("Enter");
  await again.getByText("A property is written with its value").waitFor();
  await again.getByLabel("Property").fill("model=none");
  await again.getByLabel("Property").press("Enter");
  await again.getByText("No event is like this.").waitFor();
});

test("where the stream cannot be had the list is asked for again and again, and once it can be the page is live", async () => {
  const page = await open("/customers");
  await page.route("**/v1/events/stream*", (route) => route.fulfill({ status: 429, body: "{}" }));
  await page.goto(`${base}/events`);
  await page.getByRole("status").getByText("every 2 s").waitFor();
  await ingest(grace, "polled");
  await rows(page, /polled/).waitFor();
  await assertAccessible(page);
  await page.unroute("**/v1/events/stream*");
  await page.getByRole("status").getByText("live", { exact: true }).waitFor();
  await ingest(grace, "streamed");
  await rows(page, /streamed/).waitFor();
});

test("a customer beyond every first page is found while typing, by name, e-mail and id; it is in the address", async () => {
  const page = await open("/customers");
  const field = page.getByRole("searchbox", { name: "Name, email or id" });
  assert.equal(await page.getByRole("link", { name: "Ada Lovelace" }).count(), 0);
  for (const text of ["lovel", "ADA@exam", "shop-7", ada]) {
    await field.fill("");
    await rows(page, /Somebody 109/).waitFor();
    await field.pressSequentially(text);
    await page.getByRole("link", { name: "Ada Lovelace" }).waitFor();
    await rows(page, /Somebody/)
      .first()
      .waitFor({ state: "detached" });
  }
  await page.waitForURL(({ searchParams }) => searchParams.get("search") === ada);
  await page.reload();
  await page.getByRole("link", { name: "Ada Lovelace" }).waitFor();
  await field.fill("%");
  await page.getByText("Nobody has “%”").waitFor();
  await assertAccessible(page);
  // Typing was no step to go back to.
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
});

test("an answer to what was typed before, which comes late, does not replace the newer one", async () => {
  const page = await open("/customers");
  let release = () => {};
  const late = new Promise<void>((resolve) => (release = resolve));
  await page.route(/search=grace/, async (route) => {
    await late;
    await route.continue();
  });
  const field = page.getByRole("searchbox", { name: "Name, email or id" });
  const asked = page.waitForRequest(/search=grace/);
  await field.fill("grace");
  await asked;
  await field.fill("lovelace");
  await page.getByRole("link", { name: "Ada Lovelace" }).waitFor();
  const arrived = page.waitForResponse(/search=grace/).catch(() => null);
  release();
  await arrived;
  await page.getByRole("link", { name: "Ada Lovelace" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Grace Hopper" }).count(), 0);
});

test("/ opens the palette, which finds any customer; Enter at once goes to who is meant, not to who was found before", async () => {
  const page = await open("/events");
  await page.getByRole("heading", { level: 1, name: "Events" }).waitFor();
  await page.keyboard.press("/");
  const field = page.getByRole("combobox", { name: "Page or customer" });
  await field.fill("somebody 5");
  await page
    .getByRole("option", { name: /Somebody 5/ })
    .first()
    .waitFor();
  const searches = requests(page, "/v1/customers?");
  await field.pressSequentially("9");
  await field.fill("");
  await field.pressSequentially("grace hop");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Grace Hopper" }).waitFor();
  assert.ok(searches.length <= 3, `typing was not waited for: ${searches.length} searches`);
  await page.keyboard.press("Control+k");
  await field.fill("somebody");
  await page.getByRole("option").nth(1).waitFor();
  await page.keyboard.press("ArrowDown");
  const chosen = (await page.getByRole("option", { selected: true }).textContent()) ?? "";
  await assertAccessible(page);
  await picture(page, "palette-desktop-light");
  await page.keyboard.press("Enter");
  await page
    .getByRole("heading", { level: 1, name: (/Somebody \d+/.exec(chosen) as RegExpExecArray)[0], exact: true })
    .waitFor();
  assertNothingStrayed();
});

if (process.env.SCREENSHOTS !== undefined)
  test("pictures", async () => {
    for (const width of ["desktop", "phone"] as const)
      for (const colorScheme of ["light", "dark"] as const) {
        const page = await open("/events", width);
        await page.emulateMedia({ colorScheme });
        await page.getByRole("status").getByText("live", { exact: true }).waitFor();
        await picture(page, `events-${width}-${colorScheme}`);
        await page.goto(`${base}/customers?search=somebody+1`);
        await rows(page, /Somebody 19/).waitFor();
        await picture(page, `customers-${width}-${colorScheme}`);
        await page.keyboard.press("Control+k");
        await page.getByRole("combobox", { name: "Page or customer" }).fill("somebody");
        await page.getByRole("option").nth(1).waitFor();
        await picture(page, `palette-${width}-${colorScheme}`);
      }
  });
