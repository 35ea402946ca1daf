import { BillingError } from "../../../core/errors.ts";
import { forgetCustomer } from "../audit-log/audit-log.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import { allOf, rowsFrom, sql, type Database, type Queryable, type Sql, type Transaction } from "../platform/db.ts";
import { bucketOf, createId } from "../platform/ids.ts";
import {
  CustomerUpdate,
  identifyingFields,
  presentCustomer,
  type CustomerFields,
  type CustomerKey,
  type CustomerPatch,
  type CustomerRow,
  type CustomerSearch,
} from "./schema.ts";
import { searchQuery } from "./search-words.ts";
import * as rows from "./sql.ts";

export { countryCodes } from "./country.ts";
export type { CustomerKey } from "./schema.ts";

export function customerKey(tenant: Pick<Tenant, "id">, customerId: string): CustomerKey {
  return customerKeyOf(tenant.id, customerId);
}

export function customerKeyOf(tenantId: number, customerId: string): CustomerKey {
  return { tenantId, bucket: bucketOf(customerId), customerId };
}

/**
 * The condition that a customer's table adds to its statements. The bucket list finds the shard, the customer list the rows; the
 * tenant is named too, so that no id reaches another tenant's row.
 */
export function ofCustomers(keys: CustomerKey[]): Sql {
  return allOf([
    sql`tenant_id = any(${distinct(keys.map((key) => key.tenantId))}::integer[])`,
    sql`bucket = any(${distinct(keys.map((key) => key.bucket))}::smallint[])`,
    sql`customer_id = any(${distinct(keys.map((key) => key.customerId))}::text[])`,
  ]);
}

/**
 * The same for a list of one customer's rows. Each column is one value and not a list of one, so that the primary key gives the rows in its order: a
 * page is then read from its beginning, and not found by sorting all that the customer has.
 */
export function ofOneCustomer({ tenantId, bucket, customerId }: CustomerKey): Sql {
  return sql`tenant_id = ${tenantId} and bucket = ${bucket} and customer_id = ${customerId}`;
}

/**
 * The rows of many customers, as a table to select from: `select`, which reads one of their tables and meets `where`, for each of
 * them in the order of `keys`. Left to choose, the planner may read whole buckets to find the few customers of a batch; this way
 * it goes to each through the primary key.
 */
export function rowsOfEach(keys: CustomerKey[], select: Sql, where: Sql, lock = sql``): Sql {
  const wanted = rowsFrom([
    ["integer", keys.map(({ tenantId }) => tenantId)],
    ["smallint", keys.map(({ bucket }) => bucket)],
    ["text", keys.map(({ customerId }) => customerId)],
  ]);
  return sql`${wanted} as wanted (tenant_id, bucket, customer_id)
    cross join lateral (
      ${select}
      where tenant_id = wanted.tenant_id and ${inOneBucket(sql`bucket`, keys)}
        and bucket = wanted.bucket and customer_id = wanted.customer_id and ${where}
      offset 0 ${lock}
    ) as found`;
}

/**
 * Names the bucket of `keys` where it is one: a distributed database finds the shard by it. Where they are many, the rows are
 * joined by their buckets, and a list of all of them would only have every lookup try each.
 */
export function inOneBucket(column: Sql, keys: Pick<CustomerKey, "bucket">[]): Sql {
  const buckets = distinct(keys.map(({ bucket }) => bucket));
  return buckets.length === 1 ? sql`${column} = any(${buckets}::smallint[])` : sql`true`;
}

function distinct<Item>(items: Item[]): Item[] {
  return [...new Set(items)];
}

export async function createCustomer(
  tx: Transaction,
  tenant: Tenant,
  fields: CustomerFields,
  now: Date,
  clockTime: Date | null = null,
): Promise<CustomerRow> {
  return rows.insertCustomer(tx, customerKey(tenant, createId(now)), fields, { now, clockTime });
}

/** A patch as a form brings it, read as the API reads it; else what is wrong, by field. */
export function parseCustomerPatch(input: unknown): { patch: CustomerPatch | null; errors: Record<string, string> } {
  const result = CustomerUpdate.safeParse(input);
  if (result.success) return { patch: result.data, errors: {} };
  const errors = result.error.issues.map((issue): [string, string] => [issue.path.join("."), issue.message]);
  return { patch: null, errors: Object.fromEntries(errors) };
}

