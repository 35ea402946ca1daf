import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { Client } from "pg";
import { createCatalogReader } from "../catalog/catalog.ts";
import { billDue } from "../renewals/renewals.ts";
import { sql } from "../platform/db.ts";
import { projectRoot } from "../platform/project-root.ts";
import { startTestApp, testPublicUrl, type Api } from "../../test/harness.ts";

const { app, database, connectionString, clock, test: api } = await startTestApp({ now: "2026-03-10T09:00:00.000Z" });

/** As it goes over the wire: a PDF is no text. */
async function pdfOf(path: string, by: Api = api): Promise<{ status: number; type: unknown; bytes: Buffer }> {
  const answer = await app.inject({ method: "GET", url: path, headers: { authorization: `Bearer ${by.key}` } });
  return { status: answer.statusCode, type: answer.headers["content-type"], bytes: answer.rawPayload };
}

/** The words of a PDF, as a reader program finds them. */
const textOf = (bytes: Buffer) => readPdf("pdftotext", bytes, ["-layout"]);

function readPdf(program: "pdftotext" | "pdffonts", bytes: Buffer, options: string[] = []): string {
  const folder = mkdtempSync(path.join(tmpdir(), "afternoon-pdf-"));
  try {
    const file = path.join(folder, "invoice.pdf");
    writeFileSync(file, bytes);
    const output = program === "pdftotext" ? ["-"] : [];
    return execFileSync(program, [...options, file, ...output], { encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const letters = "Żółć Ťažký Őrült ß ğ Ελληνικά Українська Ђорђе";
const hasReader = existsSync("/usr/bin/pdftotext");

async function newInvoice(fields: object = {}, name = letters): Promise<{ id: string; customerId: string }> {
  const billing_address = { line1: "Hauptstraße 1", postal_code: "10115", city: "Berlin", country: "DE" };
  const customer = { name, tax_id: "DE123", timezone: "Europe/Berlin", billing_address };
  const customerId = (await api.post("/v1/customers", customer)).body.customer.id;
  const line_items = [{ description: "Arbeit – 10 Stunden", quantity: "1.5", unit_amount_cents: 12_345 }];
  const { invoice } = (await api.post("/v1/invoices", { customer_id: customerId, line_items, ...fields })).body;
  return { id: invoice.id, customerId };
}

test("an invoice is a PDF by its address, the same bytes every time, and a draft is marked", async () => {
  const { id } = await newInvoice();
  const draft = await pdfOf(`/v1/invoices/${id}/pdf`);
  assert.deepEqual([draft.status, draft.type], [200, "application/pdf"]);
  const { invoice } = (await api.post(`/v1/invoices/${id}/finalize`)).body;
  assert.equal(invoice.pdf_url, `${testPublicUrl}/v1/invoices/${id}/pdf`);
  const first = await pdfOf(`/v1/invoices/${id}/pdf`);
  assert.equal(first.bytes.subarray(0, 5).toString(), "%PDF-");
  clock.advance(86_400_000);
  assert.ok(first.bytes.equals((await pdfOf(`/v1/invoices/${id}/pdf`)).bytes));
  // Its customer gets the very same.
  const token = invoice.payment_url.slice(testPublicUrl.length);
  const page = await app.inject({ method: "GET", url: `${token}/pdf` });
  assert.deepEqual([page.statusCode, page.headers["content-type"]], [200, "application/pdf"]);
  assert.ok(first.bytes.equals(page.rawPayload));
  assert.match(String(page.headers["content-disposition"]), /INV-\d{6}\.pdf/);
});

test("what is final stays: neither customer nor company nor payment changes the document", async () => {
  const { id, customerId } = await newInvoice();
  await api.patch("/v1/company", {
    address: "Main Street 1\nSpringfield",
    tax_id: "US-1",
    email: "billing@acme.example",
  });
  await api.post(`/v1/invoices/${id}/finalize`);
  const before = (await pdfOf(`/v1/invoices/${id}/pdf`)).bytes;
  await api.patch(`/v1/customers/${customerId}`, {
    name: "Somebody else",
    billing_address: null,
    timezone: "Asia/Tokyo",
  });
  await api.patch("/v1/company", { address: null, tax_id: null, invoice_footer: "Later" });
  await api.post(`/v1/invoices/${id}/mark-paid`);
  assert.ok(before.equals((await pdfOf(`/v1/invoices/${id}/pdf`)).bytes));
});

test(
  "every letter of Latin, Greek and Cyrillic is there, with exact amounts and the parties",
  { skip: !hasReader },
  async () => {
    await api.patch("/v1/company", {
      address: "Main Street 1\nSpringfield",
      tax_id: "US-1",
      invoice_footer: "Thank you.",
    });
    const { id } = await newInvoice({ memo: "Bitte überweisen." });
    const draft = textOf((await pdfOf(`/v1/invoices/${id}/pdf`)).bytes);
    assert.match(draft, /Draft invoice/);
    await api.post(`/v1/invoices/${id}/finalize`);
    const text = textOf((await pdfOf(`/v1/invoices/${id}/pdf`)).bytes);
    for (const word of [
      ...letters.split(" "),
      "Hauptstraße 1",
      "10115 Berlin",
      "Springfield",
      "US-1",
      "$185.18",
      "$123.45",
    ])
      assert.ok(text.includes(word), `${word} is missing in ${text}`);
    for (const words of [/Invoice INV-\d{6}/, /Bitte überweisen\./, /Thank you\./, /1 ?\/ ?1/])
      assert.match(text, words);
    assert.doesNotMatch(text, /Draft/);
  },
);

/** From the first to the last code point of each alphabet with its extensions. Those that Unicode added for single dialects are left out. */
const alphabets: Record<string, [first: number, last: number][]> = {
  Latin: [
    [0x41, 0x24f],
    [0x1e00, 0x1ef9],
  ],
  Greek: [
    [0x370, 0x3ff],
    [0x1f00, 0x1fff],
  ],
  Cyrillic: [[0x400, 0x525]],
};

test("both weights of the font have every letter of Latin, Greek and Cyrillic, so that no box is drawn in its place", () => {
  type Font = { hasGlyphForCodePoint(point: number): boolean };
  const require = createRequire(import.meta.url);
  // The reader of fonts that pdfkit has.
  const { openSync } = createRequire(require.resolve("pdfkit"))("fontkit") as { openSync(file: string): Font };
  for (const file of ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"]) {
    const font = openSync(require.resolve(`dejavu-fonts-ttf/ttf/${file}`));
    for (const [name, ranges] of Object.entries(alphabets)) {
      const points = ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at));
      const letters = points.filter((point) => /\p{L}/u.test(String.fromCodePoint(point)));
      const missing = letters.filter((point) => !font.hasGlyphForCodePoint(point));
      assert.deepEqual(missing, [], `${name} in ${file}`);
    }
  }
});

test("many lines break over pages, each with its heads and number", { skip: !hasReader }, async () => {
  const line_items = Array.from({ length: 200 }, (_, index) => ({
    description: `Line ${index + 1}`,
    unit_amount_cents: index,
  }));
  const { id } = await newInvoice({ line_items });
  await api.post(`/v1/invoices/${id}/finalize`);
  const pages = textOf((await pdfOf(`/v1/invoices/${id}/pdf`)).bytes)
    .split("\f")
    .filter((page) => page.trim() !== "");
  assert.ok(pages.length > 4);
  for (const [index, page] of pages.entries()) {
    assert.ok(new RegExp(`${index + 1} ?/ ?${pages.length}`).test(page), page);
    if (/Line \d/.test(page)) assert.match(page, /Description/);
  }
  assert.match(pages.join(""), /Line 200\b/);
});

test("usage is broken down in the appendix: tiers and what credits paid", { skip: !hasReader }, async () => {
  const usd = { currency_code: "usd" };
  await api.post("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "count" } });
  const tiers = [
    { up_to: "2", unit_amount: "1" },
    { up_to: null, unit_amount: "0.5" },
  ];
  await api.post("/v1/plans", {
    code: "tiers",
    usage_prices: [{ meter_code: "calls", model: "graduated", tiers, ...usd }],
  });
  clock.set("2026-04-01T00:00:00.000Z");
  const { customerId } = await newInvoice();
  await api.post("/v1/subscriptions", { customer_id: customerId, plan_code: "tiers", initial_status: "active" });
  await api.post(`/v1/customers/${customerId}/credit-grants`, { name: "Gift", amount: "1.25", ...usd });
  for (const key of ["1", "2", "3", "4"])
    await api.post("/v1/events/ingest", {
      event_name: "call",
      customer_id: customerId,
      idempotency_key: key,
      timestamp: "2026-04-01T00:00:00Z",
    });
  for (const now of ["2026-05-01T00:00:00.000Z", "2026-05-01T01:00:00.000Z"]) {
    clock.set(now);
    await billDue(database, createCatalogReader(clock), clock.now());
  }
  const [invoice] = (await api.get(`/v1/invoices?customer_id=${customerId}`)).body.invoices;
  assert.equal(invoice.total_cents, 175);
  const text = textOf((await pdfOf(`/v1/invoices/${invoice.id}/pdf`)).bytes);
  assert.match(text, /How usage was charged/);
  assert.match(text, /tier 1 \(up to 2\), 2 × \$1\.00\s+\$2\.00/);
  assert.match(text, /tier 2 \(above 2\), 2 × \$0\.50\s+\$1\.00/);
  assert.match(text, /Paid by credits\s+-\$1\.25/);
});

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

test("a logo is a PNG or JPEG of at most 100 kB, and an invoice keeps the one it was made with", async () => {
  const refused = [Buffer.from("GIF89a").toString("base64"), "not base64!", Buffer.alloc(102_401).toString("base64")];
  for (const logo of refused) {
    const answer = await api.patch("/v1/company", { logo });
    assert.deepEqual([answer.status, answer.body.error.details[0].path], [400, "logo"]);
  }
  const { id } = await newInvoice();
  const plain = (await pdfOf(`/v1/invoices/${id}/pdf`)).bytes;
  assert.equal((await api.patch("/v1/company", { logo: pixel })).body.company.has_logo, true);
  await api.post(`/v1/invoices/${id}/finalize`);
  const before = (await pdfOf(`/v1/invoices/${id}/pdf`)).bytes;
  assert.match(before.toString("latin1"), /\/Subtype \/Image/);
  assert.doesNotMatch(plain.toString("latin1"), /\/Subtype \/Image/);
  assert.equal((await api.patch("/v1/company", { logo: null })).body.company.has_logo, false);
  assert.ok(before.equals((await pdfOf(`/v1/invoices/${id}/pdf`)).bytes));
});

test("more PDFs at once than can wait are refused, and those that wait come", async () => {
  const { id } = await newInvoice();
  const answers = await Promise.all(Array.from({ length: 130 }, () => pdfOf(`/v1/invoices/${id}/pdf`)));
  const statuses = new Set(answers.map(({ status }) => status));
  assert.ok(statuses.has(200));
  assert.ok([...statuses].every((status) => [200, 503].includes(status)));
  const bytes = answers.find(({ status }) => status === 200)?.bytes as Buffer;
  for (const answer of answers) if (answer.status === 200) assert.ok(answer.bytes.equals(bytes));
});

test(
  "the document shows what is taken off, what comes on top, and why there is no tax",
  { skip: !hasReader && "there is no pdftotext" },
  async () => {
    await api.post("/v1/tax-rates", { code: "vat", name: "VAT", percent: "19", country: "DE" });
    await api.post("/v1/tax-rates", { code: "gst", name: "GST", percent: "10", country: "DE", is_inclusive: true });
    await api.post("/v1/coupons", { code: "spring", name: "Spring sale", percent_off: 20, duration: "forever" });
    const { customerId, id: untaken } = await newInvoice();
    await api.delete(`/v1/invoices/${untaken}`);
    await api.post(`/v1/customers/${customerId}/discounts`, { coupon_code: "spring" });
    const documentOf = async () => {
      const line_items = [{ description: "Work", unit_amount_cents: 11_000 }];
      const { invoice } = (await api.post("/v1/invoices", { customer_id: customerId, line_items })).body;
      await api.post(`/v1/invoices/${invoice.id}/finalize`);
      return textOf((await pdfOf(`/v1/invoices/${invoice.id}/pdf`)).bytes).replaceAll(/\s+/g, " ");
    };
    assert.match(
      await documentOf(),
      /Subtotal \$110\.00 Spring sale \(20% off\) -\$22\.00 VAT 19% \$15\.20 Total \$103\.20 including GST 10% \$8\.00/,
    );
    await api.patch(`/v1/customers/${customerId}`, { tax_status: "reverse_charge" });
    assert.match(await documentOf(), /Total \$88\.00.*Reverse charge: the recipient accounts for the tax\./);
  },
);

test("the document shows what the balance paid, and stays as it was when that is given back", async () => {
  const { customerId, id: first } = await newInvoice();
  const { total_cents } = (await api.post(`/v1/invoices/${first}/finalize`)).body.invoice;
  await api.post(`/v1/invoices/${first}/payments`, { amount_cents: total_cents + 2_000 });
  const line_items = [{ description: "Work", unit_amount_cents: 5_000 }];
  const { invoice } = (await api.post("/v1/invoices", { customer_id: customerId, line_items })).body;
  const { balance_applied_cents, amount_due_cents } = (await api.post(`/v1/invoices/${invoice.id}/finalize`)).body
    .invoice;
  assert.equal(balance_applied_cents, 2_000);
  const before = (await pdfOf(`/v1/invoices/${invoice.id}/pdf`)).bytes;
  if (hasReader)
    assert.match(
      textOf(before).replaceAll(/\s+/g, " "),
      new RegExp(`Paid from your balance -\\$20\\.00 Amount due \\$${(amount_due_cents / 100).toFixed(2)}`),
    );
  await api.post(`/v1/invoices/${invoice.id}/void`);
  assert.ok(before.equals((await pdfOf(`/v1/invoices/${invoice.id}/pdf`)).bytes));
});

test("figures are of one width and stand in columns, in a font that is embedded", { skip: !hasReader }, async () => {
  const line_items = ["1", "8", "4"].map((digit) => ({
    description: "Work",
    unit_amount_cents: Number.parseInt(digit.repeat(4), 10),
  }));
  const { id } = await newInvoice({ line_items });
  const { bytes } = await pdfOf(`/v1/invoices/${id}/pdf`);
  const places = ["1", "8", "4"].map((digit) => {
    const amount = `\\$${digit.repeat(2)}\\.${digit.repeat(2)}`;
    const word = new RegExp(`xMin="([\\d.]+)" yMin="[\\d.]+" xMax="([\\d.]+)" yMax="[\\d.]+">${amount}<`, "g");
    return [...readPdf("pdftotext", bytes, ["-bbox"]).matchAll(word)].map(([, from, to]) => `${from} to ${to}`);
  });
  assert.equal(places[0]?.length, 2, "a unit price and an amount");
  assert.deepEqual(places[1], places[0]);
  assert.deepEqual(places[2], places[0]);
  const fonts = readPdf("pdffonts", bytes)
    .split("\n")
    .slice(2)
    .filter((line) => line !== "");
  assert.ok(fonts.length > 0);
  for (const line of fonts) assert.match(line, /DejaVuSans.*Identity-H +yes yes/);
});

test("an invoice that was final before there were pages and documents gets both by the migration", async () => {
  const { id } = await newInvoice();
  await api.post(`/v1/invoices/${id}/finalize`);
  await database.query(sql`update invoices set payment_token = null, parties = null where invoice_id = ${id}`);
  assert.equal((await api.get(`/v1/invoices/${id}`)).body.invoice.payment_url, null);
  const client = new Client({ connectionString });
  await client.connect();
  await client.query(readFileSync(path.join(projectRoot, "server/sql/0038_older_invoices.sql"), "utf8"));
  await client.end();
  const { payment_url } = (await api.get(`/v1/invoices/${id}`)).body.invoice;
  assert.match(payment_url, /\/pay\/[0-9a-f]{64}$/);
  assert.equal((await app.inject({ method: "GET", url: new URL(payment_url).pathname })).statusCode, 200);
  const [row] = await database.query<{ name: string }>(
    sql`select parties->'customer'->>'name' as name from invoices where invoice_id = ${id}`,
  );
  assert.equal(row?.name, letters);
});
