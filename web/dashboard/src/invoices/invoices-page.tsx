import { useNavigate } from "@tanstack/react-router";
import type { Invoice, InvoiceResponse } from "../../../../sdk/src/generated/types.ts";
import { useWrite } from "../api/use-api.ts";
import { CustomerField, CustomerFilter } from "../customers/customer-choice.tsx";
import { useSearchState } from "../search-state.ts";
import { useTenant } from "../tenant.ts";
import { Card } from "../ui/card.tsx";
import { ExportButton } from "../ui/csv.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Choice, LongField } from "../ui/field.tsx";
import { Filter } from "../ui/filters.tsx";
import { Page } from "../ui/page.tsx";
import { InvoiceTable } from "./invoice-table.tsx";

const statuses = ["draft", "open", "paid", "uncollectible", "void"] as const;

export function InvoicesPage() {
  const [{ status, customer_id, overdue }] = useSearchState();
  return (
    <Page
      title="Invoices"
      actions={
        <>
          <ExportButton<Invoice>
            path="/v1/invoices"
            query={{ status, customer_id, overdue }}
            name="invoices"
            columns={[
              ["id", ({ id }) => id],
              ["number", ({ number }) => number],
              ["status", (each) => each.status],
              ["customer_id", (each) => each.customer_id],
              ["currency", ({ currency_code }) => currency_code],
              ["subtotal_cents", ({ subtotal_cents }) => subtotal_cents],
              ["discount_cents", ({ discount_cents }) => discount_cents],
              ["tax_cents", ({ tax_cents }) => tax_cents],
              ["total_cents", ({ total_cents }) => total_cents],
              ["amount_due_cents", ({ amount_due_cents }) => amount_due_cents],
              ["due_date", ({ due_date }) => due_date],
              ["finalized_at", ({ finalized_at }) => finalized_at],
              ["paid_at", ({ paid_at }) => paid_at],
            ]}
          />
          <CreateInvoice />
        </>
      }
    >
      <Card
        title="All invoices"
        action={
          <>
            <Filter name="status" label="Status" options={statuses.map((each) => [each, each] as const)} />
            <Filter name="overdue" label="Due" options={[["true", "overdue"]]} />
            <CustomerFilter />
          </>
        }
      >
        <InvoiceTable query={{ status, customer_id, overdue }} />
      </Card>
    </Page>
  );
}

function CreateInvoice() {
  const { companyId, mode } = useTenant();
  const [{ customer_id }] = useSearchState();
  const write = useWrite();
  const navigate = useNavigate();
  return (
    <ActionButton
      label="Create invoice"
      kind="primary"
      submit="Create draft"
      note="It is a draft: lines are added on its page, and nothing is sent before you finalize it."
      done="Draft created."
      onSubmit={async (values) => {
        const body = {
          customer_id: values.text("customer_id"),
          collection_method: values.text("collection_method"),
          memo: values.textOrNull("memo"),
        };
        const { invoice } = await write.send<InvoiceResponse>({ method: "POST", path: "/v1/invoices", body });
        await navigate({ to: `/${companyId}/${mode}/invoices/${invoice.id}` });
      }}
    >
      <CustomerField label="Customer" name="customer_id" defaultId={customer_id} />
      <Choice
        label="Collection"
        name="collection_method"
        options={[
          ["send_invoice", "Ask the customer to pay"],
          ["charge_automatically", "Charge their payment method"],
        ]}
      />
      <LongField label="Memo" name="memo" hint="Shown on the invoice." />
    </ActionButton>
  );
}
