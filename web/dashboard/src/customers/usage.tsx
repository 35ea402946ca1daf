import type { CustomerUsageResponse, MeterListResponse } from "../../../../sdk/src/generated/types.ts";
import { counted, showAmount, showNumber } from "../amounts.ts";
import { useRead } from "../api/use-api.ts";
import { TextLink } from "../page-link.tsx";
import { useSearchState } from "../search-state.ts";
import { localTimeOf } from "../time-zone.ts";
import { Card } from "../ui/card.tsx";
import { BarChart } from "../ui/chart.tsx";
import { Empty } from "../ui/empty.tsx";
import { Pending } from "../ui/pending.tsx";
import { Table } from "../ui/table.tsx";

/** What one meter has read, day by day, of the last thirty days of the customer, whose days the bills go by. */
export function Usage({ customerId, timeZone }: { customerId: string; timeZone: string }) {
  const [{ meter }, change] = useSearchState();
  const { data, error } = useRead<MeterListResponse>("/v1/meters", { limit: 100 });
  const code = meter ?? data?.meters[0]?.code;
  return (
    <Card
      title="Usage"
      note={`Of the customer's last 30 days, ${timeZone}`}
      action={
        data &&
        code !== undefined && (
          <select
            aria-label="Meter"
            value={code}
            onChange={(event) => change({ meter: event.target.value })}
            className="min-h-8 max-w-56 rounded-md border border-field bg-raised px-2"
          >
            {data.meters.map((each) => (
              <option key={each.code} value={each.code}>
                {each.name}
              </option>
            ))}
          </select>
        )
      }
    >
      {code !== undefined ? (
        <Days customerId={customerId} meterCode={code} timeZone={timeZone} />
      ) : data ? (
        <Empty>
          No meters yet. With one, made on the page <TextLink to="/meters">Meters</TextLink>, usage is drawn here.
        </Empty>
      ) : (
        <Pending error={error} />
      )}
    </Card>
  );
}

function Days({ customerId, meterCode, timeZone }: { customerId: string; meterCode: string; timeZone: string }) {
  const dayOf = (at: string) => localTimeOf(at, timeZone).slice(0, "2026-03-10".length);
  // The server counts back from its own time, which for a customer of a test clock is the clock's.
  const query = { meter_code: meterCode, window: "day", days: 30 };
  const { data, error } = useRead<CustomerUsageResponse>(`/v1/customers/${customerId}/usage`, query);
  if (data === undefined) return <Pending error={error} />;
  const { total, usage: days } = data;
  if (total.event_count === 0) return <Empty>No usage in the last 30 days.</Empty>;
  return (
    <div className="flex flex-col gap-4">
      <p>
        <strong>{showNumber(total.quantity)}</strong> from {counted(total.event_count, "event")}
        {total.cost.length > 0 && <>, {total.cost.map((cost) => showAmount(cost.amount, cost)).join(" and ")}</>}
      </p>
      <BarChart
        title="Usage by day; the table below has the same numbers"
        bars={days.map(({ start, quantity }) => ({
          label: dayOf(start),
          text: showNumber(quantity),
          height: Number.parseFloat(quantity),
        }))}
      />
      <details>
        <summary className="cursor-pointer text-muted">By day</summary>
        <Table
          label="Usage by day"
          rows={days.filter(({ event_count }) => event_count > 0).toReversed()}
          keyOf={({ start }) => start}
          empty=""
          columns={[
            { title: "Day", cell: ({ start }) => dayOf(start) },
            { title: "Quantity", isNumber: true, cell: ({ quantity }) => showNumber(quantity) },
            { title: "Events", isNumber: true, cell: ({ event_count }) => event_count.toLocaleString("en") },
            {
              title: "Cost",
              isNumber: true,
              cell: ({ cost }) => cost.map((each) => showAmount(each.amount, each)).join(", ") || "–",
            },
          ]}
        />
      </details>
    </div>
  );
}
