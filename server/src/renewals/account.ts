/** All that billing reads and changes of a customer, under the customer's lock: in memory from being loaded to being stored. */
import type { Conversion } from "../../../core/conversion.ts";
import type { CounterState } from "../../../core/counter.ts";
import { decimal } from "../../../core/decimal.ts";
import type { FeeBasis } from "../../../core/fee-basis.ts";
import { schedulesOf, type BillingSchedules } from "../../../core/billing-schedule.ts";
import type { Meter } from "../../../core/meter.ts";
import { periodContaining, type PeriodSchedule } from "../../../core/period.ts";
import type { PlanDocument } from "../../../core/plan.ts";
import { counterKey, type CounterId } from "../../../core/rating.ts";
import type { SubscriptionState } from "../../../core/subscription.ts";
import { findConversions, type Catalog } from "../catalog/catalog.ts";
import { invoicingDefaults } from "../companies/companies.ts";
import { findBillingFields, type CustomerKey } from "../customers/customers.ts";
import { openBooks, saveBooks, type Books } from "../invoicing/invoicing.ts";
import {
  findPeriodCounters,
  insertLevelMove,
  saveCounters,
  type CountersSince,
  type LevelMove,
  type OpenCounters,
} from "../metering/metering.ts";
import type { Transaction } from "../platform/db.ts";
import type { SubscriptionRow } from "../subscriptions/schema.ts";
import {
  findUnfinished,
  inState,
  planOfSubscription,
  saveSubscriptions,
  scheduleOfSubscription,
  toState,
} from "../subscriptions/subscriptions.ts";
import { openWallets, saveWallets, type OpenWallets } from "../wallets/wallets.ts";
import * as rows from "./sql.ts";
import type { BillingRow } from "./sql.ts";

export type Account = {
  key: CustomerKey;
  currencyCode: string;
  conversions: Conversion[];
  meters: Meter[];
  invoicing: InvoicingDefaults;
  wallets: OpenWallets;
  /** By `counterKey`: of whole periods, as far back as billing looks. */
  counters: Map<string, { counter: CounterId; state: CounterState }>;
  /** The counters of levels that have been carried on or ended. */
  levels: OpenCounters;
  levelMoves: LevelMove[];
  subscriptions: BilledSubscription[];
  books: Books;
};

/** What the company says of invoices where a plan says nothing. */
export type InvoicingDefaults = Awaited<ReturnType<typeof invoicingDefaults>>;

export type BilledSubscription = {
  row: SubscriptionRow;
  state: SubscriptionState;
  /** With its overrides. */
  plan: PlanDocument;
  schedule: PeriodSchedule;
  schedules: BillingSchedules;
  history: FeeBasis[];
  /** Those that still take late usage, and those made since the account was loaded; oldest first. */
  billings: BillingRow[];
  stored: { row: SubscriptionRow | null; history: readonly FeeBasis[]; billings: readonly BillingRow[] };
};

/** The accounts of these customers, whose locks the caller holds, with wallets settled to `now`. */
export async function openAccounts(
  tx: Transaction,
  catalog: Catalog,
  keys: CustomerKey[],
  now: Date,
): Promise<Account[]> {
  const [fields, wallets, unfinished, bases, billings] = await Promise.all([
    findBillingFields(tx, keys),
    openWallets(tx, keys, now),
    findUnfinished(tx, keys),
    rows.findFeeBases(tx, keys),
    rows.findOpenBillings(tx, keys),
  ]);
  const books = await openBooks(
    tx,
    keys.map((key) => ({ key, chargesAutomatically: fields.get(key.customerId)?.hasPaymentMethod ?? false })),
    billings.flatMap(({ invoices }) => Object.values(invoices)),
  );
  const rules = new Map<number, TenantRules>();
  const accounts: Account[] = [];
  for (const key of keys) {
    const { customerId, tenantId } = key;
    const own = fields.get(customerId);
    if (own === undefined) continue;
    const plans = [];
    for (const row of unfinished.get(customerId) ?? [])
      plans.push({ row, plan: await catalog.planVersion(tx, tenantId, row.plan_code, row.plan_version) });
    const ofTenant = rules.get(tenantId) ?? (await readRules(tx, tenantId));
    rules.set(tenantId, ofTenant);
    accounts.push({
      key,
      currencyCode: own.currencyCode,
      ...ofTenant,
      wallets: wallets.get(customerId) as OpenWallets,
      counters: new Map(),
      levels: {
        counters: new Map(),
        stored: new Set(),
        values: new Map(),
        changedCounters: new Map(),
        changedValues: new Map(),
      },
      levelMoves: [],
      subscriptions: plans.map(({ row, plan }) =>
        openSubscription(
          row,
          plan,
          bases.filter(({ subscription_id }) => subscription_id === row.subscription_id).map(toFeeBasis),
          billings.filter(({ subscription_id }) => subscription_id === row.subscription_id),
        ),
      ),
      books: books.get(customerId) as Books,
    });
  }
  await loadCounters(tx, catalog, accounts);
  return accounts;
}

type TenantRules = Pick<Account, "conversions" | "invoicing" | "meters">;

async function readRules(tx: Transaction, tenantId: number): Promise<TenantRules> {
  return {
    conversions: await findConversions(tx, { id: tenantId }),
    invoicing: await invoicingDefaults(tx, { id: tenantId }),
    meters: [],
  };
}

