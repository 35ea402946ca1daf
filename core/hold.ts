/**
 * Holds: amounts of a wallet that are reserved for usage to come. A hold moves no balance and writes no ledger entry; what is
 * available is the balance without what open holds reserve, and it is that which a plan that blocks overdrafts looks at.
 *
 * A hold ends at its expiry, whether or not anybody is there to write it down: `stateAt` says what is true at an instant.
 */
import { sum, zero, type Decimal } from "./decimal.ts";
import { BillingError } from "./errors.ts";
import type { Instant } from "./period.ts";
import type { OverdraftPolicy } from "./plan.ts";
import { applyUsage, wouldOverdraw, type LedgerEntry, type Wallet } from "./wallet.ts";

export type Hold = {
  id: string;
  /** What is still reserved while it is open. */
  amount: Decimal;
  /** What was spent of it, or on it. */
  captured: Decimal;
  expiresAt: Instant;
  createdAt: Instant;
  state: HoldState;
};

/** The last three have ended for good. */
export type HoldState = "open" | "captured" | "released" | "expired";

export function stateAt({ state, expiresAt }: Hold, at: Instant): HoldState {
  return state === "open" && expiresAt <= at ? "expired" : state;
}

/** What the open holds of one wallet reserve. */
export function heldAmount(holds: readonly Hold[], at: Instant): Decimal {
  return sum(holds.filter((each) => stateAt(each, at) === "open").map(({ amount }) => amount));
}

/** What can still be spent or held; below zero it is owed, or promised beyond what there is. */
export function available(wallet: Wallet, holds: readonly Hold[], at: Instant): Decimal {
  return wallet.balance.minus(heldAmount(holds, at));
}

/**
 * A new hold on the wallet; it lists beside `holds`.
 * Example: balance 10, 4 held → one of 6 is made, one of 6.01 refused where overdrafts are.
 * @throws INSUFFICIENT_BALANCE if overdrafts are blocked and less than its amount is available.
 */
export function openHold(
  wallet: Wallet,
  holds: readonly Hold[],
  hold: { id: string; amount: Decimal; expiresAt: Instant; at: Instant; overdraft: OverdraftPolicy },
): Hold {
  const { id, amount, expiresAt, at, overdraft } = hold;
  if (!amount.isPositive()) throw new RangeError("a hold must be above zero");
  if (expiresAt <= at) throw new RangeError("a hold must expire after it is made");
  if (overdraft === "block" && wouldOverdraw(wallet, amount, heldAmount(holds, at))) {
    throw new BillingError("INSUFFICIENT_BALANCE");
  }
  return { id, amount, captured: zero, expiresAt, createdAt: at, state: "open" };
}

export type Capture = { hold: Hold; wallet: Wallet; entries: LedgerEntry[] };

/**
 * The wallet after usage that was held for, and the hold: captured, with the rest released, or open with the rest if `keepsRest`.
 * What was held is promised: a cost up to it is never refused, even if credits have expired since. Where overdrafts are blocked, the
 * part beyond it must be available beside all other holds.
 * Example: balance 10, held 6; a cost of 8 → balance 2; one of 8 with another 3 held → refused.
 * @throws HOLD_NOT_FOUND, HOLD_ENDED if it is open no more, INSUFFICIENT_BALANCE.
 */
export function captureHold(
  wallet: Wallet,
  holds: readonly Hold[],
  capture: {
    holdId: string;
    cost: Decimal;
    causeId: string;
    at: Instant;
    overdraft: OverdraftPolicy;
    keepsRest: boolean;
  },
): Capture {
  const { cost, causeId, at, overdraft } = capture;
  const hold = openHoldOf(holds, capture.holdId, at);
  const others = heldAmount(holds, at).minus(hold.amount);
  const isBeyond = cost.isGreaterThan(hold.amount);
  if (overdraft === "block" && isBeyond && wouldOverdraw(wallet, cost, others)) {
    throw new BillingError("INSUFFICIENT_BALANCE");
  }
  const rest = cost.isNegative() ? hold.amount : hold.amount.minus(cost);
  const isOpen = capture.keepsRest && rest.isPositive();
  return {
    ...applyUsage(wallet, { cost, causeId, at }),
    hold: {
      ...hold,
      amount: isOpen ? rest : zero,
      captured: hold.captured.plus(cost),
      state: isOpen ? "open" : "captured",
    },
  };
}

/** The hold, given up. Releasing it again changes nothing. @throws HOLD_NOT_FOUND, HOLD_ENDED if it was captured or has expired. */
export function releaseHold(holds: readonly Hold[], { holdId, at }: { holdId: string; at: Instant }): Hold {
  const hold = holdOf(holds, holdId);
  if (hold.state === "released") return hold;
  return { ...openHoldOf(holds, holdId, at), amount: zero, state: "released" };
}

/** The holds that are open on record and have expired by `at`, as expired. */
export function expireHolds(holds: readonly Hold[], at: Instant): Hold[] {
  return holds
    .filter((each) => each.state === "open" && stateAt(each, at) === "expired")
    .map((each) => ({ ...each, amount: zero, state: "expired" }));
}

function openHoldOf(holds: readonly Hold[], holdId: string, at: Instant): Hold {
  const hold = holdOf(holds, holdId);
  if (stateAt(hold, at) !== "open") throw new BillingError("HOLD_ENDED");
  return hold;
}

function holdOf(holds: readonly Hold[], holdId: string): Hold {
  const hold = holds.find(({ id }) => id === holdId);
  if (hold === undefined) throw new BillingError("HOLD_NOT_FOUND");
  return hold;
}
