import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { decimal, zero } from "../../core/decimal.ts";
import { currency, denominationKey, pricingUnit } from "../../core/denomination.ts";
import { writeJson } from "../../server/src/http/json.ts";
import { createScreen, type Screen } from "../screen.ts";
import type { Server } from "./api.ts";
import { ContentKeys } from "./content-keys.ts";
import { ingest, type Result } from "./ingest.ts";
import { forgetProgress, noProgress, readProgress, writeProgress, type Progress } from "./progress.ts";
import { formatOf, readEvents, type ReadEvent } from "./read.ts";
import { append, shorten, type Rejected } from "./rejected.ts";
import { serverOptions, toServer } from "./server.ts";

export const importUsage = `afternoon events import FILE [options]

  FILE               CSV or lines of JSON, by its ending; - is standard input.
  --format FORMAT    csv or ndjson, where the name does not tell.
  --progress FILE    Where to note how far it has come (default FILE.progress.json).
  --rejected FILE    Where to write events that were not recorded (default FILE.rejected.ndjson).`;

const mostEvents = 1_000;
/** A request takes 1 MiB. */
const mostBytes = 900 * 1024;

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
  const files = {
    progressFile: values.progress ?? `${name}.progress.json`,
    rejectedFile: values.rejected ?? `${name}.rejected.ndjson`,
  };
  refuseSameFile(file, ...Object.values(files));
  const screen = createScreen(process.stdout);
  const run = new ImportRun({
    ...files,
    server: toServer(values, screen),
    screen,
    total: file === "-" ? null : await sizeOf(file),
  });
  return run.send(readEvents(file, formatOf(file, values.format)));
}

/** Two of them are written to. */
function refuseSameFile(...files: string[]): void {
  if (new Set(files.map((file) => path.resolve(file))).size < files.length)
    throw new Error("The file to import, --progress and --rejected must be different files.");
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? new Error(`There is no file "${file}" to read.`, { cause: error }) : error;
  });
  if (found.isDirectory()) throw new Error(`"${file}" is a folder; name a file.`);
  return found.size;
}

type RunOptions = {
  server: Server;
  screen: Screen;
  /** Bytes of the file; null if nobody knows. */
  total: number | null;
  progressFile: string;
  rejectedFile: string;
};

/** An event as it is sent, or as it stands in the file if it cannot be. */
type Item = { line: number; bytes: number; text: string } & ({ event: Record<string, unknown> } | { problem: string });

