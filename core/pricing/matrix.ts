import type { Decimal } from "../decimal.ts";
import { dimensionOfValues } from "../dimension.ts";
import type { Matrix, MatrixRow } from "../plan.ts";
import { productLine, type ChargeLine } from "./line.ts";

/**
 * `quantity` units of one dimension at the price of its row, or at the default.
 * Example: ["large", "eu"] at 3 → 5 units of that dimension cost 15.
 */
export function chargeMatrix(price: Matrix, dimension: string, quantity: Decimal): Decimal {
  return unitAmountOf(price, dimension).times(quantity);
}

export function matrixLines(price: Matrix, dimension: string, quantity: Decimal): ChargeLine[] {
  return [productLine("units", quantity, unitAmountOf(price, dimension))];
}

/** Whether the price says what usage of this dimension costs: by a row, or by the default. */
export function isPricedBy(price: Matrix, dimension: string): boolean {
  return price.defaultUnitAmount !== null || rowsOf(price).has(dimension);
}

function unitAmountOf(price: Matrix, dimension: string): Decimal {
  const unitAmount = rowsOf(price).get(dimension) ?? price.defaultUnitAmount;
  if (unitAmount === null) throw new RangeError(`the matrix has no row for ${dimension} and no default`);
  return unitAmount;
}

const rowsByMatrix = new WeakMap<readonly MatrixRow[], ReadonlyMap<string, Decimal>>();

/** The rows by their dimension, read once. */
function rowsOf({ rows }: Matrix): ReadonlyMap<string, Decimal> {
  const known = rowsByMatrix.get(rows);
  if (known !== undefined) return known;
  const read = new Map(rows.map(({ values, unitAmount }) => [dimensionOfValues(values), unitAmount]));
  rowsByMatrix.set(rows, read);
  return read;
}
