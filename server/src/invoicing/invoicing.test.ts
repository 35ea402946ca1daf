import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { startTestApp, type ApiAnswer, testPublicUrl } from "../../test/harness.ts";

const { test: api, live, clock } = await startTestApp();

const { id: customerId } = await newCustomer({ name: "Acme Corp", email: "billing@acme.com" });

async function newCustomer(fields: object): Promise<{ id: string }> {
  const answer = await api.post("/v1/customers", fields);
  assert.equal(answer.status, 201, answer.text);
  return answer.body.customer;
}

const line = { description: "API calls", quantity: 1, unit_amount_cents: 5000 };

async function draft(fields: object = {}) {
  const answer = await api.post("/v1/invoices", { customer_id: customerId, line_items: [line], ...fields });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.invoice;
}

async function move(id: string, verb: string): Promise<ApiAnswer> {
  return api.post(`/v1/invoices/${id}/${verb}`);
}

async function moved(id: string, verb: string) {
  const answer = await move(id, verb);
  assert.equal(answer.status, 200, answer.text);
  return answer.body.invoice;
}

const refusal = (answer: ApiAnswer) => [answer.status, answer.body.error?.code];

test("a draft has every field, with its lines priced and no number", async () => {
  const answer = await api.post("/v1/invoices", {
    customer_id: customerId,
    collection_method: "send_invoice",
    days_until_due: 30,
    line_items: [{ description: "API calls — Jan 2024", quantity: 1, unit_amount_cents: 5000 }],
  });
  assert.equal(answer.status, 201);
  const { id, line_items, ...rest } = answer.body.invoice;
  assert.match(id, /^c[a-z0-9]{24}$/);
  assert.deepEqual(rest, {
    number: null,
    status: "draft",
    customer_id: customerId,
    subscription_id: null,
    currency_code: "usd",
    collection_method: "send_invoice",
    days_until_due: 30,
    due_date: null,
    period_start: null,
    period_end: null,
    subtotal_cents: 5000,
    discount_cents: 0,
    tax_cents: 0,
    total_cents: 5000,
    credit_applied_cents: 0,
    balance_applied_cents: 0,
    balance_returned_cents: 0,
    balance_entry_seq: null,
    amount_paid_cents: 0,
    amount_due_cents: 5000,
    payment_url: null,
    pdf_url: `${testPublicUrl}/v1/invoices/${id}/pdf`,
    next_collection_at: null,
    collection_attempts: 0,
    discounts: [],
    taxes: [],
    tax_treatment: "taxed",
    memo: null,
    finalized_at: null,
    paid_at: null,
    voided_at: null,
    metadata: {},
    created_at: "2026-03-10T12:00:00.000Z",
    updated_at: "2026-03-10T12:00:00.000Z",
  });
  const [{ id: lineId, ...first }] = line_items;
  assert.match(lineId, /^c[a-z0-9]{24}$/);
  assert.deepEqual(first, {
    type: "manual",
    description: "API calls — Jan 2024",
    quantity: "1",
    unit_amount_cents: 5000,
    unit_amount_decimal: "50",
    amount_cents: 5000,
    period_start: null,
    period_end: null,
    meter_code: null,
    details: null,
  });
  assert.deepEqual((await api.get(`/v1/invoices/${id}`)).body.invoice, answer.body.invoice);
});

