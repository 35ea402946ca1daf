// Bundles TypeScript with esbuild. Packages stay external, so that a stack trace names them and licences stay beside their code.
import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
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

/** Builds what `npm start` and the command line run: `dist/cli/afternoon.js`. */
export async function buildProduct() {
  await rm(path.join(root, "dist"), { recursive: true, force: true });
  await bundle(["cli/afternoon.ts"], "dist");
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
