import assert from "node:assert/strict";
import { test } from "node:test";
import { createCollecting } from "../app.ts";
import { readConfig } from "../config.ts";
import { createCatalogReader } from "../catalog/catalog.ts";
import { collectDueInvoices, settleWaiting } from "../payments/payments.ts";
import { sql } from "../platform/db.ts";
import { startTestApp, testPublicUrl, type Api } from "../../test/harness.ts";
import { startMailServer } from "../../test/mail-server.ts";
import { sendMails, type MailTransport } from "./mail.ts";

const start = "2026-03-10T09:00:00.000Z";
const { database, clock, test: tried, live: api } = await startTestApp({ now: start, companyName: "Acme & Sons" });
const collecting = createCollecting(database, createCatalogReader(clock), testPublicUrl);
const minute = 60_000;

const send = (transport: MailTransport | null) => sendMails(database, { transport, publicUrl: testPublicUrl }, clock);

/** What the job does every half second. */
async function collectAt(instant: string): Promise<void> {
  clock.set(instant);
  const collected = await collectDueInvoices(database, collecting, clock.now());
  const settled = await settleWaiting(database, collecting, clock.now());
  assert.deepEqual([...collected.failures, ...settled.failures], []);
}

async function customer(fields: object = {}, by: Api = api): Promise<string> {
  return (await by.post("/v1/customers", { name: "Ada", email: "ada@example.com", ...fields })).body.customer.id;
}

