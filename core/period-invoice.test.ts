import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { schedulesOf } from "./billing-schedule.ts";
import { emptyCounter } from "./counter.ts";
import { decimal, sum, zero, type Decimal } from "./decimal.ts";
import { currency, pricingUnit, type Denomination } from "./denomination.ts";
import { BillingError } from "./errors.ts";
import type { FeeBasis } from "./fee-basis.ts";
import { invoiceTotals } from "./invoice-totals.ts";
import type { ClosedUsage } from "./period-charges.ts";
import { invoicePeriod, type InvoiceLine, type PeriodToInvoice } from "./period-invoice.ts";
import type { PeriodSchedule } from "./period.ts";
import { noModifiers, type FixedFee, type PlanDocument, type UsagePrice } from "./plan.ts";
import { emptyReplayMemory, rerate, type ReplayStep } from "./replay.ts";
import { anyEvents, anyMeter, anyPrice, march } from "./test/arbitraries.ts";
import { fee } from "./test/fee.ts";
import { at, period, written } from "./test/time.ts";
import { applyUsage, debt, emptyWallet, addGrant, type Wallet } from "./wallet.ts";

const usd = currency("usd");

function price(code: string, unitAmount: string, options: Partial<UsagePrice> = {}): UsagePrice {
  const model = { model: "per_unit" as const, unitAmount: decimal(unitAmount) };
  return { code, meterCode: `${code}_meter`, denomination: usd, ...noModifiers, ...model, ...options } as UsagePrice;
}

function plan(options: Partial<PlanDocument> = {}): PlanDocument {
  return {
    billingInterval: "month",
    billingIntervalCount: 1,
    usagePrices: [],
    fixedFees: [],
    overdraft: [],
    ...options,
  };
}

const april = period("2026-04-01", "2026-05-01");
const schedule: PeriodSchedule = {
  startsAt: at("2026-01-01"),
  anchorDay: 1,
  timeZone: "UTC",
  interval: "month",
  intervalCount: 1,
};
const always: FeeBasis[] = [{ from: schedule.startsAt, seatCount: decimal("1"), isBilled: true }];

function usage(readings: Record<string, string>, of = april): ClosedUsage {
  const states = Object.entries(readings).map(
    ([code, quantity]): [string, ClosedUsage["readings"] extends ReadonlyMap<string, infer R> ? R : never] => [
      code,
      [{ dimension: "", state: { ...emptyCounter, quantity: decimal(quantity), eventCount: 1 } }],
    ],
  );
  return { period: of, readings: new Map(states) };
}

function wallet(denomination: Denomination, cost: string, credits = "0"): Wallet {
  const empty = emptyWallet(denomination);
  const grant = { id: "grant", kind: "paid" as const, priority: 0, effectiveAt: 0, expiresAt: null, createdAt: 0 };
  const funded = credits === "0" ? empty : addGrant(empty, { ...grant, amount: decimal(credits) }, 0).wallet;
  return applyUsage(funded, { cost: decimal(cost), causeId: "usage", at: april.endsAt }).wallet;
}

function toInvoice(options: Partial<PeriodToInvoice> & { plan: PlanDocument }): PeriodToInvoice {
  return {
    schedule,
    history: always,
    ending: null,
    after: april.startsAt,
    at: april.endsAt,
    usage: [],
    wallets: [],
    openCharges: new Map(),
    currencyCode: "usd",
    conversions: [],
    causeId: "invoice",
    now: april.endsAt,
    ...options,
  };
}

function shown({ type, code, quantity, amount, amountMinor, period: { startsAt, endsAt } }: InvoiceLine): string {
  const when = `${written(startsAt)}–${written(endsAt)}`;
  return `${type} ${code ?? "before"} ${quantity.toString()}: ${amount.toString()} (${amountMinor.toString()}) ${when}`;
}

function lines(input: PeriodToInvoice): string[] {
  return invoicePeriod(input).drafts.flatMap((draft) => draft.lines.map(shown));
}

test("a period's invoice: fees, usage beyond credits, and what is missing to a minimum", () => {
  const document = plan({
    fixedFees: [fee("base", "20"), fee("support", "9.99", { billing: "in_arrears" })],
    usagePrices: [
      price("calls", "0.00125"),
      price("tokens", "0.01", { minimum: decimal("10") }),
      price("idle", "1", { minimum: decimal("3") }),
    ],
  });
  const input = toInvoice({
    plan: document,
    usage: [usage({ calls: "10001", tokens: "500" })],
    wallets: [wallet(usd, "17.50125", "14")],
  });
  assert.deepEqual(lines(input), [
    "fixed_fee base 1: 20 (2000) 2026-05-01–2026-06-01",
    "fixed_fee support 1: 9.99 (999) 2026-04-01–2026-05-01",
    "usage calls 10001: 0 (0) 2026-04-01–2026-05-01",
    "usage tokens 500: 3.50125 (350) 2026-04-01–2026-05-01",
    "minimum_commitment tokens 1: 5 (500) 2026-04-01–2026-05-01",
    "minimum_commitment idle 1: 3 (300) 2026-04-01–2026-05-01",
  ]);
  const [settlement] = invoicePeriod(input).settlements;
  assert.equal(settlement?.wallet.balance.toString(), "0");
  assert.equal(settlement?.settled.usage.toString(), "3.50125");
  const [calls] = invoicePeriod(input).drafts.flatMap((draft) => draft.lines.filter(({ code }) => code === "calls"));
  assert.equal(calls?.usage?.charged.toString(), "12.50125");
  assert.equal(calls?.usage?.paidByCredits.toString(), "12.50125");
});

