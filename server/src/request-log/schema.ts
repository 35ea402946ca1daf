import { z } from "zod";
import { idOutput, instantOutput } from "../http/fields.ts";
import { pageQuery } from "../http/pagination.ts";
import type { RequestRow } from "./sql.ts";

const filterText = (description: string) => z.string().min(1).max(255).optional().meta({ description });

export const RequestLogQuery = z.object({
  ...pageQuery,
  outcome: z
    .enum(["success", "failure"])
    .optional()
    .meta({ description: "`failure`: only what was answered with 400 or above." }),
  operation: filterText("Only this operation, by its id in the reference."),
  api_key_id: filterText("Only requests with this key."),
  request_id: filterText("Only the request with this id."),
});

export const LoggedRequest = z
  .object({
    id: idOutput("Id of the entry."),
    method: z.string(),
    path: z.string().meta({ description: "What was asked for, without the query." }),
    operation: z.string().meta({ description: "The id of the operation in the reference." }),
    status: z.int().meta({ description: "The status of the answer." }),
    error_code: z.string().nullable().meta({ description: "The code of the refusal; null if it was none." }),
    request_id: z.string().meta({ description: "The id that the answer has in `X-Request-Id`." }),
    api_key_id: z.string().meta({ description: "The key that asked." }),
    duration_ms: z.int().meta({ description: "Milliseconds until the answer had left." }),
    created_at: instantOutput("When it was answered."),
  })
  .meta({ id: "LoggedRequest", title: "LoggedRequest" });

export function presentRequest({ request_log_id, created_at, ...row }: RequestRow): z.input<typeof LoggedRequest> {
  return { id: request_log_id, ...row, created_at: created_at.toISOString() };
}
