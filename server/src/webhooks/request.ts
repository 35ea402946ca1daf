import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { lookUp, refusalOf } from "./address.ts";

const timeoutMs = 10_000;
/** Of an answer only the status counts; more than this is not waited for. */
const mostAnswerBytes = 65_536;

export type Posted = { url: string; body: string; headers: Record<string, string>; mode: "live" | "test" };

/** The status of the answer. Redirects are not followed. @throws Error if there is no answer within ten seconds. */
export async function post({ url: text, body, headers, mode }: Posted): Promise<number> {
  const url = new URL(text);
  const refusal = refusalOf(url, mode);
  if (refusal !== null) throw new Error(refusal);
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = send(url, {
      method: "POST",
      agent: false,
      lookup: lookUp(mode),
      signal,
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "user-agent": "Afternoon-Webhooks",
        ...headers,
      },
    });
    request.once("response", resolve);
    request.on("error", (error) =>
      reject(signal.aborted ? new Error("There was no answer within 10 seconds.", { cause: error }) : error),
    );
    request.end(body);
  });
  await readAway(answer);
  return answer.statusCode ?? 0;
}

async function readAway(answer: IncomingMessage): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of answer) {
      bytes += (chunk as Buffer).length;
      if (bytes > mostAnswerBytes) break;
    }
  } catch {
    // The status has come, and it is all that counts.
  }
  answer.destroy();
}
