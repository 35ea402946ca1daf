import assert from "node:assert/strict";
import { test } from "node:test";
import { createCompany } from "../src/companies/companies.ts";
import { createSetupLink } from "../src/dashboard-access/dashboard-access.ts";
import { eventStream } from "../src/http/operation.ts";
import { sql } from "../src/platform/db.ts";
import { createId } from "../src/platform/ids.ts";
import { emptyQueue, startTestApp, testPublicUrl, type Api, type ApiAnswer } from "./harness.ts";
import {
  documentedOperations,
  pathParameters,
  resolveSchema,
  type DocumentedOperation,
  type JsonSchema,
} from "./openapi-document.ts";

/*
 * Nothing of one tenant can be seen or touched from another: for every operation of openapi.json, tried by a second company and by
 * the same company's other mode. A new operation is tried by itself; where it needs to be told something, it fails and says what.
 */

const { app, database, clock, company, test: owner, live, as } = await startTestApp();
const second = await database.transaction((tx) =>
  createCompany(tx, { name: "Second", currencyCode: "usd" }, clock.now()),
);

/** One of everything that a tenant can have, by the names under which requests speak of it. */
type Seed = {
  /** What stands in paths, by the path's last word and the parameter. */
  paths: Record<string, string>;
  /** What a query can ask for. */
  queries: Record<string, string>;
  /** What a body can refer to. */
  references: Record<string, string>;
  /** Texts that only this tenant may ever be shown. */
  secrets: string[];
};

/** A code that every tenant uses, and a path to what it names. */
const sharedCode = "shared";
const sharedPaths: Record<string, string> = {
  "pricing-units/{code}": sharedCode,
  "meters/{code}": sharedCode,
  "plans/{code}": sharedCode,
  "tax-rates/{code}": sharedCode,
  "coupons/{code}": sharedCode,
  "versions/{version}": "1",
};

