import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp, type ApiAnswer } from "../../test/harness.ts";

const { test: api, live, clock } = await startTestApp();

for (const code of ["tokens", "calls", "seconds"]) {
  await api.post("/v1/meters", { code, event_name: code, aggregation: { type: "sum", property: "n" } });
}
await api.post("/v1/pricing-units", { code: "credit" });

const details = (answer: ApiAnswer) => answer.body.error.details as { path: string; message: string }[];
const paths = (answer: ApiAnswer) => details(answer).map(({ path }) => path);
const priceOf = (meter_code: string, rest: object = {}) => ({
  meter_code,
  unit_amount: "1",
  currency_code: "usd",
  ...rest,
});

const inUsd = { account_type: "currency", currency_code: "usd", pricing_unit_code: null };
const inCredits = { account_type: "pricing_unit", currency_code: null, pricing_unit_code: "credit" };

const unmodified = {
  group_by: [],
  rounding: null,
  included_units: "0",
  minimum_amount: null,
  maximum_amount: null,
  late_usage: "current_period",
};
const everyPeriod = { per: "subscription", recurrence: "every_period", every: null };
const nothingElse = {
  usage_every: null,
  trial_days: 0,
  minimum_commitments: [],
  recurring_grants: [],
  invoice_grace_hours: null,
  invoice_finalization: null,
};

test("a plan of nothing but a code has every default", async () => {
  const created = await api.post("/v1/plans", { code: "bare" });
  assert.equal(created.status, 201);
  const { id, ...plan } = created.body.plan;
  assert.match(id, /^c[a-z0-9]{24}$/);
  assert.deepEqual(plan, {
    code: "bare",
    version: 1,
    name: "bare",
    description: null,
    billing_interval: "month",
    billing_interval_count: 1,
    usage_prices: [],
    fixed_fees: [],
    overdraft: [],
    ...nothingElse,
    metadata: {},
    created_at: "2026-03-10T12:00:00.000Z",
    updated_at: "2026-03-10T12:00:00.000Z",
  });
});

test("a whole document is answered with its defaults filled in and its denominations complete", async () => {
  const created = await api.post("/v1/plans", {
    code: "whole",
    name: "Whole",
    description: "Everything.",
    billing_interval: "quarter",
    billing_interval_count: 2,
    usage_prices: [
      { meter_code: "tokens", unit_amount: "0.0042", currency_code: "USD" },
      {
        code: "credits_for_calls",
        meter_code: "calls",
        model: "per_unit",
        unit_amount: 2,
        pricing_unit_code: "credit",
        currency_code: null,
      },
    ],
    fixed_fees: [
      { code: "base", amount: "20.00", currency_code: "usd" },
      { code: "support", name: "Support", amount: 0, pricing_unit_code: "credit", billing: "in_arrears" },
    ],
    overdraft: [
      { currency_code: "usd", policy: "allow" },
      { pricing_unit_code: "credit", policy: "block" },
    ],
    metadata: { team: "growth" },
  });
  assert.equal(created.status, 201);
  const { id: _, ...plan } = created.body.plan;
  assert.deepEqual(plan, {
    code: "whole",
    version: 1,
    name: "Whole",
    description: "Everything.",
    billing_interval: "quarter",
    billing_interval_count: 2,
    usage_prices: [
      { code: "tokens", meter_code: "tokens", model: "per_unit", unit_amount: "0.0042", ...inUsd, ...unmodified },
      {
        code: "credits_for_calls",
        meter_code: "calls",
        model: "per_unit",
        unit_amount: "2",
        ...inCredits,
        ...unmodified,
      },
    ],
    fixed_fees: [
      { code: "base", name: "base", amount: "20", ...inUsd, billing: "in_advance", ...everyPeriod },
      { code: "support", name: "Support", amount: "0", ...inCredits, billing: "in_arrears", ...everyPeriod },
    ],
    overdraft: [
      { ...inUsd, policy: "allow" },
      { ...inCredits, policy: "block" },
    ],
    ...nothingElse,
    metadata: { team: "growth" },
    created_at: "2026-03-10T12:00:00.000Z",
    updated_at: "2026-03-10T12:00:00.000Z",
  });
  assert.deepEqual((await api.get("/v1/plans/whole")).body.plan, created.body.plan);
});

