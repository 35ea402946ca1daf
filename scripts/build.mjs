// Bundles TypeScript with esbuild. Packages stay external, so that a stack trace names them and licences stay beside their code.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Bundles `entryPoints` (paths below the root) into `outdir`, one file each, with the folders kept. */
export async function bundle(entryPoints, outdir) {
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    outbase: ".",
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20.19",
    format: "esm",
    sourcemap: "linked",
    logLevel: "warning",
  });
}

/** Builds what `npm start` and the command line run, `dist/cli/afternoon.js`, unless no source has changed since. Returns whether it built. */
export async function buildProduct() {
  const stamp = path.join(root, "dist", ".built");
  const sources = fingerprintOf(["core", "server/src", "cli", "sdk/src", "scripts", "package-lock.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return false;
  await bundle(["cli/afternoon.ts", "server/src/invoicing/pdf-worker.ts"], "dist");
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, sources);
  return true;
}

/** Builds the dashboard's pages, `web/dashboard/dist`, unless no source has changed since. Returns whether it built. */
export async function buildDashboard() {
  const stamp = path.join(root, "web/dashboard/dist", ".built");
  const pages = ["src", "index.html", "vite.config.ts"].map((name) => path.join("web/dashboard", name));
  const sources = fingerprintOf([...pages, "core", "sdk/src/generated", "package-lock.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return false;
  const { build } = await import("vite");
  await build({ root: path.join(root, "web/dashboard"), logLevel: "warn" });
  writeFileSync(stamp, sources);
  return true;
}

/** Changes whenever a file below `places` is added, removed or written. */
export function fingerprintOf(places) {
  const hash = createHash("sha256");
  const visit = (place) => {
    const stats = statSync(place);
    if (stats.isDirectory()) for (const name of readdirSync(place).toSorted()) visit(path.join(place, name));
    else hash.update(`${place}:${stats.size}:${stats.mtimeMs}\n`);
  };
  for (const place of places) visit(path.join(root, place));
  return hash.digest("hex");
}

/** Every file below `folder` whose name ends in `suffix`, as paths below the root. */
export function filesBelow(folder, suffix) {
  const absolute = path.join(root, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true })
    .map((name) => path.join(folder, name))
    .filter((name) => name.endsWith(suffix) && !name.includes("node_modules"))
    .toSorted();
}
