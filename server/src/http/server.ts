import type { Socket } from "node:net";
import { Readable } from "node:stream";
import fastify, {
  LogController,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onRequestHookHandler,
  type onResponseHookHandler,
} from "fastify";
import type { Logger } from "pino";
import { BillingError, type ErrorCode } from "../../../core/errors.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { boundArrivingBodies } from "./arriving-bodies.ts";
import { createAuditor, type Auditor, type WriteAuditEntry } from "./audit.ts";
import {
  admit,
  readSessionToken,
  refuseOtherSites,
  type ApiKeyName,
  type FindApiKey,
  type FindSession,
  type SignedIn,
  type Tenant,
} from "./authentication.ts";
import { statusOf, toErrorAnswer, type ErrorAnswer } from "./errors.ts";
import { runIdempotently, type Answer, type FinishedAnswer, type IdempotentRequest } from "./idempotency.ts";
import { writeJson } from "./json.ts";
import {
  eventStream,
  statusOfSuccess,
  successStatus,
  takesIdempotencyKey,
  type AnswerContext,
  type Operation,
  type OperationResult,
} from "./operation.ts";
import { rateLimitHeaders, refuseOverLimit, type RateLimiter, type RateLimitState } from "./rate-limit.ts";
import { readInput, type OperationInput, type RawInput } from "./validation.ts";
import { VisitorLimit } from "./visitor-limit.ts";

export type ServerOptions = {
  operations: Operation[];
  database: Database;
  clock: Clock;
  log: Logger;
  findApiKey: FindApiKey;
  /** Who a session cookie belongs to; without it there are only keys. */
  findSession?: FindSession;
  rateLimiter: RateLimiter;
  /** For companies without a setting of their own; 0 is no limit. */
  rateLimitPerMinute: number;
  /** Where this server is reached from outside, without a slash at its end: what links in answers begin with. */
  publicUrl: string;
  /** After how long a client that stalls, in its request or in taking its answer, loses its connection. */
  stallTimeoutMs?: number;
  /**
   * What time it is for the customer that a request of test mode is about; null is real time. In live mode nobody is asked: there is but
   * one time.
   */
  findTime?: FindTime;
  /** Where changes are written down, in their own transaction; without it they are not. */
  writeAuditEntry?: WriteAuditEntry;
  /** What is told of a request when its answer has left; nobody waits for it. */
  logRequest?: (request: LoggedRequest) => void;
  /** Refuses to send an answer that its own schema does not allow. For tests: it costs time and finds our bugs, not the caller's. */
  checkAnswers?: boolean;
};

/** A request of a key, and what became of it. */
export type LoggedRequest = {
  tenantId: number;
  apiKeyId: string;
  method: string;
  /** Without the query, which may hold what customers are called. */
  path: string;
  operation: string;
  status: number;
  errorCode: string | null;
  requestId: string;
  durationMs: number;
  at: Date;
};

export type FindTime = (tenant: Tenant, operation: Operation, input: OperationInput) => Promise<Date | null>;

declare module "fastify" {
  interface FastifyRequest {
    /** Set by authentication, before any handler of an operation that is not public. */
    tenant: Tenant | null;
    /** Set with it, or without it, where a member asks and not a key. */
    signedIn: SignedIn | null;
    /** Set with the tenant where a key asks. */
    apiKey: ApiKeyName | null;
    /** Set where the answer is a refusal. */
    errorCode: ErrorCode | null;
  }
}

/**
 * What a log may know of a request. A part of an address that nobody can guess opens what it names, as a link to the portal does, and a query may say
 * what customers are called.
 */
function describeRequest({ method, url }: FastifyRequest): object {
  const [path = ""] = url.split("?", 1);
  return { method, path: path.replaceAll(/[\w-]{26,}/g, "[secret]") };
}

const maxBodyBytes = 1024 * 1024;
const defaultStallTimeoutMs = 60_000;
const retryAfterUnavailableSeconds = 1;

