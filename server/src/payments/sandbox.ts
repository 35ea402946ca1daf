/** The provider of test mode: card numbers with a fixed fate, and no money. */
import type { CustomerKey } from "../customers/customers.ts";
import type { Queryable } from "../platform/db.ts";
import { failed, type ChargeOutcome, type PaymentProvider } from "./provider.ts";
import * as rows from "./sandbox-sql.ts";
import type { SandboxChargeRow } from "./sandbox-sql.ts";

/** What becomes of a charge, by the card's number. The numbers are those that testers know from others. */
export const sandboxCards: Record<string, { brand: string; fate: Fate }> = {
  "4242424242424242": { brand: "visa", fate: "succeeds" },
  "5555555555554444": { brand: "mastercard", fate: "succeeds" },
  "4000000000000002": { brand: "visa", fate: "card_declined" },
  "4000000000009995": { brand: "visa", fate: "insufficient_funds" },
  "4000000000000069": { brand: "visa", fate: "expired_card" },
  "4000002500003155": { brand: "visa", fate: "asks_for_a_step" },
  "4000000000000341": { brand: "visa", fate: "fails_later" },
  "4000000000000259": { brand: "visa", fate: "is_disputed" },
};

type Fate =
  | "succeeds"
  | "card_declined"
  | "insufficient_funds"
  | "expired_card"
  | "asks_for_a_step"
  | "fails_later"
  | "is_disputed";

const minuteMs = 60_000;
/** How long what happens later takes: long enough to be seen in between. */
const laterMs = minuteMs;
/** After a day nobody comes back to the second step. */
const stepMs = 1_440 * minuteMs;

const beginnings: Record<Fate, Pick<SandboxChargeRow, "status" | "failure_code"> & { laterMs: number | null }> = {
  succeeds: { status: "succeeded", failure_code: null, laterMs: null },
  card_declined: { status: "failed", failure_code: "card_declined", laterMs: null },
  insufficient_funds: { status: "failed", failure_code: "insufficient_funds", laterMs: null },
  expired_card: { status: "failed", failure_code: "expired_card", laterMs: null },
  asks_for_a_step: { status: "requires_action", failure_code: null, laterMs: stepMs },
  fails_later: { status: "processing", failure_code: null, laterMs },
  is_disputed: { status: "succeeded", failure_code: null, laterMs },
};

/** Its answers are kept in a table of its own, written before they are given, as a provider keeps them on machines of its own. */
export function createSandbox(db: Queryable): PaymentProvider {
  return {
    name: "sandbox",
    charge: async ({ key, paymentId, methodReference }, now) => {
      // A card that was forgotten before it was charged; what was charged goes on.
      if (methodReference === null)
        return (await rows.findCharge(db, key, paymentId)) === null
          ? failed(null, "card_declined")
          : toOutcome(await current(db, key, paymentId, now), now);
      const { laterMs: ms, ...beginning } = beginnings[methodReference as Fate];
      const changesAt = ms === null ? null : new Date(now.getTime() + ms);
      await rows.insertCharge(db, key, {
        charge_id: paymentId,
        reference: methodReference,
        ...beginning,
        is_disputed: false,
        changes_at: changesAt,
        created_at: now,
      });
      return toOutcome(await current(db, key, paymentId, now), now);
    },
    cancel: async ({ key, paymentId }, now) => {
      await rows.moveCharge(db, key, paymentId, { from: "requires_action", to: "canceled", failureCode: null });
      return toOutcome(await current(db, key, paymentId, now), now);
    },
    refund: async ({ refundId }) => ({ status: "succeeded", reference: `sandbox_${refundId}` }),
    setUp: null,
  };
}

/** The customer's answer to the second step. */
export async function answerStep(
  db: Queryable,
  key: CustomerKey,
  of: { paymentId: string; isConfirmed: boolean },
): Promise<void> {
  const to = of.isConfirmed ? "succeeded" : "failed";
  const failureCode = of.isConfirmed ? null : "authentication_failed";
  await rows.moveCharge(db, key, of.paymentId, { from: "requires_action", to, failureCode });
}

/** The charge as it is by now. */
async function current(db: Queryable, key: CustomerKey, chargeId: string, now: Date): Promise<SandboxChargeRow> {
  const found = await rows.findCharge(db, key, chargeId);
  if (found === null) throw new Error("the sandbox knows no such charge");
  if (found.changes_at === null || found.changes_at > now) return found;
  const moves = {
    processing: { status: "failed", failure_code: "processing_error" },
    requires_action: { status: "canceled" },
    succeeded: { is_disputed: true },
    failed: {},
    canceled: {},
  } as const;
  return rows.changeCharge(db, key, { ...found, ...moves[found.status], changes_at: null });
}

function toOutcome(charge: SandboxChargeRow, now: Date): ChargeOutcome {
  const reference = `sandbox_${charge.charge_id}`;
  const checkAfterMs = charge.changes_at === null ? null : Math.max(0, charge.changes_at.getTime() - now.getTime());
  switch (charge.status) {
    case "succeeded":
      return { status: "succeeded", reference, isDisputed: charge.is_disputed, checkAfterMs };
    case "failed":
      return failed(reference, charge.failure_code ?? "processing_error");
    case "canceled":
      return { status: "canceled", reference };
    case "requires_action":
      return { status: "requires_action", reference, actionUrl: null, checkAfterMs: checkAfterMs ?? minuteMs };
    case "processing":
      return { status: "processing", reference, checkAfterMs: checkAfterMs ?? minuteMs };
    default:
      return charge.status satisfies never;
  }
}
