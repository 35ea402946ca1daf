import { readFile, readlink, realpath } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { sql } from "../../src/platform/db.ts";
import { until } from "../until.ts";
import type { Load } from "./load.ts";
import type { Random } from "./random.ts";
import type { Site, SiteServer } from "./site.ts";
import type { SmallDisk } from "./small-disk.ts";

/** What a fault may take hold of. */
export type Scene = { site: Site; disk: SmallDisk; load: Load; random: Random };

/** Something that goes wrong under load. It is over, or heals by itself, when `inject` resolves. */
export type Fault = { name: string; inject(scene: Scene): Promise<void> };

const killServer: Fault = {
  name: "kill -9 of a server",
  inject: async ({ site, random }) => {
    const server = random.pick(site.servers);
    server.process.child.kill("SIGKILL");
    await server.process.ended;
    await site.startAgain(server);
  },
};

const killWorker: Fault = {
  name: "kill -9 of a worker process",
  inject: async ({ site, random }) => {
    const several = site.servers.filter(({ args }) => args.length > 0);
    const workers = await workersOf(random.pick(several));
    if (workers.length > 0) kill(random.pick(workers));
  },
};

const killPostgres: Fault = {
  name: "kill -9 of PostgreSQL",
  inject: async ({ site }) => {
    const before = await site.postmasterId();
    if (before !== null) await killPostgresOf(site, before);
    await until("a new PostgreSQL", async () => ![null, before].includes(await site.postmasterId()));
  },
};

const killBackend: Fault = {
  name: "kill -9 of a process of PostgreSQL",
  inject: async ({ site, random }) => {
    const backends = await backendsOf(site);
    if (backends.length > 0) await killPostgresOf(site, random.pick(backends));
  },
};

const endBackends: Fault = {
  name: "database connections ended by PostgreSQL",
  inject: async ({ site, random }) => {
    for (const backend of await backendsOf(site))
      if (random.isIn(60)) await site.database.query(sql`select pg_terminate_backend(${backend})`).catch(() => []);
  },
};

const cutNetwork: Fault = {
  name: "database connections cut",
  inject: async ({ site, random }) => {
    for (let times = random.between(1, 5); times > 0; times--) {
      random.pick(site.servers).proxy?.cut();
      await delay(random.between(0, 200));
    }
  },
};

const refuseConnections: Fault = {
  name: "no way to the database",
  inject: async ({ site, random }) => {
    const { proxy } = random.pick(site.servers);
    await proxy?.refuse();
    await delay(random.between(100, 1_500));
    await proxy?.accept();
  },
};

const stallNetwork = (longestMs: number): Fault => ({
  name: longestMs > laneTimeoutMs ? "a silent database for long" : "a silent database",
  inject: async ({ site, random }) => {
    const { proxy } = random.pick(site.servers);
    proxy?.stall();
    await delay(random.between(longestMs / 4, longestMs));
    if (random.isIn(50)) proxy?.restore();
    else proxy?.restoreForNewOnes();
  },
});

const fillDisk: Fault = {
  name: "a full disk",
  inject: async ({ disk, load, site, random }) => {
    await disk.fill();
    try {
      await load.feel(random.between(5, 40), longestFullMs);
      // Also the log of what is written finds no room then, and PostgreSQL ends itself.
      if (random.isIn(50)) for (let times = 0; times < 6; times++) await switchLog(site);
    } finally {
      await disk.free();
    }
  },
};

async function switchLog({ database }: Site): Promise<void> {
  await database.query(sql`select pg_switch_wal(), pg_logical_emit_message(true, 'chaos', 'x')`).catch(() => []);
}

/** After that long a server gives the connections of its lanes up. */
const laneTimeoutMs = 10_000;
const longestFullMs = 3_000;

/** What can go wrong at `site`, each once. `isLong` has also that which takes long. */
export function faultsOf({ kind }: Site, disk: SmallDisk, isLong: boolean): Fault[] {
  return [
    killServer,
    killWorker,
    killPostgres,
    killBackend,
    endBackends,
    ...(disk.whyNotFilled === null ? [fillDisk] : []),
    ...(kind === "two servers" ? [cutNetwork, refuseConnections, stallNetwork(1_500)] : []),
    ...(kind === "two servers" && isLong ? [stallNetwork(25_000)] : []),
  ];
}

/**
 * Kills a process of the site's PostgreSQL, which works in its data directory. The number alone says too little: the process may have ended since, and
 * another one, somebody else's, may have got its number.
 */
async function killPostgresOf({ folder }: Site, processId: number): Promise<void> {
  const place = await readlink(`/proc/${processId}/cwd`).catch(() => null);
  if (place !== null && place.startsWith(await realpath(folder))) kill(processId);
}

function kill(processId: number): void {
  try {
    process.kill(processId, "SIGKILL");
  } catch (error) {
    // It was quicker.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function backendsOf({ database }: Site): Promise<number[]> {
  const rows = await database
    .query<{ pid: number }>(
      sql`select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    )
    .catch(() => []);
  return rows.map(({ pid }) => pid);
}

/** The process ids of a primary's workers; the PostgreSQL that it has started is none of them. */
async function workersOf({ process: { child } }: SiteServer): Promise<number[]> {
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").catch(() => "");
  const found: number[] = [];
  for (const id of children.split(" ").filter((text) => text !== "")) {
    const command = await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "");
    if (command.includes("afternoon.js")) found.push(Number(id));
  }
  return found;
}
