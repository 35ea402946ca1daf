import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as check, bigInt, constantFrom, integer, property, record } from "fast-check";
import { Decimal, decimal, zero } from "../../core/decimal.ts";
import { currency } from "../../core/denomination.ts";
import { noModifiers, type PriceModifiers, type PricingModel, type UsagePrice } from "../../core/plan.ts";
import { costAt } from "../../web/dashboard/src/catalog/price-cost.ts";
import { likelyQuantity, lineOf, roundUp, type Point } from "../../web/dashboard/src/catalog/price-line.ts";
import { costOf } from "../../web/dashboard/src/catalog/plan-words.ts";

/* How the dashboard draws prices, and says what a plan costs. */

const priceOf = (model: PricingModel, modifiers: Partial<PriceModifiers> = {}): UsagePrice => ({
  code: "calls",
  meterCode: "calls",
  denomination: currency("usd"),
  ...noModifiers,
  ...modifiers,
  ...model,
});

const perUnit = (unitAmount: string): PricingModel => ({ model: "per_unit", unitAmount: decimal(unitAmount) });

const packages = (size: string, amount: string, free = "0"): PricingModel => ({
  model: "package",
  packageSize: decimal(size),
  packageAmount: decimal(amount),
  freeUnits: decimal(free),
});

/** Up to ten, and more. */
const twoTiers = (
  model: "graduated" | "volume",
  [first, second]: [string, string],
  flat = ["0", "0"],
): PricingModel => ({
  model,
  tiers: [
    { upTo: decimal("10"), unitAmount: decimal(first), flatAmount: decimal(flat[0] as string) },
    { upTo: null, unitAmount: decimal(second), flatAmount: decimal(flat[1] as string) },
  ],
});

const inSteps = (mode: "ceil" | "floor" | "round", per: "event" | "period" = "period"): Partial<PriceModifiers> => ({
  rounding: { mode, step: decimal("10"), per },
});

test("a price's line bends and jumps where the price does, and a step has both of its sides at one quantity", () => {
  const cases: [what: string, price: UsagePrice, until: string, line: string][] = [
    ["straight", priceOf(perUnit("0.01")), "200", "0 0, 200 2"],
    ["included units", priceOf(perUnit("0.01"), { includedUnits: decimal("100") }), "200", "0 0, 100 0, 200 1"],
    ["packages, from the first unit on", priceOf(packages("100", "1")), "200", "0 0, 0 1, 100 1, 100 2, 200 2"],
    ["after free units", priceOf(packages("100", "1", "50")), "200", "0 0, 50 0, 50 1, 150 1, 150 2, 200 2"],
    [
      "after included units and free ones",
      priceOf(packages("100", "1", "20"), { includedUnits: decimal("30") }),
      "100",
      "0 0, 30 0, 50 0, 50 1, 100 1",
    ],
    ["graduated", priceOf(twoTiers("graduated", ["2", "1"])), "20", "0 0, 10 20, 20 30"],
    [
      "flat fees of tiers",
      priceOf(twoTiers("graduated", ["2", "1"], ["7", "5"])),
      "20",
      "0 0, 0 7, 10 27, 10 32, 20 42",
    ],
    ["volume falls", priceOf(twoTiers("volume", ["2", "1"])), "20", "0 0, 10 20, 10 10, 20 20"],
    ["a tier beyond the picture", priceOf(twoTiers("graduated", ["2", "1"])), "5", "0 0, 5 10"],
    ["a maximum", priceOf(perUnit("2"), { maximum: decimal("30") }), "20", "0 0, 15 30, 20 30"],
    [
      "a maximum in the middle of a step",
      priceOf(packages("10", "2"), { maximum: decimal("3") }),
      "20",
      "0 0, 0 2, 10 2, 10 3, 20 3",
    ],
    [
      "a maximum that a volume price comes back under",
      priceOf(twoTiers("volume", ["2", "1"]), { maximum: decimal("16") }),
      "20",
      "0 0, 8 16, 10 16, 10 10, 16 16, 20 16",
    ],
    ["a maximum that is never reached", priceOf(perUnit("2"), { maximum: decimal("41") }), "20", "0 0, 20 40"],
    ["rounded up", priceOf(perUnit("1"), inSteps("ceil")), "20", "0 0, 0 10, 10 10, 10 20, 20 20"],
    ["rounded down", priceOf(perUnit("1"), inSteps("floor")), "20", "0 0, 10 0, 10 10, 20 10, 20 20"],
    ["to the nearest", priceOf(perUnit("1"), inSteps("round")), "20", "0 0, 5 0, 5 10, 15 10, 15 20, 20 20"],
    ["rounding of each event", priceOf(perUnit("1"), inSteps("ceil", "event")), "20", "0 0, 20 20"],
    ["free", priceOf(perUnit("0")), "20", "0 0, 20 0"],
    ["very little", priceOf(perUnit("0.000000000000000001")), "2000", "0 0, 2000 0.000000000000002"],
  ];
  for (const [what, price, until, line] of cases) {
    const points = lineOf(price, decimal(until));
    const told = points.map(({ quantity, cost }) => `${quantity.toString()} ${cost.toString()}`).join(", ");
    assert.equal(told, line, what);
  }
});

