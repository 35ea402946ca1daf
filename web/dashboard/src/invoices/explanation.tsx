import { useState } from "react";
import type {
  InvoiceExplanation,
  InvoiceExplanationResponse,
  LineItemEventListResponse,
} from "../../../../sdk/src/generated/types.ts";
import { showNumber } from "../amounts.ts";
import { useRead } from "../api/use-api.ts";
import { EventTable } from "../events/events-page.tsx";
import { Instant, Period, showBoundary } from "../instants.tsx";
import { PageLink } from "../page-link.tsx";
import { usePaged } from "../paged.ts";
import { Button } from "../ui/button.tsx";
import { Card, Facts } from "../ui/card.tsx";
import { Pending } from "../ui/pending.tsx";

type Line = InvoiceExplanation["lines"][number];

/** Where every line comes from, down to its events; asked for when somebody wants to know. */
export function Explanation({ invoiceId }: { invoiceId: string }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Card
      title="Why it says so"
      note="Every line as it was computed: plan version, readings, credits, conversion, rounding."
      action={!isOpen && <Button onClick={() => setIsOpen(true)}>Explain</Button>}
    >
      {isOpen ? (
        <Lines invoiceId={invoiceId} />
      ) : (
        <p className="text-muted">From the inputs that were kept with the invoice.</p>
      )}
    </Card>
  );
}

function Lines({ invoiceId }: { invoiceId: string }) {
  const { data, error } = useRead<InvoiceExplanationResponse>(`/v1/invoices/${invoiceId}/explain`);
  if (data === undefined) return <Pending error={error} />;
  return (
    <ul className="flex flex-col divide-y divide-line">
      {data.explanation.lines.map((line) => (
        <li key={line.line_item_id} className="flex flex-col gap-3 py-4 first:pt-0 last:pb-0">
          <h3 className="font-medium">{line.description}</h3>
          <Facts facts={factsOf(line)} />
          {line.usage && <LineEvents path={new URL(line.usage.events_url).pathname} />}
        </li>
      ))}
    </ul>
  );
}

function factsOf(line: Line): [string, React.ReactNode][] {
  const { billing, usage, conversion, seats } = line;
  return [
    [
      "Made by",
      billing === null ? (
        "hand"
      ) : (
        <>
          {billing.cause.replaceAll("_", " ")} of <Instant at={billing.billed_at} />
        </>
      ),
    ],
    ...(billing === null
      ? []
      : ([
          [
            "Plan",
            <PageLink
              key="plan"
              to={`/plans/${billing.plan_code}`}
            >{`${billing.plan_code}, version ${billing.plan_version}`}</PageLink>,
          ],
        ] as [string, React.ReactNode][])),
    ...(seats === null || usage !== null
      ? []
      : ([
          [
            "Seats",
            seats.map(({ from, quantity }) => `${showNumber(quantity)} from ${showBoundary(from)} UTC`).join("; "),
          ],
        ] as [string, string][])),
    ...(usage === null
      ? []
      : ([
          ["Usage period", <Period key="period" start={usage.period_start} end={usage.period_end} />],
          [
            "Meter read",
            usage.counters
              .map(
                ({ dimension, quantity, event_count }) =>
                  `${dimension}${dimension && ": "}${showNumber(quantity)} of ${event_count} events`,
              )
              .join("; "),
          ],
          ["Charged", usage.charged],
          ["Paid by credits", usage.paid_by_credits],
        ] as [string, React.ReactNode][])),
    ...(conversion === null
      ? []
      : ([
          [
            "One unit was worth",
            <>
              {conversion.amount_per_unit} since <Instant at={conversion.effective_from} />
            </>,
          ],
        ] as [string, React.ReactNode][])),
    ["Exact amount", line.amount],
    ["Rounded half up", `${line.amount_cents} minor units`],
  ];
}

function LineEvents({ path }: { path: string }) {
  const [isOpen, setIsOpen] = useState(false);
  if (!isOpen)
    return (
      <div>
        <Button onClick={() => setIsOpen(true)}>Its events</Button>
      </div>
    );
  return <Events path={path} />;
}

function Events({ path }: { path: string }) {
  const { data, error, paging } = usePaged<LineItemEventListResponse>(path);
  return <EventTable events={data?.events} error={error} paging={paging} />;
}