async function plant(by: Api, word: string): Promise<Seed> {
  const secret = `secret of ${word}`;
  const external = `external_${word}`;
  const codes = {
    pricing_unit: `unit_${word}`,
    meter: `meter_${word}`,
    plan: `plan_${word}`,
    target_plan: `target_${word}`,
  };
  // Two of each, so that a list has a second page; and one has the same code in every tenant, which must make no difference.
  for (const [unit, meter, plan] of [
    [sharedCode, sharedCode, sharedCode],
    [codes.pricing_unit, codes.meter, codes.plan],
  ]) {
    await created(by, "/v1/pricing-units", { code: unit, name: secret });
    for (const effective_from of ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]) {
      const conversion = { currency_code: "usd", amount_per_unit: "0.01", effective_from };
      await created(by, `/v1/pricing-units/${unit}/conversions`, conversion);
    }
    await created(by, "/v1/meters", { code: meter, name: secret, event_name: "call", aggregation: { type: "count" } });
    await created(by, "/v1/plans", { code: plan, name: secret });
    await created(by, "/v1/tax-rates", { code: plan, name: secret, percent: "0", country: "IS" });
    await created(by, "/v1/coupons", { code: plan, name: secret, percent_off: 1, duration: "forever" });
  }
  await created(by, `/v1/plans/${codes.plan}/versions`, {
    name: secret,
    usage_prices: [
      { meter_code: codes.meter, unit_amount: "2", pricing_unit_code: codes.pricing_unit },
      { meter_code: sharedCode, unit_amount: "3", currency_code: "usd" },
    ],
  });
  const fee = { code: "base", name: secret, amount: "30", currency_code: "usd" };
  await created(by, "/v1/plans", { code: codes.target_plan, name: secret, fixed_fees: [fee] });
  const spare = await created(by, "/v1/customers", { name: secret, external_id: sharedCode });
  const { customer } = await created(by, "/v1/customers", {
    name: secret,
    first_name: secret,
    last_name: secret,
    external_id: external,
    email: `owner@${word}.example`,
  });
  const { subscription } = await created(by, "/v1/subscriptions", {
    customer_id: customer.id,
    plan_code: codes.plan,
    initial_status: "active",
  });
  const discounts = [];
  for (const coupon_code of [sharedCode, codes.plan])
    discounts.push((await created(by, `/v1/customers/${spare.customer.id}/discounts`, { coupon_code })).discount);
  const { discount } = await created(by, `/v1/customers/${customer.id}/discounts`, {
    coupon_code: codes.plan,
    subscription_id: subscription.id,
  });
  const { subscription: spareSubscription } = await created(by, "/v1/subscriptions", {
    customer_id: spare.customer.id,
    plan_code: codes.plan,
  });
  for (const { id } of [customer, spare.customer]) {
    const fields = { customer_id: id, plan_code: codes.target_plan, initial_status: "active" };
    const ended = await created(by, "/v1/subscriptions", fields);
    await by.post(`/v1/subscriptions/${ended.subscription.id}/cancel`, { cancel_mode: "now" });
  }
  const holds = [];
  for (let count = 0; count < 2; count++)
    holds.push((await created(by, `/v1/customers/${customer.id}/holds`, { amount: "1", currency_code: "usd" })).hold);
  const [credit_note] = (await by.get("/v1/credit-notes")).body.credit_notes;
  const { credit_grant } = await created(by, `/v1/customers/${customer.id}/credit-grants`, {
    name: secret,
    amount: "100",
    pricing_unit_code: codes.pricing_unit,
  });
  await created(by, `/v1/subscriptions/${subscription.id}/credit-grants`, {
    name: secret,
    amount: "5",
    currency_code: "usd",
  });
  const listening = { url: "https://hooks.example.com/", description: secret };
  const { webhook_endpoint } = await created(by, "/v1/webhook-endpoints", listening);
  await created(by, "/v1/webhook-endpoints", listening);
  // Both are low at once, so that there are webhook events of them.
  const watched = { threshold: "1000", pricing_unit_code: codes.pricing_unit };
  const { balance_alert } = await created(by, `/v1/customers/${customer.id}/balance-alerts`, watched);
  await created(by, `/v1/customers/${customer.id}/balance-alerts`, watched);
  const { top_up_rule } = await created(by, `/v1/customers/${customer.id}/top-up-rules`, { ...watched, amount: "500" });
  const [{ id: topUpId }] = (await by.get(`/v1/customers/${customer.id}/top-ups`)).body.top_ups;
  const [webhook_event] = (await by.get("/v1/webhook-events")).body.webhook_events;
  const { api_key } = await created(by, "/v1/api-keys", { name: secret });
  const line_items = [{ description: secret, unit_amount_cents: 500 }];
  const { invoice } = await created(by, "/v1/invoices", { customer_id: customer.id, memo: secret, line_items });
  const mailed = await created(by, "/v1/invoices", { customer_id: customer.id, line_items });
  await by.post(`/v1/invoices/${mailed.invoice.id}/finalize`);
  const [mail] = (await by.get("/v1/mails")).body.mails;
  await by.post(`/v1/mails/${mail.id}/resend`);
  const { invoice: spareInvoice } = await created(by, "/v1/invoices", { customer_id: spare.customer.id, memo: secret });
  const { invoice: owed } = await created(by, "/v1/invoices", { customer_id: customer.id, memo: secret, line_items });
  await by.post(`/v1/invoices/${owed.id}/finalize`);
  const payments = [];
  for (const amount_cents of [300, 200])
    payments.push((await created(by, `/v1/invoices/${owed.id}/payments`, { amount_cents, reference: secret })).payment);
  const { refund } = await created(by, `/v1/payments/${payments[1].id}/refunds`, { amount_cents: 1, reason: secret });
  await by.patch("/v1/payment-settings", { bank_details: secret });
  const [testClockId] = [await plantClock(customer.id, secret), await plantClock(spare.customer.id, secret)];
  const paymentMethodId = await saveCard(customer.id);
  const event = {
    event_name: "call",
    idempotency_key: word,
    customer_id: customer.id,
    timestamp: clock.now().toISOString(),
  };
  const usage = await by.post("/v1/events/ingest", event);
  const balances = usage.body.customer_balances.map(({ balance }: { balance: string }) => balance);
  assert.deepEqual(balances, ["2", "98"], `an event must be measured by the tenant's own meters: ${usage.text}`);
  await by.post("/v1/events/ingest", {
    ...event,
    event_name: `event of ${word}`,
    idempotency_key: `${word} by name`,
    properties: { of: word },
  });
  const byExternalId = await by.post("/v1/events/ingest", {
    ...event,
    customer_id: undefined,
    external_customer_id: sharedCode,
  });
  assert.equal(byExternalId.status, 200, `an external id must find the tenant's own customer: ${byExternalId.text}`);
  const strayEvent = { ...event, customer_id: undefined, external_customer_id: `unknown ${word}` };
  await by.post("/v1/events/ingest", {
    events: [1, 2].map((index) => ({ ...strayEvent, idempotency_key: `${secret} ${index}` })),
  });
  await emptyQueue(by);
  const { rejected_events } = (await by.get("/v1/rejected-events")).body;
  const planter = (await by.get("/v1/api-keys")).body.api_keys.at(-1);
  assert.equal(rejected_events.length, 2);
  return {
    paths: {
      "customers/{id}": customer.id,
      "subscriptions/{id}": subscription.id,
      "pricing-units/{code}": codes.pricing_unit,
      "meters/{code}": codes.meter,
      "plans/{code}": codes.plan,
      "tax-rates/{code}": codes.plan,
      "coupons/{code}": codes.plan,
      "discounts/{discount_id}": discount.id,
      "versions/{version}": "2",
      "api-keys/{id}": api_key.id,
      "invoices/{id}": invoice.id,
      "test-clocks/{id}": testClockId,
      "credit-notes/{id}": credit_note.id,
      "payments/{id}": payments[0].id,
      "payment-methods/{payment_method_id}": paymentMethodId,
      "holds/{hold_id}": holds[0].id,
      "credit-grants/{credit_grant_id}": credit_grant.id,
      "balance-alerts/{alert_id}": balance_alert.id,
      "top-up-rules/{rule_id}": top_up_rule.id,
      "webhook-events/{id}": webhook_event.id,
      "webhook-endpoints/{id}": webhook_endpoint.id,
      "deliveries/{webhook_event_id}": webhook_event.id,
      "mails/{id}": mail.id,
      // Asked for without a session, so whether there is one makes no difference.
      "members/{id}": createId(clock.now()),
      "line-items/{line_item_id}": invoice.line_items[0].id,
      "events/{id}": usage.body.usage_id,
      "rejected-events/{id}": rejected_events[0].id,
    },
    queries: {
      limit: "100",
      name: secret,
      first_name: secret,
      last_name: secret,
      external_id: external,
      customer_id: customer.id,
      invoice_id: invoice.id,
      currency_code: "usd",
      pricing_unit_code: codes.pricing_unit,
      meter_code: codes.meter,
      status: "active",
      event_name: `event of ${word}`,
      property: `of=${word}`,
      search: secret,
      ids: customer.id,
      in_debt: "true",
      overdue: "true",
      from: new Date(clock.now().getTime() - 1_000).toISOString(),
      to: new Date(clock.now().getTime() + 1_000).toISOString(),
      code: "CUSTOMER_NOT_FOUND",
      type: "top_up.created",
      actor_id: planter.id,
      resource_type: "customer",
      resource_id: customer.id,
      operation: "create-customer",
      api_key_id: planter.id,
      request_id: "req_none",
    },
    references: {
      customer_id: customer.id,
      external_customer_id: external,
      plan_code: codes.plan,
      coupon_code: codes.plan,
      subscription_id: subscription.id,
      target_plan_code: codes.target_plan,
      pricing_unit_code: codes.pricing_unit,
      meter_code: codes.meter,
      payment_method_id: paymentMethodId,
      invoice_id: owed.id,
      line_item_id: owed.line_items[0].id,
      test_clock_id: testClockId,
      previous_subscription_id: subscription.id,
    },
    secrets: [
      secret,
      external,
      `event of ${word}`,
      ...Object.values(codes),
      spare.customer.id,
      customer.id,
      subscription.id,
      spareSubscription.id,
      discount.id,
      ...discounts.map(({ id }: { id: string }) => id),
      credit_grant.id,
      api_key.id,
      invoice.id,
      invoice.line_items[0].id,
      spareInvoice.id,
      credit_note.id,
      owed.id,
      payments[0].id,
      payments[1].id,
      refund.id,
      testClockId,
      paymentMethodId,
      holds[0].id,
      holds[1].id,
      balance_alert.id,
      top_up_rule.id,
      topUpId,
      webhook_event.id,
      webhook_endpoint.id,
      webhook_endpoint.secret,
      mail.id,
      usage.body.usage_id,
      rejected_events[0].id,
    ],
  };
}

