import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";

export type Finished = {
  /** The exit status; null if the program could not be started or a signal ended it. */
  status: number | null;
  /** What it wrote to both outputs, or why it could not be started. */
  output: string;
};

/** Runs `command` to its end. Never rejects: a program that cannot be started is a `status` of null. */
export function run(command: string, args: string[], options: SpawnOptions = {}): Promise<Finished> {
  return finished(spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options }));
}

/** The end of `child`, and all that it wrote to its piped outputs. */
export function finished(child: ChildProcess): Promise<Finished> {
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ status: null, output: error.message }));
    child.once("close", (status) => resolve({ status, output: output.trim() }));
  });
}

/** Whether the process `processId` still executes. A zombie, ended but not yet collected by its parent, does not. */
export async function isRunning(processId: number): Promise<boolean> {
  const state = process.platform === "linux" ? await linuxState(processId) : (await processTable(processId)).charAt(0);
  return state !== "" && !["Z", "X"].includes(state);
}

/** Whether `processId` is a PostgreSQL process that works in `clusterDir`, even if that directory was deleted under it. */
export async function isPostgresOf(processId: number, clusterDir: string): Promise<boolean> {
  if (process.platform !== "linux") {
    const command = await processTable(processId);
    return command.includes("postgres") && `${command} `.includes(` -D ${clusterDir} `);
  }
  const [program, directory] = await Promise.all([linkOf(processId, "exe"), linkOf(processId, "cwd")]);
  return /\/postgres( \(deleted\))?$/.test(program) && [clusterDir, `${clusterDir} (deleted)`].includes(directory);
}

/** The letter by which Linux names the state of a process, empty if there is no such process. */
async function linuxState(processId: number): Promise<string> {
  const text = await readFile(`/proc/${processId}/stat`, "utf8").catch(() => "");
  // The program's name comes before the state, in brackets, and may itself hold brackets and blanks.
  return text.slice(text.lastIndexOf(")") + 2).charAt(0);
}

/** Where a link of the process leads; empty if there is no such process or it is another account's. */
function linkOf(processId: number, name: "exe" | "cwd"): Promise<string> {
  return readlink(`/proc/${processId}/${name}`).catch(() => "");
}

async function processTable(processId: number): Promise<string> {
  const { status, output } = await run("ps", ["-ww", "-o", "stat=", "-o", "command=", "-p", String(processId)]);
  return status === 0 ? output : "";
}
