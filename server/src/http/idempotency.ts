import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import { BillingError } from "../../../core/errors.ts";
import { sql, type Database, type Transaction } from "../platform/db.ts";
import { sha256 } from "../platform/ids.ts";
import { statusOf } from "./errors.ts";

/** How long an answer is kept. The contract's 30 days. */
export const idempotencyRetentionMs = 30 * 24 * 60 * 60 * 1_000;

export type Answer = { status: number; body: string };

/**
 * An answer as it leaves; `replayed` if it is the kept answer of an earlier request. A body that is a stream is sent as it comes,
 * and cannot be kept.
 */
export type FinishedAnswer = {
  status: number;
  body: string | Readable | Buffer;
  replayed: boolean;
  /** Of a body that is no JSON. */
  file?: { contentType: string; name: string | null };
};

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
): Promise<FinishedAnswer> {
  return database.transaction(async (tx) => {
    const [claim] = await claimRequests(tx, [request], now);
    if (claim instanceof BillingError) throw claim;
    if (claim !== "claimed") return claim as FinishedAnswer;
    const answer = await answerOrRefusal(tx, work, toRefusal);
    keepAnswers(tx, [{ request, answer }], now);
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

/** What a request may do: its work, or answer as an earlier one did, or be refused (reused key, or still in flight). */
export type Claim = "claimed" | FinishedAnswer | BillingError;

/**
 * Claims the keys of `requests`, no two of the same key, and says of each what it may do. Guarantee: until this transaction ends
 * nobody else works a claimed key, in this or another process. Waits for nobody.
 */
export async function claimRequests(tx: Transaction, requests: IdempotentRequest[], now: Date): Promise<Claim[]> {
  const hashed = requests.map((request) => ({ request, keyHash: hashKey(request) }));
  const locks = hashed.map(({ keyHash }) => keyHash.readBigInt64BE(0).toString());
  const oldest = new Date(now.getTime() - idempotencyRetentionMs);
  // Two statements: what a key's last holder has committed is visible only to one that begins after the key is ours.
  const [claimed, kept] = await Promise.all([
    tx.query<{ claimed: boolean }>(
      sql`select pg_try_advisory_xact_lock(lock) as claimed from unnest(${locks}::bigint[]) with ordinality as wanted (lock, place)
          order by place`,
    ),
    tx.query<KeptAnswer>(
      sql`select key_hash, request_hash, status, answer from idempotency_keys
          where (tenant_id, key_hash) in (
              select * from unnest(${requests.map(({ tenantId }) => tenantId)}::integer[], ${hashed.map(({ keyHash }) => keyHash)}::bytea[]))
            and created_at > ${oldest}`,
    ),
  ]);
  const keptByHash = new Map(kept.map((answer) => [answer.key_hash.toString("base64"), answer]));
  return hashed.map(({ request, keyHash }, index) => {
    if (claimed[index]?.claimed !== true) return new BillingError("IDEMPOTENCY_KEY_IN_FLIGHT");
    const answer = keptByHash.get(keyHash.toString("base64"));
    return answer === undefined ? "claimed" : replay(answer, request);
  });
}

type KeptAnswer = { key_hash: Buffer; request_hash: Buffer; status: number; answer: Buffer };

function replay(kept: KeptAnswer, request: IdempotentRequest): FinishedAnswer | BillingError {
  if (!kept.request_hash.equals(hashRequest(request))) return new BillingError("IDEMPOTENCY_KEY_REUSED");
  return { status: kept.status, body: unseal(kept.answer, request.key), replayed: true };
}

/** Stores the answers of requests that this transaction has claimed. */
export function keepAnswers(tx: Transaction, kept: { request: IdempotentRequest; answer: Answer }[], now: Date): void {
  tx.send(
    sql`insert into idempotency_keys (tenant_id, key_hash, request_hash, status, answer, created_at)
        select *, ${now}::timestamptz from unnest(${kept.map(({ request }) => request.tenantId)}::integer[],
          ${kept.map(({ request }) => hashKey(request))}::bytea[], ${kept.map(({ request }) => hashRequest(request))}::bytea[],
          ${kept.map(({ answer }) => answer.status)}::smallint[],
          ${kept.map(({ request, answer }) => seal(answer.body, request.key))}::bytea[])
        on conflict (tenant_id, key_hash) do update
        set request_hash = excluded.request_hash, status = excluded.status, answer = excluded.answer, created_at = excluded.created_at`,
  );
}

/** Finds a key's row, and tells requests with the same key apart from all others. */
export function hashKey({ tenantId, key }: IdempotentRequest): Buffer {
  return sha256(`${tenantId}:${key}`);
}

function hashRequest({ method, path, body }: IdempotentRequest): Buffer {
  return sha256(Buffer.concat([Buffer.from(`${method} ${path}\n`), body]));
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
