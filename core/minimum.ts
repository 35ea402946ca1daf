/**
 * What is missing to what was agreed on as the least: to the minimums of prices, by usage period, and to the plan's commitments, by
 * billing period. A period in which fees are owed for a part of the time is owed that part of the least.
 */
import { sum, zero, type Decimal } from "./decimal.ts";
import { denominationKey, isSameDenomination, type Denomination } from "./denomination.ts";
import type { BillingSchedules } from "./billing-schedule.ts";
import { billedPart, withEnding } from "./fee-basis.ts";
import { feesDue, type FeeLine, type FeeTerms } from "./fixed-fee.ts";
import { chargesIn, type UsageCharge } from "./period-charges.ts";
import { periodContaining, shareOf, type Instant, type Period, type PeriodSchedule } from "./period.ts";
import type { MinimumCommitment, PlanDocument } from "./plan.ts";
import { trueUp } from "./pricing.ts";
import { prorated } from "./proration.ts";

/** What is missing, above zero. `meterCode` is null for a commitment of the plan. */
export type Shortfall = {
  code: string;
  meterCode: string | null;
  denomination: Denomination;
  amount: Decimal;
  period: Period;
};

export type MinimumTerms = {
  plan: PlanDocument;
  schedules: BillingSchedules;
  feeTerms: FeeTerms;
  after: Instant | null;
  at: Instant;
  /** The usage periods that are closed, with and without usage. */
  periods: readonly Period[];
  charges: readonly UsageCharge[];
  /** By `denominationKey`: what usage came to in earlier usage periods of the billing period. */
  chargedEarlier?: ReadonlyMap<string, Decimal>;
};

/**
 * The shortfalls of the usage periods that are closed, and of the billing period if it ends in `(after, at]`. What is paid to reach
 * a price's minimum counts towards the plan's.
 * Example: a commitment of 100 a month from 16 April on, usage of 30 → 20.
 */
export function shortfalls(of: MinimumTerms): Shortfall[] {
  const ofPrices = of.periods.flatMap((period) => priceShortfalls(of, period));
  return [...ofPrices, ...commitmentShortfalls(of, ofPrices)];
}

function priceShortfalls({ plan, schedules, feeTerms, charges }: MinimumTerms, period: Period): Shortfall[] {
  return plan.usagePrices.flatMap((price) => {
    if (price.minimum === null) return [];
    const charged = charges.find((each) => each.price === price && each.period === period)?.charged ?? zero;
    const amount = trueUp({ minimum: leastFor(feeTerms, price.minimum, schedules.usage, period) }, charged);
    const { code, meterCode, denomination } = price;
    return amount.isZero() ? [] : [{ code, meterCode, denomination, amount, period }];
  });
}

/** The least for the time of the period in which fees are owed. */
function leastFor({ history, ending }: FeeTerms, minimum: Decimal, of: PeriodSchedule, period: Period): Decimal {
  const whole = periodContaining(of, period.startsAt);
  return billedPart(prorated(minimum, shareOf(of, whole)), withEnding(history, ending), whole);
}

function commitmentShortfalls(of: MinimumTerms, ofPrices: Shortfall[]): Shortfall[] {
  const period = endedBillingPeriod(of);
  if (period === null) return [];
  return (of.plan.minimumCommitments ?? []).flatMap((commitment) => {
    const { code, denomination, amount: agreed } = commitment;
    const least = leastFor(of.feeTerms, agreed, of.schedules.billing, period);
    const amount = trueUp({ minimum: least }, countedTowards(of, commitment, period, ofPrices));
    return amount.isZero() ? [] : [{ code, meterCode: null, denomination, amount, period }];
  });
}

/** The billing period that ends in `(after, at]`, by itself or with the subscription. */
function endedBillingPeriod({ schedules, feeTerms, after, at }: MinimumTerms): Period | null {
  const endsAt = feeTerms.ending?.at ?? Infinity;
  const until = Math.min(at, endsAt);
  const first = feeTerms.history[0]?.from;
  if (first === undefined || until <= first) return null;
  const period = periodContaining(schedules.billing, until - 1);
  const endedAt = Math.min(period.endsAt, endsAt);
  return endedAt <= at && (after === null || endedAt > after) ? period : null;
}

function countedTowards(
  of: MinimumTerms,
  { denomination, counts }: MinimumCommitment,
  period: Period,
  ofPrices: Shortfall[],
): Decimal {
  const usage = chargesIn(of.charges, denomination).filter((each) => each.period.startsAt >= period.startsAt);
  const filled = ofPrices.filter((each) => isSameDenomination(each.denomination, denomination));
  return sum([
    of.chargedEarlier?.get(denominationKey(denomination)) ?? zero,
    ...usage.map(({ charged }) => charged),
    ...filled.map(({ amount }) => amount),
    ...(counts === "usage" ? [] : feesFor(of, denomination, period).map(({ amount }) => amount)),
  ]);
}

/** The fees for the time of the period: in advance, in arrears, and changed within it. */
function feesFor({ feeTerms, at }: MinimumTerms, denomination: Denomination, { startsAt, endsAt }: Period): FeeLine[] {
  return feesDue(feeTerms, { after: startsAt - 1, at }).filter(
    ({ fee, period }) =>
      isSameDenomination(fee.denomination, denomination) && period.startsAt >= startsAt && period.startsAt < endsAt,
  );
}
