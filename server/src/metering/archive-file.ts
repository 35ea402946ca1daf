import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { pipeline, Readable } from "node:stream";
import { pipeline as run } from "node:stream/promises";
import { constants, createGunzip, createGzip } from "node:zlib";

/** What a file of archived events holds: a month, and how its lines add up. */
export type ArchiveSummary = { month: string; events: number; sha256: string };

/** The file is missing, cut off, damaged, or something else. */
export class ArchiveFileError extends Error {}

type Head = { afternoon_events: 1; month: string };
type Tail = { events: number; sha256: string };

/**
 * Writes the rows of `month`, which come in pages, to `file`: gzip over a line that says what it is, a line for each row, and a line with their number and
 * the SHA-256 of all lines before it. Guarantee: when this returns, the file has its name, is whole, and is on the disk; before, there is none, or the
 * one that was there before. Needs the memory of a page, however many rows come.
 */
export async function writeArchive(
  file: string,
  month: string,
  pages: AsyncIterable<string[]>,
): Promise<ArchiveSummary> {
  const summary = { month, events: 0, sha256: "" };
  async function* lines(): AsyncGenerator<string> {
    const hash = createHash("sha256");
    const head: Head = { afternoon_events: 1, month };
    const first = `${JSON.stringify(head)}\n`;
    hash.update(first);
    yield first;
    for await (const page of pages) {
      const lines = page.map((row) => `${row}\n`).join("");
      hash.update(lines);
      summary.events += page.length;
      yield lines;
    }
    summary.sha256 = hash.digest("hex");
    const tail: Tail = { events: summary.events, sha256: summary.sha256 };
    yield `${JSON.stringify(tail)}\n`;
  }

  // One that was cut off has left one perhaps; nobody else writes at the same time.
  const part = `${file}.part`;
  const handle = await open(part, "w");
  try {
    await run(Readable.from(lines()), createGzip({ chunkSize: 256 * 1024 }), async (packed: AsyncIterable<Buffer>) => {
      for await (const chunk of packed) await handle.writeFile(chunk);
    });
    await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(part, { force: true });
    throw error;
  }
  await handle.close();
  await rename(part, file);
  await syncFolder(path.dirname(file));
  return summary;
}

/** A new name is only there for good when the folder that holds it is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * The rows of an archive, line by line as they were written; `summary` is known when the last has come.
 * @throws ArchiveFileError that says so if the file is no archive, cut off, or not what was written.
 */
export async function* readArchive(file: string): AsyncGenerator<string, ArchiveSummary> {
  const hash = createHash("sha256");
  let month: string | null = null;
  let events = 0;
  let last: string | null = null;
  for await (const line of unpackedLines(file)) {
    if (last !== null) {
      hash.update(`${last}\n`);
      if (month === null) month = monthOf(last, file);
      else {
        events += 1;
        yield last;
      }
    }
    last = line;
  }
  const tail = parse(last) as Partial<Tail> | null;
  const sha256 = hash.digest("hex");
  if (month === null || tail?.events !== events || tail.sha256 !== sha256)
    throw new ArchiveFileError(`${file} is damaged or cut off: its lines are not those that its last line speaks of.`);
  return { month, events, sha256 };
}

/** The month that an archive says it is of, by its first line. @throws ArchiveFileError as `readArchive` does. */
export async function readMonth(file: string): Promise<string> {
  for await (const line of unpackedLines(file)) return monthOf(line, file);
  throw new ArchiveFileError(`${file} is empty.`);
}

function monthOf(line: string, file: string): string {
  const head = parse(line) as Partial<Head> | null;
  if (head?.afternoon_events === 1 && /^\d{4}-\d{2}$/.test(head.month ?? "")) return head.month as string;
  throw new ArchiveFileError(
    `${file} is no archive of events: it does not begin like one that \`afternoon events archive\` wrote.`,
  );
}

function parse(line: string | null): unknown {
  try {
    return JSON.parse(line ?? "null") as unknown;
  } catch {
    return null;
  }
}

/** Only line feeds end a line: a JSON text may hold any other separator as it is. */
async function* unpackedLines(file: string): AsyncGenerator<string> {
  const unpacked = createGunzip({ chunkSize: 256 * 1024, finishFlush: constants.Z_NO_FLUSH });
  // An error of either comes out of the loop below.
  pipeline(createReadStream(file), unpacked, () => {});
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  let begun = "";
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      const [first = "", ...others] = utf8.decode(chunk, { stream: true }).split("\n");
      begun += first;
      for (const next of others) {
        yield begun;
        begun = next;
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new ArchiveFileError(`There is no file ${file}.`);
    throw new ArchiveFileError(`${file} is damaged or cut off, or no archive of events: ${(error as Error).message}.`, {
      cause: error,
    });
  }
  if (begun !== "") yield begun;
}