async function openInvoice(customerId: string, fields: object = {}, by: Api = api) {
  const line_items = [{ description: "Work", quantity: 1, unit_amount_cents: 123_456 }];
  const { invoice } = (await by.post("/v1/invoices", { customer_id: customerId, line_items, ...fields })).body;
  const answer = await by.post(`/v1/invoices/${invoice.id}/finalize`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body.invoice;
}

async function mailsOf(customerId: string, by: Api = api) {
  return (await by.get(`/v1/mails?customer_id=${customerId}`)).body.mails;
}
const templatesOf = async (customerId: string, by: Api = api) =>
  (await mailsOf(customerId, by)).map(({ template }: { template: string }) => template).toReversed();
const mailOf = async (id: string, by: Api = api) => (await by.get(`/v1/mails/${id}`)).body.mail;

test("a finalized invoice is mailed with what is due, its day in the customer's timezone, and its page", async () => {
  const { received, transport } = await startMailServer();
  clock.set("2026-03-10T23:30:00.000Z");
  const id = await customer({ timezone: "Asia/Tokyo" });
  const invoice = await openInvoice(id, { days_until_due: 10 });
  const [waiting] = await mailsOf(id);
  assert.equal(waiting.status, "waiting");
  assert.equal((await send(transport)).sent, 1);
  assert.equal((await send(transport)).sent, 0);
  const [sent] = await mailsOf(id);
  assert.deepEqual([sent.status, sent.attempts, sent.sent_at], ["sent", 1, clock.now().toISOString()]);
  const { subject, text } = await mailOf(sent.id);
  assert.equal(subject, `Invoice ${invoice.number} from Acme & Sons: 1,234.56 USD`);
  assert.match(text, /Amount due: 1,234\.56 USD\nDue on: 21 March 2026/);
  assert.ok(text.includes(invoice.payment_url));
  const [mail] = received as [(typeof received)[0]];
  assert.deepEqual([mail.from, mail.to], ["billing@acme.example", ["ada@example.com"]]);
  assert.match(mail.source, new RegExp(`^Message-ID: <${sent.id}@acme\\.example>\r$`, "m"));
  assert.match(mail.source, /^From: "?Acme & Sons"? <billing@acme\.example>\r$/m);
  assert.match(mail.source, /^Content-Type: text\/plain/m);
  assert.match(mail.source, /^Content-Type: text\/html/m);
});

test("who is asked for money by mail: reminded before an invoice is due and when it is not paid, and thanked", async () => {
  clock.set(start);
  const id = await customer();
  const invoice = await openInvoice(id, { days_until_due: 10 });
  assert.equal(invoice.next_collection_at, "2026-03-17T09:00:00.000Z");
  for (const date of ["16", "17", "17", "20", "21"]) await collectAt(`2026-03-${date}T09:00:00.000Z`);
  assert.deepEqual(await templatesOf(id), ["invoice_issued", "invoice_due_soon", "invoice_overdue", "invoice_overdue"]);
  await api.post(`/v1/invoices/${invoice.id}/payments`, { amount_cents: 123_456 });
  await collectAt("2026-04-30T09:00:00.000Z");
  const templates = await templatesOf(id);
  assert.equal(templates.at(-1), "payment_receipt");
  assert.equal(templates.length, 5);
});

test("nobody is reminded where a company wants none, or where the days before have gone already", async () => {
  clock.set(start);
  const soon = await openInvoice(await customer(), { days_until_due: 2 });
  assert.equal(soon.next_collection_at, soon.due_date);
  await api.patch("/v1/company", { invoice_reminder_days: 0 });
  const never = await openInvoice(await customer(), { days_until_due: 10 });
  assert.equal(never.next_collection_at, never.due_date);
  await api.patch("/v1/company", { invoice_reminder_days: 3 });
});

test("a declined card is mailed with when it is tried next, and a refund with what goes back", async () => {
  clock.set(start);
  const id = await customer({}, tried);
  const save = (number: string) =>
    tried.post(`/v1/customers/${id}/payment-methods`, { card: { number, expires_month: 12, expires_year: 2030 } });
  await save("4000000000000002");
  const invoice = await openInvoice(id, { collection_method: "charge_automatically" }, tried);
  await collectAt("2026-03-10T09:00:00.000Z");
  const [declined] = await mailsOf(id, tried);
  assert.equal(declined.template, "payment_failed");
  const { text } = await mailOf(declined.id, tried);
  assert.match(text, /We will try it again on 11 March 2026/);
  assert.ok(text.includes(invoice.payment_url));
  await save("4242424242424242");
  await collectAt("2026-03-11T09:00:00.000Z");
  const [payment] = (await tried.get(`/v1/payments?invoice_id=${invoice.id}&status=succeeded`)).body.payments;
  await tried.post(`/v1/payments/${payment.id}/refunds`, { amount_cents: 1_000, reason: "Too much" });
  await collectAt("2026-03-11T09:00:01.000Z");
  assert.deepEqual(await templatesOf(id, tried), ["payment_failed", "payment_receipt", "refund_sent"]);
  const [refund] = await mailsOf(id, tried);
  assert.match((await mailOf(refund.id, tried)).text, /Amount refunded: 10\.00 USD\nReason: Too much/);
});

test("test mode keeps its mails, also once they are on", async () => {
  clock.set(start);
  const { received, transport } = await startMailServer();
  await send(null);
  const id = await customer({}, tried);
  await openInvoice(id, {}, tried);
  await tried.patch("/v1/company", { mails: "on" });
  await send(transport);
  assert.deepEqual(received, []);
  assert.equal((await mailsOf(id, tried))[0].status, "kept");
  await openInvoice(id, {}, tried);
  await send(transport);
  assert.equal(received.length, 1);
  await tried.patch("/v1/company", { mails: "off" });
});

test("without a mail server mails are kept, and can be sent when there is one", async () => {
  const id = await customer();
  await openInvoice(id);
  await send(null);
  const [kept] = await mailsOf(id);
  assert.equal(kept.status, "kept");
  const { received, transport } = await startMailServer();
  await send(transport);
  assert.equal(received.length, 0);
  await api.patch(`/v1/customers/${id}`, { email: "lovelace@example.com" });
  const again = await api.post(`/v1/mails/${kept.id}/resend`);
  assert.equal(again.status, 201, again.text);
  assert.notEqual(again.body.mail.id, kept.id);
  await send(transport);
  assert.deepEqual(received[0]?.to, ["lovelace@example.com"]);
  await api.patch(`/v1/customers/${id}`, { email: null });
  const refused = await api.post(`/v1/mails/${kept.id}/resend`);
  assert.deepEqual([refused.status, refused.body.error.code], [409, "MAIL_ADDRESS_MISSING"]);
});

test("a customer without an address gets no mail", async () => {
  const id = await customer({ email: null });
  await openInvoice(id);
  assert.deepEqual(await mailsOf(id), []);
});

test("a mail server that is away is tried again, later each time, and given up after three days", async () => {
  clock.set(start);
  const away = await startMailServer();
  await away.stop();
  const transport = away.transport;
  const id = await customer();
  await openInvoice(id);
  assert.equal((await send(transport)).failures.length, 1);
  assert.equal((await send(transport)).failures.length, 0, "not before its next try");
  const [waiting] = await mailsOf(id);
  assert.deepEqual([waiting.status, waiting.attempts], ["waiting", 1]);
  assert.notEqual(waiting.last_error, null);
  for (let wait = 1; wait <= 2 ** 10; wait *= 2) {
    clock.advance(wait * minute);
    assert.equal((await send(transport)).failures.length, 1, `after ${wait} more minutes`);
  }
  const [failed] = await mailsOf(id);
  assert.deepEqual([failed.status, failed.attempts], ["failed", 12]);
});

test("a refused address is not tried again, and does not hold up the others", async () => {
  clock.set(start);
  const { received, transport } = await startMailServer((address, _session, done) =>
    address.address.startsWith("nobody")
      ? done(Object.assign(new Error("no such user"), { responseCode: 550 }))
      : done(),
  );
  const refused = await customer({ email: "nobody@example.com" });
  await openInvoice(refused);
  await openInvoice(await customer());
  await send(transport);
  assert.equal(received.length, 1);
  assert.equal((await mailsOf(refused))[0].status, "failed");
});

test("several processes send each mail once; one that dies before it writes so down has it sent again with the same Message-ID", async () => {
  clock.set(start);
  const { received, transport } = await startMailServer();
  const ids = new Set<string>();
  for (let count = 0; count < 5; count++) {
    const id = await customer();
    await openInvoice(id);
    ids.add((await mailsOf(id))[0].id);
  }
  await Promise.all([send(transport), send(transport), send(transport)]);
  const messageIds = () => received.map(({ source }) => /^Message-ID: <([^@]+)@/m.exec(source)?.[1] as string);
  assert.deepEqual(new Set(messageIds()), ids);
  assert.equal(received.length, 5);
  const [first] = [...ids];
  await database.query(
    sql`update customer_mails set status = 'waiting', sent_at = null, send_at = ${clock.now()} where mail_id = ${first}`,
  );
  await send(transport);
  assert.equal(messageIds().filter((id) => id === first).length, 2);
});

test("nothing that anybody typed is markup in a mail, nor writes lines of its own", async () => {
  clock.set(start);
  const { received, transport } = await startMailServer();
  const evil = `<img src=x onerror="alert('1')">\r\nBcc: eve@example.com & Co`;
  const fields = { name: evil, first_name: evil, last_name: evil, external_id: evil, metadata: { note: "x" } };
  await database.query(sql`update companies set name = ${evil}`);
  const id = await customer(fields);
  const invoice = await openInvoice(id, { memo: evil });
  await api.post(`/v1/invoices/${invoice.id}/payments`, { amount_cents: 123_456, reference: "x" });
  const [payment] = (await api.get(`/v1/payments?invoice_id=${invoice.id}`)).body.payments;
  const refund = await api.post(`/v1/payments/${payment.id}/refunds`, { reason: evil });
  assert.ok(refund.status < 300, refund.text);
  await send(transport);
  const mails = await mailsOf(id);
  assert.equal(mails.length, 3);
  for (const { id: mailId } of mails) {
    const { html, text, subject } = await mailOf(mailId);
    assert.doesNotMatch(html, /<img|<script|onerror="/);
    assert.doesNotMatch(html, /<[^>]*\s(?:src|background)=|url\(|@import/);
    assert.doesNotMatch(`${subject}\n${text}`, /^Bcc:/m);
  }
  for (const { to, source } of received) {
    assert.deepEqual(to, ["ada@example.com"]);
    assert.doesNotMatch(source.slice(0, source.indexOf("\r\n\r\n")), /^Bcc:/m);
  }
  await database.query(sql`update companies set name = 'Acme & Sons'`);
});

test("a mail server that is not named rightly is refused at the start, without its password", () => {
  const SMTP_URL = "smtp://user:secret@mail.example.com:587";
  assert.equal(readConfig({}).mail, null);
  assert.deepEqual(readConfig({ SMTP_URL, MAIL_FROM: "billing@example.com" }).mail, {
    smtpUrl: SMTP_URL,
    from: "billing@example.com",
  });
  for (const MAIL_FROM of [undefined, "", "Acme <billing@example.com>", "a@example.com, b@example.com"])
    assert.throws(() => readConfig({ SMTP_URL, MAIL_FROM }), /^Error: MAIL_FROM must be/);
  const wrong = { SMTP_URL: SMTP_URL.replace("smtp", "http"), MAIL_FROM: "billing@example.com" };
  assert.throws(() => readConfig(wrong), /^Error: SMTP_URL must be an address like smtp:\/\/user:password@/);
});
