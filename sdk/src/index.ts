export { AfternoonClient } from "./client.ts";
export {
  AfternoonError,
  ApiError,
  AuthenticationError,
  ConflictError,
  ConnectionError,
  NotFoundError,
  RateLimitError,
  ServerError,
  TimeoutError,
  ValidationError,
} from "./errors.ts";
export type { ErrorCode } from "./generated/error-codes.ts";
export type * from "./generated/resources.ts";
export type * from "./generated/types.ts";
export type { List } from "./list.ts";
export type { ClientOptions, RequestOptions } from "./transport.ts";
