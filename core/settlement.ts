/**
 * What usage is still to be paid for when its period is billed. Events move the wallet as they come: credits pay for them as far
 * as they reach, and the rest is a debt. The invoice takes the debt over and settles it in the ledger, so that every unit of
 * usage is paid once: by a credit, or on one invoice. No event is looked at, only counters and the wallet.
 */
import { max, min, zero, type Decimal } from "./decimal.ts";
import { adjust, debt, type LedgerEntry, type Wallet } from "./wallet.ts";
import type { Instant } from "./period.ts";

export type Settled = {
  /** The part of the period's usage that no credit paid for. */
  usage: Decimal;
  /** Debt from before that is on no invoice yet: an adjustment, or usage that could not be converted then. */
  carried: Decimal;
};

export const nothingSettled: Settled = { usage: zero, carried: zero };

export type Settlement = { settled: Settled; wallet: Wallet; entries: LedgerEntry[] };

/**
 * The wallet with its debt settled by the invoice of a period, and how much the invoice has settled in all.
 *
 * `charged` is what all usage of the period came to in the wallet's denomination, and `openCharges` what that of periods did that
 * are on no invoice yet, this one's left out: that debt is theirs. Credits pay for the oldest usage first, so a period billed late,
 * when usage of the next has come already, owes what it would have owed in time. Grants that begin as the period ends are added
 * after.
 *
 * `before` is what the invoice has settled already. While it is a draft, late usage adds to it, and usage taken out gives back.
 * Settling again without a change moves nothing.
 * Example: usage of 7 and of 5 in the open period, credits of 4, so the balance is -8 → 3 are settled, and -5 stays.
 */
export function settleUsage(
  wallet: Wallet,
  of: { charged: Decimal; openCharges: Decimal; before: Settled; causeId: string; at: Instant },
): Settlement {
  const billable = max(zero, of.charged);
  const movement = { kind: "invoice_settlement", causeId: of.causeId, at: of.at } as const;
  const givenBack = max(zero, of.before.usage.minus(billable));
  const lowered = adjust(wallet, { ...movement, amount: givenBack.negated() });

  const owed = max(zero, debt(lowered.wallet).minus(max(zero, of.openCharges)));
  const kept = of.before.usage.minus(givenBack);
  const usage = min(owed, billable.minus(kept));
  const carried = owed.minus(usage);
  const raised = adjust(lowered.wallet, { ...movement, amount: owed });
  return {
    settled: { usage: kept.plus(usage), carried: of.before.carried.plus(carried) },
    wallet: raised.wallet,
    entries: [...lowered.entries, ...raised.entries],
  };
}

/**
 * What credits paid of each amount, when `owed` is left of them all: the first ones are paid first. An amount below zero was given
 * to the wallet already, and so is paid whole.
 * Example: 5, 4 and -1, of which 3 are left → 5, 1 and -1 (of 8, 5 were paid by credits).
 */
export function paidByCredits(amounts: readonly Decimal[], owed: Decimal): Decimal[] {
  let open = amounts.reduce((total, each) => total.plus(max(zero, each)), zero).minus(owed);
  return amounts.map((amount) => {
    if (!amount.isPositive()) return amount;
    const paid = min(amount, open);
    open = open.minus(paid);
    return paid;
  });
}
