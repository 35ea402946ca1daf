import { z } from "zod";
import { decimal } from "../../../core/decimal.ts";
import type { TaxRate as CoreTaxRate } from "../../../core/tax.ts";
import {
  codeField,
  decimalOutput,
  idOutput,
  instantOutput,
  nullableInstantOutput,
  percentField,
  textField,
} from "../http/fields.ts";
import { countryField } from "../customers/schema.ts";

const text = {
  code: "What it is named by. Never changes.",
  name: "As invoices show it, for example VAT.",
  percent: "How much it is, in percent: 0 to 100, with up to 4 decimal places.",
  isInclusive: "Whether prices contain it; else it comes on top.",
  country:
    "The country of customers whom it is for, ISO 3166-1 alpha-2; null is for customers of all countries that no rate is for.",
  state: "The state of their billing address, as addresses write it; null is the whole country.",
  reversed: "Whether customers with a tax id of the country account for it themselves (reverse charge).",
};

export const TaxRateCreate = z
  .object({
    code: codeField(text.code),
    name: textField(50, text.name),
    percent: percentField(text.percent),
    is_inclusive: z.boolean().default(false).meta({ description: text.isInclusive }),
    country: countryField.nullable().default(null).meta({ description: text.country }),
    state: textField(100, text.state).nullable().default(null),
    is_reversed_by_tax_id: z.boolean().default(false).meta({ description: text.reversed }),
  })
  .refine((rate) => rate.state === null || rate.country !== null, {
    message: "A state needs its country.",
    path: ["state"],
  })
  .meta({ id: "CreateTaxRateRequest", title: "CreateTaxRateRequest" });

export type TaxRateFields = z.output<typeof TaxRateCreate>;

export const TaxRate = z
  .object({
    id: idOutput("Id of the tax rate."),
    code: z.string().meta({ description: text.code }),
    name: z.string().meta({ description: text.name }),
    percent: decimalOutput("How much it is, in percent."),
    is_inclusive: z.boolean().meta({ description: text.isInclusive }),
    country: z.string().nullable().meta({ description: text.country }),
    state: z.string().nullable().meta({ description: text.state }),
    is_reversed_by_tax_id: z.boolean().meta({ description: text.reversed }),
    archived_at: nullableInstantOutput("When it was archived: no invoice is taxed by it any more."),
    created_at: instantOutput("When it was created."),
  })
  .meta({ id: "TaxRate", title: "TaxRate" });

export type TaxRateRow = {
  tax_rate_id: string;
  code: string;
  name: string;
  percent: string;
  is_inclusive: boolean;
  country: string | null;
  state: string | null;
  is_reversed_by_tax_id: boolean;
  archived_at: Date | null;
  created_at: Date;
};

export function presentTaxRate({ tax_rate_id, ...row }: TaxRateRow): z.input<typeof TaxRate> {
  return {
    id: tax_rate_id,
    ...row,
    percent: decimal(row.percent).toString(),
    archived_at: row.archived_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}

export function toTaxRate(row: TaxRateRow): CoreTaxRate {
  return {
    code: row.code,
    name: row.name,
    percent: decimal(row.percent),
    isInclusive: row.is_inclusive,
    country: row.country,
    state: row.state,
    isReversedByTaxId: row.is_reversed_by_tax_id,
  };
}
