import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { projectRoot } from "../src/platform/project-root.ts";
import { createTestDatabase } from "./harness.ts";
import { startServerProcess } from "./server-process.ts";
import { until } from "./until.ts";

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "afternoon-start-"));
  folders.push(folder);
  return path.join(folder, "data");
}

const readDemo = async (dataDir: string) => JSON.parse(await readFile(path.join(dataDir, "demo.json"), "utf8"));

const authorized = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

test("the first start makes a company with two keys in a private file, and the README's lines answer as it says", async () => {
  const dataDir = await temporaryFolder();
  const server = await startServerProcess({ DATA_DIR: dataDir });
  const demo = await readDemo(dataDir);
  assert.deepEqual(Object.keys(demo), ["company_id", "live_api_key", "test_api_key", "base_url", "dashboard_url"]);
  assert.equal((await stat(path.join(dataDir, "demo.json"))).mode & 0o777, 0o600);
  assert.equal(demo.base_url, server.baseUrl);
  for (const key of [demo.live_api_key, demo.test_api_key]) {
    assert.equal((await fetch(`${demo.base_url}/v1/customers`, authorized(key))).status, 200);
  }
  assert.match(server.output(), new RegExp(`curl -s ${demo.base_url}/v1/customers`));

  const answers = await runReadme(dataDir, demo.base_url);
  const [unit, meter, plan, subscription, grant, event, balances, ledger] = answers;
  for (const answer of answers) assert.equal(answer.success, true, JSON.stringify(answer));
  assert.equal(unit.pricing_unit.code, "token");
  assert.equal(meter.meter.code, "llm_tokens");
  assert.equal(plan.plan.version, 1);
  assert.equal(subscription.subscription.status, "active");
  assert.equal(grant.credit_grant.remaining, "100");
  assert.equal(event.status, "processed");
  assert.deepEqual(event.cost, [{ amount: "0.0042", account_type: "currency", currency_code: "usd" }]);
  assert.deepEqual(event.customer_balances, [{ balance: "99.9958", account_type: "currency", currency_code: "usd" }]);
  assert.deepEqual(balances.balances, event.customer_balances);
  assert.deepEqual(
    ledger.entries.map((entry: { kind: string }) => entry.kind),
    ["usage", "grant"],
  );

  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0);
  const again = await startServerProcess({ DATA_DIR: dataDir });
  const { base_url: movedUrl, dashboard_url: movedDashboard, ...kept } = await readDemo(dataDir);
  const { base_url: _url, dashboard_url: _dashboard, ...first } = demo;
  assert.deepEqual(kept, first);
  assert.equal(movedUrl, again.baseUrl);
  assert.equal(movedDashboard, `${again.baseUrl}/dashboard`);
  assert.equal((await fetch(`${again.baseUrl}/v1/customers`, authorized(kept.test_api_key))).status, 200);
  again.child.kill("SIGINT");
  assert.equal(await again.ended, 0);
});

test("each start prints another link to become the first owner, which only the last start's is, and none once there is one", async () => {
  const dataDir = await temporaryFolder();
  const linkOf = (output: string) => /(http\S+\/dashboard\/setup)#token=([\w-]{43})/.exec(output);
  const stop = async (server: Awaited<ReturnType<typeof startServerProcess>>) => {
    server.child.kill("SIGTERM");
    await server.ended;
    return server.output();
  };
  const first = linkOf(await stop(await startServerProcess({ DATA_DIR: dataDir })));
  const server = await startServerProcess({ DATA_DIR: dataDir });
  const owner = { email: "owner@example.com", name: "Owner", password: "correct horse" };
  const setUp = async (token: string) =>
    fetch(`${server.baseUrl}/v1/auth/setup`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...owner, token }),
    });
  assert.equal((await setUp(first?.[2] ?? "")).status, 400);
  await until("the link", () => linkOf(server.output()) !== null);
  const [, address, token = ""] = linkOf(server.output()) ?? [];
  assert.equal(address, `${server.baseUrl}/dashboard/setup`);
  const made = await setUp(token);
  assert.equal(made.status, 201);
  const { session } = (await made.json()) as { session: { companies: { name: string; role: string }[] } };
  assert.deepEqual(
    session.companies.map(({ name, role }) => [name, role]),
    [["Demo", "owner"]],
  );
  // Over http, as on one's own machine, the browser must be able to send it.
  assert.doesNotMatch(made.headers.get("set-cookie") ?? "", /Secure/);
  await stop(server);
  assert.equal(linkOf(await stop(await startServerProcess({ DATA_DIR: dataDir }))), null);
});

