import assert from "node:assert/strict";
import { test } from "node:test";
import { createOperations } from "../app.ts";
import { createCompany } from "../companies/companies.ts";
import { eventStream } from "../http/operation.ts";
import { sql } from "../platform/db.ts";
import { openTestApp, startTestApp, testPublicUrl } from "../../test/harness.ts";
import { createSetupLink, deleteEnded } from "./dashboard-access.ts";
import { isPasswordOf } from "./password.ts";
import { roles, rolesFor, type Role } from "./roles.ts";

const { app, database, connectionString, clock, company, test: api, live } = await startTestApp();
const second = await database.transaction((tx) =>
  createCompany(tx, { name: "Second", currencyCode: "eur" }, new Date(clock.now().getTime() + 1_000)),
);

type Answer = {
  status: number;
  body: ReturnType<typeof JSON.parse>;
  cookie: string | null;
  headers: Record<string, unknown>;
};
type Options = {
  cookie?: string | null;
  company?: string;
  mode?: string;
  headers?: Record<string, string | null>;
  ip?: string;
  by?: typeof app;
};

/** As the dashboard's own page asks. A header that is null is left out. */
async function ask(method: string, url: string, payload?: object, options: Options = {}): Promise<Answer> {
  const { cookie = null, headers = {} } = options;
  const all = {
    ...(payload === undefined ? {} : { "content-type": "application/json" }),
    ...(cookie === null ? {} : { cookie: `other=1; afternoon_session=${cookie}` }),
    ...(options.company === undefined ? {} : { "afternoon-company": options.company }),
    ...(options.mode === undefined ? {} : { "afternoon-mode": options.mode }),
    "afternoon-dashboard": "1",
    ...headers,
  };
  const answer = await (options.by ?? app).inject({
    method: method as "GET",
    url,
    remoteAddress: options.ip ?? "127.0.0.1",
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as Record<string, string>,
    ...(payload === undefined ? {} : { payload }),
  });
  const set = /afternoon_session=([^;]*)/.exec(String(answer.headers["set-cookie"] ?? ""))?.[1] ?? null;
  return { status: answer.statusCode, body: answer.json(), cookie: set, headers: answer.headers };
}

const refused = (answer: Answer, status: number, code: string) => {
  assert.equal(answer.body.error?.code, code, JSON.stringify(answer.body));
  assert.equal(answer.status, status);
};

const password = "correct horse";
const owner = { email: "Olga@Example.com", password, name: "Olga" };

async function signIn(email: string, options: Options & { password?: string } = {}): Promise<string> {
  const answer = await ask("POST", "/v1/auth/sign-in", { email, password: options.password ?? password }, options);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.cookie as string;
}

const tokenOf = (url: string | null) => /#token=([\w-]{43})$/.exec(url ?? "")?.[1] as string;

/** A new member of the company with `role`, signed in. */
async function join(email: string, role: Role, by: string, companyId?: string) {
  const place = companyId === undefined ? {} : { company: companyId };
  const invited = await ask("POST", "/v1/members", { email, role }, { cookie: by, ...place });
  assert.equal(invited.status, 201, JSON.stringify(invited.body));
  const token = tokenOf(invited.body.invitation_url);
  const accepted = await ask("POST", "/v1/auth/accept-invitation", { token, name: email, password });
  assert.equal(accepted.status, 201, JSON.stringify(accepted.body));
  return { id: accepted.body.session.member.id as string, cookie: accepted.cookie as string };
}

let olga = "";

test("the setup link makes the owner of the first company once; each start replaces it, and with a member there is none", async () => {
  const replaced = tokenOf(await createSetupLink(database, testPublicUrl, clock.now()));
  const url = await createSetupLink(database, testPublicUrl, clock.now());
  assert.ok(url?.startsWith(`${testPublicUrl}/dashboard/setup#token=`));
  refused(await ask("POST", "/v1/auth/setup", { ...owner, token: replaced }), 400, "LINK_INVALID");
  refused(
    await ask("POST", "/v1/auth/setup", { ...owner, token: tokenOf(url), password: "short" }),
    400,
    "VALIDATION_ERROR",
  );
  const both = await Promise.all([1, 2].map(() => ask("POST", "/v1/auth/setup", { ...owner, token: tokenOf(url) })));
  assert.deepEqual(both.map(({ status }) => String(status)).toSorted(), ["201", "400"]);
  const made = both.find(({ status }) => status === 201) as Answer;
  olga = made.cookie as string;
  const { session } = made.body;
  assert.equal(session.member.email, "olga@example.com");
  assert.deepEqual(session.companies, [{ id: company.companyId, name: "Acme", role: "owner", currency_code: "usd" }]);
  assert.deepEqual((await ask("GET", "/v1/auth/session", undefined, { cookie: olga })).body.session, session);
  assert.equal(await createSetupLink(database, testPublicUrl, clock.now()), null);
});

