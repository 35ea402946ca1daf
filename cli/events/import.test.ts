import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { createMeteredCustomer, holdCustomer } from "../../server/test/metered-customer.ts";
import { startTestApp } from "../../server/test/harness.ts";
import { createFolder, listAll, startEvents } from "../test/events-command.ts";

const { app, database, test: api, live } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });
const url = await app.listen({ port: 0, host: "127.0.0.1" });
const { folder, write } = await createFolder();

const start = (...args: string[]) => startEvents(url, api, ["import", ...args]);
const run = (...args: string[]) => start(...args).ended;

const timestamp = "2026-03-10T11:00:00Z";

async function createCustomer(external_id: string): Promise<string> {
  return (await api.post("/v1/customers", { name: "Acme", external_id })).body.customer.id;
}

async function grantCredits(customerId: string, amount: string): Promise<void> {
  await api.post(`/v1/customers/${customerId}/credit-grants`, { name: "Credits", amount, currency_code: "usd" });
}

async function rejectedOf(input: string) {
  const text = await readFile(`${input}.rejected.ndjson`, "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("CSV and lines of JSON go in with every digit, and again change nothing; two equal lines are two events", async () => {
  const id = await createCustomer("both");
  const csv = await write("events.csv", [
    "\u{feff}event_name,external_customer_id,timestamp,properties.tokens,properties",
    `call,both,${timestamp},0.10000000000000000001,"{""model"":""a, b"",""size"":12345678901234567890.5}"`,
    "",
    `call,both,${timestamp},7,`,
    `call,both,${timestamp},7,`,
  ]);
  const ndjson = await write("events.ndjson", [
    JSON.stringify({ event_name: "call", idempotency_key: "own", customer_id: id, timestamp }),
    "",
    `{"event_name":"call","customer_id":"${id}","timestamp":"${timestamp}","properties":{"tokens":0.30000000000000000001}}\r`,
  ]);
  for (const [input, recorded] of [
    [csv, 3],
    [ndjson, 2],
  ] as const) {
    const first = await run(input);
    assert.equal(first.code, 0, first.stdout + first.stderr);
    assert.match(first.stdout, new RegExp(`${recorded} events: ${recorded} recorded, 0 known, 0 not recorded`));
    const again = await run(input);
    assert.match(again.stdout, new RegExp(`${recorded} events: 0 recorded, ${recorded} known, 0 not recorded`));
    assert.equal(existsSync(`${input}.progress.json`), false);
    assert.equal(existsSync(`${input}.rejected.ndjson`), false);
  }
  const { text } = await api.get(`/v1/events?customer_id=${id}&order=oldest`);
  assert.match(text, /"tokens":"0\.10000000000000000001"/);
  assert.match(text, /"size":12345678901234567890\.5/);
  assert.match(text, /"tokens":0\.30000000000000000001/);
  assert.equal((await listAll(api, `customer_id=${id}`)).length, 5);
});

test("lines added to a file, also in between, are recorded, and the others are known; standard input is read too", async () => {
  const id = await createCustomer("grown");
  const read = async (...numbers: number[]) => {
    const files = ["--progress", path.join(folder, "grown.json"), "--rejected", path.join(folder, "grown.ndjson")];
    const { child, ended } = start("-", "--format", "csv", ...files);
    const rows = numbers.map((n) => `call,${id},${timestamp},${n}`);
    child.stdin.end(`event_name,customer_id,timestamp,properties.n\n${rows.join("\n")}`);
    return (await ended).stdout;
  };
  assert.match(await read(1, 2, 2), /3 events: 3 recorded, 0 known/);
  assert.match(await read(1, 3, 2, 2, 2), /5 events: 2 recorded, 3 known/);
});

test("what is charged is told exactly", async () => {
  const id = await createMeteredCustomer(api);
  const event = JSON.stringify({ event_name: "call", customer_id: id, timestamp });
  const { code, stdout } = await run(await write("charged.ndjson", [event, event, event]));
  assert.equal(code, 0);
  assert.match(stdout, /^Cost: 3 usd\.$/m);
});

