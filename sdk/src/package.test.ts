import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { bucketOf } from "../../server/src/platform/ids.ts";
import { sql } from "../../server/src/platform/db.ts";
import { projectRoot } from "../../server/src/platform/project-root.ts";
import { startTestApp } from "../../server/test/harness.ts";

// A program outside the repository's own packages, in which the SDK is installed as it is published.
mkdirSync(path.join(projectRoot, ".build"), { recursive: true });
const program = mkdtempSync(path.join(projectRoot, ".build", "sdk-program-"));
after(() => rmSync(program, { recursive: true, force: true }));
writeFileSync(path.join(program, "package.json"), '{ "type": "module" }');

const installed = path.join(program, "node_modules", "afternoon-sdk");
for (const name of ["package.json", "README.md", "LICENSE"])
  cpSync(path.join(projectRoot, "sdk", name), path.join(installed, name));
await run(process.execPath, [path.join(projectRoot, "sdk", "build.mjs"), path.join(installed, "dist")]);

type Outcome = { code: number; output: string };

async function run(command: string, args: string[], cwd = program): Promise<string> {
  const { code, output } = await attempt(command, args, cwd);
  assert.equal(code, 0, output);
  return output;
}

async function attempt(command: string, args: string[], cwd = program): Promise<Outcome> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: `${stdout}${stderr}` };
  }
}

/** Every path that a package's exports name. */
function targets(exported: unknown): string[] {
  return typeof exported === "string" ? [exported] : Object.values(exported as object).flatMap(targets);
}

function typescriptSample(markdown: string): string {
  const sample = /```typescript\n([^]*?)```/.exec(markdown)?.[1];
  assert.ok(sample !== undefined);
  return sample;
}

/** The published page's first TypeScript sample, with only its token and base URL changed. */
function documentedSample(token: string, baseUrl: string): string {
  const page = readFileSync(path.join(projectRoot, "server", "test", "contract", "list-customer-balances.md"), "utf8");
  const sample = typescriptSample(page);
  const changed = sample.replace('token: "YOUR_TOKEN_HERE",', `token: "${token}", baseUrl: "${baseUrl}",`);
  assert.notEqual(changed, sample);
  return changed;
}

test("the package holds what it exports, its README and licence, and depends on nothing", () => {
  const manifest = JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8")) as Record<string, unknown>;
  for (const target of targets(manifest.exports)) assert.ok(existsSync(path.join(installed, target)), target);
  assert.deepEqual(manifest.files, ["dist"]);
  assert.equal(manifest.dependencies, undefined);
  assert.doesNotMatch(readFileSync(path.join(installed, "dist", "index.js"), "utf8"), /^import /m);
});

test("the declarations contain no any and import no TypeScript source", () => {
  const dist = path.join(installed, "dist");
  const names = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".d.ts"));
  assert.ok(names.length > 5);
  for (const name of names) {
    const code = readFileSync(path.join(dist, name), "utf8").replaceAll(/\/\*\*[^]*?\*\/|\/\/.*/g, "");
    assert.doesNotMatch(code, /\bany\b/, name);
    assert.doesNotMatch(code, /\.ts"/, name);
  }
});

test("a program's types are checked against the package, strictly; so are the documented sample and the README's", async () => {
  cpSync(path.join(projectRoot, "sdk", "test", "consumer.ts"), path.join(program, "consumer.ts"));
  writeFileSync(path.join(program, "sample.ts"), documentedSample("ak_test_x", "http://localhost:8787"));
  writeFileSync(
    path.join(program, "readme.ts"),
    typescriptSample(readFileSync(path.join(installed, "README.md"), "utf8")),
  );
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    module: "nodenext",
    target: "es2022",
    types: ["node"],
  };
  writeFileSync(
    path.join(program, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: ["consumer.ts", "sample.ts", "readme.ts"] }),
  );
  await run(process.execPath, [path.join(projectRoot, "node_modules", "typescript", "bin", "tsc")]);
});

test("the documented TypeScript sample runs with only its token and base URL changed", async () => {
  const { app, company, database, test: api } = await startTestApp();
  const asked: string[] = [];
  app.server.on("request", ({ method, url }) => asked.push(`${method} ${url}`));
  const baseUrl = await app.listen({ port: 0, host: "127.0.0.1" });
  const documentedId = "cm5x9z8nv0000h85r7l9p2k1m";
  const { body } = await api.post("/v1/customers", { name: "Acme Corp" });
  await database.query(
    sql`update customers set customer_id = ${documentedId}, bucket = ${bucketOf(documentedId)} where customer_id = ${body.customer.id}`,
  );

  const runSample = async (token: string) => {
    const { code } = await transform(documentedSample(token, baseUrl), { loader: "ts", format: "esm" });
    writeFileSync(path.join(program, "sample.mjs"), code);
    return attempt(process.execPath, ["sample.mjs"]);
  };
  assert.deepEqual(await runSample(company.testApiKey), { code: 0, output: "" });
  assert.deepEqual(asked, [`GET /v1/customers/${documentedId}/balances`]);

  // It has no way to tell but its exit code, so that must be able to say no.
  const refused = await runSample(company.liveApiKey);
  assert.equal(refused.code, 1);
  assert.match(refused.output, /NotFoundError: Customer not found[^]*CUSTOMER_NOT_FOUND/);
});
