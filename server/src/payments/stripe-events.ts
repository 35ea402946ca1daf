/** What Stripe tells by itself. It is never believed about money: an event only says what to ask about, so that it may come twice, late or not at all. */
import type { Stripe } from "stripe";
import { BillingError } from "../../../core/errors.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import type { Secrets } from "../platform/secrets.ts";
import * as rows from "./stripe-sql.ts";
import type { Mentioned } from "./stripe-sql.ts";

/** An event that is older may be an old one that somebody sends again. */
const toleranceSeconds = 300;

export type ReceivedEvent = { tenantId: number; mentioned: Mentioned };

/**
 * What a request to a tenant's own address is about, once its signature has shown that it is Stripe's.
 * @throws NOT_FOUND for an unknown address, SIGNATURE_INVALID
 */
export async function readStripeEvent(
  db: Queryable,
  secrets: Secrets,
  request: { token: string; body: Buffer; signature: string },
  now: Date,
): Promise<ReceivedEvent> {
  const account = await rows.findAccountByToken(db, request.token);
  if (account === null) throw new BillingError("NOT_FOUND");
  if (account.webhook_secret === null) throw new BillingError("SIGNATURE_INVALID");
  const secret = secrets.open(account.webhook_secret);
  const { webhooks } = (await import("stripe")).Stripe;
  let event: Stripe.Event;
  try {
    event = webhooks.constructEvent(
      request.body,
      request.signature,
      secret,
      toleranceSeconds,
      undefined,
      now.getTime(),
    );
  } catch (cause) {
    throw new BillingError("SIGNATURE_INVALID", { cause });
  }
  return { tenantId: account.tenant_id, mentioned: mentionedIn(event.data.object) };
}

/** Everything in an object of Stripe's that may be the id of something of ours. Kinds of events come and go; these fields stay. */
function mentionedIn(object: object): Mentioned {
  const { id, payment_intent: intent, metadata } = object as Record<string, unknown>;
  const ours = metadata as Record<string, unknown> | null | undefined;
  const ofIntent = typeof intent === "object" && intent !== null && "id" in intent ? intent.id : intent;
  return {
    ids: [ours?.payment_id, ours?.refund_id, ours?.setup_id].filter(isText),
    references: [id, ofIntent].filter(isText),
  };
}

const isText = (value: unknown): value is string => typeof value === "string";

/** Has the provider asked about what an event is about. */
export async function noteStripeEvent(tx: Transaction, { tenantId, mentioned }: ReceivedEvent): Promise<void> {
  await rows.askAbout(tx, tenantId, mentioned);
}
