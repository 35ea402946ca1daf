import assert from "node:assert/strict";
import { test } from "node:test";
import { countryCodes, parseCountryCode } from "./country.ts";

test("a country code is taken in any case and given in upper case, and what is no country is none", () => {
  const cases: [text: string, code: string | null][] = [
    ["DE", "DE"],
    ["de", "DE"],
    ["xk", "XK"],
    ["ZZ", null],
    ["EU", null],
    ["UK", null],
    ["SU", null],
    ["XA", null],
    ["ın", null],
    ["DEU", null],
    ["DE\n", null],
    ["", null],
  ];
  for (const [text, code] of cases) assert.equal(parseCountryCode(text), code, text);
});

test("the list holds the 249 countries of ISO 3166-1 and Kosovo, each once, in order", () => {
  assert.equal(countryCodes.length, 250);
  assert.deepEqual(countryCodes, [...new Set(countryCodes)].toSorted());
});
