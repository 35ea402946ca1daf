/**
 * Dimensions: the values of an event's properties by which a price keeps separate counters. A counter's dimension is one
 * canonical text, so that equal values always meet in the same counter, on every machine and for ever.
 */
import { invalidProperty } from "./invalid-property.ts";
import { propertyOf, readDecimal, type Properties, type PropertyValue, type ScalarValue } from "./property.ts";

/** The dimension of a price that tells none apart, and of what a price sums up over all of them. */
export const wholePrice = "";

/** A dimension is part of a row's primary key, which PostgreSQL bounds at 2.7 kB; a character takes up to three bytes. */
const LONGEST_DIMENSION = 512;

/**
 * The canonical text of these properties' values: a JSON array in the order of `names`; `wholePrice` if there are none.
 * A property that is missing or null is `null`. A number and the string that writes it are one value: two services that send 7
 * and "7" mean the same tenant. Example: { model: "large", region: 7 } by ["model", "region"] → `["large","7"]`.
 * @throws INVALID_PROPERTY for a list or an object, and for values too long to tell counters apart by.
 */
export function dimensionOf(properties: Properties, names: readonly string[], priceCode: string): string {
  if (names.length === 0) return wholePrice;
  const texts = names.map((name) => {
    const text = valueText(propertyOf(properties, name));
    if (text !== null) return text;
    throw invalidProperty(name, { priceCode }, "needs a string, a number, true or false here; it is none of them");
  });
  const dimension = `[${texts.join(",")}]`;
  if (dimension.length <= LONGEST_DIMENSION) return dimension;
  throw invalidProperty(
    names[0] as string,
    { priceCode },
    `tells usage apart by ${names.join(", ")}; together they must not be longer than ${LONGEST_DIMENSION} characters`,
  );
}

/** The dimension of values that a price names itself. Example: ["large", 7] → `["large","7"]`. */
export function dimensionOfValues(values: readonly (ScalarValue | null)[]): string {
  return `[${values.map((value) => valueText(value)).join(",")}]`;
}

/** The values of a dimension, for people to read: `["large","7"]` → ["large", "7"]. */
export function valuesOfDimension(dimension: string): (string | boolean | null)[] {
  return dimension === wholePrice ? [] : (JSON.parse(dimension) as (string | boolean | null)[]);
}

/**
 * One canonical JSON text for a value, or null for a list or an object. Examples: "a" → `"a"`, 7 and 7.0 and "7" → `"7"`,
 * true → `true`, missing → `null`.
 */
export function valueText(value: PropertyValue | undefined): string | null {
  if (value === undefined || value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  const number = readDecimal(value);
  return number === null ? null : JSON.stringify(number.toString());
}
