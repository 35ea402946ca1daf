import type { CounterState } from "../counter.ts";
import { decimal, type Decimal } from "../decimal.ts";
import type { FlatPerEvent } from "../plan.ts";
import { productLine, type ChargeLine } from "./line.ts";

/** The same for every event. Example: 0.05 → 3 events cost 0.15, whatever their quantities. */
export function chargeFlatPerEvent(price: FlatPerEvent, { eventCount }: Pick<CounterState, "eventCount">): Decimal {
  return price.amount.times(decimal(String(eventCount)));
}

export function flatPerEventLines(price: FlatPerEvent, { eventCount }: Pick<CounterState, "eventCount">): ChargeLine[] {
  return [productLine("event_fee", decimal(String(eventCount)), price.amount)];
}
