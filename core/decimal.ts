/**
 * Exact decimals: the only numbers that money and quantities are made of. A decimal is `coefficient / 10^scale`, both whole,
 * so nothing is ever rounded unless `round` or `dividedBy` is told where and how.
 *
 * Decimals are immutable. The same number may be held with different scales (1.5 and 1.50), so compare with `equals` and
 * `compare`, never with `===`; `<`, `+` and the like throw instead of quietly going through a float.
 */

/** Ties and direction of a rounding. "half-up" sends a tie away from zero, on both sides of it: 0.5 → 1, -0.5 → -1. */
export type RoundingMode = "half-up" | "half-even" | "floor" | "ceil" | "down";

/** Where to round (digits after the point) and how. There is no default: every rounding is somebody's decision. */
export type Rounding = { scale: number; mode: RoundingMode };

export class Decimal {
  private readonly coefficient: Whole;
  private readonly scale: number;

  private constructor(coefficient: Whole, scale: number) {
    this.coefficient = coefficient;
    this.scale = scale;
  }

  /** `coefficient / 10^scale`. Example: `Decimal.of(1250n, 2)` is 12.5. */
  static of(coefficient: bigint, scale = 0): Decimal {
    return new Decimal(toWhole(coefficient), scale);
  }

  plus(other: Decimal): Decimal {
    if (this.scale === other.scale) return new Decimal(add(this.coefficient, other.coefficient), this.scale);
    const scale = Math.max(this.scale, other.scale);
    return new Decimal(add(this.coefficientAt(scale), other.coefficientAt(scale)), scale);
  }

  minus(other: Decimal): Decimal {
    if (this.scale === other.scale) return new Decimal(subtract(this.coefficient, other.coefficient), this.scale);
    const scale = Math.max(this.scale, other.scale);
    return new Decimal(subtract(this.coefficientAt(scale), other.coefficientAt(scale)), scale);
  }

  times(other: Decimal): Decimal {
    return new Decimal(multiply(this.coefficient, other.coefficient), this.scale + other.scale);
  }

  /**
   * The quotient, rounded.
   * Example: `decimal("10").dividedBy(decimal("3"), { scale: 2, mode: "half-up" })` → 3.33.
   */
  dividedBy(divisor: Decimal, { scale, mode }: Rounding): Decimal {
    if (divisor.isZero()) throw new RangeError("division of a decimal by zero");
    // this / divisor = (this.coefficient · 10^divisor.scale) / (divisor.coefficient · 10^this.scale); one more factor of
    // 10^scale makes the whole part of that quotient the coefficient asked for.
    const numerator = shift(this.coefficient, divisor.scale + scale);
    const denominator = shift(divisor.coefficient, this.scale);
    return new Decimal(divide(numerator, denominator, mode), scale);
  }

  /** The nearest number with at most `scale` digits after the point. Example: 2.345 to 2, "half-even" → 2.34. */
  round({ scale, mode }: Rounding): Decimal {
    if (this.scale <= scale) return this;
    return new Decimal(divide(this.coefficient, shift(1, this.scale - scale), mode), scale);
  }

  /**
   * The nearest multiple of `step`; exact, because only the number of steps is rounded.
   * Example: 61 to a step of 60, "ceil" → 120.
   */
  roundToStep(step: Decimal, mode: RoundingMode): Decimal {
    return this.dividedBy(step, { scale: 0, mode }).times(step);
  }

  negated(): Decimal {
    return new Decimal(subtract(0, this.coefficient), this.scale);
  }

  abs(): Decimal {
    return this.isNegative() ? this.negated() : this;
  }

  /** -1, 0 or 1 when this is less than, equal to or greater than `other`; fit for `sort`. */
  compare(other: Decimal): -1 | 0 | 1 {
    const scale = Math.max(this.scale, other.scale);
    const left = this.coefficientAt(scale);
    const right = other.coefficientAt(scale);
    if (left < right) return -1;
    return left > right ? 1 : 0;
  }

  equals(other: Decimal): boolean {
    return this.compare(other) === 0;
  }

  isLessThan(other: Decimal): boolean {
    return this.compare(other) < 0;
  }

  isGreaterThan(other: Decimal): boolean {
    return this.compare(other) > 0;
  }

  sign(): -1 | 0 | 1 {
    if (this.isZero()) return 0;
    return this.isNegative() ? -1 : 1;
  }

  isZero(): boolean {
    return !(this.coefficient > 0) && !(this.coefficient < 0);
  }

  isPositive(): boolean {
    return this.coefficient > 0;
  }

  isNegative(): boolean {
    return this.coefficient < 0;
  }

