import { errors } from "../../core/errors.ts";
import { readMethods, type Method, type OpenApiDocument, type Schema } from "./document.ts";
import { queryTypeName, resourceClasses } from "./resource-text.ts";
import { describeSchema, docComment, typeName, typeText } from "./type-text.ts";

const heading = "// Made from openapi.json by `npm run generate`; a change here is lost.\n";

/**
 * The files of `sdk/src/generated` by name: what `document` offers, the error codes of the one table, which the document holds only
 * in part, and the package's `version`.
 * @throws if the document has what the generator cannot express, rather than leave it out.
 */
export function generateSdk(document: OpenApiDocument, version: string): Record<string, string> {
  const methods = readMethods(document);
  const types = namedTypes(document, methods);
  return {
    "types.ts": [heading, ...types.map(([name, schema]) => declaration(name, schema))].join("\n"),
    "resources.ts": resourcesFile(
      document,
      methods,
      types.map(([name]) => name),
    ),
    "error-codes.ts": `${heading}\n/** The codes of the API's errors. */\nexport type ErrorCode =\n${Object.keys(errors)
      .map((code) => `  | ${JSON.stringify(code)}`)
      .join("\n")};\n`,
    "version.ts": `${heading}\nexport const version = ${JSON.stringify(version)};\n`,
  };
}

function declaration(name: string, schema: Schema): string {
  return `${docComment(describeSchema(schema))}export type ${name} = ${typeText(schema)};\n`;
}

/** Every component schema, then every operation's query. @throws if two would have one name. */
function namedTypes(document: OpenApiDocument, methods: Method[]): [string, Schema][] {
  const components = Object.entries(document.components?.schemas ?? {}).map(([name, schema]): [string, Schema] => [
    typeName(name),
    schema,
  ]);
  const queries = methods.flatMap((method): [string, Schema][] =>
    method.query === null ? [] : [[queryTypeName(method), method.query]],
  );
  const all = [...components, ...queries];
  for (const [position, [name]] of all.entries()) {
    if (all.findIndex(([other]) => other === name) !== position)
      throw new Error(`Two types would be named ${name}; rename a schema.`);
    if (ownNames.has(name)) throw new Error(`The SDK itself exports ${name}; rename the schema.`);
  }
  return all;
}

/** What `index.ts` exports beside the generated types and would silently hide them, and what `resources.ts` uses. */
const ownNames = new Set([
  "AfternoonClient",
  "AfternoonError",
  "ApiError",
  "AuthenticationError",
  "ClientOptions",
  "ConflictError",
  "ConnectionError",
  "ErrorCode",
  "List",
  "NotFoundError",
  "Promise",
  "RateLimitError",
  "RequestOptions",
  "Resources",
  "ServerError",
  "TimeoutError",
  "Transport",
  "ValidationError",
]);

function resourcesFile(document: OpenApiDocument, methods: Method[], typeNames: string[]): string {
  const classes = resourceClasses(document, methods).join("\n");
  const code = classes.replaceAll(/\/\*\*[^]*?\*\//g, "");
  const used = typeNames
    .filter((name) => new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`).test(code))
    .toSorted();
  const imports = [
    ...(code.includes("new List(") ? ['import { List } from "../list.ts";'] : []),
    'import type { RequestOptions, Transport } from "../transport.ts";',
    ...(used.length === 0 ? [] : [`import type {\n${used.map((name) => `  ${name},\n`).join("")}} from "./types.ts";`]),
  ];
  return `${heading}${imports.join("\n")}\n\n${classes}`;
}
