/** What is in a plan's document beside its usage prices, and the document as a whole. */
import { z } from "zod";
import {
  denominationFields,
  denominationOutput,
  namesOneDenomination,
  oneDenominationHint,
} from "../http/denomination.ts";
import { codeField, decimalOutput, decimalTextField, metadataField, metadataOutput } from "../http/fields.ts";
import { UsagePrice, usagePriceInput } from "./price-schema.ts";
import { descriptionField, nameField } from "./schema.ts";

const maxUsagePrices = 500;
const maxFixedFees = 100;
const maxOverdraftRules = 100;
/** Ten years of months. A longer period is a mistake, and would close its first invoice when nobody remembers it. */
const maxBillingIntervals = 120;

const text = {
  feeAmount: "What one billing period costs, exact; for each seat where `per` says so.",
  per: "Owed once for the subscription, or for each of its seats.",
  billing: "Billed as a period begins, or as it ends.",
  recurrence: "`once` is a setup fee: it belongs to the first period alone.",
  usagePrices: "What the usage that meters measure costs. A meter may have several prices, in different denominations.",
  fixedFees: "What the plan costs whether or not it is used.",
};

const billingInterval = z.enum(["week", "month", "quarter", "year"]);
const billing = z.enum(["in_advance", "in_arrears"]);
const feePer = z.enum(["subscription", "seat"]);
const recurrence = z.enum(["every_period", "once"]);
const overdraftPolicy = z.enum(["allow", "block"]);

const fixedFeeInput = z
  .object({
    code: codeField("Unique among the fees of the document."),
    name: nameField,
    amount: decimalTextField(text.feeAmount),
    ...denominationFields,
    per: feePer.default("subscription").meta({ description: text.per }),
    billing: billing.default("in_advance").meta({ description: text.billing }),
    recurrence: recurrence.default("every_period").meta({ description: text.recurrence }),
  })
  .refine(namesOneDenomination, oneDenominationHint)
  .meta({ id: "FixedFeeInput", title: "FixedFeeInput" });

const overdraftRuleInput = z
  .object({
    ...denominationFields,
    policy: overdraftPolicy.meta({ description: "`block` refuses an event that costs more than the wallet holds." }),
  })
  .refine(namesOneDenomination, oneDenominationHint)
  .meta({ id: "OverdraftRuleInput", title: "OverdraftRuleInput" });

export const documentInput = {
  name: nameField,
  description: descriptionField,
  billing_interval: billingInterval.default("month"),
  billing_interval_count: z
    .int("Must be a whole number.")
    .min(1, "Must be at least 1.")
    .max(maxBillingIntervals, `Must be at most ${maxBillingIntervals}.`)
    .default(1)
    .meta({ description: "How many intervals make one billing period." }),
  usage_prices: z.array(usagePriceInput).max(maxUsagePrices).default([]).meta({ description: text.usagePrices }),
  fixed_fees: z.array(fixedFeeInput).max(maxFixedFees).default([]).meta({ description: text.fixedFees }),
  overdraft: z
    .array(overdraftRuleInput)
    .max(maxOverdraftRules)
    .default([])
    .meta({ description: "Whether usage may take a wallet below zero. A denomination that is not listed is allowed." }),
  metadata: metadataField.default({}),
};

export type PlanFields = z.output<z.ZodObject<typeof documentInput>>;

export const FixedFee = z
  .object({
    code: z.string().meta({ description: "Unique among the fees of the document." }),
    name: z.string(),
    amount: decimalOutput(text.feeAmount),
    ...denominationOutput,
    per: feePer.meta({ description: text.per }),
    billing: billing.meta({ description: text.billing }),
    recurrence: recurrence.meta({ description: text.recurrence }),
  })
  .meta({ id: "FixedFee", title: "FixedFee" });

const OverdraftRule = z
  .object({ ...denominationOutput, policy: overdraftPolicy })
  .meta({ id: "OverdraftRule", title: "OverdraftRule" });

export const documentOutput = {
  name: z.string(),
  description: z.string().nullable(),
  billing_interval: billingInterval,
  billing_interval_count: z.int().meta({ description: "How many intervals make one billing period." }),
  usage_prices: z.array(UsagePrice).meta({ description: text.usagePrices }),
  fixed_fees: z.array(FixedFee).meta({ description: text.fixedFees }),
  overdraft: z.array(OverdraftRule).meta({ description: "A denomination that is not listed is allowed." }),
  metadata: metadataOutput,
};

/** A plan version's document as it is stored, which is as the wire has it. */
export type StoredDocument = z.output<z.ZodObject<typeof documentOutput>>;
