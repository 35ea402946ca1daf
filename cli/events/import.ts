import { createHash } from "node:crypto";
import { appendFile, stat, truncate } from "node:fs/promises";
import { parseArgs } from "node:util";
import { decimal, zero } from "../../core/decimal.ts";
import { writeJson } from "../../server/src/http/json.ts";
import { createScreen, type Screen } from "../screen.ts";
import { request, type Server } from "./api.ts";
import { forgetProgress, readProgress, writeProgress, type Progress } from "./progress.ts";
import { formatOf, readEvents, type ReadEvent } from "./read.ts";
import { serverOptions, toServer } from "./server.ts";

export const importUsage = `afternoon events import FILE [options]

  FILE               CSV or lines of JSON, by its ending; - is standard input.
  --format FORMAT    csv or ndjson, where the name does not tell.
  --progress FILE    Where to note how far it has come (default FILE.progress.json).
  --rejected FILE    Where to write events that were not recorded (default FILE.rejected.ndjson).`;

const mostEvents = 1_000;
/** A request takes 1 MiB. */
const mostBytes = 900 * 1024;

type Item = { read: ReadEvent; text: string };

/**
 * Sends every event of a file, in its order, and waits for what became of each. Run again, whether it was cut off or not, it changes nothing
 * that is done. Exit code 2 if events were not recorded; they are in the file of rejected ones, each with the reason.
 */
export async function importEvents(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...serverOptions,
      format: { type: "string" },
      progress: { type: "string" },
      rejected: { type: "string" },
    },
  });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new Error(`Name one file.\n\n${importUsage}`);
  const name = file === "-" ? "events" : file;
  const run = new ImportRun({
    server: toServer(values),
    screen: createScreen(process.stdout),
    total: file === "-" ? null : await sizeOf(file),
    progressFile: values.progress ?? `${name}.progress.json`,
    rejectedFile: values.rejected ?? `${name}.rejected.ndjson`,
  });
  return run.send(readEvents(file, formatOf(file, values.format)));
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw new Error(`There is no file "${file}" to read.`, { cause: error });
  }
}

type RunOptions = {
  server: Server;
  screen: Screen;
  /** Bytes of the file; null if nobody knows. */
  total: number | null;
  progressFile: string;
  rejectedFile: string;
};