/** The customer as it stands after `patch`: fields not given stay, null clears. @throws CUSTOMER_NOT_FOUND, VALIDATION_ERROR. */
export async function updateCustomer(
  tx: Transaction,
  tenant: Tenant,
  customerId: string,
  patch: CustomerPatch,
  now: Date,
): Promise<CustomerRow> {
  const before = await lockCustomer(tx, tenant, customerId);
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const after = { ...before, ...given };
  if (identifyingFields.every((field) => after[field] === null)) {
    const message = `At least one of ${identifyingFields.join(", ")} must stay.`;
    throw new BillingError("VALIDATION_ERROR", { details: [{ path: "body", message }] });
  }
  return rows.updateCustomer(tx, customerKey(tenant, customerId), after, now);
}

/** The customer as the API shows them, for telling what has happened to them. */
export function describeCustomer(row: CustomerRow): Record<string, unknown> {
  return presentCustomer(row);
}

/** What an erased customer is called: a customer always has a name. */
const erasedName = "Erased customer";

/** The customer without their personal fields; what other features keep of them is theirs to erase. The caller holds the lock. */
export async function eraseCustomer(tx: Transaction, key: CustomerKey, now: Date): Promise<CustomerRow> {
  await forgetCustomer(tx, key.tenantId, key.customerId);
  return rows.eraseCustomer(tx, key, erasedName, now);
}

/** @throws CUSTOMER_NOT_FOUND */
export async function getCustomer(db: Queryable, tenant: Pick<Tenant, "id">, customerId: string): Promise<CustomerRow> {
  return (await rows.findCustomer(db, customerKey(tenant, customerId))) ?? refuseUnknown();
}

/** The customer, and the right to change its wallets until the transaction ends. @throws CUSTOMER_NOT_FOUND */
export async function lockCustomer(
  tx: Transaction,
  tenant: Pick<Tenant, "id">,
  customerId: string,
): Promise<CustomerRow> {
  const key = customerKey(tenant, customerId);
  const locked = rows.lockCustomer(tx, key);
  rows.makeUnknown(tx, key);
  return (await locked) ?? refuseUnknown();
}

/**
 * A customer who is there; the time of the test clock by which they live, null is real time; and whoever knows the state of everything
 * that they are charged by (`lockKnownCustomers`).
 */
export type ExistingCustomer = CustomerKey & { clockTime: Date | null; knownTo: number | null };

/**
 * Those of `keys` that exist, and the right to change their wallets until the transaction ends. Locks in the order of ids, so
 * that two callers never wait for each other in a circle.
 */
export async function lockCustomers(tx: Transaction, keys: CustomerKey[]): Promise<ExistingCustomer[]> {
  return unknownFromNowOn(tx, await lockKnownCustomers(tx, keys));
}

/**
 * As `lockCustomers`, for whoever remembers customers by a number of its own (`knownTo`). As long as that stands on a customer's row, nobody
 * else has changed what the customer is charged by: wallets, grants, holds, subscriptions, counters. Everybody else who locks the customer
 * takes it off, so whoever locks without that calls `setKnown`, or changes nothing. See docs/decisions/0064-remembered-customers.md.
 */
export async function lockKnownCustomers(tx: Transaction, keys: CustomerKey[]): Promise<ExistingCustomer[]> {
  return among(
    keys,
    await rows.readCustomers(tx, rowsOfEach(inLockOrder(keys), asked, sql`true`, sql`for no key update`)),
  );
}

/**
 * Locks these customers as `lockKnownCustomers` does, for whoever has worked with what it remembers of them already.
 * Sent like all that need not be waited for; the transaction fails with what `isMistaken` knows, unless all are known to `knownTo` still.
 */
export function lockUnchanged(tx: Transaction, keys: CustomerKey[], knownTo: number): void {
  const known = rowsOfEach(inLockOrder(keys), asked, sql`known_to = ${knownTo}`, sql`for no key update`);
  rows.requireCount(tx, known, keys.length);
}

/** Notes who knows these customers' state from this transaction on. The caller holds their locks. */
export function setKnown(tx: Transaction, keys: CustomerKey[], knownTo: number | null): void {
  if (keys.length > 0) rows.setKnown(tx, keys, knownTo, inOneBucket(sql`customers.bucket`, keys));
}

function unknownFromNowOn(tx: Transaction, locked: ExistingCustomer[]): ExistingCustomer[] {
  setKnown(
    tx,
    locked.filter(({ knownTo }) => knownTo !== null),
    null,
  );
  return locked;
}

const asked = sql`select tenant_id, customer_id, clock_time, known_to from customers`;

