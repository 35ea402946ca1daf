import type { ApiDocument, DocumentedOperation } from "../document.ts";
import { operationYaml } from "../operation-yaml.ts";
import { samplesOf } from "../samples/samples.ts";

const publishedSite = "https://docs.afternoon.co";

/** The three lines with which every page begins: where its plain form, the index and the whole text are. */
export const markdownHead = `> For clean Markdown of any page, append .md to the page URL.
> For a complete documentation index, see ${publishedSite}/llms.txt.
> For full documentation content, see ${publishedSite}/llms-full.txt.

`;

/**
 * The reference page of an operation without its head, in the form of the published pages to the character.
 * See server/test/contract/list-customer-balances.md.
 */
export async function referenceMarkdown(document: ApiDocument, documented: DocumentedOperation): Promise<string> {
  const { method, path, operation, slug } = documented;
  const samples = samplesOf(document, documented).map(({ language, code }) => fence(language, code));
  return [
    `# ${operation.summary}`,
    `${method} ${document.servers[0]?.url ?? ""}${path}`,
    operation.description,
    `Reference: ${publishedSite}/${slug}`,
    "## OpenAPI Specification",
    fence("yaml", await operationYaml(document, documented)),
    "## SDK Code Examples",
    ...samples,
  ].join("\n\n");
}

function fence(language: string, code: string): string {
  return `\`\`\`${language}\n${code}\n\`\`\``;
}
