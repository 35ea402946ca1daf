import type { z } from "zod";
import { BillingError, type ErrorDetail } from "../../../core/errors.ts";
import { isStorableText, parseJson } from "./json.ts";
import type { Operation } from "./operation.ts";

export type RawInput = { params: Record<string, string>; query: Record<string, unknown>; body: Uint8Array };

export type OperationInput = Parameters<Operation["answer"]>[1];

/**
 * The input of `operation`, each part read by its schema.
 * @throws the 404 of the resource for a malformed path parameter; INVALID_JSON; VALIDATION_ERROR with a detail per field.
 */
export function readInput(operation: Operation, raw: RawInput): OperationInput {
  return {
    params: readParams(operation, raw.params),
    query: readQuery(operation, raw.query),
    body: readBody(operation, raw.body),
  } as OperationInput;
}

function readParams(operation: Operation, params: Record<string, string>): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [name, { schema, notFound }] of Object.entries(operation.params)) {
    const result = schema.safeParse(params[name]);
    if (!result.success) throw new BillingError(notFound);
    read[name] = result.data;
  }
  return read;
}

function readQuery(operation: Operation, query: Record<string, unknown>): unknown {
  if (operation.query === null) return undefined;
  if (Object.keys(query).length === 0) return readEmptyQuery(operation.query);
  for (const [name, value] of Object.entries(query)) {
    if (typeof value === "string" && !isStorableText(value)) {
      throw new BillingError("VALIDATION_ERROR", { details: [{ path: name, message: "Must not contain NUL." }] });
    }
  }
  return readBy(operation.query, { ...query }, "query");
}

/** What a query without parameters is read as, by its schema: the same for every request. */
const emptyQueries = new WeakMap<z.ZodObject, object>();

function readEmptyQuery(schema: z.ZodObject): object {
  const known = emptyQueries.get(schema);
  if (known !== undefined) return known;
  const read = Object.freeze(readBy(schema, {}, "query"));
  emptyQueries.set(schema, read);
  return read;
}

function readBody(operation: Operation, body: Uint8Array): unknown {
  if (operation.body === null) return undefined;
  return readBy(operation.body, body.length === 0 ? undefined : parseJson(body), "body");
}

/** `value` as `schema` reads it; `whole` names it where it is wrong as a whole. @throws VALIDATION_ERROR with a detail per field. */
export function readBy<Schema extends z.ZodType>(schema: Schema, value: unknown, whole: string): z.output<Schema> {
  const result = schema.safeParse(value, { error: sayRequired });
  if (result.success) return result.data;
  throw new BillingError("VALIDATION_ERROR", { details: toDetails(result.error.issues, whole) });
}

function sayRequired(issue: { code?: string; input?: unknown }): string | undefined {
  return issue.code === "invalid_type" && issue.input === undefined ? "Is required." : undefined;
}

/** A hostile list could be wrong in a million places; the first hundred tell the story. */
const maxDetails = 100;

function toDetails(issues: z.core.$ZodIssue[], whole: string): ErrorDetail[] {
  return issues
    .slice(0, maxDetails)
    .map((issue) => ({ path: issue.path.map(String).join(".") || whole, message: issue.message }));
}
