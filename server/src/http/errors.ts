import { BillingError, errors, type ErrorCode } from "../../../core/errors.ts";
import { isUnavailable } from "../platform/db.ts";

export type ErrorAnswer = {
  status: number;
  body: { success: false; error: { code: ErrorCode; message: string; details?: unknown }; request_id: string };
};

/** What the caller is told of `error`. Anything but a refusal of ours or an unreachable database is a bug: 500, and nothing of its inside. */
export function toErrorAnswer(error: unknown, requestId: string): ErrorAnswer {
  const refusal = toBillingError(error);
  return {
    status: statusOf(refusal),
    body: { success: false, error: presentError(refusal), request_id: requestId },
  };
}

export function statusOf(refusal: BillingError): number {
  return refusal.isOfBody ? badRequest : errors[refusal.code].status;
}

const badRequest = 400;

export function presentError(refusal: BillingError): ErrorAnswer["body"]["error"] {
  const { code, message, details } = refusal;
  return details === undefined ? { code, message } : { code, message, details };
}

const fastifyCodes: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "PAYLOAD_TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "UNSUPPORTED_MEDIA_TYPE",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "INVALID_JSON",
  FST_ERR_BAD_URL: "NOT_FOUND",
  FST_ERR_MAX_PARAM_LENGTH: "NOT_FOUND",
};

/** The refusal that a caller is told of `error`: itself if it is one, else that the service is away, or that something is wrong with it. */
export function toBillingError(error: unknown): BillingError {
  if (error instanceof BillingError) return error;
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  const known = fastifyCodes[code];
  if (known !== undefined) return new BillingError(known, { cause: error });
  return new BillingError(isUnavailable(error) ? "SERVICE_UNAVAILABLE" : "INTERNAL_ERROR", { cause: error });
}
