/** Text that is HTML already. Only `html` and `trusted` make it, so that everything else is escaped on its way into a page. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

export type HtmlPart = Html | string | number | null | HtmlPart[];

/** HTML with every value in it escaped; a list is joined, null is nothing. Example: html`<b>${"a<b"}</b>` → <b>a&lt;b</b>. */
export function html(strings: TemplateStringsArray, ...values: HtmlPart[]): Html {
  return new Html(
    strings.map((text, index) => (index === 0 ? text : `${print(values[index - 1] ?? null)}${text}`)).join(""),
  );
}

/** What another renderer made and answers for: Markdown or highlighted code. */
export function trusted(text: string): Html {
  return new Html(text);
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function print(value: HtmlPart): string {
  if (value === null) return "";
  if (value instanceof Html) return value.text;
  return Array.isArray(value) ? value.map(print).join("") : escapeHtml(String(value));
}
