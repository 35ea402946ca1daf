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

/** Finds a key by its whole text; null where there is none. */
export type FindApiKey = (token: string) => Promise<FoundKey | null>;

/**
 * The tenant whose key `authorization` carries.
 * @throws UNAUTHORIZED, INVALID_API_KEY, API_KEY_REVOKED; SERVICE_UNAVAILABLE if the keys cannot be looked up.
 */
export async function authenticate(authorization: string | undefined, findApiKey: FindApiKey): Promise<Tenant> {
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new BillingError("UNAUTHORIZED");
  if (!/^ak_(?:live|test)_/.test(token))
    throw new BillingError("INVALID_API_KEY", { message: "Invalid API key format" });
  const found = await lookUp(token, findApiKey);
  if (found === null) throw new BillingError("INVALID_API_KEY");
  if (found.revoked) throw new BillingError("API_KEY_REVOKED");
  return found.tenant;
}

/** A caller is not kept waiting for a database that does not answer. */
const lookUpTimeoutMs = 5_000;

async function lookUp(token: string, findApiKey: FindApiKey): Promise<FoundKey | null> {
  try {
    return await withinTime(findApiKey(token), lookUpTimeoutMs, () => {
      throw new Error("the key could not be looked up in time");
    });
  } catch (error) {
    throw new BillingError("SERVICE_UNAVAILABLE", { cause: error });
  }
}
