import assert from "node:assert/strict";
import { test } from "node:test";
import { decimal } from "../../../core/decimal.ts";
import { currency, pricingUnit } from "../../../core/denomination.ts";
import type { PlanDocument } from "../../../core/plan.ts";
import { startTestApp, type ApiAnswer } from "../../test/harness.ts";
import { sql } from "../platform/db.ts";
import type { StoredDocument } from "./document-schema.ts";
import { toPlanDocument } from "./plan-document.ts";

const { test: api, database } = await startTestApp();

await api.post("/v1/pricing-units", { code: "credit" });

const inUsd = { account_type: "currency", currency_code: "usd", pricing_unit_code: null };
const inCredits = { account_type: "pricing_unit", currency_code: null, pricing_unit_code: "credit" };

const small = "0.000000000000000001";

const fee = { code: "f", amount: "1", currency_code: "usd" };
const answeredFee = {
  code: "f",
  name: "f",
  amount: "1",
  ...inUsd,
  per: "subscription",
  billing: "in_advance",
  recurrence: "every_period",
  every: null,
};
const coreFee = {
  code: "f",
  name: "f",
  amount: decimal("1"),
  per: "subscription",
  denomination: currency("usd"),
  billing: "in_advance",
  recurrence: "every_period",
} as const;

const commitment = { code: "least", amount: small, currency_code: "USD" };
const answeredCommitment = { code: "least", name: "least", amount: small, ...inUsd, counts: "usage" };

const grant = { code: "monthly", amount: "1e2", pricing_unit_code: "credit" };
const answeredGrant = {
  code: "monthly",
  name: "monthly",
  amount: "100",
  ...inCredits,
  per: "subscription",
  kind: "promotional",
  priority: 0,
  rollover: { type: "none" },
};
const coreGrant = {
  code: "monthly",
  name: "monthly",
  denomination: pricingUnit("credit"),
  amount: decimal("100"),
  per: "subscription",
  kind: "promotional",
  priority: 0,
  rollover: { type: "none" },
} as const;

const withGrant = (rest: object) => ({ recurring_grants: [{ ...grant, ...rest }] });

