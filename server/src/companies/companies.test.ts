import assert from "node:assert/strict";
import { after, test } from "node:test";
import { pino } from "pino";
import { startTestApp, type Api, type ApiAnswer } from "../../test/harness.ts";
import { createApp } from "../app.ts";
import { authenticate } from "../http/authentication.ts";
import { createDatabase, sql } from "../platform/db.ts";
import { sha256 } from "../platform/ids.ts";
import { createCompany, createKeyFinder, invoicingDefaults } from "./companies.ts";

const testApp = await startTestApp();
const { app, test: api, live, clock, company, database, connectionString } = testApp;
const as = (key: string) => testApp.as(key);

const keyForm = /^ak_(live|test)_[0-9A-Za-z]{32}$/;

async function create(caller: Api, name?: string): Promise<{ id: string; key: string }> {
  const answer = await caller.post("/v1/api-keys", { name });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.api_key;
}

const listed = async (caller: Api) =>
  (await caller.get("/v1/api-keys?limit=100")).body.api_keys as { id: string; name: string | null }[];
const refusal = (answer: ApiAnswer) => [answer.status, answer.body.error?.code];

test("a new company has a live and a test mode, and a first key for each", async () => {
  assert.match(company.liveApiKey, /^ak_live_[0-9A-Za-z]{32}$/);
  assert.match(company.testApiKey, /^ak_test_[0-9A-Za-z]{32}$/);
  assert.deepEqual(
    (await listed(live)).map(({ name }) => name),
    ["First live key"],
  );
  assert.deepEqual(
    (await listed(api)).map(({ name }) => name),
    ["First test key"],
  );
});

test("a key is of the mode of the key that asks for it, and opens that mode's data only", async () => {
  const customer = (await live.post("/v1/customers", { name: "Live" })).body.customer;
  for (const [caller, mode] of [
    [live, "live"],
    [api, "test"],
  ] as const) {
    const answer = await caller.post("/v1/api-keys", { name: "Production" });
    const { id, key, last_four, ...fields } = answer.body.api_key;
    assert.equal(answer.status, 201);
    assert.match(id, /^c[a-z0-9]{24}$/);
    assert.equal(keyForm.exec(key)?.[1], mode);
    assert.equal(last_four, key.slice(-4));
    assert.deepEqual(fields, { name: "Production", mode, created_at: "2026-03-10T12:00:00.000Z", revoked_at: null });
    assert.equal((await as(key).get(`/v1/customers/${customer.id}`)).status, mode === "live" ? 200 : 404);
  }
});

test("a key needs no name, and its name is refused if it is not one", async () => {
  assert.equal((await api.post("/v1/api-keys", {})).body.api_key.name, null);
  assert.equal((await api.post("/v1/api-keys", { name: null })).status, 201);
  for (const name of ["", "n".repeat(256), 7]) {
    assert.deepEqual(refusal(await api.post("/v1/api-keys", { name })), [400, "VALIDATION_ERROR"]);
  }
});

test("a key is shown once: no later answer holds it", async () => {
  const { id, key } = await create(api, "Shown once");
  const list = await api.get("/v1/api-keys?limit=100");
  const revoked = await api.post(`/v1/api-keys/${id}/revoke`);
  for (const { text } of [list, revoked]) {
    assert.match(text, new RegExp(id));
    assert.doesNotMatch(text, new RegExp(key.slice(8)));
    assert.doesNotMatch(text, /"key"|hash/);
  }
});

