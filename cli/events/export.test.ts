import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { startTestApp, type Api } from "../../server/test/harness.ts";
import { createFolder, startEvents } from "../test/events-command.ts";

const { app, test: api, live } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });
const url = await app.listen({ port: 0, host: "127.0.0.1" });
const { folder } = await createFolder();

const run = (caller: Api, ...args: string[]) => startEvents(url, caller, args).ended;

async function createCustomer(caller: Api, external_id: string | null): Promise<string> {
  return (await caller.post("/v1/customers", { name: "Acme", external_id })).body.customer.id;
}

const properties = String.raw`{"n":1.10,"tiny":0.10000000000000000000000001,"deep":{"list":[1,"a\nb, \"c\""]}," ":" ä "}`;

async function ingest(event: string): Promise<string> {
  const answer = await api.post("/v1/events/ingest", event);
  assert.equal(answer.body.status, "processed", answer.text);
  return answer.body.usage_id;
}

test("what is exported from one mode goes into the other, event for event, digit for digit, in the same order", async () => {
  const ids = [];
  for (const name of ["one", "two"]) {
    ids.push(await createCustomer(api, name));
    await createCustomer(live, name);
  }
  for (const index of Array.from({ length: 250 }, (_, each) => each)) {
    const own = `"customer_id":"${ids[index % 2]}","timestamp":"2026-03-0${9 - (index % 9)}T11:00:00.123Z"`;
    const usageId = await ingest(
      `{"event_name":"moved","idempotency_key":"k, \\"${index}\\"",${own},"properties":${properties}}`,
    );
    if (index === 7) await api.post(`/v1/events/${usageId}/void`);
  }
  for (const format of ["csv", "ndjson"]) {
    const output = path.join(folder, `moved.${format}`);
    const exported = await run(api, "export", "--event-name", "moved", "--external-ids", "--output", output);
    assert.equal(exported.code, 0, exported.stderr);
    assert.match(exported.stderr, /249 events exported\./);
    assert.equal(existsSync(`${output}.part`), false);
    const imported = await run(live, "import", output);
    assert.equal(imported.code, 0, imported.stdout + imported.stderr);
    const expected = format === "csv" ? /249 events: 249 recorded/ : /249 events: 0 recorded, 249 known/;
    assert.match(imported.stdout, expected);
  }
  // As text, because reading it as JSON would lose digits; each customer's by itself, because the order holds for a customer's events.
  const texts = [api, live].map(async (caller) => {
    const { stdout } = await run(caller, "export", "--event-name", "moved", "--external-ids");
    const lines = stdout.trim().split("\n");
    return ["one", "two"]
      .flatMap((name) => lines.filter((line) => line.includes(`"external_customer_id":"${name}"`)))
      .join("\n");
  });
  const [from, to] = await Promise.all(texts);
  assert.equal(from?.split("\n").length, 249);
  assert.equal(to, from);
  assert.match(to ?? "", /"tiny":0\.10000000000000000000000001/);
});

test("only the customer's, of the name and within the time that were asked for are exported", async () => {
  const [mine, theirs] = [await createCustomer(api, "mine"), await createCustomer(api, "theirs")];
  const days = ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"];
  for (const customer_id of [mine, theirs])
    for (const event_name of ["wanted", "unwanted"])
      for (const day of days) {
        const event = {
          event_name,
          idempotency_key: `${event_name} ${day}`,
          customer_id,
          timestamp: `${day}T00:00:00Z`,
        };
        await ingest(JSON.stringify(event));
      }
  const filter = ["--customer", mine, "--event-name", "wanted", "--from", "2026-02-28T00:00:00Z"];
  const { code, stdout } = await run(api, "export", "--format", "csv", ...filter, "--to", "2026-03-02T00:00:00Z");
  assert.equal(code, 0);
  assert.deepEqual(stdout.trim().split("\n"), [
    "event_name,idempotency_key,customer_id,timestamp,properties",
    `wanted,wanted 2026-02-28,${mine},2026-02-28T00:00:00.000Z,{}`,
    `wanted,wanted 2026-03-01,${mine},2026-03-01T00:00:00.000Z,{}`,
  ]);
});

test("an export that fails leaves what was there, and says what to do", async () => {
  const id = await createCustomer(api, null);
  await ingest(
    JSON.stringify({ event_name: "own", idempotency_key: "k", customer_id: id, timestamp: "2026-03-09T00:00:00Z" }),
  );
  const output = path.join(folder, "own.ndjson");
  assert.equal((await run(api, "export", "--customer", id, "--output", output)).code, 0);
  const before = await readFile(output, "utf8");
  const cases: [string[], RegExp][] = [
    [["--customer", id, "--external-ids", "--output", output], /has no external_id; give them one/],
    [["--from", "soon", "--output", output], /refuses with 400: .*"from"/],
    [["--output", path.join(folder, "own.txt")], /Say --format csv or --format ndjson/],
    [["--output", path.join(folder, "missing", "own.csv")], /no such file or directory/],
  ];
  for (const [args, expected] of cases) {
    const { code, stderr } = await run(api, "export", ...args);
    assert.equal(code, 1, args.join(" "));
    assert.match(stderr, expected);
  }
  assert.equal(await readFile(output, "utf8"), before);
});

test("a reader who stops before the end, as head does, is no error", async () => {
  const { child, ended } = startEvents(url, api, ["export"]);
  child.stdout.destroy();
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
});
