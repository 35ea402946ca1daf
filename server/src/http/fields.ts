import { isLosslessNumber } from "lossless-json";
import { z } from "zod";
import { parseCurrencyCode } from "../../../core/currency.ts";
import { Decimal, parseDecimal } from "../../../core/decimal.ts";
import type { ErrorCode } from "../../../core/errors.ts";
import { isTimeZone } from "../../../core/period.ts";
import type { PathParam } from "./operation.ts";

/** The kinds of field that several operations share, each with its check, its message and how the document shows it. */

type JsonSchema = Record<string, unknown>;

const asCuid = ({ jsonSchema }: { jsonSchema: JsonSchema }) => {
  delete jsonSchema.pattern;
  jsonSchema.format = "cuid";
};

const id = z.string().regex(/^c[a-z0-9]{24}$/, "Must be an id: c and 24 lower-case letters or digits.");

/** An id in a body or a query. */
export const idField = (description: string) => id.meta({ description, override: asCuid });

/** An id in an answer. */
export const idOutput = (description: string) => z.string().meta({ description, override: { format: "cuid" } });

/** An id in a path; a malformed one is `notFound`, as an unknown one is. */
export const idParam = (notFound: ErrorCode): PathParam => ({ schema: id.meta({ override: asCuid }), notFound });

const code = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9]+(?:_[a-z0-9]+)*$/, "Must be lower-case letters and digits in words joined by single underscores.");

/** The code of a plan, meter or pricing unit. */
export const codeField = (description: string) => code.meta({ description });

export const codeParam = (notFound: ErrorCode): PathParam => ({ schema: code, notFound });

/** Text that must say something. */
export const textField = (maxLength: number, description: string) =>
  z.string().min(1, "Must not be empty.").max(maxLength).meta({ description });

const asBoolean = ({ jsonSchema }: { jsonSchema: JsonSchema }) => {
  delete jsonSchema.enum;
  jsonSchema.type = "boolean";
};

/** A switch in a query. */
export const flagField = (description: string) =>
  z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .meta({ description, override: asBoolean });

const decimalForm = { type: ["string", "number"], description: "", examples: ["12.5"] };

function readDecimal(value: unknown, context: z.RefinementCtx): Decimal {
  const isText = typeof value === "string" || typeof value === "number" || isLosslessNumber(value);
  const decimal = isText ? parseDecimal(String(value)) : null;
  if (decimal !== null) return decimal;
  context.addIssue({
    code: "custom",
    message:
      value === undefined
        ? "Is required."
        : 'Must be a number or a numeric string, like "12.5", of at most 400 digits on each side of the point.',
  });
  return z.NEVER;
}

/** An exact decimal: a JSON number or a numeric string, both read from their text. */
export const decimalField = (description: string) =>
  z
    .unknown()
    .transform(readDecimal)
    .meta({ description, override: { ...decimalForm, description } });

export const positiveDecimalField = (description: string) =>
  z
    .unknown()
    .transform(readDecimal)
    .refine((amount) => amount.sign() > 0, "Must be a number above 0.")
    .meta({ description, override: { ...decimalForm, description } });

export const nonNegativeDecimalField = (description: string) =>
  z
    .unknown()
    .transform(readDecimal)
    .refine((amount) => amount.sign() >= 0, "Must be a number that is not below 0.")
    .meta({ description, override: { ...decimalForm, description } });

const hundred = Decimal.of(100n);
const percentPlaces = 4;

/** A percentage: 0 to 100, with at most four decimal places. */
export const percentField = (description: string) =>
  nonNegativeDecimalField(description).refine(
    (percent) =>
      !percent.isGreaterThan(hundred) && percent.round({ scale: percentPlaces, mode: "down" }).equals(percent),
    "Must be at most 100, with at most 4 decimal places.",
  );

/** An exact decimal that is kept as it will be answered: as its text, without an exponent or trailing zeros. */
export const decimalTextField = (description: string) =>
  z
    .unknown()
    .transform((value, context) => readDecimal(value, context).toString())
    .meta({ description, override: { ...decimalForm, description } });

/** The same, "0" if it is left out. */
export const zeroDecimalTextField = (description: string) =>
  decimalTextField(description)
    .default("0")
    // A default is what the field is read to, which nobody may assume to be a form in which it can be sent. This one is.
    .meta({ override: { default: "0" } });

/** A decimal in an answer: exact, no exponent, no trailing zeros. */
export const decimalOutput = (description: string) => z.string().meta({ description, examples: ["12.5"] });

/** An instant in an answer. */
export const instantOutput = (description: string) =>
  z.string().meta({ description, override: { format: "date-time" }, examples: ["2024-01-15T10:30:00.000Z"] });

