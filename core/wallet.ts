/**
 * A customer's wallet in one denomination: its balance, the grants that stand behind it, and the ledger of everything that
 * moved it. Transitions are pure: each gives the wallet after and the ledger entries to append.
 *
 * Invariants:
 * - balance = what the active grants still hold + the unallocated rest (`unallocated`).
 * - The unallocated rest is above zero only by credits that are no grant, and below zero only while no grant holds anything:
 *   there is never a debt beside credits that could pay it.
 * - balance = the sum of all entries; an entry's `balanceAfter` is the one before it plus its `amount`; `seq` has no gaps;
 *   no entry is of zero.
 * - Of a grant that became effective: remaining = amount − the sum of its draws in all entries. A draw below zero gives back:
 *   only a `usage_reversal` and a `balance_returned` have them.
 * A grant that a transition leaves alone is the same object before and after, so the changed ones are told by identity.
 */
import { max, min, sum, zero, type Decimal } from "./decimal.ts";
import type { Denomination } from "./denomination.ts";
import { BillingError } from "./errors.ts";
import type { Instant } from "./period.ts";

export type Wallet = {
  denomination: Denomination;
  balance: Decimal;
  /** The number of the ledger's last entry; 0 before the first. */
  lastSeq: number;
  /** At least all that are scheduled or active; ended ones may be left out. */
  grants: readonly Grant[];
};

/** Credits, valid in `[effectiveAt, expiresAt)`. */
export type Grant = {
  id: string;
  amount: Decimal;
  /** What is left to draw; zero once the grant has ended. */
  remaining: Decimal;
  kind: GrantKind;
  /** The lower number is drawn first. */
  priority: number;
  effectiveAt: Instant;
  expiresAt: Instant | null;
  createdAt: Instant;
  state: GrantState;
  /** Whether it pays invoices too, and not only usage. */
  paysInvoices?: boolean;
};

export type GrantKind = "promotional" | "paid";

/** Scheduled grants are not in the balance yet; the last two have ended for good, an exhausted one only until it is given back. */
export type GrantState = "scheduled" | "active" | "exhausted" | "expired" | "voided";

export type LedgerEntryKind =
  | "grant"
  | "usage"
  | "usage_reversal"
  | "expiry"
  | "void"
  | "invoice_settlement"
  | "balance_applied"
  | "balance_returned"
  | "adjustment";

export type LedgerEntry = {
  seq: number;
  kind: LedgerEntryKind;
  /** Signed: above zero raises the balance. */
  amount: Decimal;
  balanceAfter: Decimal;
  /** What brought it about: the event, the grant, the invoice. */
  causeId: string;
  /** What the entry took from each grant; below zero what it gave back. */
  draws: Draw[];
  occurredAt: Instant;
};

export type Draw = { grantId: string; amount: Decimal };

export type Transition = { wallet: Wallet; entries: LedgerEntry[] };

export function emptyWallet(denomination: Denomination): Wallet {
  return { denomination, balance: zero, lastSeq: 0, grants: [] };
}

/**
 * The wallet after an event's cost. A cost draws the active grants in the order of `compareForDraw`; what they cannot cover
 * lowers the balance below them, in the end below zero. A negative cost (a volume tier reached) raises the balance and
 * belongs to no grant.
 * Example: grants of 5 (promotional) and 10 (paid), cost 7 → draws 5 and 2, balance 8.
 */
export function applyUsage(wallet: Wallet, usage: { cost: Decimal; causeId: string; at: Instant }): Transition {
  return move(wallet, { kind: "usage", amount: usage.cost.negated(), causeId: usage.causeId, at: usage.at });
}

/**
 * The wallet after a usage entry is taken back. Every grant gets back what it gave to it, and what no grant gave goes to where
 * it came from: it lowers a debt, or is a credit of no grant again. Then what stands in debt is paid from what came back, in
 * the order of `compareForDraw`. A grant that has expired or was voided meanwhile gives up at once what it gets back. Taking
 * back an entry that raised the balance lowers it: first the credit of no grant that it made, then like usage.
 * That an entry is taken back once only is the caller's to see to; so is having the entry's grants in the wallet, ended or not.
 * Example: grants of 5 and 10, usage of 7 (5 and 2) → after its reversal 5 and 10 again, as the entry +7 with draws -5 and -2.
 */
