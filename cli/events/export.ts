import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { parseArgs } from "node:util";
import { writeJson } from "../../server/src/http/json.ts";
import { createScreen } from "../screen.ts";
import { request, type Server } from "./api.ts";
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
  const server = toServer(values);
  const format =
    values.output === undefined && values.format === undefined
      ? "ndjson"
      : formatOf(values.output ?? "-", values.format);
  const filter = { customer_id: values.customer, event_name: values["event-name"], from: values.from, to: values.to };
  const nameCustomer = values["external-ids"] ? externalIds(server) : null;
  const output = values.output === undefined ? process.stdout : createWriteStream(values.output);
  const screen = createScreen(process.stderr);
  let count = 0;
  const write = async (text: string) => {
    if (!output.write(text)) await once(output, "drain");
  };
  if (format === "csv") await write(`${csvColumns(nameCustomer !== null).join(",")}\n`);
  for await (const event of readAll(server, filter)) {
    if (event.voided_at !== null) continue;
    const customer =
      nameCustomer === null
        ? { customer_id: event.customer_id }
        : { external_customer_id: await nameCustomer(event.customer_id) };
    const { event_name, idempotency_key, timestamp, properties } = event;
    await write(lineOf(format, { event_name, idempotency_key, ...customer, timestamp, properties }));
    count += 1;
    screen.show([`${count} events`]);
  }
  if (output !== process.stdout) {
    output.end();
    await finished(output);
  }
  screen.show([`${count} events exported.`], { isLast: true });
  return 0;
}

async function* readAll(server: Server, filter: Record<string, string | undefined>): AsyncGenerator<Exported> {
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: "100", order: "oldest", ...(cursor === null ? {} : { cursor }) });
    for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value);
    const { status, body } = await request(server, "GET", `/v1/events?${query.toString()}`);
    if (status !== 200) throw new Error(`The server refuses: ${writeJson(body.error)}`);
    yield* body.events as Exported[];
    ({ next_cursor: cursor } = body.pagination as { next_cursor: string | null });
  } while (cursor !== null);
}

/** @throws Error for a customer who has none: their events would be nobody's. */
function externalIds(server: Server): (id: string) => Promise<string> {
  const known = new Map<string, string>();
  return async (id) => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const { body } = await request(server, "GET", `/v1/customers/${id}`);
    const { external_id } = (body.customer ?? {}) as { external_id?: string | null };
    if (typeof external_id !== "string")
      throw new Error(`The customer ${id} has no external_id; give them one, or leave out --external-ids.`);
    known.set(id, external_id);
    return external_id;
  };
}

function csvColumns(isExternal: boolean): string[] {
  return [
    "event_name",
    "idempotency_key",
    isExternal ? "external_customer_id" : "customer_id",
    "timestamp",
    "properties",
  ];
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
