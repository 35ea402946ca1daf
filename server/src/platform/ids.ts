import { hash, randomBytes, randomFillSync } from "node:crypto";

const timeLength = 8; // Milliseconds since 1970 in base 36 fill 8 characters until the year 2059.
const randomLength = 16; // 16 × log2(36) = 82.7 bits, above the 80 that the contract asks for.
const randomSpace = 36n ** BigInt(randomLength);

/** The last id of each of the milliseconds in which this process made ids most recently, as a number. */
const lastIds = new Map<number, bigint>();
/** Several clocks can run in one process (a test mode may have its own); each has its own present. */
const mostPresents = 64;

/**
 * A new id: `c`, the milliseconds of `now` in base 36, then 16 random characters. Ids sort by the time they were made; those
 * that one process makes in the same millisecond sort in the order in which it made them.
 */
export function createId(now: Date): string {
  const time = now.getTime();
  const last = lastIds.get(time);
  // A second id in a millisecond lies a random 64 bits above the first: in order, and still nothing that can be guessed.
  const id = last === undefined ? BigInt(time) * randomSpace + randomBelow(randomSpace) : last + 1n + randomBits64();
  if (last === undefined && lastIds.size >= mostPresents) lastIds.delete(lastIds.keys().next().value as number);
  lastIds.set(time, id);
  return `c${id.toString(36).padStart(timeLength + randomLength, "0")}`;
}

/** The least id that can have been made at `instant` or after it. Only for instants that ids are made at: from 1970 to 2059. */
export function firstIdAt(instant: Date): string {
  return `c${instant.getTime().toString(36).padStart(timeLength, "0")}${"0".repeat(randomLength)}`;
}

/** When an id was made. */
export function instantOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(1, 1 + timeLength), 36));
}

/** The operating system is asked for random bytes a page at a time: a call for each id costs more than all the rest of it. */
const randomPage = Buffer.alloc(4_096);
let randomPlace = randomPage.length;

function randomBits64(): bigint {
  if (randomPlace === randomPage.length) {
    randomFillSync(randomPage);
    randomPlace = 0;
  }
  const bits = randomPage.readBigUInt64BE(randomPlace);
  randomPlace += 8;
  return bits;
}

/** A number below `limit`, each equally likely to within 2^-45: 128 random bits over a limit of 83. */
function randomBelow(limit: bigint): bigint {
  return ((randomBits64() << 64n) | randomBits64()) % limit;
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
  const known = knownBuckets.get(customerId);
  if (known !== undefined) return known;
  // As text: a buffer for it would take twice as long.
  const bucket = Number.parseInt(hash("sha256", customerId, "hex").slice(0, 2), 16) % bucketCount;
  // Anybody may send texts that are no customer's; those in use are soon known again.
  if (knownBuckets.size >= mostKnownBuckets) knownBuckets.clear();
  knownBuckets.set(customerId, bucket);
  return bucket;
}

/** A hash takes ten times as long as to look here, and every request and event asks. */
const knownBuckets = new Map<string, number>();
const mostKnownBuckets = 20_000;

export function sha256(content: string | Uint8Array): Buffer {
  return hash("sha256", content, "buffer");
}