/** What a body gives, what is answered for it, and what core reads. */
const agreements: { sent: object; answered: object; core: Partial<PlanDocument> }[] = [
  { sent: { trial_days: 0 }, answered: { trial_days: 0 }, core: { trialDays: 0 } },
  { sent: { trial_days: 730 }, answered: { trial_days: 730 }, core: { trialDays: 730 } },
  {
    sent: { billing_interval: "year", usage_every: { interval: "month" } },
    answered: { billing_interval: "year", usage_every: { interval: "month", interval_count: 1 } },
    core: { billingInterval: "year", usageEvery: { interval: "month", intervalCount: 1 } },
  },
  {
    sent: { billing_interval: "week", billing_interval_count: 4, usage_every: { interval: "week", interval_count: 2 } },
    answered: { usage_every: { interval: "week", interval_count: 2 } },
    core: { usageEvery: { interval: "week", intervalCount: 2 } },
  },
  { sent: { usage_every: null }, answered: { usage_every: null }, core: { usageEvery: null } },
  {
    sent: { billing_interval: "year", fixed_fees: [{ ...fee, every: { interval_count: 3, interval: "month" } }] },
    answered: { fixed_fees: [{ ...answeredFee, every: { interval: "month", interval_count: 3 } }] },
    core: { fixedFees: [{ ...coreFee, every: { interval: "month", intervalCount: 3 } }] },
  },
  {
    sent: { fixed_fees: [{ ...fee, every: null }] },
    answered: { fixed_fees: [answeredFee] },
    core: { fixedFees: [coreFee] },
  },
  {
    sent: {
      minimum_commitments: [
        commitment,
        { code: "all", name: "All in", amount: 0, pricing_unit_code: "credit", counts: "usage_and_fees" },
      ],
    },
    answered: {
      minimum_commitments: [
        answeredCommitment,
        { code: "all", name: "All in", amount: "0", ...inCredits, counts: "usage_and_fees" },
      ],
    },
    core: {
      minimumCommitments: [
        { code: "least", name: "least", denomination: currency("usd"), amount: decimal(small), counts: "usage" },
        {
          code: "all",
          name: "All in",
          denomination: pricingUnit("credit"),
          amount: decimal("0"),
          counts: "usage_and_fees",
        },
      ],
    },
  },
  {
    sent: withGrant({}),
    answered: { recurring_grants: [answeredGrant] },
    core: { recurringGrants: [coreGrant] },
  },
  {
    sent: withGrant({ name: "Included", per: "seat", kind: "paid", priority: -5, rollover: { type: "all" } }),
    answered: {
      recurring_grants: [
        { ...answeredGrant, name: "Included", per: "seat", kind: "paid", priority: -5, rollover: { type: "all" } },
      ],
    },
    core: {
      recurringGrants: [
        { ...coreGrant, name: "Included", per: "seat", kind: "paid", priority: -5, rollover: { type: "all" } },
      ],
    },
  },
  {
    sent: withGrant({ rollover: { cap: 50.5, type: "capped" } }),
    answered: { recurring_grants: [{ ...answeredGrant, rollover: { type: "capped", cap: "50.5" } }] },
    core: { recurringGrants: [{ ...coreGrant, rollover: { type: "capped", cap: decimal("50.5") } }] },
  },
  { sent: { invoice_grace_hours: 0 }, answered: { invoice_grace_hours: 0 }, core: { invoiceGraceHours: 0 } },
  { sent: { invoice_grace_hours: 720 }, answered: { invoice_grace_hours: 720 }, core: { invoiceGraceHours: 720 } },
  { sent: { invoice_grace_hours: null }, answered: { invoice_grace_hours: null }, core: { invoiceGraceHours: null } },
  ...(["automatic", "manual", null] as const).map((given) => ({
    sent: { invoice_finalization: given },
    answered: { invoice_finalization: given },
    core: { invoiceFinalization: given },
  })),
];

/** The document of a plan or a version, without what each of them has apart from it. */
function documentOf(answer: ApiAnswer): Record<string, unknown> {
  assert.ok(answer.status < 300, answer.text);
  const {
    id: _id,
    updated_at: _updated,
    plan_code: _plan,
    code: _code,
    ...shown
  } = {
    ...(answer.body.plan ?? answer.body.plan_version),
  };
  const { version: _version, created_at: _created, ...document } = shown;
  return document;
}

/** Only those fields of `document` that `like` has, in the order in which they are answered. */
const fieldsLike = (document: Record<string, unknown>, like: object) =>
  Object.fromEntries(Object.entries(document).filter(([name]) => name in like));

async function storedDocument(planCode: string, version: number): Promise<StoredDocument> {
  const [row] = await database.query<{ document: StoredDocument }>(
    sql`select document from plan_versions where plan_code = ${planCode} and version = ${version}`,
  );
  assert.ok(row);
  return row.document;
}

for (const [index, { sent, answered, core }] of agreements.entries()) {
  test(`${JSON.stringify(sent)} is answered with its defaults, read as core's, and the same when it is sent again`, async () => {
    const code = `agreed_${index}`;
    const created = documentOf(await api.post("/v1/plans", { code, ...sent }));
    assert.equal(JSON.stringify(fieldsLike(created, answered)), JSON.stringify(answered));
    assert.equal(JSON.stringify(documentOf(await api.get(`/v1/plans/${code}`))), JSON.stringify(created));

    const again = documentOf(await api.post(`/v1/plans/${code}/versions`, created));
    assert.equal(JSON.stringify(again), JSON.stringify(created));
    const kept = documentOf(await api.get(`/v1/plans/${code}/versions/2`));
    assert.equal(JSON.stringify(kept), JSON.stringify(created));

    for (const version of [1, 2]) {
      const read = toPlanDocument(await storedDocument(code, version));
      assert.deepEqual(fieldsLike(read, core), core);
    }
  });
}

