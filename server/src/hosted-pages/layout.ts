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
  /** Where to go by itself after some seconds; null is nowhere. */
  next?: { seconds: number; address: string } | null;
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
        ${next === null ? null : html`<meta http-equiv="refresh" content="${next.seconds};url=${next.address}" />`}
        <title>${title} · ${companyName}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${style}" />
      </head>
      <body class="${isWide ? "wide" : "narrow"}">
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

/** A labelled input with what is wrong about it. */
export function field(of: {
  name: string;
  label: string;
  value?: string;
  error?: string | undefined;
  hint?: string;
  attributes?: Html;
  isRequired?: boolean;
}): Html {
  const { name, label, value = "", error, hint, attributes = html``, isRequired = true } = of;
  const describedBy = [
    ...(hint === undefined ? [] : [`${name}-hint`]),
    ...(error === undefined ? [] : [`${name}-error`]),
  ];
  return html`<div class="field">
    <label for="${name}">${label}${isRequired ? null : html` <small>optional</small>`}</label>
    <input
      id="${name}"
      name="${name}"
      value="${value}"
      ${isRequired ? html`required` : null}
      ${error === undefined ? null : html`aria-invalid="true"`}
      ${describedBy.length === 0 ? null : html`aria-describedby="${describedBy.join(" ")}"`}
      ${attributes}
    />
    ${hint === undefined ? null : html`<small id="${name}-hint">${hint}</small>`}
    ${error === undefined ? null : html`<small class="error" id="${name}-error">${error}</small>`}
  </div>`;
}
