import { z } from "zod";
import { decimal } from "../../../core/decimal.ts";
import {
  codeField,
  currencyCodeField,
  decimalOutput,
  idField,
  idOutput,
  instantField,
  instantOutput,
  nullableInstantOutput,
  percentField,
  textField,
} from "../http/fields.ts";

const duration = z.enum(["once", "repeating", "forever"]);
export type Duration = z.output<typeof duration>;

const text = {
  code: "What it is redeemed by. Never changes.",
  name: "As invoices show it.",
  percentOff:
    "How much of an invoice it takes off, in percent: more than 0 and at most 100, with up to 4 decimal places.",
  amountOff: "Instead of `percent_off`: what it takes off each invoice in `currency_code`, in minor units of that.",
  duration:
    "`once` is good for one invoice, `repeating` for all that are made within `duration_in_months` of redeeming it, `forever` for all.",
  months: "How many months it is good for, 1 to 120; with `repeating` only.",
  maxRedemptions: "How often it can be redeemed by all customers together; null is without limit.",
  redeemBy: "From when on it can be redeemed no more; null is never. What has been redeemed stays.",
};

export const CouponCreate = z
  .object({
    code: codeField(text.code),
    name: textField(100, text.name),
    percent_off: percentField(text.percentOff)
      .refine((percent) => !percent.isZero(), "Must be more than 0.")
      .nullable()
      .default(null),
    amount_off_cents: z
      .int()
      .positive("Must be more than 0.")
      .nullable()
      .default(null)
      .meta({ description: text.amountOff }),
    currency_code: currencyCodeField("Currency of `amount_off_cents`.").nullable().default(null),
    duration: duration.meta({ description: text.duration }),
    duration_in_months: z.int().min(1).max(120).nullable().default(null).meta({ description: text.months }),
    max_redemptions: z
      .int()
      .min(1)
      .max(2_147_483_647)
      .nullable()
      .default(null)
      .meta({ description: text.maxRedemptions }),
    redeem_by: instantField(text.redeemBy).nullable().default(null),
  })
  .refine((coupon) => (coupon.percent_off === null) !== (coupon.amount_off_cents === null), {
    message: "Give exactly one of percent_off and amount_off_cents.",
  })
  .refine((coupon) => (coupon.amount_off_cents === null) === (coupon.currency_code === null), {
    message: "An amount needs its currency, and a percentage has none.",
    path: ["currency_code"],
  })
  .refine((coupon) => (coupon.duration === "repeating") === (coupon.duration_in_months !== null), {
    message: "Is given with the duration repeating, and only with it.",
    path: ["duration_in_months"],
  })
  .meta({ id: "CreateCouponRequest", title: "CreateCouponRequest" });

export type CouponFields = z.output<typeof CouponCreate>;

export const Coupon = z
  .object({
    id: idOutput("Id of the coupon."),
    code: z.string().meta({ description: text.code }),
    name: z.string().meta({ description: text.name }),
    percent_off: decimalOutput("How much of an invoice it takes off, in percent.").nullable(),
    amount_off_cents: z.int().nullable().meta({ description: "What it takes off an invoice, in minor units." }),
    currency_code: z.string().nullable().meta({ description: "Currency of `amount_off_cents`." }),
    duration: duration.meta({ description: text.duration }),
    duration_in_months: z.int().nullable().meta({ description: "How many months a `repeating` one is good for." }),
    max_redemptions: z.int().nullable().meta({ description: text.maxRedemptions }),
    redemptions: z.int().meta({ description: "How often it has been redeemed." }),
    redeem_by: nullableInstantOutput(text.redeemBy),
    archived_at: nullableInstantOutput("When it was archived: it can be redeemed no more."),
    created_at: instantOutput("When it was created."),
  })
  .meta({ id: "Coupon", title: "Coupon" });

export type CouponRow = {
  coupon_id: string;
  code: string;
  name: string;
  percent_off: string | null;
  amount_off_cents: number | null;
  currency_code: string | null;
  duration: Duration;
  duration_in_months: number | null;
  max_redemptions: number | null;
  redemptions: number;
  redeem_by: Date | null;
  archived_at: Date | null;
  created_at: Date;
};

export function presentCoupon({ coupon_id, ...row }: CouponRow): z.input<typeof Coupon> {
  return {
    id: coupon_id,
    ...row,
    percent_off: plain(row.percent_off),
    redeem_by: row.redeem_by?.toISOString() ?? null,
    archived_at: row.archived_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}

const plain = (stored: string | null) => (stored === null ? null : decimal(stored).toString());

export const DiscountCreate = z
  .object({
    coupon_code: codeField("The coupon to redeem."),
    subscription_id: idField("The one subscription whose invoices it is for; null is all of the customer's invoices.")
      .nullable()
      .default(null),
  })
  .meta({ id: "CreateDiscountRequest", title: "CreateDiscountRequest" });

export type DiscountFields = z.output<typeof DiscountCreate>;

export const Discount = z
  .object({
    id: idOutput("Id of the discount."),
    customer_id: idOutput("Whose invoices it is for."),
    subscription_id: z
      .string()
      .nullable()
      .meta({ description: "The one subscription whose invoices it is for; null is all." }),
    coupon_code: z.string().meta({ description: "The coupon that was redeemed." }),
    name: z.string().meta({ description: text.name }),
    percent_off: decimalOutput("How much of an invoice it takes off, in percent.").nullable(),
    amount_off_cents: z.int().nullable().meta({ description: "What it takes off an invoice, in minor units." }),
    currency_code: z.string().nullable().meta({ description: "Currency of `amount_off_cents`." }),
    duration: duration.meta({ description: text.duration }),
    starts_at: instantOutput("From when on invoices have it."),
    ends_at: nullableInstantOutput("From when on new invoices have it no more; null is never."),
    invoice_id: z.string().nullable().meta({ description: "The invoice that one which is good `once` was taken by." }),
    created_at: instantOutput("When it was redeemed."),
  })
  .meta({ id: "Discount", title: "Discount" });

export type DiscountRow = {
  bucket: number;
  customer_id: string;
  discount_id: string;
  coupon_code: string;
  name: string;
  percent_off: string | null;
  amount_off_cents: number | null;
  currency_code: string | null;
  duration: Duration;
  subscription_id: string | null;
  starts_at: Date;
  ends_at: Date | null;
  invoice_id: string | null;
  created_at: Date;
};

export function presentDiscount(row: DiscountRow): z.input<typeof Discount> {
  return {
    id: row.discount_id,
    customer_id: row.customer_id,
    subscription_id: row.subscription_id,
    coupon_code: row.coupon_code,
    name: row.name,
    percent_off: plain(row.percent_off),
    amount_off_cents: row.amount_off_cents,
    currency_code: row.currency_code,
    duration: row.duration,
    starts_at: row.starts_at.toISOString(),
    ends_at: row.ends_at?.toISOString() ?? null,
    invoice_id: row.invoice_id,
    created_at: row.created_at.toISOString(),
  };
}
