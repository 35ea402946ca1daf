import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { createDatabase, sql, type Database } from "../src/platform/db.ts";
import { verifyWallets } from "../src/wallets/verify.ts";
import { createTestDatabase, emptyQueue, type Api } from "./harness.ts";
import { call, chargedKeys, createMeteredCustomer } from "./metered-customer.ts";
import { networkApi } from "./network-api.ts";
import { startPgBouncer, whyNoPgBouncer, type PgBouncer } from "./pgbouncer.ts";
import { startServerProcess, type ServerProcess } from "./server-process.ts";
import { until } from "./until.ts";

/*
 * Two servers as an operator runs them behind PgBouncer in transaction mode: DATABASE_URL through it, PREPARED_STATEMENTS=off,
 * DIRECT_DATABASE_URL past it for migrations and jobs. Its pool has more connections than the four of each process that requests to
 * `ingest-batch` may hold while their events wait for others.
 */
describe("behind PgBouncer in transaction mode", { skip: whyNoPgBouncer() ?? false }, () => {
  let bouncer: PgBouncer;
  let direct: Database;
  let folder: string;
  const servers: ServerProcess[] = [];
  let apis: Api[];
  let api: Api;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "afternoon-behind-pgbouncer-"));
    const connectionString = await createTestDatabase();
    direct = createDatabase({ connection: { connectionString }, preparedStatements: false, onError: () => {} });
    bouncer = await startPgBouncer(connectionString);
    for (const args of [[], ["--processes", "2"]]) {
      const environment = {
        DATABASE_URL: bouncer.connectionString,
        DIRECT_DATABASE_URL: connectionString,
        PREPARED_STATEMENTS: "off",
        DATA_DIR: folder,
        RATE_LIMIT_PER_MINUTE: "1000000",
      };
      servers.push(await startServerProcess(environment, args));
    }
    const { test_api_key: key } = JSON.parse(await readFile(path.join(folder, "demo.json"), "utf8"));
    apis = servers.map(({ baseUrl }) => networkApi(baseUrl, key));
    [api] = apis as [Api];
  });

  after(async () => {
    for (const { child } of servers) child.kill("SIGTERM");
    for (const { ended } of servers) assert.equal(await ended, 0);
    await bouncer.stop();
    await direct.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("events of every form, sent at once to two servers, are recorded once each, and the balances say so", async () => {
    const customers = await Promise.all([1, 2, 3, 4].map(() => createMeteredCustomer(api)));
    const keys = Array.from({ length: 120 }, (_, index) => `event ${index}`);
    await Promise.all(
      customers.flatMap((customerId) =>
        apis.map(async (own) => {
          for (let start = 0; start < keys.length; start += 3) {
            const [one, inBatch, inList] = keys.slice(start, start + 3).map((key) => call(customerId, key));
            const answers = await Promise.all([
              own.post("/v1/events/ingest", one),
              own.post(
                "/v1/events/ingest-batch",
                { events: [inBatch] },
                { "idempotency-key": `${start} ${customerId}` },
              ),
              own.post("/v1/events/ingest", { events: [inList] }),
            ]);
            for (const { status, text } of answers) assert.ok([200, 202, 409].includes(status), text);
          }
        }),
      ),
    );
    await emptyQueue(api);
    for (const customerId of customers) {
      assert.deepEqual((await chargedKeys(direct, customerId)).toSorted(), keys.toSorted());
      const { balances } = (await api.get(`/v1/customers/${customerId}/balances`)).body;
      assert.equal(balances[0].balance, String(-keys.length));
    }
    assert.deepEqual((await verifyWallets(direct)).problems, []);
  });

  test("two servers give a blocked customer exactly what the wallet can pay", async () => {
    const customerId = await createMeteredCustomer(api, "block");
    const grant = { name: "Credits", amount: "25", currency_code: "usd" };
    assert.equal((await api.post(`/v1/customers/${customerId}/credit-grants`, grant)).status, 201);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        (apis[index % 2] as Api).post("/v1/events/ingest", call(customerId, `event ${index}`)),
      ),
    );
    assert.equal(answers.filter(({ body }) => body.status === "processed").length, 25);
    assert.equal(answers.filter(({ body }) => body.status === "rejected").length, 75);
  });

  test("jobs are worked, past PgBouncer", async () => {
    await direct.query(sql`select graphile_worker.add_job('settle_wallets')`);
    await until("a worked job", async () => {
      const waiting = await direct.query(
        sql`select from graphile_worker.jobs where task_identifier = 'settle_wallets'`,
      );
      return waiting.length === 0;
    });
  });

  test("connections of the two servers really take turns on fewer connections to the database", async () => {
    const [row] = await direct.query<{ count: number }>(
      sql`select count(*)::int8 as count from pg_stat_activity where datname = current_database() and application_name = 'afternoon'
            and pid <> pg_backend_pid()`,
    );
    assert.ok((row?.count ?? 0) <= 16, `${row?.count} connections`);
  });
});
