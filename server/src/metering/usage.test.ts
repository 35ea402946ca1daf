import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startTestApp, type Api } from "../../test/harness.ts";
import { sql } from "../platform/db.ts";
import type { UsageQuery } from "./schema.ts";
import { getUsage } from "./usage.ts";

const { test: api, live, tenantOf, database, clock } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });

let counter = 0;
const unique = (prefix: string) => `${prefix}_${(counter += 1)}`;

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function created(path: string, body: unknown, by: Api = api): Promise<any> {
  const answer = await by.post(path, body);
  assert.equal(answer.status, 201, `${path}: ${answer.text}`);
  return answer.body;
}

/** Every aggregation, whatever of them the wire takes so far. */
type Stored = { type: string; property?: string; per?: string };

/** A customer whose events of one name a meter reads, charged 0.1 usd per unit. */
async function used(options: { timezone?: string; aggregation?: Stored } = {}) {
  const event = unique("call");
  const meter = unique("meter");
  const plan = unique("plan");
  await created("/v1/meters", { code: meter, event_name: event, aggregation: { type: "sum", property: "units" } });
  if (options.aggregation !== undefined)
    await database.query(sql`update meters set aggregation = ${options.aggregation} where code = ${meter}`);
  await created("/v1/plans", {
    code: plan,
    usage_prices: [{ meter_code: meter, unit_amount: "0.1", currency_code: "usd" }],
  });
  const { customer } = await created("/v1/customers", { name: "Customer", timezone: options.timezone ?? "UTC" });
  const start_date = "2024-01-01T12:00:00Z";
  const subscription = { customer_id: customer.id, plan_code: plan, start_date, initial_status: "active" };
  await created("/v1/subscriptions", subscription);
  return {
    id: customer.id as string,
    meter,
    /** Records one event and returns its id. */
    async use(timestamp: string, properties: object): Promise<string> {
      const body = {
        event_name: event,
        idempotency_key: unique("key"),
        customer_id: customer.id,
        timestamp,
        properties,
      };
      const answer = await api.post("/v1/events/ingest", body);
      assert.equal(answer.body.status, "processed", answer.text);
      return answer.body.usage_id;
    },
    ask: (query: Record<string, string> = {}, by: Api = api) =>
      by.get(`/v1/customers/${customer.id}/usage?${new URLSearchParams({ meter_code: meter, ...query })}`),
  };
}

type Row = {
  start: string;
  end: string;
  group: Record<string, string | boolean | null>;
  quantity: string;
  event_count: number;
  cost: { amount: string }[];
};

const figures = ({ quantity, event_count, cost }: Omit<Row, "group">) => [
  quantity,
  event_count,
  cost.map(({ amount }) => amount).join(),
];

const usd = (amount: string) => [{ amount, account_type: "currency", currency_code: "usd" }];

test("without a range it is the calendar month so far in the customer's time zone, what came this instant included", async () => {
  const { use, ask } = await used({ timezone: "America/New_York" });
  await use("2026-03-01T04:59:59.999Z", { units: 100 });
  await use("2026-03-01T05:00:00Z", { units: 1 });
  await use("2026-03-10T12:00:00Z", { units: 2 });
  await use("2026-03-10T12:00:00.001Z", { units: 100 });
  const { status, body } = await ask();
  assert.equal(status, 200);
  const { request_id: _, ...rest } = body;
  const shown = {
    start: "2026-03-01T05:00:00.000Z",
    end: "2026-03-10T12:00:00.001Z",
    quantity: "3",
    event_count: 2,
    cost: usd("0.3"),
  };
  assert.deepEqual(rest, {
    success: true,
    usage: [{ ...shown, group: {} }],
    total: { ...shown, unreadable_event_count: 0 },
    archived_before: null,
  });
});