/** A clock, of live mode too, which makes none by the API. */
async function plantClock(customerId: string, name: string): Promise<string> {
  const id = createId(clock.now());
  await database.query(
    sql`insert into test_clocks (tenant_id, test_clock_id, name, frozen_time, failures, created_at)
        select tenant_id, ${id}, ${name}, ${clock.now()}, '[]', ${clock.now()} from customers where customer_id = ${customerId}`,
  );
  return id;
}

/** A card of whatever mode: live mode takes none by the API. */
async function saveCard(customerId: string): Promise<string> {
  const id = createId(clock.now());
  await database.query(
    sql`insert into payment_methods (tenant_id, bucket, customer_id, payment_method_id, provider, reference, brand, last_four, expires_month,
          expires_year, is_kept, created_at)
        select tenant_id, bucket, customer_id, ${id}, 'sandbox', 'succeeds', 'visa', '4242', 12, 2030, true, ${clock.now()}
        from customers where customer_id = ${customerId}`,
  );
  return id;
}

/** Fields of bodies whose names look like references and are not: a currency is everybody's, and so on. */
const notReferences = ["currency_code", "external_id", "tax_id", "is_reversed_by_tax_id", "postal_code"];

/**
 * A valid body of each operation that does not take an empty one, speaking of what `seed` has. Several where one cannot hold
 * every reference at once.
 */
