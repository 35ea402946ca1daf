import type { Overview, OverviewResponse } from "../../../../sdk/src/generated/types.ts";
import { showCents } from "../amounts.ts";
import { useRead } from "../api/use-api.ts";
import { InvoiceTable } from "../invoices/invoice-table.tsx";
import { PageLink } from "../page-link.tsx";
import type { Search } from "../search-state.ts";
import { Card } from "../ui/card.tsx";
import { Page } from "../ui/page.tsx";
import { Pending } from "../ui/pending.tsx";
import { FirstSteps } from "./first-steps.tsx";

const refreshMs = 30_000;

/** Where the business stands; every figure leads to its rows. */
export function HomePage() {
  const { data, error } = useRead<OverviewResponse>("/v1/overview", {}, { everyMs: refreshMs });
  return (
    <Page title="Home">
      {data === undefined && <Pending error={error} />}
      {data && <Figures overview={data.overview} />}
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

function Figures({ overview }: { overview: Overview }) {
  const { subscription_counts: subscriptions } = overview;
  const invoices = (sums: Overview["invoiced"]) => ({
    value: sums.map((sum) => showCents(sum.amount_cents, sum.currency_code)),
    note: `${sums.reduce((count, sum) => count + sum.count, 0).toLocaleString("en")} invoices`,
  });
  return (
    <dl className="grid grid-cols-2 gap-3 md:grid-cols-4">
      <Figure
        title="Monthly recurring revenue"
        to="/subscriptions"
        search={{ status: "active" }}
        value={overview.monthly_recurring_revenue.map((sum) => showCents(sum.amount_cents, sum.currency_code))}
        note={`${subscriptions.active + subscriptions.past_due} subscriptions`}
      />
      <Figure title="Invoiced this month" to="/invoices" {...invoices(overview.invoiced)} />
      <Figure title="Outstanding" to="/invoices" search={{ status: "open" }} {...invoices(overview.outstanding)} />
      <Figure
        title="Overdue"
        to="/invoices"
        search={{ status: "open" }}
        isBad={overview.overdue.length > 0}
        {...invoices(overview.overdue)}
      />
      <Figure title="Customers" to="/customers" value={[overview.customer_count.toLocaleString("en")]} />
      <Figure
        title="In trial"
        to="/subscriptions"
        search={{ status: "trialing" }}
        value={[subscriptions.trialing.toLocaleString("en")]}
      />
      <Figure
        title="Wallets in debt"
        to="/customers"
        value={[overview.wallets_in_debt_count.toLocaleString("en")]}
        note="usage beyond their balance"
      />
      <Figure
        title="Rejected events"
        to="/rejected-events"
        isBad={overview.rejected_event_count > 0}
        value={[overview.rejected_event_count.toLocaleString("en")]}
      />
    </dl>
  );
}

type FigureProps = { title: string; to: string; search?: Search; value: string[]; note?: string; isBad?: boolean };

function Figure({ title, to, search = {}, value, note, isBad = false }: FigureProps) {
  return (
    <div className="rounded-lg border border-line bg-raised p-4">
      <dt className="text-xs text-muted">{title}</dt>
      <dd className="mt-1">
        <PageLink to={to} search={search} className={`block hover:underline ${isBad ? "text-danger" : ""}`}>
          {(value.length === 0 ? ["0"] : value).map((each) => (
            <span key={each} className="block text-xl font-semibold tabular-nums">
              {each}
            </span>
          ))}
        </PageLink>
        {note && <span className="text-xs text-muted">{note}</span>}
      </dd>
    </div>
  );
}
