import type { RateLimitState } from "./rate-limit.ts";

const windowMs = 60_000;
/** Enough for an office behind one address; whoever guesses passwords needs many more. */
const perMinute = 60;
/** More addresses than this within a minute are an attack, which must not fill the memory. */
const maxVisitors = 100_000;

/** Counts what visitors ask before they sign in, by address, in fixed windows of one minute, in this process. */
export class VisitorLimit {
  #minute = 0;
  #counts = new Map<string, number>();

  /** Counts one request. The state to put into the headers. */
  count(ip: string, now: Date): RateLimitState {
    const minute = Math.floor(now.getTime() / windowMs);
    if (minute !== this.#minute || this.#counts.size >= maxVisitors) this.#counts.clear();
    this.#minute = minute;
    const count = (this.#counts.get(ip) ?? 0) + 1;
    this.#counts.set(ip, count);
    return { limit: perMinute, remaining: perMinute - count, resetsAtSeconds: ((minute + 1) * windowMs) / 1_000 };
  }
}
