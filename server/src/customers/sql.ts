import { allOf, rowsFrom, sql, type Queryable, type Sql, type Transaction } from "../platform/db.ts";
import { searchWords } from "./search-words.ts";
import type { Address, CustomerFields, CustomerKey, CustomerRow, CustomerSearch } from "./schema.ts";

const columns = sql`customer_id, name, first_name, last_name, email, phone, url, external_id, billing_address, shipping_address,
  currency_code, tax_id, tax_status, timezone, default_payment_method_id, test_clock_id, clock_time, metadata,
  erased_at, created_at, updated_at`;

export async function insertCustomer(
  tx: Transaction,
  key: CustomerKey,
  fields: CustomerFields,
  { now, clockTime }: { now: Date; clockTime: Date | null },
): Promise<CustomerRow> {
  const [row] = await tx.query<CustomerRow>(
    sql`insert into customers (tenant_id, bucket, customer_id, name, first_name, last_name, email, phone, url, external_id,
          billing_address, shipping_address, currency_code, tax_id, tax_status, timezone, metadata, test_clock_id, clock_time, created_at, updated_at, search_words)
        values (${key.tenantId}, ${key.bucket}, ${key.customerId}, ${fields.name}, ${fields.first_name}, ${fields.last_name},
          ${fields.email}, ${fields.phone}, ${fields.url}, ${fields.external_id}, ${fields.billing_address},
          ${fields.shipping_address}, ${fields.currency_code}, ${fields.tax_id}, ${fields.tax_status}, ${fields.timezone}, ${fields.metadata},
          ${fields.test_clock_id}, ${clockTime}, ${now}, ${now}, ${foundBy(key, fields)})
        returning ${columns}`,
  );
  return row as CustomerRow;
}

function foundBy({ tenantId, customerId }: CustomerKey, fields: Parameters<typeof searchWords>[2]): Sql {
  return sql`array_to_tsvector(${searchWords(tenantId, customerId, fields)}::text[])`;
}

export async function updateCustomer(
  tx: Transaction,
  key: CustomerKey,
  fields: Omit<CustomerFields, "test_clock_id">,
  now: Date,
): Promise<CustomerRow> {
  const [row] = await tx.query<CustomerRow>(
    sql`update customers set name = ${fields.name}, first_name = ${fields.first_name}, last_name = ${fields.last_name},
          email = ${fields.email}, phone = ${fields.phone}, url = ${fields.url}, external_id = ${fields.external_id},
          billing_address = ${fields.billing_address}, shipping_address = ${fields.shipping_address},
          currency_code = ${fields.currency_code}, tax_id = ${fields.tax_id}, tax_status = ${fields.tax_status}, timezone = ${fields.timezone},
          metadata = ${fields.metadata}, updated_at = ${now}, search_words = ${foundBy(key, fields)}
        where ${at(key)}
        returning ${columns}`,
  );
  return row as CustomerRow;
}

/** Leaves nothing of who the customer is; keeps the first instant. */
export async function eraseCustomer(tx: Transaction, key: CustomerKey, name: string, now: Date): Promise<CustomerRow> {
  const erased = { name, first_name: null, last_name: null, email: null, external_id: null };
  const [row] = await tx.query<CustomerRow>(
    sql`update customers set name = ${name}, first_name = null, last_name = null, email = null, phone = null, url = null, external_id = null,
          billing_address = null, shipping_address = null, tax_id = null, metadata = '{}', default_payment_method_id = null,
          erased_at = coalesce(erased_at, ${now}), updated_at = ${now}, search_words = ${foundBy(key, erased)}
        where ${at(key)}
        returning ${columns}`,
  );
  return row as CustomerRow;
}

export async function findCustomer(db: Queryable, key: CustomerKey): Promise<CustomerRow | null> {
  const [row] = await db.query<CustomerRow>(sql`select ${columns} from customers where ${at(key)}`);
  return row ?? null;
}

/**
 * Guarantee: until the transaction ends, no other can change this customer's wallets or delete the customer. Rows that refer
 * to the customer can still be written by whoever holds this lock.
 */
