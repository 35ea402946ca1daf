import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Locator, Page } from "playwright-core";
import {
  listSpecs,
  modelSpecs,
  modifierSpecs,
  planSpecs,
  priceSpecs,
} from "../../../web/dashboard/src/catalog/plan-fields.ts";
import { projectRoot } from "../../src/platform/project-root.ts";
import { assertAccessible, assertNothingStrayed, picture } from "./browser.ts";
import { startDashboard } from "./staff.ts";

/* A plan's next version, written in a form and as JSON, in a real browser. */

const { test: api, base, openAs } = await startDashboard("2026-03-10T09:00:00.000Z");

await api.post("/v1/meters", { code: "calls", name: "Calls", event_name: "call", aggregation: { type: "count" } });
await api.post("/v1/meters", { code: "spend", event_name: "spend", aggregation: { type: "sum", property: "amount" } });
await api.post("/v1/pricing-units", { code: "token", name: "Tokens" });

let plans = 0;

/** The editor of a new plan. */
async function edit(
  document: object = {},
  role: "developer" | "viewer" = "developer",
): Promise<{ page: Page; code: string }> {
  const code = `plan_${(plans += 1)}`;
  const made = await api.post("/v1/plans", { code, name: `Plan ${plans}`, ...document });
  assert.equal(made.status, 201, made.text);
  const page = await openAs(role);
  await page.goto(`${base}/plans/${code}`);
  await page.getByRole("link", { name: "New version" }).click();
  await page.getByRole("textbox", { name: "The plan as JSON" }).waitFor();
  return { page, code };
}

const json = (page: Page) => page.getByRole("textbox", { name: "The plan as JSON" });
const more = (within: Page | Locator) => within.getByRole("button", { name: /^Included units/ });
const field = (within: Page | Locator, name: string) => within.getByLabel(name, { exact: true });
const item = (page: Page, title: string) =>
  page.getByRole("listitem").filter({ has: page.getByRole("button", { name: title }) });

async function publish(page: Page, code: string): Promise<Record<string, never>> {
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("heading", { level: 1, name: /^Plan \d+$/ }).waitFor();
  const { plan } = (await api.get(`/v1/plans/${code}`)).body;
  assert.equal(plan.version, 2);
  return plan;
}

const unstored = new Set(["account_type", "code", "meter_code"]);
/** A price without what every price has and what stands at its default. */
function said(price: Record<string, unknown>): Record<string, unknown> {
  const standard = JSON.stringify;
  const defaults: Record<string, unknown> = {
    pricing_unit_code: null,
    group_by: [],
    rounding: null,
    included_units: "0",
    minimum_amount: null,
    maximum_amount: null,
    late_usage: "current_period",
  };
  return Object.fromEntries(
    Object.entries(price).filter(
      ([name, value]) => !unstored.has(name) && standard(value) !== standard(defaults[name]),
    ),
  );
}

