import type { CreditGrant, CreditGrantListResponse } from "../../../../sdk/src/generated/types.ts";
import { showAmount } from "../amounts.ts";
import { useWrite } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { usePaged } from "../paged.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Table } from "../ui/table.tsx";

const tones: Record<CreditGrant["status"], Tone> = {
  active: "good",
  exhausted: "neutral",
  expired: "neutral",
  voided: "danger",
};

export function Grants({ customerId }: { customerId: string }) {
  const { data, error, paging } = usePaged<CreditGrantListResponse>(`/v1/customers/${customerId}/credit-grants`);
  return (
    <Card title="Credit grants">
      <Table
        label="Credit grants"
        rows={data?.credit_grants}
        error={error}
        keyOf={({ id }) => id}
        empty="No credit was given. What is given pays for usage until it is used up or expires."
        paging={paging}
        columns={[
          { title: "Name", cell: ({ name }) => name },
          { title: "Status", cell: ({ status }) => <Badge tone={tones[status]}>{status}</Badge> },
          { title: "Kind", cell: ({ kind }) => kind },
          { title: "Pays", cell: ({ applies_to }) => applies_to },
          { title: "Amount", isNumber: true, cell: (grant) => showAmount(grant.amount, grant) },
          { title: "Left", isNumber: true, cell: (grant) => showAmount(grant.remaining, grant) },
          { title: "Expires", cell: ({ expires_at }) => <Instant at={expires_at} /> },
          { title: "", cell: (grant) => grant.status === "active" && <VoidGrant grant={grant} /> },
        ]}
      />
    </Card>
  );
}

function VoidGrant({ grant }: { grant: CreditGrant }) {
  const write = useWrite();
  return (
    <ActionButton
      label="Void"
      title={`Void “${grant.name}”?`}
      note={`What is left of it, ${showAmount(grant.remaining, grant)}, is taken from the balance. What it paid for stays paid.`}
      kind="danger"
      submit="Void the grant"
      done="Grant voided."
      onSubmit={() =>
        write.send({
          method: "POST",
          path: `/v1/customers/${grant.customer_id}/credit-grants/${grant.id}/void`,
        })
      }
    />
  );
}
