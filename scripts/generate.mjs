// `npm run generate`: writes every committed file that is made from others. A test proves each of them current.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bundle, root } from "./build.mjs";

await bundle(["server/src/app.ts", "server/src/http/openapi.ts", "sdk/generator/generate.ts"], ".build/generate");
const load = (file) => import(pathToFileURL(path.join(root, ".build/generate", file)).href);
const { createOperations } = await load("server/src/app.js");
const { createOpenApiDocument } = await load("server/src/http/openapi.js");
const { generateSdk } = await load("sdk/generator/generate.js");

const openApi = `${JSON.stringify(createOpenApiDocument(createOperations()), null, 2)}\n`;
await writeFile(path.join(root, "openapi.json"), openApi);

const { version } = JSON.parse(await readFile(path.join(root, "sdk/package.json"), "utf8"));
for (const [name, text] of Object.entries(generateSdk(JSON.parse(openApi), version))) {
  await writeFile(path.join(root, "sdk/src/generated", name), text);
}
