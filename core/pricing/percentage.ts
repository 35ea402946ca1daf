import type { CounterState } from "../counter.ts";
import { decimal, max, min, zero, type Decimal } from "../decimal.ts";
import type { Percentage } from "../plan.ts";
import { beyond } from "./included.ts";
import { amountLine, productLine, type ChargeLine } from "./line.ts";

/**
 * The rate on what goes beyond the free amount, and a fee for every event; or, with a minimum or maximum per event, what the
 * events cost each on its own. Example: 1 % + 0.10, 500 free, three events of 700 in all → 2 + 0.30 = 2.30.
 */
export function chargePercentage(
  price: Percentage,
  quantity: Decimal,
  { eventCount, accrued }: Pick<CounterState, "eventCount" | "accrued">,
): Decimal {
  if (isPerEvent(price)) return accrued;
  const rated = fraction(price.ratePercent).times(beyond(quantity, price.freeAmount));
  return rated.plus(price.fixedAmount.times(decimal(String(eventCount))));
}

/** What one event costs on its own; zero if the price has neither a minimum nor a maximum per event. */
export function percentageFee(price: Percentage, quantity: Decimal): Decimal {
  if (!isPerEvent(price)) return zero;
  let fee = fraction(price.ratePercent).times(quantity).plus(price.fixedAmount);
  if (price.minimumPerEvent !== null) fee = max(fee, price.minimumPerEvent);
  if (price.maximumPerEvent !== null) fee = min(fee, price.maximumPerEvent);
  return fee;
}

export function percentageLines(
  price: Percentage,
  quantity: Decimal,
  { eventCount, accrued }: Pick<CounterState, "eventCount" | "accrued">,
): ChargeLine[] {
  const events = decimal(String(eventCount));
  if (isPerEvent(price)) return [amountLine("event_amounts", events, accrued)];
  const rated = beyond(quantity, price.freeAmount);
  return [
    productLine("included", quantity.minus(rated), zero),
    productLine("rate", rated, fraction(price.ratePercent)),
    productLine("event_fee", events, price.fixedAmount),
  ].filter((line) => !line.quantity.isZero());
}

/** Whether events are charged each on its own. */
export function isPerEvent({ minimumPerEvent, maximumPerEvent }: Percentage): boolean {
  return minimumPerEvent !== null || maximumPerEvent !== null;
}

/** A percentage as a factor: 2.9 → 0.029. Exact, because a hundredth is a decimal fraction. */
export function fraction(percent: Decimal): Decimal {
  return percent.times(hundredth);
}

const hundredth = decimal("0.01");
