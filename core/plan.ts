/**
 * The document that a plan version is: what the plan costs and what its wallets may do. Immutable; an edit makes a new version.
 * Amounts are decimals here and decimal strings wherever the document is stored or sent. `plan-validation.ts` says which
 * documents make sense; everything else may take a document for valid.
 */
import { zero, type Decimal } from "./decimal.ts";
import { isSameDenomination, type Denomination } from "./denomination.ts";
import type { BillingInterval, Recurrence } from "./period.ts";
import type { ScalarValue } from "./property.ts";

export type PlanDocument = {
  billingInterval: BillingInterval;
  billingIntervalCount: number;
  /** How often usage is counted from nothing and billed, if not with every billing period. Example: a year billed by the month. */
  usageEvery?: Recurrence | null;
  /** Days in which no fixed fee is owed, from the start on. */
  trialDays?: number;
  usagePrices: UsagePrice[];
  fixedFees: FixedFee[];
  minimumCommitments?: readonly MinimumCommitment[];
  recurringGrants?: readonly RecurringGrant[];
  /** At most one for each denomination. One that is not listed is allowed, so that no usage is lost by an omission. */
  overdraft: OverdraftRule[];
  /** Hours after a period's end in which late usage still lands on its draft; null is the company's default. */
  invoiceGraceHours?: number | null;
  /** Whether drafts are finalized by themselves as that time ends; null is the company's default. */
  invoiceFinalization?: InvoiceFinalization | null;
};

export type InvoiceFinalization = "automatic" | "manual";

/** What a meter's usage costs. `code` is unique in the document and stays the same from version to version: counters hang on it. */
export type UsagePrice = { code: string; meterCode: string; denomination: Denomination } & PriceModifiers &
  PricingModel;

/**
 * What may be added to any model. Quantities are counted for each dimension on its own, amounts for the price as a whole: so
 * included units are free in every dimension, and the minimum and maximum are one for all dimensions together.
 */
export type PriceModifiers = {
  /** Properties by whose values separate counters are kept, each with tiers and included units of its own. */
  groupBy: readonly string[];
  rounding: UnitRounding | null;
  /** Units of a period that cost nothing. */
  includedUnits: Decimal;
  /** The least that a period costs. What is missing is a line of the invoice (`trueUp`), never the cost of an event. */
  minimum: Decimal | null;
  /** The most that a period costs. */
  maximum: Decimal | null;
  lateUsage: LateUsage;
};

export const noModifiers: PriceModifiers = {
  groupBy: [],
  rounding: null,
  includedUnits: zero,
  minimum: null,
  maximum: null,
  lateUsage: "current_period",
};

/**
 * Brings quantities to whole steps, every event's before it is added or the period's reading before it is priced. "round" sends
 * half a step away from zero. Example: ceil to 60 seconds per event → every started minute counts.
 */
export type UnitRounding = { mode: "ceil" | "floor" | "round"; step: Decimal; per: "event" | "period" };

/** What becomes of usage whose period is closed already: it counts in the current one, with a mark, or the event is refused. */
export type LateUsage = "current_period" | "reject";

/** How an amount comes of a quantity; one file in `pricing/` for each. */
export type PricingModel =
  | PerUnit
  | Graduated
  | Volume
  | Package
  | Percentage
  | GraduatedPercentage
  | Matrix
  | Dynamic
  | FlatPerEvent;

/** Every unit costs the same. Example: 0.002 per unit → 1,500 units cost 3. */
export type PerUnit = { model: "per_unit"; unitAmount: Decimal };

/** Every unit costs what its own tier says. Example: 10 at 2, more at 1 → 12 units cost 10 · 2 + 2 · 1 = 22. */
export type Graduated = { model: "graduated"; tiers: readonly Tier[] };

/** All units cost what the tier of the last one says. Example: up to 10 at 2, more at 1 → 12 units cost 12 · 1 = 12. */
export type Volume = { model: "volume"; tiers: readonly Tier[] };

/**
 * A range of a period's quantity, from the end of the tier before it (exclusive) to `upTo` (inclusive); the last tier is open,
 * with null. `flatAmount` is owed once, as soon as anything falls into the tier.
 */
export type Tier = { upTo: Decimal | null; unitAmount: Decimal; flatAmount: Decimal };

