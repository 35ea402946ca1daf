import type { Invoice, InvoiceListResponse } from "../../../../sdk/src/generated/types.ts";
import { showCents } from "../amounts.ts";
import { Instant } from "../instants.tsx";
import { CustomerLink } from "../customers/customer-link.tsx";
import { usePaged } from "../paged.ts";
import { Table, type Column } from "../ui/table.tsx";
import { InvoiceLink } from "./invoice-link.tsx";
import { InvoiceStatus } from "./invoice-status.tsx";

type Props = { query: Record<string, string | undefined>; isOfOneCustomer?: boolean };

const columns: Column<Invoice>[] = [
  {
    title: "Invoice",
    cell: (invoice) => <InvoiceLink id={invoice.id} number={invoice.number} />,
  },
  { title: "Status", cell: ({ status }) => <InvoiceStatus status={status} /> },
  { title: "Total", isNumber: true, cell: (each) => showCents(each.total_cents, each.currency_code) },
  { title: "Due", isNumber: true, cell: (each) => showCents(each.amount_due_cents, each.currency_code) },
  { title: "Due date", cell: ({ due_date }) => <Instant at={due_date} isDay /> },
  { title: "Created", cell: ({ created_at }) => <Instant at={created_at} /> },
];

const ofCustomer: Column<Invoice> = {
  title: "Customer",
  cell: ({ customer_id }) => <CustomerLink id={customer_id} />,
};

export function InvoiceTable({ query, isOfOneCustomer = false }: Props) {
  const { data, error, paging } = usePaged<InvoiceListResponse>("/v1/invoices", query);
  return (
    <Table
      label="Invoices"
      rows={data?.invoices}
      error={error}
      keyOf={({ id }) => id}
      columns={isOfOneCustomer ? columns : [...columns, ofCustomer]}
      empty="No invoices here. Subscriptions make them as their periods end, and you can draft one by hand."
      paging={paging}
    />
  );
}
