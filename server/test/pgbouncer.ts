import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { Client } from "pg";
import { accountFor } from "../src/platform/embedded-postgres/program.ts";
import { until } from "./until.ts";

export type PgBouncer = { connectionString: string; stop(): Promise<void> };

/** Why PgBouncer cannot be run here; undefined if it can. */
export function whyNoPgBouncer(): string | undefined {
  const isThere = spawnSync("pgbouncer", ["--version"]).error === undefined;
  return isThere ? undefined : "PgBouncer is not installed (Debian's package pgbouncer)";
}

/**
 * PgBouncer in transaction mode before the database of `connectionString`, with so few connections to it that those of its clients
 * really take turns.
 */
export async function startPgBouncer(connectionString: string): Promise<PgBouncer> {
  const { host, port, user, database } = new Client({ connectionString });
  const folder = await mkdtemp(path.join(os.tmpdir(), "afternoon-pgbouncer-"));
  const ownPort = await freePort();
  const settings = path.join(folder, "pgbouncer.ini");
  await writeFile(
    settings,
    `[databases]
${database} = host=${host} port=${port} user=${user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 16
max_client_conn = 200
`,
  );
  // It refuses to be root, and only PostgreSQL's own account may use the socket of the embedded one.
  const account = await accountFor(host.startsWith("/") ? host : folder);
  if (account !== null) for (const place of [folder, settings]) await chown(place, account.uid, account.gid);
  const ids = account === null ? {} : { uid: account.uid, gid: account.gid };
  const child = spawn("pgbouncer", [settings], { ...ids, stdio: ["ignore", "ignore", "pipe"] });
  // Whatever becomes of the test, this does not outlive it.
  process.once("exit", () => child.kill("SIGKILL"));
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await until("PgBouncer", async () => {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended:\n${said}`);
    return isListening(ownPort);
  });
  return {
    connectionString: `postgresql://${user}@127.0.0.1:${ownPort}/${database}`,
    stop: async () => {
      child.kill("SIGINT");
      if (child.exitCode === null) await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
