import assert from "node:assert/strict";
import { test } from "node:test";
import { balanceAt, projectBalance } from "./balance.ts";
import { decimal } from "./decimal.ts";
import { currency } from "./denomination.ts";
import { at } from "./test/time.ts";
import { addGrant, applyUsage, emptyWallet, settleDue, type LedgerEntry } from "./wallet.ts";

function grant(id: string, amount: string, from: string, until: string | null) {
  const expiresAt = until === null ? null : at(until);
  return {
    id,
    amount: decimal(amount),
    kind: "paid" as const,
    priority: 0,
    effectiveAt: at(from),
    expiresAt,
    createdAt: 0,
  };
}

/** 10 from 1 April to 1 May, 5 from 10 April on; 4 used on 5 April. */
function april() {
  const entries: LedgerEntry[] = [];
  let wallet = emptyWallet(currency("usd"));
  for (const step of [
    () => addGrant(wallet, grant("a", "10", "2026-04-01", "2026-05-01"), at("2026-04-01")),
    () => addGrant(wallet, grant("b", "5", "2026-04-10", null), at("2026-04-02")),
    () => applyUsage(wallet, { cost: decimal("4"), causeId: "usage", at: at("2026-04-05") }),
  ]) {
    const done = step();
    wallet = done.wallet;
    entries.push(...done.entries);
  }
  return { wallet, entries };
}

test("the balance at an instant of the past is what the ledger says of it", () => {
  const { wallet, entries } = april();
  const settled = settleDue(wallet, at("2026-05-02"));
  const ledger = [...entries, ...settled.entries];
  const cases: [instant: string, balance: string][] = [
    ["2026-03-31", "0"],
    ["2026-04-01", "10"],
    ["2026-04-04", "10"],
    ["2026-04-05", "6"],
    ["2026-04-10", "11"],
    ["2026-04-30T23:59", "11"],
    ["2026-05-01", "5"],
  ];
  for (const [instant, balance] of cases) {
    assert.equal(balanceAt(ledger, at(instant)).toString(), balance, instant);
    assert.equal(balanceAt(ledger.toReversed(), at(instant)).toString(), balance, instant);
  }
});

test("the balance to come is what grants that begin, expire and are expected leave of today's", () => {
  const { wallet } = april();
  const expected = [grant("c", "40", "2026-04-20", "2026-05-10"), grant("d", "1", "2026-07-01", null)];
  const cases: [until: string, balance: string][] = [
    ["2026-04-09", "6"],
    ["2026-04-10", "11"],
    ["2026-04-20", "51"],
    ["2026-05-01", "45"],
    ["2026-05-10", "5"],
    ["2026-07-01", "6"],
  ];
  for (const [until, balance] of cases) {
    const projected = projectBalance(wallet, { now: at("2026-04-06"), until: at(until), expected });
    assert.equal(projected.balance.toString(), balance, until);
    assert.equal(projected.entries.at(-1)?.balanceAfter.toString() ?? "6", balance, until);
  }
});
