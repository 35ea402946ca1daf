import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:http";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { SMTPServer } from "smtp-server";
import { createTestDatabase } from "../harness.ts";
import { startServerProcess } from "../server-process.ts";
import { until } from "../until.ts";
import { assertNothingStrayed, openBrowser } from "./browser.ts";

/*
 * What others try on whoever is signed in to the dashboard, in a real browser against the server as an operator runs it; and that no secret is in
 * an address, in a page after it was shown, or in the log, however talkative.
 */

const mails: string[] = [];
const smtpUrl = await startMailServer();
const dataDir = await mkdtemp(path.join(os.tmpdir(), "afternoon-attacks-"));
after(() => rm(dataDir, { recursive: true, force: true }));
const server = await startServerProcess({
  DATA_DIR: dataDir,
  DATABASE_URL: await createTestDatabase(),
  LOG_LEVEL: "debug",
  SMTP_URL: smtpUrl,
  MAIL_FROM: "billing@acme.example",
});
after(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
});
const origin = server.baseUrl;
const browser = await openBrowser(origin);
const strange = await startStrangeSite();

const email = "olga@example.com";
let password = "correct horse battery";
/** By what they are. */
const secrets = new Map<string, string>();
const addresses: string[] = [];
let base = "";

async function startMailServer(): Promise<string> {
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        mails.push(Buffer.concat(chunks).toString("utf8").replaceAll("=\r\n", "").replaceAll("=3D", "="));
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  after(() => new Promise<void>((resolve) => smtp.close(resolve)));
  return `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`;
}

