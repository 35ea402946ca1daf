import type { CouponListResponse, Discount, DiscountListResponse } from "../../../../sdk/src/generated/types.ts";
import { useRead, useWrite } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { takesOff } from "../settings/coupons.tsx";
import { usePaged } from "../paged.ts";
import { Badge } from "../ui/badge.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Choice } from "../ui/field.tsx";
import { Table } from "../ui/table.tsx";

/** What is taken off the customer's invoices. */
export function Discounts({ customerId }: { customerId: string }) {
  const path = `/v1/customers/${customerId}/discounts`;
  const { data, error, paging } = usePaged<DiscountListResponse>(path);
  return (
    <Card title="Discounts" action={<Redeem path={path} />}>
      <Table
        label="Discounts"
        rows={data?.discounts}
        paging={paging}
        error={error}
        keyOf={({ id }) => id}
        empty="No discounts. Coupons, which give them, are made on the page Settings."
        columns={[
          { title: "Coupon", cell: ({ name, coupon_code }) => `${name} (${coupon_code})` },
          { title: "Takes off", cell: (discount) => takesOff(discount) },
          { title: "Since", cell: ({ starts_at }) => <Instant at={starts_at} /> },
          { title: "Until", cell: ({ ends_at }) => <Instant at={ends_at} /> },
          { title: "", cell: (discount) => <End discount={discount} path={path} /> },
        ]}
      />
    </Card>
  );
}

function End({ discount, path }: { discount: Discount; path: string }) {
  const write = useWrite();
  if (discount.invoice_id !== null) return <Badge>used</Badge>;
  if (discount.ends_at !== null && Date.parse(discount.ends_at) <= Date.now()) return <Badge>ended</Badge>;
  return (
    <ActionButton
      label="End"
      title={`End ${discount.name}?`}
      note="Invoices that are made later do not have it. Those that have it keep it."
      kind="danger"
      done="Discount ended."
      onSubmit={() => write.send({ method: "DELETE", path: `${path}/${discount.id}` })}
    />
  );
}

function Redeem({ path }: { path: string }) {
  const write = useWrite();
  const coupons = (useRead<CouponListResponse>("/v1/coupons", { limit: 100 }).data?.coupons ?? []).filter(
    ({ archived_at }) => archived_at === null,
  );
  return (
    <ActionButton
      label="Give a discount"
      disabled={coupons.length === 0}
      done="Invoices that are made from now on have it."
      onSubmit={(values) => write.send({ method: "POST", path, body: { coupon_code: values.text("coupon_code") } })}
    >
      <Choice
        label="Coupon"
        name="coupon_code"
        options={coupons.map(({ code, name }) => [code, `${name} (${code})`] as const)}
      />
    </ActionButton>
  );
}