test("what a next version leaves out has its default again, not the value of the version before", async () => {
  const bare = documentOf(await api.post("/v1/plans", { code: "emptied" }));
  const full = {
    billing_interval: "year",
    usage_every: { interval: "month" },
    trial_days: 14,
    minimum_commitments: [commitment],
    recurring_grants: [grant],
    invoice_grace_hours: 24,
    invoice_finalization: "manual",
  };
  assert.notDeepEqual(documentOf(await api.post("/v1/plans/emptied/versions", full)), bare);
  assert.deepEqual(documentOf(await api.post("/v1/plans/emptied/versions", {})), bare);
});

test("a document that was stored before there were these fields has their defaults", async () => {
  const created = documentOf(await api.post("/v1/plans", { code: "old", fixed_fees: [fee] }));
  const { every: _, ...oldFee } = answeredFee;
  const { usage_every, trial_days, minimum_commitments, recurring_grants, ...rest } = created;
  const { invoice_grace_hours, invoice_finalization, ...old } = rest;
  await database.query(
    sql`update plan_versions set document = ${JSON.stringify({ ...old, fixed_fees: [oldFee] })}::jsonb where plan_code = 'old'`,
  );
  assert.equal("trial_days" in (await storedDocument("old", 1)), false);

  for (const path of ["/v1/plans/old", "/v1/plans/old/versions/1"]) {
    assert.equal(JSON.stringify(documentOf(await api.get(path))), JSON.stringify(created));
  }
  assert.deepEqual(
    [usage_every, trial_days, minimum_commitments, recurring_grants, invoice_grace_hours, invoice_finalization],
    [null, 0, [], [], null, null],
  );
  const { usageEvery, trialDays, fixedFees, minimumCommitments, recurringGrants, ...others } = toPlanDocument(
    await storedDocument("old", 1),
  );
  assert.deepEqual(
    [usageEvery, trialDays, fixedFees, minimumCommitments, recurringGrants],
    [null, 0, [coreFee], [], []],
  );
  assert.deepEqual([others.invoiceGraceHours, others.invoiceFinalization], [null, null]);
});

const everyMonths = (interval_count: unknown) => ({ interval: "month", interval_count });
const year = (rest: object) => ({ billing_interval: "year", ...rest });
const withCommitment = (rest: object) => ({ minimum_commitments: [{ ...commitment, ...rest }] });

