/**
 * The document that a plan version is: what the plan costs and what its wallets may do. Immutable; an edit makes a new version.
 * Amounts are decimals here and decimal strings wherever the document is stored or sent.
 */
import type { Decimal } from "./decimal.ts";
import { isSameDenomination, type Denomination } from "./denomination.ts";
import type { BillingInterval } from "./period.ts";

export type PlanDocument = {
  billingInterval: BillingInterval;
  billingIntervalCount: number;
  usagePrices: UsagePrice[];
  fixedFees: FixedFee[];
  /** At most one for each denomination. One that is not listed is allowed, so that no usage is lost by an omission. */
  overdraft: OverdraftRule[];
};

/** What a meter's usage costs. `code` is unique in the document and stays the same from version to version: counters hang on it. */
export type UsagePrice = { code: string; meterCode: string; denomination: Denomination } & PricingModel;

/** How an amount comes of a quantity; one file in `pricing/` for each. */
export type PricingModel = PerUnit;

/** Every unit costs the same. Example: 0.002 per unit → 1,500 units cost 3. */
export type PerUnit = { model: "per_unit"; unitAmount: Decimal };

/** What a plan costs whether or not it is used. In advance is billed as a period begins, in arrears as it ends. */
export type FixedFee = {
  code: string;
  name: string;
  amount: Decimal;
  denomination: Denomination;
  billing: "in_advance" | "in_arrears";
};

export type OverdraftRule = { denomination: Denomination; policy: OverdraftPolicy };

/** Whether usage may drive a wallet below zero. A `block` refuses the event that would. */
export type OverdraftPolicy = "allow" | "block";

/** What the plan says about overdrafts in a denomination; "allow" if it says nothing. */
export function overdraftPolicy(plan: PlanDocument, denomination: Denomination): OverdraftPolicy {
  return plan.overdraft.find((rule) => isSameDenomination(rule.denomination, denomination))?.policy ?? "allow";
}
