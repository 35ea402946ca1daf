import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { projectRoot } from "../server/src/platform/project-root.ts";
import { startTestApp, type Api } from "../server/test/harness.ts";

const { app, test: api, live, as } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });
const url = await app.listen({ port: 0, host: "127.0.0.1" });
const folder = await mkdtemp(path.join(os.tmpdir(), "afternoon-import-"));
after(() => rm(folder, { recursive: true, force: true }));

type Ended = { code: number | null; stdout: string; stderr: string };

function start(key: string, args: string[]) {
  const program = path.join(projectRoot, "dist/cli/afternoon.js");
  const env = { ...process.env, AFTERNOON_URL: url, AFTERNOON_API_KEY: key };
  const child = spawn(process.execPath, [program, "events", ...args], { env });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, ...output })));
  return { child, ended };
}

const run = (caller: Api, ...args: string[]) => start(caller.key, args).ended;

async function file(name: string, lines: string[]): Promise<string> {
  const full = path.join(folder, name);
  await writeFile(full, `${lines.join("\n")}\n`);
  return full;
}

async function customer(caller: Api, external_id: string): Promise<string> {
  return (await caller.post("/v1/customers", { name: "Acme", external_id })).body.customer.id;
}

async function countOf(caller: Api, customerId: string): Promise<number> {
  let count = 0;
  for (let cursor = ""; ;) {
    const { events, pagination } = (await caller.get(`/v1/events?customer_id=${customerId}&limit=100${cursor}`)).body;
    count += events.length;
    if (!pagination.has_more) return count;
    cursor = `&cursor=${pagination.next_cursor}`;
  }
}

test("CSV and lines of JSON go in with every digit, and again change nothing; two equal lines are two events", async () => {
  const id = await customer(api, "both");
  const csv = await file("events.csv", [
    "event_name,external_customer_id,timestamp,properties.tokens,properties",
    'call,both,2026-03-10T11:00:00Z,0.10000000000000000001,"{""model"":""a, b"",""size"":12345678901234567890.5}"',
    "call,both,2026-03-10T11:00:00Z,7,",
    "call,both,2026-03-10T11:00:00Z,7,",
  ]);
  const ndjson = await file("events.ndjson", [
    JSON.stringify({ event_name: "call", idempotency_key: "own", customer_id: id, timestamp: "2026-03-10T11:00:00Z" }),
    "",
    `{"event_name":"call","customer_id":"${id}","timestamp":"2026-03-10T11:00:00Z","properties":{"tokens":0.30000000000000000001}}`,
  ]);
  for (const [input, recorded] of [
    [csv, 3],
    [ndjson, 2],
  ] as const) {
    const first = await run(api, "import", input);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, new RegExp(`${recorded} events: ${recorded} recorded, 0 known, 0 not recorded`));
    const again = await run(api, "import", input);
    assert.match(again.stdout, new RegExp(`${recorded} events: 0 recorded, ${recorded} known, 0 not recorded`));
    assert.equal(existsSync(`${input}.progress.json`), false);
  }
  const { text } = await api.get(`/v1/events?customer_id=${id}&order=oldest`);
  assert.match(text, /"tokens":"0\.10000000000000000001"/);
  assert.match(text, /"size":12345678901234567890\.5/);
  assert.match(text, /"tokens":0\.30000000000000000001/);
  assert.equal(await countOf(api, id), 5);
});

