import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { verifyWallets } from "../src/wallets/verify.ts";
import { exact, minus, plus, sumOf, times, written, type Exact } from "./exact-sum.ts";
import { startTestApp } from "./harness.ts";

/*
 * No digit differs: random decimals as prices, grants and event properties, in every way of writing a number, through the API and
 * back, against sums of plain big integers. fast-check prints the seed and the smallest case that fails.
 */

const { test: api, database, clock } = await startTestApp();

/** A number as somebody writes it in JSON: bare or in quotes, with zeros at the end, with an exponent. Up to 30 digits, 18 after the point. */
const decimalText = fc
  .record({
    whole: fc.oneof(fc.constant("0"), digits(1, 12).map(withoutLeadingZeros)),
    fraction: fc.oneof(fc.constant(""), digits(1, 18)),
    exponent: fc.oneof({ weight: 3, arbitrary: fc.constant("") }, fc.integer({ min: -24, max: 24 }).map(writeExponent)),
  })
  .map(({ whole, fraction, exponent }) => `${whole}${fraction === "" ? "" : `.${fraction}`}${exponent}`);

const written30 = fc.record({ text: decimalText, isQuoted: fc.boolean() });
type Written = { text: string; isQuoted: boolean };

const positive = written30.filter(({ text }) => exact(text).digits > 0n);
const signed = fc
  .tuple(written30, fc.boolean())
  .map(([number, isNegative]) => ({ ...number, text: `${isNegative ? "-" : ""}${number.text}` }));

function digits(minLength: number, maxLength: number) {
  return fc.string({ unit: fc.constantFrom(..."0123456789".split("")), minLength, maxLength });
}

function withoutLeadingZeros(text: string): string {
  return text.replace(/^0+(?=\d)/, "");
}

function writeExponent(exponent: number): string {
  return `${exponent % 2 === 0 ? "e" : "E"}${exponent > 0 && exponent % 3 === 0 ? "+" : ""}${exponent}`;
}

const json = ({ text, isQuoted }: Written) => (isQuoted ? `"${text}"` : text);

const denominations = ['"currency_code":"usd"', '"pricing_unit_code":"token"'];

const scenario = fc.record({
  /** One in usd and one in tokens. */
  prices: fc.tuple(written30, written30),
  grants: fc.tuple(positive, positive, positive, positive),
  events: fc.array(signed, { minLength: 1, maxLength: 6 }),
});

let counter = 0;

await api.post("/v1/pricing-units", { code: "token" });
await api.post("/v1/meters", {
  code: "quantity",
  event_name: "use",
  aggregation: { type: "sum", property: "quantity" },
});

test("prices, grants and properties of any digits: costs, balances and ledger are exact to the last one", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ prices, grants, events }) => {
      const code = `plan_${(counter += 1)}`;
      const customerId = await subscribe(code, prices);
      const balances: Exact[] = denominations.map(() => exact("0"));
      for (const [index, amount] of grants.entries()) {
        const which = index % denominations.length;
        const body = `{"name":"Grant","amount":${json(amount)},${denominations[which]}}`;
        const { credit_grant } = await accepted(`/v1/customers/${customerId}/credit-grants`, body);
        assert.equal(credit_grant.amount, written(exact(amount.text)));
        balances[which] = plus(balances[which] as Exact, exact(amount.text));
      }
      for (const [index, quantity] of events.entries()) {
        const costs = prices.map(({ text }) => times(exact(text), exact(quantity.text)));
        for (const [which, cost] of costs.entries()) balances[which] = minus(balances[which] as Exact, cost);
        const answer = await accepted("/v1/events/ingest", eventBody(customerId, `event ${index}`, quantity));
        assert.deepEqual(amountsOf(answer.cost), costs.map(written));
        assert.deepEqual(balancesOf(answer.customer_balances), balances.map(written));
        const repeat = await accepted("/v1/events/ingest", eventBody(customerId, `event ${index}`, quantity));
        assert.deepEqual([repeat.status, amountsOf(repeat.cost)], ["duplicate", costs.map(written)]);
      }
      await assertLedger(customerId, balances);
    }),
    { numRuns: 100 },
  );
  assert.deepEqual((await verifyWallets(database)).problems, []);
});

async function subscribe(code: string, prices: Written[]): Promise<string> {
  const usagePrices = prices.map(
    (price, which) => `{"meter_code":"quantity","unit_amount":${json(price)},${denominations[which]}}`,
  );
  const { plan } = await accepted("/v1/plans", `{"code":"${code}","usage_prices":[${usagePrices.join(",")}]}`);
  const shown = plan.usage_prices.map((price: { unit_amount: string }) => price.unit_amount);
  assert.deepEqual(
    shown,
    prices.map(({ text }) => written(exact(text))),
  );
  const { customer } = await accepted("/v1/customers", '{"name":"Customer"}');
  const subscription = { customer_id: customer.id, plan_code: code, initial_status: "active" };
  await accepted("/v1/subscriptions", JSON.stringify(subscription));
  return customer.id;
}

function eventBody(customerId: string, key: string, quantity: Written): string {
  const head = {
    event_name: "use",
    idempotency_key: key,
    customer_id: customerId,
    timestamp: clock.now().toISOString(),
  };
  return `${JSON.stringify(head).slice(0, -1)},"properties":{"quantity":${json(quantity)}}}`;
}

/** The balances, and every ledger entry's, as the API tells them afterwards. */
async function assertLedger(customerId: string, balances: Exact[]): Promise<void> {
  const listed = await api.get(`/v1/customers/${customerId}/balances`);
  assert.deepEqual(balancesOf(listed.body.balances), balances.map(written));
  for (const [which, balance] of balances.entries()) {
    const query = which === 0 ? "currency_code=usd" : "pricing_unit_code=token";
    const { body } = await api.get(`/v1/customers/${customerId}/ledger?limit=100&${query}`);
    const entries: { amount: string; balance_after: string }[] = body.entries;
    assert.equal(written(sumOf(entries.map(({ amount }) => exact(amount)))), written(balance));
    assert.equal(entries[0]?.balance_after, written(balance));
  }
}

const amountsOf = (list: { amount: string }[]) => list.map(({ amount }) => amount);
const balancesOf = (list: { balance: string }[]) => list.map(({ balance }) => balance);

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function accepted(path: string, body: string): Promise<any> {
  const answer = await api.post(path, body);
  assert.ok(answer.status < 300, `${path} ${body}: ${answer.text}`);
  return answer.body;
}
