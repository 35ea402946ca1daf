import { z } from "zod";
import { currency, pricingUnit } from "../../../core/denomination.ts";
import { customerIdParam, customersTag } from "../customers/routes.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { codeField, currencyCodeField } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { balanceAlertOperations } from "./balance-alert-routes.ts";
import {
  CreditGrant,
  CreditGrantCreate,
  LedgerEntry,
  presentBalance,
  presentCreditGrant,
  presentLedgerEntry,
  WalletBalance,
} from "./schema.ts";
import { createCreditGrant, listBalances, listCreditGrants, listLedger, type ReadWallets } from "./wallets.ts";

export const creditGrantsTag: Tag = {
  name: "credit_grants",
  title: "Credit grants",
  description: "Credits in a customer's wallet, given or bought, drawn by usage until they are used up or expire.",
};

export const CreditGrantResponse = successSchema("CreditGrantResponse", { credit_grant: CreditGrant }, "The grant");

/** A wallet's chain and how far down it the pages have come. */
const ledgerPositions = z
  .array(
    z.object({
      accountType: z.enum(["currency", "pricing_unit"]),
      code: z.string().max(64),
      beforeSeq: z.int().min(1),
    }),
  )
  .max(1_000);

export const walletOperations = (readWallets: ReadWallets): Operation[] => [
  readOperation({
    path: "/v1/customers/{id}/balances",
    operationId: "list-balances",
    sdk: "customers.listBalances",
    tag: customersTag,
    summary: "List customer balances",
    description: "Returns all wallet balances for a customer.",
    params: customerIdParam,
    responses: {
      200: successSchema("CustomerBalancesResponse", { balances: z.array(WalletBalance) }, "Customer balances"),
    },
    handle: async ({ database, tenant, now }, { params }) => ({
      balances: (await listBalances(database, readWallets, tenant, params.id, now)).map(presentBalance),
    }),
  }),
  readOperation({
    path: "/v1/customers/{id}/ledger",
    operationId: "list-ledger",
    sdk: "customers.listLedger",
    tag: customersTag,
    summary: "List a customer's ledger",
    description:
      "Returns every movement of the customer's wallets with the balance after it, newest first. Within a wallet `seq` has no gaps, and each `balance_after` is the one before it plus `amount`.",
    params: customerIdParam,
    query: z
      .object({
        ...pageQuery,
        currency_code: currencyCodeField("Only the wallet in this currency.").optional(),
        pricing_unit_code: codeField("Only the wallet in this pricing unit.").optional(),
      })
      .refine(
        ({ currency_code, pricing_unit_code }) => currency_code === undefined || pricing_unit_code === undefined,
        {
          message: "Give at most one of currency_code and pricing_unit_code.",
          path: ["pricing_unit_code"],
        },
      ),
    responses: { 200: listSchema("LedgerResponse", "entries", LedgerEntry) },
    handle: async ({ database, tenant, now }, { params, query }) => {
      const positions = readCursor(query.cursor, ledgerPositions);
      const denomination =
        query.currency_code !== undefined
          ? currency(query.currency_code)
          : query.pricing_unit_code !== undefined
            ? pricingUnit(query.pricing_unit_code)
            : null;
      const page = { positions, denomination, limit: query.limit };
      const { items, pagination } = await listLedger(database, tenant, params.id, page, now);
      return { entries: items.map(presentLedgerEntry), pagination };
    },
  }),
  writeOperation({
    method: "POST",
    path: "/v1/customers/{id}/credit-grants",
    operationId: "create-customer-credit-grant",
    sdk: "customers.creditGrants.create",
    tag: creditGrantsTag,
    summary: "Grant credits to a customer",
    description:
      "Adds credits to the customer's wallet, at once or from `effective_at` on. A debt in the wallet is paid from them first. Grants are drawn in the order of priority, soonest expiry, promotional before paid, oldest.",
    params: customerIdParam,
    body: CreditGrantCreate,
    responses: { 201: CreditGrantResponse },
    errors: ["PRICING_UNIT_NOT_FOUND"],
    handle: async ({ tx, tenant, now }, { params, body }) => ({
      credit_grant: presentCreditGrant(
        await createCreditGrant(tx, tenant, { customerId: params.id, subscriptionId: null }, body, now),
      ),
    }),
  }),
  readOperation({
    path: "/v1/customers/{id}/credit-grants",
    operationId: "list-customer-credit-grants",
    sdk: "customers.creditGrants.list",
    tag: creditGrantsTag,
    summary: "List a customer's credit grants",
    description: "Returns the customer's grants, ended ones too, newest first.",
    params: customerIdParam,
    query: z.object(pageQuery),
    responses: { 200: listSchema("CreditGrantListResponse", "credit_grants", CreditGrant) },
    handle: async ({ database, tenant, now }, { params, query }) => {
      const page = {
        after: readCursor(query.cursor, idPosition),
        limit: query.limit,
      };
      const { items, pagination } = await listCreditGrants(database, tenant, params.id, page, now);
      return { credit_grants: items.map(presentCreditGrant), pagination };
    },
  }),
  ...balanceAlertOperations,
];
