import { decimal, sum, type Decimal } from "../../../core/decimal.ts";
import { compareDenominations, denominationKey, type Denomination } from "../../../core/denomination.ts";
import { BillingError } from "../../../core/errors.ts";
import type { ExpectedRenewal } from "../../../core/balance.ts";
import { leftOverOf } from "../../../core/recurring-grant.ts";
import {
  addEndedGrant,
  addGrant,
  adjust,
  emptyWallet,
  nextChangeAt,
  returnFromInvoice as returnedFrom,
  settleDue,
  voidGrant,
  type Grant,
  type LedgerEntry,
  type Transition,
  type Wallet,
} from "../../../core/wallet.ts";
import { requirePricingUnit } from "../catalog/catalog.ts";
import { customerKey, getCustomer, lockCustomer, lockCustomers, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toDenomination } from "../http/denomination.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Database, Queryable, Sql, Transaction } from "../platform/db.ts";
import { Gathered } from "../platform/gathered.ts";
import { createId } from "../platform/ids.ts";
import { recordOccurrences, type Occurrence } from "../webhooks/webhooks.ts";
import { presentBalanceAlert } from "./balance-alert-schema.ts";
import type { CreditGrantFields } from "./schema.ts";
import { heldBy, nothingHeld, type Held } from "./held.ts";
import * as holdRows from "./hold-sql.ts";
import type { HoldRow } from "./hold-sql.ts";
import * as rows from "./sql.ts";

export { heldBy, type Held } from "./held.ts";
export { findHold, findOpenHolds, listHolds, saveHold, type HoldRow } from "./hold-sql.ts";
import type { CreditGrantRow, LedgerEntryRow, LedgerPlace, LedgerPosition, WalletRow, WatchRow } from "./sql.ts";
import { lookAt, toWatch, toWatchRow, unwatched, type Sighting, type Watch } from "./watch.ts";

/** A wallet under its customer's lock: as it was loaded, as it has become, and the entries in between. */
export type OpenWallet = {
  loaded: Wallet;
  wallet: Wallet;
  entries: LedgerEntry[];
  /** What only the rows of grants that were added know. */
  given: NewGrant[];
  loadedHeld: Held;
  held: Held;
  /** Holds whose time is over, to be noted. */
  expiredHolds: string[];
  loadedWatch: Watch;
  watch: Watch;
  updatedAt: Date | null;
};

type NewGrant = Omit<CreditGrantRow, "remaining" | "state">;

/** One customer's wallets, by `denominationKey`. */
export type OpenWallets = { key: CustomerKey; wallets: Map<string, OpenWallet> };

export type Balance = { denomination: Denomination; balance: Decimal };

/**
 * The wallets of `keys`, by customer id, settled to `now`: what grants have started or expired by then is in them. The caller
 * holds the customers' locks, moves the wallets with `applyTransition`, and stores the outcome with `saveWallets`.
 */
export async function openWallets(tx: Transaction, keys: CustomerKey[], now: Date): Promise<Map<string, OpenWallets>> {
  const [walletRows, grantRows] = await Promise.all([rows.findWallets(tx, keys), rows.findLiveGrants(tx, keys)]);
  const opened = new Map<string, OpenWallets>(keys.map((key) => [key.customerId, { key, wallets: new Map() }]));
  const grants = groupByWallet(grantRows);
  const overdue: OpenWallet[] = [];
  for (const row of walletRows) {
    const open = openRow(row, grants.get(walletName(row)) ?? []);
    applyTransition(open, settleDue(open.wallet, now.getTime()));
    if (open.held.until !== null && open.held.until <= now.getTime()) overdue.push(open);
    opened.get(row.customer_id)?.wallets.set(denominationKey(open.wallet.denomination), open);
  }
  if (overdue.length > 0) await lookAtHolds(tx, [...opened.values()], now);
  return opened;
}

