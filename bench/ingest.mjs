// `npm run bench`: builds the product and the bench, and runs ingest.ts.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { buildProduct, bundle, root } from "../scripts/build.mjs";

await buildProduct();
await bundle(["bench/ingest.ts", "bench/ingest/load.ts", "bench/ingest/framework.ts"], ".build");
await import(pathToFileURL(path.join(root, ".build", "bench", "ingest.js")).href);
