import { errors, type ErrorCode } from "../../../../core/errors.ts";
import {
  jsonSchemaOf,
  parametersIn,
  type ApiDocument,
  type DocumentedOperation,
  type Parameter,
  type Schema,
} from "../document.ts";
import { statusTitle } from "../markdown/error-codes.ts";
import { sampleAnswer } from "../samples/request.ts";
import { samplesOf } from "../samples/samples.ts";
import { fieldsOf, parameterField } from "./fields.ts";
import { fieldsHtml } from "./fields-html.ts";
import type { Highlight } from "./highlight.ts";
import { html, type Html } from "../../http/html.ts";
import { codeBlock, type Heading, type MarkdownRenderer } from "./markdown-html.ts";
import { samplesHtml } from "./samples-html.ts";

export type Renderers = { markdown: MarkdownRenderer; highlight: Highlight };

type Section = { id: string; title: string; content: Html };

/** The content of an operation's page, made from the document alone. */
export function referenceHtml(
  document: ApiDocument,
  documented: DocumentedOperation,
  renderers: Renderers,
): { content: Html; headings: Heading[] } {
  const { method, path, operation, tag } = documented;
  const sections = [
    samplesSection(document, documented, renderers),
    ...requestSections(document, documented, renderers),
    ...answerSections(document, documented, renderers),
    errorsSection(documented, renderers),
  ];
  const content = html`<p class="kicker">${tag.title}</p>
    <h1>${operation.summary}</h1>
    <p class="endpoint">
      <span class="method method-${method.toLowerCase()}">${method}</span> <code>${breakable(path)}</code>
    </p>
    <p class="lead">${renderers.markdown.inline(operation.description)}</p>
    ${sections.map(
      ({ id, title, content }) =>
        html`<section aria-labelledby="${id}">
          <h2 id="${id}">${title} <a class="anchor" href="#${id}" aria-label="Link to ${title}">#</a></h2>
          ${content}
        </section> `,
    )}`;
  return { content, headings: sections.map(({ id, title }) => ({ id, title, level: 2 })) };
}

/** A long path may break after a slash. */
function breakable(path: string): Html[] {
  return path.split("/").map((part, index) => (index === 0 ? html`${part}` : html`/<wbr />${part}`));
}

function samplesSection(document: ApiDocument, documented: DocumentedOperation, { highlight }: Renderers): Section {
  return { id: "samples", title: "Samples", content: samplesHtml(samplesOf(document, documented), highlight) };
}

const parameterPlaces = [
  { place: "path", id: "path-parameters", title: "Path parameters" },
  { place: "query", id: "query-parameters", title: "Query parameters" },
  { place: "header", id: "headers", title: "Headers" },
];

function requestSections(
  document: ApiDocument,
  { operation }: DocumentedOperation,
  { markdown }: Renderers,
): Section[] {
  const list = (parameters: Parameter[]) =>
    fieldsHtml(
      parameters.map((parameter) => parameterField(document, parameter)),
      markdown,
    );
  const parameters = parameterPlaces
    .map(({ place, id, title }) => ({ id, title, found: parametersIn(operation, place) }))
    .filter(({ found }) => found.length > 0)
    .map(({ id, title, found }) => ({ id, title, content: list(found) }));
  const body = jsonSchemaOf(operation.requestBody);
  return body === undefined
    ? parameters
    : [...parameters, { id: "body", title: "Body", content: fieldsHtml(fieldsOf(document, body), markdown) }];
}

function answerSections(document: ApiDocument, documented: DocumentedOperation, renderers: Renderers): Section[] {
  return Object.entries(documented.operation.responses)
    .filter(([status]) => status.startsWith("2"))
    .map(([status, response]) => {
      const schema = jsonSchemaOf(response);
      const description = html`<p>${renderers.markdown.inline(response.description)}</p>`;
      const fields = schema === undefined ? null : answerHtml(document, documented, schema, renderers);
      return { id: `answer-${status}`, title: `Answer ${status}`, content: html`${description}${fields}` };
    });
}

function answerHtml(
  document: ApiDocument,
  documented: DocumentedOperation,
  schema: Schema,
  { markdown, highlight }: Renderers,
): Html {
  const example = sampleAnswer(document, documented, schema);
  return html`${fieldsHtml(fieldsOf(document, schema), markdown, { showsRequired: false })}
    <p class="caption">Example</p>
    ${codeBlock(JSON.stringify(example, null, 2), "json", highlight)}`;
}

function errorsSection({ operation }: DocumentedOperation, { markdown }: Renderers): Section {
  const refusals = Object.entries(operation.responses).filter(([status]) => !status.startsWith("2"));
  const items = refusals.map(([status, { description }]) => {
    const codes = codesIn(Number.parseInt(status, 10), description);
    return html`<li>
      <strong>${statusTitle(Number.parseInt(status, 10))}</strong>
      <ul>
        ${codes.map((code) => html`<li><code>${code}</code> ${markdown.inline(errors[code].message)}</li>`)}
      </ul>
    </li>`;
  });
  return {
    id: "errors",
    title: "Errors",
    content: html`<ul class="refusals">
        ${items}
      </ul>
      <p>Every code and the form of the answer: <a href="/docs/errors">Errors</a>.</p>`,
  };
}

/** The codes that a refusal's description names; where it names none, those of its status that its wording or status leaves. */
function codesIn(status: number, description: string): ErrorCode[] {
  const all = Object.keys(errors) as ErrorCode[];
  const named = all.filter((code) => description.includes(`\`${code}\``));
  if (named.length > 0) return named;
  const ofStatus = all.filter((code) => errors[code].status === status);
  const worded = ofStatus.filter((code) => errors[code].message === description);
  return worded.length > 0 ? worded : ofStatus;
}
