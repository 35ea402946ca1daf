import type { Readable } from "node:stream";
import { z } from "zod";
import type { BillingError, ErrorCode } from "../../../core/errors.ts";
import type { Database, Queryable, Transaction } from "../platform/db.ts";
import type { ApiKeyName, SignedIn, Tenant } from "./authentication.ts";
import type { Answer, FinishedAnswer, IdempotentRequest } from "./idempotency.ts";

/**
 * One operation of the API, declared once: the server routes it, the OpenAPI document and with it the reference pages and the
 * SDK are generated from it, and the isolation and fuzz tests find it by itself.
 */
export type Operation = {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** As in OpenAPI: `/v1/customers/{id}`. */
  path: string;
  /** Unique, kebab-case; also the last part of its reference page's address. */
  operationId: string;
  /** Where the SDK has it: `customers.listBalances`. */
  sdk: string;
  tag: Tag;
  summary: string;
  description: string;
  params: Record<string, PathParam>;
  query: z.ZodObject | null;
  body: z.ZodType | null;
  /** Success statuses and their bodies; the lowest is the one answered unless a result has another by `withStatus`. */
  responses: Record<number, z.ZodType>;
  /** The content type of what it answers with if that is a file; null if it is JSON. */
  file: string | null;
  /** The refusals of this operation's own rules. Those that every operation shares are added to the document by themselves. */
  errors: ErrorCode[];
  /** The refusals of what the body names: answered 400 whatever the table of errors says (`BillingError.isOfBody`). */
  bodyErrors: ErrorCode[];
  isPublic: boolean;
  /**
   * Null where a key or a signed-in member will do. Else only a member will: `company` in a company of theirs, `member` whatever the
   * company, so that the context has no tenant.
   */
  signIn: "company" | "member" | null;
  /** Whether it reads under the customer's lock what time it is for them, so that nobody need ask before. */
  readsTimeLocked: boolean;
  answer(context: AnswerContext, input: { params: never; query: never; body: never }): Promise<FinishedAnswer>;
};

export type Tag = { name: string; title: string; description: string };

/** A path parameter. A malformed one is the 404 of its resource, as if it named one that does not exist. */
export type PathParam = { schema: z.ZodType<string>; notFound: ErrorCode };

export type OperationResult = Record<string, unknown>;

const statusOfResult = Symbol("status");

/** `result`, to be answered with `status`, which is one of the operation's `responses`. */
export function withStatus(status: number, result: OperationResult): OperationResult {
  return Object.assign(result, { [statusOfResult]: status });
}

/** The status to answer `result` with. */
export function statusOfSuccess(operation: Operation, result: OperationResult & { [statusOfResult]?: number }): number {
  return result[statusOfResult] ?? successStatus(operation);
}

/** What an operation gets beside its input. */
export type OperationContext = {
  tenant: Tenant;
  now: Date;
  database: Database;
  requestId: string;
  /** Where this server is reached from outside, without a slash at its end. */
  publicUrl: string;
  /** The member who asks; null where a key does. */
  signedIn: SignedIn | null;
  /** The key that asks; null where a member does, or anybody. */
  apiKey: ApiKeyName | null;
  /** What the caller's session cookie holds, valid or not. */
  sessionToken: string | null;
  /** Has the answer set a cookie if it is a success. */
  setCookie(cookie: string): void;
};

/** What an operation that commits by itself gets on top: how its answer is made, and how it is kept for a repeat. */
export type AnswerContext = ReadContext & {
  bodyBytes: number;
  /** The request, if it carries an `Idempotency-Key`: its answer must be kept in the transaction of its effect. */
  idempotency: IdempotentRequest | null;
  toAnswer(result: OperationResult | BillingError): Answer;
  /** The header `Last-Event-ID`: where a browser's stream broke off. */
  lastEventId: string | null;
  /** Whether the key or session that asks is still good; for an answer that goes on for long. */
  isStillAdmitted(): Promise<boolean>;
  /** Runs `work` in one transaction and answers with its result; once per `Idempotency-Key`, if there is one. */
  inTransaction(work: (tx: Transaction) => Promise<OperationResult>): Promise<FinishedAnswer>;
  /** Answers with `items` under `plural`, sent as they come, and then what `rest` has when all are sent. Not for what is to be kept. */
  stream(plural: string, items: AsyncIterable<unknown>, rest: () => OperationResult): FinishedAnswer;
};

