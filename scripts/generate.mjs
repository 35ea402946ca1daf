// `npm run generate`: writes every committed file that is made from others. A test proves each of them current.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bundle, root } from "./build.mjs";

await bundle(["server/src/app.ts", "server/src/http/openapi.ts"], ".build/generate");
const load = (file) => import(pathToFileURL(path.join(root, ".build/generate", file)).href);
const { operations } = await load("server/src/app.js");
const { createOpenApiDocument } = await load("server/src/http/openapi.js");

await writeFile(path.join(root, "openapi.json"), `${JSON.stringify(createOpenApiDocument(operations), null, 2)}\n`);
