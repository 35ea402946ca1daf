import { z } from "zod";
import type { Tenant } from "../http/authentication.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { flagField, idOutput, idParam, textField } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import type { Queryable, Sql } from "../platform/db.ts";
import {
  createCustomer,
  deleteCustomer,
  getCustomer,
  listCustomers,
  searchCustomers,
  updateCustomer,
} from "./customers.ts";
import { Customer, CustomerCreate, CustomerUpdate, presentCustomer } from "./schema.ts";

/** Also the group of operations about a customer that later features add. */
export const customersTag: Tag = {
  name: "customers",
  title: "Customers",
  description: "Those who use your product and pay for it.",
};

export const customerIdParam = { id: idParam("CUSTOMER_NOT_FOUND") };

export const CustomerResponse = successSchema("CustomerResponse", { customer: Customer }, "The customer");
const searchText = z.string().min(1, "Must not be empty.").max(255).optional();

const mostIds = 100;
const idList = z
  .string()
  .transform((text, context) => {
    const ids = text.split(",");
    if (ids.length <= mostIds) return ids;
    context.addIssue({ code: "custom", message: `Must be at most ${mostIds} ids with commas between them.` });
    return z.NEVER;
  })
  .meta({
    description: `Ids of customers, with commas between them, at most ${mostIds}. One that there is not is left out.`,
    override: { type: "string" },
  });

/** What time it is by a test clock. @throws TEST_CLOCK_NOT_FOUND */
export type FindClockTime = (db: Queryable, tenant: Tenant, testClockId: string) => Promise<Date>;

/** `inDebt`: the condition of those who have a wallet below zero. */
export const customerOperations = (findClockTime: FindClockTime, inDebt: (tenant: Tenant) => Sql): Operation[] => [
  writeOperation({
    method: "POST",
    path: "/v1/customers",
    operationId: "create-customer",
    sdk: "customers.create",
    tag: customersTag,
    summary: "Create a customer",
    description:
      "Creates a customer. At least one of `name`, `first_name`, `last_name`, `email` and `external_id` must be given.",
    body: CustomerCreate,
    responses: { 201: CustomerResponse },
    bodyErrors: ["TEST_CLOCK_NOT_FOUND"],
    handle: async ({ tx, tenant, now }, { body }) => {
      const { test_clock_id: clockId } = body;
      const clockTime = clockId === null ? null : await findClockTime(tx, tenant, clockId);
      return { customer: presentCustomer(await createCustomer(tx, tenant, body, now, clockTime)) };
    },
  }),
  readOperation({
    path: "/v1/customers",
    operationId: "list-customers",
    sdk: "customers.list",
    tag: customersTag,
    summary: "List customers",
    description:
      "Returns the customers, newest first; with `search`, those whose names, e-mail or ids have its words, and with `ids`, those who have one of them.",
    query: z.object({
      ...pageQuery,
      ids: idList.optional(),
      in_debt: flagField("`true`: only those who have a wallet below zero.").optional(),
      search: textField(
        255,
        "What a customer's name, first or last name, e-mail, `external_id` or id contains: for each of its words (letters and digits), one that begins with it. Upper case and accents do not matter, nor does what stands between words.",
      ).optional(),
    }),
    responses: { 200: listSchema("CustomerListResponse", "customers", Customer) },
    handle: async ({ db, tenant }, { query }) => {
      const after = readCursor(query.cursor, idPosition);
      const page = { after, limit: query.limit };
      const condition = query.in_debt === true ? inDebt(tenant) : null;
      const filter = { ids: query.ids ?? null, search: query.search ?? null, condition };
      const { items, pagination } = await listCustomers(db, tenant, filter, page);
      return { customers: items.map(presentCustomer), pagination };
    },
  }),
  readOperation({
    path: "/v1/customers/search",
    operationId: "search-customers",
    sdk: "customers.search",
    tag: customersTag,
    summary: "Search customers",
    description:
      "Returns the customers whose fields equal all those given, newest first, at most 100. At least one must be given.",
    query: z
      .object({ name: searchText, first_name: searchText, last_name: searchText, external_id: searchText })
      .refine(
        (search) => Object.values(search).some((text) => text !== undefined),
        "Give at least one of name, first_name, last_name, external_id.",
      ),
    responses: {
      200: successSchema("CustomerSearchResponse", { customers: z.array(Customer) }, "The customers found"),
    },
    handle: async ({ db, tenant }, { query }) => ({
      customers: (await searchCustomers(db, tenant, query)).map(presentCustomer),
    }),
  }),
  readOperation({
    path: "/v1/customers/{id}",
    operationId: "get-customer",
    sdk: "customers.get",
    tag: customersTag,
    summary: "Get a customer",
    description: "Returns one customer.",
    params: customerIdParam,
    responses: { 200: CustomerResponse },
    handle: async ({ db, tenant }, { params }) => ({
      customer: presentCustomer(await getCustomer(db, tenant, params.id)),
    }),
  }),
  writeOperation({
    method: "PATCH",
    path: "/v1/customers/{id}",
    operationId: "update-customer",
    sdk: "customers.update",
    tag: customersTag,
    summary: "Update a customer",
    description: "Changes only the fields given; `null` clears one. `metadata` is replaced as a whole.",
    params: customerIdParam,
    body: CustomerUpdate,
    responses: { 200: CustomerResponse },
    handle: async ({ tx, tenant, now }, { params, body }) => ({
      customer: presentCustomer(await updateCustomer(tx, tenant, params.id, body, now)),
    }),
  }),
  writeOperation({
    method: "DELETE",
    path: "/v1/customers/{id}",
    operationId: "delete-customer",
    sdk: "customers.delete",
    tag: customersTag,
    summary: "Delete a customer",
    description:
      "Deletes the customer for ever, with their subscriptions, wallets and events. Refused once they have a finalized invoice.",
    params: customerIdParam,
    responses: {
      200: successSchema(
        "CustomerDeletedResponse",
        { id: idOutput("Id of the customer."), deleted: z.literal(true) },
        "The customer is deleted",
      ),
    },
    errors: ["CUSTOMER_HAS_INVOICES"],
    handle: async ({ tx, tenant, now }, { params }) => {
      await deleteCustomer(tx, tenant, params.id, now);
      return { id: params.id, deleted: true };
    },
  }),
];
