import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp, type ApiAnswer } from "../../test/harness.ts";

const { test: api, live } = await startTestApp();

const details = (answer: ApiAnswer) => answer.body.error.details as { path: string; message: string }[];
const paths = (answer: ApiAnswer) => details(answer).map(({ path }) => path);

const countOf = (code: string) => ({ code, event_name: "request", aggregation: { type: "count" } });

test("a pricing unit is answered as it was created, and found by its code", async () => {
  const created = await api.post("/v1/pricing-units", {
    code: "token",
    name: "Tokens",
    description: "What models read and write.",
  });
  assert.equal(created.status, 201);
  const { id, ...unit } = created.body.pricing_unit;
  assert.match(id, /^c[a-z0-9]{24}$/);
  assert.deepEqual(unit, {
    code: "token",
    name: "Tokens",
    description: "What models read and write.",
    created_at: "2026-03-10T12:00:00.000Z",
  });
  const found = await api.get("/v1/pricing-units/token");
  assert.equal(found.status, 200);
  assert.deepEqual(found.body.pricing_unit, created.body.pricing_unit);
});

test("a name that is not given is the code, for pricing units and meters", async () => {
  const unit = await api.post("/v1/pricing-units", { code: "credit" });
  assert.deepEqual([unit.body.pricing_unit.name, unit.body.pricing_unit.description], ["credit", null]);
  const meter = await api.post("/v1/meters", { ...countOf("nameless"), name: null });
  assert.equal(meter.body.meter.name, "nameless");
});

test("a code is taken once in a mode, and once more in the other", async () => {
  const creations: [path: string, body: { code: string }, error: string][] = [
    ["/v1/pricing-units", { code: "both_modes" }, "PRICING_UNIT_EXISTS"],
    ["/v1/meters", countOf("both_modes"), "METER_EXISTS"],
    ["/v1/plans", { code: "both_modes" }, "PLAN_EXISTS"],
  ];
  for (const [path, body, error] of creations) {
    assert.equal((await api.post(path, body)).status, 201, path);
    const again = await api.post(path, body);
    assert.deepEqual([again.status, again.body.error.code], [409, error]);
    assert.equal((await live.get(`${path}/${body.code}`)).status, 404, path);
    assert.equal((await live.post(path, body)).status, 201, path);
  }
});

test("nothing of one mode is seen or changed from the other", async () => {
  await api.post("/v1/pricing-units", { code: "only_test" });
  await api.post("/v1/meters", countOf("only_test"));
  await api.post("/v1/plans", { code: "only_test" });
  const requests: [method: string, path: string, error: string, body?: unknown][] = [
    ["GET", "/v1/pricing-units/only_test", "PRICING_UNIT_NOT_FOUND"],
    ["GET", "/v1/meters/only_test", "METER_NOT_FOUND"],
    ["PATCH", "/v1/meters/only_test", "METER_NOT_FOUND", { archived: true }],
    ["GET", "/v1/plans/only_test", "PLAN_NOT_FOUND"],
    ["GET", "/v1/plans/only_test/versions", "PLAN_NOT_FOUND"],
    ["GET", "/v1/plans/only_test/versions/1", "PLAN_NOT_FOUND"],
    ["POST", "/v1/plans/only_test/versions", "PLAN_NOT_FOUND", {}],
  ];
  for (const [method, path, error, body] of requests) {
    const answer = await live.request(method, path, body);
    assert.deepEqual([answer.status, answer.body.error.code], [404, error], `${method} ${path}`);
  }
  for (const [path, list] of [
    ["/v1/pricing-units", "pricing_units"],
    ["/v1/meters", "meters"],
    ["/v1/plans", "plans"],
  ] as const) {
    const listed = (await live.get(`${path}?limit=100`)).body[list] as { code: string }[];
    assert.equal(
      listed.some(({ code }) => code === "only_test"),
      false,
      path,
    );
  }
});

test("a code is 1 to 64 of lower-case letters and digits in words joined by single underscores", async () => {
  const longest = "a".repeat(64);
  for (const code of ["x", "7", "gpt_4_input", longest]) {
    assert.equal((await api.post("/v1/pricing-units", { code })).status, 201, code);
    assert.equal((await api.get(`/v1/pricing-units/${code}`)).status, 200, code);
  }
  for (const code of [
    "",
    "_a",
    "a_",
    "a__b",
    "A",
    "a-b",
    "a b",
    "a.b",
    "é",
    `${longest}a`,
    "a\n",
    null,
    7,
    undefined,
  ]) {
    const bodies: [path: string, body: unknown][] = [
      ["/v1/pricing-units", { code }],
      ["/v1/meters", { ...countOf("x"), code }],
      ["/v1/plans", { code }],
    ];
    for (const [path, body] of bodies) {
      const answer = await api.post(path, body);
      assert.deepEqual([answer.status, answer.body.error.code], [400, "VALIDATION_ERROR"], `${path} ${code}`);
      assert.equal(
        paths(answer).every((path) => path === "code"),
        true,
      );
    }
  }
});