/** A customer's wallets between two transactions, as far as they are needed to open them again. */
export type KeptWallets = {
  key: CustomerKey;
  wallets: readonly (Pick<OpenWallet, "wallet" | "held" | "watch"> & { updatedAt: Date })[];
  /** When the first hold expires, in milliseconds: from then on they must be read again. */
  until: number;
};

/** What `opened` will be once it is stored at `now`, as `openWallets` would read it. */
export function keepWallets({ key, wallets }: OpenWallets, now: Date): KeptWallets {
  const kept = [...wallets.values()].map((open) => ({
    wallet: { ...open.wallet, grants: open.wallet.grants.filter(isLiveGrant) },
    held: open.held,
    watch: open.watch,
    updatedAt: isChanged(open) ? recordedAt(open, now) : (open.updatedAt as Date),
  }));
  const until = Math.min(...kept.map(({ held }) => held.until ?? Infinity));
  return { key, wallets: kept, until };
}

const isLiveGrant = ({ state }: Grant) => state === "scheduled" || state === "active";

/** What `openWallets` would return of them: the caller holds the customer's lock and knows that nobody else has changed anything. */
export function reopenWallets({ key, wallets }: KeptWallets, now: Date): OpenWallets {
  const opened = wallets.map(({ wallet, held, watch, updatedAt }): [string, OpenWallet] => {
    const open = openAs(wallet, held, watch, updatedAt);
    applyTransition(open, settleDue(wallet, now.getTime()));
    return [denominationKey(wallet.denomination), open];
  });
  return { key, wallets: new Map(opened) };
}

/** Leaves out what has expired of these customers' holds, for good once the wallets are stored. */
async function lookAtHolds(tx: Transaction, opened: OpenWallets[], now: Date): Promise<void> {
  const holds = await holdRows.findOpenHolds(
    tx,
    opened.map(({ key }) => key),
  );
  for (const { key, wallets } of opened) {
    for (const open of wallets.values()) {
      const own = holds.filter((hold) => hold.customer_id === key.customerId && isIn(hold, open));
      open.held = heldBy(own, now);
      open.expiredHolds = own.filter(({ expires_at }) => expires_at <= now).map(({ hold_id }) => hold_id);
    }
  }
}

function isIn({ account_type, code }: HoldRow, { wallet: { denomination } }: OpenWallet): boolean {
  return account_type === denomination.accountType && code === denomination.code;
}

function groupByWallet(grantRows: CreditGrantRow[]): Map<string, Grant[]> {
  const grouped = new Map<string, Grant[]>();
  for (const row of grantRows) {
    const grants = grouped.get(walletName(row));
    if (grants === undefined) grouped.set(walletName(row), [toGrant(row)]);
    else grants.push(toGrant(row));
  }
  return grouped;
}

function walletName(row: Pick<WalletRow, "customer_id" | "account_type" | "code">): string {
  return `${row.customer_id}:${row.account_type}:${row.code}`;
}

function openRow(row: WalletRow & WatchRow, grants: Grant[]): OpenWallet {
  const wallet: Wallet = {
    denomination: { accountType: row.account_type, code: row.code },
    balance: row.balance,
    lastSeq: row.last_seq,
    grants,
  };
  const held: Held = { amount: row.held, until: row.held_until?.getTime() ?? null };
  return openAs(wallet, held, toWatch(row), row.updated_at);
}

function openAs(wallet: Wallet, held: Held, watch: Watch, updatedAt: Date | null): OpenWallet {
  return {
    loaded: wallet,
    wallet,
    entries: [],
    given: [],
    loadedHeld: held,
    held,
    expiredHolds: [],
    loadedWatch: watch,
    watch,
    updatedAt,
  };
}

/** The customer's wallet in `denomination`; a new, empty one if there is none. */
export function walletIn({ wallets }: OpenWallets, denomination: Denomination): OpenWallet {
  const key = denominationKey(denomination);
  const existing = wallets.get(key);
  if (existing !== undefined) return existing;
  const open = openAs(emptyWallet(denomination), nothingHeld, unwatched, null);
  wallets.set(key, open);
  return open;
}

