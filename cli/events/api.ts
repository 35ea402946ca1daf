/** Requests to the API whose numbers keep every digit, repeated until the server has answered. */
import { setTimeout as delay } from "node:timers/promises";
import { readRetryAfterMs } from "../../sdk/src/errors.ts";
import { parseStoredJson, writeJson } from "../../server/src/http/json.ts";

export type Server = {
  baseUrl: string;
  key: string;
  /** Says why it takes so long. */
  tell(line: string): void;
};

export type Answer = { status: number; body: Record<string, unknown> };

/** With the waits between them about four minutes: longer than a database takes to come back. */
const mostAttempts = 12;
const firstWaitMs = 500;
const longestWaitMs = 30_000;
const timeoutMs = 60_000;

/**
 * The server's answer below 500, whatever came between: a network that fails, 429 and 5xx are waited for and tried again, as long as the
 * server says and longer each time. Safe for what is idempotent alone. @throws Error that says what to do.
 */
export async function request(
  server: Server,
  method: "GET" | "POST",
  path: string,
  body: string | null = null,
): Promise<Answer> {
  for (let failures = 0; ;) {
    const attempt = await attemptOnce(server, method, path, body);
    if ("answer" in attempt) return checked(server, attempt.answer);
    const { reason, retryAfterMs, isBusy } = attempt;
    // A server that counts our requests is well, and says when: that is no failure.
    if (!isBusy) failures += 1;
    if (failures === mostAttempts)
      throw new Error(
        `The server at ${server.baseUrl} cannot take requests (${reason}). Run the same command again later.`,
      );
    const backOffMs = isBusy ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** (failures - 1));
    const waitMs = Math.max(retryAfterMs, backOffMs);
    server.tell(`The server cannot take the request (${reason}); trying again in ${Math.ceil(waitMs / 1_000)} s.`);
    await delay(waitMs);
  }
}

/** For an answer that nothing can be done with. */
export function refusal({ baseUrl }: Server, { status, body }: Answer): Error {
  const said = body.error === undefined ? "is there an Afternoon at this address?" : writeJson(body.error);
  return new Error(`The server at ${baseUrl} refuses with ${status}: ${said}`);
}

type Attempt = { answer: Answer } | { reason: string; retryAfterMs: number; isBusy: boolean };

async function attemptOnce(
  { baseUrl, key }: Server,
  method: string,
  path: string,
  body: string | null,
): Promise<Attempt> {
  try {
    const response = await fetch(`${baseUrl.replace(/\/+$/, "")}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body === null ? {} : { "content-type": "application/json" }) },
      body,
      // Followed, a redirected POST would become a GET.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { status, headers } = response;
    const text = await response.text();
    if (status !== 429 && status < 500) return { answer: { status, body: readBody(text) } };
    const isBusy = status === 429;
    return {
      reason: `it answers ${status}`,
      retryAfterMs: readRetryAfterMs(headers) ?? (isBusy ? firstWaitMs : 0),
      isBusy,
    };
  } catch (error) {
    const { cause, message } = error as { cause?: { code?: string }; message: string };
    return { reason: cause?.code ?? message, retryAfterMs: 0, isBusy: false };
  }
}

/** Of an answer that is not one of Afternoon's, such as a proxy's page, nothing. */
function readBody(text: string): Record<string, unknown> {
  try {
    return parseStoredJson(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function checked(server: Server, answer: Answer): Answer {
  if (answer.status === 401)
    throw new Error(
      `The server at ${server.baseUrl} does not know the key; give one in AFTERNOON_API_KEY or by --key.`,
    );
  return answer;
}
