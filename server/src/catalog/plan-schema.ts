import { z } from "zod";
import { decimal } from "../../../core/decimal.ts";
import { denominationKey } from "../../../core/denomination.ts";
import {
  noModifiers,
  type FixedFee as CoreFixedFee,
  type OverdraftRule as CoreOverdraftRule,
  type PlanDocument,
  type UsagePrice as CoreUsagePrice,
} from "../../../core/plan.ts";
import {
  denominationFields,
  denominationOutput,
  namesOneDenomination,
  oneDenominationHint,
  presentDenomination,
  toDenomination,
} from "../http/denomination.ts";
import {
  codeField,
  decimalOutput,
  idOutput,
  instantOutput,
  metadataField,
  metadataOutput,
  nonNegativeDecimalField,
} from "../http/fields.ts";
import { descriptionField, nameField, oneOf } from "./schema.ts";

const maxUsagePrices = 500;
const maxFixedFees = 100;
const maxOverdraftRules = 100;
/** Ten years of months. A longer period is a mistake, and would close its first invoice when nobody remembers it. */
const maxBillingIntervals = 120;

const billingInterval = z.enum(["week", "month", "quarter", "year"]);
const billing = z.enum(["in_advance", "in_arrears"]);
const overdraftPolicy = z.enum(["allow", "block"]);

const usagePriceFields = {
  code: codeField(
    "Unique in the document. What has been used in a period is counted by it, so keep it from version to version. The default is the meter's code, with a number behind it where that is taken.",
  ).nullish(),
  meter_code: codeField("The meter whose usage it prices."),
  ...denominationFields,
};

const usagePrice = z
  .discriminatedUnion(
    "model",
    [
      z
        .object({
          ...usagePriceFields,
          model: z.literal("per_unit").default("per_unit"),
          unit_amount: nonNegativeDecimalField("What one unit costs, exact."),
        })
        .refine(namesOneDenomination, oneDenominationHint),
    ],
    oneOf("per_unit"),
  )
  .meta({
    id: "UsagePriceInput",
    title: "UsagePriceInput",
    description: "What a meter's usage costs, in a currency or a pricing unit.",
  });

const fixedFee = z
  .object({
    code: codeField("Unique among the fees of the document."),
    name: nameField,
    amount: nonNegativeDecimalField("What one billing period costs, exact."),
    ...denominationFields,
    billing: billing.default("in_advance").meta({ description: "Billed as a period begins, or as it ends." }),
  })
  .refine(namesOneDenomination, oneDenominationHint)
  .meta({ id: "FixedFeeInput", title: "FixedFeeInput" });

const overdraftRule = z
  .object({
    ...denominationFields,
    policy: overdraftPolicy.meta({ description: "`block` refuses an event that costs more than the wallet holds." }),
  })
  .refine(namesOneDenomination, oneDenominationHint)
  .meta({ id: "OverdraftRuleInput", title: "OverdraftRuleInput" });

const documentFields = {
  name: nameField,
  description: descriptionField,
  billing_interval: billingInterval.default("month"),
  billing_interval_count: z
    .int("Must be a whole number.")
    .min(1, "Must be at least 1.")
    .max(maxBillingIntervals, `Must be at most ${maxBillingIntervals}.`)
    .default(1)
    .meta({ description: "How many intervals make one billing period." }),
  usage_prices: z
    .array(usagePrice)
    .max(maxUsagePrices)
    .default([])
    .meta({ description: "What the usage that meters measure costs." }),
  fixed_fees: z
    .array(fixedFee)
    .max(maxFixedFees)
    .default([])
    .meta({ description: "What the plan costs whether or not it is used." }),
  overdraft: z
    .array(overdraftRule)
    .max(maxOverdraftRules)
    .default([])
    .meta({ description: "Whether usage may take a wallet below zero. A denomination that is not listed is allowed." }),
  metadata: metadataField.default({}),
};

export type PlanFields = z.output<z.ZodObject<typeof documentFields>>;