test("a line is exact and rounded half up once, in the minor unit of its currency", async () => {
  const cases: [line: object, currency: string, cents: number, unitCents: number | null, unit: string][] = [
    [{ quantity: "3", unit_amount_decimal: "0.0275" }, "usd", 8, null, "0.0275"],
    [{ quantity: 1, unit_amount_decimal: "0.125" }, "usd", 13, null, "0.125"],
    [{ quantity: "2", unit_amount_decimal: "0.50" }, "usd", 100, 50, "0.5"],
    [{ unit_amount_cents: 500 }, "JPY", 500, 500, "500"],
    [{ unit_amount_cents: 1235 }, "kwd", 1235, 1235, "1.235"],
    [
      { quantity: "12345678901234567890.123456789", unit_amount_decimal: "0.0000000000001" },
      "usd",
      123456789,
      null,
      "0.0000000000001",
    ],
    [{ quantity: 1, unit_amount_cents: -70 }, "usd", -70, -70, "-0.7"],
  ];
  for (const [fields, currency_code, cents, unitCents, unit] of cases) {
    const { line_items, total_cents } = await draft({ currency_code, line_items: [{ description: "x", ...fields }] });
    const [{ amount_cents, unit_amount_cents, unit_amount_decimal }] = line_items;
    assert.deepEqual([amount_cents, total_cents], [cents, cents], JSON.stringify(fields));
    assert.deepEqual([unit_amount_cents, unit_amount_decimal], [unitCents, unit], JSON.stringify(fields));
  }
});

test("the currency is the one given, else the customer's, else the company's", async () => {
  const { id } = await newCustomer({ name: "Euro", currency_code: "eur" });
  assert.equal((await draft({ customer_id: id })).currency_code, "eur");
  assert.equal((await draft({ customer_id: id, currency_code: "CHF" })).currency_code, "chf");
  assert.equal((await draft()).currency_code, "usd");
});

test("what is wrong with a field is said at its path", async () => {
  const cases: [fields: object, path: string][] = [
    [{ customer_id: "x" }, "customer_id"],
    [{ collection_method: "pray" }, "collection_method"],
    [{ days_until_due: -1 }, "days_until_due"],
    [{ days_until_due: 366 }, "days_until_due"],
    [{ collection_method: "charge_automatically", days_until_due: 3 }, "days_until_due"],
    [{ currency_code: "xxx" }, "currency_code"],
    [{ memo: "" }, "memo"],
    [{ line_items: [line, { description: "x" }] }, "line_items.1"],
    [{ line_items: [{ ...line, unit_amount_decimal: "1" }] }, "line_items.0"],
    [{ line_items: [{ ...line, description: "" }] }, "line_items.0.description"],
    [{ line_items: [{ ...line, quantity: "-1" }] }, "line_items.0.quantity"],
    [{ line_items: [{ ...line, quantity: "many" }] }, "line_items.0.quantity"],
    [{ line_items: [{ ...line, unit_amount_cents: 1.5 }] }, "line_items.0.unit_amount_cents"],
    [{ line_items: [line, { ...line, quantity: "1e30" }] }, "line_items.1.quantity"],
    [{ line_items: Array.from({ length: 251 }, () => line) }, "line_items"],
    [
      { line_items: Array.from({ length: 10 }, () => ({ ...line, unit_amount_cents: 999_999_999_999_999 })) },
      "line_items",
    ],
  ];
  for (const [fields, path] of cases) {
    const answer = await api.post("/v1/invoices", { customer_id: customerId, line_items: [line], ...fields });
    assert.deepEqual(refusal(answer), [400, "VALIDATION_ERROR"], JSON.stringify(fields).slice(0, 200));
    assert.deepEqual(
      answer.body.error.details.map((each: { path: string }) => each.path),
      [path],
    );
  }
});

test("an unknown customer, and one of the other mode, is a 404", async () => {
  for (const answer of [
    await api.post("/v1/invoices", { customer_id: `c${"0".repeat(24)}` }),
    await live.post("/v1/invoices", { customer_id: customerId }),
  ])
    assert.deepEqual(refusal(answer), [404, "CUSTOMER_NOT_FOUND"]);
});

test("a draft is changed only where told, and null clears", async () => {
  const { id } = await draft({ memo: "Thank you", metadata: { po: "7" }, days_until_due: 14 });
  const patch = async (fields: object) => (await api.patch(`/v1/invoices/${id}`, fields)).body.invoice;
  assert.deepEqual(await patch({}), (await api.get(`/v1/invoices/${id}`)).body.invoice);
  assert.equal((await patch({ memo: null })).memo, null);
  const charged = await patch({ collection_method: "charge_automatically" });
  assert.deepEqual([charged.collection_method, charged.days_until_due], ["charge_automatically", null]);
  const refused = await api.patch(`/v1/invoices/${id}`, { days_until_due: 3 });
  assert.deepEqual(refusal(refused), [400, "VALIDATION_ERROR"]);
  const sent = await patch({ collection_method: "send_invoice", metadata: { po: "8" } });
  assert.deepEqual([sent.days_until_due, sent.metadata], [30, { po: "8" }]);
});