/** The HTTP server for `operations`, not yet listening. */
export function createServer(options: ServerOptions): FastifyInstance {
  const stallTimeoutMs = options.stallTimeoutMs ?? defaultStallTimeoutMs;
  const isTelling = options.log.level === "debug";
  const server = fastify({
    loggerInstance: options.log.child({}, { serializers: { req: describeRequest } }),
    logController: new LogController({ disableRequestLogging: !isTelling }),
    // What we log of a request says its id anyway; a logger of its own would cost each more than its routing does.
    childLoggerFactory: (log, bindings) => (isTelling ? log.child(bindings) : log),
    bodyLimit: maxBodyBytes,
    routerOptions: { maxParamLength: 4_096 },
    requestIdHeader: false,
    // The whole request, body included: a client that stalls must not hold a connection for ever.
    requestTimeout: stallTimeoutMs,
    http: {
      requestTimeout: stallTimeoutMs,
      headersTimeout: stallTimeoutMs,
      connectionsCheckingInterval: Math.min(stallTimeoutMs, 5_000),
    },
    // Nor must one that does not take its answer. Later than the other, so that there is time to say why.
    connectionTimeout: 2 * stallTimeoutMs,
    // While we stop, a request on an open connection is in flight like any other; the default would refuse it in words not ours.
    return503OnClosing: false,
    genReqId: () => createRequestId(options.clock),
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply),
    clientErrorHandler: refuseMalformedHttp(options.clock),
  }) as unknown as FastifyInstance;

  // Node would answer an expectation that it does not know by a bare 417; it may as well be disregarded (RFC 9110, 10.1.1).
  server.server.on("checkExpectation", (request, response) => server.server.emit("request", request, response));
  server.decorateRequest("tenant", null);
  server.decorateRequest("signedIn", null);
  server.decorateRequest("apiKey", null);
  server.decorateRequest("errorCode", null);
  server.addHook("onRequest", (request, reply, done) => {
    void reply.header("X-Request-Id", request.id);
    reply.raw.on("timeout", endIfStalled);
    const clientRequestId = request.headers["x-request-id"];
    if (clientRequestId !== undefined) request.log.debug({ clientRequestId }, "the client's own request id");
    done();
  });
  acceptJsonOnly(server);
  boundArrivingBodies(server, maxBodyBytes);
  server.setErrorHandler(sendError);
  server.setNotFoundHandler(refuseUnknownRoute(options.operations));

  const visitors = new VisitorLimit();
  const auditor = createAuditor(options.operations, options.writeAuditEntry ?? null);
  for (const operation of options.operations) route(server, operation, options, { visitors, auditor });
  return server;
}

/** Ends the connection of a request on which nothing has moved for long, if the client does not take its answer; else we are at work. */
function endIfStalled(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy();
  else socket.setTimeout(socket.timeout ?? 0);
}

function createRequestId(clock: Clock): string {
  return `req_${createId(clock.now())}`;
}

/** Bodies are kept as bytes: the operation's schema reads them, and an idempotency key is bound to them. */
function acceptJsonOnly(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    const charset = /charset *= *"?([^";]*)/i.exec(request.headers["content-type"] ?? "")?.[1];
    const encoding = request.headers["content-encoding"];
    const isPlainUtf8 =
      (charset === undefined || /^utf-?8$/i.test(charset.trim())) &&
      (encoding === undefined || encoding === "identity");
    done(isPlainUtf8 ? null : new BillingError("UNSUPPORTED_MEDIA_TYPE"), body);
  });
}

type Shared = { visitors: VisitorLimit; auditor: Auditor };

