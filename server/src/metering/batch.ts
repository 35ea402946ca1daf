import { BillingError } from "../../../core/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import {
  claimRequests,
  keepAnswers,
  type Answer,
  type Claim,
  type FinishedAnswer,
  type IdempotentRequest,
} from "../http/idempotency.ts";
import type { Transaction } from "../platform/db.ts";
import type { CustomerMemory } from "./memory.ts";
import { ingestEvents, ingestRemembered, type CatchUp, type IncomingEvent, type Outcome } from "./metering.ts";

/** An event in a batch. With a request, its answer is kept in the transaction of its effect, for a repeat of the request. */
export type BatchEvent = {
  event: IncomingEvent;
  idempotent: { request: IdempotentRequest; toAnswer(outcome: Outcome): Answer } | null;
};

/**
 * What became of an event. Worked: its outcome, and the answer if one is kept; replayed: the answer of an earlier request, and
 * nothing was worked; failed: nothing is recorded of it, or, if the database was lost, nothing is known.
 */
export type BatchResult =
  | { kind: "worked"; outcome: Outcome; answer: Answer | null }
  | { kind: "replayed"; answer: FinishedAnswer }
  | { kind: "failed"; error: Error };

/**
 * Works `events` in their order and returns a result for each, in the same order. A request whose key has an answer gets that
 * one, and its event is not looked at. No two events have a request with the same key.
 */
export async function workBatch(
  tx: Transaction,
  catalog: Catalog,
  events: BatchEvent[],
  now: Date,
  catchUp: CatchUp | null,
  memory: CustomerMemory | null,
): Promise<BatchResult[]> {
  const claims = await claimAll(tx, events, now);
  const claimed = events.filter((each) => (claims.get(each) ?? "claimed") === "claimed");
  const outcomes = new Map<BatchEvent, Outcome>();
  if (claimed.length > 0) {
    const worked = await ingestEvents(
      tx,
      catalog,
      claimed.map(({ event }) => event),
      now,
      catchUp,
      { memory },
    );
    for (const [index, each] of claimed.entries()) outcomes.set(each, worked[index] as Outcome);
  }

  const kept: { request: IdempotentRequest; answer: Answer }[] = [];
  const results = events.map((each): BatchResult => {
    const outcome = outcomes.get(each);
    if (outcome === undefined) return toResult(claims.get(each) as Claim);
    if (each.idempotent === null) return { kind: "worked", outcome, answer: null };
    const answer = each.idempotent.toAnswer(outcome);
    // A rejection is not kept: with more credits a later retry may succeed.
    if (outcome.status !== "rejected") kept.push({ request: each.idempotent.request, answer });
    return { kind: "worked", outcome, answer };
  });
  if (kept.length > 0) keepAnswers(tx, kept, now);
  return results;
}

/**
 * Works `events` as `workBatch` would, faster, by what is remembered of their customers (`ingestRemembered`). Null where that cannot be done, and
 * nothing is sent then. @throws what `isMistaken` knows: then `workBatch` must work them.
 */
export async function workRemembered(
  tx: Transaction,
  catalog: Catalog,
  events: BatchEvent[],
  now: Date,
  memory: CustomerMemory,
): Promise<BatchResult[] | null> {
  if (events.some(({ idempotent }) => idempotent !== null)) return null;
  const incoming = events.map(({ event }) => event);
  const outcomes = await ingestRemembered(tx, catalog, incoming, now, memory);
  return outcomes?.map((outcome) => ({ kind: "worked", outcome, answer: null })) ?? null;
}

async function claimAll(tx: Transaction, events: BatchEvent[], now: Date): Promise<Map<BatchEvent, Claim>> {
  const requests = events.flatMap((each) => (each.idempotent === null ? [] : [{ each, ...each.idempotent }]));
  if (requests.length === 0) return new Map();
  const claims = await claimRequests(
    tx,
    requests.map(({ request }) => request),
    now,
  );
  return new Map(requests.map(({ each }, index) => [each, claims[index] as Claim]));
}

function toResult(claim: Claim): BatchResult {
  return claim instanceof BillingError
    ? { kind: "failed", error: claim }
    : { kind: "replayed", answer: claim as FinishedAnswer };
}
