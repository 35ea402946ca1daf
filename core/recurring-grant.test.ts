import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { projectBalance } from "./balance.ts";
import { decimal, min, sum, zero, type Decimal } from "./decimal.ts";
import { pricingUnit } from "./denomination.ts";
import { periodAt, type PeriodSchedule } from "./period.ts";
import type { RecurringGrant } from "./plan.ts";
import { expectedRenewals, grantsForSeats, leftOverOf, renewGrants, type DueGrant } from "./recurring-grant.ts";
import { at, period, written } from "./test/time.ts";
import { addGrant, applyUsage, emptyWallet, settleDue, type LedgerEntry } from "./wallet.ts";

const may = period("2026-05-01", "2026-06-01");

function recurring(code: string, amount: string, options: Partial<RecurringGrant> = {}): RecurringGrant {
  return {
    code,
    name: code,
    denomination: pricingUnit("token"),
    amount: decimal(amount),
    per: "subscription",
    kind: "promotional",
    priority: 0,
    rollover: { type: "none" },
    ...options,
  };
}

function shown({ code, part, amount, effectiveAt, expiresAt }: DueGrant): string {
  return `${code} ${part} ${amount.toString()} ${written(effectiveAt)}–${expiresAt === null ? "" : written(expiresAt)}`;
}

test("what a period begins with, by what goes on from the one before", () => {
  const capped = { type: "capped" as const, cap: decimal("50") };
  const cases: [name: string, grant: RecurringGrant, leftOver: string | null, given: string[]][] = [
    ["nothing goes on", recurring("a", "100"), "70", ["a allowance 100 2026-05-01–2026-06-01"]],
    [
      "all goes on by itself",
      recurring("a", "100", { rollover: { type: "all" } }),
      "70",
      ["a allowance 100 2026-05-01–"],
    ],
    [
      "up to a cap",
      recurring("a", "100", { rollover: capped }),
      "70",
      ["a allowance 100 2026-05-01–2026-06-01", "a rollover 50 2026-05-01–2026-06-01"],
    ],
    [
      "less than the cap",
      recurring("a", "100", { rollover: capped }),
      "30",
      ["a allowance 100 2026-05-01–2026-06-01", "a rollover 30 2026-05-01–2026-06-01"],
    ],
    ["nothing left", recurring("a", "100", { rollover: capped }), "0", ["a allowance 100 2026-05-01–2026-06-01"]],
    ["the first period", recurring("a", "100", { rollover: capped }), null, ["a allowance 100 2026-05-01–2026-06-01"]],
    ["for each seat", recurring("a", "100", { per: "seat" }), null, ["a allowance 300 2026-05-01–2026-06-01"]],
    ["of nothing", recurring("a", "0"), null, []],
  ];
  for (const [name, grant, left, expected] of cases) {
    const leftOver = new Map(left === null ? [] : [["a", decimal(left)]]);
    const of = { period: may, seatCount: decimal("3"), leftOver };
    assert.deepEqual(renewGrants([grant], of).map(shown), expected, name);
    assert.deepEqual(renewGrants([grant], of), renewGrants([grant], of), "the same inputs give the same keys");
  }
});

test("seats that are added bring their allowance, and bring it once", () => {
  const grants = [recurring("a", "100", { per: "seat" }), recurring("b", "7")];
  const of = (mostSeats: string, seatCount: string) => ({
    period: may,
    at: at("2026-05-10"),
    mostSeats: decimal(mostSeats),
    seatCount: decimal(seatCount),
  });
  assert.deepEqual(grantsForSeats(grants, of("3", "5")).map(shown), ["a seats 200 2026-05-10–2026-06-01"]);
  assert.deepEqual(grantsForSeats(grants, of("5", "4")), []);
});