test("what cannot be recorded is told line by line, and keeps nothing else from being recorded", async () => {
  const id = await createMeteredCustomer(api, "block");
  await grantCredits(id, "2");
  const good = { event_name: "call", customer_id: id, timestamp };
  const input = await write("mixed.ndjson", [
    JSON.stringify(good),
    "{ not json",
    JSON.stringify({ ...good, timestamp: "yesterday" }),
    JSON.stringify({ ...good, customer_id: undefined, external_customer_id: "nobody" }),
    JSON.stringify({ ...good, properties: { text: "\0" } }),
    JSON.stringify({ ...good, properties: { text: "x".repeat(1024 * 1024) } }),
    JSON.stringify({ ...good, properties: { text: "ä".repeat(600 * 1024) } }),
    JSON.stringify(good),
    JSON.stringify(good),
  ]);
  const first = await run(input);
  assert.equal(first.code, 2, first.stderr);
  assert.match(first.stdout, /9 events: 2 recorded, 0 known, 7 not recorded/);
  const rejected = await rejectedOf(input);
  assert.deepEqual(
    rejected.map(({ line, error }) => [line, error.code]),
    [
      [2, "VALIDATION_ERROR"],
      [3, "VALIDATION_ERROR"],
      [4, "CUSTOMER_NOT_FOUND"],
      [5, "VALIDATION_ERROR"],
      [6, "VALIDATION_ERROR"],
      [7, "PAYLOAD_TOO_LARGE"],
      [9, "INSUFFICIENT_BALANCE"],
    ],
  );
  assert.deepEqual([rejected[0].event, rejected[0].text], [null, "{ not json"]);
  assert.equal(rejected[1].error.details[0].path, "timestamp");
  assert.match(rejected[4].error.message + rejected[4].text, /longer than 1 MiB.*\{"event_name"/);

  // What was refused is recorded once that is put right, by the whole file or by what was left of it.
  await grantCredits(id, "1");
  const { event } = rejected[6];
  assert.match((await run(await write("left.ndjson", [JSON.stringify(event)]))).stdout, /1 recorded/);
  const again = await run(input);
  assert.match(again.stdout, /9 events: 0 recorded, 3 known, 6 not recorded/);
  assert.equal((await rejectedOf(input)).length, 6);
});

test("a row with a cell too many or too few is not recorded as something else", async () => {
  const id = await createCustomer("ragged");
  const input = await write("ragged.csv", [
    "event_name,customer_id,timestamp,properties.model,properties.tokens",
    `call,${id},${timestamp},a, b,7`,
    `call,${id},${timestamp},a`,
    `call,${id},${timestamp},a,7`,
    `call,${id},${timestamp},"two\nlines",7`,
  ]);
  const { code, stdout } = await run(input);
  assert.equal(code, 2);
  assert.match(stdout, /4 events: 2 recorded, 0 known, 2 not recorded/);
  const [more, less] = await rejectedOf(input);
  assert.deepEqual([more.line, more.text], [2, `call,${id},${timestamp},a, b,7`]);
  assert.match(more.error.message, /columns length is 5, got 6/);
  assert.equal(less.line, 3);
});

test("killed in the middle and run again, it goes on and ends as if it had not been", async () => {
  const [before, held] = [await createCustomer("before"), await createCustomer("held")];
  const lines = Array.from({ length: 5_000 }, (_, index) =>
    index % 1_000 === 500
      ? `line ${index}`
      : JSON.stringify({
          event_name: "call",
          customer_id: index < 3_000 ? before : held,
          timestamp,
          properties: { index },
        }),
  );
  const input = await write("long.ndjson", lines);
  const release = await holdCustomer(database, held);
  const first = start(input);
  // The fourth request waits for the customer who is held.
  await first.printed(/\[=+ +\] \d+ % 1000 events/);
  const progress = `${input}.progress.json`;
  const sent = async () => JSON.parse(await readFile(progress, "utf8")).events;
  while ((await sent()) < 3_000);
  first.child.kill("SIGKILL");
  await first.ended;
  assert.equal(await sent(), 3_000);
  // As if it had been killed between the rejected events and the progress.
  await writeFile(`${input}.rejected.ndjson`, `${await readFile(`${input}.rejected.ndjson`, "utf8")}{"line":`);
  await release();

  const second = await run(input);
  assert.equal(second.code, 2, second.stderr);
  assert.match(second.stdout, /Going on after 3000 events/);
  const [, recorded = "", known = ""] = /5000 events: (\d+) recorded, (\d+) known, 5 not/.exec(second.stdout) ?? [];
  assert.equal(Number.parseInt(recorded, 10) + Number.parseInt(known, 10), 4_995);
  for (const [id, count] of [
    [before, 2_997],
    [held, 1_998],
  ] as const) {
    const indexes = (await listAll(api, `customer_id=${id}`)).map(({ properties }) => properties.index as number);
    assert.equal(indexes.length, count);
    assert.deepEqual(
      indexes,
      indexes.toSorted((a, b) => a - b),
    );
  }
  const rejected = await readFile(`${input}.rejected.ndjson`, "utf8");
  const calm = await run(input);
  assert.match(calm.stdout, /5000 events: 0 recorded, 4995 known, 5 not recorded/);
  assert.equal(await readFile(`${input}.rejected.ndjson`, "utf8"), rejected);
});

test("what was noted of another file or another company is not gone on with", async () => {
  const id = await createCustomer("noted");
  const event = (n: number) => JSON.stringify({ event_name: "call", customer_id: id, timestamp, properties: { n } });
  const release = await holdCustomer(database, id);
  const input = await write("noted.ndjson", [...Array.from({ length: 1_000 }, () => "no event"), event(1)]);
  const cutOff = start(input);
  await cutOff.printed(/1000 events/);
  cutOff.child.kill("SIGKILL");
  await cutOff.ended;
  await release();

  const other = await startEvents(url, live, ["import", input]).ended;
  assert.equal(other.code, 1);
  assert.match(other.stderr, /noted\.ndjson\.progress\.json tells of an import of another key\. Delete it/);
  for (const lines of [[event(2)], Array.from({ length: 1_001 }, () => event(2))]) {
    await write("noted.ndjson", lines);
    const { code, stderr } = await run(input);
    assert.equal(code, 1);
    assert.match(stderr, /noted\.ndjson\.progress\.json tells of an import of another file/);
  }
  const numbers = (await listAll(api, `customer_id=${id}`)).map(({ properties }) => properties.n);
  assert.equal(numbers.includes(2), false);
});

test("over the rate limit and while the server cannot take events, it waits and then goes on", async () => {
  const { app: small, ...other } = await startTestApp({
    now: "2026-03-10T12:00:59.000Z",
    rateLimitPerMinute: 3,
    lanes: { timeoutMs: 50 },
  });
  const smallUrl = await small.listen({ port: 0, host: "127.0.0.1" });
  const { customer } = (await other.test.post("/v1/customers", { name: "Acme" })).body;
  const event = JSON.stringify({ event_name: "call", customer_id: customer.id, timestamp });
  const input = await write("waiting.ndjson", [event]);
  const release = await holdCustomer(other.database, customer.id);
  const waiting = startEvents(smallUrl, other.test, ["import", input]);
  await waiting.printed(/it answers 503\); trying again in 1 s/);
  await waiting.printed(/it answers 429\); trying again in 1 s/);
  await release();
  other.clock.advance(1_000);
  const { code, stdout } = await waiting.ended;
  assert.equal(code, 0, stdout);
  assert.match(stdout, /1 events: [01] recorded, [01] known, 0 not recorded/);
  assert.equal((await listAll(other.test, "")).length, 1);
});

