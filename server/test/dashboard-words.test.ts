import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { projectRoot } from "../src/platform/project-root.ts";
import { kindOf, wordsOf } from "../../web/dashboard/src/logs/change-words.ts";

/* What the dashboard's audit log says was done. */

test("an operation is told in words, in the past", () => {
  for (const [operation, words] of [
    ["create-invoice-line-item", "Created invoice line item"],
    ["update-company", "Updated company"],
    ["void-customer-credit-grant", "Voided customer credit grant"],
    ["retry-webhook-delivery", "Retried webhook delivery"],
    ["make-default-payment-method", "Made default payment method"],
    ["set-up-payment-method", "Set up payment method"],
    ["revoke-api-key", "Revoked API key"],
    ["resend-mail", "Resent mail"],
    ["sign-in", "Signed in"],
    // What Afternoon does by itself.
    ["top_up.created", "Top up created"],
    ["payment.requires_action", "Payment requires action"],
  ] as const)
    assert.equal(wordsOf(operation), words);
  assert.equal(kindOf("api_key"), "API key");
});

/** Pasts that somebody has looked at. */
const english = new Set(
  `Accepted Advanced Archived Canceled Captured Changed Confirmed Created Deleted Disabled Discarded Ended Erased Estimated Finalized Ingested Invited
  Made Marked Paid Paused Recorded Released Requested Resent Reset Resumed Retried Revoked Rotated Set Signed Simulated Started Updated Voided`.split(
    /\s+/,
  ),
);

test("every verb of the API has a past that is English", () => {
  type Document = { paths: Record<string, Record<string, { operationId: string }>> };
  const { paths } = JSON.parse(readFileSync(path.join(projectRoot, "openapi.json"), "utf8")) as Document;
  const changes = Object.values(paths).flatMap((methods) =>
    Object.entries(methods).flatMap(([method, { operationId }]) => (method === "get" ? [] : wordsOf(operationId))),
  );
  assert.deepEqual(
    changes.filter((words) => !english.has(words.split(" ")[0] ?? "")),
    [],
  );
});
