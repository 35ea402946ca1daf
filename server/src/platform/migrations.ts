import path from "node:path";
import { runner } from "node-pg-migrate";
import { Client, type ClientConfig } from "pg";
import { projectRoot } from "./project-root.ts";

/**
 * Brings the database to the newest schema: every file of `server/sql` that has not run yet, in order, all in one transaction.
 * Starters that come at the same time wait for the first. Returns the names of those that ran.
 */
export async function migrate(connection: ClientConfig): Promise<string[]> {
  // Without a named lock timeout a migration could wait for ever behind a long reader, and everybody else behind it.
  const client = new Client({ ...connection, application_name: "afternoon migrations" });
  await client.connect();
  await client.query("set lock_timeout = '10s'");
  try {
    const ran = await runner({
      dbClient: client,
      dir: path.join(projectRoot, "server", "sql"),
      ignorePattern: "schema\\.sql",
      direction: "up",
      migrationsTable: "migrations",
      advisoryLockMode: "wait",
      log: () => {},
    });
    return ran.map(({ name }) => name);
  } finally {
    await client.end();
  }
}
