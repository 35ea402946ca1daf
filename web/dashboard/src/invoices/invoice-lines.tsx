import type { Invoice, InvoiceLineItem } from "../../../../sdk/src/generated/types.ts";
import { showAmount, showCents, showNumber } from "../amounts.ts";
import { useWrite } from "../api/use-api.ts";
import { Period } from "../instants.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import type { Values } from "../ui/form.tsx";
import { Table, type Column } from "../ui/table.tsx";

/** The lines and how they add up; of a draft they can be changed. */
export function InvoiceLines({ invoice }: { invoice: Invoice }) {
  const isDraft = invoice.status === "draft";
  const money = (cents: number) => showCents(cents, invoice.currency_code);
  const columns: Column<InvoiceLineItem>[] = [
    {
      title: "Description",
      cell: (line) => (
        <>
          {line.description}
          {line.period_start && (
            <span className="block text-xs text-muted">
              <Period start={line.period_start} end={line.period_end} />
            </span>
          )}
        </>
      ),
    },
    { title: "Quantity", isNumber: true, cell: ({ quantity }) => showNumber(quantity) },
    {
      title: "Price",
      isNumber: true,
      cell: (line) =>
        line.unit_amount_decimal === null
          ? "–"
          : showAmount(line.unit_amount_decimal, { currency_code: invoice.currency_code }),
    },
    { title: "Amount", isNumber: true, cell: ({ amount_cents }) => money(amount_cents) },
    ...(isDraft ? [{ title: "", cell: (line: InvoiceLineItem) => <LineActions invoice={invoice} line={line} /> }] : []),
  ];
  return (
    <Card title="Lines" action={isDraft && <AddLine invoice={invoice} />}>
      <Table
        label="Lines"
        rows={invoice.line_items}
        keyOf={({ id }) => id}
        columns={columns}
        empty="No lines yet. Add what is owed, and it is part of the total."
      />
      <Sums invoice={invoice} />
    </Card>
  );
}

function Sums({ invoice }: { invoice: Invoice }) {
  const { discounts, taxes, subtotal_cents, total_cents, tax_treatment } = invoice;
  const rows: [string, number][] = [
    ["Subtotal", subtotal_cents],
    ...discounts.map(({ name, amount_cents }): [string, number] => [name, -amount_cents]),
    ...taxes
      .filter((tax) => !tax.is_inclusive)
      .map((tax): [string, number] => [`${tax.name} ${tax.percent}%`, tax.tax_cents]),
    ["Total", total_cents],
    ...taxes
      .filter((tax) => tax.is_inclusive)
      .map((tax): [string, number] => [`including ${tax.name} ${tax.percent}%`, tax.tax_cents]),
  ];
  return (
    <dl className="mt-4 ml-auto grid w-fit grid-cols-[auto_auto] gap-x-8 gap-y-1 text-right">
      {rows.map(([label, cents]) => (
        <div key={label} className={`contents ${label === "Total" ? "font-semibold" : ""}`}>
          <dt>{label}</dt>
          <dd>{showCents(cents, invoice.currency_code)}</dd>
        </div>
      ))}
      {tax_treatment !== "taxed" && (
        <dd className="col-span-2 text-xs text-muted">
          {tax_treatment === "exempt" ? "Exempt from tax" : "Reverse charge: the customer accounts for the tax"}
        </dd>
      )}
    </dl>
  );
}

const fieldsOf = (values: Values) => ({
  description: values.text("description"),
  quantity: values.text("quantity"),
  unit_amount_decimal: values.text("unit_amount_decimal"),
});

function Fields({ line }: { line?: InvoiceLineItem }) {
  return (
    <>
      <Field label="Description" name="description" defaultValue={line?.description ?? ""} required />
      <Field label="Quantity" name="quantity" defaultValue={line?.quantity ?? "1"} inputMode="decimal" required />
      <Field
        label="Price of one"
        name="unit_amount_decimal"
        defaultValue={line?.unit_amount_decimal ?? ""}
        inputMode="decimal"
        hint="In the invoice's currency; below 0 it is a credit."
        required
      />
    </>
  );
}

function AddLine({ invoice }: { invoice: Invoice }) {
  const write = useWrite();
  return (
    <ActionButton
      label="Add line"
      done="Line added."
      onSubmit={(values) =>
        write.send({ method: "POST", path: `/v1/invoices/${invoice.id}/line-items`, body: fieldsOf(values) })
      }
    >
      <Fields />
    </ActionButton>
  );
}

function LineActions({ invoice, line }: { invoice: Invoice; line: InvoiceLineItem }) {
  const write = useWrite();
  const path = `/v1/invoices/${invoice.id}/line-items/${line.id}`;
  return (
    <div className="flex justify-end gap-2">
      {line.unit_amount_decimal !== null && (
        <ActionButton
          label="Edit"
          title="Edit line"
          submit="Save"
          done="Saved."
          onSubmit={(values) => write.send({ method: "PATCH", path, body: fieldsOf(values) })}
        >
          <Fields line={line} />
        </ActionButton>
      )}
      <ActionButton
        label="Remove"
        title="Remove this line?"
        kind="danger"
        done="Line removed."
        onSubmit={() => write.send({ method: "DELETE", path })}
      />
    </div>
  );
}
