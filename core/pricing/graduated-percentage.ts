import type { Decimal } from "../decimal.ts";
import type { GraduatedPercentage, PercentageTier, Tier } from "../plan.ts";
import { linesOfTiers } from "./graduated.ts";
import type { ChargeLine } from "./line.ts";
import { fraction } from "./percentage.ts";
import { graduatedCharge } from "./tiers.ts";

/** Every part of the quantity at its own tier's rate. Example: 1 % up to 1,000, then 2 % → 1,500 costs 20. */
export function chargeGraduatedPercentage(price: GraduatedPercentage, quantity: Decimal): Decimal {
  return graduatedCharge(unitTiers(price), quantity);
}

export function graduatedPercentageLines(price: GraduatedPercentage, quantity: Decimal): ChargeLine[] {
  return linesOfTiers(unitTiers(price), quantity, "rate");
}

const unitTiersByTiers = new WeakMap<readonly PercentageTier[], readonly Tier[]>();

/** The same tiers with a factor in place of a percentage, made once. */
function unitTiers({ tiers }: GraduatedPercentage): readonly Tier[] {
  const known = unitTiersByTiers.get(tiers);
  if (known !== undefined) return known;
  const made = tiers.map(({ upTo, ratePercent, flatAmount }) => ({
    upTo,
    unitAmount: fraction(ratePercent),
    flatAmount,
  }));
  unitTiersByTiers.set(tiers, made);
  return made;
}
