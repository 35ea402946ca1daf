import type { Subscription, SubscriptionListResponse } from "../../../../sdk/src/generated/types.ts";
import { Instant } from "../instants.tsx";
import { CustomerLink } from "../customers/customer-link.tsx";
import { PlanLink } from "../catalog/plan-link.tsx";
import { usePaged } from "../paged.ts";
import { useSearchState } from "../search-state.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { Card } from "../ui/card.tsx";
import { ExportButton } from "../ui/csv.tsx";
import { Filter } from "../ui/filters.tsx";
import { Page } from "../ui/page.tsx";
import { Table } from "../ui/table.tsx";

const tones: Record<Subscription["status"], Tone> = {
  pending: "neutral",
  trialing: "warn",
  active: "good",
  past_due: "danger",
  canceled: "neutral",
};

export function SubscriptionsPage() {
  const [{ status }] = useSearchState();
  const { data, error, paging } = usePaged<SubscriptionListResponse>("/v1/subscriptions", { status });
  return (
    <Page
      title="Subscriptions"
      actions={
        <ExportButton<Subscription>
          path="/v1/subscriptions"
          query={{ status }}
          name="subscriptions"
          columns={[
            ["id", ({ id }) => id],
            ["customer_id", ({ customer_id }) => customer_id],
            ["plan_code", ({ plan_code }) => plan_code],
            ["plan_version", ({ plan_version }) => plan_version],
            ["status", (each) => each.status],
            ["quantity", ({ quantity }) => quantity],
            ["current_period_start", ({ current_period_start }) => current_period_start],
            ["current_period_end", ({ current_period_end }) => current_period_end],
          ]}
        />
      }
    >
      <Card
        title="All subscriptions"
        note="They are created and changed on the page of their customer."
        action={
          <Filter
            name="status"
            label="Status"
            options={Object.keys(tones).map((each) => [each, each.replaceAll("_", " ")] as const)}
          />
        }
      >
        <Table
          label="Subscriptions"
          rows={data?.subscriptions}
          error={error}
          keyOf={({ id }) => id}
          paging={paging}
          empty="No subscriptions here. A customer is subscribed to a plan on the customer's page."
          columns={[
            {
              title: "Plan",
              cell: ({ plan_code, plan_version }) => <PlanLink code={plan_code} version={plan_version} />,
            },
            {
              title: "Status",
              cell: ({ status: is }) => <Badge tone={tones[is]}>{is.replaceAll("_", " ")}</Badge>,
            },
            { title: "Seats", isNumber: true, cell: ({ quantity }) => quantity },
            { title: "Renews", cell: ({ next_renewal_date }) => <Instant at={next_renewal_date} /> },
            {
              title: "Customer",
              cell: ({ customer_id }) => <CustomerLink id={customer_id} />,
            },
          ]}
        />
      </Card>
    </Page>
  );
}
