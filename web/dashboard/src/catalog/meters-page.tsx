import type {
  Event,
  EventListResponse,
  Meter,
  MeterAggregation,
  MeterListResponse,
} from "../../../../sdk/src/generated/types.ts";
import { useState } from "react";
import { counted } from "../amounts.ts";
import { useRead, useWrite } from "../api/use-api.ts";
import { EventTable } from "../events/events-page.tsx";
import { Instant } from "../instants.tsx";
import { usePaged } from "../paged.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton, Dialog } from "../ui/dialog.tsx";
import { Choice, Field } from "../ui/field.tsx";
import { Page } from "../ui/page.tsx";
import { Table } from "../ui/table.tsx";

const aggregations: [value: MeterAggregation["type"], text: string][] = [
  ["count", "Count events"],
  ["sum", "Sum a property"],
  ["max", "Highest value of a property"],
  ["min", "Lowest value of a property"],
  ["latest", "Latest value of a property"],
  ["unique_count", "Count different values of a property"],
  ["weighted_sum", "Level over time (GB-hours)"],
];

export function MetersPage() {
  const { data, error, paging } = usePaged<MeterListResponse>("/v1/meters");
  return (
    <Page title="Meters" actions={<CreateMeter />}>
      <Card title="All meters" note="What is counted of which events. A meter never changes; plans price it.">
        <Table
          label="Meters"
          rows={data?.meters}
          error={error}
          keyOf={({ code }) => code}
          paging={paging}
          empty="No meters yet. A meter says which events count, and how much each of them adds."
          columns={[
            {
              title: "Meter",
              cell: (meter) => (
                <span className="flex flex-wrap items-center gap-2">
                  {meter.name}
                  {meter.archived && <Badge>archived</Badge>}
                </span>
              ),
            },
            { title: "Code", cell: ({ code }) => <code className="text-xs">{code}</code> },
            { title: "Event", cell: ({ event_name }) => event_name },
            { title: "Aggregation", cell: (meter) => readingOf(meter) },
            { title: "Created", cell: ({ created_at }) => <Instant at={created_at} /> },
            { title: "", cell: (meter) => <Recent meter={meter} /> },
          ]}
        />
      </Card>
    </Page>
  );
}

function readingOf({ aggregation, filters }: Meter): string {
  const { type } = aggregation;
  const property = ("property" in aggregation && aggregation.property) || undefined;
  const expression = "expression" in aggregation ? JSON.stringify(aggregation.expression) : undefined;
  const what = [type.replaceAll("_", " "), property ?? expression].filter(Boolean).join(" of ");
  return filters.length === 0 ? what : `${what}, ${counted(filters.length, "filter")}`;
}

/** The events that a meter would look at, with what it reads of them. */
function Recent({ meter }: { meter: Meter }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>Recent events</Button>
      <Dialog
        title={`Recent events of ${meter.name}`}
        note={`The latest ${meter.event_name} events, and what ${readingOf(meter)} finds in them.`}
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        isWide
      >
        <RecentEvents meter={meter} />
      </Dialog>
    </>
  );
}

function RecentEvents({ meter }: { meter: Meter }) {
  const { data, error } = useRead<EventListResponse>("/v1/events", { event_name: meter.event_name, limit: 10 });
  const { aggregation } = meter;
  const property = ("property" in aggregation && aggregation.property) || undefined;
  const missing = property === undefined ? [] : (data?.events ?? []).filter((event) => !(property in event.properties));
  return (
    <div className="flex flex-col gap-3">
      {data && property !== undefined && (
        <p>
          {data.events.length - missing.length} of {data.events.length} have <code>{property}</code>
          {sumOf(data.events, property)}.
        </p>
      )}
      <EventTable events={data?.events} error={error} />
    </div>
  );
}

function sumOf(events: Event[], property: string): string {
  const values = events.map((event) => event.properties[property]).filter((value) => value !== undefined);
  return values.length === 0 ? "" : `: ${values.map(String).join(", ")}`;
}

function CreateMeter() {
  const write = useWrite();
  const [type, setType] = useState<string>("count");
  return (
    <ActionButton
      label="Create meter"
      kind="primary"
      note="What it measures never changes; make another one instead."
      done="Meter created."
      onSubmit={(values) => {
        const property = values.textOrNull("property");
        const body = {
          code: values.text("code"),
          name: values.textOrNull("name"),
          event_name: values.text("event_name"),
          aggregation: { type, ...(type === "count" ? {} : { property }) },
        };
        return write.send({ method: "POST", path: "/v1/meters", body });
      }}
    >
      <Field label="Name" name="name" />
      <Field label="Code" name="code" hint="What prices name it by. Never changes." required />
      <Field label="Event name" name="event_name" required />
      <Choice label="Aggregation" name="type" value={type} onPick={setType} options={aggregations} />
      {type !== "count" && <Field label="Property" name="property" hint="Of the events." required />}
    </ActionButton>
  );
}