test("a price of each of the nine models is written in the form, to the last digit", async () => {
  const { page, code } = await edit();
  const digits = "0.000000000000000001";
  const add = async (title: string, number: number) => {
    await page.getByRole("button", { name: title, exact: true }).click();
    const price = item(page, `price ${number}`);
    await field(price, "Code").fill(`p${number}`);
    return price;
  };
  let price = await add("Per unit", 1);
  await field(price, "One unit costs").fill(digits);
  price = await add("Graduated", 2);
  await price.getByRole("button", { name: "Add tier" }).click();
  await field(price, "Up to, tier 2").fill("2500.5");
  await field(price, "Each unit, tier 3").fill(digits);
  await field(price, "Flat fee, tier 1").fill("7");
  price = await add("Volume", 3);
  await price.getByRole("button", { name: "Remove tier 1" }).click();
  price = await add("Package", 4);
  await field(price, "Free units").fill("50");
  price = await add("Percentage", 5);
  await field(price, "Meter").selectOption("spend");
  await field(price, "An event costs at most").fill("12.345");
  price = await add("Graduated percentage", 6);
  await field(price, "Percent, tier 2").fill("0.5");
  price = await add("Matrix", 7);
  await field(price, "Properties").fill("model, cached");
  await field(price, "Properties").blur();
  await field(price, "What cached, row 1 is").selectOption("true");
  await price.getByRole("button", { name: "Add row" }).click();
  await field(price, "model, row 2").fill("small");
  await field(price, "What cached, row 2 is").selectOption("nothing");
  price = await add("Dynamic", 8);
  await field(price, "Property with the amount").fill("cost");
  price = await add("Flat per event", 9);
  await field(price, "One event costs").fill("1.10");
  await assertAccessible(page);
  await picture(page, "dashboard-plan-form-desktop");

  const { usage_prices: prices } = (await publish(page, code)) as unknown as {
    usage_prices: Record<string, unknown>[];
  };
  const usd = { currency_code: "usd" };
  assert.deepEqual(prices.map(said), [
    { model: "per_unit", unit_amount: digits, ...usd },
    {
      model: "graduated",
      tiers: [
        { up_to: "1000", unit_amount: "0.01", flat_amount: "7" },
        { up_to: "2500.5", unit_amount: "0.005", flat_amount: "0" },
        { up_to: null, unit_amount: digits, flat_amount: "0" },
      ],
      ...usd,
    },
    { model: "volume", tiers: [{ up_to: null, unit_amount: "0.005", flat_amount: "0" }], ...usd },
    { model: "package", package_size: "100", package_amount: "1", free_units: "50", ...usd },
    {
      model: "percentage",
      rate_percent: "2.9",
      fixed_amount: "0.3",
      free_amount: "0",
      minimum_per_event: null,
      maximum_per_event: "12.345",
      ...usd,
    },
    {
      model: "graduated_percentage",
      tiers: [
        { up_to: "1000", rate_percent: "2", flat_amount: "0" },
        { up_to: null, rate_percent: "0.5", flat_amount: "0" },
      ],
      ...usd,
    },
    {
      model: "matrix",
      dimensions: ["model", "cached"],
      rows: [
        { values: ["large", true], unit_amount: "0.03" },
        { values: ["small", null], unit_amount: "0.03" },
      ],
      default_unit_amount: "0.01",
      ...usd,
    },
    { model: "dynamic", amount_property: "cost", ...usd },
    { model: "flat_per_event", amount: "1.1", ...usd },
  ]);
});

test("fees, minimums, credits and rules are added, moved and taken away, and the plan itself is changed", async () => {
  const { page, code } = await edit({ overdraft: [{ currency_code: "usd", policy: "block" }] });
  await field(page, "Description").fill("For teams");
  await field(page, "Interval").selectOption("year");
  await field(page, "Bill usage every").selectOption("month");
  await field(page, "Trial days").fill("14");
  await field(page, "Late-usage window (hours)").fill("48");
  await field(page, "Drafts are finalized").selectOption("manual");
  for (const amount of ["1", "2", "3"]) {
    await page.getByRole("button", { name: "Add fee" }).click();
    await field(item(page, `fee ${amount}`), "Amount").fill(amount);
  }
  await field(item(page, "fee 3"), "Per").selectOption("seat");
  await field(item(page, "fee 3"), "Period").selectOption("month");
  await page.getByRole("button", { name: "Move fee 3 up" }).click();
  assert.equal(await page.evaluate("document.activeElement.ariaLabel"), "Move fee 2 up");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Remove fee 2" }).click();
  await page.getByRole("button", { name: "Add minimum" }).click();
  await field(item(page, "minimum 1"), "What counts").selectOption("usage_and_fees");
  await page.getByRole("button", { name: "Add grant" }).click();
  await field(item(page, "grant 1"), "Currency or unit").selectOption("Tokens");
  await field(item(page, "grant 1"), "What is left of them").selectOption("capped");
  await field(item(page, "grant 1"), "Cap").fill("25.5");
  await field(item(page, "grant 1"), "Priority").fill("-3");
  await page.getByRole("button", { name: "Remove rule 1" }).click();
  await page.getByText("No rules: usage may take every wallet below zero.").waitFor();
  await picture(page, "dashboard-plan-lists-desktop");
  const plan = (await publish(page, code)) as unknown as Record<string, unknown> &
    Record<"fixed_fees" | "minimum_commitments" | "recurring_grants", Record<string, unknown>[]>;
  assert.deepEqual(
    [
      plan.description,
      plan.billing_interval,
      plan.usage_every,
      plan.trial_days,
      plan.invoice_grace_hours,
      plan.invoice_finalization,
      plan.overdraft,
    ],
    ["For teams", "year", { interval: "month", interval_count: 1 }, 14, 48, "manual", []],
  );
  assert.deepEqual(
    plan.fixed_fees.map(({ code: each, amount, per, every }) => [each, amount, per, every]),
    [
      ["base_3", "3", "seat", { interval: "month", interval_count: 1 }],
      ["base_2", "2", "subscription", null],
    ],
  );
  assert.deepEqual(
    plan.minimum_commitments.map(({ counts }) => counts),
    ["usage_and_fees"],
  );
  assert.deepEqual(
    plan.recurring_grants.map(({ pricing_unit_code, rollover, priority }) => [pricing_unit_code, rollover, priority]),
    [["token", { type: "capped", cap: "25.5" }, -3]],
  );
});

