import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decimal, Decimal, max, min, one, parseDecimal, sum, zero, type RoundingMode } from "./decimal.ts";

test("a number's text is read exactly and written in the contract's form", () => {
  const cases: [text: string, written: string][] = [
    ["0", "0"],
    ["-0", "0"],
    ["0.000", "0"],
    ["-0.0e5", "0"],
    ["0e999999999999999999999", "0"],
    ["12", "12"],
    ["+12", "12"],
    ["007", "7"],
    ["1200", "1200"],
    ["12.50", "12.5"],
    ["-0.10", "-0.1"],
    ["100.00", "100"],
    ["1e3", "1000"],
    ["1E+3", "1000"],
    ["1e-7", "0.0000001"],
    ["12.5e1", "125"],
    ["12.5e-1", "1.25"],
    ["120e-1", "12"],
    ["1200e-3", "1.2"],
    ["0.00120e2", "0.12"],
    ["0.1", "0.1"],
    ["9007199254740993", "9007199254740993"],
    ["12345678901234567890.123456789", "12345678901234567890.123456789"],
    [`1${"0".repeat(399)}`, `1${"0".repeat(399)}`],
    ["1e399", `1${"0".repeat(399)}`],
    ["1e-400", `0.${"0".repeat(399)}1`],
    [`0.${"0".repeat(500)}e-9`, "0"],
    [`1.${"0".repeat(900)}`, "1"],
  ];
  for (const [text, written] of cases) assert.equal(parseDecimal(text)?.toString(), written, text);
});

test("what is not a number, or needs more than 400 digits on a side, is refused", () => {
  const refused = [
    ..."|-|+|.|.5|5.|1.|e5|1e|1e+|1e1.5| 1|1 |1 000|1,5|1_000|0x10|NaN|Infinity|-Infinity|--1|1-|١|null|true|1n".split(
      "|",
    ),
    "1\n",
    "1e400",
    "1e-401",
    "1.5e-400",
    `1${"0".repeat(400)}`,
    `0.${"0".repeat(400)}1`,
    "1e999999999",
    "1e-999999999",
    "1e99999999999999999999999999999999",
    "1".repeat(1_001),
    `${"0".repeat(1_001)}1`,
  ];
  for (const text of refused) assert.equal(parseDecimal(text), null, text);
  assert.throws(() => decimal("1.2.3"), RangeError);
});

test("the longest numbers that are taken can be multiplied, stored and read back", () => {
  const longest = `${"9".repeat(400)}.${"9".repeat(400)}`;
  const product = decimal(longest).times(decimal(longest));
  assert.equal(product.toString().length, 1_601);
  assert.equal(decimal(product.toString()).equals(product), true);
});

test("rounding follows the named mode on both sides of zero", () => {
  const modes: RoundingMode[] = ["half-up", "half-even", "floor", "ceil", "down"];
  const cases: [text: string, scale: number, ...expected: string[]][] = [
    // number, scale, half-up, half-even, floor, ceil, down
    ["2.5", 0, "3", "2", "2", "3", "2"],
    ["3.5", 0, "4", "4", "3", "4", "3"],
    ["-2.5", 0, "-3", "-2", "-3", "-2", "-2"],
    ["-3.5", 0, "-4", "-4", "-4", "-3", "-3"],
    ["0.5", 0, "1", "0", "0", "1", "0"],
    ["-0.5", 0, "-1", "0", "-1", "0", "0"],
    ["2.4", 0, "2", "2", "2", "3", "2"],
    ["-2.6", 0, "-3", "-3", "-3", "-2", "-2"],
    ["1.005", 2, "1.01", "1", "1", "1.01", "1"],
    ["1.015", 2, "1.02", "1.02", "1.01", "1.02", "1.01"],
    ["1.0050000001", 2, "1.01", "1.01", "1", "1.01", "1"],
    ["1.2", 2, "1.2", "1.2", "1.2", "1.2", "1.2"],
    ["7", 0, "7", "7", "7", "7", "7"],
  ];
  for (const [text, scale, ...expected] of cases) {
    for (const [index, mode] of modes.entries()) {
      assert.equal(decimal(text).round({ scale, mode }).toString(), expected[index], `${text} to ${scale}, ${mode}`);
    }
  }
});

