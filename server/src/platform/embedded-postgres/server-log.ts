import { closeSync, openSync } from "node:fs";
import { copyFile, open, rename, stat, truncate } from "node:fs/promises";
import path from "node:path";

/** The part of a pino logger that is used here. */
export type Log = Record<"info" | "warn" | "error", (fields: object, message: string) => void>;

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What PostgreSQL writes: `postgres.log` below the data directory, and the one before as `postgres.log.1`. */
export type ServerLog = {
  file: string;
  /** Runs `use` with a descriptor for a child's output. */
  withDescriptor<Result>(use: (descriptor: number) => Result): Result;
  size(): Promise<number>;
  /** The last lines written after the first `start` bytes. */
  tail(start: number): Promise<string>;
  /** Starts to limit the file's length; returns what ends that. */
  keepBounded(): () => void;
};

// A statement that fails a thousand times a second must not fill the disk; two files of this size stay readable.
const mostBytes = 32 * 1024 * 1024;
const checkEveryMs = 60_000;
const tailBytes = 4_096;

/**
 * A new, empty log in `dataDir`. PostgreSQL writes to the file itself and not through us: a pipe would make it wait when our
 * event loop is busy, and would lose what it says after we are killed.
 */
export async function startServerLog(dataDir: string): Promise<ServerLog> {
  const file = path.join(dataDir, "postgres.log");
  await rename(file, `${file}.1`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  return {
    file,
    size: () => sizeOf(file),
    withDescriptor: (use) => {
      const descriptor = openSync(file, "a", 0o600);
      try {
        return use(descriptor);
      } finally {
        closeSync(descriptor);
      }
    },
    tail: (start) => readTail(file, start),
    keepBounded: () => {
      const timer = setInterval(() => void bound(file).catch(() => undefined), checkEveryMs).unref();
      return () => clearInterval(timer);
    },
  };
}

/** Moves the content of `file` aside when it is too long. PostgreSQL has it open for appending, so it goes on at the start. */
async function bound(file: string): Promise<void> {
  if ((await sizeOf(file)) <= mostBytes) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}

async function readTail(file: string, start: number): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const from = Math.max(start, size - tailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, size - from)), 0, null, from);
    return buffer.toString("utf8", 0, bytesRead).trim();
  } finally {
    await handle.close();
  }
}

/** The length of `file`; 0 if it is missing, because someone who makes room must not keep PostgreSQL from starting. */
async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
