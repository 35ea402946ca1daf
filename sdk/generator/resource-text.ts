import { resolve, type Method, type OpenApiDocument, type Schema } from "./document.ts";
import { docComment, propertyName, typeText } from "./type-text.ts";

type Resource = { path: string[]; methods: Method[]; children: Map<string, Resource> };

/** Every class of `resources.ts`: one per resource, and `Resources`, which holds them. */
export function resourceClasses(document: OpenApiDocument, methods: Method[]): string[] {
  return flatten(toTree(methods)).map((resource) => classText(document, resource));
}

function toTree(methods: Method[]): Resource {
  const root: Resource = { path: [], methods: [], children: new Map() };
  for (const method of methods) {
    let resource = root;
    for (const name of method.sdkPath.slice(0, -1)) {
      const child = resource.children.get(name) ?? { path: [...resource.path, name], methods: [], children: new Map() };
      resource.children.set(name, child);
      resource = child;
    }
    resource.methods.push(method);
  }
  return root;
}

function flatten(resource: Resource): Resource[] {
  for (const method of resource.methods) {
    if (!resource.children.has(methodName(method))) continue;
    throw new Error(
      `${method.operationId}: ${method.sdkPath.join(".")} is a group of operations; choose another x-sdk-method.`,
    );
  }
  return [resource, ...[...resource.children.values()].flatMap(flatten)];
}

function className({ path }: Resource): string {
  return path.length === 0 ? "Resources" : `${path.map(capitalize).join("")}Resource`;
}