/** Adds the grants of these ids to the wallets that they belong to, if they have ended and so are not in them. */
export async function addEndedGrants(tx: Transaction, { key, wallets }: OpenWallets, ids: string[]): Promise<void> {
  const missing = ids.filter((id) => ![...wallets.values()].some((open) => hasGrant(open.wallet, id)));
  if (missing.length === 0) return;
  for (const row of await rows.findGrants(tx, key, missing)) {
    const open = wallets.get(denominationKey({ accountType: row.account_type, code: row.code })) as OpenWallet;
    const isUntouched = open.wallet === open.loaded;
    open.loaded = { ...open.loaded, grants: [...open.loaded.grants, toGrant(row)] };
    // The same grant in both, and the same wallet as long as nothing has moved it: what has changed is told by identity.
    open.wallet = isUntouched
      ? open.loaded
      : { ...open.wallet, grants: [...open.wallet.grants, open.loaded.grants.at(-1) as Grant] };
  }
}

function hasGrant({ grants }: Wallet, grantId: string): boolean {
  return grants.some(({ id }) => id === grantId);
}

/** The customer's ledger entries at these places. */
export async function findLedgerEntries(
  db: Queryable,
  key: CustomerKey,
  places: LedgerPlace[],
): Promise<LedgerEntryRow[]> {
  return places.length === 0 ? [] : rows.findLedgerEntries(db, key, places);
}

/** What a usage has moved in one wallet: a negative amount. */
export type UsageEntry = { causeId: string; denomination: Denomination; amount: Decimal };

/** The entries that the events of these ids have made. Reads through the customers' ledgers: for the rare case that the event is not there. */
export async function findUsage(db: Queryable, keys: CustomerKey[], eventIds: string[]): Promise<UsageEntry[]> {
  if (eventIds.length === 0) return [];
  const found = await rows.findUsage(db, keys, eventIds);
  return found.map(({ cause_id, account_type, code, amount }) => ({
    causeId: cause_id,
    denomination: { accountType: account_type, code },
    amount: decimal(amount),
  }));
}

export function applyTransition(open: OpenWallet, transition: Transition): void {
  open.wallet = transition.wallet;
  open.entries.push(...transition.entries);
}

/** What the wallets hold now, in the order of `compareDenominations`. */
export function balancesOf({ wallets }: OpenWallets): Balance[] {
  return [...wallets.values()]
    .map(({ wallet: { denomination, balance } }) => ({ denomination, balance }))
    .toSorted((a, b) => compareDenominations(a.denomination, b.denomination));
}

/** What can be spent of a wallet: what alerts and top-ups look at. */
export function availableIn({ wallet, held }: OpenWallet): Decimal {
  return wallet.balance.minus(held.amount);
}

/**
 * Sends every wallet that has changed, with its entries and its grants, in one statement for each kind of row. The one place where
 * wallets are stored, and so where it is seen that one has got low, has recovered, or may need a top-up.
 */
export function saveWallets(tx: Transaction, opened: Iterable<OpenWallets>, now: Date): void {
  const all = [...opened].flatMap(({ key, wallets }) => [...wallets.values()].map((open) => ({ key, open })));
  saveChanged(tx, all, now);
  saveWatches(tx, all, now);
}

type KeyedWallet = { key: CustomerKey; open: OpenWallet };

