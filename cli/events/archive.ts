import { mkdir } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { readConfig, type Config } from "../../server/src/config.ts";
import { openDatabase } from "../../server/src/main.ts";
import { archiveMonths, monthOf, restoreMonth } from "../../server/src/metering/archives.ts";
import { systemClock } from "../../server/src/platform/clock.ts";
import type { Database } from "../../server/src/platform/db.ts";
import { findOldestOpenUsage } from "../../server/src/renewals/renewals.ts";

export const archiveUsage = `afternoon events archive --before YYYY-MM [--to FOLDER]

  --before YYYY-MM   Every month before this one, in UTC, each into a file of its own.
  --to FOLDER        Where the files are put (default: archives in the data directory).`;

export const restoreUsage = `afternoon events restore FILE`;

/** Moves months of events that are over from the database into files; exit code 1 if one of them is still needed. */
export async function archiveEvents(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { before: { type: "string" }, to: { type: "string" } } });
  const { before = "" } = values;
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(before)) throw new Error("Say --before and a month, like --before 2026-01.");
  const config = readConfig(process.env);
  const folder = path.resolve(values.to ?? path.join(config.dataDir, "archives"));
  await mkdir(folder, { recursive: true });
  return withDatabase(config, async (database) => {
    const { archived, refused } = await archiveMonths(database, {
      before: monthOf(before),
      folder,
      now: systemClock.now(),
      findOpenUsage: findOldestOpenUsage,
      onStep: print,
    });
    for (const { file, event_count, sha256 } of archived)
      process.stdout.write(`${path.join(folder, file)} holds ${event_count} events; SHA-256 of its lines ${sha256}.\n`);
    if (refused !== null) process.stdout.write(`${refused.month} is not archived: ${refused.reason}\n`);
    else if (archived.length === 0) process.stdout.write("There is no month to archive.\n");
    return refused === null ? 0 : 1;
  });
}

/** Brings an archived month back into the database. */
export async function restoreEvents(args: string[]): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new Error(`Usage: ${restoreUsage}`);
  return withDatabase(readConfig(process.env), async (database) => {
    const { month, events } = await restoreMonth(database, { file, onStep: print });
    process.stdout.write(`${events} events of ${month} are back; ${file} may be deleted.\n`);
    return 0;
  });
}

const print = (month: string, step: string): void => void process.stdout.write(`${month}: ${step}\n`);

async function withDatabase(config: Config, work: (database: Database) => Promise<number>): Promise<number> {
  const { database, close } = await openDatabase(config, pino({ level: config.logLevel }));
  try {
    return await work(database);
  } finally {
    await close();
  }
}
