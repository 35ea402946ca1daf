import { readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../src/platform/project-root.ts";

export type JsonSchema = {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  enum?: unknown[];
  [keyword: string]: unknown;
};

export type DocumentedParameter = {
  name: string;
  required?: boolean;
  in: "path" | "query" | "header";
  schema: JsonSchema;
};

export type DocumentedOperation = {
  operationId: string;
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  isPublic: boolean;
  /** Whether it is for members who are signed in, and for no key. */
  isForMembers: boolean;
  parameters: DocumentedParameter[];
  body: JsonSchema | null;
  /** The content type of its answer if that is a file. */
  file: string | null;
  /** Statuses, each with the pointer of its body's schema into the document. */
  responses: Map<number, string>;
};

type Content = { content?: { "application/json": { schema: JsonSchema } } };
type WrittenOperation = {
  operationId: string;
  security: object[];
  parameters?: DocumentedParameter[];
  requestBody?: Content;
  responses: Record<string, Content>;
};
type WrittenDocument = {
  paths: Record<string, Record<string, WrittenOperation>>;
  components: { schemas: Record<string, JsonSchema> };
};

/** The committed openapi.json: what clients are told, so what the tests hold the server to. */
export const openApiDocument = JSON.parse(
  readFileSync(path.join(projectRoot, "openapi.json"), "utf8"),
) as WrittenDocument;

export const documentedOperations: DocumentedOperation[] = Object.entries(openApiDocument.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, written]) => ({
      operationId: written.operationId,
      method: method.toUpperCase() as DocumentedOperation["method"],
      path,
      isPublic: written.security.length === 0,
      isForMembers: written.security.some((scheme) => "dashboardSession" in scheme),
      parameters: written.parameters ?? [],
      body: written.requestBody?.content?.["application/json"].schema ?? null,
      file: fileOf(written),
      responses: responsePointers(path, method, written),
    })),
);

function fileOf({ responses }: WrittenOperation): string | null {
  const [type = "application/json"] = Object.keys(responses["200"]?.content ?? {});
  return type === "application/json" ? null : type;
}

function responsePointers(path: string, method: string, { responses }: WrittenOperation): Map<number, string> {
  const escaped = path.replaceAll("~", "~0").replaceAll("/", "~1");
  return new Map(
    Object.keys(responses).map((status) => [
      Number.parseInt(status, 10),
      `#/paths/${encodeURIComponent(escaped)}/${method}/responses/${status}/content/application~1json/schema`,
    ]),
  );
}

/** The schema itself, where `schema` only points to one of the document's components. */
export function resolveSchema(schema: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const found = openApiDocument.components.schemas[schema.$ref.replace("#/components/schemas/", "")];
  if (found === undefined) throw new Error(`openapi.json points to ${schema.$ref}, which is not there.`);
  return resolveSchema(found);
}

/** The path parameters of `operation`, each with the part of the path before it: `customers/{id}`. */
export function pathParameters({ path }: DocumentedOperation): { name: string; resource: string }[] {
  return [...path.matchAll(/([^/]+)\/\{(\w+)\}/g)].map(([, before = "", name = ""]) => ({
    name,
    resource: `${before}/{${name}}`,
  }));
}
