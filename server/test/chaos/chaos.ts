import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../src/platform/project-root.ts";
import { checkBooks, compareWithTwins, sendCalmly } from "./books.ts";
import { createCustomers, prepareCatalog } from "./customers.ts";
import { faultsOf } from "./faults.ts";
import { Load, type LoadCounts } from "./load.ts";
import { createRandom, type Random } from "./random.ts";
import { Site, type SiteKind } from "./site.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";

export type ChaosOptions = {
  /** Repeats all choices. */
  seed: string;
  /** The sites of the rounds, which all work on the same data. */
  rounds: SiteKind[];
  isLong: boolean;
  tell(line: string): void;
};

export type RoundReport = { site: SiteKind; faults: string[]; events: number; seconds: number } & LoadCounts;

/** Enough for some rounds and PostgreSQL's own files, and soon filled. */
const diskMegabytes = 512;

/**
 * Works through `rounds` on one new disk: servers, load, and one fault after another in any order and at any moment; after each
 * round the books are checked, then every event is sent again, and then every customer must be where its calm twin is. At the end
 * `afternoon verify --rerate` computes everything once more. @throws AssertionError with what does not hold.
 */
export async function runChaos(options: ChaosOptions): Promise<RoundReport[]> {
  const { seed, rounds, tell } = options;
  const disk = await mountSmallDisk(diskMegabytes);
  if (disk.whyNotFilled !== null) tell(`The disk is never full: ${disk.whyNotFilled}.`);
  const reports: RoundReport[] = [];
  try {
    for (const [index, kind] of rounds.entries()) {
      tell(`Round ${index + 1}, ${kind}, seed ${seed}`);
      const site = await Site.start(kind, disk.folder);
      try {
        if (index === 0) await prepareCatalog(site.api());
        reports.push(await runRound(site, disk, createRandom(seed).forPart(`round ${index}`), options));
      } catch (error) {
        tell(await site.lastWords());
        await site.kill();
        throw error;
      }
      await site.stop();
    }
    tell(await verify(disk.folder));
  } finally {
    await disk.remove();
  }
  return reports;
}

async function runRound(site: Site, disk: SmallDisk, random: Random, options: ChaosOptions): Promise<RoundReport> {
  const startedAt = performance.now();
  const customers = await createCustomers(site.api());
  const load = new Load({
    target: site,
    customers,
    mostEvents: options.isLong ? 4_000 : 1_500,
    random: random.forPart("load"),
  });
  const faults = random.shuffled(faultsOf(site, disk, options.isLong));
  load.start();
  try {
    for (const fault of faults) {
      await load.advance(random.between(20, options.isLong ? 150 : 60));
      options.tell(`  ${fault.name}`);
      await fault.inject({ site, disk, load, random: random.forPart(fault.name) });
    }
    await load.advance(50);
  } finally {
    await load.stop();
  }
  const counts = { ...load.counts };
  await site.settle();
  await checkBooks(site.database, customers, load.events);

  await load.sendAllAgain();
  await checkBooks(site.database, customers, load.events);
  assert.ok(load.events.every(({ usageId, customer }) => usageId !== null || customer.kind === "blocked"));
  await sendCalmly(site.api(), customers, load.events);
  await compareWithTwins(site.api(), site.database, customers);
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    site: site.kind,
    faults: faults.map(({ name }) => name),
    events: load.events.length,
    seconds,
    ...counts,
  };
}

/** What `afternoon verify --rerate` prints. @throws Error if it finds anything. */
async function verify(folder: string): Promise<string> {
  const program = path.join(projectRoot, "dist/cli/afternoon.js");
  const environment = { ...process.env, DATABASE_URL: "", DATA_DIR: folder };
  const { stdout } = await promisify(execFile)(process.execPath, [program, "verify", "--rerate"], { env: environment });
  return stdout.trim();
}
