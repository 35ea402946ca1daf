import { ofCustomers, type CustomerKey } from "../customers/customers.ts";
import { asRows, sql, type Queryable, type Transaction } from "../platform/db.ts";
import type { CouponFields, CouponRow, DiscountRow } from "./schema.ts";

const couponColumns = sql`coupon_id, code, name, percent_off, amount_off_cents, currency_code, duration, duration_in_months, max_redemptions,
  redemptions, redeem_by, archived_at, created_at`;

/** Null if the code is taken. */
export async function insertCoupon(
  tx: Transaction,
  tenantId: number,
  { id, fields }: { id: string; fields: CouponFields },
  now: Date,
): Promise<CouponRow | null> {
  const [row] = await tx.query<CouponRow>(
    sql`insert into coupons (tenant_id, coupon_id, code, name, percent_off, amount_off_cents, currency_code, duration, duration_in_months,
          max_redemptions, redeem_by, created_at)
        values (${tenantId}, ${id}, ${fields.code}, ${fields.name}, ${fields.percent_off?.toString() ?? null}, ${fields.amount_off_cents},
          ${fields.currency_code}, ${fields.duration}, ${fields.duration_in_months}, ${fields.max_redemptions}, ${fields.redeem_by}, ${now})
        on conflict on constraint coupons_code do nothing
        returning ${couponColumns}`,
  );
  return row ?? null;
}

export async function findCoupon(db: Queryable, tenantId: number, code: string): Promise<CouponRow | null> {
  const [row] = await db.query<CouponRow>(
    sql`select ${couponColumns} from coupons where tenant_id = ${tenantId} and code = ${code}`,
  );
  return row ?? null;
}

/** Newest first, from just below the id `after`. */
export async function listCoupons(
  db: Queryable,
  tenantId: number,
  page: { after: string | null; limit: number },
): Promise<CouponRow[]> {
  return db.query<CouponRow>(
    sql`select ${couponColumns} from coupons
        where tenant_id = ${tenantId} and (${page.after}::text is null or coupon_id < ${page.after})
        order by coupon_id desc
        limit ${page.limit}`,
  );
}

/** Keeps the first instant. */
export async function archiveCoupon(
  tx: Transaction,
  tenantId: number,
  code: string,
  now: Date,
): Promise<CouponRow | null> {
  const [row] = await tx.query<CouponRow>(
    sql`update coupons set archived_at = coalesce(archived_at, ${now}) where tenant_id = ${tenantId} and code = ${code}
        returning ${couponColumns}`,
  );
  return row ?? null;
}

/**
 * Counts a redemption; null if the coupon can be redeemed no more. Guarantee: whatever happens at the same time, it is redeemed no more often
 * than it may be.
 */
export async function redeem(tx: Transaction, tenantId: number, code: string, now: Date): Promise<CouponRow | null> {
  const [row] = await tx.query<CouponRow>(
    sql`update coupons set redemptions = redemptions + 1
        where tenant_id = ${tenantId} and code = ${code} and archived_at is null and (redeem_by is null or redeem_by > ${now})
          and (max_redemptions is null or redemptions < max_redemptions)
        returning ${couponColumns}`,
  );
  return row ?? null;
}

const columns = sql`bucket, customer_id, discount_id, coupon_code, name, percent_off, amount_off_cents, currency_code, duration,
  subscription_id, starts_at, ends_at, invoice_id, created_at`;

export function insertDiscount(tx: Transaction, tenantId: number, row: DiscountRow): void {
  tx.send(
    sql`insert into discounts (tenant_id, ${columns})
        select tenant_id, ${columns} from ${asRows(sql`discounts`, [{ tenant_id: tenantId, ...row }])}`,
  );
}

/** Writes what may change of discounts. */
export function updateDiscounts(tx: Transaction, discounts: { tenantId: number; row: DiscountRow }[]): void {
  if (discounts.length === 0) return;
  const records = discounts.map(({ tenantId, row }) => ({ tenant_id: tenantId, ...row }));
  tx.send(
    sql`update discounts set subscription_id = changed.subscription_id, ends_at = changed.ends_at, invoice_id = changed.invoice_id
        from ${asRows(sql`discounts`, records)} as changed
        where discounts.bucket = changed.bucket and discounts.customer_id = changed.customer_id
          and discounts.discount_id = changed.discount_id`,
  );
}

/** Those that an invoice may still have, in the order in which they were redeemed. */
export async function findOpenDiscounts(db: Queryable, keys: CustomerKey[]): Promise<DiscountRow[]> {
  return db.query<DiscountRow>(
    sql`select ${columns} from discounts
        where ${ofCustomers(keys)} and invoice_id is null
        order by customer_id, discount_id`,
  );
}

export async function findDiscount(db: Queryable, key: CustomerKey, id: string): Promise<DiscountRow | null> {
  const [row] = await db.query<DiscountRow>(
    sql`select ${columns} from discounts where ${ofCustomers([key])} and discount_id = ${id}`,
  );
  return row ?? null;
}

/** Newest first, from just below the id `after`. */
export async function listDiscounts(
  db: Queryable,
  key: CustomerKey,
  page: { after: string | null; limit: number },
): Promise<DiscountRow[]> {
  return db.query<DiscountRow>(
    sql`select ${columns} from discounts
        where ${ofCustomers([key])} and (${page.after}::text is null or discount_id < ${page.after})
        order by discount_id desc
        limit ${page.limit}`,
  );
}

/** Those that the invoice has had are good for another one. */
export function freeDiscounts(tx: Transaction, key: CustomerKey, invoiceId: string): void {
  tx.send(sql`update discounts set invoice_id = null where ${ofCustomers([key])} and invoice_id = ${invoiceId}`);
}
