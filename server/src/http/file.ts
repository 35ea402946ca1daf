import { sha256 } from "../platform/ids.ts";

/** A file as it is kept and sent. */
export type StoredFile = { contentType: string; body: Buffer; etag: string };

export function createFile(contentType: string, content: string | Buffer): StoredFile {
  const body = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  return { contentType, body, etag: `"${sha256(body).toString("base64url").slice(0, 22)}"` };
}

/** Whether an `If-None-Match` header says that the caller has this file. */
export function isHeld(file: StoredFile, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === file.etag);
}
