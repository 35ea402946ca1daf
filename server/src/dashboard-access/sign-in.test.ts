import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import type { MailTransport } from "../mail/mail.ts";
import { sql } from "../platform/db.ts";
import { projectRoot } from "../platform/project-root.ts";
import { startTestApp, testPublicUrl } from "../../test/harness.ts";
import { startMailServer } from "../../test/mail-server.ts";
import { createSetupLink, sendResets } from "./dashboard-access.ts";
import { stepOfCode, totpCode } from "./totp.ts";

const { app, database, connectionString, clock, live } = await startTestApp();

type Answer = { status: number; body: ReturnType<typeof JSON.parse>; cookie: string };

async function ask(method: string, url: string, payload?: object, cookie?: string): Promise<Answer> {
  const answer = await app.inject({
    method: method as "GET",
    url,
    headers: {
      "afternoon-dashboard": "1",
      ...(cookie === undefined ? {} : { cookie: `afternoon_session=${cookie}` }),
    },
    ...(payload === undefined ? {} : { payload }),
  });
  const set = /afternoon_session=([^;]*)/.exec(String(answer.headers["set-cookie"] ?? ""))?.[1] ?? "";
  return { status: answer.statusCode, body: answer.json(), cookie: set };
}

const refused = (answer: Answer, status: number, code: string) => {
  assert.equal(answer.body.error?.code, code, JSON.stringify(answer.body));
  assert.equal(answer.status, status);
};

const email = "olga@example.com";
let password = "correct horse";

const signIn = (fields: object = {}) => ask("POST", "/v1/auth/sign-in", { email, password, ...fields });

async function signedIn(fields: object = {}): Promise<string> {
  const answer = await signIn(fields);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.cookie;
}

const tokenOf = (text: string) => /#token=([\w-]{43})/.exec(text)?.[1] as string;

{
  const token = tokenOf((await createSetupLink(database, testPublicUrl, clock.now())) ?? "");
  await ask("POST", "/v1/auth/setup", { token, email, password, name: "Olga" });
}

const send = (transport: MailTransport | null) => sendResets(database, { transport, publicUrl: testPublicUrl }, clock);
const request = (to: string) => ask("POST", "/v1/auth/request-password-reset", { email: to });
const reset = (token: string, new_password: string) => ask("POST", "/v1/auth/reset-password", { token, new_password });

test("a new password is chosen by a mailed link, once, which ends every session and the lock", async () => {
  const { received, transport } = await startMailServer();
  const cookie = await signedIn();
  for (let count = 0; count < 10; count++) await signIn({ password: "wrong" });
  refused(await signIn(), 401, "INVALID_CREDENTIALS");

  assert.equal((await request("OLGA@example.com")).status, 202);
  assert.equal((await send(transport)).sent, 1);
  const [mail] = received;
  assert.deepEqual(mail?.to, [email]);
  assert.ok(mail.text.includes(`${testPublicUrl}/dashboard/reset#token=`));
  const token = tokenOf(mail.text);
  refused(await reset(token, "short"), 400, "VALIDATION_ERROR");
  const both = await Promise.all(["another horse", "third horse"].map((next) => reset(token, next)));
  assert.deepEqual(both.map(({ status }) => String(status)).toSorted(), ["200", "400"]);
  assert.equal(both[0]?.cookie, "", "whoever reads the mail is not signed in by it");
  password = both[0]?.status === 200 ? "another horse" : "third horse";
  clock.advance(1_000);
  refused(await ask("GET", "/v1/auth/session", undefined, cookie), 401, "SESSION_ENDED");
  await signedIn();
  refused(await reset(token, "fourth horse"), 400, "LINK_INVALID");
  const [entry] = (await live.get("/v1/audit-log?operation=reset-password")).body.audit_entries;
  assert.equal(entry.actor.name, email);
});

