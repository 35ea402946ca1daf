/**
 * Tiers. A graduated charge is a chain of straight lines, one for each tier: `base + unitAmount · quantity`, where the base
 * holds all that the tiers before it cost. So a charge is one lookup, one multiplication and one addition, however many tiers
 * there are. See docs/decisions/0023-tier-form.md.
 */
import { min, zero, type Decimal } from "../decimal.ts";
import type { Tier } from "../plan.ts";

type Slope = { upTo: Decimal | null; unitAmount: Decimal; base: Decimal };

/** The bases of a list of tiers, computed once: documents never change, and a plan is used for thousands of events. */
const slopesByTiers = new WeakMap<readonly Tier[], Slope[]>();

/**
 * What `quantity` costs if every unit costs what its own tier says. Below zero the first tier's unit price holds, without flat
 * amounts. Example: 10 at 2, more at 1 → 12 units cost 22.
 */
export function graduatedCharge(tiers: readonly Tier[], quantity: Decimal): Decimal {
  const slopes = slopesByTiers.get(tiers) ?? slopesOf(tiers);
  if (!quantity.isPositive()) return (slopes[0] as Slope).unitAmount.times(quantity);
  const slope = slopes[tierIndex(slopes, quantity)] as Slope;
  return slope.unitAmount.times(quantity).plus(slope.base);
}

/** The number, from 0, of the tier in which `quantity` lies; the first if it is not above zero. */
export function tierIndex(tiers: readonly { upTo: Decimal | null }[], quantity: Decimal): number {
  let index = 0;
  for (const last = tiers.length - 1; index < last; index += 1) {
    const { upTo } = tiers[index] as { upTo: Decimal | null };
    if (upTo === null || !quantity.isGreaterThan(upTo)) break;
  }
  return index;
}

/** Where the tier begins: above the end of the one before it. */
export function tierStart(tiers: readonly { upTo: Decimal | null }[], index: number): Decimal {
  return tiers[index - 1]?.upTo ?? zero;
}

/** The part of each tier that `quantity` fills, up to the tier in which it lies. */
export function partsOfTiers(
  tiers: readonly Tier[],
  quantity: Decimal,
): { tier: Tier; index: number; part: Decimal }[] {
  return tiers.slice(0, tierIndex(tiers, quantity) + 1).map((tier, index) => ({
    tier,
    index,
    part: (tier.upTo === null ? quantity : min(quantity, tier.upTo)).minus(tierStart(tiers, index)),
  }));
}

function slopesOf(tiers: readonly Tier[]): Slope[] {
  let paid = zero;
  const slopes = tiers.map(({ upTo, unitAmount, flatAmount }, index) => {
    const start = tierStart(tiers, index);
    const base = paid.plus(flatAmount).minus(unitAmount.times(start));
    if (upTo !== null) paid = paid.plus(flatAmount).plus(unitAmount.times(upTo.minus(start)));
    return { upTo, unitAmount, base };
  });
  slopesByTiers.set(tiers, slopes);
  return slopes;
}
