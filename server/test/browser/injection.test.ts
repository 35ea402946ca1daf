import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { createCollecting } from "../../src/app.ts";
import { createCatalogReader } from "../../src/catalog/catalog.ts";
import { createSetupLink } from "../../src/dashboard-access/dashboard-access.ts";
import { collectDueInvoices } from "../../src/payments/payments.ts";
import { emptyQueue, startTestApp, testPublicUrl, type ApiAnswer } from "../harness.ts";
import { documentedOperations, resolveSchema, type JsonSchema } from "../openapi-document.ts";
import { assertNothingStrayed, dashboardPages, openBrowser } from "./browser.ts";

/*
 * Every text that anybody can give us, in every page, mail and document that shows it, in a real browser: nothing in it becomes an element, and
 * nothing runs. A new text field is found in openapi.json; where it is not tried, the test fails and says so.
 */

/**
 * What would become an element wherever it is not escaped: in a text, in an attribute of either quotes, in a title, a script or a style; as much of it
 * as fits. The shortest is only an element.
 */
function hostile(mark: number | string, most = 1_000): string {
  const element = `<img src=x data-hostile=${mark} onerror="wasRun=1">`;
  const forms = [
    `"'></title></script></style></textarea>${element}<script>wasRun=1</script>`,
    `"'>${element}`,
    `<b data-hostile=${mark}>`,
  ];
  const fitting = forms.find((form) => form.length <= most);
  assert.ok(fitting, `a text of ${most} characters is too short to be hostile`);
  return fitting;
}

const {
  app,
  database,
  clock,
  company,
  test: api,
} = await startTestApp({
  now: "2026-03-10T09:00:00.000Z",
  companyName: hostile("company"),
});
await app.listen({ host: "127.0.0.1", port: 0 });
const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
const browser = await openBrowser(origin);
const base = `/dashboard/${company.companyId}/test`;

/** Fields of text that take no text: what else they take is checked, and hostile texts are refused (fuzz.test.ts). */
const notTexts = new Set(
  `amount amount_per_unit amount_property cap country currency_code daily_limit default_unit_amount fixed_amount flat_amount free_amount free_units
   included_units maximum_amount maximum_per_event minimum_amount minimum_per_event monthly_limit next_renewal_date package_amount package_size
   percent percent_off quantity rate_percent start_date step threshold timezone unit_amount unit_amount_decimal up_to number expression
   password new_password current_password token code frame_origins[] redirect_origins[] group_by[]`.split(/\s+/),
);

/** Stored nowhere of themselves: the one finds a customer by what is written there already, the other is only reckoned with. */
const notStored = ["ingest-event external_customer_id", "create-hold event.event_name"];

/** On no page yet, or only in the PDF. */
const unshown = [
  "create-hold metadata.*",
  "create-meter filters[].property",
  "create-meter filters[].value",
  "create-meter filters[].values[]",
  "create-pricing-unit description",
  "create-pricing-unit name",
  "ingest-event events[].idempotency_key",
  "ingest-event events[].properties.*",
  "update-company invoice_footer",
];

/** Operations that store nothing, or only change what another one has made: its fields are tried there. */
const isElsewhere = (id: string) =>
  /^(?:simulate-plan|estimate-events|ingest-event-batch|create-plan-version|create-customer-credit-grant|capture-hold)$/.test(
    id,
  ) ||
  (id.startsWith("update-") && !/^update-(?:company|payment-settings)$/.test(id));

/** Every field of every body that takes any text, as `marks` names them, with how long it may be. */
function findTextFields(): Map<string, number> {
  const found = new Map<string, number>();
  const look = (given: JsonSchema, operation: string, place: string, above: JsonSchema[]): void => {
    const schema = resolveSchema(given);
    if (above.includes(schema)) return;
    const inside = (part: JsonSchema, partPlace: string) => look(part, operation, partPlace, [...above, schema]);
    for (const each of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]) inside(each, place);
    for (const [name, each] of Object.entries(schema.properties ?? {})) inside(each, `${place}${place && "."}${name}`);
    if (schema.items !== undefined) inside(schema.items, `${place}[]`);
    if (typeof schema.additionalProperties === "object") inside(schema.additionalProperties, `${place}.*`);
    const isText = [schema.type].flat().includes("string");
    const isFree = !["enum", "const", "format", "pattern"].some((keyword) => keyword in schema);
    if (isText && isFree && !notTexts.has(place.split(".").at(-1) ?? ""))
      found.set(`${operation} ${place}`, Number(schema.maxLength ?? 1_000));
  };
  for (const { operationId, body } of documentedOperations) if (body !== null) look(body, operationId, "", []);
  return found;
}