test("lines are added at the end, changed and removed, and the totals follow", async () => {
  const { id } = await draft();
  const add = await api.post(`/v1/invoices/${id}/line-items`, {
    description: "Support",
    unit_amount_decimal: "12.345",
  });
  assert.equal(add.status, 201);
  const [first, second] = add.body.invoice.line_items;
  assert.deepEqual([first.description, second.description, second.quantity], ["API calls", "Support", "1"]);
  assert.deepEqual([second.amount_cents, add.body.invoice.total_cents], [1235, 6235]);

  const path = `/v1/invoices/${id}/line-items/${second.id}`;
  const doubled = await api.patch(path, { quantity: "2" });
  assert.deepEqual([doubled.body.invoice.line_items[1].amount_cents, doubled.body.invoice.total_cents], [2469, 7469]);
  const renamed = await api.patch(path, { description: "Premium support" });
  assert.deepEqual(
    [renamed.body.invoice.line_items[1].description, renamed.body.invoice.total_cents],
    ["Premium support", 7469],
  );
  assert.deepEqual(refusal(await api.patch(path, { unit_amount_cents: 1, unit_amount_decimal: "1" })), [
    400,
    "VALIDATION_ERROR",
  ]);

  const removed = await api.delete(`/v1/invoices/${id}/line-items/${first.id}`);
  assert.deepEqual(
    [removed.status, removed.body.invoice.line_items.length, removed.body.invoice.total_cents],
    [200, 1, 2469],
  );
  assert.deepEqual((await api.get(`/v1/invoices/${id}`)).body.invoice, removed.body.invoice);
  for (const answer of [
    await api.delete(`/v1/invoices/${id}/line-items/${first.id}`),
    await api.patch(`/v1/invoices/${id}/line-items/x`, {}),
  ])
    assert.deepEqual(refusal(answer), [404, "LINE_ITEM_NOT_FOUND"]);
});

test("finalizing gives the next number and the due date, and what is final never changes", async () => {
  const before = await draft({ days_until_due: 10 });
  const open = await moved(before.id, "finalize");
  assert.match(open.number, /^INV-\d{6}$/);
  assert.deepEqual(
    [open.status, open.finalized_at, open.due_date, open.amount_due_cents],
    ["open", "2026-03-10T12:00:00.000Z", "2026-03-20T12:00:00.000Z", 5000],
  );
  const path = `/v1/invoices/${before.id}`;
  for (const answer of [
    await move(before.id, "finalize"),
    await api.patch(path, { memo: "Late" }),
    await api.delete(path),
    await api.post(`${path}/line-items`, line),
    await api.patch(`${path}/line-items/${before.line_items[0].id}`, { quantity: 2 }),
    await api.delete(`${path}/line-items/${before.line_items[0].id}`),
  ])
    assert.deepEqual(refusal(answer), [409, "INVOICE_NOT_DRAFT"]);
  assert.deepEqual((await api.get(path)).body.invoice, open);
});

test("what cannot be asked of anybody is not finalized, and takes no number", async () => {
  const empty = await draft({ line_items: [] });
  assert.deepEqual(refusal(await move(empty.id, "finalize")), [409, "INVOICE_EMPTY"]);
  const negative = await draft({ line_items: [{ ...line, unit_amount_cents: -1 }] });
  assert.deepEqual(refusal(await move(negative.id, "finalize")), [409, "INVOICE_TOTAL_NEGATIVE"]);
  const [first, second] = [await moved((await draft()).id, "finalize"), await moved((await draft()).id, "finalize")];
  assert.equal(numberOf(second) - numberOf(first), 1);
});

