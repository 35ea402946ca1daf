import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after } from "node:test";
import { projectRoot } from "../../server/src/platform/project-root.ts";
import type { Api } from "../../server/test/harness.ts";

type Ended = { code: number | null; stdout: string; stderr: string };

/** `afternoon events …` of the built product in a process of its own, as a user runs it. */
export type EventsProcess = {
  child: ChildProcessWithoutNullStreams;
  /** Resolves when it has printed what `pattern` matches. */
  printed(pattern: RegExp): Promise<void>;
  ended: Promise<Ended>;
};

/** Starts it with the caller's key, against the server at `url`. */
export function startEvents(url: string, { key }: Api, args: string[]): EventsProcess {
  const program = path.join(projectRoot, "dist/cli/afternoon.js");
  const env = { ...process.env, AFTERNOON_URL: url, AFTERNOON_API_KEY: key };
  const child = spawn(process.execPath, [program, "events", ...args], { env });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, ...output })));
  const printed = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (pattern.test(output.stdout)) resolve();
      };
      child.stdout.on("data", look);
      look();
      void ended.then(({ stdout, stderr }) => reject(new Error(`it ended without ${pattern}:\n${stdout}${stderr}`)));
    });
  return { child, printed, ended };
}

/** A folder that is gone when the test file ends, and how to put a file of lines into it. */
export async function createFolder(): Promise<{
  folder: string;
  write(name: string, lines: string[]): Promise<string>;
}> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "afternoon-events-"));
  after(() => rm(folder, { recursive: true, force: true }));
  const write = async (name: string, lines: string[]) => {
    const file = path.join(folder, name);
    await writeFile(file, `${lines.join("\n")}\n`);
    return file;
  };
  return { folder, write };
}

type Listed = {
  idempotency_key: string;
  timestamp: string;
  properties: Record<string, unknown>;
  voided_at: string | null;
};

/** Every recorded event that `query` asks for, oldest first. */
export async function listAll(caller: Api, query: string): Promise<Listed[]> {
  const all: Listed[] = [];
  for (let cursor = ""; ;) {
    const { events, pagination } = (await caller.get(`/v1/events?order=oldest&limit=100&${query}${cursor}`)).body;
    all.push(...events);
    if (!pagination.has_more) return all;
    cursor = `&cursor=${pagination.next_cursor}`;
  }
}
