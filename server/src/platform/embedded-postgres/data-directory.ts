import { closeSync, constants, openSync, rmSync } from "node:fs";
import { chmod, mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { sha256 } from "../ids.ts";
import { run } from "./processes.ts";

/** The real path of `dataDir`, made if missing. A directory that exists keeps its mode, and so do the ones above it. */
export async function makeDataDirectory(dataDir: string): Promise<string> {
  await mkdir(path.dirname(dataDir), { recursive: true });
  try {
    await mkdir(dataDir);
    // Run by root, PostgreSQL gets an account of its own, which must be able to pass through but need not see what is here.
    await chmod(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return realpath(dataDir);
}

/** Frees the data directory for the next Afternoon. */
export type DataDirectoryLock = { release(): void };

/**
 * The right to be the one Afternoon on `dataDir`, held until `release` or the end of this process, however it ends: the lock is
 * the kernel's, so there is none left over to be told from a live one, and it holds between containers that share the directory.
 * @throws Error that names the process which holds it.
 */
export async function lockDataDirectory(dataDir: string): Promise<DataDirectoryLock> {
  const owner = path.join(dataDir, "afternoon.pid");
  const unlock = await lockFile(path.join(dataDir, "afternoon.lock"));
  if (unlock === "held") {
    throw new Error(
      `The data directory ${dataDir} is in use by ${await nameOwner(owner)}. Stop that one first, or set DATA_DIR to another directory.`,
    );
  }
  await writeFile(owner, `${process.pid}\n`);
  return {
    release: () => {
      rmSync(owner, { force: true });
      unlock();
    },
  };
}

/** The Afternoon that wrote `owner`. It writes just after it locks, so a missing or dead process id gets a moment to change. */
async function nameOwner(owner: string): Promise<string> {
  const deadline = performance.now() + 500;
  for (;;) {
    const processId = Number(await readFile(owner, "utf8").catch(() => ""));
    const patienceIsOver = performance.now() > deadline;
    if (processId > 0 && (patienceIsOver || exists(processId))) return `the Afternoon with process id ${processId}`;
    if (patienceIsOver) return "another Afternoon";
    await delay(20);
  }
}

function exists(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

type Lock = (() => void) | "held";

/** Locks `file` against every other process and every other call here. */
async function lockFile(file: string): Promise<Lock> {
  return process.platform === "linux" ? lockOnLinux(file) : lockAtOpen(file);
}

/**
 * Node has no call for a file lock, but the lock belongs to the open file, not to the process that asked: the program `flock`
 * gets it for our descriptor and ends, and we keep it. Child processes do not inherit the descriptor.
 */
async function lockOnLinux(file: string): Promise<Lock> {
  const descriptor = openSync(file, "a", 0o600);
  const { status } = await run("flock", ["-n", "3"], { stdio: ["ignore", "ignore", "ignore", descriptor] });
  if (status === 0) return () => closeSync(descriptor);
  closeSync(descriptor);
  const heldByAnother = 1;
  return status === heldByAnother ? "held" : lockByName(file);
}

/** For a Linux without `flock`, or a file system without locks: a socket name that the kernel gives to one process at a time. */
async function lockByName(file: string): Promise<Lock> {
  const server = net.createServer().unref();
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve("held") : reject(error),
    );
    server.listen(`\0afternoon-${sha256(file).toString("hex")}`, () => resolve(() => server.close()));
  });
}

/** macOS and Windows lock while opening. Node passes these flags on but has no names for them. */
function lockAtOpen(file: string): Lock {
  const { O_RDWR, O_CREAT, O_NONBLOCK } = constants;
  const exclusive = process.platform === "win32" ? 0x1000_0000 : 0x20 | O_NONBLOCK;
  try {
    const descriptor = openSync(file, O_RDWR | O_CREAT | exclusive, 0o600);
    return () => closeSync(descriptor);
  } catch (error) {
    if (["EAGAIN", "EBUSY"].includes((error as NodeJS.ErrnoException).code ?? "")) return "held";
    throw error;
  }
}
