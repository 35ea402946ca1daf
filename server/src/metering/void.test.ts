import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { sum, decimal } from "../../../core/decimal.ts";
import type { Aggregation, Meter, UsageEvent } from "../../../core/meter.ts";
import type { PlanDocument, UsagePrice } from "../../../core/plan.ts";
import { anyEvent, anyMeter, anyPrice, priceOf } from "../../../core/test/arbitraries.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { customerKeyOf } from "../customers/customers.ts";
import { sql } from "../platform/db.ts";
import { verifyWallets } from "../wallets/verify.ts";
import { startTestApp } from "../../test/harness.ts";
import { getEvent } from "./events.ts";
import { ingestEvents } from "./metering.ts";
import { voidEvent } from "./void.ts";

const { test: api, database, clock, tenantOf } = await startTestApp({ now: "2026-03-31T23:30:00.000Z" });

const tenant = await tenantOf("test");

/** One meter and one plan, whatever code they are asked for by: what core can price, the wire may not know yet. */
function catalogOf(meter: Meter, prices: UsagePrice[]): Catalog {
  const plan: PlanDocument = {
    billingInterval: "month",
    billingIntervalCount: 1,
    usagePrices: prices,
    fixedFees: [],
    overdraft: [],
  };
  return { metersFor: async () => [meter], metersByCode: async () => [meter], planVersion: async () => plan };
}

await api.post("/v1/plans", { code: "plan" });

/** A customer whose subscription began in March; `month` is its current period. */
async function subscribe(month: "03" | "04", grants: object[] = []): Promise<string> {
  const { customer } = (await api.post("/v1/customers", { name: "Customer" })).body;
  const answer = await api.post("/v1/subscriptions", {
    customer_id: customer.id,
    plan_code: "plan",
    start_date: "2026-03-01",
    initial_status: "active",
  });
  assert.equal(answer.status, 201, answer.text);
  if (month === "04") {
    await database.query(
      sql`update subscriptions set current_period_start = '2026-04-01', current_period_end = '2026-05-01',
              step_start = '2026-04-01', step_end = '2026-05-01' where customer_id = ${customer.id}`,
    );
  }
  for (const grant of grants) {
    const granted = await api.post(`/v1/customers/${customer.id}/credit-grants`, { name: "Credits", ...grant });
    assert.equal(granted.status, 201, granted.text);
  }
  return customer.id;
}

let keys = 0;

/** Records the events in one transaction, and returns their ids. */
async function record(catalog: Catalog, customerId: string, events: UsageEvent[]): Promise<string[]> {
  const outcomes = await database.transaction((tx) =>
    ingestEvents(
      tx,
      catalog,
      events.map(({ eventName, timestamp, properties }) => ({
        key: customerKeyOf(tenant.id, customerId),
        eventName,
        idempotencyKey: `key ${(keys += 1)}`,
        timestamp: new Date(timestamp),
        properties,
      })),
      clock.now(),
    ),
  );
  return outcomes.map((outcome) => {
    assert.ok(outcome.status === "processed", JSON.stringify(outcome));
    return outcome.usageId;
  });
}

const voidOne = (catalog: Catalog, id: string) =>
  database.transaction((tx) => voidEvent(tx, catalog, tenant, id, clock.now()));

/** All that the events of a customer have left in counters and wallets, without the ids that are the customer's own. */
async function stateOf(customerId: string) {
  return {
    counters: await database.query(
      sql`select price_code, period_start, window_start_ms, dimension, quantity + 0 as quantity, event_count, accrued + 0 as accrued, memory
          from counters where customer_id = ${customerId} and (event_count <> 0 or quantity <> 0 or memory is not null)
          order by price_code, period_start, window_start_ms, dimension`,
    ),
    values: await database.query(
      sql`select price_code, period_start, window_start_ms, dimension, value, quantity + 0 as quantity, at_ms, times
          from counter_values where customer_id = ${customerId}
          order by price_code, period_start, window_start_ms, dimension, value`,
    ),
    balances: (
      await database.query<{ balance: string }>(
        sql`select balance from wallets where customer_id = ${customerId} and balance <> 0`,
      )
    ).map(({ balance }) => decimal(balance).toString()),
  };
}

