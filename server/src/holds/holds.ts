import { isSameDenomination, type Denomination } from "../../../core/denomination.ts";
import { max, sum, zero, type Decimal } from "../../../core/decimal.ts";
import { BillingError } from "../../../core/errors.ts";
import { openHold, releaseHold, stateAt, type Hold, type HoldState } from "../../../core/hold.ts";
import { overdraftPolicy, type OverdraftPolicy } from "../../../core/plan.ts";
import type { Properties } from "../../../core/property.ts";
import { requirePricingUnit, type Catalog } from "../catalog/catalog.ts";
import { customerKey, getCustomer, lockCustomer, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toDenomination } from "../http/denomination.ts";
import { toPage, type Page } from "../http/pagination.ts";
import {
  estimateEvents,
  ingestEvents,
  withKey,
  type CatchUp,
  type IncomingEvent,
  type Outcome,
  type Promised,
} from "../metering/metering.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { findPricingSubscriptions } from "../subscriptions/subscriptions.ts";
import {
  findHold,
  findOpenHolds,
  heldBy,
  listHolds as listHoldRows,
  openWallets,
  saveHold,
  saveWallets,
  walletIn,
  type HoldRow,
  type OpenWallet,
  type OpenWallets,
} from "../wallets/wallets.ts";
import { longestHoldMs, type CaptureFields, type HoldFields } from "./schema.ts";

const defaultHoldMs = 3_600_000;

/**
 * A new hold on one of the customer's wallets. @throws CUSTOMER_NOT_FOUND, PRICING_UNIT_NOT_FOUND, VALIDATION_ERROR, HOLD_TOO_LARGE if a
 * live plan blocks overdrafts and less is available.
 */
export async function createHold(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  customerId: string,
  fields: HoldFields,
  now: Date,
): Promise<HoldRow> {
  await lockCustomer(tx, tenant, customerId);
  const key = customerKey(tenant, customerId);
  const expiresAt = fields.expires_at ?? new Date(now.getTime() + defaultHoldMs);
  if (expiresAt <= now || expiresAt.getTime() - now.getTime() > longestHoldMs)
    refuseField("expires_at", "Must be in the future, and at most 31 days ahead.");
  const { denomination, amount } = await wantedBy(tx, catalog, tenant, key, fields, now);
  const overdraft = await policyOf(tx, catalog, key, denomination, now);

  const opened = await openOwn(tx, key, now);
  const open = walletIn(opened, denomination);
  const holds = await holdsIn(tx, key, denomination);
  const hold = makeHold(open, holds, { id: createId(now), amount, expiresAt, now, overdraft });

  const row: HoldRow = {
    bucket: key.bucket,
    customer_id: customerId,
    hold_id: hold.id,
    account_type: denomination.accountType,
    code: denomination.code,
    initial_amount: amount,
    amount,
    captured: zero,
    state: "open",
    expires_at: expiresAt,
    metadata: fields.metadata,
    created_at: now,
    updated_at: now,
  };
  open.held = heldBy([...holds, row], now);
  saveWallets(tx, [opened], now);
  saveHold(tx, tenant.id, row);
  return row;
}

/** What is to be reserved: an amount that is given, or what the event would cost. */
async function wantedBy(
  tx: Transaction,
  catalog: Catalog,
  tenant: Tenant,
  key: CustomerKey,
  fields: HoldFields,
  now: Date,
): Promise<{ denomination: Denomination; amount: Decimal }> {
  if (fields.event === undefined) {
    const denomination = toDenomination(fields);
    if (denomination.accountType === "pricing_unit") await requirePricingUnit(tx, tenant, denomination.code);
    return { denomination, amount: fields.amount as Decimal };
  }
  const event = {
    key,
    eventName: fields.event.event_name,
    idempotencyKey: "hold",
    timestamp: now,
    properties: fields.event.properties as Properties,
  };
  const [outcome] = (await estimateEvents(tx, catalog, [event], now)) as [Outcome];
  if (outcome.status === "refused") throw outcome.error;
  const costs = outcome.cost.filter(({ amount }) => amount.isPositive());
  const [cost] = costs;
  if (cost === undefined) refuseField("event", "Such an event would cost nothing now; give an amount.");
  if (costs.length > 1)
    refuseField("event", "Such an event would cost in several denominations; hold an amount in each.");
  return cost;
}