function route(server: FastifyInstance, operation: Operation, options: ServerOptions, shared: Shared): void {
  server.route({
    method: operation.method,
    url: operation.path.replaceAll(/\{(\w+)\}/g, ":$1"),
    ...doorOf(operation, options, shared.visitors),
    ...logAfterwards(operation, options),
    // Nobody would end a stream whose content is not sent.
    exposeHeadRoute: operation.file !== eventStream,
    handler: async (request, reply) => {
      const cookies: string[] = [];
      const answer = await answerRequest(operation, request, options, shared.auditor, (cookie) => {
        cookies[0] = cookie;
      });
      if (answer.status >= 400) request.errorCode = codeIn(answer);
      if (cookies.length > 0 && answer.status < 400) void reply.header("Set-Cookie", cookies);
      if (operation.signIn !== null || cookies.length > 0) void reply.header("Cache-Control", "no-store");
      if (answer.replayed) void reply.header("Idempotency-Replayed", "true");
      return answer.file === undefined ? sendJson(reply, answer) : sendFile(reply, answer.body, answer.file);
    },
  });
}

/** Of these only failures are told of: there are far too many others. */
const countless = new Set(["ingest-event", "ingest-event-batch", "estimate-events"]);

function logAfterwards(
  operation: Operation,
  { logRequest, clock }: ServerOptions,
): { onResponse?: onResponseHookHandler } {
  if (logRequest === undefined || operation.isPublic) return {};
  const failuresOnly = countless.has(operation.operationId);
  return {
    onResponse: (request, reply, done) => {
      const { tenant, apiKey } = request;
      if (tenant !== null && apiKey !== null && !(failuresOnly && reply.statusCode < 400))
        logRequest({
          tenantId: tenant.id,
          apiKeyId: apiKey.id,
          method: request.method,
          path: (request.url.split("?", 1)[0] as string).slice(0, longestPath),
          operation: operation.operationId,
          status: reply.statusCode,
          errorCode: request.errorCode,
          requestId: request.id,
          durationMs: Math.round(reply.elapsedTime),
          at: clock.now(),
        });
      done();
    },
  };
}

const longestPath = 500;

/** The code of a refusal that was kept for its idempotency key, or is made of one. */
function codeIn({ body }: FinishedAnswer): ErrorCode | null {
  if (typeof body !== "string") return null;
  return (JSON.parse(body) as { error?: { code?: ErrorCode } }).error?.code ?? null;
}

/** Who may ask: everybody for what is public, though not without end, and else who has a key or is signed in. */
function doorOf(
  operation: Operation,
  options: ServerOptions,
  visitors: VisitorLimit,
): { onRequest?: onRequestHookHandler } {
  if (!operation.isPublic) return { onRequest: admission(operation, options) };
  if (operation.method === "GET") return {};
  return {
    onRequest: (request, reply, done) => {
      refuseOtherSites(request.headers, options.publicUrl);
      const now = options.clock.now();
      applyLimit(reply, visitors.count(request.ip, now), now);
      done();
    },
  };
}

/** Lets in who has a key or a session, and requests left. Known keys and limits take no turn of the event loop: of every request, it would be felt. */
function admission(operation: Operation, options: ServerOptions): onRequestHookHandler {
  return (request, reply, done) => {
    const admitted = afterwards(admit(operation, request, options), ({ tenant, signedIn, apiKey }) => {
      request.tenant = tenant;
      request.apiKey = apiKey;
      request.signedIn = signedIn;
      if (tenant === null) return;
      const limit = tenant.rateLimitPerMinute ?? options.rateLimitPerMinute;
      const now = options.clock.now();
      return afterwards(options.rateLimiter.count(tenant.companyId, limit, now), (state) =>
        applyLimit(reply, state, now),
      );
    });
    // oxlint-disable-next-line promise/no-callback-in-promise -- what is known at once must not wait for a turn of the event loop
    if (admitted instanceof Promise) admitted.then(() => done(), done);
    else done();
  };
}

/** What `use` makes of `value`, at once if it is there. */
function afterwards<Value, Result>(value: Value | Promise<Value>, use: (value: Value) => Result) {
  return value instanceof Promise ? value.then(use) : use(value);
}

function applyLimit(reply: FastifyReply, state: RateLimitState | null, now: Date): void {
  if (state === null) return;
  void reply.headers(rateLimitHeaders(state));
  if (state.remaining < 0)
    void reply.header("Retry-After", String(Math.max(1, Math.ceil(state.resetsAtSeconds - now.getTime() / 1_000))));
  refuseOverLimit(state);
}

