import { randomBytes } from "node:crypto";
import { BillingError } from "../../../core/errors.ts";
import { sessionCookie, type Admitted, type FindSession, type SessionRequest } from "../http/authentication.ts";
import type { Clock } from "../platform/clock.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId, sha256 } from "../platform/ids.ts";
import { requireRole, rolesFor, type Role } from "./roles.ts";
import * as rows from "./sql.ts";
import type { SessionRow } from "./sql.ts";

const hourMs = 60 * 60 * 1_000;
const dayMs = 24 * hourMs;
const longestMs = 30 * dayMs;
const idleMs = 7 * dayMs;
const tokenBytes = 32;

/** A text that nobody can guess, for a cookie or a link, and what is stored of it. */
export function createToken(): { token: string; tokenHash: Buffer } {
  const token = randomBytes(tokenBytes).toString("base64url");
  return { token, tokenHash: sha256(token) };
}

/** A new session of the member; the one that the browser had before ends. Returns its id and the text of its cookie. */
export async function startSession(
  tx: Transaction,
  memberId: string,
  tokenBefore: string | null,
  now: Date,
): Promise<{ id: string; token: string }> {
  const { token, tokenHash } = createToken();
  const id = createId(now);
  if (tokenBefore !== null) await rows.deleteSessionByToken(tx, sha256(tokenBefore));
  await rows.insertSession(tx, { id, memberId, tokenHash }, now);
  return { id, token };
}

/** The cookie that carries `token`; without one, the cookie that ends it. Over https it is never sent without. */
export function cookieOf(token: string | null, publicUrl: string): string {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  const seconds = token === null ? 0 : longestMs / 1_000;
  return `${sessionCookie}=${token ?? ""}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
}

/** As for keys: below the second within which a session that has ended must be refused by every process. */
const cacheMs = 900;
const cacheSize = 10_000;

/** Looks sessions up by their hash, and remembers each answer for 0.9 seconds, in this process. */
export function createSessionFinder(db: Queryable, clock: Clock): FindSession {
  const cache = new Map<string, { found: SessionRow[]; until: number }>();
  const lookUp = async (hash: Buffer, now: Date): Promise<SessionRow[]> => {
    const found = await rows.findSession(db, hash);
    const [session] = found;
    // Unknown ones are not remembered: anybody can make them up.
    if (session === undefined || hasEnded(session, now)) return [];
    // Not at every use, which would make a write of every read.
    if (now.getTime() - session.last_used_at.getTime() >= hourMs) await rows.touchSession(db, session.session_id, now);
    if (cache.size >= cacheSize) cache.clear();
    cache.set(hash.toString("base64"), { found, until: now.getTime() + cacheMs });
    return found;
  };
  return (request) => {
    const now = clock.now();
    const hash = sha256(request.token);
    const cached = cache.get(hash.toString("base64"));
    const isFresh = cached !== undefined && now.getTime() < cached.until && cached.until <= now.getTime() + cacheMs;
    return isFresh ? admitBy(cached.found, request) : lookUp(hash, now).then((found) => admitBy(found, request));
  };
}

function hasEnded({ created_at, last_used_at }: SessionRow, now: Date): boolean {
  return now.getTime() >= created_at.getTime() + longestMs || now.getTime() >= last_used_at.getTime() + idleMs;
}

/** What the session opens, if its member may. @throws as FindSession says. */
function admitBy(found: SessionRow[], request: SessionRequest): Admitted {
  const [session] = found;
  if (session === undefined) throw new BillingError("SESSION_ENDED");
  const signedIn = { sessionId: session.session_id, memberId: session.member_id, email: session.email, role: null };
  if (request.operation.signIn === "member") return { tenant: null, signedIn, apiKey: null };
  const place = placeOf(found, request);
  requireRole(place.role as Role, rolesFor(request.operation));
  return {
    tenant: {
      id: place.tenant_id as number,
      companyId: place.company_id as string,
      mode: request.mode,
      rateLimitPerMinute: place.rate_limit_per_minute,
      currencyCode: place.currency_code as string,
    },
    signedIn: { ...signedIn, role: place.role },
    apiKey: null,
  };
}

function placeOf(found: SessionRow[], { companyId, mode }: SessionRequest): SessionRow {
  const places = found.filter((row) => row.mode === mode);
  if (companyId === null && places.length > 1)
    throw new BillingError("VALIDATION_ERROR", {
      details: [{ path: "Afternoon-Company", message: "Is required of a member of several companies." }],
    });
  const place = places.find((row) => companyId === null || row.company_id === companyId);
  if (place === undefined) throw new BillingError("COMPANY_NOT_FOUND");
  return place;
}

/** Forgets sessions and links that have ended. */
export async function deleteEnded(db: Queryable, now: Date): Promise<void> {
  await rows.deleteOldRows(db, {
    now,
    createdBefore: new Date(now.getTime() - longestMs),
    lastUsedBefore: new Date(now.getTime() - idleMs),
  });
}
