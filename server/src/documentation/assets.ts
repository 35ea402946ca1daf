import { readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../platform/project-root.ts";
import { createFile, type StoredFile } from "../http/file.ts";

export type Assets = {
  style: string;
  script: string;
  icon: string;
  /** By address, without the hash. */
  files: Map<string, StoredFile>;
};

const folder = path.join(projectRoot, "server", "src", "documentation", "assets");

/** The files that pages refer to. Their addresses carry a hash of the content, so that a browser may keep them and still gets a new one. */
export function readAssets(): Assets {
  const files = new Map<string, StoredFile>();
  const add = (name: string, contentType: string) => {
    const file = createFile(contentType, readFileSync(path.join(folder, name), "utf8"));
    files.set(`/docs/assets/${name}`, file);
    return `/docs/assets/${name}?v=${versionOf(file)}`;
  };
  return {
    style: add("docs.css", "text/css; charset=utf-8"),
    script: add("docs.js", "text/javascript; charset=utf-8"),
    icon: add("icon.svg", "image/svg+xml"),
    files,
  };
}

/** The hash that an address carries. */
export function versionOf(file: StoredFile): string {
  return file.etag.slice(1, 9);
}
