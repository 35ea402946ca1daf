import {
  jsonSchemaOf,
  parametersIn,
  type ApiDocument,
  type DocumentedOperation,
  type Parameter,
  type Schema,
} from "../document.ts";
import { exampleOf } from "./example.ts";
import { exampleAnswers, exampleBodies, exampleQueries } from "./example-bodies.ts";

/** The request that the samples of an operation make, in no language yet. */
export type SampleRequest = {
  method: string;
  /** With the path's parameters filled in, without a query. */
  baseUrl: string;
  /** With the query. */
  url: string;
  query: Record<string, string>;
  /** In the order of the path. */
  pathArguments: string[];
  /** Undefined for none. */
  body: unknown;
  /** Where the SDK has it: `customers.listBalances`. */
  sdkMethod: string;
  headers: [name: string, value: string][];
};

export function sampleRequest(
  document: ApiDocument,
  { method, path, operation, tag }: DocumentedOperation,
): SampleRequest {
  const topic = topicOf(tag);
  const example = (parameter: Parameter) =>
    String(exampleOf(document, { ...parameter.schema }, { extent: "required", topic, name: parameter.name }));
  const pathValues = new Map(parametersIn(operation, "path").map((parameter) => [parameter.name, example(parameter)]));
  const pathNames = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const filledPath = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(pathValues.get(name) ?? ""));
  const requiredQuery = parametersIn(operation, "query").filter(({ required }) => required);
  const query = {
    ...Object.fromEntries(requiredQuery.map((parameter) => [parameter.name, example(parameter)])),
    ...exampleQueries[operation.operationId],
  };
  const baseUrl = `${document.servers[0]?.url ?? ""}${filledPath}`;
  const body = sampleBody(document, operation.operationId, jsonSchemaOf(operation.requestBody), topic);
  return {
    method,
    baseUrl,
    url: `${baseUrl}${queryString(query)}`,
    query,
    pathArguments: pathNames.map((name) => pathValues.get(name) ?? ""),
    body,
    sdkMethod: operation["x-sdk-method"] ?? operation.operationId,
    headers: [
      ...(parametersIn(operation, "header").some(({ name }) => name === "Authorization")
        ? [["Authorization", "Bearer <token>"] as const]
        : []),
      ...(body === undefined ? [] : [["Content-Type", "application/json"] as const]),
    ].map(([name, value]) => [name, value]),
  };
}

/** An answer as an operation gives it. */
export function sampleAnswer(document: ApiDocument, { operation, tag }: DocumentedOperation, schema: Schema): unknown {
  // Where an operation has several successes, the example is one of the first.
  const [first] = Object.values(operation.responses).map(jsonSchemaOf);
  const example = schema === first ? exampleAnswers[operation.operationId] : undefined;
  return example ?? exampleOf(document, schema, { extent: "all", topic: topicOf(tag) });
}

function topicOf(tag: DocumentedOperation["tag"]): string {
  return tag.name.replace(/^subpackage_/, "");
}

function queryString(query: Record<string, string>): string {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function sampleBody(document: ApiDocument, operationId: string, schema: Schema | undefined, topic: string): unknown {
  if (schema === undefined) return undefined;
  return exampleBodies[operationId] ?? exampleOf(document, schema, { extent: "required", topic });
}
