import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestDatabase } from "../../test/harness.ts";
import { until } from "../../test/until.ts";
import { createDatabase, isUnavailable, sql, isMistaken, rowsFrom, type Column } from "./db.ts";

const connection = { connectionString: await createTestDatabase() };
const database = createDatabase({ connection, preparedStatements: true, onError: () => {} });

test("an instant is stored as it is, whatever timezone the process runs in", async (context) => {
  const before = process.env.TZ;
  context.after(() => (process.env.TZ = before ?? "UTC"));
  for (const zone of ["Europe/Amsterdam", "Asia/Kolkata", "America/New_York"]) {
    process.env.TZ = zone;
    for (const instant of ["1850-06-01T12:00:00.000Z", "1937-07-01T00:00:00.001Z", "2026-03-29T01:30:00.000Z"]) {
      const [row] = await database.query<{ same: boolean; back: Date }>(
        sql`select ${new Date(instant)}::timestamptz = ${instant}::timestamptz as same, ${new Date(instant)}::timestamptz as back`,
      );
      assert.deepEqual([row?.same, row?.back.toISOString()], [true, instant], zone);
    }
  }
});

test("a template's text depends on which of its places take statements, not only on the statements", async () => {
  const sum = (a: unknown, b: unknown) => sql`select ${a}::integer * 10 + ${b}::integer as sum`;
  const two = sql`(${1}::integer + ${1}::integer)`;
  for (const [a, b, expected] of [
    [two, 3, 23],
    [3, two, 32],
    [3, 4, 34],
    [two, two, 22],
  ]) {
    assert.deepEqual(await database.query(sum(a, b)), [{ sum: expected }]);
  }
});

test("a transaction does not wait long for a lock that another holds, and says that the service is busy", async () => {
  await database.query(sql`create table locked (id integer primary key)`);
  await database.query(sql`insert into locked values (1)`);
  await database.transaction(async (holder) => {
    await holder.query(sql`select * from locked for update`);
    const waiting = database.transaction(async (tx) => {
      await tx.query(sql`set local lock_timeout = '50ms'`);
      await tx.query(sql`select * from locked for update`);
    });
    await assert.rejects(waiting, isUnavailable);
  });
  const [limits] = await database.transaction((tx) =>
    tx.query(sql`select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement,
          current_setting('idle_in_transaction_session_timeout') as idle`),
  );
  assert.deepEqual(limits, { lock: "5s", statement: "30s", idle: "5min" });
});

test("two transactions that lock the same rows in opposite orders are both done: the one that PostgreSQL ends is run again", async () => {
  await database.query(sql`create table crossed (id integer primary key, times integer not null)`);
  await database.query(sql`insert into crossed values (1, 0), (2, 0)`);
  let waiting = 0;
  let attempts = 0;
  const lockBoth = (first: number, second: number) =>
    database.transaction(async (tx) => {
      attempts += 1;
      await tx.query(sql`update crossed set times = times + 1 where id = ${first}`);
      waiting += 1;
      // Both hold one before either asks for the other.
      await until("the other's lock", () => waiting >= 2);
      await tx.query(sql`update crossed set times = times + 1 where id = ${second}`);
    });
  await Promise.all([lockBoth(1, 2), lockBoth(2, 1)]);
  assert.deepEqual(await database.query(sql`select times from crossed`), [{ times: 2 }, { times: 2 }]);
  assert.equal(attempts, 3);
});

const fail = (code: string) => sql`select count(*) from unnest(array[1]) as one where raise_code(${code}) is not null`;

test("a statement after one that failed unseen tells that one's error: what may be tried again is, what is away is told so", async () => {
  await database.query(
    sql`create function raise_code(code text) returns text language plpgsql as
        $$ begin raise exception 'raised' using errcode = code; end $$`,
  );
  let attempts = 0;
  const done = await database.transaction(async (tx) => {
    if ((attempts += 1) < 3) tx.send(fail("40001"));
    return tx.query(sql`select 1 as one`);
  });
  assert.deepEqual([done, attempts], [[{ one: 1 }], 3]);

  const diskFull = database.transaction(async (tx) => {
    tx.send(fail("53100"));
    tx.send(sql`select 1`);
    return tx.query(sql`select 1 as one`);
  });
  await assert.rejects(diskFull, isUnavailable);
});

test("a connection that PostgreSQL ends is told of without what went over it, and replaced", async () => {
  const lost: Error[] = [];
  const other = createDatabase({ connection, preparedStatements: true, onError: (error) => lost.push(error) });
  const [own] = await other.query<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  await database.query(sql`select pg_terminate_backend(${own?.pid})`);
  await until("the loss", () => lost.length > 0);
  assert.ok(lost.every((error) => !("client" in error)));
  assert.deepEqual(await other.query(sql`select 1 as one`), [{ one: 1 }]);
  await other.close();
});

test.after(() => database.close());

test("rows come out as they went in, one or many: to the letter, in every type, with what is null", async () => {
  const columns = (count: number): Column[] => [
    ["integer", [1, 2, 3].slice(0, count)],
    ["json", ['{ "a": 12345678901234567890.10, "b": "\\"x\\u00e9" }', "[]", "null"].slice(0, count)],
    ["text", ['quoted "text", {with} \\', null, ""].slice(0, count)],
    ["bytea", [Buffer.from([0, 255]), null, Buffer.alloc(0)].slice(0, count)],
    ["json", ["1e400", "true", '"last"'].slice(0, count)],
    ["timestamptz", [new Date("2026-01-02T03:04:05.678Z"), null, new Date(0)].slice(0, count)],
    ["numeric", ["0.10", null, "-7"].slice(0, count)],
  ];
  for (const count of [1, 2, 3]) {
    const given = columns(count);
    const rows = await database.query(
      sql`select a, b::text, c, d, e::text, f, g from ${rowsFrom(given)} as given (a, b, c, d, e, f, g)`,
    );
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      Array.from({ length: count }, (_, index) => given.map(([, values]) => values[index])),
    );
  }
});

test("statements of several tables go out as one, those of one table after another, and what follows sees them", async () => {
  await database.query(sql`create table first_table (id integer primary key, text text)`);
  await database.query(sql`create table second_table (id integer)`);
  const seen = await database.transaction(async (tx) => {
    tx.send(sql`insert into first_table values (1, 'a')`, "first_table");
    tx.send(sql`insert into second_table values (1)`, "second_table");
    tx.send(sql`update first_table set text = text || 'b'`, "first_table");
    tx.send(sql`update first_table set text = text || 'c'`);
    return tx.query(sql`select text, (select count(*) from second_table) as count from first_table`);
  });
  assert.deepEqual(
    seen.map((row) => ({ ...row })),
    [{ text: "abc", count: 1 }],
  );
  const failing = database.transaction(async (tx) => {
    tx.send(sql`insert into second_table values (2)`, "second_table");
    tx.send(sql`insert into first_table values (1, 'again')`, "first_table");
  });
  await assert.rejects(failing, (error) => isMistaken(error));
  assert.deepEqual(await database.query(sql`select id from second_table where id = 2`), []);
});