export function reverseUsage(
  wallet: Wallet,
  reversal: { entry: Pick<LedgerEntry, "amount" | "draws">; causeId: string; at: Instant },
): Transition {
  assertSettled(wallet, reversal.at);
  const { entry, causeId, at } = reversal;
  const movement: Movement = { kind: "usage_reversal", amount: entry.amount.negated(), causeId, at };
  return entry.amount.isPositive() ? takeBack(wallet, movement) : giveBack(wallet, movement, entry.draws);
}

/**
 * The wallet after any other signed movement: above zero it is a credit of no grant, below zero it draws like usage. A settlement
 * below zero takes an earlier one back, and so takes the credit of no grant before any grant.
 */
export function adjust(
  wallet: Wallet,
  movement: {
    kind: "usage_reversal" | "invoice_settlement" | "adjustment";
    amount: Decimal;
    causeId: string;
    at: Instant;
  },
): Transition {
  if (movement.kind === "invoice_settlement" && movement.amount.isNegative()) {
    assertSettled(wallet, movement.at);
    return takeBack(wallet, movement);
  }
  return move(wallet, movement);
}

/**
 * What of the wallet an invoice may take: the money that no grant is made of, and grants that pay invoices too, but nothing that an open hold
 * reserves for usage. Never below zero. Example: 10 of no grant and a grant of 5 for usage → 10; with 8 held → 7.
 */
export function invoiceable(wallet: Wallet, held: Decimal = zero): Decimal {
  const grants = wallet.grants.filter((grant) => isActive(grant) && grant.paysInvoices === true);
  const meant = sum([max(zero, unallocated(wallet)), ...grants.map(({ remaining }) => remaining)]);
  return max(zero, min(meant, wallet.balance.minus(held)));
}

/**
 * The wallet after an invoice has taken `amount` of it: from the grants that pay invoices, in the order of `compareForDraw`, and then from the
 * money of no grant. That it is no more than `invoiceable` is the caller's to see to.
 */
export function applyToInvoice(wallet: Wallet, of: { amount: Decimal; causeId: string; at: Instant }): Transition {
  assertSettled(wallet, of.at);
  const paying = { ...wallet, grants: wallet.grants.filter(({ paysInvoices }) => paysInvoices === true) };
  const draws = drawsFor(paying, of.amount);
  const movement = { kind: "balance_applied", amount: of.amount.negated(), causeId: of.causeId, at: of.at } as const;
  return record(withDraws(wallet, draws), movement, draws);
}

/**
 * The wallet with `amount` back of what an invoice took by `entry`, after `returned` of it came back earlier. What was taken last comes back first:
 * the money of no grant, then the grants from the last one on. As in `reverseUsage`, a grant that has ended meanwhile gives up what it gets back.
 * Example: an entry of -10 with draws of 4 and 3; 5 come back → 3 as money, 2 to the second grant.
 */
export function returnFromInvoice(
  wallet: Wallet,
  of: {
    entry: Pick<LedgerEntry, "amount" | "draws">;
    returned: Decimal;
    amount: Decimal;
    causeId: string;
    at: Instant;
  },
): Transition {
  assertSettled(wallet, of.at);
  const { entry, amount, causeId, at } = of;
  let skipped = of.returned;
  let open = amount;
  const take = (part: Decimal): Decimal => {
    const gone = min(part, skipped);
    skipped = skipped.minus(gone);
    const taken = min(part.minus(gone), open);
    open = open.minus(taken);
    return taken;
  };
  take(entry.amount.negated().minus(sum(entry.draws.map((draw) => draw.amount))));
  const given = entry.draws.toReversed().map(({ grantId, amount: drawn }) => ({ grantId, amount: take(drawn) }));
  const movement: Movement = { kind: "balance_returned", amount, causeId, at };
  return giveBack(
    wallet,
    movement,
    given.filter((draw) => draw.amount.isPositive()),
  );
}

