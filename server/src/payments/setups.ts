/** Payment methods that customers leave on a provider's own page: recorded first, told outside of any transaction, as payments are. */
import { BillingError } from "../../../core/errors.ts";
import {
  customerKey,
  lockCustomer,
  lockCustomers,
  setDefaultPaymentMethod,
  type CustomerKey,
} from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import type { Database, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import type { ProviderCard, ProviderName, SetupOutcome } from "./provider.ts";
import type { PaymentMethodRow, SetupRow } from "./schema.ts";
import type { Collecting } from "./sequel.ts";
import * as rows from "./setup-sql.ts";
import * as methodRows from "./sql.ts";
import type { Waiting } from "./sql.ts";
import { getStripeAccount } from "./stripe-accounts.ts";

/** @throws CUSTOMER_NOT_FOUND, CARDS_NOT_TAKEN where Stripe is not set up */
export async function beginSetup(
  tx: Transaction,
  { publicUrl }: Collecting,
  tenant: Tenant,
  of: { customerId: string; successUrl: string | null; cancelUrl: string | null },
  now: Date,
): Promise<SetupRow> {
  await lockCustomer(tx, tenant, of.customerId);
  if ((await getStripeAccount(tx, tenant)) === null) throw new BillingError("CARDS_NOT_TAKEN");
  const setup: SetupRow = {
    customer_id: of.customerId,
    setup_id: createId(now),
    provider: "stripe",
    success_url: of.successUrl ?? publicUrl,
    cancel_url: of.cancelUrl ?? of.successUrl ?? publicUrl,
    status: "processing",
    reference: null,
    action_url: null,
    payment_method_id: null,
    check_at: now,
    checks: 0,
    created_at: now,
    ended_at: null,
  };
  rows.insertSetup(tx, customerKey(tenant, of.customerId), setup);
  return setup;
}

/**
 * Tells the provider of a setup, or asks about it, and records what came of it; with `isNow` before it is time.
 * @returns it as it is then, or null if another asks.
 */
export async function settleSetup(
  database: Database,
  { providers }: Collecting,
  waiting: Waiting,
  now: Date,
  { isNow = false } = {},
): Promise<SetupRow | null> {
  const claimed = await rows.claimSetup(database, waiting, now, isNow);
  if (claimed === null) return null;
  const setUp = providers.get(claimed.provider)?.setUp;
  if (setUp === null || setUp === undefined) throw new Error(`${claimed.provider} cannot set up payment methods`);
  const outcome = await setUp(
    {
      key: waiting,
      setupId: claimed.setup_id,
      reference: claimed.reference,
      successUrl: claimed.success_url,
      cancelUrl: claimed.cancel_url,
      createdAt: claimed.created_at,
    },
    now,
  );
  return database.transaction((tx) => recordSetup(tx, waiting, claimed, outcome, now));
}

/** Asks at once about what a customer may just have done on a provider's page. */
export async function settleSetupsOf(
  database: Database,
  collecting: Collecting,
  key: CustomerKey,
  now: Date,
): Promise<void> {
  for (const id of await rows.findOpenSetups(database, key))
    await settleSetup(database, collecting, { ...key, id }, now, { isNow: true });
}

async function recordSetup(
  tx: Transaction,
  key: CustomerKey,
  claimed: SetupRow,
  outcome: SetupOutcome,
  now: Date,
): Promise<SetupRow | null> {
  if ((await lockCustomers(tx, [key])).length === 0) return null;
  const setup = await rows.lockSetup(tx, key, claimed.setup_id);
  if (setup === null || setup.ended_at !== null) return setup;
  const told = { ...setup, reference: outcome.reference };
  const after: SetupRow =
    outcome.status === "requires_action"
      ? {
          ...told,
          status: outcome.status,
          action_url: outcome.actionUrl,
          check_at: methodRows.nextAsk(setup, claimed, new Date(now.getTime() + outcome.checkAfterMs)),
          checks: 0,
        }
      : {
          ...told,
          status: outcome.status,
          action_url: null,
          check_at: null,
          ended_at: now,
          payment_method_id:
            outcome.status === "succeeded"
              ? await keepCard(tx, key, { provider: setup.provider, card: outcome.card, isDefault: true }, now)
              : null,
        };
  rows.updateSetup(tx, key, after);
  return after;
}

/** The saved method of a card, a new one unless it is there already. @returns its id. */
export async function keepCard(
  tx: Transaction,
  key: CustomerKey,
  of: { provider: ProviderName; card: ProviderCard; isDefault: boolean },
  now: Date,
): Promise<string> {
  const { provider, card } = of;
  const customer = await lockCustomer(tx, { id: key.tenantId }, key.customerId);
  const known = (await methodRows.listMethods(tx, key)).find(({ reference }) => reference === card.reference);
  const method: PaymentMethodRow = known ?? {
    customer_id: key.customerId,
    payment_method_id: createId(now),
    provider,
    reference: card.reference,
    brand: card.brand,
    last_four: card.lastFour,
    expires_month: card.expiresMonth,
    expires_year: card.expiresYear,
    is_kept: true,
    created_at: now,
  };
  if (known === undefined) methodRows.insertMethod(tx, key, method);
  if (of.isDefault || customer.default_payment_method_id === null)
    await setDefaultPaymentMethod(tx, key, method.payment_method_id);
  return method.payment_method_id;
}
