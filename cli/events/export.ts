import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { writeJson } from "../../server/src/http/json.ts";
import { createScreen } from "../screen.ts";
import { refusal, request, type Server } from "./api.ts";
import { formatOf, type Format } from "./read.ts";
import { serverOptions, toServer } from "./server.ts";

export const exportUsage = `afternoon events export [options]

  --output FILE      CSV or lines of JSON, by its ending (default: standard output).
  --format FORMAT    csv or ndjson (default ndjson on standard output).
  --customer ID      Only this customer's.
  --event-name NAME  Only events of this name.
  --from INSTANT     Only events whose timestamp is this or later; --to INSTANT: before this.
  --external-ids     Name customers by their external ids, for another company or mode.`;

type Exported = {
  event_name: string;
  idempotency_key: string;
  customer_id: string;
  timestamp: string;
  properties: Record<string, unknown>;
  voided_at: string | null;
};

/** Writes the recorded events, oldest first, as `afternoon events import` reads them; those that were voided are left out. */
export async function exportEvents(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      ...serverOptions,
      output: { type: "string" },
      format: { type: "string" },
      customer: { type: "string" },
      "event-name": { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
      "external-ids": { type: "boolean", default: false },
    },
  });
  const { output } = values;
  const format =
    output === undefined && values.format === undefined ? "ndjson" : formatOf(output ?? "-", values.format);
  const screen = createScreen(process.stderr);
  const server = toServer(values, screen);
  const filter = { customer_id: values.customer, event_name: values["event-name"], from: values.from, to: values.to };
  const nameCustomer = values["external-ids"] ? byExternalId(server) : byId;
  let count = 0;
  const seen: { archivedBefore: string | null } = { archivedBefore: null };

  async function* lines(): AsyncGenerator<string> {
    if (format === "csv") yield `${csvColumns(values["external-ids"]).join(",")}\n`;
    for await (const { event_name, idempotency_key, customer_id, timestamp, properties } of readAll(
      server,
      filter,
      seen,
    )) {
      const customer = await nameCustomer(customer_id);
      yield lineOf(format, { event_name, idempotency_key, ...customer, timestamp, properties });
      count += 1;
      screen.show([`${count} events`]);
    }
  }

  await (output === undefined ? writeOut(lines()) : writeFile(output, lines()));
  screen.show([`${count} events exported.`], { isLast: true });
  const { archivedBefore } = seen;
  if (archivedBefore !== null && !(Date.parse(values.from ?? "") >= Date.parse(archivedBefore)))
    screen.print(`Events recorded before ${archivedBefore} may be archived, and are not among them then.`);
  return 0;
}

/** Whoever reads may stop before the end, as `head` does. */
async function writeOut(lines: AsyncIterable<string>): Promise<void> {
  const stdout = new Writable({
    write: (chunk, _encoding, done) => void process.stdout.write(chunk, done),
  });
  // The error comes to the callback as well; without this it would end the program first.
  process.stdout.on("error", () => {});
  await pipeline(Readable.from(lines), stdout).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

/** The file has its name when it is whole: half of an export does not look like one. */
async function writeFile(file: string, lines: AsyncIterable<string>): Promise<void> {
  await pipeline(Readable.from(lines), createWriteStream(`${file}.part`));
  await rename(`${file}.part`, file);
}

async function* readAll(
  server: Server,
  filter: Record<string, string | undefined>,
  seen: { archivedBefore: string | null },
): AsyncGenerator<Exported> {
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: "100", order: "oldest", ...(cursor === null ? {} : { cursor }) });
    for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value);
    const answer = await request(server, "GET", `/v1/events?${query.toString()}`);
    if (answer.status !== 200) throw refusal(server, answer);
    seen.archivedBefore = answer.body.archived_before as string | null;
    for (const event of answer.body.events as Exported[]) if (event.voided_at === null) yield event;
    ({ next_cursor: cursor } = answer.body.pagination as { next_cursor: string | null });
  } while (cursor !== null);
}

type NamedCustomer = { customer_id: string } | { external_customer_id: string };

async function byId(customer_id: string): Promise<NamedCustomer> {
  return { customer_id };
}

/** @throws Error for a customer who has none: their events would be nobody's. */
function byExternalId(server: Server): (id: string) => Promise<NamedCustomer> {
  const known = new Map<string, string>();
  return async (id) => {
    const external_customer_id = known.get(id) ?? (await readExternalId(server, id));
    known.set(id, external_customer_id);
    return { external_customer_id };
  };
}

async function readExternalId(server: Server, id: string): Promise<string> {
  const answer = await request(server, "GET", `/v1/customers/${id}`);
  if (answer.status !== 200) throw refusal(server, answer);
  const { external_id } = answer.body.customer as { external_id: string | null };
  if (external_id !== null) return external_id;
  throw new Error(`The customer ${id} has no external_id; give them one, or leave out --external-ids.`);
}

function csvColumns(isExternal: boolean): string[] {
  const customer = isExternal ? "external_customer_id" : "customer_id";
  return ["event_name", "idempotency_key", customer, "timestamp", "properties"];
}

function lineOf(format: Format, event: Record<string, unknown>): string {
  if (format === "ndjson") return `${writeJson(event)}\n`;
  const cells = Object.values(event).map((value) => (typeof value === "string" ? value : writeJson(value)));
  return `${cells.map(quoted).join(",")}\n`;
}

/** As RFC 4180 has it. */
function quoted(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