const bodies: Record<string, (seed: Seed) => Record<string, unknown>[]> = {
  "ingest-event": ({ references: { customer_id, external_customer_id } }) =>
    [{ customer_id }, { external_customer_id }].map((reference, index) => ({
      ...reference,
      event_name: "call",
      idempotency_key: `again ${index}`,
      timestamp: clock.now().toISOString(),
    })),
  "ingest-event-batch": ({ references: { customer_id, external_customer_id } }) =>
    [{ customer_id }, { external_customer_id }].map((reference, index) => ({
      events: [
        {
          ...reference,
          event_name: "call",
          idempotency_key: `batch ${index}`,
          timestamp: clock.now().toISOString(),
        },
      ],
    })),
  "estimate-events": ({ references: { customer_id, external_customer_id } }) =>
    [{ customer_id }, { external_customer_id }].map((reference) => ({ ...reference, event_name: "call" })),
  "create-customer": ({ references: { test_clock_id } }) => [{ name: "New" }, { name: "New", test_clock_id }],
  "create-test-clock": () => [{ frozen_time: "2026-04-01T00:00:00Z" }],
  "advance-test-clock": () => [{ frozen_time: "2026-04-01T00:00:00Z" }],
  "update-customer": () => [{ first_name: "Changed" }],
  "create-subscription": ({ references: { customer_id, plan_code, meter_code, pricing_unit_code } }) => [
    { customer_id, plan_code, price_overrides: [{ meter_code, pricing_unit_code, unit_amount: "1" }] },
  ],
  "update-subscription": () => [{ status: "canceled" }],
  "create-hold": ({ references: { pricing_unit_code } }) => [{ amount: "1", pricing_unit_code }],
  "capture-hold": () => [
    {
      events: [
        {
          event_name: "call",
          idempotency_key: "captured",
          timestamp: clock.now().toISOString(),
        },
      ],
    },
  ],
  "cancel-subscription": () => [{ cancel_mode: "now" }],
  "change-subscription-plan": ({ references: { target_plan_code } }) => [{ target_plan_code, change_mode: "now" }],
  "create-credit-grant": ({ references: { pricing_unit_code } }) => [{ name: "New", amount: "1", pricing_unit_code }],
  "create-customer-credit-grant": ({ references: { pricing_unit_code } }) => [
    { name: "New", amount: "1", pricing_unit_code },
  ],
  "create-balance-alert": ({ references: { pricing_unit_code } }) => [{ threshold: "1", pricing_unit_code }],
  "create-top-up-rule": ({ references: { pricing_unit_code } }) => [
    { threshold: "1", amount: "500", pricing_unit_code },
  ],
  "update-top-up-rule": () => [{ threshold: "2" }],
  "create-top-up": ({ references: { pricing_unit_code } }) => [{ amount: "500", pricing_unit_code }],
  "create-pricing-unit": () => [{ code: "new" }],
  "create-pricing-unit-conversion": () => [
    { currency_code: "eur", amount_per_unit: "0.02", effective_from: "2026-03-01T00:00:00Z" },
  ],
  "create-tax-rate": () => [{ code: "new", name: "New", percent: "1" }],
  "create-coupon": () => [{ code: "new", name: "New", percent_off: 1, duration: "once" }],
  "create-discount": ({ references: { coupon_code, subscription_id } }) => [
    { coupon_code },
    { coupon_code, subscription_id },
  ],
  "create-meter": () => [{ code: "new", event_name: "call", aggregation: { type: "count" } }],
  "update-meter": () => [{ name: "Changed" }],
  "create-plan": (seed) => [{ code: "new", ...planBody(seed) }],
  "create-plan-version": (seed) => [planBody(seed)],
  "create-invoice": ({ references: { customer_id } }) => [
    { customer_id, line_items: [{ description: "New", unit_amount_cents: 1 }] },
  ],
  "update-invoice": () => [{ memo: "Changed" }],
  "create-invoice-line-item": () => [{ description: "New", unit_amount_cents: 1 }],
  "update-invoice-line-item": () => [{ description: "Changed" }],
  "create-subscription-signup-link": ({ references: { customer_id, plan_code, previous_subscription_id } }) => [
    { customer_id, plan_code },
    { customer_id, plan_code, previous_subscription_id, change_timing_mode: "now" },
  ],
  "pay-invoice": ({ references: { payment_method_id } }) => [{ payment_method_id }],
  "record-payment": () => [{ amount_cents: 1 }],
  "create-credit-note": ({ references: { invoice_id, line_item_id } }) => [
    { invoice_id, amount_cents: 1 },
    { invoice_id, lines: [{ line_item_id, amount_cents: 1 }] },
  ],
  "create-refund": () => [{ amount_cents: 1 }],
  "create-payment-method": () => [{ card: { number: "4242424242424242", expires_month: 1, expires_year: 2030 } }],
  "update-payment-settings": () => [{ bank_details: "IBAN" }],
  "simulate-plan": (seed) => [
    {
      ...planBody(seed),
      customer_id: seed.references.customer_id,
      from: "2026-03-01T00:00:00Z",
      to: "2026-04-01T00:00:00Z",
    },
  ],
  "create-api-key": () => [{ name: "New" }],
  "create-webhook-endpoint": () => [{ url: "https://hooks.example.com/" }],
  "update-webhook-endpoint": () => [{ description: "New" }],
  "update-company": () => [{ invoice_grace_hours: 2 }],
};

