import { readConfig } from "../server/src/config.ts";
import { migrate } from "../server/src/platform/migrations.ts";

/** Migrates the external database; the embedded one migrates itself at every start. */
export async function runMigrate(): Promise<number> {
  const config = readConfig(process.env);
  const databaseUrl = config.directDatabaseUrl ?? config.databaseUrl;
  if (databaseUrl === null)
    throw new Error("Set DATABASE_URL to the database to migrate; the embedded one migrates itself at the start.");
  const ran = await migrate({ connectionString: databaseUrl });
  process.stdout.write(ran.length === 0 ? "The schema is up to date.\n" : `Ran ${ran.join(", ")}.\n`);
  return 0;
}
