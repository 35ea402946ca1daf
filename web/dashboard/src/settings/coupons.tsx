import type { Coupon, CouponListResponse } from "../../../../sdk/src/generated/types.ts";
import { counted, readCents, showCents } from "../amounts.ts";
import { useWrite } from "../api/use-api.ts";
import { TextLink } from "../page-link.tsx";
import { usePaged } from "../paged.ts";
import { Badge } from "../ui/badge.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Choice, Field } from "../ui/field.tsx";
import { Table } from "../ui/table.tsx";

export function Coupons() {
  const { data, error, paging } = usePaged<CouponListResponse>("/v1/coupons");
  return (
    <Card
      title="Coupons"
      note={
        <>
          Given to one of the <TextLink to="/customers">customers</TextLink> on their page.
        </>
      }
      action={<CreateCoupon />}
    >
      <Table
        label="Coupons"
        rows={data?.coupons}
        paging={paging}
        error={error}
        keyOf={({ code }) => code}
        empty="No coupons yet. A coupon takes an amount or a part off the invoices of whom it is given to."
        columns={[
          { title: "Coupon", cell: ({ name, code }) => `${name} (${code})` },
          { title: "Takes off", cell: (coupon) => takesOff(coupon) },
          { title: "Lasts", cell: (coupon) => lasts(coupon) },
          {
            title: "Redeemed",
            isNumber: true,
            cell: (each) => `${each.redemptions}${each.max_redemptions === null ? "" : ` of ${each.max_redemptions}`}`,
          },
          { title: "", cell: (coupon) => <Archive coupon={coupon} /> },
        ]}
      />
    </Card>
  );
}

export function takesOff(of: Pick<Coupon, "percent_off" | "amount_off_cents" | "currency_code">): string {
  if (of.percent_off !== null) return `${of.percent_off}%`;
  return showCents(of.amount_off_cents ?? 0, of.currency_code ?? "usd");
}

function lasts({ duration, duration_in_months }: Coupon): string {
  if (duration === "repeating") return counted(duration_in_months ?? 0, "month");
  return duration === "once" ? "one invoice" : "forever";
}

function Archive({ coupon }: { coupon: Coupon }) {
  const write = useWrite();
  if (coupon.archived_at !== null) return <Badge>archived</Badge>;
  return (
    <ActionButton
      label="Archive"
      title={`Archive ${coupon.name}?`}
      note="Nobody redeems it any more. Discounts by it stay."
      done="Archived."
      onSubmit={() => write.send({ method: "POST", path: `/v1/coupons/${coupon.code}/archive` })}
    />
  );
}

function CreateCoupon() {
  const write = useWrite();
  return (
    <ActionButton
      label="Create coupon"
      kind="primary"
      done="Coupon created."
      onSubmit={(values) => {
        const percent = values.textOrNull("percent_off");
        const currency = values.text("currency_code").toLowerCase();
        const cents = percent === null ? readCents(values.text("amount_off"), currency || "usd") : null;
        if (percent === null && cents === null) throw new Error("Give a percentage, or an amount with its currency.");
        const months = values.textOrNull("duration_in_months");
        const body = {
          code: values.text("code"),
          name: values.text("name"),
          duration: values.text("duration"),
          ...(months === null ? {} : { duration_in_months: Number.parseInt(months, 10) }),
          ...(percent === null ? { amount_off_cents: cents, currency_code: currency } : { percent_off: percent }),
        };
        return write.send({ method: "POST", path: "/v1/coupons", body });
      }}
    >
      <Field label="Name" name="name" required />
      <Field label="Code" name="code" required />
      <Field label="Percent off" name="percent_off" inputMode="decimal" />
      <Field label="Or an amount off each invoice" name="amount_off" inputMode="decimal" />
      <Field label="Currency of the amount" name="currency_code" placeholder="usd" />
      <Choice
        label="Lasts"
        name="duration"
        options={[
          ["once", "one invoice"],
          ["repeating", "some months"],
          ["forever", "forever"],
        ]}
      />
      <Field label="Months" name="duration_in_months" type="number" hint="Of a coupon for some months." />
    </ActionButton>
  );
}
