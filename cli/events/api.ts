/** Requests to the API whose numbers keep every digit, repeated until the server has answered. */
import { setTimeout as delay } from "node:timers/promises";
import { parseStoredJson } from "../../server/src/http/json.ts";

export type Server = { baseUrl: string; key: string };

export type Answer = { status: number; body: Record<string, unknown> };

const mostAttempts = 12;
const timeoutMs = 60_000;

/**
 * The server's answer below 500, whatever came between: a network that fails, 429 and 5xx are waited for and tried again, about two minutes
 * long. Safe for what is idempotent alone. @throws Error that says what to do.
 */
export async function request(
  server: Server,
  method: "GET" | "POST",
  path: string,
  body: string | null = null,
): Promise<Answer> {
  let reason = "";
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    if (attempt > 1) await delay(Math.min(30_000, 250 * 2 ** attempt));
    const answer = await attemptOnce(server, method, path, body);
    if (typeof answer === "string") reason = answer;
    else if (answer.status === 429) {
      // Not counted against the server: it answers, and says when.
      await delay(answer.retryAfterMs);
      attempt -= 1;
    } else if (answer.status >= 500) reason = `it answers ${answer.status}`;
    else return checked(server, answer);
  }
  throw new Error(
    `The server at ${server.baseUrl} cannot take requests (${reason}). Run the same command again later: it goes on.`,
  );
}

async function attemptOnce(
  { baseUrl, key }: Server,
  method: string,
  path: string,
  body: string | null,
): Promise<(Answer & { retryAfterMs: number }) | string> {
  try {
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body === null ? {} : { "content-type": "application/json" }) },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    const retryAfterMs = 1_000 * Number.parseInt(response.headers.get("retry-after") ?? "1", 10);
    return { status: response.status, body: readBody(text), retryAfterMs };
  } catch (error) {
    const { cause, message } = error as { cause?: { code?: string }; message: string };
    return cause?.code ?? message;
  }
}

function readBody(text: string): Record<string, unknown> {
  try {
    return parseStoredJson(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function checked({ baseUrl }: Server, answer: Answer): Answer {
  if (answer.status === 401)
    throw new Error(`The server at ${baseUrl} does not know the key; give one in AFTERNOON_API_KEY or by --key.`);
  return answer;
}