export async function lockCustomer(tx: Transaction, key: CustomerKey): Promise<CustomerRow | null> {
  const [row] = await tx.query<CustomerRow>(sql`select ${columns} from customers where ${at(key)} for no key update`);
  return row ?? null;
}

export type ReadCustomer = { tenant_id: number; customer_id: string; clock_time: Date | null; known_to: number | null };

/** The customers among `found`, a table to select from, each with the time of its test clock if it has one. */
export async function readCustomers(db: Queryable, found: Sql): Promise<ReadCustomer[]> {
  return db.query(sql`select found.tenant_id, found.customer_id, found.clock_time, found.known_to from ${found}`);
}

/** Fails the transaction unless `found`, a table to select from, has as many rows as that: by a text that is no number, and says why. */
export function requireCount(tx: Transaction, found: Sql, count: number): void {
  tx.send(
    sql`select case when count(*) = ${count} then 1
          else ('others have changed customers; still as remembered: ' || count(*))::integer end
        from ${found}`,
  );
}

/** Has nobody know the customer's state, from this transaction on. The caller has asked for the customer's lock before. */
export function makeUnknown(tx: Transaction, key: CustomerKey): void {
  tx.send(sql`update customers set known_to = null where ${at(key)} and known_to is not null`);
}

export function setKnown(tx: Transaction, keys: CustomerKey[], knownTo: number | null, inTheirBucket: Sql): void {
  const known = rowsFrom([
    ["smallint", keys.map(({ bucket }) => bucket)],
    ["text", keys.map(({ customerId }) => customerId)],
  ]);
  tx.send(
    sql`update customers set known_to = ${knownTo}
        from ${known} as known (bucket, customer_id)
        where customers.bucket = known.bucket and customers.customer_id = known.customer_id and ${inTheirBucket}`,
  );
}

export async function markInvoiced(tx: Transaction, keys: CustomerKey[], now: Date): Promise<void> {
  await tx.query(
    sql`update customers set first_invoiced_at = ${now}
        where tenant_id = any(${keys.map((key) => key.tenantId)}::integer[]) and bucket = any(${keys.map((key) => key.bucket)}::smallint[])
          and customer_id = any(${keys.map((key) => key.customerId)}::text[]) and first_invoiced_at is null`,
  );
}

/** Whether the customer has had an invoice finalized. */
export async function isInvoiced(tx: Transaction, key: CustomerKey): Promise<boolean> {
  const rows = await tx.query(sql`select 1 from customers where ${at(key)} and first_invoiced_at is not null`);
  return rows.length > 0;
}

/** Deletes the customer and, by the foreign keys, everything of theirs but what `deleteRemains` deletes. */
export async function deleteCustomer(tx: Transaction, key: CustomerKey, now: Date): Promise<void> {
  await tx.query(sql`delete from customers where ${at(key)}`);
  await tx.query(
    sql`insert into customer_remains (tenant_id, bucket, customer_id, deleted_at)
        values (${key.tenantId}, ${key.bucket}, ${key.customerId}, ${now})`,
  );
}

/** The tables that grow with a customer's events, each with the rest of its primary key. */
const eventTables = [
  { table: sql`events`, key: sql`event_id` },
  { table: sql`event_keys`, key: sql`key_hash` },
  { table: sql`ledger_entries`, key: sql`account_type, code, seq` },
];

/** Deletes up to `limit` rows of a deleted customer from each of the tables that grow with events, and notes if those were all. */
export async function deleteRemains(tx: Transaction, key: CustomerKey, limit: number): Promise<void> {
  const own = at(key);
  let isAll = true;
  for (const { table, key: rest } of eventTables) {
    const [row] = await tx.query<{ count: number }>(
      sql`with deleted as (
            delete from ${table} where ${own} and (${rest}) in (select ${rest} from ${table} where ${own} limit ${limit}) returning 1
          )
          select count(*) as count from deleted`,
    );
    if (row?.count === limit) isAll = false;
  }
  if (isAll) await tx.query(sql`delete from customer_remains where ${own}`);
}

