import { refName, type Schema, type SchemaObject } from "./document.ts";

/** The TypeScript type of the values that `schema` allows, as far as TypeScript can say it. */
export function typeText(schema: Schema, indent = ""): string {
  return join(alternatives(schema, indent));
}

/** The types of which a value of `schema` has one: each stands alone before `[]` and between `|`. */
function alternatives(schema: Schema, indent: string): string[] {
  if (typeof schema === "boolean") return schema ? ["unknown"] : [];
  const demands = [
    ...(schema.$ref === undefined ? [] : [[typeName(refName(schema.$ref))]]),
    ...[schema.oneOf, schema.anyOf].flatMap((members) =>
      members === undefined ? [] : [allAlternatives(members, indent)],
    ),
    ...(schema.allOf ?? []).map((member) => alternatives(member, indent)),
  ];
  // `{ type: "object", oneOf: […] }`: the alternatives say all of it.
  return intersection(
    demands.length > 0 && !saysMoreThanType(schema) ? demands : [...demands, ownAlternatives(schema, indent)],
  );
}

function allAlternatives(schemas: Schema[], indent: string): string[] {
  return distinct(schemas.flatMap((schema) => alternatives(schema, indent)));
}

function distinct(members: string[]): string[] {
  return members.includes("unknown") ? ["unknown"] : [...new Set(members)];
}

function intersection(demands: string[][]): string[] {
  const telling = [
    ...new Map(
      demands.filter((demand) => !demand.includes("unknown")).map((demand) => [join(demand), demand]),
    ).values(),
  ];
  const [only] = telling;
  if (only === undefined) return ["unknown"];
  return telling.length === 1 ? only : [`(${telling.map(grouped).join(" & ")})`];
}

function grouped(members: string[]): string {
  return members.length === 1 ? join(members) : `(${join(members)})`;
}

function join(members: string[]): string {
  return members.length === 0 ? "never" : members.join(" | ");
}

/** The name of the component `name` in TypeScript. */
export function typeName(name: string): string {
  return name.replaceAll(/[^\w$]+(\w?)/g, (_, next: string) => next.toUpperCase()).replace(/^(?=\d)/, "_");
}

/** `description` and what follows it as a comment before a declaration; empty if there is nothing to say. */
export function docComment(lines: string[], indent = ""): string {
  const safe = lines.flatMap((line) => line.split("\n")).map((line) => line.replaceAll("*/", "*\\/").trimEnd());
  if (safe.length === 0) return "";
  if (safe.length === 1) return `${indent}/** ${safe[0]} */\n`;
  return `${indent}/**\n${safe.map((line) => `${indent} *${line === "" ? "" : ` ${line}`}\n`).join("")}${indent} */\n`;
}

/** What there is to say of `schema`; a nullable field often says it of the part that is not null. */
export function describeSchema(schema: Schema): string[] {
  if (typeof schema === "boolean") return [];
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].find(
    (member) => typeof member === "object" && !("$ref" in member) && member.description,
  );
  const description = schema.description ?? (typeof inner === "object" ? inner.description : undefined);
  const hasDefault = schema.default !== undefined && schema.default !== null;
  return [
    ...(description === undefined ? [] : [description]),
    ...(hasDefault ? [`@default ${JSON.stringify(schema.default)}`] : []),
  ];
}

function saysMoreThanType(schema: SchemaObject): boolean {
  return ["const", "enum", "properties", "additionalProperties", "items", "prefixItems"].some(
    (keyword) => keyword in schema,
  );
}

function ownAlternatives(schema: SchemaObject, indent: string): string[] {
  if ("const" in schema) return [JSON.stringify(schema.const)];
  if (schema.enum !== undefined) return distinct(schema.enum.map((value) => JSON.stringify(value)));
  return distinct([schema.type ?? impliedType(schema)].flat().map((type) => textOfType(type, schema, indent)));
}

function impliedType(schema: SchemaObject): string {
  if (schema.properties !== undefined || schema.additionalProperties !== undefined) return "object";
  return schema.items !== undefined || schema.prefixItems !== undefined ? "array" : "unknown";
}

function textOfType(type: string, schema: SchemaObject, indent: string): string {
  switch (type) {
    case "string":
    case "number":
    case "boolean":
    case "null":
      return type;
    case "integer":
      return "number";
    case "array":
      return arrayText(schema, indent);
    case "object":
      return objectText(schema, indent);
    case "unknown":
      return "unknown";
    default:
      throw new Error(`The generator does not know the type ${type}.`);
  }
}

function arrayText({ prefixItems, items = true }: SchemaObject, indent: string): string {
  const rest = `${grouped(alternatives(items, indent))}[]`;
  if (prefixItems === undefined) return rest;
  const first = prefixItems.map((item) => typeText(item, indent));
  return `[${[...first, ...(items === false ? [] : [`...${rest}`])].join(", ")}]`;
}

function objectText({ properties = {}, required = [], additionalProperties }: SchemaObject, indent: string): string {
  const inner = `${indent}  `;
  const fields = Object.entries(properties).map(([name, schema]) => {
    const optional = required.includes(name) ? "" : "?";
    return `${docComment(describeSchema(schema), inner)}${inner}${propertyName(name)}${optional}: ${typeText(schema, inner)};\n`;
  });
  if (fields.length === 0) return `{ [key: string]: ${typeText(additionalProperties ?? true, indent)} }`;
  // An index signature must allow every named field as well, so beside named fields it can only say `unknown`.
  const isOpen = additionalProperties !== undefined && additionalProperties !== false;
  return `{\n${fields.join("")}${isOpen ? `${inner}[key: string]: unknown;\n` : ""}${indent}}`;
}

export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