test("the cookie is for the browser alone, and over https only", async () => {
  const { headers } = await ask("POST", "/v1/auth/sign-in", owner);
  const attributes = String(headers["set-cookie"]).split("; ").slice(1).toSorted();
  assert.deepEqual(attributes, ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax", "Secure"]);
  assert.equal(headers["cache-control"], "no-store");
});

test("a member's request is the same operation as a key's, in the mode that it names", async () => {
  const { customer } = (await ask("POST", "/v1/customers", { name: "By Olga" }, { cookie: olga })).body;
  assert.equal((await api.get(`/v1/customers/${customer.id}`)).body.customer.name, "By Olga");
  assert.equal((await live.get(`/v1/customers/${customer.id}`)).status, 404);
  const path = `/v1/customers/${customer.id}`;
  assert.equal((await ask("GET", path, undefined, { cookie: olga, mode: "test" })).status, 200);
  refused(await ask("GET", path, undefined, { cookie: olga, mode: "live" }), 404, "CUSTOMER_NOT_FOUND");
  refused(await ask("GET", path, undefined, { cookie: olga, mode: "other" }), 400, "VALIDATION_ERROR");
  const key = { authorization: `Bearer ${company.liveApiKey}` };
  refused(await ask("GET", path, undefined, { cookie: olga, headers: key }), 404, "CUSTOMER_NOT_FOUND");
});

test("a write by a session needs our header, and an origin that is ours if there is one", async () => {
  const write = (headers: Record<string, string | null>) =>
    ask("POST", "/v1/customers", { name: "New" }, { cookie: olga, headers });
  refused(await write({ "afternoon-dashboard": null }), 403, "CSRF_REFUSED");
  for (const origin of [
    "https://evil.example",
    "null",
    "",
    `${testPublicUrl}.evil.example`,
    "http://billing.acme.example",
  ])
    refused(await write({ origin }), 403, "CSRF_REFUSED");
  assert.equal((await write({ origin: testPublicUrl })).status, 201);
  assert.equal((await write({ origin: "http://localhost:8787", host: "localhost:8787" })).status, 201);
  const read = await ask("GET", "/v1/customers", undefined, { cookie: olga, headers: { "afternoon-dashboard": null } });
  assert.equal(read.status, 200);
  const login = await ask("POST", "/v1/auth/sign-in", owner, { headers: { origin: "https://evil.example" } });
  refused(login, 403, "CSRF_REFUSED");
  assert.equal(login.cookie, null);
});

test("a session that was there before signing in is not the one after it, and ends", async () => {
  const before = await signIn(owner.email);
  const after = await signIn(owner.email, { cookie: before });
  assert.notEqual(after, before);
  clock.advance(1_000);
  refused(await ask("GET", "/v1/auth/session", undefined, { cookie: before }), 401, "SESSION_ENDED");
  const planted = "p".repeat(43);
  assert.notEqual(await signIn(owner.email, { cookie: planted }), planted);
  refused(await ask("GET", "/v1/auth/session", undefined, { cookie: planted }), 401, "SESSION_ENDED");
});

test("a session is refused by every process within a second of its end", async () => {
  const cookie = await signIn(owner.email);
  const { app: by } = openTestApp(connectionString, clock);
  assert.equal((await ask("GET", "/v1/customers", undefined, { cookie, by })).status, 200);
  const out = await ask("POST", "/v1/auth/sign-out", undefined, { cookie });
  assert.equal(out.status, 200);
  assert.equal(out.cookie, "");
  clock.advance(1_000);
  for (const process of [app, by])
    refused(await ask("GET", "/v1/customers", undefined, { cookie, by: process }), 401, "SESSION_ENDED");
});

test("a session ends after 7 days without use, and after 30 however much it is used", async () => {
  const dayMs = 24 * 60 * 60 * 1_000;
  const [idle, used] = [await signIn(owner.email), await signIn(owner.email)];
  for (let day = 6; day < 30; day += 6) {
    clock.advance(6 * dayMs);
    assert.equal((await ask("GET", "/v1/auth/session", undefined, { cookie: used })).status, 200, `day ${day}`);
  }
  refused(await ask("GET", "/v1/auth/session", undefined, { cookie: idle }), 401, "SESSION_ENDED");
  clock.advance(6 * dayMs);
  refused(await ask("GET", "/v1/auth/session", undefined, { cookie: used }), 401, "SESSION_ENDED");
  await deleteEnded(database, clock.now());
  assert.deepEqual(await database.query(sql`select from sessions`), []);
  olga = await signIn(owner.email);
});

test("using a session is written down once an hour at most", async () => {
  const cookie = await signIn(owner.email);
  const lastUse = async () => {
    await ask("GET", "/v1/auth/session", undefined, { cookie });
    const [row] = await database.query<{ last: Date }>(sql`select max(last_used_at) as last from sessions`);
    return row?.last.toISOString();
  };
  const first = await lastUse();
  clock.advance(59 * 60_000);
  assert.equal(await lastUse(), first);
  clock.advance(60_000);
  assert.equal(await lastUse(), clock.now().toISOString());
});

test("an unknown email, a wrong password and a locked email are answered alike; 10 failures lock for 15 minutes", async () => {
  await join("locked@example.com", "viewer", olga);
  const attempt = (email: string, secret: string) =>
    ask("POST", "/v1/auth/sign-in", { email, password: secret }, { ip: "10.0.0.1" });
  const unknown = await attempt("nobody@example.com", "wrong");
  refused(unknown, 401, "INVALID_CREDENTIALS");
  // At once: no number of tries at the same time gets past the limit.
  const tries = await Promise.all(Array.from({ length: 12 }, () => attempt("locked@example.com", "wrong")));
  const locked = await attempt("LOCKED@example.com", password);
  for (const answer of [...tries, locked]) {
    refused(answer, 401, "INVALID_CREDENTIALS");
    assert.deepEqual(answer.body.error, unknown.body.error);
  }
  clock.advance(15 * 60_000 - 1);
  refused(await attempt("locked@example.com", password), 401, "INVALID_CREDENTIALS");
  clock.advance(1);
  await signIn("locked@example.com");
  for (let count = 0; count < 9; count++) await attempt("locked@example.com", "wrong");
  await signIn("locked@example.com");
});

test("one address cannot try for ever, and another is not kept from it", async () => {
  clock.advance(60_000);
  const attempt = (ip: string) => ask("POST", "/v1/auth/setup", { ...owner, token: "none" }, { ip });
  for (let count = 0; count < 60; count++) refused(await attempt("10.0.0.2"), 400, "LINK_INVALID");
  const over = await attempt("10.0.0.2");
  refused(over, 429, "RATE_LIMIT_EXCEEDED");
  assert.ok(over.headers["retry-after"]);
  refused(await attempt("10.0.0.3"), 400, "LINK_INVALID");
  clock.advance(60_000);
  refused(await attempt("10.0.0.2"), 400, "LINK_INVALID");
});

test("a new password needs the old one, ends the other sessions, and neither is stored", async () => {
  const { cookie } = await join("changes@example.com", "viewer", olga);
  const other = await signIn("changes@example.com");
  const change = (current_password: string) =>
    ask("POST", "/v1/auth/password", { current_password, new_password: "another horse" }, { cookie });
  refused(await change("wrong"), 401, "INVALID_CREDENTIALS");
  assert.equal((await change(password)).status, 200);
  clock.advance(1_000);
  refused(await ask("GET", "/v1/auth/session", undefined, { cookie: other }), 401, "SESSION_ENDED");
  assert.equal((await ask("GET", "/v1/auth/session", undefined, { cookie })).status, 200);
  await signIn("changes@example.com", { password: "another horse" });
  const everything = JSON.stringify([
    await database.query(sql`select * from members`),
    await database.query(sql`select session_id, encode(token_hash, 'base64') from sessions`),
  ]);
  assert.ok(!everything.includes("horse") && !everything.includes(cookie));
  const stored = await database.query<{ password_hash: string }>(sql`select password_hash from members`);
  assert.equal(new Set(stored.map((row) => row.password_hash)).size, stored.length, "each has a salt of its own");
  assert.equal(await isPasswordOf("other", stored[0]?.password_hash ?? ""), false);
});

test("a member is in their own companies alone, and says which if there are several", async () => {
  const { cookie } = await join("anna@example.com", "admin", olga);
  const elsewhere = { cookie, company: second.companyId };
  refused(await ask("GET", "/v1/customers", undefined, elsewhere), 404, "COMPANY_NOT_FOUND");
  refused(
    await ask("POST", "/v1/members", { email: "x@example.com", role: "admin" }, elsewhere),
    404,
    "COMPANY_NOT_FOUND",
  );
  refused(await ask("GET", "/v1/customers", undefined, { cookie, company: "c".repeat(25) }), 404, "COMPANY_NOT_FOUND");

  const [{ member_id } = { member_id: "" }] = await database.query<{ member_id: string }>(
    sql`select member_id from members where email = 'anna@example.com'`,
  );
  await database.query(
    sql`insert into memberships (company_id, member_id, role, created_at) values (${second.companyId}, ${member_id}, 'owner', ${clock.now()})`,
  );
  clock.advance(1_000);
  refused(await ask("GET", "/v1/customers", undefined, { cookie }), 400, "VALIDATION_ERROR");
  assert.equal((await ask("GET", "/v1/company", undefined, elsewhere)).body.company.name, "Second");
  assert.equal(
    (await ask("GET", "/v1/company", undefined, { cookie, company: company.companyId })).body.company.name,
    "Acme",
  );

  // What belongs to one company is not found from the other.
  const { body } = await ask("GET", "/v1/members", undefined, { cookie, company: company.companyId });
  for (const { id } of body.members) {
    if (id === member_id) continue;
    refused(await ask("PATCH", `/v1/members/${id}`, { role: "viewer" }, elsewhere), 404, "MEMBER_NOT_FOUND");
    refused(await ask("DELETE", `/v1/members/${id}`, undefined, elsewhere), 404, "MEMBER_NOT_FOUND");
  }
  const seen = (await ask("GET", "/v1/members", undefined, elsewhere)).body.members;
  assert.deepEqual(
    seen.map((member: { email: string }) => member.email),
    ["anna@example.com"],
  );
});

test("an invitation works once, for 7 days, until another one; and opens no account that exists", async () => {
  const invite = async (email: string, options: Options = {}) =>
    ask("POST", "/v1/members", { email, role: "viewer" }, { cookie: olga, ...options });
  const accept = (url: string, secret = password) =>
    ask("POST", "/v1/auth/accept-invitation", { token: tokenOf(url), name: "New", password: secret });
  const first = await invite("New@example.com");
  assert.ok(first.body.invitation_url.startsWith(`${testPublicUrl}/dashboard/accept#token=`));
  assert.equal(first.body.member.status, "invited");
  const again = await invite("new@example.com");
  refused(await accept(first.body.invitation_url), 400, "LINK_INVALID");
  const accepted = await accept(again.body.invitation_url);
  assert.equal(accepted.body.session.companies[0].role, "viewer");
  refused(await accept(again.body.invitation_url), 400, "LINK_INVALID");
  refused(await invite("new@example.com"), 409, "MEMBER_EXISTS");

  const late = await invite("late@example.com");
  clock.advance(7 * 24 * 60 * 60 * 1_000);
  refused(await accept(late.body.invitation_url), 400, "LINK_INVALID");

  const anna = await signIn("anna@example.com");
  const toSecond = await invite("new@example.com", { cookie: anna, company: second.companyId });
  refused(await accept(toSecond.body.invitation_url, "chosen by Anna"), 401, "INVALID_CREDENTIALS");
  const joined = await accept(toSecond.body.invitation_url);
  assert.equal(joined.body.session.companies.length, 2);
  assert.equal(joined.body.session.member.name, "New");
  olga = await signIn(owner.email);
});

test("nobody removes the last owner, not even two at once, and only owners make and unmake owners", async () => {
  const { id: olgaId } = (await ask("GET", "/v1/auth/session", undefined, { cookie: olga })).body.session.member;
  refused(await ask("DELETE", `/v1/members/${olgaId}`, undefined, { cookie: olga }), 409, "LAST_OWNER");
  refused(await ask("PATCH", `/v1/members/${olgaId}`, { role: "admin" }, { cookie: olga }), 409, "LAST_OWNER");
  const admin = await join("admin@example.com", "admin", olga);
  const asAdmin = { cookie: admin.cookie };
  refused(await ask("DELETE", `/v1/members/${olgaId}`, undefined, asAdmin), 403, "FORBIDDEN");
  refused(await ask("PATCH", `/v1/members/${admin.id}`, { role: "owner" }, asAdmin), 403, "FORBIDDEN");
  refused(await ask("POST", "/v1/members", { email: "o@example.com", role: "owner" }, asAdmin), 403, "FORBIDDEN");

  const other = await join("other@example.com", "owner", olga);
  const removals = await Promise.all([
    ask("DELETE", `/v1/members/${other.id}`, undefined, { cookie: olga }),
    ask("DELETE", `/v1/members/${olgaId}`, undefined, { cookie: other.cookie }),
  ]);
  assert.deepEqual(removals.map(({ status }) => String(status)).toSorted(), ["200", "409"]);
  // Whoever is left is the owner in the tests that follow.
  if (removals[1]?.status === 200) olga = other.cookie;
});

test("a role that was changed or taken away holds within a second", async () => {
  const { id, cookie } = await join("changing@example.com", "finance", olga);
  const line = { name: "New" };
  assert.equal((await ask("POST", "/v1/customers", line, { cookie })).status, 201);
  assert.equal(
    (await ask("PATCH", `/v1/members/${id}`, { role: "viewer" }, { cookie: olga })).body.member.role,
    "viewer",
  );
  clock.advance(1_000);
  const answer = await ask("POST", "/v1/customers", line, { cookie });
  refused(answer, 403, "FORBIDDEN");
  assert.equal(
    answer.body.error.message,
    "Your role here is viewer; this needs owner or admin or finance or developer.",
  );
  assert.equal((await ask("DELETE", `/v1/members/${id}`, undefined, { cookie: olga })).status, 200);
  clock.advance(1_000);
  refused(await ask("GET", "/v1/customers", undefined, { cookie }), 401, "SESSION_ENDED");
  await join("changing@example.com", "viewer", olga);
});

const operations = createOperations();
const ofCompany = operations.filter(({ isPublic, signIn: alone }) => !isPublic && alone !== "member");

test("every operation of a company has its place in the table of roles", () => {
  const placeless = ofCompany.filter((operation) => rolesFor(operation).length === 0);
  assert.deepEqual(
    placeless.map(({ operationId }) => operationId),
    [],
    "Place its tag and method in `rights` of server/src/dashboard-access/roles.ts.",
  );
  for (const operation of ofCompany) assert.ok(rolesFor(operation).includes("owner"), operation.operationId);
});

test("each role may do what the table says, at every operation, and nothing else", async () => {
  for (const role of roles) {
    const { cookie } = await join(`${role}@roles.example`, role, olga);
    for (const operation of ofCompany) {
      // A stream has no end to be waited for.
      if (operation.file === eventStream && rolesFor(operation).includes(role)) continue;
      // An id that there is not, and no body: whoever may is told so, and nothing happens.
      const url = operation.path.replaceAll(/\{\w+\}/g, "1");
      const { body } = await ask(operation.method, url, operation.method === "GET" ? undefined : {}, { cookie });
      const isRefused = body.error?.code === "FORBIDDEN";
      assert.equal(
        isRefused,
        !rolesFor(operation).includes(role),
        `${operation.operationId} by ${role}: ${JSON.stringify(body)}`,
      );
    }
  }
});

test("secrets are for owners, admins and developers, members for owners and admins, and viewers change nothing", () => {
  const may = (role: Role) => ofCompany.filter((operation) => rolesFor(operation).includes(role));
  const ids = (role: Role) => may(role).map(({ operationId }) => operationId);
  for (const secret of ["create-api-key", "create-webhook-endpoint", "rotate-webhook-secret"]) {
    assert.deepEqual(
      roles.filter((role) => ids(role).includes(secret)),
      ["owner", "admin", "developer"],
      secret,
    );
  }
  for (const each of ["list-members", "invite-member", "update-member", "delete-member"])
    assert.deepEqual(
      roles.filter((role) => ids(role).includes(each)),
      ["owner", "admin"],
      each,
    );
  assert.deepEqual(
    may("viewer").filter(({ method }) => method !== "GET"),
    [],
  );
});

test("a key cannot do what is for members, so that a test key cannot make an owner", async () => {
  for (const [method, path, body] of [
    ["GET", "/v1/members", undefined],
    ["POST", "/v1/members", { email: "x@example.com", role: "owner" }],
    ["GET", "/v1/auth/session", undefined],
  ] as const) {
    const answer = await api.request(method, path, body);
    assert.equal(answer.status, 403);
    assert.equal(answer.body.error.code, "FORBIDDEN");
  }
});
