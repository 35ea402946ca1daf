import type { ChildProcess } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { makeSocketDirectory, socketFiles, type Address } from "./address.ts";
import { finished, isPostgresOf, isRunning } from "./processes.ts";
import type { Program } from "./program.ts";
import type { Log, ServerLog } from "./server-log.ts";

/** All that a start of PostgreSQL needs, first or repeated. */
export type Server = {
  program: Program;
  clusterDir: string;
  address: Address;
  settings: Record<string, string>;
  serverLog: ServerLog;
  log: Log;
};

/** PostgreSQL's first process, the parent of all others. */
export type Postmaster = {
  processId: number;
  hasEnded(): boolean;
  /** Resolves when the process has ended, to how it ended. */
  ended: Promise<string>;
  /** Asks for a fast shutdown and does not wait. */
  interrupt(): void;
  /** Resolves when the process has ended after a fast shutdown: open transactions are rolled back, and the data is complete. */
  stop(): Promise<void>;
};

const startPatienceMs = 30_000;
const stopPatienceMs = 60_000;

/**
 * A postmaster that accepts connections. An earlier one that lost its Afternoon is shut down first. Recovery after a crash takes as
 * long as it takes; what is in the way and goes by itself gets 30 seconds.
 * @throws Error with what PostgreSQL said, or when `stopping` is aborted; then nothing runs.
 */
export async function startPostmaster(server: Server, stopping: AbortSignal): Promise<Postmaster> {
  const deadline = performance.now() + startPatienceMs;
  for (;;) {
    stopping.throwIfAborted();
    await makeSocketDirectory(server.address, server.program.account);
    const stale = await clearTheWay(server);
    const logStart = await server.serverLog.size();
    const postmaster = spawnPostmaster(server, stale);
    if (await becomesReady(server, postmaster, stopping)) return postmaster;
    stopping.throwIfAborted();
    const said = (await server.serverLog.tail(logStart)) || (await postmaster.ended);
    if (!goesByItself(said) || performance.now() > deadline) {
      throw new Error(`PostgreSQL did not start. It said:\n${said}`);
    }
    await delay(100);
  }
}

/**
 * Whether PostgreSQL refused to start because of processes that are about to end: after a kill -9 of the postmaster its children
 * hold the shared memory until they notice. PostgreSQL gives no code for it, only this text, in English by our LC_ALL.
 */
function goesByItself(said: string): boolean {
  return /pre-existing shared memory block|lock file ".*" already exists/.test(said);
}

function spawnPostmaster(
  { program, clusterDir, address, settings, serverLog }: Server,
  stale: number | undefined,
): Postmaster {
  const allSettings = Object.entries({ ...shippedSettings(address), ...settings });
  const args = ["-D", clusterDir, ...allSettings.flatMap(([name, text]) => ["-c", `${name}=${text}`])];
  const child = serverLog.withDescriptor((output) =>
    program.spawn("postgres", args, {
      cwd: clusterDir,
      stdio: ["ignore", output, output],
      // In a process group of its own, so that Ctrl-C reaches only us and we can first finish what we are doing.
      detached: process.platform !== "win32",
      // PostgreSQL takes the process with this id for no rival; see `clearTheWay`.
      env: stale === undefined ? {} : { PG_GRANDPARENT_PID: String(stale) },
    }),
  );
  return postmasterOf(child, () =>
    program.spawn("pg_ctl", ["stop", "-D", clusterDir, "-m", "fast"], { stdio: "ignore" }),
  );
}

function postmasterOf(child: ChildProcess, stopOnWindows: () => ChildProcess): Postmaster {
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (status, signal) => resolve(signal === null ? `exit status ${status}` : `signal ${signal}`));
  });
  const hasEnded = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  const interrupt = () => {
    if (hasEnded()) return;
    // Windows has no signals; there this would be a kill.
    if (process.platform === "win32") void finished(stopOnWindows());
    else child.kill("SIGINT");
  };
  const stop = async () => {
    interrupt();
    // An immediate shutdown is a last resort but a safe one: nothing committed is lost, and the next start recovers.
    const lastResort = setTimeout(() => child.kill("SIGQUIT"), stopPatienceMs);
    await ended;
    clearTimeout(lastResort);
  };
  return { processId: child.pid ?? 0, hasEnded, ended, interrupt, stop };
}

