import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decimal, max, sum, zero, type Decimal } from "./decimal.ts";
import { currency } from "./denomination.ts";
import type { Instant } from "./period.ts";
import { nothingSettled, paidByCredits, settleUsage, type Settled } from "./settlement.ts";
import { addEndedGrant, addGrant, adjust, applyUsage, debt, emptyWallet, settleDue, type Wallet } from "./wallet.ts";

const start = Date.parse("2026-04-01T00:00:00Z");
const end = Date.parse("2026-05-01T00:00:00Z");

function wallet(...costs: string[]): Wallet {
  return costs.reduce((before, cost) => used(before, cost, start), emptyWallet(currency("usd")));
}

function used(before: Wallet, cost: string, at: Instant): Wallet {
  return applyUsage(before, { cost: decimal(cost), causeId: "event", at }).wallet;
}

function granted(before: Wallet, amount: string, from: Instant, expiresAt: Instant | null = null): Wallet {
  const id = `grant ${before.grants.length}`;
  const grant = { id, amount: decimal(amount), kind: "promotional" as const, priority: 0 };
  return addGrant(before, { ...grant, effectiveAt: from, expiresAt, createdAt: from }, from).wallet;
}

function written({ usage, carried }: Settled): [string, string] {
  return [usage.toString(), carried.toString()];
}

test("an invoice takes over what no credit paid, and leaves to open periods what is theirs", () => {
  const withCredits = (...costs: string[]) =>
    costs.reduce((w, cost) => used(w, cost, start), granted(wallet(), "10", start));
  const cases: [
    name: string,
    wallet: Wallet,
    charged: string,
    open: string,
    settled: [string, string],
    left: string,
  ][] = [
    ["no credits: all of it", wallet("7"), "7", "0", ["7", "0"], "0"],
    ["credits for all of it", withCredits("7"), "7", "0", ["0", "0"], "3"],
    ["credits for a part", withCredits("7", "5"), "12", "0", ["2", "0"], "0"],
    ["the next period has begun", wallet("7", "5"), "7", "5", ["7", "0"], "-5"],
    ["credits pay the older first", withCredits("7", "5"), "7", "5", ["0", "0"], "-2"],
    ["and then the newer", withCredits("12", "5"), "12", "5", ["2", "0"], "-5"],
    ["debt from before", wallet("3", "7"), "7", "0", ["7", "3"], "0"],
    ["no usage", wallet("3"), "0", "0", ["0", "3"], "0"],
    ["usage that gave credit", wallet("-4"), "-4", "0", ["0", "0"], "4"],
    ["an open period that gave credit", wallet("7", "-4"), "7", "-4", ["3", "0"], "0"],
  ];
  for (const [name, before, charged, open, settled, left] of cases) {
    const of = { charged: decimal(charged), openCharges: decimal(open), causeId: "invoice", at: end };
    const first = settleUsage(before, { ...of, before: nothingSettled });
    assert.deepEqual(written(first.settled), settled, name);
    assert.equal(first.wallet.balance.toString(), left, name);
    const again = settleUsage(first.wallet, { ...of, before: first.settled });
    assert.deepEqual([again.entries, written(again.settled)], [[], settled], `${name}, again`);
  }
});

test("while the invoice is a draft, late usage adds to it, and usage taken out gives back", () => {
  const of = { openCharges: decimal("5"), causeId: "invoice", at: end };
  const before = wallet("7", "5");
  const first = settleUsage(before, { ...of, charged: decimal("7"), before: nothingSettled });
  const more = settleUsage(used(first.wallet, "2", end), { ...of, charged: decimal("9"), before: first.settled });
  assert.deepEqual([written(more.settled), more.wallet.balance.toString()], [["9", "0"], "-5"]);
  const reversal = { kind: "usage_reversal", amount: decimal("6"), causeId: "void", at: end } as const;
  const less = settleUsage(adjust(more.wallet, reversal).wallet, {
    ...of,
    charged: decimal("3"),
    before: more.settled,
  });
  assert.deepEqual([written(less.settled), less.wallet.balance.toString()], [["3", "0"], "-5"]);
  assert.equal(less.entries[0]?.amount.toString(), "-6");
});