test("only a key's hash and its last four characters are stored, also when it was created with an idempotency key", async () => {
  const headers = { "idempotency-key": "a key of a key" };
  const first = await api.post("/v1/api-keys", { name: "Hashed" }, headers);
  assert.equal((await api.post("/v1/api-keys", { name: "Hashed" }, headers)).text, first.text);
  const { id, key } = first.body.api_key as { id: string; key: string };

  const [row] = await database.query<{ hash: Buffer; last_four: string }>(
    sql`select hash, last_four from api_keys where api_key_id = ${id}`,
  );
  assert.deepEqual(row, { hash: sha256(key), last_four: key.slice(-4) });

  const tables = await database.query<{ name: string }>(
    sql`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  assert.ok(tables.length > 5);
  for (const { name } of tables) {
    const text = `select row::text as text from ${name} as row`;
    for (const stored of await database.query<{ text: string }>({ text, values: [] })) {
      assert.equal(stored.text.includes(key.slice(8, -4)), false, name);
      assert.equal(stored.text.includes(Buffer.from(key).toString("hex")), false, name);
    }
  }
});

test("a revoked key is refused as revoked by this process and by every other within a second", async () => {
  const other = createDatabase({ connection: { connectionString }, preparedStatements: true, onError: () => {} });
  const secondApp = createApp({
    database: other,
    clock,
    log: pino({ level: "silent" }),
    rateLimitPerMinute: 0,
    publicUrl: "",
  });
  after(async () => {
    await secondApp.close();
    await other.close();
  });
  const { id, key } = await create(api, "Leaked");
  const ask = async (server: typeof app) => {
    const answer = await server.inject({ url: "/v1/customers", headers: { authorization: `Bearer ${key}` } });
    return [answer.statusCode, answer.json().error?.code, answer.json().error?.message];
  };
  const refused = [401, "API_KEY_REVOKED", "API key has been revoked"];

  assert.deepEqual(await ask(app), [200, undefined, undefined]);
  assert.deepEqual(await ask(secondApp), [200, undefined, undefined]);
  const revoked = await api.post(`/v1/api-keys/${id}/revoke`);
  assert.deepEqual([revoked.status, revoked.body.api_key.revoked_at], [200, clock.now().toISOString()]);

  clock.advance(999);
  assert.deepEqual(await ask(app), refused);
  assert.deepEqual(await ask(secondApp), refused);
  clock.advance(3_600_000);
  assert.deepEqual(await ask(secondApp), refused);
});

test("a key can revoke itself, and revoking again keeps the first instant", async () => {
  const { id, key } = await create(api, "Suicidal");
  const first = await as(key).post(`/v1/api-keys/${id}/revoke`);
  assert.equal(first.status, 200);
  clock.advance(1_000);
  assert.deepEqual(refusal(await as(key).get("/v1/customers")), [401, "API_KEY_REVOKED"]);
  const again = await api.post(`/v1/api-keys/${id}/revoke`);
  assert.deepEqual(again.body.api_key, first.body.api_key);
});

test("a key that is unknown, malformed or of the other mode is not found", async () => {
  const { id, key } = await create(live, "Theirs");
  for (const each of [id, "cm5x9z8nv0000h85r7l9p2k1m", "x", "%00"]) {
    assert.deepEqual(refusal(await api.post(`/v1/api-keys/${each}/revoke`)), [404, "API_KEY_NOT_FOUND"], each);
  }
  clock.advance(1_000);
  assert.equal((await as(key).get("/v1/customers")).status, 200);
});

test("a key created a moment ago works at once", async () => {
  const { key } = await create(api);
  assert.equal((await as(key).get("/v1/customers")).status, 200);
});

test("keys are listed newest first, revoked ones too, in pages", async () => {
  const { test: api, clock } = await startTestApp();
  for (const name of ["a", "b", "c"]) {
    clock.advance(1);
    const { id } = await create(api, name);
    if (name === "b") await api.post(`/v1/api-keys/${id}/revoke`);
  }
  const first = await api.get("/v1/api-keys?limit=3");
  const names = (answer: ApiAnswer) => answer.body.api_keys.map(({ name }: { name: string }) => name);
  assert.deepEqual(names(first), ["c", "b", "a"]);
  assert.equal(first.body.api_keys[1].revoked_at, "2026-03-10T12:00:00.002Z");
  const second = await api.get(`/v1/api-keys?limit=3&cursor=${first.body.pagination.next_cursor}`);
  assert.deepEqual(
    [names(second), second.body.pagination],
    [["First test key"], { has_more: false, next_cursor: null }],
  );
  assert.deepEqual(refusal(await api.get("/v1/api-keys?cursor=x")), [400, "VALIDATION_ERROR"]);
});

test("a company's invoicing settings change one by one, each mode's by itself and no other company's", async () => {
  const second = await database.transaction((tx) =>
    createCompany(tx, { name: "Second", currencyCode: "eur" }, clock.now()),
  );
  const settings = async (caller: Api) => (await caller.get("/v1/company")).body.company;
  const first = {
    name: "Acme",
    currency_code: "usd",
    invoice_prefix: "INV-",
    credit_note_prefix: "CN-",
    invoice_grace_hours: 1,
    invoice_finalization: "automatic",
    invoice_reminder_days: 3,
    mails: "off",
    timezone: "UTC",
    address: null,
    tax_id: null,
    email: null,
    invoice_footer: null,
    has_logo: false,
  };
  const firstLive = { ...first, mails: "on" };
  assert.deepEqual(await settings(api), first);
  assert.deepEqual(await settings(live), firstLive);

  const patches: [patch: object, after: object][] = [
    [{}, first],
    [{ invoice_grace_hours: 0 }, { ...first, invoice_grace_hours: 0 }],
    [{ invoice_finalization: "manual" }, { ...first, invoice_grace_hours: 0, invoice_finalization: "manual" }],
    [
      { invoice_grace_hours: 720, invoice_finalization: "automatic" },
      { ...first, invoice_grace_hours: 720 },
    ],
    [
      { name: "Not a setting", currency_code: "eur" },
      { ...first, invoice_grace_hours: 720 },
    ],
    [
      { invoice_reminder_days: 0, mails: "on" },
      { ...first, invoice_grace_hours: 720, invoice_reminder_days: 0, mails: "on" },
    ],
    [
      { timezone: "America/New_York", mails: "off", invoice_reminder_days: 3 },
      { ...first, invoice_grace_hours: 720, timezone: "America/New_York" },
    ],
  ];
  for (const [patch, after] of patches) {
    const answer = await api.patch("/v1/company", patch);
    assert.deepEqual([answer.status, answer.body.company], [200, after], answer.text);
    assert.deepEqual(await settings(api), after);
    assert.deepEqual(await settings(live), firstLive);
  }
  const untouched = { ...first, name: "Second", currency_code: "eur" };
  assert.deepEqual(await settings(as(second.testApiKey)), untouched);
  assert.deepEqual(await settings(as(second.liveApiKey)), { ...untouched, mails: "on" });
});

test("what is wrong with a company's settings is said at its path, and changes nothing", async () => {
  const before = (await api.get("/v1/company")).body;
  const cases: [patch: object, path: string][] = [
    [{ invoice_grace_hours: -1 }, "invoice_grace_hours"],
    [{ invoice_grace_hours: 721, invoice_finalization: "manual" }, "invoice_grace_hours"],
    [{ invoice_grace_hours: 1.5 }, "invoice_grace_hours"],
    [{ invoice_grace_hours: null }, "invoice_grace_hours"],
    [{ invoice_finalization: "never" }, "invoice_finalization"],
    [{ invoice_finalization: null }, "invoice_finalization"],
    [{ invoice_reminder_days: 61 }, "invoice_reminder_days"],
    [{ mails: "later" }, "mails"],
    [{ timezone: "Europe/Atlantis" }, "timezone"],
    [{ timezone: "+02:00" }, "timezone"],
    [{ timezone: null }, "timezone"],
  ];
  for (const [patch, path] of cases) {
    const answer = await api.patch("/v1/company", patch);
    assert.deepEqual(refusal(answer), [400, "VALIDATION_ERROR"]);
    assert.deepEqual(
      answer.body.error.details.map((each: { path: string }) => each.path),
      [path],
    );
  }
  assert.deepEqual((await api.get("/v1/company")).body.company, before.company);
});

test("the invoicing defaults are the mode's as they are now", async () => {
  for (const [key, caller] of [
    [company.liveApiKey, live],
    [company.testApiKey, api],
  ] as const) {
    await caller.patch("/v1/company", { invoice_grace_hours: 48, invoice_finalization: "manual" });
    const { tenant } = await authenticate(`Bearer ${key}`, createKeyFinder(database, clock));
    assert.deepEqual(await invoicingDefaults(database, tenant), { graceHours: 48, finalization: "manual" });
  }
});
