import assert from "node:assert/strict";
import { test } from "node:test";
import { perUnit, startStory, usd } from "./story.ts";

const story = await startStory();
const {
  api,
  on,
  bill,
  close,
  liveThrough,
  plan,
  meter,
  customer,
  subscribe,
  use,
  invoices,
  balance,
  subscription,
  update,
} = story;

type Periods = { current_period_start: string; current_period_end: string };
const periodOf = async (id: string) => {
  const { current_period_start, current_period_end }: Periods = await subscription(id);
  return [current_period_start, current_period_end];
};

test("an anchor on the 31st goes through a leap and a common year, and every day is billed once", async () => {
  const daily = await plan({ fixed_fees: [usd("base", "31")] });
  on("2024-01-31");
  const id = await customer();
  const first = await subscribe(id, daily, { billing_anchor_day: 31 });
  const starts: string[] = [];
  for (const date of ["2024-02-29", "2024-03-31", "2024-04-30", "2025-01-31", "2025-02-28", "2025-03-31"]) {
    await bill(date);
    starts.push((await periodOf(first))[0] as string);
  }
  assert.deepEqual(
    starts.map((instant) => instant.slice(0, 10)),
    ["2024-02-29", "2024-03-31", "2024-04-30", "2025-01-31", "2025-02-28", "2025-03-31"],
  );
  const found = (await api.get(`/v1/invoices?customer_id=${id}&limit=100`)).body.invoices;
  assert.equal(found.length, 15);
  const lines = found.toReversed().map(({ line_items }: { line_items: Record<string, string>[] }) => line_items[0]);
  for (const [index, line] of lines.entries())
    if (index > 0) assert.equal(line.period_start, lines[index - 1].period_end, "periods tile time");
});

test("periods begin at the customer's midnight on both sides of daylight saving, in Sydney, Kathmandu and São Paulo", async () => {
  const base = await plan({ fixed_fees: [usd("base", "30")] });
  const cases: [string, string, [string, string][]][] = [
    [
      "Australia/Sydney",
      "2024-03-01T12:00:00.000Z",
      [
        ["2024-02-29T13:00:00.000Z", "2024-03-31T13:00:00.000Z"],
        ["2024-03-31T13:00:00.000Z", "2024-04-30T14:00:00.000Z"],
      ],
    ],
    [
      "Asia/Kathmandu",
      "2024-03-01T12:00:00.000Z",
      [
        ["2024-02-29T18:15:00.000Z", "2024-03-31T18:15:00.000Z"],
        ["2024-03-31T18:15:00.000Z", "2024-04-30T18:15:00.000Z"],
      ],
    ],
    // Summer time began at midnight there: the 4th of November 2018 had no 00:00.
    [
      "America/Sao_Paulo",
      "2018-10-04T12:00:00.000Z",
      [
        ["2018-10-04T03:00:00.000Z", "2018-11-04T03:00:00.000Z"],
        ["2018-11-04T03:00:00.000Z", "2018-12-04T02:00:00.000Z"],
      ],
    ],
  ];
  for (const [timezone, start, periods] of cases) {
    on(start);
    const id = await customer({ timezone });
    const anchor = timezone === "America/Sao_Paulo" ? 4 : 1;
    const first = await subscribe(id, base, { billing_anchor_day: anchor });
    assert.deepEqual(await periodOf(first), periods[0]);
    await bill(periods[0]?.[1]);
    assert.deepEqual(await periodOf(first), periods[1]);
    assert.equal((await invoices(id)).length, 2, timezone);
    await update(first, { status: "canceled" });
  }
});