test("an answered document can be sent again as the next version, and is the same", async () => {
  const { plan } = (await api.get("/v1/plans/whole")).body;
  const { plan_version } = (await api.post("/v1/plans/whole/versions", plan)).body;
  const { id: _id, code, version, created_at, updated_at: _updatedAt, ...document } = plan;
  assert.deepEqual(plan_version, { plan_code: code, version: version + 1, ...document, created_at });
});

test("a decimal comes back with every digit, from a string and from a JSON number's text", async () => {
  const cases: [sent: string, answered: string][] = [
    ['"0.000000000000000001"', "0.000000000000000001"],
    ["0.000000000000000001", "0.000000000000000001"],
    ["12345678901234567890.123456789012345678", "12345678901234567890.123456789012345678"],
    ["0.1", "0.1"],
    ["1e-7", "0.0000001"],
    ["1E3", "1000"],
    ['"2.50"', "2.5"],
    ['"0012.5e1"', "125"],
    ["0", "0"],
    ['"-0"', "0"],
  ];
  const prices = cases.map(([sent]) => `{"meter_code":"tokens","unit_amount":${sent},"currency_code":"usd"}`);
  const fees = cases.map(([sent], index) => `{"code":"f${index}","amount":${sent},"currency_code":"usd"}`);
  const created = await api.post(
    "/v1/plans",
    `{"code":"exact","usage_prices":[${prices.join()}],"fixed_fees":[${fees.join()}]}`,
  );
  assert.equal(created.status, 201, created.text);
  for (const { plan } of [created.body, (await api.get("/v1/plans/exact")).body]) {
    assert.deepEqual(
      plan.usage_prices.map(({ unit_amount }: { unit_amount: string }) => unit_amount),
      cases.map(([, answered]) => answered),
    );
    assert.deepEqual(
      plan.fixed_fees.map(({ amount }: { amount: string }) => amount),
      cases.map(([, answered]) => answered),
    );
  }
});

test("what is wrong with a plan is said at its path", async () => {
  const refuse = async (document: object, ...expected: string[]) => {
    for (const [path, body] of [
      ["/v1/plans", { code: "wrong", ...document }],
      ["/v1/plans/bare/versions", document],
    ] as const) {
      const answer = await api.post(path, body);
      assert.deepEqual([answer.status, answer.body.error?.code], [400, "VALIDATION_ERROR"], answer.text);
      assert.deepEqual(paths(answer), expected, answer.text);
    }
  };
  await refuse({ name: "" }, "name");
  await refuse({ billing_interval: "day" }, "billing_interval");
  await refuse({ billing_interval_count: 0 }, "billing_interval_count");
  await refuse({ billing_interval_count: 1.5 }, "billing_interval_count");
  await refuse({ billing_interval_count: 121 }, "billing_interval_count");
  await refuse({ metadata: { key: 1 } }, "metadata.key");
  await refuse({ usage_prices: Array.from({ length: 501 }, () => priceOf("tokens")) }, "usage_prices");
  await refuse({ usage_prices: [priceOf("tokens"), priceOf("tokens", { model: "tiered" })] }, "usage_prices.1.model");
  await refuse({ usage_prices: [priceOf("tokens", { unit_amount: "-0.1" })] }, "usage_prices.0.unit_amount");
  await refuse({ usage_prices: [priceOf("tokens", { unit_amount: "1,5" })] }, "usage_prices.0.unit_amount");
  await refuse({ usage_prices: [priceOf("tokens", { unit_amount: undefined })] }, "usage_prices.0.unit_amount");
  await refuse({ usage_prices: [priceOf("tokens", { currency_code: undefined })] }, "usage_prices.0.currency_code");
  await refuse({ usage_prices: [priceOf("tokens", { pricing_unit_code: "credit" })] }, "usage_prices.0.currency_code");
  await refuse({ usage_prices: [priceOf("tokens", { currency_code: "xxx" })] }, "usage_prices.0.currency_code");
  await refuse({ fixed_fees: [{ amount: "1", currency_code: "usd" }] }, "fixed_fees.0.code");
  await refuse({ fixed_fees: [{ code: "a", amount: "-1", currency_code: "usd" }] }, "fixed_fees.0.amount");
  await refuse({ fixed_fees: [{ code: "a", amount: "1" }] }, "fixed_fees.0.currency_code");
  await refuse(
    { fixed_fees: [{ code: "a", amount: "1", currency_code: "usd", billing: "later" }] },
    "fixed_fees.0.billing",
  );
  await refuse({ overdraft: [{ currency_code: "usd", policy: "maybe" }] }, "overdraft.0.policy");
  await refuse({ overdraft: [{ policy: "allow" }] }, "overdraft.0.currency_code");
  assert.equal((await api.get("/v1/plans/wrong")).status, 404);
  assert.equal((await api.get("/v1/plans/bare")).body.plan.version, 1);
});

