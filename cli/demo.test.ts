import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { decimal, sum } from "../core/decimal.ts";
import { verifyWallets } from "../server/src/wallets/verify.ts";
import { startTestApp, type TestApp } from "../server/test/harness.ts";
import { findServer, readOptions } from "./demo.ts";
import { customers } from "./demo/customers.ts";
import { runDemo, type DemoResult, type DemoRun } from "./demo/run.ts";
import { createScreen } from "./screen.ts";
import { usageOf } from "./demo/usage.ts";

type Served = TestApp & { baseUrl: string };

async function serve(options: { now?: string; rateLimitPerMinute?: number } = {}): Promise<Served> {
  const served = await startTestApp(options);
  return { ...served, baseUrl: await served.app.listen({ port: 0, host: "127.0.0.1" }) };
}

/** The demo against `served`, as fast as it goes, with what it printed. */
async function demoOn(
  served: Served,
  options: Partial<DemoRun> & { onWrite?: (text: string) => void } = {},
): Promise<DemoResult & { printed: string }> {
  let printed = "";
  const write = (text: string) => {
    printed += text;
    options.onWrite?.(text);
  };
  const result = await runDemo({
    baseUrl: served.baseUrl,
    token: served.company.testApiKey,
    screen: createScreen({ write }),
    events: 250,
    ratePerSecond: 100_000,
    stop: new AbortController().signal,
    abandon: new AbortController().signal,
    now: served.clock.now,
    ...options,
  });
  return { ...result, printed };
}

