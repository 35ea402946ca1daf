import { z } from "zod";
import { Pagination } from "./pagination.ts";

const requestId = z.string().meta({ description: "Id of this request, for tracing." });

/** The schema of a success: `{ success, …fields, request_id }`. `id` names it in the OpenAPI document. */
export function successSchema(id: string, fields: z.ZodRawShape, description?: string): z.ZodObject {
  return z
    .object({ success: z.boolean(), ...fields, request_id: requestId })
    .meta({ id, title: id, ...(description === undefined ? {} : { description }) });
}

/** The schema of a page of a list: `{ success, <plural>: […], pagination, …fields, request_id }`. */
export function listSchema(id: string, plural: string, item: z.ZodType, fields: z.ZodRawShape = {}): z.ZodObject {
  return successSchema(id, { [plural]: z.array(item), pagination: Pagination, ...fields });
}

const ErrorResponseError = z
  .object({
    code: z.string(),
    message: z.string(),
    details: z
      .unknown()
      .optional()
      .meta({ override: { oneOf: [{ description: "Any type" }, { type: "null" }] } }),
  })
  .meta({ id: "ErrorResponseError", title: "ErrorResponseError" });

/** Every error's body, as the published reference has it. */
export const ErrorResponse = z
  .object({
    success: z.boolean(),
    error: ErrorResponseError,
    request_id: z.string().optional().meta({ description: "Request ID for tracing" }),
  })
  .meta({ id: "ErrorResponse", title: "ErrorResponse" });
