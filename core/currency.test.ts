import assert from "node:assert/strict";
import { test } from "node:test";
import { currencyCodes, minorUnitDigits, parseCurrencyCode } from "./currency.ts";

test("a currency code is taken in any case and given in lower case", () => {
  const cases: [text: string, code: string | null][] = [
    ["usd", "usd"],
    ["USD", "usd"],
    ["Eur", "eur"],
    ["xof", "xof"],
    ["zwg", "zwg"],
    ["xcg", "xcg"],
    ["", null],
    ["us", null],
    ["usdd", null],
    [" usd", null],
    ["usd\n", null],
    ["\u212Awd", null], // Kelvin sign, which lowers to "k"
    ["abc", null],
    ["xau", null], // gold: no minor unit
    ["xxx", null], // no currency
    ["hrk", null], // withdrawn in 2023
    ["constructor", null],
  ];
  for (const [text, code] of cases) assert.equal(parseCurrencyCode(text), code, text);
});

test("minor units have the digits of ISO 4217, not those of everyday use", () => {
  const cases: [code: string, digits: number][] = [
    ["usd", 2],
    ["eur", 2],
    ["huf", 2],
    ["mga", 2],
    ["jpy", 0],
    ["krw", 0],
    ["isk", 0],
    ["kwd", 3],
    ["tnd", 3],
    ["iqd", 3],
    ["clf", 4],
    ["uyw", 4],
  ];
  for (const [code, digits] of cases) assert.equal(minorUnitDigits(code), digits, code);
  assert.throws(() => minorUnitDigits("USD"), RangeError);
});

test("the list holds every code once, in order", () => {
  assert.equal(currencyCodes.length, 165);
  assert.deepEqual(currencyCodes, [...new Set(currencyCodes)].toSorted());
  for (const code of currencyCodes) assert.match(code, /^[a-z]{3}$/);
});
