import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { projectRoot } from "../server/src/platform/project-root.ts";
import { startTestApp } from "../server/test/harness.ts";

const { test: api, connectionString } = await startTestApp({ now: "2026-01-10T12:00:00.000Z" });
const run = promisify(execFile);

async function billing(...args: string[]): Promise<{ code: number; output: string }> {
  const program = path.join(projectRoot, "dist/cli/afternoon.js");
  const env = { ...process.env, DATABASE_URL: connectionString };
  try {
    const { stdout } = await run(process.execPath, [program, "billing", ...args], { env });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

test("`afternoon billing due` lists what a run would do, oldest first, and changes nothing; the run then leaves nothing due", async () => {
  const fee = { code: "base", amount: "31", currency_code: "usd" };
  await api.post("/v1/plans", { code: "monthly", fixed_fees: [fee] });
  const customer_id = (await api.post("/v1/customers", { name: "Acme" })).body.customer.id;
  await api.post("/v1/subscriptions", { customer_id, plan_code: "monthly", initial_status: "active" });

  const due = await billing("due", "--at", "2026-03-15T00:00:00Z");
  assert.equal(due.code, 0, due.output);
  const lines = due.output.trim().split("\n");
  assert.deepEqual(
    lines.slice(0, -1).map((line) => line.replace(/ +subscription.*/, "")),
    ["2026-02-01T00:00:00.000Z  renewal", "2026-03-01T00:00:00.000Z  renewal"],
  );
  assert.equal(lines.at(-1), "2 due for 1 customers.");
  assert.equal((await api.get("/v1/invoices")).body.invoices.length, 1);

  const done = await billing("run");
  assert.equal(done.code, 0, done.output);
  assert.match(done.output, /^1 customers billed; 0 could not be\.$/m);
  assert.match((await billing("due")).output, /^0 due for 0 customers\.$/m);
});

test("what the command does not know is answered with how to use it", async () => {
  for (const args of [[], ["later"], ["run", "--at", "2026-03-15T00:00:00Z"]]) {
    const { code, output } = await billing(...args);
    assert.equal(code, 1);
    assert.match(output, /^Usage: afternoon billing due/m);
  }
  assert.match((await billing("due", "--at", "soon")).output, /--at must be an instant/);
});
