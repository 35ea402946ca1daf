/** The OpenAPI document as this feature reads it, and the operations in it. Everything here is found in the document, nothing is known beforehand. */

export type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  title?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  maxItems?: number;
};

export type Parameter = { name: string; in: string; description?: string; required?: boolean; schema: Schema };
export type Content = Record<string, { schema: Schema; example?: unknown }>;
export type Response = { description: string; content?: Content };

export type OperationObject = {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  "x-sdk-method"?: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, Response>;
};

export type ApiDocument = {
  openapi: string;
  info: { title: string; version: string; description?: string };
  servers: { url: string }[];
  tags?: { name: string; description?: string; "x-title"?: string }[];
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, unknown> };
};

/** One operation of the document, with where it is found. */
export type DocumentedOperation = {
  method: string;
  path: string;
  operation: OperationObject;
  tag: { name: string; title: string; description: string };
  /** `api-reference/afternoon-events-api/customers/list-balances`: below /docs here, and below the published site's address. */
  slug: string;
};

const methods = ["get", "post", "put", "patch", "delete"];
const referenceFolder = "api-reference/afternoon-events-api";

/** Every operation, tag by tag in the order of the document's list of tags. */
export function operationsOf(document: ApiDocument): DocumentedOperation[] {
  const found = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => methods.includes(method))
      .map(([method, operation]) => describe(document, method, path, operation)),
  );
  const order = (document.tags ?? []).map(({ name }) => name);
  return found.toSorted((a, b) => order.indexOf(a.tag.name) - order.indexOf(b.tag.name));
}

function describe(
  document: ApiDocument,
  method: string,
  path: string,
  operation: OperationObject,
): DocumentedOperation {
  const name = operation.tags[0] ?? "subpackage_api";
  const words = name.replace(/^subpackage_/, "");
  const tag = document.tags?.find((each) => each.name === name);
  const title = tag?.["x-title"] ?? words.replaceAll("_", " ");
  return {
    method: method.toUpperCase(),
    path,
    operation,
    tag: { name, title, description: tag?.description ?? "" },
    slug: `${referenceFolder}/${words.replaceAll("_", "-")}/${operation.operationId}`,
  };
}

/** The JSON schema of a request's or answer's content, undefined if it has none. */
export function jsonSchemaOf(holder: { content?: Content } | undefined): Schema | undefined {
  return holder?.content?.["application/json"]?.schema;
}

/** The component that `$ref` names; the schema itself where it is none. What stands beside the `$ref` wins. */
export function resolve(document: ApiDocument, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...beside } = schema;
  const target = document.components.schemas[componentName($ref)];
  if (target === undefined) throw new Error(`The document has no component ${$ref}.`);
  return { ...resolve(document, target), ...beside };
}

export function componentName($ref: string): string {
  return $ref.slice($ref.lastIndexOf("/") + 1);
}

/** Every parameter of an operation that stands in `place`: "path", "query" or "header". */
export function parametersIn(operation: OperationObject, place: string): Parameter[] {
  return (operation.parameters ?? []).filter((parameter) => parameter.in === place);
}