test("an address without a member is answered alike and gets no mail; a member gets one every five minutes", async () => {
  const { received, transport } = await startMailServer();
  const unknown = await request("nobody@example.com");
  clock.advance(5 * 60_000);
  const known = await request(email);
  assert.deepEqual({ ...unknown.body, request_id: null }, { ...known.body, request_id: null });
  assert.equal(unknown.status, known.status);
  await Promise.all([request(email), request(email)]);
  assert.deepEqual((await Promise.all([send(transport), send(transport)])).map(({ sent }) => String(sent)).toSorted(), [
    "0",
    "1",
  ]);
  clock.advance(5 * 60_000 - 1);
  await request(email);
  await send(transport);
  assert.equal(received.length, 1);
  clock.advance(1);
  await request(email);
  await send(transport);
  assert.equal(received.length, 2);
  // The newer link ends the older one, and an hour ends it.
  const [first, second] = received.map(({ text }) => tokenOf(text)) as [string, string];
  refused(await reset(first, "another horse"), 400, "LINK_INVALID");
  clock.advance(60 * 60_000);
  refused(await reset(second, "another horse"), 400, "LINK_INVALID");
});

test("a mail that cannot be sent is tried again with another link, five times, and the database holds none of them", async () => {
  let isBroken = true;
  const { received, transport } = await startMailServer((_address, _session, done) =>
    done(isBroken ? new Error("not now") : null),
  );
  await request(email);
  assert.equal((await send(transport)).failures.length, 1);
  assert.equal((await send(transport)).failures.length, 0, "not before its time");
  isBroken = false;
  clock.advance(60_000);
  assert.equal((await send(transport)).sent, 1);
  const token = tokenOf(received[0]?.text as string);
  const tables = ["one_time_links", "password_resets", "customer_mails"];
  for (const table of tables) {
    const rows = await database.query({ text: `select to_jsonb(each)::text from ${table} as each`, values: [] });
    assert.ok(!JSON.stringify(rows).includes(token), table);
  }

  isBroken = true;
  clock.advance(5 * 60_000);
  await request(email);
  for (let count = 0; count < 8; count++) {
    await send(transport);
    clock.advance(60 * 60_000);
  }
  const [row] = await database.query<{ attempts: number; send_at: Date | null }>(
    sql`select attempts, send_at from password_resets`,
  );
  assert.deepEqual([row?.attempts, row?.send_at], [5, null]);
});

test("without a mail server whoever runs the server is told, and makes the link by `afternoon reset-password`", async () => {
  clock.advance(5 * 60_000);
  await request(email);
  const run = await send(null);
  assert.match(String(run.failures[0]?.error), /afternoon reset-password EMAIL/);
  assert.equal((await send(null)).failures.length, 0);

  const program = path.join(projectRoot, "dist/cli/afternoon.js");
  const env = { ...process.env, DATABASE_URL: connectionString, PUBLIC_URL: testPublicUrl };
  const afternoon = (...args: string[]) =>
    promisify(execFile)(process.execPath, [program, "reset-password", ...args], { env });
  clock.set(new Date(Date.now()).toISOString());
  const { stdout } = await afternoon("Olga@Example.com");
  assert.ok(stdout.startsWith(`${testPublicUrl}/dashboard/reset#token=`));
  password = "from the shell";
  assert.equal((await reset(tokenOf(stdout), password)).status, 200);
  await signedIn();
  await assert.rejects(afternoon("nobody@example.com"), /There is no member with the email/);
  await assert.rejects(afternoon(), /Usage: afternoon reset-password/);
});

const codeOf = (secret: Buffer, stepsLater = 0) =>
  totpCode(secret, Math.floor(clock.now().getTime() / 30_000) + stepsLater);

function fromBase32(text: string): Buffer {
  const bits = text
    .split("")
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"));
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}

/** A code that is right at no time around now. */
function wrongCode(secret: Buffer): string {
  for (let number = 0; ; number++) {
    const code = String(number).padStart(6, "0");
    if (stepOfCode(secret, code, clock.now()) === null) return code;
  }
}