const planBody = ({ references: { meter_code, pricing_unit_code } }: Seed) => ({
  name: "New",
  usage_prices: [{ meter_code, unit_amount: "1", pricing_unit_code }],
  fixed_fees: [{ code: "base", amount: "1", pricing_unit_code }],
  minimum_commitments: [{ code: "least", amount: "1", pricing_unit_code }],
  recurring_grants: [{ code: "monthly", amount: "1", pricing_unit_code }],
  overdraft: [{ policy: "block", pricing_unit_code }],
});

const victim = await plant(owner, "victim");
const strangers: { name: string; by: Api; seed: Seed }[] = [
  { name: "the same company's other mode", by: live, seed: await plant(live, "live") },
  {
    name: "a second company",
    by: as(second.testApiKey),
    seed: await plant(as(second.testApiKey), "second"),
  },
];

/** What a key can ask for. How members are kept apart is tried in dashboard-access.test.ts. */
const secured = documentedOperations.filter(
  // A stream has no end to be waited for; live-events.test.ts tries what it shows.
  ({ isPublic, isForMembers, file }) => !isPublic && !isForMembers && file !== eventStream,
);

test("only the health checks and what comes before signing in are public; every other operation answers 401 without a key, with an unknown and with a revoked one", async () => {
  const open = documentedOperations.filter(({ isPublic }) => isPublic).map(({ operationId }) => operationId);
  assert.deepEqual(open.toSorted(), [
    "accept-invitation",
    "health",
    "ready",
    "request-password-reset",
    "reset-password",
    "set-up-dashboard",
    "sign-in",
  ]);
  const { api_key } = await created(owner, "/v1/api-keys", { name: "revoked" });
  await owner.post(`/v1/api-keys/${api_key.id}/revoke`);
  clock.advance(1_000);
  const cases: [string | null, string][] = [
    [null, "UNAUTHORIZED"],
    ["Bearer nonsense", "INVALID_API_KEY"],
    [`Bearer ak_test_${"0".repeat(32)}`, "INVALID_API_KEY"],
    [`Bearer ${api_key.key}`, "API_KEY_REVOKED"],
  ];
  for (const operation of documentedOperations.filter(({ isPublic }) => !isPublic)) {
    for (const [authorization, code] of cases) {
      const answer = await app.inject({
        method: operation.method,
        url: pathOf(operation, victim),
        headers: { "content-type": "application/json", ...(authorization === null ? {} : { authorization }) },
        ...(operation.body === null || operation.isForMembers
          ? {}
          : { payload: JSON.stringify(bodiesOf(operation, victim)[0]) }),
      });
      assert.equal(answer.statusCode, 401, `${operation.operationId} with ${authorization}: ${answer.payload}`);
      assert.equal(answer.json().error.code, code, operation.operationId);
    }
  }
});

