import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { startEmbeddedPostgres } from "../src/platform/embedded-postgres/embedded-postgres.ts";

/**
 * One PostgreSQL for a whole run of the tests: the one at TEST_DATABASE_URL as it is, else a new one that is deleted by `stop`.
 * Its tests need not survive a power cut, so it does without everything that waits for the disk.
 */
export async function startTestCluster(): Promise<{ url: string; stop(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { url: given, stop: async () => undefined };

  const dataDir = path.join(os.tmpdir(), `afternoon-test-${process.pid}-${randomBytes(4).toString("hex")}`);
  const settings = { fsync: "off", full_page_writes: "off", max_connections: "400" };
  const server = await startEmbeddedPostgres({ dataDir, settings });
  return {
    url: server.connectionString,
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
