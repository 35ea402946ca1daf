import assert from "node:assert/strict";
import { test } from "node:test";
import { LosslessNumber } from "lossless-json";
import { BillingError } from "./errors.ts";
import { parseExpression } from "./expression.ts";
import { matches, measure, type Aggregation, type Meter, type MeterFilter } from "./meter.ts";
import type { Properties, PropertyValue } from "./property.ts";

function meter(filters: MeterFilter[] = [], aggregation: Meter["aggregation"] = { type: "count" }): Meter {
  return { code: "tokens_used", eventName: "completion", aggregation, window: null, filters };
}

function event(properties: Properties, eventName = "completion") {
  return { eventName, timestamp: 0, properties };
}

test("a meter matches events of its own name only", () => {
  assert.equal(matches(meter(), event({})), true);
  assert.equal(matches(meter(), event({}, "Completion")), false);
  assert.equal(matches(meter(), event({}, "completion ")), false);
});

const missing = Symbol("missing");

test("filters", () => {
  const on = (operator: string, value?: unknown) => ({ property: "p", operator, value }) as MeterFilter;
  const text = (number: string) => new LosslessNumber(number);
  const cases: [filter: MeterFilter, property: PropertyValue | typeof missing, holds: boolean][] = [
    [on("equals", "a"), "a", true],
    [on("equals", "a"), "b", false],
    [on("equals", "a"), missing, false],
    [on("equals", "a"), null, false],
    [on("equals", 1), text("1.0"), true],
    [on("equals", 1), "1", true],
    [on("equals", "1"), 1, true],
    [on("equals", "1.10"), "1.1", false],
    [on("equals", true), true, true],
    [on("equals", true), "true", false],
    [on("not_equals", "a"), "b", true],
    [on("not_equals", "a"), "a", false],
    [on("not_equals", "a"), missing, true],
    [on("not_equals", "a"), null, true],
    [on("not_equals", 1), text("1.0"), false],
    [on("in", ["a", "b"]), "b", true],
    [on("in", ["a", "b"]), "c", false],
    [on("in", []), "a", false],
    [on("in", [1, 2]), "2", true],
    [on("in", ["a"]), missing, false],
    [on("exists"), "", true],
    [on("exists"), 0, true],
    [on("exists"), false, true],
    [on("exists"), null, false],
    [on("exists"), missing, false],
    [on("not_exists"), missing, true],
    [on("not_exists"), null, true],
    [on("not_exists"), "", false],
    [on("greater_than", 10), 11, true],
    [on("greater_than", 10), 10, false],
    [on("greater_than", 10), "10.000000000000000001", true],
    [on("greater_than", 10), missing, false],
    [on("greater_than", 10), "many", false],
    [on("greater_than", "9"), "10", true],
    [on("greater_than_or_equal", 10), text("10.0"), true],
    [on("greater_than_or_equal", 10), 9, false],
    [on("less_than", 10), text("9.99"), true],
    [on("less_than", 10), 10, false],
    [on("less_than", 10), missing, false],
    [on("less_than", 10), null, false],
    [on("less_than", 10), "many", false],
    [on("less_than_or_equal", text("0.3")), text("0.3"), true],
    [on("less_than_or_equal", text("0.3")), text("0.30000000000000000001"), false],
  ];
  for (const [filter, property, holds] of cases) {
    const properties: Properties = typeof property === "symbol" ? {} : { p: property };
    assert.equal(
      matches(meter([filter]), event(properties)),
      holds,
      `${JSON.stringify(filter)} on ${JSON.stringify(properties)}`,
    );
  }
});

test("all filters must hold", () => {
  const both = meter([
    { property: "model", operator: "equals", value: "large" },
    { property: "tokens", operator: "greater_than", value: 100 },
  ]);
  assert.equal(matches(both, event({ model: "large", tokens: 101 })), true);
  assert.equal(matches(both, event({ model: "small", tokens: 101 })), false);
  assert.equal(matches(both, event({ model: "large", tokens: 100 })), false);
});

test("a count adds one, a sum adds its property exactly", () => {
  const sum = meter([], { type: "sum", property: "tokens" });
  const cases: [meter: Meter, properties: Properties, quantity: string][] = [
    [meter(), {}, "1"],
    [meter(), { tokens: 5 }, "1"],
    [sum, { tokens: 5 }, "5"],
    [sum, { tokens: 0 }, "0"],
    [sum, { tokens: -5 }, "-5"],
    [sum, { tokens: "0.10" }, "0.1"],
    [sum, { tokens: new LosslessNumber("12345678901234567890.123456789") }, "12345678901234567890.123456789"],
  ];
  for (const [of, properties, quantity] of cases) {
    assert.equal(measure(of, event(properties)).quantity.toString(), quantity, JSON.stringify(properties));
  }
});

