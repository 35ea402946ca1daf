/** What a plan costs whether or not it is used, on the wire and as core has it. */
import { z } from "zod";
import { decimal } from "../../../core/decimal.ts";
import type { FixedFee as CoreFixedFee } from "../../../core/plan.ts";
import {
  denominationFields,
  denominationOutput,
  namesOneDenomination,
  oneDenominationHint,
  toDenomination,
} from "../http/denomination.ts";
import { codeField, decimalOutput, decimalTextField } from "../http/fields.ts";
import { Recurrence, recurrenceInput, toRecurrence } from "./recurrence-schema.ts";
import { nameField } from "./schema.ts";

const text = {
  code: "Unique among the fees of the document.",
  amount: "What one billing period costs, or one of what `every` says, exact; for each seat where `per` says so.",
  per: "Owed once for the subscription, or for each of its seats.",
  billing: "Billed as a period begins, or as it ends.",
  recurrence: "`once` is a setup fee: it belongs to the first period alone.",
  every:
    "How often the fee is owed, where that is more often than every billing period, into which it must fit a whole number of times; null is every billing period.",
};

const billing = z.enum(["in_advance", "in_arrears"]);
const per = z.enum(["subscription", "seat"]);
const recurrence = z.enum(["every_period", "once"]);

export const fixedFeeInput = z
  .object({
    code: codeField(text.code),
    name: nameField,
    amount: decimalTextField(text.amount),
    ...denominationFields,
    per: per.default("subscription").meta({ description: text.per }),
    billing: billing.default("in_advance").meta({ description: text.billing }),
    recurrence: recurrence.default("every_period").meta({ description: text.recurrence }),
    every: recurrenceInput.nullable().default(null).meta({ description: text.every }),
  })
  .refine(namesOneDenomination, oneDenominationHint)
  .meta({ id: "FixedFeeInput", title: "FixedFeeInput" });

export const FixedFee = z
  .object({
    code: z.string().meta({ description: text.code }),
    name: z.string(),
    amount: decimalOutput(text.amount),
    ...denominationOutput,
    per: per.meta({ description: text.per }),
    billing: billing.meta({ description: text.billing }),
    recurrence: recurrence.meta({ description: text.recurrence }),
    every: Recurrence.nullable().meta({ description: text.every }),
  })
  .meta({ id: "FixedFee", title: "FixedFee" });

export type StoredFee = z.output<typeof FixedFee>;

/** Of a fee that was stored before it could be per seat, owed once, or more often than every billing period. */
export const storedFeeDefaults: Pick<StoredFee, "per" | "recurrence" | "every"> = {
  per: "subscription",
  recurrence: "every_period",
  every: null,
};

export function toFixedFee(fee: StoredFee): CoreFixedFee {
  const { code, name, per, billing, recurrence, every } = fee;
  return {
    code,
    name,
    amount: decimal(fee.amount),
    per,
    denomination: toDenomination(fee),
    billing,
    recurrence,
    ...(every === null ? {} : { every: toRecurrence(every) }),
  };
}
