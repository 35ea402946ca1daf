import { resolve, type ApiDocument, type Schema } from "../document.ts";
import { exampleValue } from "./example-values.ts";

/** A request shows what it must have; an answer shows everything it has. */
type Extent = "required" | "all";

/**
 * A value that `schema` allows and a reader believes: its constant; else one by its name from the table of example
 * values; else its own example, its first choice, its default, null, or the plainest of its type. The same document always gives the same value.
 * Example: { type: "object", properties: { event_name: { type: "string" } }, required: ["event_name"] } → { event_name: "api.request" }.
 */
export function exampleOf(
  document: ApiDocument,
  schema: Schema,
  options: { extent: Extent; topic: string; name?: string },
): unknown {
  return build(schema, { name: "", ...options, document, depth: 0 });
}

type Context = { document: ApiDocument; extent: Extent; topic: string; name: string; depth: number };

/** A schema that contains itself is shown this deep. */
const maxDepth = 10;

function build(unresolved: Schema, context: Context): unknown {
  const schema = resolve(context.document, unresolved);
  const given =
    schema.const ?? exampleValue(context, schema) ?? schema.examples?.[0] ?? schema.enum?.[0] ?? schema.default;
  if (given !== undefined && given !== null) return given;
  const variant = firstVariant(schema);
  if (variant !== undefined) return build(variant, context);
  if (allowsNull(schema)) return null;
  const type = Array.isArray(schema.type) ? schema.type.find((each) => each !== "null") : schema.type;
  if (type === "object" || schema.properties !== undefined) return buildObject(schema, context);
  if (type === "array") return buildArray(schema, context);
  return plainValue(type, schema);
}

function allowsNull({ type }: Schema): boolean {
  return Array.isArray(type) && type.includes("null");
}

function firstVariant(schema: Schema): Schema | undefined {
  return [...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.allOf ?? [])].find(
    (variant) => variant.type !== "null",
  );
}

function buildObject(schema: Schema, context: Context): unknown {
  if (context.depth >= maxDepth) return {};
  const required = new Set(schema.required);
  const shown = Object.entries(schema.properties ?? {}).filter(
    ([name]) => context.extent === "all" || required.has(name),
  );
  const value = Object.fromEntries(
    shown.map(([name, property]) => [name, build(property, { ...context, name, depth: context.depth + 1 })]),
  );
  // What a pricing unit is worth in a currency names both.
  return isNullable(schema.properties?.pricing_unit_code) ? keepOneDenomination(value, required) : value;
}

function isNullable(schema: Schema | undefined): boolean {
  return schema !== undefined && (allowsNull(schema) || (schema.anyOf ?? []).some(({ type }) => type === "null"));
}

/** An amount is in a pricing unit or in a currency, never in both, which a schema cannot say. */
function keepOneDenomination(value: Record<string, unknown>, required: Set<string>): Record<string, unknown> {
  if (value.pricing_unit_code === undefined || value.currency_code === undefined) return value;
  if (required.has("pricing_unit_code")) return { ...value, pricing_unit_code: null };
  const { pricing_unit_code: _other, ...rest } = value;
  return rest;
}

function buildArray({ items }: Schema, context: Context): unknown[] {
  if (items === undefined || context.depth >= maxDepth) return [];
  return [build(items, { ...context, depth: context.depth + 1 })];
}

function plainValue(type: string | undefined, schema: Schema): unknown {
  if (type === "boolean") return true;
  if (type === "integer" || type === "number") return Math.max(1, schema.minimum ?? 1);
  if (type === "null") return null;
  return "example";
}
