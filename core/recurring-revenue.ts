/** What subscriptions bring in every month by their fees, whatever is used: monthly recurring revenue. */
import { Decimal, zero } from "./decimal.ts";
import type { FixedFee, PlanDocument } from "./plan.ts";
import type { Recurrence } from "./period.ts";
import { toMinorUnits } from "./minor-unit.ts";

const monthsIn = { month: 1n, quarter: 3n, year: 12n };
/** A year has 365.25 days on average, so a month has 30.4375, and of weeks 30.4375 / 7. */
const daysPerMonth = Decimal.of(304_375n, 4);
const daysPerWeek = Decimal.of(7n);
/** Far more than any currency has; what is rounded here is rounded once more to the minor unit. */
const digits = { scale: 20, mode: "half-even" } as const;

/**
 * The fees of `seatCount` seats of a plan, brought to a month: by currency, in minor units, rounded half up once. Fees that are owed once, and those in
 * pricing units, are none. Example: 120 a year and 5 a month per seat, 2 seats → 20.
 */
export function monthlyFees(plan: PlanDocument, seatCount: Decimal): Map<string, Decimal> {
  const exact = new Map<string, Decimal>();
  for (const fee of plan.fixedFees) {
    if (fee.recurrence === "once" || fee.denomination.accountType !== "currency") continue;
    const { code } = fee.denomination;
    exact.set(code, (exact.get(code) ?? zero).plus(perMonth(fee, plan, seatCount)));
  }
  return new Map([...exact].map(([code, amount]) => [code, toMinorUnits(amount, code)]));
}

function perMonth(fee: FixedFee, plan: PlanDocument, seatCount: Decimal): Decimal {
  const every: Recurrence = fee.every ?? { interval: plan.billingInterval, intervalCount: plan.billingIntervalCount };
  const amount = fee.per === "seat" ? fee.amount.times(seatCount) : fee.amount;
  const count = Decimal.of(BigInt(every.intervalCount));
  if (every.interval === "week") return amount.times(daysPerMonth).dividedBy(daysPerWeek.times(count), digits);
  return amount.dividedBy(count.times(Decimal.of(monthsIn[every.interval])), digits);
}