test("a range is half-open, by instants or by days of the customer's time zone", async () => {
  const { use, ask } = await used({ timezone: "Asia/Kolkata" });
  // 1 February begins in Kolkata at 18:30 UTC of 31 January.
  for (const [timestamp, units] of [
    ["2026-01-31T18:29:59.999Z", 1],
    ["2026-01-31T18:30:00Z", 10],
    ["2026-02-01T18:29:59.999Z", 100],
    ["2026-02-01T18:30:00Z", 1_000],
  ] as const)
    await use(timestamp, { units });
  const cases: [Record<string, string>, string][] = [
    [{ from: "2026-02-01", to: "2026-02-02" }, "110"],
    [{ from: "2026-01-31T18:30:00Z", to: "2026-02-02T00:00:00+05:30" }, "110"],
    [{ from: "2026-02-01" }, "1110"],
    [{ to: "2026-02-02" }, "110"],
    // The month in which the range ends is January here.
    [{ to: "2026-02-01" }, "1"],
    [{ from: "2025-12-01", to: "2026-01-31T18:30:00.001Z" }, "11"],
  ];
  for (const [query, quantity] of cases)
    assert.equal((await ask(query)).body.total.quantity, quantity, JSON.stringify(query));
});

test("a range of days ends with the customer's day of now, or with the day of its end, whatever clocks did in between", async () => {
  // 12:00 UTC of 10 March is the 11th in Kiritimati; New York's clocks have gone on by an hour on the 8th.
  for (const [timezone, days, first, last] of [
    ["Pacific/Kiritimati", "2", "2026-03-09T10:00:00.000Z", "2026-03-10T10:00:00.000Z"],
    ["America/New_York", "4", "2026-03-07T05:00:00.000Z", "2026-03-10T04:00:00.000Z"],
  ] as const) {
    const { use, ask } = await used({ timezone });
    await use(new Date(Date.parse(first) - 1).toISOString(), { units: 100 });
    await use(first, { units: 1 });
    await use("2026-03-10T12:00:00Z", { units: 2 });
    const { usage, total } = (await ask({ days, window: "day" })).body;
    assert.deepEqual([usage.length, usage[0].start, usage.at(-1).start], [Number.parseInt(days, 10), first, last]);
    assert.equal(total.quantity, "3");
    const earlier = (await ask({ days: "1", to: first })).body.total;
    assert.deepEqual([earlier.end, earlier.quantity], [first, "100"]);
  }
});

test("a range of days is 1 to 400, and stands instead of from", async () => {
  const { ask } = await used();
  assert.equal((await ask({ days: "400" })).status, 200);
  const wrong = [{ days: "0" }, { days: "401" }, { days: "1.5" }, { days: "" }, { days: "3", from: "2026-03-01" }];
  for (const query of wrong) {
    const { status, body } = await ask(query as Record<string, string>);
    assert.deepEqual([status, body.error.details[0].path], [400, "days"], JSON.stringify(query));
  }
});

test("a day has 23 or 25 hours where clocks change, and each hour is a window of its own", async () => {
  clock.set("2026-11-30T12:00:00.000Z");
  const { use, ask } = await used({ timezone: "Europe/Berlin" });
  // Clocks go back at 01:00 UTC of 25 October 2026: 02:30 is there twice.
  await use("2026-10-25T00:30:00Z", { units: 1 });
  await use("2026-10-25T01:30:00Z", { units: 2 });
  for (const [day, next, hours] of [
    ["2026-03-28", "2026-03-29", 24],
    ["2026-03-29", "2026-03-30", 23],
    ["2026-10-25", "2026-10-26", 25],
  ] as const) {
    const rows: Row[] = (await ask({ from: day, to: next, window: "hour" })).body.usage;
    assert.equal(rows.length, hours, day);
    for (const { start, end } of rows) assert.equal(Date.parse(end) - Date.parse(start), 3_600_000);
    const [whole] = (await ask({ from: day, to: next, window: "day" })).body.usage;
    assert.equal(Date.parse(whole.end) - Date.parse(whole.start), hours * 3_600_000);
  }
  const rows: Row[] = (await ask({ from: "2026-10-25", to: "2026-10-26", window: "hour" })).body.usage;
  assert.deepEqual(
    rows.filter(({ event_count }) => event_count > 0).map(({ start, quantity }) => [start, quantity]),
    [
      ["2026-10-25T00:00:00.000Z", "1"],
      ["2026-10-25T01:00:00.000Z", "2"],
    ],
  );
  clock.set("2026-03-10T12:00:00.000Z");
});

