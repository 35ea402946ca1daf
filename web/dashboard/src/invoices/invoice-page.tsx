import { useNavigate } from "@tanstack/react-router";
import type { Invoice, InvoiceResponse } from "../../../../sdk/src/generated/types.ts";
import { showCents } from "../amounts.ts";
import { useRead, useWrite } from "../api/use-api.ts";
import { Instant, Period } from "../instants.tsx";
import { CustomerLink } from "../customers/customer-link.tsx";
import { PageLink } from "../page-link.tsx";
import { useParam, useTenant } from "../tenant.ts";
import { Card, Facts } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Page } from "../ui/page.tsx";
import { Pending } from "../ui/pending.tsx";
import { CreditNotes } from "./credit-notes.tsx";
import { Explanation } from "./explanation.tsx";
import { InvoiceLines } from "./invoice-lines.tsx";
import { InvoiceStatus } from "./invoice-status.tsx";
import { MoneyActions } from "./money-actions.tsx";
import { PaymentTable } from "./payment-table.tsx";
import { PdfButton } from "./pdf-button.tsx";

export function InvoicePage() {
  const invoiceId = useParam("invoiceId");
  const { data, error } = useRead<InvoiceResponse>(`/v1/invoices/${invoiceId}`);
  const above = <PageLink to="/invoices">Invoices</PageLink>;
  if (data === undefined)
    return (
      <Page title="Invoice" above={above}>
        <Pending error={error} />
      </Page>
    );
  const { invoice } = data;
  const isDraft = invoice.status === "draft";
  return (
    <Page
      title={invoice.number ?? "Draft invoice"}
      above={above}
      mark={<InvoiceStatus status={invoice.status} />}
      actions={
        <>
          <PdfButton invoice={invoice} />
          {isDraft ? <DraftActions invoice={invoice} /> : <MoneyActions invoice={invoice} />}
        </>
      }
    >
      <Card title="Details">
        <Facts facts={factsOf(invoice)} />
      </Card>
      <InvoiceLines invoice={invoice} />
      {!isDraft && (
        <>
          <Card title="Payments">
            <PaymentTable query={{ invoice_id: invoice.id }} of="invoice" />
          </Card>
          <CreditNotes invoice={invoice} />
        </>
      )}
      <Timeline invoice={invoice} />
      <Explanation invoice={invoice} />
    </Page>
  );
}

function factsOf(invoice: Invoice): [string, React.ReactNode][] {
  const money = (cents: number) => showCents(cents, invoice.currency_code);
  return [
    ["Customer", <CustomerLink key="customer" id={invoice.customer_id} />],
    ["Total", money(invoice.total_cents)],
    ["Due", money(invoice.amount_due_cents)],
    ["Paid", money(invoice.amount_paid_cents)],
    ["Paid from balance", money(invoice.balance_applied_cents)],
    ["Credited", money(invoice.credit_applied_cents - invoice.balance_applied_cents)],
    ["Collection", invoice.collection_method === "send_invoice" ? "asks the customer to pay" : "charges automatically"],
    ["Due date", <Instant key="due" at={invoice.due_date} isDay />],
    ["Period", <Period key="period" start={invoice.period_start} end={invoice.period_end} />],
    ["Memo", invoice.memo],
    [
      "Public page",
      invoice.payment_url && (
        <a key="url" href={invoice.payment_url} target="_blank" rel="noreferrer" className="text-accent underline">
          Open
        </a>
      ),
    ],
  ];
}

function DraftActions({ invoice }: { invoice: Invoice }) {
  const { companyId, mode } = useTenant();
  const write = useWrite();
  const navigate = useNavigate();
  const path = `/v1/invoices/${invoice.id}`;
  return (
    <>
      <ActionButton
        label="Finalize"
        title="Finalize this invoice?"
        note={`It gets its number and comes to ${showCents(invoice.total_cents, invoice.currency_code)}. The customer's balance pays as much of it as there is. After that it never changes; corrections are credit notes.`}
        kind="primary"
        done="Invoice finalized."
        onSubmit={() => write.send({ method: "POST", path: `${path}/finalize` })}
      />
      <ActionButton
        label="Delete"
        title="Delete this draft?"
        kind="danger"
        done="Draft deleted."
        onSubmit={async () => {
          await write.send({ method: "DELETE", path });
          await navigate({ to: `/${companyId}/${mode}/invoices` });
        }}
      />
    </>
  );
}

function Timeline({ invoice }: { invoice: Invoice }) {
  const moments: [string, string | null][] = [
    ["Created", invoice.created_at],
    ["Finalized", invoice.finalized_at],
    ["Voided", invoice.voided_at],
    ["Paid", invoice.paid_at],
    ["Collected or reminded next", invoice.next_collection_at],
  ];
  return (
    <Card title="Timeline">
      <ol className="flex flex-col gap-1">
        {moments
          .filter(([, at]) => at !== null)
          .map(([what, at]) => (
            <li key={what} className="flex gap-3">
              <Instant at={at} />
              {what}
            </li>
          ))}
      </ol>
    </Card>
  );
}
