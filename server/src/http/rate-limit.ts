import { BillingError } from "../../../core/errors.ts";

const windowMs = 60_000;

export type RateLimitState = { limit: number; remaining: number; resetsAtSeconds: number };

/**
 * Counts requests per company in fixed windows of one minute, in this process. Returns the state to put into the headers, or
 * null where there is no limit.
 */
export class RateLimiter {
  #windowStart = 0;
  #counts = new Map<string, number>();

  count(companyId: string, limit: number, now: Date): RateLimitState | null {
    if (limit === 0) return null;
    const windowStart = Math.floor(now.getTime() / windowMs) * windowMs;
    if (windowStart !== this.#windowStart) {
      this.#windowStart = windowStart;
      this.#counts.clear();
    }
    const count = (this.#counts.get(companyId) ?? 0) + 1;
    this.#counts.set(companyId, count);
    return { limit, remaining: limit - count, resetsAtSeconds: (windowStart + windowMs) / 1_000 };
  }
}

export function rateLimitHeaders(state: RateLimitState): Record<string, string> {
  return {
    "X-RateLimit-Limit": String(state.limit),
    "X-RateLimit-Remaining": String(Math.max(0, state.remaining)),
    "X-RateLimit-Reset": String(state.resetsAtSeconds),
  };
}

/** @throws RATE_LIMIT_EXCEEDED where the request just counted is one too many. */
export function refuseOverLimit(state: RateLimitState): void {
  if (state.remaining < 0) throw new BillingError("RATE_LIMIT_EXCEEDED");
}
