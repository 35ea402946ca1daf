import type { Assets } from "../assets.ts";
import type { PageGroup } from "../pages.ts";
import { html } from "../../http/html.ts";
import { layoutHtml } from "./layout.ts";

export function notFoundHtml(groups: PageGroup[], assets: Assets): string {
  const content = html`<p class="kicker">404</p>
    <h1>No such page</h1>
    <p class="lead">
      There is no page at this address. The menu lists all of them, and so does <a href="/llms.txt">llms.txt</a>.
    </p>
    <p><a href="/docs">Go to the introduction</a></p>`;
  return layoutHtml({
    title: "No such page",
    description: "There is no page at this address.",
    content,
    headings: [],
    page: null,
    groups,
    assets,
  });
}