/** Whether one of the customer's live plans blocks overdrafts in the denomination. */
async function policyOf(
  tx: Transaction,
  catalog: Catalog,
  key: CustomerKey,
  denomination: Denomination,
  now: Date,
): Promise<OverdraftPolicy> {
  const live = (await findPricingSubscriptions(tx, [key], now, now)).get(key.customerId) ?? [];
  for (const { plan_code, plan_version } of live) {
    const plan = await catalog.planVersion(tx, key.tenantId, plan_code, plan_version);
    if (overdraftPolicy(plan, denomination) === "block") return "block";
  }
  return "allow";
}

function makeHold(
  { wallet }: OpenWallet,
  holds: HoldRow[],
  of: { id: string; amount: Decimal; expiresAt: Date; now: Date; overdraft: OverdraftPolicy },
): Hold {
  const { id, amount, expiresAt, now, overdraft } = of;
  try {
    return openHold(wallet, holds.map(toHold), {
      id,
      amount,
      expiresAt: expiresAt.getTime(),
      at: now.getTime(),
      overdraft,
    });
  } catch (error) {
    if (error instanceof BillingError && error.code === "INSUFFICIENT_BALANCE")
      throw new BillingError("HOLD_TOO_LARGE");
    throw error;
  }
}

/** @throws CUSTOMER_NOT_FOUND, HOLD_NOT_FOUND */
export async function getHold(db: Queryable, tenant: Tenant, customerId: string, id: string): Promise<HoldRow> {
  await getCustomer(db, tenant, customerId);
  const row = await findHold(db, customerKey(tenant, customerId), id);
  if (row === null) throw new BillingError("HOLD_NOT_FOUND");
  return row;
}