/** Mostly of March; some of a time before the subscription, which come late. */
const anyTimelyOrLateEvent = fc
  .tuple(anyEvent, fc.integer({ min: 0, max: 5 }))
  .map(([event, dice]) => (dice === 0 ? { ...event, timestamp: event.timestamp - 40 * 86_400_000 } : event));

const historyOf = (minLength: number, maxLength: number) =>
  fc.array(fc.record({ event: anyTimelyOrLateEvent, isVoided: fc.boolean(), isEarly: fc.boolean() }), {
    minLength,
    maxLength,
    size: "max",
  });

const grants = [
  { amount: "5", currency_code: "usd" },
  { amount: "10", currency_code: "usd", kind: "paid" },
];

const sumOf: Meter = {
  code: "meter",
  eventName: "use",
  aggregation: { type: "sum", property: "units" },
  window: null,
  filters: [],
};

type Case = {
  meter: Meter;
  price: UsagePrice;
  history: { event: UsageEvent; isVoided: boolean; isEarly: boolean }[];
  month: "03" | "04";
  hasGrants: boolean;
};

/** One customer sends all and voids some, now and then before the rest is sent; another never sends those. */
async function assertAsIfNeverSent({ meter, price, history, month, hasGrants }: Case): Promise<void> {
  const catalog = catalogOf(meter, [price, { ...price, code: "second" }]);
  const given = hasGrants ? grants : [];
  const [voiding, never] = [await subscribe(month, given), await subscribe(month, given)];
  const half = Math.ceil(history.length / 2);
  const eventsOf = (part: Case["history"]) => part.map(({ event }) => event);
  const ids = await record(catalog, voiding, eventsOf(history.slice(0, half)));
  for (const [index, id] of ids.entries()) {
    const { isVoided, isEarly } = history[index] as Case["history"][number];
    if (isVoided && isEarly) await voidOne(catalog, id);
  }
  ids.push(...(await record(catalog, voiding, eventsOf(history.slice(half)))));
  for (const [index, { isVoided }] of history.entries()) if (isVoided) await voidOne(catalog, ids[index] as string);

  await record(catalog, never, eventsOf(history.filter(({ isVoided }) => !isVoided)));
  assert.deepEqual(await stateOf(voiding), await stateOf(never));
}

test("events sent and voided leave counters, values and balance as if they had never been sent, for every aggregation and model", async () => {
  const anyCase = fc.record({
    meter: anyMeter,
    price: anyPrice,
    history: historyOf(1, 8),
    month: fc.constantFrom("03" as const, "03" as const, "04" as const),
    hasGrants: fc.boolean(),
  });
  await fc.assert(fc.asyncProperty(anyCase, assertAsIfNeverSent), { numRuns: 300 });
});

test("the same of long histories, for every aggregation that remembers values and for count and sum, one unit at one price", async () => {
  const measured = { property: "units" };
  const aggregations: Aggregation[] = [
    { type: "count" },
    { type: "sum", ...measured },
    { type: "max", ...measured },
    { type: "min", ...measured },
    { type: "latest", ...measured },
    { type: "unique_count", property: "user" },
  ];
  for (const aggregation of aggregations) {
    const law = fc.asyncProperty(historyOf(6, 12), (history) =>
      assertAsIfNeverSent({
        meter: { ...sumOf, aggregation },
        price: priceOf({ model: "per_unit", unitAmount: decimal("0.7") }),
        history,
        month: "03",
        hasGrants: false,
      }),
    );
    await fc.assert(law, { numRuns: 30 });
  }
});

