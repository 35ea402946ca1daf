/** The least that a plan's billing period comes to, on the wire and as core has it. */
import { z } from "zod";
import { decimal } from "../../../core/decimal.ts";
import type { MinimumCommitment as CoreMinimumCommitment } from "../../../core/plan.ts";
import {
  denominationFields,
  denominationOutput,
  namesOneDenomination,
  oneDenominationHint,
  toDenomination,
} from "../http/denomination.ts";
import { codeField, decimalOutput, decimalTextField } from "../http/fields.ts";
import { nameField } from "./schema.ts";

const text = {
  code: "Unique among the minimum commitments of the document.",
  amount: "The least that one billing period comes to, exact. What is missing is a line of the invoice.",
  counts: "What counts towards it: usage in its denomination alone, or fixed fees in it too.",
};

const counts = z.enum(["usage", "usage_and_fees"]);

export const minimumCommitmentInput = z
  .object({
    code: codeField(text.code),
    name: nameField,
    amount: decimalTextField(text.amount),
    ...denominationFields,
    counts: counts.default("usage").meta({ description: text.counts }),
  })
  .refine(namesOneDenomination, oneDenominationHint)
  .meta({ id: "MinimumCommitmentInput", title: "MinimumCommitmentInput" });

export const MinimumCommitment = z
  .object({
    code: z.string().meta({ description: text.code }),
    name: z.string(),
    amount: decimalOutput(text.amount),
    ...denominationOutput,
    counts: counts.meta({ description: text.counts }),
  })
  .meta({ id: "MinimumCommitment", title: "MinimumCommitment" });

export function toMinimumCommitment(commitment: z.output<typeof MinimumCommitment>): CoreMinimumCommitment {
  const { code, name, amount, counts } = commitment;
  return { code, name, denomination: toDenomination(commitment), amount: decimal(amount), counts };
}
