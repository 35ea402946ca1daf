import { BillingError, type ErrorDetail } from "../../../core/errors.ts";
import type { CustomerKey } from "../customers/customers.ts";
import { toBillingError } from "../http/errors.ts";
import type { FinishedAnswer } from "../http/idempotency.ts";
import type { AnswerContext, OperationResult } from "../http/operation.ts";
import { readBy } from "../http/validation.ts";
import type { Lanes } from "./lanes.ts";
import { referenceOf, withKey, type Outcome } from "./metering.ts";
import { resolveReferences } from "./references.ts";
import { EventIngest, type EventFields } from "./schema.ts";

/**
 * Works the events of one request through the lanes, and answers with an outcome for each, in their order. A malformed event is
 * refused by itself. With an `Idempotency-Key` the answer is kept after the events are recorded, which they are once whatever
 * happens in between; while they are worked the key is held. See docs/decisions/0030-group-commit.md.
 * @throws SERVICE_UNAVAILABLE if of any event nothing is known; the request can be sent again as it is.
 */
export async function workEventBatch(
  lanes: Lanes,
  context: AnswerContext,
  events: unknown[],
  present: (outcomes: Outcome[]) => OperationResult,
): Promise<FinishedAnswer> {
  const work = async () => present(await ingestAll(lanes, context, events));
  if (context.idempotency === null) return { ...context.toAnswer(await work()), replayed: false };
  return lanes.holdKey(() => context.inTransaction(work));
}

type Read = { index: number; fields: EventFields };

async function ingestAll(lanes: Lanes, context: AnswerContext, events: unknown[]): Promise<Outcome[]> {
  const { tenant, database } = context;
  const outcomes = new Map<number, Outcome>();
  const read: Read[] = [];
  for (const [index, event] of events.entries()) {
    const fields = readEvent(event, index);
    if (fields instanceof BillingError) outcomes.set(index, { status: "refused", error: fields });
    else read.push({ index, fields });
  }

  const keys = await resolveReferences(
    database,
    read.map(({ fields }) => referenceOf(tenant.id, fields)),
  );
  const known: (Read & { key: CustomerKey })[] = [];
  for (const [place, each] of read.entries()) {
    const key = keys[place] as CustomerKey | BillingError;
    if (key instanceof BillingError) outcomes.set(each.index, { status: "refused", error: key });
    else known.push({ ...each, key });
  }

  const bytes = Math.ceil(context.bodyBytes / events.length);
  const results = await lanes.ingest(
    known.map(({ key, fields }) => ({ event: withKey(key, fields), bytes, idempotent: null })),
  );
  for (const [place, { index }] of known.entries()) {
    const result = results[place];
    if (result?.kind === "worked") outcomes.set(index, result.outcome);
    else if (result?.kind === "failed") outcomes.set(index, { status: "refused", error: toRefusal(result.error) });
  }
  return events.map((_, index) => outcomes.get(index) as Outcome);
}

function readEvent(event: unknown, index: number): EventFields | BillingError {
  try {
    return readBy(EventIngest, event, "");
  } catch (error) {
    if (!(error instanceof BillingError)) throw error;
    const details = (error.details as ErrorDetail[]).map(({ path, message }) => ({
      path: path === "" ? `events.${index}` : `events.${index}.${path}`,
      message,
    }));
    return new BillingError(error.code, { details });
  }
}

/** An event that fails by itself is told so. Where the database is away nothing is known of it, and all are to be sent again. */
function toRefusal(error: Error): BillingError {
  const refusal = toBillingError(error);
  if (refusal.code === "SERVICE_UNAVAILABLE") throw error;
  return refusal;
}
