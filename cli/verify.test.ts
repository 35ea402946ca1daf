import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { sql } from "../server/src/platform/db.ts";
import { projectRoot } from "../server/src/platform/project-root.ts";
import { startTestApp } from "../server/test/harness.ts";

const { database, test: api, connectionString } = await startTestApp({ now: "2026-01-10T12:00:00.000Z" });
const run = promisify(execFile);

async function verify(...args: string[]): Promise<{ code: number; output: string }> {
  const program = path.join(projectRoot, "dist/cli/afternoon.js");
  const env = { ...process.env, DATABASE_URL: connectionString };
  try {
    const { stdout } = await run(process.execPath, [program, "verify", ...args], { env });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

test("`afternoon verify --invoices` ends with 0 while all invoices agree, and with 1 and a sentence once a line does not", async () => {
  const { id } = (await api.post("/v1/customers", { name: "Acme" })).body.customer;
  const line_items = [{ description: "Work", quantity: 2, unit_amount_cents: 1_000 }];
  const { invoice } = (await api.post("/v1/invoices", { customer_id: id, line_items })).body;
  const { number } = (await api.post(`/v1/invoices/${invoice.id}/finalize`)).body.invoice;
  const agreed = await verify("--invoices");
  assert.deepEqual([agreed.code, /^1 finalized invoices/m.test(agreed.output)], [0, true], agreed.output);

  await database.query(sql`update invoice_line_items set amount_cents = 2001 where invoice_id = ${invoice.id}`);
  const changed = await verify("--invoices");
  assert.equal(changed.code, 1);
  assert.ok(
    changed.output.includes(`Invoice ${number} (${invoice.id}): line "Work" of 20 says 2001 minor units.`),
    changed.output,
  );
  assert.equal((await verify()).code, 0, "without the option only wallets are looked at");
});
