import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after } from "node:test";
import type { FastifyInstance } from "fastify";
import { Client } from "pg";
import { pino } from "pino";
import { createApp } from "../src/app.ts";
import { createCompany, type CreatedCompany } from "../src/companies/companies.ts";
import type { Tenant } from "../src/http/authentication.ts";
import type { LaneSettings } from "../src/metering/lanes.ts";
import type { Clock } from "../src/platform/clock.ts";
import type { StripeAccess } from "../src/payments/payments.ts";
import { createDatabase, sql, type Database } from "../src/platform/db.ts";
import { migrate } from "../src/platform/migrations.ts";
import { projectRoot } from "../src/platform/project-root.ts";
import { createSecrets } from "../src/platform/secrets.ts";

/** A clock that stands still until it is moved. */
export type SetClock = Clock & { set(instant: string): void; advance(milliseconds: number): void };

export function setClock(instant: string): SetClock {
  let now = new Date(instant);
  return {
    now: () => now,
    set: (to) => void (now = new Date(to)),
    advance: (milliseconds) => void (now = new Date(now.getTime() + milliseconds)),
  };
}

export type ApiAnswer = {
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
  body: any;
  text: string;
  headers: Record<string, string>;
};

/** A caller with one key: `api.post("/v1/customers", { … })`. A body that is a string is sent as it is. */
export type Api = {
  key: string;
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
  get(path: string, headers?: Record<string, string>): Promise<ApiAnswer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
  patch(path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
  delete(path: string, headers?: Record<string, string>): Promise<ApiAnswer>;
};

/** Where nothing listens, so that no test ever asks the real Stripe. */
const nowhere = { host: "127.0.0.1", port: 1, protocol: "http" as const, timeout: 250 };

export type TestApp = {
  app: FastifyInstance;
  database: Database;
  connectionString: string;
  clock: SetClock;
  company: CreatedCompany;
  /** The company's test mode and live mode. */
  test: Api;
  live: Api;
  as(key: string): Api;
  /** The same as our own code knows it. */
  tenantOf(mode: Tenant["mode"]): Promise<Tenant>;
};

type TestAppOptions = {
  now?: string;
  rateLimitPerMinute?: number;
  companyName?: string;
  lanes?: Partial<LaneSettings>;
  stallTimeoutMs?: number;
  /** A Stripe that answers; else nobody does. */
  stripe?: StripeAccess;
};

/** An app on a fresh database of its own, with one company; closed when the test file ends. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const connectionString = await createTestDatabase();
  const clock = setClock(options.now ?? "2026-03-10T12:00:00.000Z");
  const { app, database, as } = openTestApp(connectionString, clock, options);
  const company = await database.transaction((tx) =>
    createCompany(tx, { name: options.companyName ?? "Acme", currencyCode: "usd" }, clock.now()),
  );
  return {
    app,
    database,
    connectionString,
    clock,
    company,
    test: as(company.testApiKey),
    live: as(company.liveApiKey),
    as,
    tenantOf: async (mode) => {
      const { companyId } = company;
      const [row] = await database.query<{ id: number }>(
        sql`select tenant_id as id from tenants where company_id = ${companyId} and mode = ${mode}`,
      );
      return { id: row?.id as number, companyId, mode, rateLimitPerMinute: null, currencyCode: "usd" };
    },
  };
}

/** Where a test's server says that it is reached. */
export const testPublicUrl = "https://billing.acme.example";

/** One more app on a database, as another process would be; closed when the test file ends. */
export function openTestApp(
  connectionString: string,
  clock: Clock,
  options: TestAppOptions = {},
): Pick<TestApp, "app" | "database" | "as"> {
  const database = createDatabase({ connection: { connectionString }, preparedStatements: true, onError: () => {} });
  const app = createApp({
    database,
    clock,
    log: pino({ level: process.env.LOG_LEVEL ?? "silent" }),
    rateLimitPerMinute: options.rateLimitPerMinute ?? 0,
    publicUrl: testPublicUrl,
    lanes: { checksMemory: true, ...options.lanes },
    stallTimeoutMs: options.stallTimeoutMs,
    checkAnswers: true,
    stripe: options.stripe ?? { secrets: createSecrets(randomBytes(32)), address: nowhere },
  });
  after(async () => {
    await app.close();
    await database.close();
  });
  return { app, database, as: (key) => createApi(app, key) };
}

function createApi(app: FastifyInstance, key: string): Api {
  const request: Api["request"] = async (method, url, body, headers = {}) => {
    const answer = await app.inject({
      method: method as "GET",
      url,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const isJson = String(answer.headers["content-type"]).startsWith("application/json") && answer.payload !== "";
    return {
      status: answer.statusCode,
      body: isJson ? JSON.parse(answer.payload) : undefined,
      text: answer.payload,
      headers: answer.headers as Record<string, string>,
    };
  };
  return {
    key,
    request,
    get: (url, headers) => request("GET", url, undefined, headers),
    post: (url, body, headers) => request("POST", url, body, headers),
    patch: (url, body, headers) => request("PATCH", url, body, headers),
    delete: (url, headers) => request("DELETE", url, undefined, headers),
  };
}

/** Resolves when the tenant of `api` has no queued events left. */
export async function emptyQueue(api: Api): Promise<void> {
  for (;;) {
    const { queue } = (await api.get("/v1/events/queue")).body;
    if (queue.waiting === 0) return;
  }
}

/** The address of a new database with the newest schema, cloned from a template that the first caller of a run makes. */
export async function createTestDatabase(): Promise<string> {
  const cluster = process.env.TEST_DATABASE_URL;
  if (cluster === undefined) throw new Error("Run the tests by `npm test`: it starts their PostgreSQL.");
  const client = new Client({ connectionString: cluster });
  await client.connect();
  try {
    const template = await ensureTemplate(client, cluster);
    const name = `test_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
    await client.query(`create database ${name} template ${template} strategy file_copy`);
    return withDatabase(cluster, name);
  } finally {
    await client.end();
  }
}

const templateLock = 4_242;

async function ensureTemplate(client: Client, cluster: string): Promise<string> {
  const name = `template_${schemaHash()}`;
  await client.query("select pg_advisory_lock($1)", [templateLock]);
  try {
    const existing = await client.query("select 1 from pg_database where datname = $1 and datistemplate", [name]);
    if (existing.rowCount === 1) return name;
    await client.query(`drop database if exists ${name}`);
    await client.query(`create database ${name}`);
    await migrate({ connectionString: withDatabase(cluster, name) });
    await client.query(`alter database ${name} is_template true`);
    return name;
  } finally {
    await client.query("select pg_advisory_unlock($1)", [templateLock]);
  }
}

function schemaHash(): string {
  const folder = path.join(projectRoot, "server", "sql");
  const hash = createHash("sha256");
  for (const file of readdirSync(folder).toSorted()) hash.update(readFileSync(path.join(folder, file)));
  return hash.digest("hex").slice(0, 12);
}

/** The same server, another database: both `postgresql://host/name` and the form whose host is a folder in the query. */
function withDatabase(connectionString: string, name: string): string {
  return connectionString.replace(/^(\w+:\/\/[^/]*\/)[^?]*/, `$1${name}`);
}
