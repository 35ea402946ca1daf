/** Why a charge or a cost is what it is, in lines that add up to it to the last digit. */
import { emptyCounter, type CounterState } from "./counter.ts";
import { zero, type Decimal } from "./decimal.ts";
import type { Denomination } from "./denomination.ts";
import type { PricingModel, UnitRounding, UsagePrice } from "./plan.ts";
import { capped, periodCharge, roundedPerPeriod, usageCharge, usageLines, type Reading } from "./pricing.ts";
import { amountLine, differenceOf, type ChargeLine } from "./pricing/line.ts";

export type Explanation = {
  priceCode: string;
  meterCode: string;
  model: PricingModel["model"];
  denomination: Denomination;
  dimension: string;
  counterBefore: CounterState;
  counterAfter: CounterState;
  /** The readings in whole steps, where the price rounds the period's; null where it does not. */
  rounding: (UnitRounding & { quantityBefore: Decimal; quantityAfter: Decimal }) | null;
  /** What the event touched: the difference between the charges after and before, tier by tier. */
  lines: ChargeLine[];
  /** What the lines add up to. */
  amount: Decimal;
};

/** A counter's move. `uncapped…` is what all of the price's dimensions cost before its maximum; without it, this one's alone. */
export type CounterMove = {
  dimension: string;
  counterBefore: CounterState;
  counterAfter: CounterState;
  uncappedBefore?: Decimal;
  uncappedAfter?: Decimal;
};

/**
 * Why a counter's move cost what it did.
 * Example: 10 at 2, more at 1; from 8 to 12 units → 2 units of tier 1 for 4 and 2 units of tier 2 for 2: 6.
 */
export function explain(price: UsagePrice, move: CounterMove): Explanation {
  const { dimension, counterBefore, counterAfter } = move;
  const [before, after]: [Reading, Reading] = [
    { dimension, state: counterBefore },
    { dimension, state: counterAfter },
  ];
  const uncappedBefore = move.uncappedBefore ?? usageCharge(price, before);
  const uncappedAfter = move.uncappedAfter ?? usageCharge(price, after);
  const lines = differenceOf(
    [...usageLines(price, before), ...maximumLines(price, uncappedBefore)],
    [...usageLines(price, after), ...maximumLines(price, uncappedAfter)],
  );
  return {
    priceCode: price.code,
    meterCode: price.meterCode,
    model: price.model,
    denomination: price.denomination,
    dimension,
    counterBefore,
    counterAfter,
    rounding: roundingOf(price, counterBefore, counterAfter),
    lines,
    amount: capped(price, uncappedAfter).minus(capped(price, uncappedBefore)),
  };
}

/** A period's charge for one price, dimension by dimension: what an invoice line shows as its details. */
export type Breakdown = {
  dimensions: { dimension: string; lines: ChargeLine[] }[];
  maximum: ChargeLine[];
  amount: Decimal;
};

/** What `periodCharge` is made of. */
export function breakdown(price: UsagePrice, readings: readonly Reading[]): Breakdown {
  const dimensions = readings.map((reading) => ({
    dimension: reading.dimension,
    lines: differenceOf(usageLines(price, { ...reading, state: emptyCounter }), usageLines(price, reading)),
  }));
  const uncapped = readings.reduce((total, reading) => total.plus(usageCharge(price, reading)), zero);
  return { dimensions, maximum: maximumLines(price, uncapped), amount: periodCharge(price, readings) };
}

/** What the price's maximum takes off; nothing while it is not reached. */
function maximumLines(price: UsagePrice, uncapped: Decimal): ChargeLine[] {
  const takenOff = capped(price, uncapped).minus(uncapped);
  return takenOff.isZero() ? [] : [amountLine("maximum", zero, takenOff)];
}

function roundingOf(price: UsagePrice, before: CounterState, after: CounterState): Explanation["rounding"] {
  if (price.rounding?.per !== "period") return null;
  return {
    ...price.rounding,
    quantityBefore: roundedPerPeriod(price, before.quantity),
    quantityAfter: roundedPerPeriod(price, after.quantity),
  };
}
