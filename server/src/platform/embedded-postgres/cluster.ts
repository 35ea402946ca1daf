import { chown, mkdtemp, open, readdir, readFile, rename, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { passwordFileIn } from "./address.ts";
import { finished } from "./processes.ts";
import type { Program } from "./program.ts";
import type { Log } from "./server-log.ts";

type ClusterOptions = { program: Program; clusterDir: string; withPassword: boolean; log: Log };

/**
 * Makes PostgreSQL's files in `clusterDir` unless they are there. They are made beside it and renamed when complete, so that a
 * start which is killed half-way leaves nothing that the next one could take for a cluster.
 * @throws Error if something else is there, or a cluster of another major version.
 */
export async function createClusterOnce({ program, clusterDir, withPassword, log }: ClusterOptions): Promise<void> {
  await removeUnfinished(clusterDir);
  const content = await contentOf(clusterDir);
  if (content.includes("PG_VERSION")) return checkVersion(clusterDir, program);
  if (content.length > 0)
    throw new Error(`${clusterDir} is not empty and holds no PostgreSQL data; move it away, or set another DATA_DIR.`);
  log.info({ clusterDir, version: program.version }, "Making a new PostgreSQL cluster");
  const unfinished = await mkdtemp(unfinishedPrefix(clusterDir));
  if (program.account !== null) await chown(unfinished, program.account.uid, program.account.gid);
  await initialize(program, unfinished, withPassword);
  await rmdir(clusterDir).catch(() => undefined);
  await rename(unfinished, clusterDir);
  await flushDirectory(path.dirname(clusterDir));
}

async function initialize(program: Program, directory: string, withPassword: boolean): Promise<void> {
  // Builtin C.UTF-8 sorts by code point on every machine alike, so that no index depends on an operating system's locales.
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const access = withPassword
    ? ["--auth=scram-sha-256", `--pwfile=${passwordFileIn(path.dirname(directory))}`]
    : ["--auth-local=trust", "--auth-host=reject"];
  const args = [`--pgdata=${directory}`, "--username=postgres", "--no-instructions", ...locale, ...access];
  const stdio = ["ignore", "pipe", "pipe"] as const;
  const { status, output } = await finished(
    program.spawn("initdb", args, { cwd: path.dirname(directory), stdio: [...stdio] }),
  );
  if (status === 0) return;
  await rm(directory, { recursive: true, force: true });
  throw new Error(`PostgreSQL could not make its files in ${path.dirname(directory)}. It said:\n${output}`);
}

async function checkVersion(clusterDir: string, program: Program): Promise<void> {
  const found = (await readFile(path.join(clusterDir, "PG_VERSION"), "utf8")).trim();
  const ours = program.version.split(".")[0];
  if (found === ours) return;
  throw new Error(
    `${clusterDir} was made by PostgreSQL ${found}, and this Afternoon comes with ${ours}. Export with the Afternoon that made it, ` +
      "and import into a new DATA_DIR.",
  );
}

function unfinishedPrefix(clusterDir: string): string {
  return `${clusterDir}.unfinished-`;
}

/** Removes what killed starts left. Whatever cannot be removed now, as while its initdb is still ending, does no harm. */
async function removeUnfinished(clusterDir: string): Promise<void> {
  const parent = path.dirname(clusterDir);
  const prefix = path.basename(unfinishedPrefix(clusterDir));
  for (const name of await readdir(parent)) {
    if (name.startsWith(prefix))
      await rm(path.join(parent, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function contentOf(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}

/** Makes a rename in `directory` survive a power cut. Windows can neither do it nor needs it. */
async function flushDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
