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
  private readonly coefficient: bigint;
  private readonly scale: number;

  private constructor(coefficient: bigint, scale: number) {
    this.coefficient = coefficient;
    this.scale = scale;
  }

  /** `coefficient / 10^scale`. Example: `Decimal.of(1250n, 2)` is 12.5. */
  static of(coefficient: bigint, scale = 0): Decimal {
    return new Decimal(coefficient, scale);
  }

  plus(other: Decimal): Decimal {
    const scale = Math.max(this.scale, other.scale);
    return new Decimal(this.coefficientAt(scale) + other.coefficientAt(scale), scale);
  }

  minus(other: Decimal): Decimal {
    const scale = Math.max(this.scale, other.scale);
    return new Decimal(this.coefficientAt(scale) - other.coefficientAt(scale), scale);
  }

  times(other: Decimal): Decimal {
    return new Decimal(this.coefficient * other.coefficient, this.scale + other.scale);
  }

  /**
   * The quotient, rounded.
   * Example: `decimal("10").dividedBy(decimal("3"), { scale: 2, mode: "half-up" })` → 3.33.
   */
  dividedBy(divisor: Decimal, { scale, mode }: Rounding): Decimal {
    if (divisor.isZero()) throw new RangeError("division of a decimal by zero");
    // this / divisor = (this.coefficient · 10^divisor.scale) / (divisor.coefficient · 10^this.scale); one more factor of
    // 10^scale makes the whole part of that quotient the coefficient asked for.
    const numerator = this.coefficient * tenToThe(divisor.scale + scale);
    const denominator = divisor.coefficient * tenToThe(this.scale);
    return new Decimal(divideWhole(numerator, denominator, mode), scale);
  }

  /** The nearest number with at most `scale` digits after the point. Example: 2.345 to 2, "half-even" → 2.34. */
  round({ scale, mode }: Rounding): Decimal {
    if (this.scale <= scale) return this;
    return new Decimal(divideWhole(this.coefficient, tenToThe(this.scale - scale), mode), scale);
  }

  negated(): Decimal {
    return new Decimal(-this.coefficient, this.scale);
  }

  abs(): Decimal {
    return this.isNegative() ? this.negated() : this;
  }

  /** -1, 0 or 1 when this is less than, equal to or greater than `other`; fit for `sort`. */
  compare(other: Decimal): -1 | 0 | 1 {
    const scale = Math.max(this.scale, other.scale);
    const left = this.coefficientAt(scale);
    const right = other.coefficientAt(scale);
    if (left === right) return 0;
    return left < right ? -1 : 1;
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
    if (this.coefficient === 0n) return 0;
    return this.coefficient < 0n ? -1 : 1;
  }

  isZero(): boolean {
    return this.coefficient === 0n;
  }

  isPositive(): boolean {
    return this.coefficient > 0n;
  }

  isNegative(): boolean {
    return this.coefficient < 0n;
  }

  isWhole(): boolean {
    return this.coefficient % tenToThe(this.scale) === 0n;
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
  private coefficientAt(scale: number): bigint {
    return scale === this.scale ? this.coefficient : this.coefficient * tenToThe(scale - this.scale);
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

export const zero = Decimal.of(0n);
export const one = Decimal.of(1n);

const ZERO = "0".charCodeAt(0);
const NUMBER = /^([-+]?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/;

/** Far beyond any real price or quantity, and few enough digits that no arithmetic on them is slow. */
const MOST_DIGITS = 400;
/** Room for 400 digits on either side, sign, point and exponent, and for padding zeros within reason. */
const LONGEST_TEXT = 1_000;

/** The powers that everyday amounts need; larger ones are computed when asked for. */
const POWERS_OF_TEN = Array.from({ length: 100 }, (_, exponent) => 10n ** BigInt(exponent));

function tenToThe(exponent: number): bigint {
  return POWERS_OF_TEN[exponent] ?? 10n ** BigInt(exponent);
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

/** `numerator / denominator` as a whole number, rounded. */
function divideWhole(numerator: bigint, denominator: bigint, mode: RoundingMode): bigint {
  const truncated = numerator / denominator;
  const remainder = numerator % denominator;
  if (remainder === 0n) return truncated;
  const isNegative = numerator < 0n !== denominator < 0n;
  const awayFromZero = isNegative ? truncated - 1n : truncated + 1n;
  if (mode === "down") return truncated;
  if (mode === "floor") return isNegative ? awayFromZero : truncated;
  if (mode === "ceil") return isNegative ? truncated : awayFromZero;
  const twice = 2n * (remainder < 0n ? -remainder : remainder);
  const whole = denominator < 0n ? -denominator : denominator;
  if (twice !== whole) return twice > whole ? awayFromZero : truncated;
  return mode === "half-even" && truncated % 2n === 0n ? truncated : awayFromZero;
}
