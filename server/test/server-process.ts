import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { projectRoot } from "../src/platform/project-root.ts";

/** A server of the built product in a process of its own, as an operator runs it. */
export type ServerProcess = {
  baseUrl: string;
  child: ChildProcess;
  /** Everything that it has printed so far. */
  output(): string;
  /** Resolves with the exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals | null>;
};

const readyLine = /ready at (http:\/\/\S+)/;

/**
 * Starts `afternoon serve` on a free port and resolves when it says that it is ready. `environment` says the rest, above all
 * DATA_DIR or DATABASE_URL; `args` are put after `serve`. @throws Error with its output if it ends before.
 */
export async function startServerProcess(
  environment: Record<string, string>,
  args: string[] = [],
): Promise<ServerProcess> {
  const {
    TEST_DATABASE_URL: _cluster,
    DATABASE_URL: _url,
    PROCESSES: _processes,
    npm_lifecycle_event: _npm,
    ...inherited
  } = process.env;
  const child = spawn(process.execPath, [path.join(projectRoot, "dist/cli/afternoon.js"), "serve", ...args], {
    env: { ...inherited, PORT: "0", RATE_LIMIT_PER_MINUTE: "0", LOG_LEVEL: "warn", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Whatever becomes of the test, its server does not outlive it.
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  let output = "";
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once("exit", (code, signal) => {
      process.off("exit", killWithUs);
      resolve(code ?? signal);
    }),
  );
  const baseUrl = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = readyLine.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void ended.then(() => reject(new Error(`the server ended before it was ready:\n${output}`)));
  });
  return { baseUrl, child, output: () => output, ended };
}
