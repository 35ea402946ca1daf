import assert from "node:assert/strict";
import { test } from "node:test";
import { sum, decimal } from "../../../core/decimal.ts";
import { verifyWallets } from "../wallets/verify.ts";
import { startTestApp, type Api } from "../../test/harness.ts";

const { test: api, live, database, clock } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });

let counter = 0;
const unique = (prefix: string) => `${prefix}_${(counter += 1)}`;

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function created(path: string, body: unknown, by: Api = api): Promise<any> {
  const answer = await by.post(path, body);
  assert.equal(answer.status, 201, `${path}: ${answer.text}`);
  return answer.body;
}

await created("/v1/pricing-units", { code: "token" });

/** A customer on a plan that charges 0.5 usd per call and 2 tokens per unit of `tokens`. */
async function subscribe() {
  const event = unique("call");
  const calls = unique("calls");
  const tokens = unique("tokens");
  await created("/v1/meters", { code: calls, event_name: event, aggregation: { type: "count" } });
  await created("/v1/meters", {
    code: tokens,
    event_name: event,
    aggregation: { type: "sum", property: "tokens" },
    filters: [{ property: "tokens", operator: "exists" }],
  });
  const plan = unique("plan");
  await created("/v1/plans", {
    code: plan,
    name: "Plan",
    usage_prices: [
      { meter_code: calls, model: "per_unit", unit_amount: "0.5", currency_code: "usd" },
      { meter_code: tokens, model: "per_unit", unit_amount: "2", pricing_unit_code: "token" },
    ],
  });
  const { customer } = await created("/v1/customers", { name: unique("Customer") });
  const { subscription } = await created("/v1/subscriptions", {
    customer_id: customer.id,
    plan_code: plan,
    initial_status: "active",
  });
  return { customerId: customer.id as string, subscriptionId: subscription.id as string, event, calls, tokens, plan };
}

async function send(customer_id: string, event_name: string, fields: object = {}): Promise<string> {
  const answer = await api.post("/v1/events/ingest", {
    event_name,
    customer_id,
    idempotency_key: unique("key"),
    timestamp: clock.now().toISOString(),
    ...fields,
  });
  assert.equal(answer.body.status, "processed", answer.text);
  return answer.body.usage_id;
}

const balances = async (customerId: string) =>
  (await api.get(`/v1/customers/${customerId}/balances`)).body.balances.map(
    ({ balance }: { balance: string }) => balance,
  );

const idsOf = (answer: { body: { events: { id: string }[] } }) => answer.body.events.map(({ id }) => id);

test("an event is shown as it was sent, with what it cost and why", async () => {
  const { customerId, subscriptionId, event, calls, tokens, plan } = await subscribe();
  const { credit_grant: grant } = await created(`/v1/customers/${customerId}/credit-grants`, {
    name: "Credits",
    amount: "5",
    pricing_unit_code: "token",
  });
  const first = await send(customerId, event);
  const id = await send(customerId, event, {
    idempotency_key: "shown",
    timestamp: "2026-03-10T11:00:00.5Z",
    properties: { tokens: 4, model: "a" },
  });
  const answer = await api.get(`/v1/events/${id}`);
  assert.equal(answer.status, 200, answer.text);
  const { explanation, ...shown } = answer.body.event;
  assert.deepEqual(shown, {
    id,
    customer_id: customerId,
    event_name: event,
    idempotency_key: "shown",
    timestamp: "2026-03-10T11:00:00.500Z",
    properties: { tokens: 4, model: "a" },
    cost: [
      { amount: "0.5", account_type: "currency", currency_code: "usd" },
      { amount: "8", account_type: "pricing_unit", pricing_unit_code: "token" },
    ],
    recorded_at: "2026-03-10T12:00:00.000Z",
    voided_at: null,
  });
  const common = {
    model: "per_unit",
    plan_code: plan,
    plan_version: 1,
    subscription_id: subscriptionId,
    period_start: "2026-03-10T00:00:00.000Z",
    period_end: "2026-04-01T00:00:00.000Z",
    is_late: false,
    dimension: {},
    rounding: null,
  };
  const line = { kind: "units", tier: null, from: null, up_to: null };
  assert.deepEqual(explanation.charges, [
    {
      ...common,
      price_code: calls,
      meter_code: calls,
      quantity: "1",
      counter_before: { quantity: "1", event_count: 1, accrued: "0" },
      counter_after: { quantity: "2", event_count: 2, accrued: "0" },
      lines: [{ ...line, quantity: "1", unit_amount: "0.5", amount: "0.5" }],
      amount: "0.5",
      account_type: "currency",
      currency_code: "usd",
      pricing_unit_code: null,
    },
    {
      ...common,
      price_code: tokens,
      meter_code: tokens,
      quantity: "4",
      counter_before: { quantity: "0", event_count: 0, accrued: "0" },
      counter_after: { quantity: "4", event_count: 1, accrued: "0" },
      lines: [{ ...line, quantity: "4", unit_amount: "2", amount: "8" }],
      amount: "8",
      account_type: "pricing_unit",
      currency_code: null,
      pricing_unit_code: "token",
    },
  ]);
  assert.deepEqual(
    explanation.ledger_entries.map((entry: Record<string, unknown>) => [
      entry.account_type,
      entry.seq,
      entry.kind,
      entry.amount,
      entry.cause_id,
      entry.draws,
    ]),
    [
      ["currency", 2, "usage", "-0.5", id, []],
      ["pricing_unit", 2, "usage", "-8", id, [{ credit_grant_id: grant.id, amount: "5" }]],
    ],
  );
  assert.equal((await api.get(`/v1/events/${first}`)).body.event.explanation.charges.length, 1);
});