test("a plan's commitment counts usage whoever paid for it, and fees if it says so", () => {
  const commitment = { code: "least", name: "least", denomination: usd, amount: decimal("100") };
  const cases: [
    name: string,
    counts: "usage" | "usage_and_fees",
    used: string,
    options: Partial<PeriodToInvoice>,
    missing: string[],
  ][] = [
    ["usage alone", "usage", "30", {}, ["70"]],
    ["usage and the month's fee", "usage_and_fees", "30", {}, ["50"]],
    ["reached", "usage", "100", {}, []],
    ["credits pay, and count", "usage", "30", { wallets: [wallet(usd, "30", "30")] }, ["70"]],
    [
      "half of the month",
      "usage_and_fees",
      "30",
      { history: [{ from: at("2026-04-16"), seatCount: decimal("1"), isBilled: true }] },
      ["10"],
    ],
    [
      "ended after half of it, with refund",
      "usage_and_fees",
      "30",
      { ending: { at: at("2026-04-16"), isCredited: true }, at: at("2026-04-16") },
      ["10"],
    ],
    ["a billing period that does not end yet", "usage", "30", { at: at("2026-04-20") }, []],
  ];
  for (const [name, counts, used, options, expected] of cases) {
    const document = plan({
      usagePrices: [price("calls", "1")],
      fixedFees: [fee("base", "20")],
      minimumCommitments: [{ ...commitment, counts }],
    });
    const found = invoicePeriod(
      toInvoice({ plan: document, usage: [usage({ calls: used })], wallets: [wallet(usd, used)], ...options }),
    ).drafts.flatMap((draft) => draft.lines.filter(({ code }) => code === "least"));
    assert.deepEqual(
      found.map(({ amount }) => amount.toString()),
      expected,
      name,
    );
  }
});

test("an annual plan with monthly usage: usage by the month, fee and commitment by the year", () => {
  const document = plan({
    billingInterval: "year",
    usageEvery: { interval: "month", intervalCount: 1 },
    usagePrices: [price("calls", "1", { minimum: decimal("5") })],
    fixedFees: [fee("licence", "1200")],
    minimumCommitments: [{ code: "least", name: "least", denomination: usd, amount: decimal("100"), counts: "usage" }],
  });
  const { step, usage: counted } = schedulesOf(document, schedule);
  assert.deepEqual([step.interval, counted.interval], ["month", "month"]);
  const month = (used: string) => ({ plan: document, usage: [usage({ calls: used })], wallets: [wallet(usd, used)] });
  assert.deepEqual(lines(toInvoice(month("7"))), ["usage calls 7: 7 (700) 2026-04-01–2026-05-01"]);
  const december = period("2026-12-01", "2027-01-01");
  const last = toInvoice({
    ...month("7"),
    usage: [usage({ calls: "3" }, december)],
    wallets: [wallet(usd, "3")],
    after: december.startsAt,
    at: december.endsAt,
    chargedEarlier: new Map([["currency:usd", decimal("80")]]),
  });
  assert.deepEqual(lines(last), [
    "fixed_fee licence 1: 1200 (120000) 2027-01-01–2028-01-01",
    "usage calls 3: 3 (300) 2026-12-01–2027-01-01",
    "minimum_commitment calls 1: 2 (200) 2026-12-01–2027-01-01",
    "minimum_commitment least 1: 15 (1500) 2026-01-01–2027-01-01",
  ]);
});

test("pricing units become the invoice's currency; usage that cannot stays owed, and a fee that cannot is refused", () => {
  const token = pricingUnit("token");
  const conversions = [
    { pricingUnitCode: "token", currencyCode: "usd", amountPerUnit: decimal("0.003"), effectiveFrom: at("2026-01-01") },
  ];
  const document = plan({ usagePrices: [price("calls", "2", { denomination: token })] });
  const input = toInvoice({ plan: document, usage: [usage({ calls: "25" })], wallets: [wallet(token, "50", "5")] });
  assert.deepEqual(lines({ ...input, conversions }), ["usage calls 25: 0.135 (14) 2026-04-01–2026-05-01"]);
  const without = invoicePeriod(input);
  assert.deepEqual([without.drafts, without.settlements, without.unconverted], [[], [], [token]]);
  const inTokens = plan({ fixedFees: [fee("base", "10", { denomination: token })] });
  assert.throws(
    () => invoicePeriod(toInvoice({ plan: inTokens })),
    (error) => error instanceof BillingError && error.code === "CONVERSION_MISSING",
  );
});

