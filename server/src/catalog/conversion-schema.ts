/** What pricing units are worth in currencies, on the wire and as core reads it. */
import { z } from "zod";
import type { Conversion } from "../../../core/conversion.ts";
import { decimal } from "../../../core/decimal.ts";
import {
  currencyCodeField,
  decimalOutput,
  idOutput,
  instantField,
  instantOutput,
  positiveDecimalField,
} from "../http/fields.ts";

const text = {
  currency: "Currency, ISO 4217.",
  amount: "What one unit is worth, exact, in the currency.",
  from: "From when on, until a later conversion to the same currency takes over.",
};

export const ConversionCreate = z
  .object({
    currency_code: currencyCodeField(text.currency),
    amount_per_unit: positiveDecimalField(text.amount),
    effective_from: instantField(text.from),
  })
  .meta({ id: "CreatePricingUnitConversionRequest", title: "CreatePricingUnitConversionRequest" });

export type ConversionFields = z.output<typeof ConversionCreate>;

export const PricingUnitConversion = z
  .object({
    id: idOutput("Id of the conversion."),
    pricing_unit_code: z.string().meta({ description: "The pricing unit." }),
    currency_code: z.string().meta({ description: text.currency }),
    amount_per_unit: decimalOutput(text.amount),
    effective_from: instantOutput(text.from),
    created_at: instantOutput("When it was created."),
  })
  .meta({ id: "PricingUnitConversion", title: "PricingUnitConversion" });

export type ConversionRow = {
  conversion_id: string;
  pricing_unit_code: string;
  currency_code: string;
  amount_per_unit: string;
  effective_from: Date;
  created_at: Date;
};

export function presentConversion(row: ConversionRow): z.input<typeof PricingUnitConversion> {
  const { conversion_id, pricing_unit_code, currency_code, amount_per_unit, effective_from, created_at } = row;
  return {
    id: conversion_id,
    pricing_unit_code,
    currency_code,
    amount_per_unit,
    effective_from: effective_from.toISOString(),
    created_at: created_at.toISOString(),
  };
}

export function toConversion(row: ConversionRow): Conversion {
  return {
    pricingUnitCode: row.pricing_unit_code,
    currencyCode: row.currency_code,
    amountPerUnit: decimal(row.amount_per_unit),
    effectiveFrom: row.effective_from.getTime(),
  };
}
