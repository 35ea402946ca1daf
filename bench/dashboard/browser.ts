/** The dashboard in a real browser: what is measured of it, and how. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { projectRoot } from "../../server/src/platform/project-root.ts";
import { names, owner } from "./fill.ts";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
/** What is slow is to be measured, too. */
const patienceMs = 120_000;
const viewport = { width: 1_280, height: 900 };

export type Interaction = {
  name: string;
  /** From the input to the next frame that the browser shows, as its Event Timing says: 8 ms is its step, and less than 16 it does not tell. */
  median_ms: number;
  worst_ms: number;
  /** Until what was asked for is there: the median. Null where the frame itself is all. */
  content_ms: number | null;
  /** The requests that it waited for, if any. */
  waits_for: string | null;
};

export type Figures = {
  first_useful_paint: Record<"after_start" | "cold_cache" | "warm_cache", number>;
  home_requests: { path: string; start_ms: number; end_ms: number }[];
  interactions: Interaction[];
  initial_script_gzip_bytes: number;
};

export async function measure(origin: string, rounds: number): Promise<{ browser: string; figures: Figures }> {
  const browser = await chromium.launch({ executablePath, args: flags });
  try {
    const open = async () => {
      const context = await browser.newContext({ viewport, baseURL: origin });
      context.setDefaultTimeout(patienceMs);
      await context.addInitScript(watch);
      return context;
    };
    const first = await open();
    const home = await signIn(await first.newPage());
    const state = await first.storageState();
    const after_start = await paintOf(first, home);
    const colds: number[] = [];
    const warms: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const context = await browser.newContext({ viewport, baseURL: origin, storageState: state });
      await context.addInitScript(watch);
      colds.push(await paintOf(context, home));
      warms.push(await paintOf(context, home));
      await context.close();
    }
    const page = await first.newPage();
    await page.goto(home);
    await page.locator(figure).first().waitFor();
    const home_requests = await requestsOf(page);
    const scripts = await page.evaluate<string[]>(
      `performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => name.endsWith(".js"))`,
    );
    const interactions = await interact(page, home, rounds);
    return {
      browser: browser.version(),
      figures: {
        first_useful_paint: { after_start, cold_cache: median(colds), warm_cache: median(warms) },
        home_requests,
        interactions,
        initial_script_gzip_bytes: scripts.reduce((sum, url) => sum + gzipped(url), 0),
      },
    };
  } finally {
    await browser.close();
  }
}

/** The figures of the home page; they are the use of it. */
const figure = "main ul li a";

/** In every page: when the figures are on the screen, and every input with the time until the next frame. */
const watch = `
  globalThis.inputs = [];
  new PerformanceObserver((list) => {
    for (const { name, duration, interactionId } of list.getEntries())
      if (interactionId > 0) globalThis.inputs.push({ name, duration });
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
  globalThis.asked = globalThis.pending = globalThis.answeredAt = 0;
  const ask = fetch;
  globalThis.fetch = async (...request) => {
    globalThis.asked++;
    globalThis.pending++;
    try {
      return await ask(...request);
    } finally {
      globalThis.pending--;
      globalThis.answeredAt = performance.now();
    }
  };
  const look = () => {
    if (document.querySelectorAll(${JSON.stringify(figure)}).length < 8) return;
    looking.disconnect();
    // The frame that has them, and the one after it, which begins when that one is shown.
    requestAnimationFrame(() => requestAnimationFrame(() => (globalThis.usefulAt = performance.now())));
  };
  const looking = new MutationObserver(look);
  looking.observe(document, { childList: true, subtree: true });
`;

/** What `watch` keeps. */
type Watched = { usefulAt: number | undefined; asked: number; pending: number; answeredAt: number };

async function signIn(page: Page): Promise<string> {
  await page.goto("/dashboard/sign-in");
  await page.getByLabel("Email").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Main" }).waitFor();
  const home = new URL(page.url()).pathname;
  await page.close();
  return home;
}

/** Milliseconds from the navigation to the figures. */
async function paintOf(context: BrowserContext, home: string): Promise<number> {
  const page = await context.newPage();
  await page.goto(home);
  const at = await page.waitForFunction(() => (globalThis as unknown as Watched).usefulAt);
  const milliseconds = Math.round(Number(await at.jsonValue()));
  await page.close();
  return milliseconds;
}

async function requestsOf(page: Page): Promise<Figures["home_requests"]> {
  return page.evaluate<Figures["home_requests"]>(`
    performance.getEntriesByType("resource").map(({ name, startTime, responseEnd }) =>
      ({ path: new URL(name).pathname, start_ms: Math.round(startTime), end_ms: Math.round(responseEnd) }))
  `);
}

type Step = {
  name: string;
  /** Brings the page to where the input is made. */
  before?: () => Promise<void>;
  input: () => Promise<void>;
  /** What is there when it is answered; without it the frame itself is all. */
  shown?: () => Promise<unknown>;
};

