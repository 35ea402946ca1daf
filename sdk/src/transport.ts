import { AfternoonError, ApiError, ConnectionError, readRetryAfterMs, TimeoutError, toApiError } from "./errors.ts";
import { version } from "./generated/version.ts";

export type ClientOptions = {
  /** Your API key: `ak_live_…` or `ak_test_…`. */
  token: string;
  /** Where the API is. @default "https://api.afternoon.co" */
  baseUrl?: string | undefined;
  /** How long one try may take, the whole answer included, in milliseconds; 0 is for ever. @default 30000 */
  timeoutMs?: number | undefined;
  /** How often a call is tried again after a failure that may pass. @default 2 */
  maxRetries?: number | undefined;
  /** Used in place of the global `fetch`, for a proxy or for instrumentation. */
  fetch?: typeof fetch | undefined;
};

/** For one call; what is left out is as the client has it. */
export type RequestOptions = {
  /**
   * The request's identity: within 30 days, a second POST or PATCH with the same key gets the first one's answer and changes nothing.
   * Give your own to make retries safe across restarts of your program; otherwise every call gets a random one.
   */
  idempotencyKey?: string | undefined;
  /** How long one try may take, in milliseconds; 0 is for ever. */
  timeoutMs?: number | undefined;
  /** How often to try again after a failure that may pass. */
  maxRetries?: number | undefined;
  /** Ends the call at once, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Sent as well; they win over the client's own. */
  headers?: Record<string, string> | undefined;
};

/** One call of an operation, as the generated methods describe it. */
export type Call = {
  method: string;
  /** As in OpenAPI: `/v1/customers/{id}`. */
  path: string;
  params?: Record<string, string | number | boolean>;
  query?: object | undefined;
  body?: unknown;
  options?: RequestOptions | undefined;
};

type Wait = (durationMs: number, signal: AbortSignal | undefined) => Promise<void>;
type Request = {
  url: string;
  init: RequestInit & { headers: Headers };
  timeoutMs: number;
  signal: AbortSignal | undefined;
};

/**
 * Sends calls: authenticates them, gives writes an idempotency key, bounds every try in time, and tries again what may pass.
 * A retry is safe because a write carries the same idempotency key each time.
 */
export class Transport {
  readonly #token: string;
  readonly #baseUrl: string;
  readonly #timeoutMs: number;
  readonly #maxRetries: number;
  readonly #fetch: typeof fetch;
  readonly #wait: Wait;

  constructor(options: ClientOptions, wait: Wait = waitFor) {
    this.#token = readToken(options?.token);
    this.#baseUrl = readBaseUrl(options.baseUrl ?? "https://api.afternoon.co");
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#maxRetries = options.maxRetries ?? 2;
    // Looked up at each call, so that a global fetch replaced later, as instrumentation does, is the one used.
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#wait = wait;
  }

  /**
   * The answer's body.
   * @throws {ApiError} for an answer that is not a success, {ConnectionError} and {TimeoutError} where there is none; each only after
   * the retries that its kind allows. An aborted call rejects with its signal's reason.
   */
  async request<Answer>(call: Call): Promise<Answer> {
    const maxRetries = call.options?.maxRetries ?? this.#maxRetries;
    const request = this.#prepare(call);
    for (let retries = 0; ; retries += 1) {
      request.signal?.throwIfAborted();
      try {
        return (await this.#try(request)) as Answer;
      } catch (error) {
        const waitMs = request.signal?.aborted || retries >= maxRetries ? null : waitBeforeRetry(error, retries);
        if (waitMs === null) throw error;
        await this.#wait(waitMs, request.signal);
      }
    }
  }

  #prepare({ method, path, params = {}, query = {}, body, options = {} }: Call): Request {
    const headers = new Headers({
      Authorization: `Bearer ${this.#token}`,
      Accept: "application/json",
      "User-Agent": `afternoon-sdk/${version}`,
    });
    if (body !== undefined) headers.set("Content-Type", "application/json");
    const idempotencyKey = options.idempotencyKey ?? (isWrite(method) ? globalThis.crypto.randomUUID() : undefined);
    if (idempotencyKey !== undefined) headers.set("Idempotency-Key", idempotencyKey);
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    return {
      url: `${this.#baseUrl}${fillPath(path, params)}${writeQuery(query)}`,
      init: {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // Followed, a redirected POST becomes a GET: a create would answer as a list and change nothing.
        redirect: "manual",
      },
      timeoutMs: options.timeoutMs ?? this.#timeoutMs,
      signal: options.signal,
    };
  }