/**
 * The wallet with a new grant. If it is effective already it raises the balance at once, and first pays a debt: that part is
 * recorded as a draw on it. If not, it waits as scheduled and leaves no entry yet.
 * Example: balance -3, grant of 10 → balance 7, remaining 7, a draw of 3.
 */
export function addGrant(wallet: Wallet, grant: Omit<Grant, "remaining" | "state">, at: Instant): Transition {
  if (!grant.amount.isPositive()) throw new RangeError("a grant must be above zero");
  if (grant.expiresAt !== null && grant.expiresAt <= Math.max(grant.effectiveAt, at)) {
    throw new RangeError("a grant must expire after it becomes effective, and not in the past");
  }
  assertSettled(wallet, at);
  const scheduled: Grant = { ...grant, remaining: grant.amount, state: "scheduled" };
  const added: Wallet = { ...wallet, grants: [...wallet.grants, scheduled] };
  return grant.effectiveAt > at ? { wallet: added, entries: [] } : activate(added, scheduled, at);
}

/**
 * The wallet with a grant whose time is over already: one that a renewal should have given and gives late. It pays `payable` of
 * the debt, what usage of its time came to, and the rest leaves the balance at once.
 * Example: balance -8, of which 5 were used in the grant's time; a grant of 7 → balance -3; 2 expired.
 */
export function addEndedGrant(
  wallet: Wallet,
  grant: Omit<Grant, "remaining" | "state">,
  { payable, at }: { payable: Decimal; at: Instant },
): Transition {
  if (!grant.amount.isPositive()) throw new RangeError("a grant must be above zero");
  if (grant.expiresAt === null || grant.expiresAt > at) throw new RangeError("the grant's time is not over");
  assertSettled(wallet, at);
  const added: Wallet = {
    ...wallet,
    grants: [...wallet.grants, { ...grant, remaining: grant.amount, state: "active" }],
  };
  const given = activate(added, grantIn(added, grant.id), at, payable);
  const ended = grantIn(given.wallet, grant.id);
  if (ended.state === "exhausted") return given;
  const rest = end(given.wallet, ended, "expired", grant.id, at);
  return { wallet: rest.wallet, entries: [...given.entries, ...rest.entries] };
}

/**
 * The wallet with everything done that has come due by `now`: grants become effective, and what expired grants still held
 * leaves the balance, each entry as of its own instant and in the order of time. Settling twice changes nothing more.
 */
export function settleDue(wallet: Wallet, now: Instant): Transition {
  const entries: LedgerEntry[] = [];
  let settled = wallet;
  for (let due = nextDue(settled, now); due !== null; due = nextDue(settled, now)) {
    const { grant, at } = due;
    const step =
      grant.state === "scheduled" ? activate(settled, grant, at) : end(settled, grant, "expired", grant.id, at);
    settled = step.wallet;
    entries.push(...step.entries);
  }
  return { wallet: settled, entries };
}

/** The next instant at which a grant becomes effective or expires, or null if none ever will. */
export function nextChangeAt(wallet: Wallet): Instant | null {
  let next: Instant | null = null;
  for (const grant of wallet.grants) {
    const at = changeOf(grant);
    if (at !== null && (next === null || at < next)) next = at;
  }
  return next;
}

/**
 * The wallet without what the grant still held. Voiding a grant that is voided already changes nothing.
 * @throws CREDIT_GRANT_ENDED if it is exhausted or expired, CREDIT_GRANT_NOT_FOUND if the wallet has no such grant.
 */
export function voidGrant(wallet: Wallet, voiding: { grantId: string; causeId: string; at: Instant }): Transition {
  assertSettled(wallet, voiding.at);
  const grant = wallet.grants.find(({ id }) => id === voiding.grantId);
  if (grant === undefined) throw new BillingError("CREDIT_GRANT_NOT_FOUND");
  if (grant.state === "voided") return { wallet, entries: [] };
  if (grant.state === "exhausted" || grant.state === "expired") throw new BillingError("CREDIT_GRANT_ENDED");
  return end(wallet, grant, "voided", voiding.causeId, voiding.at);
}

/**
 * Whether the cost would take what is available below zero, or further below: the balance without what open holds reserve
 * (`heldAmount` in hold.ts). A cost of zero or less never does.
 */