let secret: Buffer;
let recovery: string[];

test("a second factor is begun with the password, is on from its first right code, and ends the other sessions", async () => {
  const [cookie, other] = [await signedIn(), await signedIn()];
  refused(
    await ask("POST", "/v1/auth/second-factor/confirm", { code: "123456" }, cookie),
    409,
    "SECOND_FACTOR_NOT_STARTED",
  );
  refused(await ask("POST", "/v1/auth/second-factor", { password: "wrong" }, cookie), 401, "INVALID_CREDENTIALS");
  const begun = (await ask("POST", "/v1/auth/second-factor", { password }, cookie)).body;
  secret = fromBase32(begun.secret);
  assert.equal(new URL(begun.otpauth_url).searchParams.get("secret"), begun.secret);
  await signedIn();
  refused(
    await ask("POST", "/v1/auth/second-factor/confirm", { code: wrongCode(secret) }, cookie),
    401,
    "SECOND_FACTOR_INVALID",
  );
  const confirmed = await ask("POST", "/v1/auth/second-factor/confirm", { code: codeOf(secret) }, cookie);
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
  recovery = confirmed.body.recovery_codes;
  assert.equal(new Set(recovery).size, 10);
  for (const code of recovery) assert.match(code, /^[a-z2-7]{4}(?:-[a-z2-7]{4}){3}$/);
  clock.advance(1_000);
  refused(await ask("GET", "/v1/auth/session", undefined, other), 401, "SESSION_ENDED");
  const { session } = (await ask("GET", "/v1/auth/session", undefined, cookie)).body;
  assert.equal(session.member.has_second_factor, true);
  const { members } = (await ask("GET", "/v1/members", undefined, cookie)).body;
  assert.equal(members[0].has_second_factor, true);
});

test("signing in asks for the code, takes each once, and tells nothing to who has not the password", async () => {
  clock.advance(60_000);
  refused(await signIn(), 401, "SECOND_FACTOR_REQUIRED");
  refused(await signIn({ password: "wrong" }), 401, "INVALID_CREDENTIALS");
  refused(await signIn({ code: wrongCode(secret) }), 401, "SECOND_FACTOR_INVALID");
  const code = codeOf(secret);
  const both = await Promise.all([1, 2].map(() => signIn({ code: `${code.slice(0, 3)} ${code.slice(3)}` })));
  assert.deepEqual(both.map(({ status }) => String(status)).toSorted(), ["200", "401"]);
  refused(await signIn({ code }), 401, "SECOND_FACTOR_INVALID");
  refused(await signIn({ code: codeOf(secret, -1) }), 401, "SECOND_FACTOR_INVALID");
  await signedIn({ code: codeOf(secret, 1) });
});

test("wrong codes are tries as wrong passwords are: after ten the email is locked for 15 minutes", async () => {
  clock.advance(60_000);
  for (let count = 0; count < 10; count++)
    refused(await signIn({ code: wrongCode(secret) }), 401, "SECOND_FACTOR_INVALID");
  refused(await signIn({ code: codeOf(secret) }), 401, "INVALID_CREDENTIALS");
  clock.advance(15 * 60_000);
  await signedIn({ code: codeOf(secret) });
});

test("a recovery code stands in once, however it is typed; new ones end those before", async () => {
  clock.advance(60_000);
  const [first = "", second = ""] = recovery;
  const cookie = await signedIn({ code: first.toUpperCase().replaceAll("-", " ") });
  refused(await signIn({ code: first }), 401, "SECOND_FACTOR_INVALID");
  refused(
    await ask("POST", "/v1/auth/second-factor/recovery-codes", { password: "wrong" }, cookie),
    401,
    "INVALID_CREDENTIALS",
  );
  const made = await ask("POST", "/v1/auth/second-factor/recovery-codes", { password }, cookie);
  refused(await signIn({ code: second }), 401, "SECOND_FACTOR_INVALID");
  recovery = made.body.recovery_codes;
  await signedIn({ code: recovery[0] });
});

