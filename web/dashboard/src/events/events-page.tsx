import { LosslessNumber } from "lossless-json";
import type { Event, EventQueueResponse } from "../../../../sdk/src/generated/types.ts";
import { counted, showAmount } from "../amounts.ts";
import { useRead } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { CustomerFilter } from "../customers/customer-choice.tsx";
import { CustomerLink } from "../customers/customer-link.tsx";
import { PageLink } from "../page-link.tsx";
import { useSearchState } from "../search-state.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ExportButton } from "../ui/csv.tsx";
import { TextFilter } from "../ui/filters.tsx";
import { Page } from "../ui/page.tsx";
import { Table } from "../ui/table.tsx";
import { useLiveEvents, type LiveState } from "./live-events.ts";

const refreshMs = 2_000;

const marks: Record<LiveState, { tone: Tone; text: string; title: string }> = {
  live: { tone: "good", text: "live", title: "Events appear as they are recorded." },
  polling: {
    tone: "warn",
    text: "every 2 s",
    title: "The live stream cannot be had right now, so the list is read again and again.",
  },
  paused: { tone: "neutral", text: "paused", title: "The list stands still." },
};

/** What comes in, newest first; it goes on by itself until somebody looks further back. */
export function EventsPage() {
  const [{ customer_id, event_name, property, live }, change] = useSearchState();
  const isReadable = property === undefined || property.indexOf("=") > 0;
  const query = { customer_id, event_name, property: isReadable ? property : undefined };
  const { state, events, paging, error, restart } = useLiveEvents(query, live !== "off");
  const mark = marks[state];
  return (
    <Page
      title="Events"
      mark={
        <span role="status" title={mark.title}>
          <Badge tone={mark.tone}>{mark.text}</Badge>
        </span>
      }
      actions={
        <>
          <PageLink to="/rejected-events" className="self-center text-accent hover:underline">
            Rejected events
          </PageLink>
          {state === "paused" ? (
            <Button
              onClick={() => {
                change({ live: undefined });
                restart();
              }}
            >
              Go live
            </Button>
          ) : (
            <Button onClick={() => change({ live: "off" })}>Pause</Button>
          )}
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
        note={
          isReadable ? undefined : "A property is written with its value, as model=gpt-4; this one is not looked for."
        }
        action={
          <>
            <TextFilter name="event_name" label="Event name" />
            <CustomerFilter />
            <TextFilter name="property" label="Property=value" />
          </>
        }
      >
        <EventTable
          events={events}
          error={error}
          empty={
            paging.hasMore
              ? "None among those looked at so far. More looks further back."
              : Object.values(query).some(Boolean) && "No event is like this. Take a filter away to see more."
          }
          paging={paging}
        />
      </Card>
    </Page>
  );
}

/** A dash where no price looked at the event, which is not the same as costing nothing. */
export const costOf = (cost: Event["cost"]) => cost.map((each) => showAmount(each.amount, each)).join(" + ") || "–";

type EventTableProps = Partial<Pick<Parameters<typeof Table<Event>>[0], "error" | "paging" | "empty">> & {
  events: Event[] | undefined;
};

export function EventTable({ events, empty, ...rest }: EventTableProps) {
  return (
    <Table
      label="Events"
      rows={events}
      keyOf={({ id }) => id}
      empty={empty || "No events yet. Send one with POST /v1/events/ingest; the page Developers has the lines to copy."}
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
          cell: ({ properties }) => <code className="text-xs break-all">{brief(properties)}</code>,
        },
        {
          title: "Customer",
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
      {`${counted(waiting, "event")} of lists still to be worked.`}
    </p>
  );
}
