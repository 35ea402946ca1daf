// `npm run bench:invoices`: builds the product, whose worker makes the PDFs, and the bench, and runs invoices.ts.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { buildProduct, bundle, root } from "../scripts/build.mjs";

await buildProduct();
await bundle(["bench/invoices.ts"], ".build");
await import(pathToFileURL(path.join(root, ".build", "bench", "invoices.js")).href);
