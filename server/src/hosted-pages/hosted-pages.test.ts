import assert from "node:assert/strict";
import { test } from "node:test";
import type { LightMyRequestResponse } from "fastify";
import { startTestApp, testPublicUrl } from "../../test/harness.ts";
import { createCatalogReader } from "../catalog/catalog.ts";
import { billDue } from "../renewals/renewals.ts";

/* What guards the pages: who may open, frame and send them, where they lead, and that nobody sees what is another's. */

const { app, database, clock, test: api, live } = await startTestApp({ now: "2026-03-10T09:00:00.000Z" });
const usd = { currency_code: "usd" };
await api.post("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "count" } });
for (const code of ["starter", "growth"])
  await api.post("/v1/plans", {
    code,
    name: code,
    fixed_fees: [{ code: "base", amount: "31", ...usd }],
    usage_prices: [{ meter_code: "calls", unit_amount: "1", ...usd }],
  });

/** What a page says, without its markup. */
const wordsOf = (body: string) => body.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");

const pathOf = (url: string) => url.slice(testPublicUrl.length);
const show = (url: string, headers = {}) => app.inject({ method: "GET", url, headers });
const send = (url: string, fields: Record<string, string>, headers = {}): Promise<LightMyRequestResponse> =>
  app.inject({
    method: "POST",
    url,
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    payload: new URLSearchParams(fields).toString(),
  });

const newCustomer = async (name = "Ada"): Promise<string> =>
  (await api.post("/v1/customers", { name })).body.customer.id;

async function payPath(id: string, cents = 5_000): Promise<{ id: string; path: string }> {
  const line_items = [{ description: "Work", unit_amount_cents: cents }];
  const { invoice } = (await api.post("/v1/invoices", { customer_id: id, line_items })).body;
  const final = (await api.post(`/v1/invoices/${invoice.id}/finalize`)).body.invoice;
  return { id: invoice.id, path: pathOf(final.payment_url) };
}

const portalPath = async (id: string) => pathOf((await api.post(`/v1/customers/${id}/portal-link`)).body.url);
const signup = (fields: object) => api.post("/v1/subscription-signup-links", { plan_code: "starter", ...fields });
const signupPath = async (fields: object) => pathOf((await signup(fields)).body.subscription_signup_link.url);
const card = { number: "4242424242424242", expiry: "12/30" };

test("every kind of page runs nothing, loads its style alone, is kept nowhere and is framed by nobody", async () => {
  const id = await newCustomer();
  const paths = [
    (await payPath(id)).path,
    await signupPath({ customer_id: id }),
    await portalPath(id),
    `/pay/${"x".repeat(32)}`,
  ];
  for (const path of paths) {
    const { headers, body } = await show(path);
    assert.equal(
      headers["content-security-policy"],
      "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    const others = ["x-frame-options", "x-content-type-options", "referrer-policy", "cache-control"];
    assert.deepEqual(
      others.map((name) => headers[name]),
      ["DENY", "nosniff", "no-referrer", "no-store"],
    );
    assert.doesNotMatch(body, /<script|javascript:|\son\w+=|(?:src|href)="(?:https?:)?\/\//i, path);
  }
});

test("a site that the company names may frame its pages, and no other", async () => {
  await api.patch("/v1/payment-settings", { frame_origins: ["https://app.acme.example"] });
  const { headers } = await show((await payPath(await newCustomer())).path);
  assert.match(String(headers["content-security-policy"]), /frame-ancestors https:\/\/app\.acme\.example$/);
  assert.equal(headers["x-frame-options"], undefined);
  await api.patch("/v1/payment-settings", { frame_origins: [] });
});

test("a form that another site sends does nothing", async () => {
  const { id, path } = await payPath(await newCustomer());
  for (const site of ["cross-site", "same-site"]) {
    const answer = await send(path, card, { "sec-fetch-site": site });
    assert.equal(answer.statusCode, 404);
    assert.match(answer.body, /sent from another site/);
  }
  assert.deepEqual((await api.get(`/v1/payments?invoice_id=${id}`)).body.payments, []);
  assert.equal((await send(path, card, { "sec-fetch-site": "same-origin" })).statusCode, 303);
  assert.equal((await api.get(`/v1/invoices/${id}`)).body.invoice.status, "paid");
});

test("a page leads only to sites that the company has registered; in test mode to one's own machine too", async () => {
  const customer_id = await newCustomer();
  const theirs = { success_url: "https://app.acme.example/done", back_url: "https://app.acme.example/plans" };
  const refused = await signup({ customer_id, ...theirs });
  const { code, details } = refused.body.error;
  assert.deepEqual(
    [refused.status, code, details.map(({ path }: { path: string }) => path)],
    [400, "VALIDATION_ERROR", ["success_url", "back_url"]],
  );
  await api.patch("/v1/payment-settings", { redirect_origins: ["https://app.acme.example"] });
  assert.equal((await signup({ customer_id, ...theirs })).status, 201);
  for (const [address, status] of [
    ["https://app.acme.example.evil.example/", 400],
    ["https://evil.example/?https://app.acme.example", 400],
    ["http://app.acme.example/", 400],
    ["https://app.acme.example:8443/", 400],
    ["javascript:alert(1)", 400],
    ["http://localhost:3000/done", 201],
    ["http://127.0.0.1:3000/done", 201],
  ] as const)
    assert.equal((await signup({ customer_id, success_url: address })).status, status, address);
  // The settings of one mode are not those of the other, and nobody's own machine is a site of live customers.
  const { customer } = (await live.post("/v1/customers", { name: "Live" })).body;
  await live.post("/v1/plans", { code: "starter" });
  const fields = { customer_id: customer.id, plan_code: "starter" };
  for (const success_url of [theirs.success_url, "http://localhost:3000/done"])
    assert.equal((await live.post("/v1/subscription-signup-links", { ...fields, success_url })).status, 400);
});

test("whoever tries many forms, or looks without end, is asked to wait, and nobody else is", async () => {
  const [mine, other] = [await payPath(await newCustomer()), await payPath(await newCustomer())];
  for (let count = 0; count < 20; count++)
    assert.equal((await send(mine.path, { number: "1", expiry: "1" })).statusCode, 400);
  const stopped = await send(mine.path, card);
  assert.deepEqual([stopped.statusCode, (await api.get(`/v1/invoices/${mine.id}`)).body.invoice.status], [429, "open"]);
  assert.match(stopped.body, /Too many tries[\s\S]*Wait a minute/);
  assert.equal((await send(other.path, { number: "1", expiry: "1" })).statusCode, 400);
  const looks = [];
  for (let count = 0; count < 121; count++) looks.push((await show(`${mine.path}/step`)).statusCode);
  assert.equal(looks.at(-1), 429);
  assert.equal((await show(other.path)).statusCode, 200);
});

test("nothing of another customer is on a page, nor reached from one by an id", async () => {
  const [ada, bob] = [await newCustomer("Ada"), await newCustomer("Bob the Other")];
  for (const id of [ada, bob]) {
    await api.post(`/v1/customers/${id}/payment-methods`, {
      card: { number: card.number, expires_month: 12, expires_year: 2030 },
    });
    await api.post("/v1/subscriptions", { customer_id: id, plan_code: "starter", initial_status: "active" });
    await payPath(id);
  }
  await api.patch("/v1/payment-settings", { portal_plan_codes: ["starter", "growth"] });
  const [subscription] = (await api.get(`/v1/subscriptions?customer_id=${bob}`)).body.subscriptions;
  const [method] = (await api.get(`/v1/customers/${bob}/payment-methods`)).body.payment_methods;
  const invoices: { number: string }[] = (await api.get(`/v1/invoices?customer_id=${bob}`)).body.invoices;
  const portal = await portalPath(ada);
  for (const tab of ["", "/balances", "/usage", "/invoices", "/payment-methods", "/details"]) {
    const page = await show(portal + tab);
    assert.equal(page.statusCode, 200);
    for (const secret of ["Bob the Other", bob, subscription.id, method.id, ...invoices.map(({ number }) => number)])
      assert.ok(!page.body.includes(secret), `${secret} is on ${tab}`);
  }
  assert.equal((await show(`${portal}/change?subscription=${subscription.id}&cancel=now`)).statusCode, 404);
  const forms: [string, Record<string, string>][] = [
    ["/change", { subscription: subscription.id, cancel: "now" }],
    ["/payment-methods", { action: "delete", method: method.id }],
    ["/payment-methods", { action: "make-default", method: method.id }],
  ];
  for (const [tab, fields] of forms) assert.ok([404, 409].includes((await send(portal + tab, fields)).statusCode), tab);
  assert.equal((await api.get(`/v1/subscriptions/${subscription.id}`)).body.subscription.status, "active");
  assert.equal((await api.get(`/v1/customers/${bob}/payment-methods`)).body.payment_methods.length, 1);
  // A token opens one kind of page alone.
  const token = portal.split("/").at(-1) ?? "";
  for (const kind of ["pay", "subscribe"]) assert.equal((await show(`/${kind}/${token}`)).statusCode, 404);
});

test("the portal has the balances with their ledger, and usage as a chart and a table", async () => {
  const id = await newCustomer();
  await api.post("/v1/subscriptions", { customer_id: id, plan_code: "growth", initial_status: "active" });
  await api.post(`/v1/customers/${id}/credit-grants`, { name: "Gift", amount: "10", ...usd });
  for (const key of ["a", "b", "c"])
    await api.post("/v1/events/ingest", {
      event_name: "call",
      customer_id: id,
      idempotency_key: key,
      timestamp: "2026-03-09T12:00:00Z",
    });
  const portal = await portalPath(id);
  const balances = (await show(`${portal}/balances`)).body;
  for (const words of ["Credits", "Usage", "$7.00", "-$1.00", "$10.00"]) assert.ok(balances.includes(words), words);
  const usage = (await show(`${portal}/usage?meter=calls`)).body;
  assert.match(usage, /<svg[^>]* role="img"/);
  assert.match(usage, /<title\s*>[^<]*March 9[^<]*: 3<\/title/);
  assert.match(usage, /<td>[^<]*March 9[^<]*<\/td>\s*<td class="number">3<\/td>/);
});

test("an invoice is seen on its page for a year after it is paid, and for as long as it is owed", async () => {
  const [paid, owed] = [await payPath(await newCustomer()), await payPath(await newCustomer())];
  await api.post(`/v1/invoices/${paid.id}/mark-paid`);
  const before = clock.now().toISOString();
  clock.advance(365 * 86_400_000);
  assert.equal((await show(paid.path)).statusCode, 200);
  clock.advance(1);
  const expired = await show(paid.path);
  assert.equal(expired.statusCode, 410);
  assert.match(expired.body, /This link has expired/);
  assert.equal((await show(`${paid.path}/pdf`)).statusCode, 410);
  assert.equal((await show(owed.path)).statusCode, 200);
  clock.set(before);
});

test("details for a bank transfer are on the page of what is owed, with the number to name", async () => {
  await api.patch("/v1/payment-settings", { bank_details: "IBAN DE02 1203" });
  const { id, path } = await payPath(await newCustomer());
  const { number } = (await api.get(`/v1/invoices/${id}`)).body.invoice;
  const page = (await show(path)).body;
  assert.match(page, /Pay by bank transfer[\s\S]*IBAN DE02 1203/);
  assert.match(page, new RegExp(`Reference[\\s\\S]*${number}`));
  await api.post(`/v1/invoices/${id}/mark-paid`);
  assert.doesNotMatch((await show(path)).body, /IBAN/);
});

test("the page of an invoice says what the balance paid and asks for the rest; the review of a signup does too", async () => {
  const id = await newCustomer();
  const first = await payPath(id);
  await api.post(`/v1/invoices/${first.id}/payments`, { amount_cents: 7_000 });
  const review = wordsOf((await show(await signupPath({ customer_id: id }))).body);
  assert.match(review, /Total \$22\.00 Paid from your balance -\$20\.00 Amount due \$2\.00/);
  const { path } = await payPath(id);
  assert.match(wordsOf((await show(path)).body), /Total \$50\.00 Paid from your balance -\$20\.00 Amount due \$30\.00/);
  const ledger = wordsOf((await show(`${await portalPath(id)}/balances`)).body);
  assert.match(ledger, /Paid an invoice/);
});

test("an invoice says when it is due, and once that is past that it is overdue", async () => {
  const { id, path } = await payPath(await newCustomer());
  const before = clock.now().toISOString();
  assert.match(wordsOf((await show(path)).body), /\$50\.00 Due April 9, 2026 Pay by card/);
  clock.advance(30 * 86_400_000 + 1);
  assert.match(wordsOf((await show(path)).body), /\$50\.00 Due April 9, 2026 Overdue/);
  await api.post(`/v1/invoices/${id}/mark-paid`);
  assert.doesNotMatch((await show(path)).body, /Overdue/);
  clock.set(before);
});

test("a review says which fees are prorated, and by what of their own period", async () => {
  const fee = (name: string, more: object) => ({ code: name.toLowerCase(), name, amount: "31", ...usd, ...more });
  await api.post("/v1/plans", {
    code: "yearly",
    name: "Yearly",
    billing_interval: "year",
    fixed_fees: [
      fee("Licence", { amount: "365" }),
      fee("Support", { every: { interval: "month", interval_count: 1 } }),
      fee("Setup", { recurrence: "once" }),
    ],
  });
  const review = wordsOf(
    (await show(await signupPath({ customer_id: await newCustomer(), plan_code: "yearly" }))).body,
  );
  for (const words of [
    /Licence Prorated, Mar 10 – 31, 2026 \(22 of 365 days\) \$22\.00/,
    /Support Prorated, Mar 10 – 31, 2026 \(22 of 31 days\) \$22\.00/,
    /Setup Mar 10 – 31, 2026 \$31\.00/,
    /Subscribe and pay \$75\.00/,
  ])
    assert.match(review, words);
});

test("pages call a meter by the name that it has now; stored lines keep its code, and what somebody wrote stays", async () => {
  const meter = { code: "gpu_hours", name: "GPU hours", event_name: "gpu", aggregation: { type: "count" } };
  await api.post("/v1/meters", meter);
  const price = { meter_code: meter.code, unit_amount: "2", ...usd };
  await api.post("/v1/plans", {
    code: "gpus",
    name: "GPUs",
    usage_prices: [
      { ...price, minimum_amount: "5" },
      { ...price, code: "large_gpus" },
    ],
  });
  const id = await newCustomer();
  const before = clock.now().toISOString();
  const offer = wordsOf((await show(await signupPath({ customer_id: id, plan_code: "gpus" }))).body);
  assert.match(offer, /GPU hours \$2\.00 per unit; at least \$5\.00/);
  await api.post("/v1/subscriptions", { customer_id: id, plan_code: "gpus", initial_status: "active" });
  await api.post("/v1/events/ingest", {
    event_name: "gpu",
    customer_id: id,
    idempotency_key: "gpu-1",
    timestamp: before,
  });
  clock.set("2026-04-01T00:00:00.000Z");
  await billDue(database, createCatalogReader(clock), clock.now());
  const [draft] = (await api.get(`/v1/invoices?customer_id=${id}`)).body.invoices;
  const work = { description: "Calls about gpu_hours", unit_amount_cents: 100 };
  await api.post(`/v1/invoices/${draft.id}/line-items`, work);
  const { invoice } = (await api.post(`/v1/invoices/${draft.id}/finalize`)).body;
  const stored = ["gpu_hours", "gpu_hours (large_gpus)", "Up to the minimum: gpu_hours", work.description];
  assert.deepEqual(
    invoice.line_items.map(({ description }: { description: string }) => description),
    stored,
  );
  const path = pathOf(invoice.payment_url);
  await api.patch("/v1/meters/gpu_hours", { name: "Hours of GPU" });
  const page = wordsOf((await show(path)).body);
  for (const words of [
    "Hours of GPU 1",
    "Hours of GPU (large gpus) 1",
    "Up to the minimum: Hours of GPU 1",
    work.description,
  ])
    assert.ok(page.includes(words), `${words} is missing in ${page}`);
  clock.set(before);
});

test("billing details that are refused stay in their fields, with what is wrong beside", async () => {
  const id = await newCustomer();
  const path = `${await portalPath(id)}/details`;
  const page = await send(path, { name: "Ada", email: "ada at example", city: "London", country: "GB" });
  assert.equal(page.statusCode, 400);
  assert.match(page.body, /value="ada at example"[\s\S]*id="email-error">Must be an email address\./);
  assert.match(page.body, /value="London"[\s\S]*<option value="GB" selected>United Kingdom</);
  assert.doesNotMatch(page.body, /optional/);
  assert.equal((await api.get(`/v1/customers/${id}`)).body.customer.billing_address, null);
});