/** Deleted customers of whom there is more to delete. Guarantee: nobody else works them until the transaction ends. */
export async function lockRemains(tx: Transaction): Promise<CustomerKey | null> {
  const [row] = await tx.query<CustomerKey>(
    sql`select tenant_id as "tenantId", bucket, customer_id as "customerId" from customer_remains
        order by deleted_at, customer_id
        limit 1
        for update skip locked`,
  );
  return row ?? null;
}

export type CustomerFilter = {
  ids: string[] | null;
  /** What another feature asks of their rows. */
  condition: Sql | null;
};

type CustomerPage = CustomerFilter & { after: string | null; limit: number };

const among = ({ ids, condition }: CustomerFilter) =>
  allOf([
    ...(ids === null ? [] : [sql`customer_id = any(${ids}::text[])`]),
    ...(condition === null ? [] : [condition]),
  ]);

/** Newest first, from just below the id `after`. */
export async function listCustomers(
  db: Queryable,
  tenantId: number,
  { after, limit, ...filter }: CustomerPage,
): Promise<CustomerRow[]> {
  return db.query<CustomerRow>(
    sql`select ${columns} from customers
        where tenant_id = ${tenantId} and ${among(filter)} and (${after}::text is null or customer_id < ${after})
        order by customer_id desc
        limit ${limit}`,
  );
}

/** Whether so many customers of the tenant match that the newest of them are found soonest by looking at the newest of all. */
export async function areMany(db: Queryable, query: string): Promise<boolean> {
  const many = 1_000;
  const [row] = await db.query<{ count: number }>(
    sql`select count(*)::integer as count from (select from customers where search_words @@ ${query}::tsquery limit ${many}) as found`,
  );
  return row?.count === many;
}

/**
 * Newest first, from just below the id `after`: where they are few by `customers_by_words`, which has nothing of another tenant under the words of
 * `query`; where they are many by `customers_by_id` until there are enough (the index is kept from use by `is true`).
 */
export async function findCustomersByWords(
  db: Queryable,
  tenantId: number,
  { query, many }: { query: string; many: boolean },
  page: CustomerPage,
): Promise<CustomerRow[]> {
  const isFound = sql`tenant_id = ${tenantId} and (search_words @@ ${query}::tsquery)`;
  const found = many
    ? sql`customers where ${isFound} is true`
    : sql`(select * from customers where ${isFound} offset 0) as found where true`;
  return db.query<CustomerRow>(
    sql`select ${columns} from ${found} and ${among(page)} and (${page.after}::text is null or customer_id < ${page.after})
        order by customer_id desc
        limit ${page.limit}`,
  );
}

/** Of every tenant: for those who look after the database as a whole. */
export async function customersAfter(
  db: Queryable,
  page: { after: CustomerKey | null; onlyId: string | null; limit: number },
): Promise<CustomerKey[]> {
  return db.query<CustomerKey>(
    sql`select tenant_id as "tenantId", bucket, customer_id as "customerId" from customers
        where (bucket, customer_id) > (${page.after?.bucket ?? -1}::smallint, ${page.after?.customerId ?? ""}::text)
          and (${page.onlyId}::text is null or customer_id = ${page.onlyId})
        order by bucket, customer_id
        limit ${page.limit}`,
  );
}

export async function searchCustomers(
  db: Queryable,
  tenantId: number,
  search: CustomerSearch,
  limit: number,
): Promise<CustomerRow[]> {
  const { name, first_name, last_name, external_id } = search;
  const conditions = [
    ...(name === undefined ? [] : [sql`name = ${name}`]),
    ...(first_name === undefined ? [] : [sql`first_name = ${first_name}`]),
    ...(last_name === undefined ? [] : [sql`last_name = ${last_name}`]),
    ...(external_id === undefined ? [] : [sql`external_id = ${external_id}`]),
  ];
  return db.query<CustomerRow>(
    sql`select ${columns} from customers
        where tenant_id = ${tenantId} and ${allOf(conditions)}
        order by customer_id desc
        limit ${limit}`,
  );
}

/**
 * The customers with these external ids, each with the place of its reference in `references`. At most two of each: enough to
 * tell none, one and several apart.
 */