test("an invoice that comes to nothing is paid as it is finalized", async () => {
  const { id } = await draft({ line_items: [{ ...line, unit_amount_cents: 0 }] });
  const { status, paid_at, amount_due_cents } = await moved(id, "finalize");
  assert.deepEqual([status, paid_at, amount_due_cents], ["paid", "2026-03-10T12:00:00.000Z", 0]);
});

test("each move is possible from some statuses and a 409 from the others", async () => {
  const states: Record<string, string[]> = {
    draft: [],
    open: ["finalize"],
    paid: ["finalize", "mark-paid"],
    void: ["finalize", "void"],
    uncollectible: ["finalize", "mark-uncollectible"],
  };
  const allowed: Record<string, string[]> = {
    finalize: ["draft"],
    void: ["open", "uncollectible"],
    "mark-paid": ["open", "uncollectible"],
    "mark-uncollectible": ["open"],
  };
  for (const [status, way] of Object.entries(states)) {
    for (const [verb, from] of Object.entries(allowed)) {
      const { id } = await draft();
      for (const step of way) await moved(id, step);
      const before = (await api.get(`/v1/invoices/${id}`)).body.invoice;
      assert.equal(before.status, status);
      const answer = await move(id, verb);
      if (from.includes(status)) {
        assert.equal(answer.status, 200, `${verb} of ${status}: ${answer.text}`);
        continue;
      }
      assert.deepEqual(
        refusal(answer),
        [409, verb === "finalize" ? "INVOICE_NOT_DRAFT" : "INVOICE_NOT_OPEN"],
        `${verb} of ${status}`,
      );
      assert.deepEqual((await api.get(`/v1/invoices/${id}`)).body.invoice, before);
    }
  }
});

test("a paid invoice has nothing due, a void one neither, and one given up still has", async () => {
  const [a, b, c] = [await draft(), await draft(), await draft()];
  for (const { id } of [a, b, c]) await moved(id, "finalize");
  const paid = await moved(a.id, "mark-paid");
  assert.deepEqual(
    [paid.amount_paid_cents, paid.amount_due_cents, paid.paid_at],
    [5000, 0, "2026-03-10T12:00:00.000Z"],
  );
  const voided = await moved(b.id, "void");
  assert.deepEqual(
    [voided.amount_due_cents, voided.voided_at, voided.number !== null],
    [0, "2026-03-10T12:00:00.000Z", true],
  );
  const given = await moved(c.id, "mark-uncollectible");
  assert.deepEqual([given.status, given.amount_due_cents], ["uncollectible", 5000]);
});

test("a thousand drafts finalized at once get a thousand numbers in a row", async () => {
  const customers = await Promise.all(Array.from({ length: 10 }, (_, index) => newCustomer({ name: `C${index}` })));
  const drafts: { id: string }[] = [];
  for (let round = 0; round < 100; round++)
    drafts.push(...(await Promise.all(customers.map(({ id }) => draft({ customer_id: id })))));
  // On a machine that is busy some are told to come back, as their clients then do; no number may be lost by that.
  const finalize = async (id: string): Promise<Awaited<ReturnType<typeof moved>>> => {
    const answer = await move(id, "finalize");
    if (answer.status === 503) return finalize(id);
    assert.equal(answer.status, 200, answer.text);
    return answer.body.invoice;
  };
  const finalized = await Promise.all(drafts.map(({ id }) => finalize(id)));
  const numbers = finalized.map(numberOf).toSorted((x, y) => x - y);
  const first = numbers[0] as number;
  assert.deepEqual(
    numbers,
    Array.from({ length: 1_000 }, (_, index) => first + index),
  );
});

test("an invoice finalized by two at once is finalized once", async () => {
  const { id } = await draft();
  const answers = await Promise.all([move(id, "finalize"), move(id, "finalize"), move(id, "finalize")]);
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((x, y) => x - y),
    [200, 409, 409],
  );
});

test("each mode has numbers of its own", async () => {
  const { customer } = (await live.post("/v1/customers", { name: "Live" })).body;
  const { invoice } = (await live.post("/v1/invoices", { customer_id: customer.id, line_items: [line] })).body;
  const { body } = await live.post(`/v1/invoices/${invoice.id}/finalize`);
  assert.equal(body.invoice.number, "INV-000001");
});

