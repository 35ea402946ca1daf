/** The rules together: months of a customer's life. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decimal, max, sum, zero, type Decimal } from "./decimal.ts";
import { currency } from "./denomination.ts";
import type { Meter } from "./meter.ts";
import type { InvoiceLine } from "./period-invoice.ts";
import type { PeriodSchedule } from "./period.ts";
import { noModifiers, type FixedFee, type PlanDocument, type RecurringGrant } from "./plan.ts";
import { BilledLife } from "./test/billed-life.ts";
import { fee } from "./test/fee.ts";
import { at, written } from "./test/time.ts";
import { debt, emptyWallet } from "./wallet.ts";

const usd = currency("usd");
const meter: Meter = {
  code: "calls",
  eventName: "call",
  aggregation: { type: "sum", property: "count" },
  window: null,
  filters: [],
};

function plan(options: Partial<PlanDocument> = {}): PlanDocument {
  const calls = { code: "calls", meterCode: "calls", denomination: usd, ...noModifiers };
  return {
    billingInterval: "month",
    billingIntervalCount: 1,
    usagePrices: [{ ...calls, model: "per_unit", unitAmount: decimal("0.01") }],
    fixedFees: [],
    overdraft: [],
    ...options,
  };
}

function life(start: string, document: PlanDocument, options: Partial<PeriodSchedule> = {}, seats = "1"): BilledLife {
  const schedule: PeriodSchedule = {
    startsAt: at(start),
    anchorDay: 1,
    timeZone: "UTC",
    interval: document.billingInterval,
    intervalCount: document.billingIntervalCount,
    ...options,
  };
  return new BilledLife({
    plan: document,
    meters: [meter],
    schedule,
    seatCount: decimal(seats),
    wallet: emptyWallet(usd),
  });
}

function call(of: BilledLife, when: string, count: string): void {
  of.use({ eventName: "call", timestamp: at(when), properties: { count } });
}

function shown({ type, code, quantity, amount }: InvoiceLine): string {
  return `${type} ${code ?? "before"} ${quantity.toString()} = ${amount.toString()}`;
}

/** Invoices that say anything: the date, the lines, and what is given back. */
function story(of: BilledLife): [string, ...string[]][] {
  return of.invoices
    .filter(({ lines, refunds }) => lines.length + refunds.length > 0)
    .map(({ at, lines, refunds }): [string, ...string[]] => [
      written(at),
      ...lines.map(shown),
      ...refunds.map((each) => `refund ${each.code} ${each.amount.toString()}`),
    ]);
}

const cancelNow = { type: "cancel", timing: "now" } as const;

test("trial, paid, upgrade within the month, downgrade at the period's end, cancellation with refund", () => {
  // 11 April: a trial of 10 days of the basic plan.
  const basic = life("2026-04-11", plan({ trialDays: 10, fixedFees: [fee("basic", "30")] }));
  call(basic, "2026-04-12", "100");
  // 21 April: the trial ends. 1 May: the first whole month.
  basic.work(at("2026-05-01"));
  // 11 May: up to pro, at once; 20 of 31 days of basic are given back.
  call(basic, "2026-05-05", "200");
  basic.end({ type: "change_plan", timing: "now", planCode: "basic", targetPlanCode: "pro" }, at("2026-05-11"));
  assert.deepEqual(story(basic), [
    ["2026-04-21", "fixed_fee basic 1 = 10"],
    ["2026-05-01", "fixed_fee basic 1 = 30", "usage calls 100 = 1"],
    // 21 of 31 days
    ["2026-05-11", "usage calls 200 = 2", "refund basic -20.322580645161290323"],
  ]);

  const pro = life("2026-05-11", plan({ fixedFees: [fee("pro", "93")] }));
  // 20 June: down to basic, as June ends.
  pro.work(at("2026-06-20"));
  pro.end({ type: "change_plan", timing: "end_of_period", planCode: "pro", targetPlanCode: "basic" }, at("2026-06-20"));
  pro.work(at("2026-08-01"));
  assert.equal(pro.state.status, "canceled");
  assert.deepEqual(story(pro), [
    ["2026-05-11", "fixed_fee pro 1 = 63"],
    ["2026-06-01", "fixed_fee pro 1 = 93"],
  ]);

  const again = life("2026-07-01", plan({ fixedFees: [fee("basic", "31")] }));
  // 11 July: canceled with refund.
  again.end(cancelNow, at("2026-07-11"));
  again.work(at("2027-01-01"));
  assert.deepEqual(story(again), [
    ["2026-07-01", "fixed_fee basic 1 = 31"],
    ["2026-07-11", "refund basic -21"],
  ]);
});