test("windows tile the range without a hole, the first and last cut to it, and empty ones are zero", async () => {
  const { use, ask } = await used({ timezone: "Europe/Berlin" });
  await use("2026-01-20T10:00:00Z", { units: "0.1" });
  await use("2026-01-31T22:59:59Z", { units: "0.2" });
  await use("2026-01-31T23:00:00Z", { units: 5 });
  const { body } = await ask({ from: "2026-01-15T06:00:00Z", to: "2026-04-02", window: "month" });
  assert.deepEqual(
    body.usage.map((row: Row) => [row.start, row.end, ...figures(row)]),
    [
      ["2026-01-15T06:00:00.000Z", "2026-01-31T23:00:00.000Z", "0.3", 2, "0.03"],
      ["2026-01-31T23:00:00.000Z", "2026-02-28T23:00:00.000Z", "5", 1, "0.5"],
      ["2026-02-28T23:00:00.000Z", "2026-03-31T22:00:00.000Z", "0", 0, ""],
      ["2026-03-31T22:00:00.000Z", "2026-04-01T22:00:00.000Z", "0", 0, ""],
    ],
  );
  assert.deepEqual(figures(body.total), ["5.3", 3, "0.53"]);
});

test('each combination of the properties\' values has its own rows: missing is null, and 7 is the same as "7"', async () => {
  const { use, ask } = await used();
  const uses: object[] = [
    { units: 1, model: "a", region: 7 },
    { units: 2, model: "a", region: "7" },
    { units: 4, model: "a" },
    { units: 8, model: null, region: true },
    { units: 16, model: ["a"], region: true },
  ];
  for (const [index, properties] of uses.entries()) await use(`2026-03-0${1 + (index % 2)}T10:00:00Z`, properties);
  const query = { from: "2026-03-01", to: "2026-03-03", group_by: "model,region" };
  const whole = (await ask(query)).body;
  assert.deepEqual(
    whole.usage.map((row: Row) => [row.group, ...figures(row)]),
    [
      [{ model: "a", region: "7" }, "3", 2, "0.3"],
      [{ model: "a", region: null }, "4", 1, "0.4"],
      [{ model: null, region: true }, "24", 2, "2.4"],
    ],
  );
  const daily: Row[] = (await ask({ ...query, window: "day" })).body.usage;
  assert.deepEqual(
    daily.map((row) => row.quantity),
    ["1", "4", "16", "2", "0", "8"],
    "every group in every window, by start and then by group",
  );
  assert.deepEqual((await ask({ ...query, from: "2026-03-02T11:00:00Z" })).body.usage, [], "no event, no group");
});

test("every aggregation is read exactly over each window's own events, and over the whole range", async () => {
  const steps = [
    ["2026-03-01T06:00:00Z", { units: "3.10", user: "a" }],
    ["2026-03-01T18:00:00Z", { units: "-1", user: "b" }],
    ["2026-03-02T12:00:00Z", { units: "2", user: "a" }],
    ["2026-03-03T00:00:00Z", { units: "0.00000000000000000001", user: 1 }],
    ["2026-03-03T01:00:00Z", { units: "-4.1", user: "1" }],
  ] as const;
  // Of the weighted sum: 3.1 for 12 hours and 2.1 for 6; 2.1 for 12 and 4.1 for 12; 4.1 for an hour, and less than its 18 digits.
  const cases: [Stored, string[], string][] = [
    [{ type: "count" }, ["2", "1", "2"], "5"],
    [{ type: "sum", property: "units" }, ["2.1", "2", "-4.09999999999999999999"], "0.00000000000000000001"],
    [{ type: "max", property: "units" }, ["3.1", "2", "0.00000000000000000001"], "3.1"],
    [{ type: "min", property: "units" }, ["-1", "2", "-4.1"], "-4.1"],
    [{ type: "latest", property: "units" }, ["-1", "2", "-4.1"], "-4.1"],
    [{ type: "unique_count", property: "user" }, ["2", "1", "1"], "3"],
    [{ type: "weighted_sum", property: "units", per: "hour" }, ["49.8", "74.4", "4.1"], "128.3"],
  ];
  for (const [aggregation, daily, total] of cases) {
    const { use, ask } = await used({ aggregation });
    for (const [timestamp, properties] of steps) await use(timestamp, properties);
    const { body } = await ask({ from: "2026-03-01", to: "2026-03-04", window: "day" });
    const shown = body.usage.map(({ quantity }: Row) => quantity);
    assert.deepEqual(shown, daily, aggregation.type);
    assert.equal(body.total.quantity, total, aggregation.type);
    assert.equal(body.total.event_count, 5);
  }
});

