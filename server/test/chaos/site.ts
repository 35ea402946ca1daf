import { readFile } from "node:fs/promises";
import path from "node:path";
import { createDatabase, sql, type Database } from "../../src/platform/db.ts";
import { chooseAddress, connectionStringOf } from "../../src/platform/embedded-postgres/address.ts";
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from "../../src/platform/embedded-postgres/embedded-postgres.ts";
import { networkApi } from "../network-api.ts";
import { startServerProcess, type ServerProcess } from "../server-process.ts";
import { until } from "../until.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

export const siteKinds = ["one server", "two servers"] as const;
export type SiteKind = (typeof siteKinds)[number];

const lastWordsLength = 4_000;

/** One server of a site: a process, or a primary with its workers. */
export type SiteServer = {
  args: string[];
  environment: Record<string, string>;
  process: ServerProcess;
  /** The network between it and PostgreSQL, where that is not its own. */
  proxy: TcpProxy | null;
};

/**
 * Servers and their PostgreSQL, all on the data of one folder: one server of two processes that has its PostgreSQL embedded, or two servers,
 * one of them of two processes, on a PostgreSQL that is somebody else's.
 */
export class Site {
  readonly kind: SiteKind;
  readonly folder: string;
  readonly servers: SiteServer[] = [];
  /** Past every proxy. */
  database!: Database;
  #postgres: EmbeddedPostgres | null = null;
  #key = "";

  private constructor(kind: SiteKind, folder: string) {
    this.kind = kind;
    this.folder = folder;
  }

  static async start(kind: SiteKind, folder: string): Promise<Site> {
    const site = new Site(kind, folder);
    try {
      await site.#start();
      return site;
    } catch (error) {
      await site.kill();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const connectionString = connectionStringOf(await chooseAddress(this.folder));
    this.database = createDatabase({ connection: { connectionString }, preparedStatements: false, onError: () => {} });
    if (this.kind === "one server") await this.#add(["--processes", "2"], null);
    else {
      this.#postgres = await startEmbeddedPostgres({ dataDir: this.folder });
      await this.#add([], await startTcpProxy(connectionString));
      await this.#add(["--processes", "2"], await startTcpProxy(connectionString));
    }
    const demo = JSON.parse(await readFile(path.join(this.folder, "demo.json"), "utf8"));
    this.#key = demo.test_api_key;
    // Its log of what was written may take as much room as it likes, and the disk is small.
    await this.database.query(sql`alter system set max_wal_size = '64MB'`);
    await this.database.query(sql`alter system set min_wal_size = '32MB'`);
    await this.database.query(sql`select pg_reload_conf()`);
  }

  async #add(args: string[], proxy: TcpProxy | null): Promise<void> {
    const environment = {
      DATA_DIR: this.folder,
      LOG_LEVEL: "error",
      ...(proxy === null ? {} : { DATABASE_URL: proxy.connectionString }),
    };
    this.servers.push({ args, environment, proxy, process: await startServerProcess(environment, args) });
  }

  baseUrls(): string[] {
    return this.servers.map(({ process: { baseUrl } }) => baseUrl);
  }

  key(): string {
    return this.#key;
  }

  /** A caller of any of the servers. */
  api() {
    return networkApi(this.baseUrls()[0] as string, this.#key);
  }

  /** Starts a server that has ended, as a service manager does: again and again. */
  async startAgain(server: SiteServer): Promise<void> {
    await until("a server that starts again", async () => {
      const started = await startServerProcess(server.environment, server.args).catch(() => null);
      if (started !== null) server.process = started;
      return started !== null;
    });
  }

  /** Resolves when every server is ready and has worked what waits in the queue. */
  async settle(): Promise<void> {
    for (const baseUrl of this.baseUrls()) {
      const api = networkApi(baseUrl, this.#key);
      await until("a server that is ready", async () => (await api.get("/ready").catch(() => null))?.status === 200);
    }
    await until("an empty queue", async () => {
      const found = await this.database.query(sql`select from queued_events limit 1`).catch(() => null);
      return found?.length === 0;
    });
  }

  /** The postmaster's process id, as it says itself. */
  async postmasterId(): Promise<number | null> {
    const file = path.join(this.folder, "postgres", "postmaster.pid");
    const [line = ""] = (await readFile(file, "utf8").catch(() => "")).split("\n");
    return line === "" ? null : Number(line);
  }

  /** What servers and PostgreSQL have said last, for whoever looks for the cause of a failure. */
  async lastWords(): Promise<string> {
    const postgres = await readFile(path.join(this.folder, "postgres.log"), "utf8").catch(() => "");
    return [...this.servers.map(({ process }) => process.output()), postgres]
      .map((said) => said.slice(-lastWordsLength))
      .join("\n----\n");
  }

  /** Asks everything to end, in order. @throws Error if a server does not end with 0. */
  async stop(): Promise<void> {
    for (const { process } of this.servers) process.child.kill("SIGTERM");
    for (const { process } of this.servers) {
      const end = await process.ended;
      if (end !== 0) throw new Error(`A server that was asked to stop ended with ${end}:\n${process.output()}`);
    }
    await this.#close();
  }

  /** Leaves nothing behind, whatever state it is in. */
  async kill(): Promise<void> {
    for (const { process } of this.servers) process.child.kill("SIGKILL");
    await Promise.all(this.servers.map(({ process }) => process.ended));
    await this.#close();
  }

  async #close(): Promise<void> {
    for (const { proxy } of this.servers) await proxy?.close();
    await this.database.close();
    await this.#postgres?.stop();
    // PostgreSQL outlives a server of its own that was killed by as long as it takes to shut down.
    await until("the end of PostgreSQL", async () => (await this.postmasterId()) === null);
  }
}
