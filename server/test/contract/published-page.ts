import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { projectRoot } from "../../src/platform/project-root.ts";

/** The published page of one operation, which the contract tests hold ours to. Only tests read it. */
export const documentedPage = readFileSync(
  path.join(projectRoot, "server", "test", "contract", "list-customer-balances.md"),
  "utf8",
);

/** The OpenAPI document on the page. */
export function documentedOpenApi(): Record<string, unknown> {
  return parse(codeBlock("yaml"));
}

/** The block of code in `language`, without its fence. */
export function codeBlock(language: string, page = documentedPage): string {
  const code = new RegExp(`\`\`\`${language}\\n([^]*?)\\n\`\`\``).exec(page)?.[1];
  if (code === undefined) throw new Error(`The page has no ${language} block.`);
  return code;
}
