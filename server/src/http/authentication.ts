import type { IncomingHttpHeaders } from "node:http";
import { BillingError } from "../../../core/errors.ts";
import { withinTime } from "../platform/within-time.ts";
import type { Operation } from "./operation.ts";

/** One company in one mode: what a key belongs to, and what every row and every query names. */
export type Tenant = {
  id: number;
  companyId: string;
  mode: "live" | "test";
  /** Null: the server's setting. */
  rateLimitPerMinute: number | null;
  /** ISO 4217, lower case: what an invoice or a customer without a currency of their own uses. */
  currencyCode: string;
};

export type FoundKey = { tenant: Tenant; apiKey: ApiKeyName; revoked: boolean };

/** What a key is called, for whoever reads later what it did. */
export type ApiKeyName = { id: string; name: string | null };

/** Finds a key by its whole text; null where there is none. What it remembers, it has at once: most requests wait for nothing. */
export type FindApiKey = (token: string) => FoundKey | Promise<FoundKey | null>;

/** A member who is signed in to the dashboard. */
export type SignedIn = {
  sessionId: string;
  memberId: string;
  email: string;
  /** Theirs in the company that they ask for; null where they ask for none. */
  role: string | null;
};

export type Admitted = { tenant: Tenant | null; signedIn: SignedIn | null; apiKey: ApiKeyName | null };

/** What a request with a session cookie asks for. */
export type SessionRequest = { token: string; companyId: string | null; mode: Tenant["mode"]; operation: Operation };

/**
 * Finds a session by the whole text of its cookie, and refuses what its member may not do there. What it remembers, it has at once.
 * @throws SESSION_ENDED, COMPANY_NOT_FOUND, VALIDATION_ERROR where the member has several companies and none is named, FORBIDDEN.
 */
export type FindSession = (request: SessionRequest) => Admitted | Promise<Admitted>;

export const sessionCookie = "afternoon_session";

type Finders = { findApiKey: FindApiKey; findSession?: FindSession | undefined; publicUrl: string };

/**
 * Whose request it is: by its key, or where it has none by its session.
 * @throws as `authenticate` does and FindSession; CSRF_REFUSED; FORBIDDEN for a key where only a member will do.
 */
export function admit(
  operation: Operation,
  { method, headers }: { method: string; headers: IncomingHttpHeaders },
  { findApiKey, findSession, publicUrl }: Finders,
): Admitted | Promise<Admitted> {
  const token = readSessionToken(headers.cookie);
  if (headers.authorization === undefined && token !== null && findSession !== undefined) {
    if (method !== "GET" && method !== "HEAD") refuseForgery(headers, publicUrl);
    const found = findSession({ token, ...readPlace(headers), operation });
    return found instanceof Promise ? inTime(found) : found;
  }
  const ofKey = ({ tenant, apiKey }: FoundKey): Admitted => {
    if (operation.signIn !== null)
      throw new BillingError("FORBIDDEN", { message: "Only a member who is signed in to the dashboard can do this." });
    return { tenant, apiKey, signedIn: null };
  };
  const key = authenticate(headers.authorization, findApiKey);
  return key instanceof Promise ? key.then(ofKey) : ofKey(key);
}

const sessionToken = new RegExp(`(?:^|;) *${sessionCookie}=([\\w-]{43}) *(?:;|$)`);

/** What the session cookie holds, if it has the form of ours. */
export function readSessionToken(cookies: string | undefined): string | null {
  return sessionToken.exec(cookies ?? "")?.[1] ?? null;
}

function readPlace(headers: IncomingHttpHeaders): { companyId: string | null; mode: Tenant["mode"] } {
  const { "afternoon-company": companyId = null, "afternoon-mode": mode = "test" } = headers;
  if (mode !== "test" && mode !== "live")
    throw new BillingError("VALIDATION_ERROR", {
      details: [{ path: "Afternoon-Mode", message: "Must be live or test." }],
    });
  return { companyId: typeof companyId === "string" ? companyId : null, mode };
}

/** A cookie goes along whoever has the browser ask; only a page of ours can add the header. */
function refuseForgery(headers: IncomingHttpHeaders, publicUrl: string): void {
  if (headers["afternoon-dashboard"] !== "1") throw new BillingError("CSRF_REFUSED");
  refuseOtherSites(headers, publicUrl);
}

/** Refuses what a browser says comes from another site's page. @throws CSRF_REFUSED */
export function refuseOtherSites({ origin, host }: IncomingHttpHeaders, publicUrl: string): void {
  if (origin === undefined) return;
  const from = URL.canParse(origin) ? new URL(origin) : null;
  const ours = URL.canParse(publicUrl) ? new URL(publicUrl).origin : null;
  if (from === null || (from.origin !== ours && (from.host === "" || from.host !== host?.toLowerCase())))
    throw new BillingError("CSRF_REFUSED");
}

/**
 * The key that `authorization` carries, with its tenant.
 * @throws UNAUTHORIZED, INVALID_API_KEY, API_KEY_REVOKED; SERVICE_UNAVAILABLE if the keys cannot be looked up.
 */
export function authenticate(authorization: string | undefined, findApiKey: FindApiKey): FoundKey | Promise<FoundKey> {
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new BillingError("UNAUTHORIZED");
  if (!/^ak_(?:live|test)_/.test(token))
    throw new BillingError("INVALID_API_KEY", { message: "Invalid API key format" });
  const found = findApiKey(token);
  return found instanceof Promise ? inTime(found).then(validKey) : validKey(found);
}

function validKey(found: FoundKey | null): FoundKey {
  if (found === null) throw new BillingError("INVALID_API_KEY");
  if (found.revoked) throw new BillingError("API_KEY_REVOKED");
  return found;
}

/** A caller is not kept waiting for a database that does not answer. */
const lookUpTimeoutMs = 5_000;

async function inTime<Found>(found: Promise<Found>): Promise<Found> {
  try {
    return await withinTime(found, lookUpTimeoutMs, () => {
      throw new Error("the key or the session could not be looked up in time");
    });
  } catch (error) {
    if (error instanceof BillingError) throw error;
    throw new BillingError("SERVICE_UNAVAILABLE", { cause: error });
  }
}
