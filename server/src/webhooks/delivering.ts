/** Sending webhook events to the endpoints that want them. */
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/db.ts";
import * as rows from "./delivery-sql.ts";
import type { ClaimedDelivery, DueDelivery } from "./delivery-sql.ts";
import * as endpoints from "./endpoint-sql.ts";
import { post } from "./request.ts";
import { presentWebhookEvent } from "./schema.ts";
import { signedHeaders } from "./signature.ts";

const dayMs = 86_400_000;
export const givesUpAfterMs = 3 * dayMs;

const limits = { limit: 50, limitInAll: 1_000 };
const endpointsAtATime = 20;

/**
 * Sends what is due, to each endpoint one after the other in the order in which it happened. Safe to run in several processes at once. One
 * that is killed between an answer and writing it down has the event sent again, with the same `webhook-id`.
 */
export async function deliverWebhooks(database: Database, clock: Clock): Promise<void> {
  const byEndpoint = new Map<string, DueDelivery[]>();
  for (const due of await rows.findDueDeliveries(database, clock.now(), limits)) {
    const own = byEndpoint.get(due.webhook_endpoint_id) ?? [];
    byEndpoint.set(due.webhook_endpoint_id, [...own, due]);
  }
  const queues = [...byEndpoint.values()];
  const work = async () => {
    for (let queue = queues.shift(); queue !== undefined; queue = queues.shift())
      await deliverInOrder(database, clock, queue);
  };
  await Promise.all(Array.from({ length: endpointsAtATime }, work));
}

async function deliverInOrder(database: Database, clock: Clock, queue: DueDelivery[]): Promise<void> {
  for (const due of queue) {
    const now = clock.now();
    const givesUpAt = new Date(now.getTime() + givesUpAfterMs);
    const delivery = await rows.claimDelivery(database, due, { now, givesUpAt });
    // An endpoint that does not answer is not asked for each event of the queue.
    if (delivery !== null && !(await deliver(database, clock, delivery))) return;
  }
}

async function deliver(database: Database, clock: Clock, delivery: ClaimedDelivery): Promise<boolean> {
  const { tenant_id: tenantId, webhook_endpoint_id: endpointId } = delivery;
  const outcome = await tryOnce(delivery, clock.now());
  const now = clock.now();
  if (outcome.last_error === null) {
    await rows.noteTry(database, delivery, { status: "delivered", ...outcome }, now);
    await endpoints.noteWorking(database, tenantId, endpointId);
    return true;
  }
  const status = delivery.send_at > delivery.gives_up_at ? "failed" : "waiting";
  await rows.noteTry(database, delivery, { status, ...outcome }, now);
  await endpoints.noteFailing(database, tenantId, endpointId, {
    now,
    offIfSince: new Date(now.getTime() - givesUpAfterMs),
  });
  return false;
}

async function tryOnce(
  delivery: ClaimedDelivery,
  now: Date,
): Promise<{ response_status: number | null; last_error: string | null }> {
  const { webhook_event_id: id, url, mode } = delivery;
  const body = JSON.stringify(presentWebhookEvent(delivery));
  const { secret, previous_secret: previous, previous_secret_ends_at: previousEndsAt } = delivery;
  const isPreviousValid = previous !== null && previousEndsAt !== null && previousEndsAt > now;
  const headers = signedHeaders({ id, body, now }, isPreviousValid ? [secret, previous] : [secret]);
  try {
    const status = await post({ url, body, headers, mode });
    const isTaken = status >= 200 && status < 300;
    return { response_status: status, last_error: isTaken ? null : `The endpoint answered with status ${status}.` };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { response_status: null, last_error: message.slice(0, 500) };
  }
}
