// Runs before `npm start` and `npm test`: installs and builds what is missing, and says so. Uses nothing that is not in Node.
// `--dev` also installs the tools of development.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const isForDevelopment = process.argv.includes("--dev");

requireNode();
installPackages();
await buildWhatChanged();

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map((part) => Number.parseInt(part, 10));
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop(`Afternoon needs Node.js 20.19 or later; this is ${process.versions.node}.`);
}

/** A stamp in node_modules says for which lock file, and whether with the tools of development, the packages were installed. */
function installPackages() {
  const lock = createHash("sha256").update(readFileSync(path.join(root, "package-lock.json"))).digest("hex");
  const stamp = path.join(root, "node_modules", ".afternoon-installed");
  const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (installed === `${lock} dev` || (!isForDevelopment && installed === `${lock} run`)) return;
  console.log("Installing packages …");
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error", ...(isForDevelopment ? [] : ["--omit=dev"])];
  // npm hands its own settings down through the environment; an `--omit` of the outer call must not reach into this one.
  const { npm_config_omit: _omit, NODE_ENV: _mode, ...environment } = process.env;
  const { status } = spawnSync("npm", args, { cwd: root, stdio: "inherit", shell: process.platform === "win32", env: environment });
  if (status !== 0) stop("The packages could not be installed; see npm's message above.");
  writeFileSync(stamp, `${lock} ${isForDevelopment ? "dev" : "run"}`);
}

async function buildWhatChanged() {
  const stamp = path.join(root, "dist", ".built");
  const sources = fingerprintOf(["core", "server/src", "cli", "sdk/src", "scripts", "package-lock.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return;
  console.log("Building …");
  const { buildProduct } = await import("./build.mjs");
  await buildProduct();
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, sources);
}

/** Changes whenever a file below `places` is added, removed or written. */
function fingerprintOf(places) {
  const hash = createHash("sha256");
  const visit = (place) => {
    const stats = statSync(place);
    if (!stats.isDirectory()) return void hash.update(`${place}:${stats.size}:${stats.mtimeMs}\n`);
    for (const name of readdirSync(place).toSorted()) visit(path.join(place, name));
  };
  for (const place of places) visit(path.join(root, place));
  return hash.digest("hex");
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
