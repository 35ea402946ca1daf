import assert from "node:assert/strict";
import { test } from "node:test";
import { bucketOf, createId } from "../platform/ids.ts";
import { sql } from "../platform/db.ts";
import { startTestApp } from "../../test/harness.ts";

const { test: api, database, clock } = await startTestApp();

const { id: customerId } = (await api.post("/v1/customers", { name: "Acme" })).body.customer;
let count = 0;

async function ingest(properties: object, event_name = "call"): Promise<string> {
  const key = { event_name, customer_id: customerId, idempotency_key: `key ${(count += 1)}` };
  const event = JSON.stringify({ ...key, timestamp: clock.now().toISOString(), properties }).replace('"EXACT"', "1.50");
  const { status, body, text } = await api.post("/v1/events/ingest", event);
  assert.equal(status, 200, text);
  return body.usage_id;
}

async function list(property: string, more = "") {
  return listBy(`property=${encodeURIComponent(property)}${more}`);
}

async function listBy(query: string) {
  const { status, body, text } = await api.get(`/v1/events?${query}`);
  assert.equal(status, 200, text);
  return { ids: body.events.map(({ id }: { id: string }) => id), ...body.pagination };
}

test("a list is of one value of one property, compared as text, a number as it was sent", async () => {
  const text = await ingest({ model: "gpt=4", nested: { model: "gpt-4" } });
  const number = await ingest({ model: 4, is_live: true });
  const exact = await ingest({ model: "EXACT" });
  const other = await ingest({ other: "4" });
  const cases: [string, string[]][] = [
    ["model=gpt=4", [text]],
    ["model=4", [number]],
    ["model=1.50", [exact]],
    ["model=1.5", []],
    ["is_live=true", [number]],
    ["other=4", [other]],
    ["model=gpt%", []],
    ["model=", []],
    ["nobody has it=1", []],
  ];
  for (const [property, ids] of cases) assert.deepEqual((await list(property)).ids, ids, property);
  for (const malformed of ["model", "=4", ""]) {
    const { status, body } = await api.get(`/v1/events?property=${malformed}`);
    assert.deepEqual([status, body.error.details[0].path], [400, "property"], malformed);
  }
});

test("a page ends where it has looked at 20,000 events, says that there may be more, and the next goes on from there", async () => {
  const wanted = await ingest({ rare: "yes" }, "rare.call");
  await database.query(
    sql`insert into events (tenant_id, bucket, customer_id, event_id, event_name, idempotency_key, occurred_at, properties, charges, recorded_at)
        select tenant_id, ${bucketOf(customerId)}, customer_id, left(${createId(new Date(clock.now().getTime() + 1))}::text, 9) || lpad(number::text, 16, '0'), 'call',
          'many ' || number, created_at, '{}', '[]', created_at
        from customers, generate_series(1, 20000) as number where customer_id = ${customerId}`,
  );
  for (const filter of ["property=rare%3Dyes", "event_name=rare.call", "event_name=rare.call&property=rare%3Dyes"])
    for (const query of [filter, `${filter}&customer_id=${customerId}`]) {
      const first = await listBy(query);
      assert.deepEqual([first.ids, first.has_more], [[], true], query);
      const second = await listBy(`${query}&cursor=${first.next_cursor}`);
      assert.deepEqual([second.ids, second.has_more, second.next_cursor], [[wanted], false, null]);
      assert.deepEqual((await listBy(`${query}&order=oldest`)).ids, [wanted]);
    }
});
