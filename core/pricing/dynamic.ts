import type { CounterState } from "../counter.ts";
import { decimal, type Decimal } from "../decimal.ts";
import { invalidProperty } from "../invalid-property.ts";
import type { Dynamic } from "../plan.ts";
import { propertyOf, readDecimal, type Properties } from "../property.ts";
import { amountLine, type ChargeLine } from "./line.ts";

/** What the period's events say they cost. */
export function chargeDynamic({ accrued }: Pick<CounterState, "accrued">): Decimal {
  return accrued;
}

/**
 * What the event itself says it costs; may be negative.
 * @throws INVALID_PROPERTY if it does not say so in a number.
 */
export function dynamicFee(price: Dynamic & { code: string }, properties: Properties): Decimal {
  const value = propertyOf(properties, price.amountProperty);
  const amount = readDecimal(value);
  if (amount !== null) return amount;
  const reason = value === undefined ? "missing" : "not one";
  throw invalidProperty(
    price.amountProperty,
    { priceCode: price.code },
    `needs a number or a numeric string here; it is ${reason}`,
  );
}

export function dynamicLines({ eventCount, accrued }: Pick<CounterState, "eventCount" | "accrued">): ChargeLine[] {
  return [amountLine("event_amounts", decimal(String(eventCount)), accrued)];
}
