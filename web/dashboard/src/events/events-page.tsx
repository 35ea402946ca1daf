import { LosslessNumber } from "lossless-json";
import type { Event, EventListResponse, EventQueueResponse } from "../../../../sdk/src/generated/types.ts";
import { showAmount } from "../amounts.ts";
import { useRead } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { CustomerLink } from "../customers/customer-link.tsx";
import { PageLink } from "../page-link.tsx";
import { usePaged } from "../paged.ts";
import { useSearchState } from "../search-state.ts";
import { Badge } from "../ui/badge.tsx";
import { Card } from "../ui/card.tsx";
import { ExportButton } from "../ui/csv.tsx";
import { Filter, TextFilter } from "../ui/filters.tsx";
import { Page } from "../ui/page.tsx";
import { Table } from "../ui/table.tsx";

const refreshMs = 2_000;

/** What comes in, newest first; the first page goes on by itself while it is looked at. */
export function EventsPage() {
  const [{ customer_id, event_name, live }] = useSearchState();
  const query = { customer_id, event_name };
  const { data, error, paging } = usePaged<EventListResponse>(
    "/v1/events",
    query,
    live === "off" ? {} : { everyMs: refreshMs },
  );
  const isLive = live !== "off" && !paging.hasLoadedMore;
  return (
    <Page
      title="Events"
      mark={isLive && <Badge tone="good">live</Badge>}
      actions={
        <>
          <PageLink to="/rejected-events" className="self-center text-accent hover:underline">
            Rejected events
          </PageLink>
          <ExportButton<Event>
            path="/v1/events"
            query={query}
            name="events"
            columns={[
              ["id", ({ id }) => id],
              ["recorded_at", (event) => event.recorded_at],
              ["timestamp", ({ timestamp }) => timestamp],
              ["event_name", (event) => event.event_name],
              ["customer_id", (event) => event.customer_id],
              ["idempotency_key", (event) => event.idempotency_key],
              ["cost", ({ cost }) => costOf(cost)],
            ]}
          />
        </>
      }
    >
      <Queue />
      <Card
        title="Recorded"
        action={
          <>
            <TextFilter name="event_name" label="Event name" />
            <TextFilter name="customer_id" label="Customer id" />
            <Filter name="live" label="Live" options={[["off", "Stand still"]]} />
          </>
        }
      >
        <EventTable events={data?.events} error={error} paging={paging} />
      </Card>
    </Page>
  );
}

export const costOf = (cost: Event["cost"]) => cost.map((each) => showAmount(each.amount, each)).join(" + ") || "0";

type EventTableProps = Pick<Parameters<typeof Table<Event>>[0], "error" | "paging"> & { events: Event[] | undefined };

export function EventTable({ events, ...rest }: EventTableProps) {
  return (
    <Table
      label="Events"
      rows={events}
      keyOf={({ id }) => id}
      empty="No events yet. Send one with POST /v1/events/ingest; the page Developers has the lines to copy."
      {...(rest as object)}
      columns={[
        { title: "Recorded", cell: (event) => <Instant at={event.recorded_at} seconds /> },
        {
          title: "Event",
          cell: (event) => (
            <span className="flex flex-wrap gap-1">
              <PageLink to={`/events/${event.id}`}>{event.event_name}</PageLink>
              {event.voided_at && <Badge tone="danger">voided</Badge>}
            </span>
          ),
        },
        { title: "Cost", isNumber: true, cell: ({ cost }) => costOf(cost) },
        {
          title: "Properties",
          isMinor: true,
          cell: ({ properties }) => <code className="text-xs break-all">{brief(properties)}</code>,
        },
        {
          title: "Customer",
          isMinor: true,
          cell: (event) => <CustomerLink id={event.customer_id} />,
        },
      ]}
    />
  );
}

const longest = 80;

function brief(properties: Event["properties"]): string {
  const text = Object.entries(properties)
    .map(([name, value]) => `${name}: ${value instanceof LosslessNumber ? value.toString() : JSON.stringify(value)}`)
    .join(", ");
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** Events of lists that were taken and are not worked yet. */
function Queue() {
  const { data } = useRead<EventQueueResponse>("/v1/events/queue", {}, { everyMs: refreshMs });
  if (data === undefined) return null;
  const { waiting } = data.queue;
  if (waiting === 0) return null;
  return (
    <p role="status" className="rounded-md border border-line bg-raised px-4 py-2">
      {`${waiting.toLocaleString("en")} events of lists wait to be worked.`}
    </p>
  );
}