test("the lines of an event's explanation add up to its cost, and so do the charges and the ledger", async () => {
  const law = fc.asyncProperty(anyMeter, anyPrice, historyOf(1, 8), async (meter, price, history) => {
    const catalog = catalogOf(meter, [price]);
    const customerId = await subscribe("03", grants);
    for (const id of await record(
      catalog,
      customerId,
      history.map(({ event }) => event),
    )) {
      const { charges, entries } = await getEvent(database, catalog, tenant, id);
      for (const { explanation, charge } of charges) {
        const lines = sum(explanation.lines.map(({ amount }) => amount));
        assert.equal(lines.toString(), charge.amount);
        assert.equal(explanation.amount.toString(), charge.amount);
      }
      const charged = sum(charges.map(({ charge }) => decimal(charge.amount)));
      assert.equal(
        sum(entries.map(({ amount }) => amount))
          .negated()
          .toString(),
        charged.toString(),
      );
    }
  });
  await fc.assert(law, { numRuns: 100 });
});

const use = (units: number | string): UsageEvent => ({
  eventName: "use",
  timestamp: Date.parse("2026-03-10T00:00:00Z"),
  properties: { units: String(units), user: 1, model: "large", isBatch: false, price: "1" },
});
const tiers = (first: string, rest: string): UsagePrice =>
  priceOf({
    model: "graduated",
    tiers: [
      { upTo: decimal("10"), unitAmount: decimal(first), flatAmount: decimal("0") },
      { upTo: null, unitAmount: decimal(rest), flatAmount: decimal("0") },
    ],
  });

const readGrants = async (customerId: string) =>
  (
    await database.query<{ kind: string; remaining: string; state: string }>(
      sql`select kind, remaining, state from credit_grants where customer_id = ${customerId} order by priority`,
    )
  ).map(({ kind, remaining, state }) => `${kind} ${remaining} ${state}`);

const readEntries = async (customerId: string) =>
  (
    await database.query<{ kind: string; amount: string; draws: { amount: string }[] }>(
      sql`select kind, amount, draws from ledger_entries where customer_id = ${customerId} and kind <> 'grant' order by seq`,
    )
  ).map(({ kind, amount, draws }) => `${kind} ${amount}: ${draws.map((draw) => draw.amount).join(", ")}`);

const promotional = (amount: string, rest: object = {}) => ({ amount, currency_code: "usd", priority: 0, ...rest });
const paid = (amount: string) => ({ amount, currency_code: "usd", kind: "paid", priority: 1 });

test("where the period costs less by just what the event cost, every grant gets back what it gave", async () => {
  const catalog = catalogOf(sumOf, [priceOf({ model: "per_unit", unitAmount: decimal("1") })]);
  const customerId = await subscribe("03", [promotional("5"), paid("10")]);
  const [first] = await record(catalog, customerId, [use(7), use(2)]);
  const { cost } = await voidOne(catalog, first as string);
  assert.deepEqual(
    cost.map(({ amount }) => amount.toString()),
    ["-7"],
  );
  assert.deepEqual(await readGrants(customerId), ["promotional 5 active", "paid 8 active"]);
  assert.deepEqual(await readEntries(customerId), ["usage -7: 5, 2", "usage -2: 2", "usage_reversal 7: -5, -2"]);
});

test("where others move into its tier only the difference is given back, from the grant drawn last", async () => {
  const catalog = catalogOf(sumOf, [tiers("2", "1")]);
  const customerId = await subscribe("03", [promotional("15"), paid("15")]);
  const [first] = await record(catalog, customerId, [use(10), use(8)]);
  const { cost } = await voidOne(catalog, first as string);
  // 10 units cost 20 and then 8 cost 8; 8 alone cost 16: 12 come back.
  assert.deepEqual(
    cost.map(({ amount }) => amount.toString()),
    ["-12"],
  );
  assert.deepEqual(await readEntries(customerId), ["usage -20: 15, 5", "usage -8: 8", "usage_reversal 12: -7, -5"]);
  assert.deepEqual(await readGrants(customerId), ["promotional 7 active", "paid 7 active"]);
});

