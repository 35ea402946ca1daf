import { randomBytes } from "node:crypto";
import { BillingError } from "../../../core/errors.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { sha256 } from "../platform/ids.ts";
import type { Secrets } from "../platform/secrets.ts";
import * as rows from "./sql.ts";
import type { MemberRow } from "./sql.ts";
import { base32, createTotpSecret, otpauthUrl, stepOfCode } from "./totp.ts";

/**
 * Lets pass who has no second factor, or gives a code of theirs: one of their app, or one for recovery, each good once. Wrong codes are counted
 * as wrong passwords are, since the try was counted before and is forgotten only at the end.
 * @throws SECOND_FACTOR_REQUIRED, SECOND_FACTOR_INVALID
 */
export async function passSecondFactor(
  tx: Transaction,
  secrets: Secrets,
  member: MemberRow,
  code: string | undefined,
  now: Date,
): Promise<void> {
  if (member.totp_secret === null) return;
  if (code === undefined) throw new BillingError("SECOND_FACTOR_REQUIRED");
  const step = stepOfCode(readSecret(secrets, member.totp_secret), code.replaceAll(/\s/g, ""), now);
  const isTaken =
    step === null
      ? await rows.takeRecoveryCode(tx, member.member_id, hashOf(code))
      : await rows.takeStep(tx, member.member_id, step);
  if (!isTaken) throw new BillingError("SECOND_FACTOR_INVALID");
}

const readSecret = (secrets: Secrets, sealed: Buffer) => Buffer.from(secrets.open(sealed), "base64");

export type Enrolment = { secret: string; otpauthUrl: string };

/** A secret for the member's app. It is asked for from when a first code of it has confirmed it; until then all stays as it is. */
export async function startSecondFactor(tx: Transaction, secrets: Secrets, member: MemberRow): Promise<Enrolment> {
  const secret = createTotpSecret();
  await rows.setPendingSecret(tx, member.member_id, secrets.seal(secret.toString("base64")));
  return { secret: base32(secret), otpauthUrl: otpauthUrl(secret, member.email) };
}

/**
 * Turns the second factor on, by a first code, and ends all other sessions. Returns the codes for recovery, which take the place of those before.
 * @throws SECOND_FACTOR_NOT_STARTED, SECOND_FACTOR_INVALID
 */
export async function confirmSecondFactor(
  tx: Transaction,
  secrets: Secrets,
  { memberId, sessionId }: { memberId: string; sessionId: string },
  code: string,
  now: Date,
): Promise<string[]> {
  const pending = await rows.lockPendingSecret(tx, memberId);
  if (pending === null) throw new BillingError("SECOND_FACTOR_NOT_STARTED");
  const step = stepOfCode(readSecret(secrets, pending), code.replaceAll(/\s/g, ""), now);
  if (step === null) throw new BillingError("SECOND_FACTOR_INVALID");
  await rows.confirmPendingSecret(tx, memberId, step);
  await rows.deleteOtherSessions(tx, memberId, sessionId);
  return createRecoveryCodes(tx, memberId);
}

const codesAtATime = 10;
const codeBytes = 10;

/** New codes for recovery; those before are good no more. */
export async function createRecoveryCodes(tx: Transaction, memberId: string): Promise<string[]> {
  const codes = Array.from({ length: codesAtATime }, () =>
    base32(randomBytes(codeBytes))
      .toLowerCase()
      .replaceAll(/.{4}(?=.)/g, "$&-"),
  );
  await rows.replaceRecoveryCodes(tx, memberId, codes.map(hashOf));
  return codes;
}

/** However it is typed. With 80 bits at random a plain hash is enough: there is nothing to guess. */
function hashOf(code: string): Buffer {
  return sha256(code.toLowerCase().replaceAll(/[^a-z0-9]/g, ""));
}

/** The password alone opens the account again. */
export async function endSecondFactor(tx: Transaction, memberId: string): Promise<void> {
  await rows.clearSecret(tx, memberId);
  await rows.replaceRecoveryCodes(tx, memberId, []);
}

/** For whoever runs the server. Returns whether there is such a member. */
export async function endSecondFactorOf(db: Queryable, email: string): Promise<boolean> {
  return rows.clearSecretByEmail(db, email);
}
