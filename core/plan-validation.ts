/**
 * Which plan documents make sense. A schema has read the fields already; this says what they may not be together. Paths are
 * those of the wire: snake case, array positions as numbers, tiers counted from 1 in the messages.
 */
import { billingRecurrence, stepRecurrence } from "./billing-schedule.ts";
import { type Decimal, zero } from "./decimal.ts";
import { denominationKey } from "./denomination.ts";
import { dimensionOfValues } from "./dimension.ts";
import type { ErrorDetail } from "./errors.ts";
import type { Meter } from "./meter.ts";
import { isMultipleOf } from "./period.ts";
import type { Matrix, Package, Percentage, PlanDocument, PriceModifiers, UsagePrice } from "./plan.ts";
import { isPerEvent } from "./pricing/percentage.ts";

/** More would make counters of nearly every event. */
const MOST_DIMENSIONS = 5;

/**
 * Everything that is wrong with a document; nothing if it may be used. With `meters` also what a price cannot do on its meter;
 * a meter that is not among them is the caller's to refuse.
 */
export function validatePlan(plan: PlanDocument, meters: readonly Meter[] = []): ErrorDetail[] {
  const problems = new Problems();
  if (!Number.isInteger(plan.billingIntervalCount) || plan.billingIntervalCount < 1) {
    problems.add("billing_interval_count", "Must be a whole number of at least 1.");
  }
  plan.usagePrices.forEach((price, index) => {
    const at = problems.at(`usage_prices.${index}`);
    checkModifiers(price, at);
    checkModel(price, at);
    const meter = meters.find(({ code }) => code === price.meterCode);
    if (meter !== undefined) checkMeter(price, meter, at);
  });
  plan.fixedFees.forEach((fee, index) => problems.at(`fixed_fees.${index}`).atLeastZero("amount", fee.amount));
  checkIntervals(plan, problems);
  checkAgreements(plan, problems);
  refuseRepeated(problems, plan);
  return problems.list;
}

/** Collects what is wrong, each with the path it is found at. */
class Problems {
  readonly list: ErrorDetail[];
  private readonly prefix: string;

  constructor(list: ErrorDetail[] = [], prefix = "") {
    this.list = list;
    this.prefix = prefix;
  }

  at(path: string): Problems {
    return new Problems(this.list, `${this.prefix}${path}.`);
  }

  add(path: string, message: string): void {
    this.list.push({ path: this.prefix + path, message });
  }

  atLeastZero(path: string, amount: Decimal | null): void {
    if (amount?.isNegative() === true) this.add(path, "Must not be below zero.");
  }

  aboveZero(path: string, amount: Decimal): void {
    if (!amount.isPositive()) this.add(path, "Must be above zero.");
  }
}

/** What recurs within the billing period must tile it, and whatever recurs must be tiled by what recurs most often. */
function checkIntervals(plan: PlanDocument, problems: Problems): void {
  const billing = billingRecurrence(plan);
  const step = stepRecurrence(plan);
  const recurring = [
    ...(plan.usageEvery ? [{ path: "usage_every", every: plan.usageEvery }] : []),
    ...plan.fixedFees.flatMap(({ every }, index) => (every ? [{ path: `fixed_fees.${index}.every`, every }] : [])),
  ];
  for (const { path, every } of recurring) {
    if (!Number.isInteger(every.intervalCount) || every.intervalCount < 1) {
      problems.add(`${path}.interval_count`, "Must be a whole number of at least 1.");
    } else if (!isMultipleOf(billing, every)) {
      problems.add(path, "Must fit into the plan's billing interval a whole number of times.");
    } else if (!isMultipleOf(every, step)) {
      problems.add(path, "Must be a whole number of times what recurs most often on the plan.");
    }
  }
  plan.fixedFees.forEach(({ every, recurrence }, index) => {
    if (every && recurrence === "once")
      problems.add(`fixed_fees.${index}.every`, "Must be left out of a fee owed once.");
  });
}

function checkAgreements(plan: PlanDocument, problems: Problems): void {
  const { trialDays = 0, minimumCommitments = [], recurringGrants = [] } = plan;
  if (!Number.isInteger(trialDays) || trialDays < 0)
    problems.add("trial_days", "Must be a whole number of at least 0.");
  minimumCommitments.forEach(({ amount }, index) =>
    problems.at(`minimum_commitments.${index}`).atLeastZero("amount", amount),
  );
  recurringGrants.forEach(({ amount, rollover }, index) => {
    const at = problems.at(`recurring_grants.${index}`);
    at.aboveZero("amount", amount);
    if (rollover.type === "capped") at.atLeastZero("rollover.cap", rollover.cap);
  });
}

