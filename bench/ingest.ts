/*
 * `npm run bench [-- case …] [--rounds N] [--seconds N] [--events N]`: how fast events go in, each case beside its yardstick in the same run,
 * round by round in turn. Prints a table, and after five rounds or more writes `results/ingest.json`: cases
 * that did not run stay in it as they were.
 *
 * PostgreSQL is the embedded one as it is shipped, with fsync and synchronous_commit on; pgbench runs on the same server.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createDatabase, type Database } from "../server/src/platform/db.ts";
import { startEmbeddedPostgres } from "../server/src/platform/embedded-postgres/embedded-postgres.ts";
import { migrate } from "../server/src/platform/migrations.ts";
import { projectRoot } from "../server/src/platform/project-root.ts";
import { fillCustomers, fillEvents, type Filled } from "./ingest/fill.ts";
import type { LoadOptions, LoadResult, RequestTemplate } from "./ingest/load.ts";
import { cpuOf, cpuOfTree, describeMachine, peakMemoryMb } from "./ingest/machine.ts";
import { createYardstick, type Yardstick } from "./ingest/yardstick.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    /** How many events the database holds already in the last case. */
    events: { type: "string", default: "10000000" },
    /** Prints, after each case, which statements took PostgreSQL's time. */
    statements: { type: "boolean", default: false },
    /** Has the server write a processor profile into this folder. */
    profile: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const storedEvents = Number(values.events);
const customerCount = 10_000;
const warmUpSeconds = 3;
/** Of 500 events each: ten for a customer, so that hardly one has had none. */
const warmUpBatches = 200;
/** How many events the server works at full load before its memory is read. */
const memoryEvents = 1_000_000;

type Bound = { atLeast: number } | { atMost: number };
const bounds: Record<string, Bound> = {
  single_spread_vs_framework: { atLeast: 0.5 },
  single_hot_vs_spread: { atLeast: 0.9 },
  single_hot_vs_pgbench_hot: { atLeast: 8 },
  batch500_vs_pgbench_spread: { atLeast: 4 },
  idle_p50_vs_pgbench: { atMost: 2.5 },
  balances_vs_framework: { atLeast: 0.5 },
  peak_rss_mb: { atMost: 400 },
  ten_million_vs_empty: { atLeast: 0.8 },
  p99_ms_at_70_percent: { atMost: 50 },
};

const built = path.join(projectRoot, ".build");
const folder = await mkdtemp(path.join(tmpdir(), "afternoon-bench-"));
const postgres = await startEmbeddedPostgres({
  dataDir: folder,
  ...(values.statements ? { settings: { shared_preload_libraries: "pg_stat_statements" } } : {}),
});
const children: ChildProcess[] = [];

type Target = { host: string; port: number; process: ChildProcess };

async function start(args: string[], environment: Record<string, string> = {}): Promise<Target> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const { port } = await new Promise<URL>((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const found = /ready at (http:\/\/\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(new URL(found));
    });
    child.once("exit", () => reject(new Error(`${args.join(" ")} ended:\n${text}`)));
  });
  return { host: "127.0.0.1", port: Number(port), process: child };
}

