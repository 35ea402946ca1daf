import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { bucketOf, createId } from "../../src/platform/ids.ts";
import { sql } from "../../src/platform/db.ts";
import { assertAccessible, assertNothingStrayed, picture } from "./browser.ts";
import { startDashboard } from "./staff.ts";

/* Lists of thousands of rows on the dashboard, in a real browser. */

const { database, clock, test: api, base, openAs } = await startDashboard("2026-03-10T09:00:00.000Z");

const count = 1_200;

/** Every third needs two lines, so that rows are not all of one height. */
const names = Array.from({ length: count }, (_, index) =>
  index % 3 === 0
    ? `Customer ${index} of a house with a name that is so long that it has no room in one line of its column`
    : `Customer ${index}`,
);
const { id: first } = (await api.post("/v1/customers", { name: "The first" })).body.customer;
const ids = names.map((_, index) => createId(new Date(clock.now().getTime() + 1 + index)));
await database.query(
  sql`insert into customers (tenant_id, bucket, customer_id, name, timezone, metadata, created_at, updated_at)
      select tenant_id, made.bucket, made.id, made.name, timezone, metadata, created_at, updated_at
      from customers, unnest(${ids.map(bucketOf)}::smallint[], ${ids}::text[], ${names}::text[]) as made (bucket, id, name)
      where customer_id = ${first}`,
);

const drawn = (page: Page) =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll("tbody tr:not([aria-hidden])")].map((row) => row.ariaRowIndex ?? row.getAttribute("aria-rowindex"))`,
  );

async function loadAll(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Load more" }).click();
  await page.evaluate("globalThis.scrolling = setInterval(() => scrollTo(0, document.body.scrollHeight), 50)");
  await page.getByText(/^All [\d,]+ rows/).waitFor({ timeout: 60_000 });
  await page.evaluate("clearInterval(scrolling)");
}

test("a list goes on as one comes near its end, and of thousands of rows only those in sight are drawn", async () => {
  const page = await openAs("viewer");
  await page.goto(`${base}/customers`);
  await page.getByText("The first 25 rows.").waitFor();
  assert.equal((await drawn(page)).length, 25);
  await loadAll(page);
  const table = page.getByRole("table");
  assert.equal(await table.getAttribute("aria-rowcount"), String(count + 2));
  await page.evaluate("scrollTo(0, document.body.scrollHeight)");
  await page.getByRole("link", { name: "The first", exact: true }).waitFor();
  const atEnd = await drawn(page);
  assert.ok(atEnd.length < 120, `${atEnd.length} rows are drawn`);
  assert.equal(atEnd.at(-1), String(count + 2));
  await assertAccessible(page);
  await picture(page, "dashboard-long-list-desktop");
});

test("rows stay where they are while one scrolls, columns as wide as they are, and none is left out", async () => {
  const page = await openAs("viewer");
  await page.goto(`${base}/customers`);
  await loadAll(page);
  await page.evaluate("scrollTo(0, 0)");
  const seen = new Set<string>();
  const widths = new Set<string>();
  for (let step = 0; seen.size < count + 1; step += 1) {
    assert.ok(step < 400, `after ${step} screens ${seen.size} rows were seen`);
    const [before, after] = await page.evaluate<
      [Record<string, number>, Record<string, number>]
    >(`new Promise((done) => {
      const places = () => Object.fromEntries([...document.querySelectorAll("tbody tr[data-index]")]
        .map((row) => [row.dataset.index, row.getBoundingClientRect().top]));
      const before = places();
      const from = scrollY;
      scrollBy(0, 700);
      requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() =>
        done([before, { ...places(), moved: scrollY - from }]))));
    })`);
    for (const [index, top] of Object.entries(before)) {
      seen.add(index);
      const now = after[index];
      if (now !== undefined)
        assert.ok(
          Math.abs(top - now - (after.moved ?? 0)) < 1.5,
          `row ${index} jumped by ${top - now - (after.moved ?? 0)}`,
        );
    }
    widths.add(
      await page.evaluate<string>(
        `[...document.querySelectorAll("th")].map((cell) => Math.round(cell.offsetWidth)).join(" ")`,
      ),
    );
  }
  assert.equal(widths.size, 1, [...widths].join(" | "));
});

test("the tab key goes from row to row, and a row that has the focus keeps it when it is scrolled away", async () => {
  const page = await openAs("viewer");
  await page.goto(`${base}/customers`);
  await loadAll(page);
  await page.evaluate("scrollTo(0, 0)");
  await page.getByRole("link", { name: "Customer 1199", exact: true }).focus();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate("document.activeElement.textContent"), "Customer 1198");
  await page.evaluate("scrollTo(0, document.body.scrollHeight)");
  await page.getByRole("link", { name: "The first", exact: true }).waitFor();
  assert.equal(await page.evaluate("document.activeElement.textContent"), "Customer 1198");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Customer 1198" }).waitFor();
});

test("a page that does not come says why, and is asked for again", async () => {
  const page = await openAs("viewer");
  await page.goto(`${base}/customers`);
  await page.getByText("The first 25 rows.").waitFor();
  await page.route(/cursor=/, (route) => route.abort());
  await page.getByRole("button", { name: "Load more" }).click();
  await page.getByRole("alert").getByText("could not be reached").waitFor();
  assert.equal((await drawn(page)).length, 25);
  await page.unroute(/cursor=/);
  await page.getByRole("button", { name: "Load more" }).click();
  await page.getByText("The first 125 rows.").waitFor();
  assertNothingStrayed();
});
