import type { EventCharge, EventResponse } from "../../../../sdk/src/generated/types.ts";
import { showAmount, showNumber } from "../amounts.ts";
import { useRead, useWrite } from "../api/use-api.ts";
import { Instant, Period } from "../instants.tsx";
import { CustomerLink } from "../customers/customer-link.tsx";
import { PageLink } from "../page-link.tsx";
import { useParam } from "../tenant.ts";
import { Badge } from "../ui/badge.tsx";
import { Card, Facts } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Empty } from "../ui/empty.tsx";
import { Json } from "../ui/json.tsx";
import { Page } from "../ui/page.tsx";
import { Pending } from "../ui/pending.tsx";
import { Table } from "../ui/table.tsx";
import { costOf } from "./events-page.tsx";

/** One event, and why it cost what it did. */
export function EventPage() {
  const eventId = useParam("eventId");
  const { data, error } = useRead<EventResponse>(`/v1/events/${eventId}`);
  const above = <PageLink to="/events">Events</PageLink>;
  if (data === undefined)
    return (
      <Page title="Event" above={above}>
        <Pending error={error} />
      </Page>
    );
  const { event } = data;
  const { charges, ledger_entries } = event.explanation;
  return (
    <Page
      title={event.event_name}
      above={above}
      mark={event.voided_at && <Badge tone="danger">voided</Badge>}
      actions={event.voided_at === null && <VoidEvent id={event.id} />}
    >
      <Card title="Details">
        <Facts
          facts={[
            ["Id", <code key="id">{event.id}</code>],
            ["Customer", <CustomerLink key="customer" id={event.customer_id} />],
            ["Happened", <Instant key="at" at={event.timestamp} seconds />],
            ["Recorded", <Instant key="recorded" at={event.recorded_at} seconds />],
            ["Idempotency key", event.idempotency_key],
            ["Cost", costOf(event.cost)],
          ]}
        />
      </Card>
      {charges.length === 0 && (
        <Card title="Charges">
          <Empty>No price of the customer's plans looks at this event, so it cost nothing.</Empty>
        </Card>
      )}
      {charges.map((charge) => (
        <Charge key={`${charge.subscription_id}:${charge.price_code}:${charge.period_start}`} charge={charge} />
      ))}
      {ledger_entries.length > 0 && (
        <Card title="Ledger" note="What it moved in the wallets.">
          <Table
            label="Ledger entries"
            rows={ledger_entries}
            keyOf={({ seq, currency_code, pricing_unit_code }) => `${currency_code}${pricing_unit_code}${seq}`}
            empty=""
            columns={[
              { title: "#", cell: ({ seq }) => seq },
              { title: "What", cell: ({ kind }) => kind.replaceAll("_", " ") },
              { title: "Amount", isNumber: true, cell: (entry) => showAmount(entry.amount, entry) },
              { title: "Balance after", isNumber: true, cell: (entry) => showAmount(entry.balance_after, entry) },
            ]}
          />
        </Card>
      )}
      <Card title="Properties">
        <Json value={event.properties} label="Properties" />
      </Card>
    </Page>
  );
}

function Charge({ charge }: { charge: EventCharge }) {
  const dimension = Object.entries(charge.dimension).map(([name, value]) => `${name}: ${String(value)}`);
  return (
    <Card
      title={`Charge: ${charge.price_code}`}
      note={`${charge.plan_code} v${charge.plan_version} · ${charge.model.replaceAll("_", " ")}`}
      action={charge.is_late && <Badge tone="warn">late</Badge>}
    >
      <div className="flex flex-col gap-4">
        <Facts
          facts={[
            ["Period", <Period key="period" start={charge.period_start} end={charge.period_end} />],
            ["Quantity", showNumber(charge.quantity)],
            ["Counter before", showNumber(charge.counter_before.quantity)],
            ["Counter after", showNumber(charge.counter_after.quantity)],
            ...(dimension.length === 0 ? [] : [["Dimension", dimension.join(", ")] as [string, string]]),
            ["Amount", showAmount(charge.amount, charge)],
          ]}
        />
        <Table
          label="Tiers"
          rows={charge.lines}
          keyOf={({ kind, tier, from }) => `${kind}:${tier}:${from}`}
          empty="Nothing was charged."
          columns={[
            { title: "What", cell: ({ kind }) => kind.replaceAll("_", " ") },
            { title: "Tier", cell: ({ tier, from, up_to }) => tierOf(tier, from, up_to) },
            { title: "Quantity", isNumber: true, cell: ({ quantity }) => showNumber(quantity) },
            {
              title: "Price",
              isNumber: true,
              cell: ({ unit_amount }) => (unit_amount === null ? "–" : showAmount(unit_amount, charge)),
            },
            { title: "Amount", isNumber: true, cell: ({ amount }) => showAmount(amount, charge) },
          ]}
        />
      </div>
    </Card>
  );
}

function tierOf(tier: number | null, from: string | null, upTo: string | null): string {
  if (tier === null) return "–";
  return `${tier} (${upTo === null ? `above ${showNumber(from ?? "0")}` : `up to ${showNumber(upTo)}`})`;
}

function VoidEvent({ id }: { id: string }) {
  const write = useWrite();
  return (
    <ActionButton
      label="Void"
      title="Void this event?"
      note="It is taken out of its meters again, and what it cost comes back. Later events of the period are charged anew."
      kind="danger"
      done="Event voided."
      onSubmit={() => write.send({ method: "POST", path: `/v1/events/${id}/void` })}
    />
  );
}
