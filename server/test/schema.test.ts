import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, test } from "node:test";
import { createDatabase, sql, type Database, type Queryable, type Sql } from "../src/platform/db.ts";
import { projectRoot } from "../src/platform/project-root.ts";
import { dumpSchema, migrationsTable } from "./dump-schema.ts";
import { createTestDatabase } from "./harness.ts";

/** The tables that hold no customer's data: small, read everywhere, and copied to every machine of a distributed PostgreSQL. */
const referenceTables = [
  "companies",
  "tenants",
  "api_keys",
  "members",
  "memberships",
  "sessions",
  "one_time_links",
  "password_resets",
  "recovery_codes",
  // What is about a company has no customer.
  "audit_entries",
  "request_log",
  "rate_limits",
  "idempotency_keys",
  "pricing_units",
  "pricing_unit_conversions",
  "meters",
  "coupons",
  "tax_rates",
  "invoice_numbers",
  "payment_settings",
  "stripe_accounts",
  "test_clocks",
  "webhook_endpoints",
  "logos",
  "plans",
  "plan_versions",
  // Events whose customer may be unknown: the tenant's, until they are recorded.
  "queued_events",
  // Months of all customers' events.
  "event_archives",
  "rejected_events",
  migrationsTable,
];

const database = await openTestDatabase();

test("every table is a customer's, with tenant, bucket and customer first, or a reference table; no float, no NaN as money", async () => {
  assert.deepEqual(await brokenRules(database), []);
});

test("the committed schema.sql is what the migrations make", async () => {
  const committed = await readFile(path.join(projectRoot, "server", "sql", "schema.sql"), "utf8");
  assert.equal(
    await dumpSchema(database),
    committed,
    "Run `npm run generate:schema` and commit server/sql/schema.sql.",
  );
});

test("schema.sql leaves nothing out: run on an empty database it makes the same schema", async () => {
  const empty = await openTestDatabase();
  await empty.query(sql`drop schema public cascade`);
  await empty.query(sql`create schema public`);
  await empty.query({
    text: await readFile(path.join(projectRoot, "server", "sql", "schema.sql"), "utf8"),
    values: [],
  });
  assert.equal(await dumpSchema(empty), await dumpSchema(database));
});

// Every rule is seen to bite: a rule that lets everything pass looks the same as a schema that keeps it.
const head = "tenant_id integer not null, bucket smallint not null, customer_id text not null";
const key = "primary key (bucket, customer_id, id)";
const badTables: [string, string, RegExp][] = [
  [
    "its columns in another order",
    `(bucket smallint not null, tenant_id integer not null, customer_id text not null, id text, ${key})`,
    /must start with the columns tenant_id, bucket, customer_id/,
  ],
  [
    "an optional bucket",
    `(tenant_id integer not null, bucket smallint, customer_id text not null, id text primary key)`,
    /tenant_id, bucket, customer_id, all not null/,
  ],
  ["no primary key", `(${head}, id text)`, /needs a primary key/],
  ["another primary key", `(${head}, id text primary key)`, /primary key bad_pkey must start with bucket, customer_id/],
  [
    "another unique constraint",
    `(${head}, id text unique, ${key})`,
    /unique index bad_id_key must start with bucket, customer_id/,
  ],
  [
    "a foreign key to a reference table",
    `(${head}, id text references companies, ${key})`,
    /foreign key bad_id_fkey must start with bucket, customer_id/,
  ],
  [
    "a foreign key that crosses customers",
    `(${head}, id text, ${key}, foreign key (customer_id, bucket) references other (customer_id, bucket))`,
    /foreign key bad_customer_id_bucket_fkey must start with bucket, customer_id/,
  ],
  ["a float", `(${head}, id text, rate double precision, ${key})`, /bad\.rate is double precision: use numeric/],
  ["a list of floats", `(${head}, id text, rates real[], ${key})`, /bad\.rates is real\[\]: use numeric/],
  ["PostgreSQL's money", `(${head}, id text, price money, ${key})`, /bad\.price is money: use numeric/],
  [
    "an unchecked numeric",
    `(${head}, id text, amount numeric, ${key})`,
    /bad\.amount takes NaN, Infinity, -Infinity: add a check/,
  ],
  [
    "a half-checked numeric",
    `(${head}, id text, amount numeric check (amount >= 0), ${key})`,
    /bad\.amount takes NaN, Infinity: add a check/,
  ],
  ["no customer at all", `(id text primary key)`, /bad must start with the columns.*or stand in referenceTables/],
];

test("each rule refuses a table that breaks it", async () => {
  const scratch = await openTestDatabase();
  await scratch.query({
    text: `create table other (${head}, primary key (bucket, customer_id), unique (customer_id, bucket))`,
    values: [],
  });
  for (const [name, columns, sentence] of badTables) {
    await scratch.query({ text: `create table bad ${columns}`, values: [] });
    const broken = (await brokenRules(scratch)).filter((each) => each.includes("bad"));
    assert.ok(
      broken.some((each) => sentence.test(each)),
      `a table with ${name} must be refused; the rules said ${JSON.stringify(broken)}`,
    );
    await scratch.query(sql`drop table bad`);
  }
});

/** A sentence for every rule of the schema that a table of `db` breaks. */
async function brokenRules(db: Queryable): Promise<string[]> {
  const tables = await db.query<{ name: string }>(
    sql`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by relname`,
  );
  const names = tables.map(({ name }) => name);
  const gone = referenceTables.filter((name) => !names.includes(name));
  const broken = gone.map(
    (name) => `There is no table ${name} any more: take it out of referenceTables in server/test/schema.test.ts.`,
  );
  for (const name of names) {
    const isReference = referenceTables.includes(name);
    broken.push(
      ...(isReference ? [] : await misplacedColumns(db, name)),
      ...(isReference ? await foreignKeysToCustomers(db, name) : await misplacedKeys(db, name)),
    );
    broken.push(...(await inexactColumns(db, name)), ...(await uncheckedNumerics(db, name)));
  }
  return broken;
}

