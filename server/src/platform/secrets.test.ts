import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { createSecrets, findSecretKey } from "./secrets.ts";

const folder = await mkdtemp(path.join(os.tmpdir(), "secrets-"));
after(() => rm(folder, { recursive: true }));

test("what is sealed opens with its key alone, and shows nothing", () => {
  const secrets = createSecrets(randomBytes(32));
  const sealed = secrets.seal("sk_live_ä");
  assert.equal(secrets.open(sealed), "sk_live_ä");
  assert.ok(!sealed.includes("sk_live"));
  assert.notDeepEqual(secrets.seal("sk_live_ä"), sealed);
  assert.throws(() => createSecrets(randomBytes(32)).open(sealed), /SECRET_KEY/);
});

test("what was changed does not open, whichever byte it is", () => {
  const secrets = createSecrets(randomBytes(32));
  const sealed = secrets.seal("secret");
  for (let place = 1; place < sealed.length; place += 1) {
    const changed = Buffer.from(sealed);
    changed[place] = (changed[place] as number) ^ 1;
    assert.throws(() => secrets.open(changed), /cannot be opened/);
  }
  assert.throws(() => secrets.open(Buffer.alloc(0)), /cannot be opened/);
});

test("processes that start together share one key, in a file that only its owner reads", async () => {
  const dataDir = path.join(folder, "new");
  for (let round = 0; round < 50; round++) {
    await rm(dataDir, { recursive: true, force: true });
    const keys = await Promise.all(Array.from({ length: 8 }, () => findSecretKey({ secretKey: null, dataDir })));
    for (const key of keys) assert.deepEqual(key, keys[0]);
    assert.deepEqual(await readdir(dataDir), ["secret.key"]);
  }
  assert.equal((await stat(path.join(dataDir, "secret.key"))).mode & 0o777, 0o600);
  const configured = await findSecretKey({ secretKey: "ab".repeat(32), dataDir });
  assert.equal(configured.toString("hex"), "ab".repeat(32));
});
