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
  /**
   * The coefficient while it is a safe integer, on which JavaScript's own arithmetic is exact; NaN if it is not, and then `big`
   * holds it. NaN runs through any arithmetic and fails `isExact`, so every fast path falls back by itself. This makes
   * everyday amounts about ten times as fast as bigints alone, and is no business of anybody outside this file.
   */
  private readonly small: number;
  private readonly big: bigint | null;
  private readonly scale: number;

  private constructor(small: number, big: bigint | null, scale: number) {
    this.small = small;
    this.big = big;
    this.scale = scale;
  }

  /**
   * `coefficient / 10^scale`. Examples: `Decimal.of(1250n, 2)` is 12.5, `Decimal.of(7)` is 7.
   * @throws RangeError if the coefficient is a number but not a safe integer.
   */
  static of(coefficient: bigint | number, scale = 0): Decimal {
    if (typeof coefficient === "bigint") return new Decimal(NaN, coefficient, scale);
    if (!Number.isSafeInteger(coefficient)) throw new RangeError("the coefficient of a decimal must be a safe integer");
    return new Decimal(coefficient + 0, null, scale);
  }

  plus(other: Decimal): Decimal {
    const scale = Math.max(this.scale, other.scale);
    const fast = this.smallAt(scale) + other.smallAt(scale);
    if (isExact(fast)) return new Decimal(fast, null, scale);
    return Decimal.of(this.bigAt(scale) + other.bigAt(scale), scale);
  }

  minus(other: Decimal): Decimal {
    const scale = Math.max(this.scale, other.scale);
    const fast = this.smallAt(scale) - other.smallAt(scale);
    if (isExact(fast)) return new Decimal(fast, null, scale);
    return Decimal.of(this.bigAt(scale) - other.bigAt(scale), scale);
  }

  times(other: Decimal): Decimal {
    const scale = this.scale + other.scale;
    const fast = this.small * other.small;
    // Adding zero turns the -0 of a product such as -3 · 0 into 0.
    if (isExact(fast)) return new Decimal(fast + 0, null, scale);
    return Decimal.of(this.coefficient() * other.coefficient(), scale);
  }

  /**
   * The quotient, rounded.
   * Example: `decimal("10").dividedBy(decimal("3"), { scale: 2, mode: "half-up" })` → 3.33.
   */
  dividedBy(divisor: Decimal, { scale, mode }: Rounding): Decimal {
    if (divisor.isZero()) throw new RangeError("division of a decimal by zero");
    // this / divisor = (this.coefficient · 10^divisor.scale) / (divisor.coefficient · 10^this.scale); one more factor of
    // 10^scale makes the whole part of that quotient the coefficient asked for.
    const numerator = this.coefficient() * tenToThe(divisor.scale + scale);
    const denominator = divisor.coefficient() * tenToThe(this.scale);
    return Decimal.of(divideWhole(numerator, denominator, mode), scale);
  }

  /** The nearest number with at most `scale` digits after the point. Example: 2.345 to 2, "half-even" → 2.34. */
  round({ scale, mode }: Rounding): Decimal {
    if (this.scale <= scale) return this;
    return Decimal.of(divideWhole(this.coefficient(), tenToThe(this.scale - scale), mode), scale);
  }

  negated(): Decimal {
    return this.big === null ? new Decimal(0 - this.small, null, this.scale) : Decimal.of(-this.big, this.scale);
  }

  abs(): Decimal {
    return this.isNegative() ? this.negated() : this;
  }

  /** -1, 0 or 1 when this is less than, equal to or greater than `other`; fit for `sort`. */
  compare(other: Decimal): -1 | 0 | 1 {
    const scale = Math.max(this.scale, other.scale);
    const fast = this.smallAt(scale) - other.smallAt(scale);
    if (isExact(fast)) return signOf(fast);
    return signOf(this.bigAt(scale) - other.bigAt(scale));
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
    return signOf(this.big ?? this.small);
  }

  isZero(): boolean {
    return this.sign() === 0;
  }

  isPositive(): boolean {
    return this.sign() > 0;
  }

  isNegative(): boolean {
    return this.sign() < 0;
  }

  isWhole(): boolean {
    return this.coefficient() % tenToThe(this.scale) === 0n;
  }

  /** The contract's form: no exponent, no trailing zeros after the point, "0" and never "-0". Example: "12.5". */
  toString(): string {
    const coefficient = (this.big ?? this.small).toString();
    if (this.scale === 0) return coefficient;
    const isNegative = coefficient.startsWith("-");
    const digits = (isNegative ? coefficient.slice(1) : coefficient).padStart(this.scale + 1, "0");
    const point = digits.length - this.scale;
    const fraction = withoutTrailingZeros(digits.slice(point));
    const text = fraction === "" ? digits.slice(0, point) : `${digits.slice(0, point)}.${fraction}`;
    return isNegative ? `-${text}` : text;
  }

  /** Amounts and quantities are strings in JSON. */
  toJSON(): string {
    return this.toString();
  }

  /** Refuses `a < b`, `a + b` and every other operator that would go through a float. */
  valueOf(): never {
    throw new TypeError("decimals have no operators; use plus, minus, times, compare, …");
  }

  private coefficient(): bigint {
    return this.big ?? BigInt(this.small);
  }

  /** The coefficient at a scale at least as large as the number's own, or NaN if it is not a safe integer there. */
  private smallAt(scale: number): number {
    if (scale === this.scale) return this.small;
    const raised = this.small * (SMALL_POWERS_OF_TEN[scale - this.scale] ?? NaN);
    return isExact(raised) ? raised : NaN;
  }

  /** The same without a limit. */
  private bigAt(scale: number): bigint {
    return scale === this.scale ? this.coefficient() : this.coefficient() * tenToThe(scale - this.scale);
  }
}

