import type { Payment } from "../../../../sdk/src/generated/types.ts";
import { PaymentTable } from "../invoices/payment-table.tsx";
import { CustomerFilter } from "../customers/customer-choice.tsx";
import { useSearchState } from "../search-state.ts";
import { Card } from "../ui/card.tsx";
import { ExportButton } from "../ui/csv.tsx";
import { Filter } from "../ui/filters.tsx";
import { Page } from "../ui/page.tsx";

const statuses = ["processing", "requires_action", "succeeded", "failed", "canceled"] as const;

export function PaymentsPage() {
  const [{ status, customer_id }] = useSearchState();
  return (
    <Page
      title="Payments"
      actions={
        <ExportButton<Payment>
          path="/v1/payments"
          query={{ status, customer_id }}
          name="payments"
          columns={[
            ["id", ({ id }) => id],
            ["created_at", ({ created_at }) => created_at],
            ["status", (each) => each.status],
            ["amount_cents", ({ amount_cents }) => amount_cents],
            ["refunded_cents", ({ refunded_cents }) => refunded_cents],
            ["currency", ({ currency_code }) => currency_code],
            ["provider", ({ provider }) => provider],
            ["reference", ({ reference }) => reference],
            ["invoice_id", ({ invoice_id }) => invoice_id],
            ["customer_id", (each) => each.customer_id],
          ]}
        />
      }
    >
      <Card
        title="All payments"
        action={
          <>
            <Filter
              name="status"
              label="Status"
              options={statuses.map((each) => [each, each.replaceAll("_", " ")] as const)}
            />
            <CustomerFilter />
          </>
        }
      >
        <PaymentTable query={{ status, customer_id }} />
      </Card>
    </Page>
  );
}
