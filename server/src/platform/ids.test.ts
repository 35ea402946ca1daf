import assert from "node:assert/strict";
import { test } from "node:test";
import { bucketCount, bucketOf, createId, isId, randomText } from "./ids.ts";

test("an id has the published form and begins with its time", () => {
  const id = createId(new Date("2025-01-15T10:30:00.000Z"));
  assert.match(id, /^c[a-z0-9]{24}$/);
  assert.ok(isId(id));
  assert.equal(parseInt(id.slice(1, 9), 36), Date.parse("2025-01-15T10:30:00.000Z"));
});

test("ids sort in the order in which they were made, within a millisecond and over clocks that are interleaved", () => {
  const [now, other] = [new Date("2026-03-10T12:00:00.000Z"), new Date("2027-03-10T12:00:00.000Z")];
  const ids: string[] = [];
  for (let index = 0; index < 1_000; index++) {
    ids.push(createId(now));
    createId(other);
  }
  ids.push(createId(new Date(now.getTime() + 1)));
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, ids.length);
});

test("what is not an id is told", () => {
  for (const text of [
    "",
    "c",
    "c" + "0".repeat(23),
    "c" + "0".repeat(25),
    "d" + "0".repeat(24),
    "C" + "0".repeat(24),
    "c" + "0".repeat(23) + "-",
  ]) {
    assert.equal(isId(text), false, text);
  }
});

test("a customer's bucket is always the same one of 64, and customers spread over all of them", () => {
  // Fixed for ever: the bucket stands in primary keys.
  assert.equal(bucketOf("cm5x9z8nv0000h85r7l9p2k1m"), 0);
  const buckets = new Set(Array.from({ length: 2_000 }, () => bucketOf(createId(new Date(0)))));
  assert.equal(buckets.size, bucketCount);
});

test("random text has the length and the characters asked for, each of them", () => {
  const text = randomText("abc", 10_000);
  assert.equal(text.length, 10_000);
  assert.deepEqual([...new Set(text)].toSorted(), ["a", "b", "c"]);
});
