import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { test } from "node:test";
import { startTestApp } from "../harness.ts";
import { codeBlock } from "./published-page.ts";

/** Debian's interpreter, which python3-requests installs for; another one first on the PATH would not find it. */
const python = "/usr/bin/python3";
const hasRequests = spawnSync(python, ["-c", "import requests"]).status === 0;
const skip =
  hasRequests || process.env.CI
    ? false
    : `${python} has no requests; install Debian's python3-requests to run the documented sample.`;

test("the documented Python sample runs with only its host and token changed", { skip }, async () => {
  assert.ok(hasRequests, `${python} has no requests; .ci/run must install python3-requests.`);
  const { app, test: api } = await startTestApp();
  const baseUrl = await app.listen({ host: "127.0.0.1", port: 0 });
  const created = await api.post("/v1/customers", { name: "Acme Corp" });
  const grant = { name: "Welcome credits", amount: "99.9958", currency_code: "usd" };
  await api.post(`/v1/customers/${created.body.customer.id}/credit-grants`, grant);

  const sample = codeBlock("python")
    .replace("https://api.afternoon.co", baseUrl)
    .replace("<token>", api.key)
    .replace("cm5x9z8nv0000h85r7l9p2k1m", created.body.customer.id);
  const { request_id: requestId, ...answer } = await runPython(sample);

  assert.match(requestId, /^req_/);
  assert.deepEqual(answer, {
    success: true,
    balances: [{ balance: "99.9958", account_type: "currency", currency_code: "usd" }],
  });
});

/** What the program prints, which is a Python dictionary, read as JSON by Python itself. */
// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function runPython(program: string): Promise<any> {
  const printed = await run([python, "-c", program]);
  const converted = await run([
    python,
    "-c",
    "import ast, json, sys; print(json.dumps(ast.literal_eval(sys.argv[1])))",
    printed,
  ]);
  return JSON.parse(converted);
}

async function run([command = "", ...args]: string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (errors += chunk));
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 0, errors);
  return output;
}