test("a year of monthly renewals with usage, recurring credits and every rollover", async () => {
  const calls = await meter();
  for (const code of ["gone", "kept", "some"]) {
    await api.post("/v1/pricing-units", { code, name: code });
    const conversion = { currency_code: "usd", amount_per_unit: "0.02", effective_from: "2024-01-01T00:00:00Z" };
    await api.post(`/v1/pricing-units/${code}/conversions`, conversion);
  }
  const grant = (code: string, rollover: object) => ({
    code,
    name: code,
    amount: "100",
    pricing_unit_code: code,
    rollover,
  });
  const year = await plan({
    fixed_fees: [usd("base", "10")],
    usage_prices: ["gone", "kept", "some"].map((code) => ({
      code,
      meter_code: calls,
      unit_amount: "1",
      pricing_unit_code: code,
    })),
    recurring_grants: [
      grant("gone", { type: "none" }),
      grant("kept", { type: "all" }),
      grant("some", { type: "capped", cap: "50" }),
    ],
    overdraft: [{ pricing_unit_code: "gone", policy: "block" }],
  });
  on("2025-01-01");
  const id = await customer();
  await subscribe(id, year);
  const balances = async () => Promise.all(["gone", "kept", "some"].map((code) => balance(id, code)));
  assert.deepEqual(await balances(), ["100", "100", "100"]);
  for (let month = 1; month <= 12; month++) {
    const day = (number: number) => `2025-${String(month).padStart(2, "0")}-${String(number).padStart(2, "0")}`;
    if (month > 1) await close(day(1));
    const expected =
      month === 1 ? ["100", "100", "100"] : ["100", String(100 + 40 * (month - 1)), String(month === 2 ? 140 : 150)];
    assert.deepEqual(await balances(), expected, day(1));
    on(`${day(10)}T12:00:00.000Z`);
    await use(id, calls, { count: 60 });
  }
  await close("2026-01-01");
  assert.equal((await invoices(id)).length, 13);
  // Whatever credits paid is shown on the invoice and not charged.
  assert.match((await invoices(id)).at(-1) as string, /^open 1000: base 1000, .* 0, .* 0, .* 0$/);
});

test("credits of the new month are there for its first event, before any job has run", async () => {
  const calls = await meter();
  const monthly = await plan({
    usage_prices: [perUnit(calls, "1")],
    recurring_grants: [{ code: "allowance", amount: "2", currency_code: "usd" }],
    overdraft: [{ currency_code: "usd", policy: "block" }],
  });
  on("2024-03-01");
  const id = await customer();
  await subscribe(id, monthly);
  assert.deepEqual(await use(id, calls, { count: 3 }), ["processed", "processed", "rejected"]);
  on("2024-04-01T00:00:01.000Z");
  assert.deepEqual(await use(id, calls, { count: 3 }), ["processed", "processed", "rejected"]);
  assert.equal(await balance(id), "0");
});

test("a plan that takes over prices the first event after it, before any job has run", async () => {
  const calls = await meter();
  const [cheap, dear] = [
    await plan({ usage_prices: [perUnit(calls, "1")] }),
    await plan({ usage_prices: [perUnit(calls, "5")] }),
  ];
  on("2024-03-01");
  const id = await customer();
  const first = await subscribe(id, cheap);
  await story.change(first, "change-plan", { target_plan_code: dear, change_mode: "end_of_period" });
  on("2024-04-01T00:00:01.000Z");
  await use(id, calls);
  await use(id, calls, { at: "2024-03-31T23:59:59.000Z" });
  // March's one is invoiced, with what came late for it.
  assert.equal(await balance(id), "-6");
  await close("2024-05-01");
  assert.deepEqual(await invoices(id), [`open 100: ${calls} 100`, `open 500: ${calls} 500`]);
});

test("a worker that was dead for 40 days makes the invoices that it would have made", async () => {
  const calls = await meter();
  const base = await plan({ fixed_fees: [usd("base", "10")], usage_prices: [perUnit(calls, "0.5")] });
  const lives: { id: string; isWatched: boolean }[] = [];
  for (const isWatched of [true, false]) {
    on("2024-07-10");
    const id = await customer();
    await subscribe(id, base, { billing_anchor_day: 10 });
    await use(id, calls, { count: 3 });
    if (isWatched) await liveThrough("2024-08-15");
    on("2024-08-15");
    await use(id, calls, { count: 2 });
    if (isWatched) await liveThrough("2024-09-19");
    lives.push({ id, isWatched });
    if (isWatched) await close("2024-09-19");
    else await close("2024-09-19");
  }
  const [watched, unwatched] = await Promise.all(lives.map(({ id }) => invoices(id)));
  assert.deepEqual(unwatched, watched);
  assert.deepEqual(watched, [
    "open 1000: base 1000",
    `open 1150: base 1000, ${calls} 150`,
    `open 1100: base 1000, ${calls} 100`,
  ]);
});

