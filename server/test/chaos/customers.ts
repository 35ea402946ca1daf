import assert from "node:assert/strict";
import type { Api } from "../harness.ts";
import { exact, times, written } from "../exact-sum.ts";

/** How a customer pays, and with it what must hold of them whatever happens. */
export type Kind = "prepaid" | "tiered" | "postpaid" | "blocked";

export type Customer = {
  kind: Kind;
  id: string;
  /** Gets the same events, in the calm after the storm. */
  twinId: string;
};

/** For each token of a customer who is not tiered or blocked; of many digits, so that nothing is right by rounding. */
export const tokenPrice = "0.000700000000000001";
/** For each event of a blocked customer. */
const blockedPrice = "0.03";
/** How many events a blocked customer can pay. */
export const affordableEvents = 200;

const usd = { currency_code: "usd" };
const policy = (overdraft: "allow" | "block") => ({ overdraft: [{ ...usd, policy: overdraft }] });
const plans: Record<Kind, object> = {
  prepaid: { usage_prices: [{ meter_code: "tokens", unit_amount: tokenPrice, ...usd }], ...policy("allow") },
  postpaid: { usage_prices: [{ meter_code: "tokens", unit_amount: tokenPrice, ...usd }], ...policy("allow") },
  tiered: {
    usage_prices: [
      {
        meter_code: "tokens",
        model: "graduated",
        tiers: [
          { up_to: "1000", unit_amount: "0.003" },
          { up_to: "20000", unit_amount: "0.0011" },
          { up_to: null, unit_amount: "0.00017" },
        ],
        ...usd,
      },
    ],
    ...policy("allow"),
  },
  blocked: { usage_prices: [{ meter_code: "calls", unit_amount: blockedPrice, ...usd }], ...policy("block") },
};
/** Two grants each, so that events draw from both at the seam. */
const grants: Record<Kind, string[]> = {
  prepaid: ["0.5", "1000000"],
  tiered: ["1.5", "1000000"],
  postpaid: [],
  blocked: ["1", "5"],
};

export const grantedTo = (kind: Kind): string[] => grants[kind];

/** What an event of so many tokens costs a customer whose price knows no tiers. */
export const costOf = (tokens: string): string => written(times(exact(tokens), exact(tokenPrice)));

/** The meters and plans of all customers. */
export async function prepareCatalog(api: Api): Promise<void> {
  const made = [
    await api.post("/v1/meters", {
      code: "tokens",
      event_name: "call",
      aggregation: { type: "sum", property: "tokens" },
    }),
    await api.post("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "count" } }),
  ];
  for (const [code, plan] of Object.entries(plans)) made.push(await api.post("/v1/plans", { code, ...plan }));
  for (const { status, text } of made) assert.equal(status, 201, text);
}

/** Customers of every kind, each with a twin. */
export async function createCustomers(api: Api): Promise<Customer[]> {
  const kinds = Object.keys(plans) as Kind[];
  return Promise.all(
    kinds.map(async (kind) => ({ kind, id: await createCustomer(api, kind), twinId: await createCustomer(api, kind) })),
  );
}

async function createCustomer(api: Api, kind: Kind): Promise<string> {
  const { customer } = (await api.post("/v1/customers", { name: kind })).body;
  const subscription = { customer_id: customer.id, plan_code: kind, initial_status: "active" };
  const subscribed = await api.post("/v1/subscriptions", subscription);
  assert.equal(subscribed.status, 201, subscribed.text);
  for (const [index, amount] of grants[kind].entries()) {
    const grant = { name: `Grant ${index}`, amount, priority: index, ...usd };
    const granted = await api.post(`/v1/customers/${customer.id}/credit-grants`, grant);
    assert.equal(granted.status, 201, granted.text);
  }
  return customer.id;
}