test("a malformed code in a path is the 404 of its resource", async () => {
  for (const code of ["A", "a__b", "%00", "a".repeat(65)]) {
    assert.equal((await api.get(`/v1/pricing-units/${code}`)).body.error.code, "PRICING_UNIT_NOT_FOUND");
    assert.equal((await api.get(`/v1/meters/${code}`)).body.error.code, "METER_NOT_FOUND");
    assert.equal((await api.get(`/v1/plans/${code}`)).body.error.code, "PLAN_NOT_FOUND");
  }
});

test("a meter is answered as it was created, with every operator", async () => {
  const filters = [
    { property: "model", operator: "equals", value: "gpt-4" },
    { property: "region", operator: "not_equals", value: "eu" },
    { property: "tier", operator: "in", values: ["free", 2, true] },
    { property: "tokens", operator: "exists" },
    { property: "test", operator: "not_exists" },
    { property: "size", operator: "greater_than", value: "1" },
    { property: "size", operator: "greater_than_or_equal", value: "2.5" },
    { property: "size", operator: "less_than", value: "100" },
    { property: "size", operator: "less_than_or_equal", value: "-0.1" },
  ];
  const body = {
    code: "tokens",
    name: "Tokens",
    event_name: "llm.call",
    aggregation: { type: "sum", property: "tokens", expression: null },
    window: null,
    filters,
  };
  const created = await api.post("/v1/meters", body);
  assert.equal(created.status, 201);
  const { id, ...meter } = created.body.meter;
  assert.match(id, /^c[a-z0-9]{24}$/);
  assert.deepEqual(meter, { ...body, archived: false, archived_at: null, created_at: "2026-03-10T12:00:00.000Z" });
  assert.deepEqual((await api.get("/v1/meters/tokens")).body.meter, created.body.meter);
});

test("a filter's number is read from its text and given back with every digit, and a string stays a string", async () => {
  const numbers = "0.1,1e-7,12345678901234567890.123456789,-3,9007199254740993,1.0".split(",");
  const filters = `[{"property":"p","operator":"in","values":[${numbers.join(",")},"0.10"]},
    {"property":"p","operator":"equals","value":0.000000000000000001},
    {"property":"p","operator":"less_than","value":12345678901234567890.123456789}]`;
  const body = `{"code":"exact","event_name":"e","aggregation":{"type":"count"},"filters":${filters}}`;
  const created = await api.post("/v1/meters", body);
  assert.equal(created.status, 201);
  for (const { text } of [created, await api.get("/v1/meters/exact")]) {
    assert.match(text, /"values":\[0\.1,0\.0000001,12345678901234567890\.123456789,-3,9007199254740993,1,"0\.10"\]/);
    assert.match(text, /"operator":"equals","value":0\.000000000000000001/);
    assert.match(text, /"value":"12345678901234567890\.123456789"/);
  }
});

test("what is wrong with a meter is said at its path", async () => {
  const refuse = async (change: object, path: string) => {
    const answer = await api.post("/v1/meters", { ...countOf("wrong"), ...change });
    assert.deepEqual(
      [answer.status, answer.body.error?.code, paths(answer)],
      [400, "VALIDATION_ERROR", [path]],
      JSON.stringify(change),
    );
  };
  const withFilter = (filter: object) => ({
    filters: [
      { property: "a", operator: "exists" },
      { property: "p", ...filter },
    ],
  });

  await refuse({ event_name: "" }, "event_name");
  await refuse({ event_name: "e".repeat(256) }, "event_name");
  await refuse({ aggregation: undefined }, "aggregation");
  await refuse({ aggregation: { type: "average" } }, "aggregation.type");
  await refuse({ aggregation: { type: "sum" } }, "aggregation.property");
  await refuse({ aggregation: "count" }, "aggregation");
  await refuse({ filters: Array.from({ length: 21 }, () => ({ property: "p", operator: "exists" })) }, "filters");
  await refuse(withFilter({ operator: "like", value: "x" }), "filters.1.operator");
  await refuse(withFilter({ operator: "equals" }), "filters.1.value");
  await refuse(withFilter({ operator: "equals", value: null }), "filters.1.value");
  await refuse(withFilter({ operator: "equals", value: ["x"] }), "filters.1.value");
  await refuse(
    withFilter({ operator: "equals", value: { isLosslessNumber: true, value: '1,"x":2' } }),
    "filters.1.value",
  );
  await refuse(withFilter({ operator: "in", value: "x" }), "filters.1.values");
  await refuse(withFilter({ operator: "in", values: [] }), "filters.1.values");
  await refuse(withFilter({ operator: "in", values: ["x", {}] }), "filters.1.values.1");
  await refuse(withFilter({ operator: "greater_than", value: "many" }), "filters.1.value");
  await refuse(withFilter({ operator: "greater_than", value: true }), "filters.1.value");
  await refuse(
    withFilter({ operator: "less_than", value: { isLosslessNumber: true, toString: 1 } }),
    "filters.1.value",
  );
  await refuse(withFilter({ operator: "exists", property: "" }), "filters.1.property");

  assert.equal((await api.get("/v1/meters/wrong")).status, 404);
});

