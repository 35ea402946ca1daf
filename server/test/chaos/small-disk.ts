import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, open, rm, statfs } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A folder on a disk of its own that can be filled up, or, where none can be mounted, a plain folder that cannot. */
export type SmallDisk = {
  folder: string;
  /** Why it cannot be filled; null if it can. */
  whyNotFilled: string | null;
  /** Takes all the room that is left. */
  fill(): Promise<void>;
  /** Gives it back. */
  free(): Promise<void>;
  remove(): Promise<void>;
};

/** A disk in memory of so many megabytes. Mounting one needs Linux and root. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "afternoon-disk-"));
  const whyNotFilled = await mount(folder, megabytes);
  const ballast = path.join(folder, "ballast");
  const free = () => rm(ballast, { force: true });
  // Whatever becomes of the test, its disk does not outlive it; whoever still writes to it may finish that.
  const unmount = () => void execFileSync("umount", ["--lazy", folder]);
  if (whyNotFilled === null) process.once("exit", unmount);
  return {
    folder,
    whyNotFilled,
    fill: () => fillUp(folder, ballast),
    free,
    remove: async () => {
      process.off("exit", unmount);
      if (whyNotFilled === null) await run("umount", [folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function mount(folder: string, megabytes: number): Promise<string | null> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "mounting a small disk needs Linux and root";
  try {
    // Writable by us alone, and open to the account of PostgreSQL, which may not be ours.
    await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0755`, "afternoon", folder]);
    return null;
  } catch (error) {
    return `a small disk cannot be mounted: ${(error as Error).message}`;
  }
}

const chunk = Buffer.alloc(1024 * 1024);

async function fillUp(folder: string, ballast: string): Promise<void> {
  const file = await open(ballast, "a");
  try {
    // Down to the last page: what is still free is what PostgreSQL can go on with.
    for (let { bavail, bsize } = await statfs(folder); bavail > 0; { bavail, bsize } = await statfs(folder)) {
      await file.write(chunk, 0, Math.min(chunk.length, bavail * bsize));
    }
  } catch (error) {
    // PostgreSQL was quicker.
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    await file.close();
  }
}
