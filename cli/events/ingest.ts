import { refusal, request, type Server } from "./api.ts";

/** What became of an event, as the API says it. */
export type Result = {
  status: string;
  cost?: { amount: string; currency_code?: string; pricing_unit_code?: string }[];
  error?: { code: string; message: string; details?: { path: string; message: string }[] };
};

/** What the server answers for a body that it cannot even take apart into events. */
const unreadableBody = new Set([400, 413]);

/** What became of each of up to 1,000 events, given as JSON; all of them are on disk then. */
export async function ingest(server: Server, events: string[]): Promise<Result[]> {
  const answer = await request(server, "POST", "/v1/events/ingest-batch", `{"events":[${events.join(",")}]}`);
  const { status, body } = answer;
  if (status === 200 && Array.isArray(body.results)) return body.results as Result[];
  if (!unreadableBody.has(status) || body.error === undefined) throw refusal(server, answer);
  if (events.length === 1) return [{ status: "refused", error: body.error as NonNullable<Result["error"]> }];
  // One of them keeps the others from being read.
  const half = Math.ceil(events.length / 2);
  return [...(await ingest(server, events.slice(0, half))), ...(await ingest(server, events.slice(half)))];
}