function saveChanged(tx: Transaction, all: KeyedWallet[], now: Date): void {
  const changed = all
    .filter(({ open }) => isChanged(open))
    .map(({ key, open }) => ({ key, open, recordedAt: recordedAt(open, now) }));
  if (changed.length === 0) return;
  for (const [write, some] of [
    [rows.insertWallets, changed.filter(({ open }) => open.updatedAt === null)],
    [rows.updateWallets, changed.filter(({ open }) => open.updatedAt !== null)],
  ] as const)
    if (some.length > 0)
      write(
        tx,
        some.map(({ key }) => key),
        some.map(({ key, open, recordedAt }) => toWalletRow(key, open, recordedAt)),
      );
  const entries = changed.flatMap(({ key, open, recordedAt }) =>
    open.entries.map((entry) => ({ key, row: toLedgerEntryRow(key, open.wallet.denomination, entry, recordedAt) })),
  );
  if (entries.length > 0) {
    rows.insertLedgerEntries(
      tx,
      entries.map(({ key }) => key),
      entries.map(({ row }) => row),
    );
  }
  const grants = changed.flatMap(({ key, open }) => changedGrants(open).map((grant) => ({ key, grant })));
  if (grants.length > 0) rows.updateGrants(tx, grants);
  const given = changed.flatMap(({ key, open }) => open.given.map((each) => ({ key, row: withState(each, open) })));
  if (given.length > 0) rows.insertGrants(tx, given);
  const expired = changed.flatMap(({ key, open }) => open.expiredHolds.map((id) => ({ key, id })));
  if (expired.length > 0) holdRows.expireHolds(tx, expired, now);
}

function saveWatches(tx: Transaction, all: KeyedWallet[], now: Date): void {
  const watched = all.filter(({ open }) => open.watch !== unwatched || open.loadedWatch !== unwatched);
  const occurrences = watched.flatMap(({ key, open }) => {
    const { watch, sightings } = lookAt(open.watch, availableIn(open), now);
    open.watch = watch;
    return sightings.map((sighting) => toOccurrence(key, open, sighting));
  });
  recordOccurrences(tx, occurrences, now);
  const changed = watched.filter(({ open }) => open.watch !== open.loadedWatch);
  if (changed.length === 0) return;
  rows.updateWatches(
    tx,
    changed.map(({ key, open: { wallet, watch } }) => ({
      key,
      wallet: { account_type: wallet.denomination.accountType, code: wallet.denomination.code },
      watch: toWatchRow(watch),
    })),
  );
}

function toOccurrence(key: CustomerKey, open: OpenWallet, { alert, type }: Sighting): Occurrence {
  const { customerId } = key;
  const { denomination } = open.wallet;
  return {
    key,
    type,
    data: {
      balance_alert: presentBalanceAlert({ customerId, denomination, alert }),
      available: availableIn(open).toString(),
    },
  };
}

/**
 * Has the wallet looked at when less than `below` is available, and at `dueAt`; null: not at all.
 */
export function watchForTopUp(open: OpenWallet, below: Decimal | null, dueAt: Date | null): void {
  open.watch = { ...open.watch, topUpBelow: below, topUpDueAt: dueAt };
}

/** A page of the customers in whose wallets a top-up may be due by `now`. */
export async function findCustomersToTopUp(
  db: Queryable,
  now: Date,
  page: { after: CustomerKey | null; limit: number },
): Promise<CustomerKey[]> {
  return rows.findCustomersToTopUp(db, now, page);
}

function isChanged({ loaded, wallet, loadedHeld, held, updatedAt }: OpenWallet): boolean {
  return wallet !== loaded || held !== loadedHeld || updatedAt === null;
}

/** A ledger lists newest first by this, so it never runs backwards within a wallet, whatever two servers' clocks say. */
function recordedAt({ updatedAt }: OpenWallet, now: Date): Date {
  return updatedAt !== null && updatedAt > now ? updatedAt : now;
}

function changedGrants({ loaded, wallet }: OpenWallet): Grant[] {
  const before = new Map(loaded.grants.map((grant) => [grant.id, grant]));
  // A grant that was not loaded is new: it is in `given`.
  return wallet.grants.filter((grant) => before.has(grant.id) && before.get(grant.id) !== grant);
}