test("a level lasts on through windows without events, in its group", async () => {
  const { use, ask } = await used({ aggregation: { type: "weighted_sum", property: "units", per: "hour" } });
  await use("2026-03-01T12:00:00Z", { units: 2, disk: "a" });
  await use("2026-03-03T00:00:00Z", { units: 1, disk: "b" });
  const { body } = await ask({ from: "2026-03-01", to: "2026-03-04", window: "day", group_by: "disk" });
  assert.deepEqual(
    body.usage.map(({ group, quantity, event_count }: Row) => [group.disk, quantity, event_count]),
    [
      ["a", "24", 1],
      ["b", "0", 0],
      ["a", "48", 0],
      ["b", "0", 0],
      ["a", "48", 0],
      ["b", "24", 1],
    ],
  );
  assert.equal(body.total.quantity, "144");
});

test("numbers stay exact from the event's text to the answer", async () => {
  const { use, ask } = await used();
  for (const units of ["0.1", "0.2", "12345678901234567890.000000000000000001"])
    await use("2026-03-02T00:00:00Z", { units });
  const { total } = (await ask()).body;
  assert.equal(total.quantity, "12345678901234567890.300000000000000001");
  assert.deepEqual(total.cost, usd("1234567890123456789.0300000000000000001"));
});

test("an event that was voided is in no figure", async () => {
  const { use, ask } = await used();
  await use("2026-03-02T00:00:00Z", { units: 1 });
  const voided = await use("2026-03-02T00:00:00Z", { units: 10 });
  assert.equal((await api.post(`/v1/events/${voided}/void`)).status, 200);
  const { body } = await ask({ group_by: "units" });
  assert.deepEqual(figures(body.total), ["1", 1, "0.1"]);
  assert.equal(body.usage.length, 1);
});

test("events beyond a page of many at the same instant are read once each", async () => {
  const { id, use, ask } = await used();
  const first = await use("2026-03-02T00:00:00Z", { units: 1 });
  await database.query(
    sql`insert into events (tenant_id, bucket, customer_id, event_id, event_name, idempotency_key, occurred_at, properties, charges,
          recorded_at)
        select tenant_id, bucket, customer_id, event_id || place, event_name, idempotency_key || place, occurred_at, properties,
          charges, recorded_at
        from events, generate_series(1, 2500) as place where customer_id = ${id} and event_id = ${first}`,
  );
  assert.deepEqual(figures((await ask()).body.total), ["2501", 2501, "250.1"]);
});

test("events from before the meter that it cannot read are counted apart", async () => {
  const { meter, id, use, ask } = await used();
  await use("2026-03-02T00:00:00Z", { units: 1 });
  const { meter: read } = (await api.get(`/v1/meters/${meter}`)).body;
  const later = unique("later");
  const aggregation = { type: "sum", property: "tokens" };
  await created("/v1/meters", { code: later, event_name: read.event_name, aggregation });
  clock.advance(1_000);
  await use("2026-03-02T00:00:00Z", { units: 1, tokens: 3 });
  const { total } = (await api.get(`/v1/customers/${id}/usage?meter_code=${later}`)).body;
  assert.deepEqual([...figures(total), total.unreadable_event_count], ["3", 1, "", 1]);
  assert.equal((await ask()).body.total.quantity, "2");
});

test("an archived meter can still be read", async () => {
  const { id, use } = await used();
  const code = unique("idle");
  await created("/v1/meters", { code, event_name: "other", aggregation: { type: "count" } });
  await use("2026-03-02T00:00:00Z", { units: 1 });
  assert.equal((await api.patch(`/v1/meters/${code}`, { archived: true })).status, 200);
  assert.equal((await api.get(`/v1/customers/${id}/usage?meter_code=${code}`)).body.total.quantity, "0");
});

