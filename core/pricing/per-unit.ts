import type { Decimal } from "../decimal.ts";
import type { PerUnit } from "../plan.ts";

/** `quantity` units at one price. Example: 0.0000021 per token → 2,000 tokens cost 0.0042. */
export function chargePerUnit(price: PerUnit, quantity: Decimal): Decimal {
  return price.unitAmount.times(quantity);
}
