import { min, zero, type Decimal } from "../decimal.ts";

/**
 * The part of `quantity` beyond what is free; a quantity below zero stays as it is, so that a correction is worth what it
 * corrects. Examples: 120 beyond 100 → 20, 80 → 0, -5 → -5.
 */
export function beyond(quantity: Decimal, free: Decimal): Decimal {
  return quantity.isGreaterThan(free) ? quantity.minus(free) : min(quantity, zero);
}