class ImportRun {
  readonly #options: RunOptions;
  readonly #keys: ContentKeys;
  readonly #hash = createHash("sha256");
  #progress: Progress;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#keys = new ContentKeys(`${options.progressFile}.seen`);
    this.#progress = noProgress(createHash("sha256").update(options.server.key).digest("hex"));
  }

  async send(events: AsyncIterable<ReadEvent>): Promise<number> {
    await this.#takeUp();
    try {
      for await (const batch of batchesOf(this.#skipDone(events))) await this.#sendBatch(batch);
    } finally {
      this.#keys.close();
    }
    return this.#finish();
  }

  async #takeUp(): Promise<void> {
    const { progressFile, rejectedFile, screen } = this.#options;
    const found = await readProgress(progressFile);
    if (found !== null) {
      if (found.keySha256 !== this.#progress.keySha256) throw this.#isOfAnother("key");
      this.#progress = found;
      screen.print(`Going on after ${found.events} events that were imported before.`);
    }
    this.#progress.rejectedBytes = await shorten(rejectedFile, this.#progress.rejectedBytes);
  }

  /** What is still to be sent. The rest is read all the same: for the keys, and to see that it is the same. */
  async *#skipDone(events: AsyncIterable<ReadEvent>): AsyncGenerator<Item> {
    const { events: done, sha256 } = this.#progress;
    let read = 0;
    for await (const event of events) {
      const item = this.#toItem(event);
      read += 1;
      if (read > done) yield item;
      else this.#hash.update(item.text);
      if (read === done && this.#hash.copy().digest("hex") !== sha256) throw this.#isOfAnother("file");
    }
    if (read < done) throw this.#isOfAnother("file");
  }

  #isOfAnother(what: string): Error {
    return new Error(
      `${this.#options.progressFile} tells of an import of another ${what}. Delete it to import from the beginning, or name another by --progress: what was recorded before is not recorded again.`,
    );
  }

  #toItem({ line, bytes, ...content }: ReadEvent): Item {
    if ("problem" in content) return { line, bytes, ...content };
    const event = this.#keys.withKey(content.fields);
    return { line, bytes, event, text: writeJson(event) };
  }

  async #sendBatch(batch: Item[]): Promise<void> {
    const sent = batch.filter((item) => "event" in item);
    const results =
      sent.length === 0
        ? []
        : await ingest(
            this.#options.server,
            sent.map(({ text }) => text),
          );
    const progress = { ...this.#progress, cost: { ...this.#progress.cost } };
    const rejected: Rejected[] = [];
    let next = 0;
    for (const item of batch) {
      this.#hash.update(item.text);
      const result = "event" in item ? (results[next++] as Result) : unreadable(item.problem);
      if (result.status === "processed") {
        progress.recorded += 1;
        addCost(progress.cost, result);
      } else if (result.status === "duplicate") progress.duplicates += 1;
      else {
        progress.refused += 1;
        const seen = "event" in item ? { event: item.event, text: null } : { event: null, text: item.text };
        rejected.push({ line: item.line, error: result.error, ...seen });
      }
    }
    progress.events += batch.length;
    progress.sha256 = this.#hash.copy().digest("hex");
    // Before the progress: cut off in between, these lines are taken away again by the next run.
    progress.rejectedBytes += await append(this.#options.rejectedFile, rejected);
    this.#progress = progress;
    await writeProgress(this.#options.progressFile, progress);
    this.#show(batch.at(-1)?.bytes ?? 0);
  }

  #show(bytes: number): void {
    const { total, screen } = this.#options;
    const share = total === null || total === 0 ? null : Math.min(1, bytes / total);
    screen.show([share === null ? this.#counts() : `${bar(share)} ${this.#counts()}`]);
  }

  #counts(): string {
    const { events, recorded, duplicates, refused } = this.#progress;
    return `${events} events: ${recorded} recorded, ${duplicates} known, ${refused} not recorded`;
  }

  async #finish(): Promise<number> {
    const { progressFile, rejectedFile, screen } = this.#options;
    screen.show([this.#counts()], { isLast: true });
    const costs = Object.entries(this.#progress.cost)
      .filter(([, amount]) => !decimal(amount).equals(zero))
      .map(([key, amount]) => `${amount} ${key.slice(key.indexOf(":") + 1)}`);
    if (costs.length > 0) screen.print(`Cost: ${costs.join(", ")}.`);
    await forgetProgress(progressFile);
    if (this.#progress.refused === 0) return 0;
    screen.print(`What was not recorded is in ${rejectedFile}, with the line and the reason of each.`);
    return 2;
  }
}

/** As many at a time as a request takes. */
async function* batchesOf(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  let bytes = 0;
  for await (const item of items) {
    const itemBytes = Buffer.byteLength(item.text) + 1;
    if (batch.length === mostEvents || (batch.length > 0 && bytes + itemBytes > mostBytes)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(item);
    bytes += itemBytes;
  }
  if (batch.length > 0) yield batch;
}

function addCost(cost: Progress["cost"], result: Result): void {
  for (const { amount, currency_code, pricing_unit_code } of result.cost ?? []) {
    const key = denominationKey(
      currency_code === undefined ? pricingUnit(pricing_unit_code ?? "") : currency(currency_code),
    );
    cost[key] = decimal(cost[key] ?? "0")
      .plus(decimal(amount))
      .toString();
  }
}

function unreadable(problem: string): Result {
  return { status: "refused", error: { code: "VALIDATION_ERROR", message: problem } };
}

const barWidth = 30;

function bar(share: number): string {
  const filled = Math.floor(share * barWidth);
  return `[${"=".repeat(filled)}${" ".repeat(barWidth - filled)}] ${Math.floor(share * 100)} %`;
}