const mostOf = findTextFields();

/** Where each text stands, by its mark: the operation, and the field in its body. */
const marks: string[] = [];

/** Stands for a text of its own, which is known when the request goes out. */
const text = { isText: true };

type Fields = { [name: string]: unknown };

/** Sends `body` with a text of its own in each place that holds `text`. */
async function plant(method: "POST" | "PATCH", path: string, body: Fields): Promise<ApiAnswer> {
  const operation = documentedOperations.find(
    (each) =>
      each.method === method && new RegExp(`^${each.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path) && each.body,
  );
  assert.ok(operation, `${method} ${path}`);
  const answer = await api.request(method, path, fillIn(body, operation.operationId, ""));
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
  return answer;
}

function fillIn(value: unknown, operation: string, place: string): unknown {
  if (Array.isArray(value)) return value.map((each) => fillIn(each, operation, `${place}[]`));
  if (typeof value !== "object" || value === null) return value;
  if (value === text) {
    const field = `${operation} ${place}`;
    marks.push(field);
    return hostile(marks.length - 1, mostOf.get(field));
  }
  const isFree = /^(?:metadata|properties)$/.test(place.split(".").at(-1) ?? "");
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      fillIn(each, operation, `${place}${place && "."}${isFree ? "*" : name}`),
    ]),
  );
}

const usd = { currency_code: "usd" };
const at = clock.now().toISOString();
const invoiceIds: string[] = [];
let customerId = "";
const eventIds: string[] = [];
let hostedPaths: string[] = [];

test("there is a hostile text in every field that takes one", async () => {
  await plant("PATCH", "/v1/company", { address: text, tax_id: text, invoice_footer: text });
  await plant("PATCH", "/v1/payment-settings", { bank_details: text, portal_plan_codes: ["pro", "other"] });
  await plant("POST", "/v1/pricing-units", { code: "token", name: text, description: text });
  const event_name = hostile("event");
  await plant("POST", "/v1/meters", {
    code: "calls",
    name: text,
    event_name: text,
    aggregation: { type: "sum", property: "calls" },
    filters: [],
  });
  const { event_name: measured } = (await api.get("/v1/meters/calls")).body.meter;
  await plant("POST", "/v1/meters", {
    code: "others",
    event_name,
    aggregation: { type: "unique_count", property: text },
    filters: [
      { property: text, operator: "equals", value: text },
      { property: "kind", operator: "in", values: [text] },
    ],
  });
  const prices = [
    {
      meter_code: "calls",
      model: "matrix",
      dimensions: [text],
      rows: [{ values: [text], unit_amount: "0.5" }],
      default_unit_amount: "0.25",
      ...usd,
    },
  ];
  const plan = {
    name: text,
    description: text,
    usage_prices: prices,
    fixed_fees: [{ code: "base", name: text, amount: "30", ...usd }],
    minimum_commitments: [{ code: "least", name: text, amount: "50", ...usd }],
    recurring_grants: [{ code: "monthly", name: text, amount: "5", ...usd }],
    metadata: { note: text },
  };
  await plant("POST", "/v1/plans", { code: "pro", ...plan });
  await plant("POST", "/v1/plans", { code: "other", name: text, fixed_fees: plan.fixed_fees });
  await plant("POST", "/v1/coupons", { code: "spring", name: text, percent_off: "10", duration: "forever" });
  await plant("POST", "/v1/tax-rates", { code: "vat", name: text, percent: "19", country: "US", state: text });
  const address = { line1: text, line2: text, city: text, state: text, postal_code: text, country: "DE" };
  const customer = {
    name: text,
    first_name: text,
    last_name: text,
    phone: text,
    external_id: text,
    tax_id: text,
    email: "ada@example.com",
    billing_address: address,
    shipping_address: address,
    metadata: { note: text },
  };
  customerId = (await plant("POST", "/v1/customers", customer)).body.customer.id;
  await plant("POST", `/v1/customers/${customerId}/discounts`, { coupon_code: "spring" });
  await plant("POST", `/v1/customers/${customerId}/credit-grants`, {
    name: text,
    amount: "1",
    metadata: { note: text },
    ...usd,
  });
  const subscription = { customer_id: customerId, plan_code: "pro", initial_status: "active" };
  const overridden = { ...prices[0], code: "calls" };
  const { id: subscriptionId } = (
    await plant("POST", "/v1/subscriptions", {
      ...subscription,
      metadata: { note: text },
      price_overrides: [overridden],
    })
  ).body.subscription;
  await plant("POST", `/v1/subscriptions/${subscriptionId}/credit-grants`, {
    name: text,
    amount: "1",
    metadata: { note: text },
    ...usd,
  });
  const event = { customer_id: customerId, timestamp: at, properties: { calls: 3, [hostile("property")]: text } };
  const measuredEvent = { ...event, event_name: measured, idempotency_key: "measured" };
  for (const each of [measuredEvent, { ...event, event_name: text, idempotency_key: text }])
    eventIds.push((await plant("POST", "/v1/events/ingest", each)).body.usage_id);
  await plant("POST", "/v1/events/ingest", {
    events: [
      {
        ...event,
        customer_id: undefined,
        external_customer_id: text,
        event_name: text,
        idempotency_key: text,
      },
    ],
  });
  await emptyQueue(api);
  await plant("POST", `/v1/customers/${customerId}/holds`, { amount: "1", metadata: { note: text }, ...usd });
  const line_items = [{ description: text, quantity: 2, unit_amount_cents: 5_000 }];
  const invoice = { customer_id: customerId, memo: text, metadata: { note: text }, line_items };
  for (const isOpen of [false, true, true]) {
    const { id } = (await plant("POST", "/v1/invoices", invoice)).body.invoice;
    await plant("POST", `/v1/invoices/${id}/line-items`, { description: text, unit_amount_cents: 1_000 });
    if (isOpen) await api.post(`/v1/invoices/${id}/finalize`);
    invoiceIds.push(id);
  }
  const [, paid = ""] = invoiceIds;
  const payment = await plant("POST", `/v1/invoices/${paid}/payments`, { amount_cents: 5_000, reference: text });
  await plant("POST", "/v1/credit-notes", { invoice_id: paid, amount_cents: 100, reason: text });
  await plant("POST", `/v1/payments/${payment.body.payment.id}/refunds`, { amount_cents: 100, reason: text });
  await plant("POST", "/v1/test-clocks", { name: text, frozen_time: at });
  await plant("POST", "/v1/webhook-endpoints", { url: "https://hooks.example.com/", description: text });
  await plant("POST", "/v1/api-keys", { name: text });
  await collectDueInvoices(
    database,
    createCollecting(database, createCatalogReader(clock), testPublicUrl),
    clock.now(),
  );
  const other = (await api.post("/v1/customers", { name: hostile("other") })).body.customer.id;
  const links = [
    (await api.post(`/v1/customers/${customerId}/portal-link`)).body.url,
    (await api.post("/v1/subscription-signup-links", { customer_id: other, plan_code: "pro" })).body
      .subscription_signup_link.url,
    (await api.get(`/v1/invoices/${invoiceIds[1]}`)).body.invoice.payment_url,
    (await api.get(`/v1/invoices/${invoiceIds[2]}`)).body.invoice.payment_url,
  ];
  hostedPaths = links.map((link: string) => link.slice(testPublicUrl.length));
});

/** Nothing of a hostile text is an element, or has run, or can be followed; whatever frames the page has are looked into as well. */
async function assertHarmless(page: Page, where: string): Promise<void> {
  for (const frame of page.frames()) {
    const found = await frame.evaluate(`({
      injected: document.querySelectorAll("[data-hostile], img[src='x'], [onerror]").length,
      links: [...document.querySelectorAll("[href], [src]")].filter((each) => /^\\s*javascript:/i.test(each.getAttribute("href") ?? each.getAttribute("src"))).length,
      hasRun: typeof globalThis.wasRun,
    })`);
    assert.deepEqual(found, { injected: 0, links: 0, hasRun: "undefined" }, where);
  }
}

/** The marks of the texts that were there to be read. */
const seen = new Set<string>();

async function look(page: Page, where: string): Promise<void> {
  await assertHarmless(page, where);
  const content = await page.evaluate(
    `[document.body.textContent, ...[...document.querySelectorAll("input, textarea")].map(({ value }) => value)].join()`,
  );
  for (const [, mark = ""] of String(content).matchAll(/<(?:img src=x|b) data-hostile=(\w+)/g))
    seen.add(marks[Number(mark)] ?? mark);
}

test("the dashboard shows them all as they were written, and none of them does anything", async () => {
  const page = await browser.open();
  const link = await createSetupLink(database, testPublicUrl, clock.now());
  await page.goto((link as string).slice(testPublicUrl.length));
  marks.push("set-up-dashboard name");
  await page.getByLabel("Your name").fill(hostile(marks.length - 1, 100));
  await page.getByLabel("Email").fill("olga@example.com");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: /owner|account|set up/i }).click();
  await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
  await joinBy(page);
  const paths = dashboardPages({ customerId, invoiceIds, eventIds, plans: ["pro", "other"] });
  for (const each of paths) {
    await page.goto(base + each);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.locator("main").getByText("Loading …").first().waitFor({ state: "hidden" });
    await look(page, each);
    await openEverything(page, each);
  }
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Page or customer" }).fill("hostile");
  await page.getByRole("option").first().waitFor();
  await look(page, "palette");
});

/** A second member, with a hostile name. */
async function joinBy(page: Page): Promise<void> {
  const invitation = await page.evaluate<{ invitation_url: string }>(
    `fetch("/v1/members", { method: "POST", body: JSON.stringify({ email: "eve@example.com", role: "viewer" }),
       headers: { "Content-Type": "application/json", "Afternoon-Dashboard": "1" } }).then((answer) => answer.json())`,
  );
  marks.push("accept-invitation name");
  const name = hostile(marks.length - 1, mostOf.get("accept-invitation name"));
  const token = invitation.invitation_url.split("#token=")[1];
  const payload = { token, name, password: "correct horse battery" };
  const headers = { "afternoon-dashboard": "1" };
  const joined = await app.inject({ method: "POST", url: "/v1/auth/accept-invitation", headers, payload });
  assert.equal(joined.statusCode, 201, joined.payload);
}

/** What a page shows only when it is asked to: each thing that opens, one after the other, and is closed again. */
async function openEverything(page: Page, where: string): Promise<void> {
  const names =
    /^(?:Edit|Explain|New version|What changed|Show|Details|Credit note|Record payment|Refund|Cancel|Change plan|Create .*|Add .*|Invite|Grant .*|Look|Recent events)$/;
  const main = page.locator("main");
  const count = await main.getByRole("button", { name: names }).count();
  for (let index = 0; index < count; index++) {
    const button = main.getByRole("button", { name: names }).nth(index);
    if ((await button.count()) === 0 || !(await button.isEnabled())) continue;
    const name = await button.textContent();
    await button.click();
    await page.getByText("Loading …").first().waitFor({ state: "hidden" });
    await look(page, `${where}: ${name}`);
    await page.keyboard.press("Escape");
  }
}

test("so do the pages that customers see", async () => {
  const page = await browser.open();
  const [portal = "", signup = "", ...invoices] = hostedPaths;
  const inPortal = ["", "/balances", "/usage", "/invoices", "/payment-methods", "/details", "/change"].map(
    (each) => portal + each,
  );
  for (const each of [signup, ...invoices, ...inPortal]) {
    await page.goto(each);
    await look(page, each);
  }
});

test("so do mails, which are looked at without the protection of a page's headers", async () => {
  const { mails } = (await api.get("/v1/mails?limit=100")).body;
  assert.ok(mails.length > 0);
  const page = await browser.open();
  for (const { id } of mails) {
    const { mail } = (await api.get(`/v1/mails/${id}`)).body;
    await page.setContent(mail.html);
    await look(page, mail.template);
  }
});

test("a PDF has nothing that runs or leads anywhere", async () => {
  for (const each of invoiceIds) {
    const answer = await app.inject({
      url: `/v1/invoices/${each}/pdf`,
      headers: { authorization: `Bearer ${api.key}` },
    });
    assert.equal(answer.statusCode, 200);
    assert.doesNotMatch(
      answer.rawPayload.toString("latin1"),
      /\/(?:JavaScript|JS|OpenAction|AA|Launch|URI|SubmitForm|EmbeddedFile)\b/,
    );
  }
});

test("every field was tried, what is to be shown was seen, and no page asked anybody else for anything", () => {
  const untried = [...mostOf.keys()].filter(
    (field) => !marks.includes(field) && !notStored.includes(field) && !isElsewhere(field.split(" ", 1)[0] ?? ""),
  );
  assert.deepEqual(untried, [], "Plant a hostile text there, or say in `notTexts` what else it takes.");
  const unseen = [...new Set(marks)].filter((field) => !seen.has(field) && !unshown.includes(field));
  assert.deepEqual(unseen, []);
  assertNothingStrayed();
});
