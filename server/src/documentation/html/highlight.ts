import { escapeHtml } from "../../http/html.ts";

export type Highlight = (code: string, language: string) => string;

/** Colours code as HTML; a language that is not known is only escaped. Loaded with the first page, because it takes some 50 ms. */
export async function loadHighlighter(): Promise<Highlight> {
  const [{ default: highlighter }, ...languages] = await Promise.all([
    import("highlight.js/lib/core"),
    import("highlight.js/lib/languages/bash"),
    import("highlight.js/lib/languages/csharp"),
    import("highlight.js/lib/languages/go"),
    import("highlight.js/lib/languages/java"),
    import("highlight.js/lib/languages/json"),
    import("highlight.js/lib/languages/php"),
    import("highlight.js/lib/languages/python"),
    import("highlight.js/lib/languages/ruby"),
    import("highlight.js/lib/languages/swift"),
    import("highlight.js/lib/languages/typescript"),
  ]);
  const names = ["bash", "csharp", "go", "java", "json", "php", "python", "ruby", "swift", "typescript"];
  for (const [index, { default: language }] of languages.entries())
    highlighter.registerLanguage(names[index] ?? "", language);
  return (code, language) =>
    names.includes(language) ? highlighter.highlight(code, { language }).value : escapeHtml(code);
}
