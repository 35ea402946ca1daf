import assert from "node:assert/strict";
import { test } from "node:test";
import { createCatalogReader } from "../catalog/catalog.ts";
import { billDue } from "../renewals/renewals.ts";
import { startTestApp } from "../../test/harness.ts";

const { database, clock, test: api, live } = await startTestApp({ now: "2026-03-01T00:00:00.000Z" });
const usd = { currency_code: "usd" };

const rates = [
  { code: "de_vat", name: "VAT", percent: "19", country: "DE" },
  { code: "fr_vat", name: "TVA", percent: 20, country: "FR", is_reversed_by_tax_id: true },
  { code: "au_gst", name: "GST", percent: "10", country: "AU", is_inclusive: true },
  { code: "ca_gst", name: "GST", percent: "5", country: "CA" },
  { code: "qc_qst", name: "QST", percent: "9.975", country: "CA", state: "QC" },
];
for (const rate of rates) assert.equal((await api.post("/v1/tax-rates", rate)).status, 201);
await api.post("/v1/plans", { code: "basic", fixed_fees: [{ code: "base", amount: "30", ...usd }] });

async function customer(country: string | null, fields: object = {}): Promise<string> {
  const address = country === null ? {} : { billing_address: { country } };
  return (await api.post("/v1/customers", { name: "Ada", ...address, ...fields })).body.customer.id;
}

async function draft(customerId: string, cents = [10_000], fields: object = {}) {
  const line_items = cents.map((unit_amount_cents) => ({ description: "Work", unit_amount_cents }));
  return (await api.post("/v1/invoices", { customer_id: customerId, line_items, ...fields })).body.invoice;
}

async function final(customerId: string, cents = [10_000]) {
  const { id } = await draft(customerId, cents);
  return (await api.post(`/v1/invoices/${id}/finalize`)).body.invoice;
}

const taxesOf = (invoice: { taxes: Record<string, unknown>[] }) =>
  invoice.taxes.map(({ code, tax_cents }) => [code, tax_cents]);

test("a tax rate is what it was created as, for one tenant, until it is archived", async () => {
  const { tax_rate } = (await api.get("/v1/tax-rates/qc_qst")).body;
  assert.deepEqual(
    { ...tax_rate, id: "" },
    {
      id: "",
      code: "qc_qst",
      name: "QST",
      percent: "9.975",
      is_inclusive: false,
      country: "CA",
      state: "QC",
      is_reversed_by_tax_id: false,
      archived_at: null,
      created_at: "2026-03-01T00:00:00.000Z",
    },
  );
  assert.equal((await api.post("/v1/tax-rates", rates[0])).body.error.code, "TAX_RATE_EXISTS");
  assert.equal((await live.get("/v1/tax-rates/qc_qst")).body.error.code, "TAX_RATE_NOT_FOUND");
  const listed = (await api.get("/v1/tax-rates?limit=2")).body.tax_rates;
  assert.deepEqual(
    listed.map(({ code }: { code: string }) => code),
    ["qc_qst", "ca_gst"],
  );
  for (const [fields, path] of [
    [{ percent: "100.5" }, "percent"],
    [{ percent: "-1" }, "percent"],
    [{ country: "XX" }, "country"],
    [{ state: "QC" }, "state"],
  ] as const) {
    const refused = await api.post("/v1/tax-rates", { code: "x", name: "X", percent: "1", ...fields });
    assert.equal(refused.body.error.details[0].path, path);
  }
});

test("an invoice has the taxes of its customer's country and state, on top of its lines or contained in them", async () => {
  const cases: [
    customer: [country: string | null, fields?: object],
    treatment: string,
    taxes: [code: string, cents: number][],
    tax: number,
    total: number,
  ][] = [
    [[null], "taxed", [], 0, 10_000],
    [["US"], "taxed", [], 0, 10_000],
    [["DE"], "taxed", [["de_vat", 1_900]], 1_900, 11_900],
    [["DE", { tax_id: "DE123456789" }], "taxed", [["de_vat", 1_900]], 1_900, 11_900],
    [["FR"], "taxed", [["fr_vat", 2_000]], 2_000, 12_000],
    [["FR", { tax_id: "FR40303265045" }], "reverse_charge", [], 0, 10_000],
    [["FR", { tax_id: "nonsense" }], "taxed", [["fr_vat", 2_000]], 2_000, 12_000],
    [["DE", { tax_status: "exempt" }], "exempt", [], 0, 10_000],
    [["DE", { tax_status: "reverse_charge" }], "reverse_charge", [], 0, 10_000],
    [["AU"], "taxed", [["au_gst", 909]], 0, 10_000],
    [
      ["CA", { billing_address: { country: "CA", state: "QC" } }],
      "taxed",
      [
        ["ca_gst", 500],
        ["qc_qst", 998],
      ],
      1_498,
      11_498,
    ],
  ];
  for (const [[country, fields], treatment, taxes, tax, total] of cases) {
    const invoice = await final(await customer(country, fields));
    assert.deepEqual(
      [invoice.tax_treatment, taxesOf(invoice), invoice.tax_cents, invoice.total_cents, invoice.amount_due_cents],
      [treatment, taxes, tax, total, total],
      `${country} ${JSON.stringify(fields)}`,
    );
  }
  const contained = await final(await customer("AU"));
  assert.deepEqual(contained.taxes, [
    { code: "au_gst", name: "GST", percent: "10", is_inclusive: true, taxable_cents: 9_091, tax_cents: 909 },
  ]);
});

