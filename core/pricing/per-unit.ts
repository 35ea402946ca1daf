import type { Decimal } from "../decimal.ts";
import type { PerUnit } from "../plan.ts";
import { productLine, type ChargeLine } from "./line.ts";

/** `quantity` units at one price. Example: 0.0000021 per token → 2,000 tokens cost 0.0042. */
export function chargePerUnit(price: PerUnit, quantity: Decimal): Decimal {
  return price.unitAmount.times(quantity);
}

export function perUnitLines(price: PerUnit, quantity: Decimal): ChargeLine[] {
  return [productLine("units", quantity, price.unitAmount)];
}