export const PlanCreate = z
  .object({ code: codeField("What subscriptions name it by. Never changes."), ...documentFields })
  .superRefine(refuseDuplicates)
  .meta({ id: "CreatePlanRequest", title: "CreatePlanRequest" });

export const PlanVersionCreate = z
  .object(documentFields)
  .superRefine(refuseDuplicates)
  .meta({ id: "CreatePlanVersionRequest", title: "CreatePlanVersionRequest" });

function refuseDuplicates(plan: PlanFields, context: z.RefinementCtx): void {
  const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
  for (const index of repeated(plan.usage_prices.map(({ code }) => code ?? null))) {
    refuse(["usage_prices", index, "code"], "Another price has this code; codes are unique in a plan.");
  }
  for (const index of repeated(plan.fixed_fees.map(({ code }) => code))) {
    refuse(["fixed_fees", index, "code"], "Another fee has this code; codes are unique among a plan's fees.");
  }
  for (const index of repeated(plan.overdraft.map((rule) => denominationKey(toDenomination(rule))))) {
    refuse(["overdraft", index], "Another rule is for this denomination; give each at most once.");
  }
}

/** The positions of what stands in `keys` a second time. Null is nothing to repeat. */
function repeated(keys: (string | null)[]): number[] {
  return keys.flatMap((key, index) => (key !== null && keys.indexOf(key) < index ? [index] : []));
}

const UsagePrice = z
  .discriminatedUnion("model", [
    z.object({
      code: z.string().meta({ description: "Unique in the document." }),
      meter_code: z.string(),
      model: z.literal("per_unit"),
      unit_amount: decimalOutput("What one unit costs."),
      ...denominationOutput,
    }),
  ])
  .meta({ id: "UsagePrice", title: "UsagePrice" });

const FixedFee = z
  .object({
    code: z.string(),
    name: z.string(),
    amount: decimalOutput("What one billing period costs."),
    ...denominationOutput,
    billing: billing.meta({ description: "Billed as a period begins, or as it ends." }),
  })
  .meta({ id: "FixedFee", title: "FixedFee" });

const OverdraftRule = z
  .object({ ...denominationOutput, policy: overdraftPolicy })
  .meta({ id: "OverdraftRule", title: "OverdraftRule" });

const documentOutput = {
  name: z.string(),
  description: z.string().nullable(),
  billing_interval: billingInterval,
  billing_interval_count: z.int().meta({ description: "How many intervals make one billing period." }),
  usage_prices: z.array(UsagePrice),
  fixed_fees: z.array(FixedFee),
  overdraft: z.array(OverdraftRule).meta({ description: "A denomination that is not listed is allowed." }),
  metadata: metadataOutput,
};

/** A plan version's document as it is stored, which is as the wire has it. */
export type StoredDocument = z.output<z.ZodObject<typeof documentOutput>>;

/** A plan with the document of its latest version; `updated_at` is when that was created. */
export type PlanRow = {
  plan_id: string;
  code: string;
  version: number;
  document: StoredDocument;
  created_at: Date;
  updated_at: Date;
};

export type PlanVersionRow = { plan_code: string; version: number; document: StoredDocument; created_at: Date };

export const Plan = z
  .object({
    id: idOutput("Id of the plan."),
    code: z.string().meta({ description: "What subscriptions name it by." }),
    version: z.int().meta({ description: "The latest version, which is the one shown; the first is 1." }),
    ...documentOutput,
    created_at: instantOutput("When the plan was created."),
    updated_at: instantOutput("When its latest version was created."),
  })
  .meta({ id: "Plan", title: "Plan" });

export const PlanVersion = z
  .object({
    plan_code: z.string(),
    version: z.int().meta({ description: "The first is 1, and there are no gaps." }),
    ...documentOutput,
    created_at: instantOutput("When the version was created. It never changes after that."),
  })
  .meta({ id: "PlanVersion", title: "PlanVersion" });