test("what is named in a path is 404 to a stranger, whatever the operation would do with it, by key and from the dashboard", async () => {
  const cookie = await signInToSecond();
  const before = await readEverything();
  const members = [second.companyId, company.companyId].map((companyId) => ({
    name: `a member of the second company who names ${companyId === company.companyId ? "the first" : "their own"}`,
    by: asMember(cookie, companyId),
  }));
  for (const { name, by } of [...strangers, ...members]) {
    for (const operation of secured.filter((each) => pathParameters(each).length > 0)) {
      for (const body of bodiesOf(operation, victim)) {
        const answer = await send(by, operation, pathOf(operation, victim), body);
        const seen = `${operation.operationId} by ${name}: ${answer.text}`;
        assert.notEqual(answer.status, 400, `Correct the body in \`bodies\` of server/test/isolation.test.ts. ${seen}`);
        assert.equal(answer.status, 404, seen);
        assert.match(answer.body.error.code, /_NOT_FOUND$/, seen);
        refuseSecrets(answer, seen);
      }
    }
  }
  assert.deepEqual(await readEverything(), before, "a stranger changed something");
});

/** The session of an owner of the second company, who is nobody in the first. */
async function signInToSecond(): Promise<string> {
  const link = await createSetupLink(database, testPublicUrl, clock.now());
  const token = link?.split("#token=")[1];
  const payload = { token, email: "eve@second.example", name: "Eve", password: "correct horse" };
  const headers = { "afternoon-dashboard": "1" };
  const answer = await app.inject({ method: "POST", url: "/v1/auth/setup", headers, payload });
  assert.equal(answer.statusCode, 201, answer.payload);
  await database.query(sql`update memberships set company_id = ${second.companyId}`);
  clock.advance(1_000);
  return String(answer.headers["set-cookie"]).split(";", 1)[0] as string;
}