test("no way around it: neither a mailed link nor an invitation to another company signs in without the code", async () => {
  clock.advance(60 * 60_000);
  const { received, transport } = await startMailServer();
  await request(email);
  await send(transport);
  password = "after the reset";
  assert.equal((await reset(tokenOf(received[0]?.text as string), password)).status, 200);
  refused(await signIn(), 401, "SECOND_FACTOR_REQUIRED");

  const cookie = await signedIn({ code: codeOf(secret) });
  const [{ company_id } = { company_id: "" }] = await database.query<{ company_id: string }>(
    sql`insert into companies (company_id, name, currency_code, created_at) values ('cother', 'Other', 'usd', ${clock.now()}) returning company_id`,
  );
  await database.query(
    sql`insert into tenants (company_id, mode, mails) values (${company_id}, 'live', 'on'), (${company_id}, 'test', 'off')`,
  );
  await database.query(sql`update memberships set company_id = ${company_id} where company_id <> ${company_id}`);
  clock.advance(60_000);
  const invited = await ask("POST", "/v1/members", { email: "new@example.com", role: "owner" }, cookie);
  assert.equal(invited.status, 201, JSON.stringify(invited.body));
  const token = tokenOf(invited.body.invitation_url);
  // As if the invitation had been for Olga, who is no member of that company.
  await database.query(sql`update one_time_links set email = ${email} where kind = 'invitation'`);
  const accept = (fields: object = {}) =>
    ask("POST", "/v1/auth/accept-invitation", { token, name: "Olga", password, ...fields });
  refused(await accept(), 401, "SECOND_FACTOR_REQUIRED");
  refused(await accept({ code: wrongCode(secret) }), 401, "SECOND_FACTOR_INVALID");
  assert.equal((await accept({ code: codeOf(secret) })).status, 201);
});

test("what is stored opens nothing: the secret is sealed, recovery codes are hashes, and both are in no log", async () => {
  const tables = ["members", "recovery_codes", "audit_entries"];
  for (const table of tables) {
    const rows = JSON.stringify(
      await database.query({ text: `select to_jsonb(each)::text as row from ${table} as each`, values: [] }),
    );
    for (const form of ["hex", "base64"] as const) assert.ok(!rows.includes(secret.toString(form)), table);
    for (const code of recovery) assert.ok(!rows.includes(code) && !rows.includes(code.replaceAll("-", "")), table);
  }
});

test("turning it off needs the password, and the shell can do it for who has lost everything", async () => {
  clock.advance(60_000);
  const cookie = await signedIn({ code: codeOf(secret) });
  refused(
    await ask("POST", "/v1/auth/second-factor/disable", { password: "wrong" }, cookie),
    401,
    "INVALID_CREDENTIALS",
  );
  const off = await ask("POST", "/v1/auth/second-factor/disable", { password }, cookie);
  assert.equal(off.body.session.member.has_second_factor, false);
  await signedIn();
  refused(
    await ask("POST", "/v1/auth/second-factor/recovery-codes", { password }, cookie),
    409,
    "SECOND_FACTOR_NOT_STARTED",
  );

  const begun = (await ask("POST", "/v1/auth/second-factor", { password }, cookie)).body;
  const code = codeOf(fromBase32(begun.secret));
  assert.equal((await ask("POST", "/v1/auth/second-factor/confirm", { code }, cookie)).status, 200);
  refused(await signIn(), 401, "SECOND_FACTOR_REQUIRED");
  const program = path.join(projectRoot, "dist/cli/afternoon.js");
  const env = { ...process.env, DATABASE_URL: connectionString };
  await promisify(execFile)(process.execPath, [program, "reset-password", email, "--without-second-factor"], { env });
  await signedIn();
  assert.deepEqual(await database.query(sql`select from recovery_codes`), []);
});
