import { z } from "zod";
import { currency, pricingUnit } from "../../../core/denomination.ts";
import { BillingError } from "../../../core/errors.ts";
import { customerIdParam, customersTag } from "../customers/routes.ts";
import type { Tenant } from "../http/authentication.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { codeField, currencyCodeField, idParam, instantField } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { balanceAlertOperations } from "./balance-alert-routes.ts";
import { sql, type Database } from "../platform/db.ts";
import { listPastBalances, projectBalances, type ExpectCredits } from "./balances-at.ts";
import {
  CreditGrant,
  CreditGrantCreate,
  LedgerEntry,
  presentBalance,
  presentCreditGrant,
  presentLedgerEntry,
  presentWallet,
  Wallet,
  WalletBalance,
} from "./schema.ts";
import {
  createCreditGrant,
  getCreditGrant,
  listBalances,
  listCreditGrants,
  listLedger,
  listWallets,
  voidCreditGrant,
  type Balance,
  type ReadWallets,
} from "./wallets.ts";

export const creditGrantsTag: Tag = {
  name: "credit_grants",
  title: "Credit grants",
  description: "Credits in a customer's wallet, given or bought, drawn by usage until they are used up or expire.",
};

export const CreditGrantResponse = successSchema("CreditGrantResponse", { credit_grant: CreditGrant }, "The grant");

const creditGrantParams = { ...customerIdParam, credit_grant_id: idParam("CREDIT_GRANT_NOT_FOUND") };

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

export const walletOperations = (readWallets: ReadWallets, expectCredits: ExpectCredits): Operation[] => [
  readOperation({
    path: "/v1/customers/{id}/balances",
    operationId: "list-balances",
    sdk: "customers.listBalances",
    tag: customersTag,
    summary: "List customer balances",
    description: "Returns all wallet balances for a customer.",
    params: customerIdParam,
    query: z.object({
      as_of: instantField(
        "The instant to tell the balances of; left out: now. Of the past, from the ledger. Of the future, at most 10 years ahead, if nothing is used: with the grants that start and expire until then, and those that plans give.",
      ).optional(),
    }),
    responses: {
      200: successSchema("CustomerBalancesResponse", { balances: z.array(WalletBalance) }, "Customer balances"),
    },
    handle: async ({ database, tenant, now }, { params, query }) => {
      const balances = await balancesAt(
        database,
        { readWallets, expectCredits },
        tenant,
        params.id,
        query.as_of ?? now,
        now,
      );
      return { balances: balances.map(presentBalance) };
    },
  }),
  readOperation({
    path: "/v1/customers/{id}/wallets",
    operationId: "list-wallets",
    sdk: "customers.listWallets",
    tag: customersTag,
    summary: "List a customer's wallets",
    description: "Returns what each of the customer's wallets holds, what holds reserve of it, and what is available.",
    params: customerIdParam,
    responses: { 200: successSchema("WalletListResponse", { wallets: z.array(Wallet) }, "The customer's wallets") },
    handle: async ({ database, tenant, now }, { params }) => ({
      wallets: (await listWallets(database, tenant, params.id, now)).map(presentWallet),
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
  readOperation({
    path: "/v1/customers/{id}/credit-grants/{credit_grant_id}",
    operationId: "get-customer-credit-grant",
    sdk: "customers.creditGrants.get",
    tag: creditGrantsTag,
    summary: "Get a credit grant",
    description: "Returns one grant with what is left of it.",
    params: creditGrantParams,
    responses: { 200: CreditGrantResponse },
    handle: async ({ database, tenant, now }, { params }) => ({
      credit_grant: presentCreditGrant(await getCreditGrant(database, tenant, params.id, params.credit_grant_id, now)),
    }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/customers/{id}/credit-grants/{credit_grant_id}/void",
    operationId: "void-customer-credit-grant",
    sdk: "customers.creditGrants.void",
    tag: creditGrantsTag,
    summary: "Void a credit grant",
    description:
      "Takes what is left of the grant out of the wallet for good. What it has paid for stays paid. One that is not effective yet never will be. Voiding it again changes nothing.",
    params: creditGrantParams,
    responses: { 200: CreditGrantResponse },
    errors: ["CREDIT_GRANT_ENDED"],
    handle: async ({ tx, tenant, now }, { params }) => ({
      credit_grant: presentCreditGrant(await voidCreditGrant(tx, tenant, params.id, params.credit_grant_id, now)),
    }),
  }),
];

async function balancesAt(
  database: Database,
  { readWallets, expectCredits }: { readWallets: ReadWallets; expectCredits: ExpectCredits },
  tenant: Tenant,
  customerId: string,
  instant: Date,
  now: Date,
): Promise<Balance[]> {
  if (instant < now) return listPastBalances(database, tenant, customerId, instant, now);
  if (instant <= now) return listBalances(database, readWallets, tenant, customerId, now);
  if (instant > yearsAfter(now, furthestYears)) {
    const details = [{ path: "as_of", message: `Must be at most ${furthestYears} years ahead.` }];
    throw new BillingError("VALIDATION_ERROR", { details });
  }
  return database.transaction((tx) => {
    tx.send(sql`set transaction isolation level repeatable read, read only`);
    return projectBalances(tx, expectCredits, tenant, customerId, instant, now);
  });
}

/** A weekly plan gives 520 times in ten years, which is computed in a few milliseconds. */
const furthestYears = 10;

function yearsAfter(instant: Date, years: number): Date {
  const later = new Date(instant);
  later.setUTCFullYear(later.getUTCFullYear() + years);
  return later;
}
