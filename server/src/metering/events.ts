import { readCounterState } from "../../../core/counter.ts";
import { decimal } from "../../../core/decimal.ts";
import { valuesOfDimension } from "../../../core/dimension.ts";
import { explain, type Explanation } from "../../../core/explanation.ts";
import { dimensionsOf, type UsagePrice } from "../../../core/plan.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { customerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import type { Queryable } from "../platform/db.ts";
import { getSubscription, planOfSubscription } from "../subscriptions/subscriptions.ts";
import type { LedgerEntryRow } from "../wallets/sql.ts";
import { findLedgerEntries } from "../wallets/wallets.ts";
import { whyNoEvent } from "./archived.ts";
import * as rows from "./event-sql.ts";
import type { RecordedEventRow } from "./event-sql.ts";
import type { StoredCharge } from "./sql.ts";
import { entryPlaces } from "./void.ts";

/** Why a charge is what it is: the stored charge, the price that made it, and the lines that add up to it. */
export type ExplainedCharge = {
  charge: StoredCharge;
  planCode: string;
  price: UsagePrice;
  /** The values that the price tells usage apart by, with their properties. */
  dimension: [property: string, value: string | boolean | null][];
  explanation: Explanation;
};

export type ExplainedEvent = {
  event: RecordedEventRow;
  charges: ExplainedCharge[];
  /** What moved the wallets: the draw-down, and what gave it back if the event is voided. */
  entries: LedgerEntryRow[];
};

/** One event and why it cost what it did, by the plan version that priced it. @throws EVENT_NOT_FOUND, EVENT_ARCHIVED */
export async function getEvent(db: Queryable, catalog: Catalog, tenant: Tenant, id: string): Promise<ExplainedEvent> {
  const event = await rows.findEvent(db, tenant.id, id);
  if (event === null) throw await whyNoEvent(db, id);
  const places = entryPlaces([...event.charges, ...(event.voidCharges ?? [])]);
  const entries = await findLedgerEntries(db, customerKey(tenant, event.customerId), places);
  const charges: ExplainedCharge[] = [];
  for (const charge of event.charges) charges.push(await explainCharge(db, catalog, tenant, charge));
  return { event, charges, entries };
}

async function explainCharge(
  db: Queryable,
  catalog: Catalog,
  tenant: Tenant,
  charge: StoredCharge,
): Promise<ExplainedCharge> {
  const row = await getSubscription(db, tenant, charge.subscription_id);
  const version = await catalog.planVersion(db, tenant.id, row.plan_code, charge.plan_version);
  const plan = planOfSubscription(row, version);
  const price = plan.usagePrices.find(({ code }) => code === charge.price_code);
  if (price === undefined) throw new Error("the plan version that charged an event has lost its price");
  const explanation = explain(price, {
    dimension: charge.dimension,
    counterBefore: readCounterState(charge.counter_before),
    counterAfter: readCounterState(charge.counter_after),
    uncappedBefore: decimal(charge.uncapped_before),
    uncappedAfter: decimal(charge.uncapped_after),
  });
  const names = dimensionsOf(price);
  const dimension = valuesOfDimension(charge.dimension).map((value, index): [string, string | boolean | null] => [
    names[index] as string,
    value,
  ]);
  return { charge, planCode: row.plan_code, price, dimension, explanation };
}