test("between the points of a line the price is what the line says", () => {
  const amount = integer({ min: 0, max: 9 }).map((each) => decimal(`0.${each}`));
  const modifiers = record({
    includedUnits: integer({ min: 0, max: 30 }).map((each) => decimal(String(each))),
    maximum: constantFrom(null, decimal("7"), decimal("20")),
    rounding: constantFrom(
      null,
      ...(["ceil", "floor", "round"] as const).map((mode) => ({ mode, step: decimal("7"), per: "period" as const })),
    ),
  });
  const model = record({
    model: constantFrom("graduated", "volume", "package"),
    one: amount,
    two: amount,
    flat: amount,
  }).map(({ model: name, one, two, flat }): PricingModel =>
    name === "package"
      ? { model: "package", packageSize: decimal("13"), packageAmount: one, freeUnits: flat.times(decimal("10")) }
      : {
          model: name,
          tiers: [
            { upTo: decimal("20"), unitAmount: one, flatAmount: zero },
            { upTo: null, unitAmount: two, flatAmount: flat },
          ],
        },
  );
  check(
    property(model, modifiers, bigInt({ min: 1n, max: 9_999n }), (priced, modified, hundredths) => {
      const price = priceOf(priced, modified);
      const quantity = Decimal.of(hundredths, 2);
      const points = lineOf(price, decimal("100"));
      const next = points.findIndex((point) => point.quantity.isGreaterThan(quantity));
      const [from, to] = [points[next - 1] as Point, points[next] as Point];
      // At a corner one of its points says it, whichever side the price itself takes.
      if (from.quantity.equals(quantity)) {
        const here = points.filter((point) => point.quantity.equals(quantity));
        assert.ok(here.some(({ cost }) => cost.equals(costAt(price, quantity))));
        return;
      }
      const [along, wide] = [quantity.minus(from.quantity), to.quantity.minus(from.quantity)];
      const rise = to.cost.minus(from.cost).times(along).dividedBy(wide, { scale: 30, mode: "half-even" });
      const off = costAt(price, quantity).minus(from.cost.plus(rise)).abs();
      assert.ok(off.isLessThan(Decimal.of(1n, 20)), `${quantity.toString()}: off by ${off.toString()}`);
    }),
    { numRuns: 300 },
  );
});

test("of more steps than a picture can show it has some, and of steps of no width none", () => {
  const many = lineOf(priceOf(packages("0.001", "1")), decimal("1000000000000"));
  assert.ok(many.length > 100 && many.length <= 303, String(many.length));
  for (const size of ["0.000000001", "-5"]) lineOf(priceOf(packages(size, "1", "-1000000000")), decimal("20"));
});

test("a picture begins at a quantity that shows the price's form, and ends at a round one", () => {
  const likely: [UsagePrice, string][] = [
    [priceOf(perUnit("1")), "1000"],
    [priceOf(perUnit("1"), { includedUnits: decimal("5000") }), "8000"],
    [priceOf(packages("100", "1")), "400"],
    [priceOf(packages("100", "1", "50")), "500"],
    [priceOf(twoTiers("graduated", ["2", "1"])), "15"],
    [priceOf({ model: "volume", tiers: [] }), "1000"],
  ];
  for (const [price, quantity] of likely) assert.equal(likelyQuantity(price).toString(), quantity);
  for (const [number, round] of [
    ["188", "200"],
    ["4688", "5000"],
    ["0.07", "0.08"],
    ["1", "1"],
    ["10", "10"],
    ["10.000000001", "15"],
    ["9.5", "10"],
    ["0.000000001", "0.000000001"],
    ["1250000000000000", "1500000000000000"],
  ] as const)
    assert.equal(roundUp(decimal(number)).toString(), round);
});

test("what a plan costs is said in one line", () => {
  const usd = { account_type: "currency", currency_code: "usd", pricing_unit_code: null } as const;
  const fee = (amount: string, other: object = {}) => ({
    ...{ code: "base", name: "Base", amount, per: "subscription" as const, billing: "in_advance" as const },
    ...{ recurrence: "every_period" as const, every: null, ...usd, ...other },
  });
  const monthly = { billing_interval: "month", billing_interval_count: 1 } as const;
  const least = { code: "least", name: "Least", amount: "100", counts: "usage" as const, ...usd };
  const usage = [{}] as Parameters<typeof costOf>[0]["usage_prices"];
  const none = { fixed_fees: [], usage_prices: [], minimum_commitments: [] };
  const cases: [plan: Partial<Parameters<typeof costOf>[0]>, text: string][] = [
    [{}, "free"],
    [{ usage_prices: usage }, "usage"],
    [{ fixed_fees: [fee("30")] }, "30.00 USD / month"],
    [{ fixed_fees: [fee("30")], usage_prices: usage }, "30.00 USD / month + usage"],
    [{ fixed_fees: [fee("0.1"), fee("0.2")] }, "0.30 USD / month"],
    [{ fixed_fees: [fee("30")], billing_interval_count: 2 }, "30.00 USD / 2 months"],
    [{ fixed_fees: [fee("30"), fee("5", { per: "seat" })] }, "30.00 USD / month + 5.00 USD / seat / month"],
    [
      { fixed_fees: [fee("8", { every: { interval: "week", interval_count: 1 } }), fee("99", { recurrence: "once" })] },
      "8.00 USD / week + 99.00 USD once",
    ],
    [{ fixed_fees: [fee("3", { per: "seat", recurrence: "once" })] }, "3.00 USD / seat once"],
    [
      { fixed_fees: [fee("1"), fee("2", { currency_code: null, pricing_unit_code: "token" })] },
      "1.00 USD / month + 2 token / month",
    ],
    [{ usage_prices: usage, minimum_commitments: [least] }, "usage, at least 100.00 USD / month"],
    [{ minimum_commitments: [least] }, "at least 100.00 USD / month"],
  ];
  for (const [plan, text] of cases) assert.equal(costOf({ ...monthly, ...none, ...plan }), text);
});
