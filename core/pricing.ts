/**
 * What usage costs. A price is a function from a period's counter to a charge, and the cost of one event is the charge after it
 * less the charge before it. So the costs of a period's events add up to the period's charge, to the last digit, for every
 * model and in any order. Nothing is rounded here; an invoice line rounds once.
 *
 *     reading → whole steps (rounding) → beyond the included units → model → the price's usage, over all its dimensions
 *             → at most the maximum → charge;   at the period's end: + what is missing to the minimum
 */
import type { CounterState } from "./counter.ts";
import { max, min, sum, zero, type Decimal } from "./decimal.ts";
import type { UnitRounding, UsagePrice } from "./plan.ts";
import { chargeDynamic, dynamicFee, dynamicLines } from "./pricing/dynamic.ts";
import { chargeFlatPerEvent, flatPerEventLines } from "./pricing/flat-per-event.ts";
import { chargeGraduatedPercentage, graduatedPercentageLines } from "./pricing/graduated-percentage.ts";
import { chargeGraduated, graduatedLines } from "./pricing/graduated.ts";
import { beyond } from "./pricing/included.ts";
import { productLine, type ChargeLine } from "./pricing/line.ts";
import { chargeMatrix, isPricedBy, matrixLines } from "./pricing/matrix.ts";
import { chargePackage, packageLines } from "./pricing/package.ts";
import { chargePercentage, percentageFee, percentageLines } from "./pricing/percentage.ts";
import { chargePerUnit, perUnitLines } from "./pricing/per-unit.ts";
import { chargeVolume, volumeLines } from "./pricing/volume.ts";
import type { Properties } from "./property.ts";

/** One counter of a price. Only a matrix looks at the dimension. */
export type Reading = { dimension: string; state: CounterState };

/**
 * What one dimension's counter costs, before the price's maximum, in the price's denomination.
 * Example: per unit 0.002, 100 included → a reading of 1,600 costs 3.
 */
export function usageCharge(price: UsagePrice, { dimension, state }: Reading): Decimal {
  const quantity = billableQuantity(price, state.quantity);
  switch (price.model) {
    case "per_unit":
      return chargePerUnit(price, quantity);
    case "graduated":
      return chargeGraduated(price, quantity);
    case "volume":
      return chargeVolume(price, quantity);
    case "package":
      return chargePackage(price, quantity);
    case "percentage":
      return chargePercentage(price, quantity, state);
    case "graduated_percentage":
      return chargeGraduatedPercentage(price, quantity);
    case "matrix":
      return chargeMatrix(price, dimension, quantity);
    case "dynamic":
      return chargeDynamic(state);
    case "flat_per_event":
      return chargeFlatPerEvent(price, state);
    default:
      return unknownModel(price);
  }
}

/** What usage of `amount` costs under the price's maximum. */
export function capped(price: UsagePrice, amount: Decimal): Decimal {
  return price.maximum === null ? amount : min(amount, price.maximum);
}

/** What a whole period costs: all the counters of one price in it, under its maximum, without a true-up. */
export function periodCharge(price: UsagePrice, readings: readonly Reading[]): Decimal {
  return capped(price, sum(readings.map((reading) => usageCharge(price, reading))));
}

/**
 * What is missing to the price's minimum at a period's end; zero if it has none or it is reached. An invoice line, never the
 * cost of an event. Example: minimum 100, charge 50 → 50.
 */
export function trueUp(price: Pick<UsagePrice, "minimum">, charge: Decimal): Decimal {
  return price.minimum === null ? zero : max(zero, price.minimum.minus(charge));
}

/** What a move of one counter costs, for a price without a maximum over several dimensions; negative if the charge falls. */
export function costBetween(price: UsagePrice, before: Reading, after: Reading): Decimal {
  return capped(price, usageCharge(price, after)).minus(capped(price, usageCharge(price, before)));
}

/**
 * What an event costs on its own, for models that charge event by event; zero for all others, which look at the counter.
 * @throws INVALID_PROPERTY if the event must say what it costs and does not.
 */
export function eventFee(price: UsagePrice, quantity: Decimal, properties: Properties): Decimal {
  if (price.model === "percentage") return percentageFee(price, quantity);
  return price.model === "dynamic" ? dynamicFee(price, properties) : zero;
}

/** Whether the price says anything about usage of this dimension; a matrix without a default may not. */
export function isPriced(price: UsagePrice, dimension: string): boolean {
  return price.model !== "matrix" || isPricedBy(price, dimension);
}

/** An event's quantity in whole steps, if the price rounds every event's. */
export function roundedPerEvent({ rounding }: UsagePrice, quantity: Decimal): Decimal {
  return rounding?.per === "event" ? inSteps(quantity, rounding) : quantity;
}

/** A reading in whole steps, if the price rounds the period's. */
export function roundedPerPeriod({ rounding }: UsagePrice, quantity: Decimal): Decimal {
  return rounding?.per === "period" ? inSteps(quantity, rounding) : quantity;
}

/** The lines of what one dimension's counter costs, before the price's maximum: they add up to `usageCharge`. */
export function usageLines(price: UsagePrice, { dimension, state }: Reading): ChargeLine[] {
  const rounded = roundedPerPeriod(price, state.quantity);
  const quantity = beyond(rounded, price.includedUnits);
  const included = productLine("included", rounded.minus(quantity), zero);
  const lines = modelLines(price, quantity, { dimension, state });
  return included.quantity.isZero() ? lines : [included, ...lines];
}

function modelLines(price: UsagePrice, quantity: Decimal, { dimension, state }: Reading): ChargeLine[] {
  switch (price.model) {
    case "per_unit":
      return perUnitLines(price, quantity);
    case "graduated":
      return graduatedLines(price, quantity);
    case "volume":
      return volumeLines(price, quantity);
    case "package":
      return packageLines(price, quantity);
    case "percentage":
      return percentageLines(price, quantity, state);
    case "graduated_percentage":
      return graduatedPercentageLines(price, quantity);
    case "matrix":
      return matrixLines(price, dimension, quantity);
    case "dynamic":
      return dynamicLines(state);
    case "flat_per_event":
      return flatPerEventLines(price, state);
    default:
      return unknownModel(price);
  }
}

function billableQuantity(price: UsagePrice, quantity: Decimal): Decimal {
  const rounded = roundedPerPeriod(price, quantity);
  return price.includedUnits.isZero() ? rounded : beyond(rounded, price.includedUnits);
}

function inSteps(quantity: Decimal, { mode, step }: UnitRounding): Decimal {
  return quantity.roundToStep(step, mode === "round" ? "half-up" : mode);
}

/** Reached only by a plan version that a newer release wrote: guessing its price would be worse than failing. */
function unknownModel(price: never): never {
  throw new TypeError(`unknown pricing model: ${String((price as { model: unknown }).model)}`);
}