async function answerRequest(
  operation: Operation,
  request: FastifyRequest,
  options: ServerOptions,
  auditor: Auditor,
  setCookie: (cookie: string) => void,
): Promise<FinishedAnswer> {
  const audit: Audit = { auditor, input: null };
  const raw: RawInput = {
    params: request.params as Record<string, string>,
    query: request.query as Record<string, unknown>,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  };
  const context = createContext(operation, request, raw, options, audit, setCookie);
  try {
    audit.input = readInput(operation, raw);
  } catch (error) {
    // A request that is not valid gets the answer of its key too, or its refusal is kept.
    if (context.idempotency !== null && error instanceof BillingError)
      return context.inTransaction(() => Promise.reject(error));
    throw error;
  }
  const { input } = audit;
  const time =
    options.findTime !== undefined &&
    !operation.readsTimeLocked &&
    operation.signIn === null &&
    request.tenant?.mode === "test"
      ? await options.findTime(request.tenant, operation, input)
      : null;
  if (time !== null) context.now = time;
  return operation.answer(context, input);
}

/** The input is there once it was read. */
type Audit = { auditor: Auditor; input: OperationInput | null };

const isDryRun = (input: OperationInput | null) =>
  (input?.body as { dry_run?: unknown } | null | undefined)?.dry_run === true;

function createContext(
  operation: Operation,
  request: FastifyRequest,
  raw: RawInput,
  options: ServerOptions,
  audit: Audit,
  setCookie: (cookie: string) => void,
): AnswerContext {
  const { database, clock, publicUrl, checkAnswers } = options;
  // A public operation has no tenant, nor has one of a member alone, and they declare that they use none.
  const tenant = request.tenant as Tenant;
  const now = clock.now();
  const key = takesIdempotencyKey(operation) ? readIdempotencyKey(request) : null;
  const lastEventId = request.headers["last-event-id"];
  const idempotency: IdempotentRequest | null =
    key === null ? null : { tenantId: tenant.id, key, method: request.method, path: request.url, body: raw.body };
  const toAnswer = (result: OperationResult | BillingError): Answer =>
    result instanceof BillingError
      ? writeError(toErrorAnswer(result, request.id))
      : serialize(operation, result, request.id, checkAnswers === true);
  const context: AnswerContext = {
    tenant,
    now,
    database,
    db: database,
    requestId: request.id,
    publicUrl,
    signedIn: request.signedIn,
    apiKey: request.apiKey,
    sessionToken: readSessionToken(request.headers.cookie),
    setCookie,
    bodyBytes: raw.body.length,
    idempotency,
    toAnswer,
    stream: (plural, items, rest) => ({
      status: successStatus(operation),
      body: Readable.from(writeList(plural, items, rest, request.id)),
      replayed: false,
    }),
    lastEventId: typeof lastEventId === "string" && lastEventId !== "" ? lastEventId : null,
    isStillAdmitted: async () => {
      try {
        await admit(operation, request, options);
        return true;
      } catch (error) {
        if (error instanceof BillingError && statusOf(error) < 500) return false;
        // The database is away; who listens is told of nothing until it is back.
        return true;
      }
    },
    inTransaction: async (work) => {
      // Written down when it happened, also for a customer who lives by a test clock.
      const asked = { operation, context, params: raw.params, at: now, isDryRun: isDryRun(audit.input) };
      const audited = async (tx: Transaction) => toAnswer(await audit.auditor(asked, tx, work));
      return idempotency === null
        ? { ...(await database.transaction(audited)), replayed: false }
        : runIdempotently(database, idempotency, now, audited, toAnswer);
    },
  };
  return context;
}

function readIdempotencyKey(request: FastifyRequest): string | null {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return null;
  if (typeof key === "string" && key.length >= 1 && key.length <= 255) return key;
  throw new BillingError("VALIDATION_ERROR", {
    details: [{ path: "Idempotency-Key", message: "Must have 1 to 255 characters." }],
  });
}

