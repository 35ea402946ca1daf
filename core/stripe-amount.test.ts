import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { currencyCodes, minorUnitDigits } from "./currency.ts";
import { toStripeAmount } from "./stripe-amount.ts";

test("amounts are those that Stripe's documentation gives", () => {
  const cases: [bigint, string, bigint | null][] = [
    [1_050n, "usd", 1_050n],
    [1_050n, "huf", 1_050n],
    [500n, "jpy", 500n],
    [500n, "clp", 500n],
    [500n, "isk", 50_000n],
    [500n, "ugx", 50_000n],
    [1_230n, "kwd", 1_230n],
    [1_235n, "kwd", null],
    [500n, "mga", 5n],
    [550n, "mga", null],
    [1_000n, "iqd", null],
    [10_000n, "clf", null],
  ];
  for (const [cents, currency, amount] of cases)
    assert.equal(toStripeAmount(cents, currency), amount, `${cents} ${currency}`);
});

test("no currency is charged more or less than is due: amounts add up, and grow with what is due", () => {
  const cents = fc.bigInt({ min: 1n, max: 10n ** 12n });
  fc.assert(
    fc.property(fc.constantFrom(...currencyCodes), cents, cents, (currency, first, second) => {
      const [one, other, both] = [first, second, first + second].map((each) => toStripeAmount(each * 1_000n, currency));
      if (one === null || other === null || both === null) {
        assert.ok(minorUnitDigits(currency) > 2);
        assert.deepEqual([one, other, both], [null, null, null]);
        return;
      }
      assert.equal((one as bigint) + (other as bigint), both);
      assert.ok((one as bigint) > 0n);
    }),
  );
});
