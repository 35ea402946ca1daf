import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after } from "node:test";
import { chromium, type Browser, type Page } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The widths at which every page is looked at. */
export const widths = { desktop: 1_280, phone: 390 };

/** A browser for one test file, closed when it ends. A page that asks any other server for something fails its test. */
export async function openBrowser(origin: string): Promise<{ open(width?: keyof typeof widths): Promise<Page> }> {
  const browser: Browser = await chromium.launch({ executablePath, args: flags });
  after(() => browser.close());
  return {
    open: async (width = "desktop") => {
      const viewport = { width: widths[width], height: 900 };
      const context = await browser.newContext({ viewport, baseURL: origin, hasTouch: width === "phone" });
      const page = await context.newPage();
      page.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(origin) && !url.startsWith("data:")) strayRequests.push(url);
      });
      page.on("pageerror", (error) => strayRequests.push(String(error)));
      return page;
    },
  };
}

/** Every page of the dashboard, below the address of a company and mode, for a company with these things; `plans` are codes. */
export function dashboardPages(of: {
  customerId: string;
  invoiceIds: string[];
  eventIds: string[];
  plans: string[];
}): string[] {
  return [
    "",
    "/customers",
    `/customers/${of.customerId}`,
    "/subscriptions",
    "/invoices",
    ...of.invoiceIds.map((id) => `/invoices/${id}`),
    "/payments",
    "/events",
    ...of.eventIds.map((id) => `/events/${id}`),
    "/rejected-events",
    "/plans",
    ...of.plans.flatMap((code) => [`/plans/${code}`, `/plans/${code}/new-version`]),
    "/meters",
    "/mails",
    "/test-clocks",
    "/developers",
    "/audit-log",
    "/request-log",
    "/settings",
  ];
}

const strayRequests: string[] = [];

/** Fails if a page has asked another server for anything, or has thrown. */
export function assertNothingStrayed(): void {
  assert.deepEqual(strayRequests, []);
}

/** What axe-core finds wrong with the page for people with disabilities; and nothing may be wider than the screen. */
export async function assertAccessible(page: Page): Promise<void> {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  });
  assert.deepEqual(found, [], page.url());
  const overflow = await page.evaluate(() => {
    const { documentElement } = (globalThis as unknown as { document: { documentElement: HTMLElementLike } }).document;
    return documentElement.scrollWidth - documentElement.clientWidth;
  });
  assert.ok(overflow <= 0, `${page.url()} is ${overflow} pixels wider than the screen`);
}

type HTMLElementLike = { scrollWidth: number; clientWidth: number };

/** Keeps a picture for people to look at, where SCREENSHOTS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