function serialize(operation: Operation, result: OperationResult, requestId: string, check: boolean): Answer {
  const status = statusOfSuccess(operation, result);
  const body = { success: true, ...result, request_id: requestId };
  if (check) operation.responses[status]?.parse(body);
  return { status, body: writeJson(body) };
}

function writeError({ status, body }: ErrorAnswer): Answer {
  return { status, body: JSON.stringify(body) };
}

/**
 * The envelope of a list, piece by piece. If an item fails after the first piece has left, the connection breaks off: what has
 * arrived is then no JSON, so that nobody takes it for the whole.
 */
async function* writeList(
  plural: string,
  items: AsyncIterable<unknown>,
  rest: () => OperationResult,
  requestId: string,
): AsyncGenerator<string> {
  let separator = `{"success":true,${JSON.stringify(plural)}:[`;
  for await (const item of items) {
    yield separator + writeJson(item);
    separator = ",";
  }
  yield `${separator === "," ? "" : separator}],${writeJson({ ...rest(), request_id: requestId }).slice(1)}`;
}

function sendJson(reply: FastifyReply, { status, body }: Pick<FinishedAnswer, "status" | "body">): FastifyReply {
  return reply.code(status).header("Content-Type", "application/json; charset=utf-8").send(body);
}

function sendFile(
  reply: FastifyReply,
  body: FinishedAnswer["body"],
  { contentType, name }: NonNullable<FinishedAnswer["file"]>,
): FastifyReply {
  // A stream of events has no name, and is nothing to keep or to hold back.
  const headers =
    name === null
      ? { "Cache-Control": "no-store", "X-Accel-Buffering": "no" }
      : { "Content-Disposition": `inline; filename="${name}"` };
  return reply.headers({ "Content-Type": contentType, ...headers }).send(body);
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = toErrorAnswer(error, request.id);
  request.errorCode = answer.body.error.code;
  const isGone = request.raw.destroyed && !request.raw.complete;
  if (isGone) request.log.debug({ err: error, requestId: request.id }, "the client left in the middle of its request");
  else if (answer.status >= 500) request.log.error({ err: error, requestId: request.id }, "a request failed");
  if (answer.status === 401) void reply.header("WWW-Authenticate", "Bearer");
  if (answer.status === 503) void reply.header("Retry-After", String(retryAfterUnavailableSeconds));
  return sendJson(reply.header("X-Request-Id", request.id), writeError(answer));
}

function refuseUnknownRoute(operations: Operation[]) {
  const routes = operations.map((operation) => ({
    method: operation.method,
    pattern: new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
  }));
  return (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split("?", 1)[0] ?? "";
    const allowed = new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method as string));
    if (allowed.has("GET")) allowed.add("HEAD");
    if (allowed.size === 0) return sendError(new BillingError("NOT_FOUND"), request, reply);
    return sendError(new BillingError("METHOD_NOT_ALLOWED"), request, reply.header("Allow", [...allowed].join(", ")));
  };
}

/** What is not even HTTP, or does not arrive, never becomes a request; it still gets our envelope. */
function refuseMalformedHttp(clock: Clock) {
  return (error: Error & { code?: string }, socket: Socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const { status, message } = httpRefusals[error.code ?? ""] ?? notHttp;
    const requestId = createRequestId(clock);
    const body = JSON.stringify(toErrorAnswer(new BillingError("VALIDATION_ERROR", { message }), requestId).body);
    socket.write(
      `HTTP/1.1 ${status}\r\nX-Request-Id: ${requestId}\r\n` +
        `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
    // Not `end`: whoever never ends its side would keep the connection.
    socket.destroySoon();
  };
}

type HttpRefusal = { status: string; message: string };

const notHttp: HttpRefusal = { status: "400 Bad Request", message: "The request is not valid HTTP." };
const httpRefusals: Record<string, HttpRefusal> = {
  HPE_HEADER_OVERFLOW: {
    status: "431 Request Header Fields Too Large",
    message: "The request's headers are too large.",
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: "408 Request Timeout", message: "The request did not arrive in time." },
};
