import type { PricingUnitListResponse } from "../../../sdk/src/generated/types.ts";
import { useRead } from "./api/use-api.ts";
import { Choice, Field } from "./ui/field.tsx";
import type { Values } from "./ui/form.tsx";
import { useState } from "react";

/** What an amount is of: a currency by its code, or one of the company's pricing units. */
export function DenominationField({ currencyCode = "usd" }: { currencyCode?: string }) {
  const { data } = useRead<PricingUnitListResponse>("/v1/pricing-units", { limit: 100 });
  const [unit, setUnit] = useState("");
  const units = data?.pricing_units ?? [];
  return (
    <div className="grid grid-cols-2 gap-3">
      <Choice
        label="In"
        name="pricing_unit_code"
        onPick={setUnit}
        options={[["", "Currency"], ...units.map(({ code, name }) => [code, name] as const)]}
      />
      {unit === "" && (
        <Field label="Currency" name="currency_code" defaultValue={currencyCode} required maxLength={3} />
      )}
    </div>
  );
}

export function readDenomination(values: Values): { currency_code: string } | { pricing_unit_code: string } {
  const unit = values.text("pricing_unit_code");
  return unit === "" ? { currency_code: values.text("currency_code") } : { pricing_unit_code: unit };
}
