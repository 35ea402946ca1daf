import type { CreditNoteListResponse, Invoice } from "../../../../sdk/src/generated/types.ts";
import { showCents } from "../amounts.ts";
import { Instant } from "../instants.tsx";
import { usePaged } from "../paged.ts";
import { Card } from "../ui/card.tsx";
import { Table } from "../ui/table.tsx";

export function CreditNotes({ invoice }: { invoice: Invoice }) {
  const { data, error, paging } = usePaged<CreditNoteListResponse>("/v1/credit-notes", { invoice_id: invoice.id });
  const money = (cents: number) => showCents(cents, invoice.currency_code);
  return (
    <Card title="Credit notes">
      <Table
        label="Credit notes"
        rows={data?.credit_notes}
        paging={paging}
        error={error}
        keyOf={({ id }) => id}
        empty="Nothing was given back. A credit note lowers an invoice that is final."
        columns={[
          { title: "Number", cell: ({ number }) => number },
          { title: "Issued", cell: ({ created_at }) => <Instant at={created_at} /> },
          { title: "Reason", cell: ({ reason }) => reason },
          { title: "Total", isNumber: true, cell: ({ total_cents }) => money(total_cents) },
          { title: "Of that tax", isNumber: true, cell: ({ tax_cents }) => money(tax_cents) },
          { title: "Refunded", isNumber: true, cell: ({ refunded_cents }) => money(refunded_cents) },
        ]}
      />
    </Card>
  );
}