test("an invoice for each currency, and debt from before on a line of its own", () => {
  const eur = currency("eur");
  const document = plan({ fixedFees: [fee("base", "20", { denomination: eur })], usagePrices: [price("calls", "1")] });
  const input = toInvoice({ plan: document, usage: [usage({ calls: "4" })], wallets: [wallet(usd, "6")] });
  const { drafts } = invoicePeriod(input);
  assert.deepEqual(
    drafts.map((draft) => [draft.currencyCode, ...draft.lines.map(shown)]),
    [
      ["eur", "fixed_fee base 1: 20 (2000) 2026-05-01–2026-06-01"],
      ["usd", "usage calls 4: 4 (400) 2026-04-01–2026-05-01", "usage before 1: 2 (200) 2026-04-01–2026-05-01"],
    ],
  );
});

test("making the invoice again with what it has settled gives the same lines and moves nothing", () => {
  const document = plan({ fixedFees: [fee("base", "20")], usagePrices: [price("calls", "1")] });
  const input = toInvoice({ plan: document, usage: [usage({ calls: "4" })], wallets: [wallet(usd, "6", "1")] });
  const first = invoicePeriod(input);
  const settlement = first.settlements[0];
  assert.ok(settlement);
  const again = invoicePeriod({
    ...input,
    wallets: [settlement.wallet],
    settledBefore: new Map([["currency:usd", settlement.settled]]),
  });
  assert.deepEqual(again.drafts, first.drafts);
  assert.deepEqual(
    again.settlements.flatMap(({ entries }) => entries),
    [],
  );
});

const subscribed = (document: PlanDocument) => ({
  id: "s",
  startsAt: march.startsAt,
  endsAt: null,
  schedule: { ...schedule, startsAt: march.startsAt },
  currentPeriod: march,
  plan: document,
});

test("law: an invoice is the sum of its events and fees less what credits paid, to the digit, whatever was used", () => {
  const fees = fc.constantFrom<FixedFee[]>(
    [],
    [fee("base", "9.99"), fee("support", "0.333", { billing: "in_arrears" })],
  );
  const credits = fc.constantFrom("0", "3.21", "1000");
  fc.assert(
    fc.property(anyPrice, anyMeter, anyEvents, fees, credits, (usagePrice, meter, events, fixedFees, granted) => {
      const document = plan({ usagePrices: [usagePrice], fixedFees });
      const memory = emptyReplayMemory();
      const steps = events.map((event, index): ReplayStep => ({
        type: "usage",
        id: String(index),
        event,
        subscriptions: [subscribed(document)],
      }));
      let costs: Decimal = zero;
      let spending = granted === "0" ? emptyWallet(usd) : wallet(usd, "0", granted);
      for (const { rating } of rerate(steps, [meter], memory)) {
        const cost = sum(rating.costs.map(({ amount }) => amount));
        costs = costs.plus(cost);
        spending = applyUsage(spending, { cost, causeId: "usage", at: march.endsAt }).wallet;
      }
      const readings = [...memory.counterIds]
        .filter(
          ([, { windowStartsAt, periodStartsAt }]) => windowStartsAt === null && periodStartsAt === march.startsAt,
        )
        .map(([key, { dimension }]) => ({ dimension, state: memory.counters.get(key) ?? emptyCounter }));
      const owed = debt(spending);

      const { drafts, settlements } = invoicePeriod(
        toInvoice({
          plan: document,
          history: [{ from: march.startsAt, seatCount: decimal("1"), isBilled: true }],
          after: march.startsAt,
          at: march.endsAt,
          usage: [{ period: march, readings: new Map([[usagePrice.code, readings]]) }],
          wallets: [spending],
        }),
      );
      const all = drafts.flatMap((draft) => draft.lines);
      const total = sum(all.map(({ amount }) => amount));
      assert.equal(total.toString(), sum([owed, ...fixedFees.map(({ amount }) => amount)]).toString());
      const charged = sum(all.map((line) => line.usage?.charged ?? zero));
      assert.equal(charged.toString(), costs.toString());
      for (const { wallet: after } of settlements) assert.ok(debt(after).isZero());
      assert.ok(invoiceTotals(all.map((line) => ({ ...line, isDiscountable: true }))).total.isWhole());
    }),
    { numRuns: 500 },
  );
});
