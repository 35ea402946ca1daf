import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../../test/harness.ts";
import { sql } from "../platform/db.ts";
import { settleDueWallets } from "./wallets.ts";
import { verifyWallets } from "./verify.ts";

const { test: api, live, database, clock } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });

await api.post("/v1/pricing-units", { code: "token" });

async function customer(): Promise<string> {
  return (await api.post("/v1/customers", { name: "Acme Corp" })).body.customer.id;
}

const grant = (id: string, fields: object) =>
  api.post(`/v1/customers/${id}/credit-grants`, { name: "Credits", ...fields });
const balances = async (id: string) => (await api.get(`/v1/customers/${id}/balances`)).body.balances;
const ledger = async (id: string, query = "") => (await api.get(`/v1/customers/${id}/ledger${query}`)).body;

test("a customer without wallets has no balances, and no customer is a 404", async () => {
  assert.deepEqual(await balances(await customer()), []);
  const unknown = await api.get(`/v1/customers/c${"0".repeat(24)}/balances`);
  assert.equal(unknown.status, 404);
  assert.deepEqual(unknown.body.error, { code: "CUSTOMER_NOT_FOUND", message: "Customer not found" });
});

test("a grant has every field of the contract, and raises the balance at once", async () => {
  const id = await customer();
  const answer = await grant(id, { amount: "100.50", currency_code: "USD", metadata: { source: "campaign" } });
  assert.equal(answer.status, 201, answer.text);
  const { id: grantId, ...rest } = answer.body.credit_grant;
  assert.match(grantId, /^c[a-z0-9]{24}$/);
  assert.deepEqual(rest, {
    customer_id: id,
    subscription_id: null,
    name: "Credits",
    amount: "100.5",
    remaining: "100.5",
    account_type: "currency",
    pricing_unit_code: null,
    currency_code: "usd",
    kind: "promotional",
    priority: 0,
    applies_to: "usage",
    effective_at: "2026-03-10T12:00:00.000Z",
    expires_at: null,
    status: "active",
    metadata: { source: "campaign" },
    created_at: "2026-03-10T12:00:00.000Z",
  });
  assert.deepEqual(await balances(id), [{ balance: "100.5", account_type: "currency", currency_code: "usd" }]);
});

test("wallets of several denominations are listed by type and code", async () => {
  const id = await customer();
  await grant(id, { amount: 5, pricing_unit_code: "token" });
  await grant(id, { amount: "1", currency_code: "usd" });
  await grant(id, { amount: "1", currency_code: "eur" });
  assert.deepEqual(await balances(id), [
    { balance: "1", account_type: "currency", currency_code: "eur" },
    { balance: "1", account_type: "currency", currency_code: "usd" },
    { balance: "5", account_type: "pricing_unit", pricing_unit_code: "token" },
  ]);
});

test("balances that are asked for together are each customer's own, and another tenant's are not found", async () => {
  const [rich, poor] = [await customer(), await customer()];
  await grant(rich, { amount: "9", currency_code: "usd" });
  await grant(poor, { amount: "1", currency_code: "usd" });
  const asked = [api, live].flatMap((caller) =>
    [rich, poor, rich].map(async (id) => {
      const { status, body } = await caller.get(`/v1/customers/${id}/balances`);
      return status === 200 ? body.balances.map(({ balance }: { balance: string }) => balance) : status;
    }),
  );
  assert.deepEqual(await Promise.all(asked), [["9"], ["1"], ["9"], 404, 404, 404]);
});

test("every bad grant is refused with the field to correct, and changes nothing", async () => {
  const id = await customer();
  const cases: [object, number, string][] = [
    [{ amount: "0", currency_code: "usd" }, 400, "amount"],
    [{ amount: "-1", currency_code: "usd" }, 400, "amount"],
    [{ amount: "ten", currency_code: "usd" }, 400, "amount"],
    [{ amount: true, currency_code: "usd" }, 400, "amount"],
    [{ currency_code: "usd" }, 400, "amount"],
    [{ amount: "1" }, 400, "currency_code"],
    [{ amount: "1", currency_code: "usd", pricing_unit_code: "token" }, 400, "currency_code"],
    [{ amount: "1", currency_code: "xxxx" }, 400, "currency_code"],
    [{ amount: "1", currency_code: "usd", name: "" }, 400, "name"],
    [{ amount: "1", currency_code: "usd", expires_at: "2026-03-10T12:00:00Z" }, 400, "expires_at"],
    [
      { amount: "1", currency_code: "usd", effective_at: "2026-05-01T00:00:00Z", expires_at: "2026-04-01T00:00:00Z" },
      400,
      "expires_at",
    ],
    [{ amount: "1", currency_code: "usd", priority: 1.5 }, 400, "priority"],
    [{ amount: "1", currency_code: "usd", metadata: { key: 1 } }, 400, "metadata.key"],
  ];
  for (const [fields, status, path] of cases) {
    const answer = await grant(id, fields);
    assert.equal(answer.status, status, `${JSON.stringify(fields)}: ${answer.text}`);
    assert.equal(answer.body.error.details[0].path, path, answer.text);
  }
  const unknownUnit = await grant(id, { amount: "1", pricing_unit_code: "nothing" });
  assert.equal(unknownUnit.status, 404);
  assert.equal(unknownUnit.body.error.code, "PRICING_UNIT_NOT_FOUND");
  assert.deepEqual(await balances(id), []);
});

