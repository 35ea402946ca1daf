// Runs before `npm start` and `npm test`: installs and builds what is missing, and says so. Uses nothing that is not in Node.
// `--dev` also installs the tools of development.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
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

function installPackages() {
  const { packages } = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8"));
  const isInstalled = ([place, { version }]) => installedVersion(place) === version;
  if (Object.entries(packages).filter(isNeeded).every(isInstalled)) return;
  console.log("Installing packages …");
  const hasTools = installedVersion("node_modules/typescript") !== null;
  const args = [
    "ci",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    ...(isForDevelopment || hasTools ? [] : ["--omit=dev"]),
    ...(hasHome() ? [] : ["--cache", path.join(tmpdir(), `afternoon-npm-cache-${process.getuid?.() ?? ""}`)]),
  ];
  // npm hands its own settings down through the environment; an `--omit` of the outer call must not reach into this one.
  const { npm_config_omit: _omit, NODE_ENV: _mode, ...environment } = process.env;
  const { status } = spawnSync("npm", args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
    env: environment,
  });
  if (status !== 0) stop("The packages could not be installed; see npm's message above.");
}

/** Whether an entry of the lock file has to be there, on this platform and for this purpose. */
function isNeeded([place, entry]) {
  if (
    !place.startsWith("node_modules/") ||
    entry.link ||
    entry.inBundle ||
    isForAnotherMachine(place) ||
    (entry.dev && !isForDevelopment)
  )
    return false;
  // Which C library this is takes long to find out; a binary that is missing for it says so itself.
  if (entry.libc) return false;
  return (
    (entry.os ?? [process.platform]).includes(process.platform) && (entry.cpu ?? [process.arch]).includes(process.arch)
  );
}

/** Parts of WebAssembly builds, which the lock file gives no machine: npm installs them only where there is no native one. */
function isForAnotherMachine(place) {
  return /^node_modules\/(?:@emnapi\/|@napi-rs\/wasm-runtime|@tybys\/wasm-util)/.test(place);
}

/** npm keeps its cache at home; a user of a service may have none. */
function hasHome() {
  try {
    accessSync(homedir(), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function installedVersion(place) {
  const file = path.join(root, place, "package.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).version : null;
}

async function buildWhatChanged() {
  const { buildDashboard, buildProduct } = await import("./build.mjs");
  const hasBuilt = [await buildProduct(), await buildDashboard()].includes(true);
  if (hasBuilt) console.log("Built what had changed.");
  if (!isForDevelopment) return;
  // The tests of the published samples run the SDK as a user has it: built.
  const { status } = spawnSync(process.execPath, ["sdk/build.mjs"], { cwd: root, stdio: "inherit" });
  if (status !== 0) stop("The SDK could not be built; see the message above.");
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
