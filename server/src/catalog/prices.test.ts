import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { decimal } from "../../../core/decimal.ts";
import { currency } from "../../../core/denomination.ts";
import { noModifiers, type PriceModifiers, type PricingModel } from "../../../core/plan.ts";
import { startTestApp, type ApiAnswer } from "../../test/harness.ts";
import { openApiDocument, type JsonSchema } from "../../test/openapi-document.ts";
import { sql } from "../platform/db.ts";
import { projectRoot } from "../platform/project-root.ts";
import type { StoredDocument } from "./document-schema.ts";
import { toPlanDocument } from "./plan-document.ts";

const { test: api, database } = await startTestApp();

const meters: [code: string, aggregation: object][] = [
  ["units", { type: "sum", property: "units" }],
  ["calls", { type: "count" }],
  ["users", { type: "unique_count", property: "user" }],
  ["peak", { type: "max", property: "units" }],
];
for (const [code, aggregation] of meters) {
  const created = await api.post("/v1/meters", { code, event_name: "e", aggregation });
  assert.equal(created.status, 201, created.text);
}

const inUsd = { account_type: "currency", currency_code: "usd", pricing_unit_code: null };
const unmodified = {
  group_by: [],
  rounding: null,
  included_units: "0",
  minimum_amount: null,
  maximum_amount: null,
  late_usage: "current_period",
};

const small = "0.000000000000000001";
const large = "12345678901234567890.123456789012345678";
const priceOf = (model: object, rest: object = {}) => ({
  meter_code: "units",
  currency_code: "usd",
  ...model,
  ...rest,
});

/** What a body gives of a model (JSON text, for the numbers in it), what is answered, and what core reads. */
const models: { sent: string; answered: object; core: PricingModel }[] = [
  {
    sent: `"model":"per_unit","unit_amount":${small}`,
    answered: { model: "per_unit", unit_amount: small },
    core: { model: "per_unit", unitAmount: decimal(small) },
  },
  {
    sent: `"unit_amount":"2.50"`,
    answered: { model: "per_unit", unit_amount: "2.5" },
    core: { model: "per_unit", unitAmount: decimal("2.5") },
  },
  ...(["graduated", "volume"] as const).map((model) => ({
    sent: `"model":"${model}","tiers":[{"up_to":${large},"unit_amount":"${small}","flat_amount":1e-18},{"up_to":null,"unit_amount":0}]`,
    answered: {
      model,
      tiers: [
        { up_to: large, unit_amount: small, flat_amount: small },
        { up_to: null, unit_amount: "0", flat_amount: "0" },
      ],
    },
    core: {
      model,
      tiers: [
        { upTo: decimal(large), unitAmount: decimal(small), flatAmount: decimal(small) },
        { upTo: null, unitAmount: decimal("0"), flatAmount: decimal("0") },
      ],
    },
  })),
  {
    sent: `"model":"package","package_size":1E3,"package_amount":${large},"free_units":"${small}"`,
    answered: { model: "package", package_size: "1000", package_amount: large, free_units: small },
    core: {
      model: "package",
      packageSize: decimal("1000"),
      packageAmount: decimal(large),
      freeUnits: decimal(small),
    },
  },
  {
    sent: `"model":"percentage","rate_percent":2.9,"fixed_amount":"${small}","free_amount":${large}`,
    answered: {
      model: "percentage",
      rate_percent: "2.9",
      fixed_amount: small,
      free_amount: large,
      minimum_per_event: null,
      maximum_per_event: null,
    },
    core: {
      model: "percentage",
      ratePercent: decimal("2.9"),
      fixedAmount: decimal(small),
      freeAmount: decimal(large),
      minimumPerEvent: null,
      maximumPerEvent: null,
    },
  },
  {
    sent: `"model":"percentage","rate_percent":"${small}","minimum_per_event":"0.30","maximum_per_event":${large}`,
    answered: {
      model: "percentage",
      rate_percent: small,
      fixed_amount: "0",
      free_amount: "0",
      minimum_per_event: "0.3",
      maximum_per_event: large,
    },
    core: {
      model: "percentage",
      ratePercent: decimal(small),
      fixedAmount: decimal("0"),
      freeAmount: decimal("0"),
      minimumPerEvent: decimal("0.3"),
      maximumPerEvent: decimal(large),
    },
  },
  {
    sent: `"model":"graduated_percentage","tiers":[{"up_to":"1000","rate_percent":1},{"up_to":null,"rate_percent":${small},"flat_amount":"${large}"}]`,
    answered: {
      model: "graduated_percentage",
      tiers: [
        { up_to: "1000", rate_percent: "1", flat_amount: "0" },
        { up_to: null, rate_percent: small, flat_amount: large },
      ],
    },
    core: {
      model: "graduated_percentage",
      tiers: [
        { upTo: decimal("1000"), ratePercent: decimal("1"), flatAmount: decimal("0") },
        { upTo: null, ratePercent: decimal(small), flatAmount: decimal(large) },
      ],
    },
  },
  {
    sent: `"model":"matrix","dimensions":["model","size"],"rows":[{"values":["large",${large}],"unit_amount":${small}},{"values":[true,null],"unit_amount":"3"},{"values":["1.0",1.0],"unit_amount":4}],"default_unit_amount":"${large}"`,
    answered: {
      model: "matrix",
      dimensions: ["model", "size"],
      rows: [
        { values: ["large", large], unit_amount: small },
        { values: [true, null], unit_amount: "3" },
        { values: ["1.0", "1"], unit_amount: "4" },
      ],
      default_unit_amount: large,
    },
    core: {
      model: "matrix",
      dimensions: ["model", "size"],
      rows: [
        { values: ["large", large], unitAmount: decimal(small) },
        { values: [true, null], unitAmount: decimal("3") },
        { values: ["1.0", "1"], unitAmount: decimal("4") },
      ],
      defaultUnitAmount: decimal(large),
    },
  },
  {
    sent: `"model":"dynamic","amount_property":"price"`,
    answered: { model: "dynamic", amount_property: "price" },
    core: { model: "dynamic", amountProperty: "price" },
  },
  {
    sent: `"model":"flat_per_event","amount":${small}`,
    answered: { model: "flat_per_event", amount: small },
    core: { model: "flat_per_event", amount: decimal(small) },
  },
];