/** What is wrong, and the one path at which that is said. */
const refusals: [body: object, path: string][] = [
  [{ trial_days: -1 }, "trial_days"],
  [{ trial_days: 731 }, "trial_days"],
  [{ trial_days: 1.5 }, "trial_days"],
  [{ trial_days: null }, "trial_days"],
  [{ usage_every: "month" }, "usage_every"],
  [{ usage_every: { interval: "day" } }, "usage_every.interval"],
  [{ usage_every: { interval_count: 1 } }, "usage_every.interval"],
  [year({ usage_every: everyMonths(0) }), "usage_every.interval_count"],
  [year({ usage_every: everyMonths(1.5) }), "usage_every.interval_count"],
  [year({ usage_every: everyMonths(121) }), "usage_every.interval_count"],
  [year({ usage_every: everyMonths(5) }), "usage_every"],
  [year({ usage_every: { interval: "week" } }), "usage_every"],
  [{ usage_every: { interval: "quarter" } }, "usage_every"],
  [year({ fixed_fees: [{ ...fee, every: { interval: "hour" } }] }), "fixed_fees.0.every.interval"],
  [year({ fixed_fees: [{ ...fee, every: everyMonths(0) }] }), "fixed_fees.0.every.interval_count"],
  [year({ fixed_fees: [{ ...fee, every: everyMonths(7) }] }), "fixed_fees.0.every"],
  [year({ fixed_fees: [{ ...fee, every: everyMonths(1), recurrence: "once" }] }), "fixed_fees.0.every"],
  [
    year({ usage_every: everyMonths(2), fixed_fees: [fee, { ...fee, code: "g", every: everyMonths(3) }] }),
    "fixed_fees.1.every",
  ],
  [{ minimum_commitments: {} }, "minimum_commitments"],
  [
    { minimum_commitments: Array.from({ length: 101 }, (_, index) => ({ ...commitment, code: `c${index}` })) },
    "minimum_commitments",
  ],
  [withCommitment({ code: undefined }), "minimum_commitments.0.code"],
  [withCommitment({ code: "Not a code" }), "minimum_commitments.0.code"],
  [withCommitment({ name: "" }), "minimum_commitments.0.name"],
  [withCommitment({ amount: undefined }), "minimum_commitments.0.amount"],
  [withCommitment({ amount: "-0.01" }), "minimum_commitments.0.amount"],
  [withCommitment({ currency_code: null }), "minimum_commitments.0.currency_code"],
  [withCommitment({ currency_code: "xxx" }), "minimum_commitments.0.currency_code"],
  [withCommitment({ pricing_unit_code: "credit" }), "minimum_commitments.0.currency_code"],
  [withCommitment({ counts: "fees" }), "minimum_commitments.0.counts"],
  [{ minimum_commitments: [commitment, { ...commitment, code: "other" }, commitment] }, "minimum_commitments.2.code"],
  [{ recurring_grants: null }, "recurring_grants"],
  [
    { recurring_grants: Array.from({ length: 101 }, (_, index) => ({ ...grant, code: `g${index}` })) },
    "recurring_grants",
  ],
  [withGrant({ code: undefined }), "recurring_grants.0.code"],
  [withGrant({ name: 7 }), "recurring_grants.0.name"],
  [withGrant({ amount: "much" }), "recurring_grants.0.amount"],
  [withGrant({ amount: "0" }), "recurring_grants.0.amount"],
  [withGrant({ amount: "-1" }), "recurring_grants.0.amount"],
  [withGrant({ currency_code: "usd" }), "recurring_grants.0.currency_code"],
  [withGrant({ pricing_unit_code: undefined }), "recurring_grants.0.currency_code"],
  [withGrant({ per: "customer" }), "recurring_grants.0.per"],
  [withGrant({ kind: "free" }), "recurring_grants.0.kind"],
  [withGrant({ priority: 0.5 }), "recurring_grants.0.priority"],
  [withGrant({ priority: 1_000_001 }), "recurring_grants.0.priority"],
  [withGrant({ rollover: "all" }), "recurring_grants.0.rollover"],
  [withGrant({ rollover: { type: "some" } }), "recurring_grants.0.rollover.type"],
  [withGrant({ rollover: { type: "capped" } }), "recurring_grants.0.rollover.cap"],
  [withGrant({ rollover: { type: "capped", cap: "-1" } }), "recurring_grants.0.rollover.cap"],
  [{ recurring_grants: [grant, grant] }, "recurring_grants.1.code"],
  [{ invoice_grace_hours: -1 }, "invoice_grace_hours"],
  [{ invoice_grace_hours: 721 }, "invoice_grace_hours"],
  [{ invoice_grace_hours: 0.5 }, "invoice_grace_hours"],
  [{ invoice_finalization: "never" }, "invoice_finalization"],
];

test("what is wrong with an agreement is said at its path, of a plan, a version, a dry run and a simulation", async () => {
  await api.post("/v1/plans", { code: "bare" });
  const range = { from: "2026-03-01T00:00:00Z", to: "2026-04-01T00:00:00Z" };
  for (const [body, path] of refusals) {
    for (const [url, sent] of [
      ["/v1/plans", { code: "refused", ...body }],
      ["/v1/plans/bare/versions", body],
      ["/v1/plans/bare/versions", { ...body, dry_run: true }],
      ["/v1/plans/bare/simulate", { ...body, ...range }],
    ] as const) {
      const answer = await api.post(url, sent);
      assert.deepEqual([answer.status, answer.body.error?.code], [400, "VALIDATION_ERROR"], JSON.stringify(sent));
      const paths = (answer.body.error.details as { path: string }[]).map((each) => each.path);
      assert.deepEqual(paths, [path], answer.text);
    }
  }
  assert.equal((await api.get("/v1/plans/refused")).status, 404);
  assert.equal((await api.get("/v1/plans/bare")).body.plan.version, 1);
});
