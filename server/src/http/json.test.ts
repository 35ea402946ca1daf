import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { BillingError } from "../../../core/errors.ts";
import { parseJson, parseStoredJson, writeJson } from "./json.ts";

const parse = (text: string) => parseJson(Buffer.from(text));

const number = fc.oneof(
  fc.nat().map(String),
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
  fc.constantFrom("0", "-0", "1.50", "0.1", "1e3", "1E-2", "999999999999999", "1000000000000000", "9007199254740993"),
);
const string = fc.oneof(
  fc.constantFrom('":', '{"a": 1}', ", 1.5", "[-1", "12345678901234567", "\\", "é", "__proto"),
  fc.string({ maxLength: 6 }),
);
const space = fc.constantFrom("", " ", "\n\t");

/** JSON texts, numbers and spaces in them written in different ways. */
const { value: jsonText } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    number,
    string.map((text) => JSON.stringify(text)),
    fc.constantFrom("true", "false", "null"),
    fc.tuple(fc.array(tie("value"), { maxLength: 4 }), space).map(([items, gap]) => `[${gap}${items.join(`,${gap}`)}]`),
    fc
      .tuple(fc.uniqueArray(fc.tuple(string, tie("value")), { maxLength: 4, selector: ([key]) => key }), space)
      .map(
        ([members, gap]) =>
          `{${members.map(([key, item]) => `${gap}${JSON.stringify(key)}${gap}:${gap}${item}`).join(`${gap},`)}}`,
      ),
  ),
}));

test("a text is read the same whether or not one of its numbers needs the exact reader", () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      // The last number is of no kind that the quick reader takes.
      const exact = parse(`{"value":${text},"other":-1.50}`) as { value: unknown };
      assert.deepEqual((parse(`{"value":${text}}`) as { value: unknown }).value, exact.value);
      assert.deepEqual(parseStoredJson(text), exact.value);
    }),
    { numRuns: 2_000 },
  );
});

test("numbers keep every digit, however they are written", () => {
  for (const text of [
    '{"a":1.50}',
    '{"a":[0.1,12345678901234567890,1e-7]}',
    '{"a":-0.5,"b":"1.50"}',
    '{"a":999999999999999,"b":1000000000000001}',
  ])
    assert.equal(writeJson(parse(text)), text);
});

test("a key that is repeated with another value is refused, wherever it stands", () => {
  for (const text of [
    '{"a":1,"a":2}',
    '{"a":{"b":"x","b":"y"}}',
    '[{"a":1},{"a":1,"a" :2}]',
    '{"a":"\\":","b":1,"b":2}',
    '{"a":1.5,"b":1,"b":2}',
  ])
    assert.throws(
      () => parse(text),
      (error) => error instanceof BillingError && error.code === "INVALID_JSON",
      text,
    );
  assert.deepEqual(parse('{"a":1,"a":1}'), { a: 1 });
});

test("what a text says of prototypes is data, or nothing", () => {
  const read = parse('{"__proto__":{"isAdmin":true},"a":1}') as { isAdmin?: boolean };
  assert.equal(read.isAdmin ?? false, false);
  assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined);
});