const requirePlan = (answer: ApiAnswer) => {
  assert.equal(answer.status, 201, answer.text);
  return answer.body.plan ?? answer.body.plan_version;
};

const storedDocument = async (planCode: string): Promise<StoredDocument> => {
  const [row] = await database.query<{ document: StoredDocument }>(
    sql`select document from plan_versions where plan_code = ${planCode} and version = 1`,
  );
  assert.ok(row);
  return row.document;
};

test("every model is answered with every digit and in the reference's order, and read as core's", async () => {
  const prices = models.map(
    ({ sent }, index) => `{"code":"p${index}","meter_code":"units","currency_code":"USD",${sent}}`,
  );
  const created = await api.post("/v1/plans", `{"code":"models","usage_prices":[${prices.join()}]}`);
  requirePlan(created);
  const expected = models.map(({ answered }, index) => ({
    code: `p${index}`,
    meter_code: "units",
    ...answered,
    ...inUsd,
    ...unmodified,
  }));
  for (const { plan } of [created.body, (await api.get("/v1/plans/models")).body]) {
    assert.equal(JSON.stringify(plan.usage_prices), JSON.stringify(expected));
  }
  const { usagePrices } = toPlanDocument(await storedDocument("models"));
  assert.deepEqual(
    usagePrices,
    models.map(({ core }, index) => ({
      code: `p${index}`,
      meterCode: "units",
      denomination: currency("usd"),
      ...noModifiers,
      ...core,
    })),
  );
  const named = new Set(models.map(({ core }) => core.model));
  assert.deepEqual([...named].toSorted(), Object.keys(mappingOf("UsagePrice")).toSorted());
});

