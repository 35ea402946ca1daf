/** The document of a plan version, from a body to the stored form and from there to core. */
import { decimal } from "../../../core/decimal.ts";
import type { ErrorDetail } from "../../../core/errors.ts";
import type { Meter } from "../../../core/meter.ts";
import { validatePlan } from "../../../core/plan-validation.ts";
import type { FixedFee as CoreFixedFee, OverdraftRule as CoreOverdraftRule, PlanDocument } from "../../../core/plan.ts";
import { presentDenomination, toDenomination } from "../http/denomination.ts";
import { FixedFee, type PlanFields, type StoredDocument } from "./document-schema.ts";
import { readStoredPrice, toStoredPrices, toUsagePrice } from "./stored-price.ts";

type StoredFee = StoredDocument["fixed_fees"][number];

/** The document to store for what a caller gave: every default filled in, every price with a code. */
export function toStoredDocument(planCode: string, plan: PlanFields): StoredDocument {
  return {
    name: plan.name ?? planCode,
    description: plan.description,
    billing_interval: plan.billing_interval,
    billing_interval_count: plan.billing_interval_count,
    usage_prices: toStoredPrices(plan.usage_prices),
    fixed_fees: plan.fixed_fees.map((fee) => ({
      ...fee,
      name: fee.name ?? fee.code,
      ...presentDenomination(toDenomination(fee)),
    })),
    overdraft: plan.overdraft.map((rule) => ({ ...presentDenomination(toDenomination(rule)), policy: rule.policy })),
    metadata: plan.metadata,
  };
}

/**
 * The document with its fields in the reference's order, which `jsonb` forgets, and with the defaults of what there was not
 * when it was stored.
 */
export function readStoredDocument(stored: StoredDocument): StoredDocument {
  const { name, description, billing_interval, billing_interval_count, overdraft, metadata } = stored;
  return {
    name,
    description,
    billing_interval,
    billing_interval_count,
    usage_prices: stored.usage_prices.map(readStoredPrice),
    fixed_fees: stored.fixed_fees.map(readStoredFee),
    overdraft,
    metadata,
  };
}

function readStoredFee(stored: StoredFee): StoredFee {
  const defaults: Pick<StoredFee, "per" | "recurrence"> = { per: "subscription", recurrence: "every_period" };
  return FixedFee.parse({ ...defaults, ...stored });
}

/** The document of a plan version as core reads it. The only place that does so. */
export function toPlanDocument(stored: StoredDocument): PlanDocument {
  const document = readStoredDocument(stored);
  return {
    billingInterval: document.billing_interval,
    billingIntervalCount: document.billing_interval_count,
    usagePrices: document.usage_prices.map(toUsagePrice),
    fixedFees: document.fixed_fees.map(toFixedFee),
    overdraft: document.overdraft.map(toOverdraftRule),
  };
}

function toFixedFee(fee: StoredFee): CoreFixedFee {
  return {
    code: fee.code,
    name: fee.name,
    amount: decimal(fee.amount),
    per: fee.per,
    denomination: toDenomination(fee),
    billing: fee.billing,
    recurrence: fee.recurrence,
  };
}

function toOverdraftRule(rule: StoredDocument["overdraft"][number]): CoreOverdraftRule {
  return { denomination: toDenomination(rule), policy: rule.policy };
}

/** What is wrong with a document, at the paths of its body; with `meters` also what a price cannot do on its meter. */
export function problemsOf(document: StoredDocument, meters: readonly Meter[] = []): ErrorDetail[] {
  return validatePlan(toPlanDocument(document), meters).map(({ path, message }) => ({
    path: wirePath(path),
    message,
  }));
}

/** The path of a body's field for the path at which core has found something. */
export function wirePath(path: string): string {
  return path.replace(/^(usage_prices\.\d+\.)(minimum|maximum)$/, "$1$2_amount");
}