test("form and JSON are two views of one plan: what one changes the other shows, and what the form does not know stays", async () => {
  const { page, code } = await edit({ metadata: { team: "billing" } });
  const number = "0.1234567890123456789";
  const text = `{"name": "Plan 3", "metadata": {"team": "billing"}, "usage_prices": [{"meter_code": "calls", "unit_amount": ${number}, "currency_code": "usd"}], "later": {"unknown": [1.10, null]}}`;
  await json(page).fill(text);
  await page.getByRole("button", { name: /^Calls|^calls/ }).waitFor();
  assert.equal(await field(page, "One unit costs").inputValue(), number);
  await more(page).click();
  await field(page, "Included units").fill("100");
  await field(page, "Currency or unit").selectOption("EUR");
  const written = await json(page).inputValue();
  assert.ok(written.includes(`"unit_amount": ${number}`), written);
  assert.ok(written.includes("1.10"), written);
  assert.deepEqual(JSON.parse(written).later, { unknown: [1.1, null] });
  assert.equal(JSON.parse(written).usage_prices[0].included_units, "100");
  assert.equal(JSON.parse(written).usage_prices[0].currency_code, "eur");

  await json(page).fill(`${text}}`);
  await page.getByText("The form waits until the JSON can be read.").waitFor();
  assert.ok(await page.getByRole("button", { name: "Publish" }).isDisabled());
  await json(page).fill(text);
  await field(page, "Model").selectOption("volume");
  await field(page, "Each unit, tier 2").fill("3");
  await field(page, "Model").selectOption("graduated");
  assert.equal(await field(page, "Each unit, tier 2").inputValue(), "3");
  await field(page, "Model").selectOption("per_unit");
  await field(page, "One unit costs").fill(number);
  const plan = (await publish(page, code)) as unknown as { metadata: object; usage_prices: Record<string, string>[] };
  assert.deepEqual(plan.metadata, { team: "billing" });
  assert.equal(plan.usage_prices[0]?.unit_amount, number);
});

test("a number of many digits in the JSON is sent with all of them", async () => {
  const { page, code } = await edit();
  const number = "1234567890.12345678901234567";
  await json(page).fill(
    `{"name": "Plan 4", "usage_prices": [{"meter_code": "calls", "unit_amount": ${number}, "currency_code": "usd"}]}`,
  );
  const {
    usage_prices: [price],
  } = (await publish(page, code)) as unknown as { usage_prices: { unit_amount: string }[] };
  assert.equal(price?.unit_amount, number);
});

test("what the server refuses stands at its field, which gets the focus, and goes when it is mended", async () => {
  const { page, code } = await edit();
  await page.getByRole("button", { name: "Graduated", exact: true }).click();
  await page.getByRole("button", { name: "Per unit", exact: true }).click();
  await field(item(page, "price 1"), "Flat fee, tier 2").fill("a lot");
  await field(item(page, "price 2"), "One unit costs").fill("");
  await field(item(page, "price 2"), "Code").fill("second");
  await more(item(page, "price 2")).click();
  await field(item(page, "price 2"), "Minimum").fill("much");
  await more(item(page, "price 2")).click();
  await page.getByRole("button", { name: "Try on real usage" }).click();
  const wrong = field(item(page, "price 1"), "Flat fee, tier 2");
  await page.getByRole("alert").waitFor();
  assert.equal(await wrong.getAttribute("aria-invalid"), "true");
  assert.equal(await page.evaluate("document.activeElement.ariaLabel"), "Flat fee, tier 2");
  assert.equal(await field(item(page, "price 2"), "One unit costs").getAttribute("aria-invalid"), "true");
  assert.equal(await field(item(page, "price 2"), "Minimum").getAttribute("aria-invalid"), "true");
  await page.getByRole("alert").getByText(/req_/).waitFor();
  await assertAccessible(page);
  await picture(page, "dashboard-plan-form-refused-desktop");
  await wrong.fill("1");
  await page.getByRole("alert").waitFor({ state: "hidden" });
  assert.equal(await wrong.getAttribute("aria-invalid"), null);
  await field(item(page, "price 2"), "One unit costs").fill("2");
  await field(item(page, "price 2"), "Minimum").fill("");
  // Tiers that do not rise are refused by core, at their place too.
  await field(item(page, "price 1"), "Up to, tier 1").fill("0");
  await field(page, "Bill usage every").selectOption("quarter");
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("alert").waitFor();
  assert.equal(await field(page, "Interval").last().getAttribute("aria-invalid"), "true");
  assert.equal(await field(item(page, "price 1"), "Up to, tier 1").getAttribute("aria-invalid"), "true");
  await field(item(page, "price 1"), "Up to, tier 1").fill("10");
  await field(page, "Interval").last().selectOption("billing period");
  await publish(page, code);
});

