import { z } from "zod";
import { listSchema, successSchema } from "../http/envelope.ts";
import { codeParam } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { presentTaxRate, TaxRate, TaxRateCreate } from "./schema.ts";
import { archiveTaxRate, createTaxRate, getTaxRate, listTaxRates } from "./taxes.ts";

const tag: Tag = {
  name: "tax_rates",
  title: "Tax rates",
  description: "Which taxes invoices have, by the country and the state of their customer.",
};

const params = { code: codeParam("TAX_RATE_NOT_FOUND") };
const TaxRateResponse = successSchema("TaxRateResponse", { tax_rate: TaxRate }, "The tax rate");

export const taxOperations: Operation[] = [
  writeOperation({
    method: "POST",
    path: "/v1/tax-rates",
    operationId: "create-tax-rate",
    sdk: "taxRates.create",
    tag,
    summary: "Create a tax rate",
    description:
      "Taxes invoices of customers in a country from now on, or of those whom no other rate is for. All rates that are for a customer apply beside each other. A rate never changes; a new percentage is a new rate, with the old one archived.",
    body: TaxRateCreate,
    responses: { 201: TaxRateResponse },
    errors: ["TAX_RATE_EXISTS"],
    handle: async ({ tx, tenant, now }, { body }) => ({
      tax_rate: presentTaxRate(await createTaxRate(tx, tenant, body, now)),
    }),
  }),
  readOperation({
    path: "/v1/tax-rates",
    operationId: "list-tax-rates",
    sdk: "taxRates.list",
    tag,
    summary: "List tax rates",
    description: "Returns the tax rates, archived ones too, newest first.",
    query: z.object(pageQuery),
    responses: { 200: listSchema("TaxRateListResponse", "tax_rates", TaxRate) },
    handle: async ({ db, tenant }, { query }) => {
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listTaxRates(db, tenant, page);
      return { tax_rates: items.map(presentTaxRate), pagination };
    },
  }),
  readOperation({
    path: "/v1/tax-rates/{code}",
    operationId: "get-tax-rate",
    sdk: "taxRates.get",
    tag,
    summary: "Get a tax rate",
    description: "Returns one tax rate.",
    params,
    responses: { 200: TaxRateResponse },
    handle: async ({ db, tenant }, { params: { code } }) => ({
      tax_rate: presentTaxRate(await getTaxRate(db, tenant, code)),
    }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/tax-rates/{code}/archive",
    operationId: "archive-tax-rate",
    sdk: "taxRates.archive",
    tag,
    summary: "Archive a tax rate",
    description: "Taxes no invoice by it any more. Finalized invoices stay as they are.",
    params,
    responses: { 200: TaxRateResponse },
    handle: async ({ tx, tenant, now }, { params: { code } }) => ({
      tax_rate: presentTaxRate(await archiveTaxRate(tx, tenant, code, now)),
    }),
  }),
];
