import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Database } from "../../src/platform/db.ts";
import { sql } from "../../src/platform/db.ts";
import { billDue } from "../../src/renewals/renewals.ts";
import { openTestApp } from "../harness.ts";
import { perUnit, startStory, usd } from "./story.ts";

const story = await startStory();
const { api, on, bill, close, meter, plan, customer, subscribe, use, invoices, clock, database, catalog } = story;

const calls = await meter();
const users = await meter({ type: "unique_count", property: "user" });
const plans = [
  await plan({
    trial_days: 5,
    fixed_fees: [usd("seat", "7.77", { per: "seat" }), usd("setup", "3", { recurrence: "once" })],
    usage_prices: [
      perUnit(calls, "0.013", { included_units: "2", minimum_amount: "1" }),
      {
        code: "tiers",
        meter_code: users,
        model: "volume",
        tiers: [
          { up_to: "3", unit_amount: "2" },
          { up_to: null, unit_amount: "1.1" },
        ],
        currency_code: "usd",
      },
    ],
    recurring_grants: [
      { code: "gift", amount: "1.5", currency_code: "usd", per: "seat", rollover: { type: "capped", cap: "2" } },
    ],
  }),
  await plan({
    billing_interval: "week",
    fixed_fees: [usd("late", "10", { billing: "in_arrears" })],
    usage_prices: [perUnit(calls, "1")],
    minimum_commitments: [{ code: "least", amount: "12", currency_code: "usd", counts: "usage_and_fees" }],
  }),
  await plan({
    billing_interval: "year",
    usage_every: { interval: "month" },
    fixed_fees: [usd("year", "365")],
    usage_prices: [perUnit(users, "0.5")],
    invoice_grace_hours: 0,
  }),
];

type Step =
  | { type: "wait"; hours: number }
  | { type: "bill" }
  | { type: "use"; meter: string; count: number; user: number; hoursAgo: number }
  | { type: "void" }
  | { type: "grant"; amount: string; days: number | null }
  | { type: "subscribe"; plan: number; quantity: number; daysAgo: number }
  | { type: "change"; verb: string; body: object }
  | { type: "update"; body: object };

const timing = fc.constantFrom("now", "end_of_period");
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 24 * 45 }) }),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ type: "bill" }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("use" as const),
      meter: fc.constantFrom(calls, users),
      count: fc.integer({ min: 1, max: 4 }),
      user: fc.integer({ min: 1, max: 5 }),
      hoursAgo: fc.integer({ min: 0, max: 24 * 40 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ type: "void" }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("grant" as const),
      amount: fc.constantFrom("3", "0.333", "100"),
      days: fc.option(fc.integer({ min: 1, max: 60 })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("subscribe" as const),
      plan: fc.integer({ min: 0, max: 2 }),
      quantity: fc.integer({ min: 0, max: 4 }),
      daysAgo: fc.constantFrom(0, 0, 0, 70),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("change" as const),
      verb: fc.constantFrom("pause", "resume"),
      body: fc.constant({}),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("change" as const),
      verb: fc.constant("cancel"),
      body: fc.record({ cancel_mode: timing }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("change" as const),
      verb: fc.constant("change-plan"),
      body: fc.record({ change_mode: timing, target_plan_code: fc.constantFrom(...plans) }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("update" as const),
      body: fc.oneof(
        fc.record({ quantity: fc.integer({ min: 0, max: 6 }) }),
        fc.record({ billing_anchor_day: fc.integer({ min: 1, max: 31 }) }),
        fc.constant({ cancel_at: null }),
        fc.constant({ status: "active" }),
      ),
    }),
  },
);

