/*
 * `npm run bench:dashboard [-- --keep FOLDER] [--rounds N] [--customers N] [--events N]`: how long until the dashboard's home shows its figures, and
 * how long until it answers a key or a click, in real Chromium, with as many customers and events in the database. The folder that `--keep` names
 * is filled once and used again in the same month. Prints a table and, with all the rows, writes `results/dashboard.json`.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createDatabase, sql } from "../server/src/platform/db.ts";
import { startEmbeddedPostgres } from "../server/src/platform/embedded-postgres/embedded-postgres.ts";
import { migrate } from "../server/src/platform/migrations.ts";
import { projectRoot } from "../server/src/platform/project-root.ts";
import { startServerProcess } from "../server/test/server-process.ts";
import { measure } from "./dashboard/browser.ts";
import { fill, fillSettings } from "./dashboard/fill.ts";
import { describeMachine } from "./ingest/machine.ts";

const { values } = parseArgs({
  options: {
    keep: { type: "string" },
    rounds: { type: "string", default: "7" },
    customers: { type: "string", default: "100000" },
    events: { type: "string", default: "5000000" },
  },
});
const [customers, events, rounds] = [values.customers, values.events, values.rounds].map(Number) as [
  number,
  number,
  number,
];
const bounds = { first_useful_paint_ms: 1_000, interaction_ms: 100 };

const longestStatementMs = 900_000;

const folder = values.keep ?? (await mkdtemp(path.join(tmpdir(), "afternoon-bench-")));
try {
  await fillOnce();
  const server = await startServerProcess({ DATA_DIR: folder, RATE_LIMIT_PER_MINUTE: "1000" });
  try {
    const measured = await measure(server.baseUrl, rounds);
    const results = {
      machine: { ...describeMachine(), browser: measured.browser },
      command: `npm run bench:dashboard -- --customers ${customers} --events ${events} --rounds ${rounds}`,
      bound: {
        first_useful_paint_ms: `< ${bounds.first_useful_paint_ms}`,
        interaction_ms: `< ${bounds.interaction_ms}`,
      },
      customers,
      events,
      ...measured.figures,
    };
    print(results);
    if (customers >= 100_000 && events >= 5_000_000) {
      await mkdir(path.join(projectRoot, "bench/results"), { recursive: true });
      await writeFile(path.join(projectRoot, "bench/results/dashboard.json"), `${JSON.stringify(results, null, 2)}\n`);
    }
  } finally {
    server.child.kill("SIGTERM");
    await server.ended;
  }
} finally {
  if (values.keep === undefined) await rm(folder, { recursive: true, force: true });
}

/** What is in the folder says for which month it was filled: a month later every subscription would fall due while it is measured. */
async function fillOnce(): Promise<void> {
  const now = new Date();
  const wanted = { customers, events, month: now.toISOString().slice(0, 7) };
  const mark = path.join(folder, "filled.json");
  if (existsSync(mark)) {
    const has = readFileSync(mark, "utf8");
    if (has === JSON.stringify(wanted)) return;
    throw new Error(`${folder} holds ${has}, not ${JSON.stringify(wanted)}. Delete it, or keep another.`);
  }
  const postgres = await startEmbeddedPostgres({ dataDir: folder, settings: fillSettings });
  const { connectionString } = postgres;
  try {
    await migrate({ connectionString });
    const database = createDatabase({ connection: { connectionString }, preparedStatements: true, onError: () => {} });
    const patient = database.reserve({ maxConnections: 1, statementTimeoutMs: longestStatementMs });
    const began = performance.now();
    await fill(patient, {
      customers,
      events,
      now,
      report: (what) => process.stdout.write(`${seconds(began)} s  ${what}\n`),
    });
    const [counted] = await database.query<{ customers: number; events: number }>(
      sql`select (select count(*) from customers) as customers, (select count(*) from events) as events`,
    );
    if (counted?.customers !== customers || counted.events !== events)
      throw new Error(`filled wrongly: ${JSON.stringify(counted)}`);
    process.stdout.write(`${seconds(began)} s  filled\n`);
    await patient.close();
    await database.close();
  } finally {
    await postgres.stop();
  }
  await writeFile(mark, JSON.stringify(wanted));
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(0).padStart(4);
}

type Results = Awaited<ReturnType<typeof measure>>["figures"];

function print({ first_useful_paint, interactions, initial_script_gzip_bytes }: Results): void {
  const rows = [
    ...Object.entries(first_useful_paint).map(([name, ms]) => [
      `first useful paint, ${name}`,
      ms,
      bounds.first_useful_paint_ms,
    ]),
    ...interactions.map(({ name, worst_ms, content_ms, waits_for }) => [
      name,
      worst_ms,
      bounds.interaction_ms,
      content_ms === null ? "" : `shown after ${content_ms} ms${waits_for === null ? "" : `; waits for ${waits_for}`}`,
    ]),
    ["initial script, gzipped bytes", initial_script_gzip_bytes, 180_000],
  ];
  for (const [name, value, bound, note = ""] of rows)
    process.stdout.write(`${String(name).padEnd(44)} ${String(value).padStart(8)}  < ${bound}  ${note}\n`);
}
