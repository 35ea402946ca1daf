import type { Field } from "./fields.ts";
import { html, type Html } from "../../http/html.ts";
import type { MarkdownRenderer } from "./markdown-html.ts";

/** So many fields inside a field are shown at once; more are folded. */
const maxOpenFields = 6;

/** Fields as a list, each with its type, whether it is required, what it means and what it may be; those inside it folded in. */
export function fieldsHtml(fields: Field[], markdown: MarkdownRenderer, { showsRequired = true } = {}): Html {
  return html`<ul class="fields">
    ${fields.map((field) => fieldHtml(field, markdown, showsRequired))}
  </ul>`;
}

function fieldHtml(field: Field, markdown: MarkdownRenderer, showsRequired: boolean): Html {
  const mark = showsRequired
    ? html` <span class="${field.isRequired ? "required" : "optional"}"
        >${field.isRequired ? "required" : "optional"}</span
      >`
    : field.isRequired
      ? null
      : html` <span class="optional">may be absent</span>`;
  return html`<li>
    <div class="field"><code class="name">${field.name}</code> <span class="type">${field.type}</span>${mark}</div>
    ${field.description === "" ? null : html`<p>${markdown.inline(field.description)}</p>`}
    ${field.constraints.length === 0 ? null : html`<p class="constraints">${markdown.inline(capitalize(field.constraints.join("; ")))}</p>`}
    ${field.fields.length === 0 ? null : folded(`Fields of ${field.name}`, field.fields, markdown, showsRequired)}
    ${field.variants.map(({ title, fields }) => folded(title, fields, markdown, showsRequired))}
  </li>`;
}

function folded(title: string, fields: Field[], markdown: MarkdownRenderer, showsRequired: boolean): Html {
  const content = html`<summary>${title}</summary>
    ${fieldsHtml(fields, markdown, { showsRequired })}`;
  return fields.length <= maxOpenFields
    ? html`<details open>${content}</details>`
    : html`<details>${content}</details>`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