function among(keys: CustomerKey[], found: rows.ReadCustomer[]): ExistingCustomer[] {
  const byId = new Map(found.map((row) => [row.customer_id, row]));
  return keys.flatMap((key) => {
    const row = byId.get(key.customerId);
    // The same id may be asked for by two tenants together; it is one's.
    return row?.tenant_id !== key.tenantId ? [] : [{ ...key, clockTime: row.clock_time, knownTo: row.known_to }];
  });
}

/**
 * The condition that leaves out customers who live by a test clock, of a table of theirs: what is due for them is due by their clock, and
 * whoever moves that does it.
 */
export const inRealTime = sql`(bucket, customer_id) not in (select bucket, customer_id from customers where clock_time is not null)`;

/** The tenant's newest customers who live by a test clock, or the one named if they do, with what time it is for them. */
export async function findClockCustomers(
  db: Queryable,
  tenant: Pick<Tenant, "id">,
  customerId: string | null,
  limit: number,
): Promise<(CustomerKey & { clockTime: Date })[]> {
  return rows.findClockCustomers(db, tenant.id, customerId, limit);
}

/** Sets what time it is for the customers of a test clock. */
export async function setClockTime(
  tx: Transaction,
  of: { tenantId: number; testClockId: string; time: Date },
): Promise<void> {
  await rows.setClockTime(tx, of);
}

/** Deletes the customers of a test clock with everything of theirs, finalized invoices too: none of it was real. */
export async function deleteCustomersOfClock(
  tx: Transaction,
  of: { tenantId: number; testClockId: string },
  now: Date,
): Promise<void> {
  for (const key of await rows.findCustomersOfClock(tx, of)) {
    await lockCustomers(tx, [key]);
    await rows.deleteCustomer(tx, key, now);
    await rows.deleteRemains(tx, key, rowsAtATime);
  }
}

function inLockOrder(keys: CustomerKey[]): CustomerKey[] {
  return keys.toSorted((a, b) => a.bucket - b.bucket || (a.customerId < b.customerId ? -1 : 1));
}

/** As `lockCustomers`, but for those only whom nobody else has locked: work that others can do as well does not wait. */
export async function lockIdleCustomers(tx: Transaction, keys: CustomerKey[]): Promise<ExistingCustomer[]> {
  const idle = rowsOfEach(inLockOrder(keys), asked, sql`true`, sql`for no key update skip locked`);
  return unknownFromNowOn(tx, among(keys, await rows.readCustomers(tx, idle)));
}

/** By customer id: what billing asks of them. The currency is the customer's, else the company's. */
export async function findBillingFields(db: Queryable, keys: CustomerKey[]): Promise<Map<string, BillingFields>> {
  const found = await rows.findBillingFields(db, keys);
  return new Map(
    found.map((row) => [
      row.customer_id,
      { currencyCode: row.currency_code, timeZone: row.timezone, hasPaymentMethod: row.has_payment_method },
    ]),
  );
}

export type BillingFields = { currencyCode: string; timeZone: string; hasPaymentMethod: boolean };

export type TaxFields = Awaited<ReturnType<typeof rows.findTaxFields>>[number];

/** What taxes are found by, of those of `keys` that exist. */
export async function findTaxFields(db: Queryable, keys: CustomerKey[]): Promise<TaxFields[]> {
  return rows.findTaxFields(db, keys);
}

/** Names what is charged from now on when an invoice is collected automatically; null is nothing. */
export async function setDefaultPaymentMethod(
  tx: Transaction,
  key: CustomerKey,
  paymentMethodId: string | null,
): Promise<void> {
  await rows.setDefaultPaymentMethod(tx, key, paymentMethodId);
}

/** Those of `keys` that exist. No lock: what is read of them later may have moved on. */
export async function findExistingCustomers(db: Queryable, keys: CustomerKey[]): Promise<ExistingCustomer[]> {
  return among(keys, await rows.readCustomers(db, rowsOfEach(keys, asked, sql`true`)));
}

/** Notes that the customers have had an invoice finalized: from then on they are not deleted. Keeps the first instant. */
export async function markInvoiced(tx: Transaction, keys: CustomerKey[], now: Date): Promise<void> {
  if (keys.length > 0) await rows.markInvoiced(tx, keys, now);
}

const customersAtATime = 500;

/** The customers of every tenant, in the order of their rows; or, with an id, that one if there is such. */
export async function* customersAfter(db: Queryable, onlyId: string | null): AsyncGenerator<CustomerKey> {
  let after: CustomerKey | null = null;
  do {
    const page: CustomerKey[] = await rows.customersAfter(db, { after, onlyId, limit: customersAtATime });
    yield* page;
    after = page.length < customersAtATime ? null : (page.at(-1) ?? null);
  } while (after !== null);
}

