/** The document of a plan version, from a body to the stored form and from there to core. */
import type { ErrorDetail } from "../../../core/errors.ts";
import type { Meter } from "../../../core/meter.ts";
import { validatePlan } from "../../../core/plan-validation.ts";
import type { OverdraftRule as CoreOverdraftRule, PlanDocument } from "../../../core/plan.ts";
import {
  presentDenomination,
  toDenomination,
  type DenominationFields,
  type DenominationOutput,
} from "../http/denomination.ts";
import { toMinimumCommitment } from "./commitment-schema.ts";
import { StoredDocument, storedDocumentDefaults, type PlanFields } from "./document-schema.ts";
import { storedFeeDefaults, toFixedFee } from "./fixed-fee-schema.ts";
import { storedDefaults as storedPriceDefaults } from "./modifier-schema.ts";
import { toRecurrence } from "./recurrence-schema.ts";
import { toRecurringGrant } from "./recurring-grant-schema.ts";
import { toStoredPrices, toUsagePrice } from "./stored-price.ts";

/** The document to store for what a caller gave: every default filled in, every price with a code. */
export function toStoredDocument(planCode: string, plan: PlanFields): StoredDocument {
  return {
    name: plan.name ?? planCode,
    description: plan.description,
    billing_interval: plan.billing_interval,
    billing_interval_count: plan.billing_interval_count,
    usage_every: plan.usage_every,
    trial_days: plan.trial_days,
    usage_prices: toStoredPrices(plan.usage_prices),
    fixed_fees: plan.fixed_fees.map(toStoredItem),
    minimum_commitments: plan.minimum_commitments.map(toStoredItem),
    recurring_grants: plan.recurring_grants.map(toStoredItem),
    overdraft: plan.overdraft.map((rule) => ({ ...presentDenomination(toDenomination(rule)), policy: rule.policy })),
    invoice_grace_hours: plan.invoice_grace_hours,
    invoice_finalization: plan.invoice_finalization,
    metadata: plan.metadata,
  };
}

/** An item of a list, with a name, and with its denomination complete. */
function toStoredItem<Item extends DenominationFields & { code: string; name: string | null }>(
  item: Item,
): Item & DenominationOutput & { name: string } {
  return { ...item, name: item.name ?? item.code, ...presentDenomination(toDenomination(item)) };
}

/**
 * The document with its fields in the reference's order, which `jsonb` forgets, and with the defaults of what there was not
 * when it was stored.
 */
export function readStoredDocument(stored: StoredDocument): StoredDocument {
  return StoredDocument.parse({
    ...storedDocumentDefaults,
    ...stored,
    usage_prices: stored.usage_prices.map((price) => ({ ...storedPriceDefaults, ...price })),
    fixed_fees: stored.fixed_fees.map((fee) => ({ ...storedFeeDefaults, ...fee })),
  });
}

/** The document of a plan version as core reads it. The only place that does so. */
export function toPlanDocument(stored: StoredDocument): PlanDocument {
  const document = readStoredDocument(stored);
  return {
    billingInterval: document.billing_interval,
    billingIntervalCount: document.billing_interval_count,
    usageEvery: document.usage_every && toRecurrence(document.usage_every),
    trialDays: document.trial_days,
    usagePrices: document.usage_prices.map(toUsagePrice),
    fixedFees: document.fixed_fees.map(toFixedFee),
    minimumCommitments: document.minimum_commitments.map(toMinimumCommitment),
    recurringGrants: document.recurring_grants.map(toRecurringGrant),
    overdraft: document.overdraft.map(toOverdraftRule),
    invoiceGraceHours: document.invoice_grace_hours,
    invoiceFinalization: document.invoice_finalization,
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