/** @throws CUSTOMER_NOT_FOUND */
export async function listHolds(
  db: Queryable,
  tenant: Tenant,
  customerId: string,
  filter: { state: HoldState | null; now: Date },
  page: { after: string | null; limit: number },
): Promise<Page<HoldRow>> {
  await getCustomer(db, tenant, customerId);
  const found = await listHoldRows(db, customerKey(tenant, customerId), filter, { ...page, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.hold_id);
}

/** The hold, given up; releasing it again changes nothing. @throws CUSTOMER_NOT_FOUND, HOLD_NOT_FOUND, HOLD_ENDED */
export async function release(
  tx: Transaction,
  tenant: Tenant,
  customerId: string,
  id: string,
  now: Date,
): Promise<HoldRow> {
  await lockCustomer(tx, tenant, customerId);
  const key = customerKey(tenant, customerId);
  const row = await getHold(tx, tenant, customerId, id);
  const released = releaseHold([toHold(row)], { holdId: id, at: now.getTime() });
  if (row.state === "released") return row;
  const after: HoldRow = { ...row, amount: released.amount, state: released.state, updated_at: now };
  await storeHold(tx, key, after, now);
  return after;
}

export type Captured = { hold: HoldRow; outcomes: Outcome[] };

/**
 * The hold with real events recorded against it, all or none; what is left is given up, or stays with `keep_rest`.
 * @throws CUSTOMER_NOT_FOUND, HOLD_NOT_FOUND, HOLD_ENDED, CAPTURE_REFUSED with the reason for each event that was not taken.
 */
export async function capture(
  tx: Transaction,
  catalog: Catalog,
  catchUp: CatchUp,
  tenant: Tenant,
  at: { customerId: string; id: string },
  fields: CaptureFields,
  now: Date,
): Promise<Captured> {
  const { customerId, id } = at;
  await lockCustomer(tx, tenant, customerId);
  const key = customerKey(tenant, customerId);
  const row = await getHold(tx, tenant, customerId, id);
  const events = fields.events.map((event) => withKey(key, event));
  if (stateOf(row, now) !== "open") return captureAgain(tx, catalog, catchUp, row, events, now);

  const denomination: Denomination = { accountType: row.account_type, code: row.code };
  const promise: Promised = {
    key,
    denomination,
    reserved: row.amount,
    left: row.amount,
    keepsRest: fields.keep_rest,
  };
  const outcomes = await ingestEvents(tx, catalog, events, now, catchUp, { promise });
  refuseFailed(outcomes);

  const cost = spentIn(outcomes, denomination);
  const isOpen = fields.keep_rest && promise.left.isPositive();
  const after: HoldRow = {
    ...row,
    amount: isOpen ? promise.left : zero,
    captured: row.captured.plus(cost),
    state: isOpen ? "open" : "captured",
    updated_at: now,
  };
  await storeHold(tx, key, after, now);
  return { hold: after, outcomes };
}

/** A capture that comes again because its answer was lost is told what became of it; nothing new goes onto a hold that has ended. */
async function captureAgain(
  tx: Transaction,
  catalog: Catalog,
  catchUp: CatchUp,
  hold: HoldRow,
  events: IncomingEvent[],
  now: Date,
): Promise<Captured> {
  const outcomes = await ingestEvents(tx, catalog, events, now, catchUp);
  // What was recorded all the same goes with the transaction.
  if (outcomes.some(({ status }) => status !== "duplicate")) throw new BillingError("HOLD_ENDED");
  return { hold, outcomes };
}

function refuseFailed(outcomes: Outcome[]): void {
  const details = outcomes.flatMap((outcome, index) =>
    outcome.status === "refused" || outcome.status === "rejected"
      ? [{ path: `events.${index}`, code: outcome.error.code, message: outcome.error.message }]
      : [],
  );
  if (details.length > 0) throw new BillingError("CAPTURE_REFUSED", { details });
}

/** What the events that were new have cost in the denomination, not below nothing. */
function spentIn(outcomes: Outcome[], denomination: Denomination): Decimal {
  const costs = outcomes.flatMap((outcome) => (outcome.status === "processed" ? outcome.cost : []));
  const own = costs.filter((cost) => isSameDenomination(cost.denomination, denomination));
  return max(zero, sum(own.map(({ amount }) => amount)));
}

/** Stores what has become of a hold, and the wallet's sum with it. */
async function storeHold(tx: Transaction, key: CustomerKey, row: HoldRow, now: Date): Promise<void> {
  saveHold(tx, key.tenantId, row);
  const denomination: Denomination = { accountType: row.account_type, code: row.code };
  const opened = await openOwn(tx, key, now);
  walletIn(opened, denomination).held = heldBy(await holdsIn(tx, key, denomination), now);
  saveWallets(tx, [opened], now);
}

async function openOwn(tx: Transaction, key: CustomerKey, now: Date): Promise<OpenWallets> {
  return (await openWallets(tx, [key], now)).get(key.customerId) as OpenWallets;
}

/** The holds of one wallet that are open on record. */
async function holdsIn(tx: Transaction, key: CustomerKey, { accountType, code }: Denomination): Promise<HoldRow[]> {
  const holds = await findOpenHolds(tx, [key]);
  return holds.filter((each) => each.account_type === accountType && each.code === code);
}

function stateOf(row: HoldRow, now: Date): HoldState {
  return stateAt(toHold(row), now.getTime());
}

function toHold(row: HoldRow): Hold {
  return {
    id: row.hold_id,
    amount: row.amount,
    captured: row.captured,
    expiresAt: row.expires_at.getTime(),
    createdAt: row.created_at.getTime(),
    state: row.state,
  };
}

function refuseField(path: string, message: string): never {
  throw new BillingError("VALIDATION_ERROR", { details: [{ path, message }] });
}
