import { one, type Decimal } from "../decimal.ts";
import type { Tier, Volume } from "../plan.ts";
import { productLine, type ChargeLine } from "./line.ts";
import { tierIndex, tierStart } from "./tiers.ts";

/**
 * All units at the price of the tier that the last of them lies in, and that tier's flat amount. The charge may fall as the
 * quantity grows past a tier. Example: up to 10 at 2, more at 1 → 10 units cost 20, 12 units cost 12.
 */
export function chargeVolume({ tiers }: Volume, quantity: Decimal): Decimal {
  const { unitAmount, flatAmount } = tiers[tierIndex(tiers, quantity)] as Tier;
  const units = unitAmount.times(quantity);
  return quantity.isPositive() ? units.plus(flatAmount) : units;
}

export function volumeLines({ tiers }: Volume, quantity: Decimal): ChargeLine[] {
  const index = tierIndex(tiers, quantity);
  const tier = tiers[index] as Tier;
  const range = { tier: index + 1, from: tierStart(tiers, index), upTo: tier.upTo };
  const units = productLine("units", quantity, tier.unitAmount, range);
  const isFlatOwed = quantity.isPositive() && !tier.flatAmount.isZero();
  return isFlatOwed ? [units, productLine("flat_fee", one, tier.flatAmount, range)] : [units];
}