/** What we set, as opposed to PostgreSQL's defaults. Durability is among those (fsync, synchronous_commit, full_page_writes: on). */
function shippedSettings(address: Address): Record<string, string> {
  const overTcp = address.password !== undefined;
  return {
    port: String(address.port),
    listen_addresses: overTcp ? address.host : "",
    unix_socket_directories: overTcp ? "" : address.host,
    unix_socket_permissions: "0700",
    max_connections: "100",
    shared_buffers: "256MB",
    // After a checkpoint the first change of a page logs the whole page: the fewer checkpoints, the less is written. A start after a crash takes longer.
    max_wal_size: "4GB",
    checkpoint_timeout: "15min",
    // Compiling a statement takes longer than running ours, and the packages do not have the compiler.
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    cluster_name: "afternoon",
  };
}

/** Whether `postmaster` came to accept connections. If not it has ended, by itself or because `stopping` was aborted. */
async function becomesReady({ clusterDir }: Server, postmaster: Postmaster, stopping: AbortSignal): Promise<boolean> {
  while (!postmaster.hasEnded()) {
    if (stopping.aborted) await postmaster.stop();
    else if (await isReady(clusterDir, postmaster.processId)) return true;
    else await delay(5);
  }
  return false;
}

/** Whether the postmaster's own file says so: process id in its first line, state in its eighth. `pg_ctl` looks there too. */
async function isReady(clusterDir: string, processId: number): Promise<boolean> {
  const lines = (await readIfThere(path.join(clusterDir, "postmaster.pid"))).split("\n");
  return lines[0] === String(processId) && lines[7]?.trim() === "ready";
}

/**
 * Shuts down a postmaster that outlived its Afternoon; we hold the data directory's lock, so none that is alive has another owner.
 * Returns the process id in a lock file left over, if there is one: after a crash or in a container that id may by now be
 * another program's, or ours, and PostgreSQL would take it for its rival. It is told to disregard the id rather than the
 * file being deleted, because PostgreSQL also needs the file to find processes that still use the shared memory.
 */
async function clearTheWay(server: Server): Promise<number | undefined> {
  const lockFile = path.join(server.clusterDir, "postmaster.pid");
  if (process.platform === "win32") return stopOrphanOnWindows(server, lockFile);
  await stopOrphan(server, await processIdIn(lockFile));
  const files = socketFiles(server.address);
  if (files !== null) {
    // A postmaster whose data directory was deleted under it is named only here, and would take the new socket with it.
    await stopOrphan(server, await processIdIn(files.lock));
    await rm(files.socket, { force: true });
    await rm(files.lock, { force: true });
  }
  return processIdIn(lockFile);
}

async function stopOrphan({ clusterDir, log }: Server, processId: number | undefined): Promise<void> {
  if (processId === undefined || !(await isPostgresOf(processId, clusterDir))) return;
  log.warn({ processId }, "Shutting down the PostgreSQL of an Afternoon that was killed");
  interruptProcess(processId);
  const deadline = performance.now() + stopPatienceMs;
  while (await isRunning(processId)) {
    if (performance.now() > deadline) {
      throw new Error(
        `The PostgreSQL of an Afternoon that was killed (process id ${processId}) does not end; see postgres.log.1.`,
      );
    }
    await delay(20);
  }
}

function interruptProcess(processId: number): void {
  try {
    process.kill(processId, "SIGINT");
  } catch (error) {
    // It ended in the meantime.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function stopOrphanOnWindows({ program, clusterDir }: Server, lockFile: string): Promise<undefined> {
  if ((await processIdIn(lockFile)) === undefined) return;
  // Its status does not matter: it fails if nothing runs, and if something still does, the start says so.
  await finished(program.spawn("pg_ctl", ["stop", "-D", clusterDir, "-m", "fast"], { stdio: "ignore" }));
}

/** The process id in the first line of a lock file; undefined if there is no file or no id. */
async function processIdIn(file: string): Promise<number | undefined> {
  const processId = Number.parseInt(await readIfThere(file), 10);
  return processId > 0 ? processId : undefined;
}

async function readIfThere(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
}
