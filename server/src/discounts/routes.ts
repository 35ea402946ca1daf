import { z } from "zod";
import { listSchema, successSchema } from "../http/envelope.ts";
import { codeParam, idParam } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import {
  archiveCoupon,
  createCoupon,
  endDiscount,
  getCoupon,
  listCoupons,
  listDiscounts,
  redeemCoupon,
  type RequireSubscription,
} from "./discounts.ts";
import { Coupon, CouponCreate, Discount, DiscountCreate, presentCoupon, presentDiscount } from "./schema.ts";

const tag: Tag = {
  name: "discounts",
  title: "Coupons and discounts",
  description: "What is taken off invoices: coupons, and the discounts that customers have by redeeming them.",
};

const couponParam = { code: codeParam("COUPON_NOT_FOUND") };
const customerParam = { id: idParam("CUSTOMER_NOT_FOUND") };
const CouponResponse = successSchema("CouponResponse", { coupon: Coupon }, "The coupon");
const DiscountResponse = successSchema("DiscountResponse", { discount: Discount }, "The discount");

export const discountOperations = (requireSubscription: RequireSubscription): Operation[] => [
  writeOperation({
    method: "POST",
    path: "/v1/coupons",
    operationId: "create-coupon",
    sdk: "coupons.create",
    tag,
    summary: "Create a coupon",
    description:
      "Creates what customers can be given: a percentage or an amount off their invoices, once, for some months or for ever. What it takes off never changes.",
    body: CouponCreate,
    responses: { 201: CouponResponse },
    errors: ["COUPON_EXISTS"],
    handle: async ({ tx, tenant, now }, { body }) => ({
      coupon: presentCoupon(await createCoupon(tx, tenant, body, now)),
    }),
  }),
  readOperation({
    path: "/v1/coupons",
    operationId: "list-coupons",
    sdk: "coupons.list",
    tag,
    summary: "List coupons",
    description: "Returns the coupons, archived ones too, newest first.",
    query: z.object(pageQuery),
    responses: { 200: listSchema("CouponListResponse", "coupons", Coupon) },
    handle: async ({ db, tenant }, { query }) => {
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listCoupons(db, tenant, page);
      return { coupons: items.map(presentCoupon), pagination };
    },
  }),
  readOperation({
    path: "/v1/coupons/{code}",
    operationId: "get-coupon",
    sdk: "coupons.get",
    tag,
    summary: "Get a coupon",
    description: "Returns one coupon, with how often it has been redeemed.",
    params: couponParam,
    responses: { 200: CouponResponse },
    handle: async ({ db, tenant }, { params }) => ({
      coupon: presentCoupon(await getCoupon(db, tenant, params.code)),
    }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/coupons/{code}/archive",
    operationId: "archive-coupon",
    sdk: "coupons.archive",
    tag,
    summary: "Archive a coupon",
    description: "Has nobody redeem it any more. Discounts by it stay.",
    params: couponParam,
    responses: { 200: CouponResponse },
    handle: async ({ tx, tenant, now }, { params }) => ({
      coupon: presentCoupon(await archiveCoupon(tx, tenant, params.code, now)),
    }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/customers/{id}/discounts",
    operationId: "create-discount",
    sdk: "customers.discounts.create",
    tag,
    summary: "Redeem a coupon",
    description:
      "Gives a customer the discount of a coupon: on all invoices of theirs that are made from now on, or on those of one subscription and of what it is changed to. Top-ups have no discounts.",
    params: customerParam,
    body: DiscountCreate,
    responses: { 201: DiscountResponse },
    errors: [
      "COUPON_NOT_FOUND",
      "COUPON_NOT_REDEEMABLE",
      "COUPON_REDEEMED",
      "SUBSCRIPTION_NOT_FOUND",
      "SUBSCRIPTION_ENDED",
    ],
    bodyErrors: ["COUPON_NOT_FOUND", "SUBSCRIPTION_NOT_FOUND"],
    handle: async ({ tx, tenant, now }, { params, body }) => ({
      discount: presentDiscount(
        await redeemCoupon(tx, tenant, { customerId: params.id, fields: body }, now, requireSubscription),
      ),
    }),
  }),
  readOperation({
    path: "/v1/customers/{id}/discounts",
    operationId: "list-discounts",
    sdk: "customers.discounts.list",
    tag,
    summary: "List a customer's discounts",
    description: "Returns the discounts of a customer, ended and used ones too, newest first.",
    params: customerParam,
    query: z.object(pageQuery),
    responses: { 200: listSchema("DiscountListResponse", "discounts", Discount) },
    handle: async ({ db, tenant }, { params, query }) => {
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listDiscounts(db, tenant, params.id, page);
      return { discounts: items.map(presentDiscount), pagination };
    },
  }),
  writeOperation({
    method: "DELETE",
    path: "/v1/customers/{id}/discounts/{discount_id}",
    operationId: "end-discount",
    sdk: "customers.discounts.end",
    tag,
    summary: "End a discount",
    description: "Ends it now: invoices that are made later do not have it. Those that have it keep it.",
    params: { ...customerParam, discount_id: idParam("DISCOUNT_NOT_FOUND") },
    responses: { 200: DiscountResponse },
    handle: async ({ tx, tenant, now }, { params }) => ({
      discount: presentDiscount(
        await endDiscount(tx, tenant, { customerId: params.id, discountId: params.discount_id }, now),
      ),
    }),
  }),
];