/** Runs the README's shell lines against the server, and returns every JSON answer that they print. */
async function runReadme(dataDir: string, baseUrl: string) {
  const readme = await readFile(path.join(projectRoot, "README.md"), "utf8");
  const block = /```bash\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const script = block
    .replaceAll("http://localhost:8787", baseUrl)
    .replaceAll(".afternoon/demo.json", path.join(dataDir, "demo.json"))
    .replace('"${@:2}"; }', '"${@:2}"; echo; }');
  const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", script]);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

test("several processes share the embedded PostgreSQL and one demo company, and end together", async () => {
  const dataDir = await temporaryFolder();
  const server = await startServerProcess({ DATA_DIR: dataDir, PROCESSES: "2" });
  const demo = await readDemo(dataDir);
  assert.equal(demo.base_url, server.baseUrl);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => fetch(`${demo.base_url}/v1/customers`, authorized(demo.test_api_key))),
  );
  assert.ok(answers.every(({ status }) => status === 200));
  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0);
  assert.ok(!(await readdir(path.join(dataDir, "postgres"))).includes("postmaster.pid"), "PostgreSQL has ended too");
});

test("with DATABASE_URL that PostgreSQL is used and nothing embedded starts", async () => {
  const dataDir = await temporaryFolder();
  const server = await startServerProcess({ DATA_DIR: dataDir, DATABASE_URL: await createTestDatabase() });
  const demo = await readDemo(dataDir);
  assert.equal((await fetch(`${server.baseUrl}/ready`)).status, 200);
  assert.equal((await fetch(`${server.baseUrl}/v1/customers`, authorized(demo.test_api_key))).status, 200);
  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0);
  assert.deepEqual(await readdir(dataDir), ["demo.json", "secret.key"]);
});

test("running processes make the top-up that an event has made due, once", async () => {
  const dataDir = await temporaryFolder();
  const server = await startServerProcess({
    DATA_DIR: dataDir,
    DATABASE_URL: await createTestDatabase(),
    PROCESSES: "2",
  });
  const { test_api_key: key } = await readDemo(dataDir);
  const headers = { ...authorized(key).headers, "content-type": "application/json" };
  const get = async (route: string) => (await fetch(server.baseUrl + route, { headers })).json();
  const post = async (route: string, body: object) => {
    const answer = await fetch(server.baseUrl + route, { method: "POST", headers, body: JSON.stringify(body) });
    assert.ok(answer.ok, await answer.clone().text());
    return answer.json();
  };
  const usd = { currency_code: "usd" };
  await post("/v1/meters", { code: "calls", event_name: "call", aggregation: { type: "count" } });
  await post("/v1/plans", { code: "pro", usage_prices: [{ meter_code: "calls", unit_amount: "1", ...usd }] });
  const customer_id = (await post("/v1/customers", { name: "Acme" })).customer.id;
  await post("/v1/subscriptions", { customer_id, plan_code: "pro", initial_status: "active" });
  await post(`/v1/customers/${customer_id}/top-up-rules`, { threshold: "0", amount: "5", ...usd });
  const event = { event_name: "call", idempotency_key: "1", customer_id, timestamp: new Date().toISOString() };
  await post("/v1/events/ingest", event);
  const topUps = async () => (await get(`/v1/customers/${customer_id}/top-ups`)).top_ups;
  const signal = AbortSignal.timeout(30_000);
  while ((await topUps()).length === 0) signal.throwIfAborted();
  assert.deepEqual(
    (await topUps()).map(({ amount }: { amount: string }) => amount),
    ["5"],
  );
  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0);
});

test("what cannot work is said in a sentence, and the process ends with 1", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const cases: [Record<string, string>, RegExp][] = [
    [{ PORT: String(port) }, /^Port \d+ is taken by another program; stop it, or set PORT to a free one\.$/m],
    [
      { PORT: String(port), PROCESSES: "2" },
      /^Port \d+ is taken by another program; stop it, or set PORT to a free one\.$/m,
    ],
    [{ PROCESSES: "many" }, /^PROCESSES must be a whole number from 0 to 256, not "many"\.$/m],
    [{ PORT: "eighty" }, /^PORT must be a whole number from 0 to 65535, not "eighty"\.$/m],
    [{ LOG_LEVEL: "loud" }, /^LOG_LEVEL must be one of /m],
    [{ DATABASE_URL: "postgresql://nobody@127.0.0.1:9/none" }, /ECONNREFUSED/],
  ];
  for (const [environment, message] of cases) {
    await assert.rejects(startServerProcess({ DATA_DIR: await temporaryFolder(), ...environment }), message);
  }
  taken.close();
});
