import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client, escapeIdentifier, type DatabaseError } from "pg";
import { chooseAddress, connectionStringOf, removeSocketDirectory, type Address } from "./address.ts";
import { createClusterOnce } from "./cluster.ts";
import { makeDataDirectory, lockDataDirectory } from "./data-directory.ts";
import { startPostmaster, type Postmaster, type Server } from "./postmaster.ts";
import { accountFor, chooseProgram } from "./program.ts";
import { silentLog, startServerLog, type Log } from "./server-log.ts";

export type EmbeddedPostgresOptions = {
  /** Everything of one Afternoon on this machine; made if missing. PostgreSQL's own files are in `postgres` below it. */
  dataDir: string;
  log?: Log;
  /** PostgreSQL settings over the shipped ones, such as `{ fsync: "off" }` for a test. */
  settings?: Record<string, string>;
};

export type EmbeddedPostgres = {
  /** What `pg` takes. The same until `stop`, also across a restart of PostgreSQL. */
  connection: Address;
  /** The same as a URL, for other processes and for libraries that want one. */
  connectionString: string;
  /** The postmaster's process id now; another one after a restart. */
  readonly processId: number;
  /** Resolves when PostgreSQL has shut down in order and the data directory is free. May be called at any time, and twice. */
  stop(): Promise<void>;
};

/**
 * A running PostgreSQL 18 of our own with the database `afternoon`, on a Unix socket that only we can reach. It is started
 * again by itself if it dies, and ends when this process ends. Call it on the main thread: on Linux PostgreSQL ends with the
 * thread that started it.
 * @throws Error with a sentence for the operator if the data directory is in use, is not ours, or PostgreSQL does not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = await makeDataDirectory(options.dataDir);
  const lock = await lockDataDirectory(dataDir);
  try {
    const server = await prepareServer(dataDir, options);
    const supervised = await superviseWithDatabase(server);
    return {
      connection: server.address,
      connectionString: connectionStringOf(server.address),
      get processId() {
        return supervised.processId();
      },
      stop: once(async () => {
        await supervised.stop();
        await removeSocketDirectory(server.address);
        lock.release();
      }),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function superviseWithDatabase(server: Server): Promise<Supervised> {
  let supervised: Supervised | undefined;
  try {
    supervised = await supervise(server);
    await createDatabaseOnce(server.address);
    return supervised;
  } catch (error) {
    await supervised?.stop();
    await removeSocketDirectory(server.address);
    throw error;
  }
}

async function prepareServer(
  dataDir: string,
  { log = silentLog, settings = {} }: EmbeddedPostgresOptions,
): Promise<Server> {
  const clusterDir = path.join(dataDir, "postgres");
  const account = await accountFor(clusterDir);
  const program = await chooseProgram({ dataDir, account, log });
  const address = await chooseAddress(dataDir);
  await createClusterOnce({ program, clusterDir, withPassword: address.password !== undefined, log });
  return { program, clusterDir, address, settings, serverLog: await startServerLog(dataDir), log };
}

type Supervised = { processId(): number; stop(): Promise<void> };

const longestPauseMs = 10_000;
const steadyAfterMs = 60_000;

/** Starts PostgreSQL and starts it again whenever it ends, with longer and longer pauses, until it is stopped. */
async function supervise(server: Server): Promise<Supervised> {
  const stopping = new AbortController();
  const aborted = new Promise<void>((resolve) =>
    stopping.signal.addEventListener("abort", () => resolve(), { once: true }),
  );
  let current = await startPostmaster(server, stopping.signal);
  // The kernel tells PostgreSQL of our end only on Linux, so tell it ourselves where we still can.
  const endWithUs = () => current.interrupt();
  process.once("exit", endWithUs);
  const stopBounding = server.serverLog.keepBounded();

  const lifetime = (async () => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      await Promise.race([current.ended, aborted]);
      if (stopping.signal.aborted) break;
      failures = performance.now() - startedAt < steadyAfterMs ? failures : 0;
      server.log.error(
        { processId: current.processId, end: await current.ended },
        "PostgreSQL ended unexpectedly; starting it again",
      );
      current = (await startAgain(server, stopping.signal, failures)) ?? current;
      failures++;
    }
    await current.stop();
    process.off("exit", endWithUs);
    stopBounding();
  })();

  return {
    processId: () => current.processId,
    stop: () => {
      stopping.abort();
      return lifetime;
    },
  };
}

/** A postmaster in place of one that died, however often that has to be tried; undefined once `stopping` is aborted. */
async function startAgain(server: Server, stopping: AbortSignal, failures: number): Promise<Postmaster | undefined> {
  for (let attempt = failures; !stopping.aborted; attempt++) {
    if (attempt > 0) await pause(Math.min(longestPauseMs, 50 * 2 ** attempt), stopping);
    try {
      const postmaster = await startPostmaster(server, stopping);
      server.log.warn({ processId: postmaster.processId }, "PostgreSQL runs again");
      return postmaster;
    } catch (error) {
      if (stopping.aborted) return undefined;
      server.log.error({ err: error }, "PostgreSQL could not be started again; trying once more");
    }
  }
  return undefined;
}

/** Resolves after `milliseconds`, or as soon as `stopping` is aborted. */
async function pause(milliseconds: number, stopping: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal: stopping }).catch((error: unknown) => {
    if (!stopping.aborted) throw error;
  });
}

/** Creates the database `afternoon` unless it exists: a first start may have been killed before it came to this. */
async function createDatabaseOnce(address: Address): Promise<void> {
  const databaseDoesNotExist = "3D000";
  try {
    await query(address, "select 1");
  } catch (error) {
    if ((error as DatabaseError).code !== databaseDoesNotExist) throw error;
    await query({ ...address, database: "postgres" }, `create database ${escapeIdentifier(address.database)}`);
  }
}

async function query(address: Address, text: string): Promise<void> {
  const client = new Client(address);
  // A connection lost between two statements would otherwise end our process; a statement then fails by itself.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end();
  }
}

/** `work` as a function that runs it at the first call only; every call gets that run's result. */
function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => (result ??= work());
}
