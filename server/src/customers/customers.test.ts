import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp, type ApiAnswer } from "../../test/harness.ts";

const { test: api, live, clock } = await startTestApp();

const details = (answer: ApiAnswer) => answer.body.error.details as { path: string; message: string }[];
const paths = (answer: ApiAnswer) => details(answer).map(({ path }) => path);
const idsOf = (answer: ApiAnswer) => (answer.body.customers as { id: string }[]).map(({ id }) => id);

async function create(fields: object, caller = api): Promise<{ id: string }> {
  const answer = await caller.post("/v1/customers", fields);
  assert.equal(answer.status, 201, answer.text);
  return answer.body.customer;
}

const address = {
  line1: "Unter den Linden 1",
  line2: null,
  city: "Berlin",
  state: null,
  postal_code: "10117",
  country: "DE",
};

const whole = {
  name: "Acme Corp",
  first_name: "Ada",
  last_name: "Lovelace",
  email: "billing@acme.com",
  phone: "+49 30 1234",
  url: "https://acme.com/about",
  external_id: "cust_123",
  billing_address: address,
  shipping_address: { ...address, line1: "Hof 2" },
  currency_code: "eur",
  tax_id: "DE123456789",
  timezone: "Europe/Berlin",
  metadata: { segment: "enterprise" },
};

test("a customer is answered as created, and found by their id", async () => {
  const created = await api.post("/v1/customers", whole);
  assert.equal(created.status, 201);
  const { id, ...fields } = created.body.customer;
  assert.match(id, /^c[a-z0-9]{24}$/);
  assert.deepEqual(fields, {
    ...whole,
    default_payment_method_id: null,
    tax_status: "taxable",
    erased_at: null,
    test_clock_id: null,
    created_at: "2026-03-10T12:00:00.000Z",
    updated_at: "2026-03-10T12:00:00.000Z",
  });
  const found = await api.get(`/v1/customers/${id}`);
  assert.equal(found.status, 200);
  assert.deepEqual(found.body.customer, created.body.customer);
});

test("what is not given is null, and never missing", async () => {
  const created = await api.post("/v1/customers", { email: "a@b.co" });
  const { id: _, ...fields } = created.body.customer;
  assert.deepEqual(fields, {
    name: null,
    first_name: null,
    last_name: null,
    email: "a@b.co",
    phone: null,
    url: null,
    external_id: null,
    billing_address: null,
    shipping_address: null,
    currency_code: null,
    tax_id: null,
    timezone: "UTC",
    metadata: {},
    default_payment_method_id: null,
    tax_status: "taxable",
    erased_at: null,
    test_clock_id: null,
    created_at: "2026-03-10T12:00:00.000Z",
    updated_at: "2026-03-10T12:00:00.000Z",
  });
});

test("codes are brought to their one form, and an address has all of its lines", async () => {
  const fields = { name: "A", currency_code: "EUR", billing_address: { country: "de", city: "Bonn" } };
  const answer = await api.post("/v1/customers", fields);
  assert.equal(answer.body.customer.currency_code, "eur");
  assert.deepEqual(answer.body.customer.billing_address, {
    line1: null,
    line2: null,
    city: "Bonn",
    state: null,
    postal_code: null,
    country: "DE",
  });
});

test("a customer has at least one of the fields that tell who they are", async () => {
  for (const field of ["name", "first_name", "last_name", "external_id"]) await create({ [field]: "x" });
  await create({ email: "a@b.co" });
  for (const body of [{}, { phone: "1" }, { name: null, email: null }]) {
    const answer = await api.post("/v1/customers", body);
    assert.deepEqual([answer.status, answer.body.error.code, paths(answer)], [400, "VALIDATION_ERROR", ["body"]]);
  }
});

