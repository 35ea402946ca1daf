import type { CustomerUsageResponse, MeterListResponse } from "../../../../sdk/src/generated/types.ts";
import { showAmount, showNumber } from "../amounts.ts";
import { useRead } from "../api/use-api.ts";
import { useSearchState } from "../search-state.ts";
import { localTimeOf } from "../time-zone.ts";
import { Card } from "../ui/card.tsx";
import { BarChart } from "../ui/chart.tsx";
import { Choice } from "../ui/field.tsx";
import { Empty } from "../ui/empty.tsx";
import { Table } from "../ui/table.tsx";

/** What one meter has read, day by day, of the last thirty days of the customer, whose days the bills go by. */
export function Usage({ customerId, timeZone }: { customerId: string; timeZone: string }) {
  const [{ meter }, change] = useSearchState();
  const meters = useRead<MeterListResponse>("/v1/meters", { limit: 100 }).data?.meters;
  const code = meter ?? meters?.[0]?.code;
  return (
    <Card
      title="Usage"
      note={`Of the customer's last 30 days, ${timeZone}`}
      action={
        meters &&
        meters.length > 0 && (
          <div className="flex items-end gap-2">
            <Choice
              label="Meter"
              name="meter"
              value={code ?? ""}
              onPick={(picked) => change({ meter: picked })}
              options={meters.map(({ code, name }) => [code, name] as const)}
            />
          </div>
        )
      }
    >
      {code === undefined ? (
        <Empty>No meters yet. With one, made on the page Meters, usage is drawn here.</Empty>
      ) : (
        <Days customerId={customerId} meterCode={code} timeZone={timeZone} />
      )}
    </Card>
  );
}

const dayMs = 86_400_000;

function Days({ customerId, meterCode, timeZone }: { customerId: string; meterCode: string; timeZone: string }) {
  const dayOf = (at: string) => localTimeOf(at, timeZone).slice(0, "2026-03-10".length);
  const { data, error } = useRead<CustomerUsageResponse>(`/v1/customers/${customerId}/usage`, {
    meter_code: meterCode,
    window: "day",
    from: dayOf(new Date(Date.now() - 29 * dayMs).toISOString()),
  });
  const rows = data?.usage;
  const used = rows?.filter(({ event_count }) => event_count > 0).toReversed();
  return (
    <div className="flex flex-col gap-4">
      {data && (
        <p>
          <strong>{showNumber(data.total.quantity)}</strong> from {data.total.event_count} events
          {data.total.cost.length > 0 && (
            <>, {data.total.cost.map((cost) => showAmount(cost.amount, cost)).join(" and ")}</>
          )}
        </p>
      )}
      {rows && (
        <BarChart
          title={`Usage by day; the table below has the same numbers`}
          bars={rows.map(({ start, quantity }) => ({
            label: dayOf(start),
            text: showNumber(quantity),
            height: Number.parseFloat(quantity),
          }))}
        />
      )}
      <details>
        <summary className="cursor-pointer text-muted">By day</summary>
        <Table
          label="Usage by day"
          rows={used}
          error={error}
          keyOf={({ start }) => start}
          empty="Nothing was used in these days."
          columns={[
            { title: "Day", cell: ({ start }) => dayOf(start) },
            { title: "Quantity", isNumber: true, cell: ({ quantity }) => showNumber(quantity) },
            { title: "Events", isNumber: true, cell: ({ event_count }) => event_count },
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
