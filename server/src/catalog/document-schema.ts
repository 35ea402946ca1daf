/** A plan's document as a whole, and its overdraft rules. */
import { z } from "zod";
import { finalization, graceHours } from "../companies/companies.ts";
import {
  denominationFields,
  denominationOutput,
  namesOneDenomination,
  oneDenominationHint,
} from "../http/denomination.ts";
import { metadataField, metadataOutput } from "../http/fields.ts";
import { MinimumCommitment, minimumCommitmentInput } from "./commitment-schema.ts";
import { FixedFee, fixedFeeInput } from "./fixed-fee-schema.ts";
import { UsagePrice, usagePriceInput } from "./price-schema.ts";
import { billingInterval, intervalCountField, Recurrence, recurrenceInput } from "./recurrence-schema.ts";
import { RecurringGrant, recurringGrantInput } from "./recurring-grant-schema.ts";
import { descriptionField, nameField } from "./schema.ts";

const maxUsagePrices = 500;
const maxFixedFees = 100;
const maxMinimumCommitments = 100;
const maxRecurringGrants = 100;
const maxOverdraftRules = 100;
/** Two years. A longer trial is a plan without fees. */
const maxTrialDays = 730;

const text = {
  billingIntervalCount: "How many intervals make one billing period.",
  usageEvery:
    "How often usage is counted from nothing and billed, where that is more often than every billing period, into which it must fit a whole number of times; null is every billing period.",
  trialDays:
    "Days from the start of a subscription in which no fixed fee is owed; 0 is no trial. Usage costs what it costs.",
  usagePrices: "What the usage that meters measure costs. A meter may have several prices, in different denominations.",
  fixedFees: "What the plan costs whether or not it is used.",
  minimumCommitments: "The least that a billing period comes to, over all prices in a denomination.",
  recurringGrants: "Credits that every billing period begins with.",
  overdraft: "Whether usage may take a wallet below zero. A denomination that is not listed is allowed.",
  invoiceGraceHours:
    "Hours after a period's end in which late usage still lands on its draft invoice; null is the company's default.",
  invoiceFinalization:
    "`automatic`: drafts are finalized as that time ends. `manual`: they wait for you. Null is the company's default.",
};

const overdraftPolicy = z.enum(["allow", "block"]);

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
  billing_interval_count: intervalCountField(text.billingIntervalCount),
  usage_every: recurrenceInput.nullable().default(null).meta({ description: text.usageEvery }),
  trial_days: z
    .int("Must be a whole number.")
    .min(0, "Must be at least 0.")
    .max(maxTrialDays, `Must be at most ${maxTrialDays}.`)
    .default(0)
    .meta({ description: text.trialDays }),
  usage_prices: z.array(usagePriceInput).max(maxUsagePrices).default([]).meta({ description: text.usagePrices }),
  fixed_fees: z.array(fixedFeeInput).max(maxFixedFees).default([]).meta({ description: text.fixedFees }),
  minimum_commitments: z
    .array(minimumCommitmentInput)
    .max(maxMinimumCommitments)
    .default([])
    .meta({ description: text.minimumCommitments }),
  recurring_grants: z
    .array(recurringGrantInput)
    .max(maxRecurringGrants)
    .default([])
    .meta({ description: text.recurringGrants }),
  overdraft: z.array(overdraftRuleInput).max(maxOverdraftRules).default([]).meta({ description: text.overdraft }),
  invoice_grace_hours: graceHours.nullable().default(null).meta({ description: text.invoiceGraceHours }),
  invoice_finalization: finalization.nullable().default(null).meta({ description: text.invoiceFinalization }),
  metadata: metadataField.default({}),
};

export type PlanFields = z.output<z.ZodObject<typeof documentInput>>;

const OverdraftRule = z
  .object({ ...denominationOutput, policy: overdraftPolicy })
  .meta({ id: "OverdraftRule", title: "OverdraftRule" });

export const documentOutput = {
  name: z.string(),
  description: z.string().nullable(),
  billing_interval: billingInterval,
  billing_interval_count: z.int().meta({ description: text.billingIntervalCount }),
  usage_every: Recurrence.nullable().meta({ description: text.usageEvery }),
  trial_days: z.int().meta({ description: text.trialDays }),
  usage_prices: z.array(UsagePrice).meta({ description: text.usagePrices }),
  fixed_fees: z.array(FixedFee).meta({ description: text.fixedFees }),
  minimum_commitments: z.array(MinimumCommitment).meta({ description: text.minimumCommitments }),
  recurring_grants: z.array(RecurringGrant).meta({ description: text.recurringGrants }),
  overdraft: z.array(OverdraftRule).meta({ description: text.overdraft }),
  invoice_grace_hours: z.int().nullable().meta({ description: text.invoiceGraceHours }),
  invoice_finalization: finalization.nullable().meta({ description: text.invoiceFinalization }),
  metadata: metadataOutput,
};

export const StoredDocument = z.object(documentOutput);

/** A plan version's document as it is stored, which is as the wire has it. */
export type StoredDocument = z.output<typeof StoredDocument>;

/** Of a document that was stored before there were these fields. */
export const storedDocumentDefaults: Pick<
  StoredDocument,
  | "usage_every"
  | "trial_days"
  | "minimum_commitments"
  | "recurring_grants"
  | "invoice_grace_hours"
  | "invoice_finalization"
> = {
  usage_every: null,
  trial_days: 0,
  minimum_commitments: [],
  recurring_grants: [],
  invoice_grace_hours: null,
  invoice_finalization: null,
};
