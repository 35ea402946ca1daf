import { useNavigate } from "@tanstack/react-router";
import type {
  Customer,
  CustomerListResponse,
  CustomerResponse,
  CustomerSearchResponse,
  TestClockListResponse,
} from "../../../../sdk/src/generated/types.ts";
import { useRead, useWrite } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { PageLink } from "../page-link.tsx";
import { usePaged } from "../paged.ts";
import { useSearchState } from "../search-state.ts";
import { useTenant } from "../tenant.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Choice } from "../ui/field.tsx";
import { Page } from "../ui/page.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { CustomerFields, readCustomer } from "./customer-fields.tsx";
import { nameOf } from "./customer-name.ts";

const columns: Column<Customer>[] = [
  { title: "Customer", cell: (customer) => <PageLink to={`/customers/${customer.id}`}>{nameOf(customer)}</PageLink> },
  { title: "Email", cell: ({ email }) => email ?? "–", isMinor: true },
  { title: "Your id", cell: ({ external_id }) => external_id ?? "–" },
  { title: "Currency", cell: ({ currency_code }) => currency_code?.toUpperCase() ?? "–", isMinor: true },
  { title: "Created", cell: ({ created_at }) => <Instant at={created_at} />, isMinor: true },
];

export function CustomersPage() {
  const [search] = useSearchState();
  const isSearching = Boolean(search.by && search.text);
  return (
    <Page title="Customers" actions={<CreateCustomer />}>
      <Card title={isSearching ? "Found" : "All customers"} action={<SearchForm />}>
        {isSearching ? <Found by={search.by ?? ""} text={search.text ?? ""} /> : <All />}
      </Card>
    </Page>
  );
}

function All() {
  const { data, error, paging } = usePaged<CustomerListResponse>("/v1/customers");
  return (
    <Table
      label="Customers"
      rows={data?.customers}
      error={error}
      keyOf={({ id }) => id}
      columns={columns}
      empty="No customers yet. Create one here or by POST /v1/customers; events name who pays for them."
      paging={paging}
    />
  );
}

function Found({ by, text }: { by: string; text: string }) {
  const { data, error } = useRead<CustomerSearchResponse>("/v1/customers/search", { [by]: text });
  return (
    <Table
      label="Customers found"
      rows={data?.customers}
      error={error}
      keyOf={({ id }) => id}
      columns={columns}
      empty="Nobody has exactly this. The search compares the whole text."
    />
  );
}

/** The search is for whole values, as the API has it; it keeps what it looks for in the address. */
function SearchForm() {
  const [{ by = "name", text = "" }, change] = useSearchState();
  const look = (form: FormData) => {
    const [wantedBy, wanted] = [form.get("by"), form.get("text")];
    if (typeof wantedBy === "string" && typeof wanted === "string")
      change({ by: wantedBy, text: wanted.trim() || undefined, cursor: undefined });
  };
  return (
    <search>
      <form action={look} key={`${by}:${text}`} className="flex flex-wrap items-center gap-2">
        <select
          name="by"
          aria-label="Search by"
          defaultValue={by}
          className="min-h-8 rounded-md border border-field bg-raised px-2"
        >
          <option value="name">Name</option>
          <option value="external_id">Your id</option>
          <option value="first_name">First name</option>
          <option value="last_name">Last name</option>
        </select>
        <input
          name="text"
          aria-label="Search for"
          placeholder="Exactly"
          defaultValue={text}
          className="min-h-8 w-36 rounded-md border border-field bg-raised px-2 placeholder:text-muted"
        />
        <Button type="submit">Search</Button>
        {text && <Button onClick={() => change({ by: undefined, text: undefined })}>Clear</Button>}
      </form>
    </search>
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