/** A subscription as billing works on it. One that is not stored yet has no history. */
export function openSubscription(
  row: SubscriptionRow,
  version: PlanDocument,
  history: FeeBasis[] | null = null,
  billings: BillingRow[] = [],
): BilledSubscription {
  const plan = planOfSubscription(row, version);
  const schedule = scheduleOfSubscription(row, plan);
  return {
    row,
    state: toState(row),
    plan,
    schedule,
    schedules: schedulesOf(plan, schedule),
    history: history ?? [],
    billings,
    stored: { row: history === null ? null : row, history: history ?? [], billings },
  };
}

/** The counters that billing looks at, and the meters of their prices. */
async function loadCounters(tx: Transaction, catalog: Catalog, accounts: Account[]): Promise<void> {
  const wanted: CountersSince[] = [];
  for (const { key, subscriptions } of accounts) {
    for (const { row, plan, schedules, billings } of subscriptions) {
      if (row.status === "pending") continue;
      // Back to what a draft may still take, and to the begin of the billing period, which commitments are for.
      const open = billings.flatMap(({ usage_start }) => (usage_start === null ? [] : [usage_start.getTime()]));
      const current = periodContaining(schedules.usage, row.current_period_start.getTime()).startsAt;
      const since = new Date(Math.min(current, row.usage_billed_until?.getTime() ?? row.starts_at.getTime(), ...open));
      const priceCodes = plan.usagePrices.map(({ code }) => code);
      wanted.push({ key, subscriptionId: row.subscription_id, priceCodes, since });
    }
  }
  const accountOf = new Map(
    accounts.flatMap((account) => account.subscriptions.map(({ row }) => [row.subscription_id, account])),
  );
  for (const found of await findPeriodCounters(tx, wanted))
    accountOf.get(found.counter.subscriptionId)?.counters.set(counterKey(found.counter), found);
  await loadMeters(tx, catalog, accounts);
}

async function loadMeters(tx: Transaction, catalog: Catalog, accounts: Account[]): Promise<void> {
  for (const tenantId of new Set(accounts.map(({ key }) => key.tenantId))) {
    const own = accounts.filter(({ key }) => key.tenantId === tenantId);
    const codes = own.flatMap(({ subscriptions }) =>
      subscriptions.flatMap(({ plan }) => plan.usagePrices.map(({ meterCode }) => meterCode)),
    );
    const meters = await catalog.metersByCode(tx, tenantId, [...new Set(codes)]);
    for (const account of own) account.meters = meters;
  }
}

/** Stores what has changed, with one statement for each kind of row. */
export async function saveAccounts(tx: Transaction, accounts: Account[], now: Date): Promise<void> {
  const all = accounts.flatMap(({ key, subscriptions }) =>
    subscriptions.map((each) => ({ tenantId: key.tenantId, key, each, row: withState(each, now) })),
  );
  await saveSubscriptions(
    tx,
    all.filter(({ each, row }) => each.stored.row !== row),
  );
  rows.upsertFeeBases(
    tx,
    all.flatMap(({ tenantId, each }) =>
      each.history
        .filter((basis) => !each.stored.history.includes(basis))
        .map((basis) => ({ tenantId, row: toFeeBasisRow(each.row, basis) })),
    ),
  );
  for (const { key, each } of all) {
    const gone = each.stored.history.filter(({ from }) => !each.history.some((basis) => basis.from === from));
    const starts = gone.map(({ from }) => new Date(from));
    if (starts.length > 0) rows.deleteFeeBases(tx, key, each.row.subscription_id, starts);
  }
  for (const { levels, levelMoves } of accounts) {
    saveCounters(tx, levels);
    for (const move of levelMoves) insertLevelMove(tx, move, now);
  }
  saveWallets(
    tx,
    accounts.map(({ wallets }) => wallets),
    now,
  );
  await saveBooks(
    tx,
    accounts.map(({ books }) => books),
    now,
  );
  rows.upsertBillings(
    tx,
    all.flatMap(({ tenantId, each }) =>
      each.billings.filter((row) => !each.stored.billings.includes(row)).map((row) => ({ tenantId, row })),
    ),
  );
}

/** The row as it is to be stored; the same object if nothing has changed. */
function withState({ row, state, billings, stored }: BilledSubscription, now: Date): SubscriptionRow {
  const isUntouched = stored.row === row && sameState(state, toState(row)) && billings === stored.billings;
  return isUntouched ? row : { ...inState(row, state, closesNext(billings)), updated_at: now };
}

function sameState(a: SubscriptionState, b: SubscriptionState): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** When the oldest draft takes no more late usage. */
export function closesNext(billings: readonly BillingRow[]): number | null {
  const open = billings.filter(({ is_closed }) => !is_closed).map(({ closes_at }) => closes_at.getTime());
  return open.length === 0 ? null : Math.min(...open);
}

/** The subscription as the account has it, for an answer. */
export function rowOf(subscription: BilledSubscription, now: Date): SubscriptionRow {
  return withState(subscription, now);
}

function toFeeBasis(row: rows.FeeBasisRow): FeeBasis {
  return {
    from: row.starts_at.getTime(),
    seatCount: decimal(row.quantity),
    isBilled: row.is_billed,
    isCredited: row.is_credited,
  };
}

function toFeeBasisRow(subscription: SubscriptionRow, basis: FeeBasis): rows.FeeBasisRow {
  return {
    bucket: subscription.bucket,
    customer_id: subscription.customer_id,
    subscription_id: subscription.subscription_id,
    starts_at: new Date(basis.from),
    quantity: basis.seatCount.toString(),
    is_billed: basis.isBilled,
    is_credited: basis.isCredited ?? true,
  };
}