/** An instant in an answer, or null. */
export const nullableInstantOutput = (description: string) =>
  z
    .string()
    .nullable()
    .meta({ description, override: { type: ["string", "null"], format: "date-time" } });

const instantForm = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * The instant that `text` names in ISO 8601, with Z or an offset, to the millisecond (finer digits are cut off); null if it is
 * not one, or not on the calendar, or not in the years 1 to 9999.
 */
export function parseInstant(text: string): Date | null {
  const parts = instantForm.exec(text);
  if (parts === null) return null;
  const [, year = "", month = "", day = "", hour = "", minute = "", second = "00", fraction = "", offset = ""] = parts;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const asUtc = new Date(`${local}.${fraction.slice(0, 3).padEnd(3, "0")}Z`);
  // JavaScript turns 30 February into 1 March; only what comes back unchanged was on the calendar.
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString().slice(0, 19) !== local) return null;
  const instant = offset === "Z" ? asUtc : new Date(asUtc.getTime() - offsetMs(offset));
  const isInRange = instant.getTime() >= firstInstant && instant.getTime() <= lastInstant;
  return isInRange && /^(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/.test(offset) ? instant : null;
}

const firstInstant = Date.parse("0001-01-01T00:00:00Z");
const lastInstant = Date.parse("9999-12-31T23:59:59.999Z");

function offsetMs(offset: string): number {
  const [hours = "0", minutes = "0"] = offset.slice(1).split(":");
  const size = (Number.parseInt(hours, 10) * 60 + Number.parseInt(minutes, 10)) * 60_000;
  return offset.startsWith("-") ? -size : size;
}

const instantHint = "Must be an instant in ISO 8601, like 2024-01-15T10:30:00Z.";

/** An instant with Z or any offset. */
export const instantField = (description: string) =>
  z
    .string()
    .transform((text, context) => {
      const instant = parseInstant(text);
      if (instant !== null) return instant;
      context.addIssue({ code: "custom", message: instantHint });
      return z.NEVER;
    })
    .meta({ description, override: { format: "date-time" } });

/** An instant that must be written in UTC (`Z` or `+00:00`), as the contract asks of events. */
export const utcInstantField = (description: string) =>
  z
    .string()
    .transform((text, context) => {
      const instant = /(?:Z|\+00:00)$/.test(text) ? parseInstant(text) : null;
      if (instant !== null) return instant;
      context.addIssue({
        code: "custom",
        message: "Must be an instant in ISO 8601 in UTC, like 2024-01-15T10:30:00Z.",
      });
      return z.NEVER;
    })
    .meta({ description, override: { format: "date-time" } });

const maxMetadataPairs = 50;

/** The caller's own pairs of strings. */
export const metadataField = z
  .record(z.string().min(1).max(40), z.string().max(500))
  .refine(
    (metadata) => Object.keys(metadata).length <= maxMetadataPairs,
    `Must have at most ${maxMetadataPairs} pairs.`,
  )
  .meta({ description: "Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500." });

export const metadataOutput = z.record(z.string(), z.string()).meta({ description: "Your own data." });

/** A time zone of the IANA database. Offsets are refused: they know no summer time. */
export const timezoneField = (description: string) =>
  z
    .string()
    .refine(isTimeZone, "Must be an IANA timezone, like Europe/Berlin.")
    .meta({ description, examples: ["Europe/Berlin"] });

/** A currency of ISO 4217: lower case in and out, upper case accepted in. */
export const currencyCodeField = (description: string) =>
  z
    .string()
    .transform((text, context) => {
      const code = parseCurrencyCode(text);
      if (code !== null) return code;
      context.addIssue({ code: "custom", message: "Must be an ISO 4217 currency code, like usd." });
      return z.NEVER;
    })
    .meta({ description, override: { examples: ["usd"] } });

/**
 * One of two bodies at the same path, told apart by `isSecond` alone: what is wrong with a body is then told of the form that it
 * was meant to have, and not of both.
 */
export function eitherBody<First extends z.ZodType, Second extends z.ZodType>(
  first: First,
  second: Second,
  isSecond: (body: unknown) => boolean,
): z.ZodUnion<readonly [First, Second]> {
  const either = z.union([first, second]).meta({
    override: ({ jsonSchema }: { jsonSchema: JsonSchema }) => {
      jsonSchema.oneOf = jsonSchema.anyOf;
      delete jsonSchema.anyOf;
    },
  });
  // What every way of parsing comes down to; a union as it is would try both.
  // oxlint-disable-next-line no-underscore-dangle -- zod's name for what libraries that build on it may use
  either._zod.run = (payload, context) => (isSecond(payload.value) ? second : first)._zod.run(payload, context);
  return either;
}
