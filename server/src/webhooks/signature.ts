import { createHmac, randomBytes } from "node:crypto";

const prefix = "whsec_";
/** Standard Webhooks asks for 24 to 64. */
const secretBytes = 32;

/** A new secret in the form of Standard Webhooks: `whsec_` and base64. */
export function createSecret(): string {
  return prefix + randomBytes(secretBytes).toString("base64");
}

/** The headers by which whoever has one of the secrets knows that `body` is from us, and new (standardwebhooks.com). */
export function signedHeaders(
  message: { id: string; body: string; now: Date },
  secrets: string[],
): Record<string, string> {
  const timestamp = String(Math.floor(message.now.getTime() / 1_000));
  const signed = `${message.id}.${timestamp}.${message.body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), "base64");
    return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
  });
  return {
    "webhook-id": message.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  };
}