test("where the others cost less without it more than its cost is given back, the rest as a credit of no grant", async () => {
  const catalog = catalogOf(sumOf, [tiers("1", "3")]);
  const customerId = await subscribe("03", [promotional("100")]);
  const [first] = await record(catalog, customerId, [use(10), use(4)]);
  await voidOne(catalog, first as string);
  assert.deepEqual(await readEntries(customerId), ["usage -10: 10", "usage -12: 12", "usage_reversal 18: -10"]);
  assert.deepEqual(await readGrants(customerId), ["promotional 88 active"]);
  assert.deepEqual((await stateOf(customerId)).balances, ["96"]);
});

test("where the period costs more without it the difference is charged", async () => {
  const volume: UsagePrice = priceOf({
    model: "volume",
    tiers: [
      { upTo: decimal("10"), unitAmount: decimal("2"), flatAmount: decimal("0") },
      { upTo: null, unitAmount: decimal("1"), flatAmount: decimal("0") },
    ],
  });
  const catalog = catalogOf(sumOf, [volume]);
  const customerId = await subscribe("03", [promotional("100")]);
  const [, second] = await record(catalog, customerId, [use(10), use(2)]);
  const { cost } = await voidOne(catalog, second as string);
  assert.deepEqual(
    cost.map(({ amount }) => amount.toString()),
    ["8"],
  );
  assert.deepEqual((await stateOf(customerId)).balances, ["80"]);
});

test("a grant that has expired meanwhile gives up at once what it gets back", async () => {
  const catalog = catalogOf(sumOf, [priceOf({ model: "per_unit", unitAmount: decimal("1") })]);
  const expires_at = new Date(clock.now().getTime() + 60_000).toISOString();
  const customerId = await subscribe("03", [promotional("5", { expires_at }), paid("10")]);
  const [first] = await record(catalog, customerId, [use(7)]);
  clock.advance(120_000);
  const { balances } = await voidOne(catalog, first as string);
  assert.deepEqual(
    balances.map(({ balance }) => balance.toString()),
    ["10"],
  );
  assert.deepEqual(await readEntries(customerId), ["usage -7: 5, 2", "usage_reversal 7: -5, -2", "expiry -5: 5"]);
  assert.deepEqual(await readGrants(customerId), ["promotional 0 expired", "paid 10 active"]);
});

test("two that void an event at the same time void it once", async () => {
  const catalog = catalogOf(sumOf, [priceOf({ model: "per_unit", unitAmount: decimal("1") })]);
  const customerId = await subscribe("03");
  const [first] = await record(catalog, customerId, [use(7)]);
  const answers = await Promise.all([1, 2, 3, 4].map(() => voidOne(catalog, first as string)));
  assert.deepEqual(
    answers.map(({ cost }) => cost.map(({ amount }) => amount.toString())),
    [["-7"], ["-7"], ["-7"], ["-7"]],
  );
  assert.deepEqual(await readEntries(customerId), ["usage -7: ", "usage_reversal 7: "]);
});

test("the place of a voiding lies behind the events that were recorded before it", async () => {
  const catalog = catalogOf(sumOf, [priceOf({ model: "per_unit", unitAmount: decimal("1") })]);
  const customerId = await subscribe("03");
  const [first] = await record(catalog, customerId, [use(1), use(2)]);
  await voidOne(catalog, first as string);
  await record(catalog, customerId, [use(3)]);
  const places = await database.query<{ position: number; voided_position: number | null }>(
    sql`select position, voided_position from events where customer_id = ${customerId} order by position`,
  );
  const [one, two, three] = places;
  assert.ok(one && two && three && one.voided_position !== null);
  assert.ok(two.position < one.voided_position && one.voided_position < three.position);
});

test("every wallet still agrees with its ledger", async () => {
  assert.deepEqual((await verifyWallets(database)).problems, []);
});