test("every number of the properties comes back with the value that was sent, as a number", async () => {
  const { customerId } = await subscribe();
  const numbers = '{"a":12345678901234567890.123456789,"b":0.1,"c":[1e-7,{"d":-9007199254740993}],"e":"7","f":10}';
  const body = `{"event_name":"numbers","customer_id":"${customerId}","idempotency_key":"n","timestamp":"2026-03-10T12:00:00Z","properties":${numbers}}`;
  const id = (await api.post("/v1/events/ingest", body)).body.usage_id;
  for (const path of [`/v1/events/${id}`, `/v1/events?customer_id=${customerId}`]) {
    const { text } = await api.get(path);
    assert.match(text, /"a":12345678901234567890\.123456789[,}]/);
    assert.match(text, /"b":0\.1[,}]/);
    assert.match(text, /"c":\[(?:1e-7|0\.0000001),\{"d":-9007199254740993\}\]/);
    assert.match(text, /"e":"7"/);
    assert.match(text, /"f":10[,}]/);
  }
});

test("an event that nothing prices is explained by nothing", async () => {
  const { customerId } = await subscribe();
  const { event } = (await api.get(`/v1/events/${await send(customerId, "unpriced")}`)).body;
  assert.deepEqual([event.cost, event.explanation], [[], { charges: [], ledger_entries: [] }]);
});

test("events are listed newest first, page by page, and stay in place while others come", async () => {
  const { customerId, event } = await subscribe();
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) {
    clock.advance(10);
    ids.unshift(await send(customerId, event));
  }
  const own = `/v1/events?customer_id=${customerId}`;
  const first = await api.get(`${own}&limit=2`);
  assert.deepEqual(idsOf(first), ids.slice(0, 2));
  clock.advance(10);
  await send(customerId, event);
  const second = await api.get(`${own}&limit=2&cursor=${first.body.pagination.next_cursor}`);
  assert.deepEqual(idsOf(second), ids.slice(2, 4));
  const third = await api.get(`${own}&limit=2&cursor=${second.body.pagination.next_cursor}`);
  assert.deepEqual(idsOf(third), ids.slice(4));
  assert.deepEqual(third.body.pagination, { has_more: false, next_cursor: null });
  assert.deepEqual(idsOf(await api.get(`/v1/events?event_name=${event}&limit=100`)).slice(1), ids);
});

