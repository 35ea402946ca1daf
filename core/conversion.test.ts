import assert from "node:assert/strict";
import { test } from "node:test";
import { conversionAt, convert, type Conversion } from "./conversion.ts";
import { decimal } from "./decimal.ts";

function conversion(currencyCode: string, amountPerUnit: string, from: string, pricingUnitCode = "credit"): Conversion {
  return { pricingUnitCode, currencyCode, amountPerUnit: decimal(amountPerUnit), effectiveFrom: Date.parse(from) };
}

const conversions = [
  conversion("usd", "0.012", "2026-03-01T00:00:00Z"),
  conversion("usd", "0.01", "2026-01-01T00:00:00Z"),
  conversion("eur", "0.009", "2026-02-01T00:00:00Z"),
  conversion("usd", "5", "2025-01-01T00:00:00Z", "gpu_hour"),
];

test("the conversion in force is the last one of the pair that has begun", () => {
  const cases: [pricingUnitCode: string, currencyCode: string, at: string, amountPerUnit: string | undefined][] = [
    ["credit", "usd", "2025-12-31T23:59:59.999Z", undefined],
    ["credit", "usd", "2026-01-01T00:00:00Z", "0.01"],
    ["credit", "usd", "2026-02-28T23:59:59.999Z", "0.01"],
    ["credit", "usd", "2026-03-01T00:00:00Z", "0.012"],
    ["credit", "eur", "2026-01-15T00:00:00Z", undefined],
    ["credit", "eur", "2026-03-15T00:00:00Z", "0.009"],
    ["gpu_hour", "usd", "2026-03-15T00:00:00Z", "5"],
    ["gpu_hour", "eur", "2026-03-15T00:00:00Z", undefined],
  ];
  for (const [pricingUnitCode, currencyCode, at, expected] of cases) {
    const found = conversionAt(conversions, { pricingUnitCode, currencyCode, instant: Date.parse(at) });
    assert.equal(found?.amountPerUnit.toString(), expected, `${pricingUnitCode} in ${currencyCode} at ${at}`);
  }
});

test("a conversion is exact", () => {
  const rate = conversion("usd", "0.0000000007", "2026-01-01T00:00:00Z");
  assert.equal(convert(decimal("123456789.000000001"), rate).toString(), "0.0864197523000000007");
});