test("modifiers are answered with every digit, and read as core's", async () => {
  const modifiers = {
    group_by: ["model", "region"],
    rounding: { mode: "ceil", step: small, per: "event" },
    included_units: large,
    minimum_amount: small,
    maximum_amount: large,
    late_usage: "reject",
  };
  const usage_prices = [priceOf({ unit_amount: "1" }, modifiers), priceOf({ unit_amount: "1" }, { rounding: null })];
  const plan = requirePlan(await api.post("/v1/plans", { code: "modified", usage_prices }));
  assert.deepEqual(plan.usage_prices[0], { code: "units", model: "per_unit", ...usage_prices[0], ...inUsd });
  assert.deepEqual(plan.usage_prices[1].rounding, null);
  const [price] = toPlanDocument(await storedDocument("modified")).usagePrices;
  const expected: PriceModifiers = {
    groupBy: ["model", "region"],
    rounding: { mode: "ceil", step: decimal(small), per: "event" },
    includedUnits: decimal(large),
    minimum: decimal(small),
    maximum: decimal(large),
    lateUsage: "reject",
  };
  const model = { model: "per_unit", unitAmount: decimal("1") };
  assert.deepEqual(price, {
    code: "units",
    meterCode: "units",
    denomination: currency("usd"),
    ...expected,
    ...model,
  });
});

test("fixed fees say of what they are, when they are billed and how often", async () => {
  const fixed_fees = [
    { code: "seats", amount: small, currency_code: "usd", per: "seat", billing: "in_arrears" },
    { code: "setup", amount: large, currency_code: "usd", recurrence: "once" },
  ];
  const plan = requirePlan(await api.post("/v1/plans", { code: "fees", fixed_fees }));
  assert.deepEqual(plan.fixed_fees, [
    { ...fixed_fees[0], name: "seats", ...inUsd, recurrence: "every_period", every: null },
    { ...fixed_fees[1], name: "setup", ...inUsd, per: "subscription", billing: "in_advance", every: null },
  ]);
  assert.deepEqual(toPlanDocument(await storedDocument("fees")).fixedFees, [
    {
      code: "seats",
      name: "seats",
      amount: decimal(small),
      per: "seat",
      denomination: currency("usd"),
      billing: "in_arrears",
      recurrence: "every_period",
    },
    {
      code: "setup",
      name: "setup",
      amount: decimal(large),
      per: "subscription",
      denomination: currency("usd"),
      billing: "in_advance",
      recurrence: "once",
    },
  ]);
});

test("an answered document of any model can be sent again as it is, and is the same", async () => {
  for (const code of ["models", "modified", "fees"]) {
    const { plan } = (await api.get(`/v1/plans/${code}`)).body;
    const version = requirePlan(await api.post(`/v1/plans/${code}/versions`, plan));
    const { id: _id, code: _code, version: _version, updated_at: _updated, created_at: _created, ...document } = plan;
    const { plan_code: _plan, version: _next, created_at: _at, ...again } = version;
    assert.equal(JSON.stringify(again), JSON.stringify(document));
  }
});

test("a document that was stored before there were models and modifiers has their defaults", async () => {
  const price = { code: "units", meter_code: "units", model: "per_unit", unit_amount: "2", ...inUsd };
  const fee = { code: "base", name: "Base", amount: "20", ...inUsd, billing: "in_advance" };
  requirePlan(await api.post("/v1/plans", { code: "old" }));
  await database.query(
    sql`update plan_versions
        set document = document || ${JSON.stringify({ usage_prices: [price], fixed_fees: [fee] })}::jsonb
        where plan_code = 'old'`,
  );
  for (const shown of [
    (await api.get("/v1/plans/old")).body.plan,
    (await api.get("/v1/plans/old/versions/1")).body.plan_version,
  ]) {
    assert.deepEqual(shown.usage_prices, [{ ...price, ...unmodified }]);
    assert.deepEqual(shown.fixed_fees, [{ ...fee, per: "subscription", recurrence: "every_period", every: null }]);
  }
  const { usagePrices, fixedFees } = toPlanDocument(await storedDocument("old"));
  assert.deepEqual(usagePrices[0], {
    code: "units",
    meterCode: "units",
    denomination: currency("usd"),
    ...noModifiers,
    model: "per_unit",
    unitAmount: decimal("2"),
  });
  assert.deepEqual([fixedFees[0]?.per, fixedFees[0]?.recurrence], ["subscription", "every_period"]);
});

