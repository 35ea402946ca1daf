import { useNavigate } from "@tanstack/react-router";
import type { CustomerResponse, PortalLinkResponse } from "../../../../sdk/src/generated/types.ts";
import { useRead, useWrite } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { InvoiceTable } from "../invoices/invoice-table.tsx";
import { PaymentTable } from "../invoices/payment-table.tsx";
import { PageLink } from "../page-link.tsx";
import { Subscriptions } from "../subscriptions/subscriptions.tsx";
import { useParam, useTenant } from "../tenant.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Card, Facts } from "../ui/card.tsx";
import { ActionButton, Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Page } from "../ui/page.tsx";
import { Pending } from "../ui/pending.tsx";
import { Copyable } from "../ui/secret.tsx";
import { Balances } from "../wallets/balances.tsx";
import { Grants } from "../wallets/grants.tsx";
import { Ledger } from "../wallets/ledger.tsx";
import { useState } from "react";
import { CustomerFields, readCustomer } from "./customer-fields.tsx";
import { nameOf } from "./customer-name.ts";
import { Discounts } from "./discounts.tsx";
import { Usage } from "./usage.tsx";

export function CustomerPage() {
  const customerId = useParam("customerId");
  const { data, error } = useRead<CustomerResponse>(`/v1/customers/${customerId}`);
  const above = <PageLink to="/customers">Customers</PageLink>;
  if (data === undefined)
    return (
      <Page title="Customer" above={above}>
        <Pending error={error} />
      </Page>
    );
  const { customer } = data;
  const address = customer.billing_address;
  return (
    <Page
      title={nameOf(customer)}
      above={above}
      mark={customer.test_clock_id && <Badge tone="warn">lives by a test clock</Badge>}
      actions={
        <>
          <PageLink
            to="/events"
            search={{ customer_id: customerId }}
            className="mr-1 text-accent underline-offset-2 hover:underline"
          >
            Events
          </PageLink>
          <PortalLink customerId={customerId} />
          <EditCustomer {...data} />
          <EraseCustomer customerId={customerId} />
          <DeleteCustomer customerId={customerId} />
        </>
      }
    >
      <Card title="Details">
        <Facts
          facts={[
            ["Id", <code key="id">{customer.id}</code>],
            ["External id", customer.external_id],
            ["Email", customer.email],
            ["Currency", customer.currency_code?.toUpperCase() ?? "company default"],
            ["Timezone", customer.timezone],
            ["Taxes", customer.tax_status.replaceAll("_", " ")],
            ["Tax id", customer.tax_id],
            [
              "Billing address",
              address &&
                [address.line1, address.line2, address.postal_code, address.city, address.state, address.country]
                  .filter(Boolean)
                  .join(", "),
            ],
            ["Created", <Instant key="at" at={customer.created_at} />],
          ]}
        />
      </Card>
      <Balances customerId={customerId} currencyCode={customer.currency_code ?? undefined} />
      <Subscriptions customerId={customerId} />
      <Usage customerId={customerId} timeZone={customer.timezone} />
      <Discounts customerId={customerId} />
      <Card title="Invoices">
        <InvoiceTable query={{ customer_id: customerId }} isOfOneCustomer />
      </Card>
      <Card title="Payments">
        <PaymentTable query={{ customer_id: customerId }} of="customer" />
      </Card>
      <Grants customerId={customerId} />
      <Ledger customerId={customerId} />
    </Page>
  );
}

function EditCustomer({ customer }: CustomerResponse) {
  const write = useWrite();
  return (
    <ActionButton
      label="Edit"
      title="Edit customer"
      submit="Save"
      done="Saved."
      onSubmit={(values) =>
        write.send({ method: "PATCH", path: `/v1/customers/${customer.id}`, body: readCustomer(values, customer) })
      }
    >
      <CustomerFields customer={customer} />
    </ActionButton>
  );
}

function DeleteCustomer({ customerId }: { customerId: string }) {
  const { companyId, mode } = useTenant();
  const write = useWrite();
  const navigate = useNavigate();
  return (
    <ActionButton
      label="Delete"
      title="Delete this customer?"
      note="Only a customer without any money or usage can be deleted. The personal data of others can be erased."
      kind="danger"
      done="Customer deleted."
      onSubmit={async () => {
        await write.send({ method: "DELETE", path: `/v1/customers/${customerId}` });
        await navigate({ to: `/${companyId}/${mode}/customers` });
      }}
    />
  );
}

function EraseCustomer({ customerId }: { customerId: string }) {
  const write = useWrite();
  return (
    <ActionButton
      label="Erase personal data"
      title="Erase this customer's personal data?"
      note="Names, addresses, cards, mails and links are erased for ever. Usage, payments and finalized invoices stay."
      kind="danger"
      done="Erased."
      onSubmit={() => write.send({ method: "POST", path: `/v1/customers/${customerId}/erase` })}
    />
  );
}

/** Opens the customer's own page; the link is shown once, because only its hash is kept. */
function PortalLink({ customerId }: { customerId: string }) {
  const write = useWrite();
  const [link, setLink] = useState<PortalLinkResponse | null>(null);
  const make = async () =>
    setLink(await write.send<PortalLinkResponse>({ method: "POST", path: `/v1/customers/${customerId}/portal-link` }));
  return (
    <>
      <Button disabled={write.isPending} onClick={() => void make().catch(() => {})}>
        Portal link
      </Button>
      <Dialog
        title="Portal link"
        note="With it the customer sees invoices, usage, cards and plans, until it ends. It is shown only now."
        isOpen={link !== null}
        onOpenChange={(isOpen) => isOpen || setLink(null)}
      >
        {link && (
          <>
            <Copyable label="Portal link" text={link.url} />
            <p>
              Ends <Instant at={link.expires_at} />.
            </p>
          </>
        )}
      </Dialog>
      <ErrorNote error={write.error} />
    </>
  );
}