/** The document to store for what a caller gave: every default filled in, every price with a code. */
export function toStoredDocument(planCode: string, plan: PlanFields): StoredDocument {
  return {
    name: plan.name ?? planCode,
    description: plan.description,
    billing_interval: plan.billing_interval,
    billing_interval_count: plan.billing_interval_count,
    usage_prices: withPriceCodes(plan.usage_prices).map((price) => ({
      code: price.code,
      meter_code: price.meter_code,
      model: price.model,
      unit_amount: price.unit_amount.toString(),
      ...presentDenomination(toDenomination(price)),
    })),
    fixed_fees: plan.fixed_fees.map((fee) => ({
      code: fee.code,
      name: fee.name ?? fee.code,
      amount: fee.amount.toString(),
      ...presentDenomination(toDenomination(fee)),
      billing: fee.billing,
    })),
    overdraft: plan.overdraft.map((rule) => ({ ...presentDenomination(toDenomination(rule)), policy: rule.policy })),
    metadata: plan.metadata,
  };
}

type PriceFields = PlanFields["usage_prices"][number];

/**
 * The prices, each with a code: one not given is the meter's, with the first free number from 2 behind it where that is taken.
 * Codes that were given are taken before any is made up. Example: three prices on `tokens` → `tokens`, `tokens_2`, `tokens_3`.
 */
function withPriceCodes(prices: PriceFields[]): (PriceFields & { code: string })[] {
  const taken = new Set(prices.flatMap(({ code }) => code ?? []));
  return prices.map((price) => {
    const code = price.code ?? freeCode(price.meter_code, taken);
    taken.add(code);
    return { ...price, code };
  });
}

const maxCodeLength = 64;

function freeCode(wanted: string, taken: ReadonlySet<string>): string {
  let code = wanted;
  for (let number = 2; taken.has(code); number++) {
    const suffix = `_${number}`;
    code = wanted.slice(0, maxCodeLength - suffix.length).replace(/_$/, "") + suffix;
  }
  return code;
}

/** The document of a plan version as core reads it. The only place that does so. */
export function toPlanDocument(stored: StoredDocument): PlanDocument {
  return {
    billingInterval: stored.billing_interval,
    billingIntervalCount: stored.billing_interval_count,
    usagePrices: stored.usage_prices.map(toUsagePrice),
    fixedFees: stored.fixed_fees.map(toFixedFee),
    overdraft: stored.overdraft.map(toOverdraftRule),
  };
}

function toUsagePrice(price: StoredDocument["usage_prices"][number]): CoreUsagePrice {
  return {
    code: price.code,
    meterCode: price.meter_code,
    denomination: toDenomination(price),
    ...noModifiers,
    model: price.model,
    unitAmount: decimal(price.unit_amount),
  };
}

function toFixedFee(fee: StoredDocument["fixed_fees"][number]): CoreFixedFee {
  return {
    code: fee.code,
    name: fee.name,
    amount: decimal(fee.amount),
    denomination: toDenomination(fee),
    billing: fee.billing,
    per: "subscription",
    recurrence: "every_period",
  };
}

function toOverdraftRule(rule: StoredDocument["overdraft"][number]): CoreOverdraftRule {
  return { denomination: toDenomination(rule), policy: rule.policy };
}

export function presentPlan(row: PlanRow): z.input<typeof Plan> {
  return {
    id: row.plan_id,
    code: row.code,
    version: row.version,
    ...presentDocument(row.document),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

export function presentPlanVersion(row: PlanVersionRow): z.input<typeof PlanVersion> {
  const { plan_code, version, document, created_at } = row;
  return { plan_code, version, ...presentDocument(document), created_at: created_at.toISOString() };
}

/** The document with its fields in the reference's order, which `jsonb` forgets. */
function presentDocument(document: StoredDocument): StoredDocument {
  const { name, description, billing_interval, billing_interval_count, usage_prices, fixed_fees, overdraft, metadata } =
    document;
  return { name, description, billing_interval, billing_interval_count, usage_prices, fixed_fees, overdraft, metadata };
}
