import type { Logger } from "pino";
import { BillingError } from "../../../core/errors.ts";
import type { Queryable } from "../platform/db.ts";
import { withinTime } from "../platform/within-time.ts";
import { returnSlices, takeSlice, type Slice } from "./rate-limit-sql.ts";

const windowMs = 60_000;

/**
 * A slice is at most this part of the limit. It bounds the statements, to one or two hundred per company and minute whatever
 * the limit is, and what may be left unused in the memory of a process that gets no more requests: one in a hundred.
 */
const slicesPerWindow = 100;

/** A request does not wait longer for the database: the operations that need it will say that it is away, the others do not need it. */
const defaultPatienceMs = 500;
const pauseAfterFailureMs = 1_000;

/** `remaining` is below zero where the request is one too many. */
export type RateLimitState = { limit: number; remaining: number; resetsAtSeconds: number };

/** What this process knows of one company's minute. */
type Account = {
  companyId: string;
  minute: number;
  /** What all processes had taken when the database was last asked; it includes `left`. */
  taken: number;
  /** Taken by this process and not used yet. */
  left: number;
  /** Used by this process. */
  used: number;
  /** Used by this process without the database's knowledge, because it did not answer. */
  debt: number;
  waiting: { limit: number; resolve(state: RateLimitState): void }[];
  isAsking: boolean;
  /** The database has been asked and is slow to answer; nobody waits for it any more. */
  isLate: boolean;
};

export type RateLimiterOptions = { db: Queryable; log: Logger; patienceMs?: number };

/**
 * Counts requests per company in fixed windows of one minute, over all processes on one database. The window's requests are in the
 * database; a process takes them out in slices and counts those down in its memory, so that most requests ask nobody. While the
 * database does not answer, each process counts on from what it knows and tells it afterwards.
 */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  #minute = 0;
  #accounts = new Map<string, Account>();
  #asksAgainAt = 0;

  constructor(options: RateLimiterOptions) {
    this.#options = options;
  }

  /** Counts one request. The state to put into the headers, at once if it is known, or null where there is no limit. Never fails. */
  count(companyId: string, limit: number, now: Date): RateLimitState | null | Promise<RateLimitState> {
    if (limit === 0) return null;
    const account = this.#accountOf(companyId, Math.floor(now.getTime() / windowMs));
    if (account.left > 0 || remainingOf(account, limit) <= 0 || !this.#mayAsk(account)) return use(account, limit);
    return new Promise((resolve) => {
      account.waiting.push({ limit, resolve });
      if (!account.isAsking) void this.#askForAll(account);
    });
  }

  /** Gives back what this process has taken and not used. */
  async close(): Promise<void> {
    const slices = [...this.#accounts.values()].filter(({ left }) => left > 0);
    this.#accounts.clear();
    if (slices.length === 0) return;
    const unused = slices.map(({ companyId, minute, left }) => ({ companyId, minute, unused: left }));
    await returnSlices(this.#options.db, unused).catch((error: unknown) => this.#noteFailure(error));
  }

  #accountOf(companyId: string, minute: number): Account {
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#accounts.clear();
    }
    const account = this.#accounts.get(companyId) ?? newAccount(companyId, minute);
    this.#accounts.set(companyId, account);
    return account;
  }

  #mayAsk({ isLate }: Account): boolean {
    return !isLate && performance.now() >= this.#asksAgainAt;
  }

  /** One statement at a time, for all who came since the last. */
  async #askForAll(account: Account): Promise<void> {
    account.isAsking = true;
    while (account.waiting.length > 0) {
      const asked = account.waiting.splice(0);
      const answered = this.#take(account, asked.length, asked.at(-1)?.limit ?? 0);
      await withinTime(answered, this.#options.patienceMs ?? defaultPatienceMs, () => {
        account.isLate = true;
      });
      for (const { limit, resolve } of asked) resolve(use(account, limit));
      await answered;
      account.isLate = false;
    }
    account.isAsking = false;
  }

  async #take(account: Account, needed: number, limit: number): Promise<void> {
    const { companyId, minute, debt, used } = account;
    // A process never holds more than it has used: one that gets few requests keeps few from the others.
    const spare = Math.min(used, Math.ceil(limit / slicesPerWindow));
    try {
      const slice = await takeSlice(this.#options.db, { companyId, minute, limit, debt, needed, spare });
      settle(account, slice, debt);
    } catch (error) {
      this.#noteFailure(error);
    }
  }

  #noteFailure(error: unknown): void {
    this.#asksAgainAt = performance.now() + pauseAfterFailureMs;
    this.#options.log.warn(
      { err: error },
      "the rate limit is counted by this process alone: the database does not answer",
    );
  }
}

const newAccount = (companyId: string, minute: number): Account => ({
  companyId,
  minute,
  taken: 0,
  left: 0,
  used: 0,
  debt: 0,
  waiting: [],
  isAsking: false,
  isLate: false,
});

/** How many requests are left in the minute as far as this process knows: exactly, if it is the only one. */
const remainingOf = ({ taken, left, debt }: Account, limit: number): number => limit - taken + left - debt;

/** Uses one of the minute's requests up, if there is one. */
function use(account: Account, limit: number): RateLimitState {
  const resetsAtSeconds = ((account.minute + 1) * windowMs) / 1_000;
  if (remainingOf(account, limit) <= 0) return { limit, remaining: -1, resetsAtSeconds };
  if (account.left > 0) account.left -= 1;
  else account.debt += 1;
  account.used += 1;
  return { limit, remaining: remainingOf(account, limit), resetsAtSeconds };
}

/** Books an answer of the database. Whoever did not wait for it has used from it all the same. */
function settle(account: Account, { given, taken }: Slice, debtTold: number): void {
  account.taken = taken;
  account.debt -= debtTold;
  account.left += given;
  const paid = Math.min(account.left, account.debt);
  account.left -= paid;
  account.debt -= paid;
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
