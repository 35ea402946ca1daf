import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { BillingError } from "../../../core/errors.ts";
import { sql, type Database, type Transaction } from "../platform/db.ts";
import { sha256 } from "../platform/ids.ts";
import { statusOf } from "./errors.ts";

/** How long an answer is kept. The contract's 30 days. */
export const idempotencyRetentionMs = 30 * 24 * 60 * 60 * 1_000;

export type Answer = { status: number; body: string };

export type IdempotentRequest = { tenantId: number; key: string; method: string; path: string; body: Uint8Array };

/**
 * Runs `work` at most once per tenant and key: a repeat gets the first answer byte for byte, and `replayed` is true. The
 * answer is stored in the transaction of the effect, so a crash leaves either both or neither, and nothing to unlock.
 * A refusal (4xx) is an answer too and undoes what `work` had written; a 5xx is not kept.
 *
 * Neither the key nor the answer is readable in the database: the row is found by a hash of the key, and the answer is
 * encrypted with the key. A new API key's secret may be in it, and we promise to store only its hash.
 * @throws IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_FLIGHT.
 */
export async function runIdempotently(
  database: Database,
  request: IdempotentRequest,
  now: Date,
  work: (tx: Transaction) => Promise<Answer>,
  toRefusal: (error: BillingError) => Answer,
): Promise<Answer & { replayed: boolean }> {
  const requestHash = sha256(Buffer.concat([Buffer.from(`${request.method} ${request.path}\n`), request.body]));
  const keyHash = sha256(`${request.tenantId}:${request.key}`);
  return database.transaction(async (tx) => {
    await claim(tx, keyHash);
    const kept = await findAnswer(tx, request.tenantId, keyHash, now);
    if (kept !== null) {
      if (!kept.request_hash.equals(requestHash)) throw new BillingError("IDEMPOTENCY_KEY_REUSED");
      return { status: kept.status, body: unseal(kept.answer, request.key), replayed: true };
    }
    const answer = await answerOrRefusal(tx, work, toRefusal);
    await keepAnswer(tx, { tenantId: request.tenantId, keyHash, requestHash, now }, answer, request.key);
    return { ...answer, replayed: false };
  });
}

async function answerOrRefusal(
  tx: Transaction,
  work: (tx: Transaction) => Promise<Answer>,
  toRefusal: (error: BillingError) => Answer,
): Promise<Answer> {
  try {
    return await tx.savepoint(() => work(tx));
  } catch (error) {
    if (error instanceof BillingError && statusOf(error) < 500) return toRefusal(error);
    throw error;
  }
}

/** Guarantee: one transaction at a time holds a key; it is let go at commit, rollback or loss of the connection. */
async function claim(tx: Transaction, keyHash: Buffer): Promise<void> {
  const [row] = await tx.query<{ claimed: boolean }>(
    sql`select pg_try_advisory_xact_lock(${keyHash.readBigInt64BE(0).toString()}::bigint) as claimed`,
  );
  if (row?.claimed !== true) throw new BillingError("IDEMPOTENCY_KEY_IN_FLIGHT");
}

type KeptAnswer = { request_hash: Buffer; status: number; answer: Buffer };

async function findAnswer(tx: Transaction, tenantId: number, keyHash: Buffer, now: Date): Promise<KeptAnswer | null> {
  const oldest = new Date(now.getTime() - idempotencyRetentionMs);
  const [row] = await tx.query<KeptAnswer>(
    sql`select request_hash, status, answer from idempotency_keys
        where tenant_id = ${tenantId} and key_hash = ${keyHash} and created_at > ${oldest}`,
  );
  return row ?? null;
}

type AnswerKey = { tenantId: number; keyHash: Buffer; requestHash: Buffer; now: Date };

async function keepAnswer(tx: Transaction, at: AnswerKey, answer: Answer, key: string): Promise<void> {
  await tx.query(
    sql`insert into idempotency_keys (tenant_id, key_hash, request_hash, status, answer, created_at)
        values (${at.tenantId}, ${at.keyHash}, ${at.requestHash}, ${answer.status}, ${seal(answer.body, key)}, ${at.now})
        on conflict (tenant_id, key_hash) do update
        set request_hash = excluded.request_hash, status = excluded.status, answer = excluded.answer, created_at = excluded.created_at`,
  );
}

/** Forgets the answers that are past their 30 days. */
export async function deleteOldAnswers(database: Database, now: Date): Promise<void> {
  const oldest = new Date(now.getTime() - idempotencyRetentionMs);
  await database.query(sql`delete from idempotency_keys where created_at <= ${oldest}`);
}

const ivLength = 12;
const tagLength = 16;

function seal(text: string, key: string): Buffer {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv("aes-256-gcm", sealingKey(key), iv);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

function unseal(sealed: Buffer, key: string): string {
  const decipher = createDecipheriv("aes-256-gcm", sealingKey(key), sealed.subarray(0, ivLength));
  decipher.setAuthTag(sealed.subarray(ivLength, ivLength + tagLength));
  return decipher.update(sealed.subarray(ivLength + tagLength), undefined, "utf8") + decipher.final("utf8");
}

function sealingKey(key: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, "", "afternoon idempotency answer", 32));
}
