import { readFileSync } from "node:fs";
import path from "node:path";
import { createFile, type StoredFile } from "../http/file.ts";
import { html, type Html } from "../http/html.ts";
import { projectRoot } from "../platform/project-root.ts";

const styleFile = path.join(projectRoot, "server", "src", "hosted-pages", "assets", "hosted.css");

/** The one file that pages load, with the address that changes with it. */
export function readStyle(): { address: string; file: StoredFile } {
  const file = createFile("text/css; charset=utf-8", readFileSync(styleFile, "utf8"));
  return { address: `/hosted/hosted.css?v=${file.etag.slice(1, 9)}`, file };
}

export type Layout = {
  title: string;
  companyName: string;
  mode: "live" | "test";
  content: Html;
  style: string;
  /** Where to go on to at once; null is nowhere. A redirect after a form could not leave this site. */
  next?: string | null;
  isWide?: boolean;
};

/** A whole page. It works without a script and loads nothing from elsewhere. */
export function layoutHtml({ title, companyName, mode, content, style, next = null, isWide = false }: Layout): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        ${next === null ? null : html`<meta http-equiv="refresh" content="0;url=${next}" />`}
        <title>${title} · ${companyName}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${style}" />
      </head>
      <body ${isWide ? html`class="wide"` : null}>
        <header>
          ${mode === "test" ? html`<p class="test-mode">Test mode: no money moves, and no real card is taken.</p>` : null}
          <p class="company">${companyName}</p>
        </header>
        <main>${content}</main>
      </body>
    </html> `.text;
}

/** What a page says about what was tried; announced to who cannot see it. */
export function notice(kind: "good" | "bad" | "neutral", content: HtmlOrText): Html {
  return html`<p class="notice ${kind}" role="${kind === "bad" ? "alert" : "status"}">${content}</p>`;
}

type HtmlOrText = Html | string;

/** What stays on one line, like the number of an invoice, which a browser would break at its hyphen. */
export function unbroken(text: string | null): Html {
  return html`<span class="unbroken">${text}</span>`;
}

type Field = { name: string; label: string; value?: string; error?: string | undefined };

/** A labelled input with what is wrong about it. */
export function field({ attributes, ...of }: Field & { attributes: Html }): Html {
  return labelled(of, (own) => html`<input ${own} value="${of.value ?? ""}" ${attributes} />`);
}

/** A labelled choice of one of `options` or none. */
export function selectField({
  options,
  attributes,
  ...of
}: Field & { options: { value: string; label: string }[]; attributes: Html }): Html {
  return labelled(
    of,
    (own) =>
      html`<select ${own} ${attributes}>
        <option value=""></option>
        ${options.map(
          ({ value, label }) =>
            html`<option value="${value}" ${value === of.value ? html`selected` : null}>${label}</option>`,
        )}
      </select>`,
  );
}

function labelled({ name, label, error }: Field, controlWith: (attributes: Html) => Html): Html {
  const invalid = error === undefined ? null : html`aria-invalid="true" aria-describedby="${name}-error"`;
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${controlWith(html`id="${name}" name="${name}" ${invalid}`)}
    ${error === undefined ? null : html`<small class="error" id="${name}-error">${error}</small>`}
  </div>`;
}
