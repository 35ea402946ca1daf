import { BillingError } from "../../../core/errors.ts";
import type { Database, Transaction } from "../platform/db.ts";
import type { Tenant } from "./authentication.ts";
import { writeJson } from "./json.ts";
import { statusOfSuccess, type AnswerContext, type Operation, type OperationResult } from "./operation.ts";

/** One change: who made it, what it was made to, and what that was before and after. */
export type AuditEntry = {
  tenant: Tenant;
  actor: Actor;
  /** The id of the operation, or what Afternoon did by itself. */
  operation: string;
  resource: { type: string; id: string | null };
  /** Whom it is about, if a customer. */
  customerId: string | null;
  /** Null where it was not there before. Of a change, only the fields that differ, without secrets. */
  before: Fields | null;
  /** Null where it is not there any more. */
  after: Fields | null;
  requestId: string | null;
  at: Date;
};

export type Actor = { type: "member" | "api_key" | "system"; id: string | null; name: string | null };

export type Fields = Record<string, unknown>;

/** Sends the row of an entry, in the transaction of the change: it is there exactly if the change is. */
export type WriteAuditEntry = (tx: Transaction, entry: AuditEntry) => void;

export type Asked = {
  operation: Operation;
  context: AnswerContext;
  params: Record<string, string>;
  at: Date;
  /** Whether it only asks what would happen. */
  isDryRun: boolean;
};

type Work = (tx: Transaction) => Promise<OperationResult>;

/** Does `work`, the change that was asked for, and writes it down. */
export type Auditor = (asked: Asked, tx: Transaction, work: Work) => Promise<OperationResult>;

/**
 * Events are records themselves, each of a list too, and far too many. Holds come and go with every call of a model, and are kept themselves; what is
 * reserved in them is in the ledger.
 */
const unaudited = new Set(["ingest-event", "create-hold", "capture-hold", "release-hold"]);

/** They take away who a customer is, from here too; the entry of it must not bring it back. */
const forgetting = new Set(["erase-customer", "delete-customer"]);

/** What there was before is what the operation that reads it answers, in the same transaction. */
export function createAuditor(operations: Operation[], write: WriteAuditEntry | null): Auditor {
  if (write === null) return (_, tx, work) => work(tx);
  const readers = new Map<Operation, Reader | null>(
    operations.map((operation) => [operation, findReader(operation, operations)]),
  );
  return async (asked, tx, work) => {
    const { operation, context } = asked;
    // Whatever else the change causes is told of in its name.
    const audited = { ...tx, isAudited: true };
    if (unaudited.has(operation.operationId) || asked.isDryRun) return work(audited);
    const reader = readers.get(operation) ?? null;
    const before = reader === null ? null : await reader.read(asked, tx);
    const result = await work(audited);
    const change = await describe(asked, tx, result, { reader, before });
    if (change !== null)
      write(tx, {
        tenant: context.tenant,
        actor: actorOf(context),
        operation: operation.operationId,
        requestId: context.requestId,
        at: asked.at,
        customerId: customerIn(asked, [result, before?.fields ?? {}]),
        ...change,
      });
    return result;
  };
}

function actorOf({ signedIn, apiKey }: AnswerContext): Actor {
  if (signedIn !== null) return { type: "member", id: signedIn.memberId, name: signedIn.email };
  return { type: "api_key", id: apiKey?.id ?? null, name: apiKey?.name ?? null };
}

function customerIn({ operation, params }: Asked, seen: Fields[]): string | null {
  if (operation.path.startsWith("/v1/customers/{id}")) return params.id ?? null;
  for (const fields of seen.flatMap((each) => [each, ...Object.values(each).filter(isFields)])) {
    if (typeof fields.customer_id === "string") return fields.customer_id;
  }
  const { customer } = seen[0] ?? {};
  return isFields(customer) && typeof customer.id === "string" ? customer.id : null;
}

type Named = { name: string; fields: Fields };
type Seen = { reader: Reader | null; before: Named | null };

async function describe(
  asked: Asked,
  tx: Transaction,
  result: OperationResult,
  { reader, before }: Seen,
): Promise<Pick<AuditEntry, "resource" | "before" | "after"> | null> {
  const { operation } = asked;
  // A preview: nothing was changed.
  if (isCreation(operation) && statusOfSuccess(operation, result) !== 201) return null;
  const made = isCreation(operation) ? resourceIn(result) : null;
  if (made !== null)
    return { resource: resourceOf(made.name, made.fields, asked), before: null, after: redact(made.fields) };
  if (before === null || reader === null) {
    const answered = resourceIn(result);
    const after = operation.method === "DELETE" ? null : redact(answered?.fields ?? result);
    return { resource: namedInPath(asked, answered?.name), before: null, after };
  }
  const resource = reader.isOfWholePath
    ? resourceOf(before.name, before.fields, asked)
    : namedInPath(asked, resourceIn(result)?.name);
  if (operation.method === "DELETE" && reader.isOfWholePath)
    return { resource, before: redact(before.fields), after: null };
  const answered = result[before.name];
  const after = isFields(answered) ? answered : (await reader.read(asked, tx))?.fields;
  const change = differing(redact(before.fields), redact(after ?? {}));
  return {
    resource,
    before: change.before,
    after: operation.method === "DELETE" && isEmpty(change.after) ? null : change.after,
  };
}

