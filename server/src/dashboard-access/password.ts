import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from "node:crypto";

/** As OWASP recommends for scrypt: 32 MiB and about a fifth of a second for each try. Stored with each hash, so they can grow. */
const cost = { N: 2 ** 15, r: 8, p: 3 };
const saltBytes = 16;
const hashBytes = 32;

/** What to store of `password`: `scrypt$N$r$p$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, cost);
  return ["scrypt", cost.N, cost.r, cost.p, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

/** Whether `password` is the one of `stored`. Takes as long where there is none, so that nobody learns which emails there are. */
export async function isPasswordOf(password: string, stored: string | null): Promise<boolean> {
  const [, n = "", r = "", p = "", salt = "", hash = ""] = (stored ?? "").split("$");
  if (stored === null) {
    await derive(password, randomBytes(saltBytes), cost);
    return false;
  }
  const parameters = { N: Number.parseInt(n, 10), r: Number.parseInt(r, 10), p: Number.parseInt(p, 10) };
  const tried = await derive(password, Buffer.from(salt, "base64url"), parameters);
  return timingSafeEqual(tried, Buffer.from(hash, "base64url"));
}

function derive(password: string, salt: Uint8Array, parameters: typeof cost): Promise<Buffer> {
  const options: ScryptOptions = { ...parameters, maxmem: 2 * 128 * parameters.N * parameters.r };
  return new Promise((resolve, reject) =>
    // The same password typed on another keyboard may come in another normal form.
    scrypt(password.normalize("NFKC"), salt, hashBytes, options, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    ),
  );
}
