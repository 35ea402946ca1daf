import { useQuery } from "@tanstack/react-query";
import type { Overview, OverviewResponse } from "../../../../sdk/src/generated/types.ts";
import { counted, showCents } from "../amounts.ts";
import { sessionQuery } from "../api/session.ts";
import { useRead } from "../api/use-api.ts";
import { InvoiceTable } from "../invoices/invoice-table.tsx";
import { PageLink } from "../page-link.tsx";
import type { Search } from "../search-state.ts";
import { useTenant } from "../tenant.ts";
import { Card } from "../ui/card.tsx";
import { Page } from "../ui/page.tsx";
import { Pending } from "../ui/pending.tsx";
import { FirstSteps } from "./first-steps.tsx";

const refreshMs = 30_000;

/** Where the business stands; every figure leads to the list in which its rows are. */
export function HomePage() {
  const { data, error } = useRead<OverviewResponse>("/v1/overview", {}, { everyMs: refreshMs });
  const { companyId } = useTenant();
  const { data: session } = useQuery(sessionQuery);
  const company = session?.companies.find(({ id }) => id === companyId);
  return (
    <Page title="Home">
      {data && company ? (
        <Figures overview={data.overview} currencyCode={company.currency_code} />
      ) : (
        <Pending error={error} />
      )}
      {data?.overview.customer_count === 0 ? (
        <FirstSteps />
      ) : (
        <Card title="Open invoices" action={<PageLink to="/invoices">All invoices</PageLink>}>
          <InvoiceTable query={{ status: "open" }} />
        </Card>
      )}
    </Page>
  );
}

type Sum = { amount_cents: number; currency_code: string };

/** `currencyCode` is that of a sum of nothing. */
function Figures({ overview, currencyCode }: { overview: Overview; currencyCode: string }) {
  const { subscription_counts: subscriptions } = overview;
  const amounts = (sums: Sum[]) =>
    sums.length === 0
      ? [showCents(0, currencyCode)]
      : sums.map((sum) => showCents(sum.amount_cents, sum.currency_code));
  const invoices = (sums: Overview["invoiced"]) => ({
    values: amounts(sums),
    note: counted(
      sums.reduce((count, sum) => count + sum.count, 0),
      "invoice",
    ),
  });
  return (
    <ul className="grid grid-cols-2 gap-3 md:grid-cols-4">
      <Figure
        title="Monthly recurring revenue"
        to="/subscriptions"
        search={{ status: "active" }}
        values={amounts(overview.monthly_recurring_revenue)}
        note={counted(subscriptions.active + subscriptions.past_due, "subscription")}
      />
      <Figure title="Invoiced this month" to="/invoices" {...invoices(overview.invoiced)} />
      <Figure title="Outstanding" to="/invoices" search={{ status: "open" }} {...invoices(overview.outstanding)} />
      <Figure
        title="Overdue"
        to="/invoices"
        search={{ overdue: "true" }}
        isBad={overview.overdue.length > 0}
        {...invoices(overview.overdue)}
      />
      <Figure title="Customers" to="/customers" values={[overview.customer_count.toLocaleString("en")]} />
      <Figure
        title="In trial"
        to="/subscriptions"
        search={{ status: "trialing" }}
        values={[subscriptions.trialing.toLocaleString("en")]}
      />
      <Figure
        title="Wallets in debt"
        to="/customers"
        search={{ in_debt: "true" }}
        values={[overview.wallets_in_debt_count.toLocaleString("en")]}
        note="usage beyond their balance"
      />
      <Figure
        title="Rejected events"
        to="/rejected-events"
        isBad={overview.rejected_event_count > 0}
        values={[overview.rejected_event_count.toLocaleString("en")]}
      />
    </ul>
  );
}

type FigureProps = { title: string; to: string; search?: Search; values: string[]; note?: string; isBad?: boolean };

function Figure({ title, to, search = {}, values, note, isBad = false }: FigureProps) {
  return (
    <li>
      <PageLink
        to={to}
        search={search}
        className="block h-full rounded-lg border border-line bg-raised p-4 hover:border-accent"
      >
        <span className="block text-xs text-muted">{title}</span>
        {values.map((value) => (
          <span
            key={value}
            className={`mt-1 block text-lg font-semibold md:text-xl tabular-nums ${isBad ? "text-danger" : ""}`}
          >
            {value}
          </span>
        ))}
        {note && <span className="block text-xs text-muted">{note}</span>}
      </PageLink>
    </li>
  );
}
