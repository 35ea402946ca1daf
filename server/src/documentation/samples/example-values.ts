import type { Schema } from "../document.ts";

/** The id of the published examples. */
export const exampleId = "cm5x9z8nv0000h85r7l9p2k1m";

const byFormat: Record<string, unknown> = {
  cuid: exampleId,
  "date-time": "2024-01-15T10:30:00.000Z",
  email: "billing@acme.com",
  uri: "https://example.com",
};

/** By field, or by tag and field where one word means several things. Values are those of the published quickstart where it has one. */
const byName: Record<string, unknown> = {
  "api_keys.name": "Production server",
  "credit_grants.name": "Welcome credits",
  "meters.name": "Tokens",
  "meters.code": "tokens",
  "plans.name": "Pro",
  "plans.code": "pro",
  "pricing_units.name": "Token",
  "pricing_units.code": "token",
  account_type: "currency",
  balance: "99.9958",
  balance_after: "99.9958",
  billing_anchor_day: 1,
  billing_interval: "month",
  "api_keys.key": "ak_test_…",
  "events.code": "INSUFFICIENT_BALANCE",
  "rejected_events.code": "CUSTOMER_NOT_FOUND",
  "rejected_events.message": "Customer not found",
  city: "Berlin",
  code: "pro",
  country: "DE",
  "credit_grants.amount": "100",
  "credit_grants.remaining": "99.9958",
  credit_grant_id: exampleId,
  currency_code: "usd",
  customer_id: exampleId,
  event_name: "api.request",
  external_customer_id: "cust_123",
  external_id: "cust_123",
  first_name: "Ada",
  id: exampleId,
  idempotency_key: "evt_abc123xyz",
  last_four: "9fQ2",
  last_name: "Lovelace",
  line1: "Torstraße 1",
  metadata: {},
  meter_code: "tokens",
  mode: "test",
  name: "Acme Corp",
  password: "correct horse battery",
  new_password: "another horse battery",
  next_cursor: null,
  has_more: false,
  phone: "+49 30 123456",
  plan_code: "pro",
  postal_code: "10119",
  pricing_unit_code: "token",
  priority: 0,
  properties: { tokens: 150, model: "gpt-4" },
  property: "tokens",
  request_id: "req_abc123",
  revoked_at: null,
  status: "active",
  success: true,
  tax_id: "DE123456789",
  timezone: "Europe/Berlin",
  unit_amount: "0.000028",
  url: "https://acme.com",
  usage_id: exampleId,
  version: 1,
};

/** What the tables say of a field; undefined if they say nothing that fits its type. */
export function exampleValue({ topic, name }: { topic: string; name: string }, schema: Schema): unknown {
  const value = byName[`${topic}.${name}`] ?? (Object.hasOwn(byName, name) ? byName[name] : undefined);
  if (value !== undefined && fits(value, schema)) return value;
  if (typeof value === "number" && schema.type === "string") return String(value);
  if (schema.enum !== undefined) return undefined;
  return schema.format === undefined ? undefined : byFormat[schema.format];
}

function fits(value: unknown, { type, enum: choices }: Schema): boolean {
  if (choices !== undefined) return choices.includes(value);
  const types = type === undefined ? [] : [type].flat();
  return (
    types.length === 0 || types.includes(typeOf(value)) || (typeOf(value) === "integer" && types.includes("number"))
  );
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Number.isInteger(value) ? "integer" : typeof value;
}