test("an annual plan with usage by the month, seats changed thrice in a day, and a cancellation without refund", () => {
  const document = plan({
    billingInterval: "year",
    usageEvery: { interval: "month", intervalCount: 1 },
    fixedFees: [fee("seat", "365", { per: "seat" })],
  });
  const of = life("2026-01-01", document, {}, "2");
  call(of, "2026-01-15", "100");
  of.work(at("2026-02-10"));
  for (const [seats, when] of [
    ["3", "T06:00"],
    ["5", "T12:00"],
    ["2", "T18:00"],
  ] as const) {
    of.setSeats(decimal(seats), at(`2026-02-10${when}`));
  }
  of.work(at("2026-03-01"));
  call(of, "2026-03-02", "50");
  of.end(cancelNow, at("2026-03-10"), false);
  const [first, second, third, fourth] = story(of);
  assert.deepEqual(first, ["2026-01-01", "fixed_fee seat 2 = 730"]);
  assert.deepEqual(second, ["2026-02-01", "usage calls 100 = 1"]);
  // A seat for a quarter of a day, and two more for another: 0.25 + 0.75.
  assert.equal(sum(of.invoices[2]?.lines.map(({ amount }) => amount) ?? []).toString(), "1");
  assert.equal(third?.length, 7);
  assert.deepEqual(fourth, ["2026-03-10", "usage calls 50 = 0.5"]);
});

test("a year of renewals with credits that go on up to a cap", () => {
  const grant: RecurringGrant = {
    code: "credits",
    name: "Credits",
    denomination: usd,
    amount: decimal("10"),
    per: "subscription",
    kind: "promotional",
    priority: 0,
    rollover: { type: "capped", cap: decimal("5") },
  };
  const of = life("2028-01-31", plan({ recurringGrants: [grant] }), { anchorDay: 31, timeZone: "Asia/Kathmandu" });
  call(of, "2028-02-01", "700"); // 7 of 10, 3 go on
  of.work(at("2028-02-29"));
  call(of, "2028-03-01", "1500"); // 15 of 13
  of.work(at("2028-03-31"));
  call(of, "2028-04-01", "100"); // 1 of 10, 5 go on
  of.work(at("2028-04-30"));
  call(of, "2028-05-01", "1400"); // 14 of 15
  of.work(at("2028-05-31"));
  assert.deepEqual(
    of.invoices.slice(1).map(({ at, lines }) => [written(at), ...lines.map(shown)]),
    [
      ["2028-02-28T18:15", "usage calls 700 = 0"],
      ["2028-03-30T18:15", "usage calls 1500 = 2"],
      ["2028-04-29T18:15", "usage calls 100 = 0"],
      ["2028-05-30T18:15", "usage calls 1400 = 0"],
    ],
  );
});

const DAY = 86_400_000;

type Move =
  | { type: "use"; count: number }
  | { type: "seats"; count: number }
  | { type: "pause" }
  | { type: "resume" }
  | { type: "cancel" };

const anyMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("use" as const), count: fc.nat(3_000) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("seats" as const), count: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.constantFrom<Move>({ type: "pause" }, { type: "resume" }) },
  { weight: 1, arbitrary: fc.constant({ type: "cancel" as const }) },
);

