import { createServer, type AddressInfo, type Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import type { Config } from "./config.ts";
import { ensureDemoCompany, type DemoFile } from "./companies/demo.ts";
import { createSetupLink } from "./dashboard-access/dashboard-access.ts";
import { recurringJobs } from "./jobs.ts";
import { ensureEventMonths } from "./metering/event-months.ts";
import { systemClock } from "./platform/clock.ts";
import { createDatabase, sql, type Database } from "./platform/db.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./platform/embedded-postgres/embedded-postgres.ts";
import { startJobs, type JobRunner } from "./platform/jobs.ts";
import { collectProcessMetrics, createMetrics, type Metrics } from "./platform/metrics.ts";
import { migrate } from "./platform/migrations.ts";
import { createSecrets, findSecretKey } from "./platform/secrets.ts";
import { startWorkers } from "./platform/workers/workers.ts";

export type RunningAfternoon = {
  baseUrl: string;
  /** The demo company's keys if this was the first start of all. */
  createdDemo: DemoFile | null;
  /** Where the first member is made, once; null where there is one. A secret: for whoever started us, and for no log. */
  setupUrl: string | null;
  /** Lets requests in flight, the events that they brought, and jobs finish, then ends the database. */
  stop(): Promise<void>;
  /** Ends at once whatever other processes serve; for an operator who does not want to wait for `stop`. */
  kill(): void;
};

/**
 * Starts the whole product, in this process or in as many as are configured, and resolves when it answers.
 * @throws Error with a sentence for the operator if the database, the data directory or the port cannot be had.
 */
export async function startAfternoon(config: Config, log: Logger): Promise<RunningAfternoon> {
  const opened = await openDatabase(config, log);
  try {
    await ensureEventMonths(opened.database, systemClock.now());
    const serving =
      config.processes === 1 ? await serveAlone(opened, config, log) : await serveByWorkers(opened, config, log);
    const stop = async () => {
      await serving.stop();
      await opened.close();
    };
    try {
      const place = { folder: config.dataDir, baseUrl: serving.baseUrl };
      const createdDemo = await ensureDemoCompany(opened.database, systemClock, place);
      const publicUrl = config.publicUrl ?? serving.baseUrl;
      const setupUrl = await createSetupLink(opened.database, publicUrl, systemClock.now());
      return { ...serving, createdDemo, setupUrl, stop };
    } catch (error) {
      await serving.stop();
      throw error;
    }
  } catch (error) {
    await opened.close();
    throw error;
  }
}

type Serving = Pick<RunningAfternoon, "baseUrl" | "stop" | "kill">;

async function serveAlone(opened: OpenDatabase, config: Config, log: Logger): Promise<Serving> {
  // Links say the port, so a free one is chosen before anything can make one.
  const port = config.port === 0 ? await findPort(config) : config.port;
  return startServing(opened, { ...config, port }, log, createMetrics());
}

/** What a worker is told by the process that started it: the address of the database and the port are those that came of it. */
export type WorkerSettings = { config: Config; number: number };

async function serveByWorkers(opened: OpenDatabase, config: Config, log: Logger): Promise<Serving> {
  const workerConfig = { ...config, databaseUrl: opened.connectionString, port: await findPort(config) };
  return startWorkers<WorkerSettings>({
    count: config.processes,
    settingsOf: (number) => ({ config: workerConfig, number }),
    log,
  });
}

/** The port to listen on, a free one for 0: settled once, so that a worker which is started again gets the same. */
async function findPort({ host, port }: Config): Promise<number> {
  const probe = createServer();
  await takePort(
    port,
    () => new Promise<void>((resolve, reject) => probe.once("error", reject).listen(port, host, resolve)),
  );
  const found = (probe.address() as AddressInfo).port;
  await new Promise((resolve) => probe.close(resolve));
  return found;
}

/** Serves in this process, as one of several, on a database that runs and has the newest schema. */
export async function startWorker(config: Config, log: Logger, metrics: Metrics): Promise<Serving> {
  const opened = connectDatabase(config, config.databaseUrl as string, log);
  try {
    const serving = await startServing(opened, config, log, metrics);
    const stop = async () => {
      await serving.stop();
      await opened.database.close();
    };
    return { ...serving, stop };
  } catch (error) {
    await opened.database.close();
    throw error;
  }
}

/** Works the jobs and answers requests, in this process. */
async function startServing(
  { database, directConnectionString }: Connected,
  config: Config,
  log: Logger,
  metrics: Metrics,
): Promise<Serving> {
  collectProcessMetrics(metrics);
  const baseUrl = addressOf(config);
  const publicUrl = config.publicUrl ?? baseUrl;
  const context = { database, clock: systemClock, log };
  const stripe = { secrets: createSecrets(await findSecretKey(config)) };
  const jobs: JobRunner = await startJobs(
    directConnectionString,
    recurringJobs({ publicUrl, mail: config.mail, stripe }),
    context,
  );
  const app = createApp({
    database,
    clock: systemClock,
    log,
    rateLimitPerMinute: config.rateLimitPerMinute,
    publicUrl,
    lanes: { lanes: config.ingestLanes },
    metrics,
    metricsAccess: config.metricsAccess,
    stripe,
  });
  const connections = trackConnections(app);
  const stop = async () => {
    await Promise.all([closeApp(app, connections), jobs.stop()]);
  };
  try {
    await takePort(config.port, () => app.listen({ host: config.host, port: config.port }));
    return { baseUrl, stop, kill: () => undefined };
  } catch (error) {
    await stop();
    throw error;
  }
}

const stopGraceMs = 10_000;
/** A client that has more to send on its connection does so at once, and is then told that the connection closes. */
const lastRequestMs = 200;

function trackConnections(app: FastifyInstance): Set<Socket> {
  const open = new Set<Socket>();
  app.server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  return open;
}

/** Lets requests in flight finish, but not for ever: a client that stalls in the middle of its request is cut off in the end. */
async function closeApp(app: FastifyInstance, connections: Set<Socket>): Promise<void> {
  // Connections that are idle are closed; those in use now would otherwise be kept, idle, until they are cut off.
  app.server.keepAliveTimeout = lastRequestMs;
  // One that was opened in advance, as browsers do, counts as in use until something has come on it.
  const endUnused = setTimeout(
    () => connections.forEach((socket) => socket.bytesRead === 0 && socket.destroy()),
    lastRequestMs,
  );
  const cutOff = setTimeout(() => app.server.closeAllConnections(), stopGraceMs);
  await app.close();
  clearTimeout(endUnused);
  clearTimeout(cutOff);
}

async function takePort(port: number, listen: () => Promise<unknown>): Promise<void> {
  try {
    await listen();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Error(`Port ${port} is taken by another program; stop it, or set PORT to a free one.`, { cause: error });
  }
}

type Connected = { database: Database; connectionString: string; directConnectionString: string };

export type OpenDatabase = Connected & { close(): Promise<void> };

/** The database of the configuration, embedded or not, with the newest schema. */
export async function openDatabase(config: Config, log: Logger): Promise<OpenDatabase> {
  const embedded = config.databaseUrl === null ? await startEmbedded(config, log) : null;
  const connected = connectDatabase(config, embedded?.connectionString ?? (config.databaseUrl as string), log);
  const close = async () => {
    await connected.database.close();
    await embedded?.stop();
  };
  try {
    await requireVersion(connected.database);
    await migrate({ connectionString: connected.directConnectionString });
    return { ...connected, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function connectDatabase(config: Config, connectionString: string, log: Logger): Connected {
  const database = createDatabase({
    connection: { connectionString },
    preparedStatements: config.preparedStatements,
    onError: (error) => log.warn({ err: error }, "a database connection was lost"),
  });
  return { database, connectionString, directConnectionString: config.directDatabaseUrl ?? connectionString };
}

/** Of each process beside its lanes: ten for requests, two to let them in, six for jobs, and some to spare. */
const connectionsPerProcess = 20;
const fewestConnections = 100;

function startEmbedded({ dataDir, processes, ingestLanes }: Config, log: Logger): Promise<EmbeddedPostgres> {
  // One process more: the primary has a few connections too.
  const connections = Math.max(fewestConnections, (processes + 1) * (connectionsPerProcess + ingestLanes));
  return startEmbeddedPostgres({ dataDir, log, settings: { max_connections: String(connections) } });
}

const oldestVersion = 150_000;

async function requireVersion(database: Database): Promise<void> {
  const [row] = await database.query<{ version: string }>(sql`select current_setting('server_version_num') as version`);
  const version = Number.parseInt(row?.version ?? "0", 10);
  if (version < oldestVersion)
    throw new Error(`Afternoon needs PostgreSQL 15 or later; DATABASE_URL is version ${Math.floor(version / 10_000)}.`);
}

/** Where a program on this machine reaches the server. */
function addressOf(config: Pick<Config, "host" | "port">): string {
  const isEverywhere = config.host === "0.0.0.0" || config.host === "::";
  const isLoopback = config.host === "127.0.0.1" || config.host === "::1";
  const host = isEverywhere || isLoopback ? "localhost" : config.host;
  return `http://${host.includes(":") ? `[${host}]` : host}:${config.port}`;
}
