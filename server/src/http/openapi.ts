import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import { errors, type ErrorCode } from "../../../core/errors.ts";
import { ErrorResponse } from "./envelope.ts";
import { sessionCookie } from "./authentication.ts";
import { takesIdempotencyKey, type Operation, type Tag } from "./operation.ts";

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** The OpenAPI 3.1 document of `operations`, in their order: what `/openapi.json` serves and everything generated starts from. */
export function createOpenApiDocument(operations: Operation[]): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: describeOperation(operation),
    };
  }
  return createDocument(
    {
      openapi: "3.1.0",
      info: {
        title: "Afternoon Events API",
        version: "1.0.0",
        description: "Usage-based billing: send an event, and in the same answer learn what it cost and what is left.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: "https://api.afternoon.co" }, { url: "http://localhost:8787" }],
      tags: describeTags(operations),
      paths,
      components: {
        securitySchemes: {
          bearerAuth: { type: "http", scheme: "bearer", description: "API key obtained from the Afternoon dashboard" },
          dashboardSession: {
            type: "apiKey",
            in: "cookie",
            name: sessionCookie,
            description: "The session of a member who is signed in to the dashboard",
          },
        },
      },
    },
    // Answers may gain fields; a client must not refuse one that it does not know.
    {
      override: ({ jsonSchema }) =>
        void (jsonSchema.additionalProperties === false && delete jsonSchema.additionalProperties),
    },
  );
}

function describeTags(operations: Operation[]): { name: string; description: string; "x-title": string }[] {
  const tags = new Map<string, Tag>(operations.map(({ tag }) => [tag.name, tag]));
  return [...tags.values()].map(({ name, title, description }) => ({
    name: `subpackage_${name}`,
    description,
    "x-title": title,
  }));
}

function describeOperation(operation: Operation): ZodOpenApiOperationObject {
  return {
    operationId: operation.operationId,
    summary: operation.summary,
    description: operation.description,
    tags: [`subpackage_${operation.tag.name}`],
    "x-sdk-method": operation.sdk,
    security: securityOf(operation),
    requestParams: {
      ...(Object.keys(operation.params).length === 0 ? {} : { path: pathSchema(operation) }),
      ...(operation.query === null ? {} : { query: operation.query }),
      ...(operation.isPublic ? {} : headersOf(operation)),
    },
    ...(operation.body === null
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: operation.body } } } }),
    responses: describeResponses(operation),
  };
}

/** Whatever a key can ask for, a signed-in member can too; the document says so only where there is no other way. */
function securityOf(operation: Operation): Record<string, string[]>[] {
  if (operation.isPublic) return [];
  return operation.signIn === null ? [{ bearerAuth: [] }] : [{ dashboardSession: [] }];
}

function pathSchema(operation: Operation): z.ZodObject {
  return z.object(Object.fromEntries(Object.entries(operation.params).map(([name, { schema }]) => [name, schema])));
}

const authorizationHeader = z
  .string()
  .meta({ param: { description: "API key obtained from the Afternoon dashboard" } });
const idempotencyHeader = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .meta({
    param: {
      description:
        "Makes a retry safe: within 30 days, a repeat with the same key gets the first answer byte for byte.",
    },
  });

const dashboardHeader = z
  .literal("1")
  .meta({ param: { description: "Says that our own page asks: another site's cannot send it." } });
const companyHeader = z
  .string()
  .optional()
  .meta({ param: { description: "The company's id; needed by a member of several." } });

function headersOf(operation: Operation): { header?: z.ZodObject } {
  if (operation.signIn === null) return { header: headerSchema(operation) };
  const headers = {
    ...(operation.method === "GET" ? {} : { "Afternoon-Dashboard": dashboardHeader }),
    ...(operation.signIn === "company" ? { "Afternoon-Company": companyHeader } : {}),
  };
  return Object.keys(headers).length === 0 ? {} : { header: z.object(headers) };
}

function headerSchema(operation: Operation): z.ZodObject {
  return z.object({
    Authorization: authorizationHeader,
    ...(takesIdempotencyKey(operation) ? { "Idempotency-Key": idempotencyHeader } : {}),
  });
}

/** Every refusal that `operation` may answer with: its own and those that all operations of its kind share. */
export function errorCodesOf(operation: Operation): ErrorCode[] {
  const readsBody = operation.body !== null;
  const takesBody = operation.method !== "GET";
  return [
    ...operation.errors,
    ...Object.values(operation.params).map(({ notFound }) => notFound),
    ...(readsBody || operation.query !== null || takesIdempotencyKey(operation) ? (["VALIDATION_ERROR"] as const) : []),
    ...(readsBody ? (["INVALID_JSON"] as const) : []),
    ...(operation.isPublic && operation.method === "GET" ? [] : (["RATE_LIMIT_EXCEEDED"] as const)),
    ...(operation.isPublic ? [] : (["UNAUTHORIZED", "INVALID_API_KEY", "API_KEY_REVOKED"] as const)),
    ...(operation.signIn === null ? [] : (["SESSION_ENDED", "FORBIDDEN"] as const)),
    ...(operation.signIn === "company" ? (["VALIDATION_ERROR", "COMPANY_NOT_FOUND"] as const) : []),
    ...(takesBody && (operation.isPublic || operation.signIn !== null) ? (["CSRF_REFUSED"] as const) : []),
    ...(takesIdempotencyKey(operation) ? (["IDEMPOTENCY_KEY_REUSED", "IDEMPOTENCY_KEY_IN_FLIGHT"] as const) : []),
    ...(takesBody ? (["PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"] as const) : []),
    "INTERNAL_ERROR",
    "SERVICE_UNAVAILABLE",
  ].filter((code, index, all): code is ErrorCode => all.indexOf(code) === index);
}

const statusTitles: Record<number, string> = {
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  409: "Conflict",
  413: "Payload too large",
  415: "Unsupported media type",
  429: "Too many requests",
  500: "Internal server error",
  503: "Service unavailable",
};

function describeResponses(operation: Operation): ZodOpenApiResponsesObject {
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, schema] of Object.entries(operation.responses)) {
    responses[status as `2${string}`] = {
      description: schema.meta()?.description ?? operation.summary,
      content:
        operation.file === null
          ? { "application/json": { schema } }
          : { [operation.file]: { schema: { type: "string", contentMediaType: operation.file } } },
    };
  }
  const refusals = [
    ...operation.bodyErrors.map((code) => ({ code, status: 400 })),
    ...errorCodesOf(operation).map((code) => ({ code, status: errors[code].status })),
  ];
  const statuses = new Set(refusals.map(({ status }) => status).filter((status) => status >= 400));
  for (const status of [...statuses].toSorted((a, b) => a - b)) {
    responses[`${status}` as "400"] = {
      description: describeRefusals(
        status,
        refusals.filter((each) => each.status === status).map(({ code }) => code),
      ),
      content: { "application/json": { schema: ErrorResponse } },
    };
  }
  return responses;
}

function describeRefusals(status: number, codes: ErrorCode[]): string {
  const [only] = codes;
  // A lone "… not found" says more than its status does, and is how the published reference words it.
  if (status === 404 && codes.length === 1 && only !== undefined) return errors[only].message;
  return `${statusTitles[status] ?? "Error"}${status === 401 || status === 500 ? "" : `: ${codes.map((code) => `\`${code}\``).join(", ")}`}`;
}
