import assert from "node:assert/strict";
import { test } from "node:test";
import { LosslessNumber } from "lossless-json";
import { dimensionOf, dimensionOfValues, valuesOfDimension, wholePrice } from "./dimension.ts";
import { BillingError } from "./errors.ts";
import type { Properties } from "./property.ts";

test("a dimension is one canonical text of the values", () => {
  const cases: [properties: Properties, names: string[], dimension: string][] = [
    [{ model: "large" }, [], wholePrice],
    [{ model: "large" }, ["model"], '["large"]'],
    [{ region: "eu", model: "large" }, ["model", "region"], '["large","eu"]'],
    [{ model: "large" }, ["model", "region"], '["large",null]'],
    [{ model: null }, ["model"], "[null]"],
    [{ model: 7 }, ["model"], '["7"]'],
    [{ model: "7" }, ["model"], '["7"]'],
    [{ model: new LosslessNumber("7.00") }, ["model"], '["7"]'],
    [{ model: "7.00" }, ["model"], '["7.00"]'],
    [{ model: new LosslessNumber("1e-7") }, ["model"], '["0.0000001"]'],
    [{ model: true }, ["model"], "[true]"],
    [{ model: "true" }, ["model"], '["true"]'],
    [{ model: 'a","b' }, ["model"], '["a\\",\\"b"]'],
    [{ model: "\u0000" }, ["model"], '["\\u0000"]'],
  ];
  for (const [properties, names, dimension] of cases) {
    assert.equal(dimensionOf(properties, names, "price"), dimension);
    assert.equal(dimensionOf({ ...properties }, names, "price"), dimension);
  }
});

test("values that an event and a row of a matrix write differently are one dimension", () => {
  assert.equal(
    dimensionOfValues(["large", 7]),
    dimensionOf({ a: "large", b: new LosslessNumber("7.0") }, ["a", "b"], "price"),
  );
  assert.equal(dimensionOfValues([null, true]), dimensionOf({ b: true }, ["a", "b"], "price"));
});

test("a dimension is read back as its values", () => {
  assert.deepEqual(valuesOfDimension('["large","7",true,null]'), ["large", "7", true, null]);
  assert.deepEqual(valuesOfDimension(wholePrice), []);
});

test("what cannot tell counters apart is refused", () => {
  const cases: [value: Properties[string], message: RegExp][] = [
    [["eu"], /it is none of them/],
    [{ name: "eu" }, /it is none of them/],
    ["x".repeat(509), /must not be longer than 512 characters/],
  ];
  for (const [region, message] of cases) {
    assert.throws(
      () => dimensionOf({ region }, ["region"], "per_token"),
      (error) => {
        assert.ok(error instanceof BillingError);
        const [detail] = error.details as { path: string; message: string; price_code: string }[];
        assert.equal(detail?.path, "properties.region");
        assert.equal(detail.price_code, "per_token");
        assert.match(detail.message, message);
        return error.code === "INVALID_PROPERTY";
      },
    );
  }
  assert.equal(dimensionOf({ region: "x".repeat(508) }, ["region"], "per_token").length, 512);
});