test("a list is of one customer, one name, or one time, from inclusive and to exclusive", async () => {
  const [one, other] = [await subscribe(), await subscribe()];
  const name = unique("listed");
  const at = (timestamp: string) => ({ timestamp });
  const march1 = await send(one.customerId, name, at("2026-03-01T00:00:00Z"));
  const march9 = await send(one.customerId, name, at("2026-03-09T00:00:00Z"));
  const now = await send(one.customerId, name, at(clock.now().toISOString()));
  const ahead = await send(one.customerId, name, at(new Date(clock.now().getTime() + 3_600_000).toISOString()));
  const others = await send(other.customerId, name, at("2026-03-09T00:00:00Z"));
  await send(one.customerId, one.event, at("2026-03-09T00:00:00Z"));
  const cases: [string, string[]][] = [
    [`event_name=${name}`, [others, ahead, now, march9, march1]],
    [`event_name=${name}&customer_id=${one.customerId}`, [ahead, now, march9, march1]],
    [`event_name=${name}&customer_id=${other.customerId}`, [others]],
    [`event_name=${name}&from=2026-03-09T00:00:00Z`, [others, ahead, now, march9]],
    [`event_name=${name}&to=2026-03-09T00:00:00Z`, [march1]],
    [`event_name=${name}&from=2026-03-09T00:00:00Z&to=2026-03-10T00:00:00Z`, [others, march9]],
    [`event_name=${name}&from=${new Date(clock.now().getTime() + 3_600_000).toISOString()}`, [ahead]],
    [`event_name=${name}&from=0001-01-01T00:00:00Z`, [others, ahead, now, march9, march1]],
    [`event_name=${name}&from=9999-12-31T00:00:00Z`, []],
    [`customer_id=c${"0".repeat(24)}`, []],
  ];
  for (const [query, expected] of cases) assert.deepEqual(idsOf(await api.get(`/v1/events?${query}`)), expected, query);
  for (const query of ["limit=0", "cursor=nonsense", "from=yesterday", "customer_id=nonsense", "event_name="]) {
    const { status, body } = await api.get(`/v1/events?${query}`);
    assert.deepEqual([status, body.error?.code], [400, "VALIDATION_ERROR"], query);
  }
});

test("an event that is not there is not found, to read or to void", async () => {
  const { customerId, event } = await subscribe();
  const id = await send(customerId, event);
  for (const [by, unknown] of [
    [api, `c${"0".repeat(24)}`],
    [api, "nonsense"],
    [live, id],
  ] as const) {
    for (const answer of [await by.get(`/v1/events/${unknown}`), await by.post(`/v1/events/${unknown}/void`)])
      assert.deepEqual([answer.status, answer.body.error.code], [404, "EVENT_NOT_FOUND"]);
  }
});

test("a voided event gives back its cost, stays in the list, and is explained with what gave it back", async () => {
  const { customerId, event } = await subscribe();
  await created(`/v1/customers/${customerId}/credit-grants`, { name: "Credits", amount: "9", currency_code: "usd" });
  const kept = await send(customerId, event, { properties: { tokens: 1 } });
  const id = await send(customerId, event, { properties: { tokens: 4 } });
  clock.advance(1_000);
  const answer = await api.post(`/v1/events/${id}/void`);
  assert.equal(answer.status, 200, answer.text);
  const { success, cost, customer_balances } = answer.body;
  assert.deepEqual(
    { success, cost, customer_balances },
    {
      success: true,
      cost: [
        { amount: "-0.5", account_type: "currency", currency_code: "usd" },
        { amount: "-8", account_type: "pricing_unit", pricing_unit_code: "token" },
      ],
      customer_balances: [
        { balance: "8.5", account_type: "currency", currency_code: "usd" },
        { balance: "-2", account_type: "pricing_unit", pricing_unit_code: "token" },
      ],
    },
  );
  assert.equal(answer.body.event.voided_at, clock.now().toISOString());
  const { explanation, ...shown } = (await api.get(`/v1/events/${id}`)).body.event;
  assert.deepEqual(shown, answer.body.event);
  assert.equal(shown.cost[0].amount, "0.5", "what it cost when it was recorded");
  const entries: { amount: string; kind: string; cause_id: string }[] = explanation.ledger_entries;
  assert.deepEqual(
    entries.map(({ kind, cause_id }) => [kind, cause_id]),
    ["usage", "usage_reversal", "usage", "usage_reversal"].map((kind) => [kind, id]),
  );
  assert.equal(sum(entries.map(({ amount }) => decimal(amount))).toString(), "0");
  assert.deepEqual(idsOf(await api.get(`/v1/events?customer_id=${customerId}`)), [id, kept]);
});

