import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../../test/harness.ts";

const { test: api, clock } = await startTestApp({ now: "2026-03-01T00:00:00.000Z" });
const customer = async (): Promise<string> => (await api.post("/v1/customers", { name: "Acme" })).body.customer.id;
const grant = (id: string, body: object) =>
  api.post(`/v1/customers/${id}/credit-grants`, { name: "Paid", currency_code: "usd", ...body });
const balanceAt = async (id: string, as_of: string) =>
  (await api.get(`/v1/customers/${id}/balances?as_of=${as_of}`)).body.balances[0]?.balance;

test("a balance is told as of any instant of the past, from the ledger", async () => {
  clock.set("2026-03-01T00:00:00.000Z");
  const id = await customer();
  for (const day of [1, 2, 3, 4, 5, 6, 7]) {
    clock.set(`2026-03-0${day}T12:00:00.000Z`);
    await grant(id, { amount: String(day) });
  }
  clock.set("2026-03-20T00:00:00.000Z");
  const cases = {
    "2026-03-01T11:59:59.999Z": "0",
    "2026-03-01T12:00:00Z": "1",
    "2026-03-03T12:00:00Z": "6",
    "2026-03-06T00:00:00Z": "15",
  };
  for (const [instant, expected] of Object.entries(cases))
    assert.equal(await balanceAt(id, instant), expected, instant);
  assert.equal(await balanceAt(id, "2026-03-20T00:00:00.000Z"), "28");
});

test("a balance is told ahead: known expiries, grants that start, and credits that plans give", async () => {
  clock.set("2026-03-01T00:00:00.000Z");
  const id = await customer();
  const recurring = { code: "gift", amount: "5", currency_code: "usd", rollover: { type: "capped", cap: "2" } };
  await api.post("/v1/plans", { code: "giving", recurring_grants: [recurring] });
  await api.post("/v1/subscriptions", { customer_id: id, plan_code: "giving", initial_status: "active" });
  await grant(id, { amount: "10", expires_at: "2026-03-15T00:00:00Z" });
  await grant(id, { amount: "3", effective_at: "2026-03-20T00:00:00Z" });
  const cases = {
    "2026-03-10T00:00:00Z": "15",
    "2026-03-15T00:00:00Z": "5",
    "2026-03-20T00:00:00Z": "8",
    "2026-04-01T00:00:00Z": "10",
    "2026-05-01T00:00:00Z": "10",
  };
  for (const [instant, expected] of Object.entries(cases))
    assert.equal(await balanceAt(id, instant), expected, instant);
  const tooFar = await api.get(`/v1/customers/${id}/balances?as_of=2046-01-01T00:00:00Z`);
  assert.deepEqual([tooFar.status, tooFar.body.error.details[0].path], [400, "as_of"]);
});

test("wallets show what is held and what is available", async () => {
  clock.set("2026-03-01T00:00:00.000Z");
  const id = await customer();
  await grant(id, { amount: "10" });
  await api.post(`/v1/customers/${id}/holds`, { amount: "4", currency_code: "usd" });
  const [wallet] = (await api.get(`/v1/customers/${id}/wallets`)).body.wallets;
  assert.deepEqual([wallet.balance, wallet.held, wallet.available], ["10", "4", "6"]);
});

test("voiding a grant takes what is left of it, once, and never what it has paid for", async () => {
  clock.set("2026-03-01T00:00:00.000Z");
  const id = await customer();
  const { credit_grant } = (await grant(id, { amount: "10" })).body;
  await grant(id, { amount: "1" });
  const path = `/v1/customers/${id}/credit-grants/${credit_grant.id}`;
  for (let time = 0; time < 2; time++) {
    const answer = await api.post(`${path}/void`);
    assert.deepEqual(
      [answer.status, answer.body.credit_grant.status, answer.body.credit_grant.remaining],
      [200, "voided", "0"],
    );
  }
  assert.equal((await api.get(path)).body.credit_grant.status, "voided");
  assert.equal((await api.get(`/v1/customers/${id}/balances`)).body.balances[0].balance, "1");
  const unknown = await api.post(`/v1/customers/${id}/credit-grants/c${"0".repeat(24)}/void`);
  assert.equal(unknown.body.error.code, "CREDIT_GRANT_NOT_FOUND");
});
