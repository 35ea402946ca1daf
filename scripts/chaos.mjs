// `npm run chaos`: builds the product and the crash suite, and runs its long form, server/test/chaos/main.ts.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { buildProduct, bundle, root } from "./build.mjs";

await buildProduct();
await bundle(["server/test/chaos/main.ts"], ".build");
await import(pathToFileURL(path.join(root, ".build", "server", "test", "chaos", "main.js")).href);