/** Whole packages, a started one included, after the free units. Example: 5 per 100, 100 free → 201 units cost 10. */
export type Package = { model: "package"; packageSize: Decimal; packageAmount: Decimal; freeUnits: Decimal };

/**
 * A part of the quantity, which is an amount of money, and a fee per event. With a minimum or maximum per event, every event is
 * charged on its own, and the free amount is zero: which events it would cover would hang on their order.
 * Example: 2.9 % + 0.30 → an event of 100 costs 3.20.
 */
export type Percentage = {
  model: "percentage";
  /** In percent: 2.9 is 2.9 %. */
  ratePercent: Decimal;
  fixedAmount: Decimal;
  /** The part of a period's quantity that is free of the rate; the fee per event is owed all the same. */
  freeAmount: Decimal;
  minimumPerEvent: Decimal | null;
  maximumPerEvent: Decimal | null;
};

/** Like `graduated`, with a rate for each tier. Example: 1 % up to 1,000, then 2 % → 1,500 costs 10 + 10 = 20. */
export type GraduatedPercentage = { model: "graduated_percentage"; tiers: readonly PercentageTier[] };

export type PercentageTier = { upTo: Decimal | null; ratePercent: Decimal; flatAmount: Decimal };

/**
 * A unit price for every combination of property values. What no row names costs the default; without one, it is not priced.
 * Example: by model and region; ["large", "eu"] at 3 → 5 units cost 15.
 */
export type Matrix = {
  model: "matrix";
  dimensions: readonly string[];
  rows: readonly MatrixRow[];
  defaultUnitAmount: Decimal | null;
};

/** One value for each dimension, in their order; null is an event without the property. */
export type MatrixRow = { values: readonly (ScalarValue | null)[]; unitAmount: Decimal };

/** The event says what it costs. Example: `amount_property` "price", an event with price "0.07" costs 0.07. */
export type Dynamic = { model: "dynamic"; amountProperty: string };

/** Every event costs the same, whatever its quantity. */
export type FlatPerEvent = { model: "flat_per_event"; amount: Decimal };

/** What a plan costs whether or not it is used. */
export type FixedFee = {
  code: string;
  name: string;
  /** For the whole subscription or for each seat. */
  amount: Decimal;
  per: "subscription" | "seat";
  denomination: Denomination;
  /** In advance is billed as a period begins, in arrears as it ends. */
  billing: "in_advance" | "in_arrears";
  /** "once" is a setup fee: it belongs to the first period alone. */
  recurrence: "every_period" | "once";
  /** How often the fee is owed, if not every billing period; a whole part of one. */
  every?: Recurrence;
};

/** The least that a billing period comes to in one denomination, over several prices. What is missing is a line of the invoice. */
export type MinimumCommitment = {
  code: string;
  name: string;
  denomination: Denomination;
  amount: Decimal;
  /** What counts towards it. */
  counts: "usage" | "usage_and_fees";
};

/** Credits that every billing period begins with. */
export type RecurringGrant = {
  code: string;
  name: string;
  denomination: Denomination;
  /** For the whole subscription or for each seat. */
  amount: Decimal;
  per: "subscription" | "seat";
  kind: "promotional" | "paid";
  priority: number;
  rollover: Rollover;
};

/**
 * What becomes of the credits that are left as a period ends: nothing, all of them stay, or at most `cap` go on into the next
 * period. Example: 100 a month, 70 left, cap 50 → the next month begins with 150.
 */
export type Rollover = { type: "none" } | { type: "all" } | { type: "capped"; cap: Decimal };

export type OverdraftRule = { denomination: Denomination; policy: OverdraftPolicy };

/** Whether usage may drive a wallet below zero. A `block` refuses the event that would. */
export type OverdraftPolicy = "allow" | "block";

/** What the plan says about overdrafts in a denomination; "allow" if it says nothing. */
export function overdraftPolicy(plan: PlanDocument, denomination: Denomination): OverdraftPolicy {
  return plan.overdraft.find((rule) => isSameDenomination(rule.denomination, denomination))?.policy ?? "allow";
}

/** The properties by whose values the price keeps counters apart. */
export function dimensionsOf(price: UsagePrice): readonly string[] {
  return price.model === "matrix" ? price.dimensions : price.groupBy;
}