test("a draft can be deleted, and is gone", async () => {
  const { id } = await draft();
  const answer = await api.delete(`/v1/invoices/${id}`);
  assert.deepEqual([answer.status, answer.body.id, answer.body.deleted], [200, id, true]);
  for (const again of [
    await api.get(`/v1/invoices/${id}`),
    await api.delete(`/v1/invoices/${id}`),
    await api.get("/v1/invoices/x"),
  ])
    assert.deepEqual(refusal(again), [404, "INVOICE_NOT_FOUND"]);
});

test("a customer with drafts is deleted with them; one with a final invoice stays", async () => {
  const { id } = await newCustomer({ name: "Leaving" });
  const { id: invoiceId } = await draft({ customer_id: id });
  assert.equal((await api.delete(`/v1/customers/${id}`)).status, 200);
  assert.equal((await api.get(`/v1/invoices/${invoiceId}`)).status, 404);

  const { id: staying } = await newCustomer({ name: "Staying" });
  const { id: final } = await draft({ customer_id: staying });
  await moved(final, "finalize");
  await moved(final, "void");
  assert.deepEqual(refusal(await api.delete(`/v1/customers/${staying}`)), [409, "CUSTOMER_HAS_INVOICES"]);
  assert.equal((await api.get(`/v1/invoices/${final}`)).body.invoice.status, "void");
});

test("invoices are listed newest first, by customer and status, page by page", async () => {
  const { id } = await newCustomer({ name: "Lister" });
  const made: string[] = [];
  for (let index = 0; index < 3; index++) {
    clock.advance(1_000);
    made.unshift((await draft({ customer_id: id, memo: `${index}` })).id);
  }
  await moved(made[1] as string, "finalize");
  const list = async (query: string) => (await api.get(`/v1/invoices?customer_id=${id}${query}`)).body;
  const idsOf = (body: { invoices: { id: string }[] }) => body.invoices.map((invoice) => invoice.id);
  const all = await list("");
  assert.deepEqual(idsOf(all), made);
  assert.deepEqual(all.invoices[0].line_items[0].amount_cents, 5000);
  assert.deepEqual(idsOf(await list("&status=open")), [made[1]]);
  assert.deepEqual(idsOf(await list("&status=draft")), [made[0], made[2]]);
  const first = await list("&limit=2");
  assert.deepEqual([idsOf(first), first.pagination.has_more], [made.slice(0, 2), true]);
  const second = await list(`&limit=2&cursor=${first.pagination.next_cursor}`);
  assert.deepEqual([idsOf(second), second.pagination], [made.slice(2), { has_more: false, next_cursor: null }]);
  assert.equal((await api.get("/v1/invoices?status=lost")).status, 400);
});

test("overdue are the open invoices whose due date has gone by, and no others", async () => {
  const { id } = await newCustomer({ name: "Late payer" });
  const due = async (days_until_due: number) => {
    const { id: made } = await draft({ customer_id: id, days_until_due });
    return (await moved(made, "finalize")).id;
  };
  const list = async (query: string) => {
    const { invoices } = (await api.get(`/v1/invoices?customer_id=${id}${query}`)).body;
    return invoices.map((invoice: { id: string }) => invoice.id);
  };
  const paid = await due(1);
  const first = await due(1);
  const later = await due(2);
  clock.advance(1);
  const second = await due(1);
  await draft({ customer_id: id, days_until_due: 1 });
  await moved(paid, "mark-paid");
  clock.advance(86_400_000 - 1);
  assert.deepEqual(await list("&overdue=true"), [], "an invoice is not overdue at the very instant at which it is due");
  clock.advance(1);
  assert.deepEqual(await list("&overdue=true"), [first]);
  clock.advance(86_400_000);
  assert.deepEqual(await list("&overdue=true"), [second, later, first]);
  assert.deepEqual(await list("&overdue=true&limit=1"), [second]);
  assert.deepEqual(await list("&overdue=true&status=paid"), []);
  assert.equal((await list("&overdue=false")).length, 5);
  assert.deepEqual(refusal(await api.get("/v1/invoices?overdue=yes")), [400, "VALIDATION_ERROR"]);
});