test("what cannot be answered is refused, and names the field", async () => {
  const { id, use, ask } = await used();
  const cases: [Record<string, string>, string][] = [
    [{ from: "2026-03-02", to: "2026-03-02" }, "to"],
    [{ from: "2026-04-02" }, "to"],
    [{ from: "2025-01-01", to: "2026-03-01" }, "from"],
    [{ from: "2026-02-30" }, "from"],
    [{ to: "yesterday" }, "to"],
    [{ window: "week" }, "window"],
    [{ group_by: "" }, "group_by"],
    [{ group_by: "a,a" }, "group_by"],
    [{ group_by: "a,b,c,d,e,f" }, "group_by"],
    [{ meter_code: "No" }, "meter_code"],
  ];
  for (const [query, path] of cases) {
    const answer = await ask(query);
    assert.equal(answer.status, 400, `${JSON.stringify(query)}: ${answer.text}`);
    assert.equal(answer.body.error.details[0].path, path, answer.text);
  }
  assert.equal((await api.get(`/v1/customers/${id}/usage`)).body.error.details[0].path, "meter_code");
  const unknown = await ask({ meter_code: "nothing" });
  assert.deepEqual([unknown.status, unknown.body.error.code], [404, "METER_NOT_FOUND"]);

  const year = { from: "2025-02-01", to: "2026-03-08", window: "hour" };
  assert.equal((await ask(year)).body.usage.length, 400 * 24);
  for (const tag of ["a", "b"]) await use("2026-03-02T00:00:00Z", { units: 1, tag });
  const tooMany = await ask({ ...year, group_by: "tag" });
  assert.equal(tooMany.status, 400);
  assert.match(tooMany.body.error.details[0].message, /10,000 rows. Choose a larger window/);
});

test("another tenant finds neither the customer nor the meter", async () => {
  const { meter, ask } = await used();
  const stranger = await ask({}, live);
  assert.deepEqual([stranger.status, stranger.body.error.code], [404, "CUSTOMER_NOT_FOUND"]);
  const { customer } = await created("/v1/customers", { name: "Own" }, live);
  const own = await live.get(`/v1/customers/${customer.id}/usage?meter_code=${meter}`);
  assert.deepEqual([own.status, own.body.error.code], [404, "METER_NOT_FOUND"]);
});

test("every page of many events is read by the index alone, however often pages have been read", async () => {
  const customer = await used();
  const id = await customer.use("2026-03-05T10:00:00Z", { units: 1 });
  const more = 11_000;
  await database.query(
    sql`insert into events (tenant_id, bucket, customer_id, event_id, event_name, idempotency_key, occurred_at, properties, charges, recorded_at)
        select tenant_id, bucket, customer_id, left(event_id, 9) || lpad(number::text, 16, '0'), event_name, 'more ' || number,
          occurred_at + number * interval '1 second', properties, '[]', recorded_at
        from events, generate_series(1, ${more}::integer) as number where event_id = ${id}`,
  );
  await database.query(sql`analyze events`);
  // One connection: it keeps its plans, and tells what it has read when it is asked to.
  const connection = database.reserve({ maxConnections: 1 });
  after(() => connection.close());
  const rowsRead = async () => {
    await connection.query(sql`select pg_stat_force_next_flush()`);
    const [row] = await connection.query<{ read: string }>(
      sql`select sum(idx_tup_fetch + coalesce(seq_tup_read, 0))::text as read from pg_stat_user_tables where relname like 'events%'`,
    );
    return Number(row?.read);
  };
  const before = await rowsRead();
  const range = { from: { day: "2026-03-01" }, to: { day: "2026-03-08" } };
  const query: UsageQuery = { meter_code: customer.meter, window: "day", group_by: [], ...range };
  const { total } = await getUsage(connection, await tenantOf("test"), customer.id, query, clock.now());
  assert.equal(total.eventCount, more + 1);
  const read = (await rowsRead()) - before;
  assert.ok(read >= more && read < 2 * more, `${read} rows of ${more}`);
});
