import { decimal, Decimal } from "../../../core/decimal.ts";
import { BillingError } from "../../../core/errors.ts";
import type { DiscountTerm } from "../../../core/invoice-totals.ts";
import { monthsLater } from "../../../core/period.ts";
import { customerKey, getCustomer, lockCustomer, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import type { CouponFields, CouponRow, DiscountFields, DiscountRow } from "./schema.ts";
import * as rows from "./sql.ts";

/** @throws COUPON_EXISTS */
export async function createCoupon(
  tx: Transaction,
  tenant: Tenant,
  fields: CouponFields,
  now: Date,
): Promise<CouponRow> {
  const row = await rows.insertCoupon(tx, tenant.id, { id: createId(now), fields }, now);
  if (row === null) throw new BillingError("COUPON_EXISTS");
  return row;
}

/** @throws COUPON_NOT_FOUND */
export async function getCoupon(db: Queryable, tenant: Tenant, code: string): Promise<CouponRow> {
  return (await rows.findCoupon(db, tenant.id, code)) ?? refuseCoupon();
}

export async function listCoupons(
  db: Queryable,
  tenant: Tenant,
  page: { after: string | null; limit: number },
): Promise<Page<CouponRow>> {
  const found = await rows.listCoupons(db, tenant.id, { ...page, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.coupon_id);
}

/** A coupon that nobody redeems any more; what has been redeemed stays. @throws COUPON_NOT_FOUND */
export async function archiveCoupon(tx: Transaction, tenant: Tenant, code: string, now: Date): Promise<CouponRow> {
  return (await rows.archiveCoupon(tx, tenant.id, code, now)) ?? refuseCoupon();
}

function refuseCoupon(): never {
  throw new BillingError("COUPON_NOT_FOUND");
}

/** That the subscription is the customer's and has not ended. @throws SUBSCRIPTION_NOT_FOUND, SUBSCRIPTION_ENDED */
export type RequireSubscription = (
  tx: Transaction,
  tenant: Tenant,
  of: { customerId: string; subscriptionId: string },
) => Promise<void>;

/**
 * Redeems a coupon for a customer: drafts that are made from now on have it.
 * @throws CUSTOMER_NOT_FOUND, COUPON_NOT_FOUND, COUPON_NOT_REDEEMABLE, COUPON_REDEEMED, and what `requireSubscription` does
 */
export async function redeemCoupon(
  tx: Transaction,
  tenant: Tenant,
  of: { customerId: string; fields: DiscountFields },
  now: Date,
  requireSubscription: RequireSubscription,
): Promise<DiscountRow> {
  const { coupon_code: code, subscription_id: subscriptionId } = of.fields;
  const customer = await lockCustomer(tx, tenant, of.customerId);
  const key = customerKey(tenant, of.customerId);
  if (subscriptionId !== null) await requireSubscription(tx, tenant, { customerId: of.customerId, subscriptionId });
  const open = (await findOpenDiscounts(tx, [key])).get(of.customerId) ?? [];
  const isSame = (each: DiscountRow) => each.coupon_code === code && each.subscription_id === subscriptionId;
  if (open.some((each) => isSame(each) && isInForce(each, now))) throw new BillingError("COUPON_REDEEMED");
  const coupon = await rows.redeem(tx, tenant.id, code, now);
  if (coupon === null) {
    await getCoupon(tx, tenant, code);
    throw new BillingError("COUPON_NOT_REDEEMABLE");
  }
  const discount: DiscountRow = {
    bucket: key.bucket,
    customer_id: key.customerId,
    discount_id: createId(now),
    coupon_code: coupon.code,
    name: coupon.name,
    percent_off: coupon.percent_off,
    amount_off_cents: coupon.amount_off_cents,
    currency_code: coupon.currency_code,
    duration: coupon.duration,
    subscription_id: subscriptionId,
    starts_at: now,
    ends_at:
      coupon.duration_in_months === null
        ? null
        : new Date(monthsLater(now.getTime(), coupon.duration_in_months, customer.timezone)),
    invoice_id: null,
    created_at: now,
  };
  rows.insertDiscount(tx, tenant.id, discount);
  return discount;
}

/** Ends a discount: new drafts do not have it; those that have it keep it. @throws CUSTOMER_NOT_FOUND, DISCOUNT_NOT_FOUND */
export async function endDiscount(
  tx: Transaction,
  tenant: Tenant,
  at: { customerId: string; discountId: string },
  now: Date,
): Promise<DiscountRow> {
  await lockCustomer(tx, tenant, at.customerId);
  const row = await rows.findDiscount(tx, customerKey(tenant, at.customerId), at.discountId);
  if (row === null) throw new BillingError("DISCOUNT_NOT_FOUND");
  if (row.ends_at !== null && row.ends_at <= now) return row;
  const ended = { ...row, ends_at: now < row.starts_at ? row.starts_at : now };
  rows.updateDiscounts(tx, [{ tenantId: tenant.id, row: ended }]);
  return ended;
}

/** @throws CUSTOMER_NOT_FOUND */
export async function listDiscounts(
  db: Queryable,
  tenant: Tenant,
  customerId: string,
  page: { after: string | null; limit: number },
): Promise<Page<DiscountRow>> {
  await getCustomer(db, tenant, customerId);
  const key = customerKey(tenant, customerId);
  const found = await rows.listDiscounts(db, key, { ...page, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.discount_id);
}

/** By customer: the discounts that an invoice may still have. */
export async function findOpenDiscounts(db: Queryable, keys: CustomerKey[]): Promise<Map<string, DiscountRow[]>> {
  const found = new Map<string, DiscountRow[]>(keys.map(({ customerId }) => [customerId, []]));
  for (const row of await rows.findOpenDiscounts(db, keys)) found.get(row.customer_id)?.push(row);
  return found;
}

export type DiscountedInvoice = { invoiceId: string; subscriptionId: string | null; currencyCode: string; at: Date };

/**
 * Those of a customer's discounts that a new invoice has, and all of them as they are then: one that is good once is good no more.
 */
export function takeDiscounts(
  open: readonly DiscountRow[],
  invoice: DiscountedInvoice,
): { taken: DiscountRow[]; after: DiscountRow[] } {
  const taken = open.filter(
    (each) =>
      each.invoice_id === null &&
      isInForce(each, invoice.at) &&
      (each.subscription_id === null || each.subscription_id === invoice.subscriptionId) &&
      (each.currency_code === null || each.currency_code === invoice.currencyCode),
  );
  const after = open.map((each) =>
    each.duration === "once" && taken.includes(each) ? { ...each, invoice_id: invoice.invoiceId } : each,
  );
  return { taken, after };
}

function isInForce({ starts_at, ends_at }: DiscountRow, at: Date): boolean {
  return starts_at <= at && (ends_at === null || ends_at > at);
}

/** A customer's discounts as they are stored and as they are to be. */
export type DiscountChanges = { stored: readonly DiscountRow[]; current: readonly DiscountRow[] };

/** Stores what has become of discounts of any number of customers, with one statement. */
export function saveDiscounts(tx: Transaction, all: (DiscountChanges & { key: CustomerKey })[]): void {
  rows.updateDiscounts(
    tx,
    all.flatMap(({ key, stored, current }) =>
      current.filter((each) => !stored.includes(each)).map((row) => ({ tenantId: key.tenantId, row })),
    ),
  );
}

/** The draft that had taken them is gone. */
export function freeDiscounts(tx: Transaction, key: CustomerKey, invoiceId: string): void {
  rows.freeDiscounts(tx, key, invoiceId);
}

/** As core counts it. */
export function toDiscountTerm(of: Pick<DiscountRow, "percent_off" | "amount_off_cents">): DiscountTerm {
  if (of.percent_off !== null) return { kind: "percent", percent: decimal(of.percent_off) };
  return { kind: "amount", amountMinor: Decimal.of(BigInt(of.amount_off_cents ?? 0)) };
}
