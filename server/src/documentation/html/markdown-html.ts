import { escapeHtml, html, trusted, type Html } from "../../http/html.ts";
import type { Highlight } from "./highlight.ts";

export type Heading = { id: string; title: string; level: number };

export type MarkdownRenderer = {
  /** A whole text, with the headings found in it. */
  page(markdown: string): { content: Html; headings: Heading[] };
  /** A sentence of the OpenAPI document: code and emphasis, no paragraphs. */
  inline(markdown: string): Html;
};

/** Renders Markdown. Raw HTML in it is shown as text, so that a description can bring none into a page. */
export async function loadMarkdownRenderer(highlight: Highlight): Promise<MarkdownRenderer> {
  const { Marked } = await import("marked");
  let headings: Heading[] = [];
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        const title = text.replaceAll(/[`*]/g, "");
        const id = uniqueId(title, headings);
        headings.push({ id, title, level: depth });
        const link =
          depth === 1 ? "" : ` <a class="anchor" href="#${id}" aria-label="Link to ${escapeHtml(title)}">#</a>`;
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}${link}</h${depth}>\n`;
      },
      code({ text, lang = "" }) {
        return codeBlock(text, lang, highlight).text;
      },
      table(token) {
        const row = (cells: { tokens: (typeof token.header)[number]["tokens"] }[], name: string) =>
          `<tr>${cells.map(({ tokens }) => `<${name}>${this.parser.parseInline(tokens)}</${name}>`).join("")}</tr>`;
        const rows = token.rows.map((cells) => row(cells, "td")).join("");
        return `<div class="table" tabindex="0" role="region" aria-label="Table"><table><thead>${row(token.header, "th")}</thead><tbody>${rows}</tbody></table></div>\n`;
      },
      // A long name in capitals may break after an underscore.
      codespan: ({ text }) => `<code>${escapeHtml(text).replaceAll("_", "_<wbr>")}</code>`,
      html: ({ text }) => escapeHtml(text),
    },
  });
  return {
    page(markdown) {
      headings = [];
      const content = trusted(marked.parse(markdown, { async: false }));
      return { content, headings };
    },
    inline: (markdown) => trusted(marked.parseInline(markdown, { async: false })),
  };
}

/** A block of code that the page's script gives a copy button. */
export function codeBlock(code: string, language: string, highlight: Highlight): Html {
  return html`<div class="code">
    <pre tabindex="0"><code class="language-${language}">${trusted(highlight(code, language))}</code></pre>
  </div>`;
}

function uniqueId(title: string, headings: Heading[]): string {
  const words = title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "");
  const same = headings.filter(({ id }) => id === words || id.startsWith(`${words}--`)).length;
  return same === 0 ? words : `${words}--${same + 1}`;
}
