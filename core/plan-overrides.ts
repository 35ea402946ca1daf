/** What one subscription has agreed on apart from its plan: other prices, other fees. */
import type { Decimal } from "./decimal.ts";
import type { PlanDocument, PriceModifiers, PricingModel, UsagePrice } from "./plan.ts";

/** A model replaces the plan's as a whole; a modifier that is not named stays. Meter and denomination are the plan's. */
export type PriceOverride = { priceCode: string; model?: PricingModel } & Partial<PriceModifiers>;

export type FeeOverride = { feeCode: string; amount: Decimal };

export type PlanOverrides = { usagePrices: readonly PriceOverride[]; fixedFees: readonly FeeOverride[] };

/**
 * The plan as the subscription has it. What names a price or fee that this version does not have changes nothing; before
 * overrides are stored, or a subscription moves, `unknownOverrides` says which do, and `validatePlan` judges the result.
 * Make it once for each subscription and version and keep it: prices are known by identity to what is precomputed of them.
 * Example: a price of 0.002 per unit, overridden with 0.0015 per unit and a maximum of 500.
 */
export function withOverrides(plan: PlanDocument, overrides: PlanOverrides): PlanDocument {
  const prices = new Map(overrides.usagePrices.map((each) => [each.priceCode, each]));
  const fees = new Map(overrides.fixedFees.map((each) => [each.feeCode, each]));
  return {
    ...plan,
    usagePrices: plan.usagePrices.map((price) => overridden(price, prices.get(price.code))),
    fixedFees: plan.fixedFees.map((fee) => ({ ...fee, amount: fees.get(fee.code)?.amount ?? fee.amount })),
  };
}

/** The codes of prices and fees that the overrides name and the plan does not have. */
export function unknownOverrides(plan: PlanDocument, overrides: PlanOverrides): string[] {
  return [
    ...overrides.usagePrices.map(({ priceCode }) => priceCode).filter((code) => !hasCode(plan.usagePrices, code)),
    ...overrides.fixedFees.map(({ feeCode }) => feeCode).filter((code) => !hasCode(plan.fixedFees, code)),
  ];
}

function overridden(price: UsagePrice, override: PriceOverride | undefined): UsagePrice {
  if (override === undefined) return price;
  const { model, priceCode: _, ...modifiers } = override;
  const { code, meterCode, denomination, groupBy, rounding, includedUnits, minimum, maximum, lateUsage } = price;
  const kept = { code, meterCode, denomination, groupBy, rounding, includedUnits, minimum, maximum, lateUsage };
  const named = Object.fromEntries(Object.entries(modifiers).filter(([, value]) => value !== undefined));
  return { ...(model === undefined ? price : { ...kept, ...model }), ...named };
}

function hasCode(items: readonly { code: string }[], code: string): boolean {
  return items.some((each) => each.code === code);
}
