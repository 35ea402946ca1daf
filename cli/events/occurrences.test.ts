import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Occurrences } from "./occurrences.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "afternoon-occurrences-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const hashOf = (content: string): Buffer => createHash("sha256").update(content).digest();

test("each content is counted by itself while the table grows, and no file is left", () => {
  const occurrences = new Occurrences(path.join(folder, "seen"));
  const counts = new Map<string, number>();
  // Most come once, as events do, and some again after the table has grown twice.
  for (let index = 0; index < 80_000; index++) {
    const content = index % 10 === 0 ? `again ${index % 1_000}` : `once ${index}`;
    const count = (counts.get(content) ?? 0) + 1;
    counts.set(content, count);
    assert.equal(occurrences.count(hashOf(content)), count);
  }
  assert.deepEqual(readdirSync(folder), []);
  occurrences.close();
});

test("hashes whose place is the last slot go on at the first", () => {
  const occurrences = new Occurrences(path.join(folder, "wrapped"));
  const hashes = Array.from({ length: 5 }, (_, index) => Buffer.concat([Buffer.alloc(11, 0xff), Buffer.from([index])]));
  for (const expected of [1, 2]) for (const hash of hashes) assert.equal(occurrences.count(hash), expected);
  occurrences.close();
});