test("what is wrong with a field is said at its path, on creation and on update", async () => {
  const { id } = await create({ name: "A" });
  const cases: [fields: object, path: string][] = [
    [{ name: "" }, "name"],
    [{ name: "n".repeat(256) }, "name"],
    [{ name: 7 }, "name"],
    [{ email: "not one" }, "email"],
    [{ phone: "1".repeat(51) }, "phone"],
    [{ url: "acme.com" }, "url"],
    [{ url: `https://acme.com/${"p".repeat(2_048)}` }, "url"],
    [{ external_id: "e".repeat(256) }, "external_id"],
    [{ billing_address: "Berlin" }, "billing_address"],
    [{ billing_address: { country: "Germany" } }, "billing_address.country"],
    [{ shipping_address: { country: "ZZ" } }, "shipping_address.country"],
    [{ currency_code: "xxx" }, "currency_code"],
    [{ timezone: "Mars/Olympus" }, "timezone"],
    [{ metadata: { key: 1 } }, "metadata.key"],
    [{ metadata: { ["k".repeat(41)]: "v" } }, `metadata.${"k".repeat(41)}`],
    [{ metadata: { key: "v".repeat(501) } }, "metadata.key"],
    [{ metadata: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key_${index}`, "v"])) }, "metadata"],
  ];
  for (const [fields, path] of cases) {
    for (const answer of [
      await api.post("/v1/customers", { name: "A", ...fields }),
      await api.patch(`/v1/customers/${id}`, fields),
    ]) {
      assert.deepEqual([answer.status, answer.body.error?.code], [400, "VALIDATION_ERROR"], JSON.stringify(fields));
      assert.deepEqual(paths(answer), [path]);
      assert.notEqual(details(answer)[0]?.message, "Invalid input", path);
    }
  }
});

test("an update changes the fields given and no other", async () => {
  const { id } = await create(whole);
  const before = (await api.get(`/v1/customers/${id}`)).body.customer;
  clock.advance(60_000);
  const answer = await api.patch(`/v1/customers/${id}`, { name: "Acme GmbH", metadata: { tier: "1" } });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body.customer, {
    ...before,
    name: "Acme GmbH",
    metadata: { tier: "1" },
    updated_at: clock.now().toISOString(),
  });
  assert.deepEqual((await api.get(`/v1/customers/${id}`)).body.customer, answer.body.customer);
});

test("null clears a field; a timezone goes back to UTC and metadata to none", async () => {
  const { id } = await create(whole);
  const cleared = Object.fromEntries(Object.keys(whole).map((field) => [field, null]));
  const answer = await api.patch(`/v1/customers/${id}`, { ...cleared, name: "Acme" });
  assert.equal(answer.status, 200);
  const { id: _, created_at: __, updated_at: ___, ...fields } = answer.body.customer;
  assert.deepEqual(fields, {
    ...cleared,
    name: "Acme",
    timezone: "UTC",
    metadata: {},
    default_payment_method_id: null,
    tax_status: "taxable",
    erased_at: null,
    test_clock_id: null,
  });
});

test("the last field that tells who a customer is cannot be cleared", async () => {
  const { id } = await create({ name: "Acme", email: "a@b.co" });
  assert.equal((await api.patch(`/v1/customers/${id}`, { email: null })).status, 200);
  const refused = await api.patch(`/v1/customers/${id}`, { name: null, phone: "1" });
  assert.deepEqual([refused.status, refused.body.error.code], [400, "VALIDATION_ERROR"]);
  const { customer } = (await api.get(`/v1/customers/${id}`)).body;
  assert.deepEqual([customer.name, customer.phone], ["Acme", null]);
  assert.equal((await api.patch(`/v1/customers/${id}`, { name: null, external_id: "x" })).status, 200);
});

test("updates of different fields at the same time lose none", async () => {
  const { id } = await create({ name: "Acme" });
  const fields = { phone: "1", tax_id: "2", external_id: "3", first_name: "4", last_name: "5", currency_code: "usd" };
  await Promise.all(Object.entries(fields).map(([field, text]) => api.patch(`/v1/customers/${id}`, { [field]: text })));
  const { customer } = (await api.get(`/v1/customers/${id}`)).body;
  for (const [field, text] of Object.entries(fields)) assert.equal(customer[field], text, field);
});

test("a deleted customer is gone", async () => {
  const { id } = await create({ name: "Gone", external_id: "gone" });
  const answer = await api.delete(`/v1/customers/${id}`);
  const { request_id: _, ...body } = answer.body;
  assert.deepEqual([answer.status, body], [200, { success: true, id, deleted: true }]);
  for (const again of [await api.get(`/v1/customers/${id}`), await api.delete(`/v1/customers/${id}`)]) {
    assert.deepEqual([again.status, again.body.error.code], [404, "CUSTOMER_NOT_FOUND"]);
  }
  assert.deepEqual(idsOf(await api.get("/v1/customers/search?external_id=gone")), []);
});

test("an id that is unknown, malformed or of the other mode is the same 404", async () => {
  const { id } = await create({ name: "Theirs" }, live);
  for (const each of [id, "cm5x9z8nv0000h85r7l9p2k1m", "x", "%00", "C".repeat(25), "c".repeat(300)]) {
    for (const method of ["GET", "PATCH", "DELETE"]) {
      const answer = await api.request(
        method,
        `/v1/customers/${each}`,
        method === "PATCH" ? { name: "Mine" } : undefined,
      );
      assert.deepEqual([answer.status, answer.body.error.code], [404, "CUSTOMER_NOT_FOUND"], `${method} ${each}`);
    }
  }
  assert.equal((await live.get(`/v1/customers/${id}`)).body.customer.name, "Theirs");
});

test("search finds who equals every field given, newest first, in the caller's mode", async () => {
  const base = { name: "Search & Co", first_name: "Grace", last_name: "Hopper", external_id: "search" };
  const first = await create(base);
  clock.advance(1);
  const second = await create({ ...base, first_name: "Ada" });
  clock.advance(1);
  const third = await create({ ...base, name: "Another" });
  await create(base, live);
  const cases: [query: string, found: { id: string }[]][] = [
    ["external_id=search", [third, second, first]],
    ["name=Search%20%26%20Co", [second, first]],
    ["name=Search%20%26%20Co&first_name=Ada", [second]],
    ["last_name=Hopper&first_name=Grace", [third, first]],
    ["name=search%20%26%20co", []],
    ["name=Search", []],
    ["name=%25", []],
    ["external_id=search&last_name=Lovelace", []],
  ];
  for (const [query, found] of cases) {
    const answer = await api.get(`/v1/customers/search?${query}`);
    assert.equal(answer.status, 200);
    assert.deepEqual(
      idsOf(answer),
      found.map(({ id }) => id),
      query,
    );
  }
});

test("a search by nothing, or by something empty or unstorable, is refused", async () => {
  for (const query of [
    "",
    "?name=",
    "?email=a@b.co",
    "?limit=5",
    `?name=${"n".repeat(256)}`,
    "?name=%00",
    "?name=a&name=b",
  ]) {
    const answer = await api.get(`/v1/customers/search${query}`);
    assert.deepEqual([answer.status, answer.body.error?.code], [400, "VALIDATION_ERROR"], query);
  }
});

test("a search finds at most 100", async () => {
  const { test: api } = await startTestApp();
  await Promise.all(Array.from({ length: 101 }, () => create({ name: "Many" }, api)));
  assert.equal(idsOf(await api.get("/v1/customers/search?name=Many")).length, 100);
});

test("the list is newest first, in pages that a new or deleted customer does not shift", async () => {
  const { test: api, live, clock } = await startTestApp();
  const ids: string[] = [];
  for (let number = 1; number <= 5; number++) {
    ids.unshift((await create({ name: `${number}` }, api)).id);
    clock.advance(1);
  }
  assert.deepEqual(idsOf(await api.get("/v1/customers")), ids);
  assert.deepEqual(idsOf(await live.get("/v1/customers")), []);
  assert.deepEqual((await api.get("/v1/customers?limit=5")).body.pagination, { has_more: false, next_cursor: null });

  const first = await api.get("/v1/customers?limit=2");
  assert.equal(first.body.pagination.has_more, true);
  await create({ name: "6" }, api);
  await api.delete(`/v1/customers/${ids[1]}`);
  const second = await api.get(`/v1/customers?limit=2&cursor=${first.body.pagination.next_cursor}`);
  const third = await api.get(`/v1/customers?limit=2&cursor=${second.body.pagination.next_cursor}`);
  assert.deepEqual([...idsOf(first), ...idsOf(second), ...idsOf(third)], ids);
  assert.deepEqual(third.body.pagination, { has_more: false, next_cursor: null });
});

test("the list can be of some ids, also among those found, in pages; one that there is not, or of the other mode, is left out", async () => {
  const { test: api, live, clock } = await startTestApp();
  const ids: string[] = [];
  for (const name of ["Ada", "Bert", "Ada"]) {
    ids.unshift((await create({ name }, api)).id);
    clock.advance(1);
  }
  const [last = "", bert = "", first = ""] = ids;
  const list = async (of: string[], rest = "") => api.get(`/v1/customers?ids=${of.join(",")}${rest}`);
  assert.deepEqual(idsOf(await list([first, "nobody", last])), [last, first]);
  assert.deepEqual(idsOf(await list([first, bert], "&search=ada")), [first]);
  const page = await list([first, bert, last], "&limit=2");
  assert.deepEqual([idsOf(page), page.body.pagination.has_more], [[last, bert], true]);
  const rest = await list([first, bert, last], `&limit=2&cursor=${page.body.pagination.next_cursor}`);
  assert.deepEqual(idsOf(rest), [first]);
  assert.deepEqual(idsOf(await live.get(`/v1/customers?ids=${first}`)), []);
  const tooMany = await list(Array.from({ length: 101 }, () => first));
  assert.deepEqual([tooMany.status, tooMany.body.error.details[0].path], [400, "ids"]);
});

test("the list can be of those who have a wallet below zero, also among those found, in pages", async () => {
  const { test: api, live, clock } = await startTestApp();
  await api.post("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "count" } });
  await api.post("/v1/plans", {
    code: "pro",
    usage_prices: ["usd", "eur"].map((currency_code) => ({ meter_code: "calls", unit_amount: "1", currency_code })),
  });
  const using = async (name: string, credit: string | null) => {
    clock.advance(1);
    const { id } = await create({ name }, api);
    await api.post("/v1/subscriptions", { customer_id: id, plan_code: "pro", initial_status: "active" });
    for (const currency_code of credit === null ? [] : ["usd", "eur"])
      await api.post(`/v1/customers/${id}/credit-grants`, { name: "Credit", amount: credit, currency_code });
    const event = { event_name: "call", customer_id: id, timestamp: clock.now().toISOString(), idempotency_key: id };
    assert.equal((await api.post("/v1/events/ingest", event)).body.status, "processed");
    return id;
  };
  const ada = await using("Ada", null);
  await using("Ada", "2");
  await create({ name: "Ada, who has no wallet" }, api);
  const bert = await using("Bert", "0.5");
  await using("Ada", "1");
  const list = (query: string) => api.get(`/v1/customers?${query}`);
  assert.deepEqual(idsOf(await list("in_debt=true")), [bert, ada]);
  assert.deepEqual(idsOf(await list("in_debt=true&search=ada")), [ada]);
  assert.deepEqual(idsOf(await list(`in_debt=true&ids=${bert}`)), [bert]);
  const page = await list("in_debt=true&limit=1");
  assert.deepEqual([idsOf(page), page.body.pagination.has_more], [[bert], true]);
  assert.deepEqual(idsOf(await list(`in_debt=true&limit=1&cursor=${page.body.pagination.next_cursor}`)), [ada]);
  assert.equal(idsOf(await list("in_debt=false")).length, 5);
  assert.deepEqual(idsOf(await live.get("/v1/customers?in_debt=true")), []);
  assert.equal((await list("in_debt=1")).status, 400);
});

test("a limit or cursor that is not one is refused", async () => {
  const foreign = Buffer.from(JSON.stringify({ id: 1 })).toString("base64url");
  for (const query of [
    "limit=0",
    "limit=101",
    "limit=-1",
    "limit=1.5",
    "limit=ten",
    "limit=",
    "cursor=",
    "cursor=x",
    `cursor=${foreign}`,
  ]) {
    const answer = await api.get(`/v1/customers?${query}`);
    assert.deepEqual([answer.status, answer.body.error?.code], [400, "VALIDATION_ERROR"], query);
  }
});

test("a creation repeated with its idempotency key creates one customer", async () => {
  const body = { name: "Once", external_id: "once" };
  const answers = [];
  for (let attempt = 0; attempt < 3; attempt++)
    answers.push(await api.post("/v1/customers", body, { "idempotency-key": "once" }));
  assert.deepEqual(new Set(answers.map(({ text }) => text)).size, 1);
  assert.equal(idsOf(await api.get("/v1/customers/search?external_id=once")).length, 1);
});
