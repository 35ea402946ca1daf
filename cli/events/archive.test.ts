import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../server/src/platform/project-root.ts";
import { ensureEventMonths } from "../../server/src/metering/event-months.ts";
import { sql } from "../../server/src/platform/db.ts";
import { startTestApp } from "../../server/test/harness.ts";
import { createFolder, startEvents } from "../test/events-command.ts";

const { app, database, clock, test: api, connectionString } = await startTestApp({ now: "2026-01-10T12:00:00.000Z" });
const { folder } = await createFolder();
const url = await app.listen({ port: 0, host: "127.0.0.1" });

function events(...args: string[]): { code: number | null; output: string } {
  const program = path.join(projectRoot, "dist/cli/afternoon.js");
  const env = { ...process.env, DATABASE_URL: connectionString, DATA_DIR: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "events", ...args], {
    env,
    encoding: "utf8",
  });
  return { code: status, output: stdout + stderr };
}

test("`afternoon events archive` puts each month into a file, says which it leaves and why, and `restore` brings one back", async () => {
  await ensureEventMonths(database, clock.now());
  const { customer } = (await api.post("/v1/customers", { name: "Acme" })).body;
  const event = {
    event_name: "call",
    idempotency_key: "1",
    customer_id: customer.id,
    timestamp: clock.now().toISOString(),
  };
  const { usage_id } = (await api.post("/v1/events/ingest", { ...event, properties: {} })).body;

  const archived = events("archive", "--before", "2026-02");
  assert.equal(archived.code, 0, archived.output);
  assert.match(archived.output, /2026-01: written\n2026-01: detached\n2026-01: verified\n2026-01: dropped\n/);
  const file = path.join(folder, "archives", "events_2026_01.ndjson.gz");
  assert.match(archived.output, new RegExp(`${file} holds 1 events; SHA-256 of its lines [0-9a-f]{64}`));
  assert.equal((await api.get(`/v1/events/${usage_id}`)).body.error.code, "EVENT_ARCHIVED");
  assert.match(events("archive", "--before", "2026-02").output, /There is no month to archive/);

  const warned = async (...args: string[]) =>
    /before 2026-02-01T00:00:00.000Z may be archived/.test(
      (await startEvents(url, api, ["export", ...args]).ended).stderr,
    );
  assert.deepEqual([await warned(), await warned("--from", "2026-02-01T00:00:00Z")], [true, false]);

  const restored = events("restore", file);
  assert.equal(restored.code, 0, restored.output);
  assert.match(restored.output, /1 events of 2026-01 are back/);
  assert.equal((await api.get(`/v1/events/${usage_id}`)).status, 200);
  assert.equal(await warned(), false);

  await database.query(sql`alter table events detach partition events_2026_01`);
  const refused = events("archive", "--before", "2026-02", "--to", folder);
  assert.deepEqual(
    [refused.code, /2026-01 is not archived: .*detached by hand/.test(refused.output)],
    [1, true],
    refused.output,
  );
});

test("without a month, or with two files, it says what it needs", () => {
  for (const before of [[], ["--before", "2026-13"], ["--before", "2026"]]) {
    const { code, output } = events("archive", ...before);
    assert.deepEqual([code, output.includes("Say --before and a month, like --before 2026-01.")], [1, true], output);
  }
  const { code, output } = events("restore", "a", "b");
  assert.deepEqual([code, output.includes("Usage: afternoon events restore FILE")], [1, true], output);
});
