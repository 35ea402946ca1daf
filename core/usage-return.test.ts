import assert from "node:assert/strict";
import { test } from "node:test";
import { decimal } from "./decimal.ts";
import { returnedPart, type Returned } from "./usage-return.ts";

const draw = (grantId: string, amount: string) => ({ grantId, amount: decimal(amount) });
const paidByTwo: Returned = { amount: decimal("-20"), draws: [draw("a", "15"), draw("b", "5")] };
const partlyOwed: Returned = { amount: decimal("-20"), draws: [draw("a", "15")] };
const credited: Returned = { amount: decimal("3"), draws: [] };

const written = ({ amount, draws }: Returned) =>
  [amount.toString(), ...draws.map((each) => `${each.grantId} ${each.amount.toString()}`)].join(", ");

test("what of a usage's entry is given back", () => {
  const cases: [string, Returned | null, string, string][] = [
    ["all of it: every grant gets what it gave", paidByTwo, "20", "-20, a 15, b 5"],
    ["all of it, partly owed: the debt falls by the rest", partlyOwed, "20", "-20, a 15"],
    ["a part: the grant drawn last gets it first", paidByTwo, "8", "-8, a 3, b 5"],
    ["a part that the last grant gave alone", paidByTwo, "4", "-4, b 4"],
    ["a part of what was partly owed: the debt falls first", partlyOwed, "7", "-7, a 2"],
    ["a part that was owed altogether", partlyOwed, "5", "-5"],
    ["more than it cost: the rest is no grant's", paidByTwo, "25", "-25, a 15, b 5"],
    ["less than nothing: it is taken like usage", paidByTwo, "-1", "1"],
    ["a credit is taken back", credited, "-3", "3"],
    ["where there was a credit and something is given back, it is no grant's", credited, "2", "-2"],
    ["where the usage cost nothing", null, "2", "-2"],
  ];
  for (const [name, entry, givenBack, expected] of cases)
    assert.equal(written(returnedPart(entry, decimal(givenBack))), expected, name);
});
