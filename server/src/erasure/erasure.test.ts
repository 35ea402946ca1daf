import assert from "node:assert/strict";
import { test } from "node:test";
import { createCatalogReader } from "../catalog/catalog.ts";
import { verifyInvoices } from "../renewals/renewals.ts";
import { sql } from "../platform/db.ts";
import { startTestApp, testPublicUrl } from "../../test/harness.ts";

const { database, clock, test: api } = await startTestApp({ now: "2026-03-01T00:00:00.000Z" });
const usd = { currency_code: "usd" };

await api.post("/v1/plans", { code: "basic", fixed_fees: [{ code: "base", amount: "30", ...usd }] });

/** Words that stand for a person, each in a field of its own. */
const personal = {
  name: "Ada Lovelace Ltd",
  first_name: "Augusta",
  last_name: "Byron",
  email: "ada@lovelace.example",
  phone: "+44 20 7946 0958",
  url: "https://lovelace.example",
  external_id: "lovelace-1",
  tax_id: "GB999999973",
  billing_address: { line1: "12 St James's Square", city: "Londonium", country: "GB" },
  shipping_address: { line1: "Ockham Park", country: "GB" },
  metadata: { pet: "Puff the cat" },
};
const words = /Ada Lovelace|Augusta|Byron|lovelace|7946|GB999999973|St James|Londonium|Ockham|Puff/;

async function customer(): Promise<string> {
  const { id } = (await api.post("/v1/customers", personal)).body.customer;
  const card = { number: "4242424242424242", expires_month: 12, expires_year: 2030 };
  await api.post(`/v1/customers/${id}/payment-methods`, { card });
  await api.post(`/v1/customers/${id}/top-up-rules`, { threshold: "-1", amount: "20", ...usd });
  const line_items = [{ description: "Work", unit_amount_cents: 5_000 }];
  const { invoice } = (await api.post("/v1/invoices", { customer_id: id, line_items })).body;
  await api.post(`/v1/invoices/${invoice.id}/finalize`);
  return id;
}

/** Everything that is stored, as text, but for what final invoices say. */
async function stored(): Promise<string> {
  const tables = await database.query<{ name: string }>(
    sql`select table_name as name from information_schema.columns
        where table_schema = 'public' and column_name = 'customer_id' and table_name not like 'events_%'`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const found = await database.query<{ text: string }>(
      sql`select query_to_xml(format('select to_jsonb(each) - ''parties'' from %I as each', ${name}::text), true, false, '')::text as text`,
    );
    texts.push(...found.map(({ text }) => text));
  }
  return texts.join("\n");
}

test("nothing is left of who a customer is, but on final invoices; their books stay", async () => {
  const id = await customer();
  const portal = (await api.post(`/v1/customers/${id}/portal-link`)).body.url.slice(testPublicUrl.length);
  assert.equal((await api.request("GET", portal)).status, 200);
  assert.match(await stored(), words);
  const before = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices;

  const answer = await api.post(`/v1/customers/${id}/erase`);
  assert.equal(answer.status, 200, answer.text);
  const { customer: erased } = answer.body;
  assert.deepEqual(
    [erased.name, erased.email, erased.metadata, erased.erased_at],
    ["Erased customer", null, {}, clock.now().toISOString()],
  );
  assert.doesNotMatch(answer.text, words);
  assert.doesNotMatch(await stored(), words);

  assert.deepEqual((await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices, before);
  const [{ parties }] = (await database.query<{ parties: unknown }>(
    sql`select parties from invoices where customer_id = ${id}`,
  )) as [{ parties: unknown }];
  assert.match(JSON.stringify(parties), /Ada Lovelace Ltd/);
  assert.deepEqual((await api.get(`/v1/customers/${id}/payment-methods`)).body.payment_methods, []);
  assert.deepEqual((await api.get(`/v1/customers/${id}/top-up-rules`)).body.top_up_rules, []);
  assert.deepEqual((await api.get(`/v1/mails?customer_id=${id}`)).body.mails, []);
  assert.equal((await api.request("GET", portal)).status, 404);
  assert.equal((await api.get("/v1/customers/search?external_id=lovelace-1")).body.customers.length, 0);
  assert.deepEqual((await verifyInvoices(database, createCatalogReader(clock))).problems, []);
});

test("erasing again keeps the first instant", async () => {
  const id = await customer();
  const first = (await api.post(`/v1/customers/${id}/erase`)).body.customer.erased_at;
  clock.advance(60_000);
  assert.equal((await api.post(`/v1/customers/${id}/erase`)).body.customer.erased_at, first);
});

test("a customer who is still billed is not erased, and nothing of them is lost then", async () => {
  const id = await customer();
  const body = { customer_id: id, plan_code: "basic", initial_status: "active" };
  const { subscription } = (await api.post("/v1/subscriptions", body)).body;
  const erase = async () => (await api.post(`/v1/customers/${id}/erase`)).body.error?.code;
  assert.equal(await erase(), "CUSTOMER_IN_USE");
  await api.post(`/v1/subscriptions/${subscription.id}/cancel`, { cancel_mode: "now" });
  await api.post("/v1/invoices", { customer_id: id });
  assert.equal(await erase(), "CUSTOMER_IN_USE");
  assert.equal((await api.get(`/v1/customers/${id}`)).body.customer.name, personal.name);
  for (const { id: invoiceId } of (await api.get(`/v1/invoices?customer_id=${id}&status=draft`)).body.invoices)
    await api.delete(`/v1/invoices/${invoiceId}`);
  assert.equal(await erase(), undefined);
});
