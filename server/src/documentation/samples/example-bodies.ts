import { exampleId } from "./example-values.ts";

const plan = {
  name: "Pro",
  usage_prices: [
    {
      meter_code: "tokens",
      model: "graduated",
      tiers: [
        { up_to: "1000000", unit_amount: "0.000028" },
        { up_to: null, unit_amount: "0.00002" },
      ],
      currency_code: "usd",
    },
  ],
  fixed_fees: [{ code: "base", amount: "20", currency_code: "usd" }],
  overdraft: [{ currency_code: "usd", policy: "block" }],
};

const creditGrant = {
  name: "Welcome credits",
  amount: "100",
  currency_code: "usd",
  expires_at: "2027-01-01T00:00:00Z",
};

const event = {
  event_name: "api.request",
  idempotency_key: "evt_abc123xyz",
  customer_id: exampleId,
  timestamp: "2024-01-15T10:30:00Z",
  properties: { tokens: 150, model: "gpt-4" },
};

/**
 * Bodies of requests, by operationId, where the required fields alone would not show what the operation is for. A test holds each
 * against the schema of its operation. An operation that is not here shows its required fields.
 */
export const exampleBodies: Record<string, unknown> = {
  "create-credit-grant": creditGrant,
  "create-customer": { name: "Acme Corp", email: "billing@acme.com", external_id: "cust_123" },
  "create-customer-credit-grant": creditGrant,
  "create-meter": { code: "tokens", event_name: "api.request", aggregation: { type: "sum", property: "tokens" } },
  "create-plan": { code: "pro", ...plan },
  "create-plan-version": plan,
  "create-pricing-unit": { code: "token", name: "Token" },
  "create-pricing-unit-conversion": {
    currency_code: "usd",
    amount_per_unit: "0.000028",
    effective_from: "2024-01-01T00:00:00Z",
  },
  "create-subscription": { customer_id: exampleId, plan_code: "pro", initial_status: "active" },
  "ingest-event": event,
  "ingest-event-batch": { events: [event, { ...event, idempotency_key: "evt_def456uvw" }] },
  "update-company": { invoice_grace_hours: 24 },
  "update-customer": { email: "billing@acme.com" },
  "update-meter": { name: "Tokens" },
  "update-subscription": { status: "active" },
};

/** Answers, by operationId, where all fields at once would make no sense. */
export const exampleAnswers: Record<string, unknown> = {
  "ingest-event": {
    success: true,
    status: "processed",
    usage_id: exampleId,
    cost: [{ amount: "0.0042", account_type: "currency", currency_code: "usd" }],
    customer_balances: [{ balance: "99.9958", account_type: "currency", currency_code: "usd" }],
    request_id: "req_abc123",
  },
};

/** Query parameters of requests that would be refused without any. */
export const exampleQueries: Record<string, Record<string, string>> = {
  "search-customers": { external_id: "cust_123" },
};
