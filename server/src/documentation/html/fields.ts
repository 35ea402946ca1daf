import { resolve, type ApiDocument, type Parameter, type Schema } from "../document.ts";

/** A field of a body, an answer or a request's parameters, as a page shows it. */
export type Field = {
  name: string;
  /** In words: "string", "array of objects", "integer or null". */
  type: string;
  isRequired: boolean;
  description: string;
  /** Each a short clause: "1–255 characters", "default `50`". */
  constraints: string[];
  fields: Field[];
  /** Where the value has one of several shapes. */
  variants: { title: string; fields: Field[] }[];
};

/** The fields of an object's schema, with those inside them; a component inside itself is not opened again. */
export function fieldsOf(document: ApiDocument, schema: Schema, opened: string[] = []): Field[] {
  const { properties = {}, required = [] } = resolve(document, schema);
  const inside = schema.$ref === undefined ? opened : [...opened, schema.$ref];
  return Object.entries(properties).map(([name, property]) =>
    toField(document, { name, schema: property, isRequired: required.includes(name), opened: inside }),
  );
}

export function parameterField(document: ApiDocument, { name, schema, description, required }: Parameter): Field {
  const field = toField(document, { name, schema, isRequired: required ?? false, opened: [] });
  return { ...field, description: description ?? field.description };
}

type Unread = { name: string; schema: Schema; isRequired: boolean; opened: string[] };

function toField(document: ApiDocument, { name, schema, isRequired, opened }: Unread): Field {
  const own = resolve(document, schema);
  const { inner, path } = contentOf(document, schema, opened);
  const variants = isOpened(opened, schema.$ref) ? [] : variantsOf(document, inner, path);
  const holder = variants.length === 1 ? (variants[0] ?? inner) : inner;
  return {
    name,
    type: typeText(document, schema),
    isRequired,
    description: own.description ?? inner.description ?? "",
    constraints: constraintsOf(variants.length === 1 ? { ...holder, ...own } : own),
    fields: path === null || variants.length > 1 ? [] : fieldsOf(document, holder, path),
    variants:
      path === null || variants.length < 2
        ? []
        : variants.map((variant) => toVariant(document, variant, path)).filter(({ fields }) => fields.length > 0),
  };
}

/** What an array's items or the schema itself hold, and the components opened on the way; path is null where they go in circles. */
function contentOf(document: ApiDocument, schema: Schema, opened: string[]): { inner: Schema; path: string[] | null } {
  const refs = schema.$ref === undefined ? opened : [...opened, schema.$ref];
  if (isOpened(opened, schema.$ref)) return { inner: {}, path: null };
  const own = resolve(document, schema);
  if (own.items !== undefined) return contentOf(document, own.items, refs);
  const [only, ...others] = nonNullVariants(own);
  if (only !== undefined && others.length === 0) return contentOf(document, only, refs);
  return { inner: own, path: refs };
}

function isOpened(opened: string[], $ref: string | undefined): boolean {
  return $ref !== undefined && opened.includes($ref);
}

function nonNullVariants(schema: Schema): Schema[] {
  return [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].filter(({ type }) => type !== "null");
}

function variantsOf(document: ApiDocument, schema: Schema, path: string[] | null): Schema[] {
  if (path === null) return [];
  return nonNullVariants(schema).flatMap((variant) => {
    const own = resolve(document, variant);
    // A shape that has several forms itself is shown by each of them.
    return own.properties === undefined && own.oneOf !== undefined ? variantsOf(document, own, path) : [own];
  });
}

function toVariant(document: ApiDocument, variant: Schema, path: string[]): Field["variants"][number] {
  return { title: variantTitle(document, variant), fields: fieldsOf(document, variant, path) };
}

/** A variant is called by the constants in it: `type: sum`; else by its title. */
function variantTitle(document: ApiDocument, variant: Schema): string {
  const constants = Object.entries(variant.properties ?? {}).flatMap(([name, property]) => {
    const { const: constant, enum: choices } = resolve(document, property);
    const values = constant === undefined ? (choices ?? []) : [constant];
    return values.length === 0 ? [] : [`${name}: ${values.join(", ")}`];
  });
  return constants[0] ?? variant.title ?? typeText(document, variant);
}

export function typeText(document: ApiDocument, schema: Schema): string {
  const own = resolve(document, schema);
  const variants = [...(own.oneOf ?? []), ...(own.anyOf ?? [])];
  if (variants.length > 0) return [...new Set(variants.map((variant) => typeText(document, variant)))].join(" or ");
  if (own.items !== undefined) return `array of ${plural(typeText(document, own.items))}`;
  if (own.type === undefined) return own.properties === undefined ? "any" : "object";
  return [own.type]
    .flat()
    .map((type) => (type === "object" && own.properties === undefined ? "map" : type))
    .join(" or ");
}

function plural(type: string): string {
  return type.includes(" ") || type === "any" ? type : `${type}s`;
}

function constraintsOf(schema: Schema): string[] {
  return [
    ...(schema.format === undefined ? [] : [`format \`${schema.format}\``]),
    ...(schema.const === undefined ? [] : [`always \`${JSON.stringify(schema.const)}\``]),
    ...(schema.enum === undefined ? [] : [`one of ${schema.enum.map((value) => `\`${String(value)}\``).join(", ")}`]),
    ...range(schema.minLength, schema.maxLength, "characters"),
    ...range(schema.minItems, schema.maxItems, "items"),
    ...range(meant(schema.minimum), meant(schema.maximum), ""),
    ...(schema.pattern === undefined || schema.format !== undefined ? [] : [`matches \`${schema.pattern}\``]),
    ...(schema.default === undefined || schema.default === null
      ? []
      : [`default \`${JSON.stringify(schema.default)}\``]),
    ...(schema.examples?.[0] === undefined || schema.default !== undefined
      ? []
      : [`example \`${JSON.stringify(schema.examples[0])}\``]),
  ];
}

/** The bounds of what JSON can carry exactly are nobody's rule. */
function meant(bound: number | undefined): number | undefined {
  return bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? undefined : bound;
}

function range(least: number | undefined, most: number | undefined, unit: string): string[] {
  const of = unit === "" ? "" : ` ${unit}`;
  if (least !== undefined && most !== undefined)
    return [least === most ? `exactly ${least}${of}` : `${least} to ${most}${of}`];
  if (most !== undefined) return [`at most ${most}${of}`];
  return least === undefined ? [] : [`at least ${least}${of}`];
}
