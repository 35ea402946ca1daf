import assert from "node:assert/strict";
import { test } from "node:test";
import { createSetupLink } from "../dashboard-access/dashboard-access.ts";
import { sql } from "../platform/db.ts";
import { makeDueTopUps } from "../top-ups/top-ups.ts";
import { startTestApp, testPublicUrl, type Api } from "../../test/harness.ts";

const { app, database, clock, test: api, live } = await startTestApp();

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function entries(query = "", by: Api = api): Promise<any[]> {
  const { body, status, text } = await by.get(`/v1/audit-log${query}`);
  assert.equal(status, 200, text);
  return body.audit_entries;
}

test("what is made is written down whole, with the key that made it and the request", async () => {
  const made = await api.post("/v1/customers", { name: "Acme", external_id: "acme" });
  const { customer } = made.body;
  const [entry] = await entries();
  const [key] = (await api.get("/v1/api-keys")).body.api_keys;
  assert.deepEqual(entry, {
    id: entry.id,
    actor: { type: "api_key", id: key.id, name: "First test key" },
    operation: "create-customer",
    resource: { type: "customer", id: customer.id },
    before: null,
    after: customer,
    request_id: made.body.request_id,
    created_at: clock.now().toISOString(),
  });
});

test("of a change the fields that differ are written down, before and after", async () => {
  const { customer } = (await api.post("/v1/customers", { name: "Old", email: "old@example.com" })).body;
  clock.advance(1_000);
  await api.patch(`/v1/customers/${customer.id}`, { email: "new@example.com" });
  const [entry] = await entries(`?resource_id=${customer.id}`);
  assert.equal(entry.operation, "update-customer");
  assert.deepEqual([entry.before.email, entry.after.email], ["old@example.com", "new@example.com"]);
  assert.ok(!("name" in entry.before) && !("name" in entry.after));

  await api.patch("/v1/company", { invoice_grace_hours: 7 });
  const [company] = await entries("?operation=update-company");
  assert.deepEqual([company.before, company.after], [{ invoice_grace_hours: 1 }, { invoice_grace_hours: 7 }]);

  await api.post("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "count" } });
  await api.patch("/v1/meters/calls", { name: "Calls" });
  const [meter] = await entries("?resource_type=meter&resource_id=calls");
  assert.equal(meter.after.name, "Calls");
});

test("an action shows what it did to the thing, a part what it did to the whole, a deletion what was there", async () => {
  const { customer } = (await api.post("/v1/customers", { name: "Acts" })).body;
  const grant = { name: "Credits", amount: "12345678901234567890.000000001", currency_code: "usd" };
  const { credit_grant } = (await api.post(`/v1/customers/${customer.id}/credit-grants`, grant)).body;
  const [granted] = await entries(`?resource_id=${credit_grant.id}`);
  assert.equal(granted.after.amount, grant.amount);
  await api.post(`/v1/customers/${customer.id}/credit-grants/${credit_grant.id}/void`);
  const [voided] = await entries(`?resource_id=${credit_grant.id}`);
  assert.equal(voided.operation, "void-customer-credit-grant");
  assert.deepEqual(voided.before, { remaining: grant.amount, status: "active" });
  assert.deepEqual(voided.after, { remaining: "0", status: "voided" });

  const line_items = [{ description: "Work", unit_amount_cents: 100 }];
  const { invoice } = (await api.post("/v1/invoices", { customer_id: customer.id, line_items })).body;
  const line = invoice.line_items[0].id;
  await api.patch(`/v1/invoices/${invoice.id}/line-items/${line}`, { unit_amount_cents: 200 });
  const [changed] = await entries(`?resource_id=${line}`);
  assert.deepEqual(changed.resource, { type: "line_item", id: line });
  assert.equal(changed.before.total_cents, 100);
  assert.equal(changed.after.total_cents, 200);

  const fields = { threshold: "1", currency_code: "usd" };
  const { balance_alert } = (await api.post(`/v1/customers/${customer.id}/balance-alerts`, fields)).body;
  await api.delete(`/v1/customers/${customer.id}/balance-alerts/${balance_alert.id}`);
  const [alert] = await entries(`?resource_id=${balance_alert.id}`);
  assert.equal(alert.operation, "delete-balance-alert");
  assert.equal(alert.after, null);

  await api.delete(`/v1/invoices/${invoice.id}`);
  const [deleted] = await entries(`?resource_id=${invoice.id}`);
  assert.equal(deleted.before.total_cents, 200);
  assert.equal(deleted.after, null);
});

test("what was refused, asked again, or only asked about leaves no entry", async () => {
  const { customer } = (await api.post("/v1/customers", { name: "Same" })).body;
  await api.post("/v1/plans", { code: "pro" });
  const fields = { customer_id: customer.id, plan_code: "pro", initial_status: "active" };
  const { subscription } = (await api.post("/v1/subscriptions", fields)).body;
  const before = await entries("?limit=100");
  assert.equal((await api.post("/v1/plans", { code: "pro" })).status, 409);
  assert.equal((await api.patch("/v1/customers/c000000000000000000000000", { name: "x" })).status, 404);
  const preview = await api.post(`/v1/subscriptions/${subscription.id}/pause`, { dry_run: true });
  assert.ok(preview.status < 300, preview.text);
  assert.equal((await api.post("/v1/plans/pro/versions", { dry_run: true })).status, 200);
  assert.deepEqual(await entries("?limit=100"), before);

  const headers = { "idempotency-key": "once" };
  const first = await api.post("/v1/customers", { name: "Once" }, headers);
  await api.post("/v1/customers", { name: "Once" }, headers);
  assert.equal((await entries(`?resource_id=${first.body.customer.id}`)).length, 1);
  // Nor can a field that nothing reads hide a change.
  const hidden = await api.post("/v1/customers", { name: "Hidden", dry_run: true });
  assert.equal((await entries(`?resource_id=${hidden.body.customer.id}`)).length, 1);
});

test("events and holds have their own record and are not in it", async () => {
  const { customer } = (await api.post("/v1/customers", { name: "Busy" })).body;
  const before = await entries("?limit=100");
  const timestamp = clock.now().toISOString();
  const event = { event_name: "call", idempotency_key: "one", customer_id: customer.id, timestamp };
  assert.equal((await api.post("/v1/events/ingest", event)).status, 200);
  const list = { events: [{ ...event, idempotency_key: "two" }] };
  assert.equal((await api.post("/v1/events/ingest", list)).status, 202);
  assert.equal((await api.post("/v1/events/ingest-batch", list)).status, 200);
  await api.post(`/v1/customers/${customer.id}/credit-grants`, { name: "C", amount: "5", currency_code: "usd" });
  const held = await api.post(`/v1/customers/${customer.id}/holds`, { amount: "1", currency_code: "usd" });
  assert.equal(held.status, 201, held.text);
  await api.post(`/v1/customers/${customer.id}/holds/${held.body.hold.id}/release`);
  assert.equal((await entries("?limit=100")).length, before.length + 1);
});

test("filters by actor and time, and pages without a gap", async () => {
  clock.advance(60_000);
  const from = clock.now();
  for (const name of ["1", "2", "3"]) await api.post("/v1/customers", { name });
  const [{ actor }] = await entries();
  const span = `from=${from.toISOString()}&to=${new Date(from.getTime() + 1).toISOString()}`;
  assert.equal((await entries(`?${span}&actor_id=${actor.id}`)).length, 3);
  assert.equal((await entries(`?${span}&actor_id=nobody`)).length, 0);
  assert.equal((await entries(`?to=${from.toISOString()}&from=${from.toISOString()}`)).length, 0);
  const names: string[] = [];
  for (let cursor = ""; ;) {
    const { audit_entries, pagination } = (await api.get(`/v1/audit-log?${span}&limit=1${cursor}`)).body;
    names.push(...audit_entries.map((entry: { after: { name: string } }) => entry.after.name));
    if (!pagination.has_more) break;
    cursor = `&cursor=${pagination.next_cursor}`;
  }
  assert.deepEqual(names, ["3", "2", "1"]);
});

async function ask(method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: object, cookie = "") {
  const answer = await app.inject({
    method,
    url,
    headers: {
      "afternoon-dashboard": "1",
      "afternoon-mode": "test",
      ...(cookie === "" ? {} : { cookie: `afternoon_session=${cookie}` }),
    },
    ...(payload === undefined ? {} : { payload }),
  });
  const set = /afternoon_session=([^;]*)/.exec(String(answer.headers["set-cookie"] ?? ""))?.[1] ?? "";
  assert.ok(answer.statusCode < 300, answer.payload);
  return { body: answer.json(), cookie: set };
}

test("a member is named by their email; what is about members is in live mode's log, which no test key reads", async () => {
  const setup = await createSetupLink(database, testPublicUrl, clock.now());
  const token = setup?.split("#token=")[1];
  const owner = { email: "olga@example.com", password: "correct horse", name: "Olga" };
  const { cookie } = await ask("POST", "/v1/auth/setup", { token, ...owner });
  const { customer } = (await ask("POST", "/v1/customers", { name: "By Olga" }, cookie)).body;
  const [made] = await entries(`?resource_id=${customer.id}`);
  assert.equal(made.actor.type, "member");
  assert.equal(made.actor.name, "olga@example.com");

  const invited = (await ask("POST", "/v1/members", { email: "new@example.com", role: "viewer" }, cookie)).body;
  await ask("PATCH", `/v1/members/${invited.member.id}`, { role: "finance" }, cookie);
  await ask("DELETE", `/v1/members/${invited.member.id}`, undefined, cookie);
  const passwords = { current_password: owner.password, new_password: "another horse" };
  await ask("POST", "/v1/auth/password", passwords, cookie);
  await ask("POST", "/v1/auth/sign-out", undefined, cookie);
  const seen = await entries("?resource_type=member", live);
  assert.deepEqual(
    seen.map(({ operation }) => operation),
    ["sign-out", "change-password", "delete-member", "update-member", "invite-member", "set-up-dashboard"],
  );
  assert.deepEqual([seen[3].before, seen[3].after], [{ role: "viewer" }, { role: "finance" }]);
  assert.deepEqual(await entries("?resource_type=member"), []);
  const all = JSON.stringify(await database.query(sql`select * from audit_entries`));
  for (const secret of [token as string, owner.password, "another horse", invited.invitation_url.split("=")[1]])
    assert.ok(!all.includes(secret));
});

test("nothing in it opens anything", async () => {
  const { customer } = (await api.post("/v1/customers", { name: "Shy", email: "shy@example.com" })).body;
  const secrets: string[] = [];
  secrets.push((await api.post("/v1/api-keys", { name: "shy" })).body.api_key.key);
  const { webhook_endpoint } = (await api.post("/v1/webhook-endpoints", { url: "https://hooks.example.com/" })).body;
  secrets.push(webhook_endpoint.secret);
  const rotated = await api.post(`/v1/webhook-endpoints/${webhook_endpoint.id}/rotate-secret`);
  secrets.push(rotated.body.webhook_endpoint.secret);
  const portal = await api.post(`/v1/customers/${customer.id}/portal-link`);
  assert.equal(portal.status, 201, portal.text);
  const signup = await api.post("/v1/subscription-signup-links", { customer_id: customer.id, plan_code: "pro" });
  assert.equal(signup.status, 201, signup.text);
  secrets.push(signup.body.subscription_signup_link.token);
  const line_items = [{ description: "Work", unit_amount_cents: 100 }];
  const { invoice } = (await api.post("/v1/invoices", { customer_id: customer.id, line_items })).body;
  const { payment_url } = (await api.post(`/v1/invoices/${invoice.id}/finalize`)).body.invoice;
  secrets.push(payment_url.split("/").at(-1));
  const card = { number: "4242424242424242", expires_month: 12, expires_year: 2030 };
  assert.equal((await api.post(`/v1/customers/${customer.id}/payment-methods`, { card })).status, 201);
  secrets.push(card.number);
  for (const text of JSON.stringify(portal.body).match(/[\w-]{32,}/g) ?? []) secrets.push(text);
  const all = JSON.stringify(
    await database.query(sql`select *, before::text as b, after::text as a from audit_entries`),
  );
  for (const secret of secrets) {
    assert.ok(secret.length >= 16, secret);
    assert.ok(!all.includes(secret), `${secret.slice(0, 6)}… is in the audit log`);
  }
});

test("what Afternoon does by itself is the system's, and what a request causes is whose request it is", async () => {
  const { customer } = (await api.post("/v1/customers", { name: "Alone" })).body;
  const grant = { name: "Credits", amount: "30", currency_code: "usd" };
  const { credit_grant } = (await api.post(`/v1/customers/${customer.id}/credit-grants`, grant)).body;
  const rule = { threshold: "20", amount: "50", currency_code: "usd" };
  await api.post(`/v1/customers/${customer.id}/top-up-rules`, rule);
  await api.post(`/v1/customers/${customer.id}/credit-grants/${credit_grant.id}/void`);
  assert.deepEqual((await makeDueTopUps(database, clock.now())).failures, []);
  const [{ actor, operation, resource, before, after, request_id }] = await entries("?resource_type=top_up");
  assert.deepEqual(actor, { type: "system", id: null, name: null });
  const [topUp] = (await api.get(`/v1/customers/${customer.id}/top-ups`)).body.top_ups;
  assert.deepEqual([operation, resource.id, before, request_id], ["top_up.created", topUp.id, null, null]);
  assert.deepEqual(after, topUp);

  const line_items = [{ description: "Work", unit_amount_cents: 100 }];
  const { invoice } = (await api.post("/v1/invoices", { customer_id: customer.id, line_items })).body;
  await api.post(`/v1/invoices/${invoice.id}/finalize`);
  await api.post(`/v1/invoices/${invoice.id}/mark-paid`);
  const own = await entries(`?resource_id=${invoice.id}`);
  assert.deepEqual(
    own.map(({ operation }) => operation),
    ["mark-invoice-paid", "finalize-invoice", "create-invoice"],
  );
});

test("a change whose entry cannot be written is not made", async () => {
  await database.query({
    text: "create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$",
    values: [],
  });
  await database.query({
    text: "create trigger broken before insert on audit_entries for each row execute function refuse()",
    values: [],
  });
  assert.equal((await api.post("/v1/customers", { name: "Unwritten", external_id: "unwritten" })).status, 500);
  await database.query(sql`drop trigger broken on audit_entries`);
  assert.ok(!(await api.get("/v1/customers?limit=100")).text.includes("Unwritten"));
});

test("a customer who is erased or deleted is in no entry any more, and that something was changed stays", async () => {
  const words = /Ada Lovelace|lovelace\.example|Ockham/;
  for (const [method, path] of [
    ["POST", "/erase"],
    ["DELETE", ""],
  ] as const) {
    const fields = { name: "Ada Lovelace", email: "ada@lovelace.example" };
    const { customer } = (await api.post("/v1/customers", fields)).body;
    await api.patch(`/v1/customers/${customer.id}`, { shipping_address: { line1: "Ockham Park", country: "GB" } });
    const line_items = [{ description: "For Ada Lovelace", unit_amount_cents: 100 }];
    const { invoice } = (await api.post("/v1/invoices", { customer_id: customer.id, line_items })).body;
    await api.delete(`/v1/invoices/${invoice.id}`);
    const stored = async () =>
      JSON.stringify(await database.query(sql`select before::text, after::text from audit_entries`));
    assert.match(await stored(), words);
    const answer = await api.request(method, `/v1/customers/${customer.id}${path}`);
    assert.equal(answer.status, 200, answer.text);
    assert.doesNotMatch(await stored(), words);
    const operations = (await entries(`?resource_id=${customer.id}`)).map(({ operation }) => operation);
    assert.equal(operations.length, 3);
    assert.ok(operations.includes("create-customer") && operations.includes("update-customer"));
  }
});