test("what an invoice gives back is the credit of no grant before any grant", () => {
  const settled = settleUsage(wallet("7"), {
    charged: decimal("7"),
    openCharges: zero,
    before: nothingSettled,
    causeId: "invoice",
    at: end,
  });
  const reversal = { kind: "usage_reversal", amount: decimal("7"), causeId: "void", at: end } as const;
  const after = adjust(granted(settled.wallet, "10", end), reversal).wallet;
  const back = settleUsage(after, {
    charged: zero,
    openCharges: zero,
    before: settled.settled,
    causeId: "invoice",
    at: end,
  });
  assert.equal(back.wallet.grants[0]?.remaining.toString(), "10");
  assert.equal(back.wallet.balance.toString(), "10");
});

test("what credits paid goes to the first amounts first, and amounts below zero are paid whole", () => {
  const cases: [amounts: string[], owed: string, paid: string[]][] = [
    [["5", "4", "-1"], "3", ["5", "1", "-1"]],
    [["5", "4"], "9", ["0", "0"]],
    [["5", "4"], "0", ["5", "4"]],
    [[], "0", []],
  ];
  for (const [amounts, owed, expected] of cases) {
    const paid = paidByCredits(amounts.map(decimal), decimal(owed));
    assert.deepEqual(
      paid.map((each) => each.toString()),
      expected,
    );
  }
});

type Month = { allowance: Decimal; costs: Decimal[] };

const cents = fc.nat(5_000).map((each) => decimal(String(each)).times(decimal("0.01")));
const months = fc.array(fc.record({ allowance: cents, costs: fc.array(cents, { maxLength: 5 }) }), {
  minLength: 1,
  maxLength: 6,
});
const DAY = 86_400_000;
const monthStart = (index: number) => start + index * 30 * DAY;

/**
 * What each month's invoice settled. Each month begins with credits that end with it; its usage comes on its first day. The worker
 * is there as the months begin or, if it is late, on the second day of those months that `isThere` names, and after the last.
 */
function settledMonths(of: readonly Month[], isThere: "in time" | ((month: number) => boolean)) {
  const settled: string[] = [];
  let current = emptyWallet(currency("usd"));
  let renewals = 0;
  const charges = of.map(({ costs }) => sum(costs));
  const renew = (index: number, begun: number, now: Instant) => {
    if (index > 0) {
      const openCharges = sum(charges.slice(index, begun));
      const charged = charges[index - 1] ?? zero;
      const step = settleUsage(current, { charged, openCharges, before: nothingSettled, causeId: "invoice", at: now });
      current = step.wallet;
      settled.push(step.settled.usage.plus(step.settled.carried).toString());
    }
    const { allowance } = of[index] ?? { allowance: zero };
    if (!allowance.isPositive()) return;
    const grant = { id: `month ${index}`, amount: allowance, kind: "promotional" as const, priority: 0 };
    const dated = { ...grant, effectiveAt: monthStart(index), expiresAt: monthStart(index + 1), createdAt: now };
    const step =
      dated.expiresAt > now
        ? addGrant(current, dated, now)
        : addEndedGrant(current, dated, { payable: charges[index] ?? zero, at: now });
    current = step.wallet;
  };
  for (let index = 0; index <= of.length; index++) {
    const now = monthStart(index);
    current = settleDue(current, now).wallet;
    if (isThere === "in time") renew(index, index, now);
    for (const cost of of[index]?.costs ?? [])
      current = applyUsage(current, { cost, causeId: "event", at: now }).wallet;
    if (isThere === "in time" || !(isThere(index) || index === of.length)) continue;
    for (; renewals <= index; renewals++) renew(renewals, index + 1, now + DAY);
  }
  return { settled, wallet: current };
}

test("law: however late the worker comes, each invoice is the one that would have been made in time", () => {
  fc.assert(
    fc.property(months, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (of, there) => {
      const inTime = settledMonths(of, "in time");
      const expected = of.map(({ allowance, costs }) => max(zero, sum(costs).minus(allowance)).toString());
      assert.deepEqual(inTime.settled, expected);
      const late = settledMonths(of, (month) => there[month] === true);
      assert.deepEqual(late.settled, expected);
      assert.equal(late.wallet.balance.toString(), "0");
      assert.ok(debt(inTime.wallet).isZero());
    }),
    { numRuns: 500 },
  );
});