export function wouldOverdraw(wallet: Wallet, cost: Decimal, held: Decimal = zero): boolean {
  return cost.isPositive() && wallet.balance.minus(held).isLessThan(cost);
}

/** The part of the balance that no grant stands behind; below zero it is the customer's debt. */
export function unallocated(wallet: Wallet): Decimal {
  return wallet.balance.minus(sum(wallet.grants.filter(isActive).map(({ remaining }) => remaining)));
}

/** What the customer owes: the balance beyond all credits. */
export function debt(wallet: Wallet): Decimal {
  return max(zero, unallocated(wallet).negated());
}

/** The order in which grants are drawn: priority, soonest expiry (none last), promotional before paid, oldest, id. For `sort`. */
export function compareForDraw(a: Grant, b: Grant): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  if (a.expiresAt !== b.expiresAt) return (a.expiresAt ?? Infinity) - (b.expiresAt ?? Infinity);
  if (a.kind !== b.kind) return a.kind === "promotional" ? -1 : 1;
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  return a.id < b.id ? -1 : 1;
}

type Movement = { kind: LedgerEntryKind; amount: Decimal; causeId: string; at: Instant };

function move(wallet: Wallet, movement: Movement): Transition {
  assertSettled(wallet, movement.at);
  const draws = movement.amount.isNegative() ? drawsFor(wallet, movement.amount.negated()) : [];
  return record(withDraws(wallet, draws), movement, draws);
}

/** Lowers the balance by what an entry raised it by, from the credit of no grant as far as there is any. */
function takeBack(wallet: Wallet, movement: Movement): Transition {
  const credit = max(zero, unallocated(wallet));
  const draws = drawsFor(wallet, max(zero, movement.amount.negated().minus(credit)));
  return record(withDraws(wallet, draws), movement, draws);
}

/** Raises the balance by what an entry lowered it by, each grant by what it gave. */
function giveBack(wallet: Wallet, movement: Movement, given: readonly Draw[]): Transition {
  const returned = given.map(({ grantId, amount }) => ({ grantId, amount: amount.negated() }));
  const filled = withDraws(wallet, returned);
  const ended = given.flatMap(({ grantId }) => endedGrant(wallet, grantId, movement.at));
  const owed = debt({ ...filled, balance: filled.balance.plus(movement.amount) });
  const paying = { ...filled, grants: filled.grants.filter(({ id }) => !ended.some((each) => each.grantId === id)) };
  const payments = drawsFor(paying, owed);
  let step = record(withDraws(filled, payments), movement, together([...returned, ...payments]));
  const entries = step.entries;
  for (const { grantId, state } of ended) {
    const grant = grantIn(step.wallet, grantId);
    step = end(step.wallet, grant, state, state === "voided" ? movement.causeId : grantId, movement.at);
    entries.push(...step.entries);
  }
  return { wallet: step.wallet, entries };
}

/** How the grant has ended by `at`, if its time is over for good. */
function endedGrant(wallet: Wallet, grantId: string, at: Instant): { grantId: string; state: "expired" | "voided" }[] {
  const { state, expiresAt } = grantIn(wallet, grantId);
  if (state === "voided") return [{ grantId, state }];
  return state === "expired" || (expiresAt !== null && expiresAt <= at) ? [{ grantId, state: "expired" }] : [];
}

function grantIn(wallet: Wallet, grantId: string): Grant {
  const grant = wallet.grants.find(({ id }) => id === grantId);
  if (grant === undefined) throw new RangeError("the wallet lacks a grant that the entry drew; load ended ones too");
  return grant;
}

/** One draw for each grant, without those that come to nothing. */
function together(draws: Draw[]): Draw[] {
  const amounts = new Map<string, Decimal>();
  for (const { grantId, amount } of draws) amounts.set(grantId, (amounts.get(grantId) ?? zero).plus(amount));
  return [...amounts].filter(([, amount]) => !amount.isZero()).map(([grantId, amount]) => ({ grantId, amount }));
}

