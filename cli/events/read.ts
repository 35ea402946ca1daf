/** Reads events from a file of lines of JSON or of comma-separated values, one by one, however long the file is. */
import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { type CsvError, parse } from "csv-parse";
import { parseStoredJson } from "../../server/src/http/json.ts";

export type Format = "csv" | "ndjson";

type Fields = Record<string, unknown>;

/** An event's fields, or why there are none and what stands there instead. */
type Content = { fields: Fields } | { problem: string; text: string };

/** What a line holds. Lines are counted from 1; `bytes` is how far into the file it ends. */
export type ReadEvent = { line: number; bytes: number } & Content;

/** @throws Error if the name does not tell the format and none is given. */
export function formatOf(file: string, given: string | undefined): Format {
  const named = given ?? /\.(csv|ndjson|jsonl)$/i.exec(file)?.[1]?.toLowerCase();
  if (named === "csv") return "csv";
  if (named === "ndjson" || named === "jsonl") return "ndjson";
  throw new Error(
    `Say --format csv or --format ndjson: ${file === "-" ? "standard input" : `"${file}"`} does not tell.`,
  );
}

/** The events of a file, or of standard input (`-`). @throws Error that says what to do about a file or a header that is no good. */
export function readEvents(file: string, format: Format): AsyncGenerator<ReadEvent> {
  const texts = decode(file === "-" ? process.stdin : createReadStream(file));
  return format === "csv" ? readCsv(texts) : readLines(texts);
}

/** Without a byte order mark. Read leniently, a name in another encoding would be recorded as something else, for good. */
async function* decode(input: Readable): AsyncGenerator<string> {
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  let bytes = 0;
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      yield utf8.decode(chunk, { stream: true });
      bytes += chunk.length;
    }
    yield utf8.decode();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_ENCODING_INVALID_ENCODED_DATA") throw error;
    throw new Error(
      `The file is not UTF-8, somewhere behind byte ${bytes}. Convert it, as by \`iconv -f latin1 -t utf-8\`, and import the result.`,
      { cause: error },
    );
  }
}

/** A request takes no more than this, and memory should not have to either. */
const longestEvent = 1024 * 1024;

async function* readLines(texts: AsyncIterable<string>): AsyncGenerator<ReadEvent> {
  let line = 0;
  let bytes = 0;
  for await (const text of splitLines(texts)) {
    line += 1;
    bytes += Buffer.byteLength(text) + 1;
    if (text.trim() === "") continue;
    yield { line, bytes, ...readLine(text) };
  }
}

function readLine(text: string): Content {
  if (text.length > longestEvent)
    return { problem: "It is longer than 1 MiB; each line holds one event.", text: text.slice(0, 100) };
  const fields = readObject(text);
  return fields === null ? { problem: "It is not a JSON object; each line holds one event.", text } : { fields };
}

/** Of a line that is too long no more than tells that it is. */
async function* splitLines(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let begun = "";
  for await (const text of texts) {
    const [first = "", ...others] = text.split("\n");
    if (begun.length <= longestEvent) begun += first;
    for (const next of others) {
      yield begun;
      begun = next;
    }
  }
  yield begun;
}

const plainColumns = ["event_name", "idempotency_key", "customer_id", "external_customer_id", "timestamp"];
const propertyPrefix = "properties.";

/** A row of CSV; the line is the one that it ends on. */
type Row = { record: Record<string, string>; raw: string; info: { lines: number; bytes: number; error?: CsvError } };

async function* readCsv(texts: AsyncIterable<string>): AsyncGenerator<ReadEvent> {
  const parser = parse({
    columns: (names: string[]) => checkHeader(names),
    info: true,
    raw: true,
    // A row with a cell too many or too few says so in its `info`, and does not end the import.
    relax_column_count: true,
    skip_empty_lines: true,
    // A quote that is never closed would take the rest of the file into one cell.
    max_record_size: longestEvent,
  });
  // What fails in between comes out of the parser.
  pipeline(Readable.from(texts), parser, () => {});
  try {
    for await (const row of parser as AsyncIterable<Row>)
      yield { line: row.info.lines, bytes: row.info.bytes, ...readRow(row) };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw code?.startsWith("CSV_") ? new Error(`The file is not CSV: ${message}.`, { cause: error }) : error;
  }
}

function checkHeader(names: string[]): string[] {
  const columns = names.map((name) => name.trim());
  const wrong = problemOfColumns(columns);
  if (wrong === null) return columns;
  throw new Error(
    `${wrong} The first line must name the columns, with commas in between: ${plainColumns.join(", ")}, properties (a JSON object), and properties.NAME for one property each.`,
  );
}

function problemOfColumns(columns: string[]): string | null {
  const isKnown = (name: string) =>
    plainColumns.includes(name) || name === "properties" || name.startsWith(propertyPrefix);
  const unknown = columns.find((name) => !isKnown(name));
  if (unknown !== undefined) return `The column "${unknown}" is none of an event.`;
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index);
  if (repeated !== undefined) return `The column "${repeated}" is there twice.`;
  const missing = ["event_name", "timestamp"].find((name) => !columns.includes(name));
  if (missing !== undefined) return `The column ${missing} is missing.`;
  const namesCustomer = columns.includes("customer_id") || columns.includes("external_customer_id");
  return namesCustomer ? null : "The column customer_id or external_customer_id is missing.";
}

/** An empty cell is a field that is not there. A property's cell is text; the server reads numbers from text exactly. */
function readRow({ record, raw, info }: Row): Content {
  const text = raw.trimEnd();
  if (info.error !== undefined) return { problem: `${info.error.message}.`, text };
  const filled = Object.entries(record).filter(([, cell]) => cell !== "");
  const json = record.properties === undefined || record.properties === "" ? {} : readObject(record.properties);
  if (json === null) return { problem: "Its properties are not a JSON object.", text };
  const own = filled
    .filter(([name]) => name.startsWith(propertyPrefix))
    .map(([name, cell]) => [name.slice(propertyPrefix.length), cell]);
  const plain = filled.filter(([name]) => plainColumns.includes(name));
  return { fields: { ...Object.fromEntries(plain), properties: { ...json, ...Object.fromEntries(own) } } };
}

function readObject(text: string): Fields | null {
  try {
    const value = parseStoredJson(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}
