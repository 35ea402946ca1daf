import { BillingError } from "../../../core/errors.ts";
import { withinTime } from "../platform/within-time.ts";

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

export type FoundKey = { tenant: Tenant; revoked: boolean };

/** Finds a key by its whole text; null where there is none. What it remembers, it has at once: most requests wait for nothing. */
export type FindApiKey = (token: string) => FoundKey | Promise<FoundKey | null>;

/**
 * The tenant whose key `authorization` carries.
 * @throws UNAUTHORIZED, INVALID_API_KEY, API_KEY_REVOKED; SERVICE_UNAVAILABLE if the keys cannot be looked up.
 */
export function authenticate(authorization: string | undefined, findApiKey: FindApiKey): Tenant | Promise<Tenant> {
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new BillingError("UNAUTHORIZED");
  if (!/^ak_(?:live|test)_/.test(token))
    throw new BillingError("INVALID_API_KEY", { message: "Invalid API key format" });
  const found = findApiKey(token);
  return found instanceof Promise ? inTime(found).then(tenantOf) : tenantOf(found);
}

function tenantOf(found: FoundKey | null): Tenant {
  if (found === null) throw new BillingError("INVALID_API_KEY");
  if (found.revoked) throw new BillingError("API_KEY_REVOKED");
  return found.tenant;
}

/** A caller is not kept waiting for a database that does not answer. */
const lookUpTimeoutMs = 5_000;

async function inTime(found: Promise<FoundKey | null>): Promise<FoundKey | null> {
  try {
    return await withinTime(found, lookUpTimeoutMs, () => {
      throw new Error("the key could not be looked up in time");
    });
  } catch (error) {
    throw new BillingError("SERVICE_UNAVAILABLE", { cause: error });
  }
}
