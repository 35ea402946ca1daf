import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Decimal, decimal, max, min } from "./decimal.ts";
import { evaluate, ExpressionError, parseExpression, propertiesOf, type PropertyReader } from "./expression.ts";

const laws = { numRuns: 1_000 };

function readerOf(properties: Record<string, string>): PropertyReader {
  return {
    isMissing: (property) => !Object.hasOwn(properties, property),
    read: (property) => {
      const text = properties[property];
      if (text === undefined) throw new RangeError(`missing ${property}`);
      return decimal(text);
    },
    refuse: (reason) => {
      throw new RangeError(reason);
    },
  };
}

function value(text: string, properties: Record<string, string> = {}): string {
  return evaluate(parseExpression(text), readerOf(properties)).toString();
}

test("what an expression is worth", () => {
  const properties = { tokens_in: "2", tokens_out: "5", "input.tokens": "7", "cache-hits": "3", min: "4", _x1: "1" };
  const cases: [text: string, value: string][] = [
    ["1", "1"],
    ["0.10", "0.1"],
    ["  1  +  2 ", "3"],
    ["tokens_in * 3 + tokens_out", "11"],
    ["tokens_in + tokens_out * 3", "17"],
    ["(tokens_in + tokens_out) * 3", "21"],
    ["10 - 4 - 3", "3"],
    ["10 - (4 - 3)", "9"],
    ["100 / 10 / 5", "2"],
    ["2 * -3", "-6"],
    ["--2", "2"],
    ["-tokens_in - -tokens_out", "3"],
    ["`input.tokens` + `cache-hits`", "10"],
    ["min + _x1", "5"],
    ["0.1 + 0.2", "0.3"],
    ["99999999999999999999 * 99999999999999999999", "9999999999999999999800000000000000000001"],
    ["1 / 3", "0.333333333333333333"],
    ["2 / 3", "0.666666666666666667"],
    ["-2 / 3", "-0.666666666666666667"],
    ["1 / 3 * 3", "0.999999999999999999"],
    ["61 / 60", "1.016666666666666667"],
    ["ceil(61 / 60)", "2"],
    ["ceil(120 / 60)", "2"],
    ["ceil(-0.5)", "0"],
    ["floor(1.9)", "1"],
    ["floor(-0.1)", "-1"],
    ["round(2.5)", "3"],
    ["round(-2.5)", "-3"],
    ["round(2.49)", "2"],
    ["min(tokens_in, tokens_out)", "2"],
    ["max(tokens_in, tokens_out, 9)", "9"],
    ["if(tokens_in > 1, tokens_out, 0)", "5"],
    ["if(tokens_in > 2, tokens_out, 0)", "0"],
    ["if(tokens_in >= 2, 1, 0)", "1"],
    ["if(tokens_in < 2, 1, 0)", "0"],
    ["if(tokens_in <= 2, 1, 0)", "1"],
    ["if(tokens_in = 2.00, 1, 0)", "1"],
    ["if(tokens_in != 2, 1, 0)", "0"],
    ["if(1 = 1, 2, absent)", "2"],
    ["default(absent, 8)", "8"],
    ["default(tokens_in, absent)", "2"],
    ["default(`a.b`, default(absent, 6))", "6"],
  ];
  for (const [text, expected] of cases) assert.equal(value(text, properties), expected, text);
});

test("what is wrong is said with its column", () => {
  const cases: [text: string, message: string, column: number][] = [
    ["", "The expression ends where a number, a property or a parenthesis is expected.", 1],
    ["   ", "The expression ends where a number, a property or a parenthesis is expected.", 4],
    ["1 +", "The expression ends where a number, a property or a parenthesis is expected.", 4],
    ["1 2", '"2" is not expected here.', 3],
    ["1 + * 2", '"*" is not expected here.', 5],
    ["(1", 'The expression ends where ")" is expected.', 3],
    ["1)", '")" is not expected here.', 2],
    ["a b", '"b" is not expected here.', 3],
    ["a.b", '"." has no meaning in an expression.', 2],
    [".5", '"." has no meaning in an expression.', 1],
    ["1 + 5.", '"." has no meaning in an expression.', 6],
    ["a; b", '";" has no meaning in an expression.', 2],
    ["a % b", '"%" has no meaning in an expression.', 3],
    ["a = b", '"=" is not expected here.', 3],
    ["😀", '"😀" has no meaning in an expression.', 1],
    ["`a", "This quoted name is empty or has no end.", 1],
    ["1 + ``", "This quoted name is empty or has no end.", 5],
    ["eval(1)", 'There is no function "eval"; there are min, max, ceil, floor, round, if and default.', 1],
    ["min(1)", '")" stands where "," is expected.', 6],
    ["ceil(1, 2)", '"," stands where ")" is expected.', 7],
    ["if(1, 2, 3)", '"," stands where a comparison (<, <=, >, >=, =, !=) is expected.', 5],
    ["if(1 < 2, 3)", '")" stands where "," is expected.', 12],
    ["default(1, 2)", "The first part of default must be a property.", 9],
    ["(".repeat(33) + "1" + ")".repeat(33), "Must not be nested deeper than 32 levels.", 33],
    ["-".repeat(40) + "1", "Must not be nested deeper than 32 levels.", 33],
    ["1".repeat(501), "Must be at most 500 characters.", 501],
  ];
  for (const [text, message, column] of cases) {
    assert.throws(
      () => parseExpression(text),
      (error) => {
        assert.ok(error instanceof ExpressionError, text);
        assert.equal(error.message, `${message} (column ${column})`, text);
        return error.column === column;
      },
    );
  }
});

