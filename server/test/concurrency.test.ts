import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { sql } from "../src/platform/db.ts";
import { verifyWallets } from "../src/wallets/verify.ts";
import { exact, minus, plus, sumOf, times, written, type Exact } from "./exact-sum.ts";
import { startTestApp } from "./harness.ts";

const { app, database, test: api, clock } = await startTestApp();
await app.listen({ host: "127.0.0.1", port: 0 });
const baseUrl = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;

const clients = 20;

type Sent = { status: number; headers: Headers; text: string; body: Answer };
type Money = { amount: string };
type Answer = {
  status: string;
  usage_id: string;
  cost: Money[];
  customer_balances: { balance: string }[];
  error?: { code: string };
};

/** Over a real socket: `fetch` opens as many as there are requests at a time. */
async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Sent> {
  const response = await fetch(baseUrl + path, {
    method: "POST",
    headers: { authorization: `Bearer ${api.key}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Answer };
}

/** Has 20 clients take `jobs` from the front, each one after the other, and returns what came of them in the jobs' order. */
async function byClients<Job, Result>(jobs: Job[], work: (job: Job) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const client = async () => {
    for (let index = next++; index < jobs.length; index = next++) results[index] = await work(jobs[index] as Job);
  };
  await Promise.all(Array.from({ length: clients }, client));
  return results;
}

let counter = 0;

/** A customer with `credits` usd on a plan that charges for `tokens`, and nothing but. */
async function subscribe(credits: string, price: string, overdraft: "allow" | "block") {
  const word = `c${(counter += 1)}`;
  const usd = { currency_code: "usd" };
  await api.post("/v1/meters", { code: word, event_name: word, aggregation: { type: "sum", property: "tokens" } });
  const plan = {
    code: word,
    usage_prices: [{ meter_code: word, unit_amount: price, ...usd }],
    overdraft: [{ ...usd, policy: overdraft }],
  };
  await api.post("/v1/plans", plan);
  const customerId: string = (await api.post("/v1/customers", { name: word })).body.customer.id;
  await api.post("/v1/subscriptions", { customer_id: customerId, plan_code: word, initial_status: "active" });
  const granted = await api.post(`/v1/customers/${customerId}/credit-grants`, {
    name: "Credits",
    amount: credits,
    ...usd,
  });
  assert.equal(granted.status, 201, granted.text);
  const event = (key: string, tokens: string) => ({
    event_name: word,
    idempotency_key: key,
    customer_id: customerId,
    timestamp: clock.now().toISOString(),
    properties: { tokens },
  });
  return { customerId, event };
}

type Entry = { seq: number; kind: string; amount: string; balance_after: string; cause_id: string };

async function readLedger(customerId: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let cursor = ""; ;) {
    const { body } = await api.get(`/v1/customers/${customerId}/ledger?limit=100${cursor}`);
    entries.push(...body.entries);
    if (!body.pagination.has_more) return entries.toReversed();
    cursor = `&cursor=${body.pagination.next_cursor}`;
  }
}

/** Every entry follows the one before: seq without gaps, and the balance is the one before plus the amount. */
function assertUnbroken(entries: Entry[]): void {
  let balance: Exact = exact("0");
  for (const [index, entry] of entries.entries()) {
    balance = plus(balance, exact(entry.amount));
    assert.equal(entry.seq, index + 1);
    assert.equal(entry.balance_after, written(balance), `entry ${entry.seq}`);
  }
}

const balanceOf = async (customerId: string): Promise<string> =>
  (await api.get(`/v1/customers/${customerId}/balances`)).body.balances[0].balance;

test("a thousand events sent ten times each from 20 clients are a thousand usages, and the balances are exact", async () => {
  const price = "0.000123456789";
  const customers = await Promise.all([1, 2, 3, 4].map(() => subscribe("1000", price, "allow")));
  const events = Array.from({ length: 1_000 }, (_, index) => {
    const { customerId, event } = customers[index % customers.length] as (typeof customers)[number];
    const tokens = `${index + 1}.${index * 7_919}`;
    return { customerId, tokens, body: event(`key ${index}`, tokens) };
  });
  // Ten repeats within 200 requests: most of them meet the first while it is still under way.
  const sends = inChunks(events, 20).flatMap((chunk) => shuffled(Array.from({ length: 10 }, () => chunk).flat()));
  const answers = await byClients(sends, async (event) => ({
    event,
    sent: await post("/v1/events/ingest", event.body),
  }));

  const usageIds = new Map<string, Set<string>>(customers.map(({ customerId }) => [customerId, new Set()]));
  for (const event of events) {
    const own = answers.filter((answer) => answer.event === event).map(({ sent }) => sent.body);
    const said = own.map(({ status }) => status).toSorted();
    assert.deepEqual(said, [...Array.from({ length: 9 }, () => "duplicate"), "processed"], event.body.idempotency_key);
    const cost = written(times(exact(event.tokens), exact(price)));
    for (const { usage_id, cost: costs } of own) {
      assert.equal(usage_id, own[0]?.usage_id);
      assert.deepEqual(
        costs.map(({ amount }) => amount),
        [cost],
      );
    }
    usageIds.get(event.customerId)?.add(own[0]?.usage_id as string);
  }
  for (const { customerId } of customers) {
    const used = sumOf(events.filter((event) => event.customerId === customerId).map(({ tokens }) => exact(tokens)));
    const left = written(minus(exact("1000"), times(used, exact(price))));
    assert.equal(await balanceOf(customerId), left);
    const ledger = await readLedger(customerId);
    assertUnbroken(ledger);
    assert.equal(ledger.at(-1)?.balance_after, left);
    const causes = ledger.filter(({ kind }) => kind === "usage").map(({ cause_id }) => cause_id);
    assert.deepEqual(causes.toSorted(), [...(usageIds.get(customerId) ?? [])].toSorted(), "one entry for each usage");
  }
  const [{ count } = { count: 0 }] = await database.query<{ count: number }>(
    sql`select count(*)::int8 as count from events`,
  );
  assert.equal(count, events.length);
});

test("where overdraft is blocked, 20 clients at once get exactly what the wallet can pay, and it is never below zero", async () => {
  const { customerId, event } = await subscribe("100", "0.03", "block");
  // Each costs 3: the wallet pays for 33 of them and keeps 1.
  const events = Array.from({ length: 200 }, (_, index) => event(`blocked ${index}`, "100"));
  const answers = await byClients(events, (each) => post("/v1/events/ingest", each));
  const accepted = answers.filter(({ body }) => body.status === "processed");
  assert.equal(accepted.length, 33);
  for (const { body, status, text } of answers) {
    assert.equal(status, 200, text);
    for (const { balance } of body.customer_balances) assert.ok(!balance.startsWith("-"), text);
    if (body.status !== "processed") assert.equal(body.error?.code, "INSUFFICIENT_BALANCE", text);
  }
  const ledger = await readLedger(customerId);
  assertUnbroken(ledger);
  assert.equal(ledger.length, 1 + accepted.length);
  assert.ok(ledger.every(({ balance_after }) => !balance_after.startsWith("-")));

  const again = await byClients(events, (each) => post("/v1/events/ingest", each));
  for (const [index, { body }] of again.entries()) {
    const before = answers[index]?.body;
    assert.equal(body.status, before?.status === "processed" ? "duplicate" : "rejected");
    assert.equal(body.usage_id, before?.usage_id);
  }
  assert.equal(await balanceOf(customerId), "1");
});

test("one Idempotency-Key sent by 20 clients at once has one effect, and everybody gets that answer or is told to wait", async () => {
  const { customerId } = await subscribe("1", "1", "allow");
  const path = `/v1/customers/${customerId}/credit-grants`;
  for (let round = 0; round < 10; round++) {
    const body = { name: `Round ${round}`, amount: "10", currency_code: "usd" };
    const headers = { "idempotency-key": `round ${round}` };
    const jobs = Array.from({ length: clients }, () => body);
    const answers = await byClients(jobs, (job) => post(path, job, headers));
    const first = answers.filter(({ status, headers }) => status === 201 && !headers.has("idempotency-replayed"));
    assert.equal(first.length, 1);
    const repeats = [...answers.filter((answer) => answer !== first[0]), await post(path, body, headers)];
    for (const { status, headers, text, body: refusal } of repeats) {
      if (status === 409) assert.equal(refusal.error?.code, "IDEMPOTENCY_KEY_IN_FLIGHT", text);
      else assert.deepEqual([status, headers.get("idempotency-replayed"), text], [201, "true", first[0]?.text]);
    }
    assert.equal(repeats.at(-1)?.status, 201, "once it is done, a repeat is answered");
  }
  assert.equal(await balanceOf(customerId), "101");
  assert.equal((await api.get(`${path}?limit=100`)).body.credit_grants.length, 11);
});

test("the books are right after all that", async () => {
  assert.deepEqual((await verifyWallets(database)).problems, []);
});

function inChunks<Item>(items: Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Another order every time: the guarantee holds in any. */
function shuffled<Item>(items: Item[]): Item[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