/** A new grant of the customer, on a subscription if one is named. @throws CUSTOMER_NOT_FOUND, PRICING_UNIT_NOT_FOUND, VALIDATION_ERROR */
export async function createCreditGrant(
  tx: Transaction,
  tenant: Tenant,
  owner: { customerId: string; subscriptionId: string | null },
  fields: CreditGrantFields,
  now: Date,
): Promise<CreditGrantRow> {
  const denomination = toDenomination(fields);
  if (denomination.accountType === "pricing_unit") await requirePricingUnit(tx, tenant, denomination.code);
  const effectiveAt = fields.effective_at ?? now;
  refuseExpired(fields.expires_at, effectiveAt, now);
  await lockCustomer(tx, tenant, owner.customerId);

  const key = customerKey(tenant, owner.customerId);
  const opened = (await openWallets(tx, [key], now)).get(key.customerId) as OpenWallets;
  const open = walletIn(opened, denomination);
  const given: NewGrant = {
    customer_id: owner.customerId,
    credit_grant_id: createId(now),
    subscription_id: owner.subscriptionId,
    account_type: denomination.accountType,
    code: denomination.code,
    name: fields.name,
    amount: fields.amount,
    kind: fields.kind,
    priority: fields.priority,
    applies_to: fields.applies_to,
    effective_at: effectiveAt,
    expires_at: fields.expires_at,
    metadata: fields.metadata,
    recurring_key: null,
    created_at: now,
  };
  giveGrant(open, given, now);
  saveWallets(tx, [opened], now);
  return withState(given, open);
}

/**
 * Adds a grant to its wallet, to be stored with it. One whose time is over already pays `payable` of the debt, what usage of its time
 * came to, and no more.
 */
export function giveGrant(open: OpenWallet, given: NewGrant, now: Date, payable?: Decimal): void {
  const at = now.getTime();
  const grant = toGrant({ ...given, remaining: given.amount, state: "scheduled" });
  const isOver = grant.expiresAt !== null && grant.expiresAt <= at && payable !== undefined;
  applyTransition(open, isOver ? addEndedGrant(open.wallet, grant, { payable, at }) : addGrant(open.wallet, grant, at));
  open.given.push(given);
}

function withState(given: NewGrant, { wallet }: OpenWallet): CreditGrantRow {
  const { remaining, state } = wallet.grants.find(({ id }) => id === given.credit_grant_id) as Grant;
  return { ...given, remaining, state };
}

/** The grants that a plan has given to the subscription with periods that begin at `since` or later. */
export async function findRecurringGrants(
  db: Queryable,
  key: CustomerKey,
  subscriptionId: string,
  since: Date,
): Promise<CreditGrantRow[]> {
  return rows.findRecurringGrants(db, key, subscriptionId, since);
}

/** What these grants of the customer still held as they expired, together: on record, and in the wallets as they are open. */
export async function expiredOf(
  db: Queryable,
  { key, wallets }: OpenWallets,
  grantIds: ReadonlySet<string>,
): Promise<Decimal> {
  const recorded = await rows.findExpiries(db, key, [...grantIds]);
  const open = [...wallets.values()].map(({ entries }) => leftOverOf(entries, grantIds));
  return sum([...recorded.map(({ amount }) => amount), ...open]);
}

function refuseExpired(expiresAt: Date | null, effectiveAt: Date, now: Date): void {
  if (expiresAt === null || (expiresAt > effectiveAt && expiresAt > now)) return;
  throw new BillingError("VALIDATION_ERROR", {
    details: [{ path: "expires_at", message: "Must be in the future and after effective_at." }],
  });
}

/** The customer's grants, ended ones too, newest first. @throws CUSTOMER_NOT_FOUND */
export async function listCreditGrants(
  database: Database,
  tenant: Tenant,
  customerId: string,
  page: { after: string | null; limit: number },
  now: Date,
): Promise<Page<CreditGrantRow>> {
  const key = customerKey(tenant, customerId);
  await currentWallets(database, tenant, customerId, now);
  const found = await rows.listGrants(database, key, page.after, page.limit + 1);
  return toPage(found, page.limit, (last) => last.credit_grant_id);
}