/** As the dashboard's pages ask, in test mode of the company that they name. */
function asMember(cookie: string, companyId: string): Pick<Api, "request"> {
  const names = { cookie, "afternoon-company": companyId, "afternoon-mode": "test", "afternoon-dashboard": "1" };
  return {
    request: async (method, url, body, headers = {}) => {
      const answer = await app.inject({
        method: method as "GET",
        url,
        headers: { ...names, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      });
      return {
        status: answer.statusCode,
        body: answer.json(),
        text: answer.payload,
        headers: answer.headers as Record<string, string>,
      };
    },
  };
}

/** They show figures alone, in which nobody can be recognised. */
const figures = ["get-event-queue", "get-overview"];

/** It shows the company's name and currency, which its two modes share, so that one of them is no stranger; companies.test.ts tries another company. */
const sharedByModes = ["get-company"];

/** It shows what a tenant has itself asked for, whatever that names; request-log.test.ts tries that it shows no other's. */
const ownWords = ["list-requests"];

test("a list or a search shows a stranger nothing, also when asked for it by name or by another's cursor", async () => {
  const lists = secured.filter((each) => each.method === "GET" && pathParameters(each).length === 0);
  const exempt = new Set([...figures, ...sharedByModes, ...ownWords]);
  for (const operation of lists.filter(({ operationId }) => !exempt.has(operationId))) {
    const queries = [...queriesOf(operation), ...(await cursorsOf(operation))];
    const shown = await Promise.all(queries.map((query) => send(owner, operation, operation.path + query)));
    const isSeen = shown.some(({ text }) => victim.secrets.some((secret) => text.includes(secret)));
    assert.ok(
      isSeen,
      `${operation.operationId} shows nothing even to its owner: plant one of it in server/test/isolation.test.ts.`,
    );
    for (const { name, by, seed } of strangers) {
      for (const [index, query] of queries.entries()) {
        const answer = await send(by, operation, operation.path + query);
        const seen = `${operation.operationId}${query} by ${name}: ${answer.text}`;
        assert.equal(answer.status, shown[index]?.status, seen);
        refuseSecrets(answer, seen);
        const asksForVictim = /name|_id=/.test(query);
        if (asksForVictim && answer.status === 200)
          assert.deepEqual(Object.values(answer.body).find(Array.isArray), [], seen);
        assert.ok(query !== "" || answer.status !== 200 || seed.secrets.some((own) => answer.text.includes(own)), seen);
      }
    }
  }
});

test("a body cannot reach across: each thing that it refers to must be the tenant's own", async () => {
  const before = await readEverything();
  for (const { name, by, seed } of strangers) {
    for (const operation of secured.filter(({ body }) => body !== null)) {
      const own = bodiesOf(operation, seed);
      const used = new Set(own.flatMap((body) => referencesIn(body)));
      for (const reference of referencesOf(operation)) {
        assert.ok(
          used.has(reference),
          `${operation.operationId} takes a ${reference}: give one in \`bodies\` of server/test/isolation.test.ts, or name it in \`notReferences\`.`,
        );
      }
      for (const body of own) {
        for (const reference of new Set(referencesIn(body))) {
          const theirs = victim.references[reference] as string;
          const reaching = replaceDeep(body, reference, theirs);
          const answer = await send(by, operation, pathOf(operation, seed), reaching);
          const seen = `${operation.operationId} by ${name} with another's ${reference}: ${answer.text}`;
          // What answers by one result for each thing in the body refuses by a result.
          const refusal = answer.body.results?.[0] ?? answer.body;
          assert.ok(answer.status === 404 || answer.status === 400 || refusal.status === "refused", seen);
          assert.match(refusal.error.code, /_NOT_FOUND$|^VALIDATION_ERROR$/, seen);
          refuseSecrets(answer, seen, [theirs]);
        }
      }
    }
  }
  assert.deepEqual(await readEverything(), before, "a stranger changed something");
});

test("what two tenants call by the same code stays two things", async () => {
  const before = await readEverything();
  const sharing = secured.filter((operation) => {
    const resources = pathParameters(operation).map(({ resource }) => resource);
    return resources.length > 0 && resources.every((resource) => resource in sharedPaths);
  });
  assert.ok(sharing.length > 0);
  for (const { name, by, seed } of strangers) {
    for (const operation of sharing) {
      for (const body of bodiesOf(operation, seed)) {
        const answer = await send(by, operation, pathOf(operation, { ...seed, paths: sharedPaths }), body);
        const seen = `${operation.operationId} by ${name}: ${answer.text}`;
        assert.ok(answer.status < 300, seen);
        refuseSecrets(answer, seen);
      }
    }
    // The victim's plan has a price for its meter of this code. The stranger's has none, so nothing holds it.
    const code = victim.references.meter_code as string;
    await created(by, "/v1/meters", { code, event_name: "other", aggregation: { type: "count" } });
    const archived = await by.patch(`/v1/meters/${code}`, { archived: true });
    assert.equal(archived.status, 200, `update-meter by ${name}: ${archived.text}`);
  }
  assert.deepEqual(await readEverything(), before, "a stranger changed something");
});

test("an idempotency key of one tenant answers no other", async () => {
  const headers = { "idempotency-key": "everybody's" };
  const first = await owner.post("/v1/customers", { name: "Same" }, headers);
  for (const { name, by } of strangers) {
    const answer = await by.post("/v1/customers", { name: "Same" }, headers);
    assert.equal(answer.status, 201, name);
    assert.notEqual(answer.body.customer.id, first.body.customer.id);
    assert.ok(!("idempotency-replayed" in answer.headers));
  }
});

// Last, because it does what strangers could not: without it, a wrong seed would be 404 to everybody and prove nothing.
test("the owner reaches everything that strangers could not, and codes are each tenant's own", async () => {
  const order = ["GET", "POST", "PATCH", "DELETE"];
  for (const operation of secured.toSorted((a, b) => order.indexOf(a.method) - order.indexOf(b.method))) {
    for (const [by, seed] of [[owner, victim], ...strangers.map((each) => [each.by, each.seed])] as [Api, Seed][]) {
      const query =
        operation.method === "GET" && pathParameters(operation).length === 0 ? queriesOf(operation).at(-1) : "";
      for (const body of bodiesOf(operation, seed)) {
        const answer = await send(by, operation, pathOf(operation, seed) + query, body);
        const isRefusedByRule = answer.status === 409;
        assert.ok(answer.status < 300 || isRefusedByRule, `${operation.operationId} by its owner: ${answer.text}`);
      }
    }
  }
});

function pathOf(operation: DocumentedOperation, seed: Seed): string {
  const path = pathParameters(operation).reduce((path, { name, resource }) => {
    const planted = seed.paths[resource];
    assert.ok(
      planted,
      `${operation.operationId} has the path parameter ${resource}: plant one and add it to \`paths\` of the seed in server/test/isolation.test.ts.`,
    );
    return path.replace(`{${name}}`, planted);
  }, operation.path);
  // Without what it must be asked, an operation says so before it looks for what the path names.
  const required = operation.parameters.filter((each) => each.in === "query" && each.required === true);
  const query = new URLSearchParams(required.map(({ name }) => [name, seed.queries[name] ?? ""]));
  return required.length === 0 ? path : `${path}?${query}`;
}

function bodiesOf(operation: DocumentedOperation, seed: Seed): (Record<string, unknown> | undefined)[] {
  if (operation.body === null) return [undefined];
  const made = bodies[operation.operationId];
  const isOptional = (resolveSchema(operation.body).required ?? []).length === 0;
  assert.ok(
    made !== undefined || isOptional,
    `${operation.operationId} takes a body: add a valid one to \`bodies\` of server/test/isolation.test.ts.`,
  );
  return made === undefined ? [{}] : made(seed);
}

/** No query, and one for each parameter, asking for what the victim has. */
function queriesOf(operation: DocumentedOperation): string[] {
  const names = operation.parameters.filter((each) => each.in === "query" && each.name !== "cursor");
  return [
    "",
    ...names.map(({ name, schema }) => {
      const planted = victim.queries[name];
      // What the victim has under this name may be another thing's: a subscription and an invoice have statuses of their own.
      const isChoice = schema.enum === undefined || schema.enum.includes(planted);
      const value = isChoice ? planted : (schema.enum?.[0] as string | undefined);
      assert.ok(
        value,
        `${operation.operationId} has the query parameter ${name}: add it to \`queries\` of the seed in server/test/isolation.test.ts.`,
      );
      return `?${name}=${encodeURIComponent(value)}`;
    }),
  ];
}

async function cursorsOf(operation: DocumentedOperation): Promise<string[]> {
  if (!operation.parameters.some(({ name }) => name === "cursor")) return [];
  const { body, text } = await send(owner, operation, `${operation.path}?limit=1`);
  assert.ok(body.pagination.next_cursor, `${operation.operationId}: plant two, so that there is a cursor: ${text}`);
  return [`?cursor=${body.pagination.next_cursor}`];
}

/** The fields of the operation's body, at any depth, that name something which must be the tenant's. */
function referencesOf(operation: DocumentedOperation): Set<string> {
  const found = new Set<string>();
  const walk = (schema: JsonSchema) => {
    const { properties = {}, items, anyOf = [], oneOf = [], allOf = [] } = resolveSchema(schema);
    for (const [name, inner] of Object.entries(properties)) {
      if (/_(?:id|code)$/.test(name) && !notReferences.includes(name)) found.add(name);
      walk(inner);
    }
    for (const inner of [...(items === undefined ? [] : [items]), ...anyOf, ...oneOf, ...allOf]) walk(inner);
  };
  walk(operation.body as JsonSchema);
  return found;
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name in victim.references ? [name] : []),
    ...referencesIn(inner),
  ]);
}