test("nested and long expressions up to the bounds are read", () => {
  assert.equal(value("(".repeat(31) + "1" + ")".repeat(31)), "1");
  assert.equal(value("1" + "+1".repeat(249)), "250");
});

test("what cannot be computed is refused", () => {
  const many = { a: "9".repeat(400) };
  const cases: [text: string, reason: RegExp][] = [
    ["1 / 0", /divides by zero/],
    ["1 / (a - a)", /divides by zero/],
    ["a * a", /more digits than a number may have/],
    ["a + a", /more digits than a number may have/],
    ["absent + 1", /missing absent/],
  ];
  for (const [text, reason] of cases) assert.throws(() => value(text, many), reason, text);
  assert.equal(value("a - a", many), "0");
});

test("which properties an expression reads", () => {
  const cases: [text: string, names: string[]][] = [
    ["1 + 2", []],
    ["b * a + b", ["b", "a"]],
    ["if(a > `b.c`, min(d, e), -default(f, ceil(g)))", ["a", "b.c", "d", "e", "f", "g"]],
  ];
  for (const [text, names] of cases) assert.deepEqual(propertiesOf(parseExpression(text)), names, text);
});

type Sample = { text: string; value: Decimal };

const leaf: fc.Arbitrary<Sample> = fc.oneof(
  fc.tuple(fc.nat(10_000), fc.integer({ min: 0, max: 4 })).map(([coefficient, scale]) => {
    const number = Decimal.of(BigInt(coefficient), scale);
    return { text: number.toString(), value: number };
  }),
  fc.constantFrom({ text: "a", value: decimal("2.5") }, { text: "`b-c`", value: decimal("-3") }),
);

const { tree } = fc.letrec<{ tree: Sample }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.tuple(tie("tree"), fc.constantFrom("+", "-", "*"), tie("tree")).map(([left, sign, right]) => ({
      text: `(${left.text} ${sign} ${right.text})`,
      value:
        sign === "+"
          ? left.value.plus(right.value)
          : sign === "-"
            ? left.value.minus(right.value)
            : left.value.times(right.value),
    })),
    tie("tree").map((of) => ({ text: `-${of.text}`, value: of.value.negated() })),
    fc
      .tuple(tie("tree"), tie("tree"))
      .map(([a, b]) => ({ text: `min(${a.text}, ${b.text})`, value: min(a.value, b.value) })),
    fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => ({
      text: `if(${a.text} < ${b.text}, ${b.text}, max(${a.text}, ${b.text}))`,
      value: max(a.value, b.value),
    })),
  ),
}));

test("law: an expression is worth what the same operations on decimals are", () => {
  const readable = tree.filter(({ text }) => text.length <= 500);
  fc.assert(
    fc.property(readable, (sample) => {
      try {
        assert.equal(value(sample.text, { a: "2.5", "b-c": "-3" }), sample.value.toString());
      } catch (error) {
        // Deeper than an expression may be: a minus sign and a call before each parenthesis.
        if (!(error instanceof ExpressionError) || !error.message.includes("nested")) throw error;
      }
    }),
    laws,
  );
});

test("law: no text does anything but give a number or an error with a column inside it", () => {
  const alphabet = fc.constantFrom(
    ...Array.from("abz_019.+-*/()<>=!,` \n\"'%{}[]$é"),
    "min(",
    "if(",
    "default(",
    "`x`",
  );
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 40 }), (parts) => {
      const text = parts.join("");
      try {
        parseExpression(text);
      } catch (error) {
        assert.ok(error instanceof ExpressionError, text);
        assert.ok(error.column >= 1 && error.column <= text.length + 1, `${text}: ${error.message}`);
      }
    }),
    { numRuns: 3_000 },
  );
});
