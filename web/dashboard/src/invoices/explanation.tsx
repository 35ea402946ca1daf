import { useState } from "react";
import type {
  Invoice,
  InvoiceExplanation,
  InvoiceExplanationResponse,
  LineItemEventListResponse,
} from "../../../../sdk/src/generated/types.ts";
import { counted, showAmount, showCents, showNumber } from "../amounts.ts";
import { useRead } from "../api/use-api.ts";
import { EventTable } from "../events/events-page.tsx";
import { Instant, Period, showBoundary } from "../instants.tsx";
import { PlanLink } from "../catalog/plan-link.tsx";
import { usePaged } from "../paged.ts";
import { Button } from "../ui/button.tsx";
import { Card, Facts } from "../ui/card.tsx";
import { Pending } from "../ui/pending.tsx";

type Line = InvoiceExplanation["lines"][number];

/** Where every line comes from, down to its events; asked for when somebody wants to know. */
export function Explanation({ invoice }: { invoice: Invoice }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Card
      title="How this was calculated"
      note="Every line with its plan version, meter readings, credits, conversion and rounding."
      action={!isOpen && <Button onClick={() => setIsOpen(true)}>Explain</Button>}
    >
      {isOpen ? <Lines invoiceId={invoice.id} /> : <p className="text-muted">From the inputs kept with the invoice.</p>}
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
          <Facts facts={factsOf(line, data.explanation.currency_code)} />
          {line.usage && <LineEvents path={new URL(line.usage.events_url).pathname} />}
        </li>
      ))}
    </ul>
  );
}

function factsOf(line: Line, currencyCode: string): [string, React.ReactNode][] {
  const { billing, usage, conversion, seats } = line;
  return [
    [
      "Made by",
      billing === null ? (
        "Added by hand"
      ) : (
        <>
          {billing.cause.replaceAll("_", " ")} of <Instant at={billing.billed_at} />
        </>
      ),
    ],
    ...(billing === null
      ? []
      : ([["Plan", <PlanLink key="plan" code={billing.plan_code} version={billing.plan_version} />]] as [
          string,
          React.ReactNode,
        ][])),
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
                  `${dimension}${dimension && ": "}${showNumber(quantity)} of ${counted(event_count, "event")}`,
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
    ["Exact amount", showAmount(line.amount, { currency_code: currencyCode })],
    ["Rounded half up", showCents(line.amount_cents, currencyCode)],
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