const anyPlan = fc
  .record({
    trialDays: fc.constantFrom(0, 0, 10, 45),
    billing: fc.constantFrom<FixedFee["billing"]>("in_advance", "in_arrears"),
    allowance: fc.constantFrom("0.5", "7", "20"),
    cap: fc.constantFrom("0", "3", "50"),
    interval: fc.constantFrom<"month" | "quarter">("month", "quarter"),
  })
  .map(({ trialDays, billing, allowance, cap, interval }) =>
    plan({
      trialDays,
      billingInterval: interval,
      usageEvery: { interval: "month", intervalCount: 1 },
      fixedFees: [fee("base", "9.99"), fee("seat", "3.33", { per: "seat", billing })],
      recurringGrants: [
        {
          code: "credits",
          name: "Credits",
          denomination: usd,
          amount: decimal(allowance),
          per: "subscription",
          kind: "promotional",
          priority: 0,
          rollover: { type: "capped", cap: decimal(cap) },
        },
      ],
    }),
  );

function lived(document: PlanDocument, moves: readonly [number, Move][], worksDaily: boolean): BilledLife {
  const of = life("2027-01-31", document, { anchorDay: 31, timeZone: "America/Sao_Paulo" });
  let now = of.state.period.startsAt;
  for (const [days, move] of moves) {
    const until = now + days * DAY;
    for (; now < until; now += DAY) if (worksDaily) of.work(now);
    if (move.type === "use" && of.state.status !== "canceled") {
      if (worksDaily) of.work(now);
      of.use({ eventName: "call", timestamp: now, properties: { count: move.count } });
      continue;
    }
    // A command comes to a state in which nothing is due any more, whoever has brought it there.
    of.work(now);
    if (of.state.status === "canceled") continue;
    if (move.type === "seats") of.setSeats(decimal(String(move.count)), now);
    if (move.type === "pause") of.pause(now);
    if (move.type === "resume") of.resume(now);
    if (move.type === "cancel") of.end(cancelNow, now);
  }
  of.work(now + 100 * DAY);
  return of;
}

test("law: whatever happens in a life, a worker that is late makes the invoices of one that is not, and each cost is paid once", () => {
  const moves = fc.array(fc.tuple(fc.nat(40), anyMove), { maxLength: 14 });
  fc.assert(
    fc.property(anyPlan, moves, (document, all) => {
      const inTime = lived(document, all, true);
      const late = lived(document, all, false);
      const told = (of: BilledLife) => of.invoices.map(({ at, lines }) => [at, ...lines.map(shown)]);
      assert.deepEqual(told(late), told(inTime));
      for (const of of [inTime, late]) {
        const usage = of.invoices.flatMap(({ lines }) => lines.filter(({ type }) => type === "usage"));
        const charged = sum(usage.map((line) => line.usage?.charged ?? zero));
        const paidByCredits = sum(usage.map((line) => line.usage?.paidByCredits ?? zero));
        const settled = of.entries.filter(({ kind }) => kind === "invoice_settlement");
        assert.equal(charged.toString(), of.cost.toString(), "every event is on one invoice");
        assert.equal(
          sum(usage.map(({ amount }) => amount)).toString(),
          sum(settled.map(({ amount }) => amount)).toString(),
        );
        assert.equal(paidByCredits.toString(), drawnByGrants(of).toString());
        assert.ok(debt(of.wallet).isZero());
      }
    }),
    { numRuns: 100 },
  );
});

/** What grants gave for usage, at once or for its debt. */
function drawnByGrants({ entries }: BilledLife): Decimal {
  const paying = entries.filter(({ kind }) => kind === "usage" || kind === "grant");
  return max(zero, sum(paying.flatMap(({ draws }) => draws.map(({ amount }) => amount))));
}
