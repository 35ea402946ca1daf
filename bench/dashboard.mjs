// `npm run bench:dashboard`: builds the product and its pages as `npm start` does, and the bench, and runs dashboard.ts.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { buildDashboard, buildProduct, bundle, root } from "../scripts/build.mjs";

await buildProduct();
await buildDashboard();
await bundle(["bench/dashboard.ts"], ".build");
await import(pathToFileURL(path.join(root, ".build", "bench", "dashboard.js")).href);