/** Reads a customer's balances as they are when it is called or later. @throws SERVICE_UNAVAILABLE if too many wait already. */
export type ReadWallets = (key: CustomerKey) => Promise<rows.BalanceRow[]>;

const maxReadTogether = 200;
const maxWaitingReads = 10_000;

/** Reads the balances for all who ask at the same time by one statement. */
export function createWalletReader(database: Database): ReadWallets {
  const gathered = new Gathered((keys: CustomerKey[]) => rows.findBalancesOfEach(database, keys), {
    atOnce: maxReadTogether,
    waiting: maxWaitingReads,
    refuse: () => new BillingError("SERVICE_UNAVAILABLE"),
  });
  return (key) => gathered.ask(key);
}

/** One of the customer's grants. @throws CUSTOMER_NOT_FOUND, CREDIT_GRANT_NOT_FOUND */
export async function getCreditGrant(
  database: Database,
  tenant: Tenant,
  customerId: string,
  grantId: string,
  now: Date,
): Promise<CreditGrantRow> {
  await currentWallets(database, tenant, customerId, now);
  return requireGrant(database, customerKey(tenant, customerId), grantId);
}

async function requireGrant(db: Queryable, key: CustomerKey, grantId: string): Promise<CreditGrantRow> {
  const [row] = await rows.findGrants(db, key, [grantId]);
  if (row === undefined) throw new BillingError("CREDIT_GRANT_NOT_FOUND");
  return row;
}

/**
 * The grant without what it still held. Voiding it again changes nothing.
 * @throws CUSTOMER_NOT_FOUND, CREDIT_GRANT_NOT_FOUND, CREDIT_GRANT_ENDED if it is used up or has expired.
 */
export async function voidCreditGrant(
  tx: Transaction,
  tenant: Tenant,
  customerId: string,
  grantId: string,
  now: Date,
): Promise<CreditGrantRow> {
  await lockCustomer(tx, tenant, customerId);
  const key = customerKey(tenant, customerId);
  const row = await requireGrant(tx, key, grantId);
  const opened = (await openWallets(tx, [key], now)).get(customerId) as OpenWallets;
  await addEndedGrants(tx, opened, [grantId]);
  const open = walletIn(opened, { accountType: row.account_type, code: row.code });
  applyTransition(open, voidGrant(open.wallet, { grantId, causeId: grantId, at: now.getTime() }));

  saveWallets(tx, [opened], now);
  return withState(row, open);
}

/** Gives the customer money that no grant is made of, like a payment of more than was due. The caller holds the customer's lock. */
export async function creditWallet(
  tx: Transaction,
  key: CustomerKey,
  credit: { currencyCode: string; amount: Decimal; causeId: string },
  now: Date,
): Promise<void> {
  const opened = (await openWallets(tx, [key], now)).get(key.customerId) as OpenWallets;
  const open = walletIn(opened, { accountType: "currency", code: credit.currencyCode });
  const { amount, causeId } = credit;
  applyTransition(open, adjust(open.wallet, { kind: "adjustment", amount, causeId, at: now.getTime() }));
  saveWallets(tx, [opened], now);
}

/**
 * Puts back `amount` of what an invoice took of the wallet by its entry `seq`, after `returned` came back earlier. The caller stores the wallets.
 */
export async function returnFromInvoice(
  tx: Transaction,
  opened: OpenWallets,
  of: { currencyCode: string; seq: number; returned: Decimal; amount: Decimal; causeId: string },
  now: Date,
): Promise<void> {
  const { currencyCode, seq, returned, amount, causeId } = of;
  const open = walletIn(opened, { accountType: "currency", code: currencyCode });
  const entry = open.entries.find((each) => each.seq === seq) ?? (await storedEntry(tx, opened.key, currencyCode, seq));
  await addEndedGrants(
    tx,
    opened,
    entry.draws.map(({ grantId }) => grantId),
  );
  applyTransition(open, returnedFrom(open.wallet, { entry, returned, amount, causeId, at: now.getTime() }));
}

