import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { startTestApp } from "../harness.ts";
import { documentedOpenApi } from "./published-page.ts";

const { app } = await startTestApp();
const ours: unknown = JSON.parse((await app.inject("/openapi.json")).payload);
const published = documentedOpenApi();

test("everything that the documented page says is said by our document, field by field", () => {
  assert.deepEqual(missing(published, ours, ""), []);
});

for (const part of ["paths", "servers", "components"]) {
  test(`the page's ${part} are compared`, () => {
    const changed = structuredClone(published);
    breakFirstText(changed[part]);
    assert.ok(missing(changed, ours, "").length > missing(published, ours, "").length);
  });
}

/** What `expected` has and `actual` has not, each with its path. A list of names is a set; other lists are found item by item. */
function missing(expected: unknown, actual: unknown, path: string): string[] {
  if (Array.isArray(expected)) return missingItems(expected, actual, path);
  if (typeof expected !== "object" || expected === null) {
    return expected === actual
      ? []
      : [`${path}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`];
  }
  if (typeof actual !== "object" || actual === null) return [`${path}: missing`];
  return Object.entries(expected).flatMap(([key, value]) => {
    const found = Object.entries(actual).find(([name]) => name === key)?.[1];
    return missing(value, found, `${path}/${key}`);
  });
}

function missingItems(expected: unknown[], actual: unknown, path: string): string[] {
  if (!Array.isArray(actual)) return [`${path}: missing`];
  // More choices or fewer required fields would be another contract, so these must be the same and not only contained.
  if (/\/(?:enum|required)$/.test(path)) {
    return isDeepStrictEqual(new Set(expected), new Set(actual))
      ? []
      : [`${path}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`];
  }
  return expected.flatMap((item, index) => {
    const differences = actual.map((candidate) => missing(item, candidate, `${path}/${index}`));
    return differences.toSorted((a, b) => a.length - b.length)[0] ?? [`${path}/${index}: missing`];
  });
}

/** Changes the first text found below `value`, to prove that the comparison sees it. */
function breakFirstText(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const holder = value as Record<string, unknown>;
  return Object.entries(holder).some(([key, item]) => {
    if (typeof item !== "string") return breakFirstText(item);
    holder[key] = `${item} changed`;
    return true;
  });
}
