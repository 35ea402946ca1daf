import assert from "node:assert/strict";
import { test } from "node:test";
import { decimal } from "../../../core/decimal.ts";
import { currency, pricingUnit, type Denomination } from "../../../core/denomination.ts";
import { amountColumn } from "./amount-column.ts";

test("a column has one number of decimals, at least the currency's, and rounds nothing that has six or fewer", () => {
  const cases: [denomination: Denomination, amounts: string[], shown: string[]][] = [
    [currency("usd"), ["-1", "5"], ["-$1.00", "$5.00"]],
    [currency("usd"), ["-0.625", "-1", "4"], ["-$0.625", "-$1.000", "$4.000"]],
    [currency("usd"), ["-0.000001", "1234.5"], ["-$0.000001", "$1,234.500000"]],
    [currency("jpy"), ["-1", "500"], ["-¥1", "¥500"]],
    [currency("jpy"), ["-0.5", "500"], ["-¥0.5", "¥500.0"]],
    [pricingUnit("gpu_seconds"), ["-12.5", "100"], ["-12.5 gpu seconds", "100.0 gpu seconds"]],
    [currency("usd"), ["-0.0033333333", "10"], ['<span title="-$0.0033333333">-$0.003333</span>', "$10.000000"]],
  ];
  for (const [denomination, texts, shown] of cases) {
    const amounts = texts.map(decimal);
    const write = amountColumn(amounts, denomination);
    assert.deepEqual(
      amounts.map((amount) => write(amount).text),
      shown,
    );
  }
});