test("a price that is half typed leaves the page as it is, and whoever goes is asked first", async () => {
  const { page } = await edit();
  await page.getByRole("button", { name: "Package", exact: true }).click();
  const price = item(page, "price 1");
  await price.getByRole("textbox", { name: "Quantity" }).fill("201");
  await price.getByRole("status").getByText("3.00 USD").waitFor();
  await field(price, "One package costs").fill("2");
  await price.getByRole("status").getByText("6.00 USD").waitFor();
  await field(price, "Units in a package").fill("");
  await price.getByText("Complete the price to see a preview.").waitFor();
  await field(price, "Units in a package").fill("0");
  await more(price).click();
  await field(price, "Included units").fill("x");
  await price.getByText("Complete the price to see a preview.").waitFor();
  page.once("dialog", (dialog) => void dialog.dismiss());
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Meters" }).click();
  assert.equal(await field(price, "Included units").inputValue(), "x");
  page.once("dialog", (dialog) => void dialog.accept());
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Meters" }).click();
  await page.getByRole("heading", { level: 1, name: "Meters" }).waitFor();
  assertNothingStrayed();
});

test("who may not change plans is told so, with the roles that may", async () => {
  const { page } = await edit({}, "viewer");
  await field(page, "Description").fill("Mine");
  await page.getByRole("button", { name: "Publish" }).click();
  await page
    .getByRole("alert")
    .getByText(/Your role here is viewer; this needs owner or admin/)
    .waitFor();
});

test("on a phone form and JSON stand one behind the other, and the address says which", async () => {
  const { code } = await edit({
    usage_prices: [
      {
        meter_code: "calls",
        model: "graduated",
        tiers: [
          { up_to: "1000000", unit_amount: "0.000123" },
          { up_to: null, unit_amount: "0.0001" },
        ],
        currency_code: "usd",
      },
    ],
  });
  const page = await openAs("developer", "phone");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto(`${base}/plans/${code}/new-version`);
  await field(page, "Each unit, tier 1").fill("0.5");
  await assertAccessible(page);
  await picture(page, "dashboard-plan-form-phone");
  await page.getByRole("button", { name: "JSON", exact: true }).click();
  assert.match(page.url(), /view=json/);
  assert.ok((await json(page).inputValue()).includes('"0.5"'));
  await assertAccessible(page);
  await picture(page, "dashboard-plan-json-phone");
});

test("the form asks for everything that the API's plan document can hold", () => {
  type Schema = { properties: Record<string, unknown> };
  const { components } = JSON.parse(readFileSync(path.join(projectRoot, "openapi.json"), "utf8")) as {
    components: { schemas: Record<string, Schema> };
  };
  const asks = (schema: string, specs: readonly { name: string }[], besides: string[] = []) => {
    const names = new Set([...specs.map(({ name }) => name), ...besides]);
    assert.deepEqual(
      Object.keys(components.schemas[schema]?.properties ?? {}).toSorted(),
      [...names].toSorted(),
      schema,
    );
  };
  const schemaOf: Record<string, string> = {
    fixed_fees: "FixedFeeInput",
    minimum_commitments: "MinimumCommitmentInput",
    recurring_grants: "RecurringGrantInput",
    overdraft: "OverdraftRuleInput",
  };
  const inJsonAlone = ["metadata", "dry_run"];
  const ofPlan = planSpecs.flatMap((spec): { name: string }[] =>
    spec.kind === "intervals" ? [spec, { name: spec.unit }] : [spec],
  );
  asks("CreatePlanVersionRequest", ofPlan, ["usage_prices", ...Object.keys(schemaOf), ...inJsonAlone]);
  for (const { name, specs } of listSpecs) asks(schemaOf[name] as string, specs, ["pricing_unit_code"]);
  for (const [model, { specs }] of Object.entries(modelSpecs)) {
    const name = model
      .split("_")
      .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
      .join("");
    asks(`${name}PriceInput`, [...priceSpecs, ...specs, ...modifierSpecs], ["model", "pricing_unit_code"]);
  }
});
