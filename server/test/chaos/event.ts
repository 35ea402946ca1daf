import assert from "node:assert/strict";
import { costOf, type Customer } from "./customers.ts";
import type { Random } from "./random.ts";

/** An event, and what those who have sent it know of it. */
export type SentEvent = {
  customer: Customer;
  tokens: string;
  body: { idempotency_key: string; [field: string]: unknown };
  /** It has been on its way at least once. */
  isSent: boolean;
  /** It was in a list that was answered with 202. */
  isAccepted: boolean;
  /** Its usage, as the first answer named it. */
  usageId: string | null;
};

export function createEvent(customer: Customer, number: number, startsAt: Date, random: Random): SentEvent {
  const tokens = `${random.between(1, 500)}.${random.between(0, 999_999)}`;
  const body = {
    event_name: "call",
    idempotency_key: `event ${number}`,
    customer_id: customer.id,
    timestamp: new Date(startsAt.getTime() + number).toISOString(),
    properties: { tokens },
  };
  return { customer, tokens, body, isSent: false, isAccepted: false, usageId: null };
}

/** What a server says of one event, alone or in a batch. */
export type EventAnswer = {
  status: string;
  usage_id?: string;
  cost: { amount: string }[];
  customer_balances: { balance: string }[];
  error?: { code: string };
};

/** Notes what a server says of `event`. @throws AssertionError if it may not say that. */
export function acknowledge(event: SentEvent, answer: EventAnswer): void {
  const { kind } = event.customer;
  const said = `${kind} ${event.body.idempotency_key}: ${JSON.stringify(answer)}`;
  if (kind === "blocked") for (const { balance } of answer.customer_balances) assert.ok(!balance.startsWith("-"), said);
  if (answer.status === "rejected") {
    assert.deepEqual([kind, answer.error?.code], ["blocked", "INSUFFICIENT_BALANCE"], said);
    assert.equal(event.usageId, null, `${said}, which was recorded before`);
    return;
  }
  assert.ok(answer.status === "processed" || answer.status === "duplicate", said);
  assert.equal(answer.usage_id, event.usageId ?? answer.usage_id, "a repeat names the first usage");
  if (kind === "prepaid" || kind === "postpaid") assert.equal(answer.cost[0]?.amount, costOf(event.tokens), said);
  event.usageId = answer.usage_id as string;
}