/** A site of somebody else, on another port of the same machine: to the cookie's SameSite it is the same site. */
async function startStrangeSite(): Promise<{ origin: string; serve: (html: string) => void }> {
  let page = "";
  const site = createServer((_request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(page);
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  after(() => {
    site.closeAllConnections();
    site.close();
  });
  const { port } = site.address() as AddressInfo;
  return { origin: `http://localhost:${port}`, serve: (html) => void (page = html) };
}

async function open(): Promise<Page> {
  const page = await browser.open();
  page.setDefaultTimeout(10_000);
  page.on("request", (request) => addresses.push(request.url()));
  return page;
}

async function signIn(page: Page): Promise<void> {
  await giveCredentials(page);
  await page.getByRole("navigation", { name: "Main" }).waitFor();
}

async function giveCredentials(page: Page, query = ""): Promise<void> {
  await page.goto(`/dashboard/sign-in${query}`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const sessionOf = async (page: Page) =>
  (await page.context().cookies()).find(({ name }) => name === "afternoon_session")?.value ?? "";

/** By the session of `page`, as its own scripts ask. */
async function ask<Answer>(page: Page, method: string, url: string, body?: object): Promise<Answer> {
  return (await page.evaluate(
    async ([asked, address, company, content]) => {
      const answer = await fetch(address as string, {
        method: asked as string,
        headers: {
          "Content-Type": "application/json",
          "Afternoon-Dashboard": "1",
          "Afternoon-Company": company as string,
          "Afternoon-Mode": "test",
        },
        ...(content === null ? {} : { body: content as string }),
      });
      return answer.json();
    },
    [method, url, base.split("/")[2] ?? "", body === undefined ? null : JSON.stringify(body)],
  )) as Answer;
}

const tokenOf = (text: string) => /#token=([\w-]{43})/.exec(text)?.[1] as string;

test("secrets are made, each shown once", async () => {
  await until("the setup link", () => server.output().includes("#token="));
  const setUp = tokenOf(server.output());
  secrets.set("setup link", setUp);
  const page = await open();
  await page.goto(`/dashboard/setup#token=${setUp}`);
  await page.getByLabel("Your name").fill("Olga");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: /owner|account|set up/i }).click();
  await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
  base = new URL(page.url()).pathname.replace(/\/live\/?$/, "/test");
  secrets.set("session", await sessionOf(page));
  secrets.set("password", password);

  const { api_key } = await ask<{ api_key: { key: string } }>(page, "POST", "/v1/api-keys", { name: "Shop" });
  secrets.set("API key", api_key.key);
  const { webhook_endpoint } = await ask<{ webhook_endpoint: { secret: string } }>(
    page,
    "POST",
    "/v1/webhook-endpoints",
    { url: "https://hooks.example.com/" },
  );
  secrets.set("signing secret", webhook_endpoint.secret);
  const invited = await ask<{ invitation_url: string }>(page, "POST", "/v1/members", {
    email: "eve@example.com",
    role: "viewer",
  });
  secrets.set("invitation", tokenOf(invited.invitation_url));
  const factor = await ask<{ secret: string }>(page, "POST", "/v1/auth/second-factor", { password });
  secrets.set("second factor", factor.secret);

  const { customer } = await ask<{ customer: { id: string } }>(page, "POST", "/v1/customers", { name: "Ada" });
  const portal = await ask<{ url: string }>(page, "POST", `/v1/customers/${customer.id}/portal-link`);
  secrets.set("portal link", portal.url.split("/").at(-1) as string);
  await ask(page, "POST", "/v1/plans", {
    code: "pro",
    fixed_fees: [{ code: "base", amount: "30", currency_code: "usd" }],
  });
  const body = { customer_id: customer.id, plan_code: "pro" };
  const signup = await ask<{ subscription_signup_link: { url: string } }>(
    page,
    "POST",
    "/v1/subscription-signup-links",
    body,
  );
  secrets.set("signup link", signup.subscription_signup_link.url.split("/").at(-1) as string);
  await ask(page, "POST", "/v1/stripe-account", { secret_key: "sk_test_12345678901234567890" });

  for (const link of [portal.url, signup.subscription_signup_link.url]) await page.goto(new URL(link).pathname);

  await page.goto("/dashboard/forgot");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button").first().click();
  await until("the mail", () => mails.length > 0);
  const reset = tokenOf(mails[0] ?? "");
  secrets.set("reset link", reset);
  await page.goto(`/dashboard/reset#token=${reset}`);
  await page.getByLabel("Password").first().fill("another horse battery");
  await page.getByRole("button").first().click();
  await page.getByText("Sign in").first().waitFor();
  password = "another horse battery";
  secrets.set("new password", password);
  for (const [what, secret] of secrets) assert.ok((secret ?? "").length > 8, what);
});

test("what a session had before it was signed in to is not what it has after, and opens nothing", async () => {
  const page = await open();
  const planted = "f".repeat(43);
  await page.context().addCookies([{ name: "afternoon_session", value: planted, url: origin }]);
  await signIn(page);
  const value = await sessionOf(page);
  assert.notEqual(value, planted);
  secrets.set("later session", value);
  const answer = await fetch(`${origin}/v1/auth/session`, { headers: { cookie: `afternoon_session=${planted}` } });
  assert.equal(answer.status, 401);
});

test("signing in leads nowhere but to this dashboard, whatever the address says", async () => {
  const hostile = [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "javascript:wasRun=1",
    "/dashboard/../../evil",
    "/\t/evil.example",
    "\\\\evil.example",
    "evil.example",
  ];
  for (const back of hostile) {
    const page = await open();
    await giveCredentials(page, `?${new URLSearchParams({ back })}`);
    await page.waitForURL((url) => !url.pathname.endsWith("/sign-in"));
    assert.equal(new URL(page.url()).origin, origin, back);
    assert.equal(await page.evaluate("typeof globalThis.wasRun"), "undefined");
    await page.context().close();
  }
});

test("no page shows a secret again, and none has gone into an address", async () => {
  const page = await open();
  await signIn(page);
  for (const each of ["", "/customers", "/developers", "/settings", "/audit-log", "/request-log", "/mails"]) {
    await page.goto(base + each);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.locator("main").getByText("Loading …").first().waitFor({ state: "hidden" });
    const content = await page.content();
    for (const [what, secret] of secrets) assert.ok(!content.includes(secret), `${each} shows the ${what}`);
  }
  // A page that a customer opens by a link is at the address of the link.
  const ofDashboard = addresses.filter((url) => !/^\/(?:portal|subscribe)\//.test(new URL(url).pathname));
  for (const [what, secret] of secrets)
    for (const url of ofDashboard) assert.ok(!decodeURIComponent(url).includes(secret), `${url} holds the ${what}`);
});

test("nothing that a page needs comes from elsewhere", () => {
  assertNothingStrayed();
});

test("no other site can frame a page that does something", async () => {
  const page = await open();
  await signIn(page);
  const framed = [
    `${base}/settings`,
    "/dashboard/sign-in",
    `/portal/${secrets.get("portal link")}`,
    `/subscribe/${secrets.get("signup link")}`,
    "/docs",
  ];
  for (const each of framed) {
    strange.serve(`<!doctype html><iframe src="${origin}${each}"></iframe>`);
    const answered = page.waitForResponse((response) => response.url() === origin + each);
    await page.goto(strange.origin);
    const { "x-frame-options": older, "content-security-policy": policy } = (await answered).headers();
    assert.match(policy ?? "", /frame-ancestors 'none'/, each);
    assert.equal(older, "DENY", each);
    const [, frame] = page.frames();
    await until("the refusal", () => frame?.url().startsWith("chrome-error:") === true);
  }
});

test("a page of another site changes nothing by whoever is signed in, though their cookie comes along", async () => {
  const page = await open();
  await signIn(page);
  const customers = async () => (await ask<{ customers: object[] }>(page, "GET", "/v1/customers")).customers.length;
  const before = await customers();
  const body = JSON.stringify({ name: "By another site" });
  const cookies: boolean[] = [];
  page.on("request", async (request) => {
    if (request.url() !== `${origin}/v1/customers` || request.method() !== "POST") return;
    cookies.push(((await request.allHeaders()).cookie ?? "").includes("afternoon_session="));
  });
  strange.serve(`<!doctype html><form method="post" enctype="text/plain" action="${origin}/v1/customers">
    <input name='${body.slice(0, -2)}' value='"}'></form>`);
  await page.goto(strange.origin);
  const refused = page.waitForResponse(`${origin}/v1/customers`);
  await page.evaluate("document.forms[0].submit()");
  assert.ok((await refused).status() >= 400);
  // The answer is shown as a page; it must be there before one goes on.
  await page.waitForURL(`${origin}/v1/customers`);
  await page.goto(strange.origin);
  const sendings = [
    { mode: "no-cors", headers: { "Content-Type": "text/plain" } },
    { headers: { "Content-Type": "application/json" } },
    { headers: { "Content-Type": "application/json", "Afternoon-Dashboard": "1" } },
  ];
  for (const sending of sendings)
    await page.evaluate(
      async ([url, init]) => {
        await fetch(url as string, init as object).catch(() => {});
      },
      [`${origin}/v1/customers`, { method: "POST", credentials: "include", body, ...sending }],
    );
  await page.goto(base);
  assert.equal(await customers(), before);
  assert.ok(cookies.includes(true), "the attack must be one: the cookie has to come along");
});

// Last, because everything before is in it.
test("the log, at its most talkative, holds no secret but the link that is printed for the first owner", () => {
  const output = server.output();
  assert.ok(output.includes("/v1/api-keys"), "requests must be in it");
  const [printed, ...others] = output.split(`#token=${secrets.get("setup link")}`);
  const log = [printed, ...others].join();
  assert.equal(others.length, 1);
  for (const [what, secret] of secrets)
    assert.ok(!log.includes(secret), `the log holds the ${what}: ${around(log, secret)}`);
});

function around(log: string, secret: string): string {
  const at = log.indexOf(secret);
  return log.slice(Math.max(0, at - 200), at + 100);
}
