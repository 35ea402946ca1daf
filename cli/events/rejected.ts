/** The file of events that were not recorded, each with its line and the reason. */
import { appendFile, stat, truncate } from "node:fs/promises";
import { writeJson } from "../../server/src/http/json.ts";
import type { Result } from "./ingest.ts";

export type Rejected = {
  line: number;
  error: Result["error"];
  /** As it was sent, with the key that it was given: put right, it can be imported by itself. Null if it was none. */
  event: Record<string, unknown> | null;
  /** What stands in the file instead. */
  text: string | null;
};

/** Takes away what is longer: a run that was cut off has written it, and the next one writes it again. Returns how long the file is then. */
export async function shorten(file: string, bytes: number): Promise<number> {
  const size = await sizeOf(file);
  if (size > bytes) await truncate(file, bytes);
  return Math.min(size, bytes);
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

/** Returns how many bytes it has become longer by. */
export async function append(file: string, rejected: Rejected[]): Promise<number> {
  if (rejected.length === 0) return 0;
  const text = rejected.map((each) => `${writeJson({ ...each, error: withoutPlace(each.error) })}\n`).join("");
  await appendFile(file, text);
  return Buffer.byteLength(text);
}

/** An event's place in its request means nothing to who reads the file. */
function withoutPlace(error: Result["error"]): Result["error"] {
  if (!Array.isArray(error?.details)) return error;
  const details = error.details.map(({ path, message }) => ({ path: path.replace(/^events\.\d+\.?/, ""), message }));
  return { ...error, details };
}