const served = await serve();

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
async function listed(resource: string, query = ""): Promise<any[]> {
  const answer = await served.test.get(`/v1/${resource}?limit=100${query}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body[resource.replaceAll("-", "_")];
}

const first = await demoOn(served);

test("a run leaves the catalog, 20 customers on active subscriptions, and charged events in books that agree", async () => {
  assert.deepEqual(
    (await listed("pricing-units")).map(({ code }) => code),
    ["token"],
  );
  assert.equal((await listed("meters")).length, 6);
  assert.deepEqual(
    new Set((await listed("plans")).map(({ code }) => code)),
    new Set(["prepaid_tokens", "pay_as_you_go", "team"]),
  );
  const found = await listed("customers");
  assert.equal(found.length, 20);
  assert.equal(new Set(found.map(({ external_id }) => external_id)).size, 20);
  assert.equal((await listed("subscriptions", "&status=active")).length, 20);

  const { tally } = first;
  assert.equal(tally.sent, 250);
  assert.ok(tally.rejected > 0, "some customers run dry");
  assert.ok(tally.rejected < tally.sent / 2, `most events are charged, yet ${tally.rejected} were rejected`);
  const chargedIn = tally.cost.map(({ currency_code, pricing_unit_code }) => currency_code ?? pricing_unit_code);
  assert.deepEqual(new Set(chargedIn), new Set(["token", "usd"]));
  assert.deepEqual((await verifyWallets(served.database)).problems, []);
});

test("the cost it shows is what the ledgers hold, and the balances are the server's", async () => {
  const usage: { token: string[]; usd: string[] } = { token: [], usd: [] };
  for (const { customerId, balances } of first.accounts) {
    const { body } = await served.test.get(`/v1/customers/${customerId}/balances`);
    assert.deepEqual(balances, body.balances);
    const ledger = (await served.test.get(`/v1/customers/${customerId}/ledger?limit=100`)).body;
    assert.equal(ledger.pagination.has_more, false);
    for (const { kind, amount, currency_code } of ledger.entries) {
      if (kind === "usage") usage[currency_code === "usd" ? "usd" : "token"].push(amount);
    }
  }
  for (const { balance, currency_code } of first.tally.cost) {
    const charged = sum(usage[currency_code === "usd" ? "usd" : "token"].map(decimal));
    assert.equal(balance, charged.negated().toString());
  }
});

test("in a pipe it prints plain lines that end with the table", () => {
  assert.ok(!first.printed.includes("\u001B"));
  assert.match(first.printed, /^250\/250 events .* rejected \| Kestrel Robotics: .* token/m);
  assert.match(first.printed, /^Kestrel Robotics +prepaid_tokens +\d+ /m);
  assert.match(first.printed, /rejected for insufficient balance/);
});

test("a second run keeps catalog and customers, buys again only what is nearly used up, and charges its own events", async () => {
  const before = await Promise.all(
    ["pricing-units", "meters", "plans", "customers", "subscriptions"].map((name) => listed(name)),
  );
  const second = await demoOn(served, { now: () => new Date(served.clock.now().getTime() + 60_000), events: 40 });
  const after = await Promise.all(
    ["pricing-units", "meters", "plans", "customers", "subscriptions"].map((name) => listed(name)),
  );
  assert.deepEqual(after, before);
  assert.equal(second.tally.sent, 40);
  assert.ok(second.accounts.some(({ charged }) => charged > 0));

  const kestrel = second.accounts[0]?.customerId;
  const { body } = await served.test.get(`/v1/customers/${kestrel}/credit-grants`);
  assert.equal(body.credit_grants.filter(({ name }: { name: string }) => name === "Welcome tokens").length, 1);
  assert.deepEqual((await verifyWallets(served.database)).problems, []);
});

test("nothing of it reaches the live mode", async () => {
  assert.deepEqual((await served.live.get("/v1/customers")).body.customers, []);
});

test("at the rate limit it says so, waits as long as the server asks, and loses no event", async () => {
  // Two seconds before the end of the server's minute; filling alone needs more than 100 requests.
  const limited = await serve({ now: "2026-03-10T12:00:58.000Z", rateLimitPerMinute: 180 });
  const onWrite = (text: string) => void (text.startsWith("The rate limit") && limited.clock.advance(2_000));
  const { tally, printed } = await demoOn(limited, { events: 60, onWrite });
  assert.match(printed, /^The rate limit is reached; waiting 2 s, as the server asks\.$/m);
  assert.equal(tally.sent, 60);
});

test("when asked to stop it ends after the event in flight, with the table", async () => {
  const stop = new AbortController();
  const now = () => new Date(served.clock.now().getTime() + 120_000);
  const onWrite = (text: string) => void (text.startsWith("1 events") && stop.abort());
  const { tally, printed } = await demoOn(served, { events: null, stop: stop.signal, now, onWrite });
  assert.equal(tally.sent, 1);
  assert.match(printed, /^Customer +Plan +Charged/m);
});

test("in a terminal each drawing erases the one before, and no line is wider than the screen", () => {
  const written: string[] = [];
  const screen = createScreen({ isTTY: true, columns: 10, write: (text) => written.push(text) });
  screen.show(["a long first line", "second"]);
  screen.show(["done", "second"], { isLast: true });
  screen.print("after");
  assert.deepEqual(written, ["a long fi\nsecond\n", "\u001B[2A\u001B[Jdone\nsecond\n", "after\n"]);
});

test("the same seed gives the same events, and the customers' weights show in them", () => {
  const draw = (seed: number) => {
    const usage = usageOf(customers, seed);
    return Array.from({ length: 1_000 }, () => usage.next().value);
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  const shareOf = (name: string) => draw(7).filter(({ customer }) => customer.name === name).length;
  assert.ok(shareOf("Kestrel Robotics") > 5 * shareOf("Anvil and Ash"));
});

test("without a server's demo.json, or without a server, it says to start one", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "afternoon-demo-"));
  try {
    await assert.rejects(findServer(folder), /There is no .*demo\.json .* Start it with npm start first\./);
    const file = {
      company_id: "",
      live_api_key: "",
      test_api_key: "ak_test_x",
      base_url: "http://127.0.0.1:1",
      dashboard_url: "",
    };
    await writeFile(path.join(folder, "demo.json"), JSON.stringify(file));
    await assert.rejects(
      findServer(folder),
      /The server at http:\/\/127\.0\.0\.1:1 does not answer\. Start it with npm start first\./,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("options are whole numbers, and anything else is answered with the usage", () => {
  assert.deepEqual(readOptions(["demo"]), { events: 500, ratePerSecond: 10 });
  assert.deepEqual(readOptions(["demo", "--events", "20", "--rate=50"]), { events: 20, ratePerSecond: 50 });
  assert.deepEqual(readOptions(["demo", "--continuous"]), { events: null, ratePerSecond: 10 });
  for (const wrong of [["--events", "0"], ["--rate", "fast"], ["--forever"]]) {
    assert.throws(() => readOptions(["demo", ...wrong]), /Usage: npm run demo/);
  }
});
