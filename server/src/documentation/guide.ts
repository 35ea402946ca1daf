import { readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../platform/project-root.ts";
import { errorCodesMarkdown } from "./markdown/error-codes.ts";
import { pricingExamplesMarkdown } from "./markdown/pricing-examples.ts";

export type Guide = { name: string; title: string; description: string; markdown: string };

const folder = path.join(projectRoot, "docs", "site");

/** What stands in a page where something goes that is made from the code. */
const generated: Record<string, () => string> = {
  "<!-- error codes -->": errorCodesMarkdown,
  "<!-- pricing examples -->": pricingExamplesMarkdown,
};

/**
 * The written page `name`: its title is its first heading, its description the paragraph after it.
 * @throws Error if the file is missing or does not begin so.
 */
export function readGuide(name: string): Guide {
  const text = readFileSync(path.join(folder, `${name}.md`), "utf8").trim();
  const [, title, lead] = /^# (.+)\n\n([^#\n][^]*?)(?:\n\n|$)/.exec(text) ?? [];
  if (title === undefined || lead === undefined)
    throw new Error(`docs/site/${name}.md must begin with a heading and a paragraph.`);
  return {
    name,
    title,
    description: plainText(lead),
    markdown: Object.entries(generated).reduce((page, [mark, make]) => page.replace(mark, make), text),
  };
}

function plainText(markdown: string): string {
  return markdown
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[*_`]+/g, "")
    .replaceAll(/\s+/g, " ");
}
