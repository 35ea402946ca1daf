import { z } from "zod";
import { idOutput, instantOutput, textField } from "../http/fields.ts";
import type { ApiKeyRow } from "./sql.ts";

export const ApiKeyCreate = z
  .object({ name: textField(255, "What the key is for.").nullable().default(null) })
  .meta({ id: "CreateApiKeyRequest", title: "CreateApiKeyRequest" });

const apiKeyFields = {
  id: idOutput("Id of the key."),
  name: z.string().nullable().meta({ description: "What the key is for." }),
  mode: z.enum(["live", "test"]).meta({ description: "Which data it opens: live or test." }),
  last_four: z.string().meta({ description: "The key's last four characters, to recognise it by." }),
  created_at: instantOutput("When it was created."),
  revoked_at: z.string().nullable().meta({ description: "When it was revoked; null while it is valid." }),
};

export const ApiKey = z.object(apiKeyFields).meta({ id: "ApiKey", title: "ApiKey" });

export const NewApiKey = z
  .object({
    ...apiKeyFields,
    key: z.string().meta({ description: "The whole key. Shown only here: only its hash is stored." }),
  })
  .meta({ id: "NewApiKey", title: "NewApiKey" });

export function presentApiKey(row: ApiKeyRow, mode: "live" | "test"): z.input<typeof ApiKey> {
  return {
    id: row.api_key_id,
    name: row.name,
    mode,
    last_four: row.last_four,
    created_at: row.created_at.toISOString(),
    revoked_at: row.revoked_at?.toISOString() ?? null,
  };
}
