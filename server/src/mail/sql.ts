import { ofCustomers, type CustomerKey } from "../customers/customers.ts";
import { allOf, asRows, sql, type Queryable, type Transaction } from "../platform/db.ts";
import type { Letter } from "./layout.ts";
import type { MailRow } from "./schema.ts";

const columns = sql`customer_id, mail_id, template, content, recipient, sender_name, timezone, status, subject, text_body, html_body,
  attempts, send_at, last_error, created_at, sent_at`;

export type NewMail = { key: CustomerKey; mailId: string; content: MailRow["content"] };

/**
 * Writes mails to those of the customers who have an address, as they and the company are called now. Guarantee: one whose tenant has
 * mails off never leaves the house.
 */
export function insertMails(tx: Transaction, mails: NewMail[], now: Date): void {
  tx.send(
    sql`insert into customer_mails (tenant_id, bucket, customer_id, mail_id, template, content, recipient, sender_name, timezone, status,
          send_at, created_at)
        select mail.tenant_id, mail.bucket, mail.customer_id, mail.mail_id, mail.template, mail.content, customers.email, companies.name,
          customers.timezone, case tenants.mails when 'on' then 'waiting' else 'kept' end,
          case tenants.mails when 'on' then ${now}::timestamptz end, ${now}
        from ${asRows(sql`customer_mails`, mails.map(toRecord))} as mail
        join customers using (tenant_id, bucket, customer_id)
        join tenants using (tenant_id)
        join companies using (company_id)
        where customers.email is not null`,
  );
}

function toRecord({ key, mailId, content }: NewMail) {
  const { tenantId, bucket, customerId } = key;
  return {
    tenant_id: tenantId,
    bucket,
    customer_id: customerId,
    mail_id: mailId,
    template: content.template,
    content,
  };
}

export type MailFilter = { customer: CustomerKey | null; status: MailRow["status"] | null };

/** Newest first, from just below the id `after`. */
export async function listMails(
  db: Queryable,
  tenantId: number,
  filter: MailFilter,
  page: { after: string | null; limit: number },
): Promise<MailRow[]> {
  const conditions = [
    ...(filter.customer === null ? [] : [ofCustomers([filter.customer])]),
    ...(filter.status === null ? [] : [sql`status = ${filter.status}`]),
    ...(page.after === null ? [] : [sql`mail_id < ${page.after}`]),
  ];
  return db.query<MailRow>(
    sql`select ${columns} from customer_mails
        where tenant_id = ${tenantId} and ${allOf(conditions)}
        order by mail_id desc
        limit ${page.limit}`,
  );
}

export async function findMail(db: Queryable, tenantId: number, id: string): Promise<MailRow | null> {
  const [row] = await db.query<MailRow>(
    sql`select ${columns} from customer_mails where tenant_id = ${tenantId} and mail_id = ${id}`,
  );
  return row ?? null;
}

export type WaitingMail = MailRow & { tenant_id: number; bucket: number };

/** One that was never tried is due, also if it was written at the time of a test clock: mail goes in real time. */
const isTime = (now: Date) => sql`(send_at <= ${now} or attempts = 0)`;

/** For so long nobody else takes a mail that somebody has taken; each time twice as long, up to 18 hours. */
const nextTry = (now: Date) => sql`${now}::timestamptz + least(1080, 2 ^ least(attempts, 20)) * interval '1 minute'`;

/** Mails to be sent by `now`, those first that have waited longest. */
export async function findMailsToSend(db: Queryable, now: Date, limit: number): Promise<At[]> {
  return db.query<At>(
    sql`select tenant_id, bucket, customer_id, mail_id from customer_mails
        where send_at is not null and ${isTime(now)}
        order by send_at, mail_id
        limit ${limit}`,
  );
}

/** Takes a mail to send. Guarantee: whoever takes it too before its next try gets null. */
export async function claimMail(db: Queryable, mail: At, now: Date): Promise<WaitingMail | null> {
  const [row] = await db.query<WaitingMail>(
    sql`update customer_mails set send_at = ${nextTry(now)}, attempts = attempts + 1
        where ${at(mail)} and send_at is not null and ${isTime(now)}
        returning tenant_id, bucket, ${columns}`,
  );
  return row ?? null;
}

type At = Pick<WaitingMail, "tenant_id" | "bucket" | "customer_id" | "mail_id">;

const at = (mail: At) =>
  sql`tenant_id = ${mail.tenant_id} and bucket = ${mail.bucket} and customer_id = ${mail.customer_id} and mail_id = ${mail.mail_id}`;

/** Keeps the mail as it was worded: sent, or not to be sent. */
export async function endMail(
  db: Queryable,
  mail: At,
  of: { status: "sent" | "kept"; letter: Letter },
  now: Date,
): Promise<void> {
  const { status, letter } = of;
  await db.query(
    sql`update customer_mails set status = ${status}, send_at = null, sent_at = ${status === "sent" ? now : null}, last_error = null,
          subject = ${letter.subject}, text_body = ${letter.text}, html_body = ${letter.html}
        where ${at(mail)} and status = 'waiting'`,
  );
}

/** Notes why a mail could not be sent; it is tried again unless that `isFinal`. */
export async function noteFailure(
  db: Queryable,
  mail: At,
  of: { letter: Letter; message: string; isFinal: boolean },
): Promise<void> {
  const { letter, message, isFinal } = of;
  await db.query(
    sql`update customer_mails set last_error = ${message}, status = ${isFinal ? "failed" : "waiting"},
          send_at = case when ${isFinal}::boolean then null else send_at end,
          subject = ${letter.subject}, text_body = ${letter.text}, html_body = ${letter.html}
        where ${at(mail)} and status = 'waiting'`,
  );
}

export async function deleteMails(tx: Transaction, key: CustomerKey): Promise<void> {
  await tx.query(sql`delete from customer_mails where ${ofCustomers([key])}`);
}