const tier = (up_to: unknown, unit_amount: unknown = "1", rest: object = {}) => ({ up_to, unit_amount, ...rest });
const rate = (up_to: unknown, rate_percent: unknown = "1", rest: object = {}) => ({ up_to, rate_percent, ...rest });
const tiers = (...list: object[]) => priceOf({ model: "graduated", tiers: list });
const packages = (rest: object) => priceOf({ model: "package", package_size: 1, package_amount: 1, ...rest });
const percentage = (rest: object) => priceOf({ model: "percentage", rate_percent: 1, ...rest });
const matrix = (rest: object) => priceOf({ model: "matrix", dimensions: ["a"], rows: [], ...rest });
const perUnit = (rest: object) => priceOf({ unit_amount: 1, ...rest });
const rounding = (rest: object) => ({ rounding: { mode: "ceil", step: 1, per: "period", ...rest } });

const notANumber =
  'Must be a number or a numeric string, like "12.5", of at most 400 digits on each side of the point.';
const belowZero = "Must not be below zero.";
const aboveZero = "Must be above zero.";
const ordered = "with a minimum or maximum per event: which events it covers would hang on the order they come in.";
const oneOfModels =
  "Must be one of per_unit, graduated, volume, package, percentage, graduated_percentage, matrix, dynamic, flat_per_event.";

