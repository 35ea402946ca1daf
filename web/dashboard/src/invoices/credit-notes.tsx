import type { CreditNoteListResponse, Invoice } from "../../../../sdk/src/generated/types.ts";
import { showCents } from "../amounts.ts";
import { useRead } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { Card } from "../ui/card.tsx";
import { Table } from "../ui/table.tsx";

export function CreditNotes({ invoice }: { invoice: Invoice }) {
  const { data, error } = useRead<CreditNoteListResponse>("/v1/credit-notes", { invoice_id: invoice.id, limit: 100 });
  const money = (cents: number) => showCents(cents, invoice.currency_code);
  return (
    <Card title="Credit notes">
      <Table
        label="Credit notes"
        rows={data?.credit_notes}
        error={error}
        keyOf={({ id }) => id}
        empty="Nothing was given back."
        columns={[
          { title: "Number", cell: ({ number }) => number },
          { title: "Issued", cell: ({ created_at }) => <Instant at={created_at} /> },
          { title: "Reason", cell: ({ reason }) => reason },
          { title: "Total", isNumber: true, cell: ({ total_cents }) => money(total_cents) },
          { title: "Of that tax", isNumber: true, isMinor: true, cell: ({ tax_cents }) => money(tax_cents) },
          { title: "Refunded", isNumber: true, isMinor: true, cell: ({ refunded_cents }) => money(refunded_cents) },
        ]}
      />
    </Card>
  );
}
