import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { LosslessNumber, parse } from "lossless-json";
import { isSameValue, propertyOf, readDecimal, type Properties, type PropertyValue } from "./property.ts";

/** A property as an event's JSON brings it: safe integers as numbers, all other numbers as their text. */
function fromJson(text: string): PropertyValue {
  return parse(text, undefined, (number) =>
    /^-?\d{1,15}$/.test(number) ? parseInt(number, 10) : new LosslessNumber(number),
  ) as PropertyValue;
}

test("numbers and numeric strings are read exactly, and nothing else is a number", () => {
  const cases: [json: string, written: string | undefined][] = [
    ["3", "3"],
    ["-0", "0"],
    ["0.1", "0.1"],
    ["1.0", "1"],
    ["1e-7", "0.0000001"],
    ["12345678901234567890.123456789", "12345678901234567890.123456789"],
    ["9007199254740993", "9007199254740993"],
    ['"0.10"', "0.1"],
    ['"-2.5e3"', "-2500"],
    ['"007"', "7"],
    ["1e401", undefined],
    ['""', undefined],
    ['" 1"', undefined],
    ['"1 000"', undefined],
    ['"abc"', undefined],
    ['"0x10"', undefined],
    ['"NaN"', undefined],
    ["true", undefined],
    ["null", undefined],
    ["[1]", undefined],
    ["{}", undefined],
    ['{"value":"5","isLosslessNumber":true}', undefined],
  ];
  for (const [json, written] of cases) assert.equal(readDecimal(fromJson(json))?.toString(), written, json);
  assert.equal(readDecimal(undefined), null);
});

test("a number that came through a double is a bug", () => {
  assert.throws(() => readDecimal(0.1), TypeError);
  assert.throws(() => readDecimal(2 ** 53), TypeError);
});

test("values are equal as numbers if one of them is a number, otherwise letter by letter", () => {
  const cases: [a: string, b: string, isSame: boolean][] = [
    ["1", "1", true],
    ["1", "1.0", true],
    ["1", '"1"', true],
    ["1", '"1.00"', true],
    ["1.0", '"1"', true],
    ["100", "1e2", true],
    ["0.1", "0.10", true],
    ["12345678901234567890", "12345678901234567891", false],
    ["1", "2", false],
    ["1", '"one"', false],
    ["1", "true", false],
    ["0", '""', false],
    ["0", "null", false],
    ["0", "false", false],
    ['"gpt-4"', '"gpt-4"', true],
    ['"gpt-4"', '"GPT-4"', false],
    ['"1.10"', '"1.1"', false],
    ['"01"', '"1"', false],
    ["true", "true", true],
    ["true", "false", false],
    ["true", '"true"', false],
    ["[1]", "[1]", false],
    ["{}", "{}", false],
  ];
  for (const [a, b, isSame] of cases) {
    assert.equal(isSameValue(fromJson(a), fromJson(b)), isSame, `${a} and ${b}`);
    assert.equal(isSameValue(fromJson(b), fromJson(a)), isSame, `${b} and ${a}`);
  }
});

test("a property is a top-level key of the event itself; null counts as missing", () => {
  const properties = fromJson('{"a": 1, "b": null, "c.d": 2, "c": {"d": 3}, "__proto__": 4}') as Properties;
  const cases: [name: string, value: PropertyValue | undefined][] = [
    ["a", 1],
    ["b", undefined],
    ["missing", undefined],
    ["c.d", 2],
    ["constructor", undefined],
    ["toString", undefined],
  ];
  for (const [name, value] of cases) assert.equal(propertyOf(properties, name), value, name);
});

test("law: a JSON number reads as the same decimal whether it comes as a number, as its text or as a string", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (integer) => {
      const expected = String(BigInt(integer));
      assert.equal(readDecimal(integer)?.toString(), expected);
      assert.equal(readDecimal(expected)?.toString(), expected);
      assert.equal(readDecimal(new LosslessNumber(expected))?.toString(), expected);
      assert.equal(isSameValue(integer, new LosslessNumber(`${expected}.00`)), true);
    }),
    { numRuns: 300 },
  );
});
