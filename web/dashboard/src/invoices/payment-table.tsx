import type { Payment, PaymentListResponse } from "../../../../sdk/src/generated/types.ts";
import { showCents } from "../amounts.ts";
import { CustomerLink } from "../customers/customer-link.tsx";
import { Instant } from "../instants.tsx";
import { usePaged } from "../paged.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { InvoiceLink } from "./invoice-link.tsx";

const tones: Record<Payment["status"], Tone> = {
  processing: "neutral",
  requires_action: "warn",
  succeeded: "good",
  failed: "danger",
  canceled: "neutral",
};

type Props = {
  query: Record<string, string | undefined>;
  /** Whose payments they are, where that need not be said. */ of?: "customer" | "invoice";
};

const columns: Column<Payment>[] = [
  { title: "When", cell: ({ created_at }) => <Instant at={created_at} /> },
  { title: "Status", cell: (payment) => <Status {...payment} /> },
  { title: "Amount", isNumber: true, cell: (each) => showCents(each.amount_cents, each.currency_code) },
  {
    title: "Refunded",
    isNumber: true,
    cell: (each) => (each.refunded_cents === 0 ? "–" : showCents(each.refunded_cents, each.currency_code)),
  },
  {
    title: "By",
    cell: ({ provider, reference }) => `${provider}${reference === null ? "" : `, ${reference}`}`,
  },
];

const ofInvoice: Column<Payment> = {
  title: "Invoice",
  cell: ({ invoice_id, invoice_number }) => <InvoiceLink id={invoice_id} number={invoice_number} />,
};

const ofCustomer: Column<Payment> = {
  title: "Customer",
  cell: ({ customer_id }) => <CustomerLink id={customer_id} />,
};

export function PaymentTable({ query, of }: Props) {
  const { data, error, paging } = usePaged<PaymentListResponse>("/v1/payments", query);
  return (
    <Table
      label="Payments"
      rows={data?.payments}
      error={error}
      keyOf={({ id }) => id}
      empty="No payments yet. They come when customers pay an invoice, by card or as you record them on it."
      paging={paging}
      columns={[...columns, ...(of === "invoice" ? [] : [ofInvoice]), ...(of === undefined ? [ofCustomer] : [])]}
    />
  );
}

function Status({ status, failure, is_disputed }: Payment) {
  return (
    <span className="flex flex-col items-start gap-1">
      <Badge tone={is_disputed ? "danger" : tones[status]}>
        {is_disputed ? "disputed" : status.replaceAll("_", " ")}
      </Badge>
      {failure && <span className="text-xs text-muted">{failure.message}</span>}
    </span>
  );
}
