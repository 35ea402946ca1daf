import { z } from "zod";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idParam } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "./companies.ts";
import { ApiKey, ApiKeyCreate, NewApiKey, presentApiKey } from "./schema.ts";

const tag: Tag = {
  name: "api_keys",
  title: "API keys",
  description: "What your programs authenticate with. A key belongs to one company and one mode, live or test.",
};

export const companyOperations: Operation[] = [
  writeOperation({
    method: "POST",
    path: "/v1/api-keys",
    operationId: "create-api-key",
    sdk: "apiKeys.create",
    tag,
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
    tag,
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
    tag,
    summary: "Revoke an API key",
    description: "Ends a key for ever: every process refuses it within a second. Revoking it again changes nothing.",
    params: { id: idParam("API_KEY_NOT_FOUND") },
    responses: { 200: successSchema("ApiKeyResponse", { api_key: ApiKey }, "The key") },
    handle: async ({ tx, tenant, now }, { params }) => ({
      api_key: presentApiKey(await revokeApiKey(tx, tenant, params.id, now), tenant.mode),
    }),
  }),
];