/** Each statement of `db` runs on its own. */
type ReadContext = OperationContext & { db: Queryable };
type WriteContext = OperationContext & { tx: Transaction };

type Input<Params, Query, Body> = {
  params: { [Name in keyof Params]: string };
  query: Query extends z.ZodType ? z.output<Query> : undefined;
  body: Body extends z.ZodType ? z.output<Body> : undefined;
};

type Declaration<Params, Query, Body> = {
  path: string;
  operationId: string;
  sdk: string;
  tag: Tag;
  summary: string;
  description: string;
  params?: Params;
  query?: Query;
  body?: Body;
  responses: Record<number, z.ZodType>;
  errors?: ErrorCode[];
  bodyErrors?: ErrorCode[];
};

/** An operation that only reads; its statements run each on its own. */
export function readOperation<
  const Params extends Record<string, PathParam> = Record<string, PathParam>,
  Query extends z.ZodObject | undefined = undefined,
>(
  declaration: Declaration<Params, Query, undefined> & {
    handle: (context: ReadContext, input: Input<Params, Query, undefined>) => Promise<OperationResult>;
  },
): Operation {
  const { handle, ...rest } = declaration;
  return {
    ...declared("GET", rest),
    answer: async (context, input) => finish(context.toAnswer(await handle(context, input))),
  };
}

/** An operation that answers with a file. */
export function fileOperation<const Params extends Record<string, PathParam> = Record<string, PathParam>>(
  declaration: Omit<Declaration<Params, undefined, undefined>, "responses"> & {
    contentType: string;
    answerDescription: string;
    handle: (
      context: ReadContext,
      input: Input<Params, undefined, undefined>,
    ) => Promise<{ content: Buffer; name: string }>;
  },
): Operation {
  const { handle, contentType, answerDescription, ...rest } = declaration;
  return {
    ...declared("GET", { ...rest, responses: { 200: z.string().meta({ description: answerDescription }) } }),
    file: contentType,
    answer: async (context, input) => {
      const { content, name } = await handle(context, input);
      return { status: 200, body: content, replayed: false, file: { contentType, name } };
    },
  };
}

export const eventStream = "text/event-stream";

/** An operation that answers with server-sent events, for as long as `handle` has its stream go on. */
export function eventStreamOperation<Query extends z.ZodObject>(
  declaration: Omit<Declaration<Record<string, PathParam>, Query, undefined>, "responses"> & {
    answerDescription: string;
    handle: (context: AnswerContext, input: Input<unknown, Query, undefined>) => Promise<Readable>;
  },
): Operation {
  const { handle, answerDescription, ...rest } = declaration;
  return {
    ...declared("GET", { ...rest, responses: { 200: z.string().meta({ description: answerDescription }) } }),
    file: eventStream,
    answer: async (context, input) => {
      const body = await handle(context, input);
      return { status: 200, body, replayed: false, file: { contentType: eventStream, name: null } };
    },
  };
}

const finish = ({ status, body }: Answer): FinishedAnswer => ({ status, body, replayed: false });

/** An operation that writes: `handle` runs in one transaction, which commits before the answer leaves. */
export function writeOperation<
  const Params extends Record<string, PathParam> = Record<string, PathParam>,
  Body extends z.ZodType | undefined = undefined,
>(
  declaration: Declaration<Params, undefined, Body> & {
    method: "POST" | "PATCH" | "DELETE";
    handle: (context: WriteContext, input: Input<Params, undefined, Body>) => Promise<OperationResult>;
  },
): Operation {
  const { handle, method, ...rest } = declaration;
  return {
    ...declared(method, rest),
    answer: (context, input) => context.inTransaction((tx) => handle({ ...context, tx }, input)),
  };
}

