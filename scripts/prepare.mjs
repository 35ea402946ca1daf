// Runs before `npm start` and `npm test`: installs and builds what is missing, and says so. Uses nothing that is not in Node.
// `--dev` also installs the tools of development.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
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
  const lock = createHash("sha256")
    .update(readFileSync(path.join(root, "package-lock.json")))
    .digest("hex");
  const stamp = path.join(root, "node_modules", ".afternoon-installed");
  const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (installed === `${lock} dev` || (!isForDevelopment && installed === `${lock} run`)) return;
  console.log("Installing packages …");
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error", ...(isForDevelopment ? [] : ["--omit=dev"])];
  // npm hands its own settings down through the environment; an `--omit` of the outer call must not reach into this one.
  const { npm_config_omit: _omit, NODE_ENV: _mode, ...environment } = process.env;
  const { status } = spawnSync("npm", args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
    env: environment,
  });
  if (status !== 0) stop("The packages could not be installed; see npm's message above.");
  writeFileSync(stamp, `${lock} ${isForDevelopment ? "dev" : "run"}`);
}

async function buildWhatChanged() {
  const { buildProduct } = await import("./build.mjs");
  if (await buildProduct()) console.log("Built what had changed.");
  if (!isForDevelopment) return;
  // The tests of the published samples run the SDK as a user has it: built.
  const { status } = spawnSync(process.execPath, ["sdk/build.mjs"], { cwd: root, stdio: "inherit" });
  if (status !== 0) stop("The SDK could not be built; see the message above.");
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