async function misplacedColumns(db: Queryable, table: string): Promise<string[]> {
  const columns = await columnsOf(db, table);
  const isRight = ["tenant_id", "bucket", "customer_id"].every(
    (name, index) => columns[index]?.name === name && columns[index].required,
  );
  if (isRight) return [];
  return [
    `${table} must start with the columns tenant_id, bucket, customer_id, all not null, or stand in referenceTables in server/test/schema.test.ts if it holds no customer's data.`,
  ];
}

type Key = {
  name: string;
  kind: "primary key" | "unique index" | "foreign key";
  columns: string[];
  target: string | null;
  target_columns: string[];
};

async function keysOf(db: Queryable, table: string): Promise<Key[]> {
  return db.query<Key>(
    sql`select relname as name, case when indisprimary then 'primary key' else 'unique index' end as kind,
          array(select coalesce(attname::text, 'an expression') from unnest(indkey) with ordinality as place (attnum, position)
            left join pg_attribute on attrelid = indrelid and pg_attribute.attnum = place.attnum and place.attnum > 0 order by position) as columns,
          null as target, '{}'::text[] as target_columns
        from pg_index join pg_class on pg_class.oid = indexrelid
        where indrelid = ${table}::regclass and indisunique
        union all
        select conname, 'foreign key', ${attributeNames(sql`conkey`, sql`conrelid`)}, confrelid::regclass::text, ${attributeNames(sql`confkey`, sql`confrelid`)}
        from pg_constraint
        where conrelid = ${table}::regclass and contype = 'f'`,
  );
}

function attributeNames(numbers: Sql, relation: Sql): Sql {
  return sql`array(select attname::text from unnest(${numbers}) with ordinality as place (attnum, position)
    join pg_attribute on attrelid = ${relation} and pg_attribute.attnum = place.attnum order by position)`;
}

const startsWithCustomer = ([first, second]: string[]) => first === "bucket" && second === "customer_id";

async function misplacedKeys(db: Queryable, table: string): Promise<string[]> {
  const keys = await keysOf(db, table);
  const broken = keys
    .filter(
      ({ columns, target, target_columns }) =>
        !startsWithCustomer(columns) || (target !== null && !startsWithCustomer(target_columns)),
    )
    .map(
      ({ kind, name }) =>
        `${table}: the ${kind} ${name} must start with bucket, customer_id, so that a customer's rows stay on one machine.`,
    );
  return keys.some(({ kind }) => kind === "primary key")
    ? broken
    : [`${table} needs a primary key that starts with bucket, customer_id.`, ...broken];
}

/** A reference table is on every machine, a customer's on one. */
async function foreignKeysToCustomers(db: Queryable, table: string): Promise<string[]> {
  return (await keysOf(db, table))
    .filter(({ target }) => target !== null && !referenceTables.includes(target))
    .map(
      ({ name }) =>
        `${table}: the foreign key ${name} points from a reference table to a customer's; keep such a row with the customer.`,
    );
}

async function inexactColumns(db: Queryable, table: string): Promise<string[]> {
  return (await columnsOf(db, table))
    .filter(({ type }) => /^(?:real|double precision|money)(?:\[\])*$/.test(type))
    .map(({ name, type }) => `${table}.${name} is ${type}: use numeric, which is exact.`);
}

/**
 * Tries NaN and the infinities on every numeric column, with 1 in all others, against the table's own checks: what the checks
 * say is asked of PostgreSQL and not read from their text.
 */
async function uncheckedNumerics(db: Queryable, table: string): Promise<string[]> {
  const columns = await columnsOf(db, table);
  const checks = await db.query<{ expression: string }>(
    sql`select pg_get_expr(conbin, conrelid) as expression from pg_constraint where conrelid = ${table}::regclass and contype = 'c'`,
  );
  const broken: string[] = [];
  for (const column of columns.filter(({ type }) => type === "numeric")) {
    const taken: string[] = [];
    for (const special of ["NaN", "Infinity", "-Infinity"]) {
      const row = columns.map(({ name, type }) => {
        if (name === column.name) return `'${special}'::numeric as ${name}`;
        return type === "numeric" ? `1::numeric as ${name}` : `null::${type} as ${name}`;
      });
      const verdicts = checks.map(({ expression }) => `(${expression})`).join(", ");
      const [answer] = await db.query<{ refused: boolean }>({
        text: `select coalesce(false = any (array[${verdicts}]::boolean[]), false) as refused from (select ${row.join(", ")}) as ${table}`,
        values: [],
      });
      if (answer?.refused !== true) taken.push(special);
    }
    if (taken.length > 0)
      broken.push(
        `${table}.${column.name} takes ${taken.join(", ")}: add a check, such as check (${column.name} not in ('NaN', 'Infinity', '-Infinity')).`,
      );
  }
  return broken;
}

async function columnsOf(db: Queryable, table: string): Promise<{ name: string; type: string; required: boolean }[]> {
  return db.query(
    sql`select attname as name, format_type(atttypid, null) as type, attnotnull as required
        from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped order by attnum`,
  );
}

async function openTestDatabase(): Promise<Database> {
  const opened = createDatabase({
    connection: { connectionString: await createTestDatabase() },
    preparedStatements: false,
    onError: () => {},
  });
  after(() => opened.close());
  return opened;
}
