import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** As every authenticator app has it: RFC 6238 with SHA-1, half minutes and six digits. */
const stepSeconds = 30;
const digits = 6;
/** As long as the hash, as RFC 4226 recommends. */
const secretBytes = 20;
/** Clocks differ, and typing takes time: the half minute before and the one after will do as well. */
const tolerance = 1;

const sixDigits = /^\d{6}$/;

export function createTotpSecret(): Buffer {
  return randomBytes(secretBytes);
}

/** The code of the half minute `step`. */
export function totpCode(secret: Uint8Array, step: number, length = digits): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac("sha1", secret).update(counter).digest();
  const offset = (hash.at(-1) as number) & 0x0f;
  const number = hash.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** length).padStart(length, "0");
}

/** The half minute that `code` is of, among those around `now`; null if it is of none of them. */
export function stepOfCode(secret: Uint8Array, code: string, now: Date): number | null {
  if (!sixDigits.test(code)) return null;
  const current = Math.floor(now.getTime() / 1_000 / stepSeconds);
  const given = Buffer.from(code);
  let found: number | null = null;
  for (let step = current - tolerance; step <= current + tolerance; step++)
    if (timingSafeEqual(Buffer.from(totpCode(secret, step)), given)) found = step;
  return found;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648, without padding. */
export function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.replaceAll(/.{1,5}/g, (part) => alphabet[Number.parseInt(part.padEnd(5, "0"), 2)] as string);
}

/** What an authenticator app reads from a picture. */
export function otpauthUrl(secret: Uint8Array, email: string): string {
  const parameters = new URLSearchParams({
    secret: base32(secret),
    issuer: "Afternoon",
    algorithm: "SHA1",
    digits: String(digits),
    period: String(stepSeconds),
  });
  return `otpauth://totp/Afternoon:${encodeURIComponent(email)}?${parameters}`;
}