test("a code given twice, or a denomination with two overdraft rules, is refused where it is repeated", async () => {
  const price = priceOf("tokens", { code: "same" });
  const fee = { code: "same", amount: "1", currency_code: "usd" };
  const answer = await api.post("/v1/plans", {
    code: "repeats",
    usage_prices: [price, priceOf("calls"), price],
    fixed_fees: [fee, { ...fee, code: "other" }, fee, fee],
    overdraft: [
      { currency_code: "usd", policy: "allow" },
      { currency_code: "USD", policy: "block" },
    ],
  });
  assert.equal(answer.status, 400);
  assert.deepEqual(paths(answer), ["usage_prices.2.code", "fixed_fees.2.code", "fixed_fees.3.code", "overdraft.1"]);
});

test("prices without a code get their meter's, with a number behind it where that is taken, always the same", async () => {
  const longest = `a_${"b".repeat(62)}`;
  await api.post("/v1/meters", { code: longest, event_name: "e", aggregation: { type: "count" } });
  const usage_prices = [
    priceOf("tokens"),
    priceOf("tokens", { pricing_unit_code: "credit", currency_code: null }),
    priceOf("calls"),
    priceOf("seconds", { code: "tokens_2" }),
    priceOf("tokens"),
    priceOf(longest),
    priceOf(longest),
  ];
  const expected = ["tokens", "tokens_3", "calls", "tokens_2", "tokens_4", longest, `${longest.slice(0, 62)}_2`];
  for (const code of ["derived_a", "derived_b"]) {
    const { plan } = (await api.post("/v1/plans", { code, usage_prices })).body;
    assert.deepEqual(
      plan.usage_prices.map((price: { code: string }) => price.code),
      expected,
    );
  }
});

