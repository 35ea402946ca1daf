import { useNavigate } from "@tanstack/react-router";
import type {
  Customer,
  CustomerListResponse,
  CustomerResponse,
  TestClockListResponse,
} from "../../../../sdk/src/generated/types.ts";
import { useRead, useWrite } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { PageLink } from "../page-link.tsx";
import { usePaged } from "../paged.ts";
import { useSearchState } from "../search-state.ts";
import { useTenant } from "../tenant.ts";
import { Card } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Choice } from "../ui/field.tsx";
import { Filter, SearchField } from "../ui/filters.tsx";
import { Page } from "../ui/page.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { CustomerFields, readCustomer } from "./customer-fields.tsx";
import { nameOf } from "./customer-name.ts";

const columns: Column<Customer>[] = [
  { title: "Customer", cell: (customer) => <PageLink to={`/customers/${customer.id}`}>{nameOf(customer)}</PageLink> },
  { title: "Email", cell: ({ email }) => email ?? "–" },
  { title: "External id", cell: ({ external_id }) => external_id ?? "–" },
  { title: "Currency", cell: ({ currency_code }) => currency_code?.toUpperCase() ?? "–" },
  { title: "Created", cell: ({ created_at }) => <Instant at={created_at} /> },
];

export function CustomersPage() {
  const [{ search, in_debt }] = useSearchState();
  const { data, error, paging } = usePaged<CustomerListResponse>("/v1/customers", { search, in_debt });
  return (
    <Page title="Customers" actions={<CreateCustomer />}>
      <Card
        title="Customers"
        action={
          <>
            <Filter name="in_debt" label="Wallets" options={[["true", "in debt"]]} />
            <SearchField name="search" label="Name, email or id" />
          </>
        }
      >
        <Table
          label="Customers"
          rows={data?.customers}
          error={error}
          keyOf={({ id }) => id}
          columns={columns}
          empty={
            search
              ? `Nobody has “${search}” at the beginning of a word of their name, email or id.`
              : in_debt
                ? "Nobody has a wallet in debt."
                : "No customers yet. Create one here, or send one with POST /v1/customers."
          }
          paging={paging}
        />
      </Card>
    </Page>
  );
}

function CreateCustomer() {
  const { companyId, mode } = useTenant();
  const write = useWrite();
  const navigate = useNavigate();
  return (
    <ActionButton
      label="Create customer"
      kind="primary"
      done="Customer created."
      onSubmit={async (values) => {
        const clock = values.textOrNull("test_clock_id");
        const body = { ...readCustomer(values), ...(clock === null ? {} : { test_clock_id: clock }) };
        const { customer } = await write.send<CustomerResponse>({ method: "POST", path: "/v1/customers", body });
        await navigate({ to: `/${companyId}/${mode}/customers/${customer.id}` });
      }}
    >
      <CustomerFields />
      {mode === "test" && <ClockChoice />}
    </ActionButton>
  );
}

function ClockChoice() {
  const { data } = useRead<TestClockListResponse>("/v1/test-clocks", { limit: 100 });
  const clocks = data?.test_clocks ?? [];
  if (clocks.length === 0) return null;
  return (
    <Choice
      label="Test clock"
      name="test_clock_id"
      hint="By whose time the customer lives, for ever."
      options={[["", "None: real time"], ...clocks.map(({ id, name }) => [id, name || id] as const)]}
    />
  );
}
