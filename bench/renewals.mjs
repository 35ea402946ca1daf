// `npm run bench:renewals`: builds the bench and runs renewals.ts.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bundle, root } from "../scripts/build.mjs";

await bundle(["bench/renewals.ts"], ".build");
await import(pathToFileURL(path.join(root, ".build", "bench", "renewals.js")).href);
