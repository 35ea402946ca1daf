import { z } from "zod";
import type { Decimal } from "../../../core/decimal.ts";
import type { AccountType } from "../../../core/denomination.ts";
import { topUpStatus } from "../../../core/top-up.ts";
import {
  denominationFields,
  denominationOutput,
  namesOneDenomination,
  oneDenominationHint,
  presentDenomination,
} from "../http/denomination.ts";
import {
  decimalField,
  decimalOutput,
  idOutput,
  instantOutput,
  nullableInstantOutput,
  positiveDecimalField,
} from "../http/fields.ts";

const text = {
  threshold: "Below this a top-up is due; it may be below 0.",
  amount:
    "What one top-up is a whole number of: as many as close the whole shortfall to the threshold. A currency's amount is whole minor units.",
  dailyLimit: "The most that the rule buys in a calendar day of the customer's timezone; null is no limit.",
  monthlyLimit: "The most that the rule buys in a calendar month of the customer's timezone; null is no limit.",
  creditsExpireAfterDays: "After how many days of 24 hours what is left of the credits expires; null is never.",
};

const daysField = z.int().min(1).max(36_500).meta({ description: text.creditsExpireAfterDays });
const limitField = (description: string) => positiveDecimalField(description).nullable();

export const TopUpRuleCreate = z
  .object({
    threshold: decimalField(text.threshold),
    amount: positiveDecimalField(text.amount),
    ...denominationFields,
    daily_limit: limitField(text.dailyLimit).default(null),
    monthly_limit: limitField(text.monthlyLimit).default(null),
    credits_expire_after_days: daysField.nullable().default(null),
  })
  .refine(namesOneDenomination, oneDenominationHint)
  .meta({ id: "CreateTopUpRuleRequest", title: "CreateTopUpRuleRequest" });

export const TopUpRuleUpdate = z
  .object({
    threshold: decimalField(text.threshold).optional(),
    amount: positiveDecimalField(text.amount).optional(),
    daily_limit: limitField(text.dailyLimit).optional(),
    monthly_limit: limitField(text.monthlyLimit).optional(),
    credits_expire_after_days: daysField.nullable().optional(),
    status: z
      .enum(["ready", "off"])
      .optional()
      .meta({ description: "`ready` turns it on, also after a payment that failed; `off` turns it off." }),
  })
  .meta({ id: "UpdateTopUpRuleRequest", title: "UpdateTopUpRuleRequest" });

export type TopUpRuleFields = z.output<typeof TopUpRuleCreate>;
export type TopUpRulePatch = z.output<typeof TopUpRuleUpdate>;

export const TopUpRule = z
  .object({
    id: idOutput("Id of the rule."),
    customer_id: idOutput("The customer whose wallet it fills up."),
    status: z.enum(["ready", "in_progress", "off"]).meta({
      description: "`in_progress` while a top-up of it waits for its payment; `off` until it is turned on again.",
    }),
    off_reason: z.enum(["payment_failed", "not_invoiceable"]).nullable().meta({
      description:
        "Why it turned itself off: its invoice was not paid, or none could be made, for want of a conversion or for its size. Null if somebody turned it off, or it is on.",
    }),
    threshold: decimalOutput(text.threshold),
    amount: decimalOutput(text.amount),
    ...denominationOutput,
    daily_limit: decimalOutput(text.dailyLimit).nullable(),
    monthly_limit: decimalOutput(text.monthlyLimit).nullable(),
    credits_expire_after_days: z.int().nullable().meta({ description: text.creditsExpireAfterDays }),
    created_at: instantOutput("When it was created."),
    updated_at: instantOutput("When it last changed."),
  })
  .meta({ id: "TopUpRule", title: "TopUpRule" });

export type OffReason = "payment_failed" | "not_invoiceable";

export type TopUpRuleRow = {
  customer_id: string;
  top_up_rule_id: string;
  account_type: AccountType;
  code: string;
  threshold: Decimal;
  amount: Decimal;
  daily_limit: Decimal | null;
  monthly_limit: Decimal | null;
  credits_expire_after_days: number | null;
  is_on: boolean;
  off_reason: OffReason | null;
  created_at: Date;
  updated_at: Date;
};

/** A rule with whether a top-up of its wallet that a rule asked for waits for its payment. */
export type TopUpRuleInState = TopUpRuleRow & { is_under_way: boolean };

export function statusOf(rule: TopUpRuleInState) {
  return topUpStatus({ isOn: rule.is_on, isUnderWay: rule.is_under_way });
}

export function presentTopUpRule(rule: TopUpRuleInState): z.input<typeof TopUpRule> {
  return {
    id: rule.top_up_rule_id,
    customer_id: rule.customer_id,
    status: statusOf(rule),
    off_reason: rule.off_reason,
    threshold: rule.threshold.toString(),
    amount: rule.amount.toString(),
    ...presentDenomination({ accountType: rule.account_type, code: rule.code }),
    daily_limit: rule.daily_limit?.toString() ?? null,
    monthly_limit: rule.monthly_limit?.toString() ?? null,
    credits_expire_after_days: rule.credits_expire_after_days,
    created_at: rule.created_at.toISOString(),
    updated_at: rule.updated_at.toISOString(),
  };
}

export const TopUpCreate = z
  .object({
    amount: positiveDecimalField("How much to buy; of a currency, whole minor units."),
    ...denominationFields,
    credits_expire_after_days: daysField.nullable().default(null),
  })
  .refine(namesOneDenomination, oneDenominationHint)
  .meta({ id: "CreateTopUpRequest", title: "CreateTopUpRequest" });

export type TopUpFields = z.output<typeof TopUpCreate>;

export const TopUp = z
  .object({
    id: idOutput("Id of the top-up."),
    customer_id: idOutput("The customer whose wallet it fills up."),
    top_up_rule_id: z.string().nullable().meta({ description: "The rule that asked for it; null if somebody did." }),
    status: z.enum(["in_progress", "paid", "failed"]).meta({
      description:
        "`in_progress` until its invoice is paid, `failed` once that is void or uncollectible. If an uncollectible one is paid after all, it is `paid`.",
    }),
    amount: decimalOutput("How much it buys."),
    ...denominationOutput,
    credits_expire_after_days: z.int().nullable().meta({ description: text.creditsExpireAfterDays }),
    invoice_id: idOutput("The invoice by which it is paid."),
    credit_grant_id: z.string().nullable().meta({ description: "The credits that it gave; null until it is paid." }),
    created_at: instantOutput("When it was asked for."),
    ended_at: nullableInstantOutput("When it was paid or failed; null while it is in progress."),
  })
  .meta({ id: "TopUp", title: "TopUp" });

export type TopUpRow = {
  customer_id: string;
  top_up_id: string;
  top_up_rule_id: string | null;
  account_type: AccountType;
  code: string;
  amount: Decimal;
  credits_expire_after_days: number | null;
  status: "in_progress" | "paid" | "failed";
  invoice_id: string;
  credit_grant_id: string | null;
  created_at: Date;
  ended_at: Date | null;
};

export function presentTopUp(row: TopUpRow): z.input<typeof TopUp> {
  return {
    id: row.top_up_id,
    customer_id: row.customer_id,
    top_up_rule_id: row.top_up_rule_id,
    status: row.status,
    amount: row.amount.toString(),
    ...presentDenomination({ accountType: row.account_type, code: row.code }),
    credits_expire_after_days: row.credits_expire_after_days,
    invoice_id: row.invoice_id,
    credit_grant_id: row.credit_grant_id,
    created_at: row.created_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}
