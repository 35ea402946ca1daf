import type { ApiDocument } from "./document.ts";
import { readAssets, type Assets } from "./assets.ts";
import { createFile, type StoredFile } from "../http/file.ts";
import { loadHighlighter } from "./html/highlight.ts";
import { layoutHtml } from "./html/layout.ts";
import { loadMarkdownRenderer } from "./html/markdown-html.ts";
import { notFoundHtml } from "./html/not-found-html.ts";
import { referenceHtml, type Renderers } from "./html/reference-html.ts";
import { llmsFull, llmsIndex } from "./markdown/llms.ts";
import { markdownHead } from "./markdown/reference-markdown.ts";
import { createPages, type Page, type PageGroup } from "./pages.ts";

/** What the documentation answers with, made on the first request for it and kept: a start of the server pays for none of it. */
export type Documentation = {
  /** The file at an address, with or without a slash at its end; null if there is none. */
  find(address: string): Promise<StoredFile | null>;
  /** The page that says that there is none. */
  notFound(): Promise<StoredFile>;
  /** Every page, in the order of the sidebar. */
  groups(): PageGroup[];
};

/** The documentation of the API that `loadDocument` gives the OpenAPI document of. */
export function createDocumentation(loadDocument: () => object): Documentation {
  const site = once(() => createSite(JSON.stringify(loadDocument(), null, 2)));
  const kept = new Map<string, Promise<StoredFile>>();
  const keep = (address: string, make: () => Promise<StoredFile>) => {
    const known = kept.get(address);
    if (known !== undefined) return known;
    const file = make();
    kept.set(address, file);
    // What failed once may succeed at the next request.
    file.catch(() => kept.delete(address));
    return file;
  };
  return {
    async find(address) {
      const plain = address.replace(/\/+$/, "");
      const make = site().files.get(plain);
      return make === undefined ? null : keep(plain, make);
    },
    notFound: () => keep("", site().notFound),
    groups: () => site().groups,
  };
}

type Site = { groups: PageGroup[]; files: Map<string, () => Promise<StoredFile>>; notFound: () => Promise<StoredFile> };

function createSite(documentText: string): Site {
  const document = JSON.parse(documentText) as ApiDocument;
  const groups = createPages(document);
  const assets = readAssets();
  const renderers = once(loadRenderers);
  const files = new Map<string, () => Promise<StoredFile>>();

  for (const page of groups.flatMap(({ pages }) => pages)) {
    files.set(page.address, async () =>
      htmlFile(await pageHtml({ document, page, groups, assets, renderers: await renderers() })),
    );
    files.set(page.markdownAddress, async () =>
      createFile("text/markdown; charset=utf-8", `${markdownHead}${await page.markdown()}`),
    );
  }
  addAlias(files, "/docs.md", "/docs/index.md");

  const about = { title: "Afternoon", summary: document.info.description ?? "" };
  for (const folder of ["", "/docs"]) {
    files.set(`${folder}/openapi.json`, async () => createFile("application/json; charset=utf-8", `${documentText}\n`));
    files.set(`${folder}/llms.txt`, async () => createFile("text/plain; charset=utf-8", llmsIndex(groups, about)));
    files.set(`${folder}/llms-full.txt`, async () => createFile("text/plain; charset=utf-8", await llmsFull(groups)));
  }
  for (const [address, file] of assets.files) files.set(address, async () => file);
  return { groups, files, notFound: async () => htmlFile(notFoundHtml(groups, assets)) };
}

function addAlias(files: Site["files"], alias: string, address: string): void {
  const make = files.get(address);
  if (make !== undefined) files.set(alias, make);
}

async function loadRenderers(): Promise<Renderers> {
  const highlight = await loadHighlighter();
  return { highlight, markdown: await loadMarkdownRenderer(highlight) };
}

type PageInput = { document: ApiDocument; page: Page; groups: PageGroup[]; assets: Assets; renderers: Renderers };

async function pageHtml({ document, page, groups, assets, renderers }: PageInput): Promise<string> {
  const { content, headings } =
    page.kind === "reference"
      ? referenceHtml(document, page.documented, renderers)
      : renderers.markdown.page(page.guide.markdown);
  const { title, description } = page;
  return layoutHtml({ title, description, content, headings, page, groups, assets });
}

function htmlFile(text: string): StoredFile {
  return createFile("text/html; charset=utf-8", text);
}

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