/** How many rows of a table one transaction deletes: a few seconds' work, so that it holds up nobody and its undoing is cheap. */
const rowsAtATime = 20_000;

/**
 * Deletes the customer with everything of theirs. Of very many events the rest is deleted by `deleteRemains`, and not shown
 * meanwhile. @throws CUSTOMER_NOT_FOUND, CUSTOMER_HAS_INVOICES
 */
export async function deleteCustomer(
  tx: Transaction,
  tenant: Tenant,
  customerId: string,
  now: Date,
  share = rowsAtATime,
): Promise<void> {
  const key = customerKey(tenant, customerId);
  // Under the lock under which invoices are finalized: the answer holds until the customer is gone.
  await lockCustomer(tx, tenant, customerId);
  if (await rows.isInvoiced(tx, key)) throw new BillingError("CUSTOMER_HAS_INVOICES");
  await rows.deleteCustomer(tx, key, now);
  await forgetCustomer(tx, tenant.id, customerId);
  await rows.deleteRemains(tx, key, share);
}

/** Deletes what deleted customers have left, each share in a transaction of its own. */
export async function deleteRemains(database: Database, share = rowsAtATime): Promise<void> {
  for (;;) {
    const found = await database.transaction(async (tx) => {
      const key = await rows.lockRemains(tx);
      if (key !== null) await rows.deleteRemains(tx, key, share);
      return key;
    });
    if (found === null) return;
  }
}

/** Whether the customer of a row is none that is deleted and has left it. */
export function isOfCustomer(table: Sql): Sql {
  return sql`not exists (
    select from customer_remains where customer_remains.bucket = ${table}.bucket and customer_remains.customer_id = ${table}.customer_id)`;
}

/**
 * The same of one customer whose rows a list is of. Asked once and not for each row: of rows, the planner expects so few to be left that it would rather
 * sort them than read a page in its order.
 */
export function isThere(key: CustomerKey): Sql {
  return sql`not exists (select from customer_remains where ${ofOneCustomer(key)})`;
}

/** Newest first; with `search`, those who have for each of its words one that begins with it, in a name, the e-mail or an id. */
export async function listCustomers(
  db: Queryable,
  tenant: Tenant,
  { search, ...among }: rows.CustomerFilter & { search: string | null },
  { after, limit }: { after: string | null; limit: number },
): Promise<Page<CustomerRow>> {
  const page = { ...among, after, limit: limit + 1 };
  const query = search === null ? null : searchQuery(tenant.id, search);
  if (search === null) return toPage(await rows.listCustomers(db, tenant.id, page), limit, idOf);
  if (query === null) return toPage([], limit, idOf);
  const many = await rows.areMany(db, query);
  return toPage(await rows.findCustomersByWords(db, tenant.id, { query, many }, page), limit, idOf);
}

const idOf = ({ customer_id }: CustomerRow) => customer_id;

const maxSearchAnswers = 100;

export async function searchCustomers(db: Queryable, tenant: Tenant, search: CustomerSearch): Promise<CustomerRow[]> {
  return rows.searchCustomers(db, tenant.id, search, maxSearchAnswers);
}

export type ExternalReference = { tenantId: number; externalId: string };

/**
 * Of each of `references`, in their order, the id of the one customer with this external id, or why there is not one:
 * CUSTOMER_NOT_FOUND, CUSTOMER_AMBIGUOUS. One statement for all.
 */
export async function findCustomerIdsByExternalIds(
  db: Queryable,
  references: ExternalReference[],
): Promise<(string | BillingError)[]> {
  const found = references.map((): string[] => []);
  for (const { place, customer_id } of await rows.findCustomerIdsByExternalIds(db, references))
    found[place]?.push(customer_id);
  return found.map(([first, second]) => {
    if (second !== undefined) return new BillingError("CUSTOMER_AMBIGUOUS", { isOfBody: true });
    return first ?? new BillingError("CUSTOMER_NOT_FOUND", { isOfBody: true });
  });
}

function refuseUnknown(): never {
  throw new BillingError("CUSTOMER_NOT_FOUND");
}

/** How many customers the tenant has. */
export async function countCustomers(db: Queryable, tenant: Pick<Tenant, "id">): Promise<number> {
  return rows.countCustomers(db, tenant.id);
}