  isWhole(): boolean {
    return BigInt(this.coefficient) % tenToThe(this.scale) === 0n;
  }

  /** Whether it has at most `digits` digits before the point and at most as many written after it. */
  isWithin(digits: number): boolean {
    const bound = tenToThe(digits + this.scale);
    return this.scale <= digits && this.coefficient < bound && this.coefficient > -bound;
  }

  /** The contract's form: no exponent, no trailing zeros after the point, "0" and never "-0". Example: "12.5". */
  toString(): string {
    if (this.scale === 0) return this.coefficient.toString();
    const digits = this.abs()
      .coefficient.toString()
      .padStart(this.scale + 1, "0");
    const whole = digits.slice(0, -this.scale);
    const fraction = withoutTrailingZeros(digits.slice(-this.scale));
    return (this.isNegative() ? "-" : "") + (fraction === "" ? whole : `${whole}.${fraction}`);
  }

  /** Amounts and quantities are strings in JSON. */
  toJSON(): string {
    return this.toString();
  }

  /** Refuses `a < b`, `a + b` and every other operator that would go through a float. */
  valueOf(): never {
    throw new TypeError("decimals have no operators; use plus, minus, times, compare, …");
  }

  /** The coefficient this number has at a scale at least as large as its own. */
  private coefficientAt(scale: number): Whole {
    return scale === this.scale ? this.coefficient : shift(this.coefficient, scale - this.scale);
  }
}

/**
 * The number that `text` writes, or null if it writes none. Takes what JSON takes, and also a plus sign and leading zeros,
 * which numeric strings have: "12", "-0.50", "+7", "007", "1e-7". Refuses white space, hexadecimal, NaN, Infinity, ".5" and "5.".
 * Refuses too what needs more than 400 digits on either side of the point, or is longer than 1,000 characters: a few bytes such
 * as "1e999999999" must not become a gigabyte of digits.
 */
export function parseDecimal(text: string): Decimal | null {
  return text.length > LONGEST_TEXT ? null : read(text, MOST_DIGITS);
}

/**
 * The number that a trusted text writes: a constant, or a `numeric` that PostgreSQL sent. Of any length, because a product has
 * the digits of both its factors. Whatever came from a client goes through `parseDecimal`. Example: `decimal("12.50")`.
 * @throws RangeError if the text is not a number: a bug, not a refusal.
 */
export function decimal(text: string): Decimal {
  const number = read(text, Infinity);
  if (number === null) throw new RangeError(`not a decimal number: ${text.slice(0, 50)}`);
  return number;
}

function read(text: string, mostDigits: number): Decimal | null {
  const match = NUMBER.exec(text);
  if (match === null) return null;
  const [, sign, wholePart = "", fractionPart = "", exponentPart] = match;
  const whole = withoutLeadingZeros(wholePart);
  const fraction = withoutTrailingZeros(fractionPart);
  if (whole === "" && fraction === "") return zero;

  const exponent = exponentPart === undefined ? 0 : parseInt(exponentPart, 10);
  const digits = withoutTrailingZeros(whole + fraction);
  // The number is `digits · 10^-scale`; a negative scale means zeros before the point.
  const scale = fraction.length - exponent - (whole.length + fraction.length - digits.length);
  const digitsBeforePoint = withoutLeadingZeros(digits).length - scale;
  if (digitsBeforePoint > mostDigits || scale > mostDigits) return null;
  const coefficient = BigInt((sign === "-" ? "-" : "") + digits + "0".repeat(Math.max(0, -scale)));
  return Decimal.of(coefficient, Math.max(0, scale));
}

/** The lesser of the two; the first of equals. */
export function min(a: Decimal, b: Decimal): Decimal {
  return b.isLessThan(a) ? b : a;
}

/** The greater of the two; the first of equals. */
export function max(a: Decimal, b: Decimal): Decimal {
  return b.isGreaterThan(a) ? b : a;
}

/** The sum of all; zero of none. */
export function sum(decimals: Iterable<Decimal>): Decimal {
  let total = zero;
  for (const each of decimals) total = total.plus(each);
  return total;
}

