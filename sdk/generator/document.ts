/** What the generator reads of an OpenAPI 3.1 document. */
export type OpenApiDocument = {
  tags?: { name: string; description?: string }[];
  paths: Record<string, Record<string, OperationObject>>;
  components?: { schemas?: Record<string, Schema> };
};

export type Schema = boolean | SchemaObject;

export type SchemaObject = {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema;
  items?: Schema;
  prefixItems?: Schema[];
  description?: string;
  default?: unknown;
};

type OperationObject = {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  "x-sdk-method"?: string;
  parameters?: { in: string; name: string; schema: Schema; description?: string; required?: boolean }[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { description?: string; content?: Content }>;
};

type Content = Record<string, { schema?: Schema }>;

/** One operation, in the words of the SDK. */
export type Method = {
  operationId: string;
  /** Where the SDK has it, `["customers", "creditGrants", "create"]`. */
  sdkPath: string[];
  httpMethod: string;
  path: string;
  tag: string | undefined;
  summary: string;
  description: string;
  /** In the order in which the path has them. */
  pathParams: { name: string; schema: Schema }[];
  body: { schema: Schema; required: boolean } | null;
  /** An object of the query's parameters; null if there are none. */
  query: SchemaObject | null;
  /** The schemas of its success answers. */
  answers: Schema[];
  /** Its error answers, by rising status. */
  errors: { status: number; description: string }[];
};

/** The operations of `document`, in its order. @throws if one does not say where the SDK has it, or two say the same. */
export function readMethods(document: OpenApiDocument): Method[] {
  const methods = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      // A file is fetched by its address, which the API shows, with whatever the program saves files by.
      .filter(([, operation]) => !answersWithFile(operation))
      .map(([httpMethod, operation]) => readMethod(path, httpMethod.toUpperCase(), operation)),
  );
  const seen = new Set<string>();
  for (const { sdkPath, operationId } of methods) {
    const place = sdkPath.join(".");
    if (seen.has(place))
      throw new Error(`${operationId}: another operation is ${place} already; choose another x-sdk-method.`);
    seen.add(place);
  }
  return methods;
}

function readMethod(path: string, httpMethod: string, operation: OperationObject): Method {
  const sdkMethod = operation["x-sdk-method"];
  if (sdkMethod === undefined || !/^[a-z]\w*(?:\.[a-z]\w*)*$/i.test(sdkMethod)) {
    throw new Error(`${operation.operationId}: give it an x-sdk-method like customers.listBalances.`);
  }
  return {
    operationId: operation.operationId,
    sdkPath: sdkMethod.split("."),
    httpMethod,
    path,
    tag: operation.tags?.[0],
    summary: operation.summary ?? "",
    description: operation.description ?? "",
    pathParams: readPathParams(path, operation),
    body: readBody(operation),
    query: readQuery(operation),
    answers: successes(operation)
      .map(({ content }) => jsonSchema(content))
      .filter((schema) => schema !== undefined),
    errors: Object.entries(operation.responses)
      .map(([status, { description }]) => ({ status: Number.parseInt(status, 10), description: description ?? "" }))
      .filter(({ status }) => status >= 400),
  };
}

/** Whether what it answers with is no JSON. */
export function answersWithFile(operation: OperationObject): boolean {
  return successes(operation).some(({ content }) => content !== undefined && jsonSchema(content) === undefined);
}

function readPathParams(path: string, { parameters = [] }: OperationObject): Method["pathParams"] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => {
    const parameter = parameters.find((candidate) => candidate.in === "path" && candidate.name === name);
    return { name, schema: parameter?.schema ?? { type: "string" } };
  });
}

function readBody({ requestBody }: OperationObject): Method["body"] {
  const schema = jsonSchema(requestBody?.content);
  return schema === undefined ? null : { schema, required: requestBody?.required === true };
}

function readQuery({ parameters = [] }: OperationObject): SchemaObject | null {
  const query = parameters.filter((parameter) => parameter.in === "query");
  if (query.length === 0) return null;
  return {
    type: "object",
    properties: Object.fromEntries(query.map(({ name, schema, description }) => [name, describe(schema, description)])),
    required: query.filter(({ required }) => required === true).map(({ name }) => name),
  };
}

function describe(schema: Schema, description: string | undefined): Schema {
  return typeof schema === "boolean" || description === undefined ? schema : { ...schema, description };
}

function successes({ responses }: OperationObject) {
  return Object.entries(responses)
    .filter(([status]) => status.startsWith("2"))
    .map(([, response]) => response);
}

function jsonSchema(content: Content | undefined): Schema | undefined {
  return content?.["application/json"]?.schema;
}

/** `schema` itself, or what it refers to. */
export function resolve(document: OpenApiDocument, schema: Schema): Schema {
  if (typeof schema === "boolean" || schema.$ref === undefined) return schema;
  const target = document.components?.schemas?.[refName(schema.$ref)];
  if (target === undefined) throw new Error(`There is no ${schema.$ref}.`);
  return resolve(document, target);
}

/** The component that a `$ref` names. */
export function refName($ref: string): string {
  return $ref.replace("#/components/schemas/", "");
}
