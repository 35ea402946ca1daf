// `npm test [part of a path …] [--except part of a path …]`: builds every test file, starts one throw-away PostgreSQL for all of them, and runs them with node:test.
import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { buildProduct, bundle, filesBelow, root } from "./build.mjs";

const args = process.argv.slice(2);
const exceptAt = args.includes("--except") ? args.indexOf("--except") : args.length;
const [wanted, unwanted] = [args.slice(0, exceptAt), args.slice(exceptAt + 1)];
const testFiles = ["core", "server", "sdk", "cli", "scripts"]
  .flatMap((folder) => filesBelow(folder, ".test.ts"))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .filter((file) => !unwanted.some((part) => file.includes(part)));
// `node --test` over nothing exits 0; a run that tests nothing must not look green.
if (testFiles.length === 0) {
  console.error(`No test file matches ${wanted.join(", ")}.`);
  process.exit(1);
}

// A folder of its own, so that two runs at the same time do not take each other's files away.
const folder = path.join(".build", `test-${process.pid}`);
const out = path.join(root, folder);
const needsDatabase = testFiles.some((file) => !file.startsWith("core/"));
await bundle(needsDatabase ? [...testFiles, "server/test/cluster.ts"] : testFiles, folder);
if (needsDatabase) await buildProduct();

const environment = { ...process.env };
let cluster;
if (needsDatabase) {
  const { startTestCluster } = await import(pathToFileURL(path.join(out, "server/test/cluster.js")).href);
  cluster = await startTestCluster();
  environment.TEST_DATABASE_URL = cluster.url;
}

const built = testFiles.map((file) => path.join(out, file.replace(/\.ts$/, ".js")));
const child = spawn(
  process.execPath,
  ["--enable-source-maps", "--test", "--test-concurrency=3", "--test-timeout=180000", "--test-reporter=spec", ...built],
  {
    stdio: "inherit",
    env: environment,
    cwd: root,
  },
);
const code = await new Promise((resolve) => child.on("exit", (status) => resolve(status ?? 1)));
await cluster?.stop();
await rm(out, { recursive: true, force: true });
process.exit(code);