/** Takes `amount` from the active grants in order, as far as they reach. */
function drawsFor(wallet: Wallet, amount: Decimal): Draw[] {
  const draws: Draw[] = [];
  let open = amount;
  for (const grant of wallet.grants.filter(isActive).toSorted(compareForDraw)) {
    if (!open.isPositive()) break;
    const drawn = min(open, grant.remaining);
    draws.push({ grantId: grant.id, amount: drawn });
    open = open.minus(drawn);
  }
  return draws;
}

/** A grant enters the balance, and pays a debt first, of at most `payable` if that is given. */
function activate(wallet: Wallet, grant: Grant, at: Instant, payable: Decimal = grant.amount): Transition {
  const owed = min(debt(wallet), payable);
  const draws = owed.isPositive() ? [{ grantId: grant.id, amount: min(owed, grant.amount) }] : [];
  const activated = withGrant(wallet, { ...grant, state: "active" });
  return record(withDraws(activated, draws), { kind: "grant", amount: grant.amount, causeId: grant.id, at }, draws);
}

/** A grant ends, and what it still held leaves the balance with it. One that never became effective held nothing. */
function end(wallet: Wallet, grant: Grant, state: "expired" | "voided", causeId: string, at: Instant): Transition {
  const ended = withGrant(wallet, { ...grant, remaining: zero, state });
  if (grant.state === "scheduled") return { wallet: ended, entries: [] };
  const movement: Movement = { kind: ENDING[state], amount: grant.remaining.negated(), causeId, at };
  return record(ended, movement, [{ grantId: grant.id, amount: grant.remaining }]);
}

const ENDING = { expired: "expiry", voided: "void" } as const;

/** The only place that moves a balance and numbers an entry. */
function record(wallet: Wallet, { kind, amount, causeId, at }: Movement, draws: Draw[]): Transition {
  if (amount.isZero()) return { wallet, entries: [] };
  const seq = wallet.lastSeq + 1;
  const balanceAfter = wallet.balance.plus(amount);
  const entry: LedgerEntry = { seq, kind, amount, balanceAfter, causeId, draws, occurredAt: at };
  return { wallet: { ...wallet, balance: balanceAfter, lastSeq: seq }, entries: [entry] };
}

function withDraws(wallet: Wallet, draws: Draw[]): Wallet {
  if (draws.length === 0) return wallet;
  return {
    ...wallet,
    grants: wallet.grants.map((grant) =>
      drawn(
        grant,
        draws.find(({ grantId }) => grantId === grant.id),
      ),
    ),
  };
}

function drawn(grant: Grant, draw: Draw | undefined): Grant {
  if (draw === undefined) return grant;
  const remaining = grant.remaining.minus(draw.amount);
  return { ...grant, remaining, state: remaining.isZero() ? "exhausted" : "active" };
}

function withGrant(wallet: Wallet, changed: Grant): Wallet {
  return { ...wallet, grants: wallet.grants.map((grant) => (grant.id === changed.id ? changed : grant)) };
}

/** The first change that is due by `now`. At one instant expiries come first, because periods of validity are half-open. */
function nextDue(wallet: Wallet, now: Instant): { grant: Grant; at: Instant } | null {
  let next: { grant: Grant; at: Instant } | null = null;
  for (const grant of wallet.grants) {
    const at = changeOf(grant);
    if (at === null || at > now) continue;
    if (next === null || compareDue({ grant, at }, next) < 0) next = { grant, at };
  }
  return next;
}

function compareDue(a: { grant: Grant; at: Instant }, b: { grant: Grant; at: Instant }): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.grant.state !== b.grant.state) return a.grant.state === "active" ? -1 : 1;
  return a.grant.id < b.grant.id ? -1 : 1;
}

/** When the grant next changes by the passing of time. */
function changeOf(grant: Grant): Instant | null {
  if (grant.state === "scheduled") return grant.effectiveAt;
  return grant.state === "active" ? grant.expiresAt : null;
}

function isActive(grant: Grant): boolean {
  return grant.state === "active";
}

/** A wallet must be settled to the present before it is moved, or an expired grant could still be spent. */
function assertSettled(wallet: Wallet, at: Instant): void {
  const next = nextChangeAt(wallet);
  if (next !== null && next <= at) throw new RangeError("the wallet has grants due; settle it before moving it");
}
