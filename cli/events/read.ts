/** Reads events from a file of lines of JSON or of comma-separated values, one by one, however long the file is. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parse } from "csv-parse";
import { parseStoredJson } from "../../server/src/http/json.ts";

export type Format = "csv" | "ndjson";

/** What one line holds: an event's fields, or why it holds none. Lines are counted from 1. */
export type ReadEvent = { line: number } & ({ fields: Record<string, unknown> } | { problem: string });

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
export async function* readEvents(file: string, format: Format): AsyncGenerator<ReadEvent> {
  const input = file === "-" ? process.stdin : createReadStream(file);
  try {
    yield* format === "csv" ? readCsv(input) : readLines(input);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new Error(`There is no file "${file}".`, { cause: error });
    throw error;
  }
}

async function* readLines(input: Readable): AsyncGenerator<ReadEvent> {
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    line += 1;
    const json = line === 1 ? text.replace(/^\u{feff}/u, "") : text;
    if (json.trim() === "") continue;
    const fields = readObject(json);
    yield fields === null ? { line, problem: "It is not a JSON object." } : { line, fields };
  }
}

const plainColumns = ["event_name", "idempotency_key", "customer_id", "external_customer_id", "timestamp"];
const propertyPrefix = "properties.";

/** A row of CSV with the line that it ends on. */
type Row = { record: Record<string, string>; info: { lines: number } };

async function* readCsv(input: Readable): AsyncGenerator<ReadEvent> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    columns: (names: string[]) => checkHeader(names),
  });
  input.on("error", (error) => parser.destroy(error)).pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<Row>) yield { line: info.lines, ...eventOf(record) };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw code?.startsWith("CSV_") ? new Error(`The file is not CSV: ${message}.`, { cause: error }) : error;
  }
}

function checkHeader(names: string[]): string[] {
  const trimmed = names.map((name) => name.trim());
  const unknown = trimmed.filter(
    (name) => !plainColumns.includes(name) && name !== "properties" && !name.startsWith(propertyPrefix),
  );
  const expected = `The first line must name the columns: ${plainColumns.join(", ")}, properties (a JSON object), and properties.NAME for one property each.`;
  if (unknown.length > 0) throw new Error(`The column "${unknown[0]}" is none of an event. ${expected}`);
  for (const name of ["event_name", "timestamp"])
    if (!trimmed.includes(name)) throw new Error(`The column ${name} is missing. ${expected}`);
  return trimmed;
}

/** An empty cell is a field that is not there. A property's cell is text; the server reads numbers from text exactly. */
function eventOf(record: Record<string, string>): { fields: Record<string, unknown> } | { problem: string } {
  const filled = Object.entries(record).filter(([, value]) => value !== "");
  const own = filled.filter(([name]) => name.startsWith(propertyPrefix));
  const json = record.properties === undefined || record.properties === "" ? {} : readObject(record.properties);
  if (json === null) return { problem: "Its properties are not a JSON object." };
  const properties = {
    ...json,
    ...Object.fromEntries(own.map(([name, value]) => [name.slice(propertyPrefix.length), value])),
  };
  const fields = Object.fromEntries(filled.filter(([name]) => plainColumns.includes(name)));
  return { fields: { ...fields, properties } };
}

function readObject(text: string): Record<string, unknown> | null {
  try {
    const value = parseStoredJson(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