test("a meter or pricing unit that there is not is refused at its path, with what to do", async () => {
  await live.post("/v1/meters", { code: "live_only", event_name: "e", aggregation: { type: "count" } });
  await live.post("/v1/pricing-units", { code: "live_only" });
  await api.post("/v1/meters", { code: "gone", event_name: "e", aggregation: { type: "count" } });
  await api.patch("/v1/meters/gone", { archived: true });
  const document = {
    usage_prices: [
      priceOf("tokens"),
      priceOf("live_only"),
      priceOf("gone"),
      priceOf("tokens", { currency_code: null, pricing_unit_code: "live_only" }),
    ],
    fixed_fees: [{ code: "a", amount: "1", pricing_unit_code: "nothing" }],
    minimum_commitments: [{ code: "a", amount: "1", pricing_unit_code: "nothing" }],
    recurring_grants: [
      { code: "a", amount: "1", currency_code: "usd" },
      { code: "b", amount: "1", pricing_unit_code: "nothing" },
    ],
    overdraft: [{ pricing_unit_code: "nothing", policy: "block" }],
  };
  for (const [path, body] of [
    ["/v1/plans", { code: "dangling", ...document }],
    ["/v1/plans/bare/versions", document],
  ] as const) {
    const answer = await api.post(path, body);
    assert.deepEqual([answer.status, answer.body.error.code], [400, "VALIDATION_ERROR"]);
    assert.deepEqual(details(answer), [
      { path: "usage_prices.1.meter_code", message: 'There is no meter "live_only"; create it first.' },
      { path: "usage_prices.2.meter_code", message: 'The meter "gone" is archived; use one that is not.' },
      { path: "usage_prices.3.pricing_unit_code", message: 'There is no pricing unit "live_only"; create it first.' },
      { path: "fixed_fees.0.pricing_unit_code", message: 'There is no pricing unit "nothing"; create it first.' },
      {
        path: "minimum_commitments.0.pricing_unit_code",
        message: 'There is no pricing unit "nothing"; create it first.',
      },
      { path: "recurring_grants.1.pricing_unit_code", message: 'There is no pricing unit "nothing"; create it first.' },
      { path: "overdraft.0.pricing_unit_code", message: 'There is no pricing unit "nothing"; create it first.' },
    ]);
  }
  assert.equal((await api.get("/v1/plans/dangling")).status, 404);
  assert.equal((await api.get("/v1/plans/bare")).body.plan.version, 1);
});

test("a new version leaves the ones before it as they were", async () => {
  const first = (await api.post("/v1/plans", { code: "versions", usage_prices: [priceOf("tokens")] })).body.plan;
  clock.advance(60_000);
  const second = await api.post("/v1/plans/versions/versions", {
    name: "Dearer",
    usage_prices: [priceOf("tokens", { unit_amount: "2" })],
  });
  assert.equal(second.status, 201);
  assert.deepEqual(
    [second.body.plan_version.plan_code, second.body.plan_version.version, second.body.plan_version.created_at],
    ["versions", 2, clock.now().toISOString()],
  );

  const latest = (await api.get("/v1/plans/versions")).body.plan;
  assert.deepEqual(
    [latest.id, latest.version, latest.name, latest.usage_prices[0].unit_amount],
    [first.id, 2, "Dearer", "2"],
  );
  assert.deepEqual([latest.created_at, latest.updated_at], [first.created_at, clock.now().toISOString()]);

  const { id: _id, code: _code, updated_at: _updatedAt, ...document } = first;
  assert.deepEqual((await api.get("/v1/plans/versions/versions/1")).body.plan_version, {
    plan_code: "versions",
    ...document,
  });
  assert.deepEqual((await api.get("/v1/plans/versions/versions/2")).body.plan_version, second.body.plan_version);
});

test("versions are listed newest first, in pages", async () => {
  await api.post("/v1/plans", { code: "paged" });
  for (let version = 2; version <= 5; version++) await api.post("/v1/plans/paged/versions", {});
  const versionsOf = (answer: ApiAnswer) =>
    answer.body.plan_versions.map(({ version }: { version: number }) => version);
  assert.deepEqual(versionsOf(await api.get("/v1/plans/paged/versions")), [5, 4, 3, 2, 1]);
  const first = await api.get("/v1/plans/paged/versions?limit=3");
  assert.deepEqual([versionsOf(first), first.body.pagination.has_more], [[5, 4, 3], true]);
  await api.post("/v1/plans/paged/versions", {});
  const second = await api.get(`/v1/plans/paged/versions?limit=3&cursor=${first.body.pagination.next_cursor}`);
  assert.deepEqual([versionsOf(second), second.body.pagination], [[2, 1], { has_more: false, next_cursor: null }]);
  for (const position of ["0", "1.5", '"x"', "99999999999"]) {
    const cursor = Buffer.from(position).toString("base64url");
    assert.equal((await api.get(`/v1/plans/paged/versions?cursor=${cursor}`)).status, 400, position);
  }
});