/** A price, and what is said of it: each at its path within the price. */
const refusals: [price: object, ...problems: [path: string, message: string][]][] = [
  [priceOf({ model: "tiered" }), ["model", oneOfModels]],
  [priceOf({ model: null, unit_amount: 1 }), ["model", oneOfModels]],
  [priceOf({}), ["unit_amount", "Is required."]],
  [priceOf({ unit_amount: "1,5" }), ["unit_amount", notANumber]],
  [priceOf({ unit_amount: "-0.1" }), ["unit_amount", belowZero]],
  [priceOf({ model: "graduated" }), ["tiers", "Is required."]],
  [tiers(), ["tiers", "Must have at least one tier."]],
  [tiers(...Array.from({ length: 101 }, () => tier(1))), ["tiers", "Too big: expected array to have <=100 items"]],
  [tiers({ unit_amount: 1 }), ["tiers.0.up_to", "Is required."]],
  [tiers({ up_to: null }), ["tiers.0.unit_amount", "Is required."]],
  [tiers(tier(10), tier("many")), ["tiers.1.up_to", notANumber]],
  [tiers(tier(10), tier(null, "1", { flat_amount: true })), ["tiers.1.flat_amount", notANumber]],
  [
    tiers(tier(10), tier(20)),
    ["tiers.1.up_to", "Tier 2 is the last one: its up_to must be null, or what is above it has no price."],
  ],
  [
    tiers(tier(10), tier(null), tier(null)),
    ["tiers.1.up_to", "Tier 2 is not the last one: its up_to must be a number."],
  ],
  [tiers(tier(0), tier(null)), ["tiers.0.up_to", "Tier 1: its up_to must be above zero."]],
  [
    tiers(tier("10.5"), tier("10.50"), tier(null)),
    ["tiers.1.up_to", "Tier 2: its up_to must be above that of tier 1, 10.5."],
  ],
  [
    tiers(tier(10, -1), tier(null, 1, { flat_amount: "-1" })),
    ["tiers.0.unit_amount", "Tier 1: its unit_amount must not be below zero."],
    ["tiers.1.flat_amount", "Tier 2: its flat_amount must not be below zero."],
  ],
  [
    priceOf({ model: "volume", tiers: [tier(5), tier(4), tier(null)] }),
    ["tiers.1.up_to", "Tier 2: its up_to must be above that of tier 1, 5."],
  ],
  [
    priceOf({ model: "graduated_percentage", tiers: [rate(5, -1), rate(null)] }),
    ["tiers.0.rate_percent", "Tier 1: its rate_percent must not be below zero."],
  ],
  [priceOf({ model: "graduated_percentage", tiers: [tier(null)] }), ["tiers.0.rate_percent", "Is required."]],
  [packages({ package_size: 0 }), ["package_size", aboveZero]],
  [packages({ package_amount: -1 }), ["package_amount", belowZero]],
  [packages({ free_units: -1 }), ["free_units", belowZero]],
  [packages({ package_size: undefined }), ["package_size", "Is required."]],
  [percentage({ rate_percent: -1 }), ["rate_percent", belowZero]],
  [percentage({ fixed_amount: -1 }), ["fixed_amount", belowZero]],
  [percentage({ free_amount: -1 }), ["free_amount", belowZero]],
  [percentage({ minimum_per_event: -1 }), ["minimum_per_event", belowZero]],
  [
    percentage({ minimum_per_event: 2, maximum_per_event: 1 }),
    ["minimum_per_event", "Must not be above maximum_per_event."],
  ],
  [
    percentage({ maximum_per_event: 1, free_amount: 1, included_units: 1 }),
    ["free_amount", `Must be 0 ${ordered}`],
    ["included_units", `Must be 0 ${ordered}`],
  ],
  [
    percentage({ maximum_per_event: 1, ...rounding({}) }),
    ["rounding.per", 'Must be "event" with a minimum or maximum per event, which charge every event on its own.'],
  ],
  [matrix({ dimensions: [] }), ["dimensions", "Must name at least one property."]],
  [matrix({ dimensions: ["a", ""] }), ["dimensions.1", "Must not be empty."]],
  [matrix({ dimensions: ["a", "a"] }), ["dimensions.1", "Names a property a second time; give each at most once."]],
  [matrix({ dimensions: ["a", "b", "c", "d", "e", "f"] }), ["dimensions", "Must name at most 5 properties."]],
  [matrix({ default_unit_amount: -1 }), ["default_unit_amount", belowZero]],
  [matrix({ group_by: ["b"] }), ["group_by", "Must be empty on a matrix, which counts by its dimensions already."]],
  [
    matrix({ rows: [{ values: ["x", "y"], unit_amount: 1 }] }),
    ["rows.0.values", "Row 1 must have a value for each dimension: 1, not 2."],
  ],
  [
    matrix({ rows: [{ values: [{}], unit_amount: 1 }] }),
    ["rows.0.values.0", "Must be null, a string of at most 255 characters, a number, true or false."],
  ],
  [
    // A number and the string that writes it are one value.
    matrix({
      rows: [
        { values: [7], unit_amount: 1 },
        { values: ["7"], unit_amount: -1 },
      ],
    }),
    ["rows.1.values", "Row 2 has the values of row 1; give each at most once."],
    ["rows.1.unit_amount", "Row 2: its unit_amount must not be below zero."],
  ],
  [priceOf({ model: "dynamic" }), ["amount_property", "Is required."]],
  [
    priceOf({ model: "dynamic", amount_property: "price", included_units: 1, ...rounding({}) }),
    ["included_units", "Must be 0: the model dynamic does not look at quantities."],
    ["rounding", "Must be null: the model dynamic does not look at quantities."],
  ],
  [priceOf({ model: "flat_per_event", amount: -1 }), ["amount", belowZero]],
  [
    priceOf({ model: "flat_per_event", amount: 1, included_units: 1 }),
    ["included_units", "Must be 0: the model flat_per_event does not look at quantities."],
  ],
  [perUnit({ included_units: -1 }), ["included_units", belowZero]],
  [perUnit({ minimum_amount: -1 }), ["minimum_amount", belowZero]],
  [perUnit({ maximum_amount: -1 }), ["maximum_amount", belowZero]],
  [perUnit({ minimum_amount: 2, maximum_amount: 1 }), ["minimum_amount", "Must not be above the maximum."]],
  [perUnit({ late_usage: "drop" }), ["late_usage", 'Invalid option: expected one of "current_period"|"reject"']],
  [perUnit({ group_by: [""] }), ["group_by.0", "Must not be empty."]],
  [perUnit({ group_by: ["a", "a"] }), ["group_by.1", "Names a property a second time; give each at most once."]],
  [perUnit(rounding({ step: 0 })), ["rounding.step", aboveZero]],
  [perUnit(rounding({ step: undefined })), ["rounding.step", "Is required."]],
  [perUnit(rounding({ mode: "up" })), ["rounding.mode", 'Invalid option: expected one of "ceil"|"floor"|"round"']],
  // What needs the meter.
  [
    perUnit({ meter_code: "calls", ...rounding({ per: "event" }) }),
    ["rounding.per", 'Must be "period": an event of "calls" has no quantity to round.'],
  ],
  [
    perUnit({ meter_code: "users", ...rounding({ per: "event" }) }),
    ["rounding.per", 'Must be "period": an event of "users" has no quantity to round.'],
  ],
  [
    percentage({ meter_code: "peak", maximum_per_event: 1 }),
    ["meter_code", 'A minimum or maximum per event needs a meter that counts or sums; "peak" is a max.'],
  ],
];