async function load(target: Target, options: Omit<LoadOptions, "host" | "port">): Promise<LoadResult> {
  const { host, port } = target;
  const child = spawn(process.execPath, [path.join(built, "bench/ingest/load.js")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(JSON.stringify({ ...options, host, port }));
  children.push(child);
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  const result = JSON.parse(text) as LoadResult;
  if (result.failures > 0) throw new Error(`${result.failures} requests failed, first of all: ${result.firstFailure}`);
  return result;
}

type Measured = Record<string, number>;

/** The load, and what each of its events has cost the server and PostgreSQL in processor time. */
async function measure(target: Target, options: Omit<LoadOptions, "host" | "port">, events = 1): Promise<Measured> {
  const before = [cpuOf(target.process.pid as number), cpuOfTree(postgres.processId)];
  const result = await load(target, options);
  const after = [cpuOf(target.process.pid as number), cpuOfTree(postgres.processId)];
  const count = result.requests * events;
  const used = after.map((value, index) => Math.round(((value - (before[index] as number)) / count) * 10) / 10);
  return {
    per_second: Math.round(count / result.seconds),
    p50_ms: round(result.p50Ms),
    p99_ms: round(result.p99Ms),
    server_cpu_us: used[0] as number,
    database_cpu_us: used[1] as number,
  };
}

const round = (value: number) => Math.round(value * 1_000) / 1_000;
let runs = 0;

const eventText = (customer: string) =>
  `{"event_name":"api_call","idempotency_key":"{key}","customer_id":"${customer}","timestamp":"${new Date().toISOString()}","properties":{"model":"gpt-x","input_tokens":1234,"output_tokens":56,"region":"eu"}}`;

function requests(filled: Filled) {
  const headers = { Authorization: `Bearer ${filled.key}`, "Content-Type": "application/json" };
  const processed = { text: '"status":"processed"', times: 1 };
  const run = () => `run${process.pid}-${(runs += 1)}`;
  const common = { headers, customers: filled.customers };
  return {
    single: (customers = filled.customers): RequestTemplate => ({
      ...common,
      customers,
      method: "POST",
      path: "/v1/events/ingest",
      run: run(),
      body: eventText("{customer}"),
      expected: processed,
    }),
    batch: (): RequestTemplate => ({
      ...common,
      method: "POST",
      path: "/v1/events/ingest-batch",
      run: run(),
      body: '{"events":[{events}]}',
      event: { text: eventText("{customer}"), times: 500 },
      expected: { ...processed, times: 500 },
    }),
    balances: (): RequestTemplate => ({
      ...common,
      method: "GET",
      path: "/v1/customers/{customer}/balances",
      run: run(),
      body: null,
      expected: { text: '"balance":"', times: 1 },
    }),
  };
}

type Round = Record<string, Measured | number>;
type Case = {
  name: string;
  keys: string[];
  measureRound(): Promise<Round>;
  ratios(round: Round): Record<string, number>;
};

const rate = (round: Round, name: string) => (round[name] as Measured).per_second as number;
const ratio = (above: number, below: number) => round(above / below);

function cases(parts: { server: Target; framework: Target; filled: Filled; yardstick: Yardstick }): Case[] {
  const { server, framework, filled, yardstick } = parts;
  const make = requests(filled);
  const full = { seconds, rate: null };
  const hot = filled.customers.slice(0, 1);
  return [
    {
      name: "single",
      keys: ["single_spread_vs_framework", "single_hot_vs_spread", "single_hot_vs_pgbench_hot"],
      measureRound: async () => ({
        spread: await measure(server, { ...full, connections: 64, request: make.single() }),
        framework: await measure(framework, { ...full, connections: 64, request: make.single() }),
        hot: await measure(server, { ...full, connections: 64, request: make.single(hot) }),
        pgbench_hot: await yardstick.rate("hot", 32, seconds),
      }),
      ratios: (each) => ({
        single_spread_vs_framework: ratio(rate(each, "spread"), rate(each, "framework")),
        single_hot_vs_spread: ratio(rate(each, "hot"), rate(each, "spread")),
        single_hot_vs_pgbench_hot: ratio(rate(each, "hot"), each.pgbench_hot as number),
      }),
    },
    {
      name: "batch",
      keys: ["batch500_vs_pgbench_spread"],
      measureRound: async () => ({
        batch: await measure(server, { ...full, connections: 8, request: make.batch() }, 500),
        pgbench_spread: await yardstick.rate("spread", 32, seconds),
      }),
      ratios: (each) => ({ batch500_vs_pgbench_spread: ratio(rate(each, "batch"), each.pgbench_spread as number) }),
    },
    {
      name: "idle",
      keys: ["idle_p50_vs_pgbench"],
      measureRound: async () => ({
        idle: await measure(server, { ...full, connections: 1, request: make.single() }),
        pgbench_p50_ms: round(await yardstick.medianMs("spread", seconds)),
      }),
      ratios: (each) => ({
        idle_p50_vs_pgbench: ratio((each.idle as Measured).p50_ms as number, each.pgbench_p50_ms as number),
      }),
    },
    {
      name: "balances",
      keys: ["balances_vs_framework"],
      measureRound: async () => ({
        balances: await measure(server, { ...full, connections: 64, request: make.balances() }),
        framework: await measure(framework, { ...full, connections: 64, request: make.balances() }),
      }),
      ratios: (each) => ({ balances_vs_framework: ratio(rate(each, "balances"), rate(each, "framework")) }),
    },
    {
      name: "open",
      keys: ["p99_ms_at_70_percent"],
      measureRound: async () => {
        const most = await measure(server, { ...full, connections: 64, request: make.single() });
        const due = { seconds, rate: Math.round((most.per_second as number) * 0.7) };
        return { most, open: await measure(server, { ...due, connections: 512, request: make.single() }) };
      },
      ratios: (each) => ({ p99_ms_at_70_percent: (each.open as Measured).p99_ms as number }),
    },
  ];
}

/** Of a connection that is lost as PostgreSQL stops. */
const ignore = () => undefined;

const median = (list: number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] as number;

/** What `npm start` gives Node.js. */
async function shippedFlags(): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(path.join(projectRoot, "package.json"), "utf8")) as {
    scripts: { start: string };
  };
  return scripts.start.split(" ").filter((word) => word.startsWith("--"));
}