test("a sum without a number is refused, and the refusal names property and meter", () => {
  const sum = meter([], { type: "sum", property: "tokens" });
  const cases: [properties: Properties, reason: string][] = [
    [{}, "missing"],
    [{ tokens: null }, "missing"],
    [{ tokens: "" }, "not one"],
    [{ tokens: "five" }, "not one"],
    [{ tokens: true }, "not one"],
    [{ tokens: [5] }, "not one"],
    [{ tokens: { value: "5", isLosslessNumber: true } }, "not one"],
    [{ tokens: new LosslessNumber("1e401") }, "not one"],
  ];
  for (const [properties, reason] of cases) {
    assert.throws(
      () => measure(sum, event(properties)),
      (error) => {
        assert.ok(error instanceof BillingError);
        assert.equal(error.code, "INVALID_PROPERTY");
        assert.deepEqual(error.details, [
          {
            path: "properties.tokens",
            message: `The meter "tokens_used" needs a number or a numeric string here; it is ${reason}.`,
            property: "tokens",
            meter_code: "tokens_used",
          },
        ]);
        return true;
      },
    );
  }
});

test("max, min, latest and weighted_sum read their quantity like a sum; expressions read several properties", () => {
  const weighted = parseExpression("tokens_in * 3 + tokens_out");
  const cases: [aggregation: Aggregation, properties: Properties, quantity: string][] = [
    [{ type: "max", property: "gb" }, { gb: "2.5" }, "2.5"],
    [{ type: "min", property: "gb" }, { gb: -1 }, "-1"],
    [{ type: "latest", property: "gb" }, { gb: 7 }, "7"],
    [{ type: "weighted_sum", per: "hour", property: "gb" }, { gb: -7 }, "-7"],
    [{ type: "sum", expression: weighted }, { tokens_in: 2, tokens_out: "5", other: "x" }, "11"],
  ];
  for (const [aggregation, properties, quantity] of cases) {
    assert.equal(measure(meter([], aggregation), event(properties)).quantity.toString(), quantity, aggregation.type);
  }
});

test("a unique count reads a value: a number and the string that writes it are one", () => {
  const unique = meter([], { type: "unique_count", property: "user" });
  const cases: [user: PropertyValue, value: string][] = [
    ["a", '"a"'],
    ["A", '"A"'],
    ["", '""'],
    [7, '"7"'],
    ["7", '"7"'],
    [new LosslessNumber("7.0"), '"7"'],
    ["7.0", '"7.0"'],
    [true, "true"],
    ["true", '"true"'],
  ];
  for (const [user, value] of cases) assert.equal(measure(unique, event({ user })).value, value, JSON.stringify(user));
});

test("what a meter cannot read is refused, with the property at fault", () => {
  const expression = parseExpression("tokens_in / calls");
  const cases: [aggregation: Aggregation, properties: Properties, path: string, message: RegExp][] = [
    [{ type: "unique_count", property: "user" }, {}, "properties.user", /it is missing/],
    [{ type: "unique_count", property: "user" }, { user: [1] }, "properties.user", /it is none of them/],
    [{ type: "max", property: "gb" }, { gb: "many" }, "properties.gb", /it is not one/],
    [{ type: "sum", expression }, { tokens_in: 1 }, "properties.calls", /it is missing/],
    [{ type: "sum", expression }, { tokens_in: "x", calls: 1 }, "properties.tokens_in", /it is not one/],
    [
      { type: "sum", expression },
      { tokens_in: 1, calls: 0 },
      "properties.tokens_in",
      /tokens_in \/ calls, which divides by zero/,
    ],
  ];
  for (const [aggregation, properties, path, message] of cases) {
    assert.throws(
      () => measure(meter([], aggregation), event(properties)),
      (error) => {
        assert.ok(error instanceof BillingError);
        const [detail] = error.details as { path: string; message: string }[];
        assert.equal(detail?.path, path);
        assert.match(detail.message, message);
        return error.code === "INVALID_PROPERTY";
      },
    );
  }
});