test("what is wrong with the call or the file is said with what to do", async () => {
  const good = ["event_name,customer_id,timestamp", `call,nobody,${timestamp}`];
  const csv = async (name: string, ...lines: string[]) => ["import", await write(name, lines)];
  const [, some = ""] = await csv("some.csv", ...good);
  const latin = await write("latin.csv", good);
  await writeFile(latin, Buffer.concat([await readFile(latin), Buffer.from([0x4d, 0xfc])]));
  const cases: [string[], RegExp][] = [
    [[], /Usage: afternoon events import FILE/],
    [["import"], /Name one file/],
    [["import", "nothing.csv"], /There is no file "nothing\.csv"/],
    [["import", "cli", "--format", "csv"], /"cli" is a folder/],
    [["import", "-"], /Say --format csv or --format ndjson/],
    [["import", some, "--rejected", some], /must be different files/],
    [["import", some, "--progress", latin], /latin\.csv is no progress file of an import; delete it/],
    [["import", some, "--url", "localhost:1"], /--url must be an address/],
    [["import", some, "--key", ""], /Give an API key in AFTERNOON_API_KEY or by --key/],
    [["import", some, "--key", `ak_test_${"0".repeat(32)}`], /does not know the key/],
    [["import", some, "--url", `${url}/elsewhere`], /refuses with 404: .*no such route/],
    [["import", latin], /The file is not UTF-8, somewhere behind byte 0\. Convert it/],
    [await csv("unknown.csv", "event_name,when"), /The column "when" is none of an event/],
    [await csv("semicolons.csv", "event_name;timestamp"), /The column "event_name;timestamp".*with commas in between/],
    [await csv("twice.csv", "event_name,timestamp,timestamp"), /The column "timestamp" is there twice/],
    [await csv("no-time.csv", "event_name,customer_id"), /The column timestamp is missing/],
    [await csv("nobody.csv", "event_name,timestamp"), /customer_id or external_customer_id is missing/],
    [await csv("open.csv", ...good, `"call,${"\n".repeat(2_000_000)}`), /The file is not CSV: Max Record Size/],
    [await csv("quote.csv", ...good, `"a"b,c,d`), /The file is not CSV: Invalid Closing Quote: .* at line 3/],
  ];
  for (const [args, expected] of cases) {
    const { code, stderr } = await startEvents(url, api, args).ended;
    assert.equal(code, 1, args.join(" "));
    assert.match(stderr, expected);
  }
});
