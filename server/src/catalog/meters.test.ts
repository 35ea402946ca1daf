import assert from "node:assert/strict";
import { test } from "node:test";
import { decimal } from "../../../core/decimal.ts";
import { measure } from "../../../core/meter.ts";
import { startTestApp } from "../../test/harness.ts";
import { sql } from "../platform/db.ts";
import { createCatalogReader } from "./catalog.ts";

const { test: api, database, clock, tenantOf } = await startTestApp();

const tenant = await tenantOf("test");
const metersFor = (eventName: string) => createCatalogReader(clock).metersFor(database, tenant.id, eventName);

const formula = "tokens_in * 3 + default(`tokens.out`, 0)";

/** An aggregation as it is sent, and as it is answered where that is more. */
const aggregations: { sent: object; answered?: object; window?: "hour" | "day" }[] = [
  { sent: { type: "count" } },
  { sent: { type: "count" }, window: "day" },
  ...["sum", "max", "min", "latest"].flatMap((type) => [
    { sent: { type, property: "tokens_in" }, answered: { type, property: "tokens_in", expression: null } },
    { sent: { type, expression: formula }, answered: { type, property: null, expression: formula } },
  ]),
  {
    sent: { type: "max", property: "tokens_in", expression: null },
    window: "hour",
  },
  { sent: { type: "unique_count", property: "user" }, window: "day" },
  ...["second", "minute", "hour", "day", "period"].map((per) => ({
    sent: { type: "weighted_sum", property: "gigabytes", per },
    answered: { type: "weighted_sum", property: "gigabytes", expression: null, per },
  })),
  {
    sent: { type: "weighted_sum", expression: formula, per: "hour" },
    answered: { type: "weighted_sum", property: null, expression: formula, per: "hour" },
  },
];

test("every aggregation is answered as it was created, in the reference's order, and can be sent again", async () => {
  for (const [index, { sent, answered, window }] of aggregations.entries()) {
    const body = { code: `m${index}`, event_name: "e", aggregation: sent, ...(window && { window }) };
    const created = await api.post("/v1/meters", body);
    assert.equal(created.status, 201, created.text);
    const found = (await api.get(`/v1/meters/m${index}`)).body.meter;
    for (const meter of [created.body.meter, found]) {
      assert.equal(JSON.stringify(meter.aggregation), JSON.stringify(answered ?? sent));
      assert.equal(meter.window, window ?? null);
    }
    const again = await api.post("/v1/meters", { ...found, code: `again_${index}` });
    assert.equal(again.status, 201, again.text);
    assert.deepEqual([again.body.meter.aggregation, again.body.meter.window], [found.aggregation, found.window]);
  }
});

test("an expression is stored as its text, and read compiled", async () => {
  await api.post("/v1/meters", { code: "f", event_name: "f", aggregation: { type: "sum", expression: formula } });
  const [row] = await database.query<{ expression: string }>(
    sql`select aggregation ->> 'expression' as expression from meters where code = 'f'`,
  );
  assert.equal(row?.expression, formula);
  const [meter] = await metersFor("f");
  assert.ok(meter);
  const event = { eventName: "f", timestamp: 0, properties: { tokens_in: 2, "tokens.out": "0.5" } };
  assert.deepEqual(measure(meter, event), { quantity: decimal("6.5"), value: null });
});

test("a meter is read as core's, with its window", async () => {
  const bodies = [
    { code: "a", aggregation: { type: "max", property: "n" }, window: "hour" },
    { code: "b", aggregation: { type: "unique_count", property: "user" } },
    { code: "c", aggregation: { type: "weighted_sum", property: "n", per: "hour" } },
  ];
  for (const body of bodies) await api.post("/v1/meters", { ...body, event_name: "read" });
  const meters = (await metersFor("read")).toSorted((a, b) => (a.code < b.code ? -1 : 1));
  assert.deepEqual(
    meters.map(({ aggregation, window }) => ({ aggregation, window })),
    [
      { aggregation: { type: "max", property: "n" }, window: "hour" },
      { aggregation: { type: "unique_count", property: "user" }, window: null },
      { aggregation: { type: "weighted_sum", per: "hour", property: "n" }, window: null },
    ],
  );
});

test("a meter that was stored before there were expressions is answered and read", async () => {
  await api.post("/v1/meters", { code: "old", event_name: "old", aggregation: { type: "sum", property: "n" } });
  await database.query(sql`update meters set aggregation = aggregation - 'expression' where code = 'old'`);
  assert.deepEqual((await api.get("/v1/meters/old")).body.meter.aggregation, {
    type: "sum",
    property: "n",
    expression: null,
  });
  assert.deepEqual((await metersFor("old"))[0]?.aggregation, { type: "sum", property: "n" });
});

const exactlyOne = "Give exactly one of property and expression.";
const expression = (text: unknown) => ({ aggregation: { type: "sum", expression: text } });
const refusals: [change: object, path: string, message: string | RegExp][] = [
  [
    { aggregation: { type: "median" } },
    "aggregation.type",
    "Must be one of count, sum, max, min, latest, unique_count, weighted_sum.",
  ],
  [{ aggregation: { type: "max" } }, "aggregation.property", exactlyOne],
  [{ aggregation: { type: "sum", property: "a", expression: "a" } }, "aggregation.property", exactlyOne],
  [{ aggregation: { type: "latest", property: "" } }, "aggregation.property", "Must not be empty."],
  [{ aggregation: { type: "unique_count" } }, "aggregation.property", "Is required."],
  [{ aggregation: { type: "weighted_sum", property: "a" } }, "aggregation.per", /^Invalid option|^Is required/],
  [{ aggregation: { type: "weighted_sum", per: "hour" } }, "aggregation.property", exactlyOne],
  [{ aggregation: { type: "weighted_sum", property: "a", per: "week" } }, "aggregation.per", /^Invalid option/],
  [expression("tokens_in * * 3"), "aggregation.expression", /\(column 13\)$/],
  [expression("tokens_in $ 3"), "aggregation.expression", '"$" has no meaning in an expression. (column 11)'],
  [expression("("), "aggregation.expression", /\(column 2\)$/],
  [expression(""), "aggregation.expression", /\(column 1\)$/],
  [expression("a+".repeat(250) + "a"), "aggregation.expression", "Must be at most 500 characters. (column 501)"],
  [expression("process.exit(1)"), "aggregation.expression", /\(column \d+\)$/],
  [expression(7), "aggregation.expression", /^Invalid input/],
  [{ window: "minute" }, "window", /^Invalid option/],
  [
    { aggregation: { type: "weighted_sum", property: "a", per: "hour" }, window: "day" },
    "window",
    "Must be null on a weighted sum, which measures time already.",
  ],
];

test("what is wrong with an aggregation is said at its path, of an expression with the position", async () => {
  for (const [change, path, message] of refusals) {
    const body = { code: "wrong", event_name: "e", aggregation: { type: "count" }, ...change };
    const answer = await api.post("/v1/meters", body);
    const seen = `${JSON.stringify(change)}: ${answer.text}`;
    assert.deepEqual([answer.status, answer.body.error?.code], [400, "VALIDATION_ERROR"], seen);
    assert.equal(answer.body.error.details.length, 1, seen);
    assert.equal(answer.body.error.details[0].path, path, seen);
    if (typeof message === "string") assert.equal(answer.body.error.details[0].message, message);
    else assert.match(answer.body.error.details[0].message, message);
  }
  assert.equal((await api.get("/v1/meters/wrong")).status, 404);
});