class ImportRun {
  readonly #options: RunOptions;
  readonly #hash = createHash("sha256");
  /** How often each content without a key of its own has come, by its hash. */
  readonly #occurrences = new Map<string, number>();
  #progress!: Progress;
  #read = 0;
  #bytes = 0;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  async send(events: AsyncIterable<ReadEvent>): Promise<number> {
    const { progressFile, rejectedFile, screen } = this.#options;
    this.#progress = await readProgress(progressFile);
    await truncate(rejectedFile, this.#progress.rejectedBytes).catch(() => undefined);
    const before = this.#progress.events;
    if (before > 0) screen.print(`Going on after ${before} events that were imported before.`);
    let batch: Item[] = [];
    let bytes = 0;
    for await (const read of events) {
      const item = { read, text: this.#textOf(read) };
      this.#read += 1;
      this.#bytes += item.text.length;
      if (this.#read <= before) {
        this.#hash.update(item.text);
        if (this.#read === before) this.#refuseOtherFile();
        continue;
      }
      if (batch.length === mostEvents || (batch.length > 0 && bytes + item.text.length > mostBytes)) {
        await this.#sendBatch(batch);
        [batch, bytes] = [[], 0];
      }
      batch.push(item);
      bytes += Buffer.byteLength(item.text) + 1;
    }
    if (this.#read < before) this.#refuseOtherFile();
    if (batch.length > 0) await this.#sendBatch(batch);
    return this.#finish();
  }

  #refuseOtherFile(): void {
    if (this.#read === this.#progress.events && this.#hash.copy().digest("hex") === this.#progress.sha256) return;
    const { progressFile } = this.#options;
    throw new Error(
      `The file is not the one that ${progressFile} tells of. Delete that file to import from the beginning: what was recorded before is not recorded again.`,
    );
  }

  /** The event as it is sent. One without a key gets one of its content, and of how often that has come, so that it is known again. */
  #textOf(read: ReadEvent): string {
    if ("problem" in read) return "";
    const { fields } = read;
    const own = fields.idempotency_key;
    if (own !== undefined && own !== null && own !== "") return writeJson(fields);
    const content = createHash("sha256")
      .update(writeJson({ ...fields, idempotency_key: null }))
      .digest("base64url");
    const occurrence = (this.#occurrences.get(content) ?? 0) + 1;
    this.#occurrences.set(content, occurrence);
    return writeJson({ ...fields, idempotency_key: `import-${content}-${occurrence}` });
  }

  async #sendBatch(batch: Item[]): Promise<void> {
    const sent = batch.filter(({ text }) => text !== "");
    const results = sent.length === 0 ? [] : await this.#ingest(sent);
    const progress = { ...this.#progress, cost: { ...this.#progress.cost } };
    const rejected: string[] = [];
    let next = 0;
    for (const item of batch) {
      this.#hash.update(item.text);
      progress.events += 1;
      const result = item.text === "" ? unreadable(item.read) : (results[next++] as Result);
      if (result.status === "processed") {
        progress.recorded += 1;
        for (const { amount, currency_code, pricing_unit_code } of result.cost ?? []) {
          const code = currency_code ?? pricing_unit_code ?? "";
          progress.cost[code] = decimal(progress.cost[code] ?? "0")
            .plus(decimal(amount))
            .toString();
        }
      } else if (result.status === "duplicate") progress.duplicates += 1;
      else {
        progress.refused += 1;
        const { line } = item.read;
        const event = "fields" in item.read ? item.read.fields : null;
        rejected.push(`${writeJson({ line, error: result.error, event })}\n`);
      }
    }
    progress.sha256 = this.#hash.copy().digest("hex");
    const text = rejected.join("");
    // Before the progress: cut off in between, these lines are taken away again by the next run.
    if (text !== "") await appendFile(this.#options.rejectedFile, text);
    progress.rejectedBytes += Buffer.byteLength(text);
    this.#progress = progress;
    await writeProgress(this.#options.progressFile, progress);
    this.#show();
  }

  async #ingest(items: Item[]): Promise<Result[]> {
    const body = `{"events":[${items.map(({ text }) => text).join(",")}]}`;
    const answer = await request(this.#options.server, "POST", "/v1/events/ingest-batch", body);
    if (answer.status === 200) return answer.body.results as Result[];
    // One that the server cannot even read keeps the others from it.
    if (items.length > 1) {
      const half = Math.ceil(items.length / 2);
      return [...(await this.#ingest(items.slice(0, half))), ...(await this.#ingest(items.slice(half)))];
    }
    return [{ status: "refused", error: answer.body.error as Result["error"] }];
  }

  #show({ isLast = false } = {}): void {
    const { total, screen } = this.#options;
    const { events, recorded, duplicates, refused } = this.#progress;
    const counts = `${events} events: ${recorded} recorded, ${duplicates} known, ${refused} not recorded`;
    // What an event takes in the file and on the wire is about the same.
    const share = total === null || total === 0 ? null : Math.min(1, this.#bytes / total);
    screen.show(share === null || isLast ? [counts] : [`${bar(share)} ${counts}`], { isLast });
  }

  async #finish(): Promise<number> {
    const { progressFile, rejectedFile, screen } = this.#options;
    this.#show({ isLast: true });
    const costs = Object.entries(this.#progress.cost).filter(([, amount]) => !decimal(amount).equals(zero));
    if (costs.length > 0) screen.print(`Cost: ${costs.map(([code, amount]) => `${amount} ${code}`).join(", ")}.`);
    await forgetProgress(progressFile);
    if (this.#progress.refused === 0) return 0;
    screen.print(`What was not recorded is in ${rejectedFile}, with the line and the reason of each.`);
    return 2;
  }
}

type Result = {
  status: string;
  cost?: { amount: string; currency_code?: string; pricing_unit_code?: string }[];
  error?: { code: string; message: string };
};

function unreadable(read: ReadEvent): Result {
  const message = "problem" in read ? read.problem : "";
  return { status: "refused", error: { code: "VALIDATION_ERROR", message } };
}

const barWidth = 30;

function bar(share: number): string {
  const filled = Math.floor(share * barWidth);
  return `[${"=".repeat(filled)}${" ".repeat(barWidth - filled)}] ${Math.floor(share * 100)} %`;
}