async function storedEntry(
  tx: Transaction,
  key: CustomerKey,
  currencyCode: string,
  seq: number,
): Promise<Pick<LedgerEntry, "amount" | "draws">> {
  const [row] = await rows.findLedgerEntries(tx, key, [{ accountType: "currency", code: currencyCode, seq }]);
  const { amount, draws } = row as LedgerEntryRow;
  return {
    amount,
    draws: draws.map((draw) => ({ grantId: draw.credit_grant_id, amount: decimal(draw.amount) })),
  };
}

/** What invoices have taken of balances and given back, by invoice; for comparing it with what the invoices say. */
export async function sumOfInvoices(db: Queryable, keys: CustomerKey[], invoiceIds: string[]) {
  return invoiceIds.length === 0 ? [] : rows.sumOfInvoices(db, keys, invoiceIds);
}

/** The balance of every wallet of the customer as of `now`, by account type and code. @throws CUSTOMER_NOT_FOUND */
export async function listBalances(
  database: Database,
  readWallets: ReadWallets,
  tenant: Tenant,
  customerId: string,
  now: Date,
): Promise<Balance[]> {
  const wallets = await settledFirst(database, tenant, customerId, now, readWallets);
  return wallets.map(({ account_type, code, balance }) => ({
    denomination: { accountType: account_type, code },
    balance,
  }));
}

/** What the plans of a customer will give into one wallet, in the order of time. */
export type ExpectedCredits = { denomination: Denomination; renewals: ExpectedRenewal[] };

export type WalletState = Balance & { held: Decimal; available: Decimal };

/** Every wallet of the customer as of `now`, with what is held of it. @throws CUSTOMER_NOT_FOUND */
export async function listWallets(
  database: Database,
  tenant: Tenant,
  customerId: string,
  now: Date,
): Promise<WalletState[]> {
  const found = await currentWallets(database, tenant, customerId, now);
  return found.map((row) => {
    const { account_type, code, balance, held } = row;
    const denomination: Denomination = { accountType: account_type, code };
    return { denomination, balance, held, available: balance.minus(held) };
  });
}

/**
 * The newest entries of all the customer's wallets. The first page also fixes where each chain stands, so later pages are
 * stable while entries are added. @throws CUSTOMER_NOT_FOUND
 */
export async function listLedger(
  database: Database,
  tenant: Tenant,
  customerId: string,
  page: { positions: LedgerPosition[] | null; denomination: Denomination | null; limit: number },
  now: Date,
): Promise<Page<LedgerEntryRow>> {
  const wallets = await currentWallets(database, tenant, customerId, now);
  const positions =
    page.positions ??
    wallets
      .map((row) => ({ accountType: row.account_type, code: row.code, beforeSeq: row.last_seq + 1 }))
      .filter(
        ({ accountType, code }) =>
          page.denomination === null ||
          (accountType === page.denomination.accountType && code === page.denomination.code),
      );
  const found = await rows.listLedgerEntries(database, customerKey(tenant, customerId), positions, page.limit + 1);
  const shown = found.slice(0, page.limit);
  return toPage(found, page.limit, () => positions.map((position) => below(position, shown)));
}

/** Where the chain of `position` goes on after the entries `shown`. */
function below(position: LedgerPosition, shown: LedgerEntryRow[]): LedgerPosition {
  const last = shown.findLast((row) => row.account_type === position.accountType && row.code === position.code);
  return last === undefined ? position : { ...position, beforeSeq: last.seq };
}

/** The wallets with all grants in them that have started or expired by `now`; writes only if one has and nobody has looked since. */
export async function currentWallets(
  database: Database,
  tenant: Tenant,
  customerId: string,
  now: Date,
): Promise<WalletRow[]> {
  return settledFirst(database, tenant, customerId, now, (wanted) => rows.findWallets(database, [wanted]));
}

