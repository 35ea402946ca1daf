/** How a price is drawn: where its line bends and jumps, and how far it goes. Exact, as what it costs is. */
import { Decimal, decimal, max, min, one, zero } from "../../../../core/decimal.ts";
import type { UsagePrice } from "../../../../core/plan.ts";
import { costAt } from "./price-cost.ts";

export type Point = { quantity: Decimal; cost: Decimal };

/**
 * What a price costs from nothing up to `until`: points that are joined by straight lines. Where it jumps there is a point for
 * each side at one and the same quantity, so that a step is drawn as a step.
 * Example: 1 for every started 100, until 200 → (0, 0), (0, 1), (100, 1), (100, 2), (200, 2).
 */
export function lineOf(price: UsagePrice, until: Decimal): Point[] {
  const uncapped = { ...price, maximum: null };
  const points = cornersOf(price, until).flatMap((quantity) =>
    [quantity.minus(hair), quantity, quantity.plus(hair)]
      .filter((near) => isBetween(near, until))
      .map((near) => ({ quantity, cost: costAt(uncapped, near).round({ scale: hairless, mode: "half-even" }) })),
  );
  const { maximum } = price;
  const drawn =
    maximum === null ? points : points.flatMap((point, index) => underMaximum(maximum, points[index - 1], point));
  return drawn.filter((point, index) => !isSame(point, drawn[index - 1]));
}

/** Nearer to a corner than any step or tier is to the next; what it adds to a cost is beyond the digits that are kept. */
const [hair, hairless] = [Decimal.of(1n, 60), 40];

/** The quantities at which the cost may bend or jump, from 0 to `until`, in order; between two of them it is a straight line. */
function cornersOf(price: UsagePrice, until: Decimal): Decimal[] {
  const ofModel = modelCorners(price, until).map((corner) => corner.plus(price.includedUnits));
  return [zero, price.includedUnits, ...ofModel, ...roundingCorners(price, until), until]
    .filter((corner) => isBetween(corner, until))
    .toSorted((a, b) => a.compare(b))
    .filter((corner, index, all) => index === 0 || !corner.equals(all[index - 1] as Decimal));
}

/** Of the quantity beyond the included units. */
function modelCorners(price: UsagePrice, until: Decimal): Decimal[] {
  if (price.model === "package") return repeated(price.freeUnits, price.packageSize, until);
  return "tiers" in price ? price.tiers.flatMap(({ upTo }) => upTo ?? []) : [];
}

function roundingCorners({ rounding }: UsagePrice, until: Decimal): Decimal[] {
  if (rounding?.per !== "period") return [];
  return repeated(rounding.mode === "round" ? rounding.step.times(half) : zero, rounding.step, until);
}

/** `from` and every `step` after it up to `until`; of more than can be told apart in a picture, every so many-th. */
function repeated(from: Decimal, step: Decimal, until: Decimal): Decimal[] {
  // A price that is being written may have any step.
  if (!step.isPositive()) return [];
  const toWhole = { scale: 0, mode: "ceil" } as const;
  const stride = step.times(until.dividedBy(step, toWhole).dividedBy(mostSteps, toWhole));
  const corners = [];
  for (let corner = max(from, zero); !corner.isGreaterThan(until); corner = corner.plus(stride)) corners.push(corner);
  return corners;
}

/** A step is three pixels wide then, or so. */
const mostSteps = decimal("100");

/** The point under the maximum, with one before it where the line from the point before passes the maximum. */
function underMaximum(maximum: Decimal, before: Point | undefined, point: Point): Point[] {
  const capped = { ...point, cost: min(point.cost, maximum) };
  if (before === undefined || before.cost.isGreaterThan(maximum) === point.cost.isGreaterThan(maximum)) return [capped];
  const part = maximum.minus(before.cost).times(point.quantity.minus(before.quantity));
  const way = part.dividedBy(point.cost.minus(before.cost), { scale: hairless, mode: "half-even" });
  return [{ quantity: before.quantity.plus(way), cost: maximum }, capped];
}

function isBetween(quantity: Decimal, until: Decimal): boolean {
  return !quantity.isNegative() && !quantity.isGreaterThan(until);
}

function isSame(point: Point, other: Point | undefined): boolean {
  return other !== undefined && point.quantity.equals(other.quantity) && point.cost.equals(other.cost);
}

/** A quantity at which the price shows its form: beyond its tiers, or some packages. */
export function likelyQuantity(price: UsagePrice): Decimal {
  const ofModel =
    price.model === "package"
      ? price.freeUnits.plus(price.packageSize.times(decimal("4")))
      : modelCorners(price, zero).reduce(max, zero).times(oneAndAHalf);
  const likely = ofModel.plus(price.includedUnits.times(oneAndAHalf));
  return likely.isPositive() ? roundUp(likely) : decimal("1000");
}

/** The least round number that is at least `number`, which must be above 0. Examples: 188 → 200; 4,688 → 5,000; 0.07 → 0.08. */
export function roundUp(number: Decimal): Decimal {
  let power = one;
  while (!power.times(ten).isGreaterThan(number)) power = power.times(ten);
  while (power.isGreaterThan(number)) power = power.times(tenth);
  return roundDigits.map((digits) => power.times(digits)).find((round) => !round.isLessThan(number)) ?? number;
}

const [half, oneAndAHalf, ten, tenth] = [decimal("0.5"), decimal("1.5"), decimal("10"), decimal("0.1")] as const;
const roundDigits = ["1", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10"].map(decimal);
