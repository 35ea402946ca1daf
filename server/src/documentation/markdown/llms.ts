import type { PageGroup } from "../pages.ts";

/** The index of all pages for language models, as llmstxt.org describes it. Links name no host, so that they hold on every server. */
export function llmsIndex(groups: PageGroup[], about: { title: string; summary: string }): string {
  const sections = groups.map(({ title, kind, pages }) => {
    const heading = kind === "reference" ? `API reference: ${title}` : title;
    const lines = pages.map((page) => `- [${page.title}](${page.markdownAddress}): ${oneLine(page.description)}`);
    return `## ${heading}\n\n${lines.join("\n")}`;
  });
  return `# ${about.title}

> ${about.summary}

Append .md to the address of any page for its Markdown. All pages in one file: [/llms-full.txt](/llms-full.txt).

${sections.join("\n\n")}

## Optional

- [OpenAPI document](/openapi.json): Every operation and schema of the API, as OpenAPI 3.1.
- [All pages](/llms-full.txt): The text of every page in one file.
`;
}

/** Every page's Markdown in one text, without the heads that each begins with. */
export async function llmsFull(groups: PageGroup[]): Promise<string> {
  const texts = await Promise.all(groups.flatMap(({ pages }) => pages.map((page) => page.markdown())));
  return `${texts.join("\n\n---\n\n")}\n`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