test("voiding again changes nothing and answers the same, with today's balances", async () => {
  const { customerId, event } = await subscribe();
  const id = await send(customerId, event);
  const first = await api.post(`/v1/events/${id}/void`);
  clock.advance(1_000);
  await created(`/v1/customers/${customerId}/credit-grants`, { name: "Credits", amount: "3", currency_code: "usd" });
  const again = await api.post(`/v1/events/${id}/void`);
  assert.equal(again.status, 200, again.text);
  assert.deepEqual([again.body.event, again.body.cost], [first.body.event, first.body.cost]);
  assert.equal(again.body.customer_balances[0].balance, "3");
  const { entries } = (await api.get(`/v1/customers/${customerId}/ledger`)).body;
  assert.equal(entries.filter(({ kind }: { kind: string }) => kind === "usage_reversal").length, 1);
});

test("a repeat with the same Idempotency-Key gets the first answer", async () => {
  const { customerId, event } = await subscribe();
  const id = await send(customerId, event);
  const headers = { "idempotency-key": unique("void") };
  const first = await api.post(`/v1/events/${id}/void`, undefined, headers);
  const again = await api.post(`/v1/events/${id}/void`, undefined, headers);
  assert.equal(again.text, first.text);
  assert.equal(again.headers["idempotency-replayed"], "true");
});

test("a voided event keeps its key: a repeat is a duplicate, and a correction needs another", async () => {
  const { customerId, event } = await subscribe();
  const body = {
    event_name: event,
    customer_id: customerId,
    idempotency_key: unique("key"),
    timestamp: clock.now().toISOString(),
    properties: { tokens: 100 },
  };
  const id = (await api.post("/v1/events/ingest", body)).body.usage_id;
  await api.post(`/v1/events/${id}/void`);
  const repeat = await api.post("/v1/events/ingest", body);
  assert.deepEqual([repeat.body.status, repeat.body.usage_id], ["duplicate", id]);
  assert.deepEqual(await balances(customerId), ["0", "0"]);
  const changed = await api.post("/v1/events/ingest", { ...body, properties: { tokens: 10 } });
  assert.equal(changed.body.error.code, "IDEMPOTENCY_KEY_REUSED");
  await send(customerId, event, { properties: { tokens: 10 } });
  assert.deepEqual(await balances(customerId), ["-0.5", "-20"]);
});

test("an event is voided by the prices that it was charged by, whatever the catalog has become", async () => {
  const { customerId, subscriptionId, event, calls, plan } = await subscribe();
  const id = await send(customerId, event);
  const dearer = { usage_prices: [{ meter_code: calls, code: calls, unit_amount: "70", currency_code: "usd" }] };
  await created(`/v1/plans/${plan}/versions`, dearer);
  // A meter that the event would match now, and one it matched that is archived.
  await created("/v1/plans/" + plan + "/versions", { usage_prices: [] });
  await api.patch(`/v1/subscriptions/${subscriptionId}`, { status: "canceled" });
  assert.equal((await api.patch(`/v1/meters/${calls}`, { archived: true })).status, 200);
  await created("/v1/meters", {
    code: unique("late"),
    event_name: event,
    aggregation: { type: "sum", property: "absent" },
  });
  const answer = await api.post(`/v1/events/${id}/void`);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.body.cost[0].amount, "-0.5");
  // The end of the subscription has invoiced it, and the draft takes it off again as it closes.
  assert.deepEqual(await balances(customerId), ["0.5"]);
  const { charges } = (await api.get(`/v1/events/${id}`)).body.event.explanation;
  assert.deepEqual([charges[0].plan_version, charges[0].lines[0].unit_amount], [1, "0.5"]);
});

test("a late event is voided in the period that it counted in", async () => {
  const { customerId, event } = await subscribe();
  const late = await send(customerId, event, { timestamp: "2025-01-01T00:00:00Z" });
  const { charges } = (await api.get(`/v1/events/${late}`)).body.event.explanation;
  assert.deepEqual([charges[0].is_late, charges[0].period_start], [true, "2026-03-10T00:00:00.000Z"]);
  await api.post(`/v1/events/${late}/void`);
  assert.deepEqual(await balances(customerId), ["0"]);
  const next = await send(customerId, event);
  const { counter_before } = (await api.get(`/v1/events/${next}`)).body.event.explanation.charges[0];
  assert.deepEqual(counter_before, { quantity: "0", event_count: 0, accrued: "0" });
});

test("every wallet still agrees with its ledger", async () => {
  assert.deepEqual((await verifyWallets(database)).problems, []);
});