test("what cannot be recorded is told line by line, and keeps nothing else from being recorded", async () => {
  const id = await customer(api, "some");
  const good = { event_name: "call", customer_id: id, timestamp: "2026-03-10T11:00:00Z" };
  const input = await file("mixed.ndjson", [
    JSON.stringify(good),
    "{ not json",
    JSON.stringify({ ...good, timestamp: "yesterday" }),
    JSON.stringify({ ...good, customer_id: undefined, external_customer_id: "nobody" }),
    JSON.stringify({ ...good, event_name: "other" }),
  ]);
  const { code, stdout } = await run(api, "import", input);
  assert.equal(code, 2);
  assert.match(stdout, /5 events: 2 recorded, 0 known, 3 not recorded/);
  const rejected = (await readFile(`${input}.rejected.ndjson`, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    rejected.map(({ line, error }) => [line, error.code]),
    [
      [2, "VALIDATION_ERROR"],
      [3, "VALIDATION_ERROR"],
      [4, "CUSTOMER_NOT_FOUND"],
    ],
  );
  assert.equal(await countOf(api, id), 2);
});

test("killed at any moment and run again, it goes on and ends in the same state", async () => {
  const id = await customer(api, "killed");
  const lines = Array.from({ length: 6_000 }, (_, index) =>
    JSON.stringify({ event_name: "call", customer_id: id, timestamp: "2026-03-10T11:00:00Z", properties: { index } }),
  );
  const input = await file("long.ndjson", lines);
  const first = start(api.key, ["import", input]);
  const progress = `${input}.progress.json`;
  const isUnderWay = new Promise<void>((resolve) => {
    const look = () => (existsSync(progress) ? resolve() : setImmediate(look));
    look();
  });
  await isUnderWay;
  first.child.kill("SIGKILL");
  await first.ended;
  const second = await run(api, "import", input);
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stdout, /Going on after \d+ events/);
  assert.match(second.stdout, /6000 events: \d+ recorded, \d+ known, 0 not recorded/);
  assert.equal(await countOf(api, id), 6_000);

  await writeFile(progress, JSON.stringify({ events: 3, sha256: "of another file", cost: {} }));
  const other = await run(api, "import", input);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /is not the one that .*progress\.json tells of/);
});

test("what is exported from one mode goes into the other, event for event", async () => {
  const names = ["one", "two"];
  const ids = await Promise.all(names.map((name) => customer(api, `moved ${name}`)));
  await Promise.all(names.map((name) => customer(live, `moved ${name}`)));
  for (const [index, customer_id] of ids.entries()) {
    const body = `{"event_name":"moved","idempotency_key":"k, \\"${index}\\"","customer_id":"${customer_id}","timestamp":"2026-03-10T11:00:00.123Z","properties":{"n":1.10,"deep":{"list":[1,"a\\nb"]}}}`;
    assert.equal((await api.post("/v1/events/ingest", body)).body.status, "processed");
  }
  const voided = await api.post("/v1/events/ingest", {
    event_name: "moved",
    idempotency_key: "voided",
    customer_id: ids[0],
    timestamp: "2026-03-10T11:00:00Z",
  });
  await api.post(`/v1/events/${voided.body.usage_id}/void`);
  for (const format of ["csv", "ndjson"]) {
    const output = path.join(folder, `moved.${format}`);
    const exported = await run(api, "export", "--event-name", "moved", "--external-ids", "--output", output);
    assert.equal(exported.code, 0, exported.stderr);
    const imported = await run(live, "import", output);
    assert.equal(imported.code, 0, imported.stdout + imported.stderr);
    assert.match(imported.stdout, format === "csv" ? /2 events: 2 recorded/ : /2 events: 0 recorded, 2 known/);
  }
  const shown = async (caller: Api) => {
    const { events } = (await caller.get("/v1/events?event_name=moved&order=oldest")).body;
    return events
      .filter(({ voided_at }: { voided_at: string | null }) => voided_at === null)
      .map(({ idempotency_key, timestamp, properties }: Record<string, unknown>) => [
        idempotency_key,
        timestamp,
        properties,
      ])
      .toSorted();
  };
  assert.deepEqual(await shown(live), await shown(api));
});

test("what is wrong with the call is said with what to do", async () => {
  const header = await file("header.csv", ["event_name,when", "call,now"]);
  const cases: [string[], RegExp][] = [
    [[], /Usage: afternoon events import FILE/],
    [["import"], /Name one file/],
    [["import", "nothing.csv"], /There is no file "nothing\.csv"/],
    [["import", "-"], /Say --format csv or --format ndjson/],
    [["import", header], /The column "when" is none of an event/],
    [["export", "--from", "soon"], /The server refuses: .*from/],
  ];
  for (const [args, expected] of cases) {
    const { code, stderr } = await run(api, ...args);
    assert.equal(code, 1, args.join(" "));
    assert.match(stderr, expected);
  }
  const stranger = await run(as(`ak_test_${"0".repeat(32)}`), "import", header.replace("header.csv", "events.csv"));
  assert.match(stranger.stderr, /does not know the key/);
});
