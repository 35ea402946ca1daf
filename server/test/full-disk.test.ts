import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, describe, test } from "node:test";
import { mountSmallDisk } from "./chaos/small-disk.ts";
import { chooseAddress } from "../src/platform/embedded-postgres/address.ts";
import { createDatabase, sql } from "../src/platform/db.ts";
import { verifyWallets } from "../src/wallets/verify.ts";
import { emptyQueue, type ApiAnswer } from "./harness.ts";
import { call, chargedKeys, createMeteredCustomer } from "./metered-customer.ts";
import { networkApi } from "./network-api.ts";
import { startServerProcess } from "./server-process.ts";
import { until } from "./until.ts";

/* A server with its PostgreSQL on a disk that is really full. */

const disk = await mountSmallDisk(256);
after(() => disk.remove());

describe("a full disk", { skip: disk.whyNotFilled ?? false }, () => {
  test("is told by 503; nothing acknowledged is lost, and all goes on by itself when there is room again", async () => {
    const server = await startServerProcess({ DATA_DIR: disk.folder, LOG_LEVEL: "silent" });
    const { test_api_key: key } = JSON.parse(await readFile(path.join(disk.folder, "demo.json"), "utf8"));
    const api = networkApi(server.baseUrl, key);
    const connection = await chooseAddress(disk.folder);
    const database = createDatabase({ connection, preparedStatements: false, onError: () => {} });
    const customerId = await createMeteredCustomer(api);
    const acknowledged: string[] = [];
    const sent: string[] = [];

    const send = async (): Promise<ApiAnswer> => {
      const keys = Array.from({ length: 200 }, (_, index) => `event ${sent.length + index}`);
      sent.push(...keys);
      const events = keys.map((name) => ({ ...call(customerId, name), properties: { text: "x".repeat(1_000) } }));
      const answer = await api.post("/v1/events/ingest-batch", { events });
      if (answer.status === 200) acknowledged.push(...keys);
      else assertNoRoom(answer);
      return answer;
    };
    /** Of PostgreSQL's log of what it writes: once that finds no room, it ends itself. */
    const fillLog = async () =>
      database.query(sql`select pg_switch_wal(), pg_logical_emit_message(true, 'test', 'x')`).catch(() => []);

    try {
      assert.equal((await send()).status, 200);
      for (const isLogFull of [false, true]) {
        await disk.fill();
        await until("a disk that is felt", async () => {
          if (isLogFull) await fillLog();
          return (await send()).status === 503;
        });
        for (const form of ["single", "list"]) {
          const event = { ...call(customerId, `${form} ${isLogFull}`), properties };
          const answer = await api.post("/v1/events/ingest", form === "list" ? { events: [event] } : event);
          if (answer.status === 503) assertNoRoom(answer);
          else acknowledged.push(event.idempotency_key);
          assert.ok([200, 202, 503].includes(answer.status), answer.text);
        }
        assert.equal((await api.get("/health")).status, 200);
        await disk.free();
        await until("room again", async () => (await send()).status === 200);
      }
      assert.equal(server.child.exitCode, null);

      await emptyQueue(api);
      const recorded = new Set(await chargedKeys(database, customerId));
      for (const name of acknowledged) assert.ok(recorded.has(name), `${name} was acknowledged`);
      assert.deepEqual((await verifyWallets(database)).problems, []);
    } finally {
      await disk.free();
      server.child.kill("SIGTERM");
      await server.ended;
      await database.close();
    }
  });
});

/** More than fits beside what there is on the last page of a table. */
const properties = { text: "x".repeat(100_000) };

function assertNoRoom({ status, text, body, headers }: ApiAnswer): void {
  assert.equal(status, 503, text);
  assert.equal(body.error.code, "SERVICE_UNAVAILABLE");
  assert.equal(headers["retry-after"], "1");
}
