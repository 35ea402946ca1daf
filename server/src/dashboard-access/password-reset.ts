import { BillingError } from "../../../core/errors.ts";
import { writePasswordReset, type MailTransport } from "../mail/mail.ts";
import type { Clock } from "../platform/clock.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId, sha256 } from "../platform/ids.ts";
import { hashPassword } from "./password.ts";
import { createToken } from "./sessions.ts";
import * as rows from "./sql.ts";
import type { MemberRow } from "./sql.ts";

const minuteMs = 60_000;
/** An address that somebody else types again and again gets no more mails than this. */
const pauseMs = 5 * minuteMs;
const linkMs = 60 * minuteMs;

/** Notes that a mail is wanted, in one statement that takes as long, and says as little, where there is no such member. */
export async function requestReset(db: Queryable, email: string, now: Date): Promise<void> {
  await rows.insertReset(db, email, { now, notSince: new Date(now.getTime() - pauseMs) });
}

/** The address at which the member chooses a new password, once, within the hour; links before it end. Null if there is no such member. */
export async function createResetLink(
  db: Queryable,
  email: string,
  publicUrl: string,
  now: Date,
): Promise<string | null> {
  const { token, tokenHash } = createToken();
  const isThere = await rows.replaceResetLink(db, email, newLink(tokenHash, now), now);
  return isThere ? addressOf(token, publicUrl) : null;
}

const newLink = (tokenHash: Buffer, now: Date) => ({
  id: createId(now),
  tokenHash,
  expiresAt: new Date(now.getTime() + linkMs),
});

const addressOf = (token: string, publicUrl: string) => `${publicUrl}/dashboard/reset#token=${token}`;

const mailsAtATime = 20;
const mostAttempts = 5;

export type ResetRun = { sent: number; failures: { memberId: string; error: unknown }[] };

/**
 * Mails the links that were asked for. Each is made as it is sent: what lies in the database opens nothing. Several processes may; a mail that is
 * sent again has another link, and the one before ends. Without a mail server (`transport` null) nobody is sent one.
 */
export async function sendResets(
  db: Queryable,
  { transport, publicUrl }: { transport: MailTransport | null; publicUrl: string },
  clock: Clock,
): Promise<ResetRun> {
  const run: ResetRun = { sent: 0, failures: [] };
  for (const memberId of await rows.findResetsToSend(db, clock.now(), mailsAtATime)) {
    const now = clock.now();
    const { token, tokenHash } = createToken();
    const link = newLink(tokenHash, now);
    const member = await rows.claimReset(db, memberId, link, { now, mostAttempts });
    if (member === null) continue;
    try {
      if (transport === null)
        throw new Error("There is no mail server; make a link by: afternoon reset-password EMAIL");
      const letter = writePasswordReset(addressOf(token, publicUrl));
      await transport.send({ ...letter, messageId: link.id, senderName: "Afternoon", recipient: member.email });
      await rows.endReset(db, memberId);
      run.sent += 1;
    } catch (error) {
      if (transport === null) await rows.endReset(db, memberId);
      run.failures.push({ memberId, error });
    }
  }
  return run;
}

/**
 * Gives the member whose link this is another password, and ends all their sessions. They sign in with it, and with their second factor if they
 * have one: a mailbox alone is not to be enough. @throws LINK_INVALID
 */
export async function resetPassword(
  db: Queryable,
  token: string,
  password: string,
  now: Date,
): Promise<(tx: Transaction) => Promise<MemberRow>> {
  if ((await rows.findLink(db, "password_reset", sha256(token), now)) === null) throw new BillingError("LINK_INVALID");
  const passwordHash = await hashPassword(password);
  return async (tx) => {
    const link = await rows.takeLink(tx, "password_reset", sha256(token), now);
    const email = link?.email ?? null;
    const member = email === null ? null : await rows.findMemberByEmail(tx, email);
    if (member === null) throw new BillingError("LINK_INVALID");
    await rows.setPassword(tx, member.member_id, passwordHash);
    await rows.deleteOtherSessions(tx, member.member_id, null);
    return member;
  };
}
