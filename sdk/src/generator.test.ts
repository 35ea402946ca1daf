import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { errors } from "../../core/errors.ts";
import { projectRoot } from "../../server/src/platform/project-root.ts";
import { answersWithFile, type OpenApiDocument, type Schema } from "../generator/document.ts";
import { generateSdk } from "../generator/generate.ts";
import { docComment, typeText } from "../generator/type-text.ts";
import { AfternoonClient } from "./client.ts";

const generated = path.join(projectRoot, "sdk", "src", "generated");
const read = (...name: string[]) => readFileSync(path.join(projectRoot, ...name), "utf8");
const openApi = JSON.parse(read("openapi.json")) as OpenApiDocument;

test("sdk/src/generated is what the generator makes of openapi.json; run `npm run generate`", () => {
  const { version } = JSON.parse(read("sdk", "package.json")) as { version: string };
  const files = generateSdk(openApi, version);
  assert.deepEqual(readdirSync(generated).toSorted(), Object.keys(files).toSorted());
  for (const [name, text] of Object.entries(files)) assert.equal(read("sdk", "src", "generated", name), text, name);
});

test("the client has a method for every operation, where the document says", () => {
  const client = new AfternoonClient({ token: "ak_test_x" });
  const places = Object.values(openApi.paths).flatMap((operations) =>
    Object.values(operations)
      .filter((operation) => !answersWithFile(operation))
      .map((operation) => operation["x-sdk-method"] ?? ""),
  );
  assert.ok(places.length > 10);
  for (const place of places) {
    const method = place.split(".").reduce<unknown>((owner, name) => (owner as Record<string, unknown>)[name], client);
    assert.equal(typeof method, "function", place);
  }
});

test("every error code of the one table is a type", () => {
  const text = read("sdk", "src", "generated", "error-codes.ts");
  for (const code of Object.keys(errors)) assert.ok(text.includes(`"${code}"`), code);
});

const schemas: { name: string; schema: Schema; type: string }[] = [
  { name: "anything", schema: {}, type: "unknown" },
  { name: "true", schema: true, type: "unknown" },
  { name: "false", schema: false, type: "never" },
  { name: "a string of a format", schema: { type: "string", description: "D" }, type: "string" },
  { name: "an integer", schema: { type: "integer" }, type: "number" },
  { name: "a decimal", schema: { type: ["string", "number"] }, type: "string | number" },
  { name: "null or a string", schema: { type: ["string", "null"] }, type: "string | null" },
  { name: "a const", schema: { type: "boolean", const: true }, type: "true" },
  {
    name: "an enum with null",
    schema: { type: ["string", "null"], enum: ["a", 'b"', null] },
    type: '"a" | "b\\"" | null',
  },
  { name: "a reference", schema: { $ref: "#/components/schemas/Customer", description: "D" }, type: "Customer" },
  { name: "a reference to a strange name", schema: { $ref: "#/components/schemas/3.a-b" }, type: "_3AB" },
  { name: "anything or null", schema: { oneOf: [{ description: "Any type" }, { type: "null" }] }, type: "unknown" },
  {
    name: "alternatives said twice",
    schema: { anyOf: [{ type: ["string", "null"] }, { type: "null" }] },
    type: "string | null",
  },
  { name: "a list", schema: { type: "array", items: { type: "string" } }, type: "string[]" },
  {
    name: "a list of alternatives",
    schema: { type: "array", items: { type: ["string", "null"] } },
    type: "(string | null)[]",
  },
  { name: "a list of anything", schema: { type: "array" }, type: "unknown[]" },
  {
    name: "a tuple",
    schema: { type: "array", prefixItems: [{ type: "string" }, { type: "null" }], items: false },
    type: "[string, null]",
  },
  {
    name: "a tuple and more",
    schema: { prefixItems: [{ type: "string" }], items: { enum: [1, 2] } },
    type: "[string, ...(1 | 2)[]]",
  },
  {
    name: "a record",
    schema: { type: "object", additionalProperties: { type: ["string", "null"] } },
    type: "{ [key: string]: string | null }",
  },
  { name: "an object of anything", schema: { type: "object" }, type: "{ [key: string]: unknown }" },
  {
    name: "an object",
    schema: {
      type: "object",
      properties: { a: { type: "string" }, "b-c": { description: "D", default: 1, type: "number" } },
      required: ["a"],
    },
    type: '{\n  a: string;\n  /**\n   * D\n   * @default 1\n   */\n  "b-c"?: number;\n}',
  },
  {
    name: "an object with more",
    schema: { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: {} },
    type: "{\n  a: string;\n  [key: string]: unknown;\n}",
  },
  {
    name: "a list of a discriminated union",
    schema: {
      type: "array",
      items: {
        type: "object",
        oneOf: [
          { type: "object", properties: { type: { const: "count" } }, required: ["type"] },
          {
            type: "object",
            properties: { type: { const: "sum" }, property: { type: "string" } },
            required: ["type", "property"],
          },
        ],
      },
    },
    type: '({\n  type: "count";\n} | {\n  type: "sum";\n  property: string;\n})[]',
  },
  {
    name: "a discriminated union of components",
    schema: {
      type: "object",
      oneOf: [{ $ref: "#/components/schemas/PerUnitPrice" }, { $ref: "#/components/schemas/VolumePrice" }],
      discriminator: { propertyName: "model", mapping: { per_unit: "#/components/schemas/PerUnitPrice" } },
    } as Schema,
    type: "PerUnitPrice | VolumePrice",
  },
  {
    name: "all of two",
    schema: { allOf: [{ $ref: "#/components/schemas/A" }, { $ref: "#/components/schemas/B" }] },
    type: "(A & B)",
  },
  {
    name: "all of one and alternatives, or null",
    schema: {
      anyOf: [
        { allOf: [{ $ref: "#/components/schemas/A" }], oneOf: [{ type: "string" }, { type: "number" }] },
        { type: "null" },
      ],
    },
    type: "((string | number) & A) | null",
  },
];

