import assert from "node:assert/strict";
import { test } from "node:test";
import { conversionExamples, pricingExamples } from "../../../core/pricing/examples.ts";
import { errors } from "../../../core/errors.ts";
import { startTestApp } from "../../test/harness.ts";
import { operationsOf, type ApiDocument } from "./document.ts";
import { navigation } from "./navigation.ts";

const { app } = await startTestApp();
const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
const text = async (url: string) => (await get(url)).payload;

const document = JSON.parse(await text("/openapi.json")) as ApiDocument;
const operations = operationsOf(document);
const reference = operations.map(({ slug }) => `/docs/${slug}`);
const guides = navigation.flatMap(({ pages }) =>
  pages.map((name) => (name === "introduction" ? "/docs" : `/docs/${name}`)),
);
const pages = [...guides, ...reference];

test("every page is served as HTML and as Markdown, with and without a slash at its end", async () => {
  for (const address of pages) {
    for (const url of [address, `${address}/`]) {
      const page = await get(url);
      assert.equal(page.statusCode, 200, url);
      assert.equal(page.headers["content-type"], "text/html; charset=utf-8");
      assert.match(page.payload, /^<!doctype html>/);
    }
    const markdown = await get(`${address}.md`);
    assert.equal(markdown.statusCode, 200, `${address}.md`);
    assert.equal(markdown.headers["content-type"], "text/markdown; charset=utf-8");
    assert.match(markdown.payload, /^> For clean Markdown of any page, append \.md to the page URL\.\n/);
  }
  assert.equal(await text("/docs/index.md"), await text("/docs.md"));
});

test("every operation has its page, and llms.txt lists every page with its description", async () => {
  assert.ok(operations.length > 0);
  const index = await text("/llms.txt");
  assert.match(index, /^# Afternoon\n\n> .+\n/);
  for (const { slug, operation } of operations) {
    assert.ok(index.includes(`- [${operation.summary}](/docs/${slug}.md): ${operation.description}`), slug);
  }
  for (const address of guides) {
    assert.ok(index.includes(`](${address === "/docs" ? "/docs/index.md" : `${address}.md`}): `), address);
  }
  assert.equal(await text("/docs/llms.txt"), index);
});

test("llms-full.txt holds the text of every page", async () => {
  const full = await text("/llms-full.txt");
  for (const address of pages) {
    const page = await text(`${address}.md`);
    const withoutHead = page.slice(page.indexOf("\n\n") + 2);
    assert.ok(full.includes(withoutHead), address);
  }
  assert.equal(await text("/docs/llms-full.txt"), full);
});

test("every link inside the documentation leads somewhere, also to its heading", async () => {
  for (const address of pages) {
    const page = await text(address);
    for (const [, link = ""] of page.matchAll(/(?:href|src)="([^"]*)"/g)) await assertResolves(link, address);
    for (const [, link = ""] of (await text(`${address}.md`)).matchAll(/\]\((\/[^)]*)\)/g))
      await assertResolves(link, `${address}.md`);
  }
  for (const [, link = ""] of (await text("/llms.txt")).matchAll(/\]\(([^)]*)\)/g))
    await assertResolves(link, "/llms.txt");
});

/** The only links that leave: where the prices of the worked examples come from. */
const citedSources = new Set([...pricingExamples, ...conversionExamples].map(({ source }) => source.url));

const got = new Map<string, ReturnType<typeof get>>();

/** Every page links to every other, so each is made once and not thousands of times. */
function getOnce(path: string): ReturnType<typeof get> {
  const before = got.get(path) ?? get(path);
  got.set(path, before);
  return before;
}

async function assertResolves(link: string, from: string): Promise<void> {
  if (citedSources.has(link)) return;
  assert.match(link, /^[/#]/, `${from} links to another site: ${link}`);
  const [path = "", fragment] = link.split("#", 2);
  const target = await getOnce(path === "" ? from : path);
  assert.equal(target.statusCode, 200, `${from} links to ${link}`);
  if (fragment !== undefined) assert.ok(target.payload.includes(`id="${fragment}"`), `${from} links to ${link}`);
}

test("a page has no id twice", async () => {
  for (const address of pages) {
    const ids = [...(await text(address)).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length, address);
  }
});

test("the page of errors has every code with its message, and no other", async () => {
  const page = await text("/docs/errors.md");
  for (const [code, { message }] of Object.entries(errors))
    assert.ok(page.includes(`| \`${code}\` | ${message} |`), code);
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
  assert.equal(rows.length, Object.keys(errors).length);
  assert.deepEqual(new Set(rows), new Set(Object.keys(errors)));
});

test("the OpenAPI document is served to everybody", async () => {
  const answer = await get("/openapi.json");
  assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
  assert.equal(document.openapi, "3.1.0");
});

test("an unknown page is a page for a browser and the error's envelope for others", async () => {
  const html = await get("/docs/nothing-here", { accept: "text/html,*/*" });
  assert.equal(html.statusCode, 404);
  assert.match(html.payload, /No such page/);
  for (const answer of [await get("/docs/nothing-here"), await get("/docs/nothing.md", { accept: "text/html" })]) {
    assert.equal(answer.statusCode, 404);
    assert.equal(answer.json().error.code, "NOT_FOUND");
  }
  const posted = await app.inject({ method: "POST", url: "/docs/quickstart" });
  assert.equal(posted.statusCode, 405);
  assert.equal(posted.headers.allow, "GET, HEAD");
});

test("an address with anything in it never reaches a file or an error of ours", async () => {
  for (const url of [
    "/docs/../package.json",
    "/docs/%2e%2e/package.json",
    "/docs/assets/..%2f..%2froutes.ts",
    "/docs/__proto__",
    "/docs/%00",
  ]) {
    assert.equal((await get(url)).statusCode, 404, url);
  }
  const page = await get("/docs/%3Cscript%3E", { accept: "text/html" });
  assert.ok(!page.payload.includes("<script>"));
});

test("a caller who has a page is told that it is unchanged", async () => {
  const first = await get("/docs");
  assert.equal(first.headers["cache-control"], "no-cache");
  const etag = String(first.headers.etag);
  for (const held of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const again = await get("/docs", { "if-none-match": held });
    assert.equal(again.statusCode, 304);
    assert.equal(again.payload, "");
  }
  assert.equal((await get("/docs", { "if-none-match": '"other"' })).statusCode, 200);
});

test("style and script are kept by their hash for ever", async () => {
  const [style = ""] = /\/docs\/assets\/docs\.css\?v=[\w-]+/.exec(await text("/docs")) ?? [];
  assert.match(String((await get(style)).headers["cache-control"]), /immutable/);
  assert.equal((await get("/docs/assets/docs.css")).headers["cache-control"], "no-cache");
});

test("a page brings nothing from elsewhere, runs nothing of its own and cannot be framed", async () => {
  for (const address of pages) {
    const page = await get(address);
    assert.match(String(page.headers["content-security-policy"]), /default-src 'self'.*frame-ancestors 'none'/);
    assert.equal(page.headers["x-content-type-options"], "nosniff");
    assert.doesNotMatch(page.payload, / style=| on\w+=|<style|<script>/, address);
  }
});