export async function findCustomerIdsByExternalIds(
  db: Queryable,
  references: { tenantId: number; externalId: string }[],
): Promise<{ place: number; customer_id: string }[]> {
  return db.query<{ place: number; customer_id: string }>(
    sql`select wanted.place::integer - 1 as place, found.customer_id
        from unnest(${references.map(({ tenantId }) => tenantId)}::integer[], ${references.map(({ externalId }) => externalId)}::text[])
          with ordinality as wanted (tenant_id, external_id, place)
        cross join lateral (
          select customer_id from customers
          where customers.tenant_id = wanted.tenant_id and customers.external_id = wanted.external_id
          limit 2
        ) as found`,
  );
}

function at({ tenantId, bucket, customerId }: CustomerKey) {
  return sql`tenant_id = ${tenantId} and bucket = ${bucket} and customer_id = ${customerId}`;
}

/** What billing asks of customers: their timezone, and the customer's currency, else the company's. */
export async function findBillingFields(
  db: Queryable,
  keys: CustomerKey[],
): Promise<{ customer_id: string; timezone: string; currency_code: string; has_payment_method: boolean }[]> {
  return db.query(
    sql`select customers.customer_id, customers.timezone, coalesce(customers.currency_code, companies.currency_code) as currency_code,
          customers.default_payment_method_id is not null as has_payment_method
        from customers
        join tenants using (tenant_id)
        join companies using (company_id)
        where customers.tenant_id = any(${keys.map((key) => key.tenantId)}::integer[])
          and customers.bucket = any(${keys.map((key) => key.bucket)}::smallint[])
          and customers.customer_id = any(${keys.map((key) => key.customerId)}::text[])`,
  );
}

/** What taxes are found by. */
export async function findTaxFields(
  db: Queryable,
  keys: CustomerKey[],
): Promise<
  {
    tenant_id: number;
    customer_id: string;
    tax_status: CustomerFields["tax_status"];
    tax_id: string | null;
    billing_address: Address | null;
  }[]
> {
  return db.query(
    sql`select tenant_id, customer_id, tax_status, tax_id, billing_address from customers
        where tenant_id = any(${keys.map((key) => key.tenantId)}::integer[])
          and bucket = any(${keys.map((key) => key.bucket)}::smallint[])
          and customer_id = any(${keys.map((key) => key.customerId)}::text[])`,
  );
}

export async function setDefaultPaymentMethod(tx: Transaction, key: CustomerKey, id: string | null): Promise<void> {
  await tx.query(sql`update customers set default_payment_method_id = ${id} where ${at(key)}`);
}

export async function setClockTime(
  tx: Transaction,
  of: { tenantId: number; testClockId: string; time: Date },
): Promise<void> {
  await tx.query(
    sql`update customers set clock_time = ${of.time} where tenant_id = ${of.tenantId} and test_clock_id = ${of.testClockId}`,
  );
}

export async function findCustomersOfClock(
  tx: Transaction,
  of: { tenantId: number; testClockId: string },
): Promise<CustomerKey[]> {
  return tx.query<CustomerKey>(
    sql`select tenant_id as "tenantId", bucket, customer_id as "customerId" from customers
        where tenant_id = ${of.tenantId} and test_clock_id = ${of.testClockId}
        order by bucket, customer_id`,
  );
}

/** By `customers_by_test_clock`, which has few rows: of all customers of a tenant, hardly any live by a clock. */
export async function findClockCustomers(
  db: Queryable,
  tenantId: number,
  customerId: string | null,
  limit: number,
): Promise<(CustomerKey & { clockTime: Date })[]> {
  return db.query(
    sql`select tenant_id as "tenantId", bucket, customer_id as "customerId", clock_time as "clockTime"
        from (select tenant_id, bucket, customer_id, clock_time from customers where clock_time is not null offset 0) as living
        where tenant_id = ${tenantId} and (${customerId}::text is null or customer_id = ${customerId})
        order by customer_id desc
        limit ${limit}`,
  );
}

export async function countCustomers(db: Queryable, tenantId: number): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    sql`select count(*)::integer as count from customers where tenant_id = ${tenantId}`,
  );
  return row?.count ?? 0;
}
