/**
 * What usage costs. A price is a function from a period's whole quantity to a charge, and the cost of one event is the charge
 * after it less the charge before it. So the costs of a period's events add up to the period's charge, to the last digit, for
 * every model and in any order. Nothing is rounded here; an invoice line rounds once.
 */
import type { Decimal } from "./decimal.ts";
import type { UsagePrice } from "./plan.ts";
import { chargePerUnit } from "./pricing/per-unit.ts";

/** The charge for `quantity`, the whole of a period's usage so far, in the price's denomination. */
export function charge(price: UsagePrice, quantity: Decimal): Decimal {
  switch (price.model) {
    case "per_unit":
      return chargePerUnit(price, quantity);
    default:
      return unknownModel(price.model);
  }
}

/** What moving a period's counter from `before` to `after` costs; negative if the charge falls. */
export function costBetween(price: UsagePrice, before: Decimal, after: Decimal): Decimal {
  return charge(price, after).minus(charge(price, before));
}

/** Reached only by a plan version that a newer release wrote: guessing its price would be worse than failing. */
function unknownModel(model: never): never {
  throw new TypeError(`unknown pricing model: ${String(model)}`);
}
