// `node bench/core-rating.mjs`: bundles core-rating.ts and runs it.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bundle, root } from "../scripts/build.mjs";

await bundle(["bench/core-rating.ts"], ".build/bench");
await import(pathToFileURL(path.join(root, ".build/bench/core-rating.js")).href).catch(
  async () => import(pathToFileURL(path.join(root, ".build/bench/bench/core-rating.js")).href),
);
