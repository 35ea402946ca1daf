import { customerIdParam, CustomerResponse, customersTag } from "../customers/routes.ts";
import { presentCustomer } from "../customers/schema.ts";
import { writeOperation, type Operation } from "../http/operation.ts";
import { eraseEverywhere } from "./erasure.ts";

export const erasureOperations: Operation[] = [
  writeOperation({
    method: "POST",
    path: "/v1/customers/{id}/erase",
    operationId: "erase-customer",
    sdk: "customers.erase",
    tag: customersTag,
    summary: "Erase a customer's personal fields",
    description:
      "Erases for ever who the customer is: names, addresses, e-mail, phone, tax id, your own id and metadata, saved cards, mails and open links. Their usage, wallets, payments and finalized invoices stay, and those invoices keep the name and address that they were made out to. Refused while a subscription goes on or a draft waits.",
    params: customerIdParam,
    responses: { 200: CustomerResponse },
    errors: ["CUSTOMER_IN_USE"],
    handle: async ({ tx, tenant, now }, { params }) => ({
      customer: presentCustomer(await eraseEverywhere(tx, tenant, params.id, now)),
    }),
  }),
];
