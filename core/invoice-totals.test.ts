import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { currencyCodes, minorUnitDigits } from "./currency.ts";
import { decimal, Decimal, sum } from "./decimal.ts";
import { invoiceTotals, lineAmount } from "./invoice-totals.ts";
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

test("an invoice without lines comes to nothing, and a discount and a tax move the total alone", () => {
  assert.equal(invoiceTotals([]).total.toString(), "0");
  const lines = [{ amountMinor: decimal("1000") }, { amountMinor: decimal("-300") }];
  const totals = invoiceTotals(lines, { discount: decimal("70"), tax: decimal("119") });
  assert.deepEqual([totals.subtotal.toString(), totals.total.toString()], ["700", "749"]);
});

const amounts = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(18))
  .map(([n, scale]) => Decimal.of(n, scale));
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
      const { total } = invoiceTotals(lines);
      assert.ok(total.equals(sum(lines.map(({ amountMinor }) => amountMinor))));
      assert.ok(total.equals(invoiceTotals(lines.toReversed()).total));
    }),
    laws,
  );
});