test("division rounds once, at the scale asked for", () => {
  const cases: [dividend: string, divisor: string, scale: number, mode: RoundingMode, quotient: string][] = [
    ["10", "3", 2, "half-up", "3.33"],
    ["20", "3", 2, "half-up", "6.67"],
    ["-20", "3", 2, "half-up", "-6.67"],
    ["20", "-3", 2, "floor", "-6.67"],
    ["20", "-3", 2, "ceil", "-6.66"],
    ["-20", "-3", 2, "down", "6.66"],
    ["1", "8", 2, "half-even", "0.12"],
    ["3", "8", 2, "half-even", "0.38"],
    ["1", "0.001", 0, "down", "1000"],
    ["0.001", "1000", 6, "down", "0.000001"],
    ["0", "7", 2, "half-up", "0"],
  ];
  for (const [dividend, divisor, scale, mode, quotient] of cases) {
    const actual = decimal(dividend).dividedBy(decimal(divisor), { scale, mode });
    assert.equal(actual.toString(), quotient, `${dividend} / ${divisor}`);
  }
  assert.throws(() => one.dividedBy(zero, { scale: 2, mode: "down" }), RangeError);
});

test("operators that would go through a float throw", () => {
  const [a, b] = [decimal("1"), decimal("2")];
  assert.throws(() => a < b, TypeError);
  assert.throws(() => (a as unknown as number) + (b as unknown as number), TypeError);
  assert.equal(String(a), "1");
  assert.equal(JSON.stringify({ amount: decimal("0.10") }), '{"amount":"0.1"}');
});

/** A number as this file's own independent arithmetic sees it: whole steps of 10^-40. */
const STEP_DIGITS = 40;
const STEPS = 10n ** BigInt(STEP_DIGITS);

type Sample = { text: string; steps: bigint };

/** Up to 30 digits before the point and 20 after, half of them written with an exponent. */
const sample: fc.Arbitrary<Sample> = fc
  .tuple(
    fc.oneof(
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      fc.bigInt({ min: -1000n, max: 1000n }),
      // Where safe integers end, and where their products do.
      fc
        .tuple(fc.constantFrom(2n ** 53n, -(2n ** 53n), 94_906_265n), fc.bigInt({ min: -3n, max: 3n }))
        .map(([end, by]) => end + by),
    ),
    fc.integer({ min: 0, max: 20 }),
    fc.boolean(),
  )
  .map(([coefficient, scale, withExponent]) => ({
    text: withExponent ? `${coefficient}e-${scale}` : plain(coefficient, scale),
    steps: coefficient * 10n ** BigInt(STEP_DIGITS - scale),
  }));

function plain(coefficient: bigint, scale: number): string {
  const digits = (coefficient < 0n ? -coefficient : coefficient).toString().padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return coefficient < 0n ? `-${text}` : text;
}

/** The steps that a decimal's text writes, read by splitting it at the point. */
function stepsOf(text: string, digits = STEP_DIGITS): bigint {
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  const steps = BigInt(whole + fraction.padEnd(digits, "0"));
  return text.startsWith("-") ? -steps : steps;
}

const laws = { numRuns: 1_000 };