test("a start in the past is billed since then, and takes the usage of that time for the hours of grace", async () => {
  const calls = await meter();
  const base = await plan({ fixed_fees: [usd("base", "10")], usage_prices: [perUnit(calls, "1")] });
  on("2024-05-20");
  const id = await customer();
  const first = await subscribe(id, base, { start_date: "2024-03-01" });
  assert.deepEqual(await invoices(id), ["open 1000: base 1000", "draft 1000: base 1000", "draft 1000: base 1000"]);
  assert.deepEqual(await periodOf(first), ["2024-05-01T00:00:00.000Z", "2024-06-01T00:00:00.000Z"]);
  await use(id, calls, { at: "2024-03-15T00:00:00.000Z", count: 3 });
  await use(id, calls, { at: "2024-05-15T00:00:00.000Z", count: 1 });
  await bill("2024-05-20T01:00:00.000Z");
  assert.deepEqual((await invoices(id)).slice(1), [`open 1300: base 1000, ${calls} 300`, "open 1000: base 1000"]);
  await use(id, calls, { at: "2024-04-15T00:00:00.000Z", count: 2 });
  await close("2024-06-01");
  assert.equal((await invoices(id)).at(-1), `open 1300: base 1000, ${calls} 300`);
});

test("a year is paid in advance, its usage by the month, and a commitment at its end", async () => {
  const calls = await meter();
  const year = await plan({
    billing_interval: "year",
    usage_every: { interval: "month" },
    fixed_fees: [usd("licence", "1200")],
    usage_prices: [perUnit(calls, "1")],
    minimum_commitments: [{ code: "least", name: "Commitment", amount: "100", currency_code: "usd" }],
  });
  on("2024-01-01");
  const id = await customer();
  await subscribe(id, year);
  await use(id, calls, { count: 30 });
  await close("2024-02-01");
  await use(id, calls, { count: 20 });
  await close("2024-03-01");
  await close("2024-12-01");
  await close("2025-01-01");
  assert.deepEqual(await invoices(id), [
    "open 120000: licence 120000",
    `open 3000: ${calls} 3000`,
    `open 2000: ${calls} 2000`,
    "open 125000: licence 120000, Up to the minimum: Commitment 5000",
  ]);
});

test("weeks follow the start, quarters the anchor; a setup fee is owed once, and arrears as a period ends", async () => {
  const weekly = await plan({
    billing_interval: "week",
    fixed_fees: [usd("setup", "5", { recurrence: "once" }), usd("after", "7", { billing: "in_arrears" })],
  });
  const quarterly = await plan({ billing_interval: "quarter", fixed_fees: [usd("quarter", "90")] });
  on("2024-08-07");
  const id = await customer();
  const first = await subscribe(id, weekly);
  const second = await subscribe(id, quarterly, { billing_anchor_day: 7 });
  assert.deepEqual(await periodOf(first), ["2024-08-07T00:00:00.000Z", "2024-08-14T00:00:00.000Z"]);
  assert.deepEqual(await periodOf(second), ["2024-08-07T00:00:00.000Z", "2024-11-07T00:00:00.000Z"]);
  await bill("2024-08-21");
  assert.deepEqual(await invoices(id), [
    "open 500: setup 500",
    "open 9000: quarter 9000",
    "open 700: after 700",
    "open 700: after 700",
  ]);
});

test("pending owes nothing, and activated begins then", async () => {
  const base = await plan({ fixed_fees: [usd("base", "30")] });
  on("2024-09-01");
  const id = await customer();
  const first = await subscribe(id, base, { initial_status: "pending" });
  await bill("2024-09-16");
  assert.deepEqual(await invoices(id), []);
  await update(first, { status: "active" });
  assert.deepEqual(await invoices(id), ["open 1500: base 1500"]);
  assert.equal((await subscription(first)).start_date, "2024-09-16T00:00:00.000Z");
});

test("the books are right after all that", () => story.verify());
