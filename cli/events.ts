import { exportEvents, exportUsage } from "./events/export.ts";
import { importEvents, importUsage } from "./events/import.ts";
import { serverUsage } from "./events/server.ts";

/** Brings events in from a file, or writes them to one, through the API of a running server. */
export async function runEvents([action, ...args]: string[]): Promise<number> {
  const run = { import: importEvents, export: exportEvents }[action ?? ""];
  if (run !== undefined && !args.includes("--help")) return run(args);
  const isHelp = args.includes("--help") || action === "--help" || action === "help";
  (isHelp ? process.stdout : process.stderr).write(
    `Usage: ${importUsage}\n\n       ${exportUsage}\n\nBoth:\n${serverUsage}\n`,
  );
  return isHelp ? 0 : 1;
}
