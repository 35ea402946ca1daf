import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { createDatabase, sql } from "../src/platform/db.ts";
import { projectRoot } from "../src/platform/project-root.ts";
import { ensureEventMonths } from "../src/metering/event-months.ts";
import { archiveMonths, restoreMonth } from "../src/metering/archives.ts";
import { readArchive } from "../src/metering/archive-file.ts";
import { createTestDatabase } from "./harness.ts";
import { until } from "./until.ts";

const folder = await mkdtemp(path.join(os.tmpdir(), "afternoon-archive-crash-"));
const file = path.join(folder, "events_2026_01.ndjson.gz");
const connectionString = await createTestDatabase();
const database = createDatabase({ connection: { connectionString }, preparedStatements: true, onError: () => {} });
after(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

let program = "";
before(async () => {
  const { bundle } = (await import(path.join(projectRoot, "scripts/build.mjs"))) as {
    bundle(entryPoints: string[], outdir: string): Promise<void>;
  };
  const out = path.join(projectRoot, ".build/archiving-process");
  await bundle(["server/test/archiving-process.ts"], out);
  program = path.join(out, "server/test/archiving-process.js");
});

const archive = () =>
  archiveMonths(database, {
    before: new Date("2026-02-01T00:00:00.000Z"),
    folder,
    now: new Date("2026-05-01T00:00:00.000Z"),
    findOpenUsage: async () => null,
  });
const restore = () => restoreMonth(database, { file });

/** Runs it in a process that is killed, and resolves with how that ended, when PostgreSQL has seen that it is gone. */
async function run(action: "archive" | "restore", dieAt: number): Promise<number | NodeJS.Signals | null> {
  const where = action === "archive" ? folder : file;
  const child = spawn(process.execPath, [program, connectionString, action, where, `${dieAt}`], { stdio: "inherit" });
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const ended = await new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once("exit", (code, signal) => resolve(code ?? signal)),
  );
  process.off("exit", killWithUs);
  await until("the end of its locks", async () => {
    const locks = await database.query(
      sql`select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
    );
    return locks.length === 0;
  });
  return ended;
}

// A page and a half, so that there is a middle of writing and of loading.
const eventCount = 1_500;
await ensureEventMonths(database, new Date("2026-01-10T00:00:00.000Z"));
await database.query(
  sql`insert into companies (company_id, name, currency_code, created_at) values ('co', 'Acme', 'usd', now())`,
);
await database.query(sql`insert into tenants (company_id, mode) values ('co', 'live')`);
await database.query(
  sql`insert into customers (tenant_id, bucket, customer_id, timezone, metadata, created_at, updated_at)
      select tenant_id, 1, 'customer', 'UTC', '{}', now(), now() from tenants where company_id = 'co'`,
);
await database.query(
  sql`insert into events (tenant_id, bucket, customer_id, event_id, event_name, idempotency_key, occurred_at, properties, charges, recorded_at)
      select tenant_id, 1, 'customer', 'cmk7jgg00' || lpad(number::text, 16, '0'), 'call', number::text, '2026-01-10', '{"n":1.10}', '[]', '2026-01-10'
      from customers, generate_series(1, ${eventCount}) as number`,
);

const stored = async () =>
  (
    await database.query<{ row: string }>(sql`select row_to_json(events)::text as row from events order by event_id`)
  ).map(({ row }) => row);
const original = await stored();

/** Every event is where readers look for it, or said to be archived; then it is in the file, or in the table that waits to be dropped. */
async function requireAll(): Promise<void> {
  const archives = await database.query(sql`select month from event_archives`);
  const here = await stored();
  if (archives.length === 0) return assert.deepEqual(here, original);
  assert.deepEqual(here, []);
  const [left] = await database.query<{ is_left: boolean }>(
    sql`select exists (select from pg_class where relname = 'events_2026_01') as is_left`,
  );
  if (left?.is_left === true) return;
  const lines: string[] = [];
  for await (const line of readArchive(file)) lines.push(line);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    original.map((line) => JSON.parse(line) as unknown),
  );
}

test("killed with -9 before any of its transactions, archiving loses nothing, says where all is, and goes on when it is run again", async () => {
  for (let dieAt = 1; ; dieAt++) {
    const ended = await run("archive", dieAt);
    await requireAll();
    if (ended === 0) {
      assert.ok(dieAt > 7, `it was killed at ${dieAt - 1} places`);
      break;
    }
    assert.equal(ended, "SIGKILL");
    await archive();
    await requireAll();
    assert.deepEqual(await readdir(folder), ["events_2026_01.ndjson.gz"]);
    assert.equal((await database.query(sql`select from event_archives`)).length, 1);
    await restore();
    assert.deepEqual(await stored(), original);
  }
});

test("killed with -9 before any of its transactions, restoring goes on when it is run again, and every event is there once", async () => {
  for (let dieAt = 1; ; dieAt++) {
    const ended = await run("restore", dieAt);
    await requireAll();
    if (ended === 0) {
      assert.ok(dieAt > 8, `it was killed at ${dieAt - 1} places`);
      break;
    }
    assert.equal(ended, "SIGKILL");
    const archives = await database.query(sql`select from event_archives`);
    if (archives.length === 1) await restore();
    assert.deepEqual(await stored(), original);
    await archive();
  }
});

test("an archiving that was cut off can be taken back as well: restoring attaches the table that was left", async () => {
  let dieAt = 1;
  const isDetached = async () => (await database.query(sql`select from event_archives`)).length === 1;
  while (!(await isDetached())) assert.equal(await run("archive", dieAt++), "SIGKILL");
  assert.equal((await database.query(sql`select from pg_class where relname = 'events_2026_01'`)).length, 1);
  await restore();
  assert.deepEqual(await stored(), original);
});