async function openServer(name: string): Promise<{ database: Database; server: Target; filled: Filled }> {
  const { connectionString, connection } = postgres;
  const admin = createDatabase({ connection: { connectionString }, preparedStatements: false, onError: ignore });
  await admin.query({ text: `create database ${name}`, values: [] });
  await admin.close();
  const address = { ...connection, database: name };
  const url = connectionString.replace(/\/\w+$/, `/${name}`);
  await migrate({ connectionString: url });
  const database = createDatabase({ connection: address, preparedStatements: true, onError: ignore });
  const filled = await fillCustomers(database, customerCount);
  const profile = values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
  const server = await start(
    [...(await shippedFlags()), ...profile, path.join(projectRoot, "dist/cli/afternoon.js"), "serve"],
    {
      DATABASE_URL: url,
      DATA_DIR: path.join(folder, name),
      PORT: "0",
      RATE_LIMIT_PER_MINUTE: "0",
      LOG_LEVEL: "warn",
    },
  );
  return { database, server, filled };
}

/** Needs no privilege but the bench's own: the server was started for it. */
async function printStatements(database: Database): Promise<void> {
  await database.query({ text: "create extension if not exists pg_stat_statements", values: [] });
  const found = await database.query<{ calls: number; ms: string; rows: number; query: string }>({
    text: `select calls, round(total_exec_time + total_plan_time) as ms, rows, regexp_replace(query, '\\s+', ' ', 'g') as query
      from pg_stat_statements order by total_exec_time + total_plan_time desc limit 14`,
    values: [],
  });
  for (const { calls, ms, rows, query } of found)
    console.log(`    ${ms} ms, ${calls} calls, ${rows} rows: ${query.slice(0, 220)}`);
  await database.query({ text: "select pg_stat_statements_reset()", values: [] });
}

async function stop({ process: child }: Target): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

const results: Record<string, number> = {};
const raw: Record<string, unknown> = {};

/** What a case has measured, beside its ratios. */
function keep(name: string, measured: object): void {
  raw[name] = { measured_at: new Date().toISOString(), seconds, ...measured };
}

function report(key: string, value: number): void {
  results[key] = value;
  const bound = bounds[key] as Bound;
  const isMet = "atLeast" in bound ? value >= bound.atLeast : value <= bound.atMost;
  const asked = "atLeast" in bound ? `≥ ${bound.atLeast}` : `≤ ${bound.atMost}`;
  console.log(`${key.padEnd(30)}${String(value).padStart(10)}   ${asked.padEnd(8)} ${isMet ? "met" : "NOT MET"}`);
}

/** What a server has not compiled or not read yet because it has just started is none of the cases' business: of each customer it has had a few events. */
async function warmUp(server: Target, filled: Filled): Promise<void> {
  const make = requests(filled);
  await load(server, { seconds: warmUpSeconds, rate: null, connections: 64, request: make.single() });
  await load(server, { seconds: 600, rate: null, most: warmUpBatches, connections: 4, request: make.batch() });
}