test("a meter is renamed, and what it measures never changes", async () => {
  const { meter } = (await api.post("/v1/meters", { ...countOf("renamed"), name: "Before" })).body;
  const change = {
    name: "After",
    code: "other",
    event_name: "other",
    aggregation: { type: "sum", property: "p" },
    filters: [{}],
  };
  const changed = await api.patch("/v1/meters/renamed", change);
  assert.equal(changed.status, 200);
  assert.deepEqual(changed.body.meter, { ...meter, name: "After" });
  assert.equal((await api.patch("/v1/meters/renamed", {})).body.meter.name, "After");
  assert.equal((await api.patch("/v1/meters/renamed", { name: null })).body.meter.name, "renamed");
  assert.equal((await api.patch("/v1/meters/renamed", { name: "" })).status, 400);
});

test("a meter is archived, keeps the instant when it is archived again, and is brought back", async () => {
  await api.post("/v1/meters", countOf("archived"));
  const first = await api.patch("/v1/meters/archived", { archived: true });
  assert.deepEqual([first.body.meter.archived, first.body.meter.archived_at], [true, "2026-03-10T12:00:00.000Z"]);
  const again = await api.patch("/v1/meters/archived", { archived: true, name: "Old" });
  assert.deepEqual(again.body.meter, { ...first.body.meter, name: "Old" });
  const back = await api.patch("/v1/meters/archived", { archived: false });
  assert.deepEqual([back.body.meter.archived, back.body.meter.archived_at], [false, null]);
});

test("lists are newest first, in pages that a new row does not shift", async () => {
  const { test: api, clock } = await startTestApp();
  const lists: [path: string, list: string, body: (code: string) => unknown][] = [
    ["/v1/pricing-units", "pricing_units", (code) => ({ code })],
    ["/v1/meters", "meters", countOf],
    ["/v1/plans", "plans", (code) => ({ code })],
  ];
  for (const [path, list, body] of lists) {
    for (let number = 1; number <= 5; number++) {
      await api.post(path, body(`c${number}`));
      clock.advance(1);
    }
    const all = (await api.get(path)).body;
    assert.deepEqual(all.pagination, { has_more: false, next_cursor: null });
    const codes = all[list].map(({ code }: { code: string }) => code);
    assert.deepEqual(codes, ["c5", "c4", "c3", "c2", "c1"]);

    const first = (await api.get(`${path}?limit=2`)).body;
    assert.equal(first.pagination.has_more, true);
    await api.post(path, body("c6"));
    const second = (await api.get(`${path}?limit=3&cursor=${first.pagination.next_cursor}`)).body;
    assert.deepEqual(second.pagination, { has_more: false, next_cursor: null });
    const paged = [...first[list], ...second[list]].map(({ code }) => code);
    assert.deepEqual(paged, codes);

    for (const query of ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=MQ"]) {
      assert.equal((await api.get(`${path}?${query}`)).status, 400, query);
    }
  }
});

test("a creation repeated with its idempotency key creates once and answers byte for byte", async () => {
  const creations: [path: string, body: unknown][] = [
    ["/v1/pricing-units", { code: "once" }],
    ["/v1/meters", countOf("once")],
    ["/v1/plans", { code: "once" }],
    ["/v1/plans/once/versions", {}],
  ];
  for (const [path, body] of creations) {
    const headers = { "idempotency-key": `create ${path}` };
    const first = await api.post(path, body, headers);
    const second = await api.post(path, body, headers);
    assert.equal(first.status, 201, path);
    assert.deepEqual([second.status, second.text, second.headers["idempotency-replayed"]], [201, first.text, "true"]);
  }
  assert.equal((await api.get("/v1/plans/once")).body.plan.version, 2);
});
