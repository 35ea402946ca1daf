import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMinorUnits } from "./minor-unit.ts";

const formatted: [minor: bigint, currencyCode: string, text: string][] = [
  [0n, "usd", "0.00 USD"],
  [5n, "usd", "0.05 USD"],
  [5_000n, "usd", "50.00 USD"],
  [-123_456n, "eur", "-1,234.56 EUR"],
  [500n, "jpy", "500 JPY"],
  [1_000_000n, "jpy", "1,000,000 JPY"],
  [-5n, "kwd", "-0.005 KWD"],
  [9_007_199_254_740_993n, "usd", "90,071,992,547,409.93 USD"],
];

test("an amount is shown with every digit of its currency and the currency's code", () => {
  for (const [minor, currencyCode, text] of formatted) assert.equal(formatMinorUnits(minor, currencyCode), text);
});
