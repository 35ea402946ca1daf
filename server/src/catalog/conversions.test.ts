import assert from "node:assert/strict";
import { test } from "node:test";
import { conversionAt } from "../../../core/conversion.ts";
import { startTestApp } from "../../test/harness.ts";
import { findConversions } from "./catalog.ts";

const { test: api, live, database, clock, tenantOf } = await startTestApp();
for (const code of ["credit", "token"]) await api.post("/v1/pricing-units", { code });
await live.post("/v1/pricing-units", { code: "credit" });

const conversions = "/v1/pricing-units/credit/conversions";
const rate = (amount_per_unit: unknown, effective_from: unknown, currency_code: unknown = "usd") => ({
  currency_code,
  amount_per_unit,
  effective_from,
});

test("a conversion is answered with every digit, and stays", async () => {
  const created = await api.post(conversions, rate("0.000000000000000001", "2026-01-01T02:00:00+02:00", "EUR"));
  assert.equal(created.status, 201, created.text);
  const { id, ...conversion } = created.body.conversion;
  assert.match(id, /^c[a-z0-9]{24}$/);
  assert.deepEqual(conversion, {
    pricing_unit_code: "credit",
    currency_code: "eur",
    amount_per_unit: "0.000000000000000001",
    effective_from: "2026-01-01T00:00:00.000Z",
    created_at: "2026-03-10T12:00:00.000Z",
  });
  assert.deepEqual((await api.get(conversions)).body.conversions, [created.body.conversion]);
});

test("there is one for a currency and an instant, of each unit, in each mode", async () => {
  const body = rate("0.10", "2026-01-01T00:00:00Z");
  assert.equal((await api.post(conversions, body)).status, 201);
  for (const again of [body, { ...body, amount_per_unit: "0.2" }]) {
    const refused = await api.post(conversions, again);
    assert.deepEqual([refused.status, refused.body.error.code], [409, "CONVERSION_EXISTS"]);
  }
  assert.equal((await api.post(conversions, rate("0.12", "2026-03-01T00:00:00Z"))).status, 201);
  assert.equal((await api.post("/v1/pricing-units/token/conversions", body)).status, 201);
  assert.equal((await live.post(conversions, body)).status, 201);
  assert.equal((await live.get(conversions)).body.conversions.length, 1);
});

test("created twice at the same time it exists once", async () => {
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => api.post(conversions, rate("0.5", "2026-06-01T00:00:00Z"))),
  );
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [201, ...Array.from({ length: 9 }, () => 409)],
  );
});

test("they are listed newest first, in pages", async () => {
  clock.advance(1);
  await api.post(conversions, rate("0.7", "2026-02-01T00:00:00Z", "gbp"));
  const first = (await api.get(`${conversions}?limit=1`)).body;
  assert.deepEqual([first.conversions[0].currency_code, first.pagination.has_more], ["gbp", true]);
  const rest = (await api.get(`${conversions}?cursor=${first.pagination.next_cursor}`)).body;
  assert.deepEqual([rest.conversions.length, rest.pagination.has_more], [4, false]);
});

test("what is wrong is said at its path, and a unit that there is not is 404", async () => {
  const cases: [body: object, path: string][] = [
    [rate(0, "2026-01-01T00:00:00Z"), "amount_per_unit"],
    [rate("-1", "2026-01-01T00:00:00Z"), "amount_per_unit"],
    [rate(undefined, "2026-01-01T00:00:00Z"), "amount_per_unit"],
    [rate("1", "2026-02-30T00:00:00Z"), "effective_from"],
    [rate("1", undefined), "effective_from"],
    [rate("1", "2026-01-01T00:00:00Z", "xxx"), "currency_code"],
  ];
  for (const [body, path] of cases) {
    const { status, body: answer } = await api.post(conversions, body);
    assert.deepEqual([status, answer.error.details[0].path], [400, path], JSON.stringify(body));
  }
  for (const request of [
    api.get("/v1/pricing-units/none/conversions"),
    api.post("/v1/pricing-units/none/conversions", rate("1", "2026-01-01T00:00:00Z")),
  ]) {
    const { status, body } = await request;
    assert.deepEqual([status, body.error.code], [404, "PRICING_UNIT_NOT_FOUND"]);
  }
});

test("core chooses among a tenant's conversions the one in force", async () => {
  const found = await findConversions(database, await tenantOf("test"));
  const worth = (instant: string) =>
    conversionAt(found, {
      pricingUnitCode: "credit",
      currencyCode: "usd",
      instant: Date.parse(instant),
    })?.amountPerUnit.toString();
  assert.deepEqual(
    [worth("2025-12-31T23:59:59Z"), worth("2026-02-28T23:59:59Z"), worth("2026-03-01T00:00:00Z")],
    [undefined, "0.1", "0.12"],
  );
});
