import assert from "node:assert/strict";
import { test } from "node:test";
import { createCompany } from "../companies/companies.ts";
import { sql, type Queryable, type Sql } from "../platform/db.ts";
import { startTestApp, type Api } from "../../test/harness.ts";
import { areMany, findCustomersByWords } from "./sql.ts";
import { searchQuery } from "./search-words.ts";

const { database, clock, test: api, live, as } = await startTestApp();
const stranger = as(
  (await database.transaction((tx) => createCompany(tx, { name: "Other", currencyCode: "usd" }, clock.now())))
    .testApiKey,
);

async function create(fields: object, by: Api = api): Promise<string> {
  const { status, body, text } = await by.post("/v1/customers", fields);
  assert.equal(status, 201, text);
  return body.customer.id;
}

async function find(search: string, by: Api = api): Promise<string[]> {
  const { status, body, text } = await by.get(`/v1/customers?search=${encodeURIComponent(search)}`);
  assert.equal(status, 200, text);
  return body.customers.map(({ id }: { id: string }) => id);
}

const ada = await create({ name: "Ada Lovelace", email: "ada.king@example.com", external_id: "shop_100%_off" });
const unal = await create({ first_name: "Ünal", last_name: "Straße-Özdemir", email: "unal@beispiel.de" });
const quoted = await create({ name: `O'Brien \\ "Sons" & (Co):* ! | <-> %_` });

const cases: [what: string, search: string, found: string[]][] = [
  ["the beginning of a word of the name", "love", [ada]],
  ["the whole name", "Ada Lovelace", [ada]],
  ["words in another order", "lovel ada", [ada]],
  ["not the middle of a word", "velace", []],
  ["upper case for lower, and the other way round", "ADA", [ada]],
  ["a part of the e-mail", "king@exam", [ada]],
  ["the whole e-mail", "ada.king@example.com", [ada]],
  ["a part of the external id", "shop_1", [ada]],
  ["the id", ada, [ada]],
  ["the beginning of the id", ada.slice(0, 20), [ada]],
  ["a first and a last name, without their accents", "unal ozde", [unal]],
  ["with their accents, in another case", "ÜNAL ÖZ", [unal]],
  ["every word must be there", "ada ozdemir", []],
  ["the wildcards of LIKE are no wildcards", "%da", []],
  ["nor is the other one", "l_velace", []],
  ["what is nothing but signs finds nobody", "%_&|!:*'\\", []],
  ["an operator of the search is none", "ada | unal", []],
  ["nor are quotes and backslashes", `'brien' \\`, [quoted]],
  ["a long text is no error", "ada ".repeat(63), [ada]],
];

for (const [what, search, found] of cases)
  test(`a search finds: ${what}`, async () => {
    assert.deepEqual(await find(search), found);
  });

test("an empty search, and one that is too long, is refused", async () => {
  for (const search of ["", "a".repeat(256)]) {
    const { status, body } = await api.get(`/v1/customers?search=${search}`);
    assert.deepEqual([status, body.error.code], [400, "VALIDATION_ERROR"]);
  }
});

test("words longer than any that is kept are found by their beginning", async () => {
  const long = await create({ name: "ﷺ".repeat(200), first_name: "q".repeat(200) });
  assert.deepEqual(await find("q".repeat(150)), [long]);
  assert.deepEqual(await find("ﷺ".repeat(3)), [long]);
});

test("nobody of another company or mode is found", async () => {
  const theirs = await create({ name: "Hidden Treasure" }, stranger);
  const inLive = await create({ name: "Hidden Treasure" }, live);
  assert.deepEqual(
    [await find("treas"), await find("treas", stranger), await find("treas", live)],
    [[], [theirs], [inLive]],
  );
  assert.deepEqual(await find(theirs), []);
});

test("who is changed is found by what is there now, who is erased or deleted by nothing of theirs", async () => {
  const id = await create({ name: "Before", email: "kept@example.org" });
  await api.patch(`/v1/customers/${id}`, { name: "Afterwards" });
  assert.deepEqual([await find("before"), await find("afterw"), await find("kept")], [[], [id], [id]]);
  assert.equal((await api.post(`/v1/customers/${id}/erase`)).status, 200);
  assert.deepEqual([await find("afterw"), await find("kept"), await find("erased")], [[], [], [id]]);
  await api.delete(`/v1/customers/${id}`);
  assert.deepEqual(await find("erased"), []);
});

test("pages are newest first, and a cursor goes on where the page ended, of few and of very many", async () => {
  for (const count of [5, 1_100]) {
    const name = `paged${count}`;
    const [tenant] = await database.query<{ id: number }>(
      sql`select tenant_id as id from customers where customer_id = ${ada}`,
    );
    await fill(tenant?.id ?? 0, name, count);
    const found: string[] = [];
    let cursor = "";
    for (let page = 0; page < 3; page++) {
      const { body } = await api.get(`/v1/customers?limit=2&search=${name}${cursor}`);
      found.push(...body.customers.map(({ external_id }: { external_id: string }) => external_id));
      assert.equal(body.pagination.has_more, count > found.length);
      cursor = `&cursor=${body.pagination.next_cursor}`;
    }
    const newest = Array.from({ length: Math.min(count, 6) }, (_, index) => `${name}-${count - index}`);
    assert.deepEqual(found, newest);
  }
});

test("few are found by their words and many by the newest, in either case without a walk through all customers", async () => {
  const [tenant] = await database.query<{ id: number }>(
    sql`select tenant_id as id from customers where customer_id = ${ada}`,
  );
  const tenantId = tenant?.id ?? 0;
  await fill(tenantId, "frequent", 20_000);
  await fill(tenantId + 1_000, "rare", 20_000);
  await database.query(sql`vacuum analyze customers`);
  const plan = async (search: string) => {
    const query = searchQuery(tenantId, search) ?? "";
    const many = await areMany(database, query);
    let asked: Sql = sql``;
    const asking: Queryable = { query: async (statement: Sql) => ((asked = statement), []) };
    await findCustomersByWords(
      asking,
      tenantId,
      { query, many },
      { ids: null, condition: null, after: null, limit: 26 },
    );
    const lines = await database.query<{ "QUERY PLAN": string }>(
      sql`explain (analyze, buffers off, timing off) ${asked}`,
    );
    return lines.map((line) => line["QUERY PLAN"]).join("\n");
  };
  assert.match(await plan("ada lov"), /customers_by_words.*\n.*Index Cond/);
  assert.match(
    await plan("rar"),
    /Bitmap Index Scan on customers_by_words .*rows=0\b/,
    "nothing of another tenant is read",
  );
  assert.match(await plan("freq"), /Backward using customers_by_id|Index Scan Backward/);
});

/** Customers `name-1`, `name-2`, … whose ids are in that order. */
async function fill(tenantId: number, name: string, count: number): Promise<void> {
  await database.query(
    sql`insert into customers (tenant_id, bucket, customer_id, name, external_id, timezone, metadata, created_at, updated_at, search_words)
        select ${tenantId}, number % 64, rpad('czzz' || ${name}::text || lpad(number::text, 6, '0'), 25, '0'), ${name}, ${name}::text || '-' || number,
          'UTC', '{}', now(), now(), array_to_tsvector(array[${`${tenantId}:${name}`}::text])
        from generate_series(1, ${count}::integer) as number`,
  );
}
