import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { currencyCodes, minorUnitDigits } from "./currency.ts";
import { decimal, Decimal, sum } from "./decimal.ts";
import {
  invoiceTotals,
  lineAmount,
  shareOut,
  type CountedLine,
  type DiscountTerm,
  type LineAmount,
  type TaxTerm,
} from "./invoice-totals.ts";
import { fromMinorUnits, toMinorUnits } from "./minor-unit.ts";

const laws = { numRuns: 1_000 };

test("a line is exact, and rounded half up once to the currency's minor unit", () => {
  const cases: [quantity: string, unitAmount: string, currency: string, amount: string, minor: string][] = [
    ["1", "50", "usd", "50", "5000"],
    ["3", "0.0275", "usd", "0.0825", "8"],
    ["1", "0.125", "usd", "0.125", "13"],
    ["1", "0.1249999999999999999999", "usd", "0.1249999999999999999999", "12"],
    ["1", "-0.125", "usd", "-0.125", "-13"],
    ["1", "499.5", "jpy", "499.5", "500"],
    ["1", "1.2345", "kwd", "1.2345", "1235"],
    ["123456789012.345678901234", "0.000000000001", "eur", "0.123456789012345678901234", "12"],
    ["0", "7", "eur", "0", "0"],
  ];
  for (const [quantity, unitAmount, currencyCode, amount, minor] of cases) {
    const line = lineAmount({ quantity: decimal(quantity), unitAmount: decimal(unitAmount), currencyCode });
    assert.deepEqual(
      [line.amount.toString(), line.amountMinor.toString()],
      [amount, minor],
      `${quantity} at ${unitAmount}`,
    );
  }
});

const lineOf = (cents: string, isDiscountable = true) => ({ amountMinor: decimal(cents), isDiscountable });
const percentOff = (percent: string): DiscountTerm => ({ kind: "percent", percent: decimal(percent) });
const amountOff = (cents: string): DiscountTerm => ({ kind: "amount", amountMinor: decimal(cents) });
const onTop = (percent: string): TaxTerm => ({ percent: decimal(percent), isInclusive: false });
const contained = (percent: string): TaxTerm => ({ percent: decimal(percent), isInclusive: true });

test("an invoice without lines comes to nothing", () => {
  const totals = invoiceTotals([], {
    discounts: [percentOff("10"), amountOff("5")],
    taxes: [onTop("19"), contained("7")],
  });
  assert.deepEqual([totals.total, totals.discount, totals.tax, ...totals.discounts, ...totals.taxes].map(String), [
    "0",
    "0",
    "0",
    "0",
    "0",
    "0",
    "0",
  ]);
});

test("discounts are taken one after the other, of no more than there is; taxes come on top or are contained", () => {
  const cases: [
    name: string,
    lines: CountedLine[],
    terms: { discounts?: DiscountTerm[]; taxes?: TaxTerm[] },
    totals: { subtotal: string; discounts?: string[]; taxes?: string[]; tax?: string; total: string },
  ][] = [
    ["nothing", [lineOf("1000"), lineOf("-300")], {}, { subtotal: "700", total: "700" }],
    [
      "a percentage, half up",
      [lineOf("25")],
      { discounts: [percentOff("10")] },
      { subtotal: "25", discounts: ["3"], total: "22" },
    ],
    [
      "a percentage of what an amount has left",
      [lineOf("1000")],
      { discounts: [amountOff("200"), percentOff("50")] },
      { subtotal: "1000", discounts: ["200", "400"], total: "400" },
    ],
    [
      "an amount takes no more than there is, and the next takes nothing",
      [lineOf("150")],
      { discounts: [amountOff("200"), percentOff("50")] },
      { subtotal: "150", discounts: ["150", "0"], total: "0" },
    ],
    [
      "what gives back is no part of what is discounted",
      [lineOf("1000"), lineOf("-300", false)],
      { discounts: [percentOff("50")] },
      { subtotal: "700", discounts: ["500"], total: "200" },
    ],
    [
      "tax on top of what discounts leave",
      [lineOf("1000")],
      { discounts: [percentOff("10")], taxes: [onTop("19")] },
      { subtotal: "1000", discounts: ["100"], taxes: ["171"], tax: "171", total: "1071" },
    ],
    [
      "tax contained in prices moves no total",
      [lineOf("1190")],
      { taxes: [contained("19")] },
      { subtotal: "1190", taxes: ["190"], total: "1190" },
    ],
    [
      "two taxes on top are each of the whole",
      [lineOf("999")],
      { taxes: [onTop("5"), onTop("9.975")] },
      { subtotal: "999", taxes: ["50", "100"], tax: "150", total: "1149" },
    ],
    [
      "one on top is of what one contained leaves",
      [lineOf("1100")],
      { taxes: [contained("10"), onTop("5")] },
      { subtotal: "1100", taxes: ["100", "50"], tax: "50", total: "1150" },
    ],
    [
      "less than nothing has neither",
      [lineOf("-500")],
      { discounts: [percentOff("10"), amountOff("5")], taxes: [onTop("19")] },
      { subtotal: "-500", discounts: ["0", "0"], taxes: ["0"], total: "-500" },
    ],
  ];
  for (const [name, lines, { discounts = [], taxes = [] }, expected] of cases) {
    const totals = invoiceTotals(lines, { discounts, taxes });
    assert.deepEqual(
      {
        subtotal: String(totals.subtotal),
        discounts: totals.discounts.map(String),
        taxes: totals.taxes.map(String),
        tax: String(totals.tax),
        total: String(totals.total),
      },
      { discounts: [], taxes: [], tax: "0", ...expected },
      name,
    );
  }
});

