// `npm run build -w afternoon-sdk`: writes `dist`, the package as it is published.
// `node build.mjs [folder] [--no-types]` writes elsewhere, or leaves out the declarations, for which TypeScript must be installed.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const sdk = path.dirname(fileURLToPath(import.meta.url));

/** Builds the SDK into `outdir`: one ES module, and declarations unless `types` is false. */
export async function buildSdk({ outdir = path.join(sdk, "dist"), types = true } = {}) {
  await rm(outdir, { recursive: true, force: true });
  await Promise.all([bundle(outdir), types ? declare(outdir) : undefined]);
}

async function bundle(outdir) {
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: sdk,
    entryPoints: ["src/index.ts"],
    outdir,
    bundle: true,
    platform: "neutral",
    target: "es2022",
    format: "esm",
    sourcemap: "linked",
    logLevel: "warning",
  });
}

async function declare(outdir) {
  const { resolve } = createRequire(import.meta.url);
  const tsc = path.join(path.dirname(resolve("typescript/package.json")), "bin", "tsc");
  const project = path.join(sdk, "tsconfig.build.json");
  await promisify(execFile)(process.execPath, [tsc, "-p", project, "--outDir", outdir], { cwd: sdk }).catch((error) => {
    throw new Error(`The SDK's declarations do not compile:\n${error.stdout}`, { cause: error });
  });
  await importJavaScript(outdir);
}

/** tsc leaves `./x.ts` in declarations, which only a compiler of version 5 or later, told so, would follow; `./x.js` all do. */
async function importJavaScript(outdir) {
  const names = (await readdir(outdir, { recursive: true })).filter((name) => name.endsWith(".d.ts"));
  for (const name of names) {
    const file = path.join(outdir, name);
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replaceAll(/((?:from |import\()"\.[^"]*)\.ts"/g, '$1.js"'));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [outdir] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
  await buildSdk({
    ...(outdir === undefined ? {} : { outdir: path.resolve(outdir) }),
    types: !process.argv.includes("--no-types"),
  });
}
