import { one, type Decimal } from "../decimal.ts";
import type { Graduated, Tier } from "../plan.ts";
import { productLine, type ChargeLine, type ChargeLineKind } from "./line.ts";
import { graduatedCharge, partsOfTiers, tierStart } from "./tiers.ts";

/** Every unit at its own tier's price, and each tier's flat amount once reached. Example: 10 at 2, more at 1 → 12 cost 22. */
export function chargeGraduated(price: Graduated, quantity: Decimal): Decimal {
  return graduatedCharge(price.tiers, quantity);
}

export function graduatedLines(price: Graduated, quantity: Decimal): ChargeLine[] {
  return linesOfTiers(price.tiers, quantity, "units");
}

/** A line for what fills each tier, and one for its flat amount. */
export function linesOfTiers(tiers: readonly Tier[], quantity: Decimal, kind: ChargeLineKind): ChargeLine[] {
  return partsOfTiers(tiers, quantity).flatMap(({ tier, index, part }) => {
    const range = { tier: index + 1, from: tierStart(tiers, index), upTo: tier.upTo };
    const units = productLine(kind, part, tier.unitAmount, range);
    const isFlatOwed = quantity.isPositive() && !tier.flatAmount.isZero();
    return isFlatOwed ? [units, productLine("flat_fee", one, tier.flatAmount, range)] : [units];
  });
}
