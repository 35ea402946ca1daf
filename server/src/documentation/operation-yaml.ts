import { reachableComponents } from "./components.ts";
import type { ApiDocument, DocumentedOperation, OperationObject, Parameter, Response } from "./document.ts";

/**
 * An OpenAPI document of one operation and what it reaches, in YAML, laid out as the published pages have it.
 * Left out is what those pages leave out: the document's texts and tags, extensions, and `security` (they show the header instead).
 */
export async function operationYaml(
  document: ApiDocument,
  { method, path, operation }: DocumentedOperation,
): Promise<string> {
  // Loaded here and not at the start of the server, which it would hold up by some 20 ms.
  const { stringify } = await import("yaml");
  const { openapi, info, servers, components } = document;
  const names = reachableComponents(document, operation);
  const part = {
    openapi,
    info: { title: info.title, version: info.version },
    paths: { [path]: { [method.toLowerCase()]: orderOperation(operation) } },
    servers: servers.map(({ url }) => ({ url })),
    components: {
      schemas: Object.fromEntries(names.map((name) => [name, orderSchema(components.schemas[name])])),
      securitySchemes: components.securitySchemes,
    },
  };
  return stringify(part, { singleQuote: true, lineWidth: 0, aliasDuplicateObjects: false });
}

function orderOperation(operation: OperationObject): object {
  const { operationId, summary, description, tags, parameters = [], requestBody, responses } = operation;
  return {
    operationId,
    summary,
    description,
    tags,
    ...(parameters.length === 0 ? {} : { parameters: orderParameters(parameters) }),
    ...(requestBody === undefined ? {} : { requestBody: orderSchema(requestBody) }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, response]) => [status, orderResponse(response)]),
    ),
  };
}

const places = ["path", "query", "header"];

function orderParameters(parameters: Parameter[]): object[] {
  return parameters
    .toSorted((a, b) => places.indexOf(a.in) - places.indexOf(b.in))
    .map(({ name, in: place, description, required, schema }) => {
      // The parameter has said it already.
      const { description: _same, ...rest } = schema;
      return {
        name,
        in: place,
        ...(description === undefined ? {} : { description }),
        required: required ?? false,
        schema: orderSchema(rest),
      };
    });
}

function orderResponse({ description, content }: Response): object {
  return content === undefined ? { description } : { description, content: orderSchema(content) };
}

const firstKeys = [
  "$ref",
  "type",
  "format",
  "enum",
  "const",
  "properties",
  "additionalProperties",
  "items",
  "required",
  "oneOf",
  "anyOf",
  "allOf",
];
const lastKeys = ["default", "examples", "description", "title"];

/** The same value with the keys of every schema in one order. A map from names to schemas keeps its own order. */
function orderSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(orderSchema);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => rank(a) - rank(b));
  return Object.fromEntries(
    entries.map(([key, item]) => [key, key === "properties" ? orderEach(item) : orderSchema(item)]),
  );
}

function orderEach(schemas: object): object {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, orderSchema(schema)]));
}

function rank(key: string): number {
  if (firstKeys.includes(key)) return firstKeys.indexOf(key);
  if (lastKeys.includes(key)) return 200 + lastKeys.indexOf(key);
  return 100;
}