for (const { name, schema, type } of schemas) {
  test(`the type of ${name}`, () => assert.equal(typeText(schema), type));
}

test("a description cannot end its comment", () => {
  assert.equal(docComment(["a */ b"]), "/** a *\\/ b */\n");
});

const answers = { 200: { content: { "application/json": { schema: { type: "object" } } } } };

test("what the generator cannot express is refused, with the operation's name", () => {
  const generate = (paths: OpenApiDocument["paths"], components: OpenApiDocument["components"] = {}) =>
    generateSdk({ paths, components }, "1.0.0");
  const operation = (operationId: string, sdk?: string) => ({
    operationId,
    responses: answers,
    ...(sdk === undefined ? {} : { "x-sdk-method": sdk }),
  });
  assert.throws(() => generate({ "/a": { get: operation("get-a") } }), /get-a.*x-sdk-method/);
  assert.throws(
    () => generate({ "/a": { get: operation("get-a", "a.get"), post: operation("post-a", "a.get") } }),
    /post-a.*a\.get/,
  );
  assert.throws(
    () => generate({ "/a": { get: operation("get-a", "a.b"), post: operation("post-a", "a.b.c") } }),
    /get-a.*a\.b/,
  );
  assert.throws(() => generate({}, { schemas: { ApiError: {} } }), /ApiError/);
  assert.throws(() => generate({}, { schemas: { X: { type: "file" } } }), /file/);
});

test("parameters come in the order of the path, then the body or the query, then the options", () => {
  const parameters = [
    { in: "query", name: "at", schema: { type: "string" }, required: true },
    { in: "path", name: "plan_code", schema: { type: "string" } },
    { in: "path", name: "version", schema: { type: "integer" } },
  ];
  const body = { required: true, content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } } };
  const path = "/v1/plans/{plan_code}/versions/{version}";
  const files = generateSdk(
    {
      paths: {
        [path]: {
          get: { operationId: "get-it", "x-sdk-method": "plans.versions.get", parameters, responses: answers },
          patch: {
            operationId: "change-it",
            "x-sdk-method": "plans.versions.change",
            requestBody: body,
            parameters: parameters.slice(1),
            responses: { 204: {} },
          },
        },
      },
      components: { schemas: { Thing: { type: "object" } } },
    },
    "1.0.0",
  );
  const text = files["resources.ts"] ?? "";
  assert.match(
    text,
    /get\(planCode: string, version: number, query: GetItQuery, options\?: RequestOptions\): Promise<\{ \[key: string\]: unknown \}>/,
  );
  assert.match(
    text,
    /change\(planCode: string, version: number, body: Thing, options\?: RequestOptions\): Promise<void>/,
  );
  assert.match(text, /params: \{ plan_code: planCode, version \}/);
  assert.match(text, /this\.versions = new PlansVersionsResource\(transport\)/);
});
