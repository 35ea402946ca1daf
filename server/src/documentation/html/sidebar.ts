import type { Page, PageGroup } from "../pages.ts";
import { html, type Html } from "../../http/html.ts";

/** All pages in their groups. On a narrow screen it opens over the page, by the platform's own popover. */
export function sidebarHtml(groups: PageGroup[], current: Page | null): Html {
  const guides = groups.filter(({ kind }) => kind === "guide");
  const reference = groups.filter(({ kind }) => kind === "reference");
  return html`<nav id="sidebar" class="sidebar" popover aria-label="Documentation">
    ${guides.map(
      (group) =>
        html`<h2>${group.title}</h2>
          ${pageList(group.pages, current)} `,
    )}
    <h2>API reference</h2>
    ${reference.map((group) => tagGroup(group, current))}
  </nav>`;
}

function tagGroup({ title, pages }: PageGroup, current: Page | null): Html {
  const content = html`<summary>${title}</summary>
    ${pageList(pages, current)} `;
  const isOpen = current !== null && pages.includes(current);
  return isOpen ? html`<details open>${content}</details>` : html`<details>${content}</details>`;
}

function pageList(pages: Page[], current: Page | null): Html {
  return html`<ul>
    ${pages.map((page) => pageItem(page, page === current))}
  </ul>`;
}

function pageItem(page: Page, isCurrent: boolean): Html {
  const method = page.kind === "reference" ? page.documented.method : null;
  const badge =
    method === null
      ? null
      : html` <span class="method method-${method.toLowerCase()}">${method === "DELETE" ? "DEL" : method}</span>`;
  return html`<li>
    <a href="${page.address}" ${isCurrent ? html` aria-current="page"` : null}><span>${page.title}</span>${badge}</a>
  </li> `;
}