function checkModifiers(price: UsagePrice, at: Problems): void {
  const { groupBy, rounding, includedUnits, minimum, maximum } = price;
  checkDimensions(groupBy, "group_by", at);
  if (rounding !== null) at.aboveZero("rounding.step", rounding.step);
  at.atLeastZero("included_units", includedUnits);
  at.atLeastZero("minimum", minimum);
  at.atLeastZero("maximum", maximum);
  if (minimum !== null && maximum !== null && minimum.isGreaterThan(maximum)) {
    at.add("minimum", "Must not be above the maximum.");
  }
}

function checkModel(price: UsagePrice, at: Problems): void {
  switch (price.model) {
    case "per_unit":
      return at.atLeastZero("unit_amount", price.unitAmount);
    case "graduated":
    case "volume":
      return checkTiers(
        price.tiers.map(({ upTo, unitAmount, flatAmount }) => ({
          upTo,
          amounts: { unit_amount: unitAmount, flat_amount: flatAmount },
        })),
        at,
      );
    case "graduated_percentage":
      return checkTiers(
        price.tiers.map(({ upTo, ratePercent, flatAmount }) => ({
          upTo,
          amounts: { rate_percent: ratePercent, flat_amount: flatAmount },
        })),
        at,
      );
    case "package":
      return checkPackage(price, at);
    case "percentage":
      return checkPercentage(price, at);
    case "matrix":
      return checkMatrix(price, at);
    case "dynamic":
      if (price.amountProperty === "") at.add("amount_property", "Must name a property.");
      return refuseOnQuantity(price, at);
    case "flat_per_event":
      at.atLeastZero("amount", price.amount);
      return refuseOnQuantity(price, at);
    default:
      return price satisfies never;
  }
}

function checkTiers(tiers: { upTo: Decimal | null; amounts: Record<string, Decimal> }[], at: Problems): void {
  if (tiers.length === 0) at.add("tiers", "Must have at least one tier.");
  let start = zero;
  tiers.forEach(({ upTo, amounts }, index) => {
    const name = `Tier ${index + 1}`;
    const isLast = index === tiers.length - 1;
    const path = `tiers.${index}`;
    if (isLast && upTo !== null)
      at.add(`${path}.up_to`, `${name} is the last one: its up_to must be null, or what is above it has no price.`);
    if (!isLast && upTo === null) at.add(`${path}.up_to`, `${name} is not the last one: its up_to must be a number.`);
    if (upTo !== null && !upTo.isGreaterThan(start)) {
      const bound = index === 0 ? "above zero" : `above that of tier ${index}, ${start.toString()}`;
      at.add(`${path}.up_to`, `${name}: its up_to must be ${bound}.`);
    }
    for (const [field, amount] of Object.entries(amounts)) {
      if (amount.isNegative()) at.add(`${path}.${field}`, `${name}: its ${field} must not be below zero.`);
    }
    if (upTo !== null) start = upTo;
  });
}

function checkPackage({ packageSize, packageAmount, freeUnits }: Package, at: Problems): void {
  at.aboveZero("package_size", packageSize);
  at.atLeastZero("package_amount", packageAmount);
  at.atLeastZero("free_units", freeUnits);
}

function checkPercentage(price: Percentage & PriceModifiers, at: Problems): void {
  const { ratePercent, fixedAmount, freeAmount, minimumPerEvent, maximumPerEvent } = price;
  at.atLeastZero("rate_percent", ratePercent);
  at.atLeastZero("fixed_amount", fixedAmount);
  at.atLeastZero("free_amount", freeAmount);
  at.atLeastZero("minimum_per_event", minimumPerEvent);
  at.atLeastZero("maximum_per_event", maximumPerEvent);
  if (minimumPerEvent !== null && maximumPerEvent !== null && minimumPerEvent.isGreaterThan(maximumPerEvent)) {
    at.add("minimum_per_event", "Must not be above maximum_per_event.");
  }
  if (!isPerEvent(price)) return;
  const reason = "with a minimum or maximum per event: which events it covers would hang on the order they come in";
  if (!freeAmount.isZero()) at.add("free_amount", `Must be 0 ${reason}.`);
  if (!price.includedUnits.isZero()) at.add("included_units", `Must be 0 ${reason}.`);
  if (price.rounding?.per === "period") {
    at.add("rounding.per", `Must be "event" with a minimum or maximum per event, which charge every event on its own.`);
  }
}