test("a grant leaves the balance at the instant it expires, seen or not, and the ledger says when", async () => {
  const id = await customer();
  await grant(id, { amount: "10", currency_code: "usd", expires_at: "2026-03-20T00:00:00Z" });
  await grant(id, { amount: "1", currency_code: "usd" });
  clock.set("2026-03-19T23:59:59.999Z");
  assert.equal((await balances(id))[0].balance, "11");
  clock.set("2026-03-20T00:00:00.000Z");
  assert.equal((await balances(id))[0].balance, "1");
  clock.set("2026-03-25T00:00:00.000Z");
  const { entries } = await ledger(id);
  assert.deepEqual(
    [entries[0].kind, entries[0].amount, entries[0].balance_after, entries[0].occurred_at],
    ["expiry", "-10", "1", "2026-03-20T00:00:00.000Z"],
  );
  const { credit_grants } = (await api.get(`/v1/customers/${id}/credit-grants`)).body;
  assert.deepEqual(
    credit_grants.map((each: { status: string; remaining: string }) => [each.status, each.remaining]),
    [
      ["active", "1"],
      ["expired", "0"],
    ],
  );
  clock.set("2026-03-10T12:00:00.000Z");
});

test("a grant with a later start counts from then on", async () => {
  const id = await customer();
  const later = await grant(id, { amount: "10", currency_code: "usd", effective_at: "2026-03-12T00:00:00Z" });
  assert.equal(later.body.credit_grant.status, "active");
  assert.deepEqual(await balances(id), [{ balance: "0", account_type: "currency", currency_code: "usd" }]);
  clock.set("2026-03-12T00:00:00.000Z");
  assert.equal((await balances(id))[0].balance, "10");
  clock.set("2026-03-10T12:00:00.000Z");
});

test("the settling job writes down what came due in wallets that nobody looks at, once", async () => {
  const id = await customer();
  await grant(id, { amount: "10", currency_code: "usd", expires_at: "2026-03-11T00:00:00Z" });
  clock.set("2026-03-11T00:00:01.000Z");
  assert.ok((await settleDueWallets(database, clock.now())) >= 1);
  assert.equal(await settleDueWallets(database, clock.now()), 0);
  const [row] = await database.query(sql`select balance from wallets where customer_id = ${id}`);
  assert.equal(row?.balance, "0");
  clock.set("2026-03-10T12:00:00.000Z");
});

test("the ledger pages through every entry of every wallet once, newest first, also while entries are added", async () => {
  const id = await customer();
  for (let index = 1; index <= 7; index++) {
    clock.advance(1_000);
    await grant(id, {
      amount: String(index),
      ...(index % 2 === 0 ? { currency_code: "usd" } : { pricing_unit_code: "token" }),
    });
  }
  const seen: string[] = [];
  let page = await ledger(id, "?limit=3");
  await grant(id, { amount: "99", currency_code: "usd" });
  for (;;) {
    seen.push(...page.entries.map((entry: { amount: string }) => entry.amount));
    if (!page.pagination.has_more) break;
    page = await ledger(id, `?limit=3&cursor=${page.pagination.next_cursor}`);
  }
  assert.deepEqual(seen, ["7", "6", "5", "4", "3", "2", "1"]);
  const tokens = await ledger(id, "?pricing_unit_code=token");
  assert.deepEqual(
    tokens.entries.map((entry: { balance_after: string }) => entry.balance_after),
    ["16", "9", "4", "1"],
  );
  clock.set("2026-03-10T12:00:00.000Z");
});

test("verification names a wallet whose balance was tampered with", async () => {
  assert.deepEqual((await verifyWallets(database)).problems, []);
  const id = await customer();
  await grant(id, { amount: "5", currency_code: "usd" });
  await database.query(sql`update wallets set balance = 6 where customer_id = ${id}`);
  const { problems } = await verifyWallets(database);
  assert.deepEqual(problems, [`Wallet currency:usd of customer ${id}: its entries add up to 5, and it says 6.`]);
});
