import { LosslessNumber, parse, stringify } from "lossless-json";
import { parseDecimal } from "../../../core/decimal.ts";
import { BillingError, type ErrorDetail } from "../../../core/errors.ts";

/**
 * The value of a JSON text, with every number exact: whole numbers that a double holds exactly are JavaScript numbers, all
 * others are `LosslessNumber`s that keep their source text.
 * @throws INVALID_JSON if it is not JSON in UTF-8, repeats a key with another value, or is nested deeper than 64 levels.
 * @throws VALIDATION_ERROR if a string holds NUL or a lone surrogate, or a number has more than 400 digits on a side of the point.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  refuseDeepNesting(text);
  const value = parseText(text);
  if (mayHoldUnstorableText.test(text)) refuseUnstorableText(value, []);
  return value;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new BillingError("INVALID_JSON", { message: "The request body is not valid UTF-8.", cause: error });
  }
}

function parseText(text: string): unknown {
  const quick = parsePlain(text);
  // The platform's reader keeps the last of two keys and says nothing; so many keys as there are in the value, none was lost.
  if (quick !== unread && countKeys(quick) === (text.match(mayBeKey)?.length ?? 0)) return quick;
  let writtenOut = 0;
  const readBounded = (number: string): number | LosslessNumber => {
    const read = readNumber(number);
    if (read instanceof LosslessNumber) writtenOut += lengthWrittenOut(number);
    if (writtenOut > longestWrittenOut)
      throw tooLong("Its numbers, written out without exponents, have more than 1,000,000 digits.");
    return read;
  };
  try {
    return parse(text, undefined, readBounded);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new BillingError("INVALID_JSON", {
        message: `The request body is not valid JSON: ${error.message}`,
        cause: error,
      });
    }
    throw error;
  }
}

/** The value of a JSON text of our own, such as a `jsonb` of the database, with every number exact as `parseJson` has it. */
export function parseStoredJson(text: string): unknown {
  const quick = parsePlain(text);
  return quick === unread ? parse(text, undefined, readNumber) : quick;
}

const unread = Symbol("unread");
/**
 * A number that is not a whole one of at most 15 digits, or something in a string that looks like it; which a time of day, as every event has one,
 * does not: before the colon of a number stands the quote of its key.
 */
const mayHoldOtherNumber = /(?:^|"\s*:|[,[])\s*(?:-|\d{16}|\d+[.eE])/;
/** A key, or something in a string that looks like it. */
const mayBeKey = /"\s*:/g;

/**
 * The value of a text whose numbers the platform's own reader has exactly, which is many times faster; `unread` where a number may be another, or
 * where it has something to complain about: the exact reader then says what.
 */
function parsePlain(text: string): unknown {
  if (mayHoldOtherNumber.test(text) || text.includes("__proto__")) return unread;
  try {
    return JSON.parse(text);
  } catch {
    return unread;
  }
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countKeys(item), 0);
  let count = 0;
  for (const item of Object.values(value)) count += 1 + countKeys(item);
  return count;
}

/** The JSON text of `value`, in which a `LosslessNumber` is a number again, with every digit. */
export function writeJson(value: unknown): string {
  const text = JSON.stringify(value);
  // The exact writer is many times slower, and few values hold such a number.
  return text.includes('"isLosslessNumber":true') ? (stringify(value) ?? text) : text;
}

/** A few bytes such as 1e399 are 400 digits wherever they are stored or compared; all of a body's together are bounded. */
const longestWrittenOut = 1_000_000;

function lengthWrittenOut(number: string): number {
  const exponent = /[eE]([+-]?\d+)$/.exec(number)?.[1];
  return number.length + (exponent === undefined ? 0 : Math.abs(Number.parseInt(exponent, 10)));
}

function tooLong(message: string): BillingError {
  return new BillingError("VALIDATION_ERROR", { details: [{ path: "body", message }] });
}

function readNumber(text: string): number | LosslessNumber {
  // Up to 15 digits a double is exact, and most numbers are short and whole: no need to go through the decimal.
  if (/^(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  const decimal = parseDecimal(text);
  if (decimal === null) {
    throw tooLong(`The number ${text.slice(0, 40)}… has more than 400 digits on one side of the point.`);
  }
  const plain = decimal.toString();
  return /^-?\d{1,15}$/.test(plain) ? Number(plain) : new LosslessNumber(text);
}

/** Deeper than any honest event, and far below where a recursive reader (ours or PostgreSQL's) runs out of stack. */
const maxDepth = 64;

function refuseDeepNesting(text: string): void {
  let depth = 0;
  let insideString = false;
  for (let position = 0; position < text.length; position++) {
    const character = text.charCodeAt(position);
    if (insideString) {
      if (character === 0x5c /* \ */) position++;
      else if (character === 0x22 /* " */) insideString = false;
    } else if (character === 0x22) insideString = true;
    else if (character === 0x7b /* { */ || character === 0x5b /* [ */) {
      if (++depth > maxDepth) {
        throw new BillingError("INVALID_JSON", {
          message: `The request body is nested deeper than ${maxDepth} levels.`,
        });
      }
    } else if (character === 0x7d /* } */ || character === 0x5d /* ] */) depth--;
  }
}

// Raw NUL is not JSON and raw surrogates are not UTF-8, so only an escape can bring them in.
const mayHoldUnstorableText = /\\u(?:0000|[dD][89a-fA-F])/;

/** PostgreSQL cannot store NUL, and a lone surrogate would silently become another character. */
function refuseUnstorableText(value: unknown, path: string[]): void {
  if (typeof value === "string") {
    if (isStorableText(value)) return;
    const detail: ErrorDetail = { path: path.join("."), message: "Must not contain NUL or a lone surrogate." };
    throw new BillingError("VALIDATION_ERROR", { details: [detail] });
  }
  if (typeof value !== "object" || value === null || value instanceof LosslessNumber) return;
  for (const [key, item] of Object.entries(value)) {
    refuseUnstorableText(key, path);
    refuseUnstorableText(item, [...path, key]);
  }
}

export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}
