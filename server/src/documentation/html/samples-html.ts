import type { Sample } from "../samples/samples.ts";
import type { Highlight } from "./highlight.ts";
import { html, type Html } from "../../http/html.ts";
import { codeBlock } from "./markdown-html.ts";

/**
 * The samples behind one tab per language. The tabs are radio buttons, so that they work without a script and by keyboard;
 * the style sheet shows the panel of the checked one.
 */
export function samplesHtml(samples: Sample[], highlight: Highlight): Html {
  return html`<div class="samples">
    <fieldset class="tabs">
      <legend class="hidden">Language of the sample</legend>
      ${samples.map(tabHtml)}
    </fieldset>
    ${samples.map(({ language, title, code }) => html`<section class="panel panel-${language}" aria-label="${title}">${codeBlock(code.trimEnd(), language, highlight)}</section>`)}
  </div>`;
}

function tabHtml({ language, title }: Sample, index: number): Html {
  const checked = index === 0 ? html` checked` : null;
  return html`<label
    ><input type="radio" name="language" value="${language}" class="choose-${language}" ${checked} /><span
      >${title}</span
    ></label
  > `;
}