/** Whether it can make something that has an address of its own. */
function isCreation({ method, responses }: Operation): boolean {
  return method === "POST" && 201 in responses;
}

type Reader = {
  /** Whether it answers with what the whole path names; else with what that is a part of. */
  isOfWholePath: boolean;
  /** What it shows now; null if that is not there, which the change itself will say. */
  read(asked: Asked, tx: Transaction): Promise<Named | null>;
};

/** The operation that answers with what `operation` changes: at the same path, or at as much of it as there is one for. */
function findReader(operation: Operation, operations: Operation[]): Reader | null {
  if (operation.method === "GET" || operation.isPublic || isCreation(operation)) return null;
  if (forgetting.has(operation.operationId)) return null;
  const parts = operation.path.split("/");
  for (let length = parts.length; length > 2; length--) {
    const path = parts.slice(0, length).join("/");
    const found = operations.find((each) => each.method === "GET" && each.path === path && each.file === null);
    const isOne = path.endsWith("}") || length === parts.length;
    if (found !== undefined && isOne)
      return {
        isOfWholePath: !parts.slice(length).some((part) => part.startsWith("{")),
        read: (asked, tx) => readWithin(found, asked, tx),
      };
  }
  return null;
}

async function readWithin(reading: Operation, { context, params }: Asked, tx: Transaction): Promise<Named | null> {
  const shown: OperationResult[] = [];
  const database = within(tx, context.database);
  const own = Object.fromEntries(Object.keys(reading.params).map((name) => [name, params[name] as string]));
  try {
    await reading.answer(
      {
        ...context,
        db: tx,
        database,
        toAnswer: (result) => {
          if (!(result instanceof BillingError)) shown.push(result);
          return { status: 200, body: "" };
        },
      },
      { params: own as never, query: (reading.query?.parse({}) ?? undefined) as never, body: undefined as never },
    );
  } catch (error) {
    if (error instanceof BillingError) return null;
    throw error;
  }
  return shown[0] === undefined ? null : resourceIn(shown[0]);
}

/** The database as what reads in a transaction has it: a second connection could not be had while all others wait for theirs. */
function within(tx: Transaction, database: Database): Database {
  return { ...database, query: tx.query, transaction: (work) => tx.savepoint(() => work(tx)) };
}

/** The thing that an answer is about, by the name of its field. */
function resourceIn(result: OperationResult): Named | null {
  for (const [name, fields] of Object.entries(result)) if (isFields(fields)) return { name, fields };
  return null;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function resourceOf(type: string, { id, code }: Fields, asked: Asked): AuditEntry["resource"] {
  // What has a code is called by it in every path.
  const own = typeof code === "string" ? code : id;
  return { type, id: typeof own === "string" ? own : namedInPath(asked).id };
}

/** What the path speaks of last: of `/v1/invoices/{id}/line-items/{line_item_id}` the line item. */
function namedInPath({ operation, params }: Asked, type?: string): AuditEntry["resource"] {
  const [, collection, name] = /([^/{}]+)\/\{(\w+)\}[^{]*$/.exec(operation.path) ?? [];
  if (collection === undefined || name === undefined) return { type: type ?? operation.tag.name, id: null };
  return { type: collection.replaceAll("-", "_").replace(/s$/, ""), id: params[name] ?? null };
}

const isEmpty = (fields: Fields) => Object.keys(fields).length === 0;

/** Of both, the fields in which they differ. */
function differing(before: Fields, after: Fields): { before: Fields; after: Fields } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => writeJson([before[name]]) !== writeJson([after[name]]));
  const only = (fields: Fields) =>
    Object.fromEntries(changed.filter((name) => name in fields).map((name) => [name, fields[name]]));
  return { before: only(before), after: only(after) };
}

const secretNames =
  /^(?:secret|previous_secret|key|token|password|secret_key|webhook_secret|totp_secret|otpauth_url|recovery_codes)$/;
/** Whoever has one of these can do what it opens: a page of a customer, an invitation, a key. */
const secretTexts = /^ak_(?:live|test)_|^whsec_|^https?:\/\/[^/]+\/(?!v1\/|docs)[^?]*[\w-]{20,}|#token=/;

/** `fields` without what opens something. */
export function redact(fields: Fields): Fields {
  return redactValue(fields) as Fields;
}

function redactValue(value: unknown): unknown {
  if (typeof value === "string") return secretTexts.test(value) ? redacted : value;
  if (Array.isArray(value)) return value.map(redactValue);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      secretNames.test(name) && typeof inner === "string" ? redacted : redactValue(inner),
    ]),
  );
}

const redacted = "[redacted]";
