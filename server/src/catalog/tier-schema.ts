/** The parts of prices: tiers, and the rows of a matrix. */
import { z } from "zod";
import { decimal, type Decimal } from "../../../core/decimal.ts";
import type {
  MatrixRow as CoreMatrixRow,
  PercentageTier as CorePercentageTier,
  Tier as CoreTier,
} from "../../../core/plan.ts";
import { decimalOutput, decimalTextField, zeroDecimalTextField } from "../http/fields.ts";
import { dimensionValue, dimensionValueOutput } from "./property-schema.ts";

/** More could not be read by anybody who has to pay by them. */
const maxTiers = 100;
const maxMatrixRows = 1_000;

const text = {
  upTo: "Units up to here, inclusive, fall into the tier, from the end of the one before it; null in the last one, which has no end.",
  unitAmount: "What one unit costs, in the price's denomination.",
  flatAmount: "Owed once per period, as soon as anything falls into the tier.",
  ratePercent: "In percent of the quantity, which is an amount of money: `2.9` is 2.9 %.",
  values: "One value for each of `dimensions`, in their order.",
};

const upToInput = decimalTextField(text.upTo).nullable();
const upToOutput = decimalOutput(text.upTo).nullable();

const tierInput = z
  .object({
    up_to: upToInput,
    unit_amount: decimalTextField(text.unitAmount),
    flat_amount: zeroDecimalTextField(text.flatAmount),
  })
  .meta({ id: "TierInput", title: "TierInput" });

const percentageTierInput = z
  .object({
    up_to: upToInput,
    rate_percent: decimalTextField(text.ratePercent),
    flat_amount: zeroDecimalTextField(text.flatAmount),
  })
  .meta({ id: "PercentageTierInput", title: "PercentageTierInput" });

const tiersText = "In rising order of `up_to`, the last one without an end.";

export const tiersInput = z.array(tierInput).max(maxTiers).meta({ description: tiersText });
export const percentageTiersInput = z.array(percentageTierInput).max(maxTiers).meta({ description: tiersText });

export const matrixRowsInput = z
  .array(
    z
      .object({
        values: z.array(dimensionValue).meta({ description: text.values }),
        unit_amount: decimalTextField(text.unitAmount),
      })
      .meta({ id: "MatrixRowInput", title: "MatrixRowInput" }),
  )
  .max(maxMatrixRows)
  .meta({ description: "What a unit costs for each combination of values that has a price of its own." });

const Tier = z
  .object({
    up_to: upToOutput,
    unit_amount: decimalOutput(text.unitAmount),
    flat_amount: decimalOutput(text.flatAmount),
  })
  .meta({ id: "Tier", title: "Tier" });

const PercentageTier = z
  .object({
    up_to: upToOutput,
    rate_percent: decimalOutput(text.ratePercent),
    flat_amount: decimalOutput(text.flatAmount),
  })
  .meta({ id: "PercentageTier", title: "PercentageTier" });

const MatrixRow = z
  .object({
    values: z.array(dimensionValueOutput).meta({ description: text.values }),
    unit_amount: decimalOutput(text.unitAmount),
  })
  .meta({ id: "MatrixRow", title: "MatrixRow" });

export const tiersOutput = z.array(Tier).meta({ description: tiersText });
export const percentageTiersOutput = z.array(PercentageTier).meta({ description: tiersText });
export const matrixRowsOutput = z.array(MatrixRow);

export function toTier({ up_to, unit_amount, flat_amount }: z.output<typeof Tier>): CoreTier {
  return { upTo: decimalOrNull(up_to), unitAmount: decimal(unit_amount), flatAmount: decimal(flat_amount) };
}

export function toPercentageTier({
  up_to,
  rate_percent,
  flat_amount,
}: z.output<typeof PercentageTier>): CorePercentageTier {
  return { upTo: decimalOrNull(up_to), ratePercent: decimal(rate_percent), flatAmount: decimal(flat_amount) };
}

export function toMatrixRow({ values, unit_amount }: z.output<typeof MatrixRow>): CoreMatrixRow {
  return { values, unitAmount: decimal(unit_amount) };
}

export function decimalOrNull(amount: string | null): Decimal | null {
  return amount === null ? null : decimal(amount);
}