test("a plan or version that there is not is a 404 of its own", async () => {
  const cases: [path: string, error: string][] = [
    ["/v1/plans/unknown", "PLAN_NOT_FOUND"],
    ["/v1/plans/unknown/versions", "PLAN_NOT_FOUND"],
    ["/v1/plans/unknown/versions/1", "PLAN_NOT_FOUND"],
    ["/v1/plans/bare/versions/2", "PLAN_VERSION_NOT_FOUND"],
    ["/v1/plans/bare/versions/0", "PLAN_VERSION_NOT_FOUND"],
    ["/v1/plans/bare/versions/01", "PLAN_VERSION_NOT_FOUND"],
    ["/v1/plans/bare/versions/latest", "PLAN_VERSION_NOT_FOUND"],
    ["/v1/plans/bare/versions/99999999999999999999", "PLAN_VERSION_NOT_FOUND"],
  ];
  for (const [path, error] of cases) {
    const answer = await api.get(path);
    assert.deepEqual([answer.status, answer.body.error.code], [404, error], path);
  }
});

test("versions made at the same time are all kept, numbered without a gap, also where some are refused", async () => {
  await api.post("/v1/plans", { code: "busy" });
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      api.post(
        "/v1/plans/busy/versions",
        index % 3 === 0 ? { usage_prices: [priceOf("unknown")] } : { name: `Version ${index}` },
      ),
    ),
  );
  const versions = answers.flatMap(({ status, body }) => (status === 201 ? [body.plan_version.version as number] : []));
  assert.equal(answers.filter(({ status }) => status === 400).length, 10);
  assert.deepEqual(
    versions.toSorted((a, b) => a - b),
    Array.from({ length: 20 }, (_, index) => index + 2),
  );
  assert.equal((await api.get("/v1/plans/busy")).body.plan.version, 21);
});

test("a plan created twice at the same time exists once", async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => api.post("/v1/plans", { code: "twice" })));
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [201, ...Array.from({ length: 9 }, () => 409)],
  );
});

test("a meter cannot be archived while the latest version of a plan prices it", async () => {
  await api.post("/v1/meters", { code: "priced", event_name: "e", aggregation: { type: "count" } });
  await api.post("/v1/plans", { code: "pricing", usage_prices: [priceOf("tokens"), priceOf("priced")] });
  const refused = await api.patch("/v1/meters/priced", { archived: true, name: "Other" });
  assert.deepEqual(
    [refused.status, refused.body.error.code, refused.body.error.details],
    [409, "METER_IN_USE", { plan_codes: ["pricing"] }],
  );
  assert.deepEqual((await api.get("/v1/meters/priced")).body.meter.name, "priced");
  assert.equal((await api.patch("/v1/meters/priced", { name: "Other" })).status, 200);

  await api.post("/v1/plans/pricing/versions", { usage_prices: [priceOf("tokens")] });
  assert.equal((await api.patch("/v1/meters/priced", { archived: true })).status, 200);
});

test("archiving a meter and pricing it at the same time never both succeed", async () => {
  for (let round = 0; round < 20; round++) {
    const code = `raced_${round}`;
    await api.post("/v1/meters", { code, event_name: "e", aggregation: { type: "count" } });
    const [archived, planned] = await Promise.all([
      api.patch(`/v1/meters/${code}`, { archived: true }),
      api.post("/v1/plans", { code, usage_prices: [priceOf(code)] }),
    ]);
    const outcome = [archived.status, planned.status];
    assert.ok(outcome.join() === "200,400" || outcome.join() === "409,201", outcome.join());
  }
});
