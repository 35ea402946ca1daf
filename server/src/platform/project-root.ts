import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds `server/sql`: found by walking up, because the same code runs bundled, from `dist`, and in tests. */
export const projectRoot = findRoot(path.dirname(fileURLToPath(import.meta.url)));

function findRoot(folder: string): string {
  if (existsSync(path.join(folder, "server", "sql"))) return folder;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error("The server/sql folder was not found above the program; reinstall Afternoon.");
  return findRoot(parent);
}