export function capitalize(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function methodName(method: Method): string {
  return method.sdkPath.at(-1) ?? "";
}

function classText(document: OpenApiDocument, resource: Resource): string {
  const children = [...resource.children.entries()];
  const sends = resource.methods.length > 0;
  // Assigned in the constructor: as initialisers, fields would be set before the transport is.
  return `${docComment(describeResource(document, resource))}export class ${className(resource)} {
${sends ? "  readonly #transport: Transport;\n" : ""}${children.map(([name, child]) => `  readonly ${name}: ${className(child)};\n`).join("")}
  constructor(transport: Transport) {
${sends ? "    this.#transport = transport;\n" : ""}${children.map(([name, child]) => `    this.${name} = new ${className(child)}(transport);\n`).join("")}  }
${resource.methods.map((method) => `\n${methodText(document, method)}`).join("")}}
`;
}

function describeResource(document: OpenApiDocument, { path, methods }: Resource): string[] {
  if (path.length === 0) return ["Every operation of the API, in groups."];
  const description = document.tags?.find(({ name }) => name === methods[0]?.tag)?.description;
  return path.length === 1 && description !== undefined ? [description] : [];
}

function methodText(document: OpenApiDocument, method: Method): string {
  const paging = pagingOf(document, method);
  const answer = method.answers.length === 0 ? "void" : typeText({ anyOf: method.answers }, "  ");
  const call = [
    `method: ${JSON.stringify(method.httpMethod)}`,
    `path: ${JSON.stringify(method.path)}`,
    ...(method.pathParams.length === 0 ? [] : [`params: { ${method.pathParams.map(paramEntry).join(", ")} }`]),
    ...(method.query === null ? [] : [paging === null ? "query" : "query: { ...query, ...next }"]),
    ...(method.body === null ? [] : ["body"]),
    "options",
  ];
  const request = (indent: string) =>
    `this.#transport.request({\n${call.map((line) => `${indent}  ${line},\n`).join("")}${indent}})`;
  const returns = paging === null ? `Promise<${answer}>` : `List<${paging.item}, ${answer}>`;
  const body =
    paging === null
      ? `return ${request("    ")};`
      : `return new List(\n      (next) => ${request("      ")},\n      (page) => ${paging.items},\n    );`;
  const comment = docComment(describeMethod(method), "  ");
  const signature = `  ${methodName(method)}(${parameters(method).join(", ")}): ${returns}`;
  return `${comment}${overloads(method)}${signature} {\n    ${body}\n  }\n`;
}

/**
 * Where an operation takes one of several bodies, and answers each in its own way: a signature for each, so that whoever sends
 * the one knows which answer comes. The document lists the answers in the order of the bodies.
 */
function overloads(method: Method): string {
  const bodies = typeof method.body?.schema === "object" ? (method.body.schema.oneOf ?? []) : [];
  if (method.body === null || bodies.length < 2 || bodies.length !== method.answers.length) return "";
  const required = method.body.required;
  return bodies
    .map((schema, index) => {
      const of: Method = { ...method, body: { schema, required } };
      const answer = typeText(method.answers[index] ?? true, "  ");
      return `  ${methodName(method)}(${parameters(of).join(", ")}): Promise<${answer}>;\n`;
    })
    .join("");
}

function parameters(method: Method): string[] {
  return [
    ...method.pathParams.map(({ name, schema }) => `${paramName(name)}: ${typeText(schema)}`),
    ...(method.body === null ? [] : [`body${method.body.required ? "" : "?"}: ${typeText(method.body.schema)}`]),
    ...(method.query === null
      ? []
      : [`query${(method.query.required ?? []).length > 0 ? "" : "?"}: ${queryTypeName(method)}`]),
    "options?: RequestOptions",
  ];
}

/** The type of the query of `list-customers`: `ListCustomersQuery`. */
export function queryTypeName({ operationId }: Method): string {
  return `${operationId.split(/\W+/).map(capitalize).join("")}Query`;
}

function paramEntry({ name }: { name: string }): string {
  return paramName(name) === name ? name : `${name}: ${paramName(name)}`;
}

/** Names that mean something else where a method's parameters stand. */
const takenNames = new Set([
  "body",
  "query",
  "options",
  "next",
  "page",
  "default",
  "delete",
  "new",
  "class",
  "function",
  "in",
  "with",
]);

function paramName(name: string): string {
  const camel = name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return takenNames.has(camel) ? `${camel}Param` : camel;
}

/** The type of a list's items and where a page has them; null if `method` is not a list with pages. */
function pagingOf(document: OpenApiDocument, { answers, query }: Method): { item: string; items: string } | null {
  const [answer] = answers;
  if (answer === undefined || answers.length > 1 || query?.properties?.cursor === undefined) return null;
  const { pagination, ...others } = propertiesOf(document, answer);
  const lists = Object.entries(others).filter(([, schema]) => isArray(resolve(document, schema)));
  const [list] = lists;
  if (pagination === undefined || list === undefined || lists.length > 1) return null;
  const [name, schema] = list;
  const resolved = resolve(document, schema);
  const item = typeText(typeof resolved === "object" ? (resolved.items ?? true) : true, "  ");
  return { item, items: propertyName(name) === name ? `page.${name}` : `page[${propertyName(name)}]` };
}

function propertiesOf(document: OpenApiDocument, schema: Schema): Record<string, Schema> {
  const resolved = resolve(document, schema);
  return typeof resolved === "object" ? (resolved.properties ?? {}) : {};
}

function isArray(schema: Schema): boolean {
  return typeof schema === "object" && schema.type === "array";
}

/** Nearly every operation may answer with these, always for the same reasons; the client's own comment names them once. */
const statusesOfAll = new Set([401, 413, 415, 429, 500, 503]);
const errorTypes: Record<number, string> = { 400: "ValidationError", 404: "NotFoundError", 409: "ConflictError" };

function describeMethod({ summary, description, httpMethod, path, errors }: Method): string[] {
  const own = errors.filter(({ status }) => !statusesOfAll.has(status));
  return [
    `${summary}: \`${httpMethod} ${path}\``,
    ...(description === "" ? [] : ["", description]),
    ...(own.length === 0 ? [] : [""]),
    ...own.map((error) => `@throws {${errorTypes[error.status] ?? "ApiError"}} ${error.status}: ${error.description}`),
  ];
}
