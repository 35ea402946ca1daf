import { isLosslessNumber } from "lossless-json";
import { z } from "zod";
import { decimal } from "../../../core/decimal.ts";
import { denominationKey } from "../../../core/denomination.ts";
import type { Meter as CoreMeter, MeterFilter as CoreMeterFilter } from "../../../core/meter.ts";
import type { FixedFee as CoreFixedFee, OverdraftRule as CoreOverdraftRule, PlanDocument, UsagePrice as CoreUsagePrice } from "../../../core/plan.ts";
import type { ScalarValue } from "../../../core/property.ts";
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
  decimalField,
  decimalOutput,
  idOutput,
  instantOutput,
  metadataField,
  metadataOutput,
  nonNegativeDecimalField,
  textField,
} from "../http/fields.ts";
import type { MeterRow, PlanRow, PlanVersionRow, PricingUnitRow } from "./sql.ts";

const nameField = textField(255, "What people read; the default is the code.").nullable().default(null);
const descriptionField = textField(1_000, "For people; Afternoon does not read it.").nullable().default(null);

/* Pricing units */

export const PricingUnitCreate = z
  .object({ code: codeField("What prices, grants and wallets name it by. Never changes."), name: nameField, description: descriptionField })
  .meta({ id: "CreatePricingUnitRequest", title: "CreatePricingUnitRequest" });

export type PricingUnitFields = z.output<typeof PricingUnitCreate>;

export const PricingUnit = z
  .object({
    id: idOutput("Id of the pricing unit."),
    code: z.string().meta({ description: "What prices, grants and wallets name it by." }),
    name: z.string(),
    description: z.string().nullable(),
    created_at: instantOutput("When it was created."),
  })
  .meta({ id: "PricingUnit", title: "PricingUnit" });

export function presentPricingUnit(row: PricingUnitRow): z.input<typeof PricingUnit> {
  const { pricing_unit_id, created_at, ...fields } = row;
  return { id: pricing_unit_id, ...fields, created_at: created_at.toISOString() };
}

/* Meters */

const maxFilters = 20;
const maxFilterValues = 100;

/** `error` of a discriminated union: zod's own message is about discriminators and names `undefined` as a choice. */
const oneOf = (...choices: string[]) => ({
  error: (issue: { code?: string }) => (issue.code === "invalid_union" ? `Must be one of ${choices.join(", ")}.` : undefined),
});

const property = textField(255, "Name of a property at the top level of the event's `properties`.");

const scalarForm = { type: ["string", "number", "boolean"], examples: ["gpt-4"] };

