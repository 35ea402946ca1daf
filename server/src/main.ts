import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import type { Config } from "./config.ts";
import { ensureDemoCompany, type DemoFile } from "./companies/demo.ts";
import { recurringJobs } from "./jobs.ts";
import { ensureEventMonths } from "./metering/event-months.ts";
import { systemClock } from "./platform/clock.ts";
import { createDatabase, sql, type Database } from "./platform/db.ts";
import { startEmbeddedPostgres } from "./platform/embedded-postgres/embedded-postgres.ts";
import { startJobs, type JobRunner } from "./platform/jobs.ts";
import { migrate } from "./platform/migrations.ts";

export type RunningAfternoon = {
  baseUrl: string;
  /** The demo company's keys if this was the first start of all. */
  createdDemo: DemoFile | null;
  /** Lets requests in flight and the events that they brought finish, then jobs, then ends the database. */
  stop(): Promise<void>;
};

/**
 * Starts the whole product in this process and resolves when it answers.
 * @throws Error with a sentence for the operator if the database, the data directory or the port cannot be had.
 */
export async function startAfternoon(config: Config, log: Logger): Promise<RunningAfternoon> {
  const started: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of started.toReversed()) await end();
    started.length = 0;
  };
  try {
    const { database, directConnectionString, close } = await openDatabase(config, log);
    started.push(close);

    await ensureEventMonths(database, systemClock.now());
    const jobs: JobRunner = await startJobs(directConnectionString, recurringJobs, {
      database,
      clock: systemClock,
      log,
    });
    started.push(() => jobs.stop());

    const app = createApp({
      database,
      clock: systemClock,
      log,
      rateLimitPerMinute: config.rateLimitPerMinute,
      lanes: { lanes: config.ingestLanes },
      metricsAccess: config.metricsAccess,
    });
    started.push(() => closeApp(app));
    await listen(app, config);
    const baseUrl = addressOf(app, config);
    const createdDemo = await ensureDemoCompany(database, systemClock, { folder: config.dataDir, baseUrl });
    return { baseUrl, createdDemo, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const stopGraceMs = 10_000;

/** Lets requests in flight finish, but not for ever: a client that stalls in the middle of its request is cut off in the end. */
async function closeApp(app: FastifyInstance): Promise<void> {
  const cutOff = setTimeout(() => app.server.closeAllConnections(), stopGraceMs);
  await app.close();
  clearTimeout(cutOff);
}

async function listen(app: FastifyInstance, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Error(`Port ${port} is taken by another program; stop it, or set PORT to a free one.`, { cause: error });
  }
}

export type OpenDatabase = { database: Database; directConnectionString: string; close(): Promise<void> };

/** The database of the configuration, embedded or not, with the newest schema. */
export async function openDatabase(config: Config, log: Logger): Promise<OpenDatabase> {
  const embedded = config.databaseUrl === null ? await startEmbeddedPostgres({ dataDir: config.dataDir, log }) : null;
  const connectionString = embedded?.connectionString ?? (config.databaseUrl as string);
  const directConnectionString = config.directDatabaseUrl ?? connectionString;
  const database = createDatabase({
    connection: { connectionString },
    preparedStatements: config.preparedStatements,
    onError: (error) => log.warn({ err: error }, "a database connection was lost"),
  });
  const close = async () => {
    await database.close();
    await embedded?.stop();
  };
  try {
    await requireVersion(database);
    await migrate({ connectionString: directConnectionString });
    return { database, directConnectionString, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const oldestVersion = 150_000;

async function requireVersion(database: Database): Promise<void> {
  const [row] = await database.query<{ version: string }>(sql`select current_setting('server_version_num') as version`);
  const version = Number.parseInt(row?.version ?? "0", 10);
  if (version < oldestVersion)
    throw new Error(`Afternoon needs PostgreSQL 15 or later; DATABASE_URL is version ${Math.floor(version / 10_000)}.`);
}

/** Where a program on this machine reaches the server; the port is the real one if 0 was asked for. */
function addressOf(app: FastifyInstance, config: Config): string {
  const address = app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : config.port;
  const isEverywhere = config.host === "0.0.0.0" || config.host === "::";
  const isLoopback = config.host === "127.0.0.1" || config.host === "::1";
  const host = isEverywhere || isLoopback ? "localhost" : config.host;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