/** One step of a life. Refusals by rule are part of it; a 500 never is. */
async function take(id: string, each: Step): Promise<void> {
  const own = async () =>
    (await api.get(`/v1/subscriptions?customer_id=${id}`)).body.subscriptions[0]?.id as string | undefined;
  const hour = 3_600_000;
  switch (each.type) {
    case "wait":
      clock.advance(each.hours * hour);
      return;
    case "bill":
      return bill();
    case "use":
      await use(id, each.meter, {
        count: each.count,
        at: new Date(clock.now().getTime() - each.hoursAgo * hour).toISOString(),
        properties: { user: each.user },
      });
      return;
    case "void": {
      const [event] = (await api.get(`/v1/events?customer_id=${id}`)).body.events;
      if (event !== undefined) assert.ok((await api.post(`/v1/events/${event.id}/void`)).status < 500);
      return;
    }
    case "grant": {
      const expires_at =
        each.days === null ? null : new Date(clock.now().getTime() + each.days * 24 * hour).toISOString();
      const grant = { name: "Gift", amount: each.amount, currency_code: "usd", expires_at };
      assert.equal((await api.post(`/v1/customers/${id}/credit-grants`, grant)).status, 201);
      return;
    }
    case "subscribe": {
      const start_date = new Date(clock.now().getTime() - each.daysAgo * 24 * hour).toISOString();
      const fields = {
        customer_id: id,
        plan_code: plans[each.plan],
        quantity: each.quantity,
        initial_status: "active",
        start_date,
      };
      const answer = await api.post("/v1/subscriptions", fields);
      assert.ok([201, 409].includes(answer.status), answer.text);
      return;
    }
    case "change": {
      const subscription = await own();
      if (subscription === undefined) return;
      const answer = await api.post(`/v1/subscriptions/${subscription}/${each.verb}`, each.body);
      assert.ok(answer.status < 500, answer.text);
      return;
    }
    case "update": {
      const subscription = await own();
      if (subscription === undefined) return;
      const answer = await api.patch(`/v1/subscriptions/${subscription}`, each.body);
      assert.ok(answer.status < 500, answer.text);
      return;
    }
    default:
      each satisfies never;
  }
}

type Line = { amount_cents: number };

test("law: whatever is done and whenever, the books agree, invoices are the sum of their lines, and billing again changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (life) => {
      on("2024-01-17T09:30:00.000Z");
      const id = await customer({ timezone: "Europe/Berlin" });
      for (const each of life) await take(id, each);
      await bill();
      const found = (await api.get(`/v1/invoices?customer_id=${id}&limit=100`)).body.invoices;
      for (const { subtotal_cents, total_cents, line_items } of found) {
        const cents = line_items.reduce((sum: number, line: Line) => sum + line.amount_cents, 0);
        assert.deepEqual([subtotal_cents, total_cents], [cents, cents]);
      }
      const before = await invoices(id);
      await bill();
      assert.deepEqual(await invoices(id), before);
      await story.verify(id);
      // Nothing of this life is due in the next.
      for (const each of (await api.get(`/v1/subscriptions?customer_id=${id}`)).body.subscriptions)
        await api.post(`/v1/subscriptions/${each.id}/cancel`, { cancel_mode: "now" });
    }),
    { numRuns: 25 },
  );
});

test("two processes that bill at once bill each period once", async () => {
  on("2025-01-01");
  const ids = await Promise.all(Array.from({ length: 12 }, () => customer()));
  for (const id of ids) await subscribe(id, plans[1] as string);
  on("2025-02-06");
  const other = openTestApp(story.connectionString, clock);
  const runs = await Promise.all(
    [database, other.database, database, other.database].map((each) => billDue(each, catalog, clock.now())),
  );
  assert.deepEqual(
    runs.flatMap(({ failures }) => failures),
    [],
  );
  await bill();
  for (const id of ids) assert.equal((await invoices(id)).length, 5, "five weeks have ended");
  const [twice] = await database.query<{ count: number }>(
    sql`select count(*) as count from (
          select 1 from billings group by customer_id, subscription_id, billed_at, cause having count(*) > 1
        ) as doubled`,
  );
  assert.equal(twice?.count, 0);
});

test("what a renewal reads and writes does not grow with the number of events", async () => {
  const counted = async (events: number) => {
    on("2025-06-01");
    const id = await customer();
    const first = await subscribe(id, plans[1] as string);
    await use(id, calls, { count: events });
    // Nobody else is due with it.
    await close("2025-06-07");
    on("2025-06-08");
    const counts = { statements: 0, rows: 0 };
    const { failures } = await billDue(counting(database, counts), catalog, clock.now());
    assert.deepEqual(failures, []);
    await api.post(`/v1/subscriptions/${first}/cancel`, { cancel_mode: "now" });
    await close("2025-06-09");
    return counts;
  };
  const few = await counted(1);
  const many = await counted(500);
  assert.ok(few.statements > 0);
  assert.deepEqual(many, few);
});

/** The database, with what goes through it counted. */
function counting(counted: Database, counts: { statements: number; rows: number }): Database {
  const count = async <Rows extends unknown[]>(answer: Promise<Rows>): Promise<Rows> => {
    const rows = await answer;
    counts.statements += 1;
    counts.rows += rows.length;
    return rows;
  };
  return {
    ...counted,
    query: (statement) => count(counted.query(statement)),
    transaction: (work, limits) =>
      counted.transaction(
        (tx) =>
          work({
            ...tx,
            query: (statement) => count(tx.query(statement)),
            send: (statement) => {
              counts.statements += 1;
              tx.send(statement);
            },
          }),
        limits,
      ),
  };
}
