import { Resources } from "./generated/resources.ts";
import { Transport, type ClientOptions } from "./transport.ts";

/**
 * The Afternoon API: one method per operation, grouped as in its reference.
 * Example: `const { balances } = await new AfternoonClient({ token }).customers.listBalances(customerId)`.
 *
 * Every method may also throw `AuthenticationError` (401), `RateLimitError` (429), `ServerError` (5xx), `ConnectionError` and
 * `TimeoutError`.
 */
export class AfternoonClient extends Resources {
  /** @throws {AfternoonError} without a token, or with a `baseUrl` that is not an address. */
  constructor(options: ClientOptions) {
    super(new Transport(options));
  }
}
