import assert from "node:assert/strict";
import { test } from "node:test";
import { pricingExamples } from "../../../core/pricing/examples.ts";
import { priceBodyOf } from "../catalog/price-example.ts";
import { verifyWallets } from "../wallets/verify.ts";
import { startTestApp } from "../../test/harness.ts";

const { test: api, database, clock } = await startTestApp({ now: "2026-03-10T12:00:00.000Z" });

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function created(path: string, body: unknown): Promise<any> {
  const answer = await api.post(path, body);
  assert.equal(answer.status, 201, `${path}: ${answer.text}`);
  return answer.body;
}

for (const [number, example] of pricingExamples.entries()) {
  test(`${example.title}: each event costs what the example says, to the last digit`, async () => {
    const code = `example_${number}`;
    await created("/v1/meters", { code, event_name: code, aggregation: { type: "sum", property: "units" } });
    const price = { meter_code: code, currency_code: "usd", ...priceBodyOf(example) };
    await created("/v1/plans", { code, usage_prices: [price] });
    for (const [index, period] of example.periods.entries()) {
      const { customer } = await created("/v1/customers", { name: `${example.title} ${index}` });
      await created("/v1/subscriptions", { customer_id: customer.id, plan_code: code, initial_status: "active" });
      for (const [position, { units, cost, properties }] of period.events.entries()) {
        const answer = await api.post("/v1/events/ingest", {
          event_name: code,
          idempotency_key: `${index}-${position}`,
          customer_id: customer.id,
          timestamp: clock.now().toISOString(),
          properties: { units, ...properties },
        });
        assert.equal(answer.body.cost?.[0]?.amount, cost, answer.text);
      }
      const { balances } = (await api.get(`/v1/customers/${customer.id}/balances`)).body;
      assert.equal(balances[0].balance, period.charge === "0" ? "0" : `-${period.charge}`);
    }
  });
}

test("the books agree after all of them", async () => {
  assert.deepEqual((await verifyWallets(database)).problems, []);
});
