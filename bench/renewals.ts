/*
 * `npm run bench:renewals [-- --subscriptions N] [--rounds N]`: how fast subscriptions are billed that fall due together, each with ten prices,
 * beside the bare inserts of the same rows by one pgbench client on the same PostgreSQL. Prints a table and writes `results/renewals.json`.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { createCatalogReader } from "../server/src/catalog/catalog.ts";
import { createDatabase, sql } from "../server/src/platform/db.ts";
import { startEmbeddedPostgres } from "../server/src/platform/embedded-postgres/embedded-postgres.ts";
import { migrate } from "../server/src/platform/migrations.ts";
import { projectRoot } from "../server/src/platform/project-root.ts";
import { billDue } from "../server/src/renewals/renewals.ts";
import { cpuOf, cpuOfTree, describeMachine, peakMemoryMb } from "./ingest/machine.ts";
import { fillSubscriptions } from "./renewals/fill.ts";

const run = promisify(execFile);
const { values } = parseArgs({
  options: { subscriptions: { type: "string", default: "100000" }, seconds: { type: "string", default: "10" } },
});
const count = Number(values.subscriptions);
const bound = 0.3;
const start = new Date("2026-01-01T00:00:00.000Z");
const due = new Date("2026-02-01T00:00:00.000Z");
/** Long after the drafts' hours of grace. */
const later = new Date("2026-02-02T00:00:00.000Z");

const folder = await mkdtemp(path.join(tmpdir(), "afternoon-bench-"));
const postgres = await startEmbeddedPostgres({ dataDir: folder });
const { connectionString } = postgres;
try {
  await migrate({ connectionString });
  const database = createDatabase({ connection: { connectionString }, preparedStatements: true, onError: () => {} });
  await fillSubscriptions(database, count, start, (done) => show(`filling: ${done} of ${count} subscriptions`));
  const memoryBefore = peakMemoryMb(process.pid);
  const billed = await time("billing", () => billDue(database, createCatalogReader({ now: () => due }), due, showRun));
  const closed = await time("closing", () =>
    billDue(database, createCatalogReader({ now: () => later }), later, showRun),
  );
  const [check] = await database.query<{ invoices: number; cents: number }>(
    sql`select count(*) as invoices, sum(total_cents)::bigint as cents from invoices where status = 'open' and billing_id in (select billing_id from billings where cause = 'renewal')`,
  );
  if (check?.invoices !== count || check.cents !== count * 2250)
    throw new Error(`billed wrongly: ${JSON.stringify(check)}`);
  const peak = peakMemoryMb(process.pid);
  await database.query(sql`create schema bare`);
  await database.query(sql`create sequence bare.number`);
  for (const table of ["billings", "invoices", "invoice_line_items", "ledger_entries"])
    await database.query({ text: `create table bare.${table} (like ${table} including all)`, values: [] });
  await database.query(sql`checkpoint`);
  const bare = await pgbench();
  await database.close();
  const ratio = Math.round((billed.perSecond / bare) * 1_000) / 1_000;
  const results = {
    machine: describeMachine(),
    command: `npm run bench:renewals -- --subscriptions ${count}`,
    billed_vs_bare_inserts: ratio,
    bound: { billed_vs_bare_inserts: `>= ${bound}` },
    subscriptions: count,
    billed_per_second: Math.round(billed.perSecond),
    closed_per_second: Math.round(closed.perSecond),
    bare_inserts_per_second: Math.round(bare),
    server_cpu_us: billed.serverUs,
    database_cpu_us: billed.databaseUs,
    memory_mb_before: Math.round(memoryBefore),
    memory_mb_peak: Math.round(peak),
  };
  process.stdout.write(`\n${JSON.stringify(results, null, 2)}\n`);
  if (count >= 100_000) {
    await mkdir(path.join(projectRoot, "bench/results"), { recursive: true });
    await writeFile(path.join(projectRoot, "bench/results/renewals.json"), `${JSON.stringify(results, null, 2)}\n`);
  }
} finally {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

async function time(name: string, work: () => Promise<{ customers: number; failures: unknown[] }>) {
  const cpuBefore = [cpuOf(process.pid), cpuOfTree(postgres.processId)];
  const began = performance.now();
  const { customers, failures } = await work();
  const seconds = (performance.now() - began) / 1_000;
  if (failures.length > 0 || customers !== count)
    throw new Error(`${name}: ${customers} billed, ${failures.length} failed`);
  const cpuAfter = [cpuOf(process.pid), cpuOfTree(postgres.processId)];
  const used = cpuAfter.map((value, index) => Math.round((value - (cpuBefore[index] as number)) / count));
  return { perSecond: count / seconds, serverUs: used[0] as number, databaseUs: used[1] as number };
}

/** Transactions a second, of one client. */
async function pgbench(): Promise<number> {
  const { host, port, user, password, database } = postgres.connection;
  const env = { ...process.env, PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password ?? "" };
  const script = path.join(projectRoot, "bench/yardstick/renewal.sql");
  const settings = ["-n", "-M", "prepared", "-c", "1", "-T", values.seconds, "-f", script];
  const { stdout } = await run("pgbench", [...settings, database], { env });
  return Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
}

function showRun({ customers }: { customers: number }): void {
  show(`billed: ${customers} of ${count} customers, ${Math.round(peakMemoryMb(process.pid))} MB`);
}

function show(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${text}   `);
}
