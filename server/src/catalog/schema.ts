import { z } from "zod";
import { codeField, idOutput, instantOutput, textField } from "../http/fields.ts";

/** Shared by all that has a code. */
export const nameField = textField(255, "What people read; the default is the code.").nullable().default(null);
export const descriptionField = textField(1_000, "For people; Afternoon does not read it.").nullable().default(null);

/** `error` of a discriminated union: zod's own message is about discriminators and names `undefined` as a choice. */
export const oneOf = (...choices: string[]) => ({
  error: (issue: { code?: string }) =>
    issue.code === "invalid_union" ? `Must be one of ${choices.join(", ")}.` : undefined,
});

/* Pricing units */

export const PricingUnitCreate = z
  .object({
    code: codeField("What prices, grants and wallets name it by. Never changes."),
    name: nameField,
    description: descriptionField,
  })
  .meta({ id: "CreatePricingUnitRequest", title: "CreatePricingUnitRequest" });

export type PricingUnitFields = z.output<typeof PricingUnitCreate>;

export const PricingUnit = z
  .object({
    id: idOutput("Id of the pricing unit."),
    code: z.string().meta({ description: "What prices, grants and wallets name it by." }),
    name: z.string(),
    description: z.string().nullable(),
    created_at: instantOutput("When it was created."),
  })
  .meta({ id: "PricingUnit", title: "PricingUnit" });

export type PricingUnitRow = {
  pricing_unit_id: string;
  code: string;
  name: string;
  description: string | null;
  created_at: Date;
};

export function presentPricingUnit(row: PricingUnitRow): z.input<typeof PricingUnit> {
  const { pricing_unit_id, created_at, ...fields } = row;
  return { id: pricing_unit_id, ...fields, created_at: created_at.toISOString() };
}