test("law: reading and writing lose no digit", () => {
  fc.assert(
    fc.property(sample, ({ text, steps }) => {
      const written = decimal(text).toString();
      assert.equal(stepsOf(written), steps);
      assert.match(written, /^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
      assert.notEqual(written, "-0");
      assert.equal(decimal(written).toString(), written);
    }),
    laws,
  );
});

test("law: sums, differences, products and comparisons agree with big integers", () => {
  fc.assert(
    fc.property(sample, sample, (a, b) => {
      const [x, y] = [decimal(a.text), decimal(b.text)];
      assert.equal(stepsOf(x.plus(y).toString()), a.steps + b.steps);
      assert.equal(stepsOf(x.minus(y).toString()), a.steps - b.steps);
      assert.equal(stepsOf(x.times(y).toString(), 2 * STEP_DIGITS), a.steps * b.steps);
      assert.equal(stepsOf(x.negated().toString()), -a.steps);
      assert.equal(stepsOf(x.abs().toString()), a.steps < 0n ? -a.steps : a.steps);
      const order = a.steps === b.steps ? 0 : a.steps < b.steps ? -1 : 1;
      assert.equal(x.compare(y), order);
      assert.equal(x.equals(y), order === 0);
      assert.equal(x.isLessThan(y), order < 0);
      assert.equal(x.isGreaterThan(y), order > 0);
      assert.equal(min(x, y).equals(order <= 0 ? x : y), true);
      assert.equal(max(x, y).equals(order >= 0 ? x : y), true);
      assert.equal(stepsOf(sum([x, y, x]).toString()), a.steps + b.steps + a.steps);
      assert.equal(x.sign(), a.steps === 0n ? 0 : a.steps < 0n ? -1 : 1);
      assert.equal(x.isWhole(), a.steps % STEPS === 0n);
      assert.deepEqual([x.isZero(), x.isPositive(), x.isNegative()], [a.steps === 0n, a.steps > 0n, a.steps < 0n]);
    }),
    laws,
  );
});

test("law: a rounded quotient is within one unit of the last digit, within half of one when to the nearest", () => {
  const modes = fc.constantFrom<RoundingMode>("half-up", "half-even", "floor", "ceil", "down");
  fc.assert(
    fc.property(sample, sample, fc.integer({ min: 0, max: 12 }), modes, (a, b, scale, mode) => {
      fc.pre(b.steps !== 0n);
      const quotient = stepsOf(decimal(a.text).dividedBy(decimal(b.text), { scale, mode }).toString(), scale);
      // quotient / 10^scale − a / b, times 10^scale · |b|, so that all is whole.
      const divisor = b.steps < 0n ? -b.steps : b.steps;
      const exact = (b.steps < 0n ? -a.steps : a.steps) * 10n ** BigInt(scale);
      const error = quotient * divisor - exact;
      const size = error < 0n ? -error : error;
      if (mode === "half-up" || mode === "half-even") assert.ok(2n * size <= divisor);
      assert.ok(size < divisor);
      if (mode === "floor") assert.ok(error <= 0n);
      if (mode === "ceil") assert.ok(error >= 0n);
      if (mode === "down") assert.ok(exact >= 0n ? error <= 0n : error >= 0n);
    }),
    laws,
  );
});

test("law: equal numbers held with different scales behave alike", () => {
  fc.assert(
    fc.property(sample, fc.integer({ min: 0, max: 30 }), ({ text }, extra) => {
      const held = decimal(text);
      const padded = held.plus(Decimal.of(0n, extra));
      assert.equal(padded.equals(held), true);
      assert.equal(padded.toString(), held.toString());
      assert.equal(padded.minus(held).isZero(), true);
    }),
    laws,
  );
});

test("law: a number whose coefficient is small behaves as if it were held as a large one", () => {
  const modes = fc.constantFrom<RoundingMode>("half-up", "half-even", "floor", "ceil", "down");
  const huge = Decimal.of(10n ** 80n);
  // Passing through 10^80 leaves the same number with a coefficient that is no safe integer's form any more.
  const enlarged = (number: Decimal) => number.plus(huge).minus(huge);
  fc.assert(
    fc.property(sample, sample, fc.integer({ min: 0, max: 12 }), modes, (a, b, scale, mode) => {
      const [x, y] = [decimal(a.text), decimal(b.text)];
      const [large, other] = [enlarged(x), enlarged(y)];
      assert.equal(x.round({ scale, mode }).toString(), large.round({ scale, mode }).toString());
      assert.equal(x.times(y).toString(), large.times(other).toString());
      assert.equal(x.plus(y).toString(), large.plus(y).toString());
      assert.equal(x.compare(y), large.compare(y));
      assert.equal(x.isWithin(scale), large.isWithin(scale));
      if (y.isZero()) return;
      assert.equal(x.dividedBy(y, { scale, mode }).toString(), large.dividedBy(other, { scale, mode }).toString());
      assert.equal(x.roundToStep(y, mode).toString(), large.roundToStep(other, mode).toString());
    }),
    laws,
  );
});

test("a quantity is brought to whole steps", () => {
  const cases: [number: string, step: string, mode: RoundingMode, expected: string][] = [
    ["61", "60", "ceil", "120"],
    ["60", "60", "ceil", "60"],
    ["0", "60", "ceil", "0"],
    ["-61", "60", "ceil", "-60"],
    ["61", "60", "floor", "60"],
    ["-61", "60", "floor", "-120"],
    ["90", "60", "half-up", "120"],
    ["89.999", "60", "half-up", "60"],
    ["0.25", "0.1", "ceil", "0.3"],
    ["1", "0.3", "ceil", "1.2"],
    ["9007199254740993", "2", "half-up", "9007199254740994"],
  ];
  for (const [number, step, mode, expected] of cases) {
    assert.equal(
      decimal(number).roundToStep(decimal(step), mode).toString(),
      expected,
      `${number} to ${step}, ${mode}`,
    );
  }
});

test("how many digits a number has on either side of the point", () => {
  const cases: [number: string, digits: number, isWithin: boolean][] = [
    ["0", 0, true],
    ["9", 1, true],
    ["10", 1, false],
    ["-9", 1, true],
    ["-10", 1, false],
    ["9.9", 1, true],
    ["9.99", 1, false],
    ["0.01", 1, false],
    ["0.01", 2, true],
  ];
  for (const [number, digits, isWithin] of cases) assert.equal(decimal(number).isWithin(digits), isWithin, number);
});