async function runCases(): Promise<void> {
  const { database, server, filled } = await openServer("afternoon_bench");
  const framework = await start([path.join(built, "bench/ingest/framework.js")]);
  const yardstick = await createYardstick(postgres.connection, path.join(projectRoot, "bench/yardstick"));
  await warmUp(server, filled);
  const wanted = cases({ server, framework, filled, yardstick }).filter(({ name, keys }) => isWanted(name, ...keys));
  for (const each of wanted) {
    const measured: Round[] = [];
    for (let number = 0; number < rounds; number++) {
      measured.push(await each.measureRound());
      console.log(`  ${each.name} ${number + 1}/${rounds} ${JSON.stringify(measured.at(-1))}`);
    }
    keep(each.name, { rounds: measured });
    if (values.statements) await printStatements(database);
    for (const key of each.keys) report(key, median(measured.map((one) => each.ratios(one)[key] as number)));
  }
  await yardstick.close();
  await database.close();
  await stop(framework);
  await stop(server);
}

/** A server that has done nothing before. */
async function runMemory(): Promise<void> {
  const { database, server, filled } = await openServer("afternoon_memory");
  const request = requests(filled).single();
  const load = await measure(server, { seconds: 600, rate: null, most: memoryEvents, connections: 64, request });
  keep("memory", { events: memoryEvents, load });
  report("peak_rss_mb", Math.round(peakMemoryMb(server.process.pid as number)));
  await database.close();
  await stop(server);
}

/** An empty database beside one that holds many events, in turn. */
async function runFilled(): Promise<void> {
  const [empty, full] = [await openServer("afternoon_empty"), await openServer("afternoon_full")];
  await load(full.server, { seconds: 1, rate: null, connections: 8, request: requests(full.filled).single() });
  const began = performance.now();
  await fillEvents(full.database, storedEvents);
  console.log(`  ${storedEvents} events stored in ${Math.round((performance.now() - began) / 1_000)} s`);
  for (const { server, filled } of [empty, full]) await warmUp(server, filled);
  const measured: Round[] = [];
  for (let number = 0; number < rounds; number++) {
    const one: Round = {};
    for (const [name, { server, filled }] of Object.entries({ empty, full }))
      one[name] = await measure(server, { seconds, rate: null, connections: 64, request: requests(filled).single() });
    measured.push(one);
    console.log(`  filled ${number + 1}/${rounds} ${JSON.stringify(one)}`);
  }
  keep("filled", { stored_events: storedEvents, rounds: measured });
  report("ten_million_vs_empty", median(measured.map((one) => ratio(rate(one, "full"), rate(one, "empty")))));
  for (const { database, server } of [empty, full]) {
    await database.close();
    await stop(server);
  }
}

/** A median of fewer says too little to be kept. */
const fewestRounds = 5;

/** What has been measured now, and of the other cases what was measured before. */
async function writeResults(): Promise<void> {
  if (rounds < fewestRounds) return;
  const file = path.join(projectRoot, "bench/results/ingest.json");
  const text = await readFile(file, "utf8").catch(() => "{}");
  const { raw: rawBefore = {}, machine: _, ...before } = JSON.parse(text) as { raw?: object; machine?: unknown };
  const all = { ...before, ...results, machine: describeMachine(), raw: { ...rawBefore, ...raw } };
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(all, null, 2)}\n`);
  console.log(`Written to ${path.relative(projectRoot, file)}.`);
}

const isWanted = (...names: string[]) => positionals.length === 0 || names.some((name) => positionals.includes(name));

try {
  const onServersOfTheirOwn = ["memory", "peak_rss_mb", "filled", "ten_million_vs_empty"];
  if (positionals.length === 0 || positionals.some((name) => !onServersOfTheirOwn.includes(name))) await runCases();
  if (isWanted("memory", "peak_rss_mb")) await runMemory();
  await writeResults();
  if (isWanted("filled", "ten_million_vs_empty")) await runFilled();
  await writeResults();
} finally {
  for (const child of children) child.kill("SIGKILL");
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}
