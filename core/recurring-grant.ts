/**
 * Credits that a plan gives with every billing period, and what goes on into the next one. All of it is known from the inputs, the
 * keys too, so that a renewal that is worked twice gives nothing twice.
 */
import { min, sum, type Decimal } from "./decimal.ts";
import type { ExpectedRenewal } from "./balance.ts";
import { periodsFrom, type Instant, type Period, type PeriodSchedule } from "./period.ts";
import type { RecurringGrant } from "./plan.ts";
import type { Grant, LedgerEntry } from "./wallet.ts";

export type DueGrant = Pick<Grant, "amount" | "kind" | "priority" | "effectiveAt" | "expiresAt"> &
  Pick<RecurringGrant, "code" | "name" | "denomination"> & {
    /** Unique for each subscription: store it with the grant. */
    key: string;
    part: GrantPart;
  };

/** What a period begins with, what is carried over from the period before, and what comes with seats that are added within it. */
export type GrantPart = "allowance" | "rollover" | "seats";

/**
 * What a billing period begins with. `leftOver`, by code, is what the grants of the period before still held as they expired:
 * `leftOverOf`. Credits that do not go on, and those that go on up to a cap, expire with their period, whether or not anybody is
 * there to take them away; the part that goes on is given again.
 * Example: 100 a month, cap 50, 70 left over → an allowance of 100 and a rollover of 50, both until the month ends.
 */
export function renewGrants(
  grants: readonly RecurringGrant[],
  of: { period: Period; seatCount: Decimal; leftOver: ReadonlyMap<string, Decimal> },
): DueGrant[] {
  const { startsAt } = of.period;
  return grants
    .flatMap((grant) => [
      due(
        grant,
        "allowance",
        grant.per === "seat" ? grant.amount.times(of.seatCount) : grant.amount,
        startsAt,
        of.period,
      ),
      ...rolledOver(grant, of.period, of.leftOver.get(grant.code)),
    ])
    .filter(({ amount }) => amount.isPositive());
}

/**
 * What comes with seats that are added within a period: the allowance of those beyond `mostSeats`, which is the most that the period
 * has had so far. So seats that come and go bring nothing a second time.
 */
export function grantsForSeats(
  grants: readonly RecurringGrant[],
  of: { period: Period; at: Instant; mostSeats: Decimal; seatCount: Decimal },
): DueGrant[] {
  const added = of.seatCount.minus(of.mostSeats);
  if (!added.isPositive()) return [];
  return grants
    .filter(({ per }) => per === "seat")
    .map((grant) => due(grant, "seats", grant.amount.times(added), of.at, of.period))
    .filter(({ amount }) => amount.isPositive());
}

/** What these grants held as they expired. */
export function leftOverOf(entries: readonly LedgerEntry[], grantIds: ReadonlySet<string>): Decimal {
  const expiries = entries.filter(({ kind, causeId }) => kind === "expiry" && grantIds.has(causeId));
  return sum(expiries.map(({ amount }) => amount.negated()));
}

/**
 * What periods that begin in `[from, until]` will give, for `projectBalance`; of one wallet's denomination. `grantIds`, by code, are
 * the grants of the period that `from` is in.
 */
export function* expectedRenewals(
  grants: readonly RecurringGrant[],
  of: {
    schedule: PeriodSchedule;
    from: Instant;
    until: Instant;
    seatCount: Decimal;
    grantIds: ReadonlyMap<string, ReadonlySet<string>>;
  },
): Generator<ExpectedRenewal> {
  let given = of.grantIds;
  for (const period of periodsFrom(of.schedule, { from: of.from, until: of.until + 1 })) {
    yield {
      at: period.startsAt,
      grants: (entries) => {
        const leftOver = new Map([...given].map(([code, ids]) => [code, leftOverOf(entries, ids)]));
        const due = renewGrants(grants, { period, seatCount: of.seatCount, leftOver });
        given = new Map(
          grants.map(({ code }) => [code, new Set(due.filter((each) => each.code === code).map(({ key }) => key))]),
        );
        return due.map(({ key, amount, kind, priority, effectiveAt, expiresAt }) => ({
          id: key,
          amount,
          kind,
          priority,
          effectiveAt,
          expiresAt,
        }));
      },
    };
  }
}

function rolledOver(grant: RecurringGrant, period: Period, leftOver: Decimal | undefined): DueGrant[] {
  if (grant.rollover.type !== "capped" || leftOver === undefined) return [];
  return [due(grant, "rollover", min(leftOver, grant.rollover.cap), period.startsAt, period)];
}

function due(grant: RecurringGrant, part: GrantPart, amount: Decimal, effectiveAt: Instant, period: Period): DueGrant {
  const { code, name, denomination, kind, priority, rollover } = grant;
  const expiresAt = rollover.type === "all" ? null : period.endsAt;
  return {
    key: `${code}:${effectiveAt}:${part}`,
    part,
    code,
    name,
    denomination,
    amount,
    kind,
    priority,
    effectiveAt,
    expiresAt,
  };
}
