import { min, max, zero, type Decimal } from "../decimal.ts";
import type { Package } from "../plan.ts";
import { productLine, type ChargeLine } from "./line.ts";

/**
 * Whole packages for what goes beyond the free units; one that is started counts.
 * Example: 5 per 100 units, 100 free → 201 units are 2 packages and cost 10.
 */
export function chargePackage(price: Package, quantity: Decimal): Decimal {
  return packagesOf(price, quantity).times(price.packageAmount);
}

export function packageLines(price: Package, quantity: Decimal): ChargeLine[] {
  const free = max(zero, min(quantity, price.freeUnits));
  const packages = productLine("packages", packagesOf(price, quantity), price.packageAmount);
  return free.isZero() ? [packages] : [productLine("included", free, zero), packages];
}

function packagesOf({ packageSize, freeUnits }: Package, quantity: Decimal): Decimal {
  if (!quantity.isGreaterThan(max(zero, freeUnits))) return zero;
  return quantity.minus(freeUnits).dividedBy(packageSize, { scale: 0, mode: "ceil" });
}
