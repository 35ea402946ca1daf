/** What the usage of a closed period came to, price by price: as its events were charged, to the last digit. */
import { zero, type Decimal } from "./decimal.ts";
import { denominationKey, isSameDenomination, type Denomination } from "./denomination.ts";
import { wholePrice } from "./dimension.ts";
import type { Period } from "./period.ts";
import { dimensionsOf, type PlanDocument, type UsagePrice } from "./plan.ts";
import { periodCharge, type Reading } from "./pricing.ts";

/** The counters of one usage period that is closed by this invoice, or was by it before. */
export type ClosedUsage = {
  period: Period;
  /** By price code: every counter of the period as a whole. Windows are no counters of their own here. */
  readings: ReadonlyMap<string, readonly Reading[]>;
};

/** By `denominationKey`: what the usage of a period comes to, as its events were charged. For `openCharges` and the like. */
export function chargedUsage(plan: PlanDocument, closed: ClosedUsage): Map<string, Decimal> {
  const totals = new Map<string, Decimal>();
  for (const { price, charged } of chargesOf(plan, closed)) {
    const key = denominationKey(price.denomination);
    totals.set(key, (totals.get(key) ?? zero).plus(charged));
  }
  return totals;
}

export type UsageCharge = { price: UsagePrice; period: Period; readings: readonly Reading[]; charged: Decimal };

/** One for each price that has a counter, in the order of the plan. */
export function chargesOf(plan: PlanDocument, { period, readings }: ClosedUsage): UsageCharge[] {
  return plan.usagePrices.flatMap((price) => {
    const hasDimensions = dimensionsOf(price).length > 0;
    // The counter of a price's maximum is what its dimensions cost together, and no usage of its own.
    const own = (readings.get(price.code) ?? []).filter(({ dimension }) => !hasDimensions || dimension !== wholePrice);
    return own.length === 0 ? [] : [{ price, period, readings: own, charged: periodCharge(price, own) }];
  });
}

/** Those in one denomination. */
export function chargesIn(charges: readonly UsageCharge[], denomination: Denomination): UsageCharge[] {
  return charges.filter(({ price }) => isSameDenomination(price.denomination, denomination));
}
