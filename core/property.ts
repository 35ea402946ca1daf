/**
 * The properties of an event, as its JSON gave them, and the one place that reads them: as a number, and as equal or not.
 * Only top-level keys are read; a dot in a name is a letter like any other, so that no key is out of reach.
 */
import { Decimal, parseDecimal } from "./decimal.ts";

export type PropertyValue =
  | null
  | boolean
  | string
  /** Always a safe integer: every other JSON number arrives as its source text. */
  | number
  | NumberText
  | PropertyValue[]
  | { [key: string]: PropertyValue };

export type Properties = { readonly [name: string]: PropertyValue };

/** A JSON number kept as its source text: structurally a `LosslessNumber` of lossless-json, which core does not depend on. */
export type NumberText = { value: string; isLosslessNumber: boolean };

/** What a filter compares with. */
export type ScalarValue = boolean | string | number | NumberText;

/** The property's value, or undefined if it is missing. A property that is `null` counts as missing. */
export function propertyOf(properties: Properties, name: string): PropertyValue | undefined {
  // `hasOwn`, because an event may not name a property that every object inherits, such as "constructor".
  return Object.hasOwn(properties, name) ? (properties[name] ?? undefined) : undefined;
}

/**
 * The number that a property writes, exactly, or null if it writes none. Numbers and numeric strings both do; a string is
 * read as it is, without trimming. Examples: 3 → 3, "0.10" → 0.1, "1e-7" → 0.0000001, "" → null, true → null.
 */
export function readDecimal(value: PropertyValue | undefined): Decimal | null {
  if (typeof value === "string") return parseDecimal(value);
  if (typeof value === "number") {
    // A fraction here would mean that somebody parsed JSON through doubles, and that digits are lost already.
    if (!Number.isSafeInteger(value))
      throw new TypeError("a JSON number must arrive as its text unless it is a safe integer");
    return Decimal.of(BigInt(value));
  }
  return isNumberText(value) ? parseDecimal(value.value) : null;
}

/**
 * Whether two properties have the same value. Strings are equal letter by letter, so that the version "1.10" is not "1.1";
 * as soon as one side is a JSON number both are read as numbers, so that 1, 1.0 and "1" are equal. A list or an object
 * equals nothing.
 */
export function isSameValue(a: PropertyValue, b: PropertyValue): boolean {
  if (!isNumber(a) && !isNumber(b)) return a === b;
  const [left, right] = [readDecimal(a), readDecimal(b)];
  return left !== null && right !== null && left.equals(right);
}

function isNumber(value: PropertyValue): boolean {
  return typeof value === "number" || isNumberText(value);
}

/**
 * The mark that lossless-json puts on its numbers. A symbol, so no event can carry it; an event can well have a property
 * that is an object with the keys "value" and "isLosslessNumber".
 */
const NUMBER_TEXT = Symbol.for("lossless-json.LosslessNumber");

function isNumberText(value: PropertyValue | undefined): value is NumberText {
  return typeof value === "object" && value !== null && NUMBER_TEXT in value;
}