function replaceDeep(value: unknown, name: string, by: string): unknown {
  if (Array.isArray(value)) return value.map((item) => replaceDeep(item, name, by));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === name ? by : replaceDeep(inner, name, by)]),
  );
}

function refuseSecrets({ text, headers }: ApiAnswer, seen: string, sent: string[] = []): void {
  const all = text + JSON.stringify(headers);
  const shown = victim.secrets.filter((secret) => !sent.includes(secret) && all.includes(secret));
  assert.deepEqual([...shown, ...(all.includes(company.companyId) ? [company.companyId] : [])], [], seen);
}

/** Everything that the victim can read of itself, to be compared. */
async function readEverything(): Promise<unknown[]> {
  const reads = secured.filter(({ method }) => method === "GET");
  const places = [victim, { ...victim, paths: { ...victim.paths, ...sharedPaths } }];
  return Promise.all(
    reads.flatMap((operation) =>
      places.map(async (place) => {
        const query = pathParameters(operation).length === 0 ? (queriesOf(operation).at(-1) as string) : "";
        const { body } = await send(owner, operation, pathOf(operation, place) + query);
        return { ...body, request_id: null, operation: operation.operationId };
      }),
    ),
  );
}

function send(
  by: Pick<Api, "request">,
  operation: DocumentedOperation,
  path: string,
  body?: unknown,
): Promise<ApiAnswer> {
  return by.request(operation.method, path, operation.body === null ? undefined : body);
}

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function created(by: Api, path: string, body: unknown): Promise<any> {
  const answer = await by.post(path, body);
  assert.equal(answer.status, 201, `${path}: ${answer.text}`);
  return answer.body;
}