async function interact(page: Page, home: string, rounds: number): Promise<Interaction[]> {
  const main = page.getByRole("main");
  const rows = (label: string) => main.getByRole("group", { name: label, exact: true }).locator("tbody tr");
  const section = (name: string) =>
    page.getByRole("navigation", { name: "Main" }).getByRole("link", { name, exact: true });
  const heading = (name: string | RegExp) => page.getByRole("heading", { level: 1, name }).waitFor();
  const palette = page.getByRole("combobox", { name: "Page or customer" });
  const answered = () =>
    page.waitForFunction(() => {
      const { asked, pending } = globalThis as unknown as Watched;
      return asked > 0 && pending === 0;
    });
  const at = async (where: string) => {
    await page.goto(home + where);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await settle(page);
  };
  const go = (name: string, list: string): Step => ({
    name: `switch to ${name.toLowerCase()}`,
    before: () => at(""),
    input: () => section(name).click(),
    shown: async () => {
      await heading(name);
      await rows(list).nth(24).waitFor();
    },
  });
  const count = main.getByText(/^(The first|All) [\d,]+ rows/).last();
  const loadMore = (name: string, where: string): Step => {
    let before = "";
    return {
      name,
      before: async () => {
        await at(where);
        before = (await count.textContent()) ?? "";
      },
      input: () => main.getByRole("button", { name: "Load more" }).last().click(),
      shown: () => count.filter({ hasNotText: before }).waitFor(),
    };
  };
  const customerId = await busy(page, home);
  const steps: Step[] = [
    {
      name: "open the palette",
      before: () => at(""),
      input: () => page.keyboard.press("Control+k"),
      shown: () => palette.waitFor(),
    },
    {
      name: "key in the palette",
      before: async () => {
        await at("");
        await page.keyboard.press("Control+k");
        await palette.waitFor();
      },
      input: () => page.keyboard.type("customer 05", { delay: 40 }),
    },
    go("Customers", "Customers"),
    go("Subscriptions", "Subscriptions"),
    go("Invoices", "Invoices"),
    go("Events", "Events"),
    loadMore("load more customers", "/customers"),
    loadMore("load more invoices", "/invoices"),
    loadMore("load more events", "/events?live=off"),
    {
      name: "open a customer",
      before: () => at("/customers"),
      input: () => rows("Customers").first().getByRole("link").click(),
      shown: async () => {
        await heading(/^Customer \d+/);
        await rows("Ledger").first().waitFor();
      },
    },
    {
      name: "key in the customer search",
      before: () => at("/customers"),
      input: async () => {
        const field = page.getByRole("searchbox", { name: "Name, email or id" });
        await field.click();
        await page.keyboard.type("customer 01", { delay: 40 });
      },
    },
    {
      name: "key in a filter of events",
      before: () => at("/events?live=off"),
      input: async () => {
        await page.getByLabel("Event name").click();
        await page.keyboard.type(names.event, { delay: 40 });
      },
    },
    {
      name: "filter events by name",
      before: async () => {
        await at("/events?live=off");
        await page.getByLabel("Event name").fill(names.event);
      },
      input: () => page.keyboard.press("Enter"),
      shown: answered,
    },
    {
      name: "filter events by a name that there is not",
      before: async () => {
        await at("/events?live=off");
        await page.getByLabel("Event name").fill("no.such.event");
      },
      input: () => page.keyboard.press("Enter"),
      shown: () => main.getByText(/^None among those looked at/).waitFor(),
    },
    loadMore("load more of a busy customer's ledger", `/customers/${customerId}`),
  ];
  const measured: Interaction[] = [];
  for (const step of steps) measured.push(await repeat(page, step, rounds));
  return measured;
}

/** One of the hundred with so many events each; all that the first one has is more than its page should be measured by. */
async function busy(page: Page, home: string): Promise<string> {
  await page.goto(`${home}/customers?search=000002`);
  const link = page.getByRole("main").getByRole("link", { name: "Customer 000002" });
  const address = (await link.getAttribute("href")) ?? "";
  return address.split("/").at(-1) as string;
}

async function repeat(page: Page, { name, before, input, shown }: Step, rounds: number): Promise<Interaction> {
  const inputs: number[] = [];
  const contents: number[] = [];
  const waits = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    await before?.();
    await page.evaluate("performance.clearResourceTimings(); globalThis.asked = globalThis.inputs.length = 0");
    const began = performance.now();
    await input();
    await shown?.();
    contents.push(performance.now() - began);
    await settle(page);
    const durations = await page.evaluate<number[]>("globalThis.inputs.map(({ duration }) => duration)");
    // What took less than the browser tells of took that at most.
    inputs.push(Math.max(untold, ...durations));
    for (const { path: asked, start_ms, end_ms } of await requestsOf(page))
      if (asked.startsWith("/v1/")) {
        const known = asked.replaceAll(/\bc[a-z0-9]{24}\b/g, "{id}");
        waits.set(known, [...(waits.get(known) ?? []), end_ms - start_ms]);
      }
  }
  const slowest = [...waits].toSorted(([, a], [, b]) => median(b) - median(a)).slice(0, 4);
  return {
    name,
    median_ms: median(inputs),
    worst_ms: Math.max(...inputs),
    content_ms: shown === undefined ? null : median(contents),
    waits_for:
      slowest.length === 0 ? null : slowest.map(([asked, durations]) => `${asked} ${median(durations)} ms`).join(", "),
  };
}

const untold = 16;

/** Long enough for what an answer leads to: the next request, of a part that was not there before. */
const quietMs = 200;

/** Until everything that an input led to has been shown and its timing been told. */
async function settle(page: Page): Promise<void> {
  await page.waitForFunction((quiet) => {
    const { pending, answeredAt } = globalThis as unknown as Watched;
    return pending === 0 && performance.now() - answeredAt > quiet;
  }, quietMs);
  await page.evaluate(
    "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 50))))",
  );
}

/** Of a script of ours, by its address. */
function gzipped(url: string): number {
  const name = new URL(url).pathname.replace(/^\/dashboard\//, "");
  return gzipSync(readFileSync(path.join(projectRoot, "web/dashboard/dist", name))).length;
}

function median(values: number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number);
}