test("what is wrong with a price is said at its path, with the tier or row and the field", async () => {
  requirePlan(await api.post("/v1/plans", { code: "refusing" }));
  for (const [price, ...problems] of refusals) {
    const answer = await api.post("/v1/plans/refusing/versions", { usage_prices: [perUnit({ code: "fine" }), price] });
    assert.deepEqual([answer.status, answer.body.error?.code], [400, "VALIDATION_ERROR"], JSON.stringify(price));
    const expected = problems.map(([path, message]) => ({ path: `usage_prices.1.${path}`, message }));
    assert.deepEqual(answer.body.error.details, expected, JSON.stringify(price));
  }
  assert.equal((await api.get("/v1/plans/refusing")).body.plan.version, 1);
});

test("a plan that is refused for its meters says so beside meters that there are not", async () => {
  const usage_prices = [
    perUnit({ meter_code: "calls", ...rounding({ per: "event" }) }),
    perUnit({ meter_code: "none" }),
  ];
  const answer = await api.post("/v1/plans", { code: "misfit", usage_prices });
  assert.deepEqual(
    answer.body.error.details.map(({ path }: { path: string }) => path),
    ["usage_prices.1.meter_code", "usage_prices.0.rounding.per"],
  );
  assert.equal((await api.get("/v1/plans/misfit")).status, 404);
});

type Union = { oneOf: { $ref: string }[]; discriminator: { propertyName: string; mapping: Record<string, string> } };

function mappingOf(component: string): Record<string, string> {
  const schemas = openApiDocument.components.schemas;
  const { oneOf, discriminator } = schemas[component] as unknown as Union;
  const { propertyName, mapping } = discriminator;
  assert.deepEqual(
    [...new Set(Object.values(mapping))],
    oneOf.map(({ $ref }) => $ref),
    component,
  );
  for (const [value, $ref] of Object.entries(mapping)) {
    const member = schemas[$ref.replace("#/components/schemas/", "")] as JsonSchema;
    for (const { properties = {} } of member.oneOf ?? [member]) {
      const { const: only, enum: several } = properties[propertyName] as { const?: unknown; enum?: unknown[] };
      assert.ok((several ?? [only]).includes(value), `${component}: ${value} is not what ${$ref} is for`);
    }
  }
  return mapping;
}

test("openapi.json tells the models, aggregations and rollovers apart by a discriminator that maps each to its schema", () => {
  const names = ["per_unit", "graduated", "volume", "package", "percentage", "graduated_percentage", "matrix"];
  for (const component of ["UsagePriceInput", "UsagePrice"]) {
    assert.deepEqual(Object.keys(mappingOf(component)), [...names, "dynamic", "flat_per_event"]);
  }
  for (const component of ["MeterAggregationInput", "MeterAggregation"]) {
    const types = ["count", "sum", "max", "min", "latest", "unique_count", "weighted_sum"];
    assert.deepEqual(Object.keys(mappingOf(component)), types);
  }
  for (const component of ["RolloverInput", "Rollover"]) {
    assert.deepEqual(Object.keys(mappingOf(component)), ["none", "all", "capped"]);
  }
});

test("every body on the catalog's page is accepted, and there is one for each model", async () => {
  const page = await readFile(path.join(projectRoot, "docs", "site", "catalog.md"), "utf8");
  const bodies = [...page.matchAll(/```json\n([^]*?)```/g)].map(
    ([, text = ""]) => JSON.parse(text) as Record<string, unknown>,
  );
  await api.post("/v1/pricing-units", { code: "page" });
  const isMeter = (body: object) => "event_name" in body;
  for (const body of bodies.filter(isMeter)) assert.equal((await api.post("/v1/meters", body)).status, 201);
  const shown = new Set<unknown>();
  for (const [index, body] of bodies.filter((each) => !isMeter(each)).entries()) {
    shown.add(body.model);
    const isPlan = "usage_prices" in body;
    const answer =
      "effective_from" in body
        ? await api.post("/v1/pricing-units/page/conversions", body)
        : await api.post("/v1/plans", isPlan ? body : { code: `page_${index}`, usage_prices: [body] });
    assert.equal(answer.status, 201, `${JSON.stringify(body)}: ${answer.text}`);
  }
  for (const model of Object.keys(mappingOf("UsagePrice"))) assert.ok(shown.has(model), model);
});
