/** What a wallet held at an instant of the past, and what it will hold as far as that is known today. */
import { zero, type Decimal } from "./decimal.ts";
import type { Instant } from "./period.ts";
import { addGrant, settleDue, type Grant, type LedgerEntry, type Wallet } from "./wallet.ts";

/**
 * The balance at an instant, from the ledger: what the last entry until then left. `entries` in any order; the last one at or before
 * the instant is enough. The ledger must be settled to the instant, as a wallet is before it is shown.
 * Example: +10 on 1 April, -3 on 5 April; as of 4 April → 10, as of 5 April → 7.
 */
export function balanceAt(
  entries: readonly Pick<LedgerEntry, "seq" | "occurredAt" | "balanceAfter">[],
  instant: Instant,
): Decimal {
  let last: (typeof entries)[number] | null = null;
  for (const each of entries) {
    if (each.occurredAt <= instant && (last === null || each.seq > last.seq)) last = each;
  }
  return last?.balanceAfter ?? zero;
}

/** A grant that is expected. `expected` with the same instant are given in their order. */
export type ExpectedGrant = Omit<Grant, "remaining" | "state" | "createdAt">;

/** What is given at an instant, by the entries until then: so that what goes on can depend on what is left. */
export type ExpectedRenewal = { at: Instant; grants: (entries: readonly LedgerEntry[]) => ExpectedGrant[] };

export type Projection = {
  /** The balance at the end. */
  balance: Decimal;
  /** Everything that will have moved it, in the order of time. */
  entries: LedgerEntry[];
};

/**
 * The balance as it will be at `until`, if nothing is used: grants of the wallet begin and expire, expected ones are given when they
 * become effective, and recurring ones (`expectedRenewals`) as their periods begin.
 * Example: balance 100 of which 60 expire in May, 40 expected on 1 June; until 2 June → 80.
 */
export function projectBalance(
  wallet: Wallet,
  of: {
    now: Instant;
    until: Instant;
    expected: readonly ExpectedGrant[];
    renewals?: Iterable<ExpectedRenewal>;
  },
): Projection {
  const entries: LedgerEntry[] = [];
  let current = wallet;
  const settle = (at: Instant) => {
    const step = settleDue(current, at);
    current = step.wallet;
    entries.push(...step.entries);
  };
  const give = (grant: ExpectedGrant, at: Instant) => {
    const step = addGrant(current, { ...grant, createdAt: at }, at);
    current = step.wallet;
    entries.push(...step.entries);
  };
  settle(of.now);
  for (const grant of of.expected) if (grant.effectiveAt <= of.until) give(grant, of.now);
  for (const renewal of of.renewals ?? []) {
    if (renewal.at > of.until) break;
    settle(renewal.at);
    for (const grant of renewal.grants(entries)) give(grant, renewal.at);
  }
  settle(of.until);
  return { balance: current.balance, entries };
}
