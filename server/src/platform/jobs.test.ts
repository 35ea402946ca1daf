import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { createTestDatabase, setClock } from "../../test/harness.ts";
import { createDatabase } from "./db.ts";
import { startJobs } from "./jobs.ts";

test("a job with a pause runs again and again, also after it has failed, and stops between two runs", async () => {
  const connectionString = await createTestDatabase();
  const database = createDatabase({ connection: { connectionString }, preparedStatements: true, onError: () => {} });
  const context = { database, clock: setClock("2026-03-10T12:00:00.000Z"), log: pino({ level: "silent" }) };
  let [begun, ended] = [0, 0];
  let reach = () => {};
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const run = async () => {
    begun += 1;
    await database.query({ text: "select 1", values: [] });
    ended += 1;
    if (ended === 3) reach();
    if (ended === 1) throw new Error("the first run fails");
  };
  const jobs = await startJobs(connectionString, [{ name: "look", pauseMs: 1, run }], context);
  await reached;
  await jobs.stop();
  assert.equal(begun, ended);
  await database.close();
});