const scalar = z
  .unknown()
  .transform((value, context): ScalarValue => {
    if (isScalar(value)) return value;
    const message = value === undefined ? "Is required." : "Must be a string of at most 255 characters, a number, true or false.";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .meta({ override: scalarForm });

function isScalar(value: unknown): value is ScalarValue {
  if (typeof value === "string") return value.length <= 255;
  return typeof value === "number" || typeof value === "boolean" || isLosslessNumber(value);
}

const equality = z.enum(["equals", "not_equals"]);
const presence = z.enum(["exists", "not_exists"]);
const comparison = z.enum(["greater_than", "greater_than_or_equal", "less_than", "less_than_or_equal"]);

const filter = z.discriminatedUnion(
  "operator",
  [
    z.object({ property, operator: equality, value: scalar }),
    z.object({ property, operator: z.literal("in"), values: z.array(scalar).min(1, "Must not be empty.").max(maxFilterValues) }),
    z.object({ property, operator: presence }),
    z.object({ property, operator: comparison, value: decimalField("What the property's number is compared with.") }),
  ],
  oneOf(...equality.options, "in", ...presence.options, ...comparison.options),
);

const aggregation = z.discriminatedUnion(
  "type",
  [z.object({ type: z.literal("count") }), z.object({ type: z.literal("sum"), property })],
  oneOf("count", "sum"),
);

export const MeterCreate = z
  .object({
    code: codeField("What prices name it by. Never changes."),
    name: nameField,
    event_name: textField(255, "Only events of this name are measured."),
    aggregation: aggregation.meta({ description: "How many events there were, or the sum of a numeric property." }),
    filters: z.array(filter).max(maxFilters).default([]).meta({ description: "An event is measured only if all of them hold." }),
  })
  .meta({ id: "CreateMeterRequest", title: "CreateMeterRequest" });

export const MeterUpdate = z
  .object({
    name: textField(255, "What people read; `null` goes back to the code.").nullable().optional(),
    archived: z.boolean().optional().meta({ description: "An archived meter measures no event." }),
  })
  .meta({ id: "UpdateMeterRequest", title: "UpdateMeterRequest" });

export type MeterFields = z.output<typeof MeterCreate>;
export type MeterPatch = z.output<typeof MeterUpdate>;

const scalarOutput = z.unknown().refine(isScalar).meta({ override: scalarForm });

const MeterFilter = z
  .discriminatedUnion("operator", [
    z.object({ property: z.string(), operator: equality, value: scalarOutput }),
    z.object({ property: z.string(), operator: z.literal("in"), values: z.array(scalarOutput) }),
    z.object({ property: z.string(), operator: presence }),
    z.object({ property: z.string(), operator: comparison, value: decimalOutput("What the property's number is compared with.") }),
  ])
  .meta({ id: "MeterFilter", title: "MeterFilter" });

const MeterAggregation = z
  .discriminatedUnion("type", [z.object({ type: z.literal("count") }), z.object({ type: z.literal("sum"), property: z.string() })])
  .meta({ id: "MeterAggregation", title: "MeterAggregation" });

export const Meter = z
  .object({
    id: idOutput("Id of the meter."),
    code: z.string().meta({ description: "What prices name it by." }),
    name: z.string(),
    event_name: z.string().meta({ description: "Only events of this name are measured." }),
    aggregation: MeterAggregation,
    filters: z.array(MeterFilter).meta({ description: "An event is measured only if all of them hold." }),
    archived: z.boolean().meta({ description: "An archived meter measures no event." }),
    archived_at: z.string().nullable().meta({ description: "When it was archived; null while it is not." }),
    created_at: instantOutput("When it was created."),
  })
  .meta({ id: "Meter", title: "Meter" });

/** A filter as it is stored: as the wire has it, numbers to compare with as decimal strings. */
export type StoredFilter =
  | { property: string; operator: z.output<typeof equality>; value: ScalarValue }
  | { property: string; operator: "in"; values: ScalarValue[] }
  | { property: string; operator: z.output<typeof presence> }
  | { property: string; operator: z.output<typeof comparison>; value: string };

export function toStoredFilter(filter: MeterFields["filters"][number]): StoredFilter {
  return isComparison(filter) ? { ...filter, value: filter.value.toString() } : filter;
}

function isComparison<Filter extends { operator: string }>(
  filter: Filter,
): filter is Extract<Filter, { operator: z.output<typeof comparison> }> {
  return comparison.safeParse(filter.operator).success;
}

/** The meter of a row as core reads it. */
export function toMeter(row: Pick<MeterRow, "code" | "event_name" | "aggregation" | "filters">): CoreMeter {
  return { code: row.code, eventName: row.event_name, aggregation: row.aggregation, filters: row.filters.map(toMeterFilter) };
}

function toMeterFilter(filter: StoredFilter): CoreMeterFilter {
  return filter.operator === "in" ? { property: filter.property, operator: "in", value: filter.values } : filter;
}

export function presentMeter(row: MeterRow): z.input<typeof Meter> {
  return {
    id: row.meter_id,
    code: row.code,
    name: row.name,
    event_name: row.event_name,
    aggregation: row.aggregation,
    filters: row.filters,
    archived: row.archived_at !== null,
    archived_at: row.archived_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}

/* Plans */

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

const usagePrice = z.discriminatedUnion(
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
);

const fixedFee = z
  .object({
    code: codeField("Unique among the fees of the document."),
    name: nameField,
    amount: nonNegativeDecimalField("What one billing period costs, exact."),
    ...denominationFields,
    billing: billing.default("in_advance").meta({ description: "Billed as a period begins, or as it ends." }),
  })
  .refine(namesOneDenomination, oneDenominationHint);

const overdraftRule = z
  .object({
    ...denominationFields,
    policy: overdraftPolicy.meta({ description: "`block` refuses an event that costs more than the wallet holds." }),
  })
  .refine(namesOneDenomination, oneDenominationHint);

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
  usage_prices: z.array(usagePrice).max(maxUsagePrices).default([]).meta({ description: "What the usage that meters measure costs." }),
  fixed_fees: z.array(fixedFee).max(maxFixedFees).default([]).meta({ description: "What the plan costs whether or not it is used." }),
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
    model: price.model,
    unitAmount: decimal(price.unit_amount),
  };
}

function toFixedFee(fee: StoredDocument["fixed_fees"][number]): CoreFixedFee {
  return { code: fee.code, name: fee.name, amount: decimal(fee.amount), denomination: toDenomination(fee), billing: fee.billing };
}

function toOverdraftRule(rule: StoredDocument["overdraft"][number]): CoreOverdraftRule {
  return { denomination: toDenomination(rule), policy: rule.policy };
}

export function presentPlan(row: PlanRow): z.input<typeof Plan> {
  return {
    id: row.plan_id,
    code: row.code,
    version: row.version,
    ...row.document,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

export function presentPlanVersion(row: PlanVersionRow): z.input<typeof PlanVersion> {
  return { plan_code: row.plan_code, version: row.version, ...row.document, created_at: row.created_at.toISOString() };
}