test("a draft is taxed anew as its lines change and as it is finalized; what is final stays", async () => {
  const id = await customer(null);
  const made = await draft(id);
  assert.deepEqual(made.taxes, []);
  await api.patch(`/v1/customers/${id}`, { billing_address: { country: "DE" } });
  const line = { description: "More work", unit_amount_cents: 5_000 };
  const changed = (await api.post(`/v1/invoices/${made.id}/line-items`, line)).body.invoice;
  assert.deepEqual([changed.tax_cents, changed.total_cents], [2_850, 17_850]);
  await api.patch(`/v1/customers/${id}`, { billing_address: { country: "FR" } });
  const finalized = (await api.post(`/v1/invoices/${made.id}/finalize`)).body.invoice;
  assert.deepEqual([finalized.tax_cents, finalized.total_cents], [3_000, 18_000]);
  await api.patch(`/v1/customers/${id}`, { billing_address: { country: "DE" } });
  assert.equal((await api.get(`/v1/invoices/${made.id}`)).body.invoice.total_cents, 18_000);
});

test("an archived rate taxes no invoice any more", async () => {
  await api.post("/v1/tax-rates", { code: "nl_btw", name: "BTW", percent: "21", country: "NL" });
  const id = await customer("NL");
  assert.equal((await final(id)).tax_cents, 2_100);
  const { tax_rate } = (await api.post("/v1/tax-rates/nl_btw/archive")).body;
  assert.equal(tax_rate.archived_at, clock.now().toISOString());
  assert.deepEqual((await final(id)).taxes, []);
});

test("discounts come off before taxes", async () => {
  const id = await customer("DE");
  await api.post("/v1/coupons", { code: "tenth", name: "Tenth", percent_off: 10, duration: "forever" });
  await api.post(`/v1/customers/${id}/discounts`, { coupon_code: "tenth" });
  const invoice = await final(id);
  assert.deepEqual([invoice.discount_cents, invoice.tax_cents, invoice.total_cents], [1_000, 1_710, 10_710]);
});

test("credit notes give back lines with their tax, and together no more of it than there was", async () => {
  const invoice = await final(await customer("DE"), [333, 333, 334, 999]);
  assert.equal(invoice.total_cents, 1_999 + 380);
  const [first, second] = invoice.line_items;
  const credit = async (body: object) =>
    (await api.post("/v1/credit-notes", { invoice_id: invoice.id, ...body })).body.credit_note;
  const ofLine = await credit({ lines: [{ line_item_id: first.id }] });
  assert.deepEqual([ofLine.total_cents, ofLine.tax_cents], [396, 63]);
  const tooMuch = await api.post("/v1/credit-notes", {
    invoice_id: invoice.id,
    lines: [{ line_item_id: second.id, amount_cents: 398 }],
  });
  assert.equal(tooMuch.body.error.code, "CREDIT_TOO_LARGE");
  const part = await credit({ amount_cents: 1_000 });
  const rest = await credit({});
  assert.equal(ofLine.total_cents + part.total_cents + rest.total_cents, 2_379);
  assert.equal(ofLine.tax_cents + part.tax_cents + rest.tax_cents, 380);
  assert.equal((await api.get(`/v1/invoices/${invoice.id}`)).body.invoice.status, "paid");
});

test("a credit note of an invoice whose prices contain tax says how much of it is tax", async () => {
  const invoice = await final(await customer("AU"), [1_100]);
  const { credit_note } = (await api.post("/v1/credit-notes", { invoice_id: invoice.id })).body;
  assert.deepEqual([credit_note.total_cents, credit_note.tax_cents], [1_100, 100]);
});

test("subscriptions and top-ups are taxed, and what a subscription gives back is with its tax", async () => {
  const id = await customer("DE");
  const { subscription } = (
    await api.post("/v1/subscriptions", { customer_id: id, plan_code: "basic", initial_status: "active" })
  ).body;
  const topUp = (await api.post(`/v1/customers/${id}/top-ups`, { amount: "50", ...usd })).body.top_up;
  const bought = (await api.get(`/v1/invoices/${topUp.invoice_id}`)).body.invoice;
  assert.deepEqual([bought.tax_cents, bought.total_cents], [950, 5_950]);
  clock.advance(2 * 3_600_000);
  await billDue(database, createCatalogReader(clock), clock.now());
  clock.set("2026-03-16T12:00:00.000Z");
  await api.post(`/v1/subscriptions/${subscription.id}/cancel`, {
    cancel_mode: "now",
    cancel_now_prepaid_refund_policy: "prorated_refund",
  });
  const [note] = (await api.get(`/v1/credit-notes?customer_id=${id}`)).body.credit_notes;
  assert.deepEqual([note.total_cents, note.tax_cents, note.lines[0].amount_cents], [1_785, 285, -1_785]);
});

test("the page of an invoice shows what is taken off, what comes on top, and why there is no tax", async () => {
  const pageOf = async (path: string) =>
    (await api.request("GET", new URL(path).pathname)).text.replaceAll(/\s+/g, " ");
  const taxed = await pageOf((await final(await customer("DE"))).payment_url);
  assert.match(taxed, /Subtotal.*\$100\.00.*VAT 19%.*\$19\.00.*Total.*\$119\.00/);
  const contained = await pageOf((await final(await customer("AU"))).payment_url);
  assert.match(contained, /Total.*\$100\.00.*including GST 10%.*\$9\.09/);
  const reversed = await pageOf((await final(await customer("FR", { tax_id: "FR40303265045" }))).payment_url);
  assert.match(reversed, /Reverse charge: the recipient accounts for the tax\./);
});
