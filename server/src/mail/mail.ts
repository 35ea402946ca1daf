import { BillingError } from "../../../core/errors.ts";
import { customerKey, getCustomer, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database, Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { writeLetter, type Letter } from "./layout.ts";
import type { MailRow } from "./schema.ts";
import * as rows from "./sql.ts";
import type { MailContent } from "./templates.ts";
import { isRefusal, type MailTransport } from "./transport.ts";

export type { MailContent } from "./templates.ts";
export { writePasswordReset } from "./layout.ts";
export { createTransportTo, type MailSettings, type MailTransport } from "./transport.ts";

/** A mail to a customer, who gets none without an address. */
export type CustomerMail = { key: CustomerKey; content: MailContent };

/** Sends the rows of mails, in the transaction of what they tell of: they are sent if that is committed, and only then. */
export function writeMails(tx: Transaction, mails: CustomerMail[], now: Date): void {
  if (mails.length === 0) return;
  rows.insertMails(
    tx,
    mails.map((mail) => ({ ...mail, mailId: createId(now) })),
    now,
  );
}

export async function listMails(
  db: Queryable,
  tenant: Tenant,
  filter: rows.MailFilter,
  page: { after: string | null; limit: number },
): Promise<Page<MailRow>> {
  const found = await rows.listMails(db, tenant.id, filter, { after: page.after, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.mail_id);
}

/** @throws MAIL_NOT_FOUND */
export async function getMail(db: Queryable, tenant: Tenant, id: string): Promise<MailRow> {
  const row = await rows.findMail(db, tenant.id, id);
  if (row === null) throw new BillingError("MAIL_NOT_FOUND");
  return row;
}

/**
 * The same once more, as a mail of its own, to the address that the customer has now.
 * @throws MAIL_NOT_FOUND, MAIL_ADDRESS_MISSING
 */
export async function resendMail(tx: Transaction, tenant: Tenant, id: string, now: Date): Promise<MailRow> {
  const { customer_id, content } = await getMail(tx, tenant, id);
  if ((await getCustomer(tx, tenant, customer_id)).email === null) throw new BillingError("MAIL_ADDRESS_MISSING");
  const mailId = createId(now);
  rows.insertMails(tx, [{ key: customerKey(tenant, customer_id), mailId, content }], now);
  return getMail(tx, tenant, mailId);
}

/** The mail in words: as it was sent, or as it would be now. */
export function letterOf(mail: MailRow, publicUrl: string): Letter {
  if (mail.subject !== null && mail.text_body !== null && mail.html_body !== null)
    return { subject: mail.subject, text: mail.text_body, html: mail.html_body };
  return writeLetter(mail.content, { senderName: mail.sender_name, timezone: mail.timezone, publicUrl });
}

const mailsAtATime = 20;
/** With the waits between them, these come to about three days. */
const mostAttempts = 12;

export type MailRun = { sent: number; failures: { mailId: string; error: unknown }[] };

/**
 * Sends what is due; without a mail server (`transport` null) it is kept. Safe to run in several processes at once: each takes other
 * mails. A process that is killed between sending a mail and writing so down has it sent again, with the same Message-ID.
 */
export async function sendMails(
  database: Database,
  of: { transport: MailTransport | null; publicUrl: string },
  clock: Clock,
): Promise<MailRun> {
  const run: MailRun = { sent: 0, failures: [] };
  for (const due of await rows.findMailsToSend(database, clock.now(), mailsAtATime)) {
    const mail = await rows.claimMail(database, due, clock.now());
    if (mail === null) continue;
    const letter = letterOf(mail, of.publicUrl);
    if (of.transport === null) {
      await rows.endMail(database, mail, { status: "kept", letter }, clock.now());
      continue;
    }
    const failure = await failureOf(of.transport, mail, letter);
    if (failure === null) {
      await rows.endMail(database, mail, { status: "sent", letter }, clock.now());
      run.sent += 1;
      continue;
    }
    run.failures.push({ mailId: mail.mail_id, error: failure });
    const isFinal = isRefusal(failure) || mail.attempts >= mostAttempts;
    await rows.noteFailure(database, mail, { letter, message: failure.message.slice(0, 500), isFinal });
    // A mail server that is away is not asked for each of them.
    if (!isRefusal(failure)) break;
  }
  return run;
}

async function failureOf(transport: MailTransport, mail: MailRow, letter: Letter): Promise<Error | null> {
  const { mail_id: messageId, sender_name: senderName, recipient } = mail;
  try {
    await transport.send({ ...letter, messageId, senderName, recipient });
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Deletes what was written to a customer, sent or not. */
export async function eraseMails(tx: Transaction, key: CustomerKey): Promise<void> {
  await rows.deleteMails(tx, key);
}
