import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { copyBinaries, findInstalledBinaries, restoreLinks } from "./binaries.ts";
import { finished } from "./processes.ts";
import type { Log } from "./server-log.ts";

/** Who PostgreSQL runs as when we are root; it refuses to be root itself. */
export type Account = { name: string; uid: number; gid: number };

/** PostgreSQL's programs together with the way to run them here. */
export type Program = {
  /** The version of the package, which starts with that of PostgreSQL. Example: `18.4.0-beta.17`. */
  version: string;
  account: Account | null;
  /** Runs one of the programs as the account, with an environment that holds nothing of ours. */
  spawn(name: "postgres" | "initdb" | "pg_ctl", args: string[], options: SpawnOptions): ChildProcess;
};

/**
 * The account for the files in `clusterDir`: null, that is our own, unless we are root. Then it is the one that owns them, and
 * for a new cluster `postgres` if the machine has it, else `nobody`. Nothing is added to the machine's accounts.
 */
export async function accountFor(clusterDir: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const accounts = await readAccounts();
  const owner = await stat(clusterDir).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) {
    const { uid, gid } = owner;
    return { name: accounts.find((account) => account.uid === uid)?.name ?? `account ${uid}`, uid, gid };
  }
  const account = accounts.find(({ name }) => name === "postgres") ?? accounts.find(({ name }) => name === "nobody");
  if (account !== undefined) return account;
  throw new Error(
    "PostgreSQL does not run as root, and there is no account postgres or nobody; run Afternoon as another user.",
  );
}

async function readAccounts(): Promise<Account[]> {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  return lines.map(([name = "", , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}

/** The first way to run PostgreSQL that works here, found by trying. @throws Error that says what was tried last. */
export async function chooseProgram(options: { dataDir: string; account: Account | null; log: Log }): Promise<Program> {
  const { dataDir, account, log } = options;
  const closed = account === null ? undefined : await closedDirectory(dataDir, account);
  const installed = await findInstalledBinaries();
  let problem = "";
  for (const place of ["installed", "copied"]) {
    const folder = place === "installed" ? installed.folder : await copyBinaries(installed, dataDir, log);
    // A package folder that is not ours to write to shows itself in the trial below, and the copy has its links.
    if (place === "installed") await restoreLinks(folder).catch(() => undefined);
    for (const wrapper of wrappers(account, closed !== undefined)) {
      const program = programOf({ folder, version: installed.version, account, wrapper });
      const trial = await finished(
        program.spawn("postgres", ["--version"], { cwd: dataDir, stdio: ["ignore", "pipe", "pipe"] }),
      );
      if (trial.status === 0) return program;
      problem = trial.output;
    }
    // A copy inside the data directory would be as much out of reach as the data.
    if (closed !== undefined) throw new Error(closedSentence(closed, account, problem));
  }
  throw new Error(
    `The PostgreSQL that comes with Afternoon does not run on this machine; set DATABASE_URL to another one. ${problem}`,
  );
}

/**
 * Ways to start a program as `account`, best first. `setpriv` asks the kernel to interrupt PostgreSQL when we die, even by kill -9,
 * so that it shuts down in order and leaves nothing behind.
 */
function wrappers(account: Account | null, beyondClosedDirectories: boolean): string[][] {
  if (process.platform !== "linux") return [[]];
  const identity = account === null ? [] : [`--reuid=${account.uid}`, `--regid=${account.gid}`, "--clear-groups"];
  const wrapper = (capability?: string) => [
    "setpriv",
    "--pdeathsig=INT",
    ...identity,
    ...(capability === undefined ? [] : [`--inh-caps=+${capability}`, `--ambient-caps=+${capability}`]),
    "--",
  ];
  // Containers usually withhold the smaller of the two capabilities.
  return beyondClosedDirectories ? [wrapper("dac_read_search"), wrapper("dac_override")] : [wrapper(), []];
}

type ProgramParts = { folder: string; version: string; account: Account | null; wrapper: string[] };

function programOf({ folder, version, account, wrapper }: ProgramParts): Program {
  const extension = process.platform === "win32" ? ".exe" : "";
  const ids = account !== null && wrapper.length === 0 ? { uid: account.uid, gid: account.gid } : {};
  return {
    version,
    account,
    spawn: (name, args, options) => {
      const [command = "", ...rest] = [...wrapper, path.join(folder, "bin", name + extension), ...args];
      return spawn(command, rest, { ...options, ...ids, env: { ...environment(), ...options.env }, windowsHide: true });
    },
  };
}

/** Only what PostgreSQL needs: our own environment holds secrets, and variables such as PGOPTIONS that would change it. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP, TMP } = process.env;
  return { PATH, SystemRoot, TEMP, TMP, LC_ALL: "C", TZ: "UTC" };
}

/** The uppermost directory on the way to `directory`, itself included, that `account` may not enter; undefined if it may all. */
async function closedDirectory(directory: string, account: Account): Promise<string | undefined> {
  const above = path.dirname(directory);
  const closedAbove = above === directory ? undefined : await closedDirectory(above, account);
  if (closedAbove !== undefined) return closedAbove;
  const { uid, gid, mode } = await stat(directory);
  const mayEnter = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & mayEnter) === 0 ? directory : undefined;
}

function closedSentence(closed: string, account: Account | null, problem: string): string {
  return (
    `PostgreSQL does not run as root, and ${account?.name}, as whom it would run, may not enter ${closed}. ` +
    `Set DATA_DIR to a directory outside of it, such as /var/lib/afternoon, or DATABASE_URL to another PostgreSQL. ${problem}`
  );
}