async function settledFirst<Row extends Pick<WalletRow, "next_change_at">>(
  database: Database,
  tenant: Tenant,
  customerId: string,
  now: Date,
  readWallets: (key: CustomerKey) => Promise<Row[]>,
): Promise<Row[]> {
  const key = customerKey(tenant, customerId);
  const found = await readWallets(key);
  // Only a customer without wallets may not exist: the check costs a second statement.
  if (found.length === 0) await getCustomer(database, tenant, customerId);
  if (!found.some(({ next_change_at }) => next_change_at !== null && next_change_at <= now)) return found;
  await database.transaction(async (tx) => {
    await lockCustomer(tx, tenant, customerId);
    await settleWallets(tx, key, now);
  });
  return readWallets(key);
}

const settleBatch = 100;

/**
 * Writes down the starts and expiries of grants that nobody has looked at since they came due, customer by customer, each in
 * its own transaction. Returns how many customers there were.
 */
export async function settleDueWallets(database: Database, now: Date): Promise<number> {
  let settled = 0;
  for (;;) {
    const due = await rows.findDueCustomers(database, now, settleBatch);
    for (const key of due) {
      await database.transaction(async (tx) => {
        const [locked] = await lockCustomers(tx, [key]);
        if (locked !== undefined) await settleWallets(tx, locked, now);
      });
    }
    settled += due.length;
    if (due.length < settleBatch) return settled;
  }
}

/** Writes down what has started or expired in one customer's wallets, in a transaction of its own. */
export async function settleCustomer(database: Database, key: CustomerKey, now: Date): Promise<void> {
  await database.transaction(async (tx) => {
    const [locked] = await lockCustomers(tx, [key]);
    if (locked !== undefined) await settleWallets(tx, locked, now);
  });
}

async function settleWallets(tx: Transaction, key: CustomerKey, now: Date): Promise<void> {
  const opened = await openWallets(tx, [key], now);
  saveWallets(tx, opened.values(), now);
}

function toGrant(row: CreditGrantRow): Grant {
  return {
    id: row.credit_grant_id,
    amount: row.amount,
    remaining: row.remaining,
    kind: row.kind,
    priority: row.priority,
    effectiveAt: row.effective_at.getTime(),
    expiresAt: row.expires_at?.getTime() ?? null,
    createdAt: row.created_at.getTime(),
    state: row.state,
    paysInvoices: row.applies_to === "everything",
  };
}

function toWalletRow({ customerId }: CustomerKey, { wallet, held }: OpenWallet, updatedAt: Date): WalletRow {
  const changes = [nextChangeAt(wallet), held.until].filter((each) => each !== null);
  const next = changes.length === 0 ? null : Math.min(...changes);
  return {
    customer_id: customerId,
    account_type: wallet.denomination.accountType,
    code: wallet.denomination.code,
    balance: wallet.balance,
    last_seq: wallet.lastSeq,
    held: held.amount,
    held_until: held.until === null ? null : new Date(held.until),
    next_change_at: next === null ? null : new Date(next),
    updated_at: updatedAt,
  };
}

function toLedgerEntryRow(
  { customerId }: CustomerKey,
  denomination: Denomination,
  entry: LedgerEntry,
  recordedAt: Date,
): LedgerEntryRow {
  return {
    customer_id: customerId,
    account_type: denomination.accountType,
    code: denomination.code,
    seq: entry.seq,
    kind: entry.kind,
    amount: entry.amount,
    balance_after: entry.balanceAfter,
    cause_id: entry.causeId,
    draws: entry.draws.map(({ grantId, amount }) => ({ credit_grant_id: grantId, amount: amount.toString() })),
    occurred_at: new Date(entry.occurredAt),
    recorded_at: recordedAt,
  };
}

/** The condition of customers who have one of the wallets that `countInDebt` counts. */
export function inDebt(tenant: { id: number }): Sql {
  return rows.hasWalletInDebt(tenant.id);
}

/** How many of the tenant's wallets are below zero. */
export async function countInDebt(db: Queryable, tenant: { id: number }): Promise<number> {
  return rows.countInDebt(db, tenant.id);
}
