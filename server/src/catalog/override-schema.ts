/** What one subscription agrees on apart from its plan, on the wire and as it is stored. */
import { z } from "zod";
import { decimal } from "../../../core/decimal.ts";
import type { PlanOverrides } from "../../../core/plan-overrides.ts";
import { codeField, decimalOutput, decimalTextField } from "../http/fields.ts";
import { UsagePrice, usagePriceInput, type StoredPrice } from "./price-schema.ts";
import { readStoredPrice, toUsagePrice } from "./stored-price.ts";

const text = {
  prices:
    "Usage prices that stand in place of the plan's prices of the same `code`, for this subscription alone and for as long as it lasts; each names the plan's meter and denomination.",
  fees: "Amounts that stand in place of those of the plan's fixed fees of the same `code`.",
  feeCode: "Code of the plan's fee.",
  feeAmount: "What it costs instead, in the fee's denomination.",
};

const maxOverrides = 100;

export const overridesInput = {
  price_overrides: z.array(usagePriceInput).max(maxOverrides).default([]).meta({ description: text.prices }),
  fee_overrides: z
    .array(
      z
        .object({ code: codeField(text.feeCode), amount: decimalTextField(text.feeAmount) })
        .meta({ id: "FeeOverrideInput", title: "FeeOverrideInput" }),
    )
    .max(maxOverrides)
    .default([])
    .meta({ description: text.fees }),
};

const FeeOverride = z
  .object({ code: z.string().meta({ description: text.feeCode }), amount: decimalOutput(text.feeAmount) })
  .meta({ id: "FeeOverride", title: "FeeOverride" });

export const overridesOutput = {
  price_overrides: z.array(UsagePrice).meta({ description: text.prices }),
  fee_overrides: z.array(FeeOverride).meta({ description: text.fees }),
};

export type OverrideFields = z.output<z.ZodObject<typeof overridesInput>>;

export type StoredOverrides = { price_overrides: StoredPrice[]; fee_overrides: { code: string; amount: string }[] };

export function presentOverrides(stored: StoredOverrides): StoredOverrides {
  return {
    price_overrides: stored.price_overrides.map(readStoredPrice),
    fee_overrides: stored.fee_overrides.map(({ code, amount }) => ({ code, amount })),
  };
}

/** As core reads them: each price whole, so that nothing of the plan's is left in it. */
export function toPlanOverrides(stored: StoredOverrides): PlanOverrides {
  return {
    usagePrices: stored.price_overrides.map((price) => {
      const { code, meterCode: _meter, denomination: _denomination, ...rest } = toUsagePrice(readStoredPrice(price));
      const { groupBy, rounding, includedUnits, minimum, maximum, lateUsage, ...model } = rest;
      return { priceCode: code, model, groupBy, rounding, includedUnits, minimum, maximum, lateUsage };
    }),
    fixedFees: stored.fee_overrides.map(({ code, amount }) => ({ feeCode: code, amount: decimal(amount) })),
  };
}
