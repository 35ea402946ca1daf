import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { transform } from "esbuild";
import { codeBlock, documentedOpenApi, documentedPage } from "../../../test/contract/published-page.ts";
import { createOperations } from "../../app.ts";
import { createOpenApiDocument } from "../../http/openapi.ts";
import { jsonSchemaOf, operationsOf, parametersIn, type ApiDocument, type Schema } from "../document.ts";
import { markdownHead, referenceMarkdown } from "../markdown/reference-markdown.ts";
import { exampleAnswers, exampleBodies, exampleQueries } from "./example-bodies.ts";
import { exampleOf } from "./example.ts";
import { sampleAnswer, sampleRequest } from "./request.ts";
import { samplesOf } from "./samples.ts";

const document = JSON.parse(JSON.stringify(createOpenApiDocument(createOperations()))) as ApiDocument;
const operations = operationsOf(document);

test("the samples of list-balances are those of the published page, to the character", () => {
  const listBalances = operations.find(({ operation }) => operation.operationId === "list-balances");
  assert.ok(listBalances);
  const samples = samplesOf(document, listBalances);
  assert.equal(samples.length, 8);
  for (const { language, code } of samples) assert.equal(code, codeBlock(language), language);
});

test("the published page's own document makes the published page, to the character", async () => {
  const published = documentedOpenApi() as unknown as ApiDocument;
  const [only] = operationsOf(published);
  assert.ok(only);
  only.operation["x-sdk-method"] = "customers.listBalances";
  assert.equal(markdownHead + (await referenceMarkdown(published, only)), documentedPage);
});

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addFormat("cuid", /^c[a-z0-9]{24}$/);

function assertValid(schema: Schema, value: unknown, what: string): void {
  const validate = ajv.compile({ ...schema, components: document.components });
  assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`);
}

test("every sample's body, parameters and answer are valid by the document", () => {
  for (const documented of operations) {
    const { operation } = documented;
    const request = sampleRequest(document, documented);
    const body = jsonSchemaOf(operation.requestBody);
    assert.equal(request.body === undefined, body === undefined, operation.operationId);
    if (body !== undefined) assertValid(body, request.body, `${operation.operationId} body`);
    for (const [index, { name, schema }] of parametersIn(operation, "path").entries()) {
      assertValid(schema, request.pathArguments[index], `${operation.operationId} ${name}`);
    }
    for (const { name, schema, required } of parametersIn(operation, "query")) {
      assert.ok(!required || name in request.query, `${operation.operationId} lacks ${name}`);
      if (name in request.query) assertValid(schema, request.query[name], `${operation.operationId} ${name}`);
    }
    for (const [status, response] of Object.entries(operation.responses)) {
      const answer = jsonSchemaOf(response);
      if (status.startsWith("2") && answer !== undefined) {
        assertValid(answer, sampleAnswer(document, documented, answer), `${operation.operationId} ${status}`);
      }
    }
  }
});

test("a body built from the schema alone is valid by it too", () => {
  for (const { operation } of operations) {
    const schema = jsonSchemaOf(operation.requestBody);
    if (schema === undefined) continue;
    assertValid(schema, exampleOf(document, schema, { extent: "required", topic: "" }), operation.operationId);
  }
});

test("the tables of examples name operations that there are", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  for (const id of [exampleBodies, exampleAnswers, exampleQueries].flatMap(Object.keys))
    assert.ok(ids.includes(id), id);
});

test("every TypeScript sample parses", async () => {
  for (const documented of operations) {
    const [typescript] = samplesOf(document, documented);
    await transform(typescript?.code ?? "", { loader: "ts" });
  }
});

const python = spawnSync("python3", ["--version"]).status === 0;

test("every Python sample parses", { skip: python ? false : "There is no python3 here." }, () => {
  const codes = operations.map(
    (documented) => samplesOf(document, documented).find(({ language }) => language === "python")?.code,
  );
  const program = "import ast, json, sys\nfor code in json.load(sys.stdin): ast.parse(code)";
  const { status, stderr } = spawnSync("python3", ["-c", program], { input: JSON.stringify(codes), encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("text in a body is quoted as each language needs it", () => {
  const [created] = operations.filter(({ operation }) => operation.operationId === "create-customer");
  assert.ok(created);
  const tricky = `it's "#{quoted}" \\ and\nnew`;
  const before = exampleBodies["create-customer"];
  exampleBodies["create-customer"] = { name: tricky, list: [true, null, 1.5, { deep: [] }], empty: {} };
  try {
    const code = Object.fromEntries(samplesOf(document, created).map((sample) => [sample.language, sample.code]));
    assert.match(code.ruby ?? "", /\\#\{quoted\}/);
    assert.match(code.php ?? "", /it\\'s/);
    assert.match(code.python ?? "", /\[\n {8}True,\n {8}None,\n {8}1\.5,\n {8}\{\n {12}"deep": \[\]\n {8}\}\n {4}\]/);
    assert.match(code.swift ?? "", /NSNull\(\)/);
  } finally {
    exampleBodies["create-customer"] = before;
  }
});
