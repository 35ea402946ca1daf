import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyCounter, type CounterState } from "./counter.ts";
import { decimal, zero } from "./decimal.ts";
import { breakdown, explain } from "./explanation.ts";
import { noModifiers, type PriceModifiers, type PricingModel, type Tier } from "./plan.ts";
import type { ChargeLine } from "./pricing/line.ts";
import { priceOf } from "./test/arbitraries.ts";

function stateOf(quantity: string, eventCount = 1, accrued = "0"): CounterState {
  return { ...emptyCounter, quantity: decimal(quantity), eventCount, accrued: decimal(accrued) };
}

function tier(upTo: string | null, unitAmount: string, flatAmount = "0"): Tier {
  return {
    upTo: upTo === null ? null : decimal(upTo),
    unitAmount: decimal(unitAmount),
    flatAmount: decimal(flatAmount),
  };
}

/** "kind tier: quantity × unit amount = amount" */
function written(lines: readonly ChargeLine[]): string[] {
  return lines.map(({ kind, tier, from, upTo, quantity, unitAmount, amount }) => {
    const range = tier === null ? "" : ` ${tier} (${from?.toString() ?? ""}–${upTo?.toString() ?? ""})`;
    return `${kind}${range}: ${quantity.toString()} × ${unitAmount?.toString() ?? "?"} = ${amount.toString()}`;
  });
}

const tiers = [tier("10", "2", "1"), tier("20", "1"), tier(null, "0.5", "3")];

test("why an event costs what it does", () => {
  const cases: [
    name: string,
    model: PricingModel,
    modifiers: Partial<PriceModifiers>,
    before: CounterState,
    after: CounterState,
    lines: string[],
    amount: string,
  ][] = [
    [
      "one price for all",
      { model: "per_unit", unitAmount: decimal("0.002") },
      {},
      stateOf("1000"),
      stateOf("1500", 2),
      ["units: 500 × 0.002 = 1"],
      "1",
    ],
    [
      "across a tier, into one with a flat amount",
      { model: "graduated", tiers },
      {},
      stateOf("8"),
      stateOf("22"),
      [
        "units 1 (0–10): 2 × 2 = 4",
        "units 2 (10–20): 10 × 1 = 10",
        "units 3 (20–): 2 × 0.5 = 1",
        "flat_fee 3 (20–): 1 × 3 = 3",
      ],
      "18",
    ],
    [
      "the first event owes the first tier's flat amount",
      { model: "graduated", tiers },
      {},
      emptyCounter,
      stateOf("1"),
      ["units 1 (0–10): 1 × 2 = 2", "flat_fee 1 (0–10): 1 × 1 = 1"],
      "3",
    ],
    [
      "a volume tier reached re-prices what was used before",
      { model: "volume", tiers },
      {},
      stateOf("10"),
      stateOf("12"),
      ["units 1 (0–10): -10 × 2 = -20", "flat_fee 1 (0–10): -1 × 1 = -1", "units 2 (10–20): 12 × 1 = 12"],
      "-9",
    ],
    [
      "a package that is open already",
      { model: "package", packageSize: decimal("100"), packageAmount: decimal("5"), freeUnits: decimal("100") },
      {},
      stateOf("150"),
      stateOf("180"),
      [],
      "0",
    ],
    [
      "free units, then a package",
      { model: "package", packageSize: decimal("100"), packageAmount: decimal("5"), freeUnits: decimal("100") },
      {},
      stateOf("90"),
      stateOf("101"),
      ["included: 10 × 0 = 0", "packages: 1 × 5 = 5"],
      "5",
    ],
    [
      "included units and a maximum",
      { model: "per_unit", unitAmount: decimal("1") },
      { includedUnits: decimal("10"), maximum: decimal("25") },
      stateOf("8"),
      stateOf("40"),
      ["included: 2 × 0 = 0", "units: 30 × 1 = 30", "maximum: 0 × ? = -5"],
      "25",
    ],
    [
      "rate and fee",
      {
        model: "percentage",
        ratePercent: decimal("2.9"),
        fixedAmount: decimal("0.3"),
        freeAmount: zero,
        minimumPerEvent: null,
        maximumPerEvent: null,
      },
      {},
      stateOf("100", 1),
      stateOf("300", 2),
      ["rate: 200 × 0.029 = 5.8", "event_fee: 1 × 0.3 = 0.3"],
      "6.1",
    ],
    [
      "what the event says",
      { model: "dynamic", amountProperty: "price" },
      {},
      stateOf("1", 1, "0.7"),
      stateOf("2", 2, "1.25"),
      ["event_amounts: 1 × ? = 0.55"],
      "0.55",
    ],
  ];
  for (const [name, model, modifiers, counterBefore, counterAfter, lines, amount] of cases) {
    const price = priceOf(model, { ...noModifiers, ...modifiers });
    const explanation = explain(price, { dimension: "", counterBefore, counterAfter });
    assert.deepEqual(written(explanation.lines), lines, name);
    assert.equal(explanation.amount.toString(), amount, name);
  }
});

test("an explanation names the price, the counter and the rounding", () => {
  const rounding = { mode: "ceil" as const, step: decimal("60"), per: "period" as const };
  const price = priceOf({ model: "per_unit", unitAmount: decimal("0.01") }, { ...noModifiers, rounding });
  const { lines, ...rest } = explain(price, {
    dimension: "",
    counterBefore: stateOf("50"),
    counterAfter: stateOf("70"),
  });
  assert.deepEqual(written(lines), ["units: 60 × 0.01 = 0.6"]);
  assert.deepEqual(JSON.parse(JSON.stringify(rest)), {
    priceCode: "price",
    meterCode: "meter",
    model: "per_unit",
    denomination: { accountType: "currency", code: "usd" },
    dimension: "",
    counterBefore: { quantity: "50", eventCount: 1, accrued: "0", memory: null },
    counterAfter: { quantity: "70", eventCount: 1, accrued: "0", memory: null },
    rounding: { mode: "ceil", step: "60", per: "period", quantityBefore: "60", quantityAfter: "120" },
    amount: "0.6",
  });
});

test("a period's charge is broken down by dimension, with what the maximum takes off", () => {
  const price = priceOf(
    { model: "per_unit", unitAmount: decimal("1") },
    { ...noModifiers, groupBy: ["model"], maximum: decimal("25") },
  );
  const readings = ["small", "large"].map((name) => ({ dimension: `["${name}"]`, state: stateOf("20") }));
  const { dimensions, maximum, amount } = breakdown(price, readings);
  assert.deepEqual(
    dimensions.map(({ dimension, lines }) => [dimension, ...written(lines)]),
    [
      ['["small"]', "units: 20 × 1 = 20"],
      ['["large"]', "units: 20 × 1 = 20"],
    ],
  );
  assert.deepEqual(written(maximum), ["maximum: 0 × ? = -15"]);
  assert.equal(amount.toString(), "25");
});
