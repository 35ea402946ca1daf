import { createHash, randomBytes } from "node:crypto";

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
const timeLength = 8; // Milliseconds since 1970 in base 36 fill 8 characters until the year 2059.
const randomLength = 16; // 16 × log2(36) = 82.7 bits, above the 80 that the contract asks for.

/** A new id: `c`, the milliseconds of `now` in base 36, then 16 random characters. Ids sort by the time they were made. */
export function createId(now: Date): string {
  return `c${now.getTime().toString(36).padStart(timeLength, "0")}${randomText(alphabet, randomLength)}`;
}

/** Whether `text` has the form of an id: `c` and 24 of `[a-z0-9]`. */
export function isId(text: string): boolean {
  return /^c[a-z0-9]{24}$/.test(text);
}

/** `length` characters of `characters`, each equally likely, from the operating system's CSPRNG. */
export function randomText(characters: string, length: number): string {
  // Bytes past the last whole multiple are drawn again: a plain modulo would favour the first characters.
  const limit = 256 - (256 % characters.length);
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < limit && text.length < length) text += characters[byte % characters.length];
    }
  }
  return text;
}

/** How many buckets customers hash into. Fixed for ever: a customer's rows carry it in their primary keys. */
export const bucketCount = 64;

/** The bucket of a customer, 0 to 63: the unit by which customers' data is spread over machines. */
export function bucketOf(customerId: string): number {
  return sha256(customerId).readUInt8(0) % bucketCount;
}

export function sha256(content: string | Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}