/**
 * The number that `text` writes, or null if it writes none. Takes what JSON takes, and also a plus sign and leading zeros,
 * which numeric strings have: "12", "-0.50", "+7", "007", "1e-7". Refuses white space, hexadecimal, NaN, Infinity, ".5" and "5.".
 * Refuses too what needs more than 400 digits on either side of the point, or is longer than 1,000 characters: a few bytes such
 * as "1e999999999" must not become a gigabyte of digits.
 */
export function parseDecimal(text: string): Decimal | null {
  if (text.length > LONGEST_TEXT) return null;
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
  if (digitsBeforePoint > MOST_DIGITS || scale > MOST_DIGITS) return null;
  const coefficient = (sign === "-" ? "-" : "") + digits + "0".repeat(Math.max(0, -scale));
  const isSmall = coefficient.length <= DIGITS_OF_SMALL;
  return Decimal.of(isSmall ? parseInt(coefficient, 10) : BigInt(coefficient), Math.max(0, scale));
}

/**
 * The number that a trusted text writes: a constant, or a `numeric` that PostgreSQL sent. Whatever came from a client goes through
 * `parseDecimal`. Example: `decimal("12.50")`.
 * @throws RangeError if the text is not a number: a bug, not a refusal.
 */
export function decimal(text: string): Decimal {
  const parsed = parseDecimal(text);
  if (parsed === null) throw new RangeError(`not a decimal number: ${text.slice(0, 50)}`);
  return parsed;
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

export const zero = Decimal.of(0);
export const one = Decimal.of(1);

const ZERO = "0".charCodeAt(0);
const NUMBER = /^([-+]?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/;

/** Far beyond any real price or quantity, and few enough digits that no arithmetic on them is slow. */
const MOST_DIGITS = 400;
/** Room for 400 digits on either side, sign, point and exponent, and for padding zeros within reason. */
const LONGEST_TEXT = 1_000;

/** Every integer of this many digits is safe; the largest safe one has 16. */
const DIGITS_OF_SMALL = 15;

const SMALL_POWERS_OF_TEN = Array.from({ length: DIGITS_OF_SMALL + 1 }, (_, exponent) => 10 ** exponent);

/** The powers that everyday amounts need; larger ones are computed when asked for. */
const POWERS_OF_TEN = Array.from({ length: 100 }, (_, exponent) => 10n ** BigInt(exponent));

function tenToThe(exponent: number): bigint {
  return POWERS_OF_TEN[exponent] ?? 10n ** BigInt(exponent);
}

/**
 * Whether `result`, a sum, difference or product of safe integers as JavaScript computed it, is the exact one. It is unless it
 * was rounded, and a result can only be rounded beyond the safe integers. False of NaN.
 */
function isExact(result: number): boolean {
  return result <= Number.MAX_SAFE_INTEGER && result >= Number.MIN_SAFE_INTEGER;
}

function signOf(coefficient: number | bigint): -1 | 0 | 1 {
  if (coefficient > 0) return 1;
  return coefficient < 0 ? -1 : 0;
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
