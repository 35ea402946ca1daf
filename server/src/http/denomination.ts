import { z } from "zod";
import { currency, pricingUnit, type AccountType, type Denomination } from "../../../core/denomination.ts";
import { codeField, currencyCodeField } from "./fields.ts";

/** How a body names a denomination: exactly one of two codes. To be refined by `namesOneDenomination`. */
export const denominationFields = {
  currency_code: currencyCodeField("Currency, ISO 4217; give this or `pricing_unit_code`.").nullish(),
  pricing_unit_code: codeField("Pricing unit; give this or `currency_code`.").nullish(),
};

export type DenominationFields = {
  currency_code?: string | null | undefined;
  pricing_unit_code?: string | null | undefined;
};

export const namesOneDenomination = ({ currency_code, pricing_unit_code }: DenominationFields) =>
  ((currency_code ?? null) !== null) !== ((pricing_unit_code ?? null) !== null);

export const oneDenominationHint = {
  message: "Give exactly one of currency_code and pricing_unit_code.",
  path: ["currency_code"],
};

/** The denomination of fields that `namesOneDenomination` has passed. */
export function toDenomination({ currency_code, pricing_unit_code }: DenominationFields): Denomination {
  return typeof currency_code === "string" ? currency(currency_code) : pricingUnit(pricing_unit_code as string);
}

/** The three fields by which an answer names a denomination: the code that does not apply is null. */
export const denominationOutput = {
  account_type: z
    .enum(["currency", "pricing_unit"])
    .meta({ description: "What it is counted in: a currency or a pricing unit." }),
  currency_code: z.string().nullable().meta({ description: "ISO 4217, lower case; null for a pricing unit." }),
  pricing_unit_code: z.string().nullable().meta({ description: "Null for a currency." }),
};

export type DenominationOutput = {
  account_type: AccountType;
  currency_code: string | null;
  pricing_unit_code: string | null;
};

export function presentDenomination({ accountType, code }: Denomination): DenominationOutput {
  return {
    account_type: accountType,
    currency_code: accountType === "currency" ? code : null,
    pricing_unit_code: accountType === "pricing_unit" ? code : null,
  };
}