/** Every month's balance after its renewal and after its usage. */
function year(
  grant: RecurringGrant,
  usage: readonly Decimal[],
): { begun: string[]; given: Decimal; wallet: ReturnType<typeof settleDue>["wallet"]; entries: LedgerEntry[] } {
  const schedule: PeriodSchedule = {
    startsAt: at("2026-01-31"),
    anchorDay: 31,
    timeZone: "UTC",
    interval: "month",
    intervalCount: 1,
  };
  let wallet = emptyWallet(grant.denomination);
  let given = zero;
  let ids = new Set<string>();
  const entries: LedgerEntry[] = [];
  const begun: string[] = [];
  usage.forEach((cost, index) => {
    const month = periodAt(schedule, index);
    const settled = settleDue(wallet, month.startsAt);
    entries.push(...settled.entries);
    wallet = settled.wallet;
    const leftOver = new Map([[grant.code, leftOverOf(entries, ids)]]);
    const due = renewGrants([grant], { period: month, seatCount: decimal("1"), leftOver });
    ids = new Set(due.map(({ key }) => key));
    for (const each of due) {
      const step = addGrant(wallet, { ...each, id: each.key, createdAt: month.startsAt }, month.startsAt);
      wallet = step.wallet;
      entries.push(...step.entries);
      given = given.plus(each.amount);
    }
    begun.push(wallet.balance.toString());
    const used = min(cost, wallet.balance);
    const step = applyUsage(wallet, { cost: used, causeId: "usage", at: month.startsAt });
    wallet = step.wallet;
    entries.push(...step.entries);
  });
  return { begun, given, wallet, entries };
}

test("a year of monthly credits with each rollover rule", () => {
  const usage = ["30", "0", "150", "100", "120", "0"].map(decimal);
  const cases: [rollover: RecurringGrant["rollover"], begun: string[]][] = [
    [{ type: "none" }, ["100", "100", "100", "100", "100", "100"]],
    [{ type: "all" }, ["100", "170", "270", "220", "220", "200"]],
    [{ type: "capped", cap: decimal("50") }, ["100", "150", "150", "100", "100", "100"]],
  ];
  for (const [rollover, expected] of cases) {
    assert.deepEqual(year(recurring("a", "100", { rollover }), usage).begun, expected, rollover.type);
  }
});

test("law: no period begins with more than its allowance and the cap, and what was given is used, left or expired", () => {
  const amounts = fc.array(
    fc.nat(300).map((each) => decimal(String(each))),
    { minLength: 1, maxLength: 14 },
  );
  fc.assert(
    fc.property(amounts, fc.nat(120), (usage, cap) => {
      const rollover = { type: "capped" as const, cap: decimal(String(cap)) };
      const { begun, given, wallet, entries } = year(recurring("a", "100", { rollover }), usage);
      for (const each of begun) assert.ok(!decimal(each).isGreaterThan(decimal(String(100 + cap))));
      const lost = sum(entries.filter(({ kind }) => kind !== "grant").map(({ amount }) => amount.negated()));
      assert.equal(given.toString(), wallet.balance.plus(lost).toString());
    }),
  );
});

test("what periods to come will give is projected with what goes on", () => {
  const grant = recurring("a", "100", { rollover: { type: "capped", cap: decimal("50") } });
  const schedule: PeriodSchedule = {
    startsAt: at("2026-05-01"),
    anchorDay: 1,
    timeZone: "UTC",
    interval: "month",
    intervalCount: 1,
  };
  const own = { id: "own", amount: decimal("100"), kind: "promotional" as const, priority: 0, createdAt: 0 };
  const wallet = addGrant(
    emptyWallet(grant.denomination),
    { ...own, effectiveAt: 0, expiresAt: may.endsAt },
    may.startsAt,
  ).wallet;
  const left = applyUsage(wallet, { cost: decimal("80"), causeId: "usage", at: may.startsAt }).wallet;
  const project = (until: string) =>
    projectBalance(left, {
      now: at("2026-05-10"),
      until: at(until),
      expected: [],
      renewals: expectedRenewals([grant], {
        schedule,
        from: at("2026-05-10"),
        until: at(until),
        seatCount: decimal("1"),
        grantIds: new Map([["a", new Set(["own"])]]),
      }),
    }).balance.toString();
  assert.deepEqual(["2026-05-31", "2026-06-01", "2026-07-01", "2026-08-15"].map(project), ["20", "120", "150", "150"]);
});
