import type { TaxRate, TaxRateListResponse } from "../../../../sdk/src/generated/types.ts";
import { useWrite } from "../api/use-api.ts";
import { usePaged } from "../paged.ts";
import { Badge } from "../ui/badge.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Check, Field } from "../ui/field.tsx";
import { Table } from "../ui/table.tsx";

export function TaxRates() {
  const { data, error, paging } = usePaged<TaxRateListResponse>("/v1/tax-rates");
  return (
    <Card title="Tax rates" note="By the country and state of the customer." action={<CreateTaxRate />}>
      <Table
        label="Tax rates"
        rows={data?.tax_rates}
        paging={paging}
        error={error}
        keyOf={({ code }) => code}
        empty="No taxes. Add the rates that you have to charge."
        columns={[
          { title: "Tax", cell: ({ name, code }) => `${name} (${code})` },
          { title: "Percent", isNumber: true, cell: ({ percent }) => `${percent}%` },
          { title: "Where", cell: ({ country, state }) => [country ?? "elsewhere", state].filter(Boolean).join(", ") },
          {
            title: "How",
            cell: (rate) =>
              [rate.is_inclusive ? "in prices" : "on top", rate.is_reversed_by_tax_id && "reversed by tax id"]
                .filter(Boolean)
                .join(", "),
          },
          { title: "", cell: (rate) => <Archive rate={rate} /> },
        ]}
      />
    </Card>
  );
}

function Archive({ rate }: { rate: TaxRate }) {
  const write = useWrite();
  if (rate.archived_at !== null) return <Badge>archived</Badge>;
  return (
    <ActionButton
      label="Archive"
      title={`Archive ${rate.name}?`}
      note="No invoice is taxed by it any more. Finalized invoices stay as they are."
      done="Archived."
      onSubmit={() => write.send({ method: "POST", path: `/v1/tax-rates/${rate.code}/archive` })}
    />
  );
}

function CreateTaxRate() {
  const write = useWrite();
  return (
    <ActionButton
      label="Add tax rate"
      kind="primary"
      done="Tax rate added."
      onSubmit={(values) => {
        const body = {
          code: values.text("code"),
          name: values.text("name"),
          percent: values.text("percent"),
          country: values.textOrNull("country"),
          state: values.textOrNull("state"),
          is_inclusive: values.all("is_inclusive").length > 0,
          is_reversed_by_tax_id: values.all("is_reversed_by_tax_id").length > 0,
        };
        return write.send({ method: "POST", path: "/v1/tax-rates", body });
      }}
    >
      <Field label="Name" name="name" placeholder="VAT" required />
      <Field label="Code" name="code" required />
      <Field label="Percent" name="percent" inputMode="decimal" required />
      <Field label="Country" name="country" placeholder="DE" hint="Empty is wherever no other rate is for." />
      <Field label="State" name="state" />
      <Check label="Prices contain it" name="is_inclusive" value="yes" />
      <Check label="Customers with a tax id there account for it themselves" name="is_reversed_by_tax_id" value="yes" />
    </ActionButton>
  );
}
