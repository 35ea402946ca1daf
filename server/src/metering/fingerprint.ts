import { isLosslessNumber } from "lossless-json";
import { decimal } from "../../../core/decimal.ts";
import type { Properties } from "../../../core/property.ts";
import { sha256 } from "../platform/ids.ts";

/** Half of a SHA-256: collisions need 2^64 keys of one customer, and the original text is compared as well. */
const hashLength = 16;

export function shortHash(text: string): Buffer {
  return sha256(text).subarray(0, hashLength);
}

/**
 * A hash of what an event says, so that a retry is told from another event under the same key. The order of properties and the
 * way a number is written (1, 1.0, 1e0) do not matter: a client that builds its body anew is still retrying.
 */
export function fingerprint(event: { eventName: string; timestamp: Date; properties: Properties }): Buffer {
  const content = [event.eventName, event.timestamp.getTime(), event.properties];
  return shortHash(canonicalJson(content));
}

function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isLosslessNumber(value)) return decimal(value.value).toString();
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  let text = "{";
  for (const key of Object.keys(value).toSorted()) {
    const item = canonicalJson((value as Record<string, unknown>)[key]);
    text += `${text === "{" ? "" : ","}${JSON.stringify(key)}:${item}`;
  }
  return `${text}}`;
}
