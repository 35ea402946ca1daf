/** The yardstick: Debian's pgbench with the committed scripts, on the same PostgreSQL. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";

const run = promisify(execFile);

export type Yardstick = {
  /** Calls a second of `script` ("spread" or "hot") over so many connections. */
  rate(script: "spread" | "hot", clients: number, seconds: number): Promise<number>;
  /** Milliseconds of the median call over one connection. */
  medianMs(script: "spread" | "hot", seconds: number): Promise<number>;
  close(): Promise<void>;
};

type Address = { host: string; port: number; user: string; database: string; password?: string | undefined };

/** A new database `yardstick` on the server at `address`. @throws Error with a sentence if pgbench is not installed. */
export async function createYardstick(address: Address, folder: string): Promise<Yardstick> {
  await run("pgbench", ["--version"]).catch(() => {
    throw new Error("pgbench is missing; install Debian's package postgresql.");
  });
  const admin = new Client(address);
  await admin.connect();
  await admin.query("create database yardstick");
  await admin.end();
  const client = new Client({ ...address, database: "yardstick" });
  client.on("error", () => undefined);
  await client.connect();
  await client.query(await readFile(path.join(folder, "yardstick.sql"), "utf8"));

  const environment = {
    ...process.env,
    PGHOST: address.host,
    PGPORT: String(address.port),
    PGUSER: address.user,
    PGPASSWORD: address.password ?? "",
  };
  const pgbench = async (script: string, clients: number, seconds: number, more: string[] = []) => {
    await client.query("vacuum analyze");
    const threads = clients === 1 ? "1" : "2";
    const file = path.join(folder, `${script}.sql`);
    const settings = ["-n", "-M", "prepared", "-c", String(clients), "-j", threads, "-T", String(seconds), "-f", file];
    return run("pgbench", [...settings, ...more, "yardstick"], { env: environment });
  };
  return {
    close: () => client.end(),
    rate: async (script, clients, seconds) => {
      const { stdout } = await pgbench(script, clients, seconds);
      return Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
    },
    medianMs: async (script, seconds) => {
      const logs = await mkdtemp(path.join(tmpdir(), "pgbench-"));
      try {
        await pgbench(script, 1, seconds, ["-l", `--log-prefix=${path.join(logs, "log")}`]);
        const texts = await Promise.all((await readdir(logs)).map((name) => readFile(path.join(logs, name), "utf8")));
        const microseconds = texts.flatMap((text) =>
          text
            .trim()
            .split("\n")
            .map((line) => Number(line.split(" ")[2])),
        );
        return (microseconds.toSorted((a, b) => a - b)[Math.floor(microseconds.length / 2)] as number) / 1_000;
      } finally {
        await rm(logs, { recursive: true, force: true });
      }
    },
  };
}
