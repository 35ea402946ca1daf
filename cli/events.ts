import { archiveEvents, archiveUsage, restoreEvents, restoreUsage } from "./events/archive.ts";
import { exportEvents, exportUsage } from "./events/export.ts";
import { importEvents, importUsage } from "./events/import.ts";
import { serverUsage } from "./events/server.ts";

/** Brings events in from a file, or writes them to one, through the API of a running server; archives old ones, and brings them back, in its database. */
export async function runEvents([action, ...args]: string[]): Promise<number> {
  const run = { import: importEvents, export: exportEvents, archive: archiveEvents, restore: restoreEvents }[
    action ?? ""
  ];
  if (run !== undefined && !args.includes("--help")) return run(args);
  const isHelp = args.includes("--help") || action === "--help" || action === "help";
  (isHelp ? process.stdout : process.stderr).write(
    `Usage: ${importUsage}\n\n       ${exportUsage}\n\nBoth:\n${serverUsage}\n\n       ${archiveUsage}\n\n       ${restoreUsage}\n\nThese two work on the database itself: DATABASE_URL, or the embedded one while the server is stopped.\n`,
  );
  return isHelp ? 0 : 1;
}
