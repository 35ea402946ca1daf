import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { openTestApp, startTestApp } from "../../test/harness.ts";
import { sql } from "../platform/db.ts";
import { settleDueWallets, type HoldRow } from "../wallets/wallets.ts";
import { verifyWallets } from "../wallets/verify.ts";

const { test: api, database, clock, connectionString } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });
let names = 0;

await api.post("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "sum", property: "units" } });
for (const policy of ["block", "allow"])
  await api.post("/v1/plans", {
    code: policy,
    usage_prices: [{ meter_code: "calls", unit_amount: "1", currency_code: "usd" }],
    overdraft: [{ currency_code: "usd", policy }],
  });

async function customer(credits: string, policy = "block"): Promise<string> {
  const { id } = (await api.post("/v1/customers", { name: "Acme" })).body.customer;
  await api.post("/v1/subscriptions", { customer_id: id, plan_code: policy, initial_status: "active" });
  if (credits !== "0")
    await api.post(`/v1/customers/${id}/credit-grants`, { name: "Paid", amount: credits, currency_code: "usd" });
  return id;
}

const event = (customer_id: string, units: string) => ({
  event_name: "call",
  idempotency_key: `key ${(names += 1)}`,
  customer_id,
  timestamp: clock.now().toISOString(),
  properties: { units },
});
const hold = (id: string, body: object) => api.post(`/v1/customers/${id}/holds`, body);
const held = async (id: string, amount: string, more: object = {}): Promise<string> => {
  const answer = await hold(id, { amount, currency_code: "usd", ...more });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.hold.id;
};
const use = async (id: string, units: string) => (await api.post("/v1/events/ingest", event(id, units))).body.status;
const capture = (id: string, holdId: string, units: string[], more: object = {}) =>
  api.post(`/v1/customers/${id}/holds/${holdId}/capture`, { events: units.map((each) => event(id, each)), ...more });
const balance = async (id: string) => (await api.get(`/v1/customers/${id}/balances`)).body.balances[0]?.balance ?? "0";
const get = async (id: string, holdId: string) => (await api.get(`/v1/customers/${id}/holds/${holdId}`)).body.hold;

test("a hold moves no balance, and keeps what it reserves from events and from other holds", async () => {
  const id = await customer("10");
  const first = await hold(id, { amount: "6", currency_code: "usd", metadata: { job: "1" } });
  assert.equal(first.status, 201, first.text);
  const { id: holdId, created_at, updated_at, ...rest } = first.body.hold;
  assert.deepEqual(rest, {
    customer_id: id,
    account_type: "currency",
    currency_code: "usd",
    pricing_unit_code: null,
    status: "open",
    amount: "6",
    remaining: "6",
    captured: "0",
    expires_at: "2026-03-10T13:00:00.000Z",
    metadata: { job: "1" },
  });
  assert.deepEqual([created_at, updated_at], ["2026-03-10T12:00:00.000Z", "2026-03-10T12:00:00.000Z"]);
  assert.equal(await balance(id), "10");
  const tooLarge = await hold(id, { amount: "4.01", currency_code: "usd" });
  assert.deepEqual([tooLarge.status, tooLarge.body.error.code], [409, "HOLD_TOO_LARGE"]);
  assert.equal(await use(id, "4.01"), "rejected");
  const [estimate] = (await api.post("/v1/events/estimate", event(id, "4.01"))).body.results ?? [
    (await api.post("/v1/events/estimate", event(id, "4.01"))).body,
  ];
  assert.equal(estimate.status, "rejected");
  assert.equal(await use(id, "4"), "processed");
  assert.equal((await api.post(`/v1/customers/${id}/holds/${holdId}/release`)).body.hold.status, "released");
  assert.equal((await api.post(`/v1/customers/${id}/holds/${holdId}/release`)).status, 200);
  assert.equal(await use(id, "6"), "processed");
});

test("a capture records the real events and gives up the rest, or keeps it", async () => {
  const id = await customer("10");
  const holdId = await held(id, "6");
  const kept = await capture(id, holdId, ["1", "1.5"], { keep_rest: true });
  assert.equal(kept.status, 200, kept.text);
  assert.deepEqual(
    [kept.body.hold.status, kept.body.hold.remaining, kept.body.hold.captured, kept.body.results.length],
    ["open", "3.5", "2.5", 2],
  );
  assert.equal(kept.body.results[1].cost[0].amount, "1.5");
  assert.equal(await balance(id), "7.5");
  assert.equal(await use(id, "4.5"), "rejected");
  const last = await capture(id, holdId, ["2"]);
  assert.deepEqual(
    [last.body.hold.status, last.body.hold.remaining, last.body.hold.captured],
    ["captured", "0", "4.5"],
  );
  assert.equal(await use(id, "5.5"), "processed");
  const ended = await capture(id, holdId, ["1"]);
  assert.deepEqual([ended.status, ended.body.error.code], [409, "HOLD_ENDED"]);
});

test("what was held is promised, even if credits have expired since; beyond it, it must be available", async () => {
  const id = await customer("0");
  const expires_at = "2026-03-10T12:30:00.000Z";
  await api.post(`/v1/customers/${id}/credit-grants`, {
    name: "Short",
    amount: "10",
    currency_code: "usd",
    expires_at,
  });
  const [first, second] = [await held(id, "4"), await held(id, "3")];
  clock.set("2026-03-10T12:45:00.000Z");
  assert.equal(await use(id, "1"), "rejected");
  assert.equal((await capture(id, first, ["4"])).status, 200);
  assert.equal(await balance(id), "-4");
  const beyond = await capture(id, second, ["1", "3"]);
  assert.deepEqual([beyond.status, beyond.body.error.code], [409, "CAPTURE_REFUSED"]);
  assert.deepEqual(
    beyond.body.error.details.map(({ path, code }: Record<string, string>) => [path, code]),
    [["events.1", "INSUFFICIENT_BALANCE"]],
  );
  assert.equal(await balance(id), "-4", "nothing of it is recorded");
  assert.equal((await get(id, second)).remaining, "3");
  clock.set("2026-03-10T12:00:00.000Z");
});

test("a hold ends at its expiry, whether or not a job has run", async () => {
  const id = await customer("10");
  const holdId = await held(id, "8", { expires_at: "2026-03-10T12:10:00Z" });
  clock.set("2026-03-10T12:10:00.000Z");
  assert.deepEqual([(await get(id, holdId)).status, (await get(id, holdId)).remaining], ["expired", "0"]);
  const { holds } = (await api.get(`/v1/customers/${id}/holds?status=expired`)).body;
  assert.deepEqual(
    holds.map((each: { id: string }) => each.id),
    [holdId],
  );
  assert.equal((await capture(id, holdId, ["1"])).body.error.code, "HOLD_ENDED");
  assert.equal(await use(id, "9"), "processed");
  await settleDueWallets(database, clock.now());
  const [row] = await database.query<Pick<HoldRow, "state"> & { held: string }>(
    sql`select holds.state, wallets.held from holds join wallets using (bucket, customer_id, account_type, code) where hold_id = ${holdId}`,
  );
  assert.deepEqual([row?.state, row?.held], ["expired", "0"]);
  clock.set("2026-03-10T12:00:00.000Z");
});

test("a hold for an event reserves what it would cost now", async () => {
  const id = await customer("10");
  const answer = await hold(id, { event: { event_name: "call", properties: { units: "2.5" } } });
  assert.equal(answer.body.hold.remaining, "2.5");
  const cases: [object, string][] = [
    [{ event: { event_name: "unknown" } }, "event"],
    [{ event: { event_name: "call", properties: { units: 1 } }, amount: "1" }, "amount"],
    [{}, "amount"],
    [{ amount: "1" }, "currency_code"],
    [{ amount: "0", currency_code: "usd" }, "amount"],
    [{ amount: "1", currency_code: "usd", expires_at: "2026-03-10T11:00:00Z" }, "expires_at"],
    [{ amount: "1", currency_code: "usd", expires_at: "2026-05-10T11:00:00Z" }, "expires_at"],
  ];
  for (const [body, path] of cases) {
    const refused = await hold(id, body);
    assert.equal(refused.status, 400, refused.text);
    assert.equal(refused.body.error.details[0].path, path, refused.text);
  }
  assert.equal((await hold(id, { event: { event_name: "call" } })).body.error.code, "INVALID_PROPERTY");
});

test("where overdrafts are allowed a hold may exceed the balance, also of a wallet that is not there yet", async () => {
  const id = await customer("0", "allow");
  const holdId = await held(id, "5");
  assert.equal((await capture(id, holdId, ["7"])).status, 200);
  assert.equal(await balance(id), "-7");
});

test("an event that makes its period cheaper leaves a kept hold at most as it was made", async () => {
  const tiers = [
    { up_to: "10", unit_amount: "2" },
    { up_to: null, unit_amount: "0.5" },
  ];
  await api.post("/v1/plans", {
    code: "volume",
    usage_prices: [{ meter_code: "calls", model: "volume", tiers, currency_code: "usd" }],
    overdraft: [{ currency_code: "usd", policy: "block" }],
  });
  const id = await customer("100", "volume");
  assert.equal(await use(id, "10"), "processed");
  assert.equal(await balance(id), "80");
  const holdId = await held(id, "5");
  // 11 units cost 5.5 in all, which is 14.5 less than before.
  const answer = await capture(id, holdId, ["1"], { keep_rest: true });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(
    [answer.body.hold.status, answer.body.hold.remaining, answer.body.hold.captured],
    ["open", "5", "0"],
  );
  assert.equal(await balance(id), "94.5");
  const { wallets } = (await api.get(`/v1/customers/${id}/wallets`)).body;
  assert.deepEqual([wallets[0].held, wallets[0].available], ["5", "89.5"]);
});

test("the same capture sent again after the hold has ended is told what became of it, and another one that it has ended", async () => {
  const id = await customer("10");
  const holdId = await held(id, "6");
  const path = `/v1/customers/${id}/holds/${holdId}/capture`;
  const events = [event(id, "2"), event(id, "3")];
  const first = await api.post(path, { events });
  const again = await api.post(path, { events });
  assert.equal(again.status, 200, again.text);
  assert.deepEqual(
    again.body.results,
    first.body.results.map((each: object) => ({ ...each, status: "duplicate" })),
  );
  assert.deepEqual(again.body.hold, first.body.hold);
  const more = await api.post(path, { events: [...events, event(id, "1")] });
  assert.deepEqual([more.status, more.body.error.code], [409, "HOLD_ENDED"]);
  assert.equal(await balance(id), "5");
});

test("captured again with the same keys nothing is charged twice, and of two captures at once one is", async () => {
  const id = await customer("10");
  const holdId = await held(id, "6");
  const other = openTestApp(connectionString, clock);
  const events = [event(id, "5")];
  const path = `/v1/customers/${id}/holds/${holdId}/capture`;
  const answers = await Promise.all([
    api.post(path, { events }),
    other.as(api.key).post(path, { events }),
    api.post(path, { events: [event(id, "5")] }),
  ]);
  const statuses = answers.map(({ status }) => status);
  // Whoever came second with the same events is told what became of them; whoever came with others, that the hold has ended.
  assert.ok(
    [
      [200, 200, 409],
      [409, 409, 200],
    ].some((expected) => expected.every((status, index) => status === statuses[index])),
    String(statuses),
  );
  assert.equal(await balance(id), "5");
});

test("law: whatever is held, captured, released, used and waited for, nothing that is held is spent by others", async () => {
  const step = fc.oneof(
    fc.record({
      type: fc.constant("hold"),
      units: fc.integer({ min: 1, max: 6 }),
      minutes: fc.integer({ min: 1, max: 90 }),
    }),
    fc.record({ type: fc.constant("use"), units: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ type: fc.constant("capture"), units: fc.integer({ min: 1, max: 8 }), keeps: fc.boolean() }),
    fc.record({ type: fc.constant("release") }),
    fc.record({ type: fc.constant("wait"), minutes: fc.integer({ min: 1, max: 60 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      clock.set("2026-03-10T12:00:00.000Z");
      const id = await customer("20");
      let left = 20;
      const holds: { id: string; amount: number; until: number }[] = [];
      const open = () => holds.filter(({ amount, until }) => amount > 0 && until > clock.now().getTime());
      const reserved = () => open().reduce((total, { amount }) => total + amount, 0);
      for (const each of steps) {
        const [target] = open();
        if (each.type === "wait") clock.advance(each.minutes * 60_000);
        else if (each.type === "use") {
          const isAffordable = left - reserved() >= each.units;
          assert.equal(await use(id, String(each.units)), isAffordable ? "processed" : "rejected");
          if (isAffordable) left -= each.units;
        } else if (each.type === "hold") {
          const until = clock.now().getTime() + each.minutes * 60_000;
          const expires_at = new Date(until).toISOString();
          const answer = await hold(id, { amount: String(each.units), currency_code: "usd", expires_at });
          assert.equal(answer.status, left - reserved() >= each.units ? 201 : 409);
          if (answer.status === 201) holds.push({ id: answer.body.hold.id, amount: each.units, until });
        } else if (target !== undefined && each.type === "release") {
          assert.equal((await api.post(`/v1/customers/${id}/holds/${target.id}/release`)).status, 200);
          target.amount = 0;
        } else if (target !== undefined && each.type === "capture") {
          const answer = await capture(id, target.id, [String(each.units)], { keep_rest: each.keeps });
          const isTaken = each.units <= target.amount || left - (reserved() - target.amount) >= each.units;
          assert.equal(answer.status, isTaken ? 200 : 409);
          if (isTaken) {
            left -= each.units;
            target.amount = each.keeps ? Math.max(0, target.amount - each.units) : 0;
          }
        }
      }
      assert.equal(await balance(id), String(left));
      assert.deepEqual((await verifyWallets(database)).problems, []);
    }),
    { numRuns: 15 },
  );
  clock.set("2026-03-10T12:00:00.000Z");
});