  async #try({ url, init, timeoutMs, signal }: Request): Promise<unknown> {
    const send = this.#fetch;
    const controller = new AbortController();
    const giveUp = () => controller.abort(new TimeoutError(`No answer within ${timeoutMs} ms.`));
    const timer = timeoutMs > 0 ? setTimeout(giveUp, timeoutMs) : undefined;
    const stop = () => controller.abort(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const response = await send(url, { ...init, signal: controller.signal });
      return readAnswer(response, await response.text());
    } catch (error) {
      if (error instanceof ApiError) throw error;
      controller.signal.throwIfAborted();
      throw new ConnectionError(`The API at ${this.#baseUrl} could not be reached.`, { cause: error });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }
}

function readToken(token: unknown): string {
  const text = typeof token === "string" ? token.trim() : "";
  // Checked here and not named, because fetch would quote the whole key in its complaint about a header.
  if (!/^[!-~]+$/.test(text))
    throw new AfternoonError("Give your API key, and nothing else: new AfternoonClient({ token: … }).");
  return text;
}

function readBaseUrl(baseUrl: string): string {
  if (!URL.canParse(baseUrl) || !/^https?:/i.test(baseUrl)) {
    throw new AfternoonError(
      `baseUrl must be an address like https://api.afternoon.co, not ${JSON.stringify(baseUrl)}.`,
    );
  }
  return baseUrl.replace(/\/+$/, "");
}

/** Those that would do something twice if sent twice, were it not for their idempotency key. GET and DELETE would not. */
function isWrite(method: string): boolean {
  return method === "POST" || method === "PATCH";
}

function fillPath(path: string, params: Record<string, string | number | boolean>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodePathParam(name, params[name]));
}

function encodePathParam(name: string, value: string | number | boolean | undefined): string {
  const text = String(value ?? "");
  // Each of these, encoded or not, would address another resource: an empty id the list, two dots its parent.
  if (text === "" || text === "." || text === "..")
    throw new AfternoonError(`${name} must not be ${JSON.stringify(text)}.`);
  return encodeURIComponent(text);
}

function writeQuery(query: object): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) search.append(name, String(item));
    }
  }
  return search.size === 0 ? "" : `?${search}`;
}

function readAnswer(response: Response, text: string): unknown {
  if (!response.ok) throw toApiError(response, text);
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw toApiError(response, text);
  }
}

const passingStatuses = new Set([408, 429, 500, 502, 503, 504]);
const firstWaitMs = 500;
const longestBackOffMs = 8_000;
/** The rate limit's window. A server that asks for more is better answered by failing now than by a program that seems to hang. */
const longestRetryAfterMs = 60_000;

/** How long to wait before trying again after `error`; null if trying again cannot help, or not soon. */
function waitBeforeRetry(error: unknown, retries: number): number | null {
  if (error instanceof ConnectionError || error instanceof TimeoutError) return backOffMs(retries);
  if (!(error instanceof ApiError)) return null;
  if (!passingStatuses.has(error.status) && error.code !== "IDEMPOTENCY_KEY_IN_FLIGHT") return null;
  const retryAfterMs = readRetryAfterMs(error.headers);
  if (retryAfterMs === null) return backOffMs(retries);
  return retryAfterMs <= longestRetryAfterMs ? retryAfterMs : null;
}

/** Doubles with each retry, and takes off up to half at random, so that clients which failed together do not come back together. */
function backOffMs(retries: number): number {
  return Math.min(firstWaitMs * 2 ** retries, longestBackOffMs) * (1 - Math.random() / 2);
}

function waitFor(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the caller's own reason, whatever it is
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, durationMs);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