test("a repeat with the same Idempotency-Key finalizes nothing twice and gets the first answer", async () => {
  const { id } = await draft();
  const headers = { "idempotency-key": "finalize once" };
  const first = await api.post(`/v1/invoices/${id}/finalize`, undefined, headers);
  const again = await api.post(`/v1/invoices/${id}/finalize`, undefined, headers);
  assert.deepEqual([again.status, again.text, again.headers["idempotency-replayed"]], [200, first.text, "true"]);
});

test("law: total = sum of the lines, and paid + credit + due = total, whatever is done with an invoice", async () => {
  const cents = fc.integer({ min: -1_000, max: 100_000 });
  const quantity = fc
    .integer({ min: 0, max: 5_000 })
    .map((n) => `${Math.floor(n / 100)}.${String(n % 100).padStart(2, "0")}`);
  const newLine = fc.record({ description: fc.constant("x"), quantity, unit_amount_cents: cents });
  const step = fc.oneof(
    fc.record({ do: fc.constant("add" as const), line: newLine }),
    fc.record({ do: fc.constant("change" as const), at: fc.nat(5), quantity }),
    fc.record({ do: fc.constant("remove" as const), at: fc.nat(5) }),
    fc.record({
      do: fc.constantFrom("finalize" as const, "void" as const, "mark-paid" as const, "mark-uncollectible" as const),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(newLine, { maxLength: 4 }), fc.array(step, { maxLength: 8 }), async (lines, steps) => {
      let invoice = await draft({ line_items: lines });
      for (const each of steps) {
        const lineId = "at" in each ? invoice.line_items[each.at]?.id : undefined;
        const path = `/v1/invoices/${invoice.id}`;
        if (each.do === "add") await api.post(`${path}/line-items`, each.line);
        else if (each.do === "change") await api.patch(`${path}/line-items/${lineId}`, { quantity: each.quantity });
        else if (each.do === "remove") await api.delete(`${path}/line-items/${lineId}`);
        else await move(invoice.id, each.do);
        ({ invoice } = (await api.get(path)).body);
        const sum = invoice.line_items.reduce(
          (total: number, item: { amount_cents: number }) => total + item.amount_cents,
          0,
        );
        assert.equal(invoice.total_cents, sum);
        const { amount_paid_cents, credit_applied_cents, amount_due_cents } = invoice;
        const accounted = amount_paid_cents + credit_applied_cents + amount_due_cents;
        assert.equal(accounted, invoice.status === "void" ? 0 : invoice.total_cents);
      }
    }),
    { numRuns: 40 },
  );
});

function numberOf({ number }: { number: string }): number {
  return Number.parseInt(number.slice("INV-".length), 10);
}

test("the prefix of numbers is the company's, in each mode; counting goes on without a gap", async () => {
  const before = (await moved((await draft()).id, "finalize")).number;
  const after = String(Number(before.split("-").at(-1)) + 1).padStart(6, "0");
  for (const prefix of ["", "-A", "A B", "ABCDEFGHIJKLM", "Ä-"]) {
    const refused = await api.patch("/v1/company", { invoice_prefix: prefix });
    assert.equal(refused.body.error.details[0].path, "invoice_prefix");
  }
  const { company } = (await api.patch("/v1/company", { invoice_prefix: "2026/A-", credit_note_prefix: "GS-" })).body;
  assert.deepEqual([company.invoice_prefix, company.credit_note_prefix], ["2026/A-", "GS-"]);
  const { id, number } = await moved((await draft()).id, "finalize");
  assert.equal(number, `2026/A-${after}`);
  const { credit_note } = (await api.post("/v1/credit-notes", { invoice_id: id })).body;
  assert.match(credit_note.number, /^GS-\d{6}$/);
  assert.equal((await live.get("/v1/company")).body.company.invoice_prefix, "INV-");
});
