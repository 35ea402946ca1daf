import type { LedgerResponse } from "../../../../sdk/src/generated/types.ts";
import { showAmount } from "../amounts.ts";
import { Instant } from "../instants.tsx";
import { PageLink } from "../page-link.tsx";
import { usePaged } from "../paged.ts";
import { Card } from "../ui/card.tsx";
import { Table } from "../ui/table.tsx";

export function Ledger({ customerId }: { customerId: string }) {
  const { data, error, paging } = usePaged<LedgerResponse>(`/v1/customers/${customerId}/ledger`);
  return (
    <Card title="Ledger" note="Every movement of every wallet, newest first.">
      <Table
        label="Ledger"
        rows={data?.entries}
        error={error}
        keyOf={({ seq, currency_code, pricing_unit_code }) => `${currency_code}:${pricing_unit_code}:${seq}`}
        empty="Nothing has moved. Usage, credits and top-ups each leave a line here, with the balance after it."
        paging={paging}
        columns={[
          { title: "#", cell: ({ seq }) => seq },
          { title: "When", cell: ({ occurred_at }) => <Instant at={occurred_at} /> },
          {
            title: "What",
            cell: ({ kind, cause_id }) =>
              kind === "usage" || kind === "usage_reversal" ? (
                <PageLink to={`/events/${cause_id}`}>{kind.replaceAll("_", " ")}</PageLink>
              ) : (
                kind.replaceAll("_", " ")
              ),
          },
          { title: "Amount", isNumber: true, cell: (entry) => showAmount(entry.amount, entry) },
          { title: "Balance after", isNumber: true, cell: (entry) => showAmount(entry.balance_after, entry) },
        ]}
      />
    </Card>
  );
}