function checkMatrix(price: Matrix & PriceModifiers, at: Problems): void {
  if (price.dimensions.length === 0) at.add("dimensions", "Must name at least one property.");
  checkDimensions(price.dimensions, "dimensions", at);
  if (price.groupBy.length > 0)
    at.add("group_by", "Must be empty on a matrix, which counts by its dimensions already.");
  at.atLeastZero("default_unit_amount", price.defaultUnitAmount);
  const seen = new Map<string, number>();
  price.rows.forEach(({ values, unitAmount }, index) => {
    const name = `Row ${index + 1}`;
    if (values.length !== price.dimensions.length) {
      at.add(
        `rows.${index}.values`,
        `${name} must have a value for each dimension: ${price.dimensions.length}, not ${values.length}.`,
      );
    }
    const dimension = dimensionOfValues(values);
    const first = seen.get(dimension);
    if (first !== undefined)
      at.add(`rows.${index}.values`, `${name} has the values of row ${first + 1}; give each at most once.`);
    else seen.set(dimension, index);
    if (unitAmount.isNegative())
      at.add(`rows.${index}.unit_amount`, `${name}: its unit_amount must not be below zero.`);
  });
}

function checkDimensions(names: readonly string[], path: string, at: Problems): void {
  if (names.length > MOST_DIMENSIONS) at.add(path, `Must name at most ${MOST_DIMENSIONS} properties.`);
  names.forEach((name, index) => {
    if (name === "") at.add(`${path}.${index}`, "Must name a property.");
    if (names.indexOf(name) < index)
      at.add(`${path}.${index}`, "Names a property a second time; give each at most once.");
  });
}

/** A model that charges events, not quantities, has no use for what changes a quantity. */
function refuseOnQuantity(price: UsagePrice, at: Problems): void {
  const reason = `the model ${price.model} does not look at quantities.`;
  if (!price.includedUnits.isZero()) at.add("included_units", `Must be 0: ${reason}`);
  if (price.rounding !== null) at.add("rounding", `Must be null: ${reason}`);
}

function checkMeter(price: UsagePrice, { aggregation, code }: Meter, at: Problems): void {
  const addsUp = aggregation.type === "count" || aggregation.type === "sum";
  if (price.model === "percentage" && isPerEvent(price) && !addsUp) {
    at.add(
      "meter_code",
      `A minimum or maximum per event needs a meter that counts or sums; "${code}" is a ${aggregation.type}.`,
    );
  }
  if (price.rounding?.per === "event" && (aggregation.type === "count" || aggregation.type === "unique_count")) {
    at.add("rounding.per", `Must be "period": an event of "${code}" has no quantity to round.`);
  }
}

function refuseRepeated(problems: Problems, plan: PlanDocument): void {
  for (const index of repeated(plan.usagePrices.map(({ code }) => code))) {
    problems.add(`usage_prices.${index}.code`, "Another price has this code; codes are unique in a plan.");
  }
  for (const index of repeated(plan.fixedFees.map(({ code }) => code))) {
    problems.add(`fixed_fees.${index}.code`, "Another fee has this code; codes are unique among a plan's fees.");
  }
  for (const index of repeated((plan.minimumCommitments ?? []).map(({ code }) => code))) {
    problems.add(`minimum_commitments.${index}.code`, "Another commitment has this code; give each its own.");
  }
  for (const index of repeated((plan.recurringGrants ?? []).map(({ code }) => code))) {
    problems.add(`recurring_grants.${index}.code`, "Another recurring grant has this code; give each its own.");
  }
  for (const index of repeated(plan.overdraft.map(({ denomination }) => denominationKey(denomination)))) {
    problems.add(`overdraft.${index}`, "Another rule is for this denomination; give each at most once.");
  }
}

/** The positions of what stands in `keys` a second time. */
function repeated(keys: readonly string[]): number[] {
  return keys.flatMap((key, index) => (keys.indexOf(key) < index ? [index] : []));
}

/** What is wrong with a meter beside its fields; nothing if it may be used. */
export function validateMeter({ aggregation, window }: Pick<Meter, "aggregation" | "window">): ErrorDetail[] {
  if (window === null || aggregation.type !== "weighted_sum") return [];
  return [{ path: "window", message: "Must be null on a weighted sum, which measures time already." }];
}
