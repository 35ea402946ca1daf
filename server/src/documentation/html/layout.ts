import type { Page, PageGroup } from "../pages.ts";
import { html, type Html } from "../../http/html.ts";
import type { Heading } from "./markdown-html.ts";
import { sidebarHtml } from "./sidebar.ts";

export type Layout = {
  title: string;
  description: string;
  content: Html;
  headings: Heading[];
  /** Null for a page that is not in the index: an address without a page. */
  page: Page | null;
  groups: PageGroup[];
  /** Addresses of the style sheet, the script and the icon, each with the hash of its content. */
  assets: { style: string; script: string; icon: string };
};

/** A whole page. Without the script it only lacks the copy buttons. */
export function layoutHtml(layout: Layout): string {
  const { title, description, content, page, assets } = layout;
  const markdownLink =
    page === null ? null : html`<link rel="alternate" type="text/markdown" href="${page.markdownAddress}" />`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title === "Afternoon" ? title : `${title} · Afternoon`}</title>
        <meta name="description" content="${description}" />
        ${page === null ? null : html`<link rel="canonical" href="${page.address}" />`}${markdownLink}
        <link rel="icon" type="image/svg+xml" href="${assets.icon}" />
        <link rel="stylesheet" href="${assets.style}" />
        <script src="${assets.script}" defer></script>
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="top">
          <a class="brand" href="/docs"
            ><img src="${assets.icon}" alt="" width="24" height="24" /> Afternoon <span>Documentation</span></a
          >
          <button class="menu" type="button" popovertarget="sidebar">Menu</button>
        </header>
        <div class="columns">
          ${sidebarHtml(layout.groups, page)}
          <main id="content" tabindex="-1">
            ${page === null ? null : html`<p class="as-markdown"><a href="${page.markdownAddress}">Markdown</a></p>`}
            <article>${content}</article>
            ${page === null ? null : footerHtml(page, layout.groups)}
          </main>
          ${tableOfContents(layout.headings)}
        </div>
      </body>
    </html> `.text;
}

function tableOfContents(headings: Heading[]): Html | null {
  const shown = headings.filter(({ level }) => level === 2 || level === 3);
  if (shown.length < 2) return null;
  const items = shown.map(
    ({ id, title, level }) => html`<li class="level-${level}"><a href="#${id}">${title}</a></li>`,
  );
  return html`<nav class="contents" aria-labelledby="contents-title">
    <p id="contents-title">On this page</p>
    <ul>
      ${items}
    </ul>
  </nav>`;
}

function footerHtml(page: Page, groups: PageGroup[]): Html {
  const pages = groups.flatMap((group) => group.pages);
  const position = pages.indexOf(page);
  const previous = pages[position - 1];
  const next = pages[position + 1];
  return html`<footer>
    <nav class="neighbours" aria-label="Previous and next page">
      ${previous === undefined ? html`<span></span>` : html`<a href="${previous.address}" rel="prev"><small>Previous</small> ${previous.title}</a>`}
      ${next === undefined ? null : html`<a href="${next.address}" rel="next"><small>Next</small> ${next.title}</a>`}
    </nav>
    <p class="plain"><a href="/llms.txt">llms.txt</a> <a href="/openapi.json">openapi.json</a></p>
  </footer>`;
}