/**
 * An operation whose effect is committed together with that of other requests, so that it opens no transaction of its own. It
 * sees to it itself that its answer leaves after the commit, and that a repeat with the same `Idempotency-Key` gets the same.
 */
export function groupedOperation<
  const Params extends Record<string, PathParam> = Record<string, PathParam>,
  Body extends z.ZodType | undefined = undefined,
>(
  declaration: Declaration<Params, undefined, Body> & {
    method: "POST";
    readsTimeLocked?: boolean;
    answer: (context: AnswerContext, input: Input<Params, undefined, Body>) => Promise<FinishedAnswer>;
  },
): Operation {
  const { answer, method, readsTimeLocked = false, ...rest } = declaration;
  return { ...declared(method, rest), readsTimeLocked, answer };
}

/** An operation without a key: the health checks. */
export function publicOperation(
  declaration: Declaration<Record<string, PathParam>, undefined, undefined> & {
    handle: (context: Omit<OperationContext, "tenant">) => Promise<OperationResult>;
  },
): Operation {
  const { handle, ...rest } = declaration;
  return {
    ...declared("GET", rest),
    isPublic: true,
    answer: async (context) => finish(context.toAnswer(await handle(context))),
  };
}

/** What an operation for the dashboard gets: it opens its transactions itself, since what it counts outlives its refusal. */
type DashboardContext = Omit<OperationContext, "tenant" | "signedIn" | "apiKey">;

type DashboardDeclaration<Body> = Declaration<Record<string, PathParam>, undefined, Body> & {
  method: "GET" | "POST";
};

/** An operation that comes before signing in, limited for each visitor. */
export function visitorOperation<Body extends z.ZodType | undefined = undefined>(
  declaration: DashboardDeclaration<Body> & {
    handle: (context: DashboardContext, input: Input<unknown, undefined, Body>) => Promise<OperationResult>;
  },
): Operation {
  const { handle, method, ...rest } = declaration;
  return {
    ...declared(method, rest),
    isPublic: true,
    answer: async (context, input) => finish(context.toAnswer(await handle(context, input))),
  };
}

/** An operation of a signed-in member alone, in no company. */
export function memberOperation<Body extends z.ZodType | undefined = undefined>(
  declaration: DashboardDeclaration<Body> & {
    handle: (
      context: DashboardContext & { signedIn: SignedIn },
      input: Input<unknown, undefined, Body>,
    ) => Promise<OperationResult>;
  },
): Operation {
  const { handle, method, ...rest } = declaration;
  return {
    ...declared(method, rest),
    signIn: "member",
    answer: async (context, input) =>
      finish(context.toAnswer(await handle({ ...context, signedIn: context.signedIn as SignedIn }, input))),
  };
}

/** `operation`, for a member who is signed in to the company, and for no key. */
export function forMembers(operation: Operation): Operation {
  return { ...operation, signIn: "company" };
}

type AnyDeclaration = Declaration<Record<string, PathParam>, z.ZodObject | undefined, z.ZodType | undefined>;

function declared(method: Operation["method"], declaration: AnyDeclaration): Omit<Operation, "answer"> {
  return {
    ...declaration,
    method,
    params: declaration.params ?? {},
    query: declaration.query ?? null,
    body: declaration.body ?? null,
    errors: declaration.errors ?? [],
    bodyErrors: declaration.bodyErrors ?? [],
    isPublic: false,
    signIn: null,
    readsTimeLocked: false,
    file: null,
  };
}

/** Whether it takes an `Idempotency-Key`: every POST and PATCH that a key can ask for does. */
export function takesIdempotencyKey(operation: Operation): boolean {
  if (operation.isPublic || operation.signIn !== null) return false;
  return operation.method === "POST" || operation.method === "PATCH";
}

/** The status an operation answers with when it succeeds and says no other. */
export function successStatus(operation: Operation): number {
  return Math.min(...Object.keys(operation.responses).map((status) => Number.parseInt(status, 10)));
}