test("a whole is shared out in proportion, and nothing of it is lost", () => {
  const cases: [whole: string, weights: string[], parts: string[]][] = [
    ["100", ["1", "1", "1"], ["33", "34", "33"]],
    ["1071", ["1000", "-100"], ["1190", "-119"]],
    ["7", ["0", "3", "0"], ["0", "7", "0"]],
    ["0", ["5", "-5"], ["0", "0"]],
  ];
  for (const [whole, weights, parts] of cases)
    assert.deepEqual(shareOut(decimal(whole), weights.map(decimal)).map(String), parts);
});

const amounts = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(18))
  .map(([n, scale]) => Decimal.of(n, scale));
const counted = ({ amountMinor }: LineAmount): CountedLine => ({ amountMinor, isDiscountable: true });
const cents = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }).map((n) => Decimal.of(n));
const percents = fc.integer({ min: 0, max: 1_000_000 }).map((n) => Decimal.of(BigInt(n), 4));
const terms = fc.record({
  discounts: fc.array(
    fc.oneof(
      percents.map((percent) => ({ kind: "percent" as const, percent })),
      cents.map((each) => ({ kind: "amount" as const, amountMinor: each.abs() })),
    ),
    { maxLength: 3 },
  ),
  taxes: fc.array(fc.record({ percent: percents, isInclusive: fc.boolean() }), { maxLength: 3 }),
});
const currencies = fc.constantFrom(...currencyCodes);

test("law: rounding moves a line by at most half a minor unit, and whole minor units by nothing", () => {
  fc.assert(
    fc.property(amounts, currencies, (amount, currencyCode) => {
      const minor = toMinorUnits(amount, currencyCode);
      const back = fromMinorUnits(BigInt(minor.toString()), currencyCode);
      const half = Decimal.of(5n, minorUnitDigits(currencyCode) + 1);
      assert.ok(!back.minus(amount).abs().isGreaterThan(half));
      assert.ok(toMinorUnits(back, currencyCode).equals(minor));
    }),
    laws,
  );
});

test("law: the total is the sum of the rounded lines, whatever their order", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(amounts, amounts)), currencies, (pairs, currencyCode) => {
      const lines = pairs.map(([quantity, unitAmount]) => lineAmount({ quantity, unitAmount, currencyCode }));
      const { total } = invoiceTotals(lines.map(counted));
      assert.ok(total.equals(sum(lines.map(({ amountMinor }) => amountMinor))));
      assert.ok(total.equals(invoiceTotals(lines.map(counted).toReversed()).total));
    }),
    laws,
  );
});

test("law: total = lines - discount + tax; no discount takes more than there is, and no tax is below nothing", () => {
  const lines = fc.array(fc.record({ amountMinor: cents, isDiscountable: fc.boolean() }));
  fc.assert(
    fc.property(lines, terms, (each, of) => {
      const { subtotal, discount, tax, total, discounts, taxes, taxable } = invoiceTotals(each, of);
      assert.ok(total.equals(subtotal.minus(discount).plus(tax)));
      assert.ok(discount.equals(sum(discounts)) && discounts.every((part) => !part.isNegative()));
      const discountable = sum(each.filter((line) => line.isDiscountable).map(({ amountMinor }) => amountMinor));
      assert.ok(!discount.isGreaterThan(discountable.isNegative() ? decimal("0") : discountable));
      assert.ok(taxes.every((part) => !part.isNegative()));
      const ofKind = (isInclusive: boolean) =>
        sum(taxes.filter((_, index) => of.taxes[index]?.isInclusive === isInclusive));
      assert.ok(tax.equals(ofKind(false)));
      if (!subtotal.minus(discount).isNegative())
        assert.ok(taxable.plus(ofKind(true)).equals(subtotal.minus(discount)));
    }),
    laws,
  );
});

test("law: what is shared out adds up to the whole, and no part is a unit away from its share", () => {
  fc.assert(
    fc.property(cents, fc.array(cents), (whole, weights) => {
      const parts = shareOut(whole, weights);
      const total = sum(weights);
      assert.ok(sum(parts).equals(total.isZero() ? decimal("0") : whole));
      if (total.isZero()) return;
      for (const [index, part] of parts.entries())
        assert.ok(
          !part
            .times(total)
            .minus(whole.times(weights[index] as Decimal))
            .abs()
            .isGreaterThan(total.abs()),
        );
    }),
    laws,
  );
});
