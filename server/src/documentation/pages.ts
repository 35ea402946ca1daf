import { operationsOf, type ApiDocument, type DocumentedOperation } from "./document.ts";
import { readGuide, type Guide } from "./guide.ts";
import { referenceMarkdown } from "./markdown/reference-markdown.ts";
import { navigation, startPage } from "./navigation.ts";

/** A page of the documentation. What a guide says is in its Markdown; what a reference page says is in the document. */
export type Page = {
  /** `/docs`, `/docs/quickstart`, `/docs/api-reference/…`. */
  address: string;
  /** The address of the same page as plain Markdown. */
  markdownAddress: string;
  title: string;
  /** One or two sentences, plain text. */
  description: string;
  /** Without the head that every Markdown page begins with. */
  markdown: () => Promise<string>;
} & ({ kind: "guide"; guide: Guide } | { kind: "reference"; documented: DocumentedOperation });

export type PageGroup = { title: string; kind: Page["kind"]; description: string; pages: Page[] };

/** Every page of the site in its groups, in the order in which the sidebar and the index list them. */
export function createPages(document: ApiDocument): PageGroup[] {
  const guides = navigation.map(({ title, pages }) => ({
    title,
    kind: "guide" as const,
    description: "",
    pages: pages.map((name) => guidePage(name)),
  }));
  return [...guides, ...referenceGroups(document)];
}

function guidePage(name: string): Page {
  const guide = readGuide(name);
  const address = name === startPage ? "/docs" : `/docs/${name}`;
  return {
    kind: "guide",
    guide,
    address,
    markdownAddress: name === startPage ? "/docs/index.md" : `${address}.md`,
    title: guide.title,
    description: guide.description,
    markdown: async () => guide.markdown,
  };
}

function referenceGroups(document: ApiDocument): PageGroup[] {
  const groups = new Map<string, PageGroup>();
  for (const documented of operationsOf(document)) {
    const { name, title, description } = documented.tag;
    const group = groups.get(name) ?? { title, kind: "reference", description, pages: [] };
    groups.set(name, group);
    group.pages.push(referencePage(document, documented));
  }
  return [...groups.values()];
}

function referencePage(document: ApiDocument, documented: DocumentedOperation): Page {
  const address = `/docs/${documented.slug}`;
  return {
    kind: "reference",
    documented,
    address,
    markdownAddress: `${address}.md`,
    title: documented.operation.summary,
    description: documented.operation.description,
    markdown: () => referenceMarkdown(document, documented),
  };
}
