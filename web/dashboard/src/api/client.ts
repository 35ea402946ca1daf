import { isSafeNumber, LosslessNumber, parse, stringify } from "lossless-json";
import type { ErrorResponse } from "../../../../sdk/src/generated/types.ts";

/** In which of a company's modes a call works. */
export type Tenant = { companyId: string; mode: "live" | "test" };

/** What the server refused, as it said it. */
export class RefusedError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  /** What is wrong with the fields of a form, by their paths. */
  readonly fields: { path: string; message: string }[];

  constructor(status: number, answer: Partial<ErrorResponse>) {
    super(answer.error?.message ?? `The server answered ${status} without saying why.`);
    this.status = status;
    this.code = answer.error?.code ?? "UNKNOWN";
    this.requestId = answer.request_id ?? null;
    this.fields = readFields(answer.error?.details);
  }
}

/** Nobody answered, so nobody knows whether a write happened; sent again with the same key it happens once. */
export class UnreachableError extends Error {
  constructor(cause: unknown) {
    super("The server could not be reached. Check your connection and try again.", { cause });
  }
}

export type Query = { [name: string]: string | number | null | undefined };
type Call = { method: string; path: string; query?: Query; body?: unknown; idempotencyKey?: string };

/** The answer to a read, typed as the SDK's generated types say. */
export function read<Answer>(tenant: Tenant, path: string, query: Query = {}): Promise<Answer> {
  return send<Answer>({ method: "GET", path, query }, tenant);
}

/**
 * Sends one call with the session's cookie and resolves with its answer.
 * @throws {RefusedError} for what is not a success, {UnreachableError} where there is no answer.
 */
export async function send<Answer>(call: Call, tenant: Tenant | null): Promise<Answer> {
  const response = await request(call, headersOf(call, tenant));
  return readJson(await response.text()) as Answer;
}

/** A file, such as a PDF. @throws as `send` does */
export async function readFile(tenant: Tenant, path: string): Promise<Blob> {
  const call = { method: "GET", path };
  const response = await request(call, { ...headersOf(call, tenant), Accept: "*/*" });
  return response.blob();
}

export type StreamMessage = { event: string; data: unknown; id: string };

/**
 * The messages of a stream of server-sent events; first, as it is open, one named "open". The browser's own EventSource cannot say which
 * company it asks for. @throws as `send` does, and where the connection breaks
 */
export async function* readStream(
  tenant: Tenant,
  { path, query, lastEventId, signal }: { path: string; query: Query; lastEventId: string; signal: AbortSignal },
): AsyncGenerator<StreamMessage> {
  const call = { method: "GET", path, query };
  const headers: Record<string, string> = { ...headersOf(call, tenant), Accept: "text/event-stream" };
  if (lastEventId !== "") headers["Last-Event-ID"] = lastEventId;
  const { body } = await request(call, headers, signal);
  if (body === null) return;
  yield { event: "open", data: null, id: "" };
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) yield readMessage(block);
  }
}

function readMessage(block: string): StreamMessage {
  const lines = block.split("\n").map((line) => line.split(/: ?(.*)/s));
  const field = (name: string) => lines.find(([each]) => each === name)?.[1] ?? "";
  return { event: field("event"), data: readJson(field("data")), id: field("id") };
}

async function request(
  { method, path, query = {}, body }: Call,
  headers: Record<string, string>,
  signal: AbortSignal | null = null,
): Promise<Response> {
  const response = await fetch(path + writeQuery(query), {
    method,
    credentials: "same-origin",
    headers,
    signal,
    ...(body === undefined ? {} : { body: stringify(body) ?? null }),
  }).catch((cause: unknown) => {
    throw new UnreachableError(cause);
  });
  if (!response.ok) throw new RefusedError(response.status, readJson(await response.text()) as Partial<ErrorResponse>);
  return response;
}

function headersOf({ body, idempotencyKey }: Call, tenant: Tenant | null): Record<string, string> {
  return {
    Accept: "application/json",
    // Pages of other sites cannot send it without asking, so a call that has it is ours.
    "Afternoon-Dashboard": "1",
    ...(tenant === null ? {} : { "Afternoon-Company": tenant.companyId, "Afternoon-Mode": tenant.mode }),
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    ...(idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey }),
  };
}

function writeQuery(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** Numbers that a double does not hold exactly, as an event's properties may have, keep their text. */
function readJson(text: string): unknown {
  try {
    return parse(text, null, (digits) => (isSafeNumber(digits) ? Number(digits) : new LosslessNumber(digits)));
  } catch {
    // A proxy's page, for instance: the status says enough.
    return {};
  }
}

function readFields(details: unknown): { path: string; message: string }[] {
  if (!Array.isArray(details)) return [];
  return details.filter(
    (detail): detail is { path: string; message: string } =>
      typeof detail?.path === "string" && typeof detail?.message === "string",
  );
}

/** A new idempotency key. `randomUUID` would ask for https, and a dashboard at home may have none. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `dashboard_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
