import type { ErrorCode } from "./generated/error-codes.ts";

/** Every error that this package throws, except that an aborted call rejects with its signal's reason, as `fetch` does. */
export class AfternoonError extends Error {
  override readonly name: string = "AfternoonError";
}

/** No answer arrived: the connection was refused, reset or cut off in the middle. `cause` says why. */
export class ConnectionError extends AfternoonError {
  override readonly name: string = "ConnectionError";
}

/** No whole answer arrived within `timeoutMs`. The server may still have done what was asked. */
export class TimeoutError extends AfternoonError {
  override readonly name: string = "TimeoutError";
}

export type ApiErrorFields = {
  status: number;
  code: ErrorCode | (string & {}) | null;
  message: string;
  details: unknown;
  requestId: string | null;
  headers: Headers;
};

/** An answer that is not a success. */
export class ApiError extends AfternoonError {
  override readonly name: string = "ApiError";
  /** The HTTP status. */
  readonly status: number;
  /**
   * What went wrong, for programs to decide by; the message may change. A newer server may send a code that this version does not
   * know. Null if the answer is not one of Afternoon's, for example a proxy's page.
   */
  readonly code: ErrorCode | (string & {}) | null;
  /** More about the error; for `VALIDATION_ERROR` a list of `{ path, message }`, one per field to correct. */
  readonly details: unknown;
  /** What to name when you report a problem. */
  readonly requestId: string | null;
  readonly #headers: Headers;

  constructor({ status, code, message, details, requestId, headers }: ApiErrorFields) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.requestId = requestId;
    this.#headers = headers;
  }

  /** The answer's headers. */
  get headers(): Headers {
    return this.#headers;
  }
}

/** 400: the request must be corrected; `details` names each field. */
export class ValidationError extends ApiError {
  override readonly name: string = "ValidationError";
}

/** 401: the key is missing, unknown or revoked. */
export class AuthenticationError extends ApiError {
  override readonly name: string = "AuthenticationError";
}

/** 404: what the request names does not exist, or belongs to another company or mode. */
export class NotFoundError extends ApiError {
  override readonly name: string = "NotFoundError";
}

/** 409: a rule refuses it as things stand; `code` says which. */
export class ConflictError extends ApiError {
  override readonly name: string = "ConflictError";
}

/** 429: too many requests, still after the retries. */
export class RateLimitError extends ApiError {
  override readonly name: string = "RateLimitError";

  /** How long to wait before the next request, in milliseconds; null if the server did not say. */
  get retryAfterMs(): number | null {
    return readRetryAfterMs(this.headers);
  }
}

/** 5xx: the server, or a proxy before it, failed, still after the retries. */
export class ServerError extends ApiError {
  override readonly name: string = "ServerError";
}

/** The error that an answer of `response`'s status with the body `text` stands for. */
export function toApiError(response: Response, text: string): ApiError {
  const { status, headers } = response;
  const body = readErrorBody(text);
  const Type = errorTypeOf(status);
  return new Type({
    status,
    code: body?.code ?? null,
    message: body?.message ?? describeUnknownAnswer(response, text),
    details: body?.details,
    requestId: body?.requestId ?? headers.get("X-Request-Id"),
    headers,
  });
}

function errorTypeOf(status: number): typeof ApiError {
  if (status === 400) return ValidationError;
  if (status === 401) return AuthenticationError;
  if (status === 404) return NotFoundError;
  if (status === 409) return ConflictError;
  if (status === 429) return RateLimitError;
  return status >= 500 ? ServerError : ApiError;
}

type ErrorBody = { code: string; message: string; details: unknown; requestId: string | null };

/** The parts of `{ success: false, error: { code, message, details? }, request_id? }`; null if `text` is anything else. */
function readErrorBody(text: string): ErrorBody | null {
  const body = parseJson(text);
  if (!isRecord(body) || !isRecord(body.error)) return null;
  const { code, message, details } = body.error;
  if (typeof code !== "string" || typeof message !== "string") return null;
  return { code, message, details, requestId: typeof body.request_id === "string" ? body.request_id : null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Enough of a page to recognise whose it is, and short enough for a line of a log. */
const excerptLength = 200;

function describeUnknownAnswer({ status, headers }: Response, text: string): string {
  const location = headers.get("Location");
  if (status >= 300 && status < 400 && location !== null) {
    return `Status ${status} sends elsewhere, to ${location}; set baseUrl to the API's own address.`;
  }
  const excerpt = text.length > excerptLength ? `${text.slice(0, excerptLength)}…` : text;
  return `Status ${status} with an answer that is not Afternoon's: ${excerpt.trim() === "" ? "(empty)" : excerpt}`;
}

/** `Retry-After` in milliseconds, from its seconds or its date; null if there is none to be read. */
export function readRetryAfterMs(headers: Headers): number | null {
  const text = headers.get("Retry-After")?.trim() ?? "";
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number.parseFloat(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}