const ZERO = "0".charCodeAt(0);
const NUMBER = /^([-+]?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/;

/** How many digits on either side of the point a number from outside may have. */
export function isReadable(number: Decimal): boolean {
  return number.isWithin(MOST_DIGITS);
}

/** Far beyond any real price or quantity, and few enough digits that no arithmetic on them is slow. */
const MOST_DIGITS = 400;
/** Room for 400 digits on either side, sign, point and exponent, and for padding zeros within reason. */
const LONGEST_TEXT = 1_000;

/**
 * A whole number, exact: a `number` only if it is a safe integer, which everyday amounts are and which costs a tenth of a
 * `bigint`; a `bigint` otherwise. The result of every operation below is looked at before it is believed: a sum, difference or
 * product of safe integers that comes out safe in floating point is the true one.
 * See docs/decisions/0025-small-coefficients.md.
 */
type Whole = number | bigint;

function isSafe(result: number): boolean {
  return result <= MAX_SAFE && result >= -MAX_SAFE;
}

const MAX_SAFE = Number.MAX_SAFE_INTEGER;
const MAX_SAFE_WHOLE = BigInt(MAX_SAFE);

/** The cheaper form of a `bigint`, if it has one. */
function toWhole(whole: bigint): Whole {
  return whole <= MAX_SAFE_WHOLE && whole >= -MAX_SAFE_WHOLE ? Number.parseInt(whole.toString(), 10) : whole;
}

function add(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") {
    const result = a + b;
    if (isSafe(result)) return result;
  }
  return BigInt(a) + BigInt(b);
}

function subtract(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") {
    const result = a - b;
    if (isSafe(result)) return result;
  }
  return BigInt(a) - BigInt(b);
}

function multiply(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") {
    // Plus zero, because a float has a zero below zero.
    const result = a * b + 0;
    if (isSafe(result)) return result;
  }
  return BigInt(a) * BigInt(b);
}

/** `whole · 10^exponent`. */
function shift(whole: Whole, exponent: number): Whole {
  return typeof whole === "number" && exponent < SMALL_POWERS.length
    ? multiply(whole, SMALL_POWERS[exponent] as number)
    : BigInt(whole) * tenToThe(exponent);
}

/** `numerator / denominator`, rounded to a whole number. */
function divide(numerator: Whole, denominator: Whole, mode: RoundingMode): Whole {
  if (typeof numerator === "number" && typeof denominator === "number") {
    const remainder = numerator % denominator;
    // What is left without the remainder is a multiple, so this division has no rounding of its own.
    const truncated = (numerator - remainder) / denominator + 0;
    if (remainder === 0) return truncated;
    const isNegative = numerator < 0 !== denominator < 0;
    // Not `2 · remainder`, which may not be safe any more.
    const rest = Math.abs(remainder);
    const order = Math.sign(rest - (Math.abs(denominator) - rest));
    return truncated + awayFromZero(mode, isNegative, order, truncated % 2 === 0);
  }
  const [above, below] = [BigInt(numerator), BigInt(denominator)];
  const truncated = above / below;
  const remainder = above % below;
  if (remainder === 0n) return truncated;
  const isNegative = above < 0n !== below < 0n;
  const excess = 2n * (remainder < 0n ? -remainder : remainder) - (below < 0n ? -below : below);
  const order = excess === 0n ? 0 : excess > 0n ? 1 : -1;
  return truncated + BigInt(awayFromZero(mode, isNegative, order, truncated % 2n === 0n));
}

/**
 * What rounding adds to a truncated quotient: 0, or one step away from zero. `order` is that of the remainder to one half:
 * below, equal, above.
 */
function awayFromZero(mode: RoundingMode, isNegative: boolean, order: number, isEven: boolean): -1 | 0 | 1 {
  const away = isNegative ? -1 : 1;
  switch (mode) {
    case "down":
      return 0;
    case "floor":
      return isNegative ? away : 0;
    case "ceil":
      return isNegative ? 0 : away;
    case "half-up":
      return order >= 0 ? away : 0;
    default:
      return order > 0 || (order === 0 && !isEven) ? away : 0;
  }
}

/** The powers of ten that are safe integers. */
const SMALL_POWERS = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

/** The powers in use so far, up to the largest that a number from outside needs; others are computed every time. */
const POWERS_OF_TEN: bigint[] = [];
const MOST_POWERS = 2 * MOST_DIGITS + 1;

function tenToThe(exponent: number): bigint {
  if (exponent >= MOST_POWERS) return 10n ** BigInt(exponent);
  while (POWERS_OF_TEN.length <= exponent) POWERS_OF_TEN.push(10n ** BigInt(POWERS_OF_TEN.length));
  return POWERS_OF_TEN[exponent] as bigint;
}

function withoutLeadingZeros(digits: string): string {
  let start = 0;
  while (start < digits.length && digits.charCodeAt(start) === ZERO) start += 1;
  return digits.slice(start);
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === ZERO) end -= 1;
  return digits.slice(0, end);
}

// Last, because making them needs the constants above.
export const zero = Decimal.of(0n);
export const one = Decimal.of(1n);
