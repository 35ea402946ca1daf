import { z } from "zod";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idParam } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { createApiKey, getCompany, listApiKeys, revokeApiKey, updateCompany } from "./companies.ts";
import { ApiKey, ApiKeyCreate, Company, CompanyUpdate, NewApiKey, presentApiKey } from "./schema.ts";

const companyTag: Tag = {
  name: "company",
  title: "Company",
  description: "Your own company: what holds where a plan or a customer says nothing else.",
};

const apiKeysTag: Tag = {
  name: "api_keys",
  title: "API keys",
  description: "What your programs authenticate with. A key belongs to one company and one mode, live or test.",
};

const CompanyResponse = successSchema("CompanyResponse", { company: Company }, "The company");

export const companyOperations: Operation[] = [
  readOperation({
    path: "/v1/company",
    operationId: "get-company",
    sdk: "company.get",
    tag: companyTag,
    summary: "Get your company",
    description: "Returns the company that the key belongs to, with its settings.",
    responses: { 200: CompanyResponse },
    handle: async ({ db, tenant }) => ({ company: await getCompany(db, tenant) }),
  }),
  writeOperation({
    method: "PATCH",
    path: "/v1/company",
    operationId: "update-company",
    sdk: "company.update",
    tag: companyTag,
    summary: "Update your company",
    description:
      "Changes only the settings given. They hold for the mode of the key, live or test; the other keeps its own.",
    body: CompanyUpdate,
    responses: { 200: CompanyResponse },
    handle: async ({ tx, tenant }, { body }) => ({ company: await updateCompany(tx, tenant, body) }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/api-keys",
    operationId: "create-api-key",
    sdk: "apiKeys.create",
    tag: apiKeysTag,
    summary: "Create an API key",
    description:
      "Creates a key of the mode of the key that asks. The whole key is in this answer and never shown again.",
    body: ApiKeyCreate,
    responses: { 201: successSchema("NewApiKeyResponse", { api_key: NewApiKey }, "The key") },
    handle: async ({ tx, tenant, now }, { body }) => {
      const { row, key } = await createApiKey(tx, tenant, body.name, now);
      return { api_key: { ...presentApiKey(row, tenant.mode), key } };
    },
  }),
  readOperation({
    path: "/v1/api-keys",
    operationId: "list-api-keys",
    sdk: "apiKeys.list",
    tag: apiKeysTag,
    summary: "List API keys",
    description: "Returns the keys of this mode, revoked ones too, newest first.",
    query: z.object(pageQuery),
    responses: { 200: listSchema("ApiKeyListResponse", "api_keys", ApiKey) },
    handle: async ({ db, tenant }, { query }) => {
      const after = readCursor(query.cursor, idPosition);
      const { items, pagination } = await listApiKeys(db, tenant, after, query.limit);
      return { api_keys: items.map((row) => presentApiKey(row, tenant.mode)), pagination };
    },
  }),
  writeOperation({
    method: "POST",
    path: "/v1/api-keys/{id}/revoke",
    operationId: "revoke-api-key",
    sdk: "apiKeys.revoke",
    tag: apiKeysTag,
    summary: "Revoke an API key",
    description: "Ends a key for ever: every process refuses it within a second. Revoking it again changes nothing.",
    params: { id: idParam("API_KEY_NOT_FOUND") },
    responses: { 200: successSchema("ApiKeyResponse", { api_key: ApiKey }, "The key") },
    handle: async ({ tx, tenant, now }, { params }) => ({
      api_key: presentApiKey(await revokeApiKey(tx, tenant, params.id, now), tenant.mode),
    }),
  }),
];
